//! Every period, cap and list that an operator may set, with the rule book's defaults.

use directory::access::{LockoutPolicy, SessionPolicy};
use directory::hold::HoldPolicy;
use directory::retention::RetentionPolicy;
use directory::search::SearchPolicy;
use directory::watching::WatchingPolicy;
use serde::{Deserialize, Serialize};

/// The policies of one service.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// What a search needs, and how many it shows (rules 7.6-7.8).
    pub search: SearchPolicy,
    /// How long a session lasts.
    pub session: SessionPolicy,
    /// When an account or address is locked.
    pub lockout: LockoutPolicy,
    /// How long a first sighting is unreadable (decision 11).
    pub hold: HoldPolicy,
    /// How long things are kept (section 4).
    pub retention: RetentionPolicy,
    /// What the watch notices, and from which number on (rules 9.3, 9.7).
    pub watching: WatchingPolicy,
}
