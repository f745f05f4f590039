//! Signing in: a passkey, or a password and a one-time code, or the organisation's own identity provider. Every way ends
//! in [`Directory::begin_session`], which asks every precondition of access.

mod begin;
mod code;
mod device;
mod own_factors;
mod own_proof;
mod passkey;
mod passkey_content;
mod passkeys;
mod password;
mod provider;
mod provider_binding;
mod provider_client;
mod provider_tokens;
mod providers;
mod sessions;
mod step_up;
mod throttle;
pub(crate) mod ticket;

pub use own_factors::{NewAuthenticator, OwnFactorError};
pub(crate) use own_proof::{AskedFor, NoProof};
pub use passkey::{PasskeyQuestion, RelyingParty, RelyingPartyError};
pub use passkey_content::{PasskeyKind, PasskeyLine};
pub use passkeys::PasskeyError;
pub(crate) use password::may_be_taken;
pub use provider::{ProviderAnswer, ProviderError, ProviderOutcome, ProviderPurpose, ProviderQuestion};
pub use providers::{
    IdentityProvider, ProviderFault, ProviderRequest, ProviderResponse, Providers, Transport, TransportFault,
};
pub use sessions::SessionLine;
pub use step_up::StepUpFirst;

use std::net::IpAddr;

use audit::{Action, Detail, SignInDetail};
use directory::access::Lapse;
use jiff::Timestamp;
use uuid::Uuid;

use crate::ServiceError;
use crate::trail::Event;

/// Where a sign-in attempt came from, as the web edge determined it (only configured proxies are believed).
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub IpAddr);

/// The browser that asks: where it is, what it says it is, and whether somebody has signed in with it before.
#[derive(Debug, Clone)]
pub struct Client {
    /// Its address.
    pub address: IpAddr,
    /// Its `User-Agent` header, or nothing.
    pub agent: String,
    /// The token of [`NewSession::device`] that it kept from an earlier sign-in.
    pub device: Option<String>,
}

impl From<&ClientAddress> for Client {
    fn from(from: &ClientAddress) -> Self {
        Self { address: from.0, agent: String::new(), device: None }
    }
}

impl From<&Client> for Client {
    fn from(client: &Client) -> Self {
        client.clone()
    }
}

/// A password was right; the code is still to come. The token lives five minutes, in a cookie of its own.
pub struct Challenge {
    /// Opaque; says nothing about the account.
    pub token: String,
}

/// A new session. The token is in the cookie and, hashed, in the database.
pub struct NewSession {
    /// Opaque, 256 random bits.
    pub token: String,
    /// Opaque, for a long-lived cookie: by it this browser is known again, so that guesses made elsewhere do not lock its
    /// user out. It signs nobody in.
    pub device: String,
}

/// Why signing in did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The same for an unknown user, a wrong password, a wrong code and a passkey that proves nothing.
    #[error("the details do not match an account")]
    Refused,
    /// Too many attempts for this account or from this address.
    #[error("too many attempts; wait until {until}")]
    LockedOut {
        /// When the next attempt will be looked at.
        until: Timestamp,
    },
    /// Both factors were right, but access has lapsed.
    #[error("access has lapsed")]
    NotAllowed {
        /// What lapsed.
        lapses: Vec<Lapse>,
    },
    /// The challenge is too old or was used: start again.
    #[error("the sign-in took too long")]
    Expired,
    /// The system failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for SignInError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// Domains of the keyed hashes made under the key of attempts.
pub(crate) mod domain {
    pub(super) const NAME: u16 = 0;
    pub(super) const ADDRESS: u16 = 1;
    pub(super) const NAME_AND_ADDRESS: u16 = 2;
    pub(super) const KNOWN_DEVICE: u16 = 3;
    pub(super) const USED_ONCE: u16 = 4;
    pub(super) const CREDENTIAL: u16 = 5;
    pub(super) const DECOY: u16 = 6;
    pub(super) const USER_HANDLE: u16 = 7;
    pub(super) const SUBJECT: u16 = 8;
    pub(super) const PROVIDER_SESSION: u16 = 9;
    pub(super) const SESSION_HANDLE: u16 = 10;
    pub(super) const LOGOUT_TOKEN: u16 = 11;
    pub(crate) const SOURCE_ASSERTION: u16 = 12;
}

/// Who is named in an entry about signing in.
#[derive(Clone, Copy)]
struct Named {
    account: Uuid,
    organisation: Uuid,
}

fn sign_in_event(
    action: Action,
    named: Option<Named>,
    username: &str,
    client: &Client,
    outcome: &str,
) -> Event {
    let detail = SignInDetail {
        account: named.map(|named| named.account),
        username: username.to_owned(),
        address: Some(client.address.to_string()),
        outcome: outcome.to_owned(),
    };
    let event = Event::new(action, Detail::SignIn(detail));
    match named {
        Some(named) => event.by_account(named.account, named.organisation),
        None => event,
    }
}
