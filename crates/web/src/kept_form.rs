//! A form that waits for its sender's proof: kept in the page that asks for it, sealed, and then carried out as it was sent.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use directory::access::DangerousAct;
use http::request::Parts;
use http::{HeaderValue, Method, Uri, header};
use service::SignedIn;

use crate::error::WebError;
use crate::route::{FreshProof, Route, own_page, posted_to};
use crate::state::AppState;

/// What was posted, and where.
pub(crate) struct KeptForm {
    act: Option<DangerousAct>,
    path: String,
    kind: String,
    body: Bytes,
}

impl KeptForm {
    /// Reads the request's body and leaves the request as it was.
    pub(crate) async fn of(request: &mut Request, largest: usize) -> Result<Self, WebError> {
        let body = std::mem::take(request.body_mut());
        let body = to_bytes(body, largest).await.map_err(|_| WebError::TooLarge)?;
        *request.body_mut() = Body::from(body.clone());
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        Ok(Self {
            act: None,
            path: request.uri().path().to_owned(),
            kind: kind.unwrap_or_default().to_owned(),
            body,
        })
    }

    /// The act that the proof is for.
    pub(crate) fn until_proved(self, act: DangerousAct) -> Self {
        Self { act: Some(act), ..self }
    }

    /// The act that the proof is for, once it is known.
    pub(crate) fn act(&self) -> Option<DangerousAct> {
        self.act
    }

    /// The page of ours at the same path, if there is one: where somebody goes on who fills the form in again.
    pub(crate) fn page(&self) -> String {
        own_page(&self.path).unwrap_or_default()
    }

    /// For a hidden field: only this session opens it.
    pub(crate) fn seal(&self, state: &AppState, who: &SignedIn) -> Result<String, WebError> {
        let mut plain =
            format!("{}\n{}\n{}\n", self.act.map_or("", DangerousAct::code), self.path, self.kind)
                .into_bytes();
        plain.extend_from_slice(&self.body);
        Ok(state.directory().seal_kept_form(who, &plain)?)
    }

    /// What [`KeptForm::seal`] sealed in this session.
    pub(crate) fn open(state: &AppState, who: &SignedIn, sealed: &str) -> Option<Self> {
        let mut rest = Bytes::from(state.directory().open_kept_form(who, sealed)?);
        let act = DangerousAct::from_code(&line(&mut rest)?);
        let path = line(&mut rest)?;
        let kind = line(&mut rest)?;
        Some(Self { act, path, kind, body: rest })
    }

    /// The request as it was sent, by the browser that has now sent the proof, and its route.
    pub(crate) fn again(self, parts: &Parts) -> Option<(&'static Route, Request)> {
        let route = posted_to(&self.path)?;
        if !matches!(route.fresh_proof, FreshProof::ByTheUseCase(_) | FreshProof::EachTime(_)) {
            return None;
        }
        let mut request = Request::new(Body::from(self.body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = Uri::try_from(self.path).ok()?;
        *request.headers_mut() = parts.headers.clone();
        request.headers_mut().remove(header::CONTENT_LENGTH);
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_str(&self.kind).ok()?);
        *request.extensions_mut() = parts.extensions.clone();
        Some((route, request))
    }
}

/// Takes the first line off.
fn line(rest: &mut Bytes) -> Option<String> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let line = rest.split_to(end);
    let _newline = rest.split_to(1);
    String::from_utf8(line.to_vec()).ok()
}
