//! The identity providers that organisations bring: what is configured, what they say of themselves, how they are reached.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType,
    CoreSubjectIdentifierType,
};
use openidconnect::{AdditionalProviderMetadata, AsyncHttpClient, IssuerUrl, ProviderMetadata};
use serde::{Deserialize, Serialize};
use url::Url;

/// A request as a provider is sent it.
pub type ProviderRequest = openidconnect::HttpRequest;

/// A provider's answer.
pub type ProviderResponse = openidconnect::HttpResponse;

/// An identity provider, as the operator declares it.
#[derive(Clone)]
pub struct IdentityProvider {
    /// What addresses call it: small letters, digits and hyphens.
    pub id: String,
    /// What pages call it.
    pub name: String,
    /// Its issuer, exactly as its tokens name it.
    pub issuer: String,
    /// What it calls this service.
    pub client_id: String,
    /// The secret it gave this service.
    pub client_secret: String,
    /// The organisation whose people it knows, by name. It vouches for nobody else.
    pub organisation: String,
    /// Values of `acr` that mean a second factor; asked for, and one of them demanded. Empty: not looked at.
    pub acr_values: Vec<String>,
    /// Values of `amr` that mean a second factor; one of them demanded. Empty: not looked at.
    pub amr_values: Vec<String>,
}

impl fmt::Debug for IdentityProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityProvider")
            .field("id", &self.id)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// What is wrong with a declared provider.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderFault {
    /// It is not usable as an address.
    #[error(
        "the id {0:?} of an identity provider is not small letters, digits and hyphens, or is there twice"
    )]
    Id(String),
    /// The issuer is no address, or one that anybody on the way can read.
    #[error("the issuer {0:?} is not an https address")]
    Issuer(String),
    /// Nothing says what a second factor is.
    #[error(
        "the identity provider {0:?} names no acr_values and no amr_values: two factors are demanded (rule 6.10)"
    )]
    NoSecondFactor(String),
    /// The connection to providers cannot be made.
    #[error("providers cannot be reached: {0}")]
    Transport(String),
}

/// A provider could not be reached.
#[derive(Debug, thiserror::Error)]
#[error("the identity provider could not be reached: {0}")]
pub struct TransportFault(pub String);

/// How providers are reached: one request, one answer, no redirect followed.
#[derive(Clone)]
pub struct Transport(
    Arc<
        dyn Fn(ProviderRequest) -> BoxFuture<'static, Result<ProviderResponse, TransportFault>> + Send + Sync,
    >,
);

impl Transport {
    /// A transport of the caller's own.
    pub fn new(
        call: impl Fn(ProviderRequest) -> BoxFuture<'static, Result<ProviderResponse, TransportFault>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self(Arc::new(call))
    }

    /// HTTPS with the system's roots and those of `roots` (PEM). Plain HTTP only where `plain_localhost`, and then only to
    /// this machine.
    ///
    /// # Errors
    ///
    /// When the roots cannot be read.
    pub fn over_https(roots: Option<&[u8]>, plain_localhost: bool) -> Result<Self, ProviderFault> {
        // Whoever was first installed the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let fault = |error: reqwest::Error| ProviderFault::Transport(error.to_string());
        let mut client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .https_only(!plain_localhost)
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(10));
        if let Some(pem) = roots {
            client = client.tls_certs_merge(reqwest::Certificate::from_pem_bundle(pem).map_err(fault)?);
        }
        let client = client.build().map_err(fault)?;
        Ok(Self::new(move |request| Box::pin(send(client.clone(), request))))
    }
}

impl<'c> AsyncHttpClient<'c> for Transport {
    type Error = TransportFault;
    type Future = BoxFuture<'static, Result<ProviderResponse, TransportFault>>;

    fn call(&'c self, request: ProviderRequest) -> Self::Future {
        (self.0)(request)
    }
}

/// An answer longer than this is none of a provider's.
const LONGEST_ANSWER: usize = 512 * 1024;

async fn send(client: reqwest::Client, request: ProviderRequest) -> Result<ProviderResponse, TransportFault> {
    let fault = |error: reqwest::Error| TransportFault(error.without_url().to_string());
    let secure = request.uri().scheme_str() == Some("https");
    if !secure && !is_this_machine(request.uri().host().unwrap_or_default()) {
        return Err(TransportFault("plain HTTP to another machine".to_owned()));
    }
    let request = reqwest::Request::try_from(request).map_err(fault)?;
    let mut answer = client.execute(request).await.map_err(fault)?;
    let mut response = openidconnect::http::Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        response = response.header(name, value);
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(fault)? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_ANSWER {
            return Err(TransportFault("an answer without end".to_owned()));
        }
    }
    response.body(body).map_err(|error| TransportFault(error.to_string()))
}

fn is_this_machine(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

/// What discovery says beyond the core of the standard.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct FurtherMetadata {
    /// Whether every answer names its issuer (RFC 9207).
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for FurtherMetadata {}

pub(super) type Metadata = ProviderMetadata<
    FurtherMetadata,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// What a provider said of itself, and when.
type Remembered = HashMap<String, (Timestamp, Arc<Metadata>)>;

/// The providers of one service.
#[derive(Clone)]
pub struct Providers {
    declared: Arc<[IdentityProvider]>,
    transport: Transport,
    discovered: Arc<RwLock<Remembered>>,
}

impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.declared.iter()).finish()
    }
}

/// What a provider said of itself counts so long.
const REMEMBERED: SignedDuration = SignedDuration::from_mins(10);

/// It is not asked again sooner, whatever key a token names: a forged one must not make work at the provider.
const NOT_ASKED_AGAIN: SignedDuration = SignedDuration::from_secs(30);

impl Providers {
    /// The declared providers, checked. `plain_localhost` lets an issuer on this machine be plain HTTP: for the demo and
    /// tests only.
    ///
    /// # Errors
    ///
    /// Every [`ProviderFault`].
    pub fn new(
        declared: Vec<IdentityProvider>,
        transport: Transport,
        plain_localhost: bool,
    ) -> Result<Self, Vec<ProviderFault>> {
        let mut faults = Vec::new();
        for (place, provider) in declared.iter().enumerate() {
            let earlier = declared.iter().take(place);
            if !is_an_id(&provider.id) || earlier.map(|other| &other.id).any(|id| *id == provider.id) {
                faults.push(ProviderFault::Id(provider.id.clone()));
            }
            let issuer = Url::parse(&provider.issuer).ok();
            let usable = issuer.is_some_and(|issuer| match issuer.scheme() {
                "https" => true,
                "http" => plain_localhost && issuer.host_str().is_some_and(is_this_machine),
                _ => false,
            });
            if !usable {
                faults.push(ProviderFault::Issuer(provider.issuer.clone()));
            }
            if provider.acr_values.is_empty() && provider.amr_values.is_empty() {
                faults.push(ProviderFault::NoSecondFactor(provider.id.clone()));
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self { declared: declared.into(), transport, discovered: Arc::default() })
    }

    /// The id and the name of each, for the sign-in page.
    pub fn named(&self) -> impl Iterator<Item = (&str, &str)> {
        self.declared.iter().map(|provider| (provider.id.as_str(), provider.name.as_str()))
    }

    /// The id and the name of those an organisation brings.
    pub fn of_organisation(&self, organisation: &str) -> impl Iterator<Item = (&str, &str)> {
        let its = move |provider: &&IdentityProvider| provider.organisation == organisation;
        self.declared.iter().filter(its).map(|provider| (provider.id.as_str(), provider.name.as_str()))
    }

    pub(super) fn with_id(&self, id: &str) -> Option<&IdentityProvider> {
        self.declared.iter().find(|provider| provider.id == id)
    }

    pub(crate) fn of_issuer(&self, issuer: &str) -> Option<&IdentityProvider> {
        self.declared.iter().find(|provider| provider.issuer == issuer)
    }

    pub(super) fn transport(&self) -> &Transport {
        &self.transport
    }

    /// What the provider says of itself, its keys among it. `again` when a token named a key that is not known.
    pub(super) async fn metadata(
        &self,
        provider: &IdentityProvider,
        now: Timestamp,
        again: bool,
    ) -> Result<Arc<Metadata>, TransportFault> {
        let limit = if again { NOT_ASKED_AGAIN } else { REMEMBERED };
        let known = self
            .discovered
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&provider.id)
            .filter(|(asked, _)| now.duration_since(*asked) < limit)
            .map(|(_, metadata)| Arc::clone(metadata));
        if let Some(known) = known {
            return Ok(known);
        }
        let issuer = IssuerUrl::new(provider.issuer.clone());
        let issuer = issuer.map_err(|error| TransportFault(error.to_string()))?;
        let found = Arc::new(discovered(issuer, self.transport.clone()).await?);
        let mut discovered = self.discovered.write().unwrap_or_else(PoisonError::into_inner);
        discovered.insert(provider.id.clone(), (now, Arc::clone(&found)));
        Ok(found)
    }
}

/// Boxed with all it needs: a future that borrows its transport cannot be sent between threads as axum asks.
fn discovered(
    issuer: IssuerUrl,
    transport: Transport,
) -> BoxFuture<'static, Result<Metadata, TransportFault>> {
    Box::pin(async move {
        Metadata::discover_async(issuer, &transport).await.map_err(|error| TransportFault(error.to_string()))
    })
}

fn is_an_id(id: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=40).contains(&id.len()) && id.bytes().all(letter)
}

#[cfg(test)]
mod tests {
    use super::{IdentityProvider, ProviderFault, Providers, Transport, TransportFault};

    fn nobody() -> Transport {
        Transport::new(|_| Box::pin(async { Err(TransportFault("nobody is there".to_owned())) }))
    }

    fn declared(id: &str, issuer: &str, acr: &[&str]) -> IdentityProvider {
        IdentityProvider {
            id: id.to_owned(),
            name: "The trust".to_owned(),
            issuer: issuer.to_owned(),
            client_id: "contactpoint".to_owned(),
            client_secret: "secret".to_owned(),
            organisation: "The trust".to_owned(),
            acr_values: acr.iter().map(|&value| value.to_owned()).collect(),
            amr_values: Vec::new(),
        }
    }

    #[test]
    fn a_provider_is_https_named_and_knows_a_second_factor() {
        let good = declared("trust", "https://login.trust.example", &["mfa"]);
        assert!(Providers::new(vec![good.clone()], nobody(), false).is_ok());
        let cases = [
            (
                vec![declared("The Trust", "https://a.example", &["mfa"])],
                ProviderFault::Id("The Trust".to_owned()),
            ),
            (vec![good.clone(), good.clone()], ProviderFault::Id("trust".to_owned())),
            (
                vec![declared("a", "http://a.example", &["mfa"])],
                ProviderFault::Issuer("http://a.example".to_owned()),
            ),
            (
                vec![declared("a", "http://localhost:9", &["mfa"])],
                ProviderFault::Issuer("http://localhost:9".to_owned()),
            ),
            (vec![declared("a", "https://a.example", &[])], ProviderFault::NoSecondFactor("a".to_owned())),
        ];
        for (declared, fault) in cases {
            assert_eq!(Providers::new(declared, nobody(), false).err(), Some(vec![fault]));
        }
        let plain = |issuer| Providers::new(vec![declared("a", issuer, &["mfa"])], nobody(), true);
        assert!(plain("http://localhost:9").is_ok(), "the demo's own machine");
        assert!(plain("http://a.example").is_err(), "never another machine");
    }

    #[test]
    fn a_secret_is_not_printed() {
        let printed = format!("{:?}", declared("trust", "https://login.trust.example", &["mfa"]));
        assert!(!printed.contains("secret"), "{printed}");
    }
}
