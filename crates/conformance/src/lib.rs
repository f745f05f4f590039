//! The conformance kit: what a product must do with a published set of cases before it is accredited as a type (rule 11.1).
//!
//! A [`Case`] has an id, asks a product to do something with invented children ([`Cast`]) and says what must arrive. [`judge`]
//! reads what arrived by the same rules as a live feed and gives a [`Report`], which is signed and, wherever it is handed in,
//! read as a [`Checked`] one: nothing else can be made of a text whose signature does not fit.
//!
//! No clock, no chance, no file is opened here: the day, the children, the bytes and the key are arguments.

mod arrived;
mod cases;
mod cast;
mod compare;
mod docs;
mod hearing;
mod judging;
mod plan;
mod report;
mod signed;
mod telling;

pub use arrived::{Came, Given, Spoken};
pub use cases::{Case, applying};
pub use cast::{Cast, MOST_CHILDREN, Sheet, TOO_OLD};
pub use docs::page as cases_page;
pub use hearing::{Answered, Delivered, Hearing, Refusal, Request};
pub use judging::{Run, judge};
pub use plan::{Expected, Manner, Plan, Step};
pub use report::{Agreed, CaseResult, FORMAT, Finding, KIT, Outcome, Report, Tested, Values};
pub use signed::{Checked, ReportError, Signed, fingerprint};
pub use telling::{RowTold, tell};
