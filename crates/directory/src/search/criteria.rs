//! What a practitioner asks for.

use crate::child_number::ChildNumber;
use crate::gender::Gender;
use crate::line::Line;
use crate::partial_date::PartialDate;
use crate::postcode::{Postcode, area_of, parse_area, parse_district};
use serde::{Deserialize, Serialize};

/// What was filled in. Every field given filters: a child of whom it does not hold is not found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Criteria {
    /// The identifying number.
    pub number: Option<ChildNumber>,
    /// Forenames and surnames in any order.
    pub names: Option<Line>,
    /// Date of birth; a year or month counts as an age.
    pub date_of_birth: Option<PartialDate>,
    /// Age in years.
    pub age: Option<AgeBand>,
    /// Gender; "not specified" filters nothing.
    pub gender: Option<Gender>,
    /// A postcode, or the beginning of one.
    pub postcode: Option<PostcodeQuery>,
    /// Street, with or without the house number.
    pub street: Option<Line>,
    /// Name of a school.
    pub school: Option<Line>,
}

impl Criteria {
    /// Whether a field is used that a shield hides (rule 2.8). Such a search must not meet a shielded child.
    #[must_use]
    pub const fn uses_hidden_field(&self) -> bool {
        self.postcode.is_some() || self.street.is_some() || self.school.is_some()
    }

    /// The names of the fields filled in, for the audit header.
    #[must_use]
    pub fn fields_used(&self) -> Vec<&'static str> {
        [
            ("number", self.number.is_some()),
            ("names", self.names.is_some()),
            ("date_of_birth", self.date_of_birth.is_some()),
            ("age", self.age.is_some()),
            ("gender", self.gender.is_some()),
            ("postcode", self.postcode.is_some()),
            ("street", self.street.is_some()),
            ("school", self.school.is_some()),
        ]
        .into_iter()
        .filter_map(|(field, used)| used.then_some(field))
        .collect()
    }
}

/// An age, or a few neighbouring ages, in whole years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "(u8, u8)", into = "(u8, u8)")]
pub struct AgeBand {
    from: u8,
    to: u8,
}

/// The text or the pair is not an age band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("enter an age from 0 to 25 as a number, like 7, or a range, like 7-8")]
pub struct AgeBandError;

impl AgeBand {
    /// From one age to another, both included, 0 to 25.
    ///
    /// # Errors
    /// When the ages are in the wrong order or above 25.
    pub const fn new(from: u8, to: u8) -> Result<Self, AgeBandError> {
        if from <= to && to <= 25 { Ok(Self { from, to }) } else { Err(AgeBandError) }
    }

    /// Reads `7` or `7-8`.
    ///
    /// # Errors
    /// When the text is neither.
    pub fn parse(text: &str) -> Result<Self, AgeBandError> {
        let year = |text: &str| text.trim().parse::<u8>().map_err(|_| AgeBandError);
        match text.split_once(['-', '–']) {
            Some((from, to)) => Self::new(year(from)?, year(to)?),
            None => year(text).and_then(|age| Self::new(age, age)),
        }
    }

    /// The lowest age.
    #[must_use]
    pub const fn from(self) -> u8 {
        self.from
    }

    /// The highest age.
    #[must_use]
    pub const fn to(self) -> u8 {
        self.to
    }

    /// How many ages it holds.
    #[must_use]
    pub const fn width(self) -> u8 {
        self.to - self.from + 1
    }
}

impl TryFrom<(u8, u8)> for AgeBand {
    type Error = AgeBandError;
    fn try_from((from, to): (u8, u8)) -> Result<Self, Self::Error> {
        Self::new(from, to)
    }
}

impl From<AgeBand> for (u8, u8) {
    fn from(band: AgeBand) -> Self {
        (band.from, band.to)
    }
}

/// A postcode or the beginning of one. There are no wildcards in a postcode (rule 7.7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostcodeQuery {
    /// A whole postcode.
    Full(Postcode),
    /// A sector, `AL1 2`.
    Sector(String),
    /// A district, `AL1`.
    District(String),
    /// An area, `AL`.
    Area(String),
}

/// The text is not the beginning of a postcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("enter a postcode like AL1 2QB, or its beginning like AL1 or AL")]
pub struct PostcodeQueryError;

impl PostcodeQuery {
    /// Reads a postcode or the beginning of one.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(text: &str) -> Result<Self, PostcodeQueryError> {
        if let Ok(postcode) = Postcode::parse(text) {
            return Ok(Self::Full(postcode));
        }
        if let Some((district, digit)) = text.trim().rsplit_once(char::is_whitespace)
            && digit.len() == 1
            && digit.bytes().all(|b| b.is_ascii_digit())
            && let Some(district) = parse_district(district)
        {
            return Ok(Self::Sector(format!("{district} {digit}")));
        }
        parse_district(text)
            .map(Self::District)
            .or_else(|| parse_area(text).map(Self::Area))
            .ok_or(PostcodeQueryError)
    }

    /// The area it lies in.
    #[must_use]
    pub fn area(&self) -> &str {
        match self {
            Self::Full(postcode) => postcode.area(),
            Self::Sector(text) | Self::District(text) => area_of(text),
            Self::Area(area) => area,
        }
    }

    /// Whether a postcode is, or lies in, what was asked for.
    #[must_use]
    pub fn covers(&self, postcode: &Postcode) -> bool {
        match self {
            Self::Full(full) => full == postcode,
            Self::Sector(sector) => sector == postcode.sector(),
            Self::District(district) => district == postcode.district(),
            Self::Area(area) => area == postcode.area(),
        }
    }
}
