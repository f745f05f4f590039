//! Identities kept apart stay apart (law 5), in any order of arrival.

use directory::ChildNumber;
use directory::access::Role;
use service::{SealError, SealProposal};
use testkit::{TestDatabases, on_both_databases};

use crate::house::{
    CARE, GP, House, Row, SCHOOLS, by_name_and_birth, by_number, by_postcode, by_street, child, nhs_number,
};
use crate::raw::Raw;

const BORN: &str = "2017-05-06";

fn former_patient() -> Row {
    child("G-1", "Amy", "Carterwright", BORN)
        .with("gender", "F")
        .at("3 Quayside", "LS10 1AA")
        .with("nhs_number", &nhs_number(1))
}

fn former_pupil() -> Row {
    child("S-1", "Amy", "Carterwright", BORN).with("gender", "F").at("3 Quayside", "LS10 1AA")
}

fn new_patient() -> Row {
    child("G-2", "Ruby", "Thornycroft", BORN)
        .with("gender", "F")
        .at("20 Abbey Walk", "LS16 8ZZ")
        .with("nhs_number", &nhs_number(2))
}

fn new_client() -> Row {
    child("C-2", "Ruby", "Thornycroft", BORN)
        .with("gender", "F")
        .at("20 Abbey Walk", "LS16 8ZZ")
        .with("nhs_number", &nhs_number(2))
}

/// Records that name both identities, or one at the other's home.
fn bridges() -> [(&'static str, Row); 3] {
    let both = child("C-8", "Ruby", "Thornycroft", BORN)
        .with("gender", "F")
        .at("20 Abbey Walk", "LS16 8ZZ")
        .with("alias_1_forenames", "Amy")
        .with("alias_1_surname", "Carterwright");
    let moved = child("S-8", "Amy", "Carterwright", BORN)
        .with("gender", "F")
        .at("20 Abbey Walk", "LS16 8ZZ")
        .with("alias_1_forenames", "Ruby")
        .with("alias_1_surname", "Thornycroft");
    let numbered = child("G-8", "Ruby", "Thornycroft", BORN)
        .with("gender", "F")
        .at("3 Quayside", "LS10 1AA")
        .with("nhs_number", &nhs_number(1));
    [(CARE, both), (SCHOOLS, moved), (GP, numbered)]
}

fn proposal() -> SealProposal {
    let named = |records: &[(&str, &str)]| {
        records.iter().map(|(source, record)| ((*source).to_owned(), (*record).to_owned())).collect()
    };
    SealProposal {
        former: named(&[(GP, "G-1"), (SCHOOLS, "S-1")]),
        current: named(&[(GP, "G-2"), (CARE, "C-2")]),
        ..SealProposal::default()
    }
}

async fn load_all(house: &House) {
    house.load(GP, &[former_patient(), new_patient()]).await;
    house.load(SCHOOLS, &[former_pupil()]).await;
    house.load(CARE, &[new_client()]).await;
}

/// A child with two identities, sealed from each other: the house, the former number, the new one.
async fn sealed(db: &TestDatabases) -> (House, ChildNumber, ChildNumber) {
    let house = House::open(db).await;
    load_all(&house).await;
    house.holds_end();
    let former = house.number_of(GP, "G-1").await;
    let (morgan, reece) = house.managers().await;
    let number = house.directory.seal_identities(&morgan, &reece, &proposal()).await.unwrap();
    (house, former, number)
}

async fn they_are_apart(house: &House, former: &ChildNumber, new: &ChildNumber, when: &str) {
    for record in [(GP, "G-1"), (SCHOOLS, "S-1")] {
        assert_eq!(
            house.number_of(record.0, record.1).await,
            *former,
            "{when}: {record:?} stays with the former"
        );
    }
    for record in [(GP, "G-2"), (CARE, "C-2")] {
        assert_eq!(house.number_of(record.0, record.1).await, *new, "{when}: {record:?} stays with the new");
    }
    let nurse = house.nurse().await;
    for criteria in [
        by_name_and_birth("Amy Carterwright", BORN),
        by_name_and_birth("Carterwright", BORN),
        by_street("Carterwright", "Quayside"),
        by_postcode("Carterwright", "LS10 1AA"),
        by_street("Carterwright", "Abbey Walk"),
        by_number(former),
    ] {
        let found = house.found(&nurse, criteria.clone()).await;
        assert!(found.is_empty(), "{when}: {criteria:?} found {found:?}");
    }
    let view = house.full_record(&nurse, by_name_and_birth("Ruby Thornycroft", BORN)).await;
    assert_eq!(view.number, *new);
    let page = serde_json::to_string(&view).unwrap();
    assert!(!page.contains("Carterwright") && !page.contains("Quayside"), "{when}: {page}");
}

on_both_databases! {
    async fn sealed_identities_stay_apart_when_every_file_is_loaded_again(db: TestDatabases) {
        let (house, former, new) = sealed(&db).await;
        assert_ne!(former, new);
        they_are_apart(&house, &former, &new, "after the seal").await;
        load_all(&house).await;
        house.holds_end();
        they_are_apart(&house, &former, &new, "after a reload").await;
    }

    async fn nothing_in_the_clear_columns_tells_a_sealed_identity(db: TestDatabases) {
        let (house, ..) = sealed(&db).await;
        let mut raw = Raw::data(&db).await;
        // A link by a person's hand, or a child that is not as old as its oldest record, would stand out.
        assert_eq!(raw.texts("SELECT DISTINCT kind || ' ' || author FROM link").await, ["automatic matcher"]);
        let out_of_step = "SELECT count(*) FROM child c WHERE c.readable_from <> (SELECT min(s.hold_until) FROM link l \
             JOIN source_record s ON s.record_id = l.record_id AND s.bucket = l.bucket WHERE l.child_id = c.child_id)";
        assert_eq!(raw.number(out_of_step).await, 0);
        drop(house);
    }

    async fn no_later_record_joins_them_in_any_order_of_arrival(db: TestDatabases) {
        let [a, b, c] = bridges();
        let orders = [[&a, &b, &c], [&a, &c, &b], [&b, &a, &c], [&b, &c, &a], [&c, &a, &b], [&c, &b, &a]];
        for (at, order) in orders.into_iter().enumerate() {
            let other = TestDatabases::on(db.engine()).await;
            let (house, former, new) = sealed(&other).await;
            for (source, row) in order {
                house.load(source, std::slice::from_ref(row)).await;
                house.holds_end();
                they_are_apart(&house, &former, &new, &format!("order {at}")).await;
            }
            load_all(&house).await;
            house.holds_end();
            they_are_apart(&house, &former, &new, &format!("order {at}, reloaded")).await;
        }
    }

    async fn a_known_record_that_begins_to_name_both_is_withheld(db: TestDatabases) {
        let (house, former, new) = sealed(&db).await;
        let row = new_client().with("alias_1_forenames", "Amy").with("alias_1_surname", "Carterwright");
        house.load(CARE, &[row]).await;
        house.holds_end();
        they_are_apart(&house, &former, &new, "after the update").await;
        assert_eq!(Raw::data(&db).await.texts("SELECT DISTINCT desk FROM review").await, ["protected"]);
        house.load(CARE, &[new_client().with("carer_1_surname", "Thornycroft")]).await;
        they_are_apart(&house, &former, &new, "after it was put right").await;
    }

    async fn a_record_near_both_identities_waits_although_every_word_of_it_is_the_present_ones(db: TestDatabases) {
        // Who keeps their forename and stays in the district is near the former identity too: people decide, not weights.
        let house = House::open(&db).await;
        let before = child("G-1", "Ruby", "Carterwright", BORN).with("gender", "F").at("3 Quayside", "LS16 8AA");
        let after = child("G-2", "Ruby", "Thornycroft", BORN)
            .with("gender", "F")
            .at("20 Abbey Walk", "LS16 8ZZ")
            .with("nhs_number", &nhs_number(2));
        house.load(GP, &[before.clone(), after.clone()]).await;
        let side = |record: &str| vec![(GP.to_owned(), record.to_owned())];
        let proposal = SealProposal { former: side("G-1"), current: side("G-2"), ..SealProposal::default() };
        let (morgan, reece) = house.managers().await;
        let new = house.directory.seal_identities(&morgan, &reece, &proposal).await.unwrap();
        house.load(CARE, &[after.with("record_id", "C-9")]).await;
        house.holds_end();
        assert_ne!(house.number_of(CARE, "C-9").await, new, "it joined one of the two");
        let view = house.full_record(&house.nurse().await, by_number(&new)).await;
        assert_eq!(view.name.source.as_str(), "NHS: GP registrations", "what is held adds nothing");
    }

    async fn the_former_number_answers_as_one_never_issued(db: TestDatabases) {
        let (house, former, _) = sealed(&db).await;
        let nurse = house.nurse().await;
        let never = ChildNumber::from_random([77; 16]);
        let mut raw = Raw::data(&db).await;
        let mut left = Vec::new();
        for number in [&former, &never] {
            let (headers, lookups) = (raw.headers().await, raw.count("audit_lookup").await);
            assert!(house.find(&nurse, by_number(number)).await.is_empty());
            left.push((raw.headers().await.len() - headers.len(), raw.count("audit_lookup").await - lookups));
        }
        assert_eq!(left[0], left[1]);
    }

    async fn a_new_identity_keeps_the_shield_of_the_person(db: TestDatabases) {
        let house = House::open(&db).await;
        load_all(&house).await;
        house.holds_end();
        house.shield(GP, "G-2").await;
        let (morgan, reece) = house.managers().await;
        house.directory.seal_identities(&morgan, &reece, &proposal()).await.unwrap();
        let nurse = house.nurse().await;
        assert_eq!(house.find(&nurse, by_name_and_birth("Ruby Thornycroft", BORN)).await.len(), 1);
        for criteria in [by_street("Thornycroft", "Abbey Walk"), by_postcode("Thornycroft", "LS16 8ZZ")] {
            assert!(house.find(&nurse, criteria).await.is_empty());
        }
        let found = house.find(&nurse, by_name_and_birth("Ruby Thornycroft", BORN)).await;
        assert_eq!(found[0].row.town, None, "the shield belongs to the person");
    }

    async fn identities_that_were_one_child_are_parted(db: TestDatabases) {
        let house = House::open(&db).await;
        let one = former_patient().with("alias_1_forenames", "Ruby").with("alias_1_surname", "Thornycroft");
        house.load(GP, &[one]).await;
        let row = new_client().at("3 Quayside", "LS10 1AA").with("nhs_number", &nhs_number(1));
        house.load(CARE, &[row]).await;
        house.holds_end();
        let former = house.number_of(GP, "G-1").await;
        assert_eq!(house.number_of(CARE, "C-2").await, former, "they are one child before");
        let (morgan, reece) = house.managers().await;
        let proposal = SealProposal {
            former: vec![(GP.to_owned(), "G-1".to_owned())],
            current: vec![(CARE.to_owned(), "C-2".to_owned())],
            ..SealProposal::default()
        };
        let new = house.directory.seal_identities(&morgan, &reece, &proposal).await.unwrap();
        let nurse = house.nurse().await;
        let view = house.full_record(&nurse, by_name_and_birth("Ruby Thornycroft", BORN)).await;
        assert_eq!(view.number, new);
        assert!(view.aliases.is_empty(), "{:?}", view.aliases);
        assert!(house.find(&nurse, by_name_and_birth("Amy Carterwright", BORN)).await.is_empty());
        assert!(house.find(&nurse, by_number(&former)).await.is_empty());
    }

    async fn a_seal_is_an_act_of_two_people_and_names_every_record(db: TestDatabases) {
        let house = House::open(&db).await;
        load_all(&house).await;
        house.account("pat", &[Role::Practitioner]).await;
        let pat = house.sign_in("pat").await;
        let (morgan, reece) = house.managers().await;
        let seal = async |proposer, approver, proposal: SealProposal| {
            house.directory.seal_identities(proposer, approver, &proposal).await
        };
        assert!(matches!(seal(&morgan, &morgan, proposal()).await, Err(SealError::OnePerson)));
        assert!(matches!(seal(&morgan, &pat, proposal()).await, Err(SealError::Forbidden)));
        let mut partly = proposal();
        partly.former.pop();
        assert!(matches!(seal(&morgan, &reece, partly).await, Err(SealError::Unassigned { count: 1 })));
        let mut unknown = proposal();
        unknown.former.push((GP.to_owned(), "G-404".to_owned()));
        assert!(matches!(seal(&morgan, &reece, unknown).await, Err(SealError::UnknownRecord { position: 3, .. })));
        assert_eq!(Raw::data(&db).await.count("barrier").await, 0);
    }
}
