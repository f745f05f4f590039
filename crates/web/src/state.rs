//! What every handler is given.

use std::sync::Arc;

use directory::vocabulary::Vocabulary;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use service::{Directory, Providers, RelyingParty, World};

use crate::config::WebConfig;
use crate::words::Words;

/// The service, the settings, the words, the clock and the dice. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    directory: Arc<Directory>,
    config: Arc<WebConfig>,
    words: Arc<Words>,
    world: World,
    party: Option<Arc<RelyingParty>>,
}

impl AppState {
    /// The state of one web edge. Passkeys belong to the first configured host name; where that is an address and no name,
    /// there are none.
    #[must_use]
    pub fn new(directory: Arc<Directory>, config: WebConfig, words: Vocabulary, world: World) -> Self {
        let party = config.hosts.first().and_then(|host| RelyingParty::new(host, config.https).ok());
        let words = Arc::new(Words::new(words));
        Self { directory, config: Arc::new(config), words, world, party: party.map(Arc::new) }
    }

    /// The service.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &WebConfig {
        &self.config
    }

    /// The instant now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.world.now()
    }

    /// The day today, UTC, as ages are counted.
    #[must_use]
    pub fn today(&self) -> Date {
        self.now().to_zoned(TimeZone::UTC).date()
    }

    /// Who asks for passkeys; nobody where the service has no name.
    pub(crate) fn party(&self) -> Option<&RelyingParty> {
        self.party.as_deref()
    }

    /// The identity providers that organisations bring.
    pub(crate) fn providers(&self) -> Option<&Providers> {
        self.config.providers.as_ref()
    }

    pub(crate) fn words(&self) -> &Words {
        &self.words
    }

    pub(crate) fn world(&self) -> &World {
        &self.world
    }
}
