//! Who left England (rule 4.7), and whose birthday nobody tells (rule 4.1): how long they are kept.

use feeds::Said;
use jiff::ToSpan as _;
use jiff::civil::Date;
use service::HeldChoice;
use testkit::{TestDatabases, on_both_databases};

use crate::house::{CARE, GP, House, Row, SCHOOLS, by_name_and_birth, by_postcode, child, nhs_number};
use crate::identities::{cases, decided, proposal};
use crate::inbox::{connected, say, work_through};
use crate::joining::bench::Bench;
use crate::legal_holds::{hold, release};
use crate::raw::Raw;
use crate::retention::{finds, on, one, stored};

fn left_england(record: &str, forename: &str, surname: &str, on: &str) -> Row {
    child(record, forename, surname, "2015-05-05")
        .with("address_kind", "left_return")
        .with("effective_at", on)
}

on_both_databases! {
    async fn a_child_who_left_england_is_kept_as_the_three_statements_say(db: TestDatabases) {
        let house = House::open(&db).await;
        let left = |record: &str, forename: &str, how: &str| {
            child(record, forename, "Pemberton", "2015-05-05").with("address_kind", how)
        };
        house.load(SCHOOLS, &[
            left("S-1", "Hugo", "left_return"),
            left("S-2", "Imogen", "left_unknown"),
            left("S-3", "Jasper", "left_no_return"),
        ]).await;
        house.holds_end();
        let asked = |forename: &str| by_name_and_birth(&format!("{forename} Pemberton"), "2015-05-05");
        assert!(finds(&house, asked("Hugo")).await && finds(&house, asked("Imogen")).await);
        assert!(!finds(&house, asked("Jasper")).await, "archived, not returning (rule 4.7)");
        assert_eq!(house.directory.sweep(false).await.unwrap().archived, one("left_england"));
        // Stated on 31 January 2026; three years later nobody has returned.
        let house = on(house, "2029-01-31").await;
        let swept = house.directory.sweep(false).await.unwrap();
        assert_eq!(swept.archived, [("not_returned", 2)].into());
        assert!(!finds(&house, asked("Hugo")).await);
        let back = child("S-1", "Hugo", "Pemberton", "2015-05-05").with("effective_at", "2029-01-30").at("5 Oak Road", "LS5 5AA");
        assert_eq!(house.load(SCHOOLS, &[back]).await.updated, 1);
        assert_eq!(house.directory.sweep(false).await.unwrap().returned, 1);
        assert!(finds(&house, asked("Hugo")).await, "back in England, and back in the directory");
        let house = on(house, "2032-01-31").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().destroyed, one("left_england"));
    }

    async fn saying_again_that_a_child_left_england_begins_no_new_years(db: TestDatabases) {
        let house = House::open(&db).await;
        let left = |record: &str, forename: &str, on: &str, how: &str| {
            child(record, forename, "Pemberton", "2015-05-05").with("address_kind", how).with("effective_at", on)
        };
        let first = [
            left("S-1", "Hugo", "2026-01-31", "left_return"),
            left("S-2", "Imogen", "2026-01-31", "left_unknown"),
            left("S-3", "Jasper", "2026-01-31", "left_return"),
        ];
        house.load(SCHOOLS, &first).await;
        house.holds_end();
        let house = on(house, "2027-06-01").await;
        // Each changed otherwise since; the third came back, and went again.
        let again = [
            left("S-1", "Hugo", "2027-05-01", "left_return").with("gender", "M"),
            left("S-2", "Imogen", "2027-05-01", "left_return"),
            left("S-3", "Jasper", "2027-05-01", "left_return").at("5 Oak Road", "LS5 5AA").with("address_kind", "current"),
        ];
        assert_eq!(house.load(SCHOOLS, &again).await.updated, 3);
        let away = left("S-3", "Jasper", "2027-05-20", "left_return");
        assert_eq!(house.load(SCHOOLS, &[away]).await.updated, 1);
        let house = on(house, "2029-01-30").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().archived, [].into());
        let house = on(house, "2029-01-31").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().archived, [("not_returned", 2)].into(), "as first said");
        let asked = |forename: &str| by_name_and_birth(&format!("{forename} Pemberton"), "2015-05-05");
        assert!(!finds(&house, asked("Hugo")).await && !finds(&house, asked("Imogen")).await);
        assert!(finds(&house, asked("Jasper")).await, "away for less than two years");
        let house = on(house, "2030-05-20").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().archived, [("not_returned", 1)].into());
    }

    async fn what_nobody_tells_a_date_of_birth_of_goes_as_if_it_was_born_when_that_was_noticed(db: TestDatabases) {
        let house = House::open(&db).await;
        let undated = |record: &str, forename: &str| child(record, forename, "Undine", "").at("5 Oak Road", "LS5 5AA");
        house.load(CARE, &[undated("C-1", "Rhea"), undated("C-2", "Silas")]).await;
        house.holds_end();
        let noticed = house.directory.today();
        // Noticed by the sweep within the months in which it comes to each.
        let house = on(house, "2028-06-01").await;
        house.directory.sweep(false).await.unwrap();
        let told = child("C-2", "Silas", "Undine", "2025-02-03").at("5 Oak Road", "LS5 5AA");
        assert_eq!(house.load(CARE, &[told.with("effective_at", "2028-05-30")]).await.updated, 1);
        let latest = house.directory.today().saturating_add(18.years());
        let years = |date: Date, years: i32| date.saturating_add(years.years());
        assert!(latest > years(noticed, 18));
        let house = on(house, &years(noticed, 18).yesterday().unwrap().to_string()).await;
        assert_eq!(house.directory.sweep(false).await.unwrap().archived.get("no_date_of_birth"), None, "not before");
        assert!(finds(&house, by_postcode("Undine", "LS5 5AA")).await, "one is grown, the other may be a child");
        let house = on(house, &latest.to_string()).await;
        house.directory.sweep(false).await.unwrap();
        assert!(!finds(&house, by_postcode("Undine", "LS5 5AA")).await, "archived, both by now");
        let house = on(house, &years(latest, 6).to_string()).await;
        house.directory.sweep(false).await.unwrap();
        assert_eq!(stored(&db).await[..2], [0, 0], "and gone");
    }

    async fn a_birthday_that_only_an_ended_record_tells_counts(db: TestDatabases) {
        let house = House::open(&db).await;
        let there = |row: Row| row.at("5 Oak Road", "LS5 5AA").with("nhs_number", &nhs_number(31));
        let practice = connected(&house, GP, 7).await;
        house.load(GP, &[there(child("G-1", "Rhea", "Undine", "2010-05-05"))]).await;
        house.load(CARE, &[there(child("C-1", "Rhea", "Undine", ""))]).await;
        house.holds_end();
        let number = house.number_of(GP, "G-1").await;
        assert_eq!(house.number_of(CARE, "C-1").await, number);
        let end = Said::End { record_id: "G-1".to_owned(), as_of: house.directory.today(), said: None };
        say(&house, &practice, vec![end]).await;
        work_through(&house.directory).await;
        let ended = "SELECT count(*) FROM source_record WHERE state = 'ended'";
        assert_eq!(Raw::data(&db).await.number(ended).await, 1, "it counts no more");
        let house = on(house, "2028-05-05").await;
        house.directory.sweep(false).await.unwrap();
        assert!(!finds(&house, by_postcode("Undine", "LS5 5AA")).await, "grown");
        let house = on(house, "2034-05-05").await;
        house.directory.sweep(false).await.unwrap();
        assert_eq!(stored(&db).await[..2], [0, 0]);
    }

    async fn of_what_a_source_says_under_a_legal_hold_the_last_word_begins_the_years_away(db: TestDatabases) {
        let house = House::open(&db).await;
        let left = |on: &str| left_england("S-1", "Hugo", "Pemberton", on);
        house.load(SCHOOLS, &[left("2026-01-31")]).await;
        house.holds_end();
        let hold = hold(&house, &house.number_of(SCHOOLS, "S-1").await).await;
        // Whether it came back between is not known: late, rather than early.
        assert_eq!(house.load(SCHOOLS, &[left("2026-02-20").with("gender", "M")]).await.updated, 1, "kept unread");
        release(&house, hold).await;
        house.directory.do_duties().await.unwrap();
        let house = on(house, "2029-02-19").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().archived, [].into());
        let house = on(house, "2029-02-20").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().archived, [("not_returned", 1)].into());
    }

    async fn of_another_child_to_whom_a_statement_is_released_the_years_away_begin_with_it(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(SCHOOLS, &[left_england("S-1", "Hugo", "Pemberton", "2026-01-31")]).await;
        house.holds_end();
        let before = house.number_of(SCHOOLS, "S-1").await;
        // The source used the number again, of another who is away, and two people say so.
        let other = child("S-1", "Ottilie", "Vane", "2019-11-03").with("address_kind", "left_return");
        house.load(SCHOOLS, &[other.with("effective_at", "2026-02-20")]).await;
        decided(&house, cases(&house).await[0], HeldChoice::Different).await.unwrap();
        house.holds_end();
        assert_ne!(house.number_of(SCHOOLS, "S-1").await, before);
        let ottilie = || by_name_and_birth("Ottilie Vane", "2019-11-03");
        let house = on(house, "2029-02-19").await;
        house.directory.sweep(false).await.unwrap();
        assert!(finds(&house, ottilie()).await, "the other's years are the other's");
        let house = on(house, "2029-02-20").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().archived, [("not_returned", 1)].into());
        assert!(!finds(&house, ottilie()).await);
    }

    async fn of_two_identities_of_one_record_each_has_its_own_years_away(db: TestDatabases) {
        let house = House::open(&db).await;
        let away = |row: Row, on: &str| row.with("address_kind", "left_return").with("effective_at", on);
        let amy = |record: &str| child(record, "Amy", "Carterwright", "2017-05-06");
        let ruby = |record: &str| child(record, "Ruby", "Thornycroft", "2017-05-06");
        house.load(GP, &[amy("G-1").at("3 Quayside", "LS10 1AA")]).await;
        house.load(SCHOOLS, &[away(amy("S-1"), "2025-09-01")]).await;
        house.load(CARE, &[ruby("C-2").with("gender", "F")]).await;
        house.load(SCHOOLS, &[away(ruby("S-1"), "2026-02-01")]).await;
        house.holds_end();
        let (first, second) = house.managers().await;
        house.directory.seal_identities(&first, &second, &proposal()).await.unwrap();
        house.holds_end();
        let now = || by_name_and_birth("Ruby Thornycroft", "2017-05-06");
        for (day, is_found) in [("2028-09-02", true), ("2029-01-31", true), ("2029-02-01", false)] {
            let house = on(House::furnished(house.directory.clone(), house.clock.clone()).await, day).await;
            house.directory.sweep(false).await.unwrap();
            assert_eq!(finds(&house, now()).await, is_found, "{day}: its years do not tell that she was another");
        }
    }

    async fn who_is_taken_apart_without_a_birthday_goes_as_of_the_day_on_which_that_is_noticed_of_each(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let undated = |record: &str| child(record, "Rhea", "Undine", "").at("5 Oak Road", "LS5 5AA").with("nhs_number", &nhs_number(31));
        let house = &bench.house;
        house.load(GP, &[undated("G-7")]).await;
        house.load(CARE, &[undated("C-7")]).await;
        house.holds_end();
        let number = house.number_of(GP, "G-7").await;
        assert_eq!(house.number_of(CARE, "C-7").await, number, "by the number");
        // The sweep comes to each now, and notices.
        let noticed = async || {
            Raw::data(&db).await.run("UPDATE child SET retention_month = '2026-01'").await;
            house.directory.sweep(false).await.unwrap();
            house.directory.today()
        };
        let first = noticed().await;
        house.minutes_pass(60 * 24 * 100);
        bench.take_apart(&number, CARE, "C-7").await;
        let second = noticed().await;
        assert!(first < second);
        let grown = second.saturating_add(18.years());
        let house = on(bench.house, &grown.yesterday().unwrap().to_string()).await;
        assert_eq!(house.directory.sweep(false).await.unwrap().archived, [].into(), "late rather than early, both");
        let house = on(house, &grown.to_string()).await;
        assert_eq!(house.directory.sweep(false).await.unwrap().archived, [("no_date_of_birth", 2)].into());
        let house = on(house, &grown.saturating_add(6.years()).to_string()).await;
        house.directory.sweep(false).await.unwrap();
        assert_eq!(stored(&db).await[..2], [0, 0], "and gone");
    }
}
