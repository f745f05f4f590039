//! Nothing is kept too long (law 9, section 4 of the rules): told with a clock that is moved through the years.

use directory::access::{Reason, Role};
use directory::search::Criteria;
use directory::{ChildNumber, PartialDate};
use jiff::{SignedDuration, Timestamp};
use rand::RngExt as _;
use service::{
    Counts, DeathError, HoldError, ParticipationBasis, ParticipationError, Policy, Reasoned, SignedIn,
    SweepCounts,
};
use testkit::{Engine, TestDatabases, on_both_databases, seeded};
use uuid::Uuid;
use vault::{Bundle, KeyRing, PartContent, WrappedBundle, WrappedGeneration, WrappedRing};

use crate::house::{
    self, CARE, GP, House, Row, SCHOOLS, by_name_and_birth, by_number, by_postcode, child, key_encryption_key,
};
use crate::raw::Raw;
use crate::reloads::killed_after;

/// The service on that day, its organisations accredited and a practitioner cleared anew. Where years have passed, the sweep of a
/// night between has archived what was to be archived.
pub async fn on(house: House, day: &str) -> House {
    let then = format!("{day}T09:00:00Z").parse::<Timestamp>().unwrap();
    let between = then - SignedDuration::from_hours(24 * 500);
    if between > house.clock.now() {
        house.clock.set(between);
        house.directory.sweep(false).await.unwrap();
    }
    house.clock.set(then);
    House::furnished(house.directory.clone(), house.clock.clone()).await
}

pub async fn person(house: &House, role: Role) -> SignedIn {
    let name = format!("{}-{}", role.code(), house.clock.now().as_second());
    if !house.directory.has_account(&name).await.unwrap() {
        house.account(&name, &[role]).await;
    }
    house.clock.advance(SignedDuration::from_secs(31));
    house.sign_in(&name).await
}

async fn nurse(house: &House) -> Reasoned {
    let person = person(house, Role::Practitioner).await;
    house.directory.state_reason(&person, Reason::WhoElseIsInvolved).await.unwrap()
}

/// Whether a practitioner finds the child of that question today.
pub async fn finds(house: &House, criteria: Criteria) -> bool {
    let nurse = nurse(house).await;
    !house.find(&nurse, criteria).await.is_empty()
}

const TABLES: [&str; 7] =
    ["child", "source_record", "source_version", "link", "match_key", "search_key", "suppression"];

pub async fn stored(db: &TestDatabases) -> Vec<i64> {
    let mut raw = Raw::data(db).await;
    let mut counts = Vec::new();
    for table in TABLES {
        counts.push(raw.count(table).await);
    }
    counts
}

/// Everything of the data store and the key store that a sweep could change.
async fn everything(db: &TestDatabases) -> (Vec<i64>, Vec<Vec<u8>>, Vec<String>, Vec<Vec<u8>>) {
    let mut data = Raw::data(db).await;
    (
        stored(db).await,
        data.blobs("SELECT sealed FROM child ORDER BY child_id").await,
        data.texts("SELECT retention_month FROM child ORDER BY child_id").await,
        Raw::keys(db).await.blobs("SELECT wrapped FROM bundle ORDER BY owner_id").await,
    )
}

pub fn one(why: &'static str) -> std::collections::BTreeMap<&'static str, u64> {
    [(why, 1)].into()
}

fn day(text: &str) -> Option<PartialDate> {
    Some(PartialDate::parse(text).unwrap())
}

/// Turns eighteen on 15 June 2026.
pub fn nearly_grown(record: &str) -> Row {
    child(record, "Rosalind", "Thackeray", "2008-06-15").at("4 Larch Grove", "LS6 2AD")
}

/// Born in 2015: a child in all these tests but the last years.
pub fn young(record: &str) -> Row {
    child(record, "Florian", "Ashworth", "2015-06-20").at("9 Elm Row", "LS7 3EF")
}

fn rosalind() -> Criteria {
    by_name_and_birth("Rosalind Thackeray", "2008-06-15")
}

fn florian() -> Criteria {
    by_name_and_birth("Florian Ashworth", "2015-06-20")
}

/// A child who died on 1 March 2026 and is due for destruction on 1 March 2033, still under eighteen.
pub async fn one_who_died(db: &TestDatabases) -> House {
    let house = House::open(db).await;
    house.load(SCHOOLS, &[young("S-1")]).await;
    house.load(GP, &[young("G-1")]).await;
    house.load(GP, &[young("G-1").with("postcode", "LS7 9ZZ")]).await;
    house.holds_end();
    let number = house.number_of(SCHOOLS, "S-1").await;
    let manager = person(&house, Role::Manager).await;
    house.directory.record_death(&manager, &number, day("2026-03-01")).await.unwrap();
    house
}

/// The rows that are all unchanged to their source.
fn all_unchanged(counts: Counts) -> bool {
    counts.rows > 0 && counts.unchanged == counts.rows && counts.accepted == 0 && counts.updated == 0
}

/// One row that says something new of a record the source sent before: it is told of it whatever became of the record, and the
/// row made nothing.
fn told_as_of_any_other(counts: Counts) -> bool {
    let made = counts.linked + counts.opened + counts.for_review;
    (counts.rows, counts.updated, counts.accepted, counts.unchanged, made) == (1, 1, 0, 0, 0)
}

/// The generations that there are now, wrapped.
pub async fn present_generations(db: &TestDatabases) -> Vec<WrappedGeneration> {
    const THERE: &str = "FROM generation WHERE wrapped IS NOT NULL ORDER BY generation";
    let mut keys = Raw::keys(db).await;
    let numbers = keys.texts(&format!("SELECT CAST(generation AS TEXT) {THERE}")).await;
    let wrapped = keys.blobs(&format!("SELECT wrapped {THERE}")).await;
    let rows = numbers.iter().zip(wrapped);
    rows.map(|(number, wrapped)| WrappedGeneration { generation: number.parse().unwrap(), wrapped }).collect()
}

/// What somebody holds who has the key-encryption key and all that the key store holds now.
pub async fn present_keys(db: &TestDatabases) -> KeyRing {
    let (generations, roots) = (present_generations(db).await, Raw::keys(db).await.root_keys().await);
    KeyRing::unwrap(&key_encryption_key(), &WrappedRing { generations, roots }).unwrap()
}

/// A copy of the key store's bundles: owner, generation, wrapped keys.
pub async fn copy_of_bundles(keys: &mut Raw) -> Vec<(Uuid, WrappedBundle)> {
    let owners = keys.ids("SELECT owner_id FROM bundle ORDER BY owner_id").await;
    let generations = keys.texts("SELECT CAST(generation AS TEXT) FROM bundle ORDER BY owner_id").await;
    let wrapped = keys.blobs("SELECT wrapped FROM bundle ORDER BY owner_id").await;
    owners
        .into_iter()
        .zip(generations)
        .zip(wrapped)
        .map(|((owner, generation), wrapped)| {
            (owner, WrappedBundle { generation: generation.parse().unwrap(), wrapped })
        })
        .collect()
}

/// The tables that a backup of the data would bring back, in an order in which their rows can be put in.
const RESTORED: [&str; 7] =
    ["child", "source_record", "source_version", "waiting_statement", "link", "match_key", "search_key"];

/// A backup of the children, kept beside them.
pub async fn back_up(db: &TestDatabases) {
    let mut raw = Raw::data(db).await;
    for table in RESTORED {
        raw.run(&format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}")).await;
    }
}

/// The data as it was at the backup; the key store, and its journal, stay as they are.
pub async fn restore(db: &TestDatabases) {
    let mut raw = Raw::data(db).await;
    for table in RESTORED.iter().rev() {
        raw.run(&format!("DELETE FROM {table}")).await;
    }
    for table in RESTORED {
        raw.run(&format!("INSERT INTO {table} SELECT * FROM kept_{table}")).await;
    }
    raw.run("DELETE FROM suppression").await;
    raw.run("DELETE FROM schema_meta WHERE name = 'journal_mark'").await;
}

on_both_databases! {
    async fn a_record_is_archived_on_the_eighteenth_birthday_and_destroyed_six_years_later(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(SCHOOLS, &[nearly_grown("S-1")]).await;
        house.load(GP, &[nearly_grown("G-1"), young("G-2")]).await;
        house.holds_end();
        let number = house.number_of(SCHOOLS, "S-1").await;
        let house = on(house, "2026-06-14").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().archived, [].into());
        assert!(finds(&house, rosalind()).await);
        let house = on(house, "2026-06-15").await;
        assert!(!finds(&house, rosalind()).await, "by date, before any sweep (rule 4.4)");
        let before = stored(&db).await;
        assert_eq!(house.directory.sweep(false).await.unwrap().archived, one("eighteenth_birthday"));
        let after = stored(&db).await;
        assert_eq!(after[..5], before[..5], "archived, not gone; the matcher still finds it");
        assert!(after[5] < before[5] && after[5] > 0, "no search key leads to it; the other child has its own");
        assert_eq!(house.directory.sweep(false).await.unwrap().archived, [].into(), "once");
        let again = house.load(GP, &[nearly_grown("G-1").with("postcode", "LS1 1AA"), young("G-2")]).await;
        assert!(all_unchanged(again), "tonight's file changes nothing: {again:?}");
        assert_eq!(stored(&db).await, after);

        let house = on(house, "2032-06-14").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().destroyed, [].into());
        let house = on(house, "2032-06-15").await;
        let swept = house.directory.sweep(false).await.unwrap();
        assert_eq!((swept.destroyed, swept.archived), (one("eighteenth_birthday"), [].into()));
        let mut raw = Raw::data(&db).await;
        assert_eq!(stored(&db).await[..4], [1, 1, 0, 1], "the other child alone is left");
        assert_eq!(raw.count("child_number").await, 2, "a number is never issued again (law 8)");
        assert!(!finds(&house, by_number(&number)).await, "and answers as never issued");
        let mut keys = Raw::keys(&db).await;
        assert_eq!(keys.count("destroyed_bundle").await, 4, "the child, what the journal says of it, and two records");
        assert!(finds(&house, florian()).await);
    }

    async fn a_birth_date_corrected_to_an_earlier_one_brings_the_sweep_forward(db: TestDatabases) {
        let house = House::open(&db).await;
        let names = ["Ada Birch", "Ben Cole", "Cora Dunn", "Dov Eads", "Elsie Ford", "Finn Gale", "Gwen Hope", "Hal Irons"];
        let with = |on: &str| -> Vec<Row> {
            let row = |name: &&str| {
                let (forename, surname) = name.split_once(' ').unwrap();
                child(&format!("S-{surname}"), forename, surname, on).at(&format!("4 {surname} Road"), "LS6 2AD")
            };
            names.iter().map(row).collect()
        };
        house.load(SCHOOLS, &with("2018-04-15")).await;
        let mut raw = Raw::data(&db).await;
        let latest = "SELECT max(retention_month) FROM child";
        assert!(raw.texts(latest).await[0].as_str() > "2026-04", "eight of two years: one is later");
        house.load(SCHOOLS, &with("2008-04-15")).await;
        assert!(raw.texts(latest).await[0].as_str() <= "2026-04", "each is looked at when its child turns eighteen");
        let house = on(house, "2026-04-15").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().archived.values().sum::<u64>(), 8);
    }

    async fn a_destroyed_record_does_not_rise_again_from_tonights_full_file(db: TestDatabases) {
        let house = one_who_died(&db).await;
        let house = on(house, "2033-03-02").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().destroyed, one("year_after_death"));
        assert_eq!(stored(&db).await, [0, 0, 0, 0, 0, 0, 2], "nothing is left but two tokens");
        let again = house.load(SCHOOLS, &[young("S-1")]).await;
        assert!(all_unchanged(again), "it rises again: {again:?}");
        let other = young("S-1").with("forenames", "Florian James").at("1 New Road", "LS1 1AA");
        assert!(told_as_of_any_other(house.load(SCHOOLS, &[other]).await));
        assert_eq!(stored(&db).await, [0, 0, 0, 0, 0, 0, 2]);
        let another = house.load(SCHOOLS, &[young("S-9")]).await;
        assert_eq!((another.accepted, another.opened), (1, 1), "only this very record of this source is meant");
        let house = on(house, "2040-03-02").await;
        house.directory.sweep(false).await.unwrap();
        assert_eq!(stored(&db).await[6], 1, "the tokens have run out; the other record was destroyed since");
    }

    async fn a_death_that_is_stated_years_late_destroys_nothing_before_a_year_in_the_archive(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(SCHOOLS, &[young("S-1")]).await;
        house.holds_end();
        let number = house.number_of(SCHOOLS, "S-1").await;
        let manager = person(&house, Role::Manager).await;
        house.directory.record_death(&manager, &number, day("2016-03-01")).await.unwrap();
        assert!(!finds(&house, florian()).await);
        for day in ["2026-03-02", "2026-03-03", "2027-02-01"] {
            let house = on(House::furnished(house.directory.clone(), house.clock.clone()).await, day).await;
            let swept = house.directory.sweep(false).await.unwrap();
            assert_eq!(swept.destroyed, [].into(), "{day}");
        }
        let house = on(house, "2027-02-02").await;
        let manager = person(&house, Role::Manager).await;
        house.directory.record_death(&manager, &number, None).await.unwrap();
        assert!(finds(&house, florian()).await, "a wrong year is taken back, and the child found at once");
        house.directory.record_death(&manager, &number, day("2016-03-01")).await.unwrap();
        let house = on(house, "2028-02-01").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().destroyed, [].into());
        let house = on(house, "2028-02-02").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().destroyed, one("year_after_death"));
    }

    async fn a_death_keeps_the_record_for_a_year(db: TestDatabases) {
        let house = one_who_died(&db).await;
        let house = on(house, "2027-02-28").await;
        house.directory.sweep(false).await.unwrap();
        assert!(finds(&house, florian()).await);
        let house = on(house, "2027-03-01").await;
        assert!(!finds(&house, florian()).await);
        assert_eq!(house.directory.sweep(false).await.unwrap().archived, one("year_after_death"));
        let number = house.number_of(SCHOOLS, "S-1").await;
        let manager = person(&house, Role::Manager).await;
        house.directory.record_death(&manager, &number, None).await.unwrap();
        assert!(finds(&house, florian()).await, "a mistaken notification is taken back, and the child found at once");
        for wrong in ["2015-06-01", "2027-03-02"] {
            let refused = house.directory.record_death(&manager, &number, day(wrong)).await;
            assert!(matches!(refused, Err(DeathError::Date)), "{wrong}");
        }
        let nobody = house.directory.record_death(&manager, &ChildNumber::from_random([7; 16]), None).await;
        assert!(matches!(nobody, Err(DeathError::NotFound)));
    }

    async fn a_dry_run_says_what_would_happen_and_changes_nothing(db: TestDatabases) {
        let house = one_who_died(&db).await;
        house.load(SCHOOLS, &[young("S-1"), nearly_grown("S-2")]).await;
        let house = on(house, "2033-03-02").await;
        let before = everything(&db).await;
        let dry = house.directory.sweep(true).await.unwrap();
        assert_eq!(everything(&db).await, before);
        assert_eq!(dry.destroyed.values().sum::<u64>(), 2);
        assert_eq!(house.directory.sweep(false).await.unwrap(), dry, "and it happens as it was said");
    }

    async fn a_sweep_killed_at_any_moment_goes_on_to_the_same_end(db: TestDatabases) {
        let mut dice = seeded(11);
        let mut killed = 0;
        for polls in [3, 9, 17, 26, 38, 55, 80] {
            let databases = TestDatabases::on(db.engine()).await;
            let house = one_who_died(&databases).await;
            house.load(CARE, &[child("C-7", "Ottoline", "Vane", "2016-01-01")
                .with("involvement_1_service", "youth_worker")
                .with("involvement_1_end", "2024-05-05")]).await;
            let house = on(house, "2033-03-02").await;
            for round in 0.. {
                let directory = house::open(&databases, &house.clock, dice.random(), Policy::default()).await;
                let swept = killed_after(polls + round * 4, directory.sweep(false)).await;
                directory.close().await;
                if let Some(swept) = swept {
                    swept.unwrap();
                    break;
                }
                killed += 1;
            }
            assert_eq!(stored(&databases).await[..4], [1, 1, 0, 1], "after {polls} polls");
            assert_eq!(stored(&databases).await[6], 2);
            let mut keys = Raw::keys(&databases).await;
            assert_eq!(keys.count("destroyed_bundle").await, 4);
            assert!(finds(&house, by_name_and_birth("Ottoline Vane", "2016-01-01")).await, "the other child is whole");
            assert_eq!(house.directory.sweep(true).await.unwrap().destroyed, [].into());
            let counts = house.load(SCHOOLS, &[young("S-1")]).await;
            assert!(all_unchanged(counts), "{counts:?}");
        }
        assert!(killed > 15 || db.engine() == Engine::Sqlite, "killed {killed} times");
    }

    async fn while_a_destruction_is_half_done_nobody_is_hindered(db: TestDatabases) {
        let house = one_who_died(&db).await;
        let number = house.number_of(SCHOOLS, "S-1").await;
        let house = on(house, "2033-03-02").await;
        // The keys are gone, the rows are not yet.
        let mut keys = Raw::keys(&db).await;
        let mut data = Raw::data(&db).await;
        for table in ["child", "source_record"] {
            let column = if table == "child" { "child_id" } else { "record_id" };
            for owner in data.ids(&format!("SELECT {column} FROM {table}")).await {
                let literal = match db.engine() {
                    Engine::Sqlite => format!("x'{}'", owner.simple()),
                    Engine::Postgres => format!("'{owner}'"),
                };
                keys.run(&format!("DELETE FROM bundle WHERE owner_id = {literal}")).await;
                keys.run(&format!("INSERT INTO destroyed_bundle (owner_id) VALUES ({literal})")).await;
            }
        }
        assert!(!finds(&house, florian()).await && !finds(&house, by_number(&number)).await);
        assert!(told_as_of_any_other(house.load(SCHOOLS, &[young("S-1").with("postcode", "LS1 1AA")]).await));
        assert_eq!(house.directory.sweep(false).await.unwrap().destroyed, one("begun_before"));
        assert_eq!(stored(&db).await[..4], [0, 0, 0, 0]);
    }

    async fn a_young_person_stays_with_their_own_consent_and_leaves_at_once_when_they_withdraw_it(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(SCHOOLS, &[nearly_grown("S-1")]).await;
        house.holds_end();
        let number = house.number_of(SCHOOLS, "S-1").await;
        let house = on(house, "2026-06-01").await;
        let who = nurse(&house).await;
        let until = |age| house.directory.record_participation(&who, &number, age, ParticipationBasis::OwnConsent);
        for wrong in [18, 26] {
            assert!(matches!(until(wrong).await, Err(ParticipationError::Age)), "{wrong}");
        }
        until(21).await.unwrap();
        let house = on(house, "2027-01-10").await;
        house.directory.sweep(false).await.unwrap();
        assert!(finds(&house, rosalind()).await, "past eighteen, with their own consent (rule 3.8)");
        let counts = house.load(SCHOOLS, &[nearly_grown("S-1").at("2 Poplar Street", "LS3 3AA")]).await;
        assert!(all_unchanged(counts), "the source is not told that they take part: {counts:?}");
        assert!(finds(&house, by_postcode("Thackeray", "LS3 3AA")).await, "but it is taken in");
        let linked = house.load(GP, &[nearly_grown("G-1").at("2 Poplar Street", "LS3 3AA")]).await;
        assert!(all_unchanged(linked) && linked.linked == 1, "and so is what another source says: {linked:?}");
        let who = nurse(&house).await;
        house.directory.withdraw_participation(&who, &number).await.unwrap();
        let twice = house.directory.withdraw_participation(&who, &number).await;
        assert!(matches!(twice, Err(ParticipationError::NotFound)), "{twice:?}");
        assert!(!finds(&house, rosalind()).await, "archived at once (rule 3.9)");
        assert_eq!(Raw::data(&db).await.count("search_key").await, 0);
        let before = stored(&db).await;
        assert!(all_unchanged(house.load(SCHOOLS, &[nearly_grown("S-1").at("3 Far Lane", "LS4 4AA")]).await));
        assert_eq!(stored(&db).await, before, "nothing of them is taken in any more");
        let house = on(house, "2033-01-09").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().destroyed, [].into());
        let house = on(house, "2033-01-10").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().destroyed, one("participation_withdrawn"));
    }

    async fn a_row_about_somebody_past_eighteen_is_taken_in_nowhere(db: TestDatabases) {
        let house = House::open(&db).await;
        let counts = house
            .load(SCHOOLS, &[child("S-1", "Quentin", "Marsh", "2008-03-02"), child("S-2", "Ida", "Marsh", "2008-03-03")])
            .await;
        assert_eq!((counts.rows, counts.unchanged, counts.accepted, counts.opened), (2, 1, 1, 1), "eighteen today, and tomorrow");
        assert_eq!(stored(&db).await[..2], [1, 1]);
    }

    async fn an_ended_involvement_is_shown_a_year_archived_six_and_then_its_key_is_gone(db: TestDatabases) {
        let house = House::open(&db).await;
        let row = child("C-1", "Ottoline", "Vane", "2016-01-01")
            .with("involvement_1_service", "youth_worker")
            .with("involvement_1_practitioner", "Ola Finch")
            .with("involvement_1_end", "2025-06-30");
        house.load(CARE, std::slice::from_ref(&row)).await;
        house.load(CARE, &[row.clone().with("involvement_1_practitioner", "Bo Wren")]).await;
        house.holds_end();
        let asked = || by_name_and_birth("Ottoline Vane", "2016-01-01");
        let shown = async |house: &House| {
            let nurse = nurse(house).await;
            house.full_record(&nurse, asked()).await.involvements.len()
        };
        assert_eq!(shown(&house).await, 1, "ended, and shown so for a year");
        let mut data = Raw::data(&db).await;
        let old: Vec<(i64, Vec<u8>)> = vec![
            (1, data.blobs("SELECT sealed FROM source_version").await.remove(0)),
            (2, data.blobs("SELECT sealed FROM source_record").await.remove(0)),
        ];
        let record = data.ids("SELECT record_id FROM source_record").await.remove(0);
        let readable = async || {
            let ring = present_keys(&db).await;
            let (_, row) = copy_of_bundles(&mut Raw::keys(&db).await).await.into_iter().find(|(owner, _)| *owner == record).unwrap();
            let bundle: Bundle = ring.unwrap_bundle(record, &row).unwrap();
            let parts = |(version, sealed): &(i64, Vec<u8>)| vault::open_parts(&bundle, record, *version, sealed).unwrap();
            let parts: Vec<_> = old.iter().flat_map(parts).collect();
            parts.iter().filter(|part| part.content != PartContent::Destroyed).count()
        };
        assert_eq!(readable().await, 4, "identity and involvement, twice");
        let house = on(house, "2026-06-30").await;
        assert_eq!(shown(&house).await, 0, "archived inside a live record (rule 4.9)");
        let house = on(house, "2032-06-29").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().items_destroyed, 0);
        let house = on(house, "2032-06-30").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().items_destroyed, 1);
        assert_eq!(readable().await, 2, "only the identity, also of what stood before");
        assert!(finds(&house, asked()).await, "the record itself stays");
        house.load(CARE, &[row.with("postcode", "LS1 1AA").with("address_kind", "current")
            .with("address_line_1", "6 Ash Row").with("involvement_1_practitioner", "Bo Wren")]).await;
        let again = on(house, "2034-12-01").await.directory.sweep(true).await.unwrap();
        assert_eq!(again.items_destroyed, 0, "a source that still states it does not bring it back");
    }

    async fn a_sweep_tells_the_trail_how_many_and_never_which(db: TestDatabases) {
        let house = one_who_died(&db).await;
        let house = on(house, "2033-03-02").await;
        let mut raw = Raw::data(&db).await;
        let before = raw.entries("system").await;
        house.directory.sweep(false).await.unwrap();
        assert_eq!(raw.entries("system").await, before + 1);
        let headers = raw.texts("SELECT header FROM audit_entry").await;
        let header = headers.iter().find(|header| header.contains("\"action\":\"system\"")).unwrap();
        let header: serde_json::Value = serde_json::from_str(header).unwrap();
        assert!(header["child"].is_null() && header["account"].is_null(), "{header}");
    }

    async fn the_duty_sweeps_once_a_day(db: TestDatabases) {
        let house = one_who_died(&db).await;
        let house = on(house, "2033-03-02").await;
        for _ in 0..3 {
            house.directory.do_duties().await.unwrap();
        }
        assert_eq!(stored(&db).await[0], 0);
        assert_eq!(house.directory.sweep(true).await.unwrap(), SweepCounts::default());
    }

    async fn an_old_backup_of_everything_stays_shut_once_its_generation_is_destroyed(db: TestDatabases) {
        let house = one_who_died(&db).await;
        house.load(SCHOOLS, &[young("S-1"), child("S-2", "Ida", "Marsh", "2020-03-03")]).await;
        // The thief's copies: the data with its sealed records, and the key store's wrapped keys.
        let mut data = Raw::data(&db).await;
        let records = data.ids("SELECT record_id FROM source_record ORDER BY record_id").await;
        let versions = data.texts("SELECT CAST(version AS TEXT) FROM source_record ORDER BY record_id").await;
        let sealed = data.blobs("SELECT sealed FROM source_record ORDER BY record_id").await;
        let bundles = copy_of_bundles(&mut Raw::keys(&db).await).await;
        let ida = house.number_of(SCHOOLS, "S-2").await;
        let readable = async || {
            // With the key-encryption key and every other key there still is anywhere.
            let ring = present_keys(&db).await;
            let opens = |place: &usize| {
                let (owner, row) = bundles.iter().find(|(owner, _)| *owner == records[*place]).unwrap();
                let Ok(bundle) = ring.unwrap_bundle(*owner, row) else { return false };
                let parts = vault::open_parts(&bundle, *owner, versions[*place].parse().unwrap(), &sealed[*place]);
                parts.unwrap().iter().any(|part| part.content != PartContent::Destroyed)
            };
            (0..records.len()).filter(opens).count()
        };
        let house = on(house, "2033-03-02").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().destroyed, one("year_after_death"));
        assert_eq!(readable().await, 3, "so far the copies can be read: hence the horizon");
        let rotated = house.directory.rotate_generations().await.unwrap();
        assert_eq!((rotated.begun, rotated.destroyed), (1, 0));
        assert!(rotated.rewrapped > 0);
        assert_eq!(house.directory.rotate_generations().await.unwrap(), Default::default(), "once a fortnight");
        let house = on(house, "2033-03-22").await;
        house.directory.rotate_generations().await.unwrap();
        assert_eq!(readable().await, 3, "twenty days later");
        let house = on(house, "2033-03-23").await;
        assert_eq!(house.directory.rotate_generations().await.unwrap().destroyed, 1);
        assert_eq!(readable().await, 0, "35 days at the latest after the keys were destroyed, and here 21");
        let renumbered = |row: &WrappedBundle, generation| WrappedBundle { generation, ..row.clone() };
        let ring = present_keys(&db).await;
        for (owner, row) in &bundles {
            assert!((1..9).all(|number| ring.unwrap_bundle(*owner, &renumbered(row, number)).is_err()));
        }
        assert!(finds(&house, by_number(&ida)).await, "what stays is readable under the new generation");
        assert!(house.load(SCHOOLS, &[young("S-1"), child("S-2", "Ida", "Marsh", "2020-03-03")]).await.unchanged == 2);
    }

    async fn servers_beside_each_other_learn_each_others_generations(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(SCHOOLS, &[young("S-1")]).await;
        house.holds_end();
        let number = house.number_of(SCHOOLS, "S-1").await;
        house.nurse().await;
        let other = house::open(&db, &house.clock, 2, Policy::default()).await;
        let house = on(house, "2026-03-20").await;
        let third = house::open(&db, &house.clock, 3, Policy::default()).await;
        other.rotate_generations().await.unwrap();
        // Whoever comes in at a server that knows of none of this yet.
        House { directory: third, clock: house.clock.clone(), council: house.council }.nurse().await;
        assert!(finds(&house, by_number(&number)).await, "a bundle wrapped by the other");
        house.load(SCHOOLS, &[young("S-1").with("postcode", "LS1 1AA"), child("S-2", "Ida", "Marsh", "2020-03-03")]).await;
        // What the first wrapped before it had learned is wrapped anew before the old generation goes.
        let house = on(house, "2026-04-10").await;
        for _ in 0..6 {
            other.do_duties().await.unwrap();
            house.directory.do_duties().await.unwrap();
        }
        let mut keys = Raw::keys(&db).await;
        assert_eq!(keys.number("SELECT count(*) FROM bundle WHERE generation = 1").await, 0);
        assert!(keys.root_keys().await.iter().all(|row| row.generation == Some(3)), "moved by the duties alone");
        assert_eq!(keys.number("SELECT count(*) FROM generation WHERE wrapped IS NULL").await, 1);
        for directory in [house.directory.clone(), other] {
            let house = House { directory, clock: house.clock.clone(), council: house.council };
            assert!(finds(&house, by_number(&number)).await);
            assert!(finds(&house, by_name_and_birth("Ida Marsh", "2020-03-03")).await);
        }
    }

    async fn a_rotation_killed_at_any_moment_loses_no_key(db: TestDatabases) {
        let house = House::open(&db).await;
        let rows: Vec<Row> = (0..9).map(|n| child(&format!("S-{n}"), "Ida", "Marsh", &format!("201{n}-03-03"))).collect();
        house.load(SCHOOLS, &rows).await;
        house.holds_end();
        let house = on(house, "2026-03-20").await;
        let mut killed = 0;
        for polls in 1.. {
            let directory = house::open(&db, &house.clock, 50 + u64::from(polls), Policy::default()).await;
            let rotated = killed_after(polls, directory.rotate_generations()).await;
            directory.close().await;
            if let Some(rotated) = rotated {
                rotated.unwrap();
                break;
            }
            killed += 1;
        }
        // On one busy processor the embedded engine's thread answers each statement before it is waited for: then nothing is killed.
        assert!(killed > 2 || db.engine() == Engine::Sqlite);
        assert_eq!(Raw::keys(&db).await.number("SELECT count(*) FROM bundle WHERE generation = 1").await, 0);
        assert!(Raw::keys(&db).await.root_keys().await.iter().all(|row| row.generation == Some(2)));
        let house = House { directory: house::open(&db, &house.clock, 7, Policy::default()).await, ..house };
        for n in 0..9 {
            assert!(finds(&house, by_name_and_birth("Ida Marsh", &format!("201{n}-03-03"))).await, "{n}");
        }
    }

    async fn after_a_restore_what_was_shielded_and_destroyed_since_is_done_again_before_anybody_looks(db: TestDatabases) {
        let house = one_who_died(&db).await;
        let ida = || child("S-2", "Ida", "Marsh", "2020-03-03").at("7 Yew Lane", "LS8 8AA");
        let ben = || child("S-3", "Ben", "Fairfax", "2009-06-15").at("1 Hill Top", "LS9 1AA");
        house.load(SCHOOLS, &[young("S-1"), ida(), ben()]).await;
        house.holds_end();
        assert_eq!(house.directory.missing_from_journal().await.unwrap().missing(), 0);
        back_up(&db).await;
        house.shield(SCHOOLS, "S-2").await;
        let who = nurse(&house).await;
        let number = house.number_of(SCHOOLS, "S-3").await;
        house.directory.record_participation(&who, &number, 24, ParticipationBasis::OwnConsent).await.unwrap();
        house.directory.record_participation(&who, &number, 25, ParticipationBasis::OwnConsent).await.unwrap();
        let house = on(house, "2033-03-02").await;
        house.directory.sweep(false).await.unwrap();
        assert_eq!(house.directory.missing_from_journal().await.unwrap().missing(), 0, "all is there");
        restore(&db).await;
        let hidden = || by_postcode("Marsh", "LS8 8AA");
        assert!(finds(&house, hidden()).await, "the restored data does not know of the shield");
        let missing = house.directory.missing_from_journal().await.unwrap();
        assert_eq!((missing.shields, missing.destroyed, missing.participations, missing.seals_held), (1, 1, 1, 0));
        assert_eq!(house.directory.missing_from_journal().await.unwrap(), missing, "asking changes nothing");
        assert_eq!(house.directory.replay_journal().await.unwrap(), missing);
        assert_eq!(house.directory.missing_from_journal().await.unwrap().missing(), 0);
        assert_eq!(house.directory.replay_journal().await.unwrap().missing(), 0, "once");
        assert!(!finds(&house, hidden()).await, "hidden again");
        assert!(finds(&house, by_name_and_birth("Ben Fairfax", "2009-06-15")).await, "past eighteen, with consent");
        assert!(told_as_of_any_other(house.load(SCHOOLS, &[young("S-1").with("postcode", "LS1 1AA")]).await));
        assert!(!finds(&house, florian()).await, "destroyed again, and does not rise");
        let mut raw = Raw::data(&db).await;
        assert_eq!((raw.count("child").await, raw.count("suppression").await), (2, 2));
    }

    async fn management_sees_what_will_happen_to_its_own_records_and_the_trail_has_it_first(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(CARE, &[child("C-1", "Ottoline", "Vane", "2014-01-01")
            .with("involvement_1_service", "youth_worker")
            .with("involvement_1_end", "2025-06-30")]).await;
        house.holds_end();
        let number = house.number_of(CARE, "C-1").await;
        let manager = person(&house, Role::Manager).await;
        let manager = house.directory.state_reason(&manager, Reason::Management).await.unwrap();
        let mut raw = Raw::data(&db).await;
        let before = raw.entries("record_viewed").await;
        let shown = house.directory.record_calendar(&manager, &number).await.unwrap();
        assert_eq!(raw.entries("record_viewed").await, before + 1);
        let days: Vec<String> = shown.data().entries.iter().map(|line| line.date.to_string()).collect();
        assert_eq!(days, ["2026-06-30", "2032-01-01", "2032-06-30", "2038-01-01"]);
        assert_eq!((shown.data().archived_since, shown.data().participates_until), (None, None));
        let elsewhere = service::NewOrganisation {
            name: "Bradford".to_owned(),
            kind: "authority".to_owned(),
            authority_code: Some("E08000032".to_owned()),
            accredited_until: house.clock.now() + SignedDuration::from_hours(24 * 365),
        };
        let elsewhere = house.directory.declare_organisation(elsewhere).await.unwrap();
        let other = house.person("bradford", Role::Manager, elsewhere).await;
        let other = house.directory.state_reason(&other, Reason::Management).await.unwrap();
        let refused = house.directory.record_calendar(&other, &number).await;
        assert!(matches!(refused, Err(service::CalendarError::NotFound)));
        let refused = house.directory.record_death(other.who(), &number, day("2026-03-01")).await;
        assert!(matches!(refused, Err(DeathError::NotFound)), "nor records a death there");
        raw.break_the_trail().await;
        assert!(house.directory.record_calendar(&manager, &number).await.is_err(), "no trail, nothing shown");
    }

    async fn of_an_archived_record_the_data_administrators_alone_are_told_for_a_year(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(CARE, &[nearly_grown("C-1")]).await;
        house.holds_end();
        let number = house.number_of(CARE, "C-1").await;
        let told = async |house: &House, role| {
            let person = person(house, role).await;
            let person = house.directory.state_reason(&person, Reason::Management).await.unwrap();
            house.directory.record_calendar(&person, &number).await.is_ok()
        };
        let house = on(house, "2026-06-14").await;
        assert!(told(&house, Role::Manager).await && told(&house, Role::DataAdministrator).await);
        let house = on(house, "2027-06-14").await;
        assert!(!told(&house, Role::Manager).await && told(&house, Role::DataAdministrator).await);
        let house = on(house, "2027-06-15").await;
        assert!(!told(&house, Role::DataAdministrator).await, "rule 4.3");
    }

    async fn a_legal_hold_takes_a_record_out_of_the_service_at_once_and_its_release_puts_it_back(db: TestDatabases) {
        let house = one_who_died(&db).await;
        let number = house.number_of(SCHOOLS, "S-1").await;
        assert!(finds(&house, florian()).await);
        let (first, second) = house.managers().await;
        let request = |until: &str| service::HoldRequest {
            number: number.clone(),
            basis: directory::retention::HoldBasis::ChildDeathInvestigation,
            until: until.parse().unwrap(),
        };
        for wrong in ["2026-03-02", "2029-03-03"] {
            let refused = house.directory.propose_hold(&first, &request(wrong)).await;
            assert!(matches!(refused, Err(HoldError::Day)), "{wrong}");
        }
        let hold = house.directory.propose_hold(&first, &request("2028-12-31")).await.unwrap();
        assert!(finds(&house, florian()).await, "one person alone holds nothing");
        let alone = house.directory.decide_hold(&first, hold, true).await;
        assert!(matches!(alone, Err(HoldError::OnePerson)));
        let waiting = house.directory.legal_holds(&second).await.unwrap();
        assert!(waiting.len() == 1 && waiting[0].may_decide && !waiting[0].in_force);
        house.directory.decide_hold(&second, hold, true).await.unwrap();
        assert!(house.directory.legal_holds(&second).await.unwrap()[0].in_force);
        assert!(!finds(&house, florian()).await && !finds(&house, by_number(&number)).await);
        let mut keys = Raw::keys(&db).await;
        assert_eq!(keys.count("held_bundle").await, 3);
        let ring = present_keys(&db).await;
        for (owner, wrapped) in keys.ids("SELECT owner_id FROM held_bundle ORDER BY owner_id").await.into_iter()
            .zip(keys.blobs("SELECT wrapped FROM held_bundle ORDER BY owner_id").await)
        {
            assert!((1..9).all(|generation| ring.unwrap_bundle(owner, &WrappedBundle { generation, wrapped: wrapped.clone() }).is_err()));
        }
        let moved = || young("S-1").with("postcode", "LS1 1AA");
        assert!(told_as_of_any_other(house.load(SCHOOLS, &[moved()]).await), "the source is not told");
        let twice = house.directory.decide_hold(&second, hold, true).await;
        assert!(matches!(twice, Err(HoldError::NoLongerOpen)));
        assert_eq!(house.directory.sweep(false).await.unwrap().destroyed, [].into());

        let release = house.directory.propose_release(&second, hold).await.unwrap();
        let alone = house.directory.decide_hold(&second, release, true).await;
        assert!(matches!(alone, Err(HoldError::OnePerson)));
        let (first, _) = house.managers().await;
        let versions = stored(&db).await[2];
        house.directory.decide_hold(&first, release, true).await.unwrap();
        assert!(finds(&house, florian()).await && finds(&house, by_number(&number)).await);
        assert_eq!(keys.count("held_bundle").await, 0);
        assert!(house.directory.legal_holds(&first).await.unwrap().is_empty());
        assert_eq!(stored(&db).await[2], versions + 1, "what was said meanwhile replaces what the record said before");
        let again = house.load(SCHOOLS, &[moved().with("town", "Leeds ")]).await;
        assert!(all_unchanged(again), "the source said so last: {again:?}");
        assert_eq!(stored(&db).await[2], versions + 1);
    }

    async fn a_legal_hold_keeps_a_record_from_destruction_until_its_last_day(db: TestDatabases) {
        let house = one_who_died(&db).await;
        let number = house.number_of(SCHOOLS, "S-1").await;
        let house = on(house, "2032-12-01").await;
        let (first, second) = (person(&house, Role::Manager).await, person(&house, Role::Manager).await);
        let request = service::HoldRequest {
            number: number.clone(),
            basis: directory::retention::HoldBasis::CourtOrder,
            until: "2033-06-30".parse().unwrap(),
        };
        let hold = house.directory.propose_hold(&first, &request).await.unwrap();
        house.directory.decide_hold(&second, hold, true).await.unwrap();
        let house = on(house, "2033-06-30").await;
        house.directory.do_duties().await.unwrap();
        assert_eq!(house.directory.sweep(false).await.unwrap().destroyed, [].into(), "overdue, and held");
        assert_eq!(stored(&db).await[..2], [1, 2]);
        let house = on(house, "2033-07-01").await;
        house.directory.do_duties().await.unwrap();
        assert_eq!(stored(&db).await[..2], [0, 0], "the day after, the sweep does what was due");
        assert_eq!(Raw::keys(&db).await.count("held_bundle").await, 0);
    }

    async fn a_hold_killed_at_any_moment_is_decided_again_and_loses_no_key(db: TestDatabases) {
        let mut killed = 0;
        for polls in [2, 5, 9, 14, 20, 27] {
            let databases = TestDatabases::on(db.engine()).await;
            let house = one_who_died(&databases).await;
            let number = house.number_of(SCHOOLS, "S-1").await;
            let (first, second) = house.managers().await;
            let request = service::HoldRequest {
                number: number.clone(),
                basis: directory::retention::HoldBasis::Litigation,
                until: "2028-12-31".parse().unwrap(),
            };
            let hold = house.directory.propose_hold(&first, &request).await.unwrap();
            if killed_after(polls, house.directory.decide_hold(&second, hold, true)).await.is_none() {
                killed += 1;
                let decided = house.directory.decide_hold(&second, hold, true).await;
                assert!(matches!(decided, Ok(()) | Err(HoldError::NoLongerOpen)), "{decided:?}");
            }
            assert!(!finds(&house, by_number(&number)).await, "after {polls} polls");
            let (first, second) = house.managers().await;
            let release = house.directory.propose_release(&first, hold).await.unwrap();
            if killed_after(polls, house.directory.decide_hold(&second, release, true)).await.is_none() {
                killed += 1;
                let decided = house.directory.decide_hold(&second, release, true).await;
                assert!(matches!(decided, Ok(()) | Err(HoldError::NoLongerOpen)), "{decided:?}");
            }
            assert!(finds(&house, florian()).await, "after {polls} polls");
        }
        assert!(killed > 3 || db.engine() == Engine::Sqlite, "killed {killed} times");
    }
}
