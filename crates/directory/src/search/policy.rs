//! When a search is specific enough (rules 7.6 to 7.8).

use super::criteria::{Criteria, PostcodeQuery};
use super::place::{Street, school_words};
use crate::child_number::ChildNumber;
use crate::gender::Gender;
use crate::names::words;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A piece of a sufficient combination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The identifying number.
    Number,
    /// A surname.
    Surname,
    /// A forename.
    Forename,
    /// A whole date of birth.
    DateOfBirth,
    /// An age band no wider than allowed, or a date of birth of any precision.
    Age,
    /// Female or male.
    Gender,
    /// The postcode area or more.
    PostcodeArea,
    /// The whole postcode.
    Postcode,
    /// A street.
    Street,
    /// A school.
    School,
}

/// Fields that are enough together.
pub type Combination = Vec<Field>;

/// When a search is answered. Defaults by rules 7.6 and 7.8.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SearchPolicy {
    /// The most rows a result list may have; above it no row is shown (rule 7.8).
    pub result_cap: usize,
    /// The most ages an age band may hold.
    pub age_band_years: u8,
    /// The combinations of which one must be given (rule 7.6).
    pub sufficient: Vec<Combination>,
}

impl Default for SearchPolicy {
    fn default() -> Self {
        use Field::{Age, DateOfBirth, Forename, Number, Postcode, PostcodeArea, School, Street, Surname};
        Self {
            result_cap: 10,
            age_band_years: 3,
            sufficient: vec![
                vec![Number],
                vec![Surname, DateOfBirth],
                vec![Surname, Street],
                vec![Surname, Postcode],
                vec![Surname, School],
                vec![Surname, Forename, Age],
                vec![Surname, Age, Field::Gender],
                vec![Surname, Age, PostcodeArea],
                vec![Forename, DateOfBirth, PostcodeArea],
            ],
        }
    }
}

/// A configured policy that the keys could not serve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// No combination at all, or a cap of none.
    #[error("the search policy needs at least one sufficient combination and a result cap of at least 1")]
    Empty,
    /// A combination for which no search key exists: it would find nobody.
    #[error(
        "sufficient combination {position} of the search policy ({fields}) has no search key; add a field to it"
    )]
    NoKey {
        /// Its place in the list, from 1.
        position: usize,
        /// Its fields.
        fields: String,
    },
}

/// The smallest combinations that search keys serve.
const SERVED: [&[Field]; 8] = [
    &[Field::Number],
    &[Field::Surname, Field::DateOfBirth],
    &[Field::Surname, Field::Forename, Field::Age],
    &[Field::Surname, Field::Gender, Field::Age],
    &[Field::Surname, Field::PostcodeArea, Field::Age],
    &[Field::Surname, Field::Postcode],
    &[Field::Surname, Field::Street],
    &[Field::Surname, Field::School],
];
const SERVED_BY_FORENAME: &[Field] = &[Field::Forename, Field::DateOfBirth];

impl SearchPolicy {
    /// Checks a configured policy.
    ///
    /// # Errors
    /// When nothing is sufficient, the cap is 0, or a combination has no search key.
    pub fn validate(&self) -> Result<(), PolicyError> {
        if self.sufficient.is_empty() || self.result_cap == 0 {
            return Err(PolicyError::Empty);
        }
        for (index, combination) in self.sufficient.iter().enumerate() {
            let has = |served: &[Field]| served.iter().all(|field| implied_by(*field, combination));
            // A forename and a date of birth are served with the area, or alone when nothing hideable stands beside.
            let by_forename = has(SERVED_BY_FORENAME)
                && (has(&[Field::PostcodeArea])
                    || !combination.iter().any(|f| matches!(f, Field::Street | Field::School)));
            if !by_forename && !SERVED.iter().any(|served| has(served)) {
                let fields = combination.iter().map(|f| f.words()).collect::<Vec<_>>().join(", ");
                return Err(PolicyError::NoKey { position: index + 1, fields });
            }
        }
        Ok(())
    }
}

/// Whether a combination gives a field, itself or by a stronger one.
fn implied_by(field: Field, combination: &[Field]) -> bool {
    let stronger = match field {
        Field::Age => Some(Field::DateOfBirth),
        Field::PostcodeArea => Some(Field::Postcode),
        _ => None,
    };
    combination.iter().any(|given| *given == field || Some(*given) == stronger)
}

/// Criteria that were found specific enough. Only [`Criteria::check`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Specific {
    criteria: Criteria,
    needs_surname: bool,
    needs_forename: bool,
    any_role: bool,
}

/// Too little to search by, and what would be enough.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct TooWeak {
    /// The ways to make it enough: each a list of the fields to add, those with the fewest first.
    pub ways: Vec<Combination>,
    /// Whether an age band was given that is wider than allowed, and the widest allowed.
    pub age_band_limit: Option<u8>,
}

impl Criteria {
    /// Decides whether the criteria are specific enough to be answered.
    ///
    /// # Errors
    /// [`TooWeak`] with the ways to add enough.
    pub fn check(&self, policy: &SearchPolicy) -> Result<Specific, TooWeak> {
        let given = self.given(policy);
        let satisfied: Vec<&Combination> =
            policy.sufficient.iter().filter(|c| missing(c, &given).is_empty()).collect();
        if satisfied.is_empty() {
            return Err(self.too_weak(policy, &given));
        }
        let has = |field: Field| move |c: &&&Combination| c.contains(&field);
        let surname = satisfied.iter().filter(has(Field::Surname)).count();
        let forename_only =
            satisfied.iter().any(|c| c.contains(&Field::Forename) && !c.contains(&Field::Surname));
        let number = satisfied.iter().any(|c| c.contains(&Field::Number));
        Ok(Specific {
            criteria: self.clone(),
            needs_surname: surname > 0 && !forename_only,
            needs_forename: satisfied.iter().all(|c| c.contains(&Field::Forename)),
            any_role: number,
        })
    }

    fn given(&self, policy: &SearchPolicy) -> Vec<Given> {
        let names = self.names.as_ref().map_or(0, |names| words(names.as_str()).len());
        let age = self.age.is_some_and(|band| band.width() <= policy.age_band_years)
            || self.date_of_birth.is_some();
        [
            (Given::Number, self.number.is_some()),
            (Given::OneName, names >= 1),
            (Given::TwoNames, names >= 2),
            (Given::DateOfBirth, self.date_of_birth.is_some_and(|born| born.whole().is_some())),
            (Given::Age, age),
            (Given::Gender, matches!(self.gender, Some(Gender::Female | Gender::Male))),
            (Given::PostcodeArea, self.postcode.is_some()),
            (Given::Postcode, matches!(self.postcode, Some(PostcodeQuery::Full(_)))),
            (Given::Street, self.street.as_ref().is_some_and(|s| Street::parse(s.as_str()).is_some())),
            (Given::School, self.school.as_ref().is_some_and(|s| !school_words(s.as_str()).is_empty())),
        ]
        .into_iter()
        .filter_map(|(given, is)| is.then_some(given))
        .collect()
    }

    fn too_weak(&self, policy: &SearchPolicy, given: &[Given]) -> TooWeak {
        let mut ways: Vec<Combination> = policy.sufficient.iter().map(|c| missing(c, given)).collect();
        ways.sort_by_key(|way| (way.len(), way.clone()));
        ways.dedup();
        // A way that needs all of another and more is no help.
        let minimal: Vec<Combination> = ways
            .iter()
            .filter(|way| !ways.iter().any(|other| other != *way && other.iter().all(|f| way.contains(f))))
            .cloned()
            .collect();
        let too_wide = self.age.is_some_and(|band| band.width() > policy.age_band_years);
        TooWeak { ways: minimal, age_band_limit: too_wide.then_some(policy.age_band_years) }
    }
}

/// What the criteria give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Given {
    Number,
    OneName,
    TwoNames,
    DateOfBirth,
    Age,
    Gender,
    PostcodeArea,
    Postcode,
    Street,
    School,
}

fn missing(combination: &[Field], given: &[Given]) -> Combination {
    let both_names = combination.contains(&Field::Surname) && combination.contains(&Field::Forename);
    let is_given = |field: &Field| {
        given.contains(&match field {
            Field::Number => Given::Number,
            Field::Surname => Given::OneName,
            Field::Forename if both_names => Given::TwoNames,
            Field::Forename => Given::OneName,
            Field::DateOfBirth => Given::DateOfBirth,
            Field::Age => Given::Age,
            Field::Gender => Given::Gender,
            Field::PostcodeArea => Given::PostcodeArea,
            Field::Postcode => Given::Postcode,
            Field::Street => Given::Street,
            Field::School => Given::School,
        })
    };
    combination.iter().filter(|field| !is_given(field)).copied().collect()
}

impl Specific {
    /// What was asked.
    #[must_use]
    pub const fn criteria(&self) -> &Criteria {
        &self.criteria
    }

    /// The number asked for. The child is then found by it alone, and every other criterion filters.
    #[must_use]
    pub const fn number(&self) -> Option<&ChildNumber> {
        self.criteria.number.as_ref()
    }

    /// The same question about the child that a number led to: one that was joined to another answers with its survivor, whose
    /// number is another (law 8).
    #[must_use]
    pub fn answered_by(&self, number: &ChildNumber) -> Self {
        let mut answered = self.clone();
        if answered.criteria.number.is_some() {
            answered.criteria.number = Some(number.clone());
        }
        answered
    }

    /// Whether a field is used that a shield hides (rule 2.8).
    #[must_use]
    pub const fn uses_hidden_field(&self) -> bool {
        self.criteria.uses_hidden_field()
    }

    /// Whether some name asked for must be a surname of the child.
    pub(super) const fn needs_surname(&self) -> bool {
        self.needs_surname && !self.any_role
    }

    /// Whether, beside the surname, some name asked for must be a forename of the child.
    pub(super) const fn needs_forename(&self) -> bool {
        self.needs_forename && !self.any_role
    }
}

impl Field {
    /// In words, as after "add".
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Number => "the child number",
            Self::Surname => "a surname",
            Self::Forename => "a forename",
            Self::DateOfBirth => "the full date of birth",
            Self::Age => "an age",
            Self::Gender => "a gender",
            Self::PostcodeArea => "the beginning of the postcode",
            Self::Postcode => "the whole postcode",
            Self::Street => "a street",
            Self::School => "a school",
        }
    }
}

impl fmt::Display for TooWeak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(limit) = self.age_band_limit {
            write!(f, "the age range is wider than {limit} years; ")?;
        }
        f.write_str("this would fit too many children: add ")?;
        for (index, way) in self.ways.iter().enumerate() {
            if index > 0 {
                f.write_str(", or ")?;
            }
            f.write_str(&way.iter().map(|field| field.words()).collect::<Vec<_>>().join(" and "))?;
        }
        Ok(())
    }
}
