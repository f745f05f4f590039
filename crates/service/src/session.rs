//! Who is signed in, and whether they have said why they look.

use audit::{Action, Detail, ReasonDetail, SignInDetail};
use directory::AuthorityCode;
use directory::access::{
    Capability, HeldRole, Lapse, OrganisationStanding, Permission, Reason, Role, may, may_at, may_enter,
};
use directory::disclosure::Viewer;
use directory::watching::OwnMatters;
use jiff::Timestamp;
use rand_chacha::ChaCha12Rng;
use serde::{Deserialize, Serialize};
use store::Key16;
use store::sessions::{self, SessionRow};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

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
    /// What of a child's record could be the person's own (rule 7.9).
    pub(crate) own: OwnMatters,
}

impl SignedIn {
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

    /// Which kind of viewer the person is (rule 2.1).
    pub(crate) fn viewer(&self) -> Viewer {
        let authority = self.authority.as_deref().and_then(|code| AuthorityCode::parse(code).ok());
        let manages =
            self.roles.iter().any(|held| matches!(held.role, Role::Manager | Role::DataAdministrator));
        match authority {
            _ if self.kind == "national_partner" => Viewer::PartnerPractitioner,
            Some(authority) if manages => Viewer::AuthorityManagement { authority },
            _ => Viewer::AuthorityPractitioner,
        }
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
    /// Who a session token stands for, now. Every precondition is asked again (rules 6.5, 6.6): a session does not
    /// outlive its clearance.
    ///
    /// # Errors
    ///
    /// [`SessionError`].
    pub async fn authenticate(&self, token: &str) -> Result<SignedIn, SessionError> {
        let token_key = self.session_key(token);
        let mut conn = self.store.reader().await?;
        let row = sessions::by_token(&mut conn, token_key).await?.ok_or(SessionError::NotSignedIn)?;
        drop(conn);
        let now = self.world.now();
        let instant = |micros| Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MIN);
        if self.policy.session.ended(instant(row.created_at), instant(row.seen_at), now).is_some() {
            self.end_session(token_key).await?;
            return Err(SessionError::Expired);
        }
        let account = self.account_by_id(row.account_id).await?.ok_or(SessionError::NotSignedIn)?;
        if let Err(lapses) = may_enter(&account.facts(), self.today()) {
            self.end_session(token_key).await?;
            return Err(SessionError::Lapsed(lapses));
        }
        let content = self.open_session(token_key, &row)?;
        if now.duration_since(instant(row.seen_at)).as_secs() >= TOUCH_EVERY_SECONDS {
            let mut tx = self.store.begin().await?;
            sessions::touch(&mut tx, token_key, now.as_microsecond(), row.expires_at).await?;
            tx.commit().await?;
        }
        Ok(SignedIn {
            account: row.account_id,
            session: token_key,
            organisation_id: account.row.organisation_id,
            organisation: account.organisation.name,
            authority: account.organisation.authority_code,
            kind: account.organisation.kind,
            own: OwnMatters::new(&account.sealed.display_name, account.sealed.own_address),
            display_name: account.sealed.display_name,
            roles: account.roles,
            form_token: content.form_token,
            reason: content.reason,
            last_sign_in: content.last_sign_in.and_then(|micros| Timestamp::from_microsecond(micros).ok()),
        })
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
    /// The system's.
    pub async fn state_reason(&self, who: &SignedIn, reason: Reason) -> Result<Reasoned, ServiceError> {
        let mut conn = self.store.reader().await?;
        let row = sessions::by_token(&mut conn, who.session)
            .await?
            .ok_or_else(|| ServiceError::internal("the session ended while its reason was stated"))?;
        drop(conn);
        let mut content = self.open_session(who.session, &row)?;
        let previous = content.reason.replace(reason).map(|reason| reason.code().to_owned());
        let mut rng = self.world.chance.generator();
        let row = SessionRow { sealed: self.seal_session(who.session, &content, &mut rng)?, ..row };
        let detail = ReasonDetail { reason: reason.code().to_owned(), previous, child: None };
        let event = Event::new(Action::ReasonStated, Detail::Reason(detail)).by(who).because(reason.code());
        let mut tx = self.store.begin().await?;
        sessions::put(&mut tx, &row).await?;
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

    fn open_session(&self, token_key: Key16, row: &SessionRow) -> Result<SessionContent, ServiceError> {
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
        self.keys.seal_for_session(Uuid::from_bytes(token_key.0), &plain, rng)
    }
}
