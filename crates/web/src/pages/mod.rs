//! The pages, one file each: read the form, call the service, render.

pub(crate) mod account;
pub(crate) mod accounts;
pub(crate) mod accounts_changes;
pub(crate) mod accounts_import;
pub(crate) mod accounts_request;
pub(crate) mod accounts_roles;
mod accounts_words;
pub(crate) mod accreditation;
pub(crate) mod accreditation_assess;
pub(crate) mod accreditation_decide;
pub(crate) mod accreditation_fill;
mod accreditation_terms;
pub(crate) mod criteria;
pub(crate) mod enrolment;
pub(crate) mod error_page;
#[cfg(test)]
mod examples;
pub(crate) mod figures;
pub(crate) mod organisations;
pub(crate) mod organisations_edit;
pub(crate) mod organisations_show;
pub(crate) mod organisations_stop;
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
