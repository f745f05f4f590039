//! From feed to answer: who else works with this child, and how to reach them.

use testkit::{TestDatabases, on_both_databases};

use crate::house::{CARE, GP, House, Row, SCHOOLS, by_name_and_birth, by_number, by_street, child};

fn pupil() -> Row {
    child("S-1", "Amelia", "Thistlewood", "2015-03-20")
        .with("gender", "F")
        .at("12 Mill Lane", "LS1 4AP")
        .in_school("Millgarth Primary School")
        .with("school_telephone", "0113 496 0100")
        .with("carer_1_forenames", "Siobhan")
        .with("carer_1_surname", "Thistlewood")
        .with("carer_1_relationship", "mother")
}

fn client() -> Row {
    child("C-1", "Amelia Rose", "Thistlewood", "2015-03-20")
        .with("gender", "F")
        .at("12 Mill Lane", "LS1 4AP")
        .with("involvement_1_service", "social_worker")
        .with("involvement_1_organisation", "Leeds Social Care")
        .with("involvement_1_practitioner", "Jo Mensah")
        .with("involvement_1_telephone", "0113 496 0001")
        .with("involvement_1_lead", "yes")
}

on_both_databases! {
    async fn what_two_sources_say_of_one_child_is_one_answer(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(SCHOOLS, &[pupil()]).await;
        house.load(CARE, &[client()]).await;
        house.holds_end();
        assert_eq!(house.number_of(SCHOOLS, "S-1").await, house.number_of(CARE, "C-1").await);
        let nurse = house.nurse().await;
        let view = house.full_record(&nurse, by_name_and_birth("Amelia Thistlewood", "2015-03-20")).await;
        let lead = view.lead_professional().expect("a lead professional");
        assert_eq!(lead.value.practitioner.as_ref().unwrap().as_str(), "Jo Mensah");
        assert_eq!(lead.value.contact.telephone.as_ref().unwrap().to_string(), "0113 496 0001");
        assert_eq!(lead.source.as_str(), "Children's social care");
        assert_eq!(view.education.len(), 1);
        assert_eq!(view.education[0].source.as_str(), "Schools census");
        assert_eq!(view.carers[0].value.name.forenames(), "Siobhan");
    }

    async fn children_who_are_different_stay_different(db: TestDatabases) {
        let house = House::open(&db).await;
        let twin = pupil().with("record_id", "S-2").with("forenames", "Beatrix");
        let sister = pupil().with("record_id", "S-3").with("forenames", "Clementine").with("date_of_birth", "2012-11-02");
        house.load(SCHOOLS, &[pupil(), twin, sister]).await;
        house.holds_end();
        let nurse = house.nurse().await;
        let found = house.found(&nurse, by_street("Thistlewood", "Mill Lane")).await;
        assert_eq!(found.len(), 3, "{found:?}");
    }

    async fn a_sensitive_service_is_shown_to_nobody(db: TestDatabases) {
        let house = House::open(&db).await;
        let row = client()
            .with("involvement_2_service", "mental_health")
            .with("involvement_2_organisation", "Hidden Clinic")
            .with("involvement_2_basis", "consent")
            .with("involvement_2_consent", "child_of_understanding")
            .with("involvement_2_asserted_by", "Quiet Trust")
            .with("involvement_2_asserted_on", "2025-06-02");
        house.load(CARE, &[row]).await;
        house.holds_end();
        let nurse = house.nurse().await;
        let view = house.full_record(&nurse, by_name_and_birth("Amelia Thistlewood", "2015-03-20")).await;
        assert!(!serde_json::to_string(&view).unwrap().contains("Hidden Clinic"));
        assert_eq!(view.involvements.len(), 1);
    }

    async fn a_child_number_finds_its_child(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(GP, &[child("G-1", "Amelia", "Thistlewood", "2015-03-20")]).await;
        house.holds_end();
        let nurse = house.nurse().await;
        let number = house.number_of(GP, "G-1").await;
        assert_eq!(house.found(&nurse, by_number(&number)).await, ["Amelia Thistlewood, -"]);
    }
}
