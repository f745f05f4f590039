//! A sensitive service is on the record while its basis stands, and not a moment longer (law 4, rules 3.3 to 3.7).

use directory::access::{Reason, Role};
use directory::search::Criteria;
use directory::{Consent, Disclosure, ServiceType, SpecialView};
use feeds::{Outcome, Rule};
use service::{ConsentError, Policy, Reasoned, ServiceKey, WithdrawnFrom};
use testkit::{Engine, TestDatabases, on_both_databases};
use uuid::Uuid;
use vault::Bundle;

use crate::house::{self, CARE, COUNCIL, House, Row, by_name_and_birth, child, judged};
use crate::inbox::{connected, say, statement, work_through};
use crate::raw::Raw;
use crate::retention::{back_up, copy_of_bundles, on, present_keys, restore};

const CLINIC: &str = "Quiet Harbour Clinic";

/// A source of the council's beside social care, which can name the same clinic.
pub const VISITORS: &str = "visitors";

pub fn plain(record: &str) -> Row {
    child(record, "Linnet", "Ashdown", "2012-05-06").at("3 Larch Rise", "LS6 2AB")
}

fn of(row: Row, organisation: &str) -> Row {
    row.with("involvement_1_service", "mental_health")
        .with("involvement_1_organisation", organisation)
        .with("involvement_1_practitioner", "Wilhelmina Frost")
        .with("involvement_1_basis", "consent")
        .with("involvement_1_consent", "child_of_understanding")
        .with("involvement_1_asserted_by", "Quiet Harbour Trust")
        .with("involvement_1_asserted_on", "2025-11-03")
}

pub fn seen(record: &str) -> Row {
    of(plain(record), CLINIC)
}

fn asked() -> Criteria {
    by_name_and_birth("Linnet Ashdown", "2012-05-06")
}

async fn looking(house: &House, username: &str, role: Role, organisation: Uuid) -> Reasoned {
    if !house.directory.has_account(username).await.unwrap() {
        house.person(username, role, organisation).await;
    }
    house.clock.advance(jiff::SignedDuration::from_secs(31));
    let who = house.sign_in(username).await;
    house
        .directory
        .state_reason(&who, who.reasons().first().copied().unwrap_or(Reason::Management))
        .await
        .unwrap()
}

/// The sensitive services that management sees: who provides each, by which key it is known.
pub async fn shown(house: &House) -> Vec<(String, Option<Consent>, ServiceKey)> {
    shown_to(house, "mona", asked()).await
}

async fn shown_to(
    house: &House,
    manager: &str,
    asked: Criteria,
) -> Vec<(String, Option<Consent>, ServiceKey)> {
    let who = looking(house, manager, Role::Manager, house.council).await;
    let handle = house.find(&who, asked).await.remove(0).handle;
    let answer = house.directory.open_for_management(&who, &handle, Reason::Management).await.unwrap();
    let Disclosure::Special(SpecialView::Management(view)) = answer.data() else { panic!("management") };
    let one = |it: &directory::disclosure::SensitiveServiceView| {
        let organisation = it.organisation.as_ref().unwrap().to_string();
        (organisation, it.consent, house.directory.shown_service_key(it))
    };
    view.sensitive.iter().map(|one_of| one(&one_of.value)).collect()
}

pub async fn two_sources(db: &TestDatabases) -> House {
    let house = House::open(db).await;
    let source = service::NewSource {
        name: VISITORS.to_owned(),
        profile: "health-visiting".to_owned(),
        organisation: COUNCIL.to_owned(),
        precedence: 40,
        one_record_per_child: false,
        accredited_until: Some(jiff::civil::date(2040, 3, 31)),
    };
    house.directory.declare_source(source).await.unwrap();
    house
}

/// How many parts of all statements that ever stood can be read and name the clinic or its practitioner: with the data as
/// it is or as it was copied, the key-encryption key and all that the key store holds now.
pub async fn still_read(db: &TestDatabases, copied: &[(Uuid, i64, Vec<u8>)]) -> usize {
    let ring = present_keys(db).await;
    let bundles = copy_of_bundles(&mut Raw::keys(db).await).await;
    let mut found = 0;
    for (record, version, sealed) in copied.iter().chain(&every_statement(db).await) {
        let Some((_, row)) = bundles.iter().find(|(owner, _)| owner == record) else { continue };
        let bundle: Bundle = ring.unwrap_bundle(*record, row).unwrap();
        let parts = vault::open_parts(&bundle, *record, *version, sealed).unwrap();
        found += parts
            .iter()
            .filter_map(|part| part.readable())
            .map(String::from_utf8_lossy)
            .filter(|text| text.contains("Quiet Harbour") || text.contains("Wilhelmina"))
            .count();
    }
    found
}

pub async fn every_statement(db: &TestDatabases) -> Vec<(Uuid, i64, Vec<u8>)> {
    let mut raw = Raw::data(db).await;
    let mut all = Vec::new();
    for table in ["source_record", "source_version", "waiting_statement"] {
        let ids = raw.ids(&format!("SELECT record_id FROM {table} ORDER BY record_id, version")).await;
        let versions = raw
            .texts(&format!("SELECT CAST(version AS TEXT) AS shown FROM {table} ORDER BY record_id, version"))
            .await;
        let sealed = raw.blobs(&format!("SELECT sealed FROM {table} ORDER BY record_id, version")).await;
        for ((id, version), sealed) in ids.into_iter().zip(versions).zip(sealed) {
            all.push((id, version.parse().unwrap(), sealed));
        }
    }
    all
}

/// Loads in a process of its own, as far as a test has one, which ends with all it has begun once a record's second version is there.
fn loaded_until_it_is_written(db: &TestDatabases, house: &House, text: &str) {
    let process = tokio::runtime::Runtime::new().unwrap();
    process.block_on(async {
        let directory = house::open(db, &house.clock, 7, Policy::default()).await;
        let mut raw = Raw::data(db).await;
        let written = async {
            while raw.number("SELECT count(*) FROM source_record WHERE version > 1").await == 0 {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            _ = house::load(&directory, CARE, text, 10) => {}
            () = written => {}
        }
    });
}

on_both_databases! {
    async fn a_sensitive_service_without_a_basis_is_refused(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(CARE, &[seen("C-1")]).await;
        house.holds_end();
        assert_eq!(shown(&house).await[0].1, Some(Consent::ChildOfUnderstanding));
        for (lacks, rule) in [
            ("involvement_1_basis", Rule::BasisMissing),
            ("involvement_1_consent", Rule::ConsentMissing),
            ("involvement_1_asserted_by", Rule::AsserterMissing),
            ("involvement_1_asserted_on", Rule::AssertedWhenMissing),
        ] {
            let bare = seen("C-2").with(lacks, "");
            let text = house.file(CARE, std::slice::from_ref(&bare)).await;
            let Outcome::Quarantined(row) = judged(&house.directory, "social-care", &text).remove(0) else {
                panic!("taken without {lacks}");
            };
            assert_eq!((row.faults[0].field, row.faults[0].rule, row.raw), (lacks, rule, None));
        }
        // The record that had one until tonight has none from tonight on: not on the page, and not in any old statement.
        let copied = every_statement(&db).await;
        assert_eq!(house.load(CARE, &[seen("C-1").with("involvement_1_basis", "")]).await.quarantined, 1);
        assert!(shown(&house).await.is_empty());
        assert_eq!(still_read(&db, &copied).await, 0);
    }

    async fn withdrawal_takes_it_away_within_the_same_act(db: TestDatabases) {
        let house = two_sources(&db).await;
        house.load(CARE, &[seen("C-1").with("postcode", "LS6 2AZ")]).await;
        house.load(CARE, &[seen("C-1")]).await;
        house.load(VISITORS, &[seen("V-1")]).await;
        house.holds_end();
        assert_eq!(shown(&house).await.len(), 1, "two sources name the same");
        let copied = every_statement(&db).await;
        assert!(still_read(&db, &copied).await >= 6, "a service and its basis, in three statements");
        back_up(&db).await;
        let withdrawn = seen("C-1").with("involvement_1_withdrawn_on", "2026-03-01");
        house.load(CARE, &[withdrawn]).await;
        assert!(shown(&house).await.is_empty(), "neither this source’s statement nor the other’s");
        assert_eq!(still_read(&db, &copied).await, 0, "nor what anybody copied before");
        assert_eq!(house.directory.missing_from_journal().await.unwrap().missing(), 0);
        // Last week's backup does not bring it back either.
        restore(&db).await;
        assert_eq!(still_read(&db, &[]).await, 0, "the keys are gone");
        assert_eq!(house.directory.missing_from_journal().await.unwrap().consents, 1, "the profile has forgotten it");
        house.directory.replay_journal().await.unwrap();
        assert_eq!(house.directory.missing_from_journal().await.unwrap().missing(), 0);
        house.load(CARE, &[seen("C-1").with("postcode", "LS6 2AX")]).await;
        assert!(shown(&house).await.is_empty());
    }

    async fn a_withdrawal_counts_although_something_else_in_the_row_is_wrong(db: TestDatabases) {
        let house = two_sources(&db).await;
        house.load(CARE, &[seen("C-1")]).await;
        house.load(VISITORS, &[seen("V-1")]).await;
        house.holds_end();
        let copied = every_statement(&db).await;
        let wrong = |row: Row| row.with("nhs_number", "9990000019").with("effective_at", "2026-03-01");
        let withdrawn = |record: &str| seen(record).with("involvement_1_withdrawn_on", "2026-03-01");
        // Of which record, or of which service, must be clear.
        house.load(CARE, &[wrong(withdrawn("C 1")), withdrawn("C-1").with("involvement_1_organisation", &"x".repeat(300))]).await;
        assert_eq!(shown(&house).await.len(), 1);
        assert_eq!(house.load(CARE, &[wrong(withdrawn("C-1"))]).await.quarantined, 1);
        assert!(shown(&house).await.is_empty(), "of both sources");
        assert_eq!(still_read(&db, &copied).await, 0);
        let mut raw = Raw::data(&db).await;
        assert_eq!(
            raw.number("SELECT count(*) FROM quarantine WHERE sealed IS NOT NULL AND rule = 'f040'").await,
            0,
            "and the row that says so is not kept"
        );
        // What it says stays said: the old consent is not raised again.
        house.load(CARE, &[seen("C-1").with("postcode", "LS6 2AX")]).await;
        assert!(shown(&house).await.is_empty());
    }

    async fn a_withdrawal_in_a_message_counts_although_something_else_in_it_is_wrong(db: TestDatabases) {
        let house = two_sources(&db).await;
        house.load(VISITORS, &[seen("V-1")]).await;
        let source = connected(&house, CARE, 1).await;
        say(&house, &source, vec![statement(&source, &seen("C-1"))]).await;
        work_through(&house.directory).await;
        house.holds_end();
        assert_eq!(shown(&house).await.len(), 1);
        let withdrawn = seen("C-1").with("involvement_1_withdrawn_on", "2026-03-01").with("nhs_number", "9990000019");
        let taken = say(&house, &source, vec![statement(&source, &withdrawn)]).await;
        assert_eq!(taken[0].faults[0].field, "nhs_number", "it is put aside");
        work_through(&house.directory).await;
        assert!(shown(&house).await.is_empty());
        assert_eq!(still_read(&db, &[]).await, 0);
    }

    async fn what_is_withdrawn_is_shown_to_nobody_although_the_feed_is_killed_before_others_are_cleaned(db: TestDatabases) {
        let house = two_sources(&db).await;
        house.load(CARE, &[seen("C-1")]).await;
        house.load(VISITORS, &[seen("V-1")]).await;
        house.holds_end();
        assert_eq!(shown(&house).await.len(), 1, "two sources name the same");
        let text = house.file(CARE, &[seen("C-1").with("involvement_1_withdrawn_on", "2026-03-01")]).await;
        // Nobody cleans the other's record before it is let go. (The embedded engine has one writer: there it may be clean already.)
        let mut raw = Raw::data(&db).await;
        if db.engine() == Engine::Postgres {
            let others = format!(
                "SELECT 1 FROM source_record r, source_system s WHERE s.source_id = r.source_id AND s.name = '{VISITORS}'"
            );
            raw.run(&format!("BEGIN; {others} FOR UPDATE OF r")).await;
        }
        std::thread::scope(|scope| {
            scope.spawn(|| loaded_until_it_is_written(&db, &house, &text));
        });
        let open = "SELECT count(*) FROM pending_act WHERE kind = 'taking_off' AND state = 'open'";
        if db.engine() == Engine::Postgres {
            assert_eq!(raw.number(open).await, 1, "it was killed in between");
            raw.run("ROLLBACK").await;
            assert!(still_read(&db, &[]).await > 0);
        }
        assert!(shown(&house).await.is_empty(), "a withdrawal counts from the moment in which it is written");
        house.clock.advance(jiff::SignedDuration::from_mins(2));
        house.directory.do_duties().await.unwrap();
        assert_eq!(still_read(&db, &[]).await, 0, "and its keys go although the process has");
        assert_eq!(raw.number(open).await, 0);
    }

    async fn tonights_file_does_not_raise_it_again_and_a_later_consent_does(db: TestDatabases) {
        let house = two_sources(&db).await;
        house.load(CARE, &[seen("C-1")]).await;
        house.load(VISITORS, &[seen("V-1")]).await;
        house.holds_end();
        let mona = looking(&house, "mona", Role::Manager, house.council).await;
        let number = house.number_of(CARE, "C-1").await;
        let key = shown(&house).await.remove(0).2;
        let copied = every_statement(&db).await;
        house.directory.withdraw_consent(&mona, &number, &WithdrawnFrom::Listed(key)).await.unwrap();
        assert!(shown(&house).await.is_empty());
        assert_eq!(still_read(&db, &copied).await, 0);
        // The same file, a file with another postcode and the old consent, and a third source that has not heard of it.
        let same = house.load(CARE, &[seen("C-1")]).await;
        assert_eq!((same.updated, same.unchanged), (0, 1), "to its source nothing has changed");
        let moved = house.load(CARE, &[seen("C-1").at("9 Elm Row", "LS6 3AB")]).await;
        assert_eq!((moved.updated, moved.quarantined), (1, 0));
        house.load(VISITORS, &[seen("V-1").with("forenames", "Linnet May"), seen("V-2")]).await;
        house.holds_end();
        assert!(shown(&house).await.is_empty());
        assert_eq!(still_read(&db, &[]).await, 0);
        let anew = seen("C-1").with("involvement_1_asserted_on", "2026-03-03");
        house.clock.advance(jiff::SignedDuration::from_hours(48));
        house.load(CARE, &[anew]).await;
        let again = shown(&house).await;
        assert_eq!(again.iter().map(|one| one.0.as_str()).collect::<Vec<_>>(), [CLINIC]);
    }

    // The page promises it: it comes back only with a consent that is given later.
    async fn a_withdrawn_consent_stays_withdrawn_as_long_as_the_record_lives(db: TestDatabases) {
        let house = two_sources(&db).await;
        let seen = |record: &str, said: &str| seen(record).with("date_of_birth", "2017-05-06").with("effective_at", said);
        let asked = || by_name_and_birth("Linnet Ashdown", "2017-05-06");
        house.load(CARE, &[seen("C-1", "2026-01-31")]).await;
        house.holds_end();
        let mona = looking(&house, "mona", Role::Manager, house.council).await;
        let number = house.number_of(CARE, "C-1").await;
        let key = shown_to(&house, "mona", asked()).await.remove(0).2;
        house.directory.withdraw_consent(&mona, &number, &WithdrawnFrom::Listed(key)).await.unwrap();
        // Five years of nightly files; something else is withdrawn meanwhile, which writes the list anew.
        let house = on(house, "2031-05-04").await;
        let mabel = looking(&house, "mabel", Role::Manager, house.council).await;
        let other = WithdrawnFrom::Listed(ServiceKey::from_form("00".repeat(16)));
        house.directory.withdraw_consent(&mabel, &number, &other).await.unwrap();
        house.load(CARE, &[seen("C-1", "2031-04-30").at("9 Elm Row", "LS6 3AB")]).await;
        house.load(VISITORS, &[seen("V-1", "2031-04-30").at("9 Elm Row", "LS6 3AB")]).await;
        house.holds_end();
        assert!(shown_to(&house, "mabel", asked()).await.is_empty(), "nobody consented again");
        let anew = seen("C-1", "2031-05-01").with("involvement_1_asserted_on", "2031-05-01");
        house.load(CARE, &[anew]).await;
        assert_eq!(shown_to(&house, "mabel", asked()).await.len(), 1, "a consent given later counts");
    }

    // Law 4: a withdrawal by the provider itself reaches its service however its source spells the name.
    async fn the_providers_own_withdrawal_reaches_its_service_however_its_name_is_spelt(db: TestDatabases) {
        for spelt in ["The Leeds City Council", "LEEDS  CITY-COUNCIL", "Leeds City Council Ltd.", "Leéds City Council"] {
            let databases = TestDatabases::on(db.engine()).await;
            let house = House::open(&databases).await;
            house.load(CARE, &[of(plain("C-1"), spelt)]).await;
            house.holds_end();
            assert_eq!(shown(&house).await.len(), 1);
            let number = house.number_of(CARE, "C-1").await;
            let nurse = house.nurse().await;
            let own = WithdrawnFrom::Own(ServiceType::MentalHealth);
            house.directory.withdraw_consent(&nurse, &number, &own).await.unwrap();
            assert!(shown(&house).await.is_empty(), "{spelt}");
        }
    }

    // Law 4, rule 14.2: whatever the provider is called there, its word reaches who answers for the child.
    async fn a_providers_withdrawal_that_fits_no_service_is_put_before_the_authority_and_answered_alike(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(CARE, &[seen("C-1")]).await;
        house.holds_end();
        let number = house.number_of(CARE, "C-1").await;
        let nurse = house.nurse().await;
        let own = WithdrawnFrom::Own(ServiceType::MentalHealth);
        let mona = looking(&house, "mona", Role::Manager, house.council).await;
        assert!(house.directory.disputes(mona.who()).await.unwrap().is_empty());
        let before = Raw::data(&db).await.headers().await.len();
        house.directory.withdraw_consent(&nurse, &number, &own).await.unwrap();
        assert_eq!(Raw::data(&db).await.headers().await.len(), before + 1, "one entry, as of any withdrawal");
        let lines = house.directory.disputes(mona.who()).await.unwrap();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].asked, 0, "no source is asked about a sensitive service");
        let said = house.directory.dispute(mona.who(), lines[0].id).await.unwrap().provider_said.unwrap();
        assert_eq!((said.service, said.provider.as_str()), (ServiceType::MentalHealth, COUNCIL));
        // Said again the same day it is one matter; a number of nobody makes none.
        house.directory.withdraw_consent(&nurse, &number, &own).await.unwrap();
        let nobody = directory::ChildNumber::from_random([9; 16]);
        house.directory.withdraw_consent(&nurse, &nobody, &own).await.unwrap();
        assert_eq!(house.directory.disputes(mona.who()).await.unwrap().len(), 1);
        assert_eq!(shown(&house).await.len(), 1, "another provider’s service stays");
    }

    // A consent that an earlier version of the program remembered as withdrawn, by the name as it was written, stays withdrawn.
    async fn a_withdrawal_that_the_journal_has_by_the_name_as_written_is_carried_out(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(CARE, &[seen("C-1")]).await;
        house.holds_end();
        let number = house.number_of(CARE, "C-1").await;
        let mona = looking(&house, "mona", Role::Manager, house.council).await;
        let as_written = house.directory.service_key_as_written(ServiceType::MentalHealth, CLINIC);
        let listed = WithdrawnFrom::Listed(as_written);
        house.directory.withdraw_consent(&mona, &number, &listed).await.unwrap();
        assert!(shown(&house).await.is_empty());
        house.load(CARE, &[seen("C-1").at("9 Elm Row", "LS6 3AB")]).await;
        assert!(shown(&house).await.is_empty(), "nor does tonight’s row raise it");
    }

    async fn harm_that_is_suspected_needs_no_consent_and_goes_when_its_source_names_it_no_more(db: TestDatabases) {
        let house = House::open(&db).await;
        let harm = seen("C-1").with("involvement_1_basis", "significant_harm").with("involvement_1_consent", "");
        house.load(CARE, &[harm]).await;
        house.holds_end();
        let mona = looking(&house, "mona", Role::Manager, house.council).await;
        let number = house.number_of(CARE, "C-1").await;
        let key = shown(&house).await.remove(0).2;
        house.directory.withdraw_consent(&mona, &number, &WithdrawnFrom::Listed(key)).await.unwrap();
        assert_eq!(shown(&house).await.len(), 1, "nobody consented (rule 3.3)");
        let copied = every_statement(&db).await;
        house.load(CARE, &[plain("C-1")]).await;
        assert!(shown(&house).await.is_empty());
        assert_eq!(still_read(&db, &copied).await, 0);
    }

    async fn the_provider_withdraws_its_own_and_nobody_elses_and_learns_nothing_by_it(db: TestDatabases) {
        let house = House::open(&db).await;
        let second = plain("C-1")
            .with("involvement_2_service", "mental_health")
            .with("involvement_2_organisation", COUNCIL)
            .with("involvement_2_basis", "consent")
            .with("involvement_2_consent", "parent")
            .with("involvement_2_asserted_by", COUNCIL)
            .with("involvement_2_asserted_on", "2025-11-03");
        house.load(CARE, &[of(second, CLINIC)]).await;
        house.holds_end();
        let number = house.number_of(CARE, "C-1").await;
        let nobody = directory::ChildNumber::from_random([9; 16]);
        let elsewhere = house.another_authority().await;
        let own = WithdrawnFrom::Own(ServiceType::MentalHealth);
        let d = &house.directory;
        let stranger = looking(&house, "stranger", Role::Practitioner, elsewhere).await;
        let other_manager = looking(&house, "manager-elsewhere", Role::Manager, elsewhere).await;
        let listed = WithdrawnFrom::Listed(shown(&house).await.remove(0).2);
        d.withdraw_consent(&stranger, &number, &own).await.unwrap();
        d.withdraw_consent(&stranger, &number, &listed).await.unwrap();
        d.withdraw_consent(&stranger, &nobody, &own).await.unwrap();
        d.withdraw_consent(&other_manager, &number, &listed).await.unwrap();
        assert_eq!(shown(&house).await.len(), 2, "they answered alike, and nothing was theirs");
        let not_sensitive = d.withdraw_consent(&stranger, &number, &WithdrawnFrom::Own(ServiceType::SchoolNurse)).await;
        assert!(matches!(not_sensitive, Err(ConsentError::NotSensitive)));
        let nurse = house.nurse().await;
        d.withdraw_consent(&nurse, &number, &own).await.unwrap();
        let left: Vec<String> = shown(&house).await.into_iter().map(|one| one.0).collect();
        assert_eq!(left, [CLINIC], "the council’s own is gone");
    }
}
