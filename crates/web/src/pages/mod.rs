//! The pages, one file each: read the form, call the service, render.

pub(crate) mod account;
pub(crate) mod criteria;
pub(crate) mod error_page;
#[cfg(test)]
mod examples;
pub(crate) mod figures;
pub(crate) mod own_authenticator;
pub(crate) mod own_password;
pub(crate) mod own_provider;
pub(crate) mod passkeys;
pub(crate) mod reason;
pub(crate) mod record;
mod record_content;
pub(crate) mod results;
pub(crate) mod search;
pub(crate) mod sessions;
pub(crate) mod sign_in;
pub(crate) mod sign_in_passkey;
pub(crate) mod sign_in_provider;
pub(crate) mod sign_out;
pub(crate) mod step_up;
