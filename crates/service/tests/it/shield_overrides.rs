//! The override of a shield (rules 2.9, 7.9, 9.6, 12.8, 12.13): one person, one record, ten minutes, one proof, a quota, an
//! investigation outside the user's organisation. And what nobody may do alone.

mod by_two;
mod investigated;

use directory::access::accreditation::{Act, SuspensionReason};
use directory::access::{
    Capability, DangerousAct, OverrideReason, OverrideStatement, QuotaUsed, Reason, Role,
};
use directory::disclosure::Disclosure;
use directory::search::Criteria;
use jiff::{SignedDuration, Timestamp};
use service::{
    Disclosed, NewAccount, Overridden, OverrideError, Reasoned, RecordHandle, SealProposal, ShieldRequest,
    StepUpFirst,
};
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;

use crate::house::{CARE, GP, House, PASSWORD, Row, by_name_and_birth, child, office, shield_request};
use crate::raw::Raw;

/// A council, a trust under it, a charity, the centre; Drusilla, shielded, and Barnaby, who is not.
pub struct Scene {
    pub house: House,
    pub trust: Uuid,
    pub charity: Uuid,
    pub centre: Uuid,
}

fn drusilla() -> Row {
    child("C-1", "Drusilla", "Winterbourne", "2015-06-07").at("8 Orchard Way", "LS8 1BB")
}

fn barnaby() -> Row {
    child("C-2", "Barnaby", "Ravenscroft", "2012-04-04").at("3 Quayside", "LS10 1AA")
}

pub fn asked_drusilla() -> Criteria {
    by_name_and_birth("Drusilla Winterbourne", "2015-06-07")
}

pub fn asked_barnaby() -> Criteria {
    by_name_and_birth("Barnaby Ravenscroft", "2012-04-04")
}

pub fn stated() -> OverrideStatement {
    OverrideStatement::new(OverrideReason::ImmediateDanger, true).unwrap()
}

impl Scene {
    pub async fn open(db: &TestDatabases) -> Self {
        let house = House::open(db).await;
        house.load(CARE, &[drusilla(), barnaby()]).await;
        house.holds_end();
        let trust = house.organisation("Leeds Trust", "partner", Some("E08000035")).await;
        let charity = house.organisation("Rowan Trust", "national_partner", None).await;
        let centre = house.organisation("The centre", "centre", None).await;
        Self { house, trust, charity, centre }
    }

    pub async fn with_a_shield(db: &TestDatabases) -> Self {
        let scene = Self::open(db).await;
        scene.house.shield(CARE, "C-1").await;
        scene
    }

    /// Somebody who works at the organisation and holds these roles there, signed in, with a reason.
    pub async fn looking(&self, username: &str, roles: &[Role], at: Uuid) -> Reasoned {
        let d = &self.house.directory;
        if !d.has_account(username).await.unwrap() {
            let until = self.house.clock.now() + SignedDuration::from_hours(24 * 365 * 4);
            let account = NewAccount {
                username: username.to_owned(),
                display_name: format!("The {username}"),
                password: PASSWORD.to_owned(),
                organisation: at,
                roles: crate::house::with_the_desk(roles),
                clearance_until: until,
                training_until: until,
            };
            d.create_account(account).await.unwrap();
        }
        self.house.clock.advance(SignedDuration::from_secs(31));
        let who = self.house.sign_in(username).await;
        d.state_reason(&who, Reason::WhoElseIsInvolved).await.unwrap()
    }

    /// A practitioner who was granted the override.
    pub async fn holder(&self, username: &str, at: Uuid) -> Reasoned {
        self.looking(username, &[Role::Practitioner, Role::OverrideHolder], at).await
    }

    pub async fn handle(&self, who: &Reasoned, asked: Criteria) -> RecordHandle {
        self.house.find(who, asked).await.remove(0).handle
    }

    /// The person proves who they are in the session they have.
    pub async fn proves(&self, who: &Reasoned, username: &str) {
        self.house.clock.advance(SignedDuration::from_secs(31));
        let code = self.house.directory.current_code(username).await.unwrap();
        self.house.directory.step_up_with_code(who.who(), &code, &office()).await.unwrap();
    }

    pub async fn tries(
        &self,
        who: &Reasoned,
        handle: &RecordHandle,
    ) -> Result<Disclosed<Overridden>, OverrideError> {
        self.house.directory.override_shield(who, handle, stated()).await
    }

    /// Asked for a proof, given it, and done.
    pub async fn overrides(
        &self,
        who: &Reasoned,
        username: &str,
        handle: &RecordHandle,
    ) -> Result<Disclosed<Overridden>, OverrideError> {
        asks_for_a_proof(&self.tries(who, handle).await);
        self.proves(who, username).await;
        self.tries(who, handle).await
    }
}

pub fn asks_for_a_proof<T: std::fmt::Debug>(answer: &Result<T, OverrideError>) {
    let asked = DangerousAct::OverrideShield;
    assert!(
        matches!(answer, Err(OverrideError::StepUpFirst(StepUpFirst(act))) if *act == asked),
        "{answer:?}"
    );
}

pub fn street(shown: &Overridden) -> String {
    let place = shown.view.record.whereabouts.as_ref().unwrap().value.address().unwrap();
    place.lines[0].as_str().to_owned()
}

/// The same session, as the next request finds it.
async fn again(scene: &Scene, token: &str) -> Reasoned {
    scene.house.directory.authenticate(token).await.unwrap().reasoned().unwrap()
}

fn moves_to(scene: &Scene, instant: Timestamp) {
    scene.house.clock.advance(instant.duration_since(scene.house.clock.now()));
}

fn is_over<T: std::fmt::Debug>(answer: &Result<T, OverrideError>) {
    assert!(matches!(answer, Err(OverrideError::Ended)), "{answer:?}");
}

on_both_databases! {
    async fn an_override_shows_one_record_for_ten_minutes_and_not_a_second_longer(db: TestDatabases) {
        let scene = Scene::with_a_shield(&db).await;
        let d = &scene.house.directory;
        let holder = scene.holder("petra", scene.trust).await;
        let handle = scene.handle(&holder, asked_drusilla()).await;
        is_over(&d.overridden_record(&holder).await);
        let shown = scene.overrides(&holder, "petra", &handle).await.unwrap();
        let began = scene.house.clock.now();
        assert_eq!(street(shown.data()), "8 Orchard Way");
        assert_eq!(shown.data().until, began + SignedDuration::from_mins(10));
        assert_eq!((shown.data().reason, shown.data().by_two), (OverrideReason::ImmediateDanger, false));
        // Nobody else, in no other session, by no other way.
        let elsewhere = scene.holder("petra", scene.trust).await;
        is_over(&d.overridden_record(&elsewhere).await);
        let colleague = scene.holder("olga", scene.house.council).await;
        is_over(&d.overridden_record(&colleague).await);
        let ordinary = d.open_record(&holder, &handle, Reason::Referral).await.unwrap();
        assert!(matches!(ordinary.data(), Disclosure::Shielded(_)), "only as an override");
        // Until the last second, and no longer.
        moves_to(&scene, began + SignedDuration::from_secs(599));
        assert_eq!(street(d.overridden_record(&holder).await.unwrap().data()), "8 Orchard Way");
        scene.house.clock.advance(SignedDuration::from_secs(1));
        is_over(&d.overridden_record(&holder).await);
        is_over(&d.overridden_record(&holder).await);
        asks_for_a_proof(&scene.tries(&holder, &handle).await);
    }

    async fn closing_the_record_ends_the_override_and_a_proof_serves_one_override(db: TestDatabases) {
        let scene = Scene::with_a_shield(&db).await;
        let d = &scene.house.directory;
        let holder = scene.holder("petra", scene.trust).await;
        let handle = scene.handle(&holder, asked_drusilla()).await;
        scene.overrides(&holder, "petra", &handle).await.unwrap();
        d.overridden_record(&holder).await.unwrap();
        d.close_override(holder.who()).await.unwrap();
        is_over(&d.overridden_record(&holder).await);
        d.close_override(holder.who()).await.unwrap();
        // The proof is a minute old and was used: another one is asked for.
        asks_for_a_proof(&scene.tries(&holder, &handle).await);
        is_over(&d.overridden_record(&holder).await);
    }

    async fn an_override_without_a_fresh_proof_of_its_own_shows_nothing(db: TestDatabases) {
        let scene = Scene::with_a_shield(&db).await;
        let d = &scene.house.directory;
        let mut raw = Raw::data(&db).await;
        let holder = scene.holder("petra", scene.trust).await;
        let handle = scene.handle(&holder, asked_drusilla()).await;
        let viewed = raw.entries("record_viewed").await;
        // A sign-in of this very minute is no proof for it, nor a proof given before it was asked for.
        scene.proves(&holder, "petra").await;
        asks_for_a_proof(&scene.tries(&holder, &handle).await);
        // Nor one that has grown old,
        scene.proves(&holder, "petra").await;
        scene.house.minutes_pass(5);
        asks_for_a_proof(&scene.tries(&holder, &handle).await);
        // nor one for another record,
        let other = scene.handle(&holder, asked_barnaby()).await;
        asks_for_a_proof(&scene.tries(&holder, &other).await);
        scene.proves(&holder, "petra").await;
        asks_for_a_proof(&scene.tries(&holder, &handle).await);
        // nor one given for another act.
        scene.proves(&holder, "petra").await;
        d.proof_was_for(holder.who(), DangerousAct::ChangeOwnKeys).await.unwrap();
        asks_for_a_proof(&scene.tries(&holder, &handle).await);
        assert_eq!(raw.entries("record_viewed").await, viewed, "nothing was shown");
        assert_eq!(raw.count("investigation").await, 0);
        // The same, told of what it was given for, is one.
        scene.proves(&holder, "petra").await;
        d.proof_was_for(holder.who(), DangerousAct::OverrideShield).await.unwrap();
        scene.tries(&holder, &handle).await.unwrap();
    }

    async fn the_fourth_of_a_day_and_the_eleventh_of_thirty_days_are_refused(db: TestDatabases) {
        let scene = Scene::with_a_shield(&db).await;
        let once = async || {
            let holder = scene.holder("petra", scene.trust).await;
            let handle = scene.handle(&holder, asked_drusilla()).await;
            scene.overrides(&holder, "petra", &handle).await
        };
        for _ in 0..3 {
            once().await.unwrap();
        }
        let fourth = once().await;
        assert!(matches!(fourth, Err(OverrideError::QuotaUsed(QuotaUsed::OfADay))), "{fourth:?}");
        for _ in 0..7 {
            scene.house.clock.advance(SignedDuration::from_hours(25));
            once().await.unwrap();
        }
        scene.house.clock.advance(SignedDuration::from_hours(25));
        let eleventh = once().await;
        assert!(matches!(eleventh, Err(OverrideError::QuotaUsed(QuotaUsed::OfThirtyDays))), "{eleventh:?}");
        // Nobody else's is used up by it, and a month later it is free again.
        let other = scene.holder("olga", scene.house.council).await;
        let handle = scene.handle(&other, asked_drusilla()).await;
        scene.overrides(&other, "olga", &handle).await.unwrap();
        scene.house.clock.advance(SignedDuration::from_hours(24 * 22));
        once().await.unwrap();
    }

    async fn where_there_is_nothing_to_override_the_answer_is_one_and_the_same(db: TestDatabases) {
        let scene = Scene::open(&db).await;
        let d = &scene.house.directory;
        let mut raw = Raw::data(&db).await;
        let cousin = scene.holder("cousin", scene.trust).await;
        let handle = scene.handle(&cousin, asked_drusilla()).await;
        let number = scene.house.number_of(CARE, "C-1").await;
        let bars = ShieldRequest { bar_accounts: vec!["cousin".to_owned()], ..shield_request(&number) };
        scene.house.shield_alone(bars).await;
        let (quotas, investigations) = (raw.count("override_quota").await, raw.count("investigation").await);
        // A barred account, a child without a shield, and a handle of nothing or of another session.
        let open = scene.handle(&cousin, asked_barnaby()).await;
        let colleague = scene.holder("olga", scene.house.council).await;
        let foreign = scene.handle(&colleague, asked_drusilla()).await;
        for handle in [&handle, &open] {
            let answer = scene.overrides(&cousin, "cousin", handle).await;
            assert!(matches!(answer, Err(OverrideError::NothingToOverride)), "{answer:?}");
        }
        for handle in [&foreign, &RecordHandle::from_form("made-up".to_owned())] {
            let answer = scene.tries(&cousin, handle).await;
            assert!(matches!(answer, Err(OverrideError::NothingToOverride)), "{answer:?}");
        }
        is_over(&d.overridden_record(&cousin).await);
        assert_eq!(raw.count("override_quota").await, quotas, "it counts against no quota");
        assert_eq!(raw.count("investigation").await, investigations);
        scene.overrides(&colleague, "olga", &foreign).await.unwrap();
    }

    async fn a_former_identity_and_the_archive_are_never_overridden(db: TestDatabases) {
        let scene = Scene::open(&db).await;
        let d = &scene.house.directory;
        let amy = child("G-1", "Amy", "Carterwright", "2008-03-03").at("3 Quayside", "LS10 1AA");
        let amy = amy.with("practice_name", "Quayside Surgery").with("local_authority", "E08000035");
        scene.house.load(GP, &[amy]).await;
        scene.house.load(CARE, &[child("C-9", "Ruby", "Thornycroft", "2008-03-03")]).await;
        scene.house.load(GP, &[child("G-3", "Quill", "Lanyon", "2008-03-03")]).await;
        scene.house.holds_end();
        scene.house.shield(GP, "G-1").await;
        scene.house.shield(GP, "G-3").await;
        // On the eve of the eighteenth birthday.
        moves_to(&scene, "2026-03-02T23:54:00Z".parse().unwrap());
        let (first, second) = scene.house.managers().await;
        let holder = scene.holder("petra", scene.trust).await;
        let sealed = scene.handle(&holder, by_name_and_birth("Amy Carterwright", "2008-03-03")).await;
        let archived = scene.handle(&holder, by_name_and_birth("Quill Lanyon", "2008-03-03")).await;
        let named = |source: &str, record: &str| vec![(source.to_owned(), record.to_owned())];
        let apart = SealProposal { former: named(GP, "G-1"), current: named(CARE, "C-9"), ..SealProposal::default() };
        d.seal_identities(&first, &second, &apart).await.unwrap();
        let answer = scene.overrides(&holder, "petra", &sealed).await;
        assert!(matches!(answer, Err(OverrideError::NothingToOverride)), "{answer:?}");
        scene.overrides(&holder, "petra", &archived).await.unwrap();
        let midnight = "2026-03-03T00:00:00Z".parse::<Timestamp>().unwrap();
        let (now, end) = (scene.house.clock.now(), d.overridden_record(&holder).await.unwrap().data().until);
        assert!(now < midnight && midnight < end, "the birthday comes while it runs: {now} {end}");
        moves_to(&scene, midnight);
        is_over(&d.overridden_record(&holder).await);
        let answer = scene.overrides(&holder, "petra", &archived).await;
        assert!(matches!(answer, Err(OverrideError::NothingToOverride)), "{answer:?}");
    }

    async fn a_lapse_ends_a_running_override_at_the_next_request(db: TestDatabases) {
        let scene = Scene::with_a_shield(&db).await;
        let d = &scene.house.directory;
        for (username, lapse) in [("petra", "role"), ("paul", "capability"), ("pia", "access")] {
            scene.holder(username, scene.trust).await;
            scene.house.clock.advance(SignedDuration::from_secs(31));
            let token = scene.house.session(username).await;
            let holder = d.authenticate(&token).await.unwrap();
            let holder = d.state_reason(&holder, Reason::Referral).await.unwrap();
            let handle = scene.handle(&holder, asked_drusilla()).await;
            scene.overrides(&holder, username, &handle).await.unwrap();
            let account = holder.who().account();
            let una = scene.house.person("una", Role::UserManager, scene.house.council).await;
            match lapse {
                "role" => d.take_role(&una, account, Role::OverrideHolder, scene.trust).await.unwrap(),
                "access" => d.take_role(&una, account, Role::Practitioner, scene.trust).await.unwrap(),
                _ => {
                    let manager = scene.house.person("mona", Role::Manager, scene.house.council).await;
                    let off = Act::SwitchOff(Capability::EmergencyOverride, SuspensionReason::ALL[0]);
                    d.act_on_accreditation_in_force(&manager, scene.trust, &off).await.unwrap();
                }
            }
            let answer = d.overridden_record(&again(&scene, &token).await).await;
            assert!(matches!(answer, Err(OverrideError::Forbidden | OverrideError::NoAccess)), "{lapse}: {answer:?}");
            // It does not come back with what had lapsed.
            if lapse == "capability" {
                let manager = scene.house.person("max", Role::Manager, scene.house.council).await;
                let on = Act::SwitchOn(Capability::EmergencyOverride);
                d.act_on_accreditation_in_force(&manager, scene.trust, &on).await.unwrap();
                is_over(&d.overridden_record(&again(&scene, &token).await).await);
            }
        }
    }

    async fn who_was_not_granted_it_or_has_no_access_of_their_own_overrides_nothing(db: TestDatabases) {
        let scene = Scene::with_a_shield(&db).await;
        let manager = scene.looking("mona", &[Role::Manager], scene.house.council).await;
        let handle = scene.handle(&manager, asked_drusilla()).await;
        assert!(matches!(scene.tries(&manager, &handle).await, Err(OverrideError::Forbidden)), "by no other role");
        let bare = scene.looking("bo", &[Role::OverrideHolder], scene.trust).await;
        assert!(matches!(scene.tries(&bare, &handle).await, Err(OverrideError::NoAccess)));
        let central = scene.looking("cy", &[Role::Practitioner, Role::OverrideHolder], scene.centre).await;
        let answer = scene.tries(&central, &handle).await;
        assert!(matches!(answer, Err(OverrideError::NoAccess)), "nobody stands outside the centre: {answer:?}");
        // Nor outside it and the trust, of whom the trust employs and who helps at the centre.
        let petra = scene.holder("petra", scene.trust).await.who().account();
        investigated::is_given(&scene, scene.centre, petra, Role::Helpdesk, scene.centre).await;
        let both = scene.holder("petra", scene.trust).await;
        let answer = scene.tries(&both, &scene.handle(&both, asked_drusilla()).await).await;
        assert!(matches!(answer, Err(OverrideError::NoAccess)), "{answer:?}");
    }

    async fn when_the_trail_cannot_be_written_no_shield_is_overridden(db: TestDatabases) {
        let scene = Scene::with_a_shield(&db).await;
        let d = &scene.house.directory;
        let mut raw = Raw::data(&db).await;
        let holder = scene.holder("petra", scene.trust).await;
        let handle = scene.handle(&holder, asked_drusilla()).await;
        asks_for_a_proof(&scene.tries(&holder, &handle).await);
        scene.proves(&holder, "petra").await;
        raw.break_the_trail().await;
        let answer = scene.tries(&holder, &handle).await;
        assert!(matches!(answer, Err(OverrideError::Service(_))), "{answer:?}");
        assert!(d.overridden_record(&holder).await.is_err(), "nothing runs");
        for table in ["override_quota", "alert", "investigation"] {
            assert_eq!(raw.count(table).await, 0, "{table}");
        }
    }
}
