//! What a source is told of records that it ended, when nobody can read them (law 7): the same as of any other.

use directory::PartialDate;
use directory::access::Role;
use directory::retention::HoldBasis;
use feeds::Said;
use jiff::civil::date;
use service::{ConnectedSource, FileKind, HoldRequest, RowStatus};
use testkit::{TestDatabases, on_both_databases};

use crate::feeding::Sent;
use crate::house::{CARE, House, Row, child};
use crate::inbox::{connected, say, statement, told, work_through};
use crate::raw::Raw;
use crate::retention::{on, person};

/// Three children of one source: to the first nothing happens, the second dies and is destroyed, the third comes under a legal
/// hold. Two who will be grown up in the next month, the second of them under a hold too. And two who move, the second of them to where a
/// shielded child lives, so that what is said of it is withheld.
async fn seven(db: &TestDatabases) -> (House, Vec<Row>) {
    let house = House::open(db).await;
    let mut rows: Vec<Row> = [("Ann", "Lister"), ("Benedict", "Holroyd"), ("Dashiell", "Grimshaw")]
        .into_iter()
        .enumerate()
        .map(|(at, (forename, surname))| {
            child(&format!("C-{at}"), forename, surname, &format!("2024-0{}-0{}", at + 2, at * 2 + 1))
                .at(&format!("{} Elm Row", at + 3), &format!("LS{} {}AA", at + 1, at + 2))
        })
        .collect();
    rows.push(child("A-0", "Ottilie", "Farthingale", "2015-04-09").at("40 Poplar Street", "LS3 3AA"));
    rows.push(child("A-1", "Peregrine", "Wainwright", "2015-04-09").at("41 Juniper Close", "LS8 8HH"));
    rows.push(child("P-0", "Leopold", "Vanterpool", "2023-11-02").at("12 Beech Avenue", "LS5 5EE"));
    rows.push(child("P-1", "Marguerite", "Osbaldeston", "2023-07-21").at("13 Birch Crescent", "LS6 6FF"));
    let shielded = child("X-0", "Cordelia", "Entwistle", "2023-04-04").at("7 Mill Row", "LS7 2BB");
    house.load(CARE, &rows).await;
    house.load(CARE, &[shielded]).await;
    house.holds_end();
    house.shield(CARE, "X-0").await;
    let dead = house.number_of(CARE, "C-1").await;
    let (manager, _) = house.managers().await;
    let died = Some(PartialDate::parse("2026-02-01").unwrap());
    house.directory.record_death(&manager, &dead, died).await.unwrap();
    let house = on(house, "2033-03-02").await;
    house.directory.sweep(false).await.unwrap();
    let (first, second) = (person(&house, Role::Manager).await, person(&house, Role::Manager).await);
    for held in ["C-2", "A-1"] {
        let number = house.number_of(CARE, held).await;
        let request = HoldRequest { number, basis: HoldBasis::CourtOrder, until: date(2034, 3, 1) };
        let hold = house.directory.propose_hold(&first, &request).await.unwrap();
        house.directory.decide_hold(&second, hold, true).await.unwrap();
    }
    (house, rows)
}

/// Everything a source may say of a record around its end, and the record as it says it last.
fn script(source: &ConnectedSource, row: &Row, merged: &Row, today: jiff::civil::Date) -> (Vec<Said>, Row) {
    let of = |row: &Row| match statement(source, row) {
        Said::Statement(message) => message,
        other => panic!("{other:?}"),
    };
    let record = of(row).said("record_id").to_owned();
    let survivor = of(merged).said("record_id").to_owned();
    let end = |on: &str| {
        let on: jiff::civil::Date = on.parse().unwrap();
        Said::End { record_id: record.clone(), as_of: on, said: Some(on.into()) }
    };
    let merge = |said: Option<&Row>| Said::Merge {
        surviving: survivor.clone(),
        ended: record.clone(),
        statement: said.map(of),
        said: None,
    };
    let moved = row.clone().at("77 Harbour Way", "LS9 8QQ").with("effective_at", "2026-02-10");
    let last = row.clone().with("effective_at", &today.to_string());
    let said = vec![
        end("2026-02-05"),
        statement(source, row),
        statement(source, &row.clone().with("effective_at", "2026-02-05")),
        end("2026-02-04"),
        end("2026-02-06"),
        end("2026-02-06"),
        statement(source, &moved),
        statement(source, &moved),
        statement(source, &moved.clone().with("gender", "F").with("effective_at", "2026-02-09")),
        end("2026-02-10"),
        statement(source, &moved),
        merge(Some(merged)),
        merge(Some(merged)),
        merge(None),
        statement(source, &moved),
        statement(source, &last),
    ];
    (said, last)
}

on_both_databases! {
    async fn the_end_of_a_record_is_told_the_same_on_either_side_of_the_eighteenth_birthday(db: TestDatabases) {
        // Nothing happens to the first; the second dies and is destroyed long before; the third comes under a legal hold.
        let house = House::open(&db).await;
        let rows = [("Y-0", "Ann", "Lister"), ("Y-1", "Benedict", "Holroyd"), ("Y-2", "Dashiell", "Grimshaw")];
        let rows = rows.map(|(record, forename, surname)| child(record, forename, surname, "2015-05-20"));
        house.load(CARE, &rows).await;
        house.holds_end();
        let dead = house.number_of(CARE, "Y-1").await;
        let (manager, _) = house.managers().await;
        let died = Some(PartialDate::parse("2026-02-01").unwrap());
        house.directory.record_death(&manager, &dead, died).await.unwrap();
        let mut house = on(house, "2033-03-02").await;
        house.directory.sweep(false).await.unwrap();
        let (first, second) = (person(&house, Role::Manager).await, person(&house, Role::Manager).await);
        let number = house.number_of(CARE, "Y-2").await;
        let request = HoldRequest { number, basis: HoldBasis::CourtOrder, until: date(2034, 3, 1) };
        let hold = house.directory.propose_hold(&first, &request).await.unwrap();
        house.directory.decide_hold(&second, hold, true).await.unwrap();
        let source = connected(&house, CARE, 1).await;
        use RowStatus::{Accepted, Unchanged};
        let (a_child, the_month, grown) =
            ([Accepted, Accepted, Unchanged], [Accepted, Unchanged, Unchanged], [Unchanged, Unchanged, Unchanged]);
        let days = [
            ("2033-04-29", "2033-04-29", a_child),
            ("2033-05-02", "2033-05-02", the_month),
            ("2033-05-21", "2033-05-03", grown),
            ("2033-07-01", "2033-05-04", grown),
        ];
        for (day, said_on, expected) in days {
            house = on(house, day).await;
            let as_of = house.directory.today();
            for (record_id, row) in ["Y-0", "Y-1", "Y-2"].into_iter().zip(&rows) {
                let seen = told(&house, CARE).await.len();
                let said = statement(&source, &row.clone().with("effective_at", said_on));
                let end = || Said::End { record_id: record_id.to_owned(), as_of, said: None };
                say(&house, &source, vec![said, end(), end()]).await;
                work_through(&house.directory).await;
                let told: Vec<RowStatus> = told(&house, CARE).await[seen..].iter().map(|(.., status)| *status).collect();
                assert_eq!(told, expected, "{record_id} on {day}");
            }
        }
    }

    async fn the_end_of_a_record_is_told_the_same_when_nobody_can_read_it(db: TestDatabases) {
        let (house, rows) = seven(&db).await;
        let source = connected(&house, CARE, 1).await;
        let today = house.directory.today();
        let (mut all, mut stated) = (Vec::new(), Vec::new());
        let mut seen = told(&house, CARE).await.len();
        for (at, row) in rows.iter().take(3).enumerate() {
            let merged = row.clone().with("record_id", &format!("M-{at}")).with("effective_at", "2026-02-11");
            let (script, last) = script(&source, row, &merged, today);
            say(&house, &source, script).await;
            work_through(&house.directory).await;
            let lines = told(&house, CARE).await;
            let told: Vec<RowStatus> = lines[seen..].iter().map(|(.., status)| *status).collect();
            seen = lines.len();
            all.push(told);
            stated.extend([last, merged]);
        }
        use RowStatus::{Accepted, Superseded, Unchanged};
        let expected = [
            Accepted, Superseded, Accepted, Superseded, Accepted, Unchanged, Accepted, Unchanged, Superseded, Accepted, Accepted,
            Accepted, Unchanged, Unchanged, Superseded, Accepted,
        ];
        for (told, which) in all.iter().zip(["plain", "destroyed", "held"]) {
            assert_eq!(told, &expected, "{which}");
        }
        // Of one grown up nothing is told, from the first day of the same month on.
        let ended = |record: &str, as_of: jiff::civil::Date| Said::End {
            record_id: record.to_owned(),
            as_of,
            said: Some(as_of.into()),
        };
        let end_both = async |house: &House| -> Vec<RowStatus> {
            say(house, &source, vec![ended("A-0", today), ended("A-1", today)]).await;
            work_through(&house.directory).await;
            told(house, CARE).await.iter().rev().take(2).map(|(.., status)| *status).collect()
        };
        assert_eq!(end_both(&house).await, [Accepted, Accepted]);
        let said_again = |row: &Row| statement(&source, &row.clone().with("effective_at", &today.to_string()));
        say(&house, &source, rows[3..5].iter().map(said_again).collect()).await;
        work_through(&house.directory).await;
        house.minutes_pass(60 * 24 * 30);
        assert_eq!(end_both(&house).await, [Unchanged, Unchanged]);
        // Of what waits at the protected desk too, and it waits however often it is said.
        let mut raw = Raw::data(&db).await;
        let mut all = Vec::new();
        for (row, withheld) in rows[5..].iter().zip([0, 1]) {
            let seen = told(&house, CARE).await.len();
            let at = [("20 Cedar Drive", "LS9 9ZZ"), ("7 Mill Row", "LS7 2BB")][withheld];
            let moved = row.clone().at(at.0, at.1).with("effective_at", "2026-02-10");
            let last = moved.clone().with("effective_at", "2026-02-11");
            let record = if withheld == 1 { "P-1" } else { "P-0" };
            let moved = || statement(&source, &moved);
            let ends = |on| ended(record, on);
            let day = date(2026, 2, 10);
            say(&house, &source, vec![
                moved(), ends(day), ends(day), moved(), ends(day), moved(), statement(&source, &last), ends(day), moved(),
            ]).await;
            work_through(&house.directory).await;
            all.push(told(&house, CARE).await[seen..].iter().map(|(.., status)| *status).collect::<Vec<_>>());
            let waits = raw.number("SELECT count(DISTINCT record_id) FROM waiting_statement").await;
            assert_eq!(waits, withheld as i64);
            stated.push(last);
        }
        let expected = [
            Accepted, Accepted, Unchanged, Accepted, Accepted, Accepted, Accepted, Superseded, Superseded,
        ];
        for (told, which) in all.iter().zip(["plain", "withheld"]) {
            assert_eq!(told, &expected, "{which}");
        }
        stated.push(child("X-0", "Cordelia", "Entwistle", "2023-04-04").at("7 Mill Row", "LS7 2BB"));
        // A full file without each of them in turn: the same counts, the same to decide, the same told.
        let mut sequence = 0;
        let mut sent = async |rows: &[Row], confirmed: Option<&str>| {
            sequence += i64::from(confirmed.is_none());
            let file = Sent { as_of: today, ..Sent::of(&house, CARE, FileKind::Full, sequence, rows).await };
            let done = file.load(&house.directory, 50, confirmed).await.unwrap();
            let counts = done.counts;
            let told = [counts.rows, counts.accepted, counts.unchanged, counts.updated, counts.superseded];
            (told, done.ended, done.waiting.map(|waits| (waits.digest, (waits.absent, waits.held))))
        };
        assert_eq!(sent(&stated, None).await, ([9, 0, 9, 0, 0], 0, None));
        let mut all = Vec::new();
        for lacks in [0, 2, 4, 6, 7] {
            let without: Vec<Row> =
                stated.iter().enumerate().filter(|(nth, _)| *nth != lacks).map(|(_, row)| row.clone()).collect();
            let (told, ended, waits) = sent(&without, None).await;
            let (digest, waiting) = waits.unwrap();
            let confirmed = sent(&without, Some(&digest)).await;
            assert_eq!(sent(&without, None).await.2, None, "what ended is absent no more");
            let back = sent(&stated, None).await;
            all.push((told, ended, waiting, confirmed, back));
        }
        let confirmed = ([8, 0, 8, 0, 0], 1, None);
        let expected = ([8, 0, 8, 0, 0], 0, (1, 9), confirmed, ([9, 0, 8, 1, 0], 0, None));
        for (told, which) in all.iter().zip(["plain", "destroyed", "held", "plain", "withheld"]) {
            assert_eq!(told, &expected, "{which}");
        }
        assert_eq!(raw.number("SELECT count(DISTINCT record_id) FROM waiting_statement").await, 1);
    }
}
