//! The pages, one file each: read the form, call the service, render.

pub(crate) mod account;
pub(crate) mod criteria;
pub(crate) mod enrolment;
pub(crate) mod error_page;
#[cfg(test)]
mod examples;
pub(crate) mod figures;
pub(crate) mod mediation;
mod mediation_record;
pub(crate) mod mediation_search;
pub(crate) mod permissions;
pub(crate) mod reason;
pub(crate) mod record;
mod record_content;
pub(crate) mod recovery;
pub(crate) mod results;
pub(crate) mod search;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
