//! The rules a row is checked by, in one table, and the fault a broken rule leaves behind.

use serde::{Serialize, Serializer};

/// A rule as docs/feeds/rules.md prints it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleText {
    /// `F001`…; never reused for another rule.
    pub code: &'static str,
    /// What is wrong, as a short sentence.
    pub meaning: &'static str,
    /// What the sender can do.
    pub remedy: &'static str,
    /// Where it comes from: a number of docs/rules.md or a law of ARCHITECTURE.md.
    pub source: &'static str,
}

macro_rules! rules {
    ($($name:ident $code:literal, $source:literal, $meaning:literal, $remedy:literal;)+) => {
        /// A rule that a row of a feed can break. A row that breaks one is quarantined as a whole.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $(#[doc = $meaning] $name,)+
        }

        impl Rule {
            /// Every rule, in the order of the codes.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The rule's text.
            pub const fn text(self) -> RuleText {
                match self {
                    $(Self::$name => RuleText { code: $code, meaning: $meaning, remedy: $remedy, source: $source },)+
                }
            }
        }
    };
}

rules! {
    ValueCount "F001", "law 8",
        "The row has more or fewer values than the header has columns.",
        "Look for a comma inside a value that is not in double quotes, or for a line break inside a value.";
    Quoting "F002", "law 8",
        "A double quote stands inside a value without quotes, or text follows a closing quote.",
        "Put the whole value in double quotes and write each quote inside it twice.";
    RepeatedRecord "F003", "law 8",
        "An earlier row of the same file has this record_id; the earlier row counts.",
        "Send each record once, with its latest state.";
    TooLong "F004", "rule 1.21",
        "The value is longer than the column allows.",
        "The columns hold names, codes and contact details, never text about a child. Shorten the value.";
    Missing "F005", "law 8",
        "A required value is empty.",
        "Fill it in at the source.";
    UnseenCharacters "F006", "law 8",
        "The value holds control characters, characters that reverse the direction of text, or the mark of a damaged character (U+FFFD).",
        "Type the value again at the source, and export as UTF-8. Right-to-left letters themselves are welcome.";
    Resource "F007", "law 8",
        "A FHIR resource lacks what it cannot be read without, has a code that is on no list, or says of the child what no file can say (a merge).",
        "Send the Patient and what stands behind it in a Bundle to POST /fhir of a test installation, which names the place and the reason.";
    Reference "F008", "law 8",
        "A FHIR resource refers to another that stands neither behind the same Patient nor before the first one, or to one of another type.",
        "Put what is about one child right behind its Patient, and what several children share before the first Patient.";
    SaidTwice "F009", "law 8",
        "FHIR resources of one child say different things for the same column.",
        "Send it once.";
    ImpossibleDate "F010", "rule 1.5",
        "No such day is in the calendar.",
        "Correct the date at the source.";
    DateFormat "F011", "rule 1.5",
        "The date is not written YYYY-MM-DD (where the column allows it also YYYY-MM or YYYY).",
        "Export dates as YYYY-MM-DD, without a time of day: 31/01/2015 and 2015-01-31 00:00:00 are 2015-01-31.";
    BirthInFuture "F012", "rule 1.25",
        "The date of birth lies in the future.",
        "Correct the date; a child is sent once born.";
    YearOutOfRange "F013", "rule 1.5",
        "The year is before 1900 or after 2199.",
        "Write the year with four digits: 2015, not 0015.";
    Adult "F014", "rule 1.25",
        "The person is 18 or over on the effective date.",
        "Remove adults from the export. Young people who take part after 18 are not fed.";
    EffectiveInFuture "F015", "rule 10.16",
        "The effective date lies in the future, so no correction could ever replace the row.",
        "Send the date at which the source last knew this to be so.";
    EndsBeforeStart "F016", "rule 1.13",
        "The end is before the start.",
        "Correct one of the two dates.";
    NameMissing "F020", "rule 1.1",
        "Neither forenames nor a surname are given.",
        "Send the name the source has; a person with a single name has it in either column.";
    PlaceholderName "F021", "rule 1.1",
        "The name is a stand-in such as Unknown or Test.",
        "Leave the column empty when the name is not known, and keep test records out of the export.";
    PostcodeInName "F022", "rule 1.1",
        "A postcode stands in a name.",
        "Check that the columns are in the order of the header.";
    SymbolInName "F023", "rule 1.1",
        "The name holds an emoji or another symbol that no name is written with.",
        "Remove it at the source. Apostrophes, hyphens, full stops and letters of every script are fine.";
    NameWithoutLetter "F024", "rule 1.1",
        "The name holds no letter.",
        "Leave the column empty when the name is not known.";
    PostcodeShape "F030", "rule 1.2",
        "The postcode has not the shape of one.",
        "Correct it at the source, or leave it empty.";
    WhereaboutsContradict "F031", "rule 1.2",
        "The kind of address and the address do not fit together: an address without its kind, a kind without an address, or an address beside the statement that there is none.",
        "Send exactly one of: a current address, a last-known address, a statement without an address.";
    NhsNumber "F040", "rule 1.18",
        "Not an NHS number: ten digits of which the last is the check digit.",
        "Correct it at the source, or leave it empty.";
    UniquePupilNumber "F041", "rule 1.18",
        "Not a unique pupil number: a check letter and twelve digits (the last may be a letter).",
        "Correct it at the source, or leave it empty.";
    NumberShape "F042", "rule 1.18",
        "The number or code has not the shape that the column asks for.",
        "Correct it at the source, or leave it empty.";
    UnknownCode "F050", "rule 1.21",
        "The value is none of the codes that the column allows.",
        "Use a code of the column's list.";
    Telephone "F051", "rule 1.8",
        "Not a telephone number: 3 to 15 digits, with spaces, brackets, hyphens, full stops, a leading + and an extension (ext 12) allowed.",
        "Send one number and nothing else.";
    Email "F052", "rule 1.8",
        "Not an e-mail address.",
        "Send one address and nothing else.";
    SpreadsheetError "F053", "law 8",
        "The value is an error of a spreadsheet, such as #N/A, #REF! or #VALUE!.",
        "Mend the formula at the source, or leave the cell empty; export values, not formulas.";
    BasisMissing "F060", "rule 3.3",
        "A sensitive service is named without a basis.",
        "Send it only with consent or with reasonable cause to suspect significant harm, and name which.";
    IncompleteGroup "F061", "rule 1.13",
        "Columns that belong together are partly filled: the one that names the person or the service is empty.",
        "Fill it in, or leave the whole group empty.";
    Contradiction "F062", "rule 1.10",
        "A status says that there is nothing (no school, no early help assessment), yet the columns about it are filled.",
        "Correct the status, or empty the columns.";
    ConsentMissing "F063", "rule 3.5",
        "A sensitive service is named by consent, and nobody says who consented and on what capacity.",
        "Name it by its code. The consent itself, and any note about it, stays with the practitioner.";
    AsserterMissing "F064", "rule 3.6",
        "A sensitive service is named, and nobody says which organisation asserts the basis.",
        "Name the organisation whose practitioner took the consent or suspects the harm.";
    AssertedWhenMissing "F065", "rule 3.6",
        "A sensitive service is named, and nobody says when its basis was asserted.",
        "Send the day on which it was asserted.";
    BasisContradicts "F066", "rule 3.3",
        "The columns of the basis contradict each other: suspected harm with a consent or its withdrawal, or a withdrawal before the consent.",
        "Send the consent with its own columns, or the suspicion without them.";
    BasisInFuture "F067", "rule 3.3",
        "The basis is asserted, or withdrawn, on a day that lies in the future.",
        "Correct the date; a basis is sent once it is asserted.";
    DeathInFuture "F070", "rule 4.6",
        "The date of death lies in the future.",
        "Correct the date; a death is sent once registered.";
    DeathBeforeBirth "F071", "rule 4.6",
        "The date of death is before the date of birth.",
        "Correct one of the two dates.";
}

impl Rule {
    /// Whether it says that a sensitive service has no basis, or none that stands (rule 3.3).
    pub const fn is_about_the_basis(self) -> bool {
        matches!(
            self,
            Self::BasisMissing | Self::ConsentMissing | Self::AsserterMissing | Self::AssertedWhenMissing
        )
    }

    /// `F001`…
    pub const fn code(self) -> &'static str {
        self.text().code
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// One broken rule of one row. It says where and how long, never what: a fault may be logged and sent back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The column, or [`Fault::ROW`] when the row as a whole is to blame. A row has at most one fault a column.
    pub field: &'static str,
    /// The rule.
    pub rule: Rule,
    /// Characters of the offending value without the white space around it; for [`Rule::ValueCount`] the number
    /// of values in the row.
    pub length: usize,
}

impl Fault {
    /// Stands for the row as a whole.
    pub const ROW: &'static str = "(row)";

    /// The stable code, `F001`…
    pub const fn code(&self) -> &'static str {
        self.rule.code()
    }
}
