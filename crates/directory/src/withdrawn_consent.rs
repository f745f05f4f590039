//! Consents to sensitive services that were withdrawn, as the child's own profile keeps them: not to whom, but a keyed hash by
//! which a statement that still carries the old consent is known (rule 3.3). They stay as long as the profile: nobody consented
//! again because years have passed (law 4).

use crate::involvement::Basis;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// One withdrawal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawnConsent {
    /// A keyed hash of the service and its provider, in hexadecimal digits.
    pub key: String,
    /// On which day. A consent given later stands.
    pub on: Date,
}

impl WithdrawnConsent {
    /// Whether a statement of its service on that basis rests on the consent that was withdrawn.
    #[must_use]
    pub fn ends(&self, basis: &Basis) -> bool {
        basis.ends_with_withdrawal(self.on)
    }
}

/// All of a child's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WithdrawnConsents(Vec<WithdrawnConsent>);

impl WithdrawnConsents {
    /// None.
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &WithdrawnConsent> {
        self.0.iter()
    }

    /// With one more. Of two of the same service the later day counts.
    #[must_use]
    pub fn with(&self, added: WithdrawnConsent) -> Self {
        let mut kept = self.0.clone();
        match kept.iter_mut().find(|one| one.key == added.key) {
            Some(known) => known.on = known.on.max(added.on),
            None => kept.push(added),
        }
        Self(kept)
    }

    /// Whether a withdrawal of that service, on that day or later, is remembered.
    #[must_use]
    pub fn has(&self, key: &str, on: Date) -> bool {
        self.0.iter().any(|one| one.key == key && one.on >= on)
    }
}

#[cfg(test)]
mod tests {
    use super::{WithdrawnConsent, WithdrawnConsents};
    use crate::involvement::{Basis, Consent};
    use crate::line::Line;
    use crate::partial_date::PartialDate;
    use jiff::civil::{Date, date};

    const TODAY: Date = date(2026, 3, 10);

    fn withdrawn(key: &str, on: Date) -> WithdrawnConsent {
        WithdrawnConsent { key: key.to_owned(), on }
    }

    fn consent(on: &str) -> Basis {
        let by = Line::parse("Quiet Harbour Clinic").unwrap();
        Basis::consent(Consent::Parent, by, PartialDate::parse(on).unwrap())
    }

    #[test]
    fn an_old_consent_stays_ended_and_a_later_one_stands() {
        let known = withdrawn("a", TODAY);
        assert!(known.ends(&consent("2026-03-10")));
        assert!(!known.ends(&consent("2026-03-11")));
    }

    #[test]
    fn no_withdrawal_is_forgotten_when_others_follow_and_of_one_service_the_later_day_counts() {
        let known = WithdrawnConsents::none().with(withdrawn("a", TODAY));
        let known = known.with(withdrawn("b", date(2031, 6, 1))).with(withdrawn("b", date(2028, 6, 1)));
        assert!(known.has("a", TODAY), "years later too (law 4)");
        assert!(known.has("b", date(2031, 6, 1)) && known.iter().count() == 2);
    }

    #[test]
    fn what_an_earlier_version_kept_until_a_month_is_kept_for_good() {
        let kept = r#"[{"key":"a","on":"2026-03-10","until":"2027-04"}]"#;
        let read: WithdrawnConsents = serde_json::from_str(kept).unwrap();
        assert_eq!(read, WithdrawnConsents::none().with(withdrawn("a", TODAY)));
    }
}
