//! Figures for an authority are rounded, and small ones not told (decision 16).

use directory::access::Role;
use jiff::SignedDuration;
use testkit::{TestDatabases, on_both_databases};

use crate::house::{CARE, GP, House, Row, SCHOOLS, child};
use crate::raw::Raw;

fn rows(source: &str, count: usize) -> Vec<Row> {
    let surnames = ["Arkwright", "Bairstow", "Clegg", "Duckworth", "Earnshaw", "Feather", "Greenwood"];
    (0..count)
        .map(|n| {
            let born = format!("20{:02}-{:02}-{:02}", 9 + n % 14, 1 + n % 12, 1 + n * 3 % 28);
            child(&format!("{source}-{n}"), ["Ada", "Bo", "Cy"][n % 3], surnames[n % 7], &born)
                .at(&format!("{} Mill Street", n + 1), &format!("LS{} 1AA", n + 1))
        })
        .collect()
}

/// A child who is like no other of three rounds of fifteen.
fn invented(round: usize, at: usize) -> Row {
    let forenames =
        ["Abel", "Bronwen", "Caspian", "Delphine", "Edgar", "Freya", "Gideon", "Hester", "Ivo", "Juno"];
    let others = ["Kester", "Lettice", "Magnus", "Nerys", "Orlando"];
    let surnames =
        ["Umber", "Vellacott", "Wickham", "Yarrow", "Zouche", "Quillfeather", "Rookhope", "Stanedge"];
    let further = ["Thackray", "Inglis", "Jessop", "Kettlewell", "Lofthouse", "Muncaster", "Nettleton"];
    let forename = forenames.into_iter().chain(others).nth(at).unwrap();
    let surname = surnames.into_iter().chain(further).nth((at + 4 * round) % 15).unwrap();
    let born = format!(
        "20{:02}-{:02}-{:02}",
        10 + (at + round) % 10,
        1 + (5 * at + round) % 12,
        1 + (11 * at + 7 * round) % 28
    );
    child(&format!("N-{round}-{at}"), forename, surname, &born)
}

/// Wilma, who lives here and is shielded.
async fn wilma_at(house: &House, line: &str, postcode: &str) {
    let wilma = child("W-1", "Wilma", "Winterbourne", "2015-06-07").at(line, postcode);
    let carer = wilma.with("carer_1_forenames", "Morwenna").with("carer_1_surname", "Ashgrove");
    house.load(SCHOOLS, &[carer.with("carer_1_telephone", "0113 496 0123")]).await;
    house.holds_end();
    house.shield(SCHOOLS, "W-1").await;
}

on_both_databases! {
    async fn an_authority_sees_rounded_counts_of_what_matched(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(GP, &rows(GP, 12)).await;
        house.minutes_pass(1);
        house.load(CARE, &rows(CARE, 13)).await;
        let (morgan, _) = house.managers().await;
        let figures = house.directory.authority_figures(&morgan).await.unwrap();
        let untold = (false, None, None, None);
        assert!(figures.iter().all(|run| (run.is_told, run.linked, run.new, run.review) == untold), "the day is not over");
        house.clock.advance(SignedDuration::from_hours(24));
        let figures = house.directory.authority_figures(&morgan).await.unwrap();
        assert_eq!(figures.len(), 2);
        let care = &figures[0];
        assert_eq!((care.source.as_str(), care.state.as_str(), care.accepted), (CARE, "done", 13));
        assert_eq!((care.linked, care.new, care.review), (Some(10), None, None), "12 is told as 10, 1 not at all");
        assert_eq!((figures[1].source.as_str(), figures[1].new), (GP, Some(10)));
    }

    async fn a_load_is_counted_without_what_is_known_of_a_shielded_child_alone(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(GP, &rows(GP, 10)).await;
        house.holds_end();
        house.shield(GP, &format!("{GP}-0")).await;
        let counts = house.load(CARE, &rows(CARE, 10)).await;
        assert_eq!((counts.rows, counts.accepted), (10, 10), "its source is told of each of its rows");
        let mut raw = Raw::data(&db).await;
        let linked = "SELECT linked FROM feed_run ORDER BY started_at DESC LIMIT 1";
        assert_eq!((counts.linked, raw.number(linked).await), (9, 9), "nor does the clear count tell of the shielded one");
        assert_eq!(counts.opened, 0, "and counts it as nothing at all");
    }

    async fn a_guess_at_a_protected_place_or_carer_changes_no_count(db: TestDatabases) {
        let house = House::open(&db).await;
        wilma_at(&house, "8 Orchard Way", "LS8 1BB").await;
        let mut raw = Raw::data(&db).await;
        let (mut counted, mut held) = (Vec::new(), vec![raw.count("review").await]);
        // Twelve invented children, and three more at a guessed place, or with a guessed carer, or at a place that nobody guessed.
        for (nth, (place, forenames, telephone)) in [
            ("8 Orchard Way", "Philippa", ""),
            ("41 Orchard Way", "Morwenna", "0113 496 0123"),
            ("43 Orchard Way", "Rosalind", ""),
        ]
        .into_iter()
        .enumerate()
        {
            let sent: Vec<Row> = (0..15)
                .map(|at| match at {
                    0..12 => invented(nth, at),
                    _ => {
                        let guess = invented(nth, at).at(place, "LS8 1BB").with("carer_1_forenames", forenames);
                        guess.with("carer_1_surname", "Ashgrove").with("carer_1_telephone", telephone)
                    }
                })
                .collect();
            let counts = house.load(CARE, &sent).await;
            counted.push((counts.linked, counts.opened, counts.for_review));
            held.push(raw.count("review").await);
        }
        assert_eq!((held[1] - held[0], held[2] - held[1], held[3] - held[2]), (3, 3, 0), "the guesses wait at the desk");
        assert_eq!(counted, [(0, 15, 0); 3]);
    }

    async fn a_guess_at_where_a_shielded_child_lives_is_counted_alike_right_or_wrong(db: TestDatabases) {
        // What a guess has of the name and the birth, so that by turns the place decides and does not.
        let guesses = [
            ("Oliver", "Smith", "2015-06-07"),
            ("Jack", "Jones", "2014-03-02"),
            ("Emily", "Tailor", "2016-09-11"),
            ("Millie", "Brown", "2013-12-21"),
            ("George", "Wilson", "2012-04-18"),
            ("Isla", "Thompson", "2017-02-09"),
            // Whom one of the sources knows, by names that begin otherwise: the postcode alone leads to her.
            ("Ursula", "Bemberton", "2011-08-30"),
            ("Nathaniel", "Quill", "2015-06-08"),
        ];
        let children = [
            ("Oliver", "Smith", "2015-06-07"),
            ("Jack", "Jones", "2014-03-03"),
            ("Emily", "Taylor", "2016-09-11"),
            ("Amelia", "Brown", "2013-12-21"),
            ("Georgia", "Wilson", "2012-04-18"),
            ("Isla", "Robinson", "2017-02-09"),
            ("Orsula", "Pemberton", "2011-08-30"),
            ("Matilda", "Hathersage", "2018-05-17"),
        ];
        let other = TestDatabases::on(db.engine()).await;
        let mut counted = Vec::new();
        for (db, street) in [(&db, "Orchard Way"), (&other, "Mill Street")] {
            let house = House::open(db).await;
            let place = |at: usize, street: &str| (format!("{} {street}", 2 * at + 2), format!("LS{} 1AA", at + 1));
            let live = |street: &str, of: &str, (at, (forename, surname, born)): (usize, (&str, &str, &str))| {
                let (line, postcode) = place(at, street);
                child(of, forename, surname, born).at(&line, &postcode)
            };
            let all = children.into_iter().enumerate().map(|(at, one)| live(street, &format!("S-{at}"), (at, one)));
            house.load(SCHOOLS, &all.collect::<Vec<_>>()).await;
            // Of another source's own knowledge, and before the shield, as its address was known then.
            let own = child("O-6", "Orsula", "Pemberton", "2011-08-30").at("1 Old Road", "LS20 9ZZ");
            house.load(CARE, &[own]).await;
            house.holds_end();
            for at in 0..children.len() {
                house.shield(SCHOOLS, &format!("S-{at}")).await;
            }
            let mut all = Vec::new();
            for (at, guess) in guesses.into_iter().enumerate() {
                for source in [CARE, GP] {
                    let rows = (0..4).map(|nth| live("Orchard Way", &format!("G-{at}-{nth}"), (at, guess)));
                    let counts = house.load(source, &rows.collect::<Vec<_>>()).await;
                    all.push((counts.linked, counts.opened, counts.for_review));
                }
            }
            counted.push(all);
        }
        assert_eq!(counted[0], counted[1], "what is counted tells where they live");
        let [.., of_an_invented_child, once_more] = counted[0][..] else { unreachable!("two of each") };
        assert_eq!((of_an_invented_child, once_more), ((3, 1, 0), (4, 0, 0)), "who is like nobody is counted, wherever it is");
    }

    async fn a_practitioner_sees_no_figures(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(GP, &rows(GP, 12)).await;
        house.account("pat", &[Role::Practitioner]).await;
        let pat = house.sign_in("pat").await;
        assert!(house.directory.authority_figures(&pat).await.unwrap().is_empty());
    }
}
