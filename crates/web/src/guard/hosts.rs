//! Only configured host names are answered: a forged `Host` reaches no page, and no link is ever made from one.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header;

use crate::error::WebError;
use crate::state::AppState;

/// Refuses a request whose host is not one of ours.
pub(crate) async fn known_host(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, WebError> {
    let named = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = named.or_else(|| request.uri().authority().map(|authority| authority.as_str()));
    let host = host.map(without_port).ok_or(WebError::UnknownHost)?;
    if !state.config().hosts.iter().any(|ours| ours.eq_ignore_ascii_case(host)) {
        return Err(WebError::UnknownHost);
    }
    Ok(next.run(request).await)
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::without_port;

    #[test]
    fn a_port_is_not_part_of_the_name() {
        assert_eq!(without_port("localhost:8080"), "localhost");
        assert_eq!(without_port("localhost"), "localhost");
        assert_eq!(without_port("[::1]:8080"), "[::1]");
        assert_eq!(without_port("[::1]"), "[::1]");
        assert_eq!(without_port("evil.example:80@localhost"), "evil.example:80@localhost");
    }
}
