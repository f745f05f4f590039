//! Organisations by page and filter, accreditations by queue and due date.

use crate::fixtures::{ORGANISATION, id, open, organisation};
use store::accreditations::{self, AccreditationRow, AccreditationState};
use store::organisations::{self, Filter, OrganisationRow, OrganisationState};
use store::{Store, Uuid};
use testkit::{TestDatabases, on_both_databases};

fn accreditation(n: u64, state: AccreditationState) -> AccreditationRow {
    AccreditationRow {
        accreditation_id: id(n),
        organisation_id: ORGANISATION,
        state,
        opened_at: 10 * n as i64,
        valid_until: None,
        due_at: Some(100 * n as i64),
        version: 1,
        sealed: vec![7; 40],
    }
}

async fn with_organisations(db: &TestDatabases) -> Store {
    let store = open(db).await;
    let mut tx = store.begin().await.unwrap();
    organisations::put(&mut tx, &organisation()).await.unwrap();
    let row = |n: u64, name: &str, authority: &str, state, until| OrganisationRow {
        organisation_id: id(n),
        kind: "partner".into(),
        authority_code: Some(authority.into()),
        name: name.into(),
        state,
        accredited_until: until,
        parent_id: (n > 2).then(|| id(1)),
        sector: if n.is_multiple_of(2) { "health".into() } else { "school".into() },
        capabilities: String::new(),
        sealed: None,
    };
    use OrganisationState::{Accredited, Suspended, Withdrawn};
    for row in [
        row(1, "Ash Trust", "E1", Accredited, Some(1_000)),
        row(2, "Beech School", "E1", Accredited, Some(10)),
        row(3, "Cedar Clinic", "E1", Suspended, None),
        row(4, "Cedar Clinic", "E1", Suspended, Some(1_000)),
        row(5, "Elm House", "E1", Withdrawn, Some(1_000)),
        row(6, "Fir Surgery", "E2", Accredited, Some(150)),
    ] {
        organisations::put(&mut tx, &row).await.unwrap();
    }
    tx.commit().await.unwrap();
    store
}

on_both_databases! {
    async fn organisations_are_listed_page_by_page_and_by_where_they_stand(db: TestDatabases) {
        let store = with_organisations(&db).await;
        let mut conn = store.reader().await.unwrap();
        let filter = Filter { today: 100, soon: 200, ..Filter::default() };
        let mut seen = Vec::new();
        let mut after = (String::new(), Uuid::nil());
        loop {
            let page = organisations::page(&mut conn, None, (&after.0, after.1), &filter, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            after = (last.name.clone(), last.organisation_id);
            seen.extend(page.into_iter().map(|row| row.name));
        }
        assert_eq!(
            seen,
            ["Ash Trust", "Beech School", "Birmingham", "Cedar Clinic", "Cedar Clinic", "Fir Surgery"],
            "namesakes both, the withdrawn not"
        );
        for (authority, kind, sector, standing, names) in [
            (Some("E1"), "", "", "in_force", &["Ash Trust"][..]),
            (Some("E1"), "", "", "ended", &["Beech School"]),
            (Some("E1"), "", "", "never", &["Cedar Clinic"]),
            (Some("E1"), "", "", "suspended", &["Cedar Clinic"]),
            (Some("E1"), "", "", "withdrawn", &["Elm House"]),
            (None, "", "", "ends_soon", &["Fir Surgery"]),
            (None, "local_authority", "", "", &["Birmingham"]),
            (None, "", "school", "", &["Ash Trust", "Cedar Clinic"]),
            (Some("E2"), "", "", "", &["Fir Surgery"]),
            (Some("E3"), "", "", "", &[]),
        ] {
            let filter = Filter { kind: kind.into(), sector: sector.into(), standing: standing.into(), ..filter.clone() };
            let rows = organisations::page(&mut conn, authority, ("", Uuid::nil()), &filter, 10).await.unwrap();
            let found: Vec<String> = rows.into_iter().map(|row| row.name).collect();
            assert_eq!(found, names, "{authority:?} {filter:?}");
        }
        let parts = organisations::parts(&mut conn, id(1), ("", Uuid::nil()), 10).await.unwrap();
        assert_eq!(parts.len(), 4);
        assert_eq!(organisations::by_name(&mut conn, "Elm House").await.unwrap().unwrap().organisation_id, id(5));
        assert!(organisations::authority(&mut conn, "E1").await.unwrap().is_none());
        let counts = organisations::counts(&mut conn, Some("E1"), 100).await.unwrap();
        assert_eq!(counts.iter().map(|row| row.n).sum::<i64>(), 5);
        assert!(counts.iter().any(|row| (row.kind.as_str(), row.standing.as_str(), row.n) == ("partner", "ended", 1)));
        let all = organisations::counts(&mut conn, None, 100).await.unwrap();
        assert_eq!(all.iter().map(|row| row.n).sum::<i64>(), 7);
    }

    async fn an_accreditation_changes_only_while_it_is_as_it_was_read(db: TestDatabases) {
        let store = with_organisations(&db).await;
        let mut tx = store.begin().await.unwrap();
        for n in 1..=3 {
            accreditations::insert(&mut tx, &accreditation(n, AccreditationState::Submitted)).await.unwrap();
        }
        let mut row = accreditations::by_id(&mut tx, id(1)).await.unwrap().unwrap();
        row.state = AccreditationState::Granted;
        assert!(accreditations::replace(&mut tx, &row).await.unwrap());
        assert!(!accreditations::replace(&mut tx, &row).await.unwrap(), "the version has risen");
        let of_organisation = accreditations::of_organisation(&mut tx, ORGANISATION, 2).await.unwrap();
        assert_eq!(of_organisation.iter().map(|row| row.accreditation_id).collect::<Vec<_>>(), [id(3), id(2)]);
        let due = accreditations::due(&mut tx, 200, 10).await.unwrap();
        assert_eq!(due.iter().map(|row| row.accreditation_id).collect::<Vec<_>>(), [id(1), id(2)]);
        let first = accreditations::waiting(&mut tx, AccreditationState::Submitted, (0, Uuid::nil()), "", 1).await.unwrap();
        assert_eq!((first[0].accreditation_id, first[0].name.as_str()), (id(2), "Birmingham"));
        let after = (first[0].opened_at, first[0].accreditation_id);
        let next = accreditations::waiting(&mut tx, AccreditationState::Submitted, after, "E08000025", 5).await.unwrap();
        assert_eq!(next.iter().map(|row| row.accreditation_id).collect::<Vec<_>>(), [id(3)]);
        let none = accreditations::waiting(&mut tx, AccreditationState::Submitted, after, "E1", 5).await.unwrap();
        assert!(none.is_empty());
    }
}
