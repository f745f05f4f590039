//! Two worlds that differ only in what a shield hides answer alike (decision 17, laws 2 and 3): the same bytes, headers and
//! status to every role at every page, the same statements with the same numbers of rows, the same headers in the trail, the
//! same receipts to a supplier.
//!
//! The two worlds hold the same shielded children. In the other one each of them lives where the next one lives in this one, under
//! another authority, goes to the next one's school and has the next one's carer: a question that is right in one world is wrong in the other.
//! The last one lives where nobody does in this one, and where the first one lives in this one there is nobody in the other: whether
//! somebody is protected at a place would show, too, but to who feeds, whom a hold shows itself (decision 11).
//! Chance and the clock are the same in both, so nothing has to be left out of the comparison.
//!
//! No management here is of the authority that answers for the children: it sees behind a shield, which is what it is there
//! for (rule 2.10). A practitioner of one of these authorities is, and one of a national partner. The desk that decided the shields, and one that has never heard of them, are among those who look. Whom a shield
//! hides from their own authority has worlds of their own (`own_authority`).

mod answered_otherwise;
mod channels;
mod children;
mod coverage;
mod crawler;
mod own_authority;
mod questions;
pub mod statements;
mod trail;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};

use directory::access::{Permission, Role, allows};
use directory::{ShieldReason, ShieldRequester};
use service::{Counts, NewAccount, NewSource, ShieldDecision, ShieldRequest};
use testkit::{TestDatabases, on_both_databases};

use self::children::{
    Answering, Row, SOURCES, World, born, hidden, place_of, probes, renamed_probes, row, surname,
};
use self::crawler::{crawl, stranger};
use self::questions::{Question, by_name_and_birth, questions};
use self::statements::Statements;
use crate::browser::{Browser, Page};
use crate::site::{AUTHORITY, PASSWORD, Site};

/// How many children are shielded, an even number; the soak asks for a thousand.
fn shielded() -> usize {
    let count = std::env::var("CONTACTPOINT_SHIELDED").ok().and_then(|count| count.parse().ok());
    count.unwrap_or(2_usize).next_multiple_of(2)
}

/// Everybody who tries the pages, each in roles of their own; the first of the nurses once more, when the teacher has agreed to
/// what she asked. Who may look for a child says why first.
const CRAWLERS: [(&str, &[Role]); 17] = [
    ("nurse", &[Role::Practitioner]),
    ("teacher", &[Role::Practitioner]),
    ("nurse", &[Role::Practitioner]),
    ("manager", &[Role::Manager, Role::ShieldDesk]),
    ("wendy", &[Role::Manager, Role::ShieldDesk]),
    ("milo", &[Role::Manager]),
    ("dana", &[Role::DataAdministrator]),
    ("petra", &[Role::Practitioner, Role::OverrideHolder]),
    ("rosalind", &[Role::UserManager]),
    ("trainer", &[Role::Trainer]),
    ("auditor", &[Role::Auditor]),
    ("lead", &[Role::OrganisationLead]),
    ("central", &[Role::CentralTeam]),
    ("hanna", &[Role::Helpdesk]),
    ("oskar", &[Role::SupplierOperator]),
    ("nadia", &[Role::Practitioner]),
    ("nora", &[Role::Practitioner]),
];

/// Who looks for a child by everything that can be said of it: they are all shown the same, or less.
pub const LOOKERS: [&str; 4] = ["nurse", "manager", "teacher", "namesake"];

/// Who looks for children, how many questions each asks before they sign in again, and which routes are not asked.
struct Looking {
    lookers: &'static [&'static str],
    sitting: usize,
    not_asked: &'static [coverage::Route],
}

/// Those who look from elsewhere: also for a national partner, who is told less, and at an authority where some of the children live.
const FROM_ELSEWHERE: Looking = Looking {
    lookers: &["nurse", "manager", "teacher", "namesake", "nadia", "nora"],
    sitting: A_SITTING,
    not_asked: &[],
};

async fn load(site: &Site, source: &str, rows: &[Row]) -> Counts {
    let rows: Vec<Vec<(&str, &str)>> =
        rows.iter().map(|row| row.iter().map(|(name, value)| (*name, value.as_str())).collect()).collect();
    site.load_as(source, "schools-census", &rows.iter().collect::<Vec<_>>()).await
}

/// A world, with its children shielded. They are loaded one by one, in the same order: so the same chance goes to each.
async fn world(db: TestDatabases, world: World, count: usize, answering: Answering) -> Site {
    let site = Site::with_children(db).await.with_more_people().await;
    for (source, name, code) in SOURCES {
        site.organisation(name, "authority", Some(code)).await;
        let source = NewSource {
            name: source.to_owned(),
            profile: "schools-census".to_owned(),
            organisation: name.to_owned(),
            precedence: 2,
            one_record_per_child: false,
            accredited_until: Some(jiff::civil::date(2040, 3, 31)),
        };
        site.directory.declare_source(source).await.unwrap();
    }
    people(&site).await;
    for child in 0..count {
        let place = place_of(child, world, count);
        load(&site, answering.source_of(place), &[row(child, place)]).await;
    }
    shield(&site, &numbers(&site, count, world, answering).await).await;
    // A new installation's walk over all children writes as many rows of each as a load of it did: so many as what it says
    // has keys, whoever asks what.
    site.directory.fill_households().await.unwrap();
    site.clock.advance(jiff::SignedDuration::from_mins(30));
    site
}

/// Those who look beside the people of the site: another authority's desk, a manager who is of no desk, a data administrator, a holder of the override,
/// the helpdesk, a supplier's operator, somebody of a national partner, somebody of an authority whose source states the children.
async fn people(site: &Site) {
    let authority = site.directory.organisation_id(AUTHORITY).await.unwrap().unwrap();
    let west = site.organisation("West Invented Council", "authority", Some("E10000023")).await;
    let clinic = site.organisation("Mill Lane Clinic", "partner", Some("E10000015")).await;
    let partner = site.organisation("Invented Children's Line", "national_partner", None).await;
    let north = site.organisation(SOURCES[0].1, "authority", Some(SOURCES[0].2)).await;
    for (username, name, roles, organisation) in [
        ("wendy", "Wendy Marlow", vec![Role::Manager, Role::ShieldDesk], west),
        ("milo", "Milo Prentice", vec![Role::Manager], authority),
        ("dana", "Dana Whitcombe", vec![Role::DataAdministrator], authority),
        ("petra", "Petra Voss", vec![Role::Practitioner, Role::OverrideHolder], clinic),
        ("hanna", "Hanna Brook", vec![Role::Helpdesk], authority),
        ("oskar", "Oskar Lind", vec![Role::SupplierOperator], authority),
        ("nadia", "Nadia Ferris", vec![Role::Practitioner], partner),
        ("nora", "Nora Hallam", vec![Role::Practitioner], north),
    ] {
        let account = NewAccount {
            username: username.to_owned(),
            display_name: name.to_owned(),
            password: PASSWORD.to_owned(),
            organisation,
            roles,
            clearance_until: "2029-01-01T00:00:00Z".parse().unwrap(),
            training_until: "2028-01-01T00:00:00Z".parse().unwrap(),
        };
        site.directory.create_account(account).await.unwrap();
    }
}

/// Shields every child: a parent's request, handed in by the teacher, decided by two of the desk.
async fn shield(site: &Site, numbers: &[String]) {
    let d = &site.directory;
    let asks = site.signed_in("teacher").await;
    let (first, second) = (site.signed_in("manager").await, site.signed_in("manager2").await);
    for number in numbers {
        d.request_shield(&asks, shield_request(number)).await.unwrap();
    }
    // Once: a desk's list opens every request there is.
    for line in d.shield_requests(&first).await.unwrap().waiting {
        d.propose_shield(&first, line.id, &ShieldDecision::Shield(Vec::new())).await.unwrap();
        d.decide_shield(&second, line.id, true).await.unwrap();
    }
}

fn shield_request(number: &str) -> ShieldRequest {
    let number = directory::ChildNumber::parse(number).unwrap();
    ShieldRequest::new(number, ShieldRequester::Parent, ShieldReason::DomesticAbuse)
        .shown_by(
            directory::shield::EvidenceReference::parse("police:13DV00417").unwrap(),
            directory::shield::Asked::by_an_agency(),
        )
        .unwrap()
}

/// The children's numbers, in order.
async fn numbers(site: &Site, count: usize, world: World, answering: Answering) -> Vec<String> {
    let mut all = Vec::new();
    for child in 0..count {
        let source = answering.source_of(place_of(child, world, count)).to_owned();
        let named = [(source, format!("child-{child}"))];
        all.extend(site.directory.numbers_of_records(&named).await.unwrap().iter().map(ToString::to_string));
    }
    assert_eq!(all.len(), count);
    all
}

/// What somebody sees, and what the answer weighs beside.
#[derive(PartialEq, Eq, Debug)]
pub struct Seen {
    pub asked: String,
    status: u16,
    headers: Vec<(String, String)>,
    pub body: String,
}

pub fn seen(asked: String, page: &Page) -> Seen {
    // A cookie that is taken away says when it ended by the system's own clock.
    let told = |value: &http::HeaderValue| {
        let value = value.to_str().unwrap();
        value.split("; Expires=").next().unwrap().to_owned()
    };
    let headers = page.headers.iter().map(|(name, value)| (name.to_string(), told(value)));
    // One process numbers the error references of both worlds.
    let body = match page.between("error reference: <strong class=\"cp-number\">", "</strong>") {
        Some(reference) => page.body.replace(reference, ""),
        None => page.body.clone(),
    };
    Seen { asked, status: page.status.as_u16(), headers: headers.collect(), body }
}

/// What is asked in one go, in both worlds one after the other, and compared before the next: over all of it, what one world
/// does more in one round the other makes up in another; and nothing has to be kept of a thousand children.
enum Round {
    /// Questions about children, by where they are in this world or by where they are in the other one.
    Questions(Vec<Question>),
    /// The pages, by one person.
    Pages(&'static str, &'static [Role]),
    /// What an auditor reads of it, and what a stranger is told.
    Readers,
}

impl Display for Round {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Questions(asked) => write!(f, "the questions from {:?} on", asked.first()),
            Self::Pages(person, roles) => write!(f, "the pages of {person} as {roles:?}"),
            Self::Readers => f.write_str("what an auditor and a stranger read"),
        }
    }
}

/// How many questions somebody asks before they sign in again.
const A_SITTING: usize = 40;

/// How many of those whom they find they open in a sitting: a record is the same however it was found.
const OPENED: usize = 5;

/// How many sittings make a round.
const SITTINGS: usize = 8;

/// Everything that everybody can look at, in the same order in both worlds.
fn rounds(numbers: &[String]) -> Vec<Round> {
    let mut all = Vec::new();
    let mut once = BTreeSet::new();
    for world in [World::This, World::Other] {
        let of_all = numbers.iter().enumerate().flat_map(|(child, number)| {
            let of = numbers.len();
            questions(child, place_of(child, world, of), number, of)
        });
        // What is not about a place is the same by where they are in either world.
        let asked: Vec<Question> = of_all.filter(|question| once.insert(question.clone())).collect();
        all.extend(asked.chunks(SITTINGS * A_SITTING).map(|some| Round::Questions(some.to_vec())));
    }
    all.extend(CRAWLERS.iter().map(|(person, roles)| Round::Pages(person, roles)));
    all.push(Round::Readers);
    all
}

/// A round in one world: what was seen, and the statements behind it.
async fn asked(
    site: &Site,
    numbers: &[String],
    round: &Round,
    statements: &Statements,
    looking: &Looking,
) -> (Vec<Seen>, Vec<String>) {
    let mut all = Vec::new();
    match round {
        Round::Questions(questions) => look_for_each(site, questions, looking, &mut all).await,
        Round::Pages(person, roles) => {
            site.clock.advance(jiff::SignedDuration::from_mins(11));
            let mut browser = match allows(roles, Permission::SearchChildren) {
                true => Browser::with_reason(site, person).await,
                false => Browser::signed_in(site, person).await,
            };
            crawl(
                &mut browser,
                (person, roles),
                looking.not_asked,
                &typed(&numbers[0], &numbers[1]),
                &mut all,
            )
            .await;
            site.directory.do_duties().await.unwrap();
        }
        Round::Readers => {
            all = audit(site, looking.lookers).await;
            stranger(&mut Browser::new(site), &mut all).await;
        }
    }
    (all, statements.settled().await)
}

/// What goes into a field: the first child's number, name and birth, and where it lives in this world; and the number of another to
/// compare it with.
fn typed(number: &str, another: &str) -> impl Fn(&str) -> Option<String> {
    let [year, month, day] = born(0);
    let place = hidden(place_of(0, World::This, 2));
    move |field| {
        let text = match field {
            "child_number" | "number" | "numbers" | "first" | "survivor" => number,
            "other" => another,
            "surname" => return Some(surname(0)),
            "birth_day" => &day,
            "birth_month" => &month,
            "birth_year" => &year,
            "address_line" => return Some(format!("3 {}", place.street)),
            "colleague" | "username" => "teacher",
            "telephone" => "01632 960123",
            "file" | "evidence_number" => "WA-26-0417",
            "evidence_number_2" => "WA-26-0418",
            "references" => "child-0",
            "source" => "north-schools",
            _ if field.ends_with("_day") => "3",
            _ if field.ends_with("_month") => "11",
            "until_year" => "2027",
            _ if field.ends_with("_year") => "2026",
            _ => return None,
        };
        Some(text.to_owned())
    }
}

/// What an auditor reads of those who looked.
pub async fn audit(site: &Site, lookers: &[&str]) -> Vec<Seen> {
    let mut all = Vec::new();
    site.clock.advance(jiff::SignedDuration::from_secs(31));
    let mut auditor = Browser::signed_in(site, "auditor").await;
    for person in lookers {
        let page = auditor.get("/audit").await;
        let form = page.form("/audit").with("username", person);
        let asked = auditor.post(&form.action, &form.pairs()).await;
        let mut page = auditor.get(asked.leads_to()).await;
        all.push(seen(format!("the audit of {person}"), &page));
        while let Some(entry) =
            page.between("href=\"/audit/entry/", "\"").map(|rest| format!("/audit/entry/{rest}"))
        {
            all.push(seen(format!("auditor GET {entry}"), &auditor.get(&entry).await));
            page.body = page.body.split_once("href=\"/audit/entry/").unwrap().1.to_owned();
        }
    }
    all
}

/// Those who look take turns, a sitting each.
async fn look_for_each(site: &Site, questions: &[Question], looking: &Looking, all: &mut Vec<Seen>) {
    for (at, sitting) in questions.chunks(looking.sitting).enumerate() {
        let person = looking.lookers[at % looking.lookers.len()];
        site.clock.advance(jiff::SignedDuration::from_secs(31));
        let mut browser = Browser::with_reason(site, person).await;
        let token = browser.get("/search").await.form_token();
        let mut opened = 0;
        for question in sitting {
            let mut fields: Vec<(&str, &str)> =
                question.iter().map(|(name, value)| (*name, value.as_str())).collect();
            fields.push(("form_token", &token));
            let page = browser.post("/search", &fields).await;
            all.push(seen(format!("{person} POST /search {question:?}"), &page));
            if page.handles().len() == 1 && opened < OPENED {
                opened += 1;
                let record = browser.open_only_result(&page).await;
                all.push(seen(format!("{person} POST /record/open {question:?}"), &record));
            }
        }
    }
}

pub fn assert_alike(this: &[Seen], other: &[Seen]) {
    if let Some((this, other)) = this.iter().zip(other).find(|(this, other)| this != other) {
        let differing = this.body.lines().zip(other.body.lines()).find(|(this, other)| this != other);
        panic!(
            "the two worlds are told apart: {} {} {:?}\n{differing:?}\n{} {} {:?}",
            this.asked, this.status, this.headers, other.asked, other.status, other.headers
        );
    }
    assert_eq!(this.len(), other.len());
}

/// Which statements were heard oftener in one of the worlds, and by how much.
pub fn more_of(here: &[String], there: &[String]) -> BTreeMap<String, i64> {
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    for (heard, by) in [(here, 1), (there, -1)] {
        for statement in heard {
            *counts.entry(statement.clone()).or_default() += by;
        }
    }
    counts.retain(|_, count| *count != 0);
    counts
}

/// Both worlds of an engine, the numbers of the children, which are the same in both, and when what is asked begins.
async fn both(db: TestDatabases, count: usize, answering: Answering) -> (Site, Site, Vec<String>) {
    let other_db = TestDatabases::on(db.engine()).await;
    let this = world(db, World::This, count, answering).await;
    let other = world(other_db, World::Other, count, answering).await;
    let of_this = numbers(&this, count, World::This, answering).await;
    let of_other = numbers(&other, count, World::Other, answering).await;
    assert_eq!(of_this, of_other, "the same chance made the numbers");
    assert_eq!(this.clock.now(), other.clock.now());
    (this, other, of_this)
}

/// A round in both worlds, which are told apart by nothing of it: what was seen in this one.
async fn alike(
    [this, other]: [&Site; 2],
    numbers: &[String],
    round: &Round,
    statements: &Statements,
    looking: &Looking,
) -> Vec<Seen> {
    let (seen_here, asked_here) = asked(this, numbers, round, statements, looking).await;
    let (seen_there, asked_there) = asked(other, numbers, round, statements, looking).await;
    assert_alike(&seen_here, &seen_there);
    assert!(asked_here.len() > 100, "{} statements were heard", asked_here.len());
    let more = more_of(&asked_here, &asked_there);
    assert!(more.is_empty(), "the databases were asked otherwise in {round}: {more:#?}");
    seen_here
}

/// What was written in the clear since is the same in both, so many entries.
async fn written_alike(this: &Site, other: &Site, since: jiff::Timestamp) -> usize {
    let (here, there) = (trail::headers(this, since).await, trail::headers(other, since).await);
    let differing = here.iter().zip(&there).find(|(here, there)| here != there);
    assert!(differing.is_none() && here.len() == there.len(), "{differing:?}");
    here.len()
}

on_both_databases! {
    async fn what_a_shield_hides_changes_no_byte_of_any_page_and_no_statement(db: TestDatabases) {
        let count = shielded();
        let (this, other, numbers) = both(db, count, Answering::ByPlace).await;
        let since = this.clock.now();
        let statements = Statements::heard();
        let (mut found, mut nearly, mut opened, mut answers) = (0, 0, 0, 0);
        let (mut known, mut routes) = (BTreeSet::new(), BTreeSet::new());
        let who_they_are: Vec<String> = (0..count).map(|child| format!(" POST /search {:?}", by_name_and_birth(child))).collect();
        let mut found_as_who_they_are = BTreeSet::new();
        for round in rounds(&numbers) {
            let seen_here = alike([&this, &other], &numbers, &round, &statements, &FROM_ELSEWHERE).await;
            for seen in seen_here.iter().filter(|seen| seen.body.contains("1 child found")) {
                found += 1;
                found_as_who_they_are.extend(who_they_are.iter().position(|asked| seen.asked.ends_with(asked)));
            }
            let near = |seen: &&Seen| ["Minnie\")", "Wilhelmyna", "Wilhelminá"].iter().any(|name| seen.asked.contains(name));
            nearly += seen_here.iter().filter(near).filter(|seen| seen.body.contains("1 child found")).count();
            opened += seen_here.iter().filter(|seen| seen.asked.contains(" POST /record/open ")).count();
            answers += seen_here.len();
            known.extend(coverage::routes_answered(&seen_here));
            routes.extend(coverage::routes_asked(&seen_here));
        }
        // By what no shield hides each is found, and for somebody there is something to open: what is alike is not nothing.
        assert_eq!(found_as_who_they_are.len(), count, "found by name and birth");
        assert!(found > count && opened > count, "{found} found, {opened} opened");
        assert!(nearly > 2, "{nearly} found by a name that is nearly right: what is not hidden forgives");
        let written = written_alike(&this, &other, since).await;
        assert!(written > answers / 8, "{written} entries");
        coverage::assert_complete(&routes, known);
    }

    async fn probes_by_a_supplier_tell_nobody_where_a_shielded_child_is(db: TestDatabases) {
        let count = 2;
        let (this, other, _) = both(db, count, Answering::ByPlace).await;
        let mut told = Vec::new();
        for site in [this, other] {
            let mut all = Vec::new();
            for child in 0..count {
                for place in [World::This, World::Other].map(|world| place_of(child, world, count)) {
                    // One load after the other: of two in one moment either may stand first.
                    site.clock.advance(jiff::SignedDuration::from_mins(1));
                    all.push(receipt(load(&site, "schools-census", &probes(child, place, 1)).await));
                    // So many that what they matched could be counted, were it counted.
                    site.clock.advance(jiff::SignedDuration::from_mins(1));
                    all.push(receipt(load(&site, "schools-census", &probes(child, place, 15)).await));
                    site.clock.advance(jiff::SignedDuration::from_mins(1));
                    all.push(receipt(load(&site, "schools-census", &renamed_probes(child, place, 15)).await));
                }
            }
            site.clock.advance(jiff::SignedDuration::from_hours(24));
            let mut manager = Browser::signed_in(&site, "manager").await;
            all.push(manager.get("/figures").await.without_tokens());
            // What a whole day matched, and by it whether a limit was crossed.
            let page = manager.get("/sources").await;
            all.push(page.without_tokens());
            let source = page.link("/sources/history?source=");
            all.push(manager.get(&source).await.without_tokens());
            let day = site.directory.today();
            all.push(sums(&site, day).await);
            all.push(sums(&site, day.yesterday().unwrap()).await);
            told.push(all);
        }
        assert_eq!(told[0], told[1], "what probes meet is told");
    }
}

/// The sums of a day, and every receipt: what the supplier is told of it at all.
async fn sums(site: &Site, day: jiff::civil::Date) -> String {
    let sums = site.directory.reconciliation("schools-census", day).await.unwrap();
    let start = service::ReceiptCursor::default();
    let receipts = site.directory.receipts("schools-census", start, 10_000).await.unwrap();
    let told = receipts.lines.iter().map(|line| format!("{line:?}\n"));
    format!(
        "{:?}\n{}",
        sums.files.iter().map(|file| &file.sums.sent).collect::<Vec<_>>(),
        told.collect::<String>()
    )
}

/// What a supplier is told of a file.
fn receipt(counts: Counts) -> String {
    let Counts { rows, accepted, unchanged, updated, quarantined, .. } = counts;
    format!(
        "{rows} rows: {accepted} accepted, {unchanged} unchanged, {updated} updated, {quarantined} put aside"
    )
}
