//! The first sign-in details of an account: a code that a user manager gives in person, and what its holder sets with it
//! (rules 6.5, 12.4). The code is shown once, works once, and is known to the database only as a keyed hash.

mod code;

use audit::{AccountChangeDetail, Action, Detail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use directory::access::{DangerousAct, PasswordFault, Permission, may_be_given_keys};
use jiff::{SignedDuration, Timestamp};
use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use store::pending_acts::{self, ActRow, ActState};
use store::{Key16, Tx, accounts, sessions};
use subtle::ConstantTimeEq as _;
use totp_rs::{Builder, Totp};
use uuid::Uuid;

use self::code::{as_typed, in_fours, new_code};
use crate::accounts::{Account, fold, standing};
use crate::mediation::{MEDIATION, instant};
use crate::recovery::RECOVERY;
use crate::session::SignedIn;
use crate::shield_override::TOGETHER;
use crate::sign_in::{Client, SignInError, StepUpFirst, may_be_taken};
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// How acts of this kind are marked.
pub(crate) const ENROLMENT: &str = "enrolment";

/// A code that lets the holder of an account set their sign-in details, once. It exists here and on the page that shows it,
/// and nowhere else.
#[derive(Clone)]
pub struct EnrolmentCode {
    /// Eight groups of four letters and digits: 160 random bits.
    pub code: String,
    /// The username to type beside it.
    pub username: String,
    /// The person's name.
    pub person: String,
    /// Until when it works.
    pub until: Timestamp,
}

/// The code was right: what the holder needs to set up an authenticator.
#[derive(Clone)]
pub struct EnrolmentStep {
    /// To be sent back with the new details; says nothing by itself, and lives half an hour.
    pub token: String,
    /// The username.
    pub username: String,
    /// The authenticator's secret in base 32, in groups of four.
    pub secret: String,
    /// The same for an authenticator on this device: an `otpauth:` address.
    pub address: String,
}

/// What the holder has chosen.
pub struct NewKeys {
    /// The new password.
    pub password: String,
    /// A code that the authenticator shows, so that it is known to work.
    pub code: String,
}

/// Why sign-in details were not set.
#[derive(Debug, thiserror::Error)]
pub enum EnrolmentError {
    /// The person's roles do not reach the account's organisation.
    #[error("this account may not enrol anybody")]
    Forbidden,
    /// There is no such account within reach; or, for the holder, username and code do not belong together. Each is one
    /// answer whatever the cause.
    #[error("there is no such account, or no such code")]
    Refused,
    /// It is the user manager's own (rule 12.13).
    #[error("nobody enrols themselves")]
    OnesOwn,
    /// The account has been used: two people must recover it.
    #[error("the account has sign-in details; two user managers renew them")]
    HasKeys,
    /// The account is not verified, or is suspended or closed.
    #[error("the account is not in a state to be given sign-in details")]
    NotInUse,
    /// The password may not be taken.
    #[error(transparent)]
    Password(#[from] PasswordFault),
    /// Too many wrong codes came from this address.
    #[error("too many attempts; wait until {until}")]
    LockedOut {
        /// When the next one will be looked at.
        until: Timestamp,
    },
    /// The authenticator's code is not right.
    #[error("the code of the authenticator is not right")]
    WrongCode,
    /// The code ran out, was used or replaced.
    #[error("the enrolment is not open any more")]
    Ended,
    /// The person must prove afresh who they are.
    #[error(transparent)]
    StepUpFirst(#[from] StepUpFirst),
    /// The system failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<SignInError> for EnrolmentError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::LockedOut { until } => Self::LockedOut { until },
            SignInError::Service(fault) => Self::Service(fault),
            _ => Self::Refused,
        }
    }
}

impl From<store::StoreError> for EnrolmentError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// What an open enrolment holds, sealed.
#[derive(Default, Serialize, Deserialize)]
struct Enrolment {
    /// How many wrong codes were tried.
    wrong: u8,
    /// The secret that was shown, once the right code was entered.
    secret: Option<Vec<u8>>,
}

/// What the holder carries from the one page to the next, sealed.
#[derive(Serialize, Deserialize)]
struct Step {
    act: Uuid,
    code: [u8; 16],
    issued: i64,
}

/// What steps are bound to, so that no other sealed text passes for one.
const STEP_CONTEXT: Uuid = Uuid::from_u128(0x656e_726f_6c6d_656e_7420_7374_6570_3031);

/// How long the holder may take over the second page.
const STEP: SignedDuration = SignedDuration::from_mins(30);

/// The domain of the keyed hash of codes, beside that of session tokens.
const CODES: u16 = 0x0e01;

impl Directory {
    /// Gives a code to the holder of an account that has never been used, who stands before the user manager. An earlier
    /// code of the account ends.
    ///
    /// # Errors
    ///
    /// [`EnrolmentError`]; a refusal is in the trail too.
    pub async fn start_enrolment(
        &self,
        who: &SignedIn,
        username: &str,
    ) -> Result<EnrolmentCode, EnrolmentError> {
        if !who.may(Permission::ManageAccounts) {
            return self.not_enrolled(Some(who), None, "not_permitted", EnrolmentError::Forbidden).await;
        }
        self.freshly_proved(who, DangerousAct::StartEnrolment)?;
        let account = self.account_named(username).await?;
        let account = account.filter(|account| {
            who.may_at(Permission::ManageAccounts, &standing(&account.organisation, self.today()))
        });
        let Some(account) = account else {
            return self.not_enrolled(Some(who), None, "not_within_reach", EnrolmentError::Refused).await;
        };
        let id = Some(account.row.account_id);
        if account.row.account_id == who.account {
            return self.not_enrolled(Some(who), id, "ones_own", EnrolmentError::OnesOwn).await;
        }
        if !may_be_given_keys(account.facts().state) {
            return self.not_enrolled(Some(who), id, "not_in_use", EnrolmentError::NotInUse).await;
        }
        // Whoever was recovered, or signed in before, is given a code by two people only.
        let untouched = account.row.password_hash.is_empty()
            && account.sealed.last_sign_in.is_none()
            && account.sealed.recovered.is_none();
        if !untouched {
            return self.not_enrolled(Some(who), id, "has_keys", EnrolmentError::HasKeys).await;
        }
        let mut tx = self.store.begin().await?;
        let code = self.issue_code(&mut tx, who, &account).await?;
        let event = changed("enrolment_started", Some(account.row.account_id)).by(who);
        self.commit_with(tx, vec![event.at_organisation(account.row.organisation_id)]).await?;
        Ok(code)
    }

    /// The holder types username and code. After as many wrong codes as the policy bears, the code is void. An address that
    /// tries name after name is counted, and locked for a while, as at sign-in.
    ///
    /// # Errors
    ///
    /// [`EnrolmentError::Refused`], in the same words whatever was wrong, [`EnrolmentError::LockedOut`] or the system's.
    pub async fn enrol(
        &self,
        username: &str,
        code: &str,
        from: impl Into<Client>,
    ) -> Result<EnrolmentStep, EnrolmentError> {
        let (username, client) = (fold(username), from.into());
        self.refuse_locked_address(&username, &client).await?;
        match self.try_code(&username, code).await {
            Err(EnrolmentError::Refused) => {
                Err(self.count_at_address(&username, &client, "wrong_enrolment_code").await?.into())
            }
            answer => answer,
        }
    }

    async fn try_code(&self, username: &str, code: &str) -> Result<EnrolmentStep, EnrolmentError> {
        let account = self.account_named(username).await?;
        let account = account.filter(|account| may_be_given_keys(account.facts().state));
        let Some(account) = account else {
            return self.not_enrolled(None, None, "no_open_enrolment", EnrolmentError::Refused).await;
        };
        let id = account.row.account_id;
        let Some(mut row) = self.open_enrolment(id).await? else {
            return self.not_enrolled(None, Some(id), "no_open_enrolment", EnrolmentError::Refused).await;
        };
        let mut content: Enrolment = self.open_at(row.organisation_id, row.act_id, &row.sealed).await?;
        let right = row.token_key.is_some_and(|key| key.0.ct_eq(&self.code_key(code).0).into());
        let change = if right {
            let mut rng = self.world.chance.generator();
            content.secret.get_or_insert_with(|| rng.random::<[u8; 20]>().to_vec());
            "enrolment_opened"
        } else {
            content.wrong = content.wrong.saturating_add(1);
            if content.wrong >= self.policy.enrolment.tries {
                row.state = ActState::Withdrawn;
                row.token_key = None;
                "enrolment_void"
            } else {
                "enrolment_code_wrong"
            }
        };
        row.sealed = self.seal_at(row.organisation_id, row.act_id, &content).await?;
        let mut tx = self.store.begin().await?;
        if !pending_acts::replace(&mut tx, &row).await? {
            tx.rollback().await?;
            return Err(EnrolmentError::Refused);
        }
        let event = changed(change, Some(id)).by_account(id, account.row.organisation_id);
        self.commit_with(tx, vec![event]).await?;
        match (right, content.secret, row.token_key) {
            (true, Some(secret), Some(code)) => self.step(&account, row.act_id, code, secret),
            _ => Err(EnrolmentError::Refused),
        }
    }

    /// What the holder was shown after the right code, again: for a page with a fault.
    ///
    /// # Errors
    ///
    /// [`EnrolmentError::Ended`] or the system's.
    pub async fn enrolment_step(&self, step: &str) -> Result<EnrolmentStep, EnrolmentError> {
        let (row, account) = self.reopened(step).await?.ok_or(EnrolmentError::Ended)?;
        let content: Enrolment = self.open_at(row.organisation_id, row.act_id, &row.sealed).await?;
        match (content.secret, row.token_key) {
            (Some(secret), Some(code)) => self.step(&account, row.act_id, code, secret),
            _ => Err(EnrolmentError::Ended),
        }
    }

    /// The holder sets a password and shows that their authenticator works. The code is spent, and every session of the
    /// account ends, in the same transaction.
    ///
    /// # Errors
    ///
    /// [`EnrolmentError`].
    pub async fn finish_enrolment(&self, step: &str, keys: NewKeys) -> Result<(), EnrolmentError> {
        let (row, mut account) = self.reopened(step).await?.ok_or(EnrolmentError::Ended)?;
        let content: Enrolment = self.open_at(row.organisation_id, row.act_id, &row.sealed).await?;
        let secret = content.secret.ok_or(EnrolmentError::Ended)?;
        may_be_taken(&keys.password, &account.sealed.username, &account.sealed.display_name)?;
        let seconds = u64::try_from(self.world.now().as_second()).unwrap_or_default();
        let digits: String = keys.code.chars().filter(char::is_ascii_digit).collect();
        let seen = if digits.len() == 6 { totp(&secret)?.check(&digits, seconds) } else { None };
        let time_step = seen.and_then(|at| i64::try_from(at).ok()).ok_or(EnrolmentError::WrongCode)?;
        let mut spent = ActRow { state: ActState::Used, token_key: None, ..row };
        spent.sealed = self.seal_at(spent.organisation_id, spent.act_id, &Enrolment::default()).await?;
        account.row.password_hash = self.hash_password(keys.password).await?;
        account.sealed.totp_secret = secret;
        account.row.sealed = {
            let mut rng = self.world.chance.generator();
            self.seal_account(account.row.account_id, &account.bundle, &account.sealed, &mut rng)?
        };
        let id = account.row.account_id;
        let mut tx = self.store.begin().await?;
        // Steps that were used belong to the secret that ends here.
        accounts::forget_codes_before(&mut tx, id, i64::MAX).await?;
        let stands = pending_acts::replace(&mut tx, &spent).await?
            && accounts::replace(&mut tx, &account.row).await?
            // The code that proved the authenticator is not good for a sign-in as well.
            && accounts::use_code(&mut tx, id, time_step).await?;
        if !stands {
            tx.rollback().await?;
            return Err(EnrolmentError::Ended);
        }
        sessions::remove_of_account(&mut tx, id).await?;
        let event = changed("enrolled", Some(id)).by_account(id, account.row.organisation_id);
        self.commit_with(tx, vec![event]).await?;
        Ok(())
    }

    /// Makes a code for an account's holder, and ends every earlier one.
    pub(crate) async fn issue_code(
        &self,
        tx: &mut Tx,
        who: &SignedIn,
        account: &Account,
    ) -> Result<EnrolmentCode, ServiceError> {
        self.end_enrolments(tx, account.row.account_id).await?;
        let now = self.world.now();
        let until = now + SignedDuration::from_hours(i64::from(self.policy.enrolment.code_hours));
        let (act_id, code) = {
            let mut rng = self.world.chance.generator();
            (vault::uuid_v4(rng.random()), new_code(&mut rng))
        };
        let organisation_id = account.row.organisation_id;
        let row = ActRow {
            act_id,
            kind: ENROLMENT.to_owned(),
            organisation_id,
            proposed_by: Some(who.account),
            subject_id: Some(account.row.account_id),
            state: ActState::Open,
            opened_at: now.as_microsecond(),
            expires_at: until.as_microsecond(),
            decided_by: None,
            decided_at: None,
            token_key: Some(self.code_key(&code)),
            version: 1,
            sealed: self.seal_at(organisation_id, act_id, &Enrolment::default()).await?,
        };
        pending_acts::insert(tx, &row).await?;
        Ok(EnrolmentCode {
            code,
            username: account.sealed.username.clone(),
            person: account.sealed.display_name.clone(),
            until,
        })
    }

    /// Ends every open code of an account.
    pub(crate) async fn end_enrolments(&self, tx: &mut Tx, account: Uuid) -> Result<(), ServiceError> {
        for row in pending_acts::about(tx, account, ENROLMENT, ActState::Open, AT_MOST).await? {
            let row = ActRow { state: ActState::Withdrawn, token_key: None, ..row };
            pending_acts::replace(tx, &row).await?;
        }
        Ok(())
    }

    /// A duty: acts of two people that nobody decided or used in time are closed, and let go of what they were about.
    pub(crate) async fn end_acts_that_ran_out(&self) -> Result<(), ServiceError> {
        let now = self.world.now().as_microsecond();
        for kind in [MEDIATION, TOGETHER, ENROLMENT, RECOVERY] {
            for state in [ActState::Open, ActState::Approved] {
                let mut conn = self.store.reader().await?;
                let ended = pending_acts::run_out(&mut conn, kind, state, now, AT_MOST).await?;
                drop(conn);
                for row in ended {
                    let mut row = ActRow { state: ActState::Withdrawn, token_key: None, ..row };
                    if kind == MEDIATION {
                        self.empty_mediation(&mut row).await?;
                    } else if kind == TOGETHER {
                        row = self.emptied_request(row).await?;
                    }
                    let mut tx = self.store.begin().await?;
                    // Somebody who was quicker has closed it themselves.
                    pending_acts::replace(&mut tx, &row).await?;
                    tx.commit().await?;
                }
            }
        }
        Ok(())
    }

    async fn open_enrolment(&self, account: Uuid) -> Result<Option<ActRow>, ServiceError> {
        let now = self.world.now().as_microsecond();
        let mut conn = self.store.reader().await?;
        let open = pending_acts::about(&mut conn, account, ENROLMENT, ActState::Open, 1).await?;
        Ok(open.into_iter().find(|row| now < row.expires_at))
    }

    /// The step's act and account, if the code it was opened with is still the one that counts.
    async fn reopened(&self, token: &str) -> Result<Option<(ActRow, Account)>, ServiceError> {
        let Some(step) = self.open_step(token) else { return Ok(None) };
        let row = pending_acts::by_id(&mut self.store.reader().await?, step.act).await?;
        let now = self.world.now().as_microsecond();
        let row = row.filter(|row| {
            row.kind == ENROLMENT
                && row.state == ActState::Open
                && now < row.expires_at
                && row.token_key == Some(Key16(step.code))
        });
        let Some(row) = row else { return Ok(None) };
        let Some(subject) = row.subject_id else { return Ok(None) };
        let account = self.account_by_id(subject).await?;
        Ok(account.filter(|account| may_be_given_keys(account.facts().state)).map(|account| (row, account)))
    }

    fn step(
        &self,
        account: &Account,
        act: Uuid,
        code: Key16,
        secret: Vec<u8>,
    ) -> Result<EnrolmentStep, EnrolmentError> {
        let step = Step { act, code: code.0, issued: self.world.now().as_microsecond() };
        let plain = serde_json::to_vec(&step).map_err(ServiceError::internal)?;
        let mut rng = self.world.chance.generator();
        let token = self.keys.seal_for_session(STEP_CONTEXT, &plain, &mut rng)?;
        let base32 = totp(&secret)?.secret().to_base32();
        let username = account.sealed.username.clone();
        Ok(EnrolmentStep {
            token: URL_SAFE_NO_PAD.encode(token),
            address: authenticator_address(&username, &base32),
            secret: in_fours(&base32, ' '),
            username,
        })
    }

    fn open_step(&self, token: &str) -> Option<Step> {
        let sealed = URL_SAFE_NO_PAD.decode(token).ok()?;
        let plain = self.keys.open_for_session(STEP_CONTEXT, &sealed)?;
        let step: Step = serde_json::from_slice(&plain).ok()?;
        let age = self.world.now().duration_since(instant(step.issued));
        (age >= SignedDuration::ZERO && age <= STEP).then_some(step)
    }

    fn code_key(&self, code: &str) -> Key16 {
        self.keys.sessions.hash(CODES, as_typed(code).as_bytes())
    }

    async fn not_enrolled<T>(
        &self,
        who: Option<&SignedIn>,
        account: Option<Uuid>,
        why: &str,
        error: EnrolmentError,
    ) -> Result<T, EnrolmentError> {
        let event = changed(&format!("enrolment_not_done:{why}"), account);
        let event = match who {
            Some(who) => event.by(who),
            None => event,
        };
        self.record(event).await?;
        Err(error)
    }
}

/// How many acts one step of a duty closes, or one account can have at once.
const AT_MOST: i64 = 100;

/// An entry about an account.
pub(crate) fn changed(change: &str, account: Option<Uuid>) -> Event {
    let detail = AccountChangeDetail { account, changes: vec![change.to_owned()] };
    let event = Event::new(Action::AccountChanged, Detail::AccountChange(detail));
    match account {
        Some(account) => event.changing_account(account),
        None => event,
    }
}

/// RFC 6238 as every authenticator has it; the account's own secret is read the same way.
fn totp(secret: &[u8]) -> Result<Totp, ServiceError> {
    Builder::new()
        .with_secret(secret.to_vec().into_boxed_slice())
        .build()
        .map_err(|error| ServiceError::internal(format!("a new one-time-code secret is unusable: {error}")))
}

/// What an authenticator on the same device opens.
fn authenticator_address(username: &str, secret: &str) -> String {
    let label: String = url::form_urlencoded::byte_serialize(username.as_bytes()).collect();
    format!("otpauth://totp/ContactPoint:{label}?secret={secret}&issuer=ContactPoint")
}
