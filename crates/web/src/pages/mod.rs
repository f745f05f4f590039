//! The pages, one file each: read the form, call the service, render.

pub(crate) mod account;
pub(crate) mod audit;
mod audit_words;
pub(crate) mod criteria;
pub(crate) mod error_page;
pub(crate) mod evidence;
#[cfg(test)]
mod examples;
pub(crate) mod figures;
pub(crate) mod history;
pub(crate) mod published;
pub(crate) mod reason;
pub(crate) mod record;
mod record_content;
pub(crate) mod register;
pub(crate) mod results;
pub(crate) mod search;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
