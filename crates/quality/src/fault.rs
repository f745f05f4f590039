//! What can be wrong with a value, in words: the rules of docs/feeds, and the checks of this tool alone.

use feeds::Rule;
use serde::{Serialize, Serializer};

/// The six things that are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// What should be there is there.
    Completeness,
    /// What is there can be what it says it is.
    Validity,
    /// Each record, and each number, stands once.
    Uniqueness,
    /// Values do not contradict one another.
    Consistency,
    /// The statements are not old.
    Timeliness,
    /// Nothing is there that the directory never holds (law 1).
    Forbidden,
}

impl Dimension {
    /// As a heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Completeness => "Completeness",
            Self::Validity => "Validity",
            Self::Uniqueness => "Uniqueness",
            Self::Consistency => "Consistency",
            Self::Timeliness => "Timeliness",
            Self::Forbidden => "Forbidden content",
        }
    }
}

/// A fault in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeText {
    /// `F001`… as in docs/feeds/rules.md, or `Q01`….
    pub code: &'static str,
    /// What is wrong.
    pub meaning: &'static str,
    /// What to do.
    pub remedy: &'static str,
    /// What it is counted under.
    pub dimension: Dimension,
}

macro_rules! checks {
    ($($name:ident $code:literal $dimension:ident, $meaning:literal, $remedy:literal;)+) => {
        /// A check of this tool: a load would take the value, but it is probably wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Check {
            $(#[doc = $meaning] $name,)+
        }

        impl Check {
            /// Every check, in the order of the codes.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            const fn text(self) -> CodeText {
                match self {
                    $(Self::$name => CodeText {
                        code: $code, meaning: $meaning, remedy: $remedy, dimension: Dimension::$dimension,
                    },)+
                }
            }
        }
    };
}

checks! {
    MissingColumn "Q01" Completeness,
        "A column of the profile is not in the file.",
        "Add the column to the export; it may be empty, but must be there.";
    Placeholder "Q10" Validity,
        "The value is a stand-in such as Unknown, N/A or TBC.",
        "Leave the field empty where the value is not known.";
    PlaceholderDate "Q11" Validity,
        "The date is one that systems fill in by themselves: the first day of 1900, 1901, 1970 or 2000.",
        "Leave the date empty, or give the part of it that is known (2015, or 2015-02).";
    PlaceholderNumber "Q12" Validity,
        "The number is one that nobody has: all digits the same, or counting up.",
        "Leave the field empty where the number is not known.";
    Implausible "Q13" Validity,
        "The date lies outside what the profile calls plausible.",
        "Check the date at the source, or correct the profile.";
    NoPostcode "Q14" Completeness,
        "A pseudo postcode of the NHS (ZZ99 and the like) stands where there is none: no fixed abode, abroad or not known.",
        "Leave the postcode empty, and say address_kind none where no address is known; a load takes the row without it.";
    LostZero "Q15" Validity,
        "The telephone number has lost the 0 it begins with: a spreadsheet took it for a sum.",
        "Make the column text before the numbers are put in or exported, and write the 0 again.";
    BornAfterStatement "Q20" Consistency,
        "The date of birth is after the day the record speaks of.",
        "Correct one of the two dates.";
    BeforeBirth "Q21" Consistency,
        "Something about the child began before the child was born.",
        "Correct the start, or the date of birth.";
    SchoolAge "Q22" Consistency,
        "The child is on the roll of a school, and is under two or over nineteen.",
        "Check the date of birth, and whether the child has left.";
    SchoolPhase "Q23" Consistency,
        "The age does not fit the school's phase: over twelve in a primary, or under nine in a secondary school.",
        "Check the date of birth, and move the child on to the present school.";
    CarerTwice "Q24" Consistency,
        "Two carers have one name.",
        "Name each carer once; leave the second empty where there is none.";
    CarerIsChild "Q25" Consistency,
        "A carer has exactly the child's own name.",
        "Name the parent or carer; where a parent truly has the same name, leave it.";
    DiedAfterStatement "Q26" Consistency,
        "The date of death is after the day the record speaks of.",
        "Correct one of the two dates.";
    LongDead "Q27" Consistency,
        "The death lies more than a year back: the record goes to the archive on the day it is loaded.",
        "Check the date of death; where it is right, nothing is to be done.";
    RepeatedNumber "Q30" Uniqueness,
        "An earlier record of the file has this number.",
        "Find out whose it is, and take it off the other record; two records of one child are joined at the source.";
    Stale "Q40" Timeliness,
        "The source has not looked at the record for longer than the profile allows.",
        "Refresh it, and close records of children who have moved away.";
    ReadsLikeText "Q50" Forbidden,
        "The value reads like a sentence or tells about a case.",
        "Take it out: the fields hold names, places and codes, never text about a child (rules 1.20 and 1.21).";
}

/// A rule of docs/feeds or a check of this tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// A load would quarantine the row.
    Feed(Rule),
    /// A load would take it.
    Own(Check),
}

impl Code {
    /// In words.
    pub const fn text(self) -> CodeText {
        match self {
            Self::Own(check) => check.text(),
            Self::Feed(rule) => {
                let text = rule.text();
                CodeText {
                    code: text.code,
                    meaning: text.meaning,
                    remedy: text.remedy,
                    dimension: dimension(rule),
                }
            }
        }
    }

    /// Whether a load puts the row aside for it.
    pub const fn quarantines(self) -> bool {
        matches!(self, Self::Feed(_))
    }

    /// What it is counted under.
    pub const fn dimension(self) -> Dimension {
        self.text().dimension
    }
}

const fn dimension(rule: Rule) -> Dimension {
    match rule {
        Rule::Missing | Rule::NameMissing => Dimension::Completeness,
        Rule::RepeatedRecord => Dimension::Uniqueness,
        // Only text is longer than a name or a place can be, or much longer than a date or a code.
        Rule::TooLong => Dimension::Forbidden,
        Rule::WhereaboutsContradict
        | Rule::IncompleteGroup
        | Rule::Contradiction
        | Rule::EndsBeforeStart
        | Rule::BasisMissing
        | Rule::ConsentMissing
        | Rule::AsserterMissing
        | Rule::AssertedWhenMissing
        | Rule::BasisContradicts
        | Rule::DeathBeforeBirth => Dimension::Consistency,
        _ => Dimension::Validity,
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text().code)
    }
}
