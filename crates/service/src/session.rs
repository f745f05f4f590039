//! Who is signed in, and whether they have said why they look.

use audit::{Action, Detail, ReasonDetail, SignInDetail};
use directory::access::{
    Capability, DeviceKind, FactKind, HeldRole, Lapse, OrganisationStanding, Permission, Proof, Reason, Role,
    may, may_at, may_enter, that_count,
};
use directory::disclosure::Viewer;
use directory::shield::Barred;
use directory::watching::OwnMatters;
use directory::{AuthorityCode, ChildProfile};
use guards::Guard;
use jiff::Timestamp;
use jiff::civil::Date;
use rand_chacha::ChaCha12Rng;
use serde::{Deserialize, Serialize};
use store::sessions::{self, SessionRow};
use store::{Key16, Tx};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::reminding::Reminder;
use crate::shield_override::RunningOverride;
use crate::sign_in::{AskedFor, Providers};
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// A person with a live session: two factors given, cleared, trained, in an accredited organisation (law 6).
///
/// Only [`crate::Directory::authenticate`] makes one, and it asks every precondition again each time.
#[derive(Clone)]
pub struct SignedIn {
    pub(crate) account: Uuid,
    pub(crate) session: Key16,
    pub(crate) organisation_id: Uuid,
    pub(crate) organisation: String,
    pub(crate) authority: Option<String>,
    pub(crate) kind: String,
    pub(crate) display_name: String,
    pub(crate) roles: Vec<HeldRole>,
    pub(crate) form_token: String,
    pub(crate) reason: Option<Reason>,
    pub(crate) last_sign_in: Option<Timestamp>,
    pub(crate) runs_out: Vec<(FactKind, Date)>,
    pub(crate) reminders: Vec<Reminder>,
    pub(crate) proof: Proof,
    pub(crate) proved_until: Timestamp,
    pub(crate) elsewhere_since: Option<Timestamp>,
    pub(crate) issuer: Option<String>,
    /// What of a child's record could be the person's own (rule 7.9).
    pub(crate) own: OwnMatters,
}

/// Whether an account is barred, or where it works, or one of the places where it holds a role.
pub(crate) fn is_barred(
    account: Uuid,
    employer: Uuid,
    roles: &[HeldRole],
    bars: impl Fn(Uuid, Uuid) -> bool,
) -> bool {
    let bars = |at: Uuid| bars(account, at) && Guard::Bars.stands();
    bars(employer) || roles.iter().any(|held| bars(held.at.id))
}

impl SignedIn {
    /// What of the person's own runs out soon, and its last day (rule 6.6): their pages say so.
    #[must_use]
    pub fn runs_out(&self) -> &[(FactKind, Date)] {
        &self.runs_out
    }

    /// Of what is due at their desks their pages remind them.
    #[must_use]
    pub fn reminders(&self) -> &[Reminder] {
        &self.reminders
    }

    /// The account, as audit entries and decisions name it.
    #[must_use]
    pub fn account(&self) -> Uuid {
        self.account
    }

    /// The person's name, for the page's header.
    #[must_use]
    pub fn display_name(&self) -> &str {
        &self.display_name
    }

    /// The organisation's name.
    #[must_use]
    pub fn organisation(&self) -> &str {
        &self.organisation
    }

    /// The organisation the person works for.
    #[must_use]
    pub fn organisation_id(&self) -> Uuid {
        self.organisation_id
    }

    /// The roles the person holds, and where.
    #[must_use]
    pub fn roles(&self) -> &[HeldRole] {
        &self.roles
    }

    /// Whether a shield in force hides the child from this person altogether: it bars the account, the organisation they work
    /// for, or one where they hold a role. To them there is no such child.
    pub(crate) fn is_barred_by(&self, profile: &ChildProfile) -> bool {
        is_barred(self.account, self.organisation_id, &self.roles, |account, at| profile.bars(account, at))
    }

    /// The same of one list of the barred, of a shield that is asked for too.
    pub(crate) fn is_on(&self, barred: &Barred) -> bool {
        is_barred(self.account, self.organisation_id, &self.roles, |account, at| barred.bars(account, at))
    }

    /// Where the person works with this permission at a desk of this kind: a role's organisation, for the employer may be
    /// another.
    pub(crate) fn desk(&self, permission: Permission, is_it: impl Fn(&HeldRole) -> bool) -> Option<Uuid> {
        self.roles.iter().find(|held| held.gives(permission) && is_it(held)).map(|held| held.at.id)
    }

    /// Whether the person holds the role anywhere.
    #[must_use]
    pub fn holds(&self, role: Role) -> bool {
        self.roles.iter().any(|held| held.role == role)
    }

    /// The token every form of this session carries.
    #[must_use]
    pub fn form_token(&self) -> &str {
        &self.form_token
    }

    /// Whether a posted form token is this session's, in constant time.
    #[must_use]
    pub fn form_token_matches(&self, posted: &str) -> bool {
        self.form_token.as_bytes().ct_eq(posted.as_bytes()).into()
    }

    /// The reason stated in this session, if one was.
    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        self.reason.as_ref()
    }

    /// The reasons that the person may state, those of their own work first.
    #[must_use]
    pub fn reasons(&self) -> Vec<Reason> {
        Reason::of(self.roles.iter().map(|held| held.role))
    }

    /// The reason of this code, where the person may state it: how what a form says becomes a reason.
    #[must_use]
    pub fn reason_of(&self, code: &str) -> Option<Reason> {
        Reason::from_code(code).filter(|reason| self.reasons().contains(reason))
    }

    /// Whether the person may state it. Whose roles look for no child at all is refused by what they may do, everywhere, and not
    /// by why.
    pub(crate) fn states(&self, reason: Reason) -> bool {
        let own = self.reasons();
        own.is_empty() || own.contains(&reason)
    }

    /// This person with their reason, or nothing when none was stated yet.
    #[must_use]
    pub fn reasoned(&self) -> Option<Reasoned> {
        let reason = self.reason?;
        Some(Reasoned { who: self.clone(), reason })
    }

    /// Whether any of the person's roles gives the permission: it carries it, and its organisation is accredited for it.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        may(&self.roles, permission)
    }

    /// Whether any of the person's roles gives the permission over that organisation.
    #[must_use]
    pub fn may_at(&self, permission: Permission, target: &OrganisationStanding) -> bool {
        may_at(&self.roles, permission, target)
    }

    /// Whether a capability is on at an organisation where the person holds a role.
    #[must_use]
    pub fn can(&self, capability: Capability) -> bool {
        self.roles.iter().any(|held| held.at.capabilities.has(capability))
    }

    /// Which kind of viewer the person is in a search and at a record opened in the ordinary way (rule 2.1), whatever
    /// offices they hold: management looks behind a shield by an act of its own.
    pub(crate) fn viewer(&self) -> Viewer {
        if self.kind == "national_partner" {
            Viewer::PartnerPractitioner
        } else {
            Viewer::AuthorityPractitioner
        }
    }

    /// As whom the person looks when they open a record as management: for each authority at which a role of theirs lets
    /// them (rule 2.3).
    pub(crate) fn management(&self) -> Vec<Viewer> {
        let held = self.roles.iter().filter(|held| held.gives(Permission::OpenForManagement));
        held.filter_map(|held| AuthorityCode::parse(held.at.authority.as_deref()?).ok())
            .map(|authority| Viewer::AuthorityManagement { authority })
            .collect()
    }

    /// Whether the person proved who they are so lately that they may do what is dangerous (policy, 5 minutes). A use case
    /// that needs it asks this first and refuses; a page asks it to lead the way to `/step-up`.
    #[must_use]
    pub fn recently_proved(&self, now: Timestamp) -> bool {
        now < self.proved_until
    }

    /// How the person proved who they are, last.
    #[must_use]
    pub fn proof(&self) -> Proof {
        self.proof
    }

    /// When a session of the same person began at another address while this one was live, or when this one began while
    /// another was (rule 15.11); none once the person has looked at their sessions and said it was them.
    #[must_use]
    pub fn signed_in_elsewhere(&self) -> Option<Timestamp> {
        self.elsewhere_since
    }

    /// When this account signed in before this session, so that a stranger's use is noticed.
    #[must_use]
    pub fn last_sign_in(&self) -> Option<Timestamp> {
        self.last_sign_in
    }
}

/// A signed-in person who has said why they look: what every use case that reads child data asks for (law 6).
/// A reason of the caller's own does not make one:
///
/// ```compile_fail,E0451
/// # fn forge(who: service::SignedIn) {
/// let reason = directory::access::Reason::Referral;
/// let reasoned = service::Reasoned { who, reason };
/// # }
/// ```
#[derive(Clone)]
pub struct Reasoned {
    pub(crate) who: SignedIn,
    pub(crate) reason: Reason,
}

impl Reasoned {
    /// The person.
    #[must_use]
    pub fn who(&self) -> &SignedIn {
        &self.who
    }

    /// The reason.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        &self.reason
    }
}

/// What a session's row holds, sealed.
#[derive(Serialize, Deserialize)]
pub(crate) struct SessionContent {
    pub(crate) form_token: String,
    pub(crate) reason: Option<Reason>,
    pub(crate) last_sign_in: Option<i64>,
    pub(crate) proof: Proof,
    /// Microseconds UTC.
    pub(crate) proved_at: i64,
    /// The kind of browser it is bound to.
    pub(crate) device: DeviceKind,
    /// The network address it began at.
    pub(crate) address: String,
    /// When the person's sessions began to overlap at different addresses, microseconds UTC.
    pub(crate) elsewhere_since: Option<i64>,
    /// The issuer of the identity provider it came through, if it came through one.
    #[serde(default)]
    pub(crate) issuer: Option<String>,
    /// The one act for which a proof of its own was asked.
    #[serde(default)]
    pub(crate) asked_for: Option<AskedFor>,
    /// The override that runs in this session (rule 2.9).
    #[serde(default)]
    pub(crate) running: Option<RunningOverride>,
}

/// What the trail says of a reason that was not taken.
pub(crate) const NOT_OF_ONES_WORK: &str = "not_of_ones_work";

/// Why a reason was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ReasonError {
    /// None of the person's roles looks for children for that reason.
    #[error("that is not a reason of this account’s work")]
    NotOfOnesWork,
    /// The system failed; nothing was written.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for ReasonError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// Why a session token did not lead to a person.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// No such session, or it was ended.
    #[error("nobody is signed in with this session")]
    NotSignedIn,
    /// Idle or whole time ran out.
    #[error("the session has run out")]
    Expired,
    /// A precondition lapsed while the session was open: it ends at once (rules 6.5, 6.6).
    #[error("a precondition of access has lapsed")]
    Lapsed(Vec<Lapse>),
    /// The system failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for SessionError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// A request moves the idle time on at most this often: not every page view is a write.
const TOUCH_EVERY_SECONDS: i64 = 30;

impl Directory {
    /// Who a session token stands for, now, asked by whoever gives no word of their browser.
    ///
    /// # Errors
    ///
    /// [`SessionError`].
    pub async fn authenticate(&self, token: &str) -> Result<SignedIn, SessionError> {
        self.authenticate_from(token, "").await
    }

    /// Who a session token stands for, now. Every precondition is asked again (rules 6.5, 6.6): a session does not
    /// outlive its clearance. `agent` is the browser's `User-Agent`: a session used by another kind of browser than it
    /// began in is a stolen one, and ends.
    ///
    /// # Errors
    ///
    /// [`SessionError`].
    pub async fn authenticate_from(&self, token: &str, agent: &str) -> Result<SignedIn, SessionError> {
        let token_key = self.session_key(token);
        let mut conn = self.store.reader().await?;
        let row = sessions::by_token(&mut conn, token_key).await?.ok_or(SessionError::NotSignedIn)?;
        drop(conn);
        let now = self.world.now();
        if self.has_ended(&row, now) {
            self.end_session(token_key).await?;
            return Err(SessionError::Expired);
        }
        let content = self.open_session(token_key, &row)?;
        if content.device != DeviceKind::of(agent) {
            self.end_stolen_session(&row).await?;
            return Err(SessionError::NotSignedIn);
        }
        let account = self.account_by_id(row.account_id).await?.ok_or(SessionError::NotSignedIn)?;
        if let Err(lapses) = may_enter(&account.facts(), self.today()) {
            self.end_session(token_key).await?;
            return Err(SessionError::Lapsed(lapses));
        }
        let runs_out = self.runs_out_soon(&account);
        if now.duration_since(instant(row.seen_at)).as_secs() >= TOUCH_EVERY_SECONDS {
            let mut tx = self.store.begin().await?;
            sessions::touch(&mut tx, token_key, now.as_microsecond(), row.expires_at).await?;
            tx.commit().await?;
        }
        let mut who = SignedIn {
            account: row.account_id,
            session: token_key,
            organisation_id: account.row.organisation_id,
            organisation: account.organisation.name,
            authority: account.organisation.authority_code,
            kind: account.organisation.kind,
            own: OwnMatters::new(&account.sealed.display_name, account.sealed.own_address),
            display_name: account.sealed.display_name,
            roles: that_count(account.roles),
            form_token: content.form_token,
            reason: content.reason,
            last_sign_in: content.last_sign_in.map(instant),
            runs_out,
            reminders: Vec::new(),
            proof: content.proof,
            proved_until: self.policy.session.fresh_until(instant(content.proved_at)),
            elsewhere_since: content.elsewhere_since.map(instant),
            issuer: content.issuer,
        };
        // One that their roles do not state any more is to be stated anew.
        who.reason = who.reason.filter(|reason| who.states(*reason));
        who.reminders = self.reminders_of(&who).await?;
        Ok(who)
    }

    /// As [`Directory::authenticate_from`], and ends a session that came through an identity provider which is not among
    /// those declared: whoever takes a provider out of the configuration has its sessions ended, each at its next request.
    ///
    /// # Errors
    ///
    /// [`SessionError`].
    pub async fn authenticate_with(
        &self,
        token: &str,
        agent: &str,
        providers: Option<&Providers>,
    ) -> Result<SignedIn, SessionError> {
        let who = self.authenticate_from(token, agent).await?;
        let declared =
            |issuer: &String| providers.is_some_and(|providers| providers.of_issuer(issuer).is_some());
        if who.issuer.as_ref().is_none_or(declared) {
            return Ok(who);
        }
        let detail = SignInDetail {
            account: Some(who.account),
            outcome: "provider_disconnected".to_owned(),
            ..SignInDetail::default()
        };
        let event = Event::new(Action::SignOut, Detail::SignIn(detail)).changing_account(who.account);
        let mut tx = self.store.begin().await?;
        sessions::remove(&mut tx, who.session).await?;
        self.write_event(&mut tx, event).await?;
        tx.commit().await?;
        Err(SessionError::NotSignedIn)
    }

    /// Ends the session.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn sign_out(&self, who: &SignedIn) -> Result<(), ServiceError> {
        let mut tx = self.store.begin().await?;
        sessions::remove(&mut tx, who.session).await?;
        let detail =
            SignInDetail { account: Some(who.account), outcome: "ok".to_owned(), ..SignInDetail::default() };
        self.write_event(&mut tx, Event::new(Action::SignOut, Detail::SignIn(detail)).by(who)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// States or changes the reason of the session (rule 6.13).
    ///
    /// # Errors
    ///
    /// [`ReasonError`]; a refusal is in the trail too.
    pub async fn state_reason(&self, who: &SignedIn, reason: Reason) -> Result<Reasoned, ReasonError> {
        if !who.states(reason) {
            let detail = ReasonDetail { reason: NOT_OF_ONES_WORK.to_owned(), ..ReasonDetail::default() };
            self.record(Event::new(Action::ReasonStated, Detail::Reason(detail)).by(who)).await?;
            return Err(ReasonError::NotOfOnesWork);
        }
        let mut previous = None;
        let mut tx = self.store.begin().await?;
        self.change_session(&mut tx, who, |content| {
            previous = content.reason.replace(reason).map(|reason| reason.code().to_owned());
        })
        .await?;
        let detail = ReasonDetail { reason: reason.code().to_owned(), previous, child: None };
        let event = Event::new(Action::ReasonStated, Detail::Reason(detail)).by(who).because(reason.code());
        self.write_event(&mut tx, event).await?;
        tx.commit().await?;
        let who = SignedIn { reason: Some(reason), ..who.clone() };
        Ok(Reasoned { who, reason })
    }

    async fn end_session(&self, token_key: Key16) -> Result<(), ServiceError> {
        let mut tx = self.store.begin().await?;
        sessions::remove(&mut tx, token_key).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn end_stolen_session(&self, row: &SessionRow) -> Result<(), ServiceError> {
        let detail = SignInDetail {
            account: Some(row.account_id),
            outcome: "device_changed".to_owned(),
            ..SignInDetail::default()
        };
        let event = Event::new(Action::SignOut, Detail::SignIn(detail)).changing_account(row.account_id);
        let mut tx = self.store.begin().await?;
        sessions::remove(&mut tx, row.token_key).await?;
        self.write_event(&mut tx, event).await?;
        Ok(tx.commit().await?)
    }

    /// Whether a session's time has run out.
    pub(crate) fn has_ended(&self, row: &SessionRow, now: Timestamp) -> bool {
        self.policy.session.ended(instant(row.created_at), instant(row.seen_at), now).is_some()
    }

    /// Changes what the person's session holds. A session that ended meanwhile stays ended.
    pub(crate) async fn change_session(
        &self,
        tx: &mut Tx,
        who: &SignedIn,
        change: impl FnOnce(&mut SessionContent),
    ) -> Result<(), ServiceError> {
        let gone = || ServiceError::internal("the session ended or changed while it was written to");
        let row = sessions::by_token(tx, who.session).await?.ok_or_else(gone)?;
        let mut content = self.open_session(who.session, &row)?;
        change(&mut content);
        let sealed = self.seal_session(who.session, &content, &mut self.world.chance.generator())?;
        if !sessions::reseal(tx, who.session, &sealed, &row.sealed).await? {
            return Err(gone());
        }
        Ok(())
    }

    pub(crate) fn session_key(&self, token: &str) -> Key16 {
        self.keys.sessions.hash(0, token.as_bytes())
    }

    pub(crate) fn open_session(
        &self,
        token_key: Key16,
        row: &SessionRow,
    ) -> Result<SessionContent, ServiceError> {
        let plain = self
            .keys
            .open_for_session(Uuid::from_bytes(token_key.0), &row.sealed)
            .ok_or_else(|| ServiceError::internal("a session's sealed part is not authentic"))?;
        serde_json::from_slice(&plain).map_err(ServiceError::internal)
    }

    pub(crate) fn seal_session(
        &self,
        token_key: Key16,
        content: &SessionContent,
        rng: &mut ChaCha12Rng,
    ) -> Result<Vec<u8>, ServiceError> {
        let plain = serde_json::to_vec(content).map_err(ServiceError::internal)?;
        self.keys.seal_session(Uuid::from_bytes(token_key.0), &plain, rng)
    }
}

/// Microseconds UTC as an instant; what is no instant is long past.
pub(crate) fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MIN)
}
