//! What an override leaves: an entry like any other in the clear, and an investigation at once, elsewhere.

use audit::Action;
use directory::access::{Reason, Role, SuspensionReason};
use directory::watching::{EvidenceReference, Finding, Outcome, Refusal, Rule, Sanction, StepKind, Tier};
use service::{About, AlertError, BodyFact, Change, Given, SignedIn};
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;

use super::{Scene, asked_drusilla};
use crate::house::CARE;
use crate::raw::Raw;

fn evidence() -> EvidenceReference {
    EvidenceReference::parse("HR-2026/0142").unwrap()
}

async fn watch(scene: &Scene) {
    let d = &scene.house.directory;
    let mut notary = d.notary().await.unwrap();
    d.notarise(&mut notary).await.unwrap();
    while d.watch().await.unwrap() > 0 {}
}

/// What a person finds in their queue and their list: the alert of an override, and its investigation.
pub async fn found_by(scene: &Scene, who: &SignedIn) -> (Option<Uuid>, Option<Uuid>) {
    let d = &scene.house.directory;
    let lines = d.alerts(who, None, false, None).await.unwrap().lines;
    let alert = lines.iter().find(|line| line.rule == Rule::ShieldOverride).map(|line| line.id);
    let investigations = d.investigations(who, None, false, None).await.unwrap().lines;
    let because = Rule::ShieldOverride.code();
    let investigation = investigations.iter().find(|line| line.because == because).map(|line| line.id);
    (alert, investigation)
}

/// Two user managers of an organisation give somebody a role at one within their reach.
pub async fn is_given(scene: &Scene, by: Uuid, account: Uuid, role: Role, at: Uuid) {
    let d = &scene.house.directory;
    let [una, umar] = [format!("una-{by}"), format!("umar-{by}")];
    let una = scene.house.person(&una, Role::UserManager, by).await;
    if let Given::Proposed(proposal) = d.give_role(&una, account, role, at).await.unwrap() {
        let umar = scene.house.person(&umar, Role::UserManager, by).await;
        d.decide_role(&umar, proposal, true).await.unwrap();
    }
}

/// The override of a user of the trust, as the council's managers find it: the user, the alert and the case.
async fn of_the_trust(scene: &Scene) -> (Uuid, (Uuid, Uuid)) {
    let holder = scene.holder("petra", scene.trust).await;
    let handle = scene.handle(&holder, asked_drusilla()).await;
    scene.overrides(&holder, "petra", &handle).await.unwrap();
    let manager = scene.house.person("mona", Role::Manager, scene.house.council).await;
    let (alert, case) = found_by(scene, &manager).await;
    (holder.who().account(), (alert.unwrap(), case.unwrap()))
}

/// Whether this person may act on the case, as their page says.
async fn may_act(
    scene: &Scene,
    username: &str,
    role: Role,
    at: Uuid,
    case: Uuid,
) -> Result<(), Option<Refusal>> {
    let who = scene.house.person(username, role, at).await;
    scene.house.directory.investigation(&who, case).await.unwrap().may_act
}

/// Nothing that this person tries takes effect, for the same reason each time.
pub async fn is_kept_out(scene: &Scene, who: &SignedIn, (alert, investigation): (Uuid, Uuid), why: Refusal) {
    let d = &scene.house.directory;
    let (finding, sanction) = (Finding::NoMisuse, Sanction::None);
    for (what, answer) in [
        ("takes on", d.claim_alert(who, alert).await),
        ("passes on", d.escalate_alert(who, alert).await),
        ("decides", d.decide_alert(who, alert, Outcome::Explained, Some(evidence())).await.map(drop)),
        ("records", d.record_step(who, investigation, StepKind::TrailExamined, evidence()).await),
        ("passes on the case", d.escalate_investigation(who, investigation).await),
        ("closes", d.close_investigation(who, investigation, finding, sanction, evidence()).await.map(drop)),
        ("confirms", d.confirm_finding(who, investigation, true).await),
    ] {
        assert!(
            matches!(&answer, Err(AlertError::Refused(refusal)) if *refusal == why),
            "{what}: {answer:?}"
        );
    }
}

on_both_databases! {
    async fn an_override_opens_an_investigation_that_the_users_own_organisation_cannot_close(db: TestDatabases) {
        let scene = Scene::with_a_shield(&db).await;
        let d = &scene.house.directory;
        let mut raw = Raw::data(&db).await;
        for (username, at) in [("petra", scene.trust), ("olga", scene.house.council)] {
            let holder = scene.holder(username, at).await;
            let handle = scene.handle(&holder, asked_drusilla()).await;
            scene.overrides(&holder, username, &handle).await.unwrap();
        }
        // At once, without a round of the watch; and the round adds nothing.
        assert_eq!((raw.count("alert").await, raw.count("investigation").await), (2, 2));
        watch(&scene).await;
        assert_eq!(raw.count("investigation").await, 2);
        let manager = scene.house.person("mona", Role::Manager, scene.house.council).await;
        let (alert, investigation) = found_by(&scene, &manager).await;
        let (alert, investigation) = (alert.expect("the trust's"), investigation.unwrap());
        let shown = d.investigation(&manager, investigation).await.unwrap();
        assert_eq!((shown.tier, shown.takes_two, shown.entries), (Tier::Authority, true, 1));
        assert_eq!(shown.line.person.as_deref(), Some("The petra"));
        // The trust's own manager sees that there is one, and can do nothing with it.
        let own = scene.house.person("terry", Role::Manager, scene.trust).await;
        is_kept_out(&scene, &own, (alert, investigation), Refusal::OwnOrganisation).await;
        let seen = d.investigation(&own, investigation).await.unwrap();
        assert_eq!(seen.may_act, Err(Some(Refusal::OwnOrganisation)));
        // The council's own user is the centre's to look at: nobody of the council finds it.
        assert_eq!(d.investigations(&manager, None, false, None).await.unwrap().lines.len(), 1);
        let central = scene.house.person("cy", Role::CentralTeam, scene.centre).await;
        let (central_alert, central_case) = found_by(&scene, &central).await;
        let (central_alert, central_case) = (central_alert.unwrap(), central_case.unwrap());
        assert_eq!(d.investigation(&central, central_case).await.unwrap().line.person.as_deref(), Some("The olga"));
        assert!(matches!(d.investigation(&manager, central_case).await, Err(AlertError::NotFound)));
        assert!(matches!(d.claim_alert(&manager, central_alert).await, Err(AlertError::NotFound)));
        // Two people outside close it.
        let second = scene.house.person("cleo", Role::CentralTeam, scene.centre).await;
        let central = scene.house.person("cy", Role::CentralTeam, scene.centre).await;
        let proposed = d.close_investigation(&central, central_case, Finding::NoMisuse, Sanction::None, evidence()).await;
        assert!(!proposed.unwrap(), "a second person confirms");
        d.confirm_finding(&second, central_case, true).await.unwrap();
        // The figures count both.
        let counted = raw.number("SELECT CAST(coalesce(sum(n), 0) AS BIGINT) FROM month_count WHERE measure = 'overrides'").await;
        assert_eq!(counted, 2);
    }

    async fn an_override_of_whoever_holds_a_role_at_the_authority_is_not_the_authoritys_to_investigate(db: TestDatabases) {
        let scene = Scene::with_a_shield(&db).await;
        let d = &scene.house.directory;
        // Employed by the trust, and an override holder at the council alone.
        let account = scene.looking("petra", &[Role::Practitioner], scene.trust).await.who().account();
        for role in [Role::Practitioner, Role::OverrideHolder] {
            is_given(&scene, scene.house.council, account, role, scene.house.council).await;
        }
        let holder = scene.looking("petra", &[], scene.trust).await;
        let handle = scene.handle(&holder, asked_drusilla()).await;
        scene.overrides(&holder, "petra", &handle).await.unwrap();
        let manager = scene.house.person("mona", Role::Manager, scene.house.council).await;
        assert_eq!(found_by(&scene, &manager).await, (None, None), "the council is one of the user's organisations");
        let central = scene.house.person("cy", Role::CentralTeam, scene.centre).await;
        let (Some(_), Some(case)) = found_by(&scene, &central).await else { panic!("the centre finds it") };
        assert!(matches!(d.investigation(&manager, case).await, Err(AlertError::NotFound)));
        let shown = d.investigation(&central, case).await.unwrap();
        assert_eq!((shown.tier, shown.may_act), (Tier::Central, Ok(())));
    }

    async fn whoever_shares_an_organisation_with_the_user_by_now_investigates_no_override_of_theirs(db: TestDatabases) {
        let scene = Scene::with_a_shield(&db).await;
        let d = &scene.house.directory;
        let council = scene.house.council;
        let (petra, (alert, case)) = of_the_trust(&scene).await;
        assert_eq!(may_act(&scene, "mona", Role::Manager, council, case).await, Ok(()), "they share none");
        // A role at the council, as long as the user holds it.
        is_given(&scene, council, petra, Role::Helpdesk, council).await;
        let mona = scene.house.person("mona", Role::Manager, council).await;
        is_kept_out(&scene, &mona, (alert, case), Refusal::OwnOrganisation).await;
        let una = scene.house.person("una", Role::UserManager, council).await;
        d.take_role(&una, petra, Role::Helpdesk, council).await.unwrap();
        assert_eq!(may_act(&scene, "mona", Role::Manager, council, case).await, Ok(()));
        // The user works for the council by now: their new colleagues are as near as those of before.
        let una = scene.house.person("una", Role::UserManager, council).await;
        d.move_account(&una, petra, council).await.unwrap();
        for (username, at) in [("mona", council), ("terry", scene.trust)] {
            let colleague = scene.house.person(username, Role::Manager, at).await;
            is_kept_out(&scene, &colleague, (alert, case), Refusal::OwnOrganisation).await;
            let why = Refusal::OwnOrganisation;
            assert_eq!(may_act(&scene, username, Role::Manager, at, case).await, Err(Some(why)), "{username}");
        }
        // The centre is outside, and closes it.
        let cy = scene.house.person("cy", Role::CentralTeam, scene.centre).await;
        d.close_investigation(&cy, case, Finding::NoMisuse, Sanction::None, evidence()).await.unwrap();
        let cleo = scene.house.person("cleo", Role::CentralTeam, scene.centre).await;
        d.confirm_finding(&cleo, case, true).await.unwrap();
    }

    async fn a_finding_of_whoever_may_investigate_no_more_closes_no_override(db: TestDatabases) {
        let scene = Scene::with_a_shield(&db).await;
        let d = &scene.house.directory;
        let council = scene.house.council;
        let (_, (_, case)) = of_the_trust(&scene).await;
        let manager = async |name: &str| scene.house.person(name, Role::Manager, council).await;
        let proposes = async |name: &str| {
            let closed = d.close_investigation(&manager(name).await, case, Finding::NoMisuse, Sanction::None, evidence()).await;
            assert!(!closed.unwrap(), "a second person confirms");
        };
        let is_void = async |name: &str| {
            let answer = d.confirm_finding(&manager(name).await, case, true).await;
            assert!(matches!(answer, Err(AlertError::ProposerMayNot(_))), "{answer:?}");
            let view = d.investigation(&manager(name).await, case).await.unwrap();
            assert_eq!((view.line.closed, view.proposed, view.found), (false, None, None));
            assert_eq!(view.steps.last().unwrap().what, StepKind::CloseVoid, "it is told, and what was done stays");
        };
        // Suspended since,
        proposes("mona").await;
        let mona = manager("mona").await.account();
        let una = scene.house.person("una", Role::UserManager, council).await;
        d.change_account(&una, mona, Change::Suspend(SuspensionReason::Absence)).await.unwrap();
        is_void("max").await;
        // or of the user's own organisation by now, with the role that investigates as before.
        proposes("max").await;
        let max = manager("max").await.account();
        is_given(&scene, council, max, Role::Helpdesk, scene.trust).await;
        is_void("nell").await;
        // Proposed anew by somebody who may, it is closed.
        proposes("nell").await;
        d.confirm_finding(&manager("nora").await, case, true).await.unwrap();
        let view = d.investigation(&manager("nora").await, case).await.unwrap();
        assert!(view.line.closed && view.found.is_some());
    }

    async fn no_clear_time_stands_beside_the_entry_of_an_override(db: TestDatabases) {
        const DAY: i64 = 24 * 60 * 60 * 1_000_000;
        let scene = Scene::with_a_shield(&db).await;
        let mut raw = Raw::data(&db).await;
        let holder = scene.holder("petra", scene.trust).await;
        let handle = scene.handle(&holder, asked_drusilla()).await;
        scene.overrides(&holder, "petra", &handle).await.unwrap();
        // Alert and investigation are rows of the same transaction, and say in the clear of which day they are.
        let rows = "SELECT CAST(opened_at AS TEXT) FROM alert UNION ALL SELECT CAST(opened_at AS TEXT) FROM investigation";
        let times: Vec<i64> = raw.texts(rows).await.iter().map(|at| at.parse().unwrap()).collect();
        assert_eq!(times.len(), 2);
        assert!(times.iter().all(|at| at % DAY == 0), "no more than the day: {times:?}");
        // And no entry of the trail tells of them beside the override's own, which looks like any other.
        let headers = raw.headers().await;
        for action in [Action::InvestigationChanged, Action::System] {
            let told = format!("\"action\":\"{action}\"");
            assert!(headers.iter().all(|header| !header.contains(&told)), "{headers:?}");
        }
        // Whoever reads the alert is told the moment.
        let manager = scene.house.person("mona", Role::Manager, scene.house.council).await;
        let lines = scene.house.directory.alerts(&manager, None, false, None).await.unwrap().lines;
        assert!(lines.iter().all(|line| line.opened_at.as_microsecond() % DAY != 0), "{lines:?}");
    }

    async fn the_header_of_an_override_is_that_of_a_record_opened_in_the_ordinary_way(db: TestDatabases) {
        let scene = Scene::with_a_shield(&db).await;
        let d = &scene.house.directory;
        let mut raw = Raw::data(&db).await;
        let holder = scene.holder("petra", scene.trust).await;
        let handle = scene.handle(&holder, asked_drusilla()).await;
        d.open_record(&holder, &handle, Reason::SafeguardingConcern).await.unwrap();
        scene.overrides(&holder, "petra", &handle).await.unwrap();
        d.overridden_record(&holder).await.unwrap();
        let mut views: Vec<serde_json::Value> = Vec::new();
        for action in ["reason_stated", "record_viewed"] {
            let headers = raw.headers().await.into_iter();
            let of_holder = headers.filter(|header| header.contains(action) && header.contains("safeguarding_concern"));
            let mut these: Vec<serde_json::Value> = of_holder.map(|header| serde_json::from_str(&header).unwrap()).collect();
            for view in &mut these {
                (view["at"], view["entry_id"]) = (serde_json::Value::Null, serde_json::Value::Null);
            }
            assert!(these.len() >= 2, "{action}: {these:?}");
            these.dedup();
            assert_eq!(these.len(), 1, "{action}: {these:?}");
            views.extend(these);
        }
        assert_eq!(views.len(), 2);
        assert_eq!(raw.number("SELECT count(DISTINCT length(body)) FROM audit_entry").await, 1);
        assert_eq!(raw.number("SELECT count(DISTINCT length(sealed)) FROM session").await, 1, "a running override has no length");
        // Whoever decides shields reads of the override; to an auditor it is a record opened.
        let number = scene.house.number_of(CARE, "C-1").await;
        for (username, role, knows) in [("mona", Role::Manager, true), ("ada", Role::Auditor, false)] {
            let reader = scene.house.person(username, role, scene.house.council).await;
            let lines = scene.house.trail(&reader, About::Child(number.clone())).await;
            let mut told = 0;
            for line in lines.iter().filter(|line| line.action == Action::RecordViewed) {
                let body = d.read_audit_entry(&reader, line.entry).await.unwrap().body.unwrap();
                told += usize::from(body.contains(&BodyFact::ShieldOverridden("immediate_danger".to_owned())));
            }
            assert_eq!(told, if knows { 2 } else { 0 }, "{username}");
        }
    }
}
