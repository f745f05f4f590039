//! What every handler is given.

use std::sync::Arc;

use directory::vocabulary::Vocabulary;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use service::{Directory, World};

use crate::config::WebConfig;
use crate::words::Words;

/// The service, the settings, the words, the clock and the dice. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    directory: Arc<Directory>,
    config: Arc<WebConfig>,
    words: Arc<Words>,
    world: World,
}

impl AppState {
    /// The state of one web edge.
    #[must_use]
    pub fn new(directory: Arc<Directory>, config: WebConfig, words: Vocabulary, world: World) -> Self {
        Self { directory, config: Arc::new(config), words: Arc::new(Words::new(words)), world }
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

    pub(crate) fn words(&self) -> &Words {
        &self.words
    }

    pub(crate) fn world(&self) -> &World {
        &self.world
    }
}
