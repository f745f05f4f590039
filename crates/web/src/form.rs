//! Forms in: a closed list of fields, each at most once, and a token that ties the form to the session.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{FromRequest, Multipart, Request};
use http::{HeaderMap, StatusCode, header};
use service::SignedIn;

use crate::error::WebError;
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

/// The posted fields as they came.
pub(crate) struct Posted(BTreeMap<String, Vec<u8>>);

impl Posted {
    /// The value of a field, trimmed, or nothing in it. What of it is no UTF-8 stands as U+FFFD, so that the page can say so.
    pub(crate) fn take(&mut self, name: &str) -> String {
        String::from_utf8_lossy(&self.take_file(name)).trim().to_owned()
    }

    /// A file as it was chosen, to the byte, or nothing in it.
    pub(crate) fn take_file(&mut self, name: &str) -> Vec<u8> {
        self.0.remove(name).unwrap_or_default()
    }

    /// Checks the names against the closed list (law 1: a field outside it is refused by name).
    fn check(pairs: Vec<(String, Vec<u8>)>, names: &[&str]) -> Result<Self, WebError> {
        let mut fields = BTreeMap::new();
        for (name, value) in pairs {
            if name != TOKEN_FIELD && !names.contains(&name.as_str()) {
                return Err(WebError::UnknownField(name.chars().take(40).collect()));
            }
            if fields.insert(name.clone(), value).is_some() {
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
    if F::TAKES_A_FILE && may_hold_a_file(request.headers()) {
        let form = Multipart::from_request(request, state).await;
        return Posted::check(
            parts(form.map_err(|rejection| unreadable(rejection.status()))?).await?,
            F::NAMES,
        );
    }
    let Form(pairs) = Form::<Vec<(String, String)>>::from_request(request, state)
        .await
        .map_err(|rejection| unreadable(rejection.status()))?;
    Posted::check(pairs.into_iter().map(|(name, value)| (name, value.into_bytes())).collect(), F::NAMES)
}

fn may_hold_a_file(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("multipart/form-data"))
}

/// The parts of a form with a file in it, each by its name.
async fn parts(mut form: Multipart) -> Result<Vec<(String, Vec<u8>)>, WebError> {
    let mut found = Vec::new();
    while let Some(part) = form.next_field().await.map_err(|error| unreadable(error.status()))? {
        let name = part.name().ok_or(WebError::Unreadable)?.to_owned();
        let value = part.bytes().await.map_err(|error| unreadable(error.status()))?;
        found.push((name, value.into()));
    }
    Ok(found)
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
    use axum::body::Body;
    use axum::extract::{FromRequest as _, Multipart, Request};
    use http::{HeaderMap, HeaderValue, header};

    use super::{Posted, TOKEN_FIELD, may_hold_a_file, parts};
    use crate::error::WebError;

    const FORM: &str = "--xyz\r\nContent-Disposition: form-data; name=\"form_token\"\r\n\r\ntoken\r\n\
        --xyz\r\nContent-Disposition: form-data; name=\"upload\"; filename=\"a \u{e9}.csv\"\r\nContent-Type: text/csv\r\n\r\n\
        one,two\r\n--xy\r\n\r\n3,4\r\n--xyz--\r\n";

    async fn parts_of(body: impl Into<Body>) -> Result<Vec<(String, Vec<u8>)>, WebError> {
        let kind = (header::CONTENT_TYPE, "multipart/form-data; boundary=xyz");
        let request = Request::builder().method("POST").header(kind.0, kind.1).body(body.into()).unwrap();
        parts(Multipart::from_request(request, &()).await.unwrap()).await
    }

    #[tokio::test]
    async fn a_file_comes_out_as_it_was_chosen() {
        let expected = [("form_token", "token"), ("upload", "one,two\r\n--xy\r\n\r\n3,4")];
        assert_eq!(parts_of(FORM).await.unwrap(), pairs(&expected));
    }

    #[tokio::test]
    async fn a_form_that_is_cut_off_anywhere_is_unreadable() {
        for end in 0..FORM.len() - "--\r\n".len() {
            let cut = FORM.as_bytes().get(..end).unwrap();
            assert!(matches!(parts_of(cut).await, Err(WebError::Unreadable)), "cut at {end}");
        }
    }

    #[tokio::test]
    async fn a_part_without_a_name_is_unreadable() {
        let nameless = FORM.replace("; name=\"upload\"", "");
        assert!(matches!(parts_of(nameless).await, Err(WebError::Unreadable)));
    }

    #[tokio::test]
    async fn what_is_no_text_is_told_apart_and_a_file_keeps_its_bytes() {
        let mut form = FORM.replace("3,4", "3,4\n").into_bytes();
        form[FORM.find("one").unwrap()] = 0xe9;
        let names = ["upload"];
        let mut posted = Posted::check(parts_of(form.clone()).await.unwrap(), &names).unwrap();
        assert_eq!(posted.take("upload"), "\u{fffd}ne,two\r\n--xy\r\n\r\n3,4");
        let mut posted = Posted::check(parts_of(form).await.unwrap(), &names).unwrap();
        assert_eq!(posted.take_file("upload"), b"\xe9ne,two\r\n--xy\r\n\r\n3,4\n");
    }

    #[test]
    fn only_what_says_that_it_is_a_form_with_a_file_is_read_as_one() {
        for (kind, is_one) in [
            ("multipart/form-data; boundary=xyz", true),
            ("Multipart/Form-Data;boundary=xyz", true),
            ("multipart/mixed; boundary=xyz", false),
            ("application/x-www-form-urlencoded", false),
        ] {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))]);
            assert_eq!(may_hold_a_file(&headers), is_one, "{kind}");
        }
        assert!(!may_hold_a_file(&HeaderMap::new()));
    }

    fn pairs(given: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
        given.iter().map(|&(name, value)| (name.to_owned(), value.as_bytes().to_owned())).collect()
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
