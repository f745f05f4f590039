//! The accreditation of an organisation: who may do what in which order, and what is on at the end of it.

use directory::access::accreditation::{
    Accreditation, AccreditationPolicy, AccreditationState, Act, Criterion, CriterionArea, EvidenceReference,
    Lacking, NotDone, Purpose, RefusalReason, SentBack, StepKind, SuspensionReason, Verdict, accredits,
    applicable, may_accredit, may_apply, question,
};
use directory::access::{Capabilities, Capability, HeldRole, OrganisationStanding, Permission, Role};
use directory::organisation::Sector;
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const TODAY: Date = date(2026, 11, 22);
const LEAD: Uuid = Uuid::from_u128(1);
const ASSESSOR: Uuid = Uuid::from_u128(2);
const DECIDER: Uuid = Uuid::from_u128(3);

fn policy() -> AccreditationPolicy {
    AccreditationPolicy::default()
}

fn reference() -> EvidenceReference {
    EvidenceReference::parse("POL-2026/014").unwrap()
}

fn known() -> impl Iterator<Item = Capability> {
    Capability::ALL.iter().copied().filter(|capability| *capability != Capability::Ninth)
}

fn done(before: &Accreditation, act: Act, by: Uuid) -> Accreditation {
    before.after(&act, (by, TODAY), &policy()).unwrap_or_else(|error| panic!("{act:?}: {error}"))
}

fn opened(asked: &[Capability], sector: Sector) -> Accreditation {
    let draft = Accreditation::open(sector, None, false, (LEAD, TODAY), &policy()).unwrap();
    known().fold(draft, |draft, capability| {
        done(&draft, Act::Answer { capability, yes: asked.contains(&capability) }, LEAD)
    })
}

fn handed_in(asked: &[Capability]) -> Accreditation {
    let draft = opened(asked, Sector::Health);
    let draft = draft.criteria().into_iter().fold(draft, |draft, criterion| {
        done(&draft, Act::GiveEvidence { criterion, reference: reference() }, LEAD)
    });
    done(&draft, Act::HandIn, LEAD)
}

fn assessed(asked: &[Capability], verdicts: &[(&str, Verdict)]) -> Accreditation {
    let submitted = handed_in(asked);
    let judged = submitted.criteria().into_iter().fold(submitted, |so_far, criterion| {
        let given = verdicts.iter().find(|(code, _)| *code == criterion.code);
        let verdict = given.map_or(Verdict::Met, |(_, verdict)| *verdict);
        done(&so_far, Act::Judge { criterion, verdict }, ASSESSOR)
    });
    done(&judged, Act::HandOn, ASSESSOR)
}

fn granted(asked: &[Capability], verdicts: &[(&str, Verdict)]) -> Accreditation {
    let assessed = assessed(asked, verdicts);
    done(&assessed, Act::Grant(assessed.carried()), DECIDER)
}

fn on(accreditation: &Accreditation, day: Date) -> Vec<Capability> {
    accreditation.capabilities_on(day).iter().collect()
}

fn codes(asked: &[Capability], sector: Sector) -> Vec<&'static str> {
    applicable(&asked.iter().copied().collect(), sector).into_iter().map(|criterion| criterion.code).collect()
}

fn with_condition(due: Date) -> Verdict {
    Verdict::MetWithCondition { lacking: Lacking::NotYetWritten, due }
}

// The catalogue.

#[test]
fn every_criterion_has_its_own_code_in_its_areas_letter_and_every_area_has_some() {
    let codes: BTreeSet<&str> = Criterion::all().iter().map(|criterion| criterion.code).collect();
    assert_eq!(codes.len(), Criterion::all().len());
    for &area in CriterionArea::ALL {
        let letters: BTreeSet<&str> = Criterion::all()
            .iter()
            .filter(|criterion| criterion.area == area)
            .map(|criterion| &criterion.code[..1])
            .collect();
        assert_eq!(letters.len(), 1, "{area:?}");
    }
    for criterion in Criterion::all() {
        assert_eq!(Criterion::from_code(criterion.code), Some(criterion));
        assert!(criterion.text.ends_with('.') && !criterion.evidence.is_empty(), "{}", criterion.code);
        assert!(criterion.instead_of.is_none_or(|code| Criterion::from_code(code).is_some()));
    }
}

#[test]
fn the_answers_select_the_criteria() {
    assert_eq!(codes(&[], Sector::Health), Vec::<&str>::new(), "who asks for nothing answers for nothing");
    let general = codes(&[Capability::ChildDeathReporting], Sector::Health);
    for capability in known() {
        let chosen = codes(&[capability], Sector::Health);
        let own: Vec<_> = chosen.iter().filter(|code| !general.contains(code)).collect();
        assert_eq!(
            own.is_empty(),
            capability == Capability::ChildDeathReporting,
            "{capability:?} has criteria of its own"
        );
        assert!(question(capability).is_some());
    }
    assert!(general.contains(&"D11") && general.contains(&"H1") && general.contains(&"P2"));
    assert!(question(Capability::Ninth).is_none());
}

#[test]
fn schools_gp_practices_and_the_police_have_criteria_of_their_own() {
    let asked = [Capability::StaffQuery];
    for (sector, has, has_not) in [
        (Sector::Health, &["A1"][..], &["A5", "A6", "D12", "D13", "D14"][..]),
        (Sector::School, &["A5", "D12"], &["A1", "A6", "D13", "D14"]),
        (Sector::GeneralPractice, &["A6", "D13"], &["A1", "A5", "D12", "D14"]),
        (Sector::Police, &["A1", "D14"], &["A5", "A6", "D12", "D13"]),
    ] {
        let chosen = codes(&asked, sector);
        assert!(has.iter().all(|code| chosen.contains(code)), "{sector:?}: {chosen:?}");
        assert!(!has_not.iter().any(|code| chosen.contains(code)), "{sector:?}: {chosen:?}");
    }
}

#[test]
fn evidence_is_a_reference_and_never_a_sentence() {
    for good in ["POL-2026/014", "a1.7", "DBS-001", "2026"] {
        assert!(EvidenceReference::parse(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "A1",
        "POLICY",
        "the policy of 2026",
        "POL--2026",
        "-2026",
        "2026/",
        "É2026",
        "A1234567890123456789012345678901234",
    ] {
        assert!(EvidenceReference::parse(bad).is_err(), "{bad}");
    }
    assert_eq!(EvidenceReference::parse(" pol-7 ").unwrap().as_str(), "POL-7");
}

// The steps.

#[test]
fn an_accreditation_goes_from_questions_to_decision_and_holds_three_years() {
    let granted = granted(&[Capability::StaffQuery, Capability::Shielding], &[]);
    assert_eq!((granted.state(), granted.purpose()), (AccreditationState::Granted, Purpose::First));
    assert_eq!(granted.valid_until(), Some(date(2029, 11, 21)));
    assert_eq!(on(&granted, TODAY), [Capability::StaffQuery, Capability::Shielding]);
    assert_eq!(on(&granted, date(2029, 11, 21)).len(), 2, "through its last day");
    assert_eq!(on(&granted, date(2029, 11, 22)), [], "and by the calendar alone not a day longer");
    let told: Vec<StepKind> = granted.steps().iter().map(|step| step.what).collect();
    let milestones: Vec<_> = told
        .into_iter()
        .filter(|what| !matches!(what, StepKind::Answered | StepKind::EvidenceGiven | StepKind::Judged))
        .collect();
    assert_eq!(milestones, [StepKind::Opened, StepKind::HandedIn, StepKind::HandedOn, StepKind::Granted]);
}

#[test]
fn nobody_approves_their_own() {
    let p = policy();
    let criterion = Criterion::from_code("S1").unwrap();
    let judge = Act::Judge { criterion, verdict: Verdict::Met };
    let submitted = handed_in(&[Capability::StaffQuery]);
    assert_eq!(submitted.after(&judge, (LEAD, TODAY), &p), Err(NotDone::OwnApplication));
    assert_eq!(submitted.after(&Act::HandOn, (LEAD, TODAY), &p), Err(NotDone::OwnApplication));
    let assessed = assessed(&[Capability::StaffQuery], &[]);
    for act in [Act::Grant(assessed.carried()), Act::Refuse(RefusalReason::NoNeed)] {
        assert_eq!(assessed.after(&act, (LEAD, TODAY), &p), Err(NotDone::OwnApplication));
        assert_eq!(assessed.after(&act, (ASSESSOR, TODAY), &p), Err(NotDone::OwnAssessment));
        assert!(assessed.after(&act, (DECIDER, TODAY), &p).is_ok());
    }
    // Who answered one question is an applicant though another handed in; who judged one criterion is an assessor though
    // another handed on.
    let helped = done(
        &opened(&[], Sector::Health),
        Act::Answer { capability: Capability::StaffQuery, yes: true },
        DECIDER,
    );
    assert!(helped.applicants().contains(&DECIDER));
    // An assessor of an earlier round does not become an applicant, nor the decider.
    let back = done(&submitted, Act::SendBack(SentBack::EvidenceNotFound), ASSESSOR);
    let answer = Act::Answer { capability: Capability::Shielding, yes: true };
    assert_eq!(back.after(&answer, (ASSESSOR, TODAY), &p), Err(NotDone::OwnAssessment));
}

#[test]
fn each_step_waits_for_the_one_before() {
    let p = policy();
    let criterion = Criterion::from_code("S1").unwrap();
    let draft = opened(&[Capability::StaffQuery], Sector::Health);
    for act in [
        Act::Judge { criterion, verdict: Verdict::Met },
        Act::HandOn,
        Act::Grant(BTreeSet::from([Capability::StaffQuery])),
        Act::Suspend(SuspensionReason::OwnRequest),
        Act::Reinstate,
    ] {
        assert_eq!(draft.after(&act, (DECIDER, TODAY), &p), Err(NotDone::NotNow), "{act:?}");
    }
    let NotDone::NoEvidence(missing) = draft.after(&Act::HandIn, (LEAD, TODAY), &p).unwrap_err() else {
        panic!()
    };
    assert_eq!(missing.len(), draft.criteria().len());
    let unanswered = Accreditation::open(Sector::Health, None, false, (LEAD, TODAY), &p).unwrap();
    assert_eq!(
        unanswered.after(&Act::HandIn, (LEAD, TODAY), &p),
        Err(NotDone::Unanswered(known().collect())),
        "eight questions, for the ninth is not in use"
    );
    assert_eq!(
        opened(&[], Sector::Health).after(&Act::HandIn, (LEAD, TODAY), &p),
        Err(NotDone::NothingAsked)
    );
    let ninth = Act::Answer { capability: Capability::Ninth, yes: true };
    assert_eq!(draft.after(&ninth, (LEAD, TODAY), &p), Err(NotDone::NotInUse));
    let submitted = handed_in(&[Capability::StaffQuery]);
    assert!(matches!(submitted.after(&Act::HandOn, (ASSESSOR, TODAY), &p), Err(NotDone::NotJudged(_))));
    let foreign = Act::Judge { criterion: Criterion::from_code("D5").unwrap(), verdict: Verdict::Met };
    assert_eq!(submitted.after(&foreign, (ASSESSOR, TODAY), &p), Err(NotDone::DoesNotApply));
    let answer = Act::Answer { capability: Capability::Shielding, yes: true };
    assert_eq!(submitted.after(&answer, (LEAD, TODAY), &p), Err(NotDone::NotNow), "handed in is handed in");
}

#[test]
fn a_criterion_that_is_not_met_keeps_what_depends_on_it_off() {
    let asked = [Capability::StaffQuery, Capability::Shielding];
    let p = policy();
    let one = assessed(&asked, &[("D5", Verdict::NotMet)]);
    assert_eq!(one.carried(), BTreeSet::from([Capability::StaffQuery]));
    let all = Act::Grant(BTreeSet::from(asked));
    assert_eq!(one.after(&all, (DECIDER, TODAY), &p), Err(NotDone::NotCarried));
    let granted = done(&one, Act::Grant(one.carried()), DECIDER);
    assert_eq!(on(&granted, TODAY), [Capability::StaffQuery]);
    let general = assessed(&asked, &[("H1", Verdict::NotMet)]);
    assert!(general.carried().is_empty(), "without discipline for misuse nothing is granted (rule 11.5)");
    assert_eq!(general.after(&Act::Grant(BTreeSet::new()), (DECIDER, TODAY), &p), Err(NotDone::NotCarried));
    let refused = done(&general, Act::Refuse(RefusalReason::CriteriaNotMet), DECIDER);
    assert_eq!(
        (refused.state(), refused.refused()),
        (AccreditationState::Refused, Some(RefusalReason::CriteriaNotMet))
    );
    assert_eq!(on(&refused, TODAY), []);
}

#[test]
fn the_decider_may_grant_less_than_was_asked() {
    let one = assessed(&[Capability::StaffQuery, Capability::Shielding], &[]);
    let granted = done(&one, Act::Grant(BTreeSet::from([Capability::Shielding])), DECIDER);
    assert_eq!(on(&granted, TODAY), [Capability::Shielding]);
}

#[test]
fn what_was_sent_back_is_judged_anew() {
    let p = policy();
    let one = assessed(&[Capability::StaffQuery], &[]);
    let back = done(&one, Act::SendBack(SentBack::EvidenceDoesNotFit), DECIDER);
    assert_eq!(back.state(), AccreditationState::Draft);
    let again = done(&back, Act::HandIn, LEAD);
    assert!(again.criteria().iter().all(|criterion| again.verdict(criterion).is_none()));
    assert!(matches!(again.after(&Act::HandOn, (ASSESSOR, TODAY), &p), Err(NotDone::NotJudged(_))));
    let judge_again = done(&one, Act::SendBack(SentBack::AssessAgain), DECIDER);
    assert_eq!(judge_again.state(), AccreditationState::Submitted);
    assert!(
        judge_again.after(&Act::HandOn, (ASSESSOR, TODAY), &p).is_ok(),
        "the judgements stay to be changed"
    );
}

// Off, and on again.

#[test]
fn a_suspension_is_at_once_and_ended_by_somebody_else() {
    let p = policy();
    let granted = granted(&[Capability::StaffQuery], &[]);
    let suspended = done(&granted, Act::Suspend(SuspensionReason::SuspectedMisuse), ASSESSOR);
    assert_eq!(on(&suspended, TODAY), []);
    assert_eq!(suspended.after(&Act::Reinstate, (ASSESSOR, TODAY), &p), Err(NotDone::OwnSuspension));
    assert_eq!(suspended.after(&Act::Reinstate, (LEAD, TODAY), &p), Err(NotDone::OwnApplication));
    let again = done(&suspended, Act::Reinstate, DECIDER);
    assert_eq!(on(&again, TODAY), [Capability::StaffQuery]);
    assert_eq!(again.valid_until(), granted.valid_until(), "a suspension does not lengthen it");
    let late = suspended.after(&Act::Reinstate, (DECIDER, date(2029, 11, 22)), &p);
    assert_eq!(late, Err(NotDone::RunOut));
}

#[test]
fn one_capability_is_switched_off_without_the_others() {
    let p = policy();
    let granted = granted(&[Capability::StaffQuery, Capability::EmergencyOverride], &[]);
    let act = Act::SwitchOff(Capability::EmergencyOverride, SuspensionReason::CriterionNoLongerMet);
    let off = done(&granted, act.clone(), DECIDER);
    assert_eq!(on(&off, TODAY), [Capability::StaffQuery]);
    assert_eq!(off.after(&act, (DECIDER, TODAY), &p), Err(NotDone::NotNow), "it is off already");
    let never = Act::SwitchOff(Capability::Shielding, SuspensionReason::OwnRequest);
    assert_eq!(off.after(&never, (DECIDER, TODAY), &p), Err(NotDone::NotNow), "it was never on");
    let on_again = Act::SwitchOn(Capability::EmergencyOverride);
    assert_eq!(off.after(&on_again, (DECIDER, TODAY), &p), Err(NotDone::OwnSuspension));
    assert_eq!(on(&done(&off, on_again, ASSESSOR), TODAY), on(&granted, TODAY));
}

#[test]
fn a_condition_past_its_date_switches_off_what_it_conditions_by_the_calendar_alone() {
    let due = date(2027, 1, 31);
    let granted = granted(&[Capability::StaffQuery, Capability::Shielding], &[("D5", with_condition(due))]);
    assert_eq!(on(&granted, due), [Capability::StaffQuery, Capability::Shielding]);
    assert_eq!(on(&granted, date(2027, 2, 1)), [Capability::StaffQuery]);
    let dated = granted.dated_capabilities();
    assert_eq!(dated, [(Capability::StaffQuery, None), (Capability::Shielding, Some(due))]);
    let text = Capabilities::dated_text(&dated);
    for day in [TODAY, due, date(2027, 2, 1)] {
        assert_eq!(Capabilities::on(&text, day), granted.capabilities_on(day), "{text} on {day}");
    }
    let (marked, said) = granted.marked(date(2027, 2, 1), &policy());
    assert_eq!(said, [StepKind::ConditionOverdue]);
    assert_eq!(marked.marked(date(2027, 2, 2), &policy()).1, [], "it is told once");
}

#[test]
fn a_condition_is_met_by_evidence_of_one_and_the_eye_of_another() {
    let p = policy();
    let d5 = Criterion::from_code("D5").unwrap();
    let due = date(2027, 1, 31);
    let granted = granted(&[Capability::Shielding], &[("D5", with_condition(due))]);
    let found = Act::FindConditionMet(d5);
    assert_eq!(granted.after(&found, (DECIDER, TODAY), &p), Err(NotDone::NotNow), "without evidence");
    let give = Act::GiveConditionEvidence { criterion: d5, reference: reference() };
    assert_eq!(granted.after(&give, (DECIDER, TODAY), &p), Err(NotDone::OwnAssessment));
    let given = done(&granted, give, LEAD);
    assert_eq!(given.after(&found, (LEAD, TODAY), &p), Err(NotDone::OwnApplication));
    let met = done(&given, found, ASSESSOR);
    assert_eq!(on(&met, date(2028, 1, 1)), [Capability::Shielding]);
    // Late evidence brings back what the date switched off.
    assert_eq!(on(&granted, date(2028, 1, 1)), []);
}

#[test]
fn the_date_of_a_condition_is_after_today_and_within_half_a_year() {
    let submitted = handed_in(&[Capability::StaffQuery]);
    let criterion = Criterion::from_code("S1").unwrap();
    for (due, right) in
        [(TODAY, false), (date(2026, 11, 23), true), (date(2027, 5, 22), true), (date(2027, 5, 23), false)]
    {
        let act = Act::Judge { criterion, verdict: with_condition(due) };
        assert_eq!(submitted.after(&act, (ASSESSOR, TODAY), &policy()).is_ok(), right, "{due}");
    }
}

#[test]
fn renewal_opens_six_months_before_the_end_and_a_material_change_at_any_time() {
    let p = policy();
    let granted = granted(&[Capability::StaffQuery], &[]);
    let open = |changed, day| Accreditation::open(Sector::Health, Some(&granted), changed, (LEAD, day), &p);
    assert_eq!(open(false, TODAY), Err(NotDone::RenewalNotOpen(date(2029, 5, 21))));
    assert_eq!(open(true, TODAY).unwrap().purpose(), Purpose::MaterialChange);
    let renewal = open(false, date(2029, 5, 21)).unwrap();
    assert_eq!(renewal.purpose(), Purpose::Renewal);
    assert_eq!(renewal.answer(Capability::StaffQuery), Some(true), "it begins with the answers in force");
    assert_eq!(on(&renewal, date(2029, 5, 21)), [], "and is not in force itself");
    assert_eq!(open(false, date(2029, 11, 22)).unwrap().purpose(), Purpose::First, "too late to renew");
    assert_eq!(granted.next_due(&p), Some(date(2029, 5, 21)));
    let (marked, said) = granted.marked(date(2030, 1, 1), &p);
    assert_eq!(said, [StepKind::RenewalOpen, StepKind::Ended]);
    assert_eq!(marked.next_due(&p), None);
}

#[test]
fn what_the_installation_declared_can_be_suspended_and_reinstated() {
    let declared = Accreditation::declared(&Capabilities::known(), Some(date(2036, 12, 31)), Sector::Other);
    assert_eq!(declared.capabilities_on(TODAY), Capabilities::known());
    assert!(declared.dated_capabilities().iter().all(|(_, last)| last.is_none()));
    let off = done(&declared, Act::Suspend(SuspensionReason::SecurityIncident), ASSESSOR);
    assert_eq!(on(&off, TODAY), []);
    assert_eq!(done(&off, Act::Reinstate, DECIDER).capabilities_on(TODAY), Capabilities::known());
    let open_ended = Accreditation::declared(&Capabilities::known(), None, Sector::Other);
    assert_eq!(open_ended.capabilities_on(date(2400, 1, 1)), Capabilities::known());
    assert_eq!(open_ended.marked(date(2400, 1, 1), &policy()).1, []);
}

// Who accredits whom (rule 11.8).

fn standing(id: u128, kind: &str, authority: Option<&str>) -> OrganisationStanding {
    OrganisationStanding {
        id: Uuid::from_u128(id),
        kind: kind.to_owned(),
        authority: authority.map(str::to_owned),
        capabilities: Capabilities::known(),
    }
}

#[test]
fn an_authority_accredits_its_partners_and_itself_a_national_partner_itself_and_the_centre_nobody() {
    let leeds = standing(1, "authority", Some("E08000035"));
    let trust = standing(2, "partner", Some("E08000035"));
    let kent = standing(3, "authority", Some("E10000016"));
    let charity = standing(4, "national_partner", None);
    let other_charity = standing(5, "national_partner", None);
    let centre = standing(6, "centre", None);
    let births = standing(7, "national_source", None);
    let all = [&leeds, &trust, &kent, &charity, &other_charity, &centre, &births];
    let accredited_by = |target: &OrganisationStanding| -> Vec<Uuid> {
        all.iter().filter(|body| accredits(body, target)).map(|body| body.id).collect()
    };
    assert_eq!(accredited_by(&leeds), [leeds.id]);
    assert_eq!(accredited_by(&trust), [leeds.id]);
    assert_eq!(accredited_by(&charity), [charity.id]);
    assert!(accredited_by(&centre).is_empty());
    assert!(accredited_by(&births).is_empty());
    // Whatever role is held at the centre or at the partner itself, it decides nothing.
    for &role in Role::ALL {
        for at in [&centre, &trust, &kent] {
            let roles = [HeldRole { role, at: at.clone() }];
            for permission in [Permission::AssessAccreditation, Permission::DecideAccreditation] {
                assert!(!may_accredit(&roles, permission, &trust), "{role:?} at {}", at.kind);
            }
        }
    }
    let manager = [HeldRole { role: Role::Manager, at: leeds.clone() }];
    let lead = [HeldRole { role: Role::OrganisationLead, at: trust.clone() }];
    assert!(may_accredit(&manager, Permission::DecideAccreditation, &trust));
    assert!(!may_accredit(&manager, Permission::DecideAccreditation, &charity));
    assert!(may_apply(&manager, &trust) && may_apply(&lead, &trust));
    assert!(!may_apply(&lead, &leeds) && !may_apply(&manager, &kent));
    let central = [HeldRole { role: Role::CentralTeam, at: centre.clone() }];
    assert!(all.iter().all(|target| !may_apply(&central, target)));
}

// The law: three people, and nothing that was not asked, judged and decided.

#[derive(Debug, Clone)]
enum Move {
    By(Act, usize),
    Wait(i64),
    Renew(bool, usize),
}

fn acts() -> impl Strategy<Value = Act> {
    let capability = || prop::sample::select(Capability::ALL);
    let criterion = || prop::sample::select(Criterion::all().iter().collect::<Vec<_>>());
    let verdict = || {
        prop_oneof![
            6 => Just(None),
            1 => Just(Some(false)),
            2 => Just(Some(true)),
        ]
    };
    prop_oneof![
        3 => (capability(), prop::bool::weighted(0.7)).prop_map(|(capability, yes)| Act::Answer { capability, yes }),
        1 => criterion().prop_map(|criterion| Act::GiveEvidence { criterion, reference: reference() }),
        3 => Just(Act::HandIn),
        1 => prop::sample::select(SentBack::ALL).prop_map(Act::SendBack),
        1 => (criterion(), verdict()).prop_map(|(criterion, verdict)| Act::Judge {
            criterion,
            verdict: match verdict {
                None => Verdict::Met,
                Some(true) => with_condition(TODAY.saturating_add(2.months())),
                Some(false) => Verdict::NotMet,
            },
        }),
        3 => Just(Act::HandOn),
        4 => prop::collection::btree_set(capability(), 1..4).prop_map(Act::Grant),
        1 => Just(Act::Refuse(RefusalReason::NoNeed)),
        1 => Just(Act::Suspend(SuspensionReason::OwnRequest)),
        1 => capability().prop_map(|capability| Act::SwitchOff(capability, SuspensionReason::OwnRequest)),
        2 => Just(Act::Reinstate),
        2 => capability().prop_map(Act::SwitchOn),
        1 => criterion().prop_map(|criterion| Act::GiveConditionEvidence { criterion, reference: reference() }),
        1 => criterion().prop_map(Act::FindConditionMet),
    ]
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    prop::collection::vec(
        prop_oneof![
            20 => (acts(), 0..5_usize).prop_map(|(act, by)| Move::By(act, by)),
            1 => (1..200_i64).prop_map(Move::Wait),
            1 => (any::<bool>(), 0..5_usize).prop_map(|(changed, by)| Move::Renew(changed, by)),
        ],
        20..120,
    )
}

/// What the test itself remembers of an application, by watching what was let through.
#[derive(Default, Clone)]
struct Seen {
    applied: BTreeSet<Uuid>,
    judged: BTreeSet<Uuid>,
    asked: BTreeMap<Capability, bool>,
    verdicts: BTreeMap<&'static str, Verdict>,
    decided: Option<(Uuid, BTreeSet<Capability>, Date)>,
    off: BTreeSet<Capability>,
    all_off: bool,
    met: BTreeSet<&'static str>,
}

impl Seen {
    fn note(&mut self, act: &Act, by: Uuid, today: Date) {
        match act {
            Act::Answer { capability, yes } => {
                self.applied.insert(by);
                self.asked.insert(*capability, *yes);
            }
            Act::GiveEvidence { .. } | Act::GiveConditionEvidence { .. } => drop(self.applied.insert(by)),
            Act::HandIn => {
                self.applied.insert(by);
                self.verdicts.clear();
            }
            Act::Judge { criterion, verdict } => {
                self.judged.insert(by);
                self.verdicts.insert(criterion.code, *verdict);
            }
            Act::HandOn => drop(self.judged.insert(by)),
            Act::Grant(what) => self.decided = Some((by, what.clone(), today)),
            Act::Suspend(_) => self.all_off = true,
            Act::Reinstate => self.all_off = false,
            Act::SwitchOff(capability, _) => drop(self.off.insert(*capability)),
            Act::SwitchOn(capability) => drop(self.off.remove(capability)),
            Act::FindConditionMet(criterion) => drop(self.met.insert(criterion.code)),
            Act::SendBack(_) | Act::Refuse(_) => {}
        }
    }

    /// What may be on at most.
    fn may_be_on(&self, capability: Capability, day: Date) -> bool {
        let Some((decider, what, decided_on)) = &self.decided else { return false };
        let three = !self.applied.contains(decider)
            && !self.judged.contains(decider)
            && self.applied.is_disjoint(&self.judged)
            && !self.applied.is_empty()
            && !self.judged.is_empty();
        let judged = Criterion::all()
            .iter()
            .filter(|criterion| criterion.stands_for(capability))
            .filter(|criterion| self.applies(criterion))
            .all(|criterion| match self.verdicts.get(criterion.code) {
                Some(Verdict::Met) => true,
                Some(Verdict::MetWithCondition { due, .. }) => {
                    day <= *due || self.met.contains(criterion.code)
                }
                _ => false,
            });
        let end = decided_on.saturating_add(36.months());
        three
            && what.contains(&capability)
            && capability != Capability::Ninth
            && self.asked.get(&capability) == Some(&true)
            && judged
            && !self.all_off
            && !self.off.contains(&capability)
            && day < end
    }

    fn applies(&self, criterion: &Criterion) -> bool {
        let asked: BTreeSet<_> = self.asked.iter().filter(|(_, yes)| **yes).map(|(c, _)| *c).collect();
        applicable(&asked, Sector::Health).iter().any(|chosen| chosen.code == criterion.code)
    }
}

/// Fills in what random acts would take thousands of tries to: the evidence and the judgements still missing.
fn helped(current: &Accreditation, act: &Act, by: Uuid, seen: &mut Seen, today: Date) -> Accreditation {
    let mut now = current.clone();
    let fill: Vec<Act> = match act {
        Act::HandIn => known()
            .filter(|&capability| now.answer(capability).is_none())
            .map(|capability| Act::Answer { capability, yes: true })
            .chain(
                Criterion::all()
                    .iter()
                    .map(|criterion| Act::GiveEvidence { criterion, reference: reference() }),
            )
            .collect(),
        Act::HandOn => now
            .criteria()
            .into_iter()
            .filter(|criterion| now.verdict(criterion).is_none())
            .map(|criterion| Act::Judge { criterion, verdict: Verdict::Met })
            .collect(),
        _ => Vec::new(),
    };
    for act in fill {
        if let Ok(next) = now.after(&act, (by, today), &policy()) {
            seen.note(&act, by, today);
            now = next;
        }
    }
    now
}

/// Each case is an application filled in some times over: fewer of them than elsewhere, unless the soak asks for more.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn nothing_is_on_that_three_people_did_not_ask_judge_and_decide(moves in moves()) {
        let people: Vec<Uuid> = (1..=5).map(Uuid::from_u128).collect();
        let p = policy();
        let mut today = TODAY;
        let first = Accreditation::open(Sector::Health, None, false, (people[0], today), &p).unwrap();
        let opener = Seen { applied: BTreeSet::from([people[0]]), ..Seen::default() };
        let mut stages = vec![(first, opener)];
        for step in moves {
            match step {
                Move::Wait(days) => today = today.saturating_add(days.days()),
                Move::Renew(changed, by) => {
                    let by = people[by];
                    let (current, seen) = stages.last().cloned().unwrap();
                    if matches!(current.state(), AccreditationState::Granted | AccreditationState::Suspended)
                        && let Ok(next) = Accreditation::open(Sector::Health, Some(&current), changed, (by, today), &p)
                    {
                        let asked = current.asked().into_iter().map(|c| (c, true));
                        let asked = if next.purpose() == Purpose::First { BTreeMap::new() } else { seen.asked.clone().into_iter().chain(asked).collect() };
                        stages.push((next, Seen { applied: BTreeSet::from([by]), asked, ..Seen::default() }));
                    }
                }
                Move::By(act, by) => {
                    let by = people[by];
                    let (current, seen) = stages.last_mut().unwrap();
                    *current = helped(current, &act, by, seen, today);
                    // The random set is cut to what is carried, so that grants happen; what is never carried must be refused.
                    let act = match act {
                        Act::Grant(what) => {
                            let cut: BTreeSet<_> = what.intersection(&current.carried()).copied().collect();
                            if !cut.is_superset(&what) {
                                prop_assert!(current.after(&Act::Grant(what), (by, today), &p).is_err());
                            }
                            Act::Grant(cut)
                        }
                        other => other,
                    };
                    if let Ok(next) = current.after(&act, (by, today), &p) {
                        seen.note(&act, by, today);
                        *current = next;
                    }
                }
            }
            for (accreditation, seen) in &stages {
                for ahead in [0, 1, 40, 70, 400, 1100] {
                    let day = today.saturating_add(i64::from(ahead).days());
                    for capability in accreditation.capabilities_on(day).iter() {
                        prop_assert!(seen.may_be_on(capability, day), "{capability:?} is on {day}");
                    }
                    let text = Capabilities::dated_text(&accreditation.dated_capabilities());
                    if accreditation.valid_until().is_none_or(|until| day <= until) {
                        prop_assert_eq!(Capabilities::on(&text, day), accreditation.capabilities_on(day));
                    }
                }
                let (marked, _) = accreditation.marked(today, &p);
                prop_assert_eq!(marked.capabilities_on(today), accreditation.capabilities_on(today), "marking switches nothing");
            }
        }
    }
}

#[test]
fn the_property_reaches_accreditations_in_force() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let (mut in_force, mut met) = (0, 0);
    for _ in 0..40 {
        let moves = moves().new_tree(&mut runner).unwrap().current();
        let people: Vec<Uuid> = (1..=5).map(Uuid::from_u128).collect();
        let mut current =
            Accreditation::open(Sector::Health, None, false, (people[0], TODAY), &policy()).unwrap();
        let mut seen = Seen::default();
        for step in moves {
            let Move::By(act, by) = step else { continue };
            current = helped(&current, &act, people[by], &mut seen, TODAY);
            let act = match act {
                Act::Grant(what) => Act::Grant(what.intersection(&current.carried()).copied().collect()),
                other => other,
            };
            if let Ok(next) = current.after(&act, (people[by], TODAY), &policy()) {
                current = next;
            }
        }
        in_force += usize::from(current.capabilities_on(TODAY) != Capabilities::none());
        met += current.conditions().values().filter(|condition| condition.met_on.is_some()).count();
    }
    assert!(
        in_force > 3,
        "only {in_force} of 40 sequences end with an accreditation in force ({met} conditions met)"
    );
}

// The page that prints the catalogue.

fn printed() -> String {
    let words = directory::vocabulary::Vocabulary::shipped();
    let mut text = String::new();
    for &area in CriterionArea::ALL {
        text.push_str(&format!("\n### {}\n\n", words.criterion_area(area)));
        text.push_str("| code | what must be so | evidence | asked of | rule |\n|---|---|---|---|---|\n");
        for criterion in Criterion::all().iter().filter(|criterion| criterion.area == area) {
            let capabilities = criterion.capabilities.iter().map(|&one| words.capability(one).to_owned());
            let sectors = criterion.sectors.iter().map(|&one| words.sector(one).to_owned());
            let instead = criterion.instead_of.iter().map(|code| format!("instead of {code}"));
            let mut of: Vec<String> = capabilities.chain(sectors).chain(instead).collect();
            if of.is_empty() {
                of.push("every application".to_owned());
            }
            text.push_str(&format!(
                "| {} | {} | {} | {} | {} |\n",
                criterion.code,
                criterion.text,
                criterion.evidence,
                of.join("; "),
                criterion.rule
            ));
        }
    }
    text.push('\n');
    text
}

#[test]
fn the_criteria_of_the_documentation_are_those_of_the_catalogue() {
    const BEGIN: &str = "<!-- criteria -->\n";
    const END: &str = "<!-- end of criteria -->";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/accreditation.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (found, after) = rest.split_once(END).unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, format!("{before}{BEGIN}{}{END}{after}", printed())).unwrap();
        return;
    }
    assert_eq!(found, printed(), "run with UPDATE_DOCS=1");
    let policy = AccreditationPolicy::default();
    for (name, months) in [
        ("holds_months", policy.holds_months),
        ("renewal_months", policy.renewal_months),
        ("longest_condition_months", policy.longest_condition_months),
    ] {
        assert!(page.contains(&format!("`{name}` ({months})")), "{name}");
    }
}
