use crate::children::{
    TODAY, address, alias, amara, line, name, number, opened, profile, record, school, searched, shielded,
    view,
};
use directory::search::{
    AgeBand, Criteria, KeyKind, PostcodeQuery, SearchKey, SearchPolicy, Tier, matches, query_keys,
    search_keys, search_keys_as_shown,
};
use directory::{ChildRecord, Content, DeathEntry, Disclosure, Gender, PartialDate, Postcode, Whereabouts};
use jiff::civil::date;
use proptest::prelude::*;

const FORENAMES: [&str; 14] = [
    "Elizabeth",
    "William",
    "Robert Lee",
    "Anne-Marie",
    "Siân",
    "Muhammad",
    "محمد",
    "小明",
    "O",
    "Łukasz",
    "Margaret Rose",
    "Alexander",
    "Katherine",
    "Ngozi",
];
const SURNAMES: [&str; 14] = [
    "Smith-Jones",
    "García López",
    "O'Brien",
    "van den Berg",
    "de la Cruz",
    "Ng",
    "Le",
    "Wiśniewski",
    "الأحمد",
    "王",
    "Thompson",
    "Mac Donald",
    "Okafor",
    "",
];
const STREETS: [&str; 6] =
    ["12 Mill Lane", "Flat 3, 9 High Street", "The Green", "1a St John's Rd", "Rose Cottage", "44 Broadway"];
const SCHOOLS: [&str; 4] = [
    "Willow Brook Primary School",
    "St Mary's CE Primary School",
    "The Oakfield Academy",
    "King Edward VI High School",
];

fn children() -> impl Strategy<Value = Content> {
    let names = (prop::sample::select(&FORENAMES[..]), prop::sample::select(&SURNAMES[..]));
    let others = prop::collection::vec(
        (prop::sample::select(&FORENAMES[..]), prop::sample::select(&SURNAMES[..])),
        0..2,
    );
    let born = (2009..2026_i16, 1..13_i8, 1..29_i8, 0..5_u8);
    let place = (
        prop::sample::select(&STREETS[..]),
        prop::sample::select(vec!["AL1 2QB", "M1 1AE", "SW1A 2AA", "BFPO 57"]),
        0..4_u8,
    );
    let rest = (prop::sample::select(&SCHOOLS[..]), prop::sample::select(Gender::ALL));
    (names, others, born, place, rest).prop_map(|(names, others, born, place, rest)| {
        let day = PartialDate::from(date(born.0, born.1, born.2));
        let born = match born.3 {
            0 => PartialDate::parse(&day.to_string()[..7]).unwrap(),
            1 => PartialDate::parse(&day.to_string()[..4]).unwrap(),
            _ => day,
        };
        let home = address(place.0, "Anytown", place.1);
        let mut all = vec![name(names.0, names.1)];
        all.extend(others.into_iter().map(|(forenames, surname)| alias(forenames, surname)));
        Content {
            names: all,
            date_of_birth: Some(born),
            gender: rest.1,
            whereabouts: Some(if place.2 == 0 {
                Whereabouts::LastKnown(home)
            } else {
                Whereabouts::Current(home)
            }),
            education: vec![school(rest.0)],
            ..amara()
        }
    })
}

/// Which name is asked for, in which spelling and order, and which fields stand beside.
#[derive(Debug, Clone)]
struct Question {
    name: prop::sample::Index,
    part: prop::sample::Index,
    nickname: prop::sample::Index,
    use_nickname: bool,
    surname_first: bool,
    fields: [bool; 8],
}

fn questions() -> impl Strategy<Value = Question> {
    let index = any::<prop::sample::Index>;
    (index(), index(), index(), any::<bool>(), any::<bool>(), any::<[bool; 8]>()).prop_map(
        |(name, part, nickname, use_nickname, surname_first, fields)| Question {
            name,
            part,
            nickname,
            use_nickname,
            surname_first,
            fields,
        },
    )
}

fn nicknames_of(forename: &str) -> Vec<String> {
    let list = include_str!("../../data/nicknames.csv");
    let folded = forename.to_lowercase();
    list.lines()
        .filter_map(|l| l.split_once(','))
        .filter(|(n, _)| *n == folded)
        .map(|(_, n)| n.to_owned())
        .collect()
}

/// Criteria that say of the child only what is so, with the changes a caller makes.
fn drawn(content: &Content, q: &Question) -> Criteria {
    let asked = q.name.get(&content.names);
    let surname = if asked.surname().is_empty() { asked.forenames() } else { asked.surname() };
    let parts = directory::names::surname_parts(surname);
    let part = q.part.get(&parts).clone();
    let forenames = directory::names::words(asked.forenames());
    let mut forename = forenames.get(..2.min(forenames.len())).unwrap().first().cloned().unwrap_or_default();
    let nicknames = nicknames_of(&forename);
    if q.use_nickname && !nicknames.is_empty() {
        forename = q.nickname.get(&nicknames).clone();
    }
    let [with_forename, with_surname, birth, gender, full, area, street, at_school] = q.fields;
    let single = is_single(asked);
    let mut names = Vec::new();
    if with_surname || single {
        names.push(part);
    }
    if with_forename && !single {
        names.push(forename);
    }
    if !q.surname_first {
        names.reverse();
    }
    let address = content.whereabouts.as_ref().and_then(|w| w.address()).unwrap();
    let postcode = address.postcode.as_ref().map(Postcode::as_str).unwrap();
    let born = content.date_of_birth.unwrap();
    let age = born.age_on(TODAY).map(|age| AgeBand::new(age.youngest(), age.oldest()).unwrap());
    Criteria {
        number: None,
        names: directory::Line::parse(&names.join(" ")).ok(),
        date_of_birth: birth.then_some(born),
        age: if birth { None } else { age },
        gender: gender.then_some(content.gender),
        postcode: match (full, area) {
            (true, _) => PostcodeQuery::parse(postcode).ok(),
            (false, true) => PostcodeQuery::parse(content_area(postcode)).ok(),
            (false, false) => None,
        },
        street: street.then(|| address.lines[0].clone()),
        school: at_school.then(|| line(SCHOOLS.iter().find(|s| holds_school(content, s)).unwrap())),
    }
}

fn is_single(name: &directory::PersonName) -> bool {
    name.surname().is_empty() || name.forenames().is_empty()
}

fn content_area(postcode: &str) -> &str {
    if postcode.starts_with("BFPO") {
        "BF"
    } else {
        postcode.split(|c: char| c.is_ascii_digit()).next().unwrap()
    }
}

fn holds_school(content: &Content, school: &str) -> bool {
    serde_json::to_string(&content.education).unwrap().contains(school)
}

fn meet(asked: &[Vec<SearchKey>], kept: &[SearchKey]) -> bool {
    asked.iter().flatten().any(|key| kept.contains(key))
}

#[test]
fn an_ordinary_record_keeps_about_eight_keys() {
    let count = |forenames: &str, surname: &str| {
        search_keys(&Content { names: vec![name(forenames, surname)], ..amara() }, false).len()
    };
    // With a school of two words; one name, two forenames, two surnames.
    assert_eq!(count("Amara", "Okafor"), 10);
    assert_eq!(count("Amara Grace", "Okafor"), 11);
    assert_eq!(count("Amara", "Okafor-Bello"), 18);
    let without_school = Content { names: vec![name("Amara", "Okafor")], education: Vec::new(), ..amara() };
    assert_eq!(search_keys(&without_school, false).len(), 8);
}

#[test]
fn a_question_about_a_place_is_looked_up_in_hideable_keys_only() {
    let criteria = Criteria {
        names: Some(line("Amara Okafor")),
        date_of_birth: amara().date_of_birth,
        gender: Some(Gender::Female),
        postcode: PostcodeQuery::parse("AL1").ok(),
        ..Criteria::default()
    };
    let keys = query_keys(&criteria.check(&SearchPolicy::default()).unwrap(), TODAY);
    assert!(!keys.is_empty());
    assert!(keys.iter().flatten().all(|key| key.tier == Tier::Hideable));
}

#[test]
fn a_question_by_number_has_no_keys() {
    let criteria = Criteria { number: Some(number()), ..Criteria::default() };
    assert!(query_keys(&criteria.check(&SearchPolicy::default()).unwrap(), TODAY).is_empty());
}

#[test]
fn a_child_misheard_by_surname_is_met_by_forename_and_birth() {
    let criteria = Criteria {
        names: Some(line("Amara Smith")),
        date_of_birth: amara().date_of_birth,
        ..Criteria::default()
    };
    let keys = query_keys(&criteria.check(&SearchPolicy::default()).unwrap(), TODAY);
    assert!(meet(&keys, &search_keys(&amara(), false)));
}

#[test]
fn a_whole_date_meets_a_record_that_knows_only_the_month() {
    let content = Content { date_of_birth: PartialDate::parse("2016-03").ok(), ..amara() };
    let criteria =
        Criteria { names: Some(line("Okafor")), date_of_birth: amara().date_of_birth, ..Criteria::default() };
    let specific = criteria.check(&SearchPolicy::default()).unwrap();
    assert!(meet(&query_keys(&specific, TODAY), &search_keys(&content, false)));
}

#[test]
fn a_key_shows_nothing_of_its_value_in_a_log() {
    let keys = search_keys(&amara(), false);
    let logged = format!("{keys:?}");
    assert!(!logged.contains("2016") && !logged.contains("AKFR") && !logged.contains("AL1"), "{logged}");
}

#[test]
fn kinds_and_tiers_keep_their_numbers() {
    let numbers: Vec<i64> = KeyKind::ALL.iter().map(|kind| kind.number()).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!((Tier::Visible.number(), Tier::Hideable.number()), (1, 2));
}

#[test]
fn a_shielded_childs_other_record_keeps_no_key_by_the_name_only_it_gives() {
    let other = Content { names: vec![name("Amara", "Bello")], ..amara() };
    let views = vec![view("Social care", 1, amara()), view("Census", 2, other.clone())];
    let Disclosure::Shielded(shown) = opened(&ChildRecord::compute(shielded(), views), TODAY) else {
        panic!("a shielded view")
    };
    let kept = search_keys_as_shown(&other, &shown);
    let by_alias =
        Criteria { names: Some(line("Bello")), date_of_birth: amara().date_of_birth, ..Criteria::default() };
    assert!(!meet(&query_keys(&by_alias.check(&SearchPolicy::default()).unwrap(), TODAY), &kept));
    // What shows by itself, the first record keeps: the child can still be found by it.
    let by_name =
        Criteria { names: Some(line("Okafor")), date_of_birth: amara().date_of_birth, ..Criteria::default() };
    let keys = query_keys(&by_name.check(&SearchPolicy::default()).unwrap(), TODAY);
    assert!(meet(&keys, &search_keys_as_shown(&amara(), &shown)));
}

#[test]
fn an_entry_of_a_register_of_deaths_has_no_search_key_whether_the_child_is_shielded_or_not() {
    let registered = DeathEntry::Registered(PartialDate::parse("2026-02-20").unwrap());
    for entry in [registered, DeathEntry::Withdrawn] {
        let entry = Content { death: Some(entry), ..amara() };
        let views = vec![view("Social care", 1, amara()), view("Deaths", 2, entry.clone())];
        let Disclosure::Shielded(shown) = opened(&ChildRecord::compute(shielded(), views), TODAY) else {
            panic!("a shielded view")
        };
        assert_eq!(search_keys(&entry, false), []);
        assert_eq!(search_keys(&entry, true), []);
        assert_eq!(search_keys_as_shown(&entry, &shown), []);
        assert_ne!(search_keys_as_shown(&amara(), &shown), []);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Whatever is asked of a child truthfully and specifically enough, the keys of question and record meet, and the
    /// child answers.
    #[test]
    fn a_sufficient_question_meets_the_record(content in children(), question in questions()) {
        let criteria = drawn(&content, &question);
        if let Ok(specific) = criteria.check(&SearchPolicy::default()) {
            // A forename alone stands for a surname in no question but the one by forename, birth and area.
            let with_surname = question.fields[1];
            let whole_birth = criteria.date_of_birth.is_some_and(|born| born.whole().is_some());
            let by_forename = whole_birth && criteria.postcode.is_some();
            if with_surname || by_forename || is_single(question.name.get(&content.names)) {
                let keys = query_keys(&specific, TODAY);
                prop_assert!(meet(&keys, &search_keys(&content, false)), "not met: {:?}", criteria);
                let found = matches(&specific, &searched(&record(profile(), content.clone())), TODAY);
                prop_assert!(found.is_some(), "no answer: {:?} of {:?}", criteria, content.names);
            }
        }
    }

    /// Law 3: no key of a shielded record holds a value that the shield hides.
    #[test]
    fn no_key_of_a_shielded_child_holds_what_is_hidden(content in children(), question in questions()) {
        let keys = search_keys(&content, true);
        prop_assert!(keys.iter().all(|key| key.tier == Tier::Visible));
        let mut elsewhere = content.clone();
        elsewhere.names.truncate(1);
        elsewhere.whereabouts = None;
        elsewhere.education.clear();
        prop_assert_eq!(&keys, &search_keys(&elsewhere, true));
        let criteria = drawn(&content, &question);
        if criteria.uses_hidden_field() && let Ok(specific) = criteria.check(&SearchPolicy::default()) {
            prop_assert!(!meet(&query_keys(&specific, TODAY), &keys));
            prop_assert!(matches(&specific, &searched(&record(shielded(), content)), TODAY).is_none());
        }
    }

    #[test]
    fn the_keys_of_a_record_do_not_repeat_and_are_composite(content in children()) {
        let keys = search_keys(&content, false);
        let mut once = keys.clone();
        once.dedup();
        prop_assert_eq!(&once, &keys);
        prop_assert!(keys.iter().all(|key| key.value.split('|').filter(|part| !part.is_empty()).count() >= 2));
    }
}
