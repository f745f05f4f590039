//! Tickets: what a sign-in must remember between two requests, sealed, in a cookie of its own. The server remembers
//! nothing but which were used, so that any server can go on with what another began.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use rand::RngExt as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use store::{Key16, Tx, used_once};
use uuid::Uuid;

use super::domain;
use crate::{Directory, ServiceError};

/// What a ticket is for. A ticket of one kind never passes for one of another: its seal is bound to the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ticket {
    /// A password was right, the code is to come.
    Code,
    /// A passkey is asked for.
    Passkey,
    /// A passkey is to be registered.
    Registration,
    /// An identity provider is asked.
    Provider,
    /// A new one-time-code secret was shown.
    Authenticator,
    /// A browser that somebody signed in with; many uses.
    Device,
    /// A source system proved who it is by a signed assertion; many uses.
    Source,
}

impl Ticket {
    fn context(self) -> Uuid {
        let number = match self {
            Self::Code => 1,
            Self::Passkey => 2,
            Self::Registration => 3,
            Self::Provider => 4,
            Self::Authenticator => 5,
            Self::Device => 6,
            Self::Source => 7,
        };
        Uuid::from_u128(0x7469_636b_6574_0000_0000_0000_0000_0000 | number)
    }

    fn lifetime(self, known_device_days: u16) -> SignedDuration {
        match self {
            Self::Code | Self::Passkey | Self::Registration => SignedDuration::from_mins(5),
            // A person may have to find their phone at the provider, or to install an app for the codes.
            Self::Provider | Self::Authenticator | Self::Source => SignedDuration::from_mins(10),
            Self::Device => SignedDuration::from_hours(24 * i64::from(known_device_days)),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Sealed<T> {
    id: [u8; 16],
    issued: i64,
    content: T,
}

/// A ticket that was opened: still to be used up, once.
pub(crate) struct Opened<T> {
    pub(crate) content: T,
    pub(super) once: Once,
}

/// What is left of a ticket or a token: that it was used.
pub(crate) struct Once {
    key: Key16,
    forget_after: i64,
}

impl Directory {
    pub(crate) fn seal_ticket(&self, kind: Ticket, content: &impl Serialize) -> Result<String, ServiceError> {
        let mut rng = self.world.chance.generator();
        let sealed = Sealed { id: rng.random(), issued: self.world.now().as_microsecond(), content };
        let plain = serde_json::to_vec(&sealed).map_err(ServiceError::internal)?;
        Ok(URL_SAFE_NO_PAD.encode(self.keys.seal_for_session(kind.context(), &plain, &mut rng)?))
    }

    /// What a ticket says, unless it is forged, of another kind, or too old.
    pub(crate) fn open_ticket<T: DeserializeOwned>(&self, kind: Ticket, token: &str) -> Option<Opened<T>> {
        let sealed = URL_SAFE_NO_PAD.decode(token).ok()?;
        let plain = self.keys.open_for_session(kind.context(), &sealed)?;
        let sealed: Sealed<T> = serde_json::from_slice(&plain).ok()?;
        let lifetime = kind.lifetime(self.policy.lockout.known_device_days);
        let issued = Timestamp::from_microsecond(sealed.issued).ok()?;
        let age = self.world.now().duration_since(issued);
        if age < SignedDuration::ZERO || age > lifetime {
            return None;
        }
        let forget_after = issued.checked_add(lifetime).unwrap_or(Timestamp::MAX).as_microsecond();
        let key = self.keys.attempts.hash(domain::USED_ONCE, &sealed.id);
        Some(Opened { content: sealed.content, once: Once { key, forget_after } })
    }

    /// Something else that counts once, until an instant in microseconds UTC.
    pub(crate) fn once(&self, domain: u16, parts: &[&[u8]], forget_after: i64) -> Once {
        Once { key: self.keys.attempts.hash_parts(domain, parts), forget_after }
    }
}

/// Uses it up: whether this was the first use. It counts with the transaction.
pub(crate) async fn use_up(tx: &mut Tx, once: &Once) -> Result<bool, ServiceError> {
    Ok(used_once::first_use(tx, once.key, once.forget_after).await?)
}
