//! Loads kept in hand (rules 10.7, 10.8): full files and deltas in their sequence, what a full file lacks, pauses by people and
//! by limits, and going on where a load stopped.

use std::sync::Arc;

use directory::access::Role;
use directory::connecting::{
    CredentialKind, InstallationAct, MeasuredFile, Pilot, ProductAct, Rehearsal, RehearsalOutcome, WayIn,
};
use directory::feeding::{Crossed, FeedSettings, FeedingPolicy};
use jiff::civil::{Date, date};
use service::{
    AbsenceError, Delivery, Directory, Ended, FeedingError, FileKind, LoadError, Loader, NewSource, Numbered,
    PauseReason, Policy, ReceiptCursor, SourceDoor,
};
use sha2::{Digest as _, Sha256};
use testkit::{Engine, TestDatabases, on_both_databases};
use uuid::Uuid;

use crate::connecting::{CERTIFICATE, accredited, act, signed_by_json, town};
use crate::house::{self, CARE, COUNCIL, House, OPENED, Row, SCHOOLS, by_name_and_birth, child, judged};
use crate::raw::Raw;
use crate::state::state;

/// A file as a source sends it.
pub struct Sent {
    pub source: String,
    pub kind: FileKind,
    pub sequence: i64,
    pub text: String,
    pub as_of: Date,
}

impl Sent {
    pub async fn of(house: &House, source: &str, kind: FileKind, sequence: i64, rows: &[Row]) -> Self {
        let text = house.file(source, rows).await;
        Self { source: source.to_owned(), kind, sequence, text, as_of: date(2026, 3, 1) }
    }

    fn delivery(&self, rows: usize) -> Delivery {
        let (kind, sequence) = (self.kind, self.sequence);
        Delivery {
            sha256: Sha256::digest(self.text.as_bytes()).into(),
            rows: rows as u64,
            numbered: Some(Numbered { kind, sequence, as_of: self.as_of }),
            dry: false,
            format: None,
        }
    }

    /// Loads it, in groups of this size.
    pub async fn load(
        &self,
        directory: &Arc<Directory>,
        group: usize,
        confirmed: Option<&str>,
    ) -> Result<Ended, LoadError> {
        let rows = judged(directory, &directory.profile_of(&self.source).await?, &self.text);
        let run = directory.begin_delivery(&self.source, &self.delivery(rows.len())).await?;
        let mut loader = Loader::new(directory.clone(), run);
        for group in rows.chunks(group) {
            loader.push(group.to_vec()).await?;
        }
        directory.end_delivery(loader.finish().await?, confirmed).await
    }
}

/// So many children, who do not resemble each other.
fn children(prefix: &str, count: usize) -> Vec<Row> {
    let names = ["Araminta", "Benedict", "Cordelia", "Dashiell", "Evangeline", "Fitzgerald", "Guinevere"];
    let families = ["Abernathy", "Bickerstaff", "Cholmondeley", "Drinkwater", "Entwistle"];
    let row = |at: usize| {
        let born = format!("20{:02}-{:02}-{:02}", 9 + at % 13, 1 + at % 12, 1 + at % 28);
        let family = format!("{}{}", families[at % 5], ["", "son", "ton", "by", "ley"][at / 5 % 5]);
        child(&format!("{prefix}-{at}"), names[at % 7], &family, &born)
            .at(&format!("{} Beech Avenue", at + 1), &format!("LS{} {}AA", 1 + at % 20, 1 + at % 9))
    };
    (0..count).map(row).collect()
}

/// A full file of this source that lacks half of the one before; the run that waits.
pub async fn waits_for_a_person(house: &House, source: &str) -> Uuid {
    let rows = children("W", 4);
    let first = Sent::of(house, source, FileKind::Full, 1, &rows).await;
    first.load(&house.directory, 10, None).await.unwrap();
    let second = Sent::of(house, source, FileKind::Full, 2, &rows[..2]).await;
    let ended = second.load(&house.directory, 10, None).await.unwrap();
    assert!(ended.waiting.is_some());
    let morgan = house.sign_in_again("morgan").await;
    let page = house.directory.sources_page(&morgan).await.unwrap();
    page.absences.iter().find(|line| line.source == source).unwrap().run
}

/// Every receipt of a source, as far as its moment has come.
pub async fn receipts(directory: &Directory, source: &str) -> Vec<service::Receipt> {
    let (mut all, mut after) = (Vec::new(), ReceiptCursor::default());
    loop {
        // Small pages: a cursor stands in the middle of a group as well.
        let page = directory.receipts(source, after, 7).await.unwrap();
        if page.lines.is_empty() {
            return all;
        }
        after = page.next;
        all.extend(page.lines);
    }
}

async fn administrator(house: &House) -> service::SignedIn {
    if !house.directory.has_account("dana").await.unwrap() {
        house.account("dana", &[Role::DataAdministrator]).await;
    }
    house.sign_in_again("dana").await
}

async fn source_id(house: &House, who: &service::SignedIn, name: &str) -> Uuid {
    let page = house.directory.sources_page(who).await.unwrap();
    page.sources.iter().find(|source| source.name == name).unwrap().source
}

/// Empty databases of the same engine.
async fn another(db: &TestDatabases) -> TestDatabases {
    match db.engine() {
        Engine::Sqlite => TestDatabases::sqlite().await,
        Engine::Postgres => TestDatabases::postgres().await,
    }
}

/// A policy under which a source is judged as by default, and batches are as the test says.
fn policy(control: FeedSettings) -> Policy {
    Policy { feeding: FeedingPolicy { control, ..FeedingPolicy::default() }, ..Policy::default() }
}

/// What is usual of a source: five hundred rows, none of them bad.
async fn something_usual(directory: &Arc<Directory>, house: &House) {
    let text = house.file(CARE, &children("C", 100)).await;
    for _ in 0..5 {
        house::load(directory, CARE, &text, 50).await.unwrap();
    }
}

/// Forty rows, of which every second breaks a rule, after eighty of the same kind.
async fn a_bad_file(house: &House) -> String {
    let mut rows = children("late", 130);
    for row in rows.iter_mut().step_by(2) {
        *row = row.clone().with("date_of_birth", "2031-01-01");
    }
    house.file(CARE, &rows).await
}

on_both_databases! {
    async fn a_full_file_that_lacks_a_tenth_of_the_records_ends_nothing_until_a_person_confirms(db: TestDatabases) {
        let house = House::open(&db).await;
        let directory = &house.directory;
        let rows: Vec<Row> = children("C", 20)
            .into_iter()
            .map(|row| row.with("involvement_1_service", "youth_worker").with("involvement_1_practitioner", "Ola Finch"))
            .collect();
        // One of the two that will be absent is known to a school as well.
        house.load(SCHOOLS, &[children("C", 20)[19].clone().with("record_id", "S-1")]).await;
        Sent::of(&house, CARE, FileKind::Full, 1, &rows).await.load(directory, 7, None).await.unwrap();
        house.holds_end();
        let second = Sent::of(&house, CARE, FileKind::Full, 2, &rows[..18]).await;
        let ended = second.load(directory, 7, None).await.unwrap();
        let waiting = ended.waiting.unwrap();
        assert_eq!((ended.ended, waiting.absent, waiting.held), (0, 2, 20));
        let mut raw = Raw::data(&db).await;
        let gone = "SELECT count(*) FROM source_record WHERE state = 'ended'";
        assert_eq!(raw.number(gone).await, 0, "nothing is ended");
        assert_eq!(raw.count("source_version").await, 0, "and nothing changed");
        let third = Sent::of(&house, CARE, FileKind::Delta, 3, &rows[..1]).await;
        assert!(
            matches!(third.load(directory, 7, None).await, Err(LoadError::Unfinished { number: 2, .. })),
            "what follows waits as well"
        );
        let other = second.load(directory, 7, Some("00")).await;
        assert!(matches!(other, Err(LoadError::OtherAbsence)), "a digest of other records");
        let dana = administrator(&house).await;
        let line = directory.sources_page(&dana).await.unwrap().absences.remove(0);
        assert_eq!((line.absent, line.held, line.unknown, line.sequence), (2, 20, 0, Some(2)));
        directory.decide_absence(&dana, line.run, &line.digest, true).await.unwrap();
        assert_eq!(raw.number(gone).await, 0, "ended when the file is loaded again");
        let ended = second.load(directory, 7, None).await.unwrap();
        assert_eq!((ended.ended, ended.waiting), (2, None));
        assert_eq!(raw.number(gone).await, 1, "the one whom another source states; the last of a child stays");
        assert_eq!(receipts(directory, CARE).await.len(), 20, "those of the second file wait for their moment");
        let nurse = house.nurse().await;
        let alone = house.full_record(&nurse, by_name_and_birth("Evangeline Drinkwaterby", "2014-07-19")).await;
        let ends: Vec<_> = alone.involvements.iter().map(|it| it.value.end.map(|end| end.to_string())).collect();
        assert_eq!(ends, [Some("2026-03-01".to_owned())], "as of the day of the file");
        // Any later word of it brings it back, dated as before.
        let fourth = Sent::of(&house, CARE, FileKind::Full, 3, &rows).await;
        let back = fourth.load(directory, 7, None).await.unwrap();
        assert_eq!((back.counts.accepted, back.counts.updated, back.counts.unchanged, back.ended), (0, 2, 18, 0));
        assert_eq!(raw.number(gone).await, 0);
        let nurse = house.nurse().await;
        let alone = house.full_record(&nurse, by_name_and_birth("Evangeline Drinkwaterby", "2014-07-19")).await;
        assert!(alone.involvements.iter().all(|it| it.value.end.is_none()));
    }

    async fn a_child_whom_a_full_file_names_in_a_row_that_is_kept_nowhere_is_neither_absent_nor_unknown(db: TestDatabases) {
        let house = House::open(&db).await;
        let directory = &house.directory;
        let mut rows = children("C", 60);
        Sent::of(&house, CARE, FileKind::Full, 1, &rows).await.load(directory, 7, None).await.unwrap();
        house.holds_end();
        // A value too long for its column may be text about the child: of the row no word is kept.
        rows[3] = rows[3].clone().with("surname", &"x".repeat(2_000));
        rows.pop();
        let second = Sent::of(&house, CARE, FileKind::Full, 2, &rows).await.load(directory, 7, None).await.unwrap();
        assert_eq!((second.counts.quarantined, second.ended, second.waiting), (1, 1, None), "the last alone is absent");
    }

    async fn a_file_out_of_its_sequence_is_refused_and_a_replay_is_answered_by_the_same_receipts(db: TestDatabases) {
        let house = House::open(&db).await;
        let directory = &house.directory;
        let rows = children("C", 6);
        let sent = async |kind, sequence, rows: &[Row]| {
            Sent::of(&house, CARE, kind, sequence, rows).await.load(directory, 4, None).await
        };
        let out = |answer: Result<Ended, LoadError>| match answer {
            Err(LoadError::OutOfSequence { expected, found, .. }) => (expected, found),
            other => panic!("not refused: {other:?}"),
        };
        assert_eq!(out(sent(FileKind::Delta, 5, &rows).await), (1, 5), "a delta follows nothing");
        sent(FileKind::Full, 5, &rows).await.unwrap();
        assert_eq!(out(sent(FileKind::Delta, 5, &rows[..2]).await), (6, 5), "repeated");
        assert_eq!(out(sent(FileKind::Delta, 7, &rows[..2]).await), (6, 7), "one is missing");
        let delta = [rows[0].clone().with("forenames", "Another")];
        sent(FileKind::Delta, 6, &delta).await.unwrap();
        house.minutes_pass(10);
        let before = receipts(directory, CARE).await;
        assert_eq!(before.len(), 7, "refused files have no receipts");
        let mut raw = Raw::data(&db).await;
        let (runs, versions) = (raw.count("feed_run").await, raw.count("source_version").await);
        let again = sent(FileKind::Delta, 6, &delta).await.unwrap();
        assert_eq!((again.counts.unchanged, again.ended), (1, 0));
        house.minutes_pass(10);
        assert_eq!(receipts(directory, CARE).await, before, "a replay is answered by the same receipts");
        assert_eq!((raw.count("feed_run").await, raw.count("source_version").await), (runs, versions));
        // A night on which nothing changed has the same bytes, and a number of its own.
        let same = sent(FileKind::Full, 7, &rows).await.unwrap();
        assert_eq!((same.counts.rows, same.counts.updated, same.counts.unchanged), (6, 1, 5));
        let same = sent(FileKind::Full, 8, &rows).await.unwrap();
        assert_eq!((same.counts.rows, same.counts.unchanged, same.ended), (6, 6, 0));
    }

    async fn a_first_load_full_of_bad_rows_is_paused_before_anything_is_usual(db: TestDatabases) {
        let house = House::open(&db).await;
        let directory = &house.directory;
        let mut rows = children("F", 300);
        for row in rows.iter_mut().step_by(4) {
            *row = row.clone().with("date_of_birth", "2031-01-01");
        }
        let bad = house.file(CARE, &rows).await;
        assert!(matches!(house::load(directory, CARE, &bad, 50).await, Err(LoadError::Paused { .. })));
        let mut raw = Raw::data(&db).await;
        assert_eq!(raw.number("SELECT rows_read FROM feed_run WHERE state = 'running'").await, 100, "25 of them bad");
        let dana = administrator(&house).await;
        let care = source_id(&house, &dana, CARE).await;
        let page = directory.sources_page(&dana).await.unwrap();
        let line = page.sources.iter().find(|source| source.source == care).unwrap();
        assert_eq!(line.paused.unwrap().crossed, Some(Crossed::Quarantine));
        // A person who has looked lets it go on, and it is not stopped at every hundred rows.
        directory.resume_source(&dana, care).await.unwrap();
        let counts = house::load(directory, CARE, &bad, 50).await.unwrap();
        assert_eq!((counts.rows, counts.quarantined), (300, 75));
    }

    async fn a_jump_in_rows_put_aside_pauses_the_source_with_the_group_that_shows_it(db: TestDatabases) {
        let house = House::open(&db).await;
        let directory = &house.directory;
        something_usual(directory, &house).await;
        let bad = a_bad_file(&house).await;
        let error = house::load(directory, CARE, &bad, 25).await.unwrap_err();
        let said = error.to_string();
        assert!(matches!(error, LoadError::Paused { .. }), "{said}");
        for measure in ["quarantine", "match", "review", "latency", "put aside", "rate", "limit"] {
            assert!(!said.to_lowercase().contains(measure), "the supplier is told which measure it was: {said}");
        }
        let mut raw = Raw::data(&db).await;
        assert_eq!(raw.number("SELECT rows_read FROM feed_run WHERE state = 'running'").await, 100, "with that group");
        assert_eq!(raw.number("SELECT count(*) FROM source_system WHERE state = 'paused'").await, 1);
        let other = house.file(CARE, &children("D", 1)).await;
        assert!(matches!(house::load(directory, CARE, &other, 25).await, Err(LoadError::Paused { .. })));
        house.load(SCHOOLS, &children("S", 1)).await;
        // The authority is told which.
        let dana = administrator(&house).await;
        let care = source_id(&house, &dana, CARE).await;
        let page = directory.sources_page(&dana).await.unwrap();
        let line = page.sources.iter().find(|source| source.source == care).unwrap();
        assert_eq!(line.paused.unwrap().crossed, Some(Crossed::Quarantine));
        assert_eq!(line.running.iter().map(|running| running.rows).collect::<Vec<_>>(), [100]);
        // And it goes on exactly where it stopped, once a person lets it.
        directory.resume_source(&dana, care).await.unwrap();
        assert!(matches!(directory.resume_source(&dana, care).await, Err(FeedingError::AlreadySo)));
        let counts = house::load(directory, CARE, &bad, 25).await.unwrap();
        assert_eq!((counts.rows, counts.quarantined, counts.accepted), (130, 65, 65));
        house.minutes_pass(10);
        let late = receipts(directory, CARE).await.into_iter().filter(|receipt| receipt.row > 101);
        assert_eq!(late.map(|receipt| receipt.row).collect::<Vec<_>>(), (102..=131).collect::<Vec<_>>());
    }

    async fn a_file_whose_record_numbers_are_all_new_is_paused_however_quiet_the_nights_before_were(db: TestDatabases) {
        // Small batches would only make it slow.
        let control = FeedSettings { first_batch: 250, first_review_percent: 100, ..FeedSettings::default() };
        let house = House::open_with(&db, policy(control), OPENED).await;
        let directory = &house.directory;
        let source = NewSource {
            name: "nurses".to_owned(),
            profile: "social-care".to_owned(),
            organisation: COUNCIL.to_owned(),
            precedence: 15,
            one_record_per_child: true,
            accredited_until: Some(date(2040, 3, 31)),
        };
        directory.declare_source(source).await.unwrap();
        let rows = children("N", 520);
        let load = async |sequence, rows: &[Row]| {
            Sent::of(&house, "nurses", FileKind::Full, sequence, rows).await.load(directory, 250, None).await
        };
        load(1, &rows).await.unwrap();
        for night in 2..7 {
            let counts = load(night, &rows).await.unwrap().counts;
            assert_eq!(counts.unchanged, 520, "a quiet night");
        }
        // The supplier's upgrade numbers every record anew.
        let anew: Vec<Row> = rows
            .iter()
            .enumerate()
            .map(|(at, row)| row.clone().with("record_id", &format!("X-{at}")))
            .collect();
        let paused = load(7, &anew).await;
        assert!(matches!(paused, Err(LoadError::Paused { .. })), "{paused:?}");
        let dana = administrator(&house).await;
        let nurses = source_id(&house, &dana, "nurses").await;
        let page = directory.sources_page(&dana).await.unwrap();
        let line = page.sources.iter().find(|source| source.source == nurses).unwrap();
        assert!(matches!(line.paused.unwrap().crossed, Some(Crossed::Review | Crossed::Match)));
        let mut raw = Raw::data(&db).await;
        let read = raw.number("SELECT rows_read FROM feed_run WHERE state = 'running'").await;
        assert!(read <= 500, "in the first groups: {read}");
    }

    async fn a_paused_load_goes_on_where_it_stopped_and_ends_in_the_same_state(db: TestDatabases) {
        let records: Vec<(&str, String)> = (0..30).map(|at| (CARE, format!("C-{at}"))).collect();
        let house = House::open(&db).await;
        let dana = administrator(&house).await;
        let (directory, text) = (&house.directory, house.file(CARE, &children("C", 30)).await);
        let rows = judged(directory, "social-care", &text);
        let care = source_id(&house, &dana, CARE).await;
        let digest = directory.file_digest(&Sha256::digest(text.as_bytes()).into());
        let mut loader = Loader::new(directory.clone(), directory.begin_load(CARE, digest, false).await.unwrap());
        // Groups of another size before and after: where they end makes no difference.
        loader.push(rows[..7].to_vec()).await.unwrap();
        loader.push(rows[7..11].to_vec()).await.unwrap();
        directory.pause_source(&dana, care, PauseReason::Maintenance).await.unwrap();
        let paused = async {
            loader.push(rows[11..20].to_vec()).await?;
            loader.push(rows[20..].to_vec()).await?;
            loader.finish().await.map(drop)
        };
        assert!(matches!(paused.await, Err(LoadError::Paused { .. })));
        let mut raw = Raw::data(&db).await;
        let stopped_at = raw.number("SELECT rows_read FROM feed_run").await;
        assert!(stopped_at == 7 || stopped_at == 11, "what was durable when it was paused: {stopped_at}");
        assert_eq!(raw.count("source_record").await, stopped_at, "and nothing behind it");
        directory.resume_source(&dana, care).await.unwrap();
        let counts = house::load(directory, CARE, &text, 8).await.unwrap();
        assert_eq!((counts.rows, counts.accepted, counts.unchanged), (30, 30, 0), "each row is counted once");
        house.holds_end();
        let paused = state(&house, &db, &records).await;
        assert_eq!(raw.number("SELECT rows_read FROM feed_run").await, 30);
        let other = another(&db).await;
        let undisturbed = House::open(&other).await;
        undisturbed.load(CARE, &children("C", 30)).await;
        undisturbed.holds_end();
        assert_eq!(paused, state(&undisturbed, &other, &records).await);
    }

    async fn pausing_all_stops_every_running_load_in_every_process(db: TestDatabases) {
        let house = House::open(&db).await;
        let elsewhere = house::open(&db, &house.clock, 2, Policy::default()).await;
        let dana = administrator(&house).await;
        let mut loaders = Vec::new();
        for (directory, source) in [(&house.directory, CARE), (&elsewhere, SCHOOLS)] {
            let text = house.file(source, &children(source, 6)).await;
            let rows = judged(directory, &directory.profile_of(source).await.unwrap(), &text);
            let digest = directory.file_digest(&Sha256::digest(text.as_bytes()).into());
            let mut loader = Loader::new(directory.clone(), directory.begin_load(source, digest, false).await.unwrap());
            loader.push(rows[..3].to_vec()).await.unwrap();
            loader.push(rows[3..4].to_vec()).await.unwrap();
            assert!(loader.next_batch().await.is_ok());
            loaders.push((loader, rows));
        }
        let before = house.clock.now();
        assert_eq!(house.directory.pause_all_sources(&dana, PauseReason::Security).await.unwrap(), 3);
        let mut raw = Raw::data(&db).await;
        let durable = raw.count("source_record").await;
        for (mut loader, rows) in loaders {
            assert!(
                matches!(loader.next_batch().await, Err(LoadError::Paused { .. })),
                "between two sleeps of half a second at most it learns so"
            );
            let answer = match loader.push(rows[4..].to_vec()).await {
                Ok(()) => loader.finish().await.map(drop),
                Err(error) => Err(error),
            };
            assert!(matches!(answer, Err(LoadError::Paused { .. })), "and no group behind it is written");
        }
        assert_eq!(raw.count("source_record").await, durable);
        assert!(house.clock.now().duration_since(before) < jiff::SignedDuration::from_secs(1));
        assert!(matches!(
            house.directory.pause_all_sources(&dana, PauseReason::Security).await,
            Err(FeedingError::AlreadySo)
        ));
        assert_eq!(house.directory.resume_all_sources(&dana).await.unwrap(), 3);
        house.load(CARE, &children("late", 1)).await;
    }

    async fn pausing_all_makes_every_silent_pause_a_persons_own(db: TestDatabases) {
        let house = House::open(&db).await;
        let directory = &house.directory;
        something_usual(directory, &house).await;
        // Rows that take a thousand times as long.
        let slow = house.file(CARE, &children("L", 110)).await;
        house.clock.step_by(jiff::SignedDuration::from_secs(30));
        let paused = house::load(directory, CARE, &slow, 50).await;
        house.clock.step_by(jiff::SignedDuration::ZERO);
        assert!(matches!(paused, Err(LoadError::Paused { .. })), "{paused:?}");
        let dana = administrator(&house).await;
        let care = source_id(&house, &dana, CARE).await;
        let cause = async || {
            let page = directory.sources_page(&dana).await.unwrap();
            page.sources.into_iter().find(|source| source.source == care).unwrap().paused.unwrap()
        };
        let silent = cause().await;
        assert_eq!((silent.crossed, silent.is_told), (Some(Crossed::Latency), false));
        assert_eq!(directory.pause_all_sources(&dana, PauseReason::Security).await.unwrap(), 3);
        let own = cause().await;
        assert_eq!((own.reason, own.crossed, own.is_told), (Some(PauseReason::Security), None, true));
        // All go on, and what it was paused for before waits for a person who looks, as before.
        assert_eq!(directory.resume_all_sources(&dana).await.unwrap(), 3);
        let silent = cause().await;
        assert_eq!((silent.reason, silent.crossed, silent.is_told), (None, Some(Crossed::Latency), false));
        let mut raw = Raw::data(&db).await;
        assert_eq!(raw.number("SELECT count(*) FROM source_system WHERE state = 'paused'").await, 1);
        directory.resume_source(&dana, care).await.unwrap();
        house::load(directory, CARE, &slow, 50).await.unwrap();
    }

    async fn all_go_on_lifts_no_pause_that_somebody_set_for_a_reason_of_their_own(db: TestDatabases) {
        let house = House::open(&db).await;
        let directory = &house.directory;
        let dana = administrator(&house).await;
        let care = source_id(&house, &dana, CARE).await;
        directory.pause_source(&dana, care, PauseReason::Security).await.unwrap();
        assert!(matches!(directory.resume_all_sources(&dana).await, Err(FeedingError::AlreadySo)), "none was set for all");
        assert_eq!(directory.pause_all_sources(&dana, PauseReason::Maintenance).await.unwrap(), 2);
        assert_eq!(directory.resume_all_sources(&dana).await.unwrap(), 2);
        let page = directory.sources_page(&dana).await.unwrap();
        let paused: Vec<_> = page.sources.iter().filter_map(|source| Some((source.source, source.paused?))).collect();
        let [(source, cause)] = paused[..] else { panic!("{paused:?}") };
        assert_eq!((source, cause.reason, cause.of_all), (care, Some(PauseReason::Security), false));
        assert!(matches!(directory.resume_all_sources(&dana).await, Err(FeedingError::AlreadySo)));
        directory.resume_source(&dana, care).await.unwrap();
    }

    async fn a_rehearsal_foretells_hours_of_review(db: TestDatabases) {
        let town = town(&db).await;
        let d = &town.house.directory;
        let text = town.house.file(CARE, &children("C", 2)).await;
        let sha256: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        let (dee, mary, mo) = (town.sign_in("dee").await, town.sign_in("mary").await, town.sign_in("mo").await);
        let product = accredited(&town, &mary, &mo).await;
        let certificate = hex::encode(CERTIFICATE);
        let file = hex::encode(sha256);
        let pilot = Pilot {
            on: d.today(),
            rows: 500,
            score: 93,
            below: Vec::new(),
            report: "cd".repeat(32),
            files: vec![MeasuredFile { rows: 500, sha256: file.clone() }],
        };
        let outcome = RehearsalOutcome { linked: Some(300), opened: Some(150), for_review: Some(50) };
        let rehearsal = Rehearsal { on: d.today(), rows: 500, quarantined: 0, file, outcome };
        for (who, step) in [
            (&dee, InstallationAct::NameProduct(product)),
            (&dee, InstallationAct::AddCredential(CredentialKind::ClientCertificate, certificate.clone())),
            (&mary, InstallationAct::ConfirmCredential(certificate)),
            (&dee, InstallationAct::HandInPilot(pilot)),
            (&dee, InstallationAct::NoteRehearsal(rehearsal)),
            (&mary, InstallationAct::Sign),
            (&mo, InstallationAct::Sign),
        ] {
            act(&town, who, step).await.unwrap();
        }
        let view = d.installation(&mary, CARE).await.unwrap();
        assert_eq!(view.review_hours, Some(5), "fifty reviews of six minutes");
        // A file that began, and the day of messages that one opened after it: both are shown, and the file with what it will ask of
        // people, at the share that was rehearsed.
        let run = d.begin_delivery(CARE, &Delivery { sha256, rows: 1000, numbered: None, dry: false, format: None }).await.unwrap();
        let door = SourceDoor::of(d.clone());
        let source = door.connect(CredentialKind::ClientCertificate, &CERTIFICATE).await.unwrap().unwrap();
        town.house.minutes_pass(1);
        let by_json = signed_by_json(d.today());
        d.hand_in_type_report(&mary, product, 3, &by_json).await.unwrap();
        d.act_on_product(&mo, product, 4, ProductAct::Grant).await.unwrap();
        let said = feeds::Said::Statement(children("M", 1)[0].said_to(source.profile()));
        door.deliver(&source, WayIn::Json, vec![said]).await.unwrap();
        let page = d.sources_page(&mary).await.unwrap();
        let line = page.sources.iter().find(|source| source.name == CARE).unwrap();
        let shown: Vec<_> = line.running.iter().map(|running| (running.of, running.review_hours)).collect();
        assert_eq!(shown, [(None, None), (Some(1000), Some(10))]);
        d.end_load(run, true).await.unwrap();
    }

    async fn an_authority_reaches_its_own_sources_and_the_figures_are_of_days_that_are_over(db: TestDatabases) {
        let house = House::open(&db).await;
        let dana = administrator(&house).await;
        house.load(SCHOOLS, &children("S", 12)).await;
        house.load(CARE, &children("C", 24)).await;
        house.shield(CARE, "C-3").await;
        let care = source_id(&house, &dana, CARE).await;
        let today = house.directory.source_history(&dana, care).await.unwrap();
        assert_eq!(today.days.len(), 0, "what a day matched is told once it is over");
        house.minutes_pass(60 * 24);
        let dana = administrator(&house).await;
        let history = house.directory.source_history(&dana, care).await.unwrap();
        let day = &history.days[0];
        assert_eq!((day.rows, day.quarantined), (24, 0));
        assert_eq!((day.linked, day.new, day.review), (Some(10), Some(10), None), "twelve and twelve, rounded");
        // Where there is another authority, a national source is nobody's alone.
        let bradford = house.another_authority().await;
        let names = async |who: &service::SignedIn| {
            let page = house.directory.sources_page(who).await.unwrap();
            page.sources.into_iter().map(|source| source.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&dana).await, [CARE]);
        let until = house.clock.now() + jiff::SignedDuration::from_hours(24);
        let account = service::NewAccount {
            username: "brad".to_owned(),
            display_name: "Brad Other".to_owned(),
            password: house::PASSWORD.to_owned(),
            organisation: bradford,
            roles: vec![Role::DataAdministrator],
            clearance_until: until,
            training_until: until,
        };
        house.directory.create_account(account).await.unwrap();
        let brad = house.sign_in_again("brad").await;
        assert!(names(&brad).await.is_empty());
        assert!(matches!(house.directory.resume_source(&brad, care).await, Err(FeedingError::NotFound)));
        let nobody = FeedSettings { quarantine_points: 0, ..FeedSettings::default() };
        assert!(matches!(house.directory.set_feed_settings(&dana, care, nobody).await, Err(FeedingError::Settings)));
    }

    async fn a_sources_own_people_neither_see_what_its_rows_matched_nor_decide_about_its_loads(db: TestDatabases) {
        let house = House::open(&db).await;
        let dana = administrator(&house).await;
        let trust = house.partner_named("Community Trust").await;
        let source = NewSource {
            name: "visiting".to_owned(),
            profile: "social-care".to_owned(),
            organisation: "Community Trust".to_owned(),
            precedence: 5,
            one_record_per_child: false,
            accredited_until: Some(date(2040, 3, 31)),
        };
        house.directory.declare_source(source).await.unwrap();
        let until = house.clock.now() + jiff::SignedDuration::from_hours(24 * 300);
        let account = service::NewAccount {
            username: "tara".to_owned(),
            display_name: "Tara Trust".to_owned(),
            password: house::PASSWORD.to_owned(),
            organisation: trust,
            roles: vec![Role::Manager, Role::DataAdministrator],
            clearance_until: until,
            training_until: until,
        };
        house.directory.create_account(account).await.unwrap();
        house.load("visiting", &children("C", 12)).await;
        let visiting = source_id(&house, &dana, "visiting").await;
        house.directory.pause_source(&dana, visiting, PauseReason::TooMuchReview).await.unwrap();
        house.minutes_pass(60 * 24);
        let (tara, d) = (house.sign_in_again("tara").await, &house.directory);
        assert!(d.authority_figures(&tara).await.unwrap().is_empty());
        assert!(matches!(d.sources_page(&tara).await, Err(FeedingError::Forbidden)));
        assert!(matches!(d.source_history(&tara, visiting).await, Err(FeedingError::Forbidden)));
        assert!(matches!(d.resume_source(&tara, visiting).await, Err(FeedingError::Forbidden)));
        let lax = FeedSettings { quarantine_points: 100, ..FeedSettings::default() };
        assert!(matches!(d.set_feed_settings(&tara, visiting, lax).await, Err(FeedingError::Forbidden)));
        let decided = d.decide_absence(&tara, Uuid::from_u128(1), "", true).await;
        assert!(matches!(decided, Err(AbsenceError::Forbidden)));
        let (morgan, _) = house.managers().await;
        let figures = d.authority_figures(&morgan).await.unwrap();
        assert_eq!((figures[0].source.as_str(), figures[0].new), ("visiting", Some(10)), "it is the authority's to see");
        d.resume_source(&morgan, visiting).await.unwrap();
    }

    async fn a_source_begins_in_small_batches_at_its_own_rate(db: TestDatabases) {
        let control = FeedSettings { first_batch: 2, raise_after: 4, ..FeedSettings::default() };
        let house = House::open_with(&db, policy(control), OPENED).await;
        let dana = administrator(&house).await;
        let care = source_id(&house, &dana, CARE).await;
        let text = house.file(CARE, &children("C", 9)).await;
        let digest = house.directory.file_digest(&Sha256::digest(text.as_bytes()).into());
        let run = house.directory.begin_load(CARE, digest, false).await.unwrap();
        let mut loader = Loader::new(house.directory.clone(), run);
        assert_eq!(loader.next_batch().await.unwrap().rows, 2);
        for group in judged(&house.directory, "social-care", &text).chunks(5) {
            loader.push(group.to_vec()).await.unwrap();
        }
        house.directory.end_load(loader.finish().await.unwrap(), false).await.unwrap();
        let own = FeedSettings { rate: 80, ..control };
        house.directory.set_feed_settings(&dana, care, own).await.unwrap();
        let digest = house.directory.file_digest(&[1; 32]);
        let run = house.directory.begin_load(CARE, digest, false).await.unwrap();
        let batch = Loader::new(house.directory.clone(), run).next_batch().await.unwrap();
        assert_eq!((batch.rows, batch.rate), (8, 80), "doubled twice after nine records");
        house.directory.pause_source(&dana, care, PauseReason::TooMuchReview).await.unwrap();
        house.directory.resume_source(&dana, care).await.unwrap();
        let run = house.directory.begin_load(CARE, digest, false).await.unwrap();
        let batch = Loader::new(house.directory.clone(), run).next_batch().await.unwrap();
        assert_eq!(batch.rows, 2, "and small again after a pause");
    }
}
