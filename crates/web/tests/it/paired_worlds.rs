//! Two worlds that differ only in what a shield hides answer alike (decision 17, laws 2 and 3): the same bytes, headers and
//! status to every role at every page, the same statements with the same numbers of rows, the same receipts to a supplier.
//!
//! The two worlds hold the same shielded children. In the other one each of them lives where the next one lives in this one,
//! goes to the next one's school and has the next one's carer: a question that is right in one world is wrong in the other.
//! Chance and the clock are the same in both, so nothing has to be left out of the comparison.

pub mod statements;

use std::collections::BTreeMap;

use service::Counts;
use testkit::{TestDatabases, on_both_databases};
use web::routes;

use self::statements::Statements;
use crate::browser::{Browser, Page};
use crate::site::Site;

/// How many children are shielded; the soak asks for a thousand.
fn shielded() -> usize {
    std::env::var("CONTACTPOINT_SHIELDED").ok().and_then(|count| count.parse().ok()).unwrap_or(2)
}

/// Everybody who looks, each in a role of their own.
const PEOPLE: [&str; 9] =
    ["nurse", "manager", "rosalind", "trainer", "auditor", "lead", "namesake", "central", "teacher"];

/// Who may look for a child.
const LOOKERS: [&str; 4] = ["nurse", "manager", "teacher", "namesake"];

/// Pages with a checkpoint: a signature over sealed entries, which hold what was loaded, is never the same twice.
const SIGNED: [&str; 4] =
    ["/published", "/published.json", "/published/checkpoint.txt", "/published/audit-key.txt"];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum World {
    This,
    Other,
}

/// A name no other number has, of letters only.
fn name(number: usize, syllables: [&str; 10]) -> String {
    let at = |place: usize| syllables[number / 10_usize.pow(u32::try_from(place).unwrap()) % 10];
    let text = format!("{}{}{}{}", at(0), at(2), at(1), at(3));
    text[..1].to_uppercase() + &text[1..]
}

fn surname(number: usize) -> String {
    name(number, ["bra", "cho", "dun", "fel", "gri", "hol", "kip", "lom", "mar", "sto"])
}

fn forename(number: usize) -> String {
    name(number * 7 + 3, ["al", "be", "cy", "do", "em", "fi", "gus", "ha", "in", "jo"])
}

/// What the shield hides: a place by its number.
struct Hidden {
    street: String,
    town: String,
    postcode: String,
    school: String,
    carer: String,
    alias: String,
}

fn hidden(place: usize) -> Hidden {
    let letter = |by: usize| char::from(b"ABDEFGHJLN"[place / by % 10]);
    let word = name(place + 5_000, ["ash", "bir", "cro", "den", "elm", "far", "gor", "hay", "ing", "lan"]);
    Hidden {
        street: format!("{word} Rise"),
        town: format!("{word} Green"),
        postcode: format!("LS{} {}{}{}", place % 9 + 1, place % 8 + 1, letter(1), letter(10)),
        school: format!("{word} School"),
        carer: format!("{word}ley"),
        alias: format!("{word}worth"),
    }
}

/// Where a child is in a world, of so many.
fn place_of(child: usize, world: World, of: usize) -> usize {
    match world {
        World::This => child,
        World::Other => (child + 1) % of,
    }
}

fn born(child: usize) -> [String; 3] {
    [2009 + child % 14, 1 + child / 14 % 12, 1 + child / 168 % 28].map(|part| format!("{part:02}"))
}

type Row = Vec<(&'static str, String)>;

fn row(child: usize, place: usize) -> Row {
    let hidden = hidden(place);
    let urn = format!("{}", 100_100 + place);
    vec![
        ("record_id", format!("child-{child}")),
        ("effective_at", "2026-09-01".to_owned()),
        ("forenames", forename(child)),
        ("surname", surname(child)),
        ("date_of_birth", born(child).join("-")),
        ("gender", if child.is_multiple_of(2) { "F" } else { "M" }.to_owned()),
        ("alias_1_forenames", forename(child)),
        ("alias_1_surname", hidden.alias),
        ("address_kind", "current".to_owned()),
        ("address_line_1", format!("3 {}", hidden.street)),
        ("town", hidden.town),
        ("postcode", hidden.postcode),
        ("school_urn", urn),
        ("school_name", hidden.school),
        ("school_start", "2020-09-03".to_owned()),
        ("education_status", "in_school".to_owned()),
        ("carer_1_forenames", "Ngozi".to_owned()),
        ("carer_1_surname", hidden.carer),
        ("carer_1_relationship", "mother".to_owned()),
        ("carer_1_responsibility", "yes".to_owned()),
    ]
}

async fn load(site: &Site, rows: &[Row]) -> Counts {
    let rows: Vec<Vec<(&str, &str)>> =
        rows.iter().map(|row| row.iter().map(|(name, value)| (*name, value.as_str())).collect()).collect();
    site.load("schools-census", &rows.iter().collect::<Vec<_>>()).await
}

/// A world, with its children shielded.
async fn world(db: TestDatabases, world: World, count: usize) -> Site {
    let site = Site::with_children(db).await.with_more_people().await;
    let rows: Vec<Row> = (0..count).map(|child| row(child, place_of(child, world, count))).collect();
    load(&site, &rows).await;
    site.shield(&(0..count).map(|child| format!("child-{child}")).collect::<Vec<_>>()).await;
    site.clock.advance(jiff::SignedDuration::from_mins(30));
    site
}

type Fields = Vec<(&'static str, String)>;

/// Every way to ask for a child by who it is, rightly and nearly, with where it is in one of the worlds.
fn questions(child: usize, place: usize) -> Vec<Fields> {
    let surname = surname(child);
    let near: String = surname.chars().rev().skip(1).collect::<Vec<_>>().into_iter().rev().collect();
    let [year, month, day] = born(child);
    let birth: Fields = vec![("birth_day", day), ("birth_month", month), ("birth_year", year)];
    let mut all = vec![
        [vec![("surname", surname.clone())], birth.clone()].concat(),
        [vec![("surname", near.clone())], birth.clone()].concat(),
        [vec![("surname", surname.clone()), ("forenames", forename(child))], birth.clone()].concat(),
    ];
    let hidden = hidden(place);
    let wheres: [Fields; 5] = [
        vec![("street", hidden.street.clone())],
        vec![("postcode", hidden.postcode.clone())],
        vec![("school", hidden.school.clone())],
        vec![("postcode", hidden.postcode.split(' ').next().unwrap().to_owned()), ("age", "9-11".to_owned())],
        vec![("street", hidden.street), ("postcode", hidden.postcode), ("school", hidden.school)],
    ];
    for name in [&surname, &near, &hidden.alias, &hidden.carer] {
        all.extend(wheres.iter().map(|given| [vec![("surname", name.clone())], given.clone()].concat()));
        all.push([vec![("surname", name.clone())], birth.clone()].concat());
    }
    all.extend(wheres.iter().map(|given| [birth.clone(), given.clone()].concat()));
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

/// What was seen in a round of asking, and the statements behind it.
type Round = (Vec<Seen>, Vec<String>);

/// Everything that everybody can look at, asked in the same order: by where the children are in this world, by where they are
/// in the other one, and the pages. Each round for itself: over both of the first, what one world does more the other makes up.
async fn everything(site: &Site, count: usize, statements: &Statements) -> Vec<Round> {
    let mut rounds = Vec::new();
    for world in [World::This, World::Other] {
        let mut all = Vec::new();
        for person in LOOKERS {
            looks_for_each(site, person, count, world, &mut all).await;
        }
        rounds.push((all, statements.settled().await));
    }
    let mut all = pages(site).await;
    all.extend(audit(site).await);
    rounds.push((all, statements.settled().await));
    rounds
}

/// Every page without a parameter, to everybody.
async fn pages(site: &Site) -> Vec<Seen> {
    let mut all = Vec::new();
    for person in PEOPLE {
        site.clock.advance(jiff::SignedDuration::from_secs(31));
        let mut browser = Browser::signed_in(site, person).await;
        let asked = routes().filter(|route| route.method == "GET" && !route.path.contains('{'));
        for route in asked.filter(|route| !SIGNED.contains(&route.path)) {
            let page = browser.get(route.path).await;
            all.push(seen(format!("{person} GET {}", route.path), &page));
        }
    }
    all
}

/// What an auditor reads of those who looked.
pub async fn audit(site: &Site) -> Vec<Seen> {
    let mut all = Vec::new();
    site.clock.advance(jiff::SignedDuration::from_secs(31));
    let mut auditor = Browser::signed_in(site, "auditor").await;
    for person in LOOKERS {
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

async fn looks_for_each(site: &Site, person: &str, count: usize, world: World, all: &mut Vec<Seen>) {
    for child in 0..count {
        site.clock.advance(jiff::SignedDuration::from_secs(31));
        let mut browser = Browser::with_reason(site, person).await;
        for question in questions(child, place_of(child, world, count)) {
            let fields: Vec<(&str, &str)> =
                question.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let page = browser.search(&fields).await;
            all.push(seen(format!("{person} asks {fields:?}"), &page));
            if page.handles().len() == 1 {
                let record = browser.open_only_result(&page).await;
                all.push(seen(format!("{person} opens {fields:?}"), &record));
            }
        }
    }
}

pub fn assert_alike(this: &[Seen], other: &[Seen]) {
    if let Some((this, other)) = this.iter().zip(other).find(|(this, other)| this != other) {
        let differing = this.body.lines().zip(other.body.lines()).find(|(this, other)| this != other);
        panic!(
            "the two worlds are told apart: {} {:?}\n{differing:?}\n{:?}",
            this.asked, this.headers, other.headers
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

on_both_databases! {
    async fn what_a_shield_hides_changes_no_byte_of_any_page_and_no_statement(db: TestDatabases) {
        let count = shielded();
        let other_db = TestDatabases::on(db.engine()).await;
        let this = world(db, World::This, count).await;
        let other = world(other_db, World::Other, count).await;
        let statements = Statements::heard();
        let here = everything(&this, count, &statements).await;
        let there = everything(&other, count, &statements).await;
        let seen = || here.iter().flat_map(|(seen, _)| seen);
        let found = seen().filter(|seen| seen.body.contains("1 child found")).count();
        let opened = seen().filter(|seen| seen.asked.contains(" opens ")).count();
        assert!(found >= 2 * count * LOOKERS.len() && opened == found, "{found} found, {opened} opened");
        for ((seen_here, asked_here), (seen_there, asked_there)) in here.iter().zip(&there) {
            assert_alike(seen_here, seen_there);
            assert!(asked_here.len() > 100, "{} statements were heard", asked_here.len());
            let more = more_of(asked_here, asked_there);
            assert!(more.is_empty(), "the databases were asked otherwise: {more:#?}");
        }
    }

    async fn probes_by_a_supplier_tell_nobody_where_a_shielded_child_is(db: TestDatabases) {
        let count = 3;
        let other_db = TestDatabases::on(db.engine()).await;
        let mut told = Vec::new();
        for (db, which) in [(db, World::This), (other_db, World::Other)] {
            let site = world(db, which, count).await;
            let mut all = Vec::new();
            for child in 0..count {
                for place in [World::This, World::Other].map(|world| place_of(child, world, count)) {
                    all.push(receipt(load(&site, &probes(child, place, 1)).await));
                    // So many that what they matched could be counted, were it counted.
                    all.push(receipt(load(&site, &probes(child, place, 15)).await));
                }
            }
            site.clock.advance(jiff::SignedDuration::from_hours(24));
            let mut manager = Browser::signed_in(&site, "manager").await;
            all.push(manager.get("/figures").await.body);
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
        assert_eq!(told[0], told[1]);
    }
}

/// Rows that state a child at a place, each as another record.
fn probes(child: usize, place: usize, count: usize) -> Vec<Row> {
    let probe = |nth: usize| {
        let mut probe = row(child, place);
        probe[0].1 = format!("probe-{child}-{place}-{count}-{nth}");
        probe
    };
    (0..count).map(probe).collect()
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
