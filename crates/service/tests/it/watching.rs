//! The watch as people meet it (rules section 9): what is noticed, who sees it, who decides, what follows.

use directory::access::{Permission, Role};
use directory::search::{Criteria, PostcodeQuery};
use directory::watching::{
    EvidenceReference, Finding, Flag, Outcome, OwnMatter, Refusal, Rule, Sanction, StepKind, Tier,
    WatchingPolicy,
};
use jiff::SignedDuration;
use service::{
    AlertError, AlertPage, Directory, NewAccount, NewOrganisation, Policy, Reasoned, SessionError, SignedIn,
};
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;

use crate::house::{CARE, GP, House, PASSWORD, SCHOOLS, by_name_and_birth, by_postcode, child};
use crate::raw::Raw;

pub const TRUST: &str = "Leeds Community Trust";

/// A council with its managers, a trust under it, and the centre.
pub struct Town {
    pub house: House,
    centre: Uuid,
}

impl Town {
    pub async fn open(db: &TestDatabases, change: impl FnOnce(&mut WatchingPolicy)) -> Self {
        let mut policy = Policy::default();
        change(&mut policy.watching);
        let house = House::open_with(db, policy, crate::house::OPENED).await;
        let organisation = async |name: &str, kind: &str, authority: Option<&str>| {
            let organisation = NewOrganisation {
                name: name.to_owned(),
                kind: kind.to_owned(),
                authority_code: authority.map(str::to_owned),
                accredited_until: house.clock.now() + SignedDuration::from_hours(24 * 365),
            };
            house.directory.declare_organisation(organisation).await.unwrap()
        };
        let trust = organisation(TRUST, "partner", Some("E08000035")).await;
        let centre = organisation("Central team", "centre", None).await;
        let town = Self { house, centre };
        town.account("nurse", "Ada Whitlock", trust, &[Role::Practitioner]).await;
        town.account("doctor", "Ewan Baptiste", trust, &[Role::Practitioner]).await;
        town.account("lead", "Lena Lead", trust, &[Role::OrganisationLead]).await;
        town.account("manager", "Mo Manager", town.house.council, &[Role::Manager]).await;
        town.account("manager2", "May Manager", town.house.council, &[Role::Manager]).await;
        town.account("usermanager", "Una Usher", town.house.council, &[Role::UserManager]).await;
        town.account("auditor", "Odd Auditor", town.house.council, &[Role::Auditor]).await;
        town.account("dataadmin", "Dee Data", town.house.council, &[Role::DataAdministrator]).await;
        town.account("central", "Cy Centre", centre, &[Role::CentralTeam]).await;
        town.account("central2", "Cleo Centre", centre, &[Role::CentralTeam]).await;
        town
    }

    pub fn directory(&self) -> &Directory {
        &self.house.directory
    }

    pub async fn account(&self, username: &str, name: &str, organisation: Uuid, roles: &[Role]) {
        let years = self.house.clock.now() + SignedDuration::from_hours(24 * 900);
        let account = NewAccount {
            username: username.to_owned(),
            display_name: name.to_owned(),
            password: PASSWORD.to_owned(),
            organisation,
            roles: crate::house::with_the_desk(roles),
            clearance_until: years,
            training_until: years,
        };
        self.directory().create_account(account).await.unwrap();
    }

    pub async fn signed_in(&self, username: &str) -> SignedIn {
        self.house.clock.advance(SignedDuration::from_secs(31));
        self.house.sign_in(username).await
    }

    pub async fn looking(&self, username: &str) -> Reasoned {
        let who = self.signed_in(username).await;
        self.directory().state_reason(&who, directory::access::Reason::WhoElseIsInvolved).await.unwrap()
    }

    /// Cosmo Delacroix, whom the doctor's and the school's records know; first sightings are over.
    pub async fn with_cosmo(&self, surname: &str) {
        let cosmo =
            |record: &str| child(record, "Cosmo", surname, "2011-11-11").at("14 Mill Lane", "LS1 4AP");
        self.house.load(GP, &[cosmo("G-1")]).await;
        self.house.load(SCHOOLS, &[cosmo("S-1")]).await;
        self.house.holds_end();
    }

    pub async fn opens_cosmo(&self, username: &str, surname: &str) -> Reasoned {
        let who = self.looking(username).await;
        let rows = self.house.find(&who, by_name_and_birth(&format!("Cosmo {surname}"), "2011-11-11")).await;
        self.house.record(&who, &rows[0]).await;
        who
    }

    pub async fn watch(&self) {
        let mut notary = self.directory().notary().await.unwrap();
        self.directory().notarise(&mut notary).await.unwrap();
        while self.directory().watch().await.unwrap() > 0 {}
    }

    pub async fn queue(&self, who: &SignedIn) -> AlertPage {
        self.directory().alerts(who, None, false, None).await.map_err(|e| e.to_string()).unwrap()
    }

    pub async fn rules(&self, who: &SignedIn) -> Vec<Rule> {
        self.queue(who).await.lines.into_iter().map(|line| line.rule).collect()
    }

    pub async fn one(&self, who: &SignedIn, rule: Rule) -> Uuid {
        let page = self.queue(who).await;
        page.lines.iter().find(|line| line.rule == rule).map(|line| line.id).expect("an alert of that rule")
    }
}

pub fn evidence() -> EvidenceReference {
    EvidenceReference::parse("HR-2026/0142").unwrap()
}

on_both_databases! {
    async fn a_record_with_ones_own_surname_is_noticed_and_a_list_with_it_is_not(db: TestDatabases) {
        let town = Town::open(&db, |_| {}).await;
        town.with_cosmo("Whitlock").await;
        let nurse = town.looking("nurse").await;
        let by_forename = Criteria {
            postcode: Some(PostcodeQuery::parse("LS").unwrap()),
            ..by_name_and_birth("Cosmo", "2011-11-11")
        };
        let found = town.house.find(&nurse, by_forename).await;
        assert_eq!(found.len(), 1);
        town.watch().await;
        let manager = town.signed_in("manager").await;
        assert_eq!(town.rules(&manager).await, [], "a Whitlock in a list");
        town.house.record(&nurse, &found[0]).await;
        town.watch().await;
        assert_eq!(town.rules(&manager).await, [Rule::OwnSurname]);
        let alert = town.one(&manager, Rule::OwnSurname).await;
        let view = town.directory().alert(&manager, alert).await.unwrap();
        assert_eq!(view.line.person.as_deref(), Some("Ada Whitlock"));
        let cause: Vec<_> = view.day.iter().filter(|entry| entry.set_it_off).collect();
        assert_eq!((cause.len(), cause[0].what.as_str(), &cause[0].flags[..]), (1, "record_viewed", &[Flag::OwnSurname][..]));
        assert_eq!(town.rules(&manager).await.len(), 1, "once a day, however often");
    }

    async fn asking_for_ones_own_surname_or_house_is_noticed_and_warned_of(db: TestDatabases) {
        let town = Town::open(&db, |_| {}).await;
        town.with_cosmo("Delacroix").await;
        let nurse = town.signed_in("nurse").await;
        town.directory().keep_own_address(&nurse, "14", "ls1 4ap").await.unwrap();
        assert!(town.directory().has_own_address(&nurse).await.unwrap());
        let nurse = town.looking("nurse").await;
        let asked = by_postcode("Cosmo Delacroix", "LS1 4AP");
        let found = town.house.find(&nurse, asked.clone()).await;
        let warned = town.directory().warnings(&nurse, &found[0].handle, &asked).await.unwrap();
        assert_eq!(warned, [OwnMatter::Address]);
        town.house.find(&nurse, by_name_and_birth("Zoe Whitlock", "2012-01-01")).await;
        town.watch().await;
        let manager = town.signed_in("manager").await;
        let mut rules = town.rules(&manager).await;
        rules.sort();
        assert_eq!(rules, [Rule::OwnSurname, Rule::OwnAddress]);
        let sealed = Raw::data(&db).await.blobs("SELECT sealed FROM account").await;
        assert!(sealed.iter().all(|sealed| !sealed.windows(7).any(|part| part == b"LS1 4AP")), "the house is sealed");
    }

    async fn a_warning_depends_on_nothing_that_a_shield_hides(db: TestDatabases) {
        let town = Town::open(&db, |_| {}).await;
        town.with_cosmo("Whitlock").await;
        let nurse = town.signed_in("nurse").await;
        town.directory().keep_own_address(&nurse, "14", "LS1 4AP").await.unwrap();
        let asked = by_name_and_birth("Cosmo", "2011-11-11");
        let warned = async || {
            let nurse = town.looking("nurse").await;
            let found = town.house.find(&nurse, by_name_and_birth("Cosmo Whitlock", "2011-11-11")).await;
            town.directory().warnings(&nurse, &found[0].handle, &asked).await.unwrap()
        };
        let before = warned().await;
        town.house.shield(GP, "G-1").await;
        assert_eq!((warned().await, before), (vec![OwnMatter::Surname], vec![OwnMatter::Surname]));
    }

    async fn what_a_shield_hides_of_a_users_own_is_told_to_the_centre_alone(db: TestDatabases) {
        let town = Town::open(&db, |_| {}).await;
        let cosmo = child("G-1", "Cosmo", "Delacroix", "2011-11-11").at("14 Mill Lane", "LS1 4AP");
        town.house.load(GP, &[cosmo]).await;
        // A carer with the nurse's surname, and one with a colleague's name.
        let carers = child("S-1", "Cosmo", "Delacroix", "2011-11-11").at("14 Mill Lane", "LS1 4AP");
        let carers = carers.with("carer_1_forenames", "Bea").with("carer_1_surname", "Whitlock");
        town.house.load(SCHOOLS, &[carers.with("carer_2_forenames", "Ewan").with("carer_2_surname", "Baptiste")]).await;
        town.house.holds_end();
        town.house.shield(GP, "G-1").await;
        let nurse = town.signed_in("nurse").await;
        town.directory().keep_own_address(&nurse, "14", "LS1 4AP").await.unwrap();
        town.opens_cosmo("nurse", "Delacroix").await;
        town.watch().await;
        let manager = town.signed_in("manager").await;
        let page = town.queue(&manager).await;
        assert_eq!(town.rules(&manager).await, [], "who reviews at her own place learns of no hit");
        assert!(page.rates.iter().all(|month| !month.counts.contains_key("alerts")), "{:?}", page.rates);
        let central = town.signed_in("central").await;
        assert_eq!(town.rules(&central).await, [Rule::Hidden]);
        let alert = town.one(&central, Rule::Hidden).await;
        let view = town.directory().alert(&central, alert).await.unwrap();
        assert_eq!(view.line.person.as_deref(), Some("Ada Whitlock"));
        let cause = view.day.iter().find(|entry| entry.set_it_off).unwrap();
        assert!(cause.flags.contains(&Flag::Hidden) && !cause.flags.contains(&Flag::OwnAddress), "{:?}", cause.flags);
        // Of another alert of that day the manager is shown the day, and nothing of what is hidden.
        for at in 0..20 {
            town.house.find(&town.looking("nurse").await, by_name_and_birth(&format!("Nobody Fen{at}"), "2011-01-01")).await;
        }
        town.watch().await;
        let manager = town.signed_in("manager").await;
        let other = town.one(&manager, Rule::EmptySearches).await;
        let view = town.directory().alert(&manager, other).await.unwrap();
        let flags: Vec<Flag> = view.day.iter().flat_map(|entry| entry.flags.clone()).collect();
        assert_eq!(flags, [Flag::Shielded], "as anybody sees who opens the record");
        assert!(view.others.iter().all(|(_, rule, ..)| *rule != Rule::Hidden), "{:?}", view.others);
    }

    async fn who_sends_a_child_to_a_guessed_place_and_looks_for_it_is_known_to_the_centre(db: TestDatabases) {
        let town = Town::open(&db, |_| {}).await;
        town.with_cosmo("Delacroix").await;
        town.house.shield(GP, "G-1").await;
        town.account("worker", "Wes Worker", town.house.council, &[Role::Practitioner]).await;
        let (guessed, other) = (("Guessed Probe", "2015-05-05"), ("Other Probe", "2015-06-06"));
        let sent = |record: &str, (name, born): (&str, &str), house: &str| {
            let (forename, surname) = name.split_once(' ').unwrap();
            child(record, forename, surname, born).at(house, "LS1 4AP")
        };
        town.house.load(CARE, &[sent("C-1", guessed, "14 Mill Lane"), sent("C-2", other, "15 Mill Lane")]).await;
        town.house.load(SCHOOLS, &[sent("S-3", ("Newborn Smith", "2024-02-02"), "14 Mill Lane")]).await;
        town.house.holds_end();
        let asks = async |(name, born): (&str, &str)| {
            let found = town.house.find(&town.looking("worker").await, by_name_and_birth(name, born)).await;
            town.watch().await;
            found
        };
        let central = async || {
            let central = town.signed_in("central").await;
            town.rules(&central).await
        };
        let found = asks(other).await;
        assert_eq!(asks(("Newborn Smith", "2024-02-02")).await.len(), 0);
        assert_eq!((found.len(), central().await), (1, vec![]), "who was found, and whom others sent, tells of nothing");
        assert_eq!(asks(("Nobody Sent", "2016-09-09")).await.len(), 0);
        assert_eq!(central().await, [], "somebody else");
        assert_eq!(asks(guessed).await.len(), 0);
        assert_eq!(central().await, [Rule::Withheld]);
        let manager = town.signed_in("manager").await;
        assert_eq!(town.rules(&manager).await, [], "nobody at the organisation learns that it told");
        assert!(town.queue(&manager).await.rates.iter().all(|month| !month.counts.contains_key("alerts")));
        // The same by moving a child who is found, and looking whether they have moved.
        town.house.clock.advance(SignedDuration::from_hours(24));
        town.house.load(CARE, &[sent("C-2", other, "14 Mill Lane")]).await;
        let worker = town.looking("worker").await;
        let found = town.house.find(&worker, by_name_and_birth(other.0, other.1)).await;
        town.house.record(&worker, &found[0]).await;
        town.watch().await;
        assert_eq!(central().await, [Rule::Withheld, Rule::Withheld]);
    }

    async fn a_watched_shielded_child_changes_no_clear_byte(db: TestDatabases) {
        let mut worlds = Vec::new();
        for shielded in [false, true] {
            let here = TestDatabases::on(db.engine()).await;
            let town = Town::open(&here, |_| {}).await;
            town.with_cosmo("Whitlock").await;
            // A shield takes three people, who sign in: they do so in both worlds.
            if shielded {
                town.house.shield(GP, "G-1").await;
            } else {
                town.house.desk().await;
            }
            let mut raw = Raw::data(&here).await;
            let before = raw.headers().await.len();
            town.opens_cosmo("nurse", "Whitlock").await;
            town.watch().await;
            let count = raw.headers().await.len() - before;
            let of_nurse = "SELECT header FROM audit_entry WHERE header LIKE '%\"search\"%' OR header LIKE '%record_viewed%'";
            let mut shapes: Vec<String> = Vec::new();
            for header in raw.texts(of_nurse).await {
                let mut header: serde_json::Value = serde_json::from_str(&header).unwrap();
                for id in ["entry_id", "at", "account", "organisation", "child"] {
                    header[id] = (!header[id].is_null()).into();
                }
                shapes.push(header.to_string());
            }
            shapes.sort();
            let lengths = async |raw: &mut Raw, sql: &str| {
                let mut lengths: Vec<usize> = raw.blobs(sql).await.iter().map(Vec::len).collect();
                lengths.sort_unstable();
                lengths
            };
            let bodies = lengths(&mut raw, "SELECT body FROM audit_entry WHERE header LIKE '%record_viewed%'").await;
            let days = lengths(&mut raw, "SELECT sealed FROM account_day").await;
            let alerts = lengths(&mut raw, "SELECT sealed FROM alert").await;
            let counts = raw.texts("SELECT measure FROM month_count ORDER BY measure").await;
            let lookups = raw.count("audit_lookup").await;
            let clear = raw.number("SELECT CAST(sum(records_opened * 100 + searches) AS BIGINT) FROM account_day").await;
            let extra = i64::from(shielded) * raw.number("SELECT count(*) FROM audit_entry WHERE header LIKE '%record_changed%'").await;
            worlds.push((count, shapes, bodies, days, alerts, counts, clear));
            assert!(lookups > extra);
        }
        assert_eq!(worlds[0], worlds[1]);
    }

    async fn two_never_take_on_one_alert_and_a_decision_rests_on_evidence(db: TestDatabases) {
        let town = Town::open(&db, |_| {}).await;
        town.with_cosmo("Whitlock").await;
        town.opens_cosmo("nurse", "Whitlock").await;
        town.watch().await;
        let (manager, other) = (town.signed_in("manager").await, town.signed_in("usermanager").await);
        let alert = town.one(&manager, Rule::OwnSurname).await;
        let decided = town.directory().decide_alert(&manager, alert, Outcome::FalseAlarm, None).await;
        assert!(matches!(decided, Err(AlertError::NotTakenOn)), "taken on first");
        let (one, two) = tokio::join!(
            town.directory().claim_alert(&manager, alert),
            town.directory().claim_alert(&other, alert),
        );
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "one of the two");
        let (winner, loser) = if one.is_ok() { (&manager, &other) } else { (&other, &manager) };
        assert!(matches!(town.directory().claim_alert(loser, alert).await, Err(AlertError::Changed)));
        let decide = async |who: &SignedIn, evidence| {
            town.directory().decide_alert(who, alert, Outcome::Explained, evidence).await
        };
        assert!(matches!(decide(loser, Some(evidence())).await, Err(AlertError::NotTakenOn)));
        assert!(matches!(decide(winner, None).await, Err(AlertError::EvidenceNeeded)));
        town.directory().release_alert(loser, alert).await.unwrap();
        town.directory().claim_alert(loser, alert).await.unwrap();
        assert_eq!(decide(loser, Some(evidence())).await.unwrap(), None);
        assert!(matches!(decide(loser, Some(evidence())).await, Err(AlertError::Closed)));
        assert_eq!(town.rules(&manager).await, []);
        let closed = town.directory().alerts(&manager, None, true, None).await.unwrap();
        assert_eq!(closed.lines[0].outcome, Some(Outcome::Explained));
        assert_eq!(Raw::data(&db).await.entries("alert_decided").await, 4, "claim, release, claim, decision");
        assert!(town.directory().authenticate(&town.house.session("nurse").await).await.is_ok());
    }

    async fn suspected_misuse_suspends_tells_the_line_manager_and_is_closed_by_two(db: TestDatabases) {
        let town = Town::open(&db, |_| {}).await;
        town.with_cosmo("Whitlock").await;
        town.opens_cosmo("nurse", "Whitlock").await;
        town.watch().await;
        town.house.clock.advance(SignedDuration::from_secs(31));
        let session = town.house.session("nurse").await;
        let manager = town.signed_in("manager").await;
        let alert = town.one(&manager, Rule::OwnSurname).await;
        town.directory().claim_alert(&manager, alert).await.unwrap();
        assert!(town.directory().authenticate(&session).await.is_ok());
        let decided = town.directory().decide_alert(&manager, alert, Outcome::MisuseSuspected, Some(evidence())).await;
        let investigation = decided.unwrap().expect("an investigation");
        let ended = town.directory().authenticate(&session).await;
        assert!(matches!(ended, Err(SessionError::NotSignedIn)), "the session ended with it");
        town.house.clock.advance(SignedDuration::from_secs(31));
        assert!(town.house.try_sign_in("nurse").await.is_err(), "and there is no other");

        let lead = town.signed_in("lead").await;
        let notices = town.directory().notices(&lead).await.unwrap();
        assert_eq!((notices.len(), notices[0].person.as_deref()), (1, Some("Ada Whitlock")));
        town.directory().acknowledge_notice(&lead, notices[0].id).await.unwrap();
        assert!(matches!(town.directory().acknowledge_notice(&lead, notices[0].id).await, Err(AlertError::Closed)));
        let nobody = town.directory().notices(&manager).await;
        assert!(matches!(nobody, Err(AlertError::Forbidden)), "a manager is no line manager");

        let view = town.directory().investigation(&manager, investigation).await.unwrap();
        let steps: Vec<StepKind> = view.steps.iter().map(|step| step.what).collect();
        assert_eq!(steps, [StepKind::Opened, StepKind::AccountSuspended, StepKind::LineManagerTold]);
        assert!(view.takes_two && view.alerts.len() == 1);
        let step = town.directory().record_step(&manager, investigation, StepKind::PersonHeard, evidence()).await;
        step.unwrap();
        let by_hand = town.directory().record_step(&manager, investigation, StepKind::Closed, evidence()).await;
        assert!(matches!(by_hand, Err(AlertError::NotByHand)));
        let found = town
            .directory()
            .close_investigation(&manager, investigation, Finding::Misuse, Sanction::AccessWithdrawn, evidence())
            .await;
        assert!(!found.unwrap(), "proposed, not closed");
        let alone = town.directory().confirm_finding(&manager, investigation, true).await;
        assert!(matches!(alone, Err(AlertError::Refused(Refusal::SamePerson))));
        let second = town.signed_in("manager2").await;
        town.directory().confirm_finding(&second, investigation, false).await.unwrap();
        let nothing = town.directory().confirm_finding(&second, investigation, true).await;
        assert!(matches!(nothing, Err(AlertError::NothingProposed)));
        town.directory()
            .close_investigation(&second, investigation, Finding::Misuse, Sanction::AccessWithdrawn, evidence())
            .await
            .unwrap();
        town.directory().confirm_finding(&manager, investigation, true).await.unwrap();
        let view = town.directory().investigation(&manager, investigation).await.unwrap();
        assert!(view.line.closed);
        assert_eq!(view.found.map(|found| (found.0, found.1)), Some((Finding::Misuse, Sanction::AccessWithdrawn)));
        let after = town.directory().record_step(&manager, investigation, StepKind::PersonHeard, evidence()).await;
        assert!(matches!(after, Err(AlertError::Closed)), "closed, it stays");
        let mut raw = Raw::data(&db).await;
        for measure in ["investigations", "investigations_closed", "alert_misuse_suspected"] {
            let counted = raw.number(&format!("SELECT n FROM month_count WHERE measure = '{measure}'")).await;
            assert_eq!(counted, 1, "{measure}");
        }
    }

    async fn those_who_review_are_reviewed_by_the_centre_and_nobody_by_themselves(db: TestDatabases) {
        let town = Town::open(&db, |_| {}).await;
        let both = [Role::Manager, Role::Practitioner];
        town.account("mixed", "Mia Whitlock", town.house.council, &both).await;
        let both = [Role::CentralTeam, Role::Practitioner];
        town.account("centralworker", "Cas Whitlock", town.centre, &both).await;
        town.with_cosmo("Whitlock").await;
        town.opens_cosmo("mixed", "Whitlock").await;
        town.opens_cosmo("centralworker", "Whitlock").await;
        town.watch().await;
        let manager = town.signed_in("manager").await;
        assert_eq!(town.rules(&manager).await, [], "an authority does not see who of its reviewers is watched");
        let central = town.signed_in("central").await;
        let page = town.queue(&central).await;
        assert_eq!((page.queue.tier, page.lines.len()), (Tier::Central, 2));
        let foreign = town.directory().alert(&manager, page.lines[0].id).await;
        assert!(matches!(foreign, Err(AlertError::NotFound)));
        let own = town.signed_in("centralworker").await;
        let line = page.lines.iter().find(|line| line.person.as_deref() == Some("Cas Whitlock")).unwrap();
        let refused = town.directory().claim_alert(&own, line.id).await;
        assert!(matches!(refused, Err(AlertError::Refused(Refusal::Own))));
        town.directory().claim_alert(&central, line.id).await.unwrap();
        assert!(town.queue(&central).await.queues.iter().any(|queue| queue.authority == "E08000035"), "and it sees the authorities'");
    }

    async fn the_auditor_sees_all_and_changes_nothing_and_who_keeps_data_sees_none(db: TestDatabases) {
        let town = Town::open(&db, |_| {}).await;
        town.with_cosmo("Whitlock").await;
        town.opens_cosmo("nurse", "Whitlock").await;
        town.watch().await;
        let auditor = town.signed_in("auditor").await;
        let alert = town.one(&auditor, Rule::OwnSurname).await;
        let view = town.directory().alert(&auditor, alert).await.unwrap();
        assert_eq!(view.may_handle, Err(None));
        let decide = town.directory().decide_alert(&auditor, alert, Outcome::FalseAlarm, None).await;
        for changed in [
            town.directory().claim_alert(&auditor, alert).await,
            town.directory().release_alert(&auditor, alert).await,
            town.directory().escalate_alert(&auditor, alert).await,
            decide.map(drop),
        ] {
            assert!(matches!(changed, Err(AlertError::Forbidden)));
        }
        for username in ["dataadmin", "nurse", "lead"] {
            let who = town.signed_in(username).await;
            assert!(!who.may(Permission::ViewAlerts));
            assert!(matches!(town.directory().alerts(&who, None, false, None).await, Err(AlertError::Forbidden)), "{username}");
            assert!(matches!(town.directory().alert(&who, alert).await, Err(AlertError::Forbidden)), "{username}");
        }
        let read = Raw::data(&db).await.entries("alerts_read").await;
        assert_eq!(read, 2, "the queue and the alert; whoever may not sees nothing and leaves none");
        let nurse = town.signed_in("nurse").await;
        let history = town.directory().own_history(&nurse, None).await.unwrap().lines;
        assert!(history.iter().all(|line| !line.what.starts_with("alert")), "the watched are not told");
    }

    async fn another_authority_sees_nothing_of_it(db: TestDatabases) {
        let town = Town::open(&db, |_| {}).await;
        let elsewhere = NewOrganisation {
            name: "Bradford Council".to_owned(),
            kind: "authority".to_owned(),
            authority_code: Some("E08000032".to_owned()),
            accredited_until: town.house.clock.now() + SignedDuration::from_hours(24 * 365),
        };
        let elsewhere = town.directory().declare_organisation(elsewhere).await.unwrap();
        town.account("stranger", "Sam Stranger", elsewhere, &[Role::Manager]).await;
        town.with_cosmo("Whitlock").await;
        town.opens_cosmo("nurse", "Whitlock").await;
        town.watch().await;
        let manager = town.signed_in("manager").await;
        let alert = town.one(&manager, Rule::OwnSurname).await;
        let stranger = town.signed_in("stranger").await;
        assert_eq!(town.rules(&stranger).await, []);
        let named = town.directory().alerts(&stranger, Some("E08000035"), false, None).await;
        assert!(matches!(named, Err(AlertError::NotFound)), "not by naming the queue");
        assert!(matches!(town.directory().claim_alert(&stranger, alert).await, Err(AlertError::NotFound)));
    }

    async fn what_nobody_decides_goes_to_the_centre_and_so_does_what_is_passed_on(db: TestDatabases) {
        let town = Town::open(&db, |policy| policy.escalate_after_days = 3).await;
        town.with_cosmo("Whitlock").await;
        town.opens_cosmo("nurse", "Whitlock").await;
        town.opens_cosmo("doctor", "Whitlock").await;
        town.house.find(&town.looking("doctor").await, by_name_and_birth("Una Baptiste", "2012-01-01")).await;
        town.watch().await;
        let manager = town.signed_in("manager").await;
        assert_eq!(town.rules(&manager).await.len(), 2);
        let page = town.queue(&manager).await;
        let doctors = page.lines.iter().find(|line| line.person.as_deref() == Some("Ewan Baptiste")).unwrap();
        town.directory().escalate_alert(&manager, doctors.id).await.unwrap();
        assert_eq!(town.rules(&manager).await.len(), 1);
        let central = town.signed_in("central").await;
        assert_eq!(town.rules(&central).await.len(), 1);
        town.house.clock.advance(SignedDuration::from_hours(3 * 24 - 1));
        town.watch().await;
        let central = town.signed_in("central").await;
        assert_eq!(town.rules(&central).await.len(), 1, "not yet");
        town.house.clock.advance(SignedDuration::from_hours(2));
        town.watch().await;
        let central = town.signed_in("central").await;
        assert_eq!(town.rules(&central).await.iter().filter(|rule| **rule == Rule::OwnSurname).count(), 2);
    }

    async fn a_record_without_an_involvement_afterwards_is_noticed_and_one_with_is_not(db: TestDatabases) {
        let town = Town::open(&db, |policy| {
            policy.no_involvement_days = 10;
            policy.escalate_after_days = 0;
            (policy.sample_per_thousand, policy.sample_at_least) = (0, 0);
        }).await;
        town.with_cosmo("Delacroix").await;
        town.opens_cosmo("nurse", "Delacroix").await;
        town.house.clock.advance(SignedDuration::from_hours(9 * 24));
        town.watch().await;
        let manager = town.signed_in("manager").await;
        assert_eq!(town.rules(&manager).await, [], "nine days");
        town.house.clock.advance(SignedDuration::from_hours(25));
        town.watch().await;
        let manager = town.signed_in("manager").await;
        assert_eq!(town.rules(&manager).await, [Rule::NoInvolvement]);
        // The trust takes the child on, and opens the record again.
        let involved = child("C-1", "Cosmo", "Delacroix", "2011-11-11")
            .at("14 Mill Lane", "LS1 4AP")
            .with("involvement_1_service", "school_nurse")
            .with("involvement_1_organisation", "Leeds community trust")
            .with("involvement_1_start", "2026-03-10");
        town.house.load(CARE, &[involved]).await;
        town.house.holds_end();
        town.opens_cosmo("doctor", "Delacroix").await;
        town.house.clock.advance(SignedDuration::from_hours(11 * 24));
        town.watch().await;
        let manager = town.signed_in("manager").await;
        assert_eq!(town.rules(&manager).await, [Rule::NoInvolvement], "the nurse's only");
    }

    async fn whether_an_organisation_works_with_a_shielded_child_is_told_to_nobody_at_its_own_place(db: TestDatabases) {
        let town = Town::open(&db, |policy| {
            policy.no_involvement_days = 10;
            policy.escalate_after_days = 0;
            (policy.sample_per_thousand, policy.sample_at_least) = (0, 0);
        }).await;
        let bradford = crate::people::declared(&town.house, "Bradford", "E08000032").await;
        town.account("teacher", "Tom Reed", bradford, &[Role::Practitioner]).await;
        town.account("brad", "Brad Manager", bradford, &[Role::Manager]).await;
        town.with_cosmo("Delacroix").await;
        // The nurse's trust works with the child, and the teacher's council does not.
        let involved = child("C-1", "Cosmo", "Delacroix", "2011-11-11")
            .at("14 Mill Lane", "LS1 4AP")
            .with("involvement_1_service", "school_nurse")
            .with("involvement_1_organisation", "Leeds community trust")
            .with("involvement_1_start", "2026-01-10");
        town.house.load(CARE, &[involved]).await;
        town.house.holds_end();
        town.house.shield(GP, "G-1").await;
        for username in ["nurse", "teacher"] {
            town.opens_cosmo(username, "Delacroix").await;
        }
        town.house.clock.advance(SignedDuration::from_hours(11 * 24));
        town.watch().await;
        for username in ["manager", "brad"] {
            let manager = town.signed_in(username).await;
            assert_eq!(town.rules(&manager).await, [], "of neither: {username}");
        }
        let central = town.signed_in("central").await;
        assert_eq!(town.rules(&central).await, [Rule::Hidden]);
        let alert = town.one(&central, Rule::Hidden).await;
        let view = town.directory().alert(&central, alert).await.unwrap();
        assert_eq!(view.line.person.as_deref(), Some("Tom Reed"));
    }

    async fn that_nothing_is_noticed_tells_of_no_sensitive_service(db: TestDatabases) {
        let town = Town::open(&db, |policy| {
            policy.no_involvement_days = 10;
            policy.escalate_after_days = 0;
            (policy.sample_per_thousand, policy.sample_at_least) = (0, 0);
        }).await;
        let involved = child("C-1", "Cosmo", "Delacroix", "2011-11-11")
            .at("14 Mill Lane", "LS1 4AP")
            .with("involvement_1_service", "sexual_health")
            .with("involvement_1_organisation", "Leeds community trust")
            .with("involvement_1_basis", "consent")
            .with("involvement_1_consent", "child_of_understanding")
            .with("involvement_1_asserted_by", "Leeds community trust")
            .with("involvement_1_asserted_on", "2025-11-03");
        town.house.load(CARE, &[involved]).await;
        town.house.holds_end();
        town.opens_cosmo("nurse", "Delacroix").await;
        town.house.clock.advance(SignedDuration::from_hours(11 * 24));
        town.watch().await;
        let manager = town.signed_in("manager").await;
        assert_eq!(town.rules(&manager).await, [Rule::NoInvolvement], "as if there were none");
    }

    async fn a_share_of_each_day_is_drawn_for_people_of_another_team(db: TestDatabases) {
        let town = Town::open(&db, |policy| (policy.sample_per_thousand, policy.sample_at_least) = (500, 2)).await;
        town.account("teacher", "Tom Reed", town.house.council, &[Role::Practitioner]).await;
        town.with_cosmo("Delacroix").await;
        town.watch().await;
        for username in ["nurse", "nurse", "doctor", "doctor", "teacher", "teacher"] {
            town.opens_cosmo(username, "Delacroix").await;
        }
        town.watch().await;
        let samples = async |username: &str| {
            let who = town.signed_in(username).await;
            town.rules(&who).await.into_iter().filter(|rule| *rule == Rule::Sample).count()
        };
        assert_eq!(samples("manager").await + samples("central").await, 0, "the day is not over");
        town.house.clock.advance(SignedDuration::from_hours(24));
        town.watch().await;
        let (local, central) = (samples("manager").await, samples("central").await);
        assert_eq!(local + central, 3, "half of six");
        let manager = town.signed_in("manager").await;
        let page = town.queue(&manager).await;
        assert!(page.lines.iter().all(|line| line.organisation == TRUST), "the council's own staff are the centre's");
        assert_eq!(page.rates[0].counts.get("samples_drawn").copied(), Some(3));

        // A concern closes the sample and names the user: the one who named decides no more.
        let reviewer = town.signed_in("usermanager").await;
        let Some(sample) = page.lines.iter().find(|line| line.rule == Rule::Sample) else { return };
        town.directory().claim_alert(&reviewer, sample.id).await.unwrap();
        let outcome = Outcome::MisuseSuspected;
        let decided = town.directory().decide_alert(&reviewer, sample.id, outcome, Some(evidence())).await.unwrap();
        assert_eq!(decided, None, "nothing is suspended on one person's glance at a sample");
        let reported = town.one(&reviewer, Rule::Reported).await;
        let again = town.directory().claim_alert(&reviewer, reported).await;
        assert!(matches!(again, Err(AlertError::Refused(Refusal::Named))));
        town.directory().claim_alert(&manager, reported).await.unwrap();
    }
}
