//! Recording facts about a person (rules 6.5 to 6.9): by a user manager, training by a trainer too, nobody their own.

use directory::access::{
    AccountState, EvidenceReference, FactKind, HeldFact, Permission, Step, StepRefused, step,
};
use jiff::civil::Date;
use rand::RngExt as _;
use rand_chacha::ChaCha12Rng;
use serde::{Deserialize, Serialize};
use store::account_facts::{self, FactRow};
use store::{Tx, used_once};
use uuid::Uuid;
use vault::{Aad, Bundle};

use super::changing::{AccountActError, changed};
use super::{Account, midnight};
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

/// A fact as it is recorded.
#[derive(Debug, Clone)]
pub struct NewFact {
    /// What it says.
    pub kind: FactKind,
    /// The day of it: of the disclosure, the training, the signature.
    pub from: Date,
    /// An earlier end than the policy gives; none for the policy's.
    pub until: Option<Date>,
    /// Its evidence.
    pub evidence: EvidenceReference,
}

/// The sealed part of a fact.
#[derive(Serialize, Deserialize)]
pub(super) struct FactContent {
    pub(super) evidence: String,
}

impl Directory {
    /// Records a fact about somebody else. The account goes as far as its facts carry it, and a suspension that only
    /// something's expiry brought about ends when all holds again. Returns the state it then has.
    ///
    /// # Errors
    ///
    /// [`AccountActError`].
    pub async fn record_fact(
        &self,
        who: &SignedIn,
        account: Uuid,
        new: &NewFact,
    ) -> Result<AccountState, AccountActError> {
        let managed = self.others_account(who, Permission::ManageAccounts, account).await;
        let mut account = match managed {
            // A trainer here may be a user manager elsewhere: each role counts where it is held.
            Err(AccountActError::Forbidden | AccountActError::NotFound) if new.kind.is_training() => {
                self.others_account(who, Permission::RecordTraining, account).await?
            }
            managed => managed?,
        };
        if account.state() == AccountState::Closed {
            return Err(StepRefused::Closed.into());
        }
        let mut tx = self.store.begin().await?;
        let changes = self.add_fact(&mut tx, &mut account, new, Some(who.account)).await?;
        self.keep_account(&mut tx, &mut account).await?;
        self.write_event(&mut tx, changed(Some(who), &account.row, changes)).await?;
        tx.commit().await?;
        Ok(account.state())
    }

    /// Adds a fact to an account that the caller then writes back; returns what changed.
    pub(super) async fn add_fact(
        &self,
        tx: &mut Tx,
        account: &mut Account,
        new: &NewFact,
        by: Option<Uuid>,
    ) -> Result<Vec<String>, AccountActError> {
        let today = self.today();
        let mut held = account.held();
        let fact = self.policy.accounts.facts.fact(new.kind, new.from, new.until, &held, today)?;
        let evidence = new.evidence.as_str();
        let row = {
            let mut rng = self.world.chance.generator();
            self.fact_row(account.row.account_id, &account.bundle, new.kind, fact, evidence, by, &mut rng)?
        };
        account_facts::insert(tx, &row).await?;
        held.put(new.kind, fact);
        account.sealed.facts = Some(held);
        let mut changes = vec![format!("fact_recorded:{}", new.kind.code())];
        let before = account.standing();
        let after = step(before, Step::FactsRecorded, &account.facts(), today)?;
        if after != before {
            account.stand(after);
            changes.push(after.state.code().to_owned());
        }
        if let (Some(until), true) = (fact.until, ends_are_told(new.kind))
            && let Some(days) = self.policy.accounts.facts.warning_due(until, today)
            && self.warn_once(tx, account.row.account_id, new.kind, until, days).await?
        {
            changes.push(warning(new.kind, days));
        }
        Ok(changes)
    }

    /// Whether a warning is due that nobody has had yet.
    pub(super) async fn warn_once(
        &self,
        tx: &mut Tx,
        account: Uuid,
        kind: FactKind,
        until: Date,
        days: u16,
    ) -> Result<bool, ServiceError> {
        let what = if kind.is_training() { "training" } else { kind.code() };
        let end = midnight(until);
        let parts: [&[u8]; 4] =
            [account.as_bytes(), what.as_bytes(), &end.to_be_bytes(), &days.to_be_bytes()];
        let key = self.keys.accounts.hash_parts(WARNED, &parts);
        Ok(used_once::first_use(tx, key, end.saturating_add(DAY)).await?)
    }

    #[expect(clippy::too_many_arguments, reason = "one row, of facts that belong to different things")]
    pub(super) fn fact_row(
        &self,
        account: Uuid,
        bundle: &Bundle,
        kind: FactKind,
        fact: HeldFact,
        evidence: &str,
        by: Option<Uuid>,
        rng: &mut ChaCha12Rng,
    ) -> Result<FactRow, ServiceError> {
        let fact_id = vault::uuid_v4(rng.random());
        let content = FactContent { evidence: evidence.to_owned() };
        let plain = serde_json::to_vec(&content).map_err(ServiceError::internal)?;
        let key = bundle.key(0).ok_or_else(|| ServiceError::internal("an account's data key is gone"))?;
        Ok(FactRow {
            account_id: account,
            fact_id,
            kind: kind.code().to_owned(),
            holds_from: midnight(fact.from),
            holds_until: fact.until.map(midnight),
            recorded_at: self.world.now().as_microsecond(),
            recorded_by: by,
            sealed: vault::seal(key, Aad::new(fact_id, 0), &plain, rng)?,
        })
    }
}

/// The kind of the hash that a warning is remembered by.
const WARNED: u16 = 3;

/// Microseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// Whether the end of such a fact is told beforehand.
pub(super) fn ends_are_told(kind: FactKind) -> bool {
    matches!(kind, FactKind::Clearance | FactKind::NeedForJob) || kind.is_training()
}

/// A warning as the trail names it.
pub(super) fn warning(kind: FactKind, days: u16) -> String {
    let what = if kind.is_training() { "training" } else { kind.code() };
    format!("warned:{what}:{days}")
}
