//! The second person: what another proposed becomes so, or does not.

use std::collections::{BTreeSet, HashMap};

use directory::ChildNumber;
use directory::access::{DangerousAct, Permission};
use directory::identities::{CutOver, Mark, Side, marks};
use rand::RngExt as _;
use store::pending_acts::{self, ActRow, ActState};
use uuid::Uuid;

use super::carrying_out::Finish;
use super::order::{PlacedRecord, SealOrder};
use super::{ACT_BLOCK, Content, Gathered, SealError, seal_event};
use crate::journal::JournalEntry;
use crate::proposers::ProposerMayNot;
use crate::records::OpenRecord;
use crate::session::SignedIn;
use crate::shielding::TRIES;
use crate::{Directory, ErrorKind, ServiceError};

impl Directory {
    /// Decides what another person proposed. With agreement the identities are apart from this moment, and the number of the
    /// one that goes on is returned.
    ///
    /// # Errors
    ///
    /// [`SealError`]; a refusal is in the trail too. When the records are no more those that were decided on, the proposal
    /// is declined and another is needed; so it is when who proposed it may not any more.
    pub async fn decide_seal(
        &self,
        who: &SignedIn,
        id: Uuid,
        agree: bool,
    ) -> Result<Option<ChildNumber>, SealError> {
        self.may_seal(who, Permission::ApproveSeal).await?;
        self.freshly_proved(who, DangerousAct::DecideSeal)?;
        let (row, content) = self.proposal_within(who, id, Permission::ApproveSeal).await?;
        if row.state != ActState::Open {
            return self.no_seal(who, "not_the_moment", SealError::Moment).await;
        }
        if content.by == who.account {
            return self.no_seal(who, "same_person_twice", SealError::OnePerson).await;
        }
        if !agree {
            self.decline(who, row, content, "seal_declined").await?;
            return Ok(None);
        }
        let (at, concerned) =
            ((Permission::ProposeSeal, row.organisation_id), self.children_concerned(&content).await?);
        if !Box::pin(self.proposer_still_may(content.by, at, &concerned)).await? {
            self.decline(who, row, content, "seal_proposal_void").await?;
            return Err(ProposerMayNot.into());
        }
        let mut journalled = false;
        for _ in 0..TRIES {
            let said: Vec<(Uuid, CutOver)> =
                content.records.iter().map(|one| (one.record, one.cut)).collect();
            let gathered = match Box::pin(self.gather(&said)).await {
                Ok(gathered) if gathered.proposed == content.records => gathered,
                Err(error @ SealError::Service(_)) => return Err(error),
                Ok(_) | Err(_) => {
                    self.decline(who, row, content, "seal_records_changed").await?;
                    return Err(SealError::RecordsChanged);
                }
            };
            let order = SealOrder {
                desk: Some(row.organisation_id),
                proposal: Some(row.act_id),
                ..self.order_of(&content, &gathered).await?
            };
            let act = ActRow {
                state: ActState::Used,
                sealed: self.seal_ended(&row, &content.decided(), ACT_BLOCK).await?,
                ..row.clone()
            };
            if !journalled {
                // Before the act itself: an entry for one that then failed is carried out by the next replay, as decided.
                self.journal_seal(&order).await?;
                journalled = true;
            }
            let finish = Finish { act: Some(act), event: seal_event(who, "identities_sealed") };
            if Box::pin(self.carry_out_seal(&order, gathered.children, finish)).await? {
                return Ok(order.number);
            }
            let stands = pending_acts::by_id(&mut self.store.reader().await?, row.act_id).await?;
            match stands {
                Some(act) if act.version == row.version => {}
                // Another agreed first: the entries are of one seal.
                Some(act) if act.state == ActState::Used => return Err(SealError::Changed),
                _ => {
                    self.void_seal(&content).await?;
                    return Err(SealError::Changed);
                }
            }
        }
        Err(ServiceError::new(ErrorKind::Busy, "a child's record kept changing; try again").into())
    }

    async fn decline(
        &self,
        who: &SignedIn,
        row: ActRow,
        content: Content,
        change: &str,
    ) -> Result<(), SealError> {
        let sealed = self.seal_ended(&row, &content.decided(), ACT_BLOCK).await?;
        let row = ActRow { state: ActState::Refused, sealed, ..row };
        let mut tx = self.store.begin().await?;
        if !pending_acts::replace(&mut tx, &row).await? {
            tx.rollback().await?;
            return Err(SealError::Changed);
        }
        // Nobody agrees any more once this is written: what somebody had begun to carry out is done by no replay.
        self.void_seal(&content).await?;
        self.commit_with(tx, vec![seal_event(who, change)]).await?;
        Ok(())
    }

    async fn void_seal(&self, content: &Content) -> Result<(), ServiceError> {
        let Some((current, _)) = &content.becomes else { return Ok(()) };
        self.journal(&JournalEntry::SealVoid { current: *current }).await.map(drop)
    }

    /// What is to be carried out: which child stays with the former identity, and what tells either from the other.
    async fn order_of(&self, content: &Content, gathered: &Gathered) -> Result<SealOrder, SealError> {
        let (current, number) = content.becomes.clone().ok_or(SealError::Moment)?;
        let cuts: HashMap<Uuid, CutOver> =
            gathered.proposed.iter().map(|one| (one.record, one.cut)).collect();
        let cut = |record: &OpenRecord| cuts.get(&record.row.record_id).copied();
        let side = |record: &OpenRecord| cut(record).and_then(|cut| cut.side_of(record.content.effective_at));
        // The former identity keeps the child that holds most of its records; what else there was is closed with it.
        let former = gathered
            .children
            .iter()
            .max_by_key(|child| {
                let of_former = child.records.iter().filter(|record| side(record) == Some(Side::Former));
                (of_former.count(), std::cmp::Reverse(child.row.child_id))
            })
            .map(|child| child.row.child_id)
            .ok_or(SealError::Sides)?;
        let records: Vec<(&OpenRecord, CutOver)> = gathered
            .children
            .iter()
            .flat_map(|child| &child.records)
            .filter_map(|record| Some((record, cut(record)?)))
            .collect();
        let parts = self.parts(&records, &mut self.world.chance.generator()).await?;
        let told = |wanted: Side| -> BTreeSet<Mark> {
            let of = parts.iter().filter(|part| part.side == wanted);
            of.flat_map(|part| marks(&part.record.content)).collect()
        };
        let (of_former, of_current) = (told(Side::Former), told(Side::Current));
        // A number that the former identity had is not carried over, even where its source went on with it (rule 10.13).
        let is_number = |mark: &&Mark| matches!(mark, Mark::Number(..));
        let not_carried = of_former.iter().filter(|mark| is_number(mark) || !of_current.contains(*mark));
        Ok(SealOrder {
            former,
            current,
            number: Some(number),
            placed: records
                .iter()
                .map(|(record, cut)| PlacedRecord::new(record.row.source_id, record.row.local_key, *cut))
                .collect(),
            foreign_to_former: of_current.difference(&of_former).map(|mark| self.mark_hash(mark)).collect(),
            desk: None,
            proposal: None,
            pair: Some(vault::uuid_v4(self.world.chance.generator().random())),
            foreign_to_current: not_carried.map(|mark| self.mark_hash(mark)).collect(),
        })
    }
}
