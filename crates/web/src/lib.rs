//! The web edge: GOV.UK-style pages, rendered on the server, working without JavaScript.
//!
//! A handler parses a closed form, calls one use case of [`service`], and renders. Child data reaches a page only as
//! [`service::Disclosed`], which exists only after a reason was stated and the audit entry is durable (law 6), and
//! already redacted for the viewer (law 2): no template decides what may be seen.
//!
//! Nothing personal stands in an address. Searching and opening a record are posts whose answers are pages; a record is
//! asked for by a handle that is sealed to the session, so that addresses cannot be guessed, shared, logged or found
//! in a browser's history.

mod assets;
mod config;
mod dates;
mod error;
mod form;
mod frame;
mod guard;
mod kept_form;
mod pages;
mod permission_book;
mod route;
mod router;
mod serve;
mod session;
mod state;
mod words;

pub use config::{Space, WebConfig};
pub use error::WebError;
pub use pages::letters::letter_page;
pub use permission_book::permission_book;
pub use route::{FreshProof, Route, RouteRule, Trail};
pub use router::{ROUTES, router, routes};
pub use serve::serve;
pub use state::AppState;
