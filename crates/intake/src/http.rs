//! The HTTPS door. A route says what it answers about, takes a bounded body, and says every fault as `problem+json`.

mod assertion;
mod client;
mod fhir;
#[cfg(fuzzing)]
pub mod fuzzed;
mod idempotency;
mod json_body;
mod limits;
mod openapi;
mod own_headers;
mod problem;
mod receipts;
mod route;
mod router;
mod serve;
mod source;
mod state;
mod statements;
mod token;
mod uploads;

pub use assertion::AssertionFault;
pub use limits::Limits;
pub use openapi::openapi;
pub use problem::Problem;
pub use route::{AnswersAbout, Proof, Route};
pub use router::{ROUTES, router, routes};
pub use serve::{serve, serve_routes};
pub use source::Connected;
pub use state::HttpDoor;
