//! What a case asks for, step by step, and what must arrive after each.

use feeds::{Fault, Message, Profile, Rule, Said};

use crate::cast::{KNOWN_BY, Sheet, identity};
use crate::compare::folded;

/// What is told of something that is put aside on purpose.
pub(crate) const TOLD: Fault = Fault { field: "postcode", rule: Rule::PostcodeShape, length: 0 };

/// A case carried out on its children.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Its steps in their order; each ends in one export, or in the messages of one.
    pub steps: Vec<Step>,
    /// Words that are entered where case notes are, and that must arrive nowhere.
    pub words: Option<&'static str>,
}

/// One step.
#[derive(Debug, Clone, Default)]
pub struct Step {
    /// What the product is asked to do.
    pub asks: String,
    /// Who must have arrived after it, and how.
    pub expected: Vec<Expected>,
    /// Who must not be stated any more: known by name and birth.
    pub absent: Vec<Sheet>,
    /// What each record says must be what it said after the step before, to the byte.
    pub unchanged: bool,
    /// The two records of the step before are one now.
    pub merges: bool,
    /// Each of these was changed since the step before, and says so by a later moment.
    pub later: bool,
    /// What messages said in the step before stands until they say otherwise: nothing comes again but what was changed. What requests
    /// say always goes on so.
    pub goes_on: bool,
    /// How the kit answers while it listens.
    pub manner: Manner,
}

/// How the kit answers in a step that it listens to. Files are answered nothing; their receipts are given to the product after
/// the step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Manner {
    /// As what comes deserves.
    #[default]
    Fairly,
    /// Nothing can be taken now: send it again later.
    NotNow,
    /// As it deserves, and twice: an acknowledgement that comes again must disturb nobody.
    Twice,
    /// The answer to the first delivery is lost, the second is told to wait; then as they deserve.
    FailsFirst,
    /// The first two deliveries come too soon after others: wait. Then as they deserve.
    Throttles,
    /// The sums of what was said in the step before count as much as was sent, and have the checksum of something else.
    TellsOtherSums,
    /// The sums of what was said in the step before are told as they are.
    TellsSums,
    /// What is said about this child, who is entered beside the expected ones, breaks a rule, whatever it is.
    PutsAside(Expected),
    /// Receipts tell of the records before by turns that they were accepted, unchanged and superseded.
    TellsReceipts,
}

impl Manner {
    /// The rule that something said is told to break, whatever it is: what is said about the child who is put aside.
    #[must_use]
    pub fn breaks(&self, said: &Said) -> Option<Fault> {
        let Self::PutsAside(child) = self else { return None };
        let of = |message: &Message| KNOWN_BY.map(|column| folded(column, message.said(column)));
        said.message().is_some_and(|message| of(message) == identity(&child.sheet)).then_some(TOLD)
    }
}

/// A child who must have arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The number on the sheet.
    pub number: usize,
    /// What is stated of them.
    pub sheet: Sheet,
    /// In how many records.
    pub records: usize,
}

impl Expected {
    pub(crate) fn new(number: usize, sheet: Sheet) -> Self {
        Self { number, sheet, records: 1 }
    }

    /// The same child with another value; nothing where the profile has no such column.
    pub(crate) fn with(mut self, profile: &'static Profile, column: &str, value: &str) -> Self {
        if let Some((_, column)) = profile.position(column) {
            if value.is_empty() {
                self.sheet.remove(column.name);
            } else {
                self.sheet.insert(column.name, value.to_owned());
            }
        }
        self
    }

    /// The same child in two records.
    pub(crate) fn twice(mut self) -> Self {
        self.records = 2;
        self
    }
}

impl Step {
    pub(crate) fn new(asks: impl Into<String>, expected: Vec<Expected>) -> Self {
        Self { asks: asks.into(), expected, ..Self::default() }
    }

    /// Who is in the product once the step is done, in the order of their numbers: those who must arrive, and who is put aside.
    #[must_use]
    pub fn entered(&self) -> Vec<&Expected> {
        let mut entered: Vec<&Expected> = self.expected.iter().collect();
        if let Manner::PutsAside(child) = &self.manner {
            entered.push(child);
        }
        entered.sort_by_key(|child| child.number);
        entered
    }
}
