//! What a person's decision put together, kept so that it can be taken apart again at any time (law 8, rule 10.15).
//!
//! A record that was joined to another stands in the survivor's profile as it was: what the directory had decided about it, and
//! which source records it had. So it shares the survivor's key, and its end.

use crate::authority_code::AuthorityCode;
use crate::child_profile::{ChildProfile, Participation};
use crate::shield::Shield;
use crate::text_value::coded;
use crate::withdrawn_consent::WithdrawnConsents;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

coded! {
    /// On what a person decided that records are, or are not, of one child. There is no free text beside it (law 1).
    MatchBasis {
        /// The source said so.
        SourceConfirmed = "source_confirmed",
        /// A practitioner who works with the child said so.
        PractitionerConfirmed = "practitioner_confirmed",
        /// The family said so.
        FamilyConfirmed = "family_confirmed",
        /// The records themselves show it.
        RecordsCompared = "records_compared",
    }
}

/// A record as it stood when it was joined, or was joined to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stood {
    /// What the directory had decided about it; its own list of joined records stands apart.
    pub profile: Box<ChildProfile>,
    /// Its accountable authority; none that was known.
    #[serde(default)]
    pub authority: Option<AuthorityCode>,
    /// From when it could be read, microseconds UTC.
    pub readable_from: i64,
    /// From which month retention looked at it.
    pub month: String,
    /// The version of its row.
    pub version: i64,
    /// Its source records, without those of records that had been joined to it.
    pub records: BTreeSet<Uuid>,
}

impl Stood {
    /// Who answered for it then, sealed where it was protected, or accepted it since.
    #[must_use]
    pub fn answered_for(&self) -> Option<&AuthorityCode> {
        self.authority.as_ref().or(self.profile.authority.as_ref())
    }
}

/// One record that was joined to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// The act.
    pub act: Uuid,
    /// Who decided it, where that was one person.
    #[serde(default)]
    pub by: Option<Uuid>,
    /// The record that is no more by itself.
    pub child: Uuid,
    /// The one it was joined to; which may have been joined to another since.
    pub into: Uuid,
    /// What it was.
    pub own: Stood,
    /// What the other was.
    pub kept: Stood,
    /// Requests about shields that went on with the survivor.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<Uuid>,
}

impl ChildProfile {
    /// The child and every record that was joined to it: who stands for one of them stands for all.
    pub fn group(&self, child: Uuid) -> impl Iterator<Item = Uuid> {
        std::iter::once(child).chain(self.joined.iter().map(|joined| joined.child))
    }

    /// This profile once an authority has accepted the child: with it, what was joined to it and answered for by one of whom `went` says
    /// that it handed it on, so that who is parted again is theirs too.
    #[must_use]
    pub fn accepted_by(
        &self,
        authority: &AuthorityCode,
        went: impl Fn(Option<&AuthorityCode>) -> bool,
    ) -> Self {
        let mut joined = self.joined.clone();
        for stood in joined.iter_mut().flat_map(|one| [&mut one.own, &mut one.kept]) {
            if went(stood.answered_for()) {
                stood.authority = Some(authority.clone());
            }
        }
        Self { authority: Some(authority.clone()), joined, ..self.clone() }
    }

    /// This profile with what belongs to the person from another's: shields, and what ends a record or keeps it (law 3,
    /// rules 3.3, 3.8). The number stays this one's.
    #[must_use]
    pub fn joined_by(&self, other: &Self) -> Self {
        let mut shields = self.shields.clone();
        for shield in &other.shields {
            match shields.iter_mut().find(|known| known.is_the_same_as(shield)) {
                // Of one decision that was lifted on one side alone, what protects counts.
                Some(known) if !known.in_force() => *known = shield.clone(),
                Some(_) => {}
                None => shields.push(shield.clone()),
            }
        }
        Self {
            shields,
            authority: self.authority.clone().or_else(|| other.authority.clone()),
            died_on: self.died_on.or(other.died_on),
            participation: later_word([self.participation, other.participation]),
            archived: self.archived && other.archived,
            archived_on: self.archived_on.max(other.archived_on).filter(|_| self.archived && other.archived),
            born_by: self.born_by.into_iter().chain(other.born_by).min(),
            withdrawn: united(&self.withdrawn, &other.withdrawn),
            ..self.clone()
        }
    }

    /// This profile without what came to it from one that goes, and that one as it goes: with what was decided about both
    /// since. `others` are the records that stay, as they stood.
    #[must_use]
    pub fn parted_from<'a>(
        &self,
        gone: &Self,
        others: impl Iterator<Item = &'a Self> + Clone,
    ) -> (Self, Self) {
        let has = |profile: &Self, shield: &Shield| {
            profile.shields.iter().any(|known| known.is_the_same_as(shield))
        };
        let stays = |shield: &&Shield| !has(gone, shield) || others.clone().any(|other| has(other, shield));
        // What neither had before was decided about the two together: it protects both.
        let goes = |shield: &&Shield| has(gone, shield) || !others.clone().any(|other| has(other, shield));
        let only_theirs = |key: &str| {
            gone.withdrawn.iter().any(|one| one.key == key)
                && !others.clone().any(|other| other.withdrawn.iter().any(|one| one.key == key))
        };
        let none = WithdrawnConsents::none;
        let withdrawn = self.withdrawn.iter().filter(|one| !only_theirs(&one.key));
        let since = self
            .withdrawn
            .iter()
            .filter(|one| !others.clone().any(|other| other.withdrawn.iter().any(|known| known == *one)));
        let died_stays = self.died_on.is_some_and(|day| {
            gone.died_on != Some(day) || others.clone().any(|other| other.died_on == Some(day))
        });
        // The word of the one that goes is its own; a withdrawal while they were one is of both.
        let of_others = || later_word(others.clone().map(|other| other.participation));
        let brought = self.participation == gone.participation
            && !others.clone().any(|other| other.participation == self.participation);
        let is_of_both = |word: &Participation| {
            !word.stands() && Some(*word) != gone.participation && Some(*word) != of_others()
        };
        let left_since = self.participation.filter(is_of_both).filter(|_| gone.participation.is_some());
        let rest = Self {
            shields: self.shields.iter().filter(stays).cloned().collect(),
            died_on: self.died_on.filter(|_| died_stays),
            born_by: others.clone().filter_map(|other| other.born_by).min(),
            participation: if brought { of_others() } else { self.participation },
            withdrawn: withdrawn.fold(none(), |all, one| all.with(one.clone())),
            ..self.clone()
        };
        let theirs = Self {
            shields: self.shields.iter().filter(goes).cloned().collect(),
            authority: gone.authority.clone().or_else(|| self.authority.clone()),
            participation: later_word([gone.participation, left_since]),
            withdrawn: since.fold(gone.withdrawn.clone(), |all, one| all.with(one.clone())),
            ..gone.clone()
        };
        (rest, theirs)
    }
}

/// The later of several words of one person (rule 3.9).
pub fn later_word(words: impl IntoIterator<Item = Option<Participation>>) -> Option<Participation> {
    words.into_iter().flatten().reduce(Participation::or_later)
}

fn united(some: &WithdrawnConsents, more: &WithdrawnConsents) -> WithdrawnConsents {
    more.iter().fold(some.clone(), |all, one| all.with(one.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::child_number::ChildNumber;
    use crate::month::Month;
    use crate::shield::{ShieldGrounds, ShieldReason, ShieldRequester};
    use crate::withdrawn_consent::WithdrawnConsent;
    use jiff::civil::{Date, date};

    const TODAY: Date = date(2026, 3, 10);

    fn profile(seed: u8) -> ChildProfile {
        ChildProfile::new(ChildNumber::from_random([seed; 16]))
    }

    fn shield(by: u128) -> Shield {
        let month = Month::from(TODAY);
        let grounds = ShieldGrounds::new(ShieldRequester::Police, ShieldReason::DomesticAbuse);
        Shield::decide(grounds, [Uuid::from_u128(by), Uuid::from_u128(by + 1)], month, month.plus(6)).unwrap()
    }

    fn withdrawn(key: &str) -> WithdrawnConsents {
        let one = WithdrawnConsent { key: key.to_owned(), on: TODAY };
        WithdrawnConsents::none().with(one)
    }

    #[test]
    fn whoever_is_joined_to_a_shielded_child_is_shielded_and_goes_shielded() {
        let (survivor, other) = (ChildProfile { shields: vec![shield(1)], ..profile(1) }, profile(2));
        for both in [survivor.joined_by(&other), other.joined_by(&survivor)] {
            assert_eq!(both.shields, survivor.shields);
        }
        let mut both = survivor.joined_by(&other);
        let (rest, gone) = both.parted_from(&other, std::iter::once(&survivor));
        assert!(rest.is_shielded() && !gone.is_shielded(), "the shield was the survivor's own");
        both.shields.push(shield(8));
        let (rest, gone) = both.parted_from(&other, std::iter::once(&survivor));
        assert_eq!(
            (rest.shields.len(), gone.shields.as_slice()),
            (2, [shield(8)].as_slice()),
            "decided since"
        );
    }

    #[test]
    fn a_second_decision_of_the_same_two_people_in_the_same_month_protects_both_as_well() {
        let on = |request: u128| shield(1).on_request(Uuid::from_u128(request));
        let lifted = on(7).lift(Month::from(TODAY)).unwrap();
        let survivor = ChildProfile { shields: vec![lifted], ..profile(1) };
        let other = profile(2);
        let mut both = survivor.joined_by(&other);
        both.shields.push(on(8));
        let (rest, gone) = both.parted_from(&other, std::iter::once(&survivor));
        assert!(rest.is_shielded() && gone.shields == [on(8)], "{gone:?}");
        assert_eq!(rest.joined_by(&gone).shields.len(), 2, "one decision stays one");
    }

    #[test]
    fn the_later_word_about_staying_counts_whichever_record_survives() {
        let until = |age| Participation::until_age(age).unwrap();
        let given = ChildProfile { participation: Some(until(24).given(date(2026, 1, 5))), ..profile(1) };
        let left = until(21).given(date(2025, 9, 1)).withdrawn(date(2026, 2, 1));
        let left = ChildProfile { participation: Some(left), ..profile(2) };
        let again = ChildProfile { participation: Some(until(23).given(date(2026, 3, 1))), ..profile(3) };
        let of_old = ChildProfile { participation: Some(until(25)), ..profile(4) };
        for (one, other, later) in [(&given, &left, &left), (&left, &again, &again), (&left, &of_old, &left)]
        {
            assert_eq!(one.joined_by(other).participation, later.participation);
            assert_eq!(other.joined_by(one).participation, later.participation);
        }
        let (rest, gone) = given.joined_by(&left).parted_from(&left, std::iter::once(&given));
        assert_eq!((rest.participation, gone.participation), (given.participation, left.participation));
        // On one day the withdrawal counts (rule 3.9).
        let both = until(22).given(TODAY).or_later(until(21).given(date(2025, 9, 1)).withdrawn(TODAY));
        assert!(!both.stands());
    }

    #[test]
    fn a_day_by_which_one_was_born_stays_with_who_it_was_missed_of() {
        let survivor = ChildProfile { born_by: Some(date(2031, 1, 1)), ..profile(1) };
        let other = ChildProfile { born_by: Some(date(2026, 1, 1)), ..profile(2) };
        let both = survivor.joined_by(&other);
        assert_eq!(both.born_by, other.born_by);
        let (rest, gone) = both.parted_from(&other, std::iter::once(&survivor));
        assert_eq!((rest.born_by, gone.born_by), (survivor.born_by, other.born_by));
    }

    #[test]
    fn what_a_record_brought_goes_with_it_and_what_was_decided_since_stays_with_both() {
        let survivor = ChildProfile { withdrawn: withdrawn("a"), ..profile(1) };
        let other = ChildProfile { withdrawn: withdrawn("b"), ..profile(2) };
        let mut both = survivor.joined_by(&other);
        let keys = |profile: &ChildProfile| -> Vec<String> {
            profile.withdrawn.iter().map(|one| one.key.clone()).collect()
        };
        assert_eq!((keys(&both), &both.number), (vec!["a".to_owned(), "b".to_owned()], &survivor.number));
        assert_eq!(both.parted_from(&other, std::iter::once(&survivor)), (survivor.clone(), other.clone()));
        both.withdrawn = united(&both.withdrawn, &withdrawn("c"));
        let (rest, gone) = both.parted_from(&other, std::iter::once(&survivor));
        assert_eq!((keys(&rest), keys(&gone)), (vec!["a".into(), "c".into()], vec!["b".into(), "c".into()]));
    }
}
