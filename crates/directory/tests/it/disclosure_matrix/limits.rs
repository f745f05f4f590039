//! What holds of every record whatever, for everybody.

use super::filled::{asker, content, in_force, profile, protected, record};
use super::random::{Case, cases};
use super::trace::leaves;
use super::viewpoint::{another_authority, requesting_carer, said, viewers};
use crate::children::{TODAY, day};
use directory::retention::{RetentionPolicy, Stage, in_first_archive_years, is_grown, stage};
use directory::{
    AuthorityCode, ChildProfile, ChildRecord, Content, Disclosure, Involvement, Purpose, Requester, Seal,
    SourceView, SpecialView, Viewer, disclose, disclose_to_both,
};
use jiff::ToSpan as _;
use jiff::civil::Date;
use proptest::prelude::*;
use std::collections::BTreeSet;

const PURPOSES: [Purpose; 2] = [Purpose::Search, Purpose::OpenRecord];

fn leeds() -> AuthorityCode {
    AuthorityCode::parse("E08000035").unwrap()
}

/// Everybody, of two authorities, and the carers the record names.
fn everybody(case: &Case) -> Vec<Viewer> {
    let mut all = viewers(&leeds());
    all.extend(
        viewers(&another_authority()).into_iter().filter(|viewer| !viewers(&leeds()).contains(viewer)),
    );
    for carer in case.views.iter().flat_map(|view| &view.content.carers) {
        all.push(Viewer::Subject(Requester::Carer {
            name: carer.name.clone(),
            relationship: carer.relationship,
        }));
    }
    all
}

fn words(disclosure: &Disclosure) -> BTreeSet<String> {
    let mut words: BTreeSet<String> = leaves(&said(disclosure)).into_iter().map(|(_, leaf)| leaf).collect();
    words.extend(disclosure.list_row(TODAY).into_iter().flat_map(|row| {
        leaves(&serde_json::to_value(row).unwrap()).into_iter().map(|(_, leaf)| leaf).collect::<Vec<_>>()
    }));
    words
}

/// What a shield hides of this record: all that any view of it without the shield holds, less what the four fields hold.
fn hidden(case: &Case) -> BTreeSet<String> {
    let unshielded = ChildProfile { shields: Vec::new(), ..case.profile.clone() };
    let open = case.record_of(unshielded, case.views.clone());
    let mut all: BTreeSet<String> = everybody(case)
        .iter()
        .flat_map(|viewer| PURPOSES.map(|purpose| words(&disclose(&open, viewer, purpose, case.today))))
        .flatten()
        .collect();
    let practitioner = Viewer::AuthorityPractitioner;
    // Before anything of it could be archived: what shows on a shielded record also shows to its family later.
    let days = [case.today, Date::constant(2000, 1, 1)];
    for (purpose, day) in PURPOSES.iter().flat_map(|purpose| days.map(|day| (*purpose, day))) {
        for seen in words(&disclose(&case.record(), &practitioner, purpose, day)) {
            all.remove(&seen);
        }
    }
    all.retain(|word| !["null", "true", "false", "current", "alias", "former", "0"].contains(&word.as_str()));
    all
}

/// Whether the viewer is one whom the shield of this child does not keep out.
fn sees_behind(viewer: &Viewer, purpose: Purpose, record: &ChildRecord) -> bool {
    let opens = purpose == Purpose::OpenRecord;
    match viewer {
        Viewer::AuthorityManagement { authority }
        | Viewer::ArchiveManager { authority }
        | Viewer::ArchiveRetrieval { authority } => opens && record.is_answered_for_by(authority),
        Viewer::Override | Viewer::OverrideByTwo | Viewer::Subject(Requester::YoungPerson) => opens,
        _ => false,
    }
}

proptest! {
    /// Law 3: the values themselves are looked for, wherever in a view they might stand.
    #[test]
    fn nothing_hidden_of_a_shielded_child_reaches_anybody_whom_the_shield_keeps_out(case in cases()) {
        prop_assume!(case.profile.is_shielded());
        let (record, hidden) = (case.record(), hidden(&case));
        let all = everybody(&case);
        for purpose in PURPOSES {
            for viewer in all.iter().filter(|viewer| !sees_behind(viewer, purpose, &record)) {
                let shown = words(&disclose(&record, viewer, purpose, case.today));
                prop_assert!(shown.is_disjoint(&hidden), "{viewer:?}");
            }
            for (one, other) in all.iter().flat_map(|one| all.iter().map(move |other| (one, other))) {
                let shared = words(&disclose_to_both(&record, one, other, purpose, case.today));
                prop_assert!(shared.is_disjoint(&hidden), "{one:?} {other:?}");
            }
        }
    }

    /// Rules 2.1 and 2.3: an office counts only at the authority that answers, and a partner's office not at all.
    #[test]
    fn management_elsewhere_sees_to_the_letter_what_a_practitioner_sees(case in cases()) {
        let record = case.record();
        for purpose in PURPOSES {
            let seen = |viewer: &Viewer| disclose(&record, viewer, purpose, case.today);
            let practitioner = seen(&Viewer::AuthorityPractitioner);
            prop_assert_eq!(&seen(&Viewer::PartnerPractitioner), &practitioner);
            prop_assert_eq!(&seen(&Viewer::PartnerManagement), &practitioner);
            for authority in [leeds(), another_authority()] {
                if case.authority.as_ref() != Some(&authority) || purpose == Purpose::Search {
                    prop_assert_eq!(&seen(&Viewer::AuthorityManagement { authority }), &practitioner);
                }
            }
        }
    }

    /// Laws 5 and 8: what nobody may find answers nobody, whoever they are and however they ask.
    #[test]
    fn a_former_identity_a_held_record_and_an_old_archive_answer_like_a_number_never_issued(case in cases()) {
        let record = case.record();
        let policy = RetentionPolicy::default();
        let (gone, only_to_staff) = match stage(&record.life_facts(), &policy, case.today) {
            Stage::Live => (false, false),
            Stage::Archived(since) => (!in_first_archive_years(since, &policy, case.today), true),
            Stage::ToDestroy(_) => (true, false),
        };
        let nobodys = case.profile.held || case.profile.seal == Seal::FormerIdentity;
        prop_assume!(gone || nobodys);
        for (viewer, purpose) in everybody(&case).iter().flat_map(|viewer| PURPOSES.map(|purpose| (viewer, purpose))) {
            // A family is answered from the archive as long as anything is held (rule 14.4), and what is retrieved is of its
            // later years.
            let retrieved = matches!(viewer, Viewer::ArchiveRetrieval { authority } if record.is_answered_for_by(authority));
            let asks = (matches!(viewer, Viewer::Subject(_)) || retrieved) && purpose == Purpose::OpenRecord;
            if !(asks && only_to_staff && !nobodys) {
                prop_assert_eq!(disclose(&record, viewer, purpose, case.today), Disclosure::NotFound, "{:?}", viewer);
            }
        }
    }

    /// Rules 4.3, 4.4 and 14.4: an archived record answers data managers of its own authority and, while it is held, the
    /// family that asks; of who is grown, themself alone.
    #[test]
    fn an_archived_record_answers_data_managers_of_its_authority_and_the_family_alone(case in cases()) {
        let record = case.record();
        let policy = RetentionPolicy::default();
        let stage = stage(&record.life_facts(), &policy, case.today);
        let archived = stage != Stage::Live;
        let grown = record.life_facts().date_of_birth.is_some_and(|born| is_grown(born, &policy, case.today));
        for (viewer, purpose) in everybody(&case).iter().flat_map(|viewer| PURPOSES.map(|purpose| (viewer, purpose))) {
            let shown = disclose(&record, viewer, purpose, case.today);
            let may = match viewer {
                Viewer::ArchiveManager { authority } | Viewer::ArchiveRetrieval { authority } => {
                    record.is_answered_for_by(authority)
                }
                _ => false,
            };
            let told = match viewer {
                Viewer::Subject(Requester::YoungPerson) => true,
                Viewer::Subject(_) => !grown,
                _ => false,
            };
            let told = told && purpose == Purpose::OpenRecord && matches!(stage, Stage::Archived(_));
            if archived && !may && !told {
                prop_assert_eq!(&shown, &Disclosure::NotFound);
            }
            if matches!(shown, Disclosure::Special(SpecialView::Archive(_))) {
                prop_assert!(archived && may);
            }
        }
    }

    /// Rule 14.4: who is grown asks for themself, whether they participate, their record is in the archive or nobody knows why it is
    /// still there.
    #[test]
    fn of_who_is_grown_nobody_of_the_family_is_told_but_themself(case in cases()) {
        let record = case.record();
        let born = record.life_facts().date_of_birth;
        prop_assume!(born.is_some_and(|born| is_grown(born, &RetentionPolicy::default(), case.today)));
        for viewer in everybody(&case) {
            let Viewer::Subject(requester) = &viewer else { continue };
            if *requester != Requester::YoungPerson {
                prop_assert_eq!(disclose(&record, &viewer, Purpose::OpenRecord, case.today), Disclosure::NotFound);
            }
        }
    }

    /// Whoever was born by a day is grown eighteen years after it, though nobody knows their birthday.
    #[test]
    fn of_who_has_no_birthday_and_is_grown_nobody_of_the_family_is_told_but_themself(case in cases()) {
        let years = i64::from(RetentionPolicy::default().adult_at) + 1;
        let born_by = case.today.checked_sub(jiff::ToSpan::years(years)).unwrap();
        let undated = |content: &Content| Content { date_of_birth: None, ..content.clone() };
        let views = case.views.iter().map(|view| SourceView { content: undated(&view.content), ..view.clone() });
        let profile = case.profile.clone().born_by(Some(born_by));
        let record = ChildRecord::compute(profile, views.collect());
        for viewer in everybody(&case) {
            let Viewer::Subject(requester) = &viewer else { continue };
            if *requester != Requester::YoungPerson {
                prop_assert_eq!(disclose(&record, &viewer, Purpose::OpenRecord, case.today), Disclosure::NotFound);
            }
        }
    }

    /// Law 4: whether a sensitive service works with the child changes nothing for anybody but those who may know of it.
    #[test]
    fn a_sensitive_service_leaves_no_trace_for_whoever_may_not_know_of_it(case in cases()) {
        let record = case.record();
        let without = without_services(&case, |one| one.details().service.is_sensitive());
        let without_suspected = without_services(&case, |one| {
            one.basis().is_some_and(|basis| basis.kind == directory::BasisKind::SignificantHarm)
        });
        for viewer in everybody(&case) {
            for purpose in PURPOSES {
                let shown = disclose(&record, &viewer, purpose, case.today);
                let other = match viewer {
                    Viewer::AuthorityManagement { .. }
                    | Viewer::ArchiveManager { .. }
                    | Viewer::ArchiveRetrieval { .. } => continue,
                    Viewer::Subject(Requester::YoungPerson) => &without_suspected,
                    _ => &without,
                };
                prop_assert_eq!(&shown, &disclose(other, &viewer, purpose, case.today), "{:?}", viewer);
                prop_assert_eq!(shown.fields_shown(), disclose(other, &viewer, purpose, case.today).fields_shown());
            }
        }
    }

    /// Rule 14.5: a carer is not told that there is a shield, by what is missing or otherwise.
    #[test]
    fn a_carer_of_a_shielded_child_is_answered_as_if_nothing_but_the_four_fields_were_known(case in cases()) {
        prop_assume!(case.profile.is_shielded());
        let record = case.record();
        let bare = views_with(&case, |content| Content {
            names: content.names.iter().take(1).cloned().collect(),
            date_of_birth: content.date_of_birth,
            gender: content.gender,
            effective_at: content.effective_at,
            ended_on: content.ended_on,
            left_since: content.left_since,
            whereabouts: None,
            previous_addresses: Vec::new(),
            identifiers: Vec::new(),
            carers: Vec::new(),
            education: Vec::new(),
            practice: None,
            involvements: Vec::new(),
            caf: None,
            death: None,
        });
        let unshielded = ChildProfile { shields: Vec::new(), ..case.profile.clone() };
        // Another name that a second source gives is an alias of an unshielded child, and the day a child left England is
        // a place: neither is among the four.
        let bare = case.record_of(unshielded, first_naming(bare));
        for viewer in everybody(&case) {
            let Viewer::Subject(Requester::Carer { .. }) = &viewer else { continue };
            let shown = disclose(&record, &viewer, Purpose::OpenRecord, case.today);
            if shown != Disclosure::NotFound {
                let Disclosure::Special(SpecialView::Subject(shown)) = shown else { panic!("{shown:?}") };
                let Disclosure::Special(SpecialView::Subject(bare)) =
                    disclose(&bare, &viewer, Purpose::OpenRecord, case.today) else { panic!("not the bare answer") };
                prop_assert_eq!(shown, bare);
            }
        }
    }

    /// Rule 6.12: over every pair of viewers, what is shared stands in what each of the two sees as an ordinary viewer.
    #[test]
    fn no_office_widens_what_is_mediated(case in cases()) {
        let record = case.record();
        let all = everybody(&case);
        for purpose in PURPOSES {
            for (one, other) in all.iter().flat_map(|one| all.iter().map(move |other| (one, other))) {
                let shared = disclose_to_both(&record, one, other, purpose, case.today);
                prop_assert!(!matches!(shared, Disclosure::Special(_)));
                for alone in [one, other] {
                    let own = disclose(&record, &alone.as_ordinary(), purpose, case.today);
                    if matches!(own, Disclosure::Special(_) | Disclosure::NotFound) {
                        prop_assert_eq!(&shared, &Disclosure::NotFound);
                    } else {
                        prop_assert_eq!(&shared.clone().lesser(own), &shared);
                    }
                }
                let outsider = |viewer: &Viewer| matches!(viewer, Viewer::Subject(_) | Viewer::Auditor);
                if !outsider(one) && !outsider(other) {
                    // Nor does an office take anything away.
                    let ordinary = disclose(&record, &Viewer::AuthorityPractitioner, purpose, case.today);
                    prop_assert_eq!(&shared, &ordinary);
                }
            }
        }
    }
}

fn views_with(case: &Case, change: impl Fn(&Content) -> Content) -> Vec<SourceView> {
    case.views.iter().map(|view| SourceView { content: change(&view.content), ..view.clone() }).collect()
}

fn without_services(case: &Case, gone: impl Fn(&Involvement) -> bool) -> ChildRecord {
    let views = views_with(case, |content| Content {
        involvements: content.involvements.iter().filter(|one| !gone(one)).cloned().collect(),
        ..content.clone()
    });
    case.record_of(case.profile.clone(), views)
}

/// The views with the name of the one whose name is shown, and no other.
fn first_naming(mut views: Vec<SourceView>) -> Vec<SourceView> {
    use directory::Contribution;
    let order =
        |view: &SourceView| (view.precedence, std::cmp::Reverse(view.content.effective_at), view.record_id);
    let naming = views
        .iter()
        .filter(|view| view.contribution == Contribution::Visible && !view.content.names.is_empty())
        .min_by_key(|view| order(view))
        .map(|view| view.record_id);
    for view in &mut views {
        if Some(view.record_id) != naming {
            view.content.names.clear();
        }
    }
    views
}

fn told(profile: ChildProfile, content: Content, requester: Requester) -> directory::SubjectView {
    let view = crate::children::view("The invented register", 1, content);
    let record = ChildRecord::compute(profile, vec![view]);
    match disclose(&record, &Viewer::Subject(requester), Purpose::OpenRecord, TODAY) {
        Disclosure::Special(SpecialView::Subject(view)) => *view,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_carer_is_told_where_the_child_is_when_no_other_carer_is_recorded() {
    let alone = Content { carers: vec![asker()], ..content() };
    assert!(told(profile(), alone.clone(), requesting_carer()).whereabouts.is_some());
    assert!(told(profile(), content(), requesting_carer()).whereabouts.is_none(), "the other may live there");
    let nobody = Content { carers: Vec::new(), ..content() };
    assert!(
        told(profile(), nobody, requesting_carer()).whereabouts.is_none(),
        "nothing says they live there"
    );
    let shielded = ChildProfile { shields: vec![in_force()], ..profile() };
    assert!(told(shielded, alone, requesting_carer()).whereabouts.is_none());
}

#[test]
fn a_young_person_who_participates_is_answered_and_their_carer_is_not() {
    let stays = ChildProfile {
        participation: directory::Participation::until_age(21).ok(),
        died_on: None,
        ..profile()
    };
    let born = |birthday: Date| day(&(birthday - 18.years()).to_string());
    for (birthday, carer_is_told) in [(TODAY.tomorrow().unwrap(), true), (TODAY, false)] {
        let content = Content { date_of_birth: Some(born(birthday)), ..content() };
        let view = crate::children::view("The invented register", 1, content);
        let record = ChildRecord::compute(stays.clone(), vec![view]);
        let asks = |requester| disclose(&record, &Viewer::Subject(requester), Purpose::OpenRecord, TODAY);
        assert!(matches!(asks(Requester::YoungPerson), Disclosure::Special(SpecialView::Subject(_))));
        assert_eq!(asks(requesting_carer()) != Disclosure::NotFound, carer_is_told, "{birthday}");
    }
}

#[test]
fn a_namesake_of_another_relationship_is_not_the_carer_who_asks() {
    let Requester::Carer { name, .. } = requesting_carer() else { panic!("a carer") };
    let namesake = Requester::Carer { name, relationship: directory::Relationship::Guardian };
    for carer in told(profile(), content(), namesake).carers {
        assert!(carer.value.contact.is_empty(), "{:?}", carer.value.relationship);
    }
}

#[test]
fn an_override_opens_one_shielded_record_and_changes_nothing_of_an_open_one() {
    let shielded = || ChildProfile { shields: vec![in_force()], ..profile() };
    let open = disclose(&record(profile()), &Viewer::Override, Purpose::OpenRecord, TODAY);
    assert_eq!(
        open,
        disclose(&record(profile()), &Viewer::AuthorityPractitioner, Purpose::OpenRecord, TODAY)
    );
    let Disclosure::Full(open) = open else { panic!("an open record") };
    let behind = disclose(&record(protected(shielded())), &Viewer::Override, Purpose::OpenRecord, TODAY);
    let Disclosure::Special(SpecialView::Override(behind)) = behind else { panic!("behind the shield") };
    assert_eq!(behind.record, *open);
}

#[test]
fn management_of_a_protected_child_is_that_of_the_sealed_authority_whatever_stands_in_the_clear() {
    let shielded = protected(ChildProfile { shields: vec![in_force()], ..profile() });
    let claimed = record(shielded.clone()).answered_for_by(Some(another_authority()));
    let seen = |authority| {
        disclose(&claimed, &Viewer::AuthorityManagement { authority }, Purpose::OpenRecord, TODAY)
    };
    assert!(matches!(seen(leeds()), Disclosure::Special(SpecialView::Management(_))));
    assert!(matches!(seen(another_authority()), Disclosure::Shielded(_)));
    let nobodys = ChildProfile { authority: None, ..shielded };
    for authority in [leeds(), another_authority()] {
        let seen = disclose(
            &record(nobodys.clone()),
            &Viewer::AuthorityManagement { authority },
            Purpose::OpenRecord,
            TODAY,
        );
        assert!(matches!(seen, Disclosure::Shielded(_)), "nobody answers for it yet");
    }
}

#[test]
fn the_archive_opens_for_a_year_and_not_a_day_longer() {
    let opens = |today: Date| {
        let viewer = Viewer::ArchiveManager { authority: leeds() };
        disclose(&record(profile()), &viewer, Purpose::OpenRecord, today) != Disclosure::NotFound
    };
    let days =
        ["2027-05-31", "2027-06-01", "2028-05-31", "2028-06-01"].map(|day| opens(day.parse().unwrap()));
    assert_eq!(days, [false, true, true, false]);
}

#[test]
fn what_was_retrieved_opens_when_the_first_year_is_over_and_until_the_record_is_destroyed() {
    let opens = |authority: AuthorityCode, today: Date| {
        let viewer = Viewer::ArchiveRetrieval { authority };
        disclose(&record(profile()), &viewer, Purpose::OpenRecord, today) != Disclosure::NotFound
    };
    let days = ["2027-05-31", "2028-05-31", "2028-06-01", "2033-05-31", "2033-06-01"];
    let days = days.map(|day| day.parse().unwrap());
    assert_eq!(days.map(|day| opens(leeds(), day)), [false, false, true, true, false]);
    assert_eq!(days.map(|day| opens(another_authority(), day)), [false; 5]);
}

#[test]
fn the_header_of_a_management_page_names_every_field_such_a_page_may_show() {
    let shielded = protected(ChildProfile { shields: vec![in_force()], ..profile() });
    let viewer = Viewer::AuthorityManagement { authority: leeds() };
    let shown = disclose(&record(shielded), &viewer, Purpose::OpenRecord, TODAY).fields_shown();
    assert_eq!(shown, directory::ManagementView::FIELDS);
}
