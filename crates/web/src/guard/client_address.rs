//! Where a request came from: the peer of the connection, or what a proxy of ours says of it.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use http::HeaderMap;
use http::request::Parts;
use service::ClientAddress;

use crate::error::WebError;
use crate::state::AppState;

/// The caller's address, for lock-out and audit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller(pub(crate) ClientAddress);

impl FromRequestParts<AppState> for Caller {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, WebError> {
        // Without a peer nobody could be locked out: that is a defect of the set-up, not a reason to let anyone in.
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().ok_or(WebError::Defect)?;
        Ok(Self(ClientAddress(caller(peer.0.ip(), &parts.headers, &state.config().trusted_proxies))))
    }
}

/// The last address in the chain that is not a proxy of ours. An untrusted peer's header is not read at all.
fn caller(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let listed = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let chain: Vec<&str> = listed.flat_map(|value| value.split(',')).map(str::trim).collect();
    let mut known = peer.to_canonical();
    for claimed in chain.into_iter().rev() {
        if !trusted.contains(&known) {
            break;
        }
        let Ok(address) = claimed.parse::<IpAddr>() else { break };
        known = address.to_canonical();
    }
    known
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use http::{HeaderMap, HeaderValue};

    use super::caller;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn only_configured_proxies_are_believed() {
        let proxy = address("10.0.0.1");
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static("1.1.1.1, 203.0.113.9, 10.0.0.2"));
        let stranger = address("198.51.100.7");
        assert_eq!(caller(stranger, &headers, &[proxy]), stranger, "a stranger's header is not read");
        assert_eq!(caller(proxy, &headers, &[proxy]), address("10.0.0.2"));
        assert_eq!(caller(proxy, &headers, &[proxy, address("10.0.0.2")]), address("203.0.113.9"));
        headers.insert("x-forwarded-for", HeaderValue::from_static("not-an-address"));
        assert_eq!(caller(proxy, &headers, &[proxy]), proxy);
    }
}
