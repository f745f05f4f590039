//! How an act on a connection or a product ends: on its page again, with what stands against it beside the form where it was not
//! done.

use axum::response::{IntoResponse, Redirect, Response};
use service::{ConnectingError, SignedIn};

use super::connections::connection_page;
use super::connections_words::told;
use super::products::product_page;
use crate::error::WebError;
use crate::form::Faults;
use crate::state::AppState;

/// What is acted on, by the part of the address that names it.
#[derive(Clone, Copy)]
pub(super) enum Subject<'a> {
    /// The connection of a source.
    Source(&'a str),
    /// A product.
    Product(&'a str),
}

impl Subject<'_> {
    /// The page again where it was not done.
    pub(super) async fn settled(
        self,
        state: &AppState,
        who: &SignedIn,
        field: &'static str,
        done: Result<(), ConnectingError>,
    ) -> Result<Response, WebError> {
        match (done, self) {
            (Ok(()), Self::Source(id)) => Ok(Redirect::to(&format!("/connections/{id}")).into_response()),
            (Ok(()), Self::Product(id)) => Ok(Redirect::to(&format!("/products/{id}")).into_response()),
            (Err(error), _) => self.wrong(state, who, field, told(error)?).await,
        }
    }

    /// The page with what is wrong at a field.
    pub(super) async fn wrong(
        self,
        state: &AppState,
        who: &SignedIn,
        field: &'static str,
        words: impl Into<String>,
    ) -> Result<Response, WebError> {
        let mut faults = Faults::default();
        faults.add(field, words);
        match self {
            Self::Source(id) => connection_page(state, who, id, faults).await,
            Self::Product(id) => product_page(state, who, id, faults).await,
        }
    }
}

/// The version that a form carries: what the person looked at.
pub(super) fn seen(version: &str) -> Result<i64, WebError> {
    version.parse().map_err(|_| WebError::NotFound)
}
