//! Counts anyone may read (decision 16; rules 15.5, 15.6), and the checkpoint that makes every reader a witness.

use std::collections::BTreeMap;

use audit::{SignedCheckpoint, TrustedKeys, Verifier, Witness};
use directory::ShieldReason;
use service::{Policy, Publication, ReviewDecision, ShieldDecision};
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;

use crate::house::{GP, House, child, open, shield_request};
use crate::raw::Raw;

fn sql_id(db: &TestDatabases, id: Uuid) -> String {
    match db.engine() {
        testkit::Engine::Sqlite => format!("x'{}'", id.simple()),
        testkit::Engine::Postgres => format!("'{id}'"),
    }
}

/// Counts, as the watch keeps them.
async fn counted(db: &TestDatabases, month: &str, organisation: Uuid, measure: &str, n: i64) {
    let id = sql_id(db, organisation);
    let sql = format!(
        "INSERT INTO month_count (month, organisation_id, measure, n) VALUES ('{month}', {id}, '{measure}', {n})"
    );
    Raw::data(db).await.run(&sql).await;
}

async fn on_the_day(house: &House, day: &str) -> Publication {
    house.clock.set(format!("{day}T00:00:30Z").parse().unwrap());
    (*house.directory.publication().await.unwrap()).clone()
}

fn months(publication: &Publication) -> BTreeMap<String, String> {
    publication.months.iter().map(|month| (month.month.to_string(), format!("{month:?}"))).collect()
}

on_both_databases! {
    async fn a_month_is_published_a_week_after_its_end_rounded_and_by_authority(db: TestDatabases) {
        let house = House::open(&db).await;
        let bradford = house.organisation("Bradford Council", "authority", Some("E08000032")).await;
        let trust = house.organisation("Leeds Trust", "partner", Some("E08000035")).await;
        let charity = house.organisation("A charity", "national_partner", Some("E08000035")).await;
        for (organisation, n) in [(house.council, 101), (trust, 22), (bradford, 7), (charity, 4)] {
            counted(&db, "2026-03", organisation, "searches", n).await;
        }
        counted(&db, "2026-03", house.council, "overrides", 12).await;
        assert!(on_the_day(&house, "2026-04-07").await.months.is_empty(), "not yet");
        let told = on_the_day(&house, "2026-04-08").await;
        let names: Vec<&str> = told.authorities.iter().map(|(code, _)| code.as_str()).collect();
        assert_eq!(names, ["E08000032", "E08000035"]);
        let march = &told.months[0];
        assert_eq!(march.month.to_string(), "2026-03");
        assert_eq!(march.by_authority["searches"], [None, Some(125), None], "a partner counts with its authority, a national one by itself");
        assert_eq!(march.national["searches"], Some(135));
        assert_eq!((march.by_authority["overrides"].clone(), march.national["overrides"]), (vec![None, Some(10), None], None));
        assert!(march.by_authority["disclosures"].iter().all(Option::is_none));
        let csv = told.to_csv().unwrap();
        assert!(csv.contains("2026-03,E08000035,Leeds City Council,searches,125\n"), "{csv}");
        assert!(csv.contains("2026-03,,Whole service,overrides,withheld\n"));
        let json: serde_json::Value = serde_json::from_str(&told.to_json().unwrap()).unwrap();
        assert_eq!(json["months"][0]["national"]["searches"], 135);
    }

    async fn the_difference_of_two_publications_is_whole_months_whatever_happens_between_them(db: TestDatabases) {
        let house = House::open(&db).await;
        counted(&db, "2026-03", house.council, "searches", 12).await;
        let mut earlier = months(&on_the_day(&house, "2026-04-08").await);
        // One more of everything every few days, in this month and in the one that was published: by late counting, by an
        // organisation that moves to another authority, by a server that starts anew.
        for (at, day) in ["2026-04-09", "2026-04-20", "2026-05-08", "2026-05-09", "2026-06-30"].into_iter().enumerate() {
            let trust = house.organisation("Leeds Trust", "partner", Some(["E08000035", "E08000032"][at % 2])).await;
            for month in ["2026-03", "2026-04", "2026-05"] {
                let n = i64::try_from(at).unwrap() + 13;
                Raw::data(&db).await.run(&format!("UPDATE month_count SET n = n + 1 WHERE month = '{month}' AND measure = 'searches'")).await;
                if at == 0 {
                    counted(&db, month, trust, "searches", n).await;
                }
            }
            let house = House::furnished(open(&db, &house.clock, 20 + at as u64, Policy::default()).await, house.clock.clone()).await;
            let later = months(&on_the_day(&house, day).await);
            for (month, told) in &earlier {
                assert_eq!(later.get(month), Some(told), "{month} on {day}");
            }
            earlier = later;
        }
        assert_eq!(earlier.keys().collect::<Vec<_>>(), ["2026-03", "2026-04", "2026-05"]);
    }

    async fn everybody_reads_the_same_bytes_all_day_on_every_server(db: TestDatabases) {
        let house = House::open(&db).await;
        counted(&db, "2026-03", house.council, "searches", 40).await;
        let mut notary = house.directory.notary().await.unwrap();
        house.directory.notarise(&mut notary).await.unwrap();
        let told = on_the_day(&house, "2026-04-08").await;
        house.person("pat", directory::access::Role::Practitioner, house.council).await;
        house.directory.notarise(&mut notary).await.unwrap();
        counted(&db, "2026-03", house.council, "overrides", 40).await;
        house.minutes_pass(600);
        assert_eq!(*house.directory.publication().await.unwrap(), told);
        let other = open(&db, &house.clock, 9, Policy::default()).await;
        let elsewhere = other.publication().await.unwrap();
        assert_eq!(elsewhere.to_json().unwrap(), told.to_json().unwrap());
        assert_eq!(elsewhere.to_csv().unwrap(), told.to_csv().unwrap());
        let published = Raw::data(&db).await.entries("system").await;
        assert_eq!(published, 1, "that a month was published is in the trail, once");
    }

    async fn the_published_checkpoint_makes_a_reader_a_witness(db: TestDatabases) {
        let house = House::open(&db).await;
        house.nurse().await;
        let mut notary = house.directory.notary().await.unwrap();
        house.directory.notarise(&mut notary).await.unwrap();
        house.clock.set("2026-03-03T09:00:00Z".parse().unwrap());
        house.nurse().await;
        house.directory.notarise(&mut notary).await.unwrap();
        let told = on_the_day(&house, "2026-03-04").await;
        let before = Raw::data(&db).await.count("audit_chain").await as u64;
        house.nurse().await;
        house.directory.notarise(&mut notary).await.unwrap();
        let keys = TrustedKeys::new([audit::PublicKey::parse(&told.audit_key).unwrap()]);
        let checkpoint = told.checkpoint.unwrap();
        assert_eq!(checkpoint.size, before, "it speaks of all of the day before");
        let mut witness = Witness::new();
        witness.append(SignedCheckpoint::parse(&checkpoint.text).unwrap(), &keys).unwrap();
        let verify = async |witness: &Witness| {
            let mut verifier = Verifier::new(&keys, witness);
            house.directory.export_audit(|line| { let _ = verifier.push(line.as_bytes()); Ok(()) }).await.unwrap();
            verifier.finish()
        };
        let report = verify(&witness).await.unwrap();
        assert_eq!((report.witnessed_to, report.unwitnessed_tail > 0), (before, true));
        let mut raw = Raw::data(&db).await;
        raw.unguard_the_trail().await;
        let seq = raw.seq_of("who_else_is_involved").await;
        assert!(seq as u64 <= before);
        raw.run(&format!("UPDATE audit_entry SET header = replace(header, 'who_else_is_involved', 'management') WHERE entry_id = (SELECT entry_id FROM audit_chain WHERE seq = {seq})")).await;
        assert!(verify(&witness).await.is_err(), "and a reader finds out what was changed since");
    }

    async fn shields_are_told_by_year_of_the_whole_service_and_nothing_else_depends_on_them(db: TestDatabases) {
        let house = House::open(&db).await;
        let rows: Vec<_> = (0..13)
            .map(|n| child(&format!("G-{n}"), "Ada", ["Arkwright", "Bairstow", "Clegg"][n % 3], &format!("2012-{:02}-{:02}", 1 + n % 12, 1 + n)))
            .collect();
        house.load(GP, &rows).await;
        house.holds_end();
        counted(&db, "2026-12", house.council, "searches", 40).await;
        counted(&db, "2027-01", house.council, "searches", 40).await;
        for n in 0..12 {
            house.shield(GP, &format!("G-{n}")).await;
        }
        let untold = on_the_day(&house, "2027-01-07").await;
        assert!(untold.years.is_empty(), "a year is told when its last month is");
        let told = on_the_day(&house, "2027-01-08").await;
        let years: Vec<_> = told.years.iter().map(|year| (year.year, year.shields)).collect();
        assert_eq!(years, [(2026, Some(10))], "twelve are told as ten");
        house.shield(GP, "G-12").await;
        let next = on_the_day(&house, "2027-02-08").await;
        assert_eq!(next.years, told.years, "what is decided this year is told next year");
        let shielded: Vec<String> = months(&next).into_values().collect();
        let unshielded = {
            let other = TestDatabases::sqlite().await;
            let house = House::open(&other).await;
            counted(&other, "2026-12", house.council, "searches", 40).await;
            counted(&other, "2027-01", house.council, "searches", 40).await;
            months(&on_the_day(&house, "2027-02-08").await).into_values().collect::<Vec<String>>()
        };
        assert_eq!(shielded, unshielded, "a world without shields publishes the same months");
    }

    async fn what_was_decided_about_shields_is_told_by_its_ground_and_by_whether_a_review_came_in_time(db: TestDatabases) {
        let house = House::that_no_limit_pauses(&db).await;
        let forenames = ["Ada", "Bertram", "Clementine", "Dorothea", "Ezekiel", "Florian"];
        let surnames = ["Arkwright", "Bairstow", "Clegg", "Dyson", "Entwistle", "Fairweather"];
        let row = |n: usize| {
            let born = format!("{}-{:02}-{:02}", 2010 + n % 12, 1 + n % 7, 1 + n % 23);
            child(&format!("G-{n}"), forenames[n % 6], surnames[n / 6], &born)
        };
        house.load(GP, &(0..36).map(row).collect::<Vec<_>>()).await;
        house.holds_end();
        counted(&db, "2026-12", house.council, "searches", 40).await;
        let d = &house.directory;
        let (asks, first, second) = house.desk().await;
        // Twelve for each of two grounds, and twelve that are declined.
        let mut set = Vec::new();
        for n in 0..36 {
            let reason = [ShieldReason::DomesticAbuse, ShieldReason::HonourBasedAbuse][usize::from(n >= 12)];
            let number = house.number_of(GP, &format!("G-{n}")).await;
            let mut request = shield_request(&number);
            request.grounds.reason = reason;
            let id = house.ask_for_shield(&asks, &first, request).await;
            let decision = if n < 24 { ShieldDecision::Shield(Vec::new()) } else { ShieldDecision::Decline };
            d.propose_shield(&first, id, &decision).await.unwrap();
            d.decide_shield(&second, id, true).await.unwrap();
            set.extend((n < 24).then_some(id));
        }
        // Half are kept in the last days of the month in which they are due, half are lifted on the first of the next.
        for (day, ids, decision) in [
            ("2026-09-30T09:00:00Z", &set[..12], ReviewDecision::Keep),
            ("2026-10-01T09:00:00Z", &set[12..], ReviewDecision::Lift),
        ] {
            house.clock.set(day.parse().unwrap());
            let (first, second) = house.managers().await;
            for id in ids {
                d.review_shield(&first, *id, decision).await.unwrap();
                d.decide_shield(&second, *id, true).await.unwrap();
            }
        }
        let told = on_the_day(&house, "2027-01-08").await;
        let [year] = &told.years[..] else { panic!("{:?}", told.years) };
        assert_eq!((year.year, year.shields, year.declined, year.lifted), (2026, Some(25), Some(10), Some(10)));
        assert_eq!((year.reviewed_in_time, year.reviewed_late), (Some(10), Some(10)));
        let by_reason: BTreeMap<&str, Option<u64>> = ShieldReason::ALL.iter().map(|one| (one.code(), None)).collect();
        let by_reason = by_reason.into_iter().chain([("domestic_abuse", Some(10)), ("honour_based_abuse", Some(10))]);
        assert_eq!(year.by_reason, by_reason.collect(), "twelve are told as ten, and none as small");
        let csv = told.to_csv().unwrap();
        for line in [
            "shields_decided,25",
            "shields_decided_domestic_abuse,10",
            "shields_decided_placement_at_risk,withheld",
            "shield_requests_declined,10",
            "shields_lifted,10",
            "shield_reviews_in_time,10",
            "shield_reviews_late,10",
        ] {
            assert!(csv.contains(&format!("2026,,Whole service,{line}\n")), "{line} in {csv}");
        }
        // After a restore the journal says what it said before, and what was declined brings nothing back.
        assert_eq!(d.replay_journal().await.unwrap().missing(), 0);
    }
}
