//! Each mistake is found where it was planted, and nowhere else.

use quality::{Profile, measure};

use crate::rows::{faults, input, report, settings, sound};

#[test]
fn a_sound_file_has_no_fault_and_is_ready_to_rehearse() {
    for source in ["nhs-gp", "schools-census"] {
        let rows = sound(source, 60);
        let mut rows = rows;
        if source == "schools-census" {
            for row in 0..60 {
                rows.set(row, "upn", ["H801200001001", "A123456789012"][0]);
            }
            rows.rows.iter_mut().for_each(|row| row[6].clear());
        }
        let report = report(source, rows.csv());
        assert_eq!(faults(&report), [], "{source}");
        assert_eq!((report.rows, report.faulty_rows), (60, 0));
        if source == "nhs-gp" {
            assert!(report.scores.verdict.ready_to_rehearse, "{:?}", report.scores);
            assert!(report.scores.overall > 99.0, "{:?}", report.scores);
        }
        assert!(!report.has_faults());
    }
}

/// One letter more than a line of an address may have.
const TOO_LONG: &str =
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// Source, values planted, the field to blame, the code.
type Planted = (&'static str, &'static [(&'static str, &'static str)], &'static str, &'static str);

#[test]
fn each_mistake_is_found_where_it_was_planted_and_nowhere_else() {
    let planted: &[Planted] = &[
        ("nhs-gp", &[("date_of_birth", "31/02/2015")], "date_of_birth", "F010"),
        ("nhs-gp", &[("date_of_birth", "1900-01-01")], "date_of_birth", "Q11"),
        ("nhs-gp", &[("date_of_birth", "01/01/1900")], "date_of_birth", "Q11"),
        ("nhs-gp", &[("date_of_birth", "2026-10-25")], "date_of_birth", "Q20"),
        ("nhs-gp", &[("date_of_birth", "1999-03-04")], "date_of_birth", "F014"),
        ("nhs-gp", &[("surname", "Unknown")], "surname", "F021"),
        ("nhs-gp", &[("surname", ""), ("forenames", "")], "surname", "F020"),
        ("nhs-gp", &[("nhs_number", "9990000019")], "nhs_number", "F040"),
        ("nhs-gp", &[("nhs_number", "0000000000")], "nhs_number", "Q12"),
        ("nhs-gp", &[("postcode", "LS1 4A")], "postcode", "F030"),
        ("nhs-gp", &[("postcode", "ZZ99 3VZ")], "postcode", "Q14"),
        ("nhs-gp", &[("town", "N/A")], "town", "Q10"),
        ("nhs-gp", &[("town", "#N/A")], "town", "F053"),
        ("nhs-gp", &[("address_line_1", "#REF!")], "address_line_1", "F053"),
        ("nhs-gp", &[("address_line_1", "Withheld")], "address_line_1", "Q10"),
        ("nhs-gp", &[("surname", "Unknown Unknown")], "surname", "F021"),
        ("nhs-gp", &[("surname", "NK")], "surname", "Q10"),
        ("nhs-gp", &[("practice_telephone", "7700900123")], "practice_telephone", "Q15"),
        ("nhs-gp", &[("gender", "female")], "gender", "F050"),
        ("nhs-gp", &[("address_kind", "none")], "address_kind", "F031"),
        ("nhs-gp", &[("practice_start", "2009-01-05")], "practice_start", "Q21"),
        ("nhs-gp", &[("effective_at", "2025-01-05")], "effective_at", "Q40"),
        ("nhs-gp", &[("practice_name", "mum disclosed domestic violence")], "practice_name", "Q50"),
        ("nhs-gp", &[("address_line_1", TOO_LONG)], "address_line_1", "F004"),
        ("nhs-gp", &[("record_id", "")], "record_id", "F005"),
        (
            "schools-census",
            &[("school_name", "Mill Lane Primary School"), ("date_of_birth", "2011-05-06")],
            "school_name",
            "Q23",
        ),
        (
            "schools-census",
            &[("school_name", "Leeds High School"), ("date_of_birth", "2019-05-06")],
            "school_name",
            "Q23",
        ),
        ("schools-census", &[("date_of_birth", "2025-05-06")], "date_of_birth", "Q22"),
        (
            "schools-census",
            &[
                ("carer_1_forenames", "Siobhan"),
                ("carer_1_surname", "Okafor"),
                ("carer_2_forenames", "SIOBHAN"),
                ("carer_2_surname", "Okafor"),
            ],
            "carer_2_forenames",
            "Q24",
        ),
        (
            "schools-census",
            &[
                ("forenames", "Nell"),
                ("surname", "Quist"),
                ("carer_1_forenames", "Nell"),
                ("carer_1_surname", "Quist"),
            ],
            "carer_1_forenames",
            "Q25",
        ),
    ];
    let deaths: [Planted; 3] = [
        ("gro-deaths", &[("date_of_death", "2026-10-25")], "date_of_death", "Q26"),
        ("gro-deaths", &[("date_of_death", "2025-03-04")], "date_of_death", "Q27"),
        ("gro-deaths", &[("date_of_death", "2005-03-04")], "date_of_death", "F071"),
    ];
    let planted = planted.iter().chain(&deaths);
    for (source, changes, field, code) in planted {
        let found = faults(&report(source, sound(source, 12).with(7, changes).csv()));
        assert_eq!(found, [((*field).to_owned(), *code, 1)], "{changes:?}");
    }
}

#[test]
fn a_date_with_a_time_is_a_wrong_date_and_not_text_about_a_child() {
    for (column, value, code, remedy) in [
        ("date_of_birth", "2015-02-28 00:00:00", "F011", "without a time of day"),
        ("date_of_birth", "2012-05-06T00:00:00", "F011", "2015-01-31 00:00:00 are 2015-01-31"),
        ("practice_code", "B86001-01X", "F042", "Correct it at the source"),
        ("local_authority", "Leeds City", "F042", "Correct it at the source"),
    ] {
        let report = report("nhs-gp", sound("nhs-gp", 40).with(7, &[(column, value)]).csv());
        assert_eq!(faults(&report), [(column.to_owned(), code, 1)], "{value}");
        assert!(report.faults[0].remedy.contains(remedy), "{}", report.faults[0].remedy);
        assert_eq!(report.faults[0].dimension, quality::Dimension::Validity);
        assert!(report.scores.verdict.ready_to_rehearse, "{:?}", report.scores.verdict);
    }
}

#[test]
fn a_pseudo_postcode_counts_as_a_postcode_that_is_not_there_and_not_as_a_wrong_one() {
    let pseudo = report("nhs-gp", sound("nhs-gp", 20).with(7, &[("postcode", "ZZ99 3WZ")]).csv());
    let empty = report("nhs-gp", sound("nhs-gp", 20).with(7, &[("postcode", "")]).csv());
    assert_eq!(pseudo.scores, empty.scores);
    let postcode = pseudo.by_field.iter().find(|field| field.name == "postcode").unwrap();
    assert_eq!((postcode.filled, postcode.faulty), (19, 0));
}

#[test]
fn rows_that_cannot_be_split_are_counted_as_rows_and_nothing_of_them_as_values() {
    let mut bytes = sound("nhs-gp", 5).csv();
    bytes.extend_from_slice(b"R-1,2026-10-20,too few\nR-2,\"x\"y,z\n");
    let report = report("nhs-gp", bytes);
    assert_eq!(faults(&report), [("(row)".into(), "F001", 1), ("(row)".into(), "F002", 1)]);
    assert_eq!((report.rows, report.faulty_rows, report.by_field[0].filled), (7, 2, 5));
    let places: Vec<u64> = report.worst_rows.iter().map(|row| row.row).collect();
    assert_eq!(places, [7, 8]);
}

#[test]
fn what_comes_twice_is_found_by_record_by_number_and_by_the_linkage_engine() {
    let mut rows = sound("nhs-gp", 200);
    // A child with a second record: another id, a slip in the name, the number left out.
    let mut second = rows.rows[40].clone();
    second[0] = "R-90001".into();
    second[2] = format!("{}e", second[2]);
    let number = rows.header.iter().position(|name| name == "nhs_number").unwrap();
    second[number].clear();
    rows.rows.push(second);
    // A record sent twice.
    rows.rows.push(rows.rows[3].clone());
    let report = report("nhs-gp", rows.csv());
    assert_eq!(faults(&report), [("nhs_number".into(), "Q30", 1), ("record_id".into(), "F003", 1)]);
    let duplicates = report.duplicates.unwrap();
    assert_eq!((duplicates.estimate.share * 202.0).round(), 2.0, "{duplicates:?}");
    assert!(duplicates.estimate.is_whole());
    let pairs: Vec<_> = duplicates.examples.iter().map(|example| (example.left.1, example.right.1)).collect();
    assert!(pairs.contains(&(42, 202)) && pairs.contains(&(5, 203)) && pairs.len() == 2, "{pairs:?}");
    let slip = duplicates.examples.iter().find(|example| example.right.1 == 202).unwrap();
    let birth = slip.fields.iter().find(|field| field.field == "birth").unwrap();
    assert!(birth.level == "exact" && birth.weight > 5.0, "{slip:?}");
    assert!(slip.values.is_empty());
}

#[test]
fn a_number_that_comes_twice_is_found_however_it_is_written() {
    for (source, column, one, other) in [
        ("nhs-gp", "nhs_number", "9990000018", "999 000 0018"),
        ("nhs-gp", "nhs_number", "999-000-0018", "9990000018"),
        ("schools-census", "upn", "H801200001001", "h8012 0000 1001"),
        ("gro-births", "birth_registration", "BR-2015-0012345", "br 2015 0012345"),
        ("dwp-child-benefit", "child_benefit_number", "CHB12345678AA", "chb 12345678 aa"),
    ] {
        // The first invented number is this one too.
        let rows =
            sound(source, 30).with(0, &[(column, "")]).with(3, &[(column, one)]).with(21, &[(column, other)]);
        let report = report(source, rows.csv());
        let found = faults(&report);
        assert!(found.contains(&(column.to_owned(), "Q30", 1)), "{one} and {other}: {found:?}");
    }
}

#[test]
fn rows_that_come_twice_are_counted_among_the_faulty_ones() {
    let mut rows = sound("nhs-gp", 12);
    for row in [2, 4, 6, 8, 10] {
        rows.set(row, "record_id", "R-1");
    }
    // One of them is wrong in itself, and another has the number of an earlier one.
    rows.set(6, "town", "N/A");
    rows.set(8, "nhs_number", "999 000 0018");
    rows.set(0, "nhs_number", "9990000018");
    let profile = Profile::named("nhs-gp").unwrap();
    let mut settings = settings(&profile);
    let mut list = Vec::new();
    let report =
        measure(vec![input("feed.csv", rows.csv())], Vec::new(), &settings, Some(&mut list)).unwrap();
    assert_eq!((report.rows, report.faulty_rows), (12, 4), "the first of them is not to blame");
    let worst: Vec<(u64, usize)> = report.worst_rows.iter().map(|row| (row.row, row.faults.len())).collect();
    assert_eq!(worst, [(8, 2), (10, 2), (6, 1), (12, 1)]);
    assert!(report.has_faults());
    let list = String::from_utf8(list).unwrap();
    assert!(list.contains("feed.csv,10,,record_id,F003,"), "{list}");
    assert!(list.contains("feed.csv,10,,nhs_number,Q30,"), "{list}");

    settings.show_values = true;
    let mut list = Vec::new();
    let report =
        measure(vec![input("feed.csv", rows.csv())], Vec::new(), &settings, Some(&mut list)).unwrap();
    let list = String::from_utf8(list).unwrap();
    assert!(list.contains("feed.csv,10,R-1,record_id,F003,"), "{list}");
    assert!(list.contains("feed.csv,10,R-1,nhs_number,Q30,"), "{list}");
    assert!(report.worst_rows[1].faults.iter().any(|fault| fault.value.as_deref() == Some("R-1")));
}

#[test]
fn the_match_rate_is_that_of_the_children_both_files_know() {
    let (left, mut right) = (sound("nhs-gp", 100), sound("schools-census", 100));
    right.rows.drain(0..40);
    // Their source knows them by other records.
    right.rows.iter_mut().for_each(|row| row[0] = row[0].replace('R', "S"));
    let profile = Profile::named("nhs-gp").unwrap();
    let other = Profile::named("schools-census").unwrap();
    let mut settings = settings(&profile);
    settings.against_profile = Some(&other);
    let inputs = vec![input("gp.csv", left.csv())];
    let report = measure(inputs, vec![input("census.csv", right.csv())], &settings, None).unwrap();
    let against = report.against.unwrap();
    assert_eq!(against.other_rows, 60);
    assert!((against.estimate.share - 0.6).abs() < 0.021, "{against:?}");
    let [least, most] = against.estimate.interval;
    assert!(least < 0.6 && 0.6 < most && most - least < 0.21, "{against:?}");
}

#[test]
fn genders_that_contradict_given_names_are_counted_and_no_row_is_blamed() {
    let mut rows = sound("nhs-gp", 120);
    for row in 0..120 {
        rows.set(row, "forenames", "Amelia");
        rows.set(row, "gender", if row < 2 { "M" } else { "F" });
    }
    let report = report("nhs-gp", rows.csv());
    let names = report.names_and_gender;
    assert_eq!((names.telling_names, names.records, names.contradicting), (1, 120, 2));
    assert_eq!(faults(&report), []);
}

#[test]
fn the_mistakes_of_an_invented_population_are_found_at_the_rates_they_were_made() {
    let config = population::Config { children: 3_000, seed: 5, as_of: population::DEFAULT_AS_OF };
    let population = population::generate(&config).unwrap();
    let source = population::Source::HealthVisiting;
    let mut bytes = Vec::new();
    let rows = population.write_source(source, &mut bytes).unwrap();
    let today = config.as_of;
    let profile = Profile::named("health-visiting").unwrap();
    let mut settings = settings(&profile);
    settings.today = today;
    let report = measure(vec![input("hv.csv", bytes)], Vec::new(), &settings, None).unwrap();
    assert_eq!(report.rows, rows);
    // The invented sources are wrong about people, not about the form: a load takes every row.
    let by_form: Vec<_> = faults(&report).into_iter().filter(|(_, code, _)| code.starts_with('F')).collect();
    assert_eq!(by_form, []);
    let twice = population
        .records(source)
        .filter(|record| record.truth.changes.iter().any(|change| change.code == "duplicate"));
    let (share, truth) = (report.duplicates.unwrap().estimate.share, twice.count() as f64 / rows as f64);
    assert!((share - truth).abs() < truth, "found {share}, made {truth}");
    let missing = |column: &str| report.by_field.iter().find(|field| field.name == column).unwrap().filled;
    let told = population.records(source).filter(|record| !record.get("postcode").is_empty()).count() as u64;
    assert_eq!(missing("postcode"), told);
}

#[test]
fn a_file_of_which_a_load_takes_no_row_is_not_ready() {
    let with_times = |count: usize| {
        let mut rows = sound("nhs-gp", 60);
        (0..count).for_each(|row| rows.set(row, "effective_at", "2026-01-31 09:30:00"));
        report("nhs-gp", rows.csv())
    };
    let none_taken = with_times(60);
    assert_eq!(faults(&none_taken), [("effective_at".into(), "F011", 60)]);
    assert_eq!((none_taken.quarantined_rows, none_taken.needed.quarantined), (60, 0.2));
    assert_eq!(
        none_taken.scores.verdict.reasons,
        ["A load would put 100.0 in 100 rows aside; at most 20.0 are accepted."]
    );
    assert!(quality::page(&none_taken, None).contains("a load would put 60 (100%) aside"));
    assert!(with_times(12).scores.verdict.ready_to_rehearse, "a fifth is accepted");
    assert!(!with_times(13).scores.verdict.ready_to_rehearse);
}

#[test]
fn a_row_is_put_aside_once_and_for_no_doubt_of_this_tool_alone() {
    let mut rows = sound("nhs-gp", 12).with(2, &[("town", "N/A")]);
    for (row, column, value) in [
        (4, "gender", "female"),
        (4, "postcode", "LS1 4A"),
        (6, "record_id", "R-00001"),
        (8, "record_id", "R-00001"),
        (8, "gender", "female"),
        (10, "nhs_number", "9990000018"),
        (0, "nhs_number", "9990000018"),
    ] {
        rows.set(row, column, value);
    }
    let report = report("nhs-gp", rows.csv());
    assert_eq!((report.faulty_rows, report.quarantined_rows), (5, 3), "{:?}", faults(&report));
}

/// Children of a school, each with the mother or father named.
fn with_carers(carers: &[(&str, &str, &str, &str)]) -> Vec<u8> {
    let mut rows = sound("schools-census", carers.len());
    for (row, (surname, relationship, telephone, born)) in carers.iter().enumerate() {
        for (column, value) in [
            ("carer_1_forenames", "Robin"),
            ("carer_1_surname", surname),
            ("carer_1_relationship", relationship),
            ("carer_1_telephone", telephone),
            ("date_of_birth", born),
        ] {
            rows.set(row, column, value);
        }
    }
    rows.csv()
}

#[test]
fn a_household_that_contradicts_itself_in_two_rows_is_counted() {
    let of = |carers: &[(&str, &str, &str, &str)]| {
        let report = report("schools-census", with_carers(carers));
        report.households.map(|found| (found.carers, found.mother_and_father, found.births_too_close))
    };
    let phone = "07700 900123";
    let two =
        [("Okafor", "mother", phone, "2015-03-04"), ("Okafor", "father", "+44 7700 900123", "2017-03-04")];
    assert_eq!(of(&two), Some((1, 1, 0)), "the same number, written otherwise");
    let mother = |born| ("Okafor", "mother", phone, born);
    assert_eq!(of(&[mother("2015-03-04"), mother("2015-08-04")]), Some((1, 0, 1)));
    assert_eq!(
        of(&[mother("2015-03-04"), mother("2015-03-05"), mother("2016-02-01")]),
        Some((1, 0, 0)),
        "twins"
    );
    let father = |born| ("Okafor", "father", phone, born);
    assert_eq!(of(&[father("2015-03-04"), father("2015-08-04")]), Some((1, 0, 0)), "of two mothers");
    assert_eq!(of(&[mother("2015-03-04"), mother("2015")]), Some((1, 0, 0)), "of a year no day is known");
    let others =
        [("Okafor", "mother", phone, "2015-03-04"), ("Okafor", "father", "07700 900124", "2015-08-04")];
    assert_eq!(of(&others), None, "another number may be another person's: not measured");
    let report = report("schools-census", with_carers(&others));
    assert!(quality::page(&report, None).contains("Not measured: no carer"));
}

#[test]
fn genders_swapped_throughout_are_noticed() {
    let of = |swapped: bool, count: usize| {
        let mut rows = sound("nhs-gp", count);
        for row in 0..count {
            let girl = row % 2 == 0;
            rows.set(
                row,
                "forenames",
                if girl { ["Amelia", "Isla", "Grace"][row / 2 % 3] } else { "Oliver" },
            );
            rows.set(row, "gender", if girl == swapped { "M" } else { "F" });
        }
        report("nhs-gp", rows.csv())
    };
    let sound = of(false, 300);
    let known = sound.names_and_gender.by_known_names.unwrap();
    assert_eq!((known.records, known.contradicting), (300, 0));
    assert!(sound.scores.verdict.ready_to_rehearse, "{:?}", sound.scores.verdict);

    let swapped = of(true, 300);
    let known = swapped.names_and_gender.by_known_names.unwrap();
    assert_eq!((known.records, known.contradicting), (300, 300));
    let reason =
        "Nearly all genders contradict the given names: girls and boys probably have each other's code.";
    assert_eq!(swapped.scores.verdict.reasons, [reason]);
    assert_eq!(faults(&swapped), [], "no row is blamed");
    let told = serde_json::to_string(&swapped).unwrap();
    let pilot = quality::PilotReport::read(&told, &Profile::named("nhs-gp").unwrap()).unwrap();
    assert_eq!(pilot.below, ["gender"]);

    let short = of(true, 20);
    assert_eq!(short.names_and_gender.by_known_names, None);
    assert!(quality::page(&short, None).contains("by common names: not measured"));
}
