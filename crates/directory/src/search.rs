//! Search: what a practitioner may ask, by which keys candidates are found, and which of them answer (section 7 of the
//! rules). Search is not matching: it uses only what the viewer could see.

mod closeness;
mod criteria;
mod key;
mod matching;
mod nicknames;
mod place;
mod policy;
mod query_keys;
mod record_keys;
mod sound;

pub use criteria::{AgeBand, AgeBandError, Criteria, PostcodeQuery, PostcodeQueryError};
pub use key::{KeyKind, SearchKey, Tier};
pub use matching::{MatchQuality, Why, matches};
pub use policy::{Combination, Field, PolicyError, SearchPolicy, Specific, TooWeak};
pub use query_keys::query_keys;
pub use record_keys::{search_keys, search_keys_as_shown};
