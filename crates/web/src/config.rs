//! What the web edge is told at start.

use std::net::IpAddr;

/// Which space the pages show (decision 13): a page never leaves it in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Space {
    /// Real children.
    Live,
    /// Invented children, for training.
    Training,
    /// Invented children, made by `contactpoint demo`.
    Demo,
}

impl Space {
    /// The words of the banner on every page, or nothing where the children are real.
    #[must_use]
    pub fn banner(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Live => None,
            Self::Training => Some(("Training", "Every child here is invented, for training.")),
            Self::Demo => Some(("Demo", "Every child here is invented. Do not enter a real one.")),
        }
    }
}

/// The settings of the web edge.
#[derive(Debug, Clone)]
pub struct WebConfig {
    /// The space shown.
    pub space: Space,
    /// The host names this service answers to, without port. A request for another name is refused.
    pub hosts: Vec<String>,
    /// Whether browsers reach it over HTTPS (then HSTS is sent).
    pub https: bool,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// The identity providers that organisations bring; none when there are none.
    pub providers: Option<service::Providers>,
}

impl WebConfig {
    /// The settings of the demonstration: local names only, plain HTTP, invented children.
    #[must_use]
    pub fn demo() -> Self {
        Self {
            space: Space::Demo,
            hosts: ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned).to_vec(),
            https: false,
            trusted_proxies: Vec::new(),
            providers: None,
        }
    }
}
