//! Looking up for a colleague: between whom, and what is shown (rule 6.12).

use crate::children::{TODAY, amara, profile, record, shielded};
use directory::access::{
    Capabilities, Capability, HeldRole, NoMediation, OrganisationStanding, Party, Role, may_mediate,
};
use directory::{
    AuthorityCode, ChildProfile, Disclosure, Purpose, RecordView, Seal, Viewer, disclose, disclose_to_both,
};
use proptest::prelude::*;
use uuid::Uuid;

const MEDIATOR: Uuid = Uuid::from_u128(1);
const ASKER: Uuid = Uuid::from_u128(2);

fn at(id: u128, kind: &str, authority: Option<&str>) -> OrganisationStanding {
    OrganisationStanding {
        id: Uuid::from_u128(id),
        kind: kind.to_owned(),
        authority: authority.map(str::to_owned),
        capabilities: Capabilities::known(),
    }
}

fn leeds() -> OrganisationStanding {
    at(10, "authority", Some("E08000035"))
}

fn trust_in_leeds() -> OrganisationStanding {
    at(11, "partner", Some("E08000035"))
}

fn charity() -> OrganisationStanding {
    at(20, "national_partner", None)
}

fn asked(
    mediator: &[(Role, OrganisationStanding)],
    asker: &[(Role, OrganisationStanding)],
) -> Result<(), NoMediation> {
    let held = |roles: &[(Role, OrganisationStanding)]| -> Vec<HeldRole> {
        roles.iter().map(|(role, at)| HeldRole { role: *role, at: at.clone() }).collect()
    };
    let (mediator, asker) = (held(mediator), held(asker));
    may_mediate(Party { account: MEDIATOR, roles: &mediator }, Party { account: ASKER, roles: &asker })
}

#[test]
fn colleagues_of_one_organisation_and_of_one_authority_look_up_for_each_other() {
    let p = Role::Practitioner;
    assert_eq!(asked(&[(p, leeds())], &[(p, leeds())]), Ok(()));
    assert_eq!(asked(&[(p, leeds())], &[(p, trust_in_leeds())]), Ok(()));
    assert_eq!(
        asked(&[(Role::Manager, trust_in_leeds())], &[(p, at(12, "partner", Some("E08000035")))]),
        Ok(())
    );
    assert_eq!(asked(&[(p, charity())], &[(p, charity())]), Ok(()));
}

#[test]
fn people_whom_different_people_watch_do_not() {
    let p = Role::Practitioner;
    for other in [
        at(30, "authority", Some("E09000003")),
        at(31, "partner", Some("E09000003")),
        charity(),
        at(32, "national_partner", Some("E08000035")),
        at(33, "partner", None),
    ] {
        assert_eq!(asked(&[(p, leeds())], &[(p, other.clone())]), Err(NoMediation::OutOfReach), "{other:?}");
        assert_eq!(asked(&[(p, other.clone())], &[(p, leeds())]), Err(NoMediation::OutOfReach), "{other:?}");
    }
    let two_without_authority = asked(&[(p, at(33, "partner", None))], &[(p, at(34, "partner", None))]);
    assert_eq!(two_without_authority, Err(NoMediation::OutOfReach), "no authority is not the same authority");
}

#[test]
fn nobody_looks_up_for_themselves() {
    let held = [HeldRole { role: Role::Manager, at: leeds() }];
    let me = Party { account: MEDIATOR, roles: &held };
    assert_eq!(may_mediate(me, me), Err(NoMediation::OnesOwn));
}

#[test]
fn only_practitioners_and_managers_take_part_and_a_helpdesk_role_alone_does_not() {
    for &role in Role::ALL {
        let takes_part = matches!(role, Role::Practitioner | Role::Manager);
        let one = asked(&[(role, leeds())], &[(Role::Practitioner, leeds())]);
        assert_eq!(
            one,
            if takes_part { Ok(()) } else { Err(NoMediation::NotAMediator) },
            "{role:?} looks up"
        );
        let other = asked(&[(Role::Practitioner, leeds())], &[(role, leeds())]);
        assert_eq!(other, if takes_part { Ok(()) } else { Err(NoMediation::NotAnAsker) }, "{role:?} asks");
    }
    let both = [(Role::Helpdesk, leeds()), (Role::Practitioner, leeds())];
    assert_eq!(
        asked(&both, &[(Role::Practitioner, leeds())]),
        Ok(()),
        "beside another role it takes nothing away"
    );
}

#[test]
fn both_organisations_must_be_accredited_for_mediated_access() {
    let without = |mut standing: OrganisationStanding| {
        let rest: Vec<_> =
            standing.capabilities.iter().filter(|on| *on != Capability::MediatedAccess).collect();
        standing.capabilities = Capabilities::of(&rest);
        standing
    };
    let p = Role::Practitioner;
    assert_eq!(asked(&[(p, without(leeds()))], &[(p, trust_in_leeds())]), Err(NoMediation::NotAMediator));
    assert_eq!(asked(&[(p, leeds())], &[(p, without(trust_in_leeds()))]), Err(NoMediation::NotAnAsker));
}

#[test]
fn a_role_counts_only_where_it_is_held() {
    // Accredited at the charity, in reach at the council: neither place is both.
    let mut council = leeds();
    council.capabilities = Capabilities::none();
    let mediator = [(Role::Practitioner, council), (Role::Practitioner, charity())];
    assert_eq!(asked(&mediator, &[(Role::Practitioner, leeds())]), Err(NoMediation::OutOfReach));
}

fn viewers() -> [Viewer; 3] {
    let authority = AuthorityCode::parse("E08000035").unwrap();
    [Viewer::AuthorityPractitioner, Viewer::PartnerPractitioner, Viewer::AuthorityManagement { authority }]
}

fn full(disclosure: Disclosure) -> RecordView {
    match disclosure {
        Disclosure::Full(view) => *view,
        other => panic!("not a full record: {other:?}"),
    }
}

#[test]
fn over_every_pair_of_viewers_nothing_is_shown_that_either_may_not_see() {
    let records = [
        record(profile(), amara()),
        record(shielded(), amara()),
        record(ChildProfile { seal: Seal::FormerIdentity, ..profile() }, amara()),
        record(ChildProfile { held: true, ..profile() }, amara()),
    ];
    for (record, one, other) in records
        .iter()
        .flat_map(|record| viewers().into_iter().map(move |one| (record, one)))
        .flat_map(|(record, one)| viewers().into_iter().map(move |other| (record, one.clone(), other)))
    {
        for purpose in [Purpose::Search, Purpose::OpenRecord] {
            let shared = disclose_to_both(record, &one, &other, purpose, TODAY);
            assert_eq!(
                shared,
                disclose_to_both(record, &other, &one, purpose, TODAY),
                "whoever looks for whom"
            );
            for alone in [&one, &other] {
                let own = disclose(record, alone, purpose, TODAY);
                assert_eq!(
                    shared.clone().lesser(own.clone()),
                    shared,
                    "{one:?} {other:?}: within what {alone:?} sees"
                );
                if own == Disclosure::NotFound {
                    assert_eq!(shared, Disclosure::NotFound);
                }
            }
        }
    }
}

#[test]
fn an_archived_record_is_never_mediated() {
    let grown_up = TODAY.saturating_add(jiff::ToSpan::years(20));
    for one in viewers() {
        for other in viewers() {
            let shown =
                disclose_to_both(&record(profile(), amara()), &one, &other, Purpose::OpenRecord, grown_up);
            assert_eq!(shown, Disclosure::NotFound);
        }
    }
}

#[test]
fn a_sensitive_service_is_never_mediated() {
    for one in viewers() {
        let shown =
            disclose_to_both(&record(profile(), amara()), &one, &viewers()[2], Purpose::OpenRecord, TODAY);
        let text = serde_json::to_string(&full(shown)).unwrap();
        assert!(text.contains("social_worker"), "the rest is there");
        assert!(!text.contains("mental_health"), "{text}");
    }
}

#[test]
fn what_an_office_adds_is_left_at_the_door() {
    let authority = AuthorityCode::parse("E08000035").unwrap();
    assert_eq!(Viewer::AuthorityManagement { authority }.as_ordinary(), Viewer::AuthorityPractitioner);
}

#[test]
fn a_view_of_everything_and_a_shielded_one_give_the_shielded_one() {
    let open = disclose(&record(profile(), amara()), &viewers()[0], Purpose::OpenRecord, TODAY);
    let narrow = disclose(&record(shielded(), amara()), &viewers()[0], Purpose::OpenRecord, TODAY);
    assert_eq!(open.clone().lesser(narrow.clone()), narrow);
    assert_eq!(narrow.clone().lesser(open.clone()), narrow);
    assert_eq!(open.lesser(Disclosure::NotFound), Disclosure::NotFound);
}

#[test]
fn two_views_that_disagree_on_who_it_is_share_nothing() {
    let one = full(disclose(&record(profile(), amara()), &viewers()[0], Purpose::OpenRecord, TODAY));
    let mut other = one.clone();
    other.name.value = crate::children::name("Somebody", "Else");
    let shared = Disclosure::Full(Box::new(one)).lesser(Disclosure::Full(Box::new(other)));
    assert_eq!(shared, Disclosure::NotFound);
}

/// The view without the parts whose bit is not set.
fn masked(view: &RecordView, mask: u16) -> RecordView {
    let mut view = view.clone();
    let kept = |bit: u16| mask & (1 << bit) != 0;
    if !kept(0) {
        view.aliases.clear();
    }
    if !kept(1) {
        view.date_of_birth = None;
    }
    if !kept(2) {
        view.gender = None;
    }
    if !kept(3) {
        view.whereabouts = None;
    }
    if !kept(4) {
        view.involvements.clear();
    }
    if !kept(5) {
        view.education.clear();
    }
    if !kept(6) {
        view.practices.clear();
    }
    if !kept(7) {
        view.carers.pop();
    }
    if !kept(8) {
        view.caf.clear();
    }
    view
}

proptest! {
    /// For any two views of one child, however they came to differ: what is shared is exactly what stands in both.
    #[test]
    fn what_is_shared_stands_in_both_and_what_stands_in_both_is_shared(one in 0..512_u16, other in 0..512_u16) {
        let whole = full(disclose(&record(profile(), amara()), &viewers()[0], Purpose::OpenRecord, TODAY));
        let [a, b, both] = [one, other, one & other].map(|mask| Disclosure::Full(Box::new(masked(&whole, mask))));
        let shared = a.clone().lesser(b.clone());
        prop_assert_eq!(&shared, &both);
        prop_assert_eq!(&b.lesser(a.clone()), &shared);
        prop_assert_eq!(shared.clone().lesser(a), shared);
    }
}
