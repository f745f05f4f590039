//! The basis on which a sensitive service may be known: a code, who asserted it and when, never the consent itself (rules
//! 3.3 to 3.6, 15.9). Nothing here has room for a note (law 1).

use crate::line::Line;
use crate::partial_date::PartialDate;
use crate::text_value::coded;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

coded! {
    /// Why information about a sensitive service may be supplied (rule 3.3).
    BasisKind {
        /// The child or young person consents, or who answers for them.
        Consent = "consent",
        /// Reasonable cause to suspect significant harm.
        SignificantHarm = "significant_harm",
    }
}

coded! {
    /// By whom consent was given, and on what capacity (rules 3.5, 15.9). One code says both, so that no contradiction of the
    /// two can be written: nobody but a child is of sufficient understanding, nobody but a parent or carer has responsibility.
    Consent {
        /// The child, under sixteen and of sufficient understanding.
        ChildOfUnderstanding = "child_of_understanding",
        /// The young person, aged sixteen or seventeen.
        ChildAged16Or17 = "child_aged_16_or_17",
        /// A parent with responsibility, for a child not yet of sufficient understanding.
        Parent = "parent",
        /// A carer with responsibility, for such a child.
        Carer = "carer",
    }
}

/// The basis of a sensitive involvement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Basis {
    /// Consent or significant harm.
    pub kind: BasisKind,
    /// Of consent: by whom, and on what capacity. None in what was kept before it was asked for; such a consent does not
    /// stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// The organisation that asserts it. The provider decides, not the directory (rule 3.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asserted_by: Option<Line>,
    /// When it was asserted.
    pub asserted_on: Option<PartialDate>,
    /// When it was withdrawn.
    pub withdrawn_on: Option<PartialDate>,
    /// Whether the child agreed that ordinary users are told that there is a service, unnamed (rule 8.12). It is kept for
    /// management; no page shows a marker.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub marker_agreed: bool,
}

/// What a basis lacks, so that it does not stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum BasisLacks {
    /// There is none at all.
    #[error("a sensitive service needs a basis: consent, or suspected significant harm")]
    Kind,
    /// It is consent, and nobody says by whom.
    #[error("a consent needs to say who consented, and on what capacity")]
    Consent,
    /// No organisation asserts it.
    #[error("a basis needs the organisation that asserts it")]
    Asserter,
    /// Nobody says since when.
    #[error("a basis needs the day on which it was asserted")]
    Day,
    /// It was withdrawn.
    #[error("a withdrawn consent is no basis")]
    Standing,
}

impl Basis {
    /// A consent that stands.
    #[must_use]
    pub const fn consent(by: Consent, asserted_by: Line, asserted_on: PartialDate) -> Self {
        Self {
            kind: BasisKind::Consent,
            consent: Some(by),
            asserted_by: Some(asserted_by),
            asserted_on: Some(asserted_on),
            withdrawn_on: None,
            marker_agreed: false,
        }
    }

    /// Suspected significant harm.
    #[must_use]
    pub const fn significant_harm(asserted_by: Line, asserted_on: PartialDate) -> Self {
        Self {
            kind: BasisKind::SignificantHarm,
            consent: None,
            asserted_by: Some(asserted_by),
            asserted_on: Some(asserted_on),
            withdrawn_on: None,
            marker_agreed: false,
        }
    }

    /// What it lacks, the first of it; nothing for a basis that stands.
    #[must_use]
    pub fn lacks(&self) -> Option<BasisLacks> {
        if self.withdrawn_on.is_some() {
            return Some(BasisLacks::Standing);
        }
        match (self.kind, self.consent, &self.asserted_by, self.asserted_on) {
            (BasisKind::Consent, None, _, _) => Some(BasisLacks::Consent),
            (_, _, None, _) => Some(BasisLacks::Asserter),
            (_, _, _, None) => Some(BasisLacks::Day),
            _ => None,
        }
    }

    /// Whether a withdrawal on that day ends it: it is a consent, given on that day or before. Suspected harm needs no consent
    /// and is not ended by the withdrawal of one (rule 3.3). Of a day known in part the earliest counts, so that what may be
    /// old is taken for old.
    #[must_use]
    pub fn ends_with_withdrawal(&self, on: Date) -> bool {
        self.kind == BasisKind::Consent && self.asserted_on.is_none_or(|asserted| asserted.earliest() <= on)
    }
}

#[cfg(test)]
mod tests {
    use super::{Basis, BasisKind, BasisLacks, Consent};
    use crate::line::Line;
    use crate::partial_date::PartialDate;

    fn consent(day: &str) -> Basis {
        let clinic = Line::parse("Quiet Harbour Clinic").unwrap();
        Basis::consent(Consent::ChildOfUnderstanding, clinic, PartialDate::parse(day).unwrap())
    }

    #[test]
    fn a_basis_says_by_name_what_it_lacks() {
        let whole = consent("2026-02-11");
        assert_eq!(whole.lacks(), None);
        let cases = [
            (Basis { consent: None, ..whole.clone() }, BasisLacks::Consent),
            (Basis { asserted_by: None, ..whole.clone() }, BasisLacks::Asserter),
            (Basis { asserted_on: None, ..whole.clone() }, BasisLacks::Day),
            (Basis { withdrawn_on: whole.asserted_on, ..whole.clone() }, BasisLacks::Standing),
        ];
        for (basis, lacks) in cases {
            assert_eq!(basis.lacks(), Some(lacks));
        }
        let harm = Basis { kind: BasisKind::SignificantHarm, consent: None, ..whole };
        assert_eq!(harm.lacks(), None, "nobody consents to a suspicion");
    }

    #[test]
    fn a_withdrawal_ends_the_consents_up_to_its_day_and_no_suspicion_of_harm() {
        let on = "2026-03-02".parse().unwrap();
        for (asserted, ends) in [
            ("2026-03-01", true),
            ("2026-03-02", true),
            ("2026-03-03", false),
            ("2026-03", true),
            ("2026", true),
        ] {
            assert_eq!(consent(asserted).ends_with_withdrawal(on), ends, "{asserted}");
        }
        let harm = Basis { kind: BasisKind::SignificantHarm, ..consent("2026-03-01") };
        assert!(!harm.ends_with_withdrawal(on));
    }
}
