//! An item is said to be wrong (rules 5.5, 14.2, 14.3): management sees it, each source looks at its own row, the next row
//! answers by itself, and nobody learns a value, which child is protected, or which source holds one who is.

use directory::access::{Reason, Role};
use directory::disclosure::{Disclosure, SpecialView};
use directory::families::{
    DisputeRaiser, DisputeRule, DisputeSource, DisputedItem, FamilyRule, ProposedValue, SourceAnswer,
};
use directory::{ChildNumber, PartialDate};
use jiff::SignedDuration;
use service::{DisputeIntake, Due, FamilyError, Reasoned, TaskLine};
use testkit::{Statements, TestDatabases, on_both_databases, table_sizes};
use uuid::Uuid;

use super::{at_the_practice, at_work, known_to_two, ottilie};
use crate::house::{CARE, GP, House, Row, SCHOOLS, by_name_and_birth, child};
use crate::identities::{load_all, proposal};
use crate::raw::Raw;

fn born(day: &str) -> ProposedValue {
    ProposedValue::DateOfBirth(PartialDate::parse(day).unwrap())
}

async fn said_wrong(house: &House, number: &ChildNumber, item: DisputedItem, value: Option<ProposedValue>) {
    let (morgan, _) = house.managers().await;
    let intake = DisputeIntake {
        number: number.clone(),
        raiser: DisputeRaiser::Carer,
        item,
        proposed: value,
        received: house.directory.today(),
    };
    house.directory.take_in_dispute(&morgan, intake).await.unwrap();
}

/// What management of the authority sees as disputed.
async fn disputed(house: &House, who: &Reasoned) -> Vec<DisputedItem> {
    let found = house.find(who, by_name_and_birth("Ottilie Fairweather", "2012-04-23")).await;
    let opened =
        house.directory.open_for_management(who, &found[0].handle, Reason::Management).await.unwrap();
    match opened.data() {
        Disclosure::Special(SpecialView::Management(view)) => view.disputed.clone(),
        other => panic!("not as management: {other:?}"),
    }
}

/// The next day comes, with its walk over what waits.
async fn next_day(house: &House) {
    house.clock.advance(SignedDuration::from_hours(24));
    house.directory.do_duties().await.unwrap();
}

/// What the sources are asked, by the rows there are.
async fn tasks_written(db: &TestDatabases) -> i64 {
    Raw::data(db).await.number("SELECT count(*) FROM family_matter WHERE kind = 'source_task'").await
}

/// A task without what is random about it.
fn shape(task: &TaskLine) -> TaskLine {
    TaskLine { id: Uuid::nil(), reference: String::new(), ..task.clone() }
}

on_both_databases! {
    async fn a_disputed_item_is_marked_for_management_and_answered_by_the_sources_next_row(db: TestDatabases) {
        let (house, number) = known_to_two(&db).await;
        let d = &house.directory;
        // A nurse says so at the record; a value of another item is refused.
        let nurse = house.nurse().await;
        let wrong = d.raise_dispute(&nurse, &number, DisputedItem::Whereabouts, Some(born("2012-04-24"))).await;
        assert!(matches!(wrong, Err(FamilyError::Dispute(DisputeRule::OtherItem))));
        d.raise_dispute(&nurse, &number, DisputedItem::DateOfBirth, Some(born("2012-04-24"))).await.unwrap();
        let (morgan, _) = house.managers().await;
        let id = d.disputes(&morgan).await.unwrap()[0].id;
        let view = d.dispute(&morgan, id).await.unwrap();
        assert_eq!((view.child, view.proposed), (Some(number), Some(born("2012-04-24"))));
        assert!(view.line.to_ask && view.line.asked == 0, "saying so asks nobody yet");
        assert_eq!(disputed(&house, &at_work(&house, &morgan).await).await, [DisputedItem::DateOfBirth]);
        next_day(&house).await;
        let (morgan, _) = house.managers().await;
        let line = d.dispute(&morgan, id).await.unwrap().line;
        assert_eq!((line.to_ask, line.asked, line.answered), (false, 2, 0), "social care and the practice");
        // The practice's row comes with another date: that answers its task by itself, at the next day's walk.
        house.load(GP, &[at_the_practice().with("date_of_birth", "2012-04-24").with("effective_at", "2026-03-02")]).await;
        next_day(&house).await;
        // Social care says that its row is right, for the council's data.
        let dana = house.person("dana", Role::DataAdministrator, house.council).await;
        let task = d.source_tasks(&dana).await.unwrap().remove(0);
        assert_eq!((task.source.as_str(), task.item, task.row.clone()), (CARE, DisputedItem::DateOfBirth, None));
        let typed: Vec<String> = ["C-7", "C-1", "G-1"].map(str::to_owned).to_vec();
        assert_eq!(d.find_source_rows(&dana, CARE, &typed).await.unwrap(), 1);
        assert_eq!(d.source_tasks(&dana).await.unwrap()[0].row.as_deref(), Some("C-1"));
        assert!(matches!(d.find_source_rows(&dana, GP, &typed).await, Err(FamilyError::NotFound)), "not their source");
        d.answer_source_task(&dana, task.id, SourceAnswer::Upheld).await.unwrap();
        let (morgan, _) = house.managers().await;
        let view = d.dispute(&morgan, id).await.unwrap();
        let mut answers: Vec<_> = view.sources.iter().filter_map(|line| line.answer).collect();
        answers.sort_unstable_by_key(|(answer, ..)| *answer);
        let today = d.today();
        assert_eq!(answers, [
            (SourceAnswer::Corrected, DisputeSource::FoundInRow, today),
            (SourceAnswer::Upheld, DisputeSource::Answered, today),
        ]);
        d.close_dispute(&morgan, id, SourceAnswer::Corrected).await.unwrap();
        assert_eq!(disputed(&house, &at_work(&house, &morgan).await).await, []);
        assert_eq!(d.dispute(&morgan, id).await.unwrap().line.outcome, Some(SourceAnswer::Corrected));
    }

    async fn a_dispute_about_what_its_raiser_may_not_see_is_answered_alike(db: TestDatabases) {
        let (house, number) = known_to_two(&db).await;
        let d = &house.directory;
        for shielded in [false, true] {
            if shielded {
                house.shield(CARE, "C-1").await;
            }
            for item in [DisputedItem::Whereabouts, DisputedItem::Education, DisputedItem::DateOfBirth] {
                said_wrong(&house, &number, item, None).await;
                let (morgan, _) = house.managers().await;
                let mut open = d.disputes(&morgan).await.unwrap();
                open.extend(d.protected_disputes(&morgan).await.unwrap());
                let id = open.iter().find(|line| line.outcome.is_none()).unwrap().id;
                let may_be_told = match item {
                    // It may be beside another carer.
                    DisputedItem::Whereabouts => false,
                    DisputedItem::Education => !shielded,
                    _ => true,
                };
                let answers = d.dispute(&morgan, id).await.unwrap().answers;
                assert_eq!(answers.len() > 1, may_be_told, "{item:?} {shielded}");
                for told in [SourceAnswer::Corrected, SourceAnswer::Upheld] {
                    if !answers.contains(&told) {
                        let refused = d.close_dispute(&morgan, id, told).await;
                        assert!(matches!(refused, Err(FamilyError::Rule(FamilyRule::NotTold))), "{refused:?}");
                    }
                }
                d.close_dispute(&morgan, id, SourceAnswer::CannotSay).await.unwrap();
            }
        }
    }

    async fn a_corrected_row_answers_its_task_whatever_became_of_it(db: TestDatabases) {
        let house = House::open(&db).await;
        let home = ("Flat 2, 8 Orchard Way", "LS8 1BB");
        house.load(SCHOOLS, &[child("S-9", "Wilma", "Winterbourne", "2015-06-07").at(home.0, home.1)]).await;
        let plain = child("C-2", "Leander", "Oakapple", "2013-03-03").at("9 Weir Lane", "LS5 2AA");
        house.load(CARE, &[ottilie(), plain.clone()]).await;
        house.holds_end();
        house.shield(SCHOOLS, "S-9").await;
        for record in ["C-1", "C-2"] {
            said_wrong(&house, &house.number_of(CARE, record).await, DisputedItem::Whereabouts, None).await;
        }
        next_day(&house).await;
        // One correction lies where a shielded child lives and waits at the sealed desk; the other stands at once.
        let on = |row: Row| row.with("effective_at", "2026-03-02");
        house.load(CARE, &[on(ottilie().at(home.0, home.1)), on(plain.at("11 Weir Lane", "LS5 2AA"))]).await;
        let stands = Raw::data(&db).await.count("waiting_statement").await;
        assert_eq!(stands, 1, "the first waits");
        next_day(&house).await;
        let dana = house.person("dana", Role::DataAdministrator, house.council).await;
        let tasks = house.directory.source_tasks(&dana).await.unwrap();
        let answers: Vec<_> = tasks.iter().map(|task| task.answer).collect();
        assert_eq!(answers, [Some(SourceAnswer::Corrected); 2], "a source learns of its own rows alone");
    }

    async fn a_source_is_asked_the_same_for_every_child_and_never_told_a_value(db: TestDatabases) {
        let house = House::open(&db).await;
        let plain = child("C-2", "Leander", "Oakapple", "2013-03-03").with("gender", "M").at("9 Weir Lane", "LS5 2AA");
        let rows = [ottilie(), plain];
        house.load(CARE, &rows).await;
        house.holds_end();
        house.shield(CARE, "C-1").await;
        let (hidden, open) = (house.number_of(CARE, "C-1").await, house.number_of(CARE, "C-2").await);
        said_wrong(&house, &hidden, DisputedItem::DateOfBirth, Some(born("2012-09-09"))).await;
        said_wrong(&house, &open, DisputedItem::DateOfBirth, Some(born("2013-09-09"))).await;
        let d = &house.directory;
        next_day(&house).await;
        // Of the shielded one the desk sends the question on, another person of it than who took it in.
        let (morgan, reece) = house.managers().await;
        let protected = d.protected_disputes(&morgan).await.unwrap()[0].id;
        assert!(!d.dispute(&morgan, protected).await.unwrap().may_ask);
        let own = d.ask_sources(&morgan, protected).await;
        assert!(matches!(own, Err(FamilyError::Rule(FamilyRule::OwnDispute))), "{own:?}");
        d.ask_sources(&reece, protected).await.unwrap();
        let again = d.ask_sources(&reece, protected).await;
        assert!(matches!(again, Err(FamilyError::Rule(FamilyRule::Moment))), "{again:?}");
        let dana = house.person("dana", Role::DataAdministrator, house.council).await;
        let tasks = d.source_tasks(&dana).await.unwrap();
        assert_eq!(tasks.len(), 2);
        assert_eq!(shape(&tasks[0]), shape(&tasks[1]), "the shielded child's reads like the other's");
        for secret in ["2012-09", "2013-09", "2012-04", "Ottilie", hidden.as_str(), "Tannery"] {
            assert!(!format!("{tasks:?}").contains(secret), "{secret}");
        }
        // Tonight's full file says nothing new of either, and names both rows.
        assert!(tasks.iter().all(|task| task.row.is_none()));
        assert_eq!(house.load(CARE, &rows).await.unchanged, 2);
        let mut named: Vec<Option<String>> =
            d.source_tasks(&dana).await.unwrap().into_iter().map(|task| task.row).collect();
        named.sort_unstable();
        assert_eq!(named, [Some("C-1".to_owned()), Some("C-2".to_owned())]);
        // The desk of the shielded one is another, and only its own list has it.
        let (morgan, _) = house.managers().await;
        assert_eq!(d.disputes(&morgan).await.unwrap().len(), 1);
        assert_eq!(d.protected_disputes(&morgan).await.unwrap().len(), 1);
    }

    async fn nobody_learns_from_a_dispute_which_source_holds_a_shielded_child(db: TestDatabases) {
        let (house, hidden) = known_to_two(&db).await;
        let d = &house.directory;
        let plain = child("C-2", "Leander", "Oakapple", "2013-03-03").at("9 Weir Lane", "LS5 2AA");
        let rows = [ottilie(), plain];
        house.load(CARE, &rows).await;
        house.holds_end();
        house.shield(CARE, "C-1").await;
        let open = house.number_of(CARE, "C-2").await;
        // She answers for social care's rows, and says of both children that where they live is wrong.
        let dana = at_work(&house, &house.person("dana", Role::DataAdministrator, house.council).await).await;
        for number in [&hidden, &open] {
            d.raise_dispute(&dana, number, DisputedItem::Whereabouts, None).await.unwrap();
        }
        assert_eq!(tasks_written(&db).await, 0, "saying so asks nobody yet");
        next_day(&house).await;
        assert_eq!(house.load(CARE, &rows).await.unchanged, 2);
        next_day(&house).await;
        assert_eq!(tasks_written(&db).await, 1, "of the shielded child nobody is asked, however often the day comes");
        let dara = house.person("dara", Role::DataAdministrator, house.council).await;
        let told = d.source_tasks(&dara).await.unwrap();
        assert_eq!(told.iter().map(|task| task.row.as_deref()).collect::<Vec<_>>(), [Some("C-2")]);
        // Of what she asked herself she is told nothing, of no child: not by the list, nor by her own rows, nor by a reminder.
        let dana = house.person("dana", Role::DataAdministrator, house.council).await;
        assert_eq!(d.source_tasks(&dana).await.unwrap(), []);
        assert_eq!(d.find_source_rows(&dana, CARE, &["C-1".to_owned(), "C-2".to_owned()]).await.unwrap(), 0);
        let task = told[0].id;
        let answered = d.answer_source_task(&dana, task, SourceAnswer::Upheld).await;
        assert!(matches!(answered, Err(FamilyError::NotFound)), "{answered:?}");
        // The protected desk sends the question on, which is an entry: to the practice, and not to where she works who said so.
        let (morgan, reece) = house.managers().await;
        assert!(d.disputes(&morgan).await.unwrap().iter().all(|line| !line.to_ask));
        let line = d.protected_disputes(&morgan).await.unwrap().remove(0);
        assert!(line.to_ask && line.asked == 0);
        let view = d.dispute(&reece, line.id).await.unwrap();
        assert!(view.protected && view.may_ask && view.sources.is_empty());
        let entries = Raw::data(&db).await.entries("family_matter_changed").await;
        d.ask_sources(&reece, line.id).await.unwrap();
        assert_eq!(Raw::data(&db).await.entries("family_matter_changed").await, entries + 1);
        assert_eq!(tasks_written(&db).await, 2);
        assert_eq!(d.dispute(&morgan, line.id).await.unwrap().sources.len(), 1, "the practice");
        house.clock.advance(SignedDuration::from_hours(24 * 27));
        let due = async |username: &str| {
            let who = house.person(username, Role::DataAdministrator, house.council).await;
            let told = d.source_tasks(&who).await.unwrap().len();
            let rows = who.reminders().iter().filter(|due| due.of == Due::SourceRows);
            (told, rows.map(|due| due.count).sum::<u64>())
        };
        assert_eq!((due("dana").await, due("dara").await), ((0, 0), (1, 1)));
    }

    async fn no_source_is_asked_by_itself_about_a_child_of_two_identities(db: TestDatabases) {
        let house = House::open(&db).await;
        load_all(&house).await;
        let (morgan, reece) = house.managers().await;
        house.directory.seal_identities(&morgan, &reece, &proposal()).await.unwrap();
        let ruby = house.number_of(CARE, "C-2").await;
        said_wrong(&house, &ruby, DisputedItem::Name, None).await;
        next_day(&house).await;
        next_day(&house).await;
        assert_eq!(tasks_written(&db).await, 0, "its row at a source may bear the other name");
        let (morgan, _) = house.managers().await;
        assert!(house.directory.protected_disputes(&morgan).await.unwrap()[0].to_ask);
    }

    async fn saying_that_an_item_is_wrong_makes_the_same_work_whoever_states_it(db: TestDatabases) {
        let (house, many) = known_to_two(&db).await;
        let rows = [
            child("S-1", "Ottilie", "Fairweather", "2012-04-23").with("gender", "F").at("4 Tannery Yard", "LS7 3QQ"),
            child("S-2", "Leander", "Oakapple", "2013-03-03"),
            child("S-3", "Isadora", "Quill", "2014-05-06"),
        ];
        house.load(SCHOOLS, &rows).await;
        house.holds_end();
        assert_eq!(house.number_of(SCHOOLS, "S-1").await, many, "three records state where she lives");
        house.shield(CARE, "C-1").await;
        house.shield(SCHOOLS, "S-2").await;
        let none = house.number_of(SCHOOLS, "S-2").await;
        let open = house.number_of(SCHOOLS, "S-3").await;
        let dana = at_work(&house, &house.person("dana", Role::DataAdministrator, house.council).await).await;
        let ear = Statements::listen();
        let mut made = Vec::new();
        for number in [&many, &none, &open] {
            let before = table_sizes(&db).await;
            ear.settled().await;
            house.directory.raise_dispute(&dana, number, DisputedItem::Whereabouts, None).await.unwrap();
            let asked = ear.settled().await;
            let written: Vec<String> = asked.iter().filter(|said| said.contains("INSERT")).cloned().collect();
            let after = table_sizes(&db).await;
            let grown = after.iter().filter(|(table, rows)| before[*table] != **rows);
            let more: Vec<_> = grown.map(|(table, rows)| (table.clone(), rows - before[table])).collect();
            assert!(written.len() > 2 && more.len() > 2, "{written:#?} {more:?}");
            made.push((asked.len(), written, more));
        }
        assert_eq!(made[0], made[1], "three that are hidden, and none");
        assert_eq!(made[0], made[2], "nor of a child who is not shielded");
    }
}
