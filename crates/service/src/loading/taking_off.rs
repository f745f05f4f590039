//! What a group's withdrawals take off other records goes just after the group is written. That it is to go is written with the
//! group, so that it goes although the process is killed in between (rule 3.3).

use jiff::SignedDuration;
use jiff::civil::Date;
use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use store::Tx;
use store::pending_acts::{self, ActRow, ActState};
use store::sources::{self, SourceRow};
use uuid::Uuid;

use super::score::Scored;
use super::withdrawals::Withdrawals;
use crate::sensitive::{ServiceKey, Withdrawal};
use crate::{Directory, ServiceError};

/// How acts of this kind are marked.
pub(crate) const TAKING_OFF: &str = "taking_off";

/// Padded to a multiple of so many bytes.
const BLOCK: usize = 1024;

/// What nobody has done for so long is not being done by who noted it.
const LEFT_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// At most so many are done in one round.
const AT_MOST: i64 = 50;

/// What is to be taken off, and of which source's word; sealed. Empty once it is done.
#[derive(Default, Serialize, Deserialize)]
struct Noted {
    source: Uuid,
    withdrawn: Vec<(Uuid, Vec<(String, Date)>)>,
    lapsed: Vec<(String, Vec<String>)>,
    /// Consents that rows put aside say were withdrawn, by the source's own number of the record.
    #[serde(default)]
    taken_back: Vec<(String, Vec<(String, Date)>)>,
}

impl Directory {
    /// Notes with a group what goes after it; nothing where nothing does.
    pub(super) async fn note_what_is_to_be_taken_off(
        &self,
        tx: &mut Tx,
        source: &SourceRow,
        scored: &Scored,
    ) -> Result<Option<ActRow>, ServiceError> {
        if scored.withdrawals.is_empty() && scored.lapsed.is_empty() {
            return Ok(None);
        }
        let said = |one: &Withdrawal| (one.key.as_str().to_owned(), one.on);
        let withdrawn = scored.withdrawals.iter();
        let withdrawn = withdrawn.map(|(child, all)| (*child, all.iter().map(said).collect())).collect();
        let lapsed = scored.lapsed.iter().map(|one| {
            let keys = one.services.iter().map(|named| self.named_key(named).as_str().to_owned());
            (one.record_id.clone(), keys.collect())
        });
        let taken_back = scored.lapsed.iter().filter(|one| !one.withdrawn.is_empty()).map(|one| {
            let said = one.withdrawn.iter();
            let said = said.map(|said| (self.named_key(&said.named).as_str().to_owned(), said.on));
            (one.record_id.clone(), said.collect())
        });
        let (lapsed, taken_back) = (lapsed.collect(), taken_back.collect());
        let noted = Noted { source: source.source_id, withdrawn, lapsed, taken_back };
        let act_id = vault::uuid_v4(self.world.chance.generator().random());
        let now = self.world.now();
        let left = now.checked_add(LEFT_AFTER).unwrap_or(now);
        let row = ActRow {
            act_id,
            kind: TAKING_OFF.to_owned(),
            organisation_id: source.organisation_id,
            proposed_by: None,
            subject_id: None,
            state: ActState::Open,
            opened_at: self.day(),
            expires_at: left.as_microsecond(),
            decided_by: None,
            decided_at: None,
            token_key: None,
            version: 1,
            sealed: self.seal_act(act_id, &noted, BLOCK).await?,
        };
        pending_acts::insert(tx, &row).await?;
        Ok(Some(row))
    }

    /// It was done: the note says nothing any more.
    pub(super) async fn is_taken_off(&self, row: ActRow) -> Result<(), ServiceError> {
        let sealed = self.seal_ended(&row, &Noted::default(), BLOCK).await?;
        let mut tx = self.store.begin_feed().await?;
        // Who found it left has done it as well.
        pending_acts::replace(&mut tx, &ActRow { state: ActState::Used, sealed, ..row }).await?;
        Ok(tx.commit().await?)
    }

    /// Takes off what who noted it did not live to take off.
    pub(crate) async fn take_off_what_was_left(&self) -> Result<(), ServiceError> {
        let now = self.world.now().as_microsecond();
        let mut conn = self.store.reader().await?;
        let left = pending_acts::run_out(&mut conn, TAKING_OFF, ActState::Open, now, AT_MOST).await?;
        if left.is_empty() {
            return Ok(());
        }
        let sources = sources::all(&mut conn).await?;
        drop(conn);
        for (row, noted) in self.open_acts::<Noted>(left).await? {
            let said = |(key, on): (String, Date)| Withdrawal { key: ServiceKey::from_form(key), on };
            let withdrawn = noted.withdrawn.into_iter();
            let withdrawn: Withdrawals =
                withdrawn.map(|(child, all)| (child, all.into_iter().map(said).collect())).collect();
            self.take_withdrawn_off(&withdrawn).await?;
            if let Some(source) = sources.iter().find(|source| source.source_id == noted.source) {
                for (record, keys) in noted.lapsed {
                    let keys = keys.into_iter().map(ServiceKey::from_form).collect();
                    self.take_off_lapsed_of(source, &record, keys, Vec::new()).await?;
                }
                for (record, withdrawn) in noted.taken_back {
                    let withdrawn = withdrawn.into_iter().map(said).collect();
                    self.take_off_lapsed_of(source, &record, Vec::new(), withdrawn).await?;
                }
            }
            self.is_taken_off(row).await?;
        }
        Ok(())
    }
}
