//! A browser without a screen: it keeps cookies, says where its requests come from, and reads forms.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderMap, Method, Request, StatusCode, header};
use tower::ServiceExt;

use crate::site::{HERE, PASSWORD, Site};

pub struct Browser<'a> {
    site: &'a Site,
    /// Who is signed in; empty for nobody.
    username: String,
    /// The address it asks from.
    pub address: IpAddr,
    cookies: BTreeMap<String, String>,
}

/// An answer.
pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Page {
    /// Where a redirect leads.
    pub fn leads_to(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |to| to.to_str().unwrap())
    }

    /// What stands between the first `before` and the next `after`.
    pub fn between(&self, before: &str, after: &str) -> Option<&str> {
        Some(self.body.split_once(before)?.1.split_once(after)?.0)
    }

    pub fn heading(&self) -> &str {
        let heading = self.between("<h1", "</h1>").unwrap_or("");
        heading.rsplit('>').next().unwrap_or("")
    }

    pub fn form_token(&self) -> String {
        self.between("name=\"form_token\" value=\"", "\"").unwrap_or("").to_owned()
    }

    /// The handles of the results.
    pub fn handles(&self) -> Vec<String> {
        let after = self.body.split("name=\"record\" value=\"").skip(1);
        after.map(|text| text.split('"').next().unwrap().to_owned()).collect()
    }

    /// The page without what differs from one asking to the next.
    pub fn without_tokens(&self) -> String {
        let mut text = self.body.clone();
        for token in std::iter::once(self.form_token()).chain(self.handles()) {
            text = text.replace(&token, "");
        }
        text
    }
}

impl<'a> Browser<'a> {
    pub fn new(site: &'a Site) -> Self {
        Self { site, username: String::new(), address: HERE, cookies: BTreeMap::new() }
    }

    /// Puts a cookie into the browser, as an attacker would.
    pub fn hold(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// Somebody signed in, without a reason yet.
    pub async fn signed_in(site: &'a Site, username: &str) -> Self {
        Self::new(site).signs_in(username).await
    }

    /// Signs in with password and code.
    pub async fn signs_in(self, username: &str) -> Self {
        let mut browser = self;
        let page = browser.get("/sign-in").await;
        let sent = browser
            .post(
                "/sign-in",
                &[("form_token", &page.form_token()), ("username", username), ("password", PASSWORD)],
            )
            .await;
        assert_eq!(sent.leads_to(), "/sign-in/code", "{}", sent.body);
        let page = browser.get("/sign-in/code").await;
        let code = browser.site.directory.current_code(username).await.unwrap();
        let sent =
            browser.post("/sign-in/code", &[("form_token", &page.form_token()), ("code", &code)]).await;
        assert_eq!(sent.leads_to(), "/", "{}", sent.body);
        browser.username = username.to_owned();
        browser
    }

    /// Proves afresh, with a code, that it is still the same person, where a page has asked for that.
    pub async fn proves_afresh(&mut self, at: &str) {
        let page = self.get(at).await;
        let code = self.site.directory.current_code(&self.username).await.unwrap();
        let form = page.form("/step-up").with("code", &code);
        let sent = self.post(&form.action, &form.pairs()).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.main());
    }

    /// Somebody signed in who has said why they look.
    pub async fn with_reason(site: &'a Site, username: &str) -> Self {
        let mut browser = Self::signed_in(site, username).await;
        let token = browser.get("/reason").await.form_token();
        let sent = browser.post("/reason", &[("form_token", &token), ("reason", "child_presents")]).await;
        assert_eq!(sent.leads_to(), "/search", "{}", sent.body);
        browser
    }

    pub async fn get(&mut self, path: &str) -> Page {
        let request = self.request(Method::GET, path).body(Body::empty()).unwrap();
        self.send(request).await
    }

    /// Posts a form from one of our own pages.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = self
            .request(Method::POST, path)
            .header("sec-fetch-site", "same-origin")
            .header(header::ORIGIN, "null")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let body = fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
        let request = request.body(Body::from(body.collect::<Vec<_>>().join("&"))).unwrap();
        self.send(request).await
    }

    /// Searches.
    pub async fn search(&mut self, fields: &[(&str, &str)]) -> Page {
        let token = self.get("/search").await.form_token();
        let mut all = vec![("form_token", token.as_str())];
        all.extend_from_slice(fields);
        self.post("/search", &all).await
    }

    /// Opens the only result of a search, confirming the reason.
    pub async fn open_only_result(&mut self, results: &Page) -> Page {
        let handles = results.handles();
        assert_eq!(handles.len(), 1, "{}", results.body);
        let token = results.form_token();
        let confirm = self.post("/record", &[("form_token", &token), ("record", &handles[0])]).await;
        assert_eq!(confirm.status, StatusCode::OK, "{}", confirm.body);
        let fields = [("form_token", token.as_str()), ("record", &handles[0]), ("reason", "child_presents")];
        self.post("/record/open", &fields).await
    }

    /// A request with the cookies and nothing said of where it comes from.
    pub fn request(&self, method: Method, path: &str) -> http::request::Builder {
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        Request::builder()
            .method(method)
            .uri(path)
            .extension(ConnectInfo(SocketAddr::from((self.address, 50_000))))
            .header(header::HOST, "localhost:8080")
            .header(header::COOKIE, cookies.join("; "))
    }

    pub async fn send(&mut self, request: Request<Body>) -> Page {
        let answer = self.site.pages.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        for set in parts.headers.get_all(header::SET_COOKIE) {
            let set = set.to_str().unwrap();
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            if set.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = axum::body::to_bytes(body, 10 << 20).await.unwrap();
        Page {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
