//! Signing in by each way, proving it afresh, and out again.

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use jiff::SignedDuration;
use serde_json::json;
use testkit::authenticator::Device;
use testkit::provider::{ISSUER, signed};

use super::ledger::Walk;
use super::own::makes_passkey;
use crate::browser::{Browser, Page};
use crate::form::{Form, plain};
use crate::site::{PASSWORD, Site};

pub async fn walk(walk: &mut Walk<'_>) {
    by_password(walk).await;
    let mut device = Device::new("the nurse's key");
    by_passkey(walk, &mut device).await;
    afresh(walk, &mut device).await;
    by_provider(walk).await;
}

async fn by_password(walk: &mut Walk<'_>) {
    let mut nurse = Browser::new(walk.site);
    let page = walk.get(&mut nurse, "/sign-in").await;
    let form = page.form("/sign-in").with("username", "nurse");
    let page = walk.refused(&mut nurse, form.with("password", "a wrong one")).await;
    let right = page.form("/sign-in").filled(&[("username", "nurse"), ("password", PASSWORD)]);
    // The right password is no entry of its own: the sign-in that the code ends is.
    let sent = walk.asks(&mut nurse, right).await;
    let page = walk.get(&mut nurse, sent.leads_to()).await;
    let sent = send_code(walk, &mut nurse, page.form("/sign-in/code")).await;
    assert_eq!(sent.leads_to(), "/");
    let page = walk.get(&mut nurse, "/account").await;
    let gone = walk.onward(&mut nurse, page.form("/sign-out")).await;
    assert_eq!(gone.heading(), "You have signed out");
}

/// Sends a form with the nurse's code: first while no entry can be written, then with another, for a code is used up by
/// being right, whatever comes of it.
async fn send_code<'a>(walk: &mut Walk<'a>, nurse: &mut Browser<'a>, form: Form) -> Page {
    let directory = &walk.site.directory;
    walk.site.clock.advance(SignedDuration::from_secs(31));
    let first = directory.current_code("nurse").await.unwrap();
    walk.without_a_trail(nurse, &form.clone().with("code", &first)).await;
    walk.site.clock.advance(SignedDuration::from_secs(31));
    let second = directory.current_code("nurse").await.unwrap();
    walk.send(nurse, form.with("code", &second)).await
}

/// The options that the page hands to the device.
pub fn options(page: &Page) -> String {
    plain(page.between("data-options=\"", "\"").expect("a form for the device"))
}

async fn by_passkey(walk: &mut Walk<'_>, device: &mut Device) {
    let mut nurse = walk.person("nurse").await;
    makes_passkey(walk, &mut nurse, device).await;
    let mut nurse = Browser::new(walk.site);
    let page = walk.get(&mut nurse, "/sign-in").await;
    let page = walk.send(&mut nurse, page.form("/sign-in/passkey")).await;
    let answer = device.get(&options(&page));
    let sent = walk.send(&mut nurse, page.form("/sign-in/passkey/answer").with("answer", &answer)).await;
    assert_eq!(sent.leads_to(), "/");
}

async fn afresh(walk: &mut Walk<'_>, device: &mut Device) {
    let mut nurse = walk.person("nurse").await;
    for with_device in [false, true] {
        walk.site.clock.advance(SignedDuration::from_mins(6));
        let asked = nurse.get("/password").await;
        let page = walk.get(&mut nurse, asked.leads_to()).await;
        let sent = if with_device {
            let answer = device.get(&options(&page));
            walk.send(&mut nurse, page.form("/step-up/passkey").with("answer", &answer)).await
        } else {
            send_code(walk, &mut nurse, page.form("/step-up")).await
        };
        let page = walk.get(&mut nurse, sent.leads_to()).await;
        assert_eq!(page.heading(), "Change your password");
    }
}

/// Comes back from the provider with what the page that led there asked for: the address to come back to.
fn answered(walk: &Walk<'_>, leaving: &Page, subject: &str) -> String {
    answered_at(walk.site, leaving, subject)
}

/// The same, of any service.
pub fn answered_at(site: &Site, leaving: &Page, subject: &str) -> String {
    let address = leaving.link(&format!("{ISSUER}/authorize?"));
    let asked = |name: &str| {
        let (_, after) =
            address.split_once(&format!("{name}=")).unwrap_or_else(|| panic!("no {name}: {address}"));
        after.split('&').next().unwrap().to_owned()
    };
    let now = site.clock.now().as_second();
    let claims = json!({
        "iss": ISSUER, "aud": "contactpoint", "sub": subject, "iat": now, "exp": now + 300,
        "nonce": asked("nonce"), "auth_time": now, "amr": ["pwd", "otp"], "sid": "one-session-there",
    });
    site.provider.sells("good", claims);
    format!("/sign-in/provider/answer?code=good&state={}&iss={ISSUER}", asked("state"))
}

/// The person's account is bound to `subject` at the authority's provider.
pub async fn binds<'a>(walk: &mut Walk<'a>, browser: &mut Browser<'a>, subject: &str) {
    let page = walk.get(browser, "/account/provider").await;
    let leaving = walk.send(browser, page.form("/account/provider").with("provider", "council")).await;
    let back = answered(walk, &leaving, subject);
    assert_eq!(walk.led_otherwise(browser, &back).await.leads_to(), "/account/provider");
}

async fn by_provider(walk: &mut Walk<'_>) {
    let mut teacher = walk.person("teacher").await;
    binds(walk, &mut teacher, "teacher-at-council").await;
    let mut teacher = Browser::new(walk.site);
    let page = walk.get(&mut teacher, "/sign-in").await;
    let leaving = walk.send(&mut teacher, page.form("/sign-in/provider").with("provider", "council")).await;
    let back = answered(walk, &leaving, "teacher-at-council");
    let request = teacher.request(Method::GET, &back).body(Body::empty()).unwrap();
    walk.request_without_a_trail(&mut teacher, request).await;
    // The provider takes a code once; ours has not heard the answer yet.
    let back = answered(walk, &leaving, "teacher-at-council");
    assert_eq!(walk.led(&mut teacher, &back).await.leads_to(), "/");
    assert_eq!(walk.get(&mut teacher, "/account").await.heading(), "Your account");
    // They sign out there; the provider's server tells ours.
    let request = from_server(walk);
    walk.request_without_a_trail(&mut Browser::new(walk.site), request).await;
    let request = from_server(walk);
    let heard = Browser::new(walk.site).send(request).await;
    assert_eq!(heard.status, StatusCode::OK, "{}", heard.body);
    walk.wrote("POST", "/sign-in/provider/logout").await;
    assert_eq!(teacher.get("/account").await.leads_to(), "/sign-in");
}

/// What the provider's server posts when the teacher signs out there.
fn from_server(walk: &Walk<'_>) -> Request<Body> {
    let token = json!({
        "iss": ISSUER, "aud": "contactpoint", "iat": walk.site.clock.now().as_second(), "jti": "one",
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        "sub": "teacher-at-council", "sid": "one-session-there",
    });
    let request = Browser::new(walk.site)
        .request(Method::POST, "/sign-in/provider/logout")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(format!("logout_token={}", signed(0, "logout+jwt", &token))));
    let mut request = request.unwrap();
    request.headers_mut().remove(header::COOKIE);
    request
}
