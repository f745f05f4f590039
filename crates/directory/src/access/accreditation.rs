//! The accreditation of an organisation (rules 11.2 to 11.8, 11.11): nine questions select criteria, each with evidence; an
//! assessor judges, a third person decides, dates end it. Only what was asked, judged and decided is ever on.

mod act;
mod body;
mod calendar;
mod catalogue;
mod criterion;
mod evidence;
mod life;
mod policy;
mod terms;

pub use act::{Act, NotDone};
pub use body::{accredits, may_accredit, may_apply};
pub use criterion::{Criterion, CriterionArea, applicable, question};
pub use evidence::{EvidenceReference, EvidenceReferenceError};
pub use life::{Accreditation, Condition, Step, Stop, Verdict};
pub use policy::AccreditationPolicy;
pub use terms::{
    AccreditationState, Finding, Lacking, Purpose, RefusalReason, SentBack, StepKind, SuspensionReason,
};
