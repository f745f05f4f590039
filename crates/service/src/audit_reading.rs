//! Reading the trail of others (rules 9.1 to 9.4, 9.8): looked up by who, whom, where, what and when; each reading is an
//! entry itself, durable before anything is shown, and changes nothing.

mod body;
mod names;
mod place;

use audit::{Action, Detail, ExportDetail, Header};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use directory::access::{DangerousAct, Permission, Role, Sight};
use directory::child_profile::Seal;
use directory::{ChildNumber, local_time};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::audit::{self as trail, EntryRow, LookupKind, Stretch};
use store::{Conn, Key16, organisations};
use uuid::Uuid;

use names::Organisations;

pub use body::BodyFact;
pub use place::Place;

use crate::accounts::standing;
use crate::session::SignedIn;
use crate::sign_in::StepUpFirst;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// What a look-up is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// What an account did, and what was done to it: by its username.
    Account(String),
    /// A child, by its number.
    Child(ChildNumber),
    /// What was done for an organisation.
    Organisation(Uuid),
    /// An action at an organisation.
    Action(Uuid, Action),
    /// All of it: the centre's alone.
    Everything,
}

/// A look-up: about what, from which day to which (both counted in), and after which entry the page begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditQuestion {
    /// About what.
    pub about: About,
    /// The first day, UTC; from the beginning without one.
    pub from: Option<Date>,
    /// The last day, UTC; to the end without one.
    pub until: Option<Date>,
    /// The last entry of the page before: its time in microseconds UTC, and its id.
    pub after: Option<(i64, Uuid)>,
}

/// One line of a page of the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLine {
    /// The entry.
    pub entry: Uuid,
    /// When.
    pub at: Timestamp,
    /// What was done.
    pub action: Action,
    /// Who did it; none for the service itself and for unknown usernames.
    pub who: Option<AccountLabel>,
    /// The organisation it was done for, by name.
    pub organisation: Option<String>,
    /// In which role, as its code.
    pub role: Option<String>,
    /// For which reason, as its code.
    pub reason: Option<String>,
}

/// How the trail names the holder of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLabel {
    /// The account.
    pub account: Uuid,
    /// Their name.
    pub name: String,
    /// Their username.
    pub username: String,
}

/// A page of the trail, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// The lines.
    pub lines: Vec<AuditLine>,
    /// The question that gives the page after this one; none at the end.
    pub next: Option<AuditQuestion>,
}

/// One entry, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its line.
    pub line: AuditLine,
    /// The fields a page of this kind shows in that role, by their names: never what this one child has.
    pub fields: Vec<String>,
    /// Its place in the chain, checked now.
    pub place: Place,
    /// What the body says to this reader; nothing when the month's key was destroyed.
    pub body: Option<Vec<BodyFact>>,
}

/// Why the trail was not shown.
#[derive(Debug, thiserror::Error)]
pub enum AuditReadError {
    /// The person's roles do not let them read the trail of others, or not in this way.
    #[error("this account may not read the trail so")]
    Forbidden,
    /// No such account, child, organisation or entry, or one this person does not reach: the answer is the same.
    #[error("there is nothing of this name that you may look at")]
    NotFound,
    /// The person must prove afresh who they are.
    #[error(transparent)]
    StepUpFirst(#[from] StepUpFirst),
    /// The system failed; nothing was shown.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for AuditReadError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// How many lines a page has.
const PAGE: usize = 50;
/// How many entries are read for one page at most, those the reader does not reach among them.
const MOST_READ: usize = 2_000;

/// A look-up, resolved.
enum Key {
    /// Of one, or of a child and all that were joined to it.
    Lookup(LookupKind, Vec<Key16>),
    /// Of a child, to somebody whom a request about it names, which is not decided or was declined: nothing that tells of a shield.
    /// Whoever hands in a request names whom they like, so it takes nothing else of the trail from anybody (law 6).
    ChildWithoutShields(Vec<Key16>),
    Time,
}

impl Directory {
    /// A question as an address may carry it: sealed for this session, so that no name and no number stands in it.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn seal_audit_question(
        &self,
        who: &SignedIn,
        question: &AuditQuestion,
    ) -> Result<String, ServiceError> {
        let plain = serde_json::to_vec(question).map_err(ServiceError::internal)?;
        let mut rng = self.world.chance.generator();
        Ok(BASE64_URL_SAFE_NO_PAD.encode(self.keys.seal_for_session(
            question_context(who),
            &plain,
            &mut rng,
        )?))
    }

    /// Opens what [`Directory::seal_audit_question`] sealed in the same session.
    #[must_use]
    pub fn open_audit_question(&self, who: &SignedIn, sealed: &str) -> Option<AuditQuestion> {
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let plain = self.keys.open_for_session(question_context(who), &sealed)?;
        serde_json::from_slice(&plain).ok()
    }

    /// A page of the trail, newest first: only entries made for organisations this person reaches. That it was read is in
    /// the trail before it is shown.
    ///
    /// # Errors
    ///
    /// [`AuditReadError`]; a look-up that was refused or found nobody is in the trail too.
    pub async fn read_audit(
        &self,
        who: &SignedIn,
        question: &AuditQuestion,
    ) -> Result<AuditPage, AuditReadError> {
        let resolved = self.resolve(who, &question.about).await;
        let (key, subject) = match resolved {
            Ok(found) => found,
            Err(error @ (AuditReadError::Service(_) | AuditReadError::StepUpFirst(_))) => return Err(error),
            Err(refused) => {
                let what = format!("{}:refused", kind_of(&question.about));
                self.record(read_event(who, what, None)).await?;
                return Err(refused);
            }
        };
        let mut conn = self.store.reader().await?;
        let mut met = Organisations::default();
        let (entries, next) = self.visible_entries(&mut conn, who, question, &key, &mut met).await?;
        let mut event = read_event(who, kind_of(&question.about).to_owned(), subject);
        if let (About::Child(_), Some(child)) = (&question.about, subject) {
            event = event.concerning([child]);
        }
        let lines = self.lines(&mut conn, &entries, &mut met).await?;
        drop(conn);
        self.record(event).await?;
        Ok(AuditPage { lines, next })
    }

    /// One entry: its header, its place in the chain checked anew, and its body as far as this person's role needs it.
    /// That it was read is in the trail before it is shown.
    ///
    /// # Errors
    ///
    /// [`AuditReadError`].
    pub async fn read_audit_entry(&self, who: &SignedIn, entry: Uuid) -> Result<AuditEntry, AuditReadError> {
        if !who.may(Permission::ReadAudit) {
            self.record(read_event(who, "entry:refused".to_owned(), Some(entry))).await?;
            return Err(AuditReadError::Forbidden);
        }
        let row = trail::by_id(&mut self.store.reader().await?, entry).await?;
        let mut met = Organisations::default();
        let opened = match &row {
            Some(row) => {
                let header = Header::parse(&row.header).map_err(ServiceError::internal)?;
                let detail = self.open_body(row).await?;
                let sight = self.sight_of_entry(who, &header, detail.as_ref(), &mut met).await?;
                sight.map(|sight| (row, header, detail, sight))
            }
            None => None,
        };
        let Some((row, header, detail, sight)) = opened else {
            self.record(read_event(who, "entry:refused".to_owned(), Some(entry))).await?;
            return Err(AuditReadError::NotFound);
        };
        let mut conn = self.store.reader().await?;
        let line = self
            .lines(&mut conn, &[(row.clone(), header.clone())], &mut met)
            .await?
            .pop()
            .ok_or_else(|| ServiceError::internal("an entry of the trail was lost while it was read"))?;
        let place = self.place_in_chain(&mut conn, row).await?;
        drop(conn);
        let body = match &detail {
            Some(detail) => Some(self.facts_of(who, header.action, detail, sight).await?),
            None => None,
        };
        self.record(read_event(who, "entry".to_owned(), Some(entry))).await?;
        Ok(AuditEntry { line, fields: header.fields, place, body })
    }

    /// The organisations whose entries this person may read, by name: what a form offers.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn organisations_to_audit(&self, who: &SignedIn) -> Result<Vec<(Uuid, String)>, ServiceError> {
        let today = self.today();
        let rows = organisations::all(&mut self.store.reader().await?).await?;
        let reached = rows
            .into_iter()
            .filter(|row| Sight::of(who.roles(), &standing(row, today)).is_some())
            .map(|row| (row.organisation_id, row.name));
        Ok(reached.collect())
    }

    /// Which look-up key the question means, and what it is about; checks that this person may ask it.
    async fn resolve(&self, who: &SignedIn, about: &About) -> Result<(Key, Option<Uuid>), AuditReadError> {
        if !who.may(Permission::ReadAudit) {
            return Err(AuditReadError::Forbidden);
        }
        match about {
            About::Account(username) => {
                self.freshly_proved(who, DangerousAct::ReadTrailOfOne)?;
                let account = self.account_named(username).await?.ok_or(AuditReadError::NotFound)?;
                let at = standing(&account.organisation, self.today());
                Sight::of(who.roles(), &at).ok_or(AuditReadError::NotFound)?;
                let id = account.row.account_id;
                Ok((Key::Lookup(LookupKind::Account, vec![self.account_handle(id)]), Some(id)))
            }
            About::Child(number) => {
                // A user manager has no need to know what was done with a child (rule 12.4).
                if !reads_of_children(who) {
                    return Err(AuditReadError::Forbidden);
                }
                self.freshly_proved(who, DangerousAct::ReadTrailOfOne)?;
                let led = self.led_by(&mut self.store.reader().await?, number).await?;
                let child = led.first().ok_or(AuditReadError::NotFound)?;
                let (group, is_named) =
                    led.told(self.group_read_by(who, child).await)?.ok_or(AuditReadError::NotFound)?;
                let handles = group.into_iter().map(|child| self.child_handle(child)).collect();
                let key = match is_named {
                    true => Key::ChildWithoutShields(handles),
                    false => Key::Lookup(LookupKind::Child, handles),
                };
                Ok((key, Some(child)))
            }
            About::Organisation(id) => {
                self.reached(who, *id).await?;
                Ok((Key::Lookup(LookupKind::Organisation, vec![self.organisation_handle(*id)]), Some(*id)))
            }
            About::Action(id, action) => {
                self.reached(who, *id).await?;
                Ok((Key::Lookup(LookupKind::Action, vec![self.action_handle(*id, *action)]), Some(*id)))
            }
            About::Everything if reads_everything(who) => Ok((Key::Time, None)),
            About::Everything => Err(AuditReadError::Forbidden),
        }
    }

    /// Of whom a child's access history is, with whatever was joined to it: what was done with a record before that was done with this
    /// child (law 8). A former identity answers as a number that was never issued (law 8), and so does a child whose shield bars the
    /// reader. And whether a request that is not decided, or was declined, names them.
    async fn group_read_by(
        &self,
        who: &SignedIn,
        child: Uuid,
    ) -> Result<Option<(Vec<Uuid>, bool)>, ServiceError> {
        let open = self.open_profiles(&[child]).await?.pop().map(|(_, open)| open).transpose()?;
        let nobody = match &open {
            Some(open) => open.profile.seal == Seal::FormerIdentity,
            // Under a legal hold, or destroyed: to everybody but the centre a number that was never issued.
            None => !reads_everything(who),
        };
        let group = open.map_or_else(|| vec![child], |open| open.profile.group(child).collect());
        // Each is asked whatever the others say: the time would tell.
        let barred = self.is_barred_from(who, child).await?;
        let is_named = self.is_named_by_a_request(who, &group).await?;
        Ok(Some((group, is_named)).filter(|_| !(nobody || barred)))
    }

    async fn reached(&self, who: &SignedIn, organisation: Uuid) -> Result<(), AuditReadError> {
        let mut conn = self.store.reader().await?;
        let row = organisations::by_id(&mut conn, organisation).await?.ok_or(AuditReadError::NotFound)?;
        Sight::of(who.roles(), &standing(&row, self.today())).map(drop).ok_or(AuditReadError::NotFound)
    }

    /// The entries of a page that this person reaches, and the question for the next.
    async fn visible_entries(
        &self,
        conn: &mut Conn,
        who: &SignedIn,
        question: &AuditQuestion,
        key: &Key,
        met: &mut Organisations,
    ) -> Result<(Vec<(EntryRow, Header)>, Option<AuditQuestion>), AuditReadError> {
        let mut stretch = question.stretch();
        let mut found = Vec::new();
        let mut read = 0;
        loop {
            let rows = match key {
                Key::Lookup(kind, keys) => page_of_lookups(conn, *kind, keys, stretch, PAGE).await?,
                Key::ChildWithoutShields(keys) => {
                    page_of_lookups(conn, LookupKind::Child, keys, stretch, PAGE).await?
                }
                Key::Time => trail::page_of_time(conn, stretch, PAGE as i64).await?,
            };
            read += rows.len();
            let ended = rows.len() < PAGE;
            for row in rows {
                (stretch.before, stretch.before_id) = (row.at, row.entry_id);
                let header = Header::parse(&row.header).map_err(ServiceError::internal)?;
                let shields = !matches!(key, Key::ChildWithoutShields(_));
                if self.is_visible(conn, who, (&question.about, shields), (&row, &header), met).await? {
                    found.push((row, header));
                }
                if found.len() == PAGE {
                    return Ok((found, Some(question.after_entry(stretch))));
                }
            }
            if ended {
                return Ok((found, None));
            }
            if read >= MOST_READ {
                return Ok((found, Some(question.after_entry(stretch))));
            }
        }
    }

    async fn is_visible(
        &self,
        conn: &mut Conn,
        who: &SignedIn,
        (about, shields): (&About, bool),
        (row, header): (&EntryRow, &Header),
        met: &mut Organisations,
    ) -> Result<bool, AuditReadError> {
        let sight = match header.organisation {
            Some(id) => self.sight(conn, who, id, met).await?,
            // Done by the service itself, or by nobody known: to the account it is about, or the centre's to read.
            None => (matches!(about, About::Account(_)) || reads_everything(who))
                .then_some(SIGHT_OF_NO_ORGANISATION),
        };
        let Some(sight) = sight else { return Ok(false) };
        if (sight.shields && shields) || !matches!(about, About::Child(_)) {
            return Ok(true);
        }
        // Which child a record was changed for would tell a shield, for a shield is such a change; and so would at whose record
        // the shield desk looked, which it does for no reason stated.
        match header.action {
            Action::RecordChanged => Ok(false),
            Action::RecordViewed => Ok(match self.open_body(row).await? {
                Some(detail) => !body::is_of_shield_desk(Some(&detail)),
                None => !may_be_of_shield_desk(header),
            }),
            _ => Ok(true),
        }
    }

    async fn sight(
        &self,
        conn: &mut Conn,
        who: &SignedIn,
        organisation: Uuid,
        met: &mut Organisations,
    ) -> Result<Option<Sight>, AuditReadError> {
        let at = self.organisation_met(conn, organisation, met).await?;
        Ok(at.and_then(|(at, _)| Sight::of(who.roles(), at)))
    }

    async fn sight_of_entry(
        &self,
        who: &SignedIn,
        header: &Header,
        detail: Option<&Detail>,
        met: &mut Organisations,
    ) -> Result<Option<Sight>, AuditReadError> {
        if let Some(organisation) = header.organisation {
            let mut conn = self.store.reader().await?;
            return self.sight(&mut conn, who, organisation, met).await;
        }
        if reads_everything(who) {
            return Ok(Some(SIGHT_OF_NO_ORGANISATION));
        }
        let account = match detail {
            Some(Detail::AccountChange(change)) => change.account,
            Some(Detail::SignIn(sign_in)) => sign_in.account,
            _ => None,
        };
        let Some(account) = account else { return Ok(None) };
        let Some(account) = self.account_by_id(account).await? else { return Ok(None) };
        Ok(Sight::of(who.roles(), &standing(&account.organisation, self.today())))
    }
}

/// What is seen of an entry made for no organisation: such an entry names no child.
const SIGHT_OF_NO_ORGANISATION: Sight = Sight { children: false, shields: false };

impl AuditQuestion {
    /// A question about all time, from the newest entry on.
    #[must_use]
    pub fn about(about: About) -> Self {
        Self { about, from: None, until: None, after: None }
    }

    fn stretch(&self) -> Stretch {
        // The days of whoever asks: the entries are shown in local time.
        let start = |day: Date| local_time::start_of(day).map(|at| at.as_microsecond());
        let from = self.from.and_then(start).unwrap_or(0);
        let end = self.until.and_then(|day| day.tomorrow().ok()).and_then(start).unwrap_or(i64::MAX);
        // Before the first moment after the span, whatever the id.
        let (before, before_id) = self.after.unwrap_or((end, Uuid::nil()));
        Stretch { from, before, before_id }
    }

    fn after_entry(&self, stretch: Stretch) -> Self {
        Self { after: Some((stretch.before, stretch.before_id)), ..self.clone() }
    }
}

/// Whether the person reads entries that belong to no organisation, and without naming one: the centre.
fn reads_everything(who: &SignedIn) -> bool {
    who.roles().iter().any(|held| held.gives(Permission::ReadAudit) && held.at.kind == "centre")
}

fn reads_of_children(who: &SignedIn) -> bool {
    who.roles().iter().any(|held| held.gives(Permission::ReadAudit) && held.role != Role::UserManager)
}

fn kind_of(about: &About) -> &'static str {
    match about {
        About::Account(_) => "by_account",
        About::Child(_) => "by_child",
        About::Organisation(_) => "by_organisation",
        About::Action(..) => "by_action",
        About::Everything => "by_time",
    }
}

fn read_event(who: &SignedIn, what: String, subject: Option<Uuid>) -> Event {
    let detail = ExportDetail { what, subject, ..ExportDetail::default() };
    Event::new(Action::AuditRead, Detail::Export(detail)).by(who)
}

/// What questions are bound to: the session, and being a question.
fn question_context(who: &SignedIn) -> Uuid {
    Uuid::from_u128(u128::from_be_bytes(who.session.0) ^ QUESTION)
}

const QUESTION: u128 = 0x6175_6469_7420_7175_6573_7469_6f6e_2031;

/// The newest entries of a stretch that one of these keys finds, each once, `at_most` so many.
pub(crate) async fn page_of_lookups(
    conn: &mut Conn,
    kind: LookupKind,
    keys: &[Key16],
    stretch: Stretch,
    at_most: usize,
) -> Result<Vec<EntryRow>, ServiceError> {
    let mut rows = Vec::new();
    for key in keys {
        rows.extend(trail::page_of_lookup(conn, kind, *key, stretch, at_most as i64).await?);
    }
    rows.sort_by_key(|row| std::cmp::Reverse((row.at, row.entry_id)));
    rows.dedup_by_key(|row| row.entry_id);
    rows.truncate(at_most);
    Ok(rows)
}

/// Whether an opening whose body is destroyed may have been the shield desk's: nobody can tell any more, and so it is where the
/// role could work there.
fn may_be_of_shield_desk(header: &Header) -> bool {
    let role = header.role.as_deref().and_then(Role::from_code);
    let at_the_desk = [Permission::DecideShield, Permission::ProposeSeal, Permission::ApproveSeal];
    role.is_none_or(|role| at_the_desk.iter().any(|permission| role.permissions().contains(permission)))
}
