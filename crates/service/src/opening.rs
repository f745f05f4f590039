//! Opening a service: both databases, the key ring, the model of the matcher.

use std::collections::BTreeMap;
use std::sync::RwLock;

use jiff::tz::TimeZone;
use linkage::Model;
use rand::RngExt as _;
use store::{Options, Store, StoreError, installation, models};
use tokio::sync::Semaphore;
use vault::KeyEncryptionKey;

use crate::keys::Keys;
use crate::passwords::HASHING_AT_ONCE;
use crate::{Directory, Policy, ServiceError, World, error};

/// Why a service could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A database could not be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key-encryption key does not open the key store, or a key is missing.
    #[error("the key store cannot be opened: {0}")]
    Keys(ServiceError),
    /// The configuration calls this data another space than the one it was made for (decision 13).
    #[error(
        "the data store belongs to the space {bound}, and the configuration says {asked}: correct space in the \
         configuration, or name another database"
    )]
    Space {
        /// The space it was first opened as.
        bound: String,
        /// The space asked for.
        asked: String,
    },
    /// The policies contradict themselves.
    #[error("the policy cannot be used: {0}")]
    Policy(String),
}

impl Directory {
    /// Opens both databases (creating embedded ones), reads the key ring (making one for an empty key store) and keeps
    /// the version of the matcher's model that decides from now on (law 12).
    ///
    /// # Errors
    ///
    /// [`OpenError`], each with its remedy.
    pub async fn open(
        data_url: &str,
        keys_url: &str,
        options: &Options,
        key_encryption_key: KeyEncryptionKey,
        policy: Policy,
        world: World,
    ) -> Result<Self, OpenError> {
        if let Some(fault) = policy.faults().into_iter().next() {
            return Err(OpenError::Policy(fault));
        }
        let mut rng = world.chance.generator();
        error::number_references_from(rng.random());
        let store = Store::open(data_url, keys_url, options).await?;
        let today = world.now().to_zoned(TimeZone::UTC).date();
        let month = format!("{:04}-{:02}", today.year(), today.month());
        let keys = Keys::open(&store, key_encryption_key, &month, &mut rng).await.map_err(OpenError::Keys)?;
        let name = installation::name(&mut store.reader().await?).await?;
        let log = audit::Origin::parse(&format!("contactpoint/{name}"))
            .map_err(|error| OpenError::Keys(ServiceError::internal(error)))?;
        let model = Model::children();
        Self::keep_model(&store, &model, world.now().as_microsecond()).await?;
        let directory = Self {
            store,
            keys,
            log,
            model,
            policy,
            world,
            hashing: Semaphore::new(HASHING_AT_ONCE),
            organisation_bundles: RwLock::default(),
            publication: tokio::sync::Mutex::default(),
            sweep: tokio::sync::Mutex::default(),
            rotation: tokio::sync::Mutex::default(),
            held_cases: tokio::sync::Mutex::default(),
            family_walk: tokio::sync::Mutex::default(),
            surroundings_walk: tokio::sync::Mutex::default(),
            inbox: crate::inbox::Inbox::default(),
            files: crate::loading::FileTurns::default(),
            own_systems: BTreeMap::new(),
        };
        Box::pin(directory.take_over_audit_keys()).await.map_err(OpenError::Keys)?;
        Box::pin(directory.renew_root_keys()).await.map_err(OpenError::Keys)?;
        Ok(directory)
    }

    /// Reads files of FHIR by the systems (Patient.identifier) that were agreed with their sources, by the sources' names.
    #[must_use]
    pub fn with_own_systems(self, own_systems: BTreeMap<String, String>) -> Self {
        Self { own_systems, ..self }
    }

    /// Binds the data to a space, and refuses another one from then on: invented and real children never share a database,
    /// whatever a configuration says (decision 13).
    ///
    /// # Errors
    ///
    /// [`OpenError::Space`], or the store's.
    pub async fn bind_to_space(&self, space: &str) -> Result<(), OpenError> {
        let mut tx = self.store.begin().await?;
        let bound = installation::bind_to_space(&mut tx, space).await?;
        tx.commit().await?;
        if bound == space { Ok(()) } else { Err(OpenError::Space { bound, asked: space.to_owned() }) }
    }

    async fn keep_model(store: &Store, model: &Model, now: i64) -> Result<(), StoreError> {
        let mut conn = store.reader().await?;
        if models::by_name(&mut conn, model.version()).await?.is_some() {
            return Ok(());
        }
        drop(conn);
        let mut tx = store.begin().await?;
        let row =
            models::ModelRow { name: model.version().to_owned(), body: model.to_toml(), created_at: now };
        match models::insert(&mut tx, &row).await {
            // Another server kept the same version first.
            Err(StoreError::UniqueViolation(_)) => tx.rollback().await,
            Ok(()) => tx.commit().await,
            Err(error) => Err(error),
        }
    }

    /// The service's policies.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The instant now, as this service has it.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        self.world.now()
    }

    /// Today's date, UTC.
    #[must_use]
    pub fn today(&self) -> jiff::civil::Date {
        self.world.now().to_zoned(TimeZone::UTC).date()
    }

    /// The periods of an accreditation, for the pages to name.
    #[must_use]
    pub fn accreditation_policy(&self) -> directory::access::accreditation::AccreditationPolicy {
        self.policy.accreditation
    }

    /// An id that sorts by time: for runs and sessions only, never for a child (decision 5).
    pub(crate) fn time_ordered_id(&self, rng: &mut impl rand::Rng) -> uuid::Uuid {
        let millis = u64::try_from(self.world.now().as_millisecond()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &rng.random()).into_uuid()
    }

    /// Whether the data store answers: for readiness checks.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn is_ready(&self) -> Result<(), ServiceError> {
        store::organisations::all(&mut self.store.reader().await?).await?;
        Ok(())
    }

    /// Copies an embedded database's log of more than `above` bytes into its file, beside everybody's work.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn copy_log(&self, above: u64) -> Result<(), ServiceError> {
        Ok(self.store.copy_log(above).await?)
    }

    /// Names the statements that the databases at hand would refuse; none when all is well.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn check_statements(&self) -> Result<Vec<String>, ServiceError> {
        Ok(self.store.check_statements().await?)
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.store.close().await;
    }
}
