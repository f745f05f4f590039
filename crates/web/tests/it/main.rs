//! The pages as a browser asks for them, over a real service on both databases.

mod browser;
mod disclosure;
mod forged_requests;
mod headers;
mod sign_in;
mod site;
mod strangers;
