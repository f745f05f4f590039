//! The two tokens a provider sends: that somebody is there (ID token), and that somebody has left (logout token).

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use openidconnect::core::{CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKey, CoreJwsSigningAlgorithm};
use openidconnect::{
    ClientId, ClientSecret, JsonWebKey as _, JsonWebKeyAlgorithm, JsonWebKeyUse as _, Nonce,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::domain;
use super::provider::{ProviderError, SKEW};
use super::providers::{IdentityProvider, Metadata, Providers};
use crate::Directory;
use crate::session::instant;

/// Whom a provider vouches for.
pub(super) struct Vouched {
    pub(super) subject: String,
    pub(super) session: Option<String>,
    pub(super) authenticated_at: Timestamp,
}

/// Signatures with a key pair only: a token signed with a shared secret, or not at all, is none.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 6] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// What a session at the provider is hashed as: its own id, or where there is none the person's.
pub(super) fn hashed_parts<'a>(session: Option<&'a str>, subject: &'a str) -> (&'static [u8], &'a [u8]) {
    match session {
        Some(session) => (b"sid", session.as_bytes()),
        None => (b"sub", subject.as_bytes()),
    }
}

/// A claim of an ID token that the library does not keep.
#[derive(Deserialize)]
struct SessionClaim {
    sid: Option<String>,
}

impl Directory {
    pub(super) fn check_id_token(
        &self,
        provider: &IdentityProvider,
        metadata: &Metadata,
        token: &str,
        nonce: &str,
        now: Timestamp,
    ) -> Result<Vouched, ProviderError> {
        let parsed: CoreIdToken = token.parse().map_err(|_| ProviderError::Refused)?;
        let clock = move || SystemTime::from(now).into();
        let second = now.as_second();
        let verifier = CoreIdTokenVerifier::new_confidential_client(
            ClientId::new(provider.client_id.clone()),
            ClientSecret::new(provider.client_secret.clone()),
            metadata.issuer().clone(),
            metadata.jwks().clone(),
        )
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(clock)
        .set_issue_time_verifier_fn(move |issued| {
            let age = second - issued.timestamp();
            let timely = (-SKEW.as_secs()..=600).contains(&age);
            if timely { Ok(()) } else { Err("issued long ago, or not yet".to_owned()) }
        });
        let claims =
            parsed.claims(&verifier, &Nonce::new(nonce.to_owned())).map_err(|_| ProviderError::Refused)?;
        let acr = claims.auth_context_ref().map(|acr| acr.as_str());
        let amr = claims.auth_method_refs().into_iter().flatten().map(|amr| amr.as_str());
        if !has_second_factor(provider, acr, amr) {
            return Err(ProviderError::NoSecondFactor);
        }
        let authenticated = claims.auth_time().ok_or(ProviderError::Refused)?.timestamp();
        let session = payload::<SessionClaim>(token).and_then(|claim| claim.sid);
        Ok(Vouched {
            subject: claims.subject().as_str().to_owned(),
            session,
            authenticated_at: Timestamp::from_second(authenticated).map_err(|_| ProviderError::Refused)?,
        })
    }

    /// Takes a logout token (OpenID Connect Back-Channel Logout 1.0) and ends the sessions it is about: how many.
    ///
    /// # Errors
    ///
    /// [`ProviderError::Refused`] when the token does not hold in any point, [`ProviderError::Expired`] when it was heard
    /// before, or the provider's or the system's.
    pub async fn log_out_from_provider(
        &self,
        providers: &Providers,
        token: &str,
    ) -> Result<u64, ProviderError> {
        let claims: LogoutClaims = payload(token).ok_or(ProviderError::Refused)?;
        let provider = providers.of_issuer(&claims.iss).ok_or(ProviderError::Refused)?;
        let now = self.world.now();
        let metadata = providers.metadata(provider, now, false).await?;
        if !is_signed(token, metadata.jwks().keys()) {
            let again = providers.metadata(provider, now, true).await?;
            if !is_signed(token, again.jwks().keys()) {
                return Err(ProviderError::Refused);
            }
        }
        if !claims.hold(provider, now) {
            return Err(ProviderError::Refused);
        }
        let forget_after = now + LONGEST_LOGOUT + SKEW + SKEW;
        let parts: [&[u8]; 2] = [claims.iss.as_bytes(), claims.jti.as_bytes()];
        let once = self.once(domain::LOGOUT_TOKEN, &parts, forget_after.as_microsecond());
        let ended = self.end_provider_sessions(provider, claims.sid.as_deref(), claims.sub.as_deref(), &once);
        ended.await?.ok_or(ProviderError::Expired)
    }
}

/// Every list that is configured must be satisfied.
fn has_second_factor<'a>(
    provider: &IdentityProvider,
    acr: Option<&str>,
    mut amr: impl Iterator<Item = &'a str>,
) -> bool {
    let is_listed = |list: &[String], value: &str| list.iter().any(|listed| listed == value);
    let by_class =
        provider.acr_values.is_empty() || acr.is_some_and(|acr| is_listed(&provider.acr_values, acr));
    let by_method =
        provider.amr_values.is_empty() || amr.any(|method| is_listed(&provider.amr_values, method));
    by_class && by_method
}

/// A logout token is heard within this time of its making.
const LONGEST_LOGOUT: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);

#[derive(Deserialize)]
struct LogoutClaims {
    iss: String,
    aud: Value,
    iat: i64,
    exp: Option<i64>,
    jti: String,
    events: serde_json::Map<String, Value>,
    sub: Option<String>,
    sid: Option<String>,
    nonce: Option<Value>,
}

const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

impl LogoutClaims {
    fn hold(&self, provider: &IdentityProvider, now: Timestamp) -> bool {
        let for_us = match &self.aud {
            Value::String(one) => *one == provider.client_id,
            Value::Array(several) => several.iter().any(|one| *one == provider.client_id),
            _ => false,
        };
        let age = now.as_second().saturating_sub(self.iat);
        let timely = (-SKEW.as_secs()..=LONGEST_LOGOUT.as_secs()).contains(&age)
            && self.exp.is_none_or(|exp| now <= instant(exp.saturating_mul(1_000_000)) + SKEW);
        let says_so = self.events.get(LOGOUT_EVENT).is_some_and(Value::is_object);
        let names_somebody = self.sub.is_some() || self.sid.is_some();
        // A nonce would make it an ID token that somebody puts to another use.
        for_us && timely && says_so && names_somebody && self.nonce.is_none() && !self.jti.is_empty()
    }
}

#[derive(Deserialize)]
struct Header {
    alg: CoreJwsSigningAlgorithm,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

/// Whether a token is signed by one of the keys, in a way that we take, as a logout token.
fn is_signed(token: &str, keys: &[CoreJsonWebKey]) -> bool {
    let Some((signed, signature)) = token.rsplit_once('.') else { return false };
    let Some((head, _)) = signed.split_once('.') else { return false };
    let Some(head) = decoded::<Header>(head) else { return false };
    let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
    let kind = head.typ.as_deref().unwrap_or("JWT");
    let is_of_kind =
        ["logout+jwt", "application/logout+jwt", "JWT"].iter().any(|it| kind.eq_ignore_ascii_case(it));
    if !ALGORITHMS.contains(&head.alg) || !is_of_kind || head.crit.is_some() {
        return false;
    }
    let named = |key: &&CoreJsonWebKey| match &head.kid {
        Some(kid) => key.key_id().is_some_and(|id| id.as_str() == kid),
        None => true,
    };
    let signs = |key: &&CoreJsonWebKey| {
        key.key_use().is_none_or(|usage| usage.allows_signature())
            && match key.signing_alg() {
                JsonWebKeyAlgorithm::Algorithm(algorithm) => *algorithm == head.alg,
                JsonWebKeyAlgorithm::Unspecified => true,
                JsonWebKeyAlgorithm::Unsupported => false,
            }
    };
    keys.iter()
        .filter(named)
        .filter(signs)
        .any(|key| key.verify_signature(&head.alg, signed.as_bytes(), &signature).is_ok())
}

fn payload<T: DeserializeOwned>(token: &str) -> Option<T> {
    let mut parts = token.split('.');
    let (_, payload, _, rest) = (parts.next()?, parts.next()?, parts.next()?, parts.next());
    if rest.is_some() {
        return None;
    }
    decoded(payload)
}

fn decoded<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
