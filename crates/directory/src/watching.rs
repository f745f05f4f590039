//! Watching the use of the directory (rules section 9): what is noticed, from which number on, who reviews it, what may
//! come of it. Pure: a day of one account is folded entry by entry, so that it makes no difference in how many steps the
//! trail is read.

mod afterwards;
mod casework;
mod day;
mod evidence;
mod own;
mod policy;
mod rule;

pub use afterwards::{is_known_to, says_involvement};
pub use casework::{
    Finding, Outcome, Refusal, Sanction, StepKind, Tier, Workplace, may_close, may_decide, tier_of,
    tier_of_override,
};
pub use day::{Asked, Before, Counts, DayState, Observation, Token, Viewed, What};
pub use evidence::{EvidenceError, EvidenceReference};
pub use own::{OwnAddress, OwnMatter, OwnMatters};
pub use policy::{Exceptions, MOST_DAYS, Thresholds, WatchingPolicy, WeekDay};
pub use rule::{Flag, Rule, Severity};
