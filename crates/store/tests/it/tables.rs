//! Every small table gives back what was put in.

use crate::fixtures::{
    MINUTE, ORGANISATION, SOURCE, child, id, key, open, open_with_source, organisation, run, source,
};
use store::accounts::{AccountRow, AccountState};
use store::alerts::{AlertState, AlertTier};
use store::jobs::{JobRow, JobState};
use store::models::ModelRow;
use store::passkeys::PasskeyRow;
use store::provider_subjects::SubjectRow;
use store::quarantine::QuarantineRow;
use store::reviews::{Desk, ReviewRow, ReviewState};
use store::runs::{RunCounts, RunState};
use store::sessions::SessionRow;
use store::sources::SourceState;
use store::{
    StoreError, Uuid, account_days, accounts, alerts, attempts, barrier, children, installation, jobs,
    models, month_counts, organisations, override_quota, passkeys, provider_subjects, quarantine, reviews,
    runs, sessions, sources, watch,
};
use testkit::{TestDatabases, on_both_databases};

fn account(n: u64) -> AccountRow {
    AccountRow {
        account_id: id(n),
        username_key: key(n),
        organisation_id: ORGANISATION,
        state: AccountState::Active,
        sealed: vec![1; 80],
        password_hash: "$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA".into(),
        clearance_until: Some(5),
        training_until: None,
        need_until: None,
        version: 1,
    }
}

fn alert(n: u64) -> alerts::AlertRow {
    alerts::AlertRow {
        alert_id: id(n + 4_000_000),
        once_key: key(n + 4_000_000),
        tier: AlertTier::Authority,
        authority: "E08000025".into(),
        organisation_id: ORGANISATION,
        account_id: Some(id(n)),
        state: AlertState::Open,
        opened_at: 0,
        closed_at: None,
        claimed_by: None,
        investigation_id: None,
        version: 1,
        sealed: vec![3; 60],
    }
}

on_both_databases! {
    async fn a_quota_that_was_written_meanwhile_is_not_written_over(db: TestDatabases) {
        let store = open(&db).await;
        let mut tx = store.begin().await.unwrap();
        let row = |version: i64, byte: u8| override_quota::QuotaRow {
            quota_key: key(9),
            until_month: "2026-12".to_owned(),
            version,
            sealed: vec![byte; 20],
        };
        assert!(override_quota::put(&mut tx, &row(1, 1)).await.unwrap());
        assert!(!override_quota::put(&mut tx, &row(1, 2)).await.unwrap(), "two firsts");
        assert!(override_quota::put(&mut tx, &row(2, 3)).await.unwrap());
        assert!(!override_quota::put(&mut tx, &row(2, 4)).await.unwrap(), "two seconds");
        let found = override_quota::by_key(&mut tx, key(9)).await.unwrap().unwrap();
        assert_eq!((found.version, found.sealed), (2, vec![3; 20]));
        override_quota::forget(&mut tx, "2026-12").await.unwrap();
        assert!(override_quota::by_key(&mut tx, key(9)).await.unwrap().is_some(), "its month is not over");
        override_quota::forget(&mut tx, "2027-01").await.unwrap();
        assert!(override_quota::by_key(&mut tx, key(9)).await.unwrap().is_none());
        tx.commit().await.unwrap();
    }

    async fn a_data_store_is_bound_to_the_first_space_it_is_opened_as(db: TestDatabases) {
        let store = open(&db).await;
        let bind = async |space: &str| {
            let mut tx = store.begin().await.unwrap();
            let bound = installation::bind_to_space(&mut tx, space).await.unwrap();
            tx.commit().await.unwrap();
            bound
        };
        assert_eq!(bind("demo").await, "demo");
        assert_eq!(bind("live").await, "demo", "a configuration cannot rename it");
        let name = installation::name(&mut store.reader().await.unwrap()).await.unwrap();
        assert!(name.len() == 16 && name.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
        let again = open(&db).await;
        assert_eq!(installation::name(&mut again.reader().await.unwrap()).await.unwrap(), name);
    }

    async fn organisations_and_sources_are_kept_and_changed(db: TestDatabases) {
        let store = open_with_source(&db).await;
        let mut tx = store.begin().await.unwrap();
        assert_eq!(organisations::by_id(&mut tx, ORGANISATION).await.unwrap(), Some(organisation()));
        assert_eq!(sources::by_name(&mut tx, "schools-census").await.unwrap(), Some(source()));
        let paused = sources::SourceRow { state: SourceState::Paused, one_record_per_child: false, ..source() };
        sources::put(&mut tx, &paused).await.unwrap();
        assert_eq!(sources::state_of(&mut tx, SOURCE).await.unwrap(), Some(SourceState::Live), "declaring pauses nobody");
        assert!(sources::set_state(&mut tx, SOURCE, SourceState::Paused).await.unwrap());
        assert!(!sources::set_state(&mut tx, SOURCE, SourceState::Paused).await.unwrap(), "it is paused already");
        sources::put(&mut tx, &sources::SourceRow { state: SourceState::Live, ..paused.clone() }).await.unwrap();
        assert_eq!(sources::all(&mut tx).await.unwrap(), [paused], "and lets nobody go on");
        assert_eq!(organisations::all(&mut tx).await.unwrap().len(), 1);
        let namesake = sources::SourceRow { source_id: id(1), ..source() };
        assert!(matches!(sources::put(&mut tx, &namesake).await, Err(StoreError::UniqueViolation(_))));
    }

    async fn an_account_is_found_by_its_username_and_a_code_works_once(db: TestDatabases) {
        let store = open_with_source(&db).await;
        let mut tx = store.begin().await.unwrap();
        accounts::put(&mut tx, &account(1)).await.unwrap();
        assert!(accounts::by_username(&mut tx, key(1)).await.unwrap() == Some(account(1)));
        assert!(accounts::by_id(&mut tx, id(1)).await.unwrap() == Some(account(1)));
        assert!(accounts::by_username(&mut tx, key(2)).await.unwrap().is_none());
        assert_eq!(accounts::all(&mut tx, 10).await.unwrap().len(), 1);
        assert!(accounts::use_code(&mut tx, id(1), 100).await.unwrap());
        assert!(!accounts::use_code(&mut tx, id(1), 100).await.unwrap());
        accounts::forget_codes_before(&mut tx, id(1), 100).await.unwrap();
        assert!(!accounts::use_code(&mut tx, id(1), 100).await.unwrap(), "still remembered");
        accounts::forget_codes_before(&mut tx, id(1), 101).await.unwrap();
        assert!(accounts::use_code(&mut tx, id(1), 100).await.unwrap());
    }

    async fn a_session_lives_until_it_ends(db: TestDatabases) {
        let store = open_with_source(&db).await;
        let mut tx = store.begin().await.unwrap();
        accounts::put(&mut tx, &account(1)).await.unwrap();
        let session = |n: u64| SessionRow {
            token_key: key(n),
            account_id: id(1),
            sealed: vec![2; 30],
            created_at: 10,
            seen_at: 10,
            expires_at: 100 * n as i64,
            provider_key: (n == 2).then_some(key(70)),
        };
        for n in 1..=4 {
            sessions::put(&mut tx, &session(n)).await.unwrap();
        }
        assert_eq!(sessions::of_account(&mut tx, id(1), 3).await.unwrap().len(), 3);
        assert!(sessions::of_account(&mut tx, id(2), 3).await.unwrap().is_empty());
        assert!(sessions::of_provider(&mut tx, key(70), 9).await.unwrap() == [session(2)]);
        assert!(sessions::reseal(&mut tx, key(4), &[3; 30], &[2; 30]).await.unwrap());
        assert!(!sessions::reseal(&mut tx, key(4), &[4; 30], &[2; 30]).await.unwrap(), "it changed meanwhile");
        assert!(!sessions::reseal(&mut tx, key(9), &[4; 30], &[2; 30]).await.unwrap(), "it never was");
        sessions::touch(&mut tx, key(1), 50, 250).await.unwrap();
        let touched = sessions::by_token(&mut tx, key(1)).await.unwrap().unwrap();
        assert_eq!((touched.seen_at, touched.expires_at), (50, 250));
        assert_eq!(sessions::remove_expired(&mut tx, 250).await.unwrap(), 2);
        sessions::remove(&mut tx, key(3)).await.unwrap();
        assert_eq!(sessions::remove_of_account(&mut tx, id(1)).await.unwrap(), 1);
        assert!(sessions::by_token(&mut tx, key(4)).await.unwrap().is_none());
    }

    async fn a_passkey_is_one_accounts_and_changes_under_nobody(db: TestDatabases) {
        let store = open_with_source(&db).await;
        let mut tx = store.begin().await.unwrap();
        accounts::put(&mut tx, &account(1)).await.unwrap();
        let row = PasskeyRow { credential_key: key(1), account_id: id(1), created_at: 5, version: 1, sealed: vec![1; 30] };
        assert!(passkeys::insert(&mut tx, &row).await.unwrap());
        assert!(!passkeys::insert(&mut tx, &row).await.unwrap(), "a credential is registered once");
        let used = PasskeyRow { sealed: vec![2; 30], ..row.clone() };
        assert!(passkeys::replace(&mut tx, &used).await.unwrap());
        assert!(!passkeys::replace(&mut tx, &used).await.unwrap(), "it was used meanwhile");
        let held = passkeys::by_credential(&mut tx, key(1)).await.unwrap().unwrap();
        assert!((held.version, held.sealed) == (2, vec![2; 30]));
        assert_eq!(passkeys::of_account(&mut tx, id(1), 9).await.unwrap().len(), 1);
        assert!(!passkeys::remove(&mut tx, key(1), id(2)).await.unwrap(), "nobody removes another's");
        assert!(passkeys::remove(&mut tx, key(1), id(1)).await.unwrap());
        assert_eq!(passkeys::remove_of_account(&mut tx, id(1)).await.unwrap(), 0);
    }

    async fn a_person_at_a_provider_stands_for_one_account(db: TestDatabases) {
        let store = open_with_source(&db).await;
        let mut tx = store.begin().await.unwrap();
        for n in 1..=2 {
            accounts::put(&mut tx, &account(n)).await.unwrap();
        }
        let row = SubjectRow { subject_key: key(1), account_id: id(1), bound_at: 5 };
        assert!(provider_subjects::bind(&mut tx, &row).await.unwrap());
        let other = SubjectRow { account_id: id(2), ..row.clone() };
        assert!(!provider_subjects::bind(&mut tx, &other).await.unwrap(), "bound already");
        assert_eq!(provider_subjects::by_subject(&mut tx, key(1)).await.unwrap().unwrap(), row);
        assert_eq!(provider_subjects::of_account(&mut tx, id(1), 9).await.unwrap(), [row]);
        assert_eq!(provider_subjects::remove_of_account(&mut tx, id(1)).await.unwrap(), 1);
        assert!(provider_subjects::by_subject(&mut tx, key(1)).await.unwrap().is_none());
    }

    async fn failures_are_counted_by_account_and_by_address(db: TestDatabases) {
        let store = open(&db).await;
        let mut tx = store.begin().await.unwrap();
        attempts::count_failure(&mut tx, key(1), 5).await.unwrap();
        let mut row = attempts::count_failure(&mut tx, key(1), 9).await.unwrap();
        assert_eq!((row.failures, row.last_at, row.locked_until), (2, 9, 0));
        row.locked_until = 500;
        attempts::put(&mut tx, &row).await.unwrap();
        attempts::count_failure(&mut tx, key(2), 9).await.unwrap();
        let both = attempts::by_keys(&mut tx, &[key(1), key(2), key(3)]).await.unwrap();
        assert_eq!(both.len(), 2);
        assert!(both.contains(&row));
        assert_eq!(attempts::remove_before(&mut tx, 100).await.unwrap(), 1, "the locked one is remembered");
        attempts::remove(&mut tx, key(1)).await.unwrap();
        assert!(attempts::by_keys(&mut tx, &[key(1)]).await.unwrap().is_empty());
    }

    async fn children_are_listed_when_their_month_has_come(db: TestDatabases) {
        let store = open(&db).await;
        let mut tx = store.begin().await.unwrap();
        let mut early = child(1);
        early.retention_month = "2027-01".into();
        children::put(&mut tx, &[early.clone(), child(2)]).await.unwrap();
        let start = (String::new(), Uuid::nil());
        let found = children::due(&mut tx, "2027-01", &start, 10).await.unwrap();
        assert_eq!(found, [("2027-01".to_owned(), early.child_id)]);
        assert_eq!(children::due(&mut tx, "2027-01", &found[0], 10).await.unwrap(), []);
        let both = children::due(&mut tx, "2099-01", &start, 10).await.unwrap();
        assert_eq!(both.len(), 2);
        assert_eq!(children::due(&mut tx, "2099-01", &both[0], 10).await.unwrap(), both[1..]);
        assert_eq!(children::count(&mut tx).await.unwrap(), 2);
        let first = children::after(&mut tx, Uuid::nil(), 1).await.unwrap();
        let second = children::after(&mut tx, first[0].child_id, 5).await.unwrap();
        assert_eq!((first.len(), second.len()), (1, 1));
    }

    async fn fine_timestamps_and_free_words_are_refused(db: TestDatabases) {
        let store = open_with_source(&db).await;
        let wrong = [
            children::ChildRow { readable_from: MINUTE + 1, ..child(1) },
            children::ChildRow { retention_month: "2031-04-17".into(), ..child(1) },
            children::ChildRow { authority: "a whole sentence about a child".into(), ..child(1) },
        ];
        for row in wrong {
            let mut tx = store.begin().await.unwrap();
            let refused = children::put(&mut tx, &[row]).await;
            assert!(matches!(refused, Err(StoreError::Constraint(_))), "{refused:?}");
        }
        let mut tx = store.begin().await.unwrap();
        let sentence = organisations::OrganisationRow { kind: "A kind of school".into(), ..organisation() };
        assert!(matches!(organisations::put(&mut tx, &sentence).await, Err(StoreError::Constraint(_))));
    }

    async fn a_barrier_answers_only_for_the_pairs_asked(db: TestDatabases) {
        let store = open(&db).await;
        let mut tx = store.begin().await.unwrap();
        barrier::insert(&mut tx, &[key(1), key(2)]).await.unwrap();
        assert_eq!(barrier::standing(&mut tx, &[key(2), key(3)]).await.unwrap(), [key(2)]);
        barrier::remove(&mut tx, &[key(2)]).await.unwrap();
        assert!(barrier::standing(&mut tx, &[key(2), key(3)]).await.unwrap().is_empty());
    }

    async fn open_cases_are_listed_by_desk_and_authority(db: TestDatabases) {
        let store = open(&db).await;
        let mut tx = store.begin().await.unwrap();
        let case = |n: u64, desk, authority: &str| ReviewRow {
            review_id: id(n),
            desk,
            authority: authority.into(),
            state: ReviewState::Open,
            sealed: vec![3; 20],
            opened_month: format!("2026-{n:02}"),
        };
        for row in [case(3, Desk::Authority, "E1"), case(1, Desk::Authority, "E1"), case(2, Desk::Protected, "national")] {
            reviews::put(&mut tx, &row).await.unwrap();
        }
        let listed = reviews::open(&mut tx, Desk::Authority, "E1", 10).await.unwrap();
        assert_eq!(listed.iter().map(|r| r.opened_month.as_str()).collect::<Vec<_>>(), ["2026-01", "2026-03"]);
        let behind = reviews::open_after(&mut tx, Desk::Authority, "E1", ("2026-01", id(1)), 10).await.unwrap();
        assert_eq!(behind.iter().map(|r| r.review_id).collect::<Vec<_>>(), [id(3)]);
        reviews::put(&mut tx, &ReviewRow { state: ReviewState::Decided, ..case(1, Desk::Authority, "E1") }).await.unwrap();
        assert_eq!(reviews::open(&mut tx, Desk::Authority, "E1", 10).await.unwrap().len(), 1);
        assert!(reviews::by_id(&mut tx, id(1)).await.unwrap().is_some_and(|r| r.state == ReviewState::Decided));
    }

    async fn a_run_counts_with_the_rows_it_counts(db: TestDatabases) {
        let store = open_with_source(&db).await;
        let mut tx = store.begin_feed().await.unwrap();
        runs::start(&mut tx, &run(1)).await.unwrap();
        runs::start(&mut tx, &run(2)).await.unwrap();
        let counts = RunCounts {
            rows_read: 100, accepted: 97, unchanged: 1, updated: 2, quarantined: 3, linked: 4, opened: 5, for_review: 6, superseded: 7,
        };
        runs::progress(&mut tx, run(2).run_id, RunState::Done, &counts, Some(77)).await.unwrap();
        let found = runs::by_id(&mut tx, run(2).run_id).await.unwrap().unwrap();
        assert_eq!(found, runs::RunRow { state: RunState::Done, counts, ended_at: Some(77), ..run(2) });
        let newest: Vec<Uuid> = runs::of_source(&mut tx, SOURCE, 5).await.unwrap().iter().map(|r| r.run_id).collect();
        assert_eq!(newest, [run(2).run_id, run(1).run_id]);
        assert_eq!(runs::of_file(&mut tx, SOURCE, run(1).file_digest).await.unwrap(), Some(run(1)));
        assert_eq!(runs::of_file(&mut tx, SOURCE, key(1)).await.unwrap(), None);
    }

    async fn a_quarantined_row_keeps_place_and_rule_of_every_fault(db: TestDatabases) {
        let store = open_with_source(&db).await;
        let mut tx = store.begin_feed().await.unwrap();
        runs::start(&mut tx, &run(1)).await.unwrap();
        let fault = |row_number, field: &str, rule: &str, sealed| QuarantineRow {
            run_id: run(1).run_id, row_number, field: field.into(), rule: rule.into(), length: 12, sealed,
        };
        let faults = [
            fault(7, "date_of_birth", "date.future", Some(vec![5; 60])),
            fault(7, "date_of_birth", "date.order", None),
            fault(7, "surname", "name.postcode", None),
            fault(9, "", "row.width", Some(vec![6; 60])),
        ];
        assert_eq!(quarantine::insert(&mut tx, &faults).await.unwrap(), 4);
        assert_eq!(quarantine::insert(&mut tx, &faults).await.unwrap(), 0);
        assert!(quarantine::of_run(&mut tx, run(1).run_id, 0, 10).await.unwrap() == faults);
        assert_eq!(quarantine::of_run(&mut tx, run(1).run_id, 7, 10).await.unwrap().len(), 1);
        assert_eq!(quarantine::count_of_run(&mut tx, run(1).run_id).await.unwrap(), 2);
        assert_eq!(quarantine::remove_of_run(&mut tx, run(1).run_id).await.unwrap(), 4);
    }

    async fn a_job_is_claimed_by_one_worker_and_again_when_that_one_never_returns(db: TestDatabases) {
        let store = open(&db).await;
        let mut tx = store.begin_feed().await.unwrap();
        let job = |n: u64, run_at| JobRow {
            job_id: id(n), kind: "rematch".into(), state: JobState::Queued, run_at, attempts: 0, claimed_until: 0, sealed: None,
        };
        jobs::put(&mut tx, &job(1, 20)).await.unwrap();
        jobs::put(&mut tx, &job(2, 10)).await.unwrap();
        assert!(jobs::claim(&mut tx, 5, 100).await.unwrap().is_none(), "not yet");
        assert_eq!(jobs::claim(&mut tx, 30, 100).await.unwrap().map(|j| j.job_id), Some(id(2)));
        assert_eq!(jobs::claim(&mut tx, 30, 200).await.unwrap().map(|j| j.job_id), Some(id(1)));
        assert!(jobs::claim(&mut tx, 99, 200).await.unwrap().is_none());
        let again = jobs::claim(&mut tx, 100, 300).await.unwrap().unwrap();
        assert_eq!((again.job_id, again.attempts), (id(2), 2));
        jobs::put(&mut tx, &JobRow { state: JobState::Done, ..again }).await.unwrap();
        assert_eq!(jobs::by_id(&mut tx, id(2)).await.unwrap().map(|j| j.state), Some(JobState::Done));
    }

    async fn a_model_once_kept_stays_as_it_is(db: TestDatabases) {
        let store = open(&db).await;
        let mut tx = store.begin().await.unwrap();
        let model = ModelRow { name: "children-1".into(), body: "weights".into(), created_at: 1 };
        models::insert(&mut tx, &model).await.unwrap();
        models::insert(&mut tx, &ModelRow { body: "other weights".into(), ..model.clone() }).await.unwrap();
        assert_eq!(models::by_name(&mut tx, "children-1").await.unwrap(), Some(model));
    }

    async fn an_alert_is_noticed_once_and_changed_only_as_it_was_read(db: TestDatabases) {
        let store = open_with_source(&db).await;
        let mut tx = store.begin().await.unwrap();
        assert!(alerts::insert(&mut tx, &alert(1)).await.unwrap());
        let again = alerts::AlertRow { alert_id: id(99), ..alert(1) };
        assert!(!alerts::insert(&mut tx, &again).await.unwrap(), "the same thing again");
        assert!(alerts::by_id(&mut tx, id(99)).await.unwrap().is_none());
        let claimed = alerts::AlertRow { state: AlertState::Claimed, claimed_by: Some(id(5)), ..alert(1) };
        assert!(alerts::replace(&mut tx, &claimed).await.unwrap());
        assert!(!alerts::replace(&mut tx, &claimed).await.unwrap(), "the version has moved on");
        let read = alerts::by_id(&mut tx, alert(1).alert_id).await.unwrap().unwrap();
        assert_eq!((read.version, read.claimed_by), (2, Some(id(5))));
        assert_eq!(alerts::of_account(&mut tx, id(1), 9).await.unwrap().len(), 1);
    }

    async fn a_queue_is_paged_without_gap_or_double_and_holds_its_own_only(db: TestDatabases) {
        let store = open_with_source(&db).await;
        let mut tx = store.begin().await.unwrap();
        for n in 1..=7 {
            // Three at the same moment, so that a page may end among them.
            alerts::insert(&mut tx, &alerts::AlertRow { opened_at: (n as i64 / 3) * MINUTE, ..alert(n) }).await.unwrap();
        }
        let elsewhere = alerts::AlertRow { authority: "E08000032".into(), ..alert(50) };
        alerts::insert(&mut tx, &elsewhere).await.unwrap();
        alerts::insert(&mut tx, &alerts::AlertRow { tier: AlertTier::Central, ..alert(51) }).await.unwrap();
        let mut place = (i64::MIN, Uuid::nil());
        let mut seen = Vec::new();
        loop {
            let page =
                alerts::queue(&mut tx, AlertTier::Authority, "E08000025", AlertState::Open, place, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            place = (last.opened_at, last.alert_id);
            seen.extend(page.iter().map(|row| (row.opened_at, row.alert_id)));
        }
        let mut sorted = seen.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!((seen.len(), &seen), (7, &sorted));
        let newest = alerts::newest(
            &mut tx, AlertTier::Authority, "E08000025", AlertState::Open, (i64::MAX, Uuid::max()), 3,
        )
        .await
        .unwrap();
        let newest: Vec<_> = newest.iter().map(|row| (row.opened_at, row.alert_id)).collect();
        assert_eq!(newest, sorted.iter().rev().take(3).copied().collect::<Vec<_>>());
        let old = alerts::older(&mut tx, AlertState::Open, AlertTier::Authority, MINUTE, 99).await.unwrap();
        assert_eq!(old.len(), 3, "two of the first minute, and one elsewhere");
    }

    async fn a_mark_moves_only_from_where_it_was_read(db: TestDatabases) {
        let store = open(&db).await;
        let mut tx = store.begin().await.unwrap();
        assert_eq!(watch::mark(&mut tx, "rules").await.unwrap(), None);
        watch::begin(&mut tx, "rules", 0).await.unwrap();
        watch::begin(&mut tx, "rules", 7).await.unwrap();
        assert_eq!(watch::mark(&mut tx, "rules").await.unwrap(), Some(0), "begun once");
        assert!(watch::advance(&mut tx, "rules", 0, 250).await.unwrap());
        assert!(!watch::advance(&mut tx, "rules", 0, 250).await.unwrap());
        assert_eq!(watch::mark(&mut tx, "rules").await.unwrap(), Some(250));
    }

    async fn counts_add_up_and_days_are_replaced_and_forgotten(db: TestDatabases) {
        let store = open_with_source(&db).await;
        let mut tx = store.begin().await.unwrap();
        for n in [1, 2] {
            accounts::put(&mut tx, &account(n)).await.unwrap();
        }
        let count = |measure: &str, n: i64| month_counts::MonthCountRow {
            month: "2026-03".into(),
            organisation_id: ORGANISATION,
            measure: measure.into(),
            n,
        };
        month_counts::add(&mut tx, &[count("searches", 3), count("alerts", 1)]).await.unwrap();
        month_counts::add(&mut tx, &[count("searches", 4)]).await.unwrap();
        let mut read = month_counts::month_of(&mut tx, "2026-03", &[ORGANISATION]).await.unwrap();
        read.sort_by(|a, b| a.measure.cmp(&b.measure));
        assert_eq!(read, [count("alerts", 1), count("searches", 7)]);
        assert_eq!(month_counts::month_totals(&mut tx, "2026-04").await.unwrap(), []);
        let day = |n: u64, day: i64, searches: i64| account_days::AccountDayRow {
            account_id: id(n),
            day,
            organisation_id: ORGANISATION,
            searches,
            empty_searches: 0,
            records_opened: 1,
            out_of_hours: 0,
            sealed: vec![9; 40],
        };
        account_days::put(&mut tx, &[day(1, 10, 1), day(1, 11, 1), day(2, 11, 1)]).await.unwrap();
        account_days::put(&mut tx, &[day(1, 11, 5)]).await.unwrap();
        let read = account_days::of_accounts(&mut tx, &[id(1)], 11, 20).await.unwrap();
        assert!(read == [day(1, 11, 5)]);
        account_days::forget_before(&mut tx, 11).await.unwrap();
        assert_eq!(account_days::of_accounts(&mut tx, &[id(1), id(2)], 0, 20).await.unwrap().len(), 2);
    }
}
