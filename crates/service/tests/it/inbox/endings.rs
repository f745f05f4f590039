//! What a source no longer says: a record that ends, and one that goes on in another (A40).

use directory::SaidAt;
use feeds::Said;
use jiff::ToSpan as _;
use jiff::civil::Date;
use service::{FileKind, Policy, RowStatus, checksum};
use sha2::{Digest as _, Sha256};
use testkit::{TestDatabases, on_both_databases};

use super::{HOSPITAL, born, connected, hospital, row, say, statement, told, work_through};
use crate::feeding::Sent;
use crate::house::{CARE, House, Row, SCHOOLS, by_name_and_birth};
use crate::raw::Raw;

fn first_half(text: &[u8]) -> u128 {
    u128::from_be_bytes(Sha256::digest(text)[..16].try_into().unwrap())
}

on_both_databases! {
    async fn a_record_ends_once_and_comes_back_with_its_next_statement(db: TestDatabases) {
        let house = House::open(&db).await;
        let source = hospital(&house).await;
        let today = house.directory.today();
        let end = |record: &str| Said::End { record_id: record.to_owned(), as_of: today, said: None };
        let said_today = row(1).with("effective_at", &today.to_string());
        say(&house, &source, vec![
            end("H-9"),
            statement(&source, &row(1)),
            end("H-1"),
            end("H-1"),
            statement(&source, &said_today),
            Said::End { record_id: String::new(), as_of: today, said: None },
            Said::End { record_id: "H-1".to_owned(), as_of: today.saturating_add(9.days()), said: None },
            Said::End { record_id: "H-1".to_owned(), as_of: today, said: Some(today.saturating_add(9.days()).into()) },
        ]).await;
        work_through(&house.directory).await;
        use RowStatus::{Accepted, Quarantined, Unchanged};
        let told = told(&house, HOSPITAL).await;
        let statuses: Vec<RowStatus> = told.iter().map(|(.., status)| *status).collect();
        assert_eq!(statuses, [Unchanged, Accepted, Accepted, Unchanged, Accepted, Quarantined, Quarantined, Quarantined]);
        assert_eq!(told[2].1.as_deref(), Some("H-1"), "the receipt names the record");
        let mut raw = Raw::data(&db).await;
        assert_eq!((raw.count("child").await, raw.count("source_record").await), (1, 1));
        assert_eq!(raw.count("source_version").await, 2, "the statement that ended, and its end");
        let nurse = house.nurse().await;
        house.holds_end();
        assert_eq!(house.found(&nurse, by_name_and_birth("Benedict Bickerstaff", &born(1))).await.len(), 1);
    }

    async fn a_late_word_does_not_bring_back_what_ended_or_was_merged_and_a_late_end_ends_nothing_said_later(db: TestDatabases) {
        let house = House::open(&db).await;
        let source = hospital(&house).await;
        let stays = row(1).at("1 High Street", "LS1 1AA");
        let on = |row: &Row, day: &str| statement(&source, &row.clone().with("effective_at", day));
        let end = |record: &str, day: &str| {
            let day: Date = day.parse().unwrap();
            Said::End { record_id: record.to_owned(), as_of: day, said: Some(day.into()) }
        };
        let (ended, merged) = (stays.clone().with("record_id", "E-1"), stays.clone().with("record_id", "M-1"));
        let merge = Said::Merge { surviving: "H-1".to_owned(), ended: "M-1".to_owned(), statement: None, said: None };
        let mut said = vec![on(&stays, "2026-01-31"), on(&ended, "2026-01-31"), end("E-1", "2026-02-10")];
        // Said before the end, and sent again: both come late. What was said on the day of the end and comes after it does not.
        said.extend([on(&ended, "2026-01-31"), on(&ended, "2026-02-09"), on(&ended, "2026-02-10"), end("E-1", "2026-02-09")]);
        say(&house, &source, said).await;
        work_through(&house.directory).await;
        let mut raw = Raw::data(&db).await;
        let gone = "SELECT count(*) FROM source_record WHERE state = 'ended'";
        assert_eq!(raw.number(gone).await, 0, "it was said after that end");
        let mut said = vec![end("E-1", "2026-02-10"), on(&merged, "2026-02-01"), merge];
        said.extend([on(&merged, "2026-02-03"), on(&ended, "2026-02-09")]);
        say(&house, &source, said).await;
        work_through(&house.directory).await;
        assert_eq!(raw.number(gone).await, 2, "neither is brought back");
        let statuses: Vec<RowStatus> = told(&house, HOSPITAL).await.iter().map(|(.., status)| *status).collect();
        use RowStatus::{Accepted, Superseded};
        let expected = [
            Accepted, Accepted, Accepted, Superseded, Superseded, Accepted, Superseded, Accepted, Accepted, Accepted, Superseded,
            Superseded,
        ];
        assert_eq!(statuses, expected);
        let sums = house.directory.reconciliation(HOSPITAL, house.directory.today()).await.unwrap().total;
        assert_eq!((sums.sent, sums.superseded), (12, 5));
    }

    async fn a_late_row_of_a_delta_does_not_bring_back_what_a_full_file_ended_and_a_later_full_file_does(db: TestDatabases) {
        let house = House::open(&db).await;
        let rows: Vec<Row> = (1..4).map(row).collect();
        let sent = async |kind, sequence, rows: &[Row], as_of: &str, confirmed: Option<&str>| {
            let sent = Sent { as_of: as_of.parse().unwrap(), ..Sent::of(&house, CARE, kind, sequence, rows).await };
            sent.load(&house.directory, 10, confirmed).await.unwrap()
        };
        sent(FileKind::Full, 1, &rows, "2026-01-31", None).await;
        let waits = sent(FileKind::Full, 2, &rows[..2], "2026-02-20", None).await.waiting.unwrap();
        assert_eq!(sent(FileKind::Full, 2, &rows[..2], "2026-02-20", Some(&waits.digest)).await.ended, 1);
        let late = [rows[2].clone().with("effective_at", "2026-02-01")];
        let counts = sent(FileKind::Delta, 3, &late, "2026-02-25", None).await.counts;
        assert_eq!((counts.rows, counts.superseded, counts.updated), (1, 1, 0));
        let again = sent(FileKind::Full, 4, &rows[..2], "2026-02-26", None).await;
        assert_eq!((again.ended, again.waiting), (0, None), "it stands no more");
        let back = sent(FileKind::Full, 5, &rows, "2026-02-27", None).await.counts;
        assert_eq!((back.rows, back.updated, back.unchanged, back.superseded), (3, 1, 2, 0));
    }

    async fn two_numbers_of_one_child_become_one_and_a_merge_resent_changes_nothing(db: TestDatabases) {
        let house = House::open(&db).await;
        let source = hospital(&house).await;
        let old = row(1).at("1 High Street", "LS1 1AA").with("gender", "M");
        let new = old.clone().with("record_id", "N-1").with("effective_at", "2026-02-01");
        let message = |said: &Said| match said {
            Said::Statement(message) => message.clone(),
            other => panic!("{other:?}"),
        };
        let says_new = statement(&source, &new);
        let merge = || Said::Merge {
            surviving: "N-1".to_owned(),
            ended: "H-1".to_owned(),
            statement: Some(message(&says_new)),
            said: None,
        };
        let bare = Said::Merge { surviving: "N-1".to_owned(), ended: "H-9".to_owned(), statement: None, said: None };
        let broken = message(&statement(&source, &new.clone().with("date_of_birth", "2031-01-01")));
        let broken =
            Said::Merge { surviving: "N-1".to_owned(), ended: "H-1".to_owned(), statement: Some(broken), said: None };
        say(&house, &source, vec![statement(&source, &old), broken, merge(), merge(), bare]).await;
        work_through(&house.directory).await;
        use RowStatus::{Accepted, Quarantined, Unchanged};
        let told = told(&house, HOSPITAL).await;
        let statuses: Vec<RowStatus> = told.iter().map(|(.., status)| *status).collect();
        assert_eq!(statuses, [Accepted, Quarantined, Accepted, Unchanged, Unchanged]);
        assert_eq!(told[2].1.as_deref(), Some("N-1"));
        assert_eq!(house.number_of(HOSPITAL, "H-1").await, house.number_of(HOSPITAL, "N-1").await, "one child");
        let mut raw = Raw::data(&db).await;
        assert_eq!(raw.number("SELECT count(*) FROM source_record WHERE state = 'ended'").await, 1, "the old number counts no more");
        assert_eq!(raw.number("SELECT rows_read FROM feed_run").await, 5);
        // The sums, as the source computes them.
        let canonical = |said: &Said| match message(said).judge(1, house.directory.today()) {
            feeds::Outcome::Accepted(row) => row.canonical,
            other => panic!("{other:?}"),
        };
        let merged = [b"merge N-1 H-1\n".as_slice(), &canonical(&says_new)].concat();
        let sums = house.directory.reconciliation(HOSPITAL, house.directory.today()).await.unwrap().total;
        let expected = checksum([
            first_half(&canonical(&statement(&source, &old))),
            first_half(b"row 2\ndate_of_birth F012\n"),
            first_half(&merged),
            first_half(&merged),
            first_half(b"merge N-1 H-9\n"),
        ]);
        assert_eq!((sums.sent, sums.checksum), (5, expected));
        let nurse = house.nurse().await;
        house.holds_end();
        assert_eq!(house.found(&nurse, by_name_and_birth("Benedict Bickerstaff", &born(1))).await.len(), 1);
    }

    async fn what_ended_long_ago_ends_when_it_is_said_and_not_before(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(SCHOOLS, &[row(1).with("record_id", "S-1")]).await;
        let source = connected(&house, CARE, 1).await;
        let left: Date = "2026-02-20".parse().unwrap();
        let end = |said| Said::End { record_id: "H-1".to_owned(), as_of: left, said };
        let corrected = row(1).with("effective_at", "2026-03-01T09:00:00Z");
        say(&house, &source, vec![statement(&source, &row(1)), statement(&source, &corrected)]).await;
        // A correction of yesterday, and today the clerk enters that the child left in February. Before that an end said before
        // the correction came late.
        let late = Some(SaidAt::Moment("2026-03-01T08:59:00Z".parse().unwrap()));
        say(&house, &source, vec![end(late), end(None), statement(&source, &corrected)]).await;
        work_through(&house.directory).await;
        use RowStatus::{Accepted, Superseded};
        let statuses: Vec<RowStatus> = told(&house, CARE).await.iter().map(|(.., status)| *status).collect();
        assert_eq!(statuses, [Accepted, Accepted, Superseded, Accepted, Superseded]);
        let mut raw = Raw::data(&db).await;
        assert_eq!(raw.number("SELECT count(*) FROM source_record WHERE state = 'ended'").await, 1);
    }

    async fn a_merge_just_after_midnight_in_summer_ends_what_was_registered_just_before_it(db: TestDatabases) {
        let house = House::open_with(&db, Policy::default(), "2026-07-01T23:45:00Z").await;
        let source = hospital(&house).await;
        let at = |moment: &str| Some(SaidAt::Moment(moment.parse().unwrap()));
        let stays = row(1).with("record_id", "A-1").at("1 High Street", "LS1 1AA");
        let twice = stays.clone().with("record_id", "B-1").with("effective_at", "2026-07-01T23:10:00Z");
        let merge =
            |said| Said::Merge { surviving: "A-1".to_owned(), ended: "B-1".to_owned(), statement: None, said };
        say(&house, &source, vec![
            statement(&source, &stays),
            statement(&source, &twice),
            merge(at("2026-07-01T23:05:00Z")),
            merge(at("2026-07-01T23:40:00Z")),
        ]).await;
        work_through(&house.directory).await;
        use RowStatus::{Accepted, Superseded};
        let statuses: Vec<RowStatus> = told(&house, HOSPITAL).await.iter().map(|(.., status)| *status).collect();
        assert_eq!(statuses, [Accepted, Accepted, Superseded, Accepted]);
        let mut raw = Raw::data(&db).await;
        assert_eq!(raw.number("SELECT count(*) FROM source_record WHERE state = 'ended'").await, 1);
    }

    async fn an_end_that_comes_before_the_first_statement_is_kept_for_it(db: TestDatabases) {
        let house = House::open(&db).await;
        let source = hospital(&house).await;
        let at = |moment: &str| row(2).with("record_id", "B-1").with("effective_at", moment);
        let said = Some(SaidAt::Moment("2026-03-01T10:05:00Z".parse().unwrap()));
        let merge = Said::Merge { surviving: "A-1".to_owned(), ended: "B-1".to_owned(), statement: None, said };
        let late = statement(&source, &at("2026-03-01T10:00:00Z"));
        say(&house, &source, vec![statement(&source, &row(1)), merge, late]).await;
        work_through(&house.directory).await;
        let mut raw = Raw::data(&db).await;
        assert_eq!((raw.count("source_record").await, raw.count("said_last").await), (1, 1), "it opens nothing");
        let later = statement(&source, &at("2026-03-01T10:06:00Z"));
        say(&house, &source, vec![later]).await;
        work_through(&house.directory).await;
        use RowStatus::{Accepted, Superseded, Unchanged};
        let statuses: Vec<RowStatus> = told(&house, HOSPITAL).await.iter().map(|(.., status)| *status).collect();
        assert_eq!(statuses, [Accepted, Unchanged, Superseded, Accepted]);
        assert_eq!((raw.count("source_record").await, raw.count("said_last").await), (2, 0));
    }

    async fn an_end_of_nothing_is_forgotten_after_some_weeks(db: TestDatabases) {
        let house = House::open(&db).await;
        let source = hospital(&house).await;
        let today = house.directory.today();
        say(&house, &source, vec![Said::End { record_id: "H-1".to_owned(), as_of: today, said: None }]).await;
        work_through(&house.directory).await;
        let mut raw = Raw::data(&db).await;
        house.minutes_pass(60 * 24 * 20);
        house.directory.sweep(false).await.unwrap();
        assert_eq!(raw.count("said_last").await, 1);
        house.minutes_pass(60 * 24 * 60);
        house.directory.sweep(false).await.unwrap();
        assert_eq!(raw.count("said_last").await, 0);
    }

    async fn a_full_file_does_not_end_who_was_registered_while_it_was_on_its_way(db: TestDatabases) {
        let house = House::open(&db).await;
        let source = connected(&house, CARE, 1).await;
        let rows: Vec<Row> = (1..120).map(row).collect();
        let full = async |sequence, rows: &[Row], as_of: &str| {
            let kind = FileKind::Full;
            let sent = Sent { as_of: as_of.parse().unwrap(), ..Sent::of(&house, CARE, kind, sequence, rows).await };
            sent.load(&house.directory, 50, None).await.unwrap()
        };
        full(1, &rows, "2026-02-27").await;
        let newborn = row(130).with("effective_at", "2026-02-28T10:00:00Z");
        say(&house, &source, vec![statement(&source, &newborn)]).await;
        work_through(&house.directory).await;
        let made_before = full(2, &rows, "2026-02-28").await;
        assert_eq!((made_before.ended, made_before.waiting), (0, None));
        // The file of the next night knows who is registered.
        assert_eq!(full(3, &rows, "2026-03-01").await.ended, 1);
    }
}
