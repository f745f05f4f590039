//! Every route that declares an entry of the trail, used once as it is meant: the entry is there afterwards. And how each
//! route is asked at the least. A route that declares an entry and that nobody walks makes these tests fail.

use http::StatusCode;
use jiff::SignedDuration;
use service::NewAccount;
use store::{Store, accounts, audit};
use testkit::{TestDatabases, on_both_databases};
use totp_rs::{Builder, Secret};
use web::{Route, Trail, routes};

use crate::browser::{Browser, Page};
use crate::site::{PASSWORD, Site};

type Fields = Vec<(&'static str, &'static str)>;

/// How a route is asked at the least: its path with something in every place of it, and for a post a form that it takes. A
/// new route is asked with an empty form until it has a line; what is wrong with that is told by the page, after the
/// permission was asked for.
pub fn minimal(route: &Route) -> (String, Fields) {
    let fields: Fields = match (route.method, route.path) {
        ("POST", "/sign-in") => vec![("username", "nobody"), ("password", "none")],
        ("POST", "/sign-in/code") => vec![("code", "000000")],
        ("POST", "/reason") => vec![("reason", "child_presents")],
        ("POST", "/search") => vec![("surname", "Okonjo"), ("street", "Mill Lane")],
        ("POST", "/record") => vec![("record", "none")],
        ("POST", "/record/open") => vec![("record", "none"), ("reason", "child_presents")],
        ("POST", "/mediation/search") => {
            vec![("colleague", "nobody"), ("surname", "Okonjo"), ("street", "Mill Lane")]
        }
        ("POST", "/mediation/reason") => vec![("record", "none")],
        ("POST", "/mediation/ask") => vec![("record", "none"), ("reason", "child_presents")],
        ("POST", "/mediation/decide") => vec![("request", "none"), ("decision", "approve")],
        ("POST", "/mediation/review" | "/mediation/open" | "/mediation/withdraw") => {
            vec![("request", "none")]
        }
        ("POST", "/enrolment") => vec![("username", "nobody")],
        ("POST", "/enrol") => vec![("username", "nobody"), ("enrolment_code", "none")],
        ("POST", "/enrol/finish") => vec![("step", "none")],
        ("POST", "/recovery/new") => {
            vec![("username", "nobody"), ("document", "passport"), ("document_number", "A1234567")]
        }
        ("POST", "/recovery/decide") => vec![("recovery", "none"), ("decision", "approve")],
        ("POST", "/recovery/code") => vec![("recovery", "none")],
        _ => Vec::new(),
    };
    (filled(route.path), fields)
}

/// The path with something where it has a name in braces: an id of nobody and nothing.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "{id}" | "{entry}" => "00000000-0000-4000-8000-000000000000",
        named if named.starts_with('{') => "none",
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Routes that a test of their own uses as they are meant and shows the entry of: method, path, and that test's name. The test
/// must be in this folder, in a file that names the path.
const WALKED_ELSEWHERE: &[(&str, &str, &str)] = &[];

/// Routes whose entry their own use case's tests in `service` show, and which nobody walks here yet. The list may only get
/// shorter: a route that is neither on it nor walked fails.
const NOT_WALKED_YET: &[(&str, &str)] = &[
    ("POST", "/account/address"),
    ("POST", "/account/provider/part"),
    ("POST", "/accounts/import"),
    ("POST", "/accounts/proposals"),
    ("POST", "/accounts/request"),
    ("GET", "/accounts/{id}"),
    ("GET", "/accounts/{id}/change"),
    ("POST", "/accounts/{id}/change"),
    ("GET", "/accounts/{id}/facts"),
    ("POST", "/accounts/{id}/facts"),
    ("GET", "/accounts/{id}/misuse"),
    ("POST", "/accounts/{id}/misuse"),
    ("GET", "/accounts/{id}/move"),
    ("POST", "/accounts/{id}/move"),
    ("GET", "/accounts/{id}/roles"),
    ("POST", "/accounts/{id}/roles"),
    ("POST", "/accounts/{id}/roles/take"),
    ("GET", "/accounts/{id}/training"),
    ("POST", "/accounts/{id}/training"),
    ("GET", "/accreditation/{id}"),
    ("GET", "/accreditation/{id}/decide"),
    ("POST", "/accreditation/{id}/decide"),
    ("GET", "/accreditation/{id}/evidence/{area}"),
    ("POST", "/accreditation/{id}/evidence/{area}"),
    ("GET", "/accreditation/{id}/hand-in"),
    ("POST", "/accreditation/{id}/hand-in"),
    ("POST", "/accreditation/{id}/hand-on"),
    ("GET", "/accreditation/{id}/judge/{code}"),
    ("POST", "/accreditation/{id}/judge/{code}"),
    ("GET", "/accreditation/{id}/questions"),
    ("POST", "/accreditation/{id}/questions"),
    ("GET", "/accreditation/{id}/send-back"),
    ("POST", "/accreditation/{id}/send-back"),
    ("POST", "/alerts/decide"),
    ("POST", "/alerts/pass-on"),
    ("POST", "/alerts/put-back"),
    ("POST", "/alerts/take-on"),
    ("GET", "/alerts/{id}"),
    ("GET", "/audit/entries"),
    ("GET", "/audit/entry/{entry}"),
    ("POST", "/authenticator"),
    ("POST", "/evidence"),
    ("POST", "/investigations/close"),
    ("POST", "/investigations/confirm"),
    ("POST", "/investigations/pass-on"),
    ("POST", "/investigations/step"),
    ("GET", "/investigations/{id}"),
    ("POST", "/notices/acknowledge"),
    ("POST", "/organisations/register"),
    ("POST", "/organisations/{id}/apply"),
    ("GET", "/organisations/{id}/change"),
    ("POST", "/organisations/{id}/change"),
    ("GET", "/organisations/{id}/conditions/{code}"),
    ("POST", "/organisations/{id}/conditions/{code}/evidence"),
    ("POST", "/organisations/{id}/conditions/{code}/met"),
    ("GET", "/organisations/{id}/contacts"),
    ("POST", "/organisations/{id}/contacts"),
    ("GET", "/organisations/{id}/reinstate"),
    ("POST", "/organisations/{id}/reinstate"),
    ("GET", "/organisations/{id}/suspend"),
    ("POST", "/organisations/{id}/suspend"),
    ("GET", "/organisations/{id}/withdraw"),
    ("POST", "/organisations/{id}/withdraw"),
    ("POST", "/passkeys/register"),
    ("POST", "/passkeys/removed"),
    ("POST", "/password"),
    ("GET", "/register/entry/{entry}"),
    ("POST", "/register/entry/{entry}/decide"),
    ("POST", "/register/entry/{entry}/release"),
    ("POST", "/register/propose"),
    ("POST", "/sessions/end"),
    ("POST", "/sign-in/passkey/answer"),
    ("GET", "/sign-in/provider/answer"),
    ("POST", "/sign-in/provider/logout"),
    ("POST", "/step-up"),
    ("POST", "/step-up/passkey"),
];

fn is_not_walked_yet(route: &Route) -> bool {
    NOT_WALKED_YET.contains(&(route.method, route.path))
}

/// Whether a test of its own walks the route; one that is named and does not is a fault.
fn is_walked_elsewhere(route: &Route) -> bool {
    let line =
        WALKED_ELSEWHERE.iter().find(|(method, path, _)| (*method, *path) == (route.method, route.path));
    let Some((_, path, test)) = line else { return false };
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let fixed = path.split('{').next().unwrap();
    let there = std::fs::read_dir(folder).unwrap().any(|file| {
        let file = file.unwrap().path();
        let text = std::fs::read_to_string(&file).unwrap();
        !file.ends_with("walk.rs") && text.contains(&format!("async fn {test}(")) && text.contains(fixed)
    });
    assert!(there, "{} {path}: no test {test} in this folder names it", route.method);
    true
}

/// How many entries the trail has, of one action or of all. No sequencer runs here: each entry waits for its place.
pub async fn entries(store: &Store, action: Option<&str>) -> usize {
    let rows = audit::pending(&mut store.reader().await.unwrap(), 1_000_000).await.unwrap();
    let wanted = |header: &str| action.is_none_or(|name| header.contains(&format!("\"action\":\"{name}\"")));
    rows.iter().filter(|row| wanted(&row.header)).count()
}

/// What the walk needs beside the site's own people.
async fn more_people(site: &Site, store: &Store) {
    use directory::access::Role;
    let organisation = site.directory.organisation_id("Invented Children’s Services").await.unwrap().unwrap();
    let until = site.clock.now() + SignedDuration::from_hours(24 * 365);
    for (username, name, role) in [
        ("rosalind", "Rosalind Achebe", Role::UserManager),
        ("piotr", "Piotr Zielinski", Role::UserManager),
        ("newcomer", "Nia Newcome", Role::Practitioner),
    ] {
        let account = NewAccount {
            username: username.to_owned(),
            display_name: name.to_owned(),
            password: PASSWORD.to_owned(),
            organisation,
            roles: vec![role],
            clearance_until: until,
            training_until: until,
        };
        let id = site.directory.create_account(account).await.unwrap();
        if username == "newcomer" {
            // As an account is before anybody has given it sign-in details.
            let mut tx = store.begin().await.unwrap();
            let mut row = accounts::by_id(&mut tx, id).await.unwrap().unwrap();
            row.password_hash = String::new();
            assert!(accounts::replace(&mut tx, &row).await.unwrap());
            tx.commit().await.unwrap();
        }
    }
}

/// Somebody with a new code: one works once.
async fn person<'a>(site: &'a Site, username: &str) -> Browser<'a> {
    site.clock.advance(SignedDuration::from_secs(31));
    Browser::signed_in(site, username).await
}

async fn looking<'a>(site: &'a Site, username: &str) -> Browser<'a> {
    site.clock.advance(SignedDuration::from_secs(31));
    Browser::with_reason(site, username).await
}

async fn post(browser: &mut Browser<'_>, from: &Page, path: &str, fields: &[(&str, &str)]) -> Page {
    let token = from.form_token();
    let mut all = vec![("form_token", token.as_str())];
    all.extend_from_slice(fields);
    browser.post(path, &all).await
}

const MAYA: [(&str, &str); 2] = [("surname", "Okonjo"), ("street", "Mill Lane")];

/// The nurse asks the teacher, and comes back with their list.
async fn nurse_asks_teacher(site: &Site) -> (Browser<'_>, Page) {
    let mut nurse = looking(site, "nurse").await;
    let form = nurse.get("/mediation/search").await;
    let mut fields = vec![("colleague", "teacher")];
    fields.extend(MAYA);
    let found = post(&mut nurse, &form, "/mediation/search", &fields).await;
    assert_eq!(found.heading(), "1 child found", "{}", found.body);
    let handle = found.handles().remove(0);
    let why = post(&mut nurse, &found, "/mediation/reason", &[("record", &handle)]).await;
    assert!(!why.body.contains("Maya"), "nothing of the child stands beside the reason");
    let sent =
        post(&mut nurse, &why, "/mediation/ask", &[("record", &handle), ("reason", "missing_child")]).await;
    assert_eq!(sent.leads_to(), "/mediation", "{}", sent.body);
    let list = nurse.get("/mediation").await;
    (nurse, list)
}

fn request_of(page: &Page) -> String {
    let (_, after) = page.body.rsplit_once("name=\"request\" value=\"").expect("a request on the page");
    after.split('"').next().unwrap().to_owned()
}

async fn teacher_reads(site: &Site) -> (Browser<'_>, Page) {
    let mut teacher = person(site, "teacher").await;
    let list = teacher.get("/mediation").await;
    assert!(list.body.contains("Amina Hussain") && !list.body.contains("Maya"), "{}", list.body);
    let request = list.between("name=\"request\" value=\"", "\"").unwrap().to_owned();
    let read = post(&mut teacher, &list, "/mediation/review", &[("request", &request)]).await;
    for line in ["Amina Hussain", "Maya Okonjo", "27 March 2014", "The child is missing from home or care"] {
        assert!(read.body.contains(line), "{line} in {}", read.body);
    }
    assert!(!read.body.contains("St Albans") && !read.body.contains("<title>Maya"), "no more than that");
    (teacher, read)
}

/// Ends what may still wait, so that each walk begins anew.
fn minutes_pass(site: &Site) {
    site.clock.advance(SignedDuration::from_mins(11));
}

fn shown_by_authenticator(page: &Page, site: &Site) -> String {
    let secret = page.between("id=\"secret\">", "<").unwrap().replace(' ', "");
    let bytes = Secret::try_from_base32(secret).unwrap();
    let totp = Builder::new().with_secret(bytes.as_ref().to_vec().into_boxed_slice()).build().unwrap();
    totp.generate(u64::try_from(site.clock.now().as_second()).unwrap()).to_string()
}

async fn propose(site: &Site) -> Browser<'_> {
    let mut rosalind = person(site, "rosalind").await;
    let form = rosalind.get("/recovery/new").await;
    let fields = [("username", "nurse"), ("document", "passport"), ("document_number", "533401372")];
    let sent = post(&mut rosalind, &form, "/recovery/new", &fields).await;
    assert_eq!(sent.leads_to(), "/recovery", "{}", sent.body);
    rosalind
}

fn recovery_of(page: &Page) -> String {
    page.between("name=\"recovery\" value=\"", "\"").expect("a recovery on the page").to_owned()
}

async fn decide(site: &Site, decision: &str) {
    let mut piotr = person(site, "piotr").await;
    let list = piotr.get("/recovery").await;
    assert!(list.body.contains("Passport, 533401372"), "{}", list.body);
    let fields = [("recovery", recovery_of(&list)), ("decision", decision.to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let done = post(&mut piotr, &list, "/recovery/decide", &fields).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
}

/// The holder of `username` sets new details with the code on the page.
async fn set_keys(site: &Site, username: &str, shown: &Page, password: &str) -> Page {
    let code = shown.between("id=\"enrolment-code\">", "<").unwrap().to_owned();
    let mut holder = Browser::new(site);
    let form = holder.get("/enrol").await;
    let keys = post(&mut holder, &form, "/enrol", &[("username", username), ("enrolment_code", &code)]).await;
    assert_eq!(keys.heading(), "Choose a password and an authenticator", "{}", keys.body);
    let step = keys.between("name=\"step\" value=\"", "\"").unwrap().to_owned();
    let weak =
        post(&mut holder, &keys, "/enrol/finish", &[("step", &step), ("password", "short"), ("code", "1")])
            .await;
    assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
    let code = shown_by_authenticator(&weak, site);
    post(&mut holder, &weak, "/enrol/finish", &[("step", &step), ("password", password), ("code", &code)])
        .await
}

/// Uses a route once as it is meant.
async fn walk(site: &Site, route: &Route) {
    match (route.method, route.path) {
        ("POST", "/sign-in") => {
            let mut stranger = Browser::new(site);
            let form = stranger.get("/sign-in").await;
            post(&mut stranger, &form, "/sign-in", &[("username", "nurse"), ("password", "a wrong one")])
                .await;
        }
        ("POST", "/sign-in/code") => drop(person(site, "teacher").await),
        ("POST", "/sign-out") => {
            let mut teacher = person(site, "teacher").await;
            let form = teacher.get("/account").await;
            post(&mut teacher, &form, "/sign-out", &[]).await;
        }
        ("POST", "/reason") => drop(looking(site, "nurse").await),
        ("POST", "/search") => drop(looking(site, "nurse").await.search(&MAYA).await),
        ("POST", "/record/open") => {
            let mut nurse = looking(site, "nurse").await;
            let found = nurse.search(&MAYA).await;
            assert_eq!(nurse.open_only_result(&found).await.status, StatusCode::OK);
        }
        ("POST", "/mediation/search" | "/mediation/ask") => drop(nurse_asks_teacher(site).await),
        ("POST", "/mediation/review") => {
            nurse_asks_teacher(site).await;
            teacher_reads(site).await;
        }
        ("POST", "/mediation/decide") => {
            nurse_asks_teacher(site).await;
            let (mut teacher, read) = teacher_reads(site).await;
            let request = request_of(&read);
            let fields = [("request", request.as_str()), ("decision", "refuse")];
            let done = post(&mut teacher, &read, "/mediation/decide", &fields).await;
            assert_eq!(done.heading(), "You refused the request");
        }
        ("POST", "/mediation/open") => {
            let (mut nurse, list) = nurse_asks_teacher(site).await;
            let (mut teacher, read) = teacher_reads(site).await;
            let request = request_of(&read);
            let fields = [("request", request.as_str()), ("decision", "approve")];
            post(&mut teacher, &read, "/mediation/decide", &fields).await;
            let request = list.between("name=\"request\" value=\"", "\"").unwrap().to_owned();
            let record = post(&mut nurse, &list, "/mediation/open", &[("request", &request)]).await;
            assert_eq!((record.status, record.heading()), (StatusCode::OK, "Maya Okonjo"), "{}", record.body);
            assert!(record.body.contains("Shown once, for your colleague"));
            assert!(!record.body.contains("Hidden Harbour"), "a sensitive service is shown");
            let again = post(&mut nurse, &list, "/mediation/open", &[("request", &request)]).await;
            assert_eq!((again.status, again.heading()), (StatusCode::CONFLICT, "This request has ended"));
        }
        ("POST", "/mediation/withdraw") => {
            let (mut nurse, list) = nurse_asks_teacher(site).await;
            let request = request_of(&list);
            post(&mut nurse, &list, "/mediation/withdraw", &[("request", &request)]).await;
        }
        ("POST", "/enrolment") => {
            let mut rosalind = person(site, "rosalind").await;
            let form = rosalind.get("/enrolment").await;
            let shown = post(&mut rosalind, &form, "/enrolment", &[("username", "newcomer")]).await;
            assert_eq!(shown.heading(), "Enrolment code", "{}", shown.body);
        }
        ("POST", "/enrol") => {
            let mut stranger = Browser::new(site);
            let form = stranger.get("/enrol").await;
            let refused =
                post(&mut stranger, &form, "/enrol", &[("username", "nobody"), ("enrolment_code", "x")])
                    .await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        ("POST", "/enrol/finish") => {
            let mut rosalind = person(site, "rosalind").await;
            let form = rosalind.get("/enrolment").await;
            let shown = post(&mut rosalind, &form, "/enrolment", &[("username", "newcomer")]).await;
            let done = set_keys(site, "newcomer", &shown, PASSWORD).await;
            assert_eq!(done.heading(), "You can sign in now", "{}", done.body);
        }
        ("GET", "/recovery") => drop(person(site, "rosalind").await.get("/recovery").await),
        ("POST", "/recovery/new") => {
            propose(site).await;
            decide(site, "refuse").await;
        }
        ("POST", "/recovery/decide") => {
            propose(site).await;
            decide(site, "refuse").await;
        }
        ("POST", "/recovery/code" | "/recovery/told") => {
            propose(site).await;
            decide(site, "approve").await;
            let mut rosalind = person(site, "rosalind").await;
            let list = rosalind.get("/recovery").await;
            let shown =
                post(&mut rosalind, &list, "/recovery/code", &[("recovery", &recovery_of(&list))]).await;
            assert_eq!(set_keys(site, "nurse", &shown, PASSWORD).await.heading(), "You can sign in now");
            let mut nurse = person(site, "nurse").await;
            assert_eq!(nurse.get("/").await.leads_to(), "/recovery/told", "before anything else");
            let told = nurse.get("/recovery/told").await;
            assert!(
                told.body.contains("Rosalind Achebe") && told.body.contains("Piotr Zielinski"),
                "{}",
                told.body
            );
            let read = post(&mut nurse, &told, "/recovery/told", &[]).await;
            assert_eq!(read.leads_to(), "/");
            assert_eq!(nurse.get("/").await.leads_to(), "/reason", "and once only");
        }
        ("GET", "/accounts" | "/accounts/soon" | "/accounts/proposals" | "/notices") => {
            assert_eq!(person(site, "rosalind").await.get(route.path).await.status, StatusCode::OK);
        }
        ("POST", "/accounts") => {
            let mut rosalind = person(site, "rosalind").await;
            let form = rosalind.get("/accounts").await;
            let found = post(&mut rosalind, &form, "/accounts", &[("words", "hussain")]).await;
            assert_eq!(found.status, StatusCode::OK, "{}", found.body);
        }
        ("GET", "/accreditation" | "/alerts" | "/investigations" | "/organisations" | "/register") => {
            assert_eq!(person(site, "manager").await.get(route.path).await.status, StatusCode::OK)
        }
        ("GET", "/organisations/{id}") => {
            let id = site.directory.organisation_id("Invented Children’s Services").await.unwrap().unwrap();
            let page = person(site, "manager").await.get(&format!("/organisations/{id}")).await;
            assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        }
        ("POST", "/sessions/end-others" | "/sessions/recognise") => {
            let mut nurse = person(site, "nurse").await;
            let form = nurse.get("/sessions").await;
            let done = post(&mut nurse, &form, route.path, &[]).await;
            assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        }
        (method, path) => {
            panic!("{method} {path} declares an entry: say in `walk` how it is used as it is meant")
        }
    }
}

on_both_databases! {
    async fn every_route_that_declares_an_entry_of_the_trail_writes_it(db: TestDatabases) {
        let site = Site::with_children(db).await;
        let store = site.store().await;
        more_people(&site, &store).await;
        for route in routes() {
            let Trail::Writes(action) = route.trail else { continue };
            if is_walked_elsewhere(route) || is_not_walked_yet(route) {
                continue;
            }
            minutes_pass(&site);
            let before = entries(&store, Some(action.as_str())).await;
            walk(&site, route).await;
            let after = entries(&store, Some(action.as_str())).await;
            assert!(after > before, "{} {} writes no {action}", route.method, route.path);
        }
        store.close().await;
    }

    async fn a_request_that_is_not_the_persons_own_is_answered_like_one_that_never_was(db: TestDatabases) {
        let site = Site::with_children(db).await;
        let (_, list) = nurse_asks_teacher(&site).await;
        let request = request_of(&list);
        let mut manager = looking(&site, "manager").await;
        let form = manager.get("/mediation").await;
        let mut answers = Vec::new();
        for request in [request.as_str(), "made-up"] {
            for path in ["/mediation/review", "/mediation/open", "/mediation/withdraw"] {
                let page = post(&mut manager, &form, path, &[("request", request)]).await;
                answers.push((page.status, page.without_tokens()));
            }
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
        assert_eq!(answers[0].0, StatusCode::CONFLICT);
    }
}
