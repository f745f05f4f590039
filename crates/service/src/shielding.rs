//! Deciding a shield: two people, effective at once, in the journal that survives a restore.

use std::collections::BTreeSet;

use audit::{Action, ChangeDetail, Detail};
use directory::access::Permission;
use directory::child_profile::ChildProfile;
use directory::disclosure::{Disclosure, Purpose, disclose};
use directory::search::{search_keys, search_keys_as_shown};
use directory::shield::{Shield, ShieldReason, ShieldRequester};
use directory::{AuthorityCode, ChildNumber, Month, accountable_authority};
use serde::Serialize;
use store::children::ChildRow;
use store::source_records::RecordState;
use store::{KeyRow, Tx, child_numbers, children, key_store, search_keys as index, source_records};
use uuid::Uuid;

use crate::records::{OpenChild, OpenRecord};
use crate::session::SignedIn;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// What is decided about one child (rules 2.11, 2.12).
#[derive(Debug, Clone)]
pub struct ShieldRequest {
    /// The child.
    pub number: ChildNumber,
    /// Who asked.
    pub requested_by: ShieldRequester,
    /// On which criterion.
    pub reason: ShieldReason,
}

/// Why a shield was not set.
#[derive(Debug, thiserror::Error)]
pub enum ShieldError {
    /// One of the two may not decide shields.
    #[error("a shield is decided by two people who both may; {who} may not")]
    Forbidden {
        /// `the first person` or `the second person`.
        who: &'static str,
    },
    /// The two are the same person, or the dates are out of order.
    #[error(transparent)]
    Rule(#[from] directory::shield::ShieldError),
    /// No child has this number.
    #[error("there is no child with this number")]
    NoSuchChild,
    /// The system failed; no shield was set.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for ShieldError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// How a child's records may be found.
pub(crate) enum Findable {
    /// By everything the record holds.
    Fully,
    /// By what a shielded record shows.
    AsShown(Box<directory::disclosure::ShieldedView>),
    /// By nothing: a sealed former identity, or a record the protected desk has not looked at.
    Never,
}

/// How long until a shield is looked at again (rule 2.15).
const REVIEW_AFTER_MONTHS: i32 = 6;

/// How often a concurrent change of the same child is met with another try.
const TRIES: usize = 8;

impl Directory {
    /// Sets a shield. From the commit on, no session and no search sees where the child is.
    ///
    /// # Errors
    ///
    /// [`ShieldError`].
    pub async fn shield(
        &self,
        first: &SignedIn,
        second: &SignedIn,
        request: &ShieldRequest,
    ) -> Result<(), ShieldError> {
        for (person, who) in [(first, "the first person"), (second, "the second person")] {
            if !person.may(Permission::DecideShield) {
                return Err(ShieldError::Forbidden { who });
            }
        }
        let month = Month::from(self.today());
        let deciders = [first.account, second.account];
        let review = month.plus(REVIEW_AFTER_MONTHS);
        let shield = Shield::decide(request.requested_by, request.reason, deciders, month, review)?;
        let mut conn = self.store.reader().await?;
        let child = child_numbers::child_of(&mut conn, self.number_key(&request.number)).await?;
        drop(conn);
        let child = child.ok_or(ShieldError::NoSuchChild)?;
        for _ in 0..TRIES {
            let open = self.open_children(&[child]).await?.pop().ok_or(ShieldError::NoSuchChild)?;
            let mut profile = open.profile.clone();
            profile.shields.push(shield.clone());
            self.journal(&JournalEntry::Shield { child, shield: &shield }).await?;
            let mut tx = self.store.begin().await?;
            if self.stands(&mut tx, &open).await? && self.put_profile(&mut tx, &open, profile).await? {
                let detail = ChangeDetail {
                    change: "shield_decided".to_owned(),
                    subject: Some(child),
                    others: vec![second.account],
                    ..ChangeDetail::default()
                };
                let event =
                    Event::new(Action::RecordChanged, Detail::Change(detail)).by(first).concerning([child]);
                self.write_event(&mut tx, event).await?;
                tx.commit().await?;
                return Ok(());
            }
            tx.rollback().await?;
        }
        let busy = ServiceError::new(crate::ErrorKind::Busy, "the child's record kept changing; try again");
        Err(ShieldError::Service(busy))
    }

    /// Whether a child is as it was read: its profile, and which records are linked to it in which version. From here on
    /// nobody else changes any of it until the transaction ends.
    pub(crate) async fn stands(&self, tx: &mut Tx, open: &OpenChild) -> Result<bool, ServiceError> {
        let child = open.row.child_id;
        if children::lock_versions(tx, &[child]).await? != [(child, open.row.version)] {
            return Ok(false);
        }
        let linked: BTreeSet<(Uuid, i64)> = source_records::of_children(tx, &[child])
            .await?
            .into_iter()
            .filter(|linked| linked.record.state == RecordState::Live)
            .map(|linked| (linked.record.record_id, linked.record.version))
            .collect();
        let read = open.records.iter().map(|record| (record.row.record_id, record.row.version)).collect();
        Ok(linked == read)
    }

    /// Writes a child's profile and makes its search keys those the profile allows. False when somebody else changed the
    /// child since it was read.
    pub(crate) async fn put_profile(
        &self,
        tx: &mut Tx,
        open: &OpenChild,
        profile: ChildProfile,
    ) -> Result<bool, ServiceError> {
        let child = open.row.child_id;
        let standing = children::lock_versions(tx, &[child]).await?;
        if standing != [(child, open.row.version)] {
            return Ok(false);
        }
        let protected = profile.is_protected();
        let known = profile.authority.clone().or_else(|| AuthorityCode::parse(&open.row.authority).ok());
        let profile = ChildProfile { authority: known.filter(|_| protected), ..profile };
        let version = open.row.version + 1;
        let mut rng = self.world.chance.generator();
        let sealed = self.seal_profile(child, version, &open.bundle, &profile, &mut rng)?;
        // An authority is a place: of a protected child it is sealed (decision 4).
        let authority =
            if protected { accountable_authority::NATIONAL.to_owned() } else { open.row.authority.clone() };
        children::put(tx, &[ChildRow { sealed, version, authority, ..open.row.clone() }]).await?;
        let findable = self.findable(open, &profile).await?;
        for record in &open.records {
            self.make_findable(tx, record, &findable).await?;
        }
        Ok(true)
    }

    /// How the records of a child with this profile may be found.
    pub(crate) async fn findable(
        &self,
        open: &OpenChild,
        profile: &ChildProfile,
    ) -> Result<Findable, ServiceError> {
        let sources = self.sources().await?;
        Ok(self.findable_among(open, profile, &sources))
    }

    pub(crate) fn findable_among(
        &self,
        open: &OpenChild,
        profile: &ChildProfile,
        sources: &std::collections::HashMap<Uuid, store::sources::SourceRow>,
    ) -> Findable {
        if profile.seal == directory::Seal::FormerIdentity || profile.held {
            return Findable::Never;
        }
        if !profile.is_shielded() {
            return Findable::Fully;
        }
        let record = self.compute_record(open, profile.clone(), sources, None);
        match disclose(&record, &directory::Viewer::AuthorityPractitioner, Purpose::Search, self.today()) {
            Disclosure::Shielded(shown) => Findable::AsShown(Box::new(shown)),
            Disclosure::Full(_) | Disclosure::NotFound => Findable::Never,
        }
    }

    pub(crate) async fn make_findable(
        &self,
        tx: &mut Tx,
        record: &OpenRecord,
        findable: &Findable,
    ) -> Result<(), ServiceError> {
        let id = record.row.record_id;
        let wanted = self.search_key_rows(id, &record.content, findable);
        let gone: Vec<_> = self
            .search_key_rows(id, &record.content, &Findable::Fully)
            .into_iter()
            .filter(|row| !wanted.contains(row))
            .map(|row| (row.key_hash, row.pointer))
            .collect();
        index::remove(tx, &gone).await?;
        index::insert(tx, &wanted).await?;
        Ok(())
    }

    /// The rows of the search index for a record: of a shielded child only what anyone may see leads to it (law 3).
    pub(crate) fn search_key_rows(
        &self,
        record: Uuid,
        content: &directory::Content,
        findable: &Findable,
    ) -> Vec<KeyRow> {
        let keys = match findable {
            Findable::Fully => search_keys(content, false),
            Findable::AsShown(shown) => search_keys_as_shown(content, shown),
            Findable::Never => Vec::new(),
        };
        keys.into_iter()
            .map(|key| {
                let kind = crate::keys::kind_number(key.kind.number());
                let (key_hash, pointer, epoch) = self.keys.searching.row(kind, &key.value, record);
                KeyRow { key_hash, kind: i64::from(kind), tier: key.tier.number(), epoch, pointer }
            })
            .collect()
    }

    /// Appends to the journal that is kept apart from the data's backups (decision 3), before the act itself is written: an
    /// entry for an act that then failed is harmless when it is replayed.
    pub(crate) async fn journal(&self, entry: &JournalEntry<'_>) -> Result<(), ServiceError> {
        let plain = serde_json::to_vec(entry).map_err(ServiceError::internal)?;
        let sealed = self.keys.seal_for_journal(&plain, &mut self.world.chance.generator())?;
        for _ in 0..TRIES {
            let mut tx = self.store.begin_keys().await?;
            match key_store::append_journal(&mut tx, &sealed).await {
                Ok(_) => {
                    tx.commit().await?;
                    return Ok(());
                }
                Err(store::StoreError::UniqueViolation(_)) => tx.rollback().await?,
                Err(error) => return Err(error.into()),
            }
        }
        Err(ServiceError::new(crate::ErrorKind::Busy, "the journal is busy; try again"))
    }
}

/// One protective act, as the journal keeps it.
#[derive(Serialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub(crate) enum JournalEntry<'a> {
    /// A shield was decided.
    Shield { child: Uuid, shield: &'a Shield },
    /// Two identities were sealed from each other.
    Seal {
        former: Uuid,
        current: Uuid,
        /// The records that moved to the current identity.
        records: &'a BTreeSet<Uuid>,
    },
}
