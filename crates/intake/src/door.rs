//! What the HTTPS door is handed: who proves to be a source, and for each what it may say and read. There is no method here that
//! answers about a child (law 7). In a directory the service stands behind it; while a product is tested, the conformance kit does.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use directory::connecting::{CredentialKind, WayIn};
use feeds::{Profile, Said};
use jiff::Timestamp;
use jiff::civil::Date;
use service::{
    Announcement, ConnectedSource, DoorError, LoadError, ReceiptCursor, ReceiptFault, ReceiptPage,
    Reconciliation, Repeatable, ServiceError, SourceDoor, Taken, UploadError, UploadView,
};
use uuid::Uuid;

/// An answer that takes its time.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A source that proved who it is, or nobody.
pub type Known = Result<Option<Arc<dyn Source>>, ServiceError>;

/// What listens behind the door. See [`SourceDoor`] for each.
pub trait Receiver: Send + Sync {
    /// The instant now.
    fn now(&self) -> Timestamp;

    /// The source that proves itself by this credential. Asked at every request.
    fn connect(&self, kind: CredentialKind, sha256: [u8; 32]) -> Later<'_, Known>;

    /// The source that a token stands for.
    fn connect_by_token<'a>(&'a self, token: &'a str) -> Later<'a, Known>;
}

/// One source that proved who it is: what it says, and what became of its own rows.
pub trait Source: Send + Sync {
    /// Its name.
    fn name(&self) -> &str;

    /// The columns it may send.
    fn profile(&self) -> &'static Profile;

    /// A token for the source's own signed assertion; none when that was used before.
    fn token<'a>(
        &'a self,
        key: &'a [u8; 32],
        id: &'a str,
        until: Timestamp,
    ) -> Later<'a, Result<Option<String>, ServiceError>>;

    /// Takes what it says, all or nothing; a request with a key is done once. `discarded` counts by name what came with it and is
    /// discarded unread; a request with a key carries nothing of the kind.
    fn deliver<'a>(
        &'a self,
        way: WayIn,
        said: Vec<Said>,
        discarded: BTreeMap<String, u64>,
        repeatable: Option<Repeatable<'a>>,
    ) -> Later<'a, Result<Vec<Taken>, DoorError>>;

    /// Which rules something said breaks. Nothing is taken.
    fn would_break(&self, said: &Said) -> Vec<ReceiptFault>;

    /// Its receipts after a cursor.
    fn receipts(&self, after: ReceiptCursor, limit: usize) -> Later<'_, Result<ReceiptPage, LoadError>>;

    /// The sums of its rows of a day.
    fn reconciliation(&self, day: Date) -> Later<'_, Result<Reconciliation, LoadError>>;

    /// Announces a file that comes in parts.
    fn announce<'a>(&'a self, announced: &'a Announcement) -> Later<'a, Result<UploadView, UploadError>>;

    /// Takes a part of it.
    fn take_part<'a>(
        &'a self,
        upload: Uuid,
        at: u64,
        part: &'a [u8],
    ) -> Later<'a, Result<UploadView, UploadError>>;

    /// Where an upload of its own stands.
    fn upload(&self, upload: Uuid) -> Later<'_, Result<UploadView, UploadError>>;

    /// Gives an upload of its own up.
    fn give_up(&self, upload: Uuid) -> Later<'_, Result<(), UploadError>>;
}

impl Receiver for SourceDoor {
    fn now(&self) -> Timestamp {
        Self::now(self)
    }

    fn connect(&self, kind: CredentialKind, sha256: [u8; 32]) -> Later<'_, Known> {
        Box::pin(
            async move { Ok(self.connect(kind, &sha256).await?.map(|source| OfDirectory::of(self, source))) },
        )
    }

    fn connect_by_token<'a>(&'a self, token: &'a str) -> Later<'a, Known> {
        Box::pin(async move {
            Ok(self.connect_by_token(token).await?.map(|source| OfDirectory::of(self, source)))
        })
    }
}

/// A source of a directory.
struct OfDirectory {
    door: SourceDoor,
    source: ConnectedSource,
}

impl OfDirectory {
    fn of(door: &SourceDoor, source: ConnectedSource) -> Arc<dyn Source> {
        Arc::new(Self { door: door.clone(), source })
    }
}

impl Source for OfDirectory {
    fn name(&self) -> &str {
        self.source.name()
    }

    fn profile(&self) -> &'static Profile {
        self.source.profile()
    }

    fn token<'a>(
        &'a self,
        key: &'a [u8; 32],
        id: &'a str,
        until: Timestamp,
    ) -> Later<'a, Result<Option<String>, ServiceError>> {
        Box::pin(self.door.token(&self.source, key, id, until))
    }

    fn deliver<'a>(
        &'a self,
        way: WayIn,
        said: Vec<Said>,
        discarded: BTreeMap<String, u64>,
        repeatable: Option<Repeatable<'a>>,
    ) -> Later<'a, Result<Vec<Taken>, DoorError>> {
        Box::pin(self.door.deliver_once(&self.source, way, said, discarded, repeatable))
    }

    fn would_break(&self, said: &Said) -> Vec<ReceiptFault> {
        self.door.would_break(said)
    }

    fn receipts(&self, after: ReceiptCursor, limit: usize) -> Later<'_, Result<ReceiptPage, LoadError>> {
        Box::pin(self.door.receipts(&self.source, after, limit))
    }

    fn reconciliation(&self, day: Date) -> Later<'_, Result<Reconciliation, LoadError>> {
        Box::pin(self.door.reconciliation(&self.source, day))
    }

    fn announce<'a>(&'a self, announced: &'a Announcement) -> Later<'a, Result<UploadView, UploadError>> {
        Box::pin(self.door.announce(&self.source, announced))
    }

    fn take_part<'a>(
        &'a self,
        upload: Uuid,
        at: u64,
        part: &'a [u8],
    ) -> Later<'a, Result<UploadView, UploadError>> {
        Box::pin(self.door.take_part(&self.source, upload, at, part))
    }

    fn upload(&self, upload: Uuid) -> Later<'_, Result<UploadView, UploadError>> {
        Box::pin(self.door.upload(&self.source, upload))
    }

    fn give_up(&self, upload: Uuid) -> Later<'_, Result<(), UploadError>> {
        Box::pin(self.door.give_up(&self.source, upload))
    }
}
