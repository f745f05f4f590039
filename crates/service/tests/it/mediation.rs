//! Looking up for a colleague: both known, both willing, both named, and no more than both may see (rule 6.12).

use directory::access::{Reason, Role};
use directory::disclosure::Disclosure;
use jiff::{SignedDuration, Timestamp};
use service::{
    ActHandle, Directory, MediationError, MediationState, NewAccount, NewOrganisation, Policy, Reasoned,
    RecordHandle, SearchAnswer, SignedIn,
};
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;

use crate::house::{CARE, GP, House, PASSWORD, by_name_and_birth, by_street, child, office};
use crate::raw::Raw;

const NAME: &str = "Peregrine Hathersage";
const BORN: &str = "2013-09-09";

/// A council with a nurse who looks up and a visitor who asks, a trust under it, another council and a charity.
struct Town {
    house: House,
    trust: Uuid,
    elsewhere: Uuid,
    charity: Uuid,
}

async fn town(db: &TestDatabases) -> Town {
    let house = House::open(db).await;
    house.load(GP, &[child("G-1", "Peregrine", "Hathersage", BORN).at("2 High Street", "LS2 2LS")]).await;
    house.holds_end();
    let trust = organisation(&house.directory, "Leeds Trust", "partner", Some("E08000035")).await;
    let elsewhere = organisation(&house.directory, "Barnet Council", "authority", Some("E09000003")).await;
    let charity = organisation(&house.directory, "A Charity", "national_partner", None).await;
    let town = Town { house, trust, elsewhere, charity };
    town.account("visitor", &[Role::Practitioner], town.trust).await;
    town
}

async fn organisation(directory: &Directory, name: &str, kind: &str, authority: Option<&str>) -> Uuid {
    let new = NewOrganisation {
        name: name.to_owned(),
        kind: kind.to_owned(),
        authority_code: authority.map(str::to_owned),
        accredited_until: directory.now() + SignedDuration::from_hours(24 * 365),
    };
    directory.declare_organisation(new).await.unwrap()
}

impl Town {
    async fn account(&self, username: &str, roles: &[Role], organisation: Uuid) {
        let until = self.house.clock.now() + SignedDuration::from_hours(24 * 365);
        self.account_until(username, roles, organisation, until).await;
    }

    async fn account_until(&self, username: &str, roles: &[Role], organisation: Uuid, cleared: Timestamp) {
        let new = NewAccount {
            username: username.to_owned(),
            display_name: format!("The {username}"),
            password: PASSWORD.to_owned(),
            organisation,
            roles: crate::house::with_the_desk(roles),
            clearance_until: cleared,
            training_until: self.house.clock.now() + SignedDuration::from_hours(24 * 365),
        };
        self.house.directory.create_account(new).await.unwrap();
    }

    /// The one child that is found for a colleague.
    async fn found(&self, mediator: &Reasoned, colleague: &str) -> RecordHandle {
        let criteria = by_name_and_birth(NAME, BORN);
        let answer = self.house.directory.search_for_colleague(mediator, colleague, criteria).await.unwrap();
        match &answer.data().answer {
            SearchAnswer::Found(rows) if rows.len() == 1 => rows[0].handle.clone(),
            other => panic!("not one child: {other:?}"),
        }
    }

    async fn ask(&self, mediator: &Reasoned, colleague: &str) {
        let found = self.found(mediator, colleague).await;
        self.house.directory.ask_colleague(mediator, &found, Reason::SafeguardingConcern).await.unwrap();
    }

    async fn waiting(&self, asker: &SignedIn) -> ActHandle {
        let waiting = self.house.directory.mediations(asker).await.unwrap().waiting;
        assert_eq!(waiting.len(), 1);
        waiting[0].handle.clone()
    }

    async fn approve(&self, asker: &SignedIn) {
        let waiting = self.waiting(asker).await;
        let review = self.house.directory.review_mediation(asker, &waiting).await.unwrap();
        self.house.directory.decide_mediation(asker, &review.data().handle, true).await.unwrap();
    }

    async fn own(&self, mediator: &Reasoned) -> (ActHandle, MediationState) {
        let own = self.house.directory.mediations(mediator.who()).await.unwrap().own;
        (own[0].handle.clone(), own[0].state)
    }
}

on_both_databases! {
    async fn the_colleague_reads_who_asks_for_whom_and_why_and_approves_and_the_mediator_sees_the_record_once(db: TestDatabases) {
        let town = town(&db).await;
        let directory = &town.house.directory;
        let nurse = town.house.nurse().await;
        town.ask(&nurse, "Visitor").await;
        assert_eq!(town.own(&nurse).await.1, MediationState::Waiting);
        let visitor = town.house.sign_in("visitor").await;
        let waiting = town.waiting(&visitor).await;
        let review = directory.review_mediation(&visitor, &waiting).await.unwrap();
        assert_eq!(*review.reason(), Reason::SafeguardingConcern, "the very reason the mediator gave");
        let read = review.data();
        assert_eq!((read.mediator.as_str(), read.child.name.to_string().as_str()), ("The nurse", NAME));
        assert_eq!(read.child.date_of_birth.unwrap().to_string(), BORN);
        directory.decide_mediation(&visitor, &read.handle, true).await.unwrap();
        let (handle, state) = town.own(&nurse).await;
        assert_eq!(state, MediationState::Approved);
        let shown = directory.open_mediated(&nurse, &handle).await.unwrap();
        assert_eq!(*shown.reason(), Reason::SafeguardingConcern);
        assert!(matches!(shown.data(), Disclosure::Full(view) if view.whereabouts.is_some()));
        assert_eq!(town.own(&nurse).await.1, MediationState::Shown);
        let again = directory.open_mediated(&nurse, &handle).await;
        assert!(matches!(again, Err(MediationError::Ended)), "an approval is used once");
    }

    async fn nothing_is_opened_before_the_colleague_approves_and_nothing_after_they_refuse(db: TestDatabases) {
        let town = town(&db).await;
        let directory = &town.house.directory;
        let nurse = town.house.nurse().await;
        town.ask(&nurse, "visitor").await;
        let (handle, _) = town.own(&nurse).await;
        assert!(matches!(directory.open_mediated(&nurse, &handle).await, Err(MediationError::NotDecided)));
        let visitor = town.house.sign_in("visitor").await;
        let waiting = town.waiting(&visitor).await;
        let review = directory.review_mediation(&visitor, &waiting).await.unwrap();
        directory.decide_mediation(&visitor, &review.data().handle, false).await.unwrap();
        assert_eq!(town.own(&nurse).await.1, MediationState::Refused);
        assert!(matches!(directory.open_mediated(&nurse, &handle).await, Err(MediationError::Ended)));
        let second = directory.decide_mediation(&visitor, &review.data().handle, true).await;
        assert!(matches!(second, Err(MediationError::Ended)), "a refusal stands");
        assert_eq!(Raw::data(&db).await.entries("record_viewed").await, 0);
    }

    async fn only_who_has_read_the_request_approves_it_and_only_in_their_own_session(db: TestDatabases) {
        let town = town(&db).await;
        let directory = &town.house.directory;
        town.account("other", &[Role::Practitioner], town.trust).await;
        let nurse = town.house.nurse().await;
        town.ask(&nurse, "visitor").await;
        let visitor = town.house.sign_in("visitor").await;
        let other = town.house.sign_in("other").await;
        assert!(directory.mediations(&other).await.unwrap().waiting.is_empty(), "it is before one person only");
        let waiting = town.waiting(&visitor).await;
        let unread = directory.decide_mediation(&visitor, &waiting, true).await;
        assert!(matches!(unread, Err(MediationError::Ended)), "the list's handle decides nothing");
        let read = directory.review_mediation(&visitor, &waiting).await.unwrap().data().handle.clone();
        for stranger in [&other, nurse.who()] {
            assert!(matches!(directory.review_mediation(stranger, &waiting).await, Err(MediationError::Ended)));
            assert!(matches!(directory.decide_mediation(stranger, &read, true).await, Err(MediationError::Ended)));
        }
        town.house.clock.advance(SignedDuration::from_secs(31));
        let same_person_elsewhere = town.house.sign_in("visitor").await;
        let stolen = directory.decide_mediation(&same_person_elsewhere, &read, true).await;
        assert!(matches!(stolen, Err(MediationError::Ended)), "a handle is worth nothing in another session");
        let made_up = ActHandle::from_form("made up".to_owned());
        assert!(matches!(directory.decide_mediation(&visitor, &made_up, true).await, Err(MediationError::Ended)));
        directory.decide_mediation(&visitor, &read, true).await.unwrap();
    }

    async fn an_approval_opens_in_the_session_that_asked_and_in_no_other(db: TestDatabases) {
        let town = town(&db).await;
        let directory = &town.house.directory;
        let nurse = town.house.nurse().await;
        town.ask(&nurse, "visitor").await;
        let visitor = town.house.sign_in("visitor").await;
        town.approve(&visitor).await;
        let elsewhere = town.house.nurse().await;
        let (handle, state) = town.own(&elsewhere).await;
        assert_eq!(state, MediationState::Approved);
        assert!(matches!(directory.open_mediated(&elsewhere, &handle).await, Err(MediationError::Ended)));
        let (handle, _) = town.own(&nurse).await;
        assert!(directory.open_mediated(&nurse, &handle).await.is_ok());
    }

    async fn a_request_lives_ten_minutes_approved_or_not(db: TestDatabases) {
        let town = town(&db).await;
        let directory = &town.house.directory;
        let nurse = town.house.nurse().await;
        town.ask(&nurse, "visitor").await;
        let session = town.house.session("visitor").await;
        let visitor = directory.authenticate(&session).await.unwrap();
        let proved_again = async || {
            let code = directory.current_code("visitor").await.unwrap();
            directory.step_up_with_code(&visitor, &code, &office()).await.unwrap();
            directory.authenticate(&session).await.unwrap()
        };
        let waiting = town.waiting(&visitor).await;
        let review = directory.review_mediation(&visitor, &waiting).await.unwrap().data().handle.clone();
        let made = town.house.clock.now();
        town.house.clock.set(made + SignedDuration::from_mins(9));
        let visitor_again = proved_again().await;
        directory.decide_mediation(&visitor_again, &review, true).await.unwrap();
        let (handle, _) = town.own(&nurse).await;
        town.house.clock.set(made + SignedDuration::from_mins(10));
        assert!(matches!(directory.open_mediated(&nurse, &handle).await, Err(MediationError::Ended)), "approving does not lengthen it");
        town.ask(&nurse, "visitor").await;
        let waiting = town.waiting(&visitor).await;
        let late = directory.review_mediation(&visitor, &waiting).await.unwrap().data().handle.clone();
        town.house.minutes_pass(10);
        assert!(directory.mediations(&visitor).await.unwrap().waiting.is_empty());
        assert!(matches!(directory.review_mediation(&visitor, &waiting).await, Err(MediationError::Ended)));
        assert!(matches!(directory.decide_mediation(&proved_again().await, &late, true).await, Err(MediationError::Ended)));
    }

    async fn a_request_that_ran_out_lets_go_of_the_child(db: TestDatabases) {
        let town = town(&db).await;
        let nurse = town.house.nurse().await;
        town.ask(&nurse, "visitor").await;
        let mut raw = Raw::data(&db).await;
        let act = raw.ids("SELECT act_id FROM pending_act").await[0];
        let says = async |sealed: &[u8]| crate::gone_for_good::opened(&db, act, sealed).await.unwrap_or_default();
        let before = raw.blobs("SELECT sealed FROM pending_act").await;
        assert!(says(&before[0]).await.contains("child"));
        town.house.directory.do_duties().await.unwrap();
        assert_eq!(raw.number("SELECT count(*) FROM pending_act WHERE state = 'open'").await, 1);
        town.house.minutes_pass(10);
        town.house.directory.do_duties().await.unwrap();
        assert_eq!(raw.number("SELECT count(*) FROM pending_act WHERE state = 'withdrawn'").await, 1);
        let after = raw.blobs("SELECT sealed FROM pending_act").await;
        assert_eq!(after[0].len(), before[0].len(), "its length tells nothing");
        assert!(!says(&after[0]).await.contains("child\":\""), "what it was about is gone");
        assert_eq!(town.own(&nurse).await.1, MediationState::Ended);
        town.house.clock.advance(SignedDuration::from_hours(24 * 23));
        town.house.directory.sweep(false).await.unwrap();
        assert_eq!(says(&before[0]).await, "", "three weeks later an old copy opens with no key there is");
        assert_ne!(says(&after[0]).await, "", "and the story of the request stays");
    }

    async fn whoever_took_it_back_cannot_use_it_and_the_colleague_cannot_decide_it(db: TestDatabases) {
        let town = town(&db).await;
        let directory = &town.house.directory;
        let nurse = town.house.nurse().await;
        town.ask(&nurse, "visitor").await;
        let visitor = town.house.sign_in("visitor").await;
        let waiting = town.waiting(&visitor).await;
        let read = directory.review_mediation(&visitor, &waiting).await.unwrap().data().handle.clone();
        let (handle, _) = town.own(&nurse).await;
        directory.withdraw_mediation(nurse.who(), &handle).await.unwrap();
        assert!(matches!(directory.decide_mediation(&visitor, &read, true).await, Err(MediationError::Ended)));
        assert!(matches!(directory.open_mediated(&nurse, &handle).await, Err(MediationError::Ended)));
    }

    async fn an_asker_whose_clearance_lapses_between_approving_and_showing_gets_nothing_shown(db: TestDatabases) {
        let town = town(&db).await;
        let directory = &town.house.directory;
        // Cleared until the end of the day, which is two minutes away.
        town.house.clock.set("2026-03-03T23:58:00Z".parse().unwrap());
        town.account_until("brief", &[Role::Practitioner], town.trust, town.house.clock.now()).await;
        let nurse = town.house.nurse().await;
        town.ask(&nurse, "brief").await;
        let brief = town.house.sign_in("brief").await;
        town.approve(&brief).await;
        let (handle, _) = town.own(&nurse).await;
        town.house.minutes_pass(3);
        assert!(matches!(directory.open_mediated(&nurse, &handle).await, Err(MediationError::NothingToShow)));
        assert!(matches!(directory.open_mediated(&nurse, &handle).await, Err(MediationError::Ended)), "and the approval is spent");
        let mut raw = Raw::data(&db).await;
        assert_eq!((raw.entries("record_viewed").await, raw.entries("record_refused").await), (0, 1));
    }

    async fn a_suspended_asker_and_an_organisation_that_lost_the_capability_get_nothing_shown(db: TestDatabases) {
        for change in [
            "UPDATE account SET state = 'suspended' WHERE organisation_id IN (SELECT organisation_id FROM organisation WHERE name = 'Leeds Trust')",
            "UPDATE organisation SET capabilities = 'staff_query' WHERE name = 'Leeds Trust'",
            "DELETE FROM account_role WHERE organisation_id IN (SELECT organisation_id FROM organisation WHERE name = 'Leeds Trust')",
        ] {
            let db = TestDatabases::on(db.engine()).await;
            let town = town(&db).await;
            let nurse = town.house.nurse().await;
            town.ask(&nurse, "visitor").await;
            let visitor = town.house.sign_in("visitor").await;
            town.approve(&visitor).await;
            let (handle, _) = town.own(&nurse).await;
            Raw::data(&db).await.run(change).await;
            let shown = town.house.directory.open_mediated(&nurse, &handle).await;
            assert!(matches!(shown, Err(MediationError::NothingToShow)), "{change}");
        }
    }

    async fn a_child_shielded_meanwhile_shows_what_a_shield_leaves(db: TestDatabases) {
        let town = town(&db).await;
        let nurse = town.house.nurse().await;
        town.ask(&nurse, "visitor").await;
        let visitor = town.house.sign_in("visitor").await;
        town.approve(&visitor).await;
        let (handle, _) = town.own(&nurse).await;
        town.house.shield(GP, "G-1").await;
        let shown = town.house.directory.open_mediated(&nurse, &handle).await.unwrap();
        assert!(matches!(shown.data(), Disclosure::Shielded(_)));
        let search = by_street(NAME, "High Street");
        let answer = town.house.directory.search_for_colleague(&nurse, "visitor", search).await.unwrap();
        assert!(matches!(answer.data().answer, SearchAnswer::Nothing), "and a hidden field finds nobody for two either");
    }

    async fn nobody_looks_up_for_themselves_nor_for_whom_other_people_watch_nor_for_whom_does_not_exist(db: TestDatabases) {
        let town = town(&db).await;
        let directory = &town.house.directory;
        town.account("far", &[Role::Practitioner], town.elsewhere).await;
        town.account("charitable", &[Role::Practitioner], town.charity).await;
        town.account("desk", &[Role::Helpdesk], town.house.council).await;
        let nurse = town.house.nurse().await;
        let own = directory.search_for_colleague(&nurse, "nurse", by_name_and_birth(NAME, BORN)).await;
        assert!(matches!(own, Err(MediationError::OnesOwn)));
        let mut words = Vec::new();
        for colleague in ["far", "charitable", "desk", "nobody of this name"] {
            let refused = directory.search_for_colleague(&nurse, colleague, by_name_and_birth(NAME, BORN)).await;
            let error = refused.err().unwrap();
            assert!(matches!(error, MediationError::NoSuchColleague), "{colleague}");
            words.push(error.to_string());
        }
        words.dedup();
        assert_eq!(words.len(), 1, "one answer, whatever the cause");
        let mut raw = Raw::data(&db).await;
        assert_eq!((raw.entries("search").await, raw.entries("mediation").await), (0, 5), "nothing searched, each refusal kept");
    }

    async fn a_helpdesk_role_alone_sees_no_child_on_either_side(db: TestDatabases) {
        let town = town(&db).await;
        let directory = &town.house.directory;
        town.account("desk", &[Role::Helpdesk], town.house.council).await;
        let desk = town.house.sign_in("desk").await;
        assert!(matches!(directory.mediations(&desk).await, Err(MediationError::Forbidden)));
        let desk = directory.state_reason(&desk, Reason::Referral).await.unwrap();
        let search = directory.search_for_colleague(&desk, "visitor", by_name_and_birth(NAME, BORN)).await;
        assert!(matches!(search, Err(MediationError::Forbidden)));
        // Not even with the handles of somebody who may.
        let nurse = town.house.nurse().await;
        let found = town.found(&nurse, "visitor").await;
        assert!(matches!(directory.ask_colleague(&desk, &found, Reason::Referral).await, Err(MediationError::Forbidden)));
        let any = ActHandle::from_form(found.as_str().to_owned());
        assert!(matches!(directory.open_mediated(&desk, &any).await, Err(MediationError::Forbidden)));
        assert!(matches!(directory.review_mediation(desk.who(), &any).await, Err(MediationError::Forbidden)));
        assert!(matches!(directory.decide_mediation(desk.who(), &any, true).await, Err(MediationError::Forbidden)));
    }

    async fn a_child_found_for_one_colleague_is_asked_of_that_one_and_is_no_record_by_itself(db: TestDatabases) {
        let town = town(&db).await;
        let directory = &town.house.directory;
        let nurse = town.house.nurse().await;
        let found = town.found(&nurse, "visitor").await;
        let opened = directory.open_record(&nurse, &found, Reason::Referral).await;
        assert!(opened.is_err(), "a handle of a search for a colleague opens nothing");
        let own = town.house.find(&nurse, by_name_and_birth(NAME, BORN)).await;
        let asked = directory.ask_colleague(&nurse, &own[0].handle, Reason::Referral).await;
        assert!(matches!(asked, Err(MediationError::Ended)), "and one of an own search asks nobody");
    }

    async fn an_asker_is_not_worn_down_with_requests(db: TestDatabases) {
        let policy = Policy::default();
        let town = town(&db).await;
        let nurse = town.house.nurse().await;
        for _ in 0..policy.mediation.open_for_one_asker {
            town.ask(&nurse, "visitor").await;
        }
        let found = town.found(&nurse, "visitor").await;
        let one_more = town.house.directory.ask_colleague(&nurse, &found, Reason::Referral).await;
        assert!(matches!(one_more, Err(MediationError::TooManyWaiting)));
        town.house.minutes_pass(10);
        town.ask(&nurse, "visitor").await;
    }

    async fn the_trail_names_both_and_is_found_by_either_and_by_both_organisations(db: TestDatabases) {
        let town = town(&db).await;
        let nurse = town.house.nurse().await;
        town.ask(&nurse, "visitor").await;
        let visitor = town.house.sign_in("visitor").await;
        town.approve(&visitor).await;
        let (handle, _) = town.own(&nurse).await;
        town.house.directory.open_mediated(&nurse, &handle).await.unwrap();
        let mut raw = Raw::data(&db).await;
        assert_eq!((raw.entries("search").await, raw.entries("mediation").await, raw.entries("record_viewed").await), (1, 3, 1));
        for person in [nurse.who(), &visitor] {
            let lines = town.house.directory.own_history(person, None).await.unwrap().lines;
            let acts: Vec<&str> = lines.iter().map(|line| line.what.as_str()).collect();
            for act in ["search", "mediation", "record_viewed"] {
                assert!(acts.contains(&act), "{act} in {acts:?}");
            }
            let view = lines.iter().find(|line| line.what == "record_viewed").unwrap();
            assert_eq!(view.reason.as_deref(), Some("safeguarding_concern"));
        }
        let both = "SELECT count(*) FROM audit_lookup l JOIN audit_entry e ON e.entry_id = l.entry_id \
             WHERE e.header LIKE '%record_viewed%' AND l.kind = ";
        for (kind, times) in [("'account'", 2), ("'organisation'", 2), ("'child'", 1)] {
            assert_eq!(raw.number(&format!("{both}{kind}")).await, times, "{kind}");
        }
        let header = raw.texts("SELECT header FROM audit_entry WHERE header LIKE '%record_viewed%'").await.concat();
        assert!(header.contains(&nurse.who().account().simple().to_string()), "the clear header names who looked");
        assert!(!header.contains(&visitor.account().simple().to_string()), "the colleague stands in the sealed body");
    }

    async fn when_the_trail_cannot_be_written_nothing_is_shown_and_the_approval_is_not_spent(db: TestDatabases) {
        let town = town(&db).await;
        let directory = &town.house.directory;
        let nurse = town.house.nurse().await;
        town.ask(&nurse, "visitor").await;
        let visitor = town.house.sign_in("visitor").await;
        let waiting = town.waiting(&visitor).await;
        town.approve(&visitor).await;
        let (handle, _) = town.own(&nurse).await;
        let mut raw = Raw::data(&db).await;
        raw.break_the_trail().await;
        assert!(matches!(directory.open_mediated(&nurse, &handle).await, Err(MediationError::Service(_))));
        assert!(matches!(directory.review_mediation(&visitor, &waiting).await, Err(MediationError::Service(_))));
        assert_eq!(raw.number("SELECT count(*) FROM pending_act WHERE state = 'approved'").await, 1);
    }

    async fn a_sensitive_service_and_a_held_record_are_not_shown_to_two_either(db: TestDatabases) {
        let town = town(&db).await;
        let nurse = town.house.nurse().await;
        town.ask(&nurse, "visitor").await;
        let visitor = town.house.sign_in("visitor").await;
        town.approve(&visitor).await;
        // Another source says something new about the child: it is held, for two as for one.
        town.house.load(CARE, &[child("C-1", "Peregrine", "Hathersage", BORN).at("9 New Road", "LS3 3LS")]).await;
        let (handle, _) = town.own(&nurse).await;
        let shown = town.house.directory.open_mediated(&nurse, &handle).await.unwrap();
        let Disclosure::Full(view) = shown.data() else { panic!("a full record") };
        let text = serde_json::to_string(view).unwrap();
        assert!(text.contains("High Street") && !text.contains("New Road"), "{text}");
    }
}
