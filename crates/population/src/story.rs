//! The children worth showing: always present, whatever the size and the seed.

use jiff::civil::Date;

use crate::Source;

/// A child (or the first of several) that a demonstration or a browser test can look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// The name of the story: `jean`, `twins`, `adoption`, ...
    pub name: &'static str,
    /// What happens in it, in a sentence.
    pub summary: &'static str,
    /// The child's current forenames.
    pub forenames: String,
    /// The child's current surname; no child outside the stories has it.
    pub surname: String,
    /// Other names the child is known by: (forenames, surname).
    pub aliases: Vec<(String, String)>,
    /// The date of birth.
    pub date_of_birth: Date,
    /// The street the child lives in now, without the house number; no other family lives there. Empty if
    /// no address is known.
    pub street: String,
    /// The post town of that street.
    pub town: String,
    /// The postcode of that street.
    pub postcode: String,
    /// The names of carers, as records give them: (forenames, surname).
    pub carers: Vec<(String, String)>,
    /// The school now attended, or attended last; empty if none is known.
    pub school: String,
    /// The records that tell the story.
    pub records: Vec<StoryRecord>,
}

/// One record of a story: a row of `stories.csv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryRecord {
    /// Whose record it is.
    pub source: Source,
    /// The source's own key.
    pub record_id: String,
    /// What this record contributes.
    pub note: &'static str,
}
