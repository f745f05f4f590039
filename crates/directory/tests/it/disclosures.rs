use crate::children::{
    TODAY, amara, day, details, name, number, opened, profile, record, searched, shielded, view,
};
use directory::{
    AuthorityCode, ChildProfile, ChildRecord, Content, Disclosure, Gender, Involvement, InvolvementDetails,
    LeftEngland, ListRow, Participation, Purpose, Seal, ServiceType, ShieldedView, Viewer, Whereabouts,
    disclose,
};
use jiff::civil::{Date, date};
use proptest::prelude::*;

fn json(disclosure: &Disclosure) -> String {
    match disclosure {
        Disclosure::Full(view) => serde_json::to_string(view).unwrap(),
        Disclosure::Shielded(view) => serde_json::to_string(view).unwrap(),
        Disclosure::Special(view) => panic!("no view of an office or a right: {view:?}"),
        Disclosure::NotFound => String::new(),
    }
}

fn viewers() -> [Viewer; 3] {
    let authority = AuthorityCode::parse("E09000003").unwrap();
    [Viewer::AuthorityPractitioner, Viewer::PartnerPractitioner, Viewer::AuthorityManagement { authority }]
}

#[test]
fn a_record_shows_who_works_with_the_child_and_how_to_reach_them() {
    let Disclosure::Full(view) = opened(&record(profile(), amara()), TODAY) else { panic!("a full record") };
    insta::assert_json_snapshot!(view);
}

#[test]
fn a_shielded_child_shows_name_birth_gender_and_number_and_nothing_else() {
    for viewer in viewers() {
        for purpose in [Purpose::Search, Purpose::OpenRecord] {
            let shown = disclose(&record(shielded(), amara()), &viewer, purpose, TODAY);
            let Disclosure::Shielded(view) = &shown else { panic!("a shielded view") };
            let ShieldedView { name: shown_name, date_of_birth, gender, number: shown_number, .. } = view;
            assert_eq!(shown_name, &name("Amara Grace", "Okafor"));
            assert_eq!((*date_of_birth, *gender), (Some(day("2016-03-09")), Gender::Female));
            assert_eq!(shown_number, &number());
            assert_eq!(shown.fields_shown(), ["name", "date_of_birth", "gender", "number"]);
            assert_eq!(serde_json::to_value(view).unwrap().as_object().unwrap().len(), 4);
        }
    }
}

#[test]
fn no_ordinary_viewer_sees_a_sensitive_service_a_source_number_or_an_earlier_address() {
    for viewer in viewers() {
        let shown = json(&disclose(&record(profile(), amara()), &viewer, Purpose::OpenRecord, TODAY));
        assert!(shown.contains("social_worker"));
        for hidden in ["mental_health", "9434765919", "Old Street", "LU1 1AA", "consent"] {
            assert!(!shown.contains(hidden), "{hidden}");
        }
    }
}

#[test]
fn a_sensitive_service_leaves_no_trace_in_the_record_or_its_field_names() {
    let sensitive = |content: Content, keep: bool| Content {
        involvements: content
            .involvements
            .into_iter()
            .filter(|i| i.details().service == ServiceType::MentalHealth && keep)
            .collect(),
        ..content
    };
    let with = opened(&record(profile(), sensitive(amara(), true)), TODAY);
    let without = opened(&record(profile(), sensitive(amara(), false)), TODAY);
    assert_eq!(with, without);
    assert_eq!(with.fields_shown(), without.fields_shown());
}

#[test]
fn a_search_shows_no_contacts() {
    let shown = json(&searched(&record(profile(), amara())));
    for contact in ["Ngozi", "01632", "07700", "social_worker", "Surgery"] {
        assert!(!shown.contains(contact), "{contact}");
    }
    assert!(shown.contains("Willow Brook"));
}

#[test]
fn the_eighteenth_birthday_ends_what_ordinary_users_find() {
    let grown = Content { date_of_birth: Some(day("2008-11-22")), ..amara() };
    let staying = ChildProfile { participation: Participation::until_age(19).ok(), ..profile() };
    for (profile, today, found) in [
        (profile(), date(2026, 11, 21), true),
        (profile(), date(2026, 11, 22), false),
        (staying.clone(), date(2026, 11, 22), true),
        (staying.clone(), date(2027, 11, 21), true),
        (staying, date(2027, 11, 22), false),
        (shielded(), date(2026, 11, 22), false),
    ] {
        let shown = opened(&record(profile, grown.clone()), today);
        assert_eq!(shown != Disclosure::NotFound, found, "{today}");
    }
}

#[test]
fn the_dead_are_found_for_a_year() {
    let profile = ChildProfile { died_on: Some(day("2026-01-10")), ..profile() };
    let found = |today: Date| opened(&record(profile.clone(), amara()), today) != Disclosure::NotFound;
    assert!(found(date(2027, 1, 9)) && !found(date(2027, 1, 10)));
}

#[test]
fn a_child_who_left_for_good_is_not_found_and_one_who_may_return_is() {
    let left = |intention| Content { whereabouts: Some(Whereabouts::LeftEngland(intention)), ..amara() };
    let found = |intention| opened(&record(profile(), left(intention)), TODAY) != Disclosure::NotFound;
    assert!(!found(LeftEngland::NoReturnWithin3Years));
    assert!(found(LeftEngland::ReturnWithin3Years) && found(LeftEngland::NoInformation));
}

#[test]
fn a_sealed_former_identity_answers_as_if_never_issued() {
    let sealed = ChildProfile { seal: Seal::FormerIdentity, ..profile() };
    assert_eq!(opened(&record(sealed, amara()), TODAY), Disclosure::NotFound, "a former identity is nobody");
    let new = ChildProfile { seal: Seal::NewIdentity, ..profile() };
    assert_eq!(opened(&record(new, amara()), TODAY), opened(&record(profile(), amara()), TODAY));
}

#[test]
fn a_record_that_may_be_a_shielded_childs_is_not_found_until_the_desk_has_looked() {
    let waiting = ChildProfile { held: true, ..profile() };
    assert_eq!(opened(&record(waiting, amara()), TODAY), Disclosure::NotFound);
}

#[test]
fn an_ended_involvement_is_shown_as_ended_for_a_year_and_then_no_more() {
    let ended =
        InvolvementDetails { end: Some(day("2026-01-10")), lead: true, ..details(ServiceType::YouthWorker) };
    let content = Content { involvements: vec![Involvement::new(ended, None).unwrap()], ..amara() };
    let shown = |today| match opened(&record(profile(), content.clone()), today) {
        Disclosure::Full(view) => {
            view.involvements.iter().map(|i| (i.value.end, i.value.lead)).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(shown(date(2026, 1, 9)), [(None, true)]);
    assert_eq!(shown(date(2026, 1, 10)), [(Some(day("2026-01-10")), false)]);
    assert_eq!(shown(date(2027, 1, 9)).len(), 1);
    assert_eq!(shown(date(2027, 1, 10)), []);
}

#[test]
fn a_shielded_childs_row_reads_like_that_of_a_child_of_no_known_town() {
    let townless = Content { whereabouts: Some(Whereabouts::NoKnownAddress), ..amara() };
    let shielded = searched(&record(shielded(), amara())).list_row(TODAY).unwrap();
    assert_eq!(shielded, searched(&record(profile(), townless)).list_row(TODAY).unwrap());
    assert_eq!(shielded.town, None);
    assert_eq!(shielded.age.unwrap().to_string(), "10");
    let open = searched(&record(profile(), amara())).list_row(TODAY).unwrap();
    assert_eq!(open.town.unwrap().as_str(), "St Albans");
    assert_eq!(ListRow::fields_shown(), ["number", "name", "age", "town"]);
}

proptest! {
    /// Law 3: whatever the sources say beside the four fields, a shielded child looks the same.
    #[test]
    fn two_shielded_children_alike_in_the_four_fields_look_alike(
        aliases in prop::collection::vec("[A-Z][a-z]{2,8}", 0..3),
        town in "[A-Z][a-z]{3,9}",
        services in prop::collection::vec(prop::sample::select(ServiceType::ALL), 0..4),
        second_source in any::<bool>(),
    ) {
        let mut content = amara();
        content.names.truncate(1);
        content.names.extend(aliases.iter().map(|a| crate::children::alias("Amara", a)));
        content.whereabouts = Some(Whereabouts::Current(crate::children::address("1 Some Road", &town, "M1 1AE")));
        content.involvements = services.into_iter().map(crate::children::involvement).collect();
        let mut views = vec![view("Social care", 1, content.clone())];
        if second_source {
            content.names = vec![name("Other", "Name")];
            content.date_of_birth = Some(day("2015-01-01"));
            views.push(view("Census", 2, content));
        }
        let shown = opened(&ChildRecord::compute(shielded(), views), TODAY);
        prop_assert_eq!(shown, opened(&record(shielded(), amara()), TODAY));
    }
}
