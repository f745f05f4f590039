//! The linkage engine as its users see it.

mod febrl;
