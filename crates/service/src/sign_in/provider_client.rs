//! The library's client of one provider, and the exchange of a code for a token.

use futures::future::BoxFuture;
use openidconnect::core::CoreClient;
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, PkceCodeVerifier, RedirectUrl, RequestTokenError,
    TokenResponse as _,
};

use super::provider::ProviderError;
use super::providers::{IdentityProvider, Metadata, Transport, TransportFault};
use crate::ServiceError;

/// The library's client, ready to ask.
pub(super) type ReadyClient = CoreClient<
    openidconnect::EndpointSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointMaybeSet,
    openidconnect::EndpointMaybeSet,
>;

/// The ID token that a code is good for. Boxed with all it needs, as discovery is.
pub(super) fn exchanged(
    client: ReadyClient,
    transport: Transport,
    code: String,
    verifier: PkceCodeVerifier,
) -> BoxFuture<'static, Result<String, ProviderError>> {
    Box::pin(async move {
        let answer = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| TransportFault(error.to_string()))?
            .set_pkce_verifier(verifier)
            .request_async(&transport)
            .await;
        match answer {
            Ok(tokens) => Ok(tokens.id_token().ok_or(ProviderError::Refused)?.to_string()),
            Err(RequestTokenError::ServerResponse(_) | RequestTokenError::Parse(..)) => {
                Err(ProviderError::Refused)
            }
            Err(RequestTokenError::Request(fault)) => Err(fault.into()),
            Err(RequestTokenError::Other(error)) => Err(TransportFault(error).into()),
        }
    })
}

pub(super) fn client(
    provider: &IdentityProvider,
    metadata: &Metadata,
    redirect: &str,
) -> Result<ReadyClient, ProviderError> {
    let redirect = RedirectUrl::new(redirect.to_owned()).map_err(ServiceError::internal)?;
    let secret = ClientSecret::new(provider.client_secret.clone());
    let id = ClientId::new(provider.client_id.clone());
    Ok(CoreClient::from_provider_metadata(metadata.clone(), id, Some(secret)).set_redirect_uri(redirect))
}
