//! Somebody with a browser: keeps cookies as a browser on this machine would, and fills in forms.

use std::collections::BTreeMap;

use reqwest::redirect::Policy;
use reqwest::{Client, Method, StatusCode, header};

/// A browser without a screen.
pub struct Visitor {
    client: Client,
    base: String,
    cookies: BTreeMap<String, String>,
}

/// An answer.
pub struct Page {
    pub status: StatusCode,
    pub leads_to: String,
    pub body: String,
}

impl Page {
    fn form_token(&self) -> String {
        self.after("name=\"form_token\" value=\"").first().cloned().unwrap_or_default()
    }

    /// What stands between each of these beginnings and the next quotation mark.
    fn after(&self, beginning: &str) -> Vec<String> {
        self.body.split(beginning).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    }

    /// The handles of the results.
    pub fn handles(&self) -> Vec<String> {
        self.after("name=\"record\" value=\"")
    }
}

impl Visitor {
    pub fn of(port: u16) -> Self {
        // The first of a process sets it; the others find it set.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { client, base: format!("http://127.0.0.1:{port}"), cookies: BTreeMap::new() }
    }

    /// Signs in; `code` is asked for once the password was taken.
    pub async fn sign_in(&mut self, username: &str, password: &str, code: impl FnOnce() -> String) {
        let token = self.get("/sign-in").await.form_token();
        let form = [("form_token", token.as_str()), ("username", username), ("password", password)];
        let sent = self.post("/sign-in", &form).await;
        assert_eq!(sent.leads_to, "/sign-in/code", "{}", sent.body);
        let token = self.get("/sign-in/code").await.form_token();
        let sent = self.post("/sign-in/code", &[("form_token", &token), ("code", &code())]).await;
        assert_eq!(sent.leads_to, "/", "{}", sent.body);
    }

    /// Says why.
    pub async fn state_reason(&mut self, reason: &str) {
        let token = self.get("/reason").await.form_token();
        let sent = self.post("/reason", &[("form_token", &token), ("reason", reason)]).await;
        assert_eq!(sent.leads_to, "/search", "{}", sent.body);
    }

    /// Searches.
    pub async fn search(&mut self, fields: &[(&str, &str)]) -> Page {
        let token = self.get("/search").await.form_token();
        let mut form = vec![("form_token", token.as_str())];
        form.extend_from_slice(fields);
        self.post("/search", &form).await
    }

    /// Opens the first result, confirming the reason.
    pub async fn open_first(&mut self, results: &Page, reason: &str) -> Page {
        let (token, handle) = (results.form_token(), results.handles().remove(0));
        let asked = self.post("/record", &[("form_token", &token), ("record", &handle)]).await;
        assert_eq!(asked.status, StatusCode::OK, "{}", asked.body);
        self.post("/record/open", &[("form_token", &token), ("record", &handle), ("reason", reason)]).await
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.send(self.client.request(Method::GET, format!("{}{path}", self.base))).await
    }

    /// Posts a form from one of the service's own pages.
    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Page {
        let request = self.client.request(Method::POST, format!("{}{path}", self.base));
        self.send(request.header("sec-fetch-site", "same-origin").header(header::ORIGIN, "null").form(form))
            .await
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Page {
        // By hand: a cookie jar of a library would not send a Secure cookie to this machine, a browser does.
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = request.header(header::COOKIE, cookies.join("; ")).send().await.unwrap();
        for set in answer.headers().get_all(header::SET_COOKIE) {
            let set = set.to_str().unwrap();
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            if set.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let leads_to =
            answer.headers().get(header::LOCATION).map_or("", |to| to.to_str().unwrap()).to_owned();
        Page { status: answer.status(), leads_to, body: answer.text().await.unwrap() }
    }
}
