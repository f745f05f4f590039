//! Forms in: a closed list of fields, each at most once, and a token that ties the form to the session.

use std::collections::BTreeMap;

use axum::Form;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use http::StatusCode;
use service::SignedIn;

use crate::error::WebError;
use crate::multipart;
use crate::state::AppState;

/// The name of the hidden field that carries the form token.
pub(crate) const TOKEN_FIELD: &str = "form_token";

/// A form that knows which fields it takes.
pub(crate) trait Fields: Sized {
    /// The names of the fields, the token aside.
    const NAMES: &'static [&'static str];

    /// Whether it may come as `multipart/form-data`: it takes a file.
    const TAKES_A_FILE: bool = false;

    /// Builds the form from what was posted. A field that was not posted is empty.
    fn from_posted(posted: &mut Posted) -> Self;
}

/// The posted fields, trimmed.
pub(crate) struct Posted(BTreeMap<String, String>);

impl Posted {
    /// The value of a field, or nothing in it.
    pub(crate) fn take(&mut self, name: &str) -> String {
        self.0.remove(name).unwrap_or_default()
    }

    /// Checks the names against the closed list (law 1: a field outside it is refused by name).
    fn check(pairs: Vec<(String, String)>, names: &[&str]) -> Result<Self, WebError> {
        let mut fields = BTreeMap::new();
        for (name, value) in pairs {
            if name != TOKEN_FIELD && !names.contains(&name.as_str()) {
                return Err(WebError::UnknownField(name.chars().take(40).collect()));
            }
            if fields.insert(name.clone(), value.trim().to_owned()).is_some() {
                return Err(WebError::UnknownField(name));
            }
        }
        Ok(Self(fields))
    }
}

/// A form of a signed-in person, its token checked.
pub(crate) struct SignedForm<F> {
    pub(crate) who: SignedIn,
    pub(crate) fields: F,
}

impl<F: Fields> FromRequest<AppState> for SignedForm<F> {
    type Rejection = WebError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, WebError> {
        let who = request.extensions().get::<SignedIn>().cloned().ok_or(WebError::Defect)?;
        let mut posted = read::<F>(request, state).await?;
        if !who.form_token_matches(&posted.take(TOKEN_FIELD)) {
            return Err(WebError::FormTooOld);
        }
        Ok(Self { who, fields: F::from_posted(&mut posted) })
    }
}

/// A form of somebody who is not signed in yet, with the token it carried; the handler compares it with the cookie's.
pub(crate) struct OpenForm<F> {
    pub(crate) token: String,
    pub(crate) fields: F,
}

impl<F: Fields> FromRequest<AppState> for OpenForm<F> {
    type Rejection = WebError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, WebError> {
        let mut posted = read::<F>(request, state).await?;
        Ok(Self { token: posted.take(TOKEN_FIELD), fields: F::from_posted(&mut posted) })
    }
}

async fn read<F: Fields>(request: Request, state: &AppState) -> Result<Posted, WebError> {
    if F::TAKES_A_FILE
        && let Some(boundary) = multipart::boundary(request.headers())
    {
        let body =
            Bytes::from_request(request, state).await.map_err(|rejection| unreadable(rejection.status()))?;
        let parts = multipart::parts(&body, &boundary).ok_or(WebError::Unreadable)?;
        return Posted::check(parts, F::NAMES);
    }
    let Form(pairs) = Form::<Vec<(String, String)>>::from_request(request, state)
        .await
        .map_err(|rejection| unreadable(rejection.status()))?;
    Posted::check(pairs, F::NAMES)
}

fn unreadable(status: StatusCode) -> WebError {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => WebError::TooLarge,
        _ => WebError::Unreadable,
    }
}

/// What is wrong with a form: shown at the top, linked to the fields, and beside each field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Faults(Vec<Fault>);

/// One fault, at one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The id of the input to go to.
    pub(crate) field: &'static str,
    /// What is wrong and what to do.
    pub(crate) message: String,
}

impl Faults {
    /// Adds a fault.
    pub(crate) fn add(&mut self, field: &'static str, message: impl Into<String>) {
        self.0.push(Fault { field, message: message.into() });
    }

    /// All of them, in the order of the page.
    pub(crate) fn list(&self) -> &[Fault] {
        &self.0
    }

    /// What is wrong with one field.
    pub(crate) fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|fault| fault.field == field).map(|fault| fault.message.as_str())
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{Posted, TOKEN_FIELD};
    use crate::error::WebError;

    fn pairs(given: &[(&str, &str)]) -> Vec<(String, String)> {
        given.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn a_field_outside_the_list_is_refused_by_name() {
        let refused = Posted::check(pairs(&[("surname", "x"), ("notes", "y")]), &["surname"]);
        assert!(matches!(refused, Err(WebError::UnknownField(name)) if name == "notes"));
    }

    #[test]
    fn a_field_may_stand_once_only() {
        let refused = Posted::check(pairs(&[("surname", "x"), ("surname", "y")]), &["surname"]);
        assert!(matches!(refused, Err(WebError::UnknownField(name)) if name == "surname"));
    }

    #[test]
    fn values_are_trimmed_and_missing_ones_empty() {
        let mut posted =
            Posted::check(pairs(&[("surname", "  Okafor "), (TOKEN_FIELD, "t")]), &["surname"]).unwrap();
        assert_eq!(posted.take("surname"), "Okafor");
        assert_eq!(posted.take("surname"), "");
    }
}
