//! Recovery of an account whose holder has lost their keys: in person, by two user managers (rules 6.10, 12.4, 12.13).
//!
//! The first looks at a document and proposes; the second, another person, approves. At that moment everything the account
//! was signed in with ends. The first is then shown an enrolment code, once, for the person before them. Whoever signs in
//! next is told that this was done, when and by whom.

use audit::{Action, Detail, ExportDetail};
use directory::access::{
    DangerousAct, NoRenewal, OrganisationStanding, Permission, SeenInPerson, may_decide_recovery,
    may_propose_recovery,
};
use jiff::{SignedDuration, Timestamp};
use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use store::pending_acts::{self, ActRow, ActState};
use store::{accounts, passkeys, provider_subjects, sessions};
use uuid::Uuid;

use crate::accounts::{Account, standing};
use crate::enrolment::{EnrolmentCode, changed};
use crate::mediation::{ActHandle, instant};
use crate::proposers::ProposerMayNot;
use crate::session::SignedIn;
use crate::sign_in::StepUpFirst;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// How acts of this kind are marked.
pub(crate) const RECOVERY: &str = "recovery";

/// A recovery, as the account keeps it until its holder has been told.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Recovered {
    at: i64,
    first: Uuid,
    second: Uuid,
}

/// Where a recovery stands for the one who reads the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecoveryStage {
    /// This person proposed it, and somebody else must decide.
    WaitsForAnother,
    /// This person may decide it.
    CanBeDecided,
    /// It was approved, and this person can take the code.
    CodeReady,
}

/// A recovery that is not finished.
#[derive(Clone)]
pub struct OpenRecovery {
    /// How to point at it in this session.
    pub handle: ActHandle,
    /// Whose account it is.
    pub person: String,
    /// Its username.
    pub username: String,
    /// The organisation of the account.
    pub organisation: String,
    /// Who proposed it.
    pub proposed_by: String,
    /// What they looked at.
    pub seen: SeenInPerson,
    /// When.
    pub proposed_at: Timestamp,
    /// Until when it can be decided and the code be taken.
    pub until: Timestamp,
    /// Where it stands.
    pub stage: RecoveryStage,
}

/// What the holder is told at the next sign-in.
#[derive(Debug, Clone)]
pub struct RecoveryNotice {
    /// When their sign-in details were ended.
    pub at: Timestamp,
    /// Who proposed it.
    pub first: String,
    /// Who approved it.
    pub second: String,
}

/// Why a recovery did not go on.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    /// The person's roles do not allow it.
    #[error("this account may not recover anybody's")]
    Forbidden,
    /// There is no such account within reach.
    #[error("there is no such account")]
    NoSuchAccount,
    /// A rule about who and what (rules 12.13, 6.16).
    #[error(transparent)]
    NotAllowed(#[from] NoRenewal),
    /// Who proposed it was suspended since.
    #[error(transparent)]
    ProposerMayNot(#[from] ProposerMayNot),
    /// One is open already.
    #[error("a recovery of this account waits for a decision")]
    AlreadyOpen,
    /// It ran out, was decided or used; or it is none of this session's.
    #[error("the recovery is not open any more")]
    Ended,
    /// The person must prove afresh who they are.
    #[error(transparent)]
    StepUpFirst(#[from] StepUpFirst),
    /// The system failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for RecoveryError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// What handles of recoveries are bound to beside the session.
const TO_RECOVER: u128 = 0x7265_636f_7665_7279_2020_2020_2020_3031;

/// How many recoveries a list shows.
const LISTED: i64 = 50;

impl Directory {
    /// The first user manager, having seen the person and a document of theirs, proposes.
    ///
    /// # Errors
    ///
    /// [`RecoveryError`]; a refusal is in the trail too.
    pub async fn propose_recovery(
        &self,
        who: &SignedIn,
        username: &str,
        seen: &SeenInPerson,
    ) -> Result<(), RecoveryError> {
        if !who.may(Permission::RecoverAccount) {
            return self.not_recovered(who, None, "not_permitted", RecoveryError::Forbidden).await;
        }
        self.freshly_proved(who, DangerousAct::ProposeRecovery)?;
        let account = self.account_named(username).await?.filter(|account| self.reaches(who, account));
        let Some(account) = account else {
            return self.not_recovered(who, None, "not_within_reach", RecoveryError::NoSuchAccount).await;
        };
        let (id, organisation_id) = (account.row.account_id, account.row.organisation_id);
        if let Err(why) = may_propose_recovery(who.account, id, account.facts().state) {
            return self.not_recovered(who, Some(id), code_of(why), why.into()).await;
        }
        let now = self.world.now();
        let until = now + SignedDuration::from_hours(i64::from(self.policy.enrolment.recovery_hours));
        let act_id = vault::uuid_v4(self.world.chance.generator().random());
        let row = ActRow {
            act_id,
            kind: RECOVERY.to_owned(),
            organisation_id,
            proposed_by: Some(who.account),
            subject_id: Some(id),
            state: ActState::Open,
            opened_at: now.as_microsecond(),
            expires_at: until.as_microsecond(),
            decided_by: None,
            decided_at: None,
            token_key: None,
            version: 1,
            sealed: self.seal_at(organisation_id, act_id, seen).await?,
        };
        let mut tx = self.store.begin().await?;
        let open = pending_acts::about(&mut tx, id, RECOVERY, ActState::Open, 1).await?;
        if open.iter().any(|row| now.as_microsecond() < row.expires_at) {
            tx.rollback().await?;
            return self.not_recovered(who, Some(id), "already_open", RecoveryError::AlreadyOpen).await;
        }
        pending_acts::insert(&mut tx, &row).await?;
        let event = changed("recovery_proposed", Some(id)).by(who).at_organisation(organisation_id);
        self.commit_with(tx, vec![event]).await?;
        Ok(())
    }

    /// The recoveries this person can go on with. The entry is durable before anybody is named.
    ///
    /// # Errors
    ///
    /// [`RecoveryError::Forbidden`] or the system's.
    pub async fn open_recoveries(&self, who: &SignedIn) -> Result<Vec<OpenRecovery>, RecoveryError> {
        if !who.may(Permission::RecoverAccount) {
            return self.not_recovered(who, None, "not_permitted", RecoveryError::Forbidden).await;
        }
        let now = self.world.now().as_microsecond();
        let mut found = Vec::new();
        for state in [ActState::Open, ActState::Approved] {
            for row in self.recoveries_within_reach(who, state).await? {
                let own = row.proposed_by == Some(who.account);
                let stage = match (state, own) {
                    (ActState::Open, true) => RecoveryStage::WaitsForAnother,
                    (ActState::Open, false) => RecoveryStage::CanBeDecided,
                    (_, true) => RecoveryStage::CodeReady,
                    (_, false) => continue,
                };
                if now < row.expires_at && row.subject_id != Some(who.account) {
                    found.extend(self.described(who, row, stage).await?);
                }
            }
        }
        let detail = ExportDetail { what: "recoveries".to_owned(), ..ExportDetail::default() };
        self.record(Event::new(Action::AccountsRead, Detail::Export(detail)).by(who)).await?;
        Ok(found)
    }

    /// The second user manager decides. With approval, everything the account was signed in with ends: its password, its
    /// authenticator, its passkeys, its person at an identity provider and its sessions, in one transaction.
    ///
    /// # Errors
    ///
    /// [`RecoveryError`]; a refusal is in the trail too.
    pub async fn decide_recovery(
        &self,
        who: &SignedIn,
        handle: &ActHandle,
        approve: bool,
    ) -> Result<(), RecoveryError> {
        let (row, mut account) =
            self.recovery(who, handle, ActState::Open, DangerousAct::DecideRecovery).await?;
        let (id, organisation_id) = (account.row.account_id, account.row.organisation_id);
        let first = row.proposed_by.unwrap_or_default();
        if let Err(why) = may_decide_recovery(first, who.account, id, account.facts().state) {
            return self.not_recovered(who, Some(id), code_of(why), why.into()).await;
        }
        let desk = (Permission::RecoverAccount, organisation_id);
        if approve && !Box::pin(self.proposer_still_may(first, desk, &[])).await? {
            return self.not_recovered(who, Some(id), "proposer_may_not", ProposerMayNot.into()).await;
        }
        let now = self.world.now().as_microsecond();
        let state = if approve { ActState::Approved } else { ActState::Refused };
        let row = ActRow { state, decided_by: Some(who.account), decided_at: Some(now), ..row };
        let mut tx = self.store.begin().await?;
        let mut stands = pending_acts::replace(&mut tx, &row).await?;
        if stands && approve {
            let mut rng = self.world.chance.generator();
            account.row.password_hash = String::new();
            account.sealed.totp_secret = rng.random::<[u8; 20]>().to_vec();
            account.sealed.recovered = Some(Recovered { at: now, first, second: who.account });
            account.row.sealed = self.seal_account(id, &account.bundle, &account.sealed, &mut rng)?;
            stands = accounts::replace(&mut tx, &account.row).await?;
            passkeys::remove_of_account(&mut tx, id).await?;
            provider_subjects::remove_of_account(&mut tx, id).await?;
            sessions::remove_of_account(&mut tx, id).await?;
            self.end_enrolments(&mut tx, id).await?;
        }
        if !stands {
            tx.rollback().await?;
            return Err(RecoveryError::Ended);
        }
        let change = if approve { "recovery_approved" } else { "recovery_refused" };
        let event = changed(change, Some(id)).by(who).at_organisation(organisation_id);
        self.commit_with(tx, vec![event]).await?;
        Ok(())
    }

    /// The first user manager takes the code of an approved recovery, once, for the person before them.
    ///
    /// # Errors
    ///
    /// [`RecoveryError`]; a refusal is in the trail too.
    pub async fn take_recovery_code(
        &self,
        who: &SignedIn,
        handle: &ActHandle,
    ) -> Result<EnrolmentCode, RecoveryError> {
        let (row, account) =
            self.recovery(who, handle, ActState::Approved, DangerousAct::TakeRecoveryCode).await?;
        let id = account.row.account_id;
        if row.proposed_by != Some(who.account) {
            return self.not_recovered(who, Some(id), "not_the_first", RecoveryError::Ended).await;
        }
        if let Err(why) = may_propose_recovery(who.account, id, account.facts().state) {
            return self.not_recovered(who, Some(id), code_of(why), why.into()).await;
        }
        let row = ActRow { state: ActState::Used, ..row };
        let mut tx = self.store.begin().await?;
        if !pending_acts::replace(&mut tx, &row).await? {
            tx.rollback().await?;
            return Err(RecoveryError::Ended);
        }
        let code = self.issue_code(&mut tx, who, &account).await?;
        let event = changed("recovery_code_taken", Some(id)).by(who);
        self.commit_with(tx, vec![event.at_organisation(account.row.organisation_id)]).await?;
        Ok(code)
    }

    /// What the signed-in person must be told of their own account, if they have not been told yet.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn recovery_notice(&self, who: &SignedIn) -> Result<Option<RecoveryNotice>, ServiceError> {
        let account = self.account_by_id(who.account).await?;
        let Some(recovered) = account.and_then(|account| account.sealed.recovered) else { return Ok(None) };
        Ok(Some(RecoveryNotice {
            at: instant(recovered.at),
            first: self.name_of(Some(recovered.first)).await?.unwrap_or_default(),
            second: self.name_of(Some(recovered.second)).await?.unwrap_or_default(),
        }))
    }

    /// The person has read it.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn told_of_recovery(&self, who: &SignedIn) -> Result<(), ServiceError> {
        let account = self.account_by_id(who.account).await?;
        let Some(mut account) = account.filter(|account| account.sealed.recovered.is_some()) else {
            return Ok(());
        };
        account.sealed.recovered = None;
        account.row.sealed = {
            let mut rng = self.world.chance.generator();
            self.seal_account(who.account, &account.bundle, &account.sealed, &mut rng)?
        };
        let mut tx = self.store.begin().await?;
        if !accounts::replace(&mut tx, &account.row).await? {
            tx.rollback().await?;
            // Whatever changed it meanwhile stands; the person is told again.
            return Ok(());
        }
        self.commit_with(tx, vec![changed("recovery_told", Some(who.account)).by(who)]).await?;
        Ok(())
    }

    async fn recovery(
        &self,
        who: &SignedIn,
        handle: &ActHandle,
        state: ActState,
        act: DangerousAct,
    ) -> Result<(ActRow, Account), RecoveryError> {
        if !who.may(Permission::RecoverAccount) {
            return self.not_recovered(who, None, "not_permitted", RecoveryError::Forbidden).await;
        }
        self.freshly_proved(who, act)?;
        let Some([act_id]) = self.unseal_ids(who, TO_RECOVER, handle.as_str()) else {
            return self.not_recovered(who, None, "not_a_handle_of_this_session", RecoveryError::Ended).await;
        };
        let row = pending_acts::by_id(&mut self.store.reader().await?, act_id).await?;
        let now = self.world.now().as_microsecond();
        let row = row.filter(|row| row.kind == RECOVERY && row.state == state && now < row.expires_at);
        let Some(row) = row else {
            return self.not_recovered(who, None, "not_open", RecoveryError::Ended).await;
        };
        let account = match row.subject_id {
            Some(subject) => self.account_by_id(subject).await?,
            None => None,
        };
        match account.filter(|account| self.reaches(who, account)) {
            Some(account) => Ok((row, account)),
            None => self.not_recovered(who, None, "not_within_reach", RecoveryError::NoSuchAccount).await,
        }
    }

    fn reaches(&self, who: &SignedIn, account: &Account) -> bool {
        who.may_at(Permission::RecoverAccount, &standing(&account.organisation, self.today()))
    }

    /// The newest at each organisation, or authority, over which one of the person's roles carries the permission.
    async fn recoveries_within_reach(
        &self,
        who: &SignedIn,
        state: ActState,
    ) -> Result<Vec<ActRow>, ServiceError> {
        let now = self.world.now().as_microsecond();
        let mut conn = self.store.reader().await?;
        let mut found: Vec<ActRow> = Vec::new();
        for held in who.roles.iter().filter(|held| held.gives(Permission::RecoverAccount)) {
            let OrganisationStanding { id, kind, authority, .. } = &held.at;
            let rows = match authority {
                Some(code) if kind == "authority" => {
                    pending_acts::within(&mut conn, RECOVERY, state, now, code, LISTED).await?
                }
                _ => pending_acts::of_organisation(&mut conn, *id, RECOVERY, state, LISTED).await?,
            };
            found.extend(rows);
        }
        found.sort_by_key(|row| (std::cmp::Reverse(row.opened_at), row.act_id));
        found.dedup_by_key(|row| row.act_id);
        Ok(found)
    }

    async fn described(
        &self,
        who: &SignedIn,
        row: ActRow,
        stage: RecoveryStage,
    ) -> Result<Option<OpenRecovery>, ServiceError> {
        let account = match row.subject_id {
            Some(subject) => self.account_by_id(subject).await?,
            None => None,
        };
        let Some(account) = account.filter(|account| self.reaches(who, account)) else { return Ok(None) };
        Ok(Some(OpenRecovery {
            handle: self.act_handle(who, TO_RECOVER, row.act_id)?,
            person: account.sealed.display_name,
            username: account.sealed.username,
            organisation: account.organisation.name,
            proposed_by: self.name_of(row.proposed_by).await?.unwrap_or_default(),
            seen: self.open_at(row.organisation_id, row.act_id, &row.sealed).await?,
            proposed_at: instant(row.opened_at),
            until: instant(row.expires_at),
            stage,
        }))
    }

    async fn not_recovered<T>(
        &self,
        who: &SignedIn,
        account: Option<Uuid>,
        why: &str,
        error: RecoveryError,
    ) -> Result<T, RecoveryError> {
        self.record(changed(&format!("recovery_not_done:{why}"), account).by(who)).await?;
        Err(error)
    }
}

const fn code_of(why: NoRenewal) -> &'static str {
    match why {
        NoRenewal::OnesOwn => "ones_own",
        NoRenewal::SamePersonTwice => "same_person_twice",
        NoRenewal::NotInUse => "not_in_use",
    }
}
