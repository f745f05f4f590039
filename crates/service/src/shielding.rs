//! What a shield does: effective at once, in the journal that survives a restore. Who decides it stands in `shield_desk`.

use std::collections::{BTreeMap, HashMap};

use directory::child_profile::ChildProfile;
use directory::disclosure::{Disclosure, Purpose, disclose};
use directory::{AuthorityCode, Month, accountable_authority};
use guards::Guard;
use store::children::ChildRow;
use store::pending_acts::{self, ActRow};
use store::{Key16, Tx, children, locks, source_records};
use uuid::Uuid;

use crate::indexing::Findable;
use crate::records::OpenChild;
use crate::shield_desk::Household;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// How often a concurrent change of the same child is met with another try.
pub(crate) const TRIES: usize = 8;

/// What was changed meanwhile, so that an act about shields was not written.
pub(crate) enum Unwritten {
    /// A child.
    Child,
    /// The household: somebody came to it.
    Household,
    /// The act itself.
    Act,
}

/// An act about shields, ready to be written.
pub(crate) struct ShieldWrite<'a> {
    /// The children whose profiles change, and to what.
    pub(crate) changed: Vec<(&'a OpenChild, ChildProfile)>,
    /// The household on which it was decided, if it was.
    pub(crate) household: Option<&'a Household>,
    /// The act, as it becomes.
    pub(crate) act: ActRow,
    /// Acts of children who are shielded with the first.
    pub(crate) further: Vec<ActRow>,
    /// What the trail says.
    pub(crate) event: Event,
}

impl Directory {
    /// Writes an act about shields in one transaction. From the commit on, no session and no search sees where a shielded
    /// child is, and no record comes in at their place unheld.
    pub(crate) async fn write_shields(
        &self,
        write: ShieldWrite<'_>,
    ) -> Result<Result<(), Unwritten>, ServiceError> {
        let ShieldWrite { mut changed, household, act, further, event } = write;
        changed.sort_by_key(|(open, _)| open.row.child_id);
        let rows =
            changed.iter().flat_map(|(open, _)| self.protection_rows_of(open.row.child_id, &open.records));
        let mut keys: Vec<Key16> = rows.map(|row| row.key_hash).collect();
        keys.extend(changed.iter().flat_map(|(open, _)| self.selective_keys_of(open)));
        keys.sort_unstable();
        keys.dedup();
        let mut tx = self.store.begin().await?;
        // The loader locks them too: what comes in now, to their place or as the same child under another number, is either seen here
        // or sees what is written here.
        locks::lock_keys(&mut tx, &keys).await?;
        let mut unwritten = None;
        for (open, _) in &changed {
            if !self.stands(&mut tx, open).await? {
                unwritten = Some(Unwritten::Child);
            }
        }
        if let Some(household) = household
            && !self.household_stands(&mut tx, household).await?
        {
            unwritten = unwritten.or(Some(Unwritten::Household));
        }
        if unwritten.is_none() && !pending_acts::replace(&mut tx, &act).await? {
            unwritten = Some(Unwritten::Act);
        }
        if let Some(why) = unwritten {
            tx.rollback().await?;
            return Ok(Err(why));
        }
        for row in &further {
            pending_acts::insert(&mut tx, row).await?;
        }
        for (open, profile) in changed {
            if !self.put_profile(&mut tx, open, profile).await? {
                tx.rollback().await?;
                return Ok(Err(Unwritten::Child));
            }
        }
        self.commit_with(tx, vec![event]).await?;
        Ok(Ok(()))
    }

    /// Whether a child is as it was read: its profile, and which records are linked to it in which version. From here on
    /// nobody else changes any of it until the transaction ends.
    pub(crate) async fn stands(&self, tx: &mut Tx, open: &OpenChild) -> Result<bool, ServiceError> {
        let child = open.row.child_id;
        if children::lock_versions(tx, &[child]).await? != [(child, open.row.version)] {
            return Ok(false);
        }
        self.are_linked(tx, &HashMap::from([(child, open.versions())])).await
    }

    /// Whether the live records that are linked to each of these children now are these, in these versions. One whose keys are
    /// out of the service was not read with its child and does not count: in restored data it may be linked to another child than
    /// when a legal hold took it.
    pub(crate) async fn are_linked(
        &self,
        tx: &mut Tx,
        read: &HashMap<Uuid, BTreeMap<Uuid, i64>>,
    ) -> Result<bool, ServiceError> {
        let mut children: Vec<Uuid> = read.keys().copied().collect();
        children.sort_unstable();
        let mut linked: HashMap<Uuid, BTreeMap<Uuid, i64>> = HashMap::new();
        for (child, record, version) in source_records::versions_of_children(tx, &children).await? {
            linked.entry(child).or_default().insert(record, version);
        }
        let nothing = BTreeMap::new();
        let mut unread: Vec<Uuid> = Vec::new();
        for (child, read) in read {
            let now = linked.get(child).unwrap_or(&nothing);
            unread.extend(now.keys().filter(|record| !read.contains_key(record)));
            if read.iter().any(|(record, version)| now.get(record) != Some(version)) {
                return Ok(false);
            }
        }
        if unread.is_empty() {
            return Ok(true);
        }
        let wrapped = self.wrapped_bundles(&unread).await?;
        Ok(self.out_of_service(&unread, &wrapped).await?.len() == unread.len())
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
        // An authority is a place: of a protected child it is sealed (decision 4), and comes back when it is so no more.
        let authority = match &known {
            Some(known) if !protected || !Guard::HiddenAuthority.stands() => known.as_str().to_owned(),
            _ => accountable_authority::NATIONAL.to_owned(),
        };
        let shielded = profile.is_shielded();
        let profile = ChildProfile { authority: known.filter(|_| protected), ..profile };
        let version = open.row.version + 1;
        let mut rng = self.world.chance.generator();
        let sealed = self.seal_profile(child, version, &open.bundle, &profile, &mut rng)?;
        children::put(tx, &[ChildRow { sealed, version, authority, ..open.row.clone() }]).await?;
        let findable = self.findable(open, &profile).await?;
        self.make_findable(tx, child, &open.records, &findable).await?;
        self.protect_home(tx, child, &open.records, shielded).await?;
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
            Disclosure::Full(_) | Disclosure::Special(_) | Disclosure::NotFound => Findable::Never,
        }
    }

    /// The month in which what is decided now is reviewed (rule 2.15).
    pub(crate) fn review_of_what_is_decided_in(&self, month: Month) -> Month {
        month.plus(i32::from(self.policy.shields.review_after_months))
    }
}
