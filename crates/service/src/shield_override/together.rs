//! What nobody may do alone: the shield of a child at high risk opens to two holders, of two organisations, both signed in
//! and both having proved who they are for this one act. The first asks and the second agrees; then the first opens the
//! record, once, within minutes.
//!
//! A request is a row of `pending_act` whose kind and columns say neither who asks nor for which child.

use audit::{Action, ChangeDetail, Detail};
use directory::ChildNumber;
use directory::access::{
    DangerousAct, OverrideParty, OverrideReason, OverrideStatement, may_enter, may_second,
};
use directory::disclosure::{Disclosure, Viewer};
use jiff::Timestamp;
use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use store::pending_acts::{self, ActRow, ActState};
use uuid::Uuid;

use super::opening::Wanted;
use super::{Overridden, OverrideError};
use crate::accounts::Account;
use crate::mediation::ActHandle;
use crate::search::RecordHandle;
use crate::session::{Reasoned, SignedIn};
use crate::trail::Event;
use crate::{Directory, Disclosed, ServiceError};

/// How acts of this kind are marked: by no word that tells a shield.
pub(crate) const TOGETHER: &str = "together";

/// Sealed parts are padded to this many bytes.
const BLOCK: usize = 1024;

/// How many requests of a state are looked at. In the whole country there are a few at a time, and each ends in minutes.
pub(super) const LISTED: i64 = 50;

/// What handles of requests are bound to beside the session.
pub(super) const TO_OPEN: u128 = 0x6f76_6572_7269_6465_206f_7065_6e20_3031;

/// What is asked, sealed; emptied of the child when it ends.
#[derive(Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) child: Option<Uuid>,
    pub(super) number: Option<ChildNumber>,
    pub(super) reason: OverrideReason,
    pub(super) account: Uuid,
    /// The session that asked, which alone may open the record.
    pub(super) session: [u8; 16],
}

/// A request that has not let go of its child.
pub(super) struct OpenRequest {
    pub(super) row: ActRow,
    pub(super) asked: Asked,
    pub(super) child: Uuid,
}

impl OpenRequest {
    /// Whether it can be decided or used at an instant.
    pub(super) fn is_in_time(&self, now: Timestamp) -> bool {
        now.as_microsecond() < self.row.expires_at
    }
}

impl Directory {
    /// Asks for a second holder, where the shield takes two. Until when they may agree, and the record be opened.
    ///
    /// # Errors
    ///
    /// [`OverrideError`]; a refusal is in the trail too.
    pub async fn ask_second_holder(
        &self,
        who: &Reasoned,
        handle: &RecordHandle,
        stated: OverrideStatement,
    ) -> Result<Timestamp, OverrideError> {
        let person = who.who();
        let child = self.may_override(person, handle).await?;
        let proof = self.proof_of_its_own(person, DangerousAct::OverrideShield, child).await?;
        self.quota_for_another(person, child).await?;
        let behind = self.behind(child, person, &Viewer::Override).await?;
        let Disclosure::Shielded(seen) = behind.disclosure else {
            self.no_override(person, Some(child), "override_takes_no_two").await?;
            return Err(OverrideError::NothingToOverride);
        };
        let now = self.world.now();
        let until = self.policy.shield_override.request_until(now);
        let act_id = vault::uuid_v4(self.world.chance.generator().random());
        let asked = Asked {
            child: Some(child),
            number: Some(seen.number),
            reason: stated.reason(),
            account: person.account,
            session: person.session.0,
        };
        let row = ActRow {
            act_id,
            kind: TOGETHER.to_owned(),
            organisation_id: person.organisation_id,
            proposed_by: None,
            subject_id: None,
            state: ActState::Open,
            opened_at: now.as_microsecond(),
            expires_at: until.as_microsecond(),
            decided_by: None,
            decided_at: None,
            token_key: None,
            version: 1,
            sealed: self.seal_act(act_id, &asked, BLOCK).await?,
        };
        let mut tx = self.store.begin().await?;
        if !self.use_proof_up(&mut tx, person, &proof, |_| ()).await? {
            tx.rollback().await?;
            return Err(OverrideError::Ended);
        }
        pending_acts::insert(&mut tx, &row).await?;
        let event = step("asked", &row, child, person.account, None).by(person);
        self.commit_with(tx, vec![event.because(asked.reason.in_the_clear().code())]).await?;
        Ok(until)
    }

    /// Opens the record to which the second holder agreed: once, in the session that asked, within the minutes of the
    /// request. Every condition of both people is asked again. From here it is an override like any other.
    ///
    /// # Errors
    ///
    /// [`OverrideError`]; a refusal is in the trail too.
    pub async fn open_together(
        &self,
        who: &Reasoned,
        request: &ActHandle,
    ) -> Result<Disclosed<Overridden>, OverrideError> {
        let person = who.who();
        self.is_override_holder(person).await?;
        let found = match self.unseal_ids(person, TO_OPEN, request.as_str()) {
            Some([act]) => self.open_second_request(act).await?,
            None => None,
        };
        let now = self.world.now();
        let own = found.filter(|open| {
            let asked = &open.asked;
            asked.account == person.account && asked.session == person.session.0 && open.is_in_time(now)
        });
        let Some(open) = own else {
            self.no_override(person, None, "override_not_open").await?;
            return Err(OverrideError::Ended);
        };
        let second = match open.row.state {
            ActState::Approved => self.party_of(open.row.decided_by).await?,
            ActState::Open => return Err(OverrideError::NotDecided),
            ActState::Refused | ActState::Used | ActState::Withdrawn => None,
        };
        let stands = second.filter(|second| {
            may_enter(&second.facts(), self.today()).is_ok()
                && may_second(of_person(person), of_account(second))
        });
        let Some(second) = stands else {
            self.no_override(person, Some(open.child), "override_not_open").await?;
            return Err(OverrideError::Ended);
        };
        let quota = self.quota_for_another(person, open.child).await?;
        let behind = self.behind(open.child, person, &Viewer::OverrideByTwo).await?;
        let (reason, agreed_by) = (open.asked.reason, Some(second.row.account_id));
        let wanted = Wanted { child: open.child, reason, agreed_by };
        let begun = self.begin_override(who, &behind, &wanted, &quota).await?;
        let begun = begun.agreed_by(second.row.account_id, second.row.organisation_id);
        let row = self.emptied_request(ActRow { state: ActState::Used, ..open.row }).await?;
        let running = begun.running;
        let mut tx = self.store.begin().await?;
        if !pending_acts::replace(&mut tx, &row).await? {
            tx.rollback().await?;
            return Err(OverrideError::Ended);
        }
        self.change_session(&mut tx, person, |content| content.running = Some(running)).await?;
        self.commit_override(tx, begun).await
    }

    /// A request with what it is about; nothing when there is none, or it has let go of its child.
    pub(super) async fn open_second_request(&self, act: Uuid) -> Result<Option<OpenRequest>, ServiceError> {
        let row = pending_acts::by_id(&mut self.store.reader().await?, act).await?;
        match row.filter(|row| row.kind == TOGETHER) {
            Some(row) => self.read_request(row).await,
            None => Ok(None),
        }
    }

    pub(super) async fn read_request(&self, row: ActRow) -> Result<Option<OpenRequest>, ServiceError> {
        let Some(asked) = self.asked_of_two(&row).await? else { return Ok(None) };
        Ok(asked.child.map(|child| OpenRequest { row, asked, child }))
    }

    /// What stands in a request, whether it has let go of its child or not; nothing once its key is destroyed.
    pub(super) async fn asked_of_two(&self, row: &ActRow) -> Result<Option<Asked>, ServiceError> {
        self.open_act(row).await
    }

    /// The row without the child it was about.
    pub(crate) async fn emptied_request(&self, mut row: ActRow) -> Result<ActRow, ServiceError> {
        if let Some(asked) = self.asked_of_two(&row).await? {
            let emptied = Asked { child: None, number: None, ..asked };
            row.sealed = self.seal_ended(&row, &emptied, BLOCK).await?;
        }
        Ok(row)
    }

    pub(super) async fn party_of(&self, account: Option<Uuid>) -> Result<Option<Account>, ServiceError> {
        match account {
            Some(account) => self.account_by_id(account).await,
            None => Ok(None),
        }
    }
}

pub(super) fn of_person(person: &SignedIn) -> OverrideParty<'_> {
    OverrideParty { account: person.account, organisation: person.organisation_id, roles: &person.roles }
}

pub(super) fn of_account(account: &Account) -> OverrideParty<'_> {
    OverrideParty {
        account: account.row.account_id,
        organisation: account.row.organisation_id,
        roles: &account.roles,
    }
}

/// An entry of a step of two: in the clear a change of a record, as every protective act.
pub(super) fn step(what: &str, row: &ActRow, child: Uuid, first: Uuid, second: Option<Uuid>) -> Event {
    let detail = ChangeDetail {
        change: format!("shield_override_{what}"),
        subject: Some(child),
        others: [row.act_id, first].into_iter().chain(second).collect(),
        ..ChangeDetail::default()
    };
    Event::new(Action::RecordChanged, Detail::Change(detail)).concerning([child])
}
