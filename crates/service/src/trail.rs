//! Writing the audit trail: the only place that makes an [`AuditReceipt`].

use audit::{Action, Detail, Handle, Header};
use directory::child_profile::ChildProfile;
use guards::Guard;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rand::RngExt as _;
use rand_chacha::ChaCha12Rng;
use store::Tx;
use store::audit::{EntryRow, LookupKind, LookupRow};
use uuid::Uuid;
use vault::{Aad, DataKey};

use crate::mediation::Colleague;
use crate::session::SignedIn;
use crate::{AuditReceipt, Directory, ServiceError};

/// An entry before it is sealed.
pub(crate) struct Event {
    /// Where what is written beside it must know the entry.
    entry_id: Option<Uuid>,
    action: Action,
    detail: Detail,
    account: Option<Uuid>,
    organisation: Option<Uuid>,
    role: Option<String>,
    reason: Option<String>,
    child_in_header: Option<Uuid>,
    children: Vec<Uuid>,
    changed_account: Option<Uuid>,
    other_organisation: Option<Uuid>,
    fields: Vec<String>,
}

impl Event {
    /// An act of the service itself, or of nobody known.
    pub(crate) fn new(action: Action, detail: Detail) -> Self {
        Self {
            entry_id: None,
            action,
            detail,
            account: None,
            organisation: None,
            role: None,
            reason: None,
            child_in_header: None,
            children: Vec::new(),
            changed_account: None,
            other_organisation: None,
            fields: Vec::new(),
        }
    }

    /// Under this id: for rows of the same transaction that point to the entry.
    pub(crate) fn under(mut self, entry_id: Uuid) -> Self {
        self.entry_id = Some(entry_id);
        self
    }

    /// Done by a signed-in person.
    pub(crate) fn by(mut self, who: &SignedIn) -> Self {
        self.account = Some(who.account);
        self.organisation = Some(who.organisation_id);
        self.role = who.roles.first().map(|held| held.role.code().to_owned());
        self.reason = who.reason.as_ref().map(|reason| reason.code().to_owned());
        self
    }

    /// In this role.
    pub(crate) fn in_role(mut self, role: &str) -> Self {
        self.role = Some(role.to_owned());
        self
    }

    /// Done by an account that is not signed in (yet).
    pub(crate) fn by_account(mut self, account: Uuid, organisation: Uuid) -> Self {
        self.account = Some(account);
        self.organisation = Some(organisation);
        self
    }

    /// For this reason.
    pub(crate) fn because(mut self, reason: &str) -> Self {
        self.reason = Some(reason.to_owned());
        self
    }

    /// About one child, whose handle stands in the clear header.
    pub(crate) fn about(mut self, child: Uuid) -> Self {
        self.child_in_header = Some(child);
        self.children.push(child);
        self
    }

    /// About children that can be looked up but do not stand in the header: a list, or an act that would flag a child.
    pub(crate) fn concerning(mut self, children: impl IntoIterator<Item = Uuid>) -> Self {
        self.children.extend(children);
        self
    }

    /// Found by whatever was joined to a child that was shown, too: who looked at what people had put together looked at each, and is
    /// told of each once it is taken apart (law 8, rule 14.4).
    pub(crate) fn and_of_joined<'a>(self, shown: impl IntoIterator<Item = &'a ChildProfile>) -> Self {
        self.concerning(shown.into_iter().flat_map(|profile| &profile.joined).map(|joined| joined.child))
    }

    /// A change to this account, which can be looked up by it as by who did it.
    pub(crate) fn changing_account(mut self, account: Uuid) -> Self {
        self.changed_account = Some(account);
        self
    }

    /// Done together with a colleague: the entry is found by either of the two accounts and of their organisations. The
    /// clear header names only who did it.
    pub(crate) fn together_with(mut self, colleague: Option<&Colleague>) -> Self {
        if let Some(colleague) = colleague {
            self.changed_account = Some(colleague.account);
            self.other_organisation = Some(colleague.organisation);
        }
        self
    }

    /// Found by this organisation too, beside that of who did it.
    pub(crate) fn at_organisation(mut self, organisation: Uuid) -> Self {
        self.other_organisation = Some(organisation);
        self
    }

    /// Fields a page of this kind shows.
    pub(crate) fn showing(mut self, fields: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.fields = fields.into_iter().map(Into::into).collect();
        self
    }
}

/// The receipt of an entry that is durable, and of none that is not.
fn vouched(durable: Result<AuditReceipt, ServiceError>) -> Result<AuditReceipt, ServiceError> {
    match durable {
        Err(_) if !Guard::DurableEntry.stands() => Ok(AuditReceipt::durable(Uuid::nil())),
        durable => durable.map_err(ServiceError::while_auditing),
    }
}

impl Directory {
    /// Writes the entry into the use case's own transaction. It counts once that transaction is committed.
    pub(crate) async fn write_event(&self, tx: &mut Tx, event: Event) -> Result<Uuid, ServiceError> {
        self.write_event_inside(tx, event).await.map_err(ServiceError::while_auditing)
    }

    /// Makes an entry durable by itself, and so lets child data out (law 6: before, not after).
    pub(crate) async fn record(&self, event: Event) -> Result<AuditReceipt, ServiceError> {
        self.record_all(vec![event]).await
    }

    /// As [`Directory::record`] for entries that belong together; the receipt names the last.
    pub(crate) async fn record_all(&self, events: Vec<Event>) -> Result<AuditReceipt, ServiceError> {
        let durable = async {
            let mut tx = self.store.begin().await?;
            let mut last = Uuid::nil();
            for event in events {
                last = self.write_event_inside(&mut tx, event).await?;
            }
            tx.commit().await?;
            Ok::<_, ServiceError>(AuditReceipt::durable(last))
        };
        vouched(durable.await)
    }

    /// Writes entries into a transaction with what else it changes, commits it, and so lets child data out. The receipt
    /// names the last.
    pub(crate) async fn commit_with(
        &self,
        mut tx: Tx,
        events: Vec<Event>,
    ) -> Result<AuditReceipt, ServiceError> {
        let durable = async {
            let mut last = Uuid::nil();
            for event in events {
                last = self.write_event_inside(&mut tx, event).await?;
            }
            tx.commit().await?;
            Ok::<_, ServiceError>(AuditReceipt::durable(last))
        };
        vouched(durable.await)
    }

    async fn write_event_inside(&self, tx: &mut Tx, event: Event) -> Result<Uuid, ServiceError> {
        let now = self.world.now();
        let mut rng = self.world.chance.generator();
        let key = self.audit_key(month_number(now), &mut rng).await?;
        let (row, lookups) = self.entry_rows(event, now, &key, BODY_BLOCK, &mut rng)?;
        store::audit::append(tx, std::slice::from_ref(&row), &lookups).await?;
        Ok(row.entry_id)
    }

    /// The rows of an entry: its header in clear, its body sealed under the month's key and padded to blocks.
    pub(crate) fn entry_rows(
        &self,
        event: Event,
        now: Timestamp,
        key: &DataKey,
        block: usize,
        rng: &mut ChaCha12Rng,
    ) -> Result<(EntryRow, Vec<LookupRow>), ServiceError> {
        let date = now.to_zoned(TimeZone::UTC).date();
        let entry_id = event.entry_id.unwrap_or_else(|| vault::uuid_v4(rng.random()));
        let header = Header {
            account: event.account.map(Handle::from),
            organisation: event.organisation,
            role: event.role,
            reason: event.reason,
            child: event.child_in_header.map(|child| Handle::from_bytes(self.child_handle(child).0)),
            fields: event.fields,
            ..Header::new(entry_id, now, event.action)
        };
        let body = event.detail.to_bytes().map_err(ServiceError::internal)?;
        let block = if Guard::EqualEntries.stands() { block } else { 1 };
        let body = vault::seal_padded(key, Aad::new(entry_id, 0), &body, block, rng)?;
        let children = event.children.iter().map(|child| (LookupKind::Child, self.child_handle(*child)));
        let accounts = [event.account, event.changed_account];
        let accounts =
            accounts.into_iter().flatten().map(|id| (LookupKind::Account, self.account_handle(id)));
        let organisations = [event.organisation, event.other_organisation];
        let organisation = organisations.into_iter().flatten().flat_map(|id| {
            [
                (LookupKind::Organisation, self.organisation_handle(id)),
                (LookupKind::Action, self.action_handle(id, event.action)),
            ]
        });
        // What was done to an account is found apart from the many things its holder did.
        let changed =
            event.changed_account.map(|id| (LookupKind::Action, self.action_handle(id, event.action)));
        // A sign-in to a name that nobody has writes as many rows as one to a name somebody has, under handles of nobody.
        let nobody = event.action == Action::SignInFailed && event.account.is_none();
        let decoys = nobody.then(|| {
            [
                (LookupKind::Account, self.account_handle(entry_id)),
                (LookupKind::Organisation, self.organisation_handle(entry_id)),
                (LookupKind::Action, self.action_handle(entry_id, event.action)),
            ]
        });
        let at = now.as_microsecond();
        let mut lookups: Vec<LookupRow> = children
            .chain(accounts)
            .chain(organisation)
            .chain(changed)
            .chain(decoys.into_iter().flatten())
            .map(|(kind, lookup_key)| LookupRow { kind, lookup_key, entry_id, at })
            .collect();
        lookups.sort_by_key(|row| (row.kind.as_str(), row.lookup_key));
        lookups.dedup_by_key(|row| (row.kind.as_str(), row.lookup_key));
        let row = EntryRow {
            entry_id,
            at,
            header: header.to_json().map_err(ServiceError::internal)?,
            body,
            month: format!("{:04}-{:02}", date.year(), date.month()),
        };
        Ok((row, lookups))
    }

    /// How the audit knows a child: a keyed hash of its own, which leads nowhere else.
    pub(crate) fn child_handle(&self, child: Uuid) -> store::Key16 {
        self.keys.audit_lookups.hash(0, child.as_bytes())
    }

    pub(crate) fn account_handle(&self, account: Uuid) -> store::Key16 {
        self.keys.audit_lookups.hash(1, account.as_bytes())
    }

    pub(crate) fn organisation_handle(&self, organisation: Uuid) -> store::Key16 {
        self.keys.audit_lookups.hash(2, organisation.as_bytes())
    }

    pub(crate) fn action_handle(&self, organisation: Uuid, action: Action) -> store::Key16 {
        self.keys.audit_lookups.hash(3, &[organisation.as_bytes(), action.as_str().as_bytes()].concat())
    }
}

/// The month as the key of its bodies is numbered: `YYYYMM`.
pub(crate) fn month_number(at: Timestamp) -> i64 {
    let date = at.to_zoned(TimeZone::UTC).date();
    i64::from(date.year()) * 100 + i64::from(date.month())
}

/// Bodies are padded to this many bytes, so that a search with ten results is as long as one with none.
const BODY_BLOCK: usize = 2048;
