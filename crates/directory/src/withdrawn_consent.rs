//! Consents to sensitive services that were withdrawn, as the child's own profile keeps them: not to whom, but a keyed hash by
//! which a statement that still carries the old consent is known (rule 3.3). They forget themselves.

use crate::involvement::Basis;
use crate::month::Month;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// One withdrawal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawnConsent {
    /// A keyed hash of the service and its provider, in hexadecimal digits.
    pub key: String,
    /// On which day. A consent given later stands.
    pub on: Date,
    /// The last month in which it is remembered.
    pub until: Month,
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

    /// With one more, and without those whose time is over. Of two of the same service the later day counts.
    #[must_use]
    pub fn with(&self, added: WithdrawnConsent, today: Date) -> Self {
        let mut kept: Vec<WithdrawnConsent> =
            self.0.iter().filter(|one| one.until >= Month::from(today)).cloned().collect();
        match kept.iter_mut().find(|one| one.key == added.key) {
            Some(known) => {
                known.on = known.on.max(added.on);
                known.until = known.until.max(added.until);
            }
            None => kept.push(added),
        }
        Self(kept)
    }

    /// Whether a withdrawal of that service, on that day or later, is remembered.
    #[must_use]
    pub fn has(&self, key: &str, on: Date) -> bool {
        self.0.iter().any(|one| one.key == key && one.on >= on)
    }

    /// Whether a statement of that service rests on a consent that was withdrawn since.
    #[must_use]
    pub fn end(&self, key: &str, basis: &Basis, today: Date) -> bool {
        self.0.iter().any(|one| {
            one.key == key && one.until >= Month::from(today) && basis.ends_with_withdrawal(one.on)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{WithdrawnConsent, WithdrawnConsents};
    use crate::involvement::{Basis, Consent};
    use crate::line::Line;
    use crate::month::Month;
    use crate::partial_date::PartialDate;
    use jiff::civil::{Date, date};

    const TODAY: Date = date(2026, 3, 10);

    fn withdrawn(key: &str, on: Date, until: Date) -> WithdrawnConsent {
        WithdrawnConsent { key: key.to_owned(), on, until: Month::from(until) }
    }

    fn consent(on: &str) -> Basis {
        let by = Line::parse("Quiet Harbour Clinic").unwrap();
        Basis::consent(Consent::Parent, by, PartialDate::parse(on).unwrap())
    }

    #[test]
    fn an_old_consent_stays_ended_and_a_later_one_stands() {
        let known = WithdrawnConsents::none().with(withdrawn("a", TODAY, date(2027, 4, 1)), TODAY);
        assert!(known.end("a", &consent("2026-03-10"), TODAY));
        assert!(!known.end("a", &consent("2026-03-11"), TODAY));
        assert!(!known.end("b", &consent("2026-03-10"), TODAY), "another service");
    }

    #[test]
    fn it_forgets_itself_when_its_last_month_is_over() {
        let known = WithdrawnConsents::none().with(withdrawn("a", TODAY, date(2026, 5, 1)), TODAY);
        assert!(known.end("a", &consent("2026-03-10"), date(2026, 5, 31)));
        assert!(!known.end("a", &consent("2026-03-10"), date(2026, 6, 1)));
        let later = known.with(withdrawn("b", TODAY, date(2027, 1, 1)), date(2026, 6, 1));
        assert!(!later.has("a", TODAY) && later.has("b", TODAY));
    }
}
