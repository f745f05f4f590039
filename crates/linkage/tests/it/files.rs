//! Whole files: constraints, one-to-one, any number of threads, and files with little in them.

use linkage::batch::{
    Constraints, LinkOptions, Linkage, PairOutcome, Records, Scope, Table, link_files, prepare_table,
};
use linkage::{InferError, Model, TrainOptions};

fn table(rows: &[[&str; 5]]) -> Table {
    let mut table = Table::new(["record_id", "forenames", "surname", "date_of_birth", "postcode"]);
    rows.iter().for_each(|row| table.push_row(row));
    table
}

fn linked(files: &[Table], options: &LinkOptions) -> Linkage {
    let model = Model::children();
    let records = Records::new(files.iter().map(|file| prepare_table(&model, file)).collect());
    link_files(&model, &records, options)
}

fn links(linkage: &Linkage) -> Vec<(u32, u32)> {
    linkage
        .links
        .iter()
        .filter(|link| link.outcome == PairOutcome::Link)
        .map(|link| (link.left, link.right))
        .collect()
}

const JOSEPH: [&str; 5] = ["1", "Joseph", "Hughes", "2013-04-09", "LS6 1AB"];

#[test]
fn one_file_is_deduplicated_two_are_linked_more_are_both() {
    let one = || table(&[JOSEPH, JOSEPH]);
    let options = LinkOptions::default();
    assert_eq!(links(&linked(&[one()], &options)), [(0, 1)]);
    assert_eq!(links(&linked(&[one(), one()], &options)).len(), 4);
    assert_eq!(links(&linked(&[one(), one(), one()], &options)).len(), 15);
}

#[test]
fn what_must_never_come_together_does_not_even_through_a_third() {
    let options = LinkOptions {
        constraints: Constraints { never: vec![(2, 0)], ..Constraints::default() },
        ..LinkOptions::default()
    };
    let found = linked(&[table(&[JOSEPH, JOSEPH, JOSEPH])], &options);
    assert!(found.links.iter().all(|link| (link.left, link.right) != (0, 2)));
    assert_ne!(found.clusters.of(0), found.clusters.of(2));
    let reviews = found.links.iter().filter(|link| link.outcome == PairOutcome::Review).count();
    assert_eq!((links(&found).len(), reviews), (1, 1), "the bridge is a question");
}

#[test]
fn one_to_one_links_each_record_once() {
    let options = LinkOptions { one_to_one: true, ..LinkOptions::default() };
    let second = table(&[JOSEPH, ["2", "Joe", "Hughes", "2013-04-09", "LS6 1AB"]]);
    let found = linked(&[table(&[JOSEPH]), second], &options);
    assert_eq!(links(&found), [(0, 1)], "the better of two");
}

/// A file of invented people, and the same again with a slip in every third row.
fn invented() -> [Table; 2] {
    let forenames =
        ["Oliver", "Amelia", "Noah", "Isla", "Jack", "Freya", "Leo", "Ava", "Arthur", "Mia", "Omar"];
    let surnames = ["Hughes", "Okafor", "Patel", "Nowak", "Brown", "Silva", "Khan"];
    let mut tables = [table(&[]), table(&[])];
    for number in 0..1200usize {
        let day = format!("20{:02}-{:02}-{:02}", 8 + number % 13, 1 + number * 7 % 12, 1 + number * 11 % 28);
        let code = format!("LS{} {}{}", 1 + number % 20, number * 3 % 10, ["AB", "CD", "EF"][number % 3]);
        let surname = format!("{}{}", surnames[number % 7], ["", "son", "ley", "ton", "er"][number / 7 % 5]);
        let slip = if number % 3 == 0 { format!("{surname}e") } else { surname.clone() };
        let id = number.to_string();
        let forename = forenames[number * 5 % 11];
        tables[0].push_row([id.as_str(), forename, &surname, &day, &code]);
        tables[1].push_row([id.as_str(), forename, &slip, &day, &code]);
    }
    tables
}

#[test]
fn the_result_does_not_depend_on_the_number_of_threads() {
    let tables = invented();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let options = TrainOptions { random_pairs: 50_000, ..TrainOptions::default() };
            let fitted = Model::fit(&[&tables[0], &tables[1]], &[], Scope::Across, &options).unwrap();
            let found = link_files(&fitted.training.model, &fitted.records, &LinkOptions::default());
            (fitted.training.model.to_toml(), found.links)
        })
    };
    let alone = run(1);
    assert!(alone.1.len() > 1000, "{}", alone.1.len());
    assert_eq!(run(4), alone);
}

#[test]
fn columns_are_told_by_name_and_by_what_they_hold() {
    let [first, _] = invented();
    let model = Model::infer(&[&first], &[]).unwrap();
    assert_eq!(
        model.comparisons().collect::<Vec<_>>(),
        ["forenames", "surname", "date_of_birth", "postcode"]
    );
}

#[test]
fn files_with_little_in_them_end_well() {
    let options = TrainOptions::default();
    let fit = |tables: &[&Table]| Model::fit(tables, &[], Scope::Within, &options);
    for poor in [Table::new(["record_id"]), table(&[]), table(&[JOSEPH]), table(&[["1", "", "", "", ""]; 9])]
    {
        assert!(matches!(fit(&[&poor]), Err(InferError::NothingInCommon(_))));
    }
    let two = table(&[JOSEPH, ["2", "Amina", "Patel", "2016-01-20", "M1 1AE"]]);
    let fitted = fit(&[&two]).unwrap();
    assert!(links(&link_files(&fitted.training.model, &fitted.records, &LinkOptions::default())).is_empty());
}

#[test]
fn a_value_everybody_has_costs_nothing() {
    let mut file = table(&[]);
    for number in 0..6000 {
        file.push_row([number.to_string().as_str(), "Muhammad", "Khan", "2013-01-02", ""]);
    }
    let model = Model::children();
    let records = Records::new(vec![prepare_table(&model, &file)]);
    let found = link_files(&model, &records, &LinkOptions { block_cap: 10_000.0, ..LinkOptions::default() });
    assert_eq!(found.compared, 0);
    assert!(found.blocking.iter().any(|rule| rule.skipped_blocks > 0), "and it is said");
}

#[test]
fn a_sex_that_is_not_told_is_missing_where_sexes_are_letters() {
    let told = |sexes: [&str; 3]| {
        let mut file = Table::new(["record_id", "surname", "date_of_birth", "sex"]);
        for row in 0..90usize {
            let id = row.to_string();
            let born = format!("2011-02-{:02}", 1 + row % 28);
            file.push_row([id.as_str(), ["Brown", "Khan", "Nowak"][row * 7 % 3], &born, sexes[row % 3]]);
        }
        let model = Model::infer(&[&file], &["record_id"]).unwrap();
        let records = prepare_table(&model, &file);
        let evidence = model.compare(&records[0], &records[2]);
        evidence.fields.iter().find(|field| field.field == "sex").unwrap().level.clone()
    };
    assert_eq!(told(["M", "F", "N"]), "missing");
    assert_eq!(told(["1", "2", "0"]), "else", "0 may be a sex there");
}

#[test]
fn birth_dates_are_one_field_however_the_files_call_them() {
    let [mut first, second] = invented();
    let mut renamed = Table::new(["record_id", "forenames", "surname", "dob", "postcode"]);
    for row in 0..first.len() {
        renamed.push_row((0..5).map(|column| first.cell(row, column)));
    }
    std::mem::swap(&mut first, &mut renamed);
    let model = Model::infer(&[&first, &second], &["record_id"]).unwrap();
    assert_eq!(model.comparisons().count(), 4, "{:?}", model.comparisons().collect::<Vec<_>>());
    assert!(model.fields_missing_in(&second).is_empty());
}

#[test]
fn files_of_very_many_columns_are_linked_by_some_of_them() {
    let columns: Vec<String> = (0..30).map(|column| format!("attribute {column}")).collect();
    let mut file = Table::new(["record_id".to_owned()].iter().chain(&columns));
    for row in 0..300usize {
        // Every third row stands there twice.
        let person = row - usize::from(row % 3 == 2);
        let cell = |column: usize| format!("word{}", (person * 7919 + column * 104_729) % 89);
        file.push_row(std::iter::once(row.to_string()).chain((0..30).map(cell)));
    }
    let fitted = Model::fit(&[&file], &["record_id"], Scope::Within, &TrainOptions::default()).unwrap();
    let found = link_files(&fitted.training.model, &fitted.records, &LinkOptions::default());
    assert!(links(&found).contains(&(1, 2)), "{}", links(&found).len());
}
