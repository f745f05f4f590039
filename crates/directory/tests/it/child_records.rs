use crate::children::{
    TODAY, address, alias, amara, at, day, involvement, name, opened, profile, school, shielded, view,
};
use directory::parts::Parts;
use directory::search::search_keys;
use directory::{
    ChildProfile, ChildRecord, Content, Contribution, DeathEntry, Disclosure, Gender, LeftEngland,
    RecordView, ServiceType, SourceView, Whereabouts,
};
use jiff::civil::date;
use proptest::prelude::*;

fn seen(views: Vec<SourceView>) -> RecordView {
    match opened(&ChildRecord::compute(profile(), views), TODAY) {
        Disclosure::Full(view) => *view,
        other => panic!("expected a record, got {other:?}"),
    }
}

fn bare() -> Content {
    Content {
        date_of_birth: None,
        gender: Gender::NotSpecified,
        whereabouts: None,
        carers: Vec::new(),
        education: Vec::new(),
        practice: None,
        involvements: Vec::new(),
        ..amara()
    }
}

#[test]
fn the_newest_value_of_the_most_authoritative_source_is_shown() {
    let named = |surname: &str, effective: &str| Content {
        names: vec![name("Amara", surname)],
        effective_at: at(effective),
        ended_on: None,
        left_since: None,
        ..bare()
    };
    let mut older = view("Births", 1, named("First", "2020-01-01T00:00:00Z"));
    older.record_id = uuid::Uuid::from_u128(900);
    let newer = view("Births", 1, named("Second", "2024-01-01T00:00:00Z"));
    let newest_elsewhere = view("Census", 2, named("Third", "2026-01-01T00:00:00Z"));
    let seen = seen(vec![newest_elsewhere, older, newer]);
    assert_eq!(seen.name.value.surname(), "Second");
    assert_eq!(seen.name.source.as_str(), "Births");
    let aliases: Vec<_> = seen.aliases.iter().map(|alias| alias.value.surname()).collect();
    assert_eq!(aliases, ["First", "Third"]);
}

#[test]
fn of_an_entry_in_a_register_of_deaths_nothing_counts_but_the_day() {
    let entry = |death| Content { names: vec![name("Another", "Name")], death: Some(death), ..amara() };
    let registered = entry(DeathEntry::Registered(day("2026-03-01")));
    let known = view("Census", 2, amara());
    let with = |content: &Content| vec![view("Deaths", 1, content.clone()), known.clone()];
    let facts = |views, profile: ChildProfile| ChildRecord::compute(profile, views).life_facts();
    let alone = seen(vec![known.clone()]);
    assert_eq!(
        seen(with(&registered)),
        alone,
        "it gives no name, no contact and no service, however authoritative"
    );
    assert_eq!(facts(with(&registered), profile()).died_on, Some(day("2026-03-01")));
    let notified = ChildProfile { died_on: Some(day("2026-02")), ..profile() };
    assert_eq!(facts(with(&registered), notified.clone()).died_on, Some(day("2026-03-01")));
    let withdrawn = entry(DeathEntry::Withdrawn);
    assert_eq!(facts(with(&withdrawn), profile()).died_on, None);
    assert_eq!(facts(with(&withdrawn), notified).died_on, Some(day("2026-02")), "what people notified stays");
    // Of somebody of whom nobody else tells, nobody is shown anything, and no search leads there.
    let unknown = ChildRecord::compute(profile(), vec![view("Deaths", 1, registered.clone())]);
    assert_eq!(opened(&unknown, TODAY), Disclosure::NotFound);
    assert_eq!(unknown.life_facts().date_of_birth, registered.date_of_birth, "retention knows when it ends");
    assert!(search_keys(&registered, false).is_empty() && search_keys(&registered, true).is_empty());
    let Parts { identity, items } = registered.clone().split();
    assert_eq!(Content::assemble(identity, items), registered);
}

#[test]
fn a_source_that_says_nothing_leaves_the_value_to_the_next() {
    let seen = seen(vec![view("Births", 1, bare()), view("Census", 2, amara())]);
    assert_eq!(seen.date_of_birth.unwrap().source.as_str(), "Census");
    assert_eq!(seen.gender.unwrap().value, Gender::Female);
}

#[test]
fn names_that_read_the_same_are_one_alias() {
    let content = |names| Content { names, ..bare() };
    let seen = seen(vec![
        view("Births", 1, content(vec![name("Amara", "Okafor"), alias("Amara", "Béllo")])),
        view("Census", 2, content(vec![name("AMARA", "OKAFOR"), alias("amara", "bello")])),
        view("GP", 3, content(vec![name("Amara", "Bello")])),
    ]);
    assert_eq!(seen.aliases.len(), 1);
    assert_eq!(seen.aliases[0].value.surname(), "Béllo");
}

#[test]
fn contacts_of_every_source_stand_side_by_side_with_source_and_date() {
    let other = Content {
        involvements: vec![involvement(ServiceType::HealthVisitor)],
        education: vec![school("St Mary's School")],
        ..amara()
    };
    let mut census = view("Census", 2, other);
    census.last_confirmed = date(2026, 11, 20);
    let seen = seen(vec![view("Social care", 1, amara()), census]);
    let services: Vec<_> = seen
        .involvements
        .iter()
        .map(|i| (i.value.service.service().code(), i.source.as_str(), i.last_confirmed))
        .collect();
    assert_eq!(
        services,
        [
            ("social_worker", "Social care", date(2026, 11, 1)),
            ("school_nurse", "Social care", date(2026, 11, 1)),
            ("health_visitor", "Census", date(2026, 11, 20)),
        ]
    );
    assert_eq!(seen.education.len(), 2);
    // The same mother from both: once, with the later confirmation.
    assert_eq!(seen.carers.len(), 1);
    assert_eq!(seen.carers[0].last_confirmed, date(2026, 11, 20));
}

#[test]
fn a_last_known_address_gives_way_to_a_current_one() {
    let last_known = Content {
        whereabouts: Some(Whereabouts::LastKnown(address("1 Old Road", "Luton", "LU1 1AA"))),
        ..amara()
    };
    let none = Content { whereabouts: Some(Whereabouts::NoKnownAddress), ..amara() };
    let both =
        seen(vec![view("A", 1, none.clone()), view("B", 2, last_known.clone()), view("C", 3, amara())]);
    assert!(matches!(both.whereabouts.unwrap().value, Whereabouts::Current(_)));
    let without = seen(vec![view("A", 1, none), view("B", 2, last_known)]);
    assert!(matches!(without.whereabouts.unwrap().value, Whereabouts::LastKnown(_)));
}

#[test]
fn a_held_record_adds_nothing() {
    let mut held = view("Births", 1, Content { names: vec![name("Held", "Name")], ..amara() });
    held.contribution = Contribution::Held;
    assert_eq!(seen(vec![held.clone(), view("Census", 2, amara())]), seen(vec![view("Census", 2, amara())]));
    assert_eq!(opened(&ChildRecord::compute(profile(), vec![held]), TODAY), Disclosure::NotFound);
    assert_eq!(opened(&ChildRecord::compute(shielded(), Vec::new()), TODAY), Disclosure::NotFound);
}

#[test]
fn there_is_at_most_one_lead_professional() {
    let leading = |service| {
        let mut content = amara();
        let (mut details, basis) = involvement(service).into_parts();
        details.lead = true;
        content.involvements = vec![directory::Involvement::new(details, basis).unwrap()];
        content
    };
    let seen = seen(vec![
        view("Social care", 1, leading(ServiceType::FamilySupport)),
        view("Health", 2, leading(ServiceType::HealthVisitor)),
    ]);
    assert_eq!(seen.involvements.iter().filter(|i| i.value.lead).count(), 1);
    assert_eq!(seen.lead_professional().unwrap().value.service.service(), ServiceType::FamilySupport);
}

proptest! {
    #[test]
    fn the_order_in_which_records_come_does_not_matter(
        order in Just((0..6_usize).collect::<Vec<_>>()).prop_shuffle(),
        precedences in prop::collection::vec(1..4_i64, 6),
        days in prop::collection::vec(1..4_i8, 6),
        held in prop::collection::vec(prop::bool::weighted(0.2), 6),
        services in prop::collection::vec(prop::sample::select(ServiceType::ALL), 6),
    ) {
        let made: Vec<SourceView> = (0..6).map(|i| {
            let content = Content {
                names: vec![name("Amara", ["Okafor", "Bello", "O'Kafor", "Okafor-Bello", "Obi", "Ade"][i])],
                date_of_birth: (i != 2).then(|| day(["2016-03-09", "2016", "2016-09-03"][i % 3])),
                involvements: vec![involvement(services[i])],
                effective_at: date(2026, 1, days[i]).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp(),
                ..amara()
            };
            let mut view = view(["A", "B"][i % 2], precedences[i], content);
            view.record_id = uuid::Uuid::from_u128(i as u128);
            view.contribution = if held[i] { Contribution::Held } else { Contribution::Visible };
            view
        }).collect();
        let shuffled = order.iter().map(|i| made[*i].clone()).collect();
        prop_assert_eq!(ChildRecord::compute(profile(), shuffled), ChildRecord::compute(profile(), made));
    }
}

#[test]
fn the_years_since_a_child_left_england_begin_with_the_first_word_of_it() {
    let said = |on: &str, whereabouts: Whereabouts| Content {
        effective_at: at(&format!("{on}T09:00:00Z")),
        whereabouts: Some(whereabouts),
        ..bare()
    };
    let left = |on: &str, intention| said(on, Whereabouts::LeftEngland(intention));
    let may = LeftEngland::ReturnWithin3Years;
    let unknown = LeftEngland::NoInformation;
    let never = LeftEngland::NoReturnWithin3Years;
    let here = |on: &str| said(on, Whereabouts::NoKnownAddress);
    let since = |statements: Vec<Content>| {
        let mut told: Vec<Content> = Vec::new();
        for mut statement in statements {
            statement.goes_on_from(&told);
            told.push(statement);
        }
        told.last().unwrap().whereabouts_since()
    };
    let day = |on: &str| at(&format!("{on}T09:00:00Z"));
    for (statements, first, why) in [
        (vec![left("2026-01-05", may)], "2026-01-05", "said once"),
        (
            vec![left("2026-01-05", may), left("2026-06-05", may), left("2027-06-05", may)],
            "2026-01-05",
            "again and again",
        ),
        (vec![left("2026-01-05", may), left("2027-06-05", unknown)], "2026-01-05", "it may still return"),
        (
            vec![left("2026-01-05", may), left("2027-06-05", never)],
            "2027-06-05",
            "it does not return: another word",
        ),
        (
            vec![left("2026-01-05", never), left("2027-06-05", never)],
            "2026-01-05",
            "it does not return, again",
        ),
        (
            vec![left("2026-01-05", may), here("2026-09-05"), left("2027-06-05", may)],
            "2027-06-05",
            "it was here meanwhile",
        ),
        (vec![left("2026-01-05", may), here("2026-09-05")], "2026-09-05", "it is here"),
    ] {
        assert_eq!(since(statements), day(first), "{why}");
    }
    // What stood and what waited beside it end together: the years begin after what waited said otherwise.
    let mut stood = left("2026-01-05", may);
    stood.comes_after(&[here("2026-09-05")]);
    assert_eq!(stood.whereabouts_since(), day("2026-09-05"));
    let mut next = left("2027-06-05", may);
    next.goes_on_from(&[stood]);
    assert_eq!(next.whereabouts_since(), day("2026-09-05"));
    // Two sources of one authority: the first word, whichever spoke last.
    let (one, other) = (view("A", 1, left("2026-01-05", may)), view("B", 1, left("2027-06-05", may)));
    let facts = ChildRecord::compute(profile(), vec![one, other]).life_facts();
    assert_eq!(facts.left_england, Some((may, date(2026, 1, 5))));
    let mut again = left("2027-06-05", may);
    again.goes_on_from(&[left("2026-01-05", may)]);
    let facts = ChildRecord::compute(profile(), vec![view("Schools", 1, again)]).life_facts();
    assert_eq!(facts.left_england, Some((may, date(2026, 1, 5))));
}
