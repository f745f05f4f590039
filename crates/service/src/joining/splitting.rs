//! Taking some of a child's source records to a new child with a new number. Both are kept apart from then on, so that what
//! fits either is asked of people and joins neither by itself. A shield of the one is a shield of both until the protected desk
//! decides otherwise (law 3).

use std::collections::BTreeSet;

use directory::{ChildNumber, ChildProfile};
use rand::RngExt as _;
use rand_chacha::ChaCha12Rng;
use store::{Tx, match_keys};
use uuid::Uuid;

use super::JoinError;
use super::acts::Part;
use super::deciding::{Carried, Decider, busy};
use super::eligible::Desk;
use crate::journal::JournalEntry;
use crate::records::{OpenChild, OpenRecord};
use crate::retention::known_authority;
use crate::shielding::TRIES;
use crate::{Directory, ServiceError};

impl Directory {
    pub(super) async fn take_apart(
        &self,
        decider: &Decider<'_>,
        number: &ChildNumber,
        records: &[Uuid],
    ) -> Result<Option<Carried>, JoinError> {
        let (act, id) = (self.drawn_id(), self.drawn_id());
        let mut rng = self.world.chance.generator();
        let new_number = ChildNumber::from_random(rng.random());
        let wanted: BTreeSet<Uuid> = records.iter().copied().collect();
        for attempt in 0..TRIES {
            let open = self.decidable(decider.who, decider.desk, number).await?;
            let Some(open) = open.filter(|open| self.is_theirs(decider, &[open])) else { return Ok(None) };
            self.not_of_own_family(decider.who, &[&open]).await?;
            let (going, staying): (Vec<OpenRecord>, Vec<OpenRecord>) =
                open.records.iter().cloned().partition(|record| wanted.contains(&record.row.record_id));
            if going.is_empty() || staying.is_empty() || going.len() != wanted.len() {
                return self.not_joined(decider.who, "not_a_part", JoinError::NotAPart).await;
            }
            let from = open.row.child_id;
            let apart: Vec<(Uuid, Uuid)> = open.profile.group(from).map(|one| (one, id)).collect();
            let profile = self.profile_of_part(&open, &going, new_number.clone()).await?;
            let new = self.new_child(id, profile, going, &mut rng).await?;
            let requests = match decider.desk {
                Desk::Authority => Vec::new(),
                Desk::Protected => self.requests_copied((from, id), &open.profile.shields, &[]).await?,
            };
            let part = Part {
                from,
                to: id,
                number: new_number.clone(),
                records: wanted.iter().copied().collect(),
                apart: apart.clone(),
            };
            if attempt == 0 {
                let decided = &self.decided(decider);
                self.journal_joining(decider, &JournalEntry::Parted { joining: act, part: &part, decided })
                    .await?;
            }
            let mut tx = self.begin_decided(&[&open]).await?;
            if !self.write_split(&mut tx, &open, (new, staying), &mut rng).await? {
                tx.rollback().await?;
                continue;
            }
            self.put_apart(&mut tx, &apart).await?;
            let event = decider.event("record_taken_apart", from, vec![id]);
            let done = part.done();
            if self.finish_joining(tx, decider, (act, done), requests, event).await? {
                return Ok(Some(Carried { act, number: Some(new_number) }));
            }
        }
        Err(busy())
    }

    /// What belongs to the person goes to both: shields, and consents that were withdrawn. Nobody can say here of which of the
    /// two the rest was meant: it stays with the number to which it was said.
    pub(super) async fn profile_of_part(
        &self,
        open: &OpenChild,
        going: &[OpenRecord],
        number: ChildNumber,
    ) -> Result<ChildProfile, ServiceError> {
        let sources = self.sources().await?;
        let named = self.named_among(&sources, going);
        Ok(ChildProfile {
            shields: open.profile.shields.clone(),
            withdrawn: open.profile.withdrawn.clone(),
            authority: named.or_else(|| known_authority(open)),
            ..ChildProfile::new(number)
        })
    }

    pub(super) async fn write_split(
        &self,
        tx: &mut Tx,
        open: &OpenChild,
        (new, staying): (OpenChild, Vec<OpenRecord>),
        rng: &mut ChaCha12Rng,
    ) -> Result<bool, ServiceError> {
        if !self.all_stand(tx, &[open]).await? {
            return Ok(false);
        }
        let (from, to) = (open.row.child_id, new.row.child_id);
        self.begin_child(tx, &new, rng).await?;
        self.move_links(tx, &new.records, to, rng).await?;
        self.forget_keys(tx, from, &new.records).await?;
        match_keys::insert(tx, &self.match_rows_of(from, &staying)).await?;
        match_keys::insert(tx, &self.match_rows_of(to, &new.records)).await?;
        let profile = new.profile.clone();
        if !self.put_profile(tx, &new, profile).await? {
            return Ok(false);
        }
        let rest = OpenChild {
            row: open.row.clone(),
            bundle: open.bundle.clone(),
            profile: open.profile.clone(),
            records: staying,
        };
        // Whose birthday was missed may have been who goes: the sweep notes it anew, late rather than early.
        self.put_profile(tx, &rest, open.profile.clone().born_by(None)).await
    }
}
