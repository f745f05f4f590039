//! Why something is not read, and where that stands.

use std::fmt;

/// Something of which nothing was taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{expression}: {reason}")]
pub struct Refused {
    /// Where it stands, as FHIRPath: `Bundle.entry[3].resource.name[0].family`.
    pub expression: String,
    /// Why.
    pub reason: Reason,
}

/// The name of an element or a resource that is on no list, kept only when it has the shape of one: otherwise it may be text about
/// a child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnlistedName(Option<String>);

impl UnlistedName {
    pub(crate) fn of(name: &str) -> Self {
        let shaped = (1..=40).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        Self(shaped.then(|| name.to_owned()))
    }

    /// The name, when it may be repeated.
    #[must_use]
    pub fn shown(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl fmt::Display for UnlistedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_deref().unwrap_or("without the shape of a name"))
    }
}

/// Why it is refused. Each says what and the remedy, and never repeats a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// No JSON in UTF-8.
    #[error("this is not JSON in UTF-8; send FHIR R4 as application/fhir+json")]
    NotJson,
    /// A line that is no JSON.
    #[error("line {number} is not JSON in UTF-8; send one whole FHIR R4 resource a line")]
    LineNotJson {
        /// The line, from 1.
        number: usize,
    },
    /// An object or a list where FHIR has none, a name twice in one object.
    #[error(
        "this has another shape than FHIR R4 gives it, or an element stands twice; check the resource with a FHIR validator"
    )]
    Shape,
    /// Nested without end.
    #[error(
        "objects and lists nest deeper here than any resource that is read; send the resource without what contains it"
    )]
    TooDeep,
    /// Longer than may be.
    #[error("this is longer than {at_most} bytes; send fewer resources at a time")]
    TooLong {
        /// Bytes.
        at_most: usize,
    },
    /// More than may be.
    #[error("these are more than {at_most}; send them in parts")]
    TooMany {
        /// How many may be.
        at_most: usize,
    },
    /// No resource.
    #[error("this has no resourceType; send a FHIR R4 resource")]
    NotAResource,
    /// A resource that is on no list.
    #[error("the resource {0} is on neither list of docs/connect/fhir-lists.md; take it out before sending")]
    UnlistedResource(UnlistedName),
    /// A resource that is read, but not here.
    #[error("{0}")]
    NotHere(&'static str),
    /// An element that is on no list.
    #[error("the element {0} is on neither list of docs/connect/fhir-lists.md; take it out before sending")]
    UnlistedElement(UnlistedName),
    /// The source's profile has no such column (law 1).
    #[error(
        "the source {profile} has no column for this ({column}); its columns are listed in docs/feeds/{profile}.md"
    )]
    NoColumn {
        /// The profile.
        profile: &'static str,
        /// The column that it would need.
        column: String,
    },
    /// Two things said for one column.
    #[error("this says another thing than what was said before for the same column ({column}); say it once")]
    SaidTwice {
        /// The column.
        column: String,
    },
    /// What must be there is not.
    #[error("{0}")]
    Missing(&'static str),
    /// A value that means something else than can be taken.
    #[error("{0}")]
    Meaning(&'static str),
    /// A reference to what is not in the same message.
    #[error(
        "this refers to a resource that did not come with it; send it in the same Bundle or contained, because the directory keeps no resources"
    )]
    Unresolved,
    /// A reference to a resource of another type than is read there.
    #[error("this refers to a resource of a type that is not read here")]
    OtherType,
    /// A reference to an entry that was refused.
    #[error("this needs another entry, which was refused; put that one right and send both again")]
    OtherRefused,
    /// The source's own number is not to be found.
    #[error(
        "this names no number of the source's own; send it as the identifier of the system agreed (https://contactpoint.example/fhir/Id/record), or as Patient.id"
    )]
    NoOwnNumber,
    /// More than one number might be it.
    #[error("this names more than one number of the source's own; send one record a Patient")]
    SeveralOwnNumbers,
    /// The address of the request and the resource name different records.
    #[error(
        "the request and the resource name different records; they must name the same number of the source's own"
    )]
    OtherRecord,
    /// The sender's own id, where the source's numbers are of an agreed system.
    #[error(
        "this names the record by the sender's own id, which means nothing where a system of numbers is agreed; send \
         Patient?identifier={system}|VALUE"
    )]
    IdOfSender {
        /// The system that was agreed.
        system: String,
    },
    /// A condition that would ask the directory something.
    #[error(
        "a condition may name the source's own number and nothing else: identifier=SYSTEM|VALUE with the system of its records"
    )]
    Condition,
    /// The two records of a merge are one.
    #[error("the two records of this merge are the same; there is nothing to merge")]
    SameRecord,
    /// A method that is not there.
    #[error(
        "the directory is written to and never read: POST, PUT and DELETE are taken, and no other method (law 7)"
    )]
    Method,
}

impl Reason {
    /// Whether it is no resource, or so large a one that nothing is read on.
    pub(crate) const fn is_about_the_shape(&self) -> bool {
        matches!(
            self,
            Self::NotJson
                | Self::LineNotJson { .. }
                | Self::Shape
                | Self::TooDeep
                | Self::NotAResource
                | Self::TooMany { .. }
        )
    }

    /// Whether it names what is on no list.
    pub(crate) const fn is_about_the_lists(&self) -> bool {
        matches!(self, Self::UnlistedResource(_) | Self::UnlistedElement(_))
    }

    /// The code of FHIR's list of issue types.
    #[must_use]
    pub const fn issue(&self) -> &'static str {
        match self {
            Self::NotJson | Self::LineNotJson { .. } | Self::Shape | Self::TooDeep | Self::NotAResource => {
                "structure"
            }
            Self::TooLong { .. } | Self::TooMany { .. } => "too-costly",
            Self::UnlistedResource(_)
            | Self::UnlistedElement(_)
            | Self::NotHere(_)
            | Self::NoColumn { .. }
            | Self::OtherType
            | Self::Condition
            | Self::Method => "not-supported",
            Self::Missing(_) | Self::NoOwnNumber | Self::IdOfSender { .. } => "required",
            Self::Meaning(_) => "value",
            Self::SaidTwice { .. } | Self::SeveralOwnNumbers | Self::OtherRecord | Self::SameRecord => {
                "invariant"
            }
            Self::Unresolved | Self::OtherRefused => "not-found",
        }
    }
}
