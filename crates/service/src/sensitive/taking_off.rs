//! Taking a sensitive service off a child's record: its keys go, in every record of the child and every statement that stood
//! before, and the profile remembers the withdrawal. The keys go before the rows say so: what is killed in between has gone.

use std::collections::HashMap;

use directory::{Basis, ChildProfile, InvolvementDetails, WithdrawnConsent, WithdrawnConsents};
use store::versions::VersionRow;
use store::{key_store, source_records, versions};
use uuid::Uuid;
use vault::Slot;

use super::slots::{as_it_stood, sensitive_slots};
use super::{ServiceKey, Withdrawal};
use crate::families::ProvidersWord;
use crate::journal::JournalEntry;
use crate::records::{OpenChild, OpenRecord};
use crate::retention::{Word, rewritten};
use crate::shielding::TRIES;
use crate::trail::Event;
use crate::{Directory, ErrorKind, ServiceError};

/// In what course a service is taken off.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taking {
    /// Somebody says so now: it goes to the journal first.
    Said,
    /// The journal has it.
    Again,
    /// Nothing is changed.
    Dry,
}

/// What is to go from a child.
#[derive(Clone, Default)]
pub(crate) struct Gone {
    /// Withdrawn consents: what rests on them goes from every record.
    pub(crate) withdrawn: Vec<Withdrawal>,
    /// Services that this record names without a basis: from it they go on whatever basis they stood.
    pub(crate) lapsed: Option<(Uuid, Vec<ServiceKey>)>,
}

impl Gone {
    fn has(
        &self,
        directory: &Directory,
        record: Uuid,
        details: &InvolvementDetails,
        basis: Option<&Basis>,
    ) -> bool {
        let is_of = |key: &ServiceKey| directory.is_key_of(key.as_str(), details);
        let lapsed = self.lapsed.as_ref().is_some_and(|(of, keys)| *of == record && keys.iter().any(is_of));
        let withdrawn = |one: &Withdrawal| {
            basis.is_none_or(|basis| basis.ends_with_withdrawal(one.on)) && is_of(&one.key)
        };
        lapsed || self.withdrawn.iter().any(withdrawn)
    }
}

impl Directory {
    /// Takes what is gone off a child's record, in one transaction with the event. Whether anything was there to go; of a child
    /// that is not there, nothing is, and of one under a legal hold it goes when the hold ends. A dry run says so and changes nothing.
    pub(crate) async fn take_off(
        &self,
        child: Uuid,
        gone: &Gone,
        event: impl Fn() -> Event,
        taking: Taking,
    ) -> Result<bool, ServiceError> {
        self.take_off_said_by(child, gone, event, taking, None).await
    }

    /// As [`Directory::take_off`]. Where a provider says so of its own service and nothing on the record is that service, the same
    /// transaction puts it before whoever answers for the child.
    pub(super) async fn take_off_said_by(
        &self,
        child: Uuid,
        gone: &Gone,
        event: impl Fn() -> Event,
        taking: Taking,
        provider: Option<&ProvidersWord>,
    ) -> Result<bool, ServiceError> {
        for _ in 0..TRIES {
            let Some(open) = self.open_children(&[child]).await?.pop() else {
                return self
                    .remember_under_hold(child, Word::Withdrawn(&gone.withdrawn, provider), event, taking)
                    .await;
            };
            let profile = self.with_withdrawn(&open.profile, &gone.withdrawn);
            let mut changed = self.records_to_change(&open, gone).await?;
            if changed.is_empty() && profile.withdrawn == open.profile.withdrawn {
                return Ok(false);
            }
            match taking {
                Taking::Dry => return Ok(true),
                Taking::Said => self.journal_withdrawals(child, &gone.withdrawn).await?,
                Taking::Again => {}
            }
            let matter = match provider.filter(|_| changed.is_empty()) {
                Some(word) => Some(self.provider_matter(word, &open).await?),
                None => None,
            };
            let mut tx = self.store.begin().await?;
            if !self.stands(&mut tx, &open).await? {
                tx.rollback().await?;
                continue;
            }
            if let Some(matter) = &matter {
                self.put_provider_matter(&mut tx, matter).await?;
            }
            let mut rng = self.world.chance.generator();
            let (mut bundles, mut rows) = (Vec::new(), Vec::new());
            for (record, slots) in &mut changed {
                for slot in slots.iter() {
                    record.bundle.destroy(*slot);
                }
                let id = record.row.record_id;
                record.content.involvements.retain(|one| !gone.has(self, id, one.details(), one.basis()));
                rows.push(rewritten(record, &mut rng)?);
                bundles.push(self.bundle_row(id, &record.bundle, &mut rng)?);
            }
            if !self.put_profile(&mut tx, &open, profile).await? {
                tx.rollback().await?;
                continue;
            }
            if source_records::put(&mut tx, &rows).await? != rows.len() as u64 {
                tx.rollback().await?;
                continue;
            }
            self.write_event(&mut tx, event()).await?;
            if !bundles.is_empty() {
                let mut keys = self.store.begin_keys().await?;
                key_store::put_bundles(&mut keys, &bundles).await?;
                keys.commit().await?;
            }
            tx.commit().await?;
            if !bundles.is_empty() {
                self.scrub_keys().await?;
            }
            return Ok(true);
        }
        Err(ServiceError::new(ErrorKind::Busy, "the child's record kept changing; try again"))
    }

    /// Writes withdrawals into the journal that is kept apart from the data's backups (decision 3).
    pub(crate) async fn journal_withdrawals(
        &self,
        child: Uuid,
        withdrawn: &[Withdrawal],
    ) -> Result<(), ServiceError> {
        for one in withdrawn {
            let entry = JournalEntry::ConsentWithdrawn { child, service: one.key.as_str(), on: one.on };
            self.journal(&entry).await?;
        }
        Ok(())
    }

    /// A profile that remembers these withdrawals, as long as it lives.
    pub(crate) fn with_withdrawn(&self, profile: &ChildProfile, withdrawn: &[Withdrawal]) -> ChildProfile {
        if withdrawn.is_empty() {
            return profile.clone();
        }
        let mut known: WithdrawnConsents = profile.withdrawn.clone();
        for one in withdrawn {
            known = known.with(WithdrawnConsent { key: one.key.as_str().to_owned(), on: one.on });
        }
        ChildProfile { withdrawn: known, ..profile.clone() }
    }

    /// The records that still hold something of what is gone, those that do not count included, with the slots that go.
    async fn records_to_change(
        &self,
        open: &OpenChild,
        gone: &Gone,
    ) -> Result<Vec<(OpenRecord, Vec<Slot>)>, ServiceError> {
        let mut conn = self.store.reader().await?;
        let linked = source_records::of_children(&mut conn, &[open.row.child_id]).await?;
        drop(conn);
        let records = self.every_record(linked).await?;
        self.slots_going(records, gone).await
    }

    /// Those of the records, with the slots that go, that hold something of what is gone.
    pub(crate) async fn slots_going(
        &self,
        records: Vec<OpenRecord>,
        gone: &Gone,
    ) -> Result<Vec<(OpenRecord, Vec<Slot>)>, ServiceError> {
        let ids: Vec<Uuid> = records.iter().map(|record| record.row.record_id).collect();
        let mut by_record: HashMap<Uuid, Vec<VersionRow>> = HashMap::new();
        for version in versions::every_of_records(&mut self.store.reader().await?, &ids).await? {
            by_record.entry(version.record_id).or_default().push(version);
        }
        let mut found = Vec::new();
        for record in records {
            let id = record.row.record_id;
            let before = by_record.remove(&id).unwrap_or_default();
            let goes =
                |details: &InvolvementDetails, basis: Option<&Basis>| gone.has(self, id, details, basis);
            let slots = slots_everywhere(&record, &before, goes)?;
            if !slots.is_empty() {
                found.push((record, slots));
            }
        }
        Ok(found)
    }
}

/// The slots of those sensitive services of a record that `goes`, as it is and as it was.
pub(crate) fn slots_everywhere(
    record: &OpenRecord,
    before: &[VersionRow],
    goes: impl Fn(&InvolvementDetails, Option<&Basis>) -> bool,
) -> Result<Vec<Slot>, ServiceError> {
    let mut slots = sensitive_slots(&record.bundle, &record.row, &goes)?;
    for version in before {
        slots.extend(sensitive_slots(&record.bundle, &as_it_stood(&record.row, version), &goes)?);
    }
    Ok(slots)
}
