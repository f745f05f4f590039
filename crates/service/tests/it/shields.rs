//! A shield hides where (law 3): two worlds that differ only in a shielded child answer alike.

use directory::Gender;
use directory::disclosure::{Disclosure, ListRow};
use directory::search::{AgeBand, Criteria, Tier};
use service::{SearchAnswer, SearchError, ShieldDecision};
use testkit::{TestDatabases, on_both_databases};

use crate::house::{
    CARE, GP, House, Row, SCHOOLS, by_name_and_birth, by_number, by_postcode, by_school, by_street, child,
    nhs_number, shield_request,
};
use crate::raw::Raw;

/// A brother and a sister; the sister's record comes last, so that chance is the same without her.
fn brother() -> Row {
    child("S-1", "Barnaby", "Winterbourne", "2012-04-04")
        .with("gender", "M")
        .at("8 Orchard Way", "LS8 1BB")
        .in_school("Roundhay Park School")
}

fn sister() -> Row {
    child("S-2", "Drusilla", "Winterbourne", "2015-06-07")
        .with("gender", "F")
        .at("8 Orchard Way", "LS8 1BB")
        .in_school("Roundhay Park School")
        .with("alias_1_forenames", "Drusilla")
        .with("alias_1_surname", "Pennyfeather")
        .with("carer_1_forenames", "Morwenna")
        .with("carer_1_surname", "Ashgrove")
}

/// Every way to ask by something that a shield hides.
fn hidden_questions() -> Vec<Criteria> {
    let mut all = Vec::new();
    for names in ["Winterbourne", "Drusilla Winterbourne", "Pennyfeather", "Morwenna Ashgrove", "Ashgrove"] {
        all.push(by_street(names, "Orchard Way"));
        all.push(by_postcode(names, "LS8 1BB"));
        all.push(by_school(names, "Roundhay Park"));
        all.push(Criteria { age: AgeBand::parse("9-11").ok(), ..by_postcode(names, "LS") });
        all.push(Criteria { date_of_birth: crate::house::born("2015-06-07"), ..by_postcode(names, "LS8") });
        all.push(Criteria { gender: Some(Gender::Female), ..by_street(names, "Orchard Way") });
    }
    all
}

/// What is seen of an answer, without the child's number and the session's handle.
fn seen(answer: Result<SearchAnswer, SearchError>) -> String {
    let row = |row: &ListRow| {
        let mut row = serde_json::to_value(row).unwrap();
        row["number"] = serde_json::Value::Null;
        row.to_string()
    };
    match answer {
        Ok(SearchAnswer::Found(rows)) => rows
            .iter()
            .map(|found| format!("{} {:?}", row(&found.row), found.why))
            .collect::<Vec<_>>()
            .join("; "),
        Ok(SearchAnswer::TooMany) => "too many".to_owned(),
        Ok(SearchAnswer::Nothing) => "nothing".to_owned(),
        Err(error) => format!("{error:?}"),
    }
}

/// The answers to every hidden question, and the trail they leave.
async fn world(db: &TestDatabases, with_sister: bool) -> (Vec<String>, Vec<String>, i64, i64) {
    let house = House::open(db).await;
    house.load(SCHOOLS, &[brother()]).await;
    if with_sister {
        house.load(SCHOOLS, &[brother(), sister()]).await;
        house.shield(SCHOOLS, "S-2").await;
    } else {
        house.desk().await;
    }
    house.holds_end();
    let nurse = house.nurse().await;
    let mut raw = Raw::data(db).await;
    let (entries, lookups) = (raw.count("audit_entry").await, raw.count("audit_lookup").await);
    let before = raw.headers().await;
    let mut answers = Vec::new();
    for criteria in hidden_questions() {
        let answer = house.directory.search(&nurse, criteria).await;
        answers.push(seen(answer.map(|disclosed| disclosed.data().clone())));
    }
    let mut headers = raw.headers().await;
    for known in before {
        let at = headers.iter().position(|header| *header == known).unwrap();
        headers.remove(at);
    }
    (answers, headers, raw.count("audit_entry").await - entries, raw.count("audit_lookup").await - lookups)
}

async fn shielded_sister(db: &TestDatabases) -> House {
    let house = House::open(db).await;
    house.load(SCHOOLS, &[brother(), sister()]).await;
    house.holds_end();
    house.shield(SCHOOLS, "S-2").await;
    house
}

/// The desk opened the same record, for another reason.
fn is_nurses_view(header: &str) -> bool {
    header.contains("record_viewed") && !header.contains("management")
}

async fn hideable_keys(db: &TestDatabases) -> i64 {
    Raw::data(db)
        .await
        .number(&format!("SELECT count(*) FROM search_key WHERE tier = {}", Tier::Hideable.number()))
        .await
}

on_both_databases! {
    async fn a_search_by_where_answers_as_if_a_shielded_child_did_not_exist(db: TestDatabases) {
        let other = TestDatabases::on(db.engine()).await;
        let (with, without) = (world(&db, true).await, world(&other, false).await);
        assert!(without.0.iter().any(|answer| answer.contains("Barnaby")), "the questions do find somebody");
        assert_eq!(with, without, "a search by where tells that there is a sister");
    }

    async fn a_shielded_child_is_found_by_name_and_birth_and_shows_four_fields(db: TestDatabases) {
        let house = shielded_sister(&db).await;
        let nurse = house.nurse().await;
        let found = house.find(&nurse, by_name_and_birth("Drusilla Winterbourne", "2015-06-07")).await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].row.town, None);
        let Disclosure::Shielded(view) = house.record(&nurse, &found[0]).await else { panic!("not shielded") };
        let shown = serde_json::to_value(&view).unwrap();
        let mut fields: Vec<&String> = shown.as_object().unwrap().keys().collect();
        fields.sort();
        assert_eq!(fields, ["date_of_birth", "gender", "name", "number"]);
        let number = house.number_of(SCHOOLS, "S-2").await;
        assert_eq!(house.find(&nurse, by_number(&number)).await.len(), 1);
    }

    async fn a_shielded_childs_other_names_lead_nowhere(db: TestDatabases) {
        let house = shielded_sister(&db).await;
        let nurse = house.nurse().await;
        assert!(house.find(&nurse, by_name_and_birth("Drusilla Pennyfeather", "2015-06-07")).await.is_empty());
    }

    async fn the_trail_does_not_tell_a_shielded_record_from_another(db: TestDatabases) {
        let house = shielded_sister(&db).await;
        let nurse = house.nurse().await;
        let mut raw = Raw::data(&db).await;
        let mut shapes = Vec::new();
        for (name, date) in [("Drusilla Winterbourne", "2015-06-07"), ("Barnaby Winterbourne", "2012-04-04")] {
            let before = raw.headers().await.len();
            let found = house.find(&nurse, by_name_and_birth(name, date)).await;
            house.record(&nurse, &found[0]).await;
            shapes.push(raw.headers().await.len() - before);
        }
        assert_eq!(shapes[0], shapes[1]);
        let views: Vec<String> =
            raw.headers().await.into_iter().filter(|header| is_nurses_view(header)).collect();
        assert_eq!(views.len(), 2);
        assert_eq!(views[0], views[1]);
        let lengths = raw.number("SELECT count(DISTINCT length(body)) FROM audit_entry").await;
        assert_eq!(lengths, 1, "a body's length tells");
    }

    async fn a_shield_leaves_no_search_key_made_of_hidden_fields(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(SCHOOLS, &[sister()]).await;
        assert!(hideable_keys(&db).await > 0);
        house.holds_end();
        house.shield(SCHOOLS, "S-2").await;
        assert_eq!(hideable_keys(&db).await, 0, "a key of what is hidden is left");
        let client = child("C-1", "Drusilla", "Winterbourne", "2015-06-07")
            .with("gender", "F")
            .at("8 Orchard Way", "LS8 1BB");
        house.load(CARE, std::slice::from_ref(&client)).await;
        assert_eq!(house.number_of(SCHOOLS, "S-2").await, house.number_of(CARE, "C-1").await, "they are one child");
        assert_eq!(hideable_keys(&db).await, 0, "a record that joins her");
        house.load(CARE, &[client.at("1 New Street", "LS9 9ZZ")]).await;
        assert_eq!(hideable_keys(&db).await, 0, "a record that changes");
        house.holds_end();
        let nurse = house.nurse().await;
        assert!(house.find(&nurse, by_street("Winterbourne", "New Street")).await.is_empty());
    }

    async fn a_shielded_child_who_is_renamed_is_found_by_the_name_that_shows(db: TestDatabases) {
        let house = shielded_sister(&db).await;
        let mut raw = Raw::data(&db).await;
        let keys = raw.count("search_key").await;
        house.load(SCHOOLS, &[brother(), sister().with("surname", "Fairweather")]).await;
        house.holds_end();
        assert_eq!(raw.count("search_key").await, keys, "the new name has its keys at once, the old one none");
        let nurse = house.nurse().await;
        assert_eq!(house.found(&nurse, by_name_and_birth("Fairweather", "2015-06-07")).await.len(), 1, "by the surname alone");
        assert!(house.find(&nurse, by_name_and_birth("Winterbourne", "2015-06-07")).await.is_empty());
        let found = house.found(&nurse, by_name_and_birth("Drusilla Fairweather", "2015-06-07")).await;
        assert_eq!(found, ["Drusilla Fairweather, -"]);
        assert!(house.find(&nurse, by_name_and_birth("Drusilla Winterbourne", "2015-06-07")).await.is_empty());
        let client = child("C-1", "Drusilla", "Merryweather", "2015-06-07")
            .with("gender", "F")
            .at("8 Orchard Way", "LS8 1BB")
            .with("alias_1_forenames", "Drusilla")
            .with("alias_1_surname", "Fairweather");
        house.load(CARE, &[client]).await;
        assert_eq!(house.number_of(SCHOOLS, "S-2").await, house.number_of(CARE, "C-1").await, "they are one child");
        house.holds_end();
        let nurse = house.nurse().await;
        let found = house.found(&nurse, by_name_and_birth("Drusilla Merryweather", "2015-06-07")).await;
        assert_eq!(found, ["Drusilla Merryweather, -"], "the more authoritative source names her");
        assert_eq!(house.found(&nurse, by_name_and_birth("Merryweather", "2015-06-07")).await.len(), 1);
        assert_eq!(raw.count("search_key").await, keys, "and of what no longer shows no key is left");
    }

    async fn a_record_near_a_shielded_child_is_held_until_the_protected_desk_has_looked(db: TestDatabases) {
        let house = House::open(&db).await;
        let patient = child("G-1", "Drusilla", "Winterbourne", "2015-06-07")
            .with("gender", "F")
            .at("8 Orchard Way", "LS8 1BB")
            .with("nhs_number", &nhs_number(1));
        house.load(GP, std::slice::from_ref(&patient)).await;
        house.holds_end();
        house.shield(GP, "G-1").await;
        // Another NHS number contradicts: the matcher asks a person.
        let nearly = patient.with("record_id", "G-2").with("nhs_number", &nhs_number(2));
        house.load(GP, std::slice::from_ref(&nearly)).await;
        house.minutes_pass(60);
        let number = house.number_of(GP, "G-2").await;
        assert_ne!(house.number_of(GP, "G-1").await, number);
        let nurse = house.nurse().await;
        let found = house.find(&nurse, by_name_and_birth("Drusilla Winterbourne", "2015-06-07")).await;
        assert_eq!(found.len(), 1, "the record near her is found");
        assert!(house.find(&nurse, by_street("Winterbourne", "Orchard Way")).await.is_empty());
        assert!(house.find(&nurse, by_number(&number)).await.is_empty());
        let mut raw = Raw::data(&db).await;
        assert_eq!(raw.texts("SELECT DISTINCT desk FROM review").await, ["protected"]);
        assert_eq!(hideable_keys(&db).await, 0);
        // Who joins the held record is held with it.
        let joins = nearly.with("record_id", "C-7").with("carer_1_surname", "Ashgrove");
        house.load(CARE, &[joins]).await;
        house.minutes_pass(60);
        assert_eq!(hideable_keys(&db).await, 0);
        let nurse = house.nurse().await;
        assert!(house.find(&nurse, by_street("Winterbourne", "Orchard Way")).await.is_empty());
    }

    async fn a_shielded_child_does_not_count_towards_the_cap_of_a_search_by_where(db: TestDatabases) {
        let house = House::open(&db).await;
        let forenames = ["Ada", "Bo", "Cy", "Di", "Ed", "Flo", "Gus", "Hal", "Ivy", "Jo"];
        let mut rows: Vec<Row> = Vec::new();
        for (n, forename) in forenames.into_iter().enumerate() {
            let born = format!("20{:02}-0{}-17", 9 + n, 1 + n % 9);
            rows.push(child(&format!("S-1{n}"), forename, "Winterbourne", &born).at("8 Orchard Way", "LS8 1BB"));
        }
        rows.push(sister());
        house.load(SCHOOLS, &rows).await;
        house.holds_end();
        let nurse = house.nurse().await;
        let before = house.search(&nurse, by_street("Winterbourne", "Orchard Way")).await;
        assert!(matches!(before, SearchAnswer::TooMany), "eleven before the shield");
        house.shield(SCHOOLS, "S-2").await;
        let nurse = house.nurse().await;
        assert_eq!(house.find(&nurse, by_street("Winterbourne", "Orchard Way")).await.len(), 10);
    }

    async fn a_shield_holds_for_who_had_found_the_child_before(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(SCHOOLS, &[sister()]).await;
        house.holds_end();
        let nurse = house.nurse().await;
        let found = house.find(&nurse, by_street("Winterbourne", "Orchard Way")).await;
        house.shield(SCHOOLS, "S-2").await;
        assert!(matches!(house.record(&nurse, &found[0]).await, Disclosure::Shielded(_)));
    }

    async fn the_number_of_a_shielded_child_finds_nothing_beside_where_they_are(db: TestDatabases) {
        let house = shielded_sister(&db).await;
        let nurse = house.nurse().await;
        let number = Some(house.number_of(SCHOOLS, "S-2").await);
        for criteria in [
            by_postcode("Winterbourne", "LS8 1BB"),
            by_street("Winterbourne", "Orchard Way"),
            by_school("Winterbourne", "Roundhay Park"),
        ] {
            let found = house.find(&nurse, Criteria { number: number.clone(), ..criteria }).await;
            assert!(found.is_empty());
        }
    }

    async fn a_record_that_arrives_while_a_shield_is_decided_leaves_no_hideable_key(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(SCHOOLS, &[sister()]).await;
        let (asks, morgan, reece) = house.desk().await;
        let request = shield_request(&house.number_of(SCHOOLS, "S-2").await);
        let id = house.ask_for_shield(&asks, &morgan, request).await;
        house.directory.propose_shield(&morgan, id, &ShieldDecision::Shield(Vec::new())).await.unwrap();
        let mut journal = Raw::keys(&db).await;
        journal.hold_the_journal().await;
        let directory = house.directory.clone();
        // The shield has read the child and waits for the journal; then the record arrives.
        let shield = tokio::spawn(async move { directory.decide_shield(&reece, id, true).await });
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let patient = child("G-2", "Drusilla", "Winterbourne", "2015-06-07")
            .with("gender", "F")
            .at("8 Orchard Way", "LS8 1BB")
            .with("alias_1_forenames", "Drusilla")
            .with("alias_1_surname", "Pennyfeather");
        house.load(GP, &[patient]).await;
        assert_eq!(house.number_of(SCHOOLS, "S-2").await, house.number_of(GP, "G-2").await, "they are one child");
        journal.let_the_journal_go().await;
        shield.await.unwrap().unwrap();
        assert_eq!(hideable_keys(&db).await, 0);
    }

    async fn a_shield_stands_in_the_journal_that_survives_a_restore(db: TestDatabases) {
        let house = shielded_sister(&db).await;
        assert_eq!(Raw::keys(&db).await.count("journal").await, 1);
        drop(house);
    }

    async fn nothing_in_the_clear_columns_of_a_child_tells_a_shield(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(SCHOOLS, &[brother(), sister()]).await;
        let mut raw = Raw::data(&db).await;
        let before = raw.number("SELECT count(DISTINCT length(sealed)) FROM child").await;
        house.shield(SCHOOLS, "S-2").await;
        assert_eq!((before, raw.number("SELECT count(DISTINCT length(sealed)) FROM child").await), (1, 1));
        // The national value is also that of children nobody is accountable for yet: no flag.
        house.load(CARE, &[child("C-7", "Quill", "Ravenscroft", "2015-01-02")]).await;
        house.load(GP, &[child("G-7", "Ottilie", "Ravenscroft", "2016-01-02")]).await;
        let national = raw.number("SELECT count(*) FROM child WHERE authority = 'national'").await;
        assert!(national > 1, "{national} children under the national value");
    }
}
