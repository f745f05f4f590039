//! Deciding a shield: two people, effective at once, in the journal that survives a restore.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use audit::{Action, ChangeDetail, Detail};
use directory::access::Permission;
use directory::child_profile::ChildProfile;
use directory::disclosure::{Disclosure, Purpose, disclose};
use directory::shield::{Shield, ShieldReason, ShieldRequester};
use directory::{AuthorityCode, ChildNumber, Month, accountable_authority};
use serde::Serialize;
use store::children::ChildRow;
use store::{Tx, child_numbers, children, key_store, source_records};
use uuid::Uuid;

use crate::indexing::Findable;
use crate::records::OpenChild;
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
        let linked = self.linked_versions(tx, &[child]).await?.remove(&child).unwrap_or_default();
        Ok(linked == open.versions())
    }

    /// Which live records in which versions are linked to each of these children now.
    pub(crate) async fn linked_versions(
        &self,
        tx: &mut Tx,
        children: &[Uuid],
    ) -> Result<HashMap<Uuid, BTreeMap<Uuid, i64>>, ServiceError> {
        let mut linked: HashMap<Uuid, BTreeMap<Uuid, i64>> = HashMap::new();
        for (child, record, version) in source_records::versions_of_children(tx, children).await? {
            linked.entry(child).or_default().insert(record, version);
        }
        Ok(linked)
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
        self.make_findable(tx, child, &open.records, &findable).await?;
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
        sources: &HashMap<Uuid, store::sources::SourceRow>,
    ) -> Findable {
        if profile.seal == directory::Seal::FormerIdentity
            || profile.held
            || !self.is_live(open, profile, sources)
        {
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
    /// Records of children were destroyed (rule 4.2).
    Destruction { children: &'a [Uuid] },
    /// A young person consented to stay, or withdrew it (rules 3.8, 3.9).
    Participation { child: Uuid, until_age: u8, withdrawn_on: Option<jiff::civil::Date> },
}
