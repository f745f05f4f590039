//! A shield of high risk: no one person overrides it; two holders of two organisations do, live.

use directory::ShieldClass;
use directory::access::{DangerousAct, Role};
use directory::watching::Refusal;
use service::{ActHandle, MediationState, OverrideError, Reasoned, RecordHandle, ShieldRequest, StepUpFirst};
use testkit::{TestDatabases, on_both_databases};

use super::investigated::{found_by, is_kept_out};
use super::{Scene, asked_drusilla, asks_for_a_proof, is_over, stated, street};
use crate::house::{CARE, shield_request};
use crate::raw::Raw;

/// Drusilla under a shield of high risk that bars somebody, and a holder of the trust who has found her.
async fn at_high_risk(db: &TestDatabases) -> (Scene, Reasoned, RecordHandle) {
    let scene = Scene::open(db).await;
    scene.holder("barred", scene.charity).await;
    let number = scene.house.number_of(CARE, "C-1").await;
    let mut request = ShieldRequest { bar_accounts: vec!["barred".to_owned()], ..shield_request(&number) };
    request.grounds.class = ShieldClass::HighRisk;
    scene.house.shield_alone(request).await;
    let holder = scene.holder("petra", scene.trust).await;
    let handle = scene.handle(&holder, asked_drusilla()).await;
    (scene, holder, handle)
}

/// The solo act is refused; with the same proof a second holder is asked for.
async fn asks(scene: &Scene, holder: &Reasoned, handle: &RecordHandle) {
    let alone = scene.overrides(holder, "petra", handle).await;
    assert!(matches!(alone, Err(OverrideError::TakesTwo)), "{alone:?}");
    scene.house.directory.ask_second_holder(holder, handle, stated()).await.unwrap();
}

/// The request as this person has it before them.
async fn waiting(scene: &Scene, who: &Reasoned) -> Option<ActHandle> {
    let mut found = scene.house.directory.overrides(who.who()).await.unwrap().waiting;
    found.pop().map(|request| request.handle)
}

async fn own(scene: &Scene, who: &Reasoned) -> (ActHandle, MediationState) {
    // The newest of each state, those that can still be used first.
    let found = scene.house.directory.overrides(who.who()).await.unwrap().own;
    let request = found.into_iter().next().unwrap();
    (request.handle, request.state)
}

on_both_databases! {
    async fn no_one_person_overrides_a_high_risk_shield_and_two_of_two_organisations_do(db: TestDatabases) {
        let (scene, holder, handle) = at_high_risk(&db).await;
        let d = &scene.house.directory;
        let mut raw = Raw::data(&db).await;
        asks(&scene, &holder, &handle).await;
        assert_eq!((raw.count("investigation").await, raw.count("override_quota").await), (0, 0), "nothing shown");
        assert_eq!(raw.number("SELECT count(*) FROM pending_act WHERE kind = 'together' AND proposed_by IS NULL AND subject_id IS NULL").await, 1);
        asks_for_a_proof(&d.ask_second_holder(&holder, &handle, stated()).await);
        let (request, state) = own(&scene, &holder).await;
        assert_eq!(state, MediationState::Waiting);
        assert!(matches!(d.open_together(&holder, &request).await, Err(OverrideError::NotDecided)));
        // Neither oneself, nor a colleague, nor whom the shield bars, nor whoever has no access of their own.
        assert!(waiting(&scene, &holder).await.is_none());
        let colleague = scene.holder("paul", scene.trust).await;
        assert!(waiting(&scene, &colleague).await.is_none());
        let barred = scene.holder("barred", scene.charity).await;
        let theirs = waiting(&scene, &barred).await.unwrap();
        is_over(&d.review_override(barred.who(), &theirs).await);
        let bare = scene.looking("bo", &[Role::OverrideHolder], scene.charity).await;
        assert!(matches!(d.overrides(bare.who()).await, Err(OverrideError::NoAccess)));
        // The second reads who asks, for which number and why; the decision takes a proof of its own.
        let second = scene.holder("sola", scene.charity).await;
        let read = d.review_override(second.who(), &waiting(&scene, &second).await.unwrap()).await.unwrap();
        assert_eq!((read.data().asker.as_str(), read.data().organisation.as_str()), ("The petra", "Leeds Trust"));
        assert_eq!(read.data().number, scene.house.number_of(CARE, "C-1").await);
        let agreed = d.decide_override(second.who(), &read.data().handle, true).await;
        let act = DangerousAct::AgreeToOverride;
        assert!(matches!(&agreed, Err(OverrideError::StepUpFirst(StepUpFirst(asked))) if *asked == act), "{agreed:?}");
        scene.proves(&second, "sola").await;
        d.decide_override(second.who(), &read.data().handle, true).await.unwrap();
        is_over(&d.decide_override(second.who(), &read.data().handle, true).await);
        // Only the session that asked opens it, once; from there it is an override like any other.
        let (request, state) = own(&scene, &holder).await;
        assert_eq!(state, MediationState::Approved);
        is_over(&d.open_together(&second, &request).await);
        let shown = d.open_together(&holder, &request).await.unwrap();
        assert_eq!((street(shown.data()).as_str(), shown.data().by_two), ("8 Orchard Way", true));
        assert_eq!(street(d.overridden_record(&holder).await.unwrap().data()), "8 Orchard Way");
        assert_eq!((raw.count("investigation").await, raw.count("override_quota").await), (1, 1));
        is_over(&d.open_together(&holder, &request).await);
        d.close_override(holder.who()).await.unwrap();
        is_over(&d.overridden_record(&holder).await);
    }

    async fn what_the_second_refuses_or_leaves_or_who_has_lapsed_opens_nothing(db: TestDatabases) {
        let (scene, holder, handle) = at_high_risk(&db).await;
        let d = &scene.house.directory;
        asks(&scene, &holder, &handle).await;
        let second = scene.holder("sola", scene.charity).await;
        let (request, _) = own(&scene, &holder).await;
        let read = d.review_override(second.who(), &waiting(&scene, &second).await.unwrap()).await.unwrap();
        d.decide_override(second.who(), &read.data().handle, false).await.unwrap();
        assert_eq!(own(&scene, &holder).await.1, MediationState::Refused, "the first is told");
        is_over(&d.open_together(&holder, &request).await);
        // Agreed, and then the second's role is taken.
        asks(&scene, &holder, &handle).await;
        let (request, _) = own(&scene, &holder).await;
        let read = d.review_override(second.who(), &waiting(&scene, &second).await.unwrap()).await.unwrap();
        let _asked = d.decide_override(second.who(), &read.data().handle, true).await;
        scene.proves(&second, "sola").await;
        d.decide_override(second.who(), &read.data().handle, true).await.unwrap();
        let chris = scene.house.person("chris", Role::UserManager, scene.charity).await;
        d.take_role(&chris, second.who().account(), Role::OverrideHolder, scene.charity).await.unwrap();
        is_over(&d.open_together(&holder, &request).await);
        // Left alone, it runs out, and lets go of the child.
        asks(&scene, &holder, &handle).await;
        let (request, _) = own(&scene, &holder).await;
        scene.house.minutes_pass(5);
        is_over(&d.open_together(&holder, &request).await);
        assert!(d.overrides(holder.who()).await.unwrap().own.is_empty(), "nothing is left to wait for");
        d.do_duties().await.unwrap();
        is_over(&d.open_together(&holder, &request).await);
        let mut raw = Raw::data(&db).await;
        assert_eq!(raw.number("SELECT count(DISTINCT length(sealed)) FROM pending_act WHERE kind = 'together'").await, 1);
        assert_eq!(raw.count("investigation").await, 0);
    }

    async fn who_agreed_to_an_override_does_not_look_into_it(db: TestDatabases) {
        let (scene, holder, handle) = at_high_risk(&db).await;
        let d = &scene.house.directory;
        asks(&scene, &holder, &handle).await;
        // The second is a manager of the council besides, before whom the overrides of the trust come.
        let roles = [Role::Practitioner, Role::OverrideHolder, Role::Manager];
        let second = scene.looking("sola", &roles, scene.house.council).await;
        let read = d.review_override(second.who(), &waiting(&scene, &second).await.unwrap()).await.unwrap();
        let unproved = d.decide_override(second.who(), &read.data().handle, true).await;
        assert!(matches!(unproved, Err(OverrideError::StepUpFirst(_))), "{unproved:?}");
        scene.proves(&second, "sola").await;
        d.decide_override(second.who(), &read.data().handle, true).await.unwrap();
        let (request, _) = own(&scene, &holder).await;
        d.open_together(&holder, &request).await.unwrap();
        let second = second.who();
        let (alert, case) = found_by(&scene, second).await;
        let (alert, case) = (alert.expect("the trust's"), case.unwrap());
        is_kept_out(&scene, second, (alert, case), Refusal::Named).await;
        assert_eq!(d.alert(second, alert).await.unwrap().may_handle, Err(Some(Refusal::Named)));
        let seen = d.investigation(second, case).await.unwrap();
        assert_eq!((seen.may_act, seen.may_confirm), (Err(Some(Refusal::Named)), Err(Refusal::Named)));
        // Her colleagues do.
        let manager = scene.house.person("mona", Role::Manager, scene.house.council).await;
        d.claim_alert(&manager, alert).await.unwrap();
        assert_eq!(d.investigation(&manager, case).await.unwrap().may_act, Ok(()));
    }
}
