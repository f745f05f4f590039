//! Consents to sensitive services as a group of rows speaks of them (rule 3.3): what a row withdraws, or no longer carries,
//! goes with the group's own transaction; what rests on a consent that was withdrawn before is not raised again.

use std::collections::{BTreeSet, HashMap};

use audit::{Action, ChangeDetail, Detail};
use directory::{AuthorityCode, ChildProfile, Involvement};
use feeds::{Lapsed, Named, Withdrawn};
use rand_chacha::ChaCha12Rng;
use store::source_records;
use store::sources::SourceRow;
use store::versions;
use uuid::Uuid;

use super::decide::Decision;
use super::group::Incoming;
use super::neighbours::Neighbours;
use super::write::{Writes, placed_by};
use crate::retention::Word;
use crate::sensitive::{Gone, ServiceKey, Taking, Withdrawal, slots_everywhere};
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// The withdrawals of a group, by the child they are about.
pub(super) type Withdrawals = HashMap<Uuid, Vec<Withdrawal>>;

impl Directory {
    /// Takes out of a decided group what no consent carries, and notes of each record which keys go with it. Returns what the
    /// children's profiles are to remember. A row's digest stays that of the row as it came: the receipt tells nothing.
    pub(super) async fn without_consent(
        &self,
        incoming: &mut [Incoming],
        decisions: &[Decision],
        neighbours: &Neighbours,
    ) -> Result<Withdrawals, ServiceError> {
        let mut withdrawals = Withdrawals::new();
        for (one, decision) in incoming.iter().zip(decisions) {
            for withdrawn in &one.withdrawn {
                withdrawals.entry(decision.child).or_default().push(self.withdrawal(withdrawn));
            }
        }
        for (one, decision) in incoming.iter_mut().zip(decisions) {
            let known = neighbours.children.get(&decision.child).map(|known| &known.open.profile);
            let now = withdrawals.get(&decision.child).map_or(&[][..], Vec::as_slice);
            one.content.involvements.retain(|involvement| !self.is_withdrawn(involvement, known, now));
            one.lost = self.slots_lost(one, now).await?;
        }
        Ok(withdrawals)
    }

    /// Whether the consent on which a service rests was withdrawn of this child, or is `now`.
    pub(crate) fn is_withdrawn(
        &self,
        one: &Involvement,
        known: Option<&ChildProfile>,
        now: &[Withdrawal],
    ) -> bool {
        let Some(basis) = one.basis() else { return false };
        let is_of = |key: &str| self.is_key_of(key, one.details());
        now.iter().any(|said| basis.ends_with_withdrawal(said.on) && is_of(said.key.as_str()))
            || known
                .is_some_and(|known| known.withdrawn.iter().any(|said| said.ends(basis) && is_of(&said.key)))
    }

    pub(crate) fn named_key(&self, named: &Named) -> ServiceKey {
        self.service_key(named.service, named.organisation.as_ref().map(directory::Line::as_str))
    }

    /// The slots of the record a statement replaces that hold a sensitive service it does not state any more, in every
    /// statement before it too.
    async fn slots_lost(
        &self,
        one: &Incoming,
        withdrawn: &[Withdrawal],
    ) -> Result<Vec<vault::Slot>, ServiceError> {
        let Some(existing) = &one.existing else { return Ok(Vec::new()) };
        let keys = |involvements: &[Involvement]| -> BTreeSet<ServiceKey> {
            let sensitive = involvements.iter().filter(|one| one.basis().is_some());
            sensitive.map(|one| self.key_of(one.details())).collect()
        };
        let stated = keys(&one.content.involvements);
        let said = existing.waits.iter().map(|waits| &waits.record).chain([&existing.record]);
        let before: BTreeSet<ServiceKey> =
            said.flat_map(|record| keys(&record.content.involvements)).collect();
        if withdrawn.is_empty() && before.is_subset(&stated) {
            return Ok(Vec::new());
        }
        let mut conn = self.store.reader().await?;
        let statements = versions::every_of_records(&mut conn, &[existing.record.row.record_id]).await?;
        drop(conn);
        slots_everywhere(&existing.record, &statements, |details, _| !stated.contains(&self.key_of(details)))
    }

    /// Has the profiles remember the withdrawals of a group. A new version each: what was scored behind this group on the
    /// child as it was is scored again.
    pub(super) fn remember_withdrawals(
        &self,
        writes: &mut Writes,
        withdrawals: &Withdrawals,
        authorities: &HashMap<Uuid, AuthorityCode>,
        neighbours: &Neighbours,
        rng: &mut ChaCha12Rng,
    ) -> Result<(), ServiceError> {
        for (child, withdrawn) in withdrawals {
            // A child that the group opens remembers it from its first version.
            let Some(neighbour) = neighbours.children.get(child) else { continue };
            let open = &neighbour.open;
            let placed = placed_by(&open.profile, authorities.get(child));
            let profile = self.with_withdrawn(&placed, withdrawn);
            let known = writes.children.iter_mut().find(|row| row.child_id == *child);
            let version = known.as_ref().map_or(open.row.version + 1, |row| row.version);
            let sealed = self.seal_profile(*child, version, &open.bundle, &profile, rng)?;
            match known {
                Some(row) => row.sealed = sealed,
                None => {
                    writes.children.push(store::children::ChildRow { sealed, version, ..open.row.clone() });
                }
            }
        }
        writes.children.sort_by_key(|row| row.child_id);
        Ok(())
    }

    /// After a group is written: what other sources of the same children had on the consents that it withdrew, and what the
    /// rows put aside no longer have a basis for.
    pub(super) async fn take_off_after(
        &self,
        source: &SourceRow,
        withdrawals: &Withdrawals,
        lapsed: &[Lapsed],
    ) -> Result<(), ServiceError> {
        self.take_withdrawn_off(withdrawals).await?;
        for one in lapsed {
            let keys: Vec<ServiceKey> = one.services.iter().map(|named| self.named_key(named)).collect();
            let withdrawn = one.withdrawn.iter().map(|said| self.withdrawal(said)).collect();
            self.take_off_lapsed_of(source, &one.record_id, keys, withdrawn).await?;
        }
        Ok(())
    }

    /// Takes off every record of these children what rested on the consents that were withdrawn of them.
    pub(super) async fn take_withdrawn_off(&self, withdrawals: &Withdrawals) -> Result<(), ServiceError> {
        let mut children: Vec<&Uuid> = withdrawals.keys().collect();
        children.sort_unstable();
        for child in children {
            let gone = Gone { withdrawn: withdrawals.get(child).cloned().unwrap_or_default(), lapsed: None };
            Box::pin(self.take_off(*child, &gone, || by_feed(*child), Taking::Again)).await?;
        }
        Ok(())
    }

    /// Takes off a record, and off the child it is about, the services for which its source gives no basis any more, and off the
    /// child those from which it says that a consent was withdrawn.
    pub(crate) async fn take_off_lapsed_of(
        &self,
        source: &SourceRow,
        record_id: &str,
        keys: Vec<ServiceKey>,
        withdrawn: Vec<Withdrawal>,
    ) -> Result<(), ServiceError> {
        let local_key = self.local_key(source.source_id, record_id);
        // Two people may have placed statements of it under a key of their own (law 5).
        let asked = [local_key, self.counterpart_key(source.source_id, local_key)];
        let mut conn = self.store.reader().await?;
        let known = source_records::digests(&mut conn, source.source_id, &asked).await?;
        let ids: Vec<Uuid> = known.iter().map(|record| record.record_id).collect();
        let linked = source_records::by_ids(&mut conn, &ids).await?;
        drop(conn);
        // Without a basis today: a consent of today or before is none.
        let on = self.today();
        for row in linked {
            let (record, Some(child)) = (row.record.record_id, row.child_id) else { continue };
            let of_today = keys.iter().map(|key| Withdrawal { key: key.clone(), on });
            let withdrawn = of_today.chain(withdrawn.iter().cloned()).collect();
            let gone = Gone { withdrawn, lapsed: Some((record, keys.clone())) };
            Box::pin(self.take_off(child, &gone, || by_feed(child), Taking::Said)).await?;
        }
        Ok(())
    }

    fn withdrawal(&self, said: &Withdrawn) -> Withdrawal {
        Withdrawal { key: self.named_key(&said.named), on: said.on }
    }

    /// A row of a record under a legal hold is not heard, but what it withdraws counts when the hold ends (rule 3.3).
    pub(super) async fn remember_unheard(
        &self,
        unheard: &[(Uuid, Vec<Withdrawn>)],
    ) -> Result<(), ServiceError> {
        for (child, withdrawn) in unheard {
            let withdrawn: Vec<Withdrawal> = withdrawn.iter().map(|said| self.withdrawal(said)).collect();
            self.remember_under_hold(
                *child,
                Word::Withdrawn(&withdrawn, None),
                || by_feed(*child),
                Taking::Said,
            )
            .await?;
        }
        Ok(())
    }
}

/// A source's word; the header is that of every change.
fn by_feed(child: Uuid) -> Event {
    let detail = ChangeDetail {
        change: "consent_withdrawn".to_owned(),
        subject: Some(child),
        ..ChangeDetail::default()
    };
    Event::new(Action::RecordChanged, Detail::Change(detail)).concerning([child])
}
