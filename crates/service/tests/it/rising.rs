//! Who comes back after their record was destroyed, and who does not: a child who returns to England is a child in England
//! (rule 1.25, law 8), and a child who died is not one again while they would still be a child (rule 4.6, law 9).

use directory::PartialDate;
use directory::access::Role;
use directory::search::Criteria;
use service::Counts;
use testkit::{TestDatabases, on_both_databases};

use crate::house::{GP, House, Row, SCHOOLS, by_name_and_birth, child};
use crate::raw::Raw;
use crate::retention::{finds, on, person};

/// Born in 2022, of whom the census and a practice know.
fn mirabel(record: &str) -> Row {
    child(record, "Mirabel", "Oxenham", "2022-05-09").at("2 Kiln Row", "LS7 3AB")
}

fn asked() -> Criteria {
    by_name_and_birth("Mirabel Oxenham", "2022-05-09")
}

fn left(record: &str) -> Row {
    mirabel(record).with("address_kind", "left_no_return").with("effective_at", "2026-02-20")
}

/// Left England for good in February 2026; destroyed in March 2032.
async fn one_who_left(db: &TestDatabases) -> House {
    let house = House::open(db).await;
    house.load(SCHOOLS, &[mirabel("S-1")]).await;
    house.load(GP, &[mirabel("G-1").with("practice_name", "Kiln Row Surgery")]).await;
    for (source, record) in [(SCHOOLS, "S-1"), (GP, "G-1")] {
        let row = left(record).with("address_line_1", "").with("town", "").with("postcode", "");
        house.load(source, &[row]).await;
    }
    house.holds_end();
    let house = on(house, "2032-03-02").await;
    let swept = house.directory.sweep(false).await.unwrap();
    assert_eq!(swept.destroyed.values().sum::<u64>(), 1, "{swept:?}");
    house
}

/// A child born in November 2021 who died as a toddler, as a manager recorded; destroyed in March 2033.
async fn one_who_died_young(db: &TestDatabases) -> House {
    let house = House::open(db).await;
    house.load(SCHOOLS, &[toddler()]).await;
    house.holds_end();
    let number = house.number_of(SCHOOLS, "S-2").await;
    let manager = person(&house, Role::Manager).await;
    let died = Some(PartialDate::parse("2026-03-01").unwrap());
    house.directory.record_death(&manager, &number, died).await.unwrap();
    let house = on(house, "2033-03-02").await;
    let swept = house.directory.sweep(false).await.unwrap();
    assert_eq!(swept.destroyed.values().sum::<u64>(), 1, "{swept:?}");
    house
}

fn toddler() -> Row {
    child("S-2", "Corisande", "Pell", "2021-11-10").at("5 Alder Bank", "LS6 2AD")
}

/// Nothing was made of these rows.
fn nothing_rose(counts: Counts) -> bool {
    (counts.linked, counts.opened, counts.for_review) == (0, 0, 0)
}

on_both_databases! {
    async fn a_child_who_returns_to_england_after_destruction_is_seen_for_the_first_time_again(db: TestDatabases) {
        let house = on(one_who_left(&db).await, "2033-02-01").await;
        // What was said before, or says nothing newer than the destruction, brings nobody back.
        for old in [left("S-1"), mirabel("S-1"), mirabel("S-1").with("effective_at", "2032-01-15")] {
            assert!(nothing_rose(house.load(SCHOOLS, &[old]).await));
        }
        // Nor does the word, said today, that the child is still away.
        assert!(nothing_rose(house.load(SCHOOLS, &[left("S-1").with("effective_at", "2033-01-10")]).await));
        assert!(!finds(&house, asked()).await);
        let home = mirabel("S-1").at("14 Weir Close", "LS5 3AD").with("effective_at", "2033-01-20");
        let counts = house.load(SCHOOLS, std::slice::from_ref(&home)).await;
        assert_eq!((counts.opened, counts.updated), (1, 1), "to its source a record like any other: {counts:?}");
        house.holds_end();
        assert!(finds(&house, asked()).await, "a child in England is in the directory (rule 1.25)");
        // From here on it is a record like any other: nothing of the old ending stands in its way, nor in the other source's.
        let again = house.load(SCHOOLS, std::slice::from_ref(&home)).await;
        assert_eq!((again.unchanged, again.updated), (1, 0));
        let moved = house.load(SCHOOLS, &[home.with("postcode", "LS5 3AE").with("effective_at", "2033-02-01")]).await;
        assert_eq!((moved.updated, moved.opened), (1, 0), "{moved:?}");
        let practice = mirabel("G-1").at("14 Weir Close", "LS5 3AE").with("effective_at", "2033-02-02");
        let practice = house.load(GP, &[practice.with("practice_name", "Weir Surgery")]).await;
        assert_eq!((practice.linked, practice.opened), (1, 0), "{practice:?}");
        assert_eq!(Raw::data(&db).await.count("suppression").await, 0);
    }

    async fn a_child_who_died_does_not_rise_as_a_living_one_while_they_would_be_a_child(db: TestDatabases) {
        let mut house = one_who_died_young(&db).await;
        // The source's full files still have the row, and now and then say something new of it.
        for (day, postcode) in
            [("2034-09-01", "LS6 2AD"), ("2037-06-01", "LS6 2AD"), ("2038-09-10", "LS6 2AE"), ("2039-10-27", "LS6 2AE")]
        {
            house = on(house, day).await;
            house.directory.sweep(false).await.unwrap();
            let row = toddler().with("postcode", postcode).with("effective_at", "2033-04-01");
            assert!(nothing_rose(house.load(SCHOOLS, &[row]).await), "{day}");
            house.holds_end();
            assert_eq!(Raw::data(&db).await.count("child").await, 0, "nobody rose by {day}");
        }
        // Who would be grown is taken in no more; then nothing needs to be remembered, and nothing is (law 9).
        house = on(house, "2040-03-20").await;
        assert!(nothing_rose(house.load(SCHOOLS, &[toddler()]).await));
        house = on(house, "2045-06-01").await;
        house.directory.sweep(false).await.unwrap();
        let mut raw = Raw::data(&db).await;
        for table in ["child", "suppression", "said_last"] {
            assert_eq!(raw.count(table).await, 0, "{table}");
        }
    }

    async fn the_month_until_which_a_record_is_known_again_tells_no_birthday(db: TestDatabases) {
        let mut house = one_who_died_young(&db).await;
        let mut raw = Raw::data(&db).await;
        // Decision 4: what stands in the clear is the month in which it is looked at again, and lies near, however far the
        // eighteenth birthday may be.
        for year in 2033..2039_i32 {
            house = on(house, &format!("{year}-03-02")).await;
            house.directory.sweep(false).await.unwrap();
            let months = raw.texts("SELECT until_month FROM said_last").await;
            assert_eq!(months.len(), 1, "in {year}");
            assert!(months[0] <= format!("{}-02", year + 4), "in {year}: {months:?}");
        }
    }
}
