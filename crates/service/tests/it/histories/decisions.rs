//! What people decide about which records are one child, in a random history: a second record of somebody under another name is
//! joined to theirs, one of their records is taken for somebody else's, and either is undone later; also of shielded children,
//! by two people, and never of one with two identities. To the oracle a decision moves records between people, and a shield that
//! was decided of two together stays with both.

use std::collections::{BTreeMap, BTreeSet};

use directory::access::{Reason, Role};
use directory::{ChildNumber, MatchBasis};
use jiff::SignedDuration;
use rand::RngExt as _;
use service::{JoinError, Joining, SignedIn};
use uuid::Uuid;

use super::model::{Identity, Place, Source, day};
use super::story::Story;
use crate::house::{SCHOOLS, by_number};

const BASIS: MatchBasis = MatchBasis::FamilyConfirmed;

/// A decision that stands.
pub struct Joint {
    act: Uuid,
    /// Whose records they are now, or were before.
    at: usize,
    /// Who is one with them now, or was taken from them.
    other: usize,
    /// Which records are concerned.
    records: BTreeSet<(Source, String)>,
    /// The shields there were.
    shields: Vec<Uuid>,
    joins: bool,
}

/// Somebody about whose records people decide, and have not.
pub(super) fn plain(who: &Identity) -> bool {
    !who.doubled && !who.held && !who.former && who.legal_hold.is_none()
}

impl Story {
    pub(super) async fn manager(&mut self, which: &str) -> SignedIn {
        self.person(Role::Manager, self.house.council, which).await
    }

    pub async fn a_decision(&mut self) {
        self.steps += 1;
        match self.rng.random_range(0..9) {
            0..=2 => self.join().await,
            3 | 4 => self.part().await,
            5 => self.keep_apart().await,
            _ => self.undo().await,
        }
    }

    async fn admin(&mut self) -> SignedIn {
        self.person(Role::DataAdministrator, self.house.council, "admin").await
    }

    fn note(&mut self, what: &'static str) {
        *self.looks.entry(what).or_default() += 1;
    }

    /// The act, once it is done: what was only received is agreed to by two people of the desk.
    async fn decided(&mut self, made: Result<Joining, JoinError>) -> Uuid {
        match made.unwrap() {
            Joining::Done { act, .. } => act,
            Joining::Received => {
                self.note("by the desk");
                let (first, second) = (self.manager("morgan").await, self.manager("reece").await);
                let d = &self.house.directory;
                let waiting = d.joining_requests(&first).await.unwrap();
                assert_eq!(waiting.len(), 1, "{waiting:?}");
                d.propose_joining(&first, waiting[0].id).await.unwrap();
                d.decide_joining(&second, waiting[0].id, true).await.unwrap().unwrap()
            }
        }
    }

    /// A school has known somebody by another name and at another place; now it is told that they are one.
    async fn join(&mut self) {
        let today = day(self.house.clock.now());
        // Half of them are of those who are protected, while there are any.
        let protected = self.chance(50);
        let child = |who: &Identity| plain(who) && !who.grown(today);
        let chosen = match protected {
            true => self.somebody(|who| child(who) && (who.sealed || !who.shields.is_empty())),
            false => None,
        };
        let Some(at) = chosen.or_else(|| self.somebody(child)) else { return };
        let mut other = self.newborn();
        (other.born, other.female) = (self.people[at].born, self.people[at].female);
        other.forename = self.unlike_on(other.born);
        let other = self.joins(other);
        let (surname, place) = (self.word(), Place::At(self.word()));
        let (record, said) = (self.record_id(), self.first_words(Source::Schools, surname, place));
        let row = self.says(other, Source::Schools, &record, said);
        self.house.load(SCHOOLS, &[row]).await;
        self.house.clock.advance(SignedDuration::from_mins(11));
        let (number, theirs) = (self.number(at).await, self.number(other).await);
        let admin = self.admin().await;
        let made = self.house.directory.join_records(&admin, &number, &theirs, BASIS).await;
        if self.people[at].sealed {
            self.nothing_came_of_it(&made, (other, &theirs)).await;
            return;
        }
        let act = self.decided(made).await;
        let moved = std::mem::take(&mut self.people[other].records);
        let joint = Joint {
            act,
            at,
            other,
            records: moved.keys().cloned().collect(),
            shields: self.people[at].shields.clone(),
            joins: true,
        };
        let ever = self.people[other].ever.clone();
        let one = &mut self.people[at];
        one.records.extend(moved);
        one.ever.extend(ever);
        one.doubled = true;
        self.present.retain(|present| *present != other);
        self.joints.push(joint);
        self.answers_with(&theirs, &number).await;
        self.note("joined");
    }

    /// Of a child with two identities nothing is joined, and no list has it.
    async fn nothing_came_of_it(
        &mut self,
        made: &Result<Joining, JoinError>,
        (other, theirs): (usize, &ChildNumber),
    ) {
        assert!(matches!(made, Ok(Joining::Received)), "{made:?}");
        let first = self.manager("morgan").await;
        assert!(self.house.directory.joining_requests(&first).await.unwrap().is_empty());
        assert_eq!(self.number(other).await, *theirs);
        self.note("sealed");
    }

    /// A number that was joined answers with its survivor, or with nothing where that does.
    async fn answers_with(&mut self, asked: &ChildNumber, number: &ChildNumber) {
        let nurse = self.practitioner().await;
        let rows = self.house.find(&nurse, by_number(asked)).await;
        assert!(rows.len() == 1 && rows[0].row.number == *number, "{asked} answers with {number}");
    }

    /// One of somebody's records is another child's.
    async fn part(&mut self) {
        let today = day(self.house.clock.now());
        let fits = |who: &Identity| {
            plain(who)
                && !who.grown(today)
                && !who.sealed
                && who.shields.is_empty()
                && who.records.len() > 1
                && who.records.keys().any(|(source, _)| *source == Source::Schools)
        };
        let Some(at) = self.somebody(fits) else { return };
        let of_school = |(source, _): &(Source, String)| *source == Source::Schools;
        let number = self.number(at).await;
        let admin = self.admin().await;
        let d = &self.house.directory;
        let reasoned = d.state_reason(&admin, Reason::Management).await.unwrap();
        let parts = d.records_to_part(&reasoned, &number).await.unwrap().data().clone();
        let school = parts.iter().filter(|part| part.sent.source.as_str().contains("chool"));
        let chosen: Vec<Uuid> = school.map(|part| part.sent.id).collect();
        let made = d.take_record_apart(&admin, &number, &chosen, BASIS).await;
        let Ok(Joining::Done { act, .. }) = made else { panic!("{made:?}") };
        let mut other = self.people[at].clone();
        other.number = None;
        other.records.retain(|key, _| of_school(key));
        self.people[at].records.retain(|key, _| !of_school(key));
        // What comes later and fits both is asked of people: nothing comes.
        (other.doubled, self.people[at].doubled) = (true, true);
        let records = other.records.keys().cloned().collect();
        (other.died, other.stays, other.said_to_stay) = (None, None, None);
        let other = self.joins(other);
        self.joints.push(Joint { act, at, other, records, shields: Vec::new(), joins: false });
        self.note("parted");
    }

    /// Two people are not one: nothing of what anybody sees depends on it.
    async fn keep_apart(&mut self) {
        let (one, other) =
            (self.somebody(|who| plain(who) && !who.sealed), self.somebody(|who| plain(who) && !who.sealed));
        let (Some(one), Some(other)) = (one, other) else { return };
        if one == other {
            return;
        }
        let (a, b) = (self.number(one).await, self.number(other).await);
        let admin = self.admin().await;
        let made = self.house.directory.keep_records_apart(&admin, &a, &b, BASIS).await;
        if !matches!(made, Err(JoinError::KeptApart)) {
            self.decided(made).await;
        }
    }

    async fn undo(&mut self) {
        let now = self.house.clock.now();
        let fits = |who: &Identity| {
            who.is_live(now) && !who.grown(day(now)) && !who.ambiguous && !who.sealed && !who.former
        };
        let found = self.joints.iter().position(|joint| {
            fits(&self.people[joint.at]) && (joint.joins || fits(&self.people[joint.other]))
        });
        let Some(found) = found else { return };
        let joint = self.joints.remove(found);
        let (number, admin) = (self.number(joint.at).await, self.admin().await);
        let made = self.house.directory.undo_joining(&admin, joint.act, BASIS).await;
        self.decided(made).await;
        if joint.joins {
            self.by_themselves_again(joint);
        } else {
            self.one_again(joint, &number).await;
        }
        self.note("undone");
    }

    fn by_themselves_again(&mut self, joint: Joint) {
        let one = &mut self.people[joint.at];
        one.doubled = false;
        let all = std::mem::take(&mut one.records);
        let (theirs, own): (BTreeMap<_, _>, BTreeMap<_, _>) =
            all.into_iter().partition(|(key, _)| joint.records.contains(key));
        one.records = own;
        // A shield that was decided while they were one protects both.
        let since: Vec<Uuid> =
            one.shields.iter().filter(|shield| !joint.shields.contains(shield)).copied().collect();
        let other = &mut self.people[joint.other];
        (other.records, other.shields, other.not_lifted) = (theirs, since, true);
        (other.archived, other.destroyed) = (false, false);
        self.present.push(joint.other);
    }

    async fn one_again(&mut self, joint: Joint, number: &ChildNumber) {
        let mut other = self.people[joint.other].clone();
        let one = &mut self.people[joint.at];
        // Of two words of one person the later counts; of two of one day the withdrawal.
        let word = |who: &Identity| (who.said_to_stay, who.stays.is_some_and(|(_, left)| left.is_some()));
        if word(&other) > word(one) {
            (one.stays, one.said_to_stay) = (other.stays, other.said_to_stay);
        }
        one.records.extend(other.records);
        one.doubled = false;
        one.died = one.died.or(other.died);
        // One that was decided while they were one already is a shield of both.
        other.shields.retain(|shield| !one.shields.contains(shield));
        one.shields.extend(other.shields);
        one.not_lifted |= other.not_lifted;
        one.ever.extend(other.ever);
        self.present.retain(|present| *present != joint.other);
        if let Some(theirs) = other.number {
            self.answers_with(&theirs, number).await;
        }
    }
}
