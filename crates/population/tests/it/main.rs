//! What an invented population promises.

mod writing;
