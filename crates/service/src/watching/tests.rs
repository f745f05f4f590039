//! The watch over entries made to measure: nothing lost, nothing doubled, whatever the steps.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use audit::{Action, Criterion, Detail, DisclosureDetail, SearchDetail, SignInDetail};
use directory::access::Role;
use directory::watching::{Flag, Rule, StepKind, WatchingPolicy};
use jiff::{SignedDuration, Timestamp};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha12Rng;
use sqlx::{AssertSqlSafe, Connection as _};
use sqlx_postgres::PgConnection;
use sqlx_sqlite::SqliteConnection;
use testkit::{Engine, TestClock, TestDatabases, on_both_databases};
use uuid::Uuid;
use vault::KeyEncryptionKey;

use crate::trail::Event;
use crate::{Chance, Clock, Directory, NewAccount, NewOrganisation, PasswordCost, Policy, World};

struct Hand(TestClock);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

struct Dice(AtomicU64);

impl Chance for Dice {
    fn generator(&self) -> ChaCha12Rng {
        ChaCha12Rng::seed_from_u64(self.0.fetch_add(1, Ordering::SeqCst))
    }
}

/// A Monday morning.
const MORNING: &str = "2026-03-02T09:00:00Z";

struct Scene {
    directory: Arc<Directory>,
    clock: TestClock,
    organisation: Uuid,
    accounts: Vec<Uuid>,
    engine: Engine,
    data_url: String,
}

async fn server(db: &TestDatabases, clock: &TestClock, seed: u64, policy: Policy) -> Arc<Directory> {
    let world =
        World { clock: Arc::new(Hand(clock.clone())), chance: Arc::new(Dice(AtomicU64::new(seed << 32))) };
    let key = KeyEncryptionKey::from_bytes([5; 32]);
    let options = store::Options::default();
    let policy = Policy { password_cost: PasswordCost::LEAST, ..policy };
    Arc::new(Directory::open(&db.data_url, &db.keys_url, &options, key, policy, world).await.unwrap())
}

fn policy() -> Policy {
    let watching = WatchingPolicy {
        searches_an_hour: 6,
        records_an_hour: 5,
        empty_searches: 3,
        same_place: 4,
        in_order: 4,
        of_one_list: 3,
        sign_in_failures: 3,
        shielded_views: 3,
        ..WatchingPolicy::default()
    };
    Policy { watching, ..Policy::default() }
}

/// Runs statements over a connection of the test's own, and says how many rows they changed.
async fn run_on(engine: Engine, url: &str, sql: &str) -> u64 {
    let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    match engine {
        Engine::Sqlite => {
            let mut c = SqliteConnection::connect(url).await.unwrap();
            sql.execute(&mut c).await.unwrap().rows_affected()
        }
        Engine::Postgres => {
            let mut c = PgConnection::connect(url).await.unwrap();
            sql.execute(&mut c).await.unwrap().rows_affected()
        }
    }
}

impl Scene {
    async fn open(db: &TestDatabases) -> Self {
        let clock = TestClock::starting(MORNING);
        let directory = server(db, &clock, 1, policy()).await;
        let accredited_until = clock.now() + SignedDuration::from_hours(24 * 365);
        let organisation = NewOrganisation {
            name: "Leeds City Council".to_owned(),
            kind: "authority".to_owned(),
            authority_code: Some("E08000035".to_owned()),
            accredited_until,
        };
        let organisation = directory.declare_organisation(organisation).await.unwrap();
        let mut accounts = Vec::new();
        for username in ["ann", "ben", "cat"] {
            let account = NewAccount {
                username: username.to_owned(),
                display_name: format!("{username} Practitioner"),
                password: "correct horse battery".to_owned(),
                organisation,
                roles: vec![Role::Practitioner],
                clearance_until: accredited_until,
                training_until: accredited_until,
            };
            accounts.push(directory.create_account(account).await.unwrap());
        }
        let (engine, data_url) = (db.engine(), db.data_url.clone());
        Self { directory, clock, organisation, accounts, engine, data_url }
    }

    async fn write(&self, who: usize, action: Action, detail: Detail) {
        let event = Event::new(action, detail).by_account(self.accounts[who], self.organisation);
        self.directory.record(event).await.unwrap();
    }

    async fn search(&self, who: usize, names: &str, shown: &[u128]) {
        let criteria = vec![Criterion { field: "names".to_owned(), value: names.to_owned() }];
        let shown: Vec<Uuid> = shown.iter().map(|child| Uuid::from_u128(*child)).collect();
        let found = shown.len() as u64;
        let detail = SearchDetail { criteria, shown, found, ..SearchDetail::default() };
        self.write(who, Action::Search, Detail::Search(detail)).await;
    }

    async fn record(&self, who: usize, child: u128, flags: &[Flag]) {
        let flags = flags.iter().map(|flag| flag.code().to_owned()).collect();
        let child = Some(Uuid::from_u128(child));
        let detail = DisclosureDetail { child, flags, ..DisclosureDetail::default() };
        self.write(who, Action::RecordViewed, Detail::Disclosure(detail)).await;
    }

    async fn sign_in(&self, who: usize, action: Action, outcome: &str) {
        let detail = SignInDetail { outcome: outcome.to_owned(), ..SignInDetail::default() };
        self.write(who, action, Detail::SignIn(detail)).await;
    }

    async fn chain(&self) {
        let mut notary = self.directory.notary().await.unwrap();
        self.directory.notarise(&mut notary).await.unwrap();
    }

    /// Chains, and watches until nothing is left, in steps of this size.
    async fn watch(&self, batch: i64) {
        self.chain().await;
        while self.directory.watch_at_most(batch).await.unwrap() > 0 {}
    }

    /// The rule, account and day of every alert, sorted.
    async fn alerts(&self) -> Vec<(Rule, usize, i64)> {
        let mut conn = self.directory.store.reader().await.unwrap();
        let mut alerts = Vec::new();
        for (who, account) in self.accounts.iter().enumerate() {
            for row in store::alerts::of_account(&mut conn, *account, 500).await.unwrap() {
                let content = self.directory.open_alert(&row).await.unwrap();
                alerts.push((content.rule, who, content.day));
            }
        }
        alerts.sort();
        alerts
    }

    async fn rules(&self) -> Vec<Rule> {
        self.alerts().await.into_iter().map(|(rule, _, _)| rule).collect()
    }

    /// What was counted of everybody: days and month.
    async fn counts(&self) -> String {
        let mut said = Vec::new();
        for account in &self.accounts {
            said.push(format!("{:?}", self.directory.account_days(*account, 0, 99_999).await.unwrap()));
        }
        said.push(format!("{:?}", self.directory.month_totals("2026-03").await.unwrap()));
        said.join("\n")
    }

    async fn run(&self, sqlite: &str, postgres: &str) {
        let sql = if self.engine == Engine::Sqlite { sqlite } else { postgres };
        run_on(self.engine, &self.data_url, sql).await;
    }

    /// A few days of three people, the same for the same seed.
    async fn some_days(&self, seed: u64) {
        let mut rng = ChaCha12Rng::seed_from_u64(seed);
        let names = ["ann ash", "abe ash", "bob birch", "cat cole", "dan dean", "eve ebb", "fay fir"];
        let mut at = 0_usize;
        for _ in 0..90 {
            let who = usize::from(rng.random_bool(0.3));
            self.clock.advance(SignedDuration::from_secs(rng.random_range(5..900)));
            match rng.random_range(0..10_u32) {
                0..=3 => {
                    at = (at + 1) % names.len();
                    let shown: Vec<u128> = (0..rng.random_range(0..5)).collect();
                    self.search(who, names[at], &shown).await;
                }
                4..=7 => {
                    let child = rng.random_range(0..5_u32);
                    let flags: &[Flag] = if child == 3 { &[Flag::Shielded] } else { &[] };
                    self.record(who, u128::from(child), flags).await;
                }
                8 => self.sign_in(who, Action::SignInFailed, "wrong_password").await,
                _ => self.clock.advance(SignedDuration::from_hours(7)),
            }
        }
    }
}

on_both_databases! {
    async fn the_same_chain_in_other_steps_gives_the_same_alerts_and_counts(db: TestDatabases) {
        let mut seen = Vec::new();
        for batch in [1, 7, 250] {
            let here = TestDatabases::on(db.engine()).await;
            let scene = Scene::open(&here).await;
            scene.some_days(1).await;
            scene.watch(batch).await;
            seen.push((scene.alerts().await, scene.counts().await));
        }
        assert!(seen[0].0.len() > 5, "there is something to notice: {:?}", seen[0].0);
        assert_eq!(seen[0], seen[1], "steps of 1 and of 7");
        assert_eq!(seen[0], seen[2], "steps of 1 and of 250");
    }

    async fn a_step_that_is_stopped_half_way_loses_and_doubles_nothing(db: TestDatabases) {
        let scene = Scene::open(&db).await;
        scene.some_days(3).await;
        scene.chain().await;
        assert_eq!(scene.directory.watch_at_most(20).await.unwrap(), 20);
        let before = (scene.alerts().await, scene.counts().await);
        // Everything is written but the last count, and then the engine fails.
        scene.run(
            "CREATE TRIGGER stopped BEFORE INSERT ON month_count BEGIN SELECT RAISE(ABORT, 'stopped'); END",
            "CREATE FUNCTION stopped() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'stopped'; END $$; \
             CREATE TRIGGER stopped BEFORE INSERT ON month_count FOR EACH ROW EXECUTE FUNCTION stopped()",
        )
        .await;
        scene.directory.watch_at_most(250).await.unwrap_err();
        assert_eq!((scene.alerts().await, scene.counts().await), before, "nothing of the step is there");
        scene.run("DROP TRIGGER stopped", "DROP TRIGGER stopped ON month_count").await;
        scene.watch(250).await;
        let other = TestDatabases::on(db.engine()).await;
        let undisturbed = Scene::open(&other).await;
        undisturbed.some_days(3).await;
        undisturbed.watch(250).await;
        assert_eq!(scene.alerts().await, undisturbed.alerts().await);
        assert_eq!(scene.counts().await, undisturbed.counts().await);
    }

    async fn two_servers_at_once_notice_everything_once(db: TestDatabases) {
        let scene = Scene::open(&db).await;
        scene.some_days(4).await;
        scene.chain().await;
        let second = server(&db, &scene.clock, 2, policy()).await;
        loop {
            let (one, other) = tokio::join!(scene.directory.watch_at_most(9), second.watch_at_most(9));
            if one.unwrap() + other.unwrap() == 0 {
                break;
            }
        }
        let alone = TestDatabases::on(db.engine()).await;
        let undisturbed = Scene::open(&alone).await;
        undisturbed.some_days(4).await;
        undisturbed.watch(250).await;
        assert_eq!(scene.alerts().await, undisturbed.alerts().await);
        assert_eq!(scene.counts().await, undisturbed.counts().await);
    }

    async fn what_is_not_in_the_chain_yet_is_not_noticed_yet(db: TestDatabases) {
        let scene = Scene::open(&db).await;
        scene.record(0, 1, &[Flag::OwnSurname]).await;
        assert_eq!(scene.directory.watch_at_most(250).await.unwrap(), 0);
        assert_eq!(scene.rules().await, []);
        scene.watch(250).await;
        assert_eq!(scene.rules().await, [Rule::OwnSurname]);
    }

    async fn an_override_is_always_investigated_and_takes_two(db: TestDatabases) {
        let scene = Scene::open(&db).await;
        scene.record(0, 1, &[Flag::Shielded, Flag::ShieldOverride]).await;
        scene.watch(250).await;
        assert_eq!(scene.rules().await, [Rule::ShieldOverride]);
        let mut conn = scene.directory.store.reader().await.unwrap();
        let rows = store::investigations::of_account(&mut conn, scene.accounts[0], 9).await.unwrap();
        assert_eq!(rows.len(), 1);
        let content = scene.directory.open_investigation(&rows[0]).await.unwrap();
        assert!(content.takes_two && content.steps[0].what == StepKind::Opened);
        let alerts = store::alerts::of_investigation(&mut conn, rows[0].investigation_id, 9).await.unwrap();
        assert_eq!(alerts.len(), 1, "the alert leads to it");
        assert_eq!(scene.directory.month_totals("2026-03").await.unwrap()["overrides"], 1);
    }

    async fn sign_ins_in_series_and_beside_another_session_are_noticed(db: TestDatabases) {
        let scene = Scene::open(&db).await;
        scene.sign_in(0, Action::SignIn, "ok").await;
        for _ in 0..2 {
            scene.sign_in(1, Action::SignInFailed, "wrong_code").await;
        }
        scene.watch(250).await;
        assert_eq!(scene.rules().await, []);
        scene.sign_in(0, Action::SignIn, "ok_concurrent").await;
        scene.sign_in(1, Action::SignInFailed, "wrong_code").await;
        scene.watch(250).await;
        assert_eq!(scene.rules().await, [Rule::ConcurrentSessions, Rule::SignInFailures]);
    }

    async fn a_shielded_record_is_counted_over_days_and_a_month_once_for_its_users(db: TestDatabases) {
        let scene = Scene::open(&db).await;
        for day in 0..3 {
            scene.record(0, 9, &[Flag::Shielded]).await;
            scene.record(1, 9, &[]).await;
            scene.watch(250).await;
            let expected: &[Rule] = if day < 2 { &[] } else { &[Rule::ShieldedAgain] };
            assert_eq!(scene.rules().await, expected, "day {day}");
            scene.clock.advance(SignedDuration::from_hours(48));
        }
        let totals = scene.directory.month_totals("2026-03").await.unwrap();
        assert_eq!((totals["active_users"], totals["records_opened"], totals["alerts"]), (2, 6, 1));
    }

    async fn a_trail_whose_key_is_destroyed_does_not_stop_the_watch(db: TestDatabases) {
        let scene = Scene::open(&db).await;
        scene.record(0, 1, &[Flag::OwnSurname]).await;
        scene.clock.set("2026-04-02T09:00:00Z".parse().unwrap());
        scene.record(1, 1, &[Flag::OwnSurname]).await;
        scene.chain().await;
        scene.directory.destroy_own_keys(&[scene.directory.audit_month_owner(202_603)]).await.unwrap();
        let later = server(&db, &scene.clock, 2, policy()).await;
        while later.watch_at_most(250).await.unwrap() > 0 {}
        assert_eq!(scene.rules().await, [Rule::OwnSurname], "of the month that can be read");
    }

    async fn a_carer_with_a_colleagues_full_name_is_noted_and_ones_own_or_a_strangers_is_not(db: TestDatabases) {
        let scene = Scene::open(&db).await;
        let directory = &scene.directory;
        let challenge = {
            let here = crate::ClientAddress(std::net::IpAddr::from([192, 0, 2, 1]));
            let begun = directory.begin_sign_in("ann", "correct horse battery", &here).await.unwrap();
            let code = directory.current_code("ann").await.unwrap();
            directory.finish_sign_in(&begun.token, &code, &here).await.unwrap()
        };
        let ann = directory.authenticate(&challenge.token).await.unwrap();
        // What the accounts keep of whole names.
        let key = |name: &str| directory.keys.accounts.hash(1, name.as_bytes());
        for (name, account) in [("ann practitioner", 0), ("ben practitioner", 1)] {
            let (key, account) = (hex::encode(key(name).0), scene.accounts[account].simple());
            scene
                .run(
                    &format!("INSERT OR IGNORE INTO account_name VALUES (x'{key}', x'{account}')"),
                    &format!(
                        "INSERT INTO account_name VALUES (decode('{key}', 'hex'), '{account}') ON CONFLICT DO NOTHING"
                    ),
                )
                .await;
        }
        let noted = async |names: &[&str]| {
            let near = super::near::Near::of_carers(names.iter().map(|name| key(name)));
            directory.noted_of_record(&ann, &near).await.unwrap()
        };
        assert_eq!(noted(&["joe bloggs", "ben practitioner"]).await, ["colleague"]);
        assert_eq!(noted(&["ann practitioner"]).await, Vec::<String>::new(), "the user's own name is the surname's matter");
        assert_eq!(noted(&["joe bloggs"]).await, Vec::<String>::new());
        assert_eq!(noted(&[]).await, Vec::<String>::new());
    }

    async fn a_month_counts_what_was_done_out_of_hours_and_no_fresh_proof_as_a_sign_in(db: TestDatabases) {
        let scene = Scene::open(&db).await;
        scene.sign_in(0, Action::SignIn, "ok").await;
        scene.sign_in(0, Action::SignIn, "step_up").await;
        scene.record(0, 1, &[]).await;
        scene.clock.advance(SignedDuration::from_hours(15));
        scene.record(0, 2, &[]).await;
        scene.watch(250).await;
        let month = scene.directory.month_totals("2026-03").await.unwrap();
        assert_eq!((month["sign_ins"], month["records_opened"], month["out_of_hours"]), (1, 2, 1));
    }

    async fn an_entry_that_was_tampered_with_does_not_stop_the_watch(db: TestDatabases) {
        let scene = Scene::open(&db).await;
        scene.record(0, 1, &[Flag::OwnSurname]).await;
        scene.clock.advance(SignedDuration::from_secs(1));
        scene.record(1, 1, &[Flag::OwnSurname]).await;
        let tampered = "UPDATE audit_entry SET body = body || body WHERE at = (SELECT max(at) FROM audit_entry)";
        scene
            .run(
                &format!("DROP TRIGGER audit_entry_is_not_updated; {}", tampered.replace("body || body", "zeroblob(64)")),
                &format!("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_is_not_changed; {tampered}"),
            )
            .await;
        scene.watch(250).await;
        let alerts = scene.alerts().await;
        assert_eq!(alerts.iter().map(|alert| (alert.0, alert.1)).collect::<Vec<_>>(), [(Rule::OwnSurname, 0)]);
        scene.record(2, 1, &[Flag::OwnSurname]).await;
        scene.watch(250).await;
        assert_eq!(scene.rules().await.len(), 2, "and it goes on behind it");
    }
}
