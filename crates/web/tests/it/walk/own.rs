//! What people do to their own account.

use http::header;
use jiff::SignedDuration;
use testkit::authenticator::Device;
use totp_rs::{Builder, Secret};

use super::ledger::Walk;
use super::sign_in::{binds, options};
use crate::browser::{Browser, Page};
use crate::site::{PASSWORD, Site};

pub async fn walk(walk: &mut Walk<'_>) {
    let mut nurse = walk.person("nurse").await;
    address(walk, &mut nurse).await;
    passkeys(walk, &mut nurse).await;
    binds(walk, &mut nurse, "nurse-at-council").await;
    let page = walk.get(&mut nurse, "/account/provider").await;
    let page = walk.onward(&mut nurse, page.form("/account/provider/part")).await;
    assert!(page.forms("/account/provider/part").is_empty(), "there is nothing to part any more");
    sessions(walk, &mut nurse).await;
    details(walk).await;
    let mut nurse = walk.person("nurse").await;
    let history = walk.get(&mut nurse, "/account/history").await;
    assert!(history.body.contains("Your account was changed"), "{}", history.main());
}

async fn address<'a>(walk: &mut Walk<'a>, nurse: &mut Browser<'a>) {
    let page = walk.get(nurse, "/account/address").await;
    let form = page.form("/account/address").filled(&[("house", "14"), ("postcode", "AL1 2QB")]);
    let page = walk.onward(nurse, form).await;
    assert!(page.body.contains("Your address is kept") && !page.body.contains("AL1 2QB"), "{}", page.main());
}

/// A passkey on this device, made through the pages.
pub async fn makes_passkey<'a>(walk: &mut Walk<'a>, browser: &mut Browser<'a>, device: &mut Device) {
    let page = walk.get(browser, "/passkeys").await;
    let page = walk.follow(browser, &page, "/passkeys/new").await;
    let page = walk.send(browser, page.form("/passkeys/new").with("kind", "security_key")).await;
    let answer = device.create(&options(&page));
    let list = walk.onward(browser, page.form("/passkeys/register").with("answer", &answer)).await;
    assert!(list.body.contains("A security key"), "{}", list.main());
}

async fn passkeys<'a>(walk: &mut Walk<'a>, nurse: &mut Browser<'a>) {
    makes_passkey(walk, nurse, &mut Device::new("to be lost")).await;
    let list = walk.get(nurse, "/passkeys").await;
    let sure = walk.send(nurse, list.form("/passkeys/remove")).await;
    let list = walk.onward(nurse, sure.form("/passkeys/removed")).await;
    assert!(list.body.contains("You have no passkey yet"), "{}", list.main());
}

async fn sessions<'a>(walk: &mut Walk<'a>, nurse: &mut Browser<'a>) {
    let mut other = walk.person("nurse").await;
    let page = walk.get(nurse, "/sessions").await;
    walk.onward(nurse, page.form("/sessions/end-others")).await;
    assert_eq!(other.get("/account").await.leads_to(), "/sign-in", "ended from elsewhere");
    let mut other = walk.person("nurse").await;
    let page = walk.get(nurse, "/sessions").await;
    let page = walk.onward(nurse, page.form("/sessions/end")).await;
    assert_eq!(other.get("/account").await.leads_to(), "/sign-in");
    assert!(page.forms("/sessions/end").is_empty(), "{}", page.main());
    // From another network at the same time: the page asks whether that is the same person.
    walk.person_from_elsewhere("nurse").await;
    let page = walk.get(nurse, "/sessions").await;
    let page = walk.onward(nurse, page.form("/sessions/recognise")).await;
    assert!(page.forms("/sessions/recognise").is_empty(), "{}", page.main());
}

async fn details(walk: &mut Walk<'_>) {
    let mut trainer = walk.person("trainer").await;
    let page = walk.get(&mut trainer, "/password").await;
    let new = "seven quiet otters swim";
    let form = page.form("/password").filled(&[("old", PASSWORD), ("new", new), ("again", new)]);
    assert_eq!(walk.send(&mut trainer, form).await.heading(), "Your password is changed");
    let mut manager = walk.person("manager2").await;
    let page = walk.get(&mut manager, "/authenticator").await;
    assert!(page.headers[header::CACHE_CONTROL].to_str().unwrap().contains("no-store"));
    let key = page.between("class=\"cp-secret\">", "<").expect("a new key");
    // A code is used up by being right, whatever comes of it; so is the one of signing in.
    for without_a_trail in [true, false] {
        walk.site.clock.advance(SignedDuration::from_secs(31));
        let form = page.form("/authenticator").with("code", &shown_code(walk.site, key));
        match without_a_trail {
            true => walk.without_a_trail(&mut manager, &form).await,
            false => drop(walk.send(&mut manager, form).await),
        }
    }
}

/// The code that an authenticator app with this key shows.
pub fn shown_code(site: &Site, key: &str) -> String {
    let bytes = Secret::try_from_base32(key.replace(' ', "")).unwrap();
    let totp = Builder::new().with_secret(bytes.as_ref().to_vec().into_boxed_slice()).build().unwrap();
    totp.generate(u64::try_from(site.clock.now().as_second()).unwrap()).to_string()
}

/// The key on a page of enrolment.
pub fn key_on(page: &Page) -> String {
    page.between("id=\"secret\">", "<").expect("a key for an authenticator").to_owned()
}
