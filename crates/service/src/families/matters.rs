//! The rows of matters: made, opened, changed, each under keys of its own.

use directory::families::{ChannelCode, DeliveryChannel};
use rand::RngExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::family_matters::{self as rows, MatterKind, MatterRow, MatterState};
use store::{Key16, Tx, key_store};
use uuid::Uuid;
use vault::{Aad, Bundle};

use super::{Desk, FamilyError, start_of};
use crate::{Directory, ServiceError};
use jiff::civil::Date;

/// The sealed parts are padded to this many bytes, so that their length tells no step of the story.
const BLOCK: usize = 4096;

/// The kinds of keyed hashes made here, apart from those of other digests.
const QUEUE: u16 = 30;
const SOURCE_QUEUE: u16 = 31;
const CHILD: u16 = 32;
const STATEMENT: u16 = 33;
const LETTER: u16 = 34;
const CODE: u16 = 35;

/// A matter, opened.
pub(super) struct Matter<T> {
    pub(super) row: MatterRow,
    bundle: Bundle,
    pub(super) content: T,
}

/// What the sealed part of a matter says of where it stands.
pub(super) trait Placed {
    /// The list it stands on.
    fn place(&self) -> Place<'_>;
}

/// A list.
pub(super) enum Place<'a> {
    /// Of a desk of an authority.
    Desk(&'a str, Desk),
    /// Of an organisation that runs a source.
    Source(Uuid),
}

impl Directory {
    /// The keyed hash of a list.
    pub(super) fn family_queue(&self, place: &Place<'_>) -> Key16 {
        match place {
            Place::Desk(authority, desk) => {
                let desk: &[u8] = match desk {
                    Desk::Families => b"families",
                    Desk::Protected => b"protected",
                };
                self.keys.digests.hash_parts(QUEUE, &[authority.as_bytes(), desk])
            }
            Place::Source(organisation) => self.keys.digests.hash(SOURCE_QUEUE, organisation.as_bytes()),
        }
    }

    /// The keyed hash of the child a matter is about.
    pub(super) fn family_child(&self, child: Uuid) -> Key16 {
        self.keys.digests.hash(CHILD, child.as_bytes())
    }

    /// The keyed hash of what a source states, to see whether it changed.
    pub(super) fn statement_digest(&self, text: &[u8]) -> String {
        hex::encode(self.keys.digests.hash(STATEMENT, text).0)
    }

    /// The keyed hash of a letter, to see whether it would still read the same.
    pub(super) fn letter_digest(&self, text: &[u8]) -> String {
        hex::encode(self.keys.digests.hash(LETTER, text).0)
    }

    /// The keyed hash of the code that verifies a channel: of this request and this channel alone.
    pub(super) fn channel_code_hash(
        &self,
        matter: Uuid,
        channel: DeliveryChannel,
        code: &ChannelCode,
    ) -> String {
        let parts = [matter.as_bytes().as_slice(), channel.code().as_bytes(), code.as_bytes()];
        hex::encode(self.keys.digests.hash_parts(CODE, &parts).0)
    }

    /// A new matter, its keys kept; its row is still to be written. `child` is the one it is about, or nobody.
    pub(super) async fn new_matter<T: Serialize + Placed>(
        &self,
        kind: MatterKind,
        child: Option<Uuid>,
        due: Date,
        content: T,
    ) -> Result<Matter<T>, ServiceError> {
        let (matter_id, bundle, made) = {
            let mut rng = self.world.chance.generator();
            let matter_id = vault::uuid_v4(rng.random());
            let bundle = Bundle::with_identity_slot(&mut rng);
            let made = self.bundle_row(matter_id, &bundle, &mut rng)?;
            (matter_id, bundle, made)
        };
        let mut keys = self.store.begin_keys().await?;
        key_store::put_bundles(&mut keys, &[made]).await?;
        keys.commit().await?;
        let row = MatterRow {
            matter_id,
            kind,
            queue_key: self.family_queue(&content.place()),
            // Of a matter without a child the hash of its own id: no two of them look alike.
            child_key: self.family_child(child.unwrap_or(matter_id)),
            state: MatterState::Open,
            due_on: start_of(due),
            version: 1,
            sealed: Vec::new(),
        };
        Ok(Matter { row, bundle, content })
    }

    /// Writes a new matter.
    pub(super) async fn put_matter<T: Serialize>(
        &self,
        tx: &mut Tx,
        matter: &Matter<T>,
    ) -> Result<(), ServiceError> {
        let row = MatterRow { sealed: self.seal_matter(matter)?, ..matter.row.clone() };
        Ok(rows::insert(tx, &row).await?)
    }

    /// Changes a matter as it was read, and its place with it.
    pub(super) async fn keep_matter<T: Serialize + Placed>(
        &self,
        tx: &mut Tx,
        matter: &Matter<T>,
    ) -> Result<(), FamilyError> {
        let row = MatterRow {
            sealed: self.seal_matter(matter)?,
            queue_key: self.family_queue(&matter.content.place()),
            ..matter.row.clone()
        };
        if rows::replace(tx, &row).await? { Ok(()) } else { Err(FamilyError::Changed) }
    }

    fn seal_matter<T: Serialize>(&self, matter: &Matter<T>) -> Result<Vec<u8>, ServiceError> {
        let plain = serde_json::to_vec(&matter.content).map_err(ServiceError::internal)?;
        let key = matter.bundle.key(0).ok_or_else(|| ServiceError::internal("a matter's key is gone"))?;
        let mut rng = self.world.chance.generator();
        Ok(vault::seal_padded(key, Aad::new(matter.row.matter_id, 0), &plain, BLOCK, &mut rng)?)
    }

    /// Opens matters, in their order. One whose keys are destroyed is not there.
    pub(super) async fn open_matters<T: DeserializeOwned>(
        &self,
        found: Vec<MatterRow>,
    ) -> Result<Vec<Matter<T>>, ServiceError> {
        let opened = self.open_own_rows(found, |row| (row.matter_id, &row.sealed)).await?;
        Ok(opened.into_iter().map(|(row, bundle, content)| Matter { row, bundle, content }).collect())
    }

    /// One matter of that kind.
    pub(super) async fn matter<T: DeserializeOwned>(
        &self,
        kind: MatterKind,
        id: Uuid,
    ) -> Result<Option<Matter<T>>, ServiceError> {
        let row = rows::by_id(&mut self.store.reader().await?, id).await?.filter(|row| row.kind == kind);
        Ok(self.open_matters(row.into_iter().collect()).await?.pop())
    }

    /// The matters of a list, those due first first, whether something is to be done or not.
    pub(super) async fn matters_of<T: DeserializeOwned>(
        &self,
        place: &Place<'_>,
        kind: MatterKind,
    ) -> Result<Vec<Matter<T>>, ServiceError> {
        let queue = self.family_queue(place);
        let mut conn = self.store.reader().await?;
        let mut found = rows::of_queue(&mut conn, queue, kind, MatterState::Open, super::LISTED).await?;
        found.extend(rows::of_queue(&mut conn, queue, kind, MatterState::Closed, super::LISTED).await?);
        drop(conn);
        self.open_matters(found).await
    }
}
