//! Reading the trail of others (rules 9.1 to 9.4, 9.8).

use audit::Action;
use directory::ListRow;
use directory::access::Role;
use service::{
    About, AuditEntry, AuditLine, AuditQuestion, AuditReadError, BodyFact, HistoryPlace, NewAccount,
    NewOrganisation, Place, SignedIn,
};
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;

use crate::house::{GP, House, PASSWORD, by_name_and_birth, by_street, child};
use crate::raw::Raw;

impl House {
    pub async fn organisation(&self, name: &str, kind: &str, authority: Option<&str>) -> Uuid {
        let new = NewOrganisation {
            name: name.to_owned(),
            kind: kind.to_owned(),
            authority_code: authority.map(str::to_owned),
            accredited_until: self.clock.now() + jiff::SignedDuration::from_hours(24 * 365),
        };
        self.directory.declare_organisation(new).await.unwrap()
    }

    /// Makes the account where there is none yet, and signs it in.
    pub async fn person(&self, username: &str, role: Role, organisation: Uuid) -> SignedIn {
        if !self.directory.has_account(username).await.unwrap() {
            let until = self.clock.now() + jiff::SignedDuration::from_hours(24 * 365);
            let new = NewAccount {
                username: username.to_owned(),
                display_name: format!("The {username}"),
                password: PASSWORD.to_owned(),
                organisation,
                roles: crate::house::with_the_desk(&[role]),
                clearance_until: until,
                training_until: until,
            };
            self.directory.create_account(new).await.unwrap();
        }
        self.clock.advance(jiff::SignedDuration::from_secs(31));
        self.sign_in(username).await
    }

    /// Every page of a look-up.
    pub async fn trail(&self, who: &SignedIn, about: About) -> Vec<AuditLine> {
        let mut question = AuditQuestion::about(about);
        let mut lines = Vec::new();
        loop {
            let page = self.directory.read_audit(who, &question).await.unwrap();
            lines.extend(page.lines);
            match page.next {
                Some(next) => question = next,
                None => return lines,
            }
        }
    }
}

fn actions(lines: &[AuditLine]) -> Vec<Action> {
    lines.iter().map(|line| line.action).collect()
}

/// What was done with a child, apart from reading the trail about it, latest first; what happened at one moment in the order
/// of the alphabet.
fn done(lines: &[AuditLine]) -> Vec<Action> {
    let mut done: Vec<_> = lines.iter().filter(|line| line.action != Action::AuditRead).collect();
    done.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.action.as_str().cmp(b.action.as_str())));
    actions(&done.into_iter().cloned().collect::<Vec<_>>())
}

/// A look-up by a child who was found and opened once.
const FOUND_AND_OPENED: [Action; 3] = [Action::ReasonStated, Action::RecordViewed, Action::Search];

fn only(lines: &[AuditLine], action: Action) -> &AuditLine {
    lines.iter().find(|line| line.action == action).unwrap_or_else(|| panic!("no {action}"))
}

/// A council with Cosmo, whom a nurse searched for and opened, and Wilma, shielded, whom she found and opened as well.
async fn watched_house(db: &TestDatabases) -> House {
    let house = House::open(db).await;
    let rows = [
        child("G-1", "Cosmo", "Delacroix", "2011-11-11").at("1 Mill Street", "LS1 1AA"),
        child("G-2", "Wilma", "Hartnell", "2012-02-02").at("2 Mill Street", "LS1 1AA"),
    ];
    house.load(GP, &rows).await;
    house.holds_end();
    house.shield(GP, "G-2").await;
    let nurse = house.nurse().await;
    for (name, born) in [("Cosmo Delacroix", "2011-11-11"), ("Wilma Hartnell", "2012-02-02")] {
        let found = house.find(&nurse, by_name_and_birth(name, born)).await;
        assert_eq!(found.len(), 1);
        house.minutes_pass(1);
        house.record(&nurse, &found[0]).await;
        house.minutes_pass(1);
    }
    house
}

on_both_databases! {
    async fn an_auditor_finds_what_was_done_by_account_child_organisation_action_and_day(db: TestDatabases) {
        let house = watched_house(&db).await;
        let auditor = house.person("ada", Role::Auditor, house.council).await;
        let cosmo = house.number_of(GP, "G-1").await;
        let by_child = house.trail(&auditor, About::Child(cosmo.clone())).await;
        assert_eq!(done(&by_child), FOUND_AND_OPENED);
        assert_eq!(by_child.last().unwrap().action, Action::Search, "newest first");
        assert_eq!(by_child[0].who.as_ref().unwrap().username, "nurse");
        let by_account = house.trail(&auditor, About::Account("Nurse".to_owned())).await;
        assert_eq!(actions(&by_account).iter().filter(|action| **action == Action::RecordViewed).count(), 2);
        assert!(actions(&by_account).contains(&Action::AccountChanged), "also what was done to it");
        let views = house.trail(&auditor, About::Action(house.council, Action::RecordViewed)).await;
        assert_eq!(actions(&views), [Action::RecordViewed; 2]);
        let everything = house.trail(&auditor, About::Organisation(house.council)).await;
        assert!(everything.len() > by_account.len() && everything.windows(2).all(|pair| pair[0].at >= pair[1].at));
        let today = house.directory.today();
        let mut question = AuditQuestion::about(About::Action(house.council, Action::Search));
        for (from, until, found) in [
            (Some(today), Some(today), 2),
            (Some(today.tomorrow().unwrap()), None, 0),
            (None, Some(today.yesterday().unwrap()), 0),
        ] {
            (question.from, question.until) = (from, until);
            assert_eq!(house.directory.read_audit(&auditor, &question).await.unwrap().lines.len(), found, "{from:?}");
        }
    }

    async fn a_long_trail_is_read_in_pages_without_gap_or_repetition(db: TestDatabases) {
        let house = watched_house(&db).await;
        let nurse = house.nurse().await;
        // Many of them at the same moment.
        for _ in 0..120 {
            house.search(&nurse, by_street("Nobody", "Nowhere Lane")).await;
        }
        let auditor = house.person("ada", Role::Auditor, house.council).await;
        let lines = house.trail(&auditor, About::Action(house.council, Action::Search)).await;
        let mut entries: Vec<Uuid> = lines.iter().map(|line| line.entry).collect();
        entries.sort_unstable();
        entries.dedup();
        assert_eq!((lines.len(), entries.len()), (122, 122));
        let mut place: Option<HistoryPlace> = None;
        let mut own = Vec::new();
        loop {
            let page = house.directory.own_history(nurse.who(), place).await.unwrap();
            own.extend(page.lines);
            place = page.next;
            if place.is_none() {
                break;
            }
        }
        assert_eq!(own.iter().filter(|line| line.what == "search").count(), 122);
    }

    async fn reading_is_in_the_trail_before_anything_is_shown_and_changes_nothing(db: TestDatabases) {
        let house = watched_house(&db).await;
        let auditor = house.person("ada", Role::Auditor, house.council).await;
        let mut raw = Raw::data(&db).await;
        let before = (raw.count("child").await, raw.count("account").await, raw.count("source_record").await);
        let reads = raw.entries("audit_read").await;
        let lines = house.trail(&auditor, About::Account("nurse".to_owned())).await;
        house.directory.read_audit_entry(&auditor, lines[0].entry).await.unwrap();
        house.directory.read_audit(&auditor, &AuditQuestion::about(About::Account("nobody".to_owned()))).await.unwrap_err();
        assert_eq!(raw.entries("audit_read").await, reads + 3, "a look-up, an entry and one that found nobody");
        assert_eq!(before, (raw.count("child").await, raw.count("account").await, raw.count("source_record").await));
        let own = house.trail(&auditor, About::Account("ada".to_owned())).await;
        assert!(actions(&own).contains(&Action::AuditRead), "and is looked up like any other act");
        let nurse = house.nurse().await;
        let history = house.directory.own_history(nurse.who(), None).await.unwrap();
        assert!(history.lines.iter().all(|line| line.what != "audit_read"), "who is looked into is not told");
        // Law 6 holds for the trail itself: what cannot be recorded is not shown.
        raw.break_the_trail().await;
        let question = AuditQuestion::about(About::Account("nurse".to_owned()));
        let refused = house.directory.read_audit(&auditor, &question).await;
        assert!(matches!(refused, Err(AuditReadError::Service(_))));
    }

    async fn nobody_reads_entries_of_organisations_they_do_not_reach(db: TestDatabases) {
        let house = watched_house(&db).await;
        let trust = house.organisation("Leeds Trust", "partner", Some("E08000035")).await;
        let other = house.organisation("Bradford Council", "authority", Some("E08000032")).await;
        let centre = house.organisation("The centre", "centre", None).await;
        let matron = house.person("matron", Role::Practitioner, trust).await;
        let stranger = house.person("stranger", Role::Auditor, other).await;
        let auditor = house.person("ada", Role::Auditor, house.council).await;
        let central = house.person("cleo", Role::CentralTeam, centre).await;
        let below = house.trail(&auditor, About::Account("matron".to_owned())).await;
        assert!(actions(&below).contains(&Action::SignIn), "an authority reads what its partners' people do");
        let cosmo = house.number_of(GP, "G-1").await;
        for about in [
            About::Account("nurse".to_owned()),
            About::Organisation(house.council),
            About::Action(house.council, Action::Search),
        ] {
            let question = AuditQuestion::about(about.clone());
            let refused = house.directory.read_audit(&stranger, &question).await;
            assert!(matches!(refused, Err(AuditReadError::NotFound)), "{about:?}");
            assert!(!house.trail(&central, about).await.is_empty(), "the centre reads all of it");
        }
        assert_eq!(house.trail(&stranger, About::Child(cosmo.clone())).await, [], "of a child, only what their own people did");
        assert_eq!(done(&house.trail(&central, About::Child(cosmo)).await), FOUND_AND_OPENED);
        let entry = house.trail(&auditor, About::Account("nurse".to_owned())).await[0].entry;
        let refused = house.directory.read_audit_entry(&stranger, entry).await;
        assert!(matches!(refused, Err(AuditReadError::NotFound)));
        assert!(house.directory.read_audit_entry(&central, entry).await.is_ok());
        let everything = AuditQuestion::about(About::Everything);
        assert!(matches!(house.directory.read_audit(&auditor, &everything).await, Err(AuditReadError::Forbidden)));
        let all = Raw::data(&db).await.count("audit_entry").await;
        assert_eq!(house.trail(&central, About::Everything).await.len() as i64, all, "in order of time, those of no organisation too");
        for (username, role) in [("pat", Role::Practitioner), ("dana", Role::DataAdministrator), ("tess", Role::Trainer)] {
            let person = house.person(username, role, house.council).await;
            let question = AuditQuestion::about(About::Account("nurse".to_owned()));
            assert!(matches!(house.directory.read_audit(&person, &question).await, Err(AuditReadError::Forbidden)), "{role:?}");
            assert!(matches!(house.directory.read_audit_entry(&person, entry).await, Err(AuditReadError::Forbidden)), "{role:?}");
        }
        drop(matron);
    }

    async fn an_auditor_sees_what_was_typed_and_a_user_manager_does_not(db: TestDatabases) {
        let house = watched_house(&db).await;
        let cosmo = house.number_of(GP, "G-1").await;
        let auditor = house.person("ada", Role::Auditor, house.council).await;
        let user_manager = house.person("uma", Role::UserManager, house.council).await;
        let lines = house.trail(&auditor, About::Child(cosmo.clone())).await;
        let search = only(&lines, Action::Search).entry;
        let whole = facts(&house.directory.read_audit_entry(&auditor, search).await.unwrap());
        let criterion = |value: Option<&str>| BodyFact::Criterion("names".to_owned(), value.map(str::to_owned));
        assert!(whole.contains(&criterion(Some("Cosmo Delacroix"))), "{whole:?}");
        assert!(whole.contains(&BodyFact::Child(cosmo.to_string())) && whole.contains(&BodyFact::Found(1)));
        let part = facts(&house.directory.read_audit_entry(&user_manager, search).await.unwrap());
        assert!(part.contains(&criterion(None)) && part.contains(&BodyFact::Found(1)), "{part:?}");
        assert!(!format!("{part:?}").contains("Delacroix") && !format!("{part:?}").contains(&cosmo.to_string()));
        let refused = house.directory.read_audit(&user_manager, &AuditQuestion::about(About::Child(cosmo))).await;
        assert!(matches!(refused, Err(AuditReadError::Forbidden)));
    }

    async fn whose_record_the_shield_desk_looked_at_is_not_among_what_an_auditor_finds_of_a_child(db: TestDatabases) {
        let house = watched_house(&db).await;
        let auditor = house.person("ada", Role::Auditor, house.council).await;
        let cosmo = house.number_of(GP, "G-1").await;
        let (asks, first, _) = house.desk().await;
        let id = house.ask_for_shield(&asks, &first, crate::house::shield_request(&cosmo)).await;
        house.request_at(&first, id).await;
        assert_eq!(done(&house.trail(&auditor, About::Child(cosmo.clone())).await), FOUND_AND_OPENED);
        let views = |lines: &[AuditLine]| actions(lines).iter().filter(|action| **action == Action::RecordViewed).count();
        assert!(views(&house.trail(&first, About::Child(cosmo)).await) > 1, "who decides about shields sees it");
        let by_action = house.trail(&auditor, About::Action(house.council, Action::RecordViewed)).await;
        assert!(views(&by_action) > 2, "that there was such a look is the trail's to tell");
    }

    async fn the_trail_does_not_tell_an_auditor_who_is_shielded(db: TestDatabases) {
        let house = watched_house(&db).await;
        let auditor = house.person("ada", Role::Auditor, house.council).await;
        let (manager, _) = house.managers().await;
        let mut told = Vec::new();
        for record in ["G-1", "G-2"] {
            let number = house.number_of(GP, record).await;
            let lines = house.trail(&auditor, About::Child(number.clone())).await;
            assert_eq!(done(&lines), FOUND_AND_OPENED);
            let mut shapes = Vec::new();
            for action in FOUND_AND_OPENED {
                let line = only(&lines, action);
                let entry = house.directory.read_audit_entry(&auditor, line.entry).await.unwrap();
                let without = |fact: BodyFact| match fact {
                    BodyFact::Child(_) => BodyFact::Child(String::new()),
                    BodyFact::Criterion(field, _) => BodyFact::Criterion(field, None),
                    other => other,
                };
                let facts: Vec<BodyFact> = facts(&entry).into_iter().map(without).collect();
                shapes.push((line.action, entry.fields, facts));
            }
            told.push(shapes);
        }
        assert_eq!(told[0], told[1], "Cosmo, plain, and Wilma, shielded");
        assert!(ListRow::fields_shown().into_iter().any(|field| told[1][2].1.contains(&field.to_owned())));
        let wilma = house.number_of(GP, "G-2").await;
        let shield = only(&house.trail(&auditor, About::Account("reece".to_owned())).await, Action::RecordChanged).entry;
        let seen = facts(&house.directory.read_audit_entry(&auditor, shield).await.unwrap());
        assert_eq!(seen, [BodyFact::RecordChanged], "a changed record, and neither which nor how");
        let lines = house.trail(&manager, About::Child(wilma.clone())).await;
        let changes = lines.iter().filter(|line| line.action == Action::RecordChanged);
        let changes: Vec<Uuid> = changes.map(|line| line.entry).collect();
        assert_eq!(changes.len(), 3, "asked for, proposed and decided");
        assert!(changes.contains(&shield), "who decides shields reads of them");
        let seen = facts(&house.directory.read_audit_entry(&manager, shield).await.unwrap());
        assert_eq!(seen, [BodyFact::Change("shield_decided".to_owned()), BodyFact::Child(wilma.to_string())]);
    }

    async fn an_entry_shows_that_it_stands_where_it_was_chained_and_a_changed_one_that_it_does_not(db: TestDatabases) {
        let house = watched_house(&db).await;
        let auditor = house.person("ada", Role::Auditor, house.council).await;
        let lines = house.trail(&auditor, About::Account("nurse".to_owned())).await;
        let entry = only(&lines, Action::Search).entry;
        let read = async || house.directory.read_audit_entry(&auditor, entry).await.unwrap();
        assert_eq!(read().await.place, Place::Waiting);
        let mut notary = house.directory.notary().await.unwrap();
        let checkpoint = house.directory.notarise(&mut notary).await.unwrap().unwrap();
        let Place::Proved { seq, signed_size, signed_at } = read().await.place else { panic!("not proved") };
        assert!(seq > 0 && seq <= signed_size);
        assert_eq!((signed_size, signed_at), (checkpoint.checkpoint().size, checkpoint.checkpoint().at));
        let first = house.trail(&auditor, About::Account("nurse".to_owned())).await.pop().unwrap();
        assert!(matches!(house.directory.read_audit_entry(&auditor, first.entry).await.unwrap().place, Place::Proved { .. }));
        let mut raw = Raw::data(&db).await;
        raw.unguard_the_trail().await;
        let id = entry.simple().to_string();
        let same = match db.engine() {
            testkit::Engine::Sqlite => format!("lower(hex(entry_id)) = '{id}'"),
            testkit::Engine::Postgres => format!("replace(entry_id::text, '-', '') = '{id}'"),
        };
        raw.run(&format!("UPDATE audit_entry SET header = replace(header, 'who_else_is_involved', 'management') WHERE {same}")).await;
        let changed = read().await;
        assert_eq!(changed.place, Place::Broken { seq });
        assert_eq!(changed.line.reason.as_deref(), Some("management"), "it is shown as it stands");
    }

    async fn a_question_in_an_address_belongs_to_its_session_and_names_nobody(db: TestDatabases) {
        let house = watched_house(&db).await;
        let auditor = house.person("ada", Role::Auditor, house.council).await;
        let question = AuditQuestion::about(About::Account("nurse".to_owned()));
        let sealed = house.directory.seal_audit_question(&auditor, &question).unwrap();
        assert!(!sealed.contains("nurse"));
        assert_eq!(house.directory.open_audit_question(&auditor, &sealed), Some(question));
        let later = house.person("ada", Role::Auditor, house.council).await;
        assert_eq!(house.directory.open_audit_question(&later, &sealed), None);
        assert_eq!(house.directory.open_audit_question(&later, "nonsense"), None);
    }
}

fn facts(entry: &AuditEntry) -> Vec<BodyFact> {
    entry.body.clone().unwrap()
}
