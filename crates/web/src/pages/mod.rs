//! The pages, one file each: read the form, call the service, render.

pub(crate) mod account;
pub(crate) mod alerts;
pub(crate) mod alerts_deciding;
pub(crate) mod criteria;
pub(crate) mod error_page;
#[cfg(test)]
mod examples;
pub(crate) mod figures;
pub(crate) mod investigations;
pub(crate) mod notices;
pub(crate) mod own_address;
pub(crate) mod reason;
pub(crate) mod record;
mod record_content;
pub(crate) mod results;
pub(crate) mod search;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
mod watching_words;
