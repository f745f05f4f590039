//! The end of a legal hold. Before anybody can read the record again, what was withdrawn meanwhile has lost its keys (rule
//! 3.3), and who withdrew their consent to stay is archived (rule 3.9); then the keys go
//! back, and what other sources said of the child meanwhile joins it.

use std::collections::{BTreeMap, HashMap, HashSet};

use audit::{Action, ChangeDetail, Detail};
use store::children;
use store::pending_acts::{self, ActRow, ActState};
use store::source_records::LinkedRecordRow;
use store::{key_store, locks, match_keys, parted_keys, source_records};
use uuid::Uuid;
use vault::Bundle;

use super::hold_order::DecidedBefore;
use super::holding::{Content, HoldError, TRIES};
use super::participation::busy;
use super::under_hold::Remembered;
use crate::families::ProvidersWord;
use crate::journal::JournalEntry;
use crate::records::{OpenChild, OpenRecord, Wrapped};
use crate::sensitive::{Gone, Taking, Withdrawal};
use crate::shield_desk::handed_in;
use crate::trail::Event;
use crate::{Directory, ServiceError};

impl Directory {
    /// Gives the keys back to the service, and lets the sweep look at the record in its next round: what would have happened
    /// meanwhile happens then. Can be begun again at any point.
    pub(super) async fn put_back(
        &self,
        hold: Uuid,
        child: Uuid,
        release: Option<ActRow>,
        event: Event,
    ) -> Result<(), HoldError> {
        let held = self.hold_in_force(hold).await?;
        let (desk, content) = (held.organisation_id, self.hold_content(&held).await?);
        self.journal(&JournalEntry::LegalHoldEnded { hold, child }).await?;
        let mut bundles = self.out_of_custody(hold).await?;
        let returning = self.returning(child, &bundles).await?;
        let waiting = match &returning {
            Some(open) => self.waiting_for(open).await?,
            None => Vec::new(),
        };
        let mut withdrawn: Vec<Withdrawal> = content.withdrawn.iter().map(Withdrawal::from).collect();
        withdrawn.extend(waiting.iter().flat_map(|one| one.withdrawn()));
        let records = self.records_under(child, &bundles).await?;
        let words = self.words_of_no_service(&content.withdrawn, &records).await?;
        self.leave_out(child, &withdrawn, &mut bundles).await?;
        for shield in content.decided.iter().flat_map(DecidedBefore::in_force) {
            // The act first: a shield that stands without one would be on no list of reviews.
            self.act_of_shield_again(child, shield, desk).await?;
        }
        self.live_as_said(child, &content, &bundles).await?;
        let gave = self.give_back(hold, child, bundles).await?;
        for attempt in 0.. {
            if attempt == TRIES {
                return Err(HoldError::Service(busy()));
            }
            let held = self.hold_in_force(hold).await?;
            let open = self.open_children(&[child]).await?.pop();
            let mut locked = self.said_tokens_of(child).await?;
            // What was said while the keys went back, too.
            let remembered = self.hold_content(&held).await?;
            let late: Vec<Remembered> = remembered
                .withdrawn
                .iter()
                .filter(|said| !content.withdrawn.contains(said))
                .cloned()
                .collect();
            let words_late = match &open {
                Some(open) => self.words_of_no_service(&late, &open.records).await?,
                None => Vec::new(),
            };
            // Where somebody else gave the keys back, they may not have known of all that was withdrawn.
            let late = if gave { late } else { remembered.withdrawn.clone() };
            let late = Gone { withdrawn: late.iter().map(Withdrawal::from).collect(), lapsed: None };
            let (mut around, mut requests) = (None, Vec::new());
            if let Some(open) = &open {
                let profile = self.as_remembered(open, &remembered).await?;
                around = self.protected_meanwhile(open, &profile, &remembered.stood_there).await?;
                if let Some(home) = &around {
                    requests = self.request_for_the_returning(open, home, desk).await?;
                }
            }
            locked.extend(around.iter().flat_map(|home| home.keys()).copied());
            locked.sort_unstable();
            locked.dedup();
            let mut tx = self.store.begin_feed().await?;
            locks::lock_keys(&mut tx, &locked).await?;
            if let Some(mut open) = open {
                open.row.retention_month = self.this_month();
                let profile = self.as_remembered(&open, &remembered).await?;
                let profile = self.with_withdrawn(&profile, &[&withdrawn[..], &late.withdrawn].concat());
                let as_read = match &around {
                    Some(home) => self.home_stands(&mut tx, home, []).await?,
                    None => true,
                };
                if !as_read
                    || !self.stands(&mut tx, &open).await?
                    || !self.put_profile(&mut tx, &open, profile).await?
                {
                    tx.rollback().await?;
                    continue;
                }
                for request in &requests {
                    pending_acts::insert(&mut tx, request).await?;
                }
                for word in words.iter().chain(&words_late) {
                    let matter = self.provider_matter(word, &open).await?;
                    self.put_provider_matter(&mut tx, &matter).await?;
                }
                if !requests.is_empty() {
                    self.write_event(&mut tx, handed_in([child].into_iter())).await?;
                }
                // What was filled in for every child meanwhile, for this one could not be.
                match_keys::insert(&mut tx, &self.match_rows_of(child, &open.records)).await?;
                let linked = source_records::of_children(&mut tx, &[child]).await?;
                self.hear_again(&mut tx, &linked).await?;
                self.go_on_with_requests(&mut tx, &open).await?;
            }
            let ended = ActRow { state: ActState::Used, ..held };
            if !pending_acts::replace(&mut tx, &ended).await? {
                // Made longer, or told something, since it was read: its keys are back, so it ends all the same, unless it has.
                tx.rollback().await?;
                continue;
            }
            if let Some(release) = &release
                && !pending_acts::replace(&mut tx, release).await?
            {
                tx.rollback().await?;
                return Err(HoldError::NoLongerOpen);
            }
            self.write_event(&mut tx, event).await?;
            tx.commit().await?;
            if !late.withdrawn.is_empty() {
                // Shown to nobody since this commit; its keys go now.
                self.take_off(child, &late, || withdrawn_late(child), Taking::Again).await?;
            }
            break;
        }
        let linked = source_records::of_children(&mut self.store.reader().await?, &[child]).await?;
        for LinkedRecordRow { record, .. } in linked {
            Box::pin(self.hear_what_was_said(record.source_id, record.local_key)).await?;
        }
        for one in waiting {
            self.join_waiting(child, one).await?;
        }
        Ok(())
    }

    pub(super) async fn hold_in_force(&self, hold: Uuid) -> Result<ActRow, HoldError> {
        let held = pending_acts::by_id(&mut self.store.reader().await?, hold).await?;
        held.filter(|act| act.state == ActState::Approved).ok_or(HoldError::NoLongerOpen)
    }

    pub(super) async fn hold_content(&self, act: &ActRow) -> Result<Content, ServiceError> {
        self.open_act(act).await?.ok_or_else(|| ServiceError::internal("the key of a hold in force is gone"))
    }

    /// What the custodian keeps under a hold; nothing once it was given back.
    pub(super) async fn out_of_custody(&self, hold: Uuid) -> Result<BTreeMap<Uuid, Bundle>, ServiceError> {
        let rows = parted_keys::of_hold(&mut self.store.key_reader().await?, hold).await?;
        rows.iter()
            .map(|row| Ok((row.owner_id, self.keys.unwrap_from_custody(row.owner_id, &row.wrapped)?)))
            .collect()
    }

    /// The child as it will be when its keys are back, or, when a killed try gave them back, as it is.
    pub(super) async fn returning(
        &self,
        child: Uuid,
        bundles: &BTreeMap<Uuid, Bundle>,
    ) -> Result<Option<OpenChild>, ServiceError> {
        if bundles.is_empty() {
            return Ok(self.open_children(&[child]).await?.pop());
        }
        let mut conn = self.store.reader().await?;
        let row = children::by_ids(&mut conn, &[child]).await?;
        let linked = source_records::of_children(&mut conn, &[child]).await?;
        drop(conn);
        let linked = linked.into_iter().filter(|row| bundles.contains_key(&row.record.record_id)).collect();
        let wrapped: Wrapped = {
            let mut rng = self.world.chance.generator();
            bundles
                .iter()
                .map(|(owner, bundle)| {
                    let row = self.bundle_row(*owner, bundle, &mut rng)?;
                    Ok((*owner, (row.generation, row.wrapped)))
                })
                .collect::<Result<HashMap<_, _>, ServiceError>>()?
        };
        Ok(self.open_rows(row, linked, &wrapped)?.pop())
    }

    /// The providers' words that are of no service on the record.
    async fn words_of_no_service(
        &self,
        said: &[Remembered],
        records: &[OpenRecord],
    ) -> Result<Vec<ProvidersWord>, ServiceError> {
        let mut unmatched = Vec::new();
        for one in said {
            let Some(word) = &one.word else { continue };
            let gone = Gone { withdrawn: vec![Withdrawal::from(one)], lapsed: None };
            if self.slots_going(records.to_vec(), &gone).await?.is_empty() {
                unmatched.push(word.clone());
            }
        }
        Ok(unmatched)
    }

    /// The records of a child whose keys are about to go back.
    async fn records_under(
        &self,
        child: Uuid,
        bundles: &BTreeMap<Uuid, Bundle>,
    ) -> Result<Vec<OpenRecord>, ServiceError> {
        let linked = source_records::of_children(&mut self.store.reader().await?, &[child]).await?;
        let opened = linked.into_iter().filter_map(|row| {
            let bundle = bundles.get(&row.record.record_id)?.clone();
            Some(Self::open_with(row.record, bundle))
        });
        opened.collect()
    }

    /// Destroys, in the keys that are about to go back, those of what was withdrawn: in every record of the child and every
    /// statement that stood before.
    async fn leave_out(
        &self,
        child: Uuid,
        withdrawn: &[Withdrawal],
        bundles: &mut BTreeMap<Uuid, Bundle>,
    ) -> Result<(), ServiceError> {
        if withdrawn.is_empty() || bundles.is_empty() {
            return Ok(());
        }
        let records = self.records_under(child, bundles).await?;
        let gone = Gone { withdrawn: withdrawn.to_vec(), lapsed: None };
        for (record, slots) in self.slots_going(records, &gone).await? {
            let Some(bundle) = bundles.get_mut(&record.row.record_id) else { continue };
            for slot in slots {
                bundle.destroy(slot);
            }
        }
        Ok(())
    }

    /// Gives the keys back to the service, and those of what was said meanwhile: while the records' tokens are locked, so that
    /// what comes now is either kept and among it, or judged anew. Whether it was this one that gave the child's back.
    async fn give_back(
        &self,
        hold: Uuid,
        child: Uuid,
        mut bundles: BTreeMap<Uuid, Bundle>,
    ) -> Result<bool, ServiceError> {
        let tokens = self.said_tokens_of(child).await?;
        let mut tx = self.store.begin_feed().await?;
        locks::lock_keys(&mut tx, &tokens).await?;
        let linked = source_records::of_children(&mut tx, &[child]).await?;
        let said: HashSet<Uuid> =
            self.unheard_of(&mut tx, &linked).await?.into_iter().map(|row| row.owner_id).collect();
        if !linked.is_empty() {
            // What was said and replaced is nobody's any more.
            let own: HashSet<Uuid> = linked.iter().map(|row| row.record.record_id).chain([child]).collect();
            bundles.retain(|owner, _| own.contains(owner));
        }
        // What somebody who ends it beside this has given back already is the service's, and may have changed since.
        let kept = self.out_of_custody(hold).await?;
        bundles.retain(|owner, _| kept.contains_key(owner));
        let gives = !bundles.is_empty();
        bundles.extend(kept.into_iter().filter(|(owner, _)| said.contains(owner)));
        self.judge_anew(&mut tx, &linked).await?;
        let back = {
            let mut rng = self.world.chance.generator();
            bundles
                .iter()
                .map(|(owner, bundle)| self.bundle_row(*owner, bundle, &mut rng))
                .collect::<Result<Vec<_>, _>>()?
        };
        let mut keys = self.store.begin_feed_keys().await?;
        key_store::put_bundles(&mut keys, &back).await?;
        parted_keys::release(&mut keys, hold).await?;
        keys.commit().await?;
        tx.commit().await?;
        Ok(gives)
    }
}

/// What the trail learns of a consent that was withdrawn while a hold was ending.
fn withdrawn_late(child: Uuid) -> Event {
    let change = "consent_withdrawn".to_owned();
    let detail = ChangeDetail { change, subject: Some(child), ..ChangeDetail::default() };
    Event::new(Action::RecordChanged, Detail::Change(detail)).concerning([child])
}
