//! Poor and odd files: each ends with sensible links or a clear word, never with a panic, a hang or nonsense.

use linkage::batch::{LinkOptions, Linkage, PairOutcome, Quality, Scope, Table, evaluate, link_files};
use linkage::{Fitted, InferError, Model, TrainOptions};

use crate::invented::{COLUMNS, Chance, Child, children, registers, row, seen_again, word};

fn options() -> TrainOptions {
    TrainOptions { random_pairs: 60_000, ..TrainOptions::default() }
}

fn fit(tables: &[Table]) -> Result<Fitted, InferError> {
    let scope = match tables.len() {
        1 => Scope::Within,
        2 => Scope::Across,
        _ => Scope::All,
    };
    Model::fit(&tables.iter().collect::<Vec<_>>(), &["record_id"], scope, &options())
}

fn link(tables: &[Table]) -> Option<(Fitted, Linkage)> {
    let fitted = fit(tables).ok()?;
    let found = link_files(&fitted.training.model, &fitted.records, &LinkOptions::default());
    for pair in &found.links {
        assert!(pair.weight.is_finite() && (0.0..=1.0).contains(&pair.probability), "{pair:?}");
    }
    Some((fitted, found))
}

fn count(found: &Linkage) -> usize {
    found.links.iter().filter(|link| link.outcome == PairOutcome::Link).count()
}

fn quality(tables: &[Table], persons: &[Option<u32>]) -> Quality {
    let (fitted, found) = link(tables).expect("there is something to compare");
    evaluate(&found.links, &fitted.records, persons)
}

/// A table of these columns, each cell made from the row's number.
fn made(rows: usize, columns: &[&str], cell: impl Fn(usize, usize) -> String) -> Table {
    let mut table = Table::new(columns);
    (0..rows).for_each(|row| {
        table.push_row((0..columns.len()).map(|column| cell(row, column)).collect::<Vec<_>>())
    });
    table
}

/// The registers of a town with other headers, or with cells changed.
fn rewritten(
    tables: &[Table],
    columns: &[&str],
    change: impl Fn(usize, usize, &str) -> String,
) -> Vec<Table> {
    let rewrite = |table: &Table| {
        made(table.len(), columns, |row, column| change(row, column, table.cell(row, column)))
    };
    tables.iter().map(rewrite).collect()
}

fn town(families: usize) -> ([Table; 2], Vec<Option<u32>>) {
    registers(&children(families, 31), 32)
}

#[test]
fn files_without_anything_to_compare_are_refused_in_words() {
    let everywhere = |text: &'static str| move |_: usize, _: usize| text.to_owned();
    let files = [
        ("no rows", Table::new(COLUMNS)),
        ("no columns", Table::new::<&str>([])),
        ("one row", made(1, &COLUMNS, |_, column| word(column))),
        ("nothing but empty cells", made(50, &COLUMNS, everywhere(""))),
        ("the same in every cell", made(50, &COLUMNS, everywhere("Ann"))),
        ("only row numbers", made(50, &["record_id"], |row, _| row.to_string())),
        ("only columns about others", made(50, &["mother_surname", "school_name"], |row, _| word(row))),
    ];
    for (what, file) in files {
        let error = fit(&[file]).expect_err(what);
        assert!(error.to_string().contains("no column in common"), "{what}: {error}");
    }
    let strange = [made(9, &["surname"], |row, _| word(row)), made(9, &["colour"], |row, _| word(row + 50))];
    assert!(matches!(fit(&strange), Err(InferError::NothingInCommon(names)) if names.contains("colour")));
}

#[test]
fn two_rows_and_three_rows_make_no_links_of_strangers() {
    for rows in [2, 3, 5] {
        let file = made(rows, &COLUMNS, |row, column| word(7 * row + column * 31));
        if let Some((_, found)) = link(&[file]) {
            assert_eq!(count(&found), 0, "{rows} rows");
        }
    }
}

#[test]
fn files_of_few_columns_are_linked_as_far_as_they_tell_anything() {
    let one = made(200, &["surname"], |row, _| word(row % 120));
    let two = |shift: usize| {
        made(300, &["surname", "date_of_birth"], move |row, column| match column {
            0 => word(500 + row + shift),
            _ => format!(
                "19{:02}-{:02}-{:02}",
                (row + shift) % 90,
                1 + (row + shift) % 12,
                1 + (row + shift) % 28
            ),
        })
    };
    let names = |shift: usize| {
        made(300, &["forenames", "surname"], move |row, column| {
            let number = row + shift;
            if column == 0 { word(number % 40) } else { format!("{}{}", word(number), word(number * 3 + 1)) }
        })
    };
    link(&[one]);
    let (_, found) = link(&[two(0), two(100)]).unwrap();
    assert!((190..=205).contains(&count(&found)), "200 of 300 are in both: {}", count(&found));
    let (_, found) = link(&[names(0), names(100)]).unwrap();
    assert!(count(&found) <= 205, "{}", count(&found));
}

#[test]
fn files_of_codes_texts_numbers_or_dates_end_well() {
    let codes =
        made(400, &["eye", "hair", "team"], |row, column| format!("c{}", (row * 7 + column * row) % 5));
    let numbers =
        made(400, &["a", "b", "c"], |row, column| ((row * 7919 + column * 104_729) % 1000).to_string());
    let dates = made(400, &["d1", "d2", "d3", "d4", "d5"], |row, column| {
        format!("20{:02}-{:02}-{:02}", (row + column) % 24, 1 + row * 5 % 12, 1 + row * 11 % 28)
    });
    let firms = made(400, &["name", "city", "vat"], |row, column| match column {
        0 => format!("{} {} Ltd", word(row), word(row + 9)),
        1 => word(3000 + row % 9),
        _ => format!("GB{:09}", row * 7919),
    });
    for (what, file) in [("codes", codes), ("numbers", numbers), ("dates", dates), ("firms", firms)] {
        let (_, found) = link(&[file]).unwrap_or_else(|| panic!("{what} can be compared"));
        assert!(count(&found) <= 400 * 399 / 2, "{what}");
        if what == "firms" {
            assert_eq!(count(&found), 0, "no firm stands there twice");
        }
    }
}

#[test]
fn an_identifier_that_several_people_have_does_not_join_them() {
    let (tables, persons) = town(300);
    let columns =
        ["record_id", "forenames", "surname", "date_of_birth", "gender", "postcode", "member_identifier"];
    // Every tenth has the number of the office that took the record down.
    let tables = rewritten(&tables, &columns, |row, column, cell| match column {
        6 if row % 10 == 0 => "99999999".to_owned(),
        6 => format!("{:08}", row * 7919 + 10_000_000),
        _ => cell.to_owned(),
    });
    let quality = quality(&tables, &persons);
    assert!(quality.precision > 0.99 && quality.recall > 0.9, "{quality:?}");
}

#[test]
fn row_numbers_that_differ_in_both_files_take_nothing_away() {
    let (tables, persons) = town(300);
    let columns =
        ["record_id", "forenames", "surname", "date_of_birth", "gender", "postcode", "customer_identifier"];
    let mut files = Vec::new();
    for (number, table) in tables.iter().enumerate() {
        files.extend(rewritten(std::slice::from_ref(table), &columns, |row, column, cell| match column {
            6 => format!("{:08}", row * 31 + 20_000_000 + number * 50_000_000),
            _ => cell.to_owned(),
        }));
    }
    let quality = quality(&files, &persons);
    assert!(quality.precision > 0.99 && quality.recall > 0.9, "{quality:?}");
}

#[test]
fn columns_in_other_languages_are_understood() {
    let (tables, persons) = town(300);
    let headers = [
        ["record_id", "prenom", "nom", "date_naissance", "sexe", "code_postal", "adresse"],
        ["record_id", "Vorname", "Nachname", "Geburtsdatum", "Geschlecht", "PLZ", "Strasse"],
        ["record_id", "nombre", "apellido", "fecha_nacimiento", "sexo", "codigo_postal", "direccion"],
        ["record_id", "imie", "nazwisko", "data_urodzenia", "plec", "kod_pocztowy", "adres"],
        ["record_id", "nome", "sobrenome", "data_nascimento", "sexo", "cep", "endereco"],
        ["record_id", "имя", "фамилия", "дата рождения", "пол", "индекс", "адрес"],
        ["record_id", "given_name", "surname", "date_of_birth", "sex", "postcode", "address_1"],
    ];
    for columns in headers {
        // Postcodes of five digits, as most countries have.
        let tables = rewritten(&tables, &columns, |_, column, cell| match column {
            5 => {
                format!("{:05}", cell.bytes().fold(0u32, |sum, byte| (sum * 31 + u32::from(byte)) % 100_000))
            }
            _ => cell.to_owned(),
        });
        let fitted = fit(&tables).unwrap().training.model.to_toml();
        for role in ["given_names", "family_name", "date"] {
            assert!(fitted.contains(&format!("type = {role:?}")), "{columns:?}: no {role}");
        }
        let quality = quality(&tables, &persons);
        assert!(quality.precision > 0.98 && quality.recall > 0.97, "{columns:?} {quality:?}");
    }
}

#[test]
fn voters_without_a_birth_date_are_linked_by_year_telephone_and_mail() {
    let all = children(300, 41);
    let mut chance = Chance(42);
    let columns = ["voter_id", "first_name", "last_name", "birth_year", "zip", "phone", "email"];
    let voter = |number: usize, child: &Child, id: usize| {
        [
            id.to_string(),
            child.forename.clone(),
            child.surname.clone(),
            (child.born.0 - 40).to_string(),
            format!("{:05}", 10_000 + child.family % 80),
            // A household has one telephone.
            format!("555-{:03}-{:04}", child.family % 900, child.family * 7 % 10_000),
            if number.is_multiple_of(3) {
                String::new()
            } else {
                format!("{}.{number}@example.org", child.forename.to_lowercase())
            },
        ]
    };
    let (mut tables, mut persons) = (vec![Table::new(columns), Table::new(columns)], Vec::new());
    for (register, table) in tables.iter_mut().enumerate() {
        for (number, child) in all.iter().enumerate() {
            let seen = if register == 0 { child.clone() } else { seen_again(child, &mut chance) };
            table.push_row(voter(number, &seen, number * 2 + register * 100_000));
            persons.push(Some(number as u32));
        }
    }
    let quality = quality(&tables, &persons);
    assert!(quality.precision > 0.98 && quality.recall > 0.9, "{quality:?}");
}

#[test]
fn heavy_corruption_loses_links_and_invents_none() {
    let (tables, persons) = town(500);
    let spoil = |row: usize, column: usize, cell: &str| {
        let cell_seed = cell.bytes().fold(17u64, |sum, byte| sum.wrapping_mul(31) + u64::from(byte));
        let mut chance = Chance((row * 7 + column) as u64 ^ cell_seed << 20);
        match chance.below(10) {
            _ if column == 0 => cell.to_owned(),
            0 => String::new(),
            1 => word(chance.below(5000)),
            2 if cell.len() > 2 => cell[..cell.len() - 1].to_owned(),
            _ => cell.to_owned(),
        }
    };
    let quality = quality(&rewritten(&tables, &COLUMNS, spoil), &persons);
    assert!(quality.precision > 0.98 && quality.recall > 0.6, "{quality:?}");
}

#[test]
fn nearly_everything_missing_ends_well() {
    let (tables, persons) = town(300);
    let tables = rewritten(&tables, &COLUMNS, |row, column, cell| {
        if (row * 31 + column * 17) % 100 == 0 { cell.to_owned() } else { String::new() }
    });
    if let Some((fitted, found)) = link(&tables) {
        let quality = evaluate(&found.links, &fitted.records, &persons);
        assert!(quality.false_links <= 2, "{quality:?}");
    }
}

#[test]
fn files_without_anybody_in_common_are_not_linked() {
    let (a, _) = registers(&children(400, 51), 52);
    let (b, _) = registers(&children(400, 53), 54);
    let ([first, _], [second, _]) = (a, b);
    let (_, found) = link(&[first, second]).unwrap();
    assert!(count(&found) <= 1, "{}", count(&found));
}

#[test]
fn files_that_are_the_same_are_linked_one_by_one() {
    let (tables, _) = town(300);
    let [first, _] = tables;
    let (_, found) = link(&[first.clone(), first.clone()]).unwrap();
    let rows = first.len() as u32;
    let straight =
        found.links.iter().filter(|l| l.outcome == PairOutcome::Link && l.right == l.left + rows).count();
    assert_eq!((straight, count(&found)), (rows as usize, rows as usize));
}

#[test]
fn a_file_without_duplicates_is_left_as_it_is() {
    let (tables, _) = town(500);
    let [first, _] = tables;
    let (_, found) = link(&[first]).unwrap();
    assert!(count(&found) <= 1, "{}", count(&found));
}

#[test]
fn a_small_file_is_linked_with_a_large_one() {
    let all = children(1200, 61);
    let (mut large, mut small) = (Table::new(COLUMNS), Table::new(COLUMNS));
    let mut chance = Chance(62);
    all.iter().enumerate().for_each(|(number, child)| large.push_row(row(number, child)));
    for number in [5, 700, 1100] {
        small.push_row(row(number, &seen_again(&all[number], &mut chance)));
    }
    let persons: Vec<Option<u32>> = (0..all.len() as u32).chain([5, 700, 1100]).map(Some).collect();
    let quality = quality(&[large, small], &persons);
    assert!(quality.false_links == 0 && quality.true_links >= 2, "{quality:?}");
}

#[test]
fn odd_cells_are_read_without_harm() {
    let odd = [
        "\u{feff}Ann",
        "Ann\u{0}",
        "ÄÖÜ ß",
        "'; DROP TABLE",
        "=1+1",
        "\"",
        "NULL",
        "#N/A",
        "🙂",
        "a".repeat(5000).leak(),
        "-",
        "1e308",
    ];
    let (tables, _) = town(100);
    let tables = rewritten(&tables, &COLUMNS, |row, column, cell| match (row % 7, column) {
        (_, 0) => cell.to_owned(),
        (0, _) => odd[(row + column) % odd.len()].to_owned(),
        _ => cell.to_owned(),
    });
    let (_, found) = link(&tables).unwrap();
    assert!(count(&found) > 100, "{}", count(&found));
}
