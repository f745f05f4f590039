//! What stands before and around every page: host names, other sites' requests, headers, error pages, the caller's address.

pub(crate) mod client_address;
pub(crate) mod error_pages;
pub(crate) mod headers;
pub(crate) mod hosts;
pub(crate) mod same_origin;
