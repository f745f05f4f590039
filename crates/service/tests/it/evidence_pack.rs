//! The monthly evidence pack (rules 13.4 to 13.6).

use directory::Month;
use directory::access::Role;
use service::{PackError, PackForm};
use testkit::{TestDatabases, on_both_databases};

use crate::house::House;
use crate::raw::Raw;

fn month(text: &str) -> Month {
    Month::parse(text).unwrap()
}

on_both_databases! {
    async fn a_manager_takes_the_pack_of_a_month_that_is_over_and_it_is_an_entry(db: TestDatabases) {
        let house = House::open(&db).await;
        for n in 0..12 {
            house.account(&format!("pat-{n}"), &[Role::Practitioner]).await;
        }
        let trust = house.organisation("Leeds Trust", "partner", Some("E08000035")).await;
        house.person("matron", Role::Practitioner, trust).await;
        Raw::data(&db).await.run("INSERT INTO month_count (month, organisation_id, measure, n) SELECT '2026-03', organisation_id, 'searches', 617 FROM organisation WHERE name LIKE 'Leeds%'").await;
        house.clock.set("2026-04-02T09:00:00Z".parse().unwrap());
        let (morgan, _) = house.managers().await;
        let take = async |form| house.directory.evidence_pack(&morgan, house.council, month("2026-03"), form).await;
        let csv = String::from_utf8(take(PackForm::Csv).await.unwrap()).unwrap();
        for line in [
            "organisation,code,month,table,counted,count\n",
            "Leeds City Council,E08000035,2026-03,Accounts by state,Active,15\n",
            "Leeds City Council,E08000035,2026-03,Accounts by state,Suspended,under 10\n",
            "Leeds City Council,E08000035,2026-03,Active accounts by role,Practitioner,15\n",
            "Leeds City Council,E08000035,2026-03,Active accounts by role,Manager,under 10\n",
            "Leeds City Council,E08000035,2026-03,Use of the directory,Searches,\"1,235\"\n",
            "Leeds City Council,E08000035,2026-03,Alerts,Decided as suspected misuse,under 10\n",
            "Leeds City Council,E08000035,2026-03,Clearances and training,Clearances ended,under 10\n",
            "Leeds City Council,E08000035,2026-03,Organisations by accreditation,Accredited,under 10\n",
            "Leeds City Council,E08000035,2026-03,Disclosures outside the access rules,Released,under 10\n",
        ] {
            assert!(csv.contains(line), "{line}{csv}");
        }
        let pdf = take(PackForm::Pdf).await.unwrap();
        assert!(pdf.starts_with(b"%PDF-1.7") && pdf.len() > 4_000);
        assert_eq!(take(PackForm::Pdf).await.unwrap(), pdf, "the same month and state, the same bytes");
        assert_eq!(take(PackForm::Csv).await.unwrap(), csv.into_bytes());
        if let Ok(path) = std::env::var("CONTACTPOINT_TEST_PACK") {
            std::fs::write(path, &pdf).unwrap();
        }
        assert_eq!(Raw::data(&db).await.entries("export").await, 4);
        let this = house.directory.evidence_pack(&morgan, house.council, month("2026-04"), PackForm::Csv).await;
        assert!(matches!(this, Err(PackError::NotOver)));
    }

    async fn a_pack_is_for_those_who_watch_that_organisation_and_for_the_centre(db: TestDatabases) {
        let house = House::open(&db).await;
        let other = house.organisation("Bradford Council", "authority", Some("E08000032")).await;
        let trust = house.organisation("Leeds Trust", "partner", Some("E08000035")).await;
        let charity = house.organisation("A charity", "national_partner", None).await;
        let centre = house.organisation("The centre", "centre", None).await;
        house.clock.set("2026-04-02T09:00:00Z".parse().unwrap());
        let march = month("2026-03");
        for (username, role, at, may) in [
            ("morgan", Role::Manager, house.council, vec![house.council]),
            ("ada", Role::Auditor, house.council, vec![house.council]),
            ("cleo", Role::CentralTeam, centre, vec![house.council, other, charity]),
            ("carl", Role::Manager, charity, vec![charity]),
            ("trudy", Role::Manager, trust, vec![]),
            ("uma", Role::UserManager, house.council, vec![]),
            ("dana", Role::DataAdministrator, house.council, vec![]),
        ] {
            let person = house.person(username, role, at).await;
            let mut owners: Vec<_> = house.directory.pack_owners(&person).await.unwrap().into_iter().map(|(id, _)| id).collect();
            owners.sort_unstable();
            let mut expected = may.clone();
            expected.sort_unstable();
            assert_eq!(owners, expected, "{username}");
            for owner in [house.council, other, trust, charity, centre] {
                let taken = house.directory.evidence_pack(&person, owner, march, PackForm::Csv).await;
                assert_eq!(taken.is_ok(), may.contains(&owner), "{username}");
            }
        }
        let taken = Raw::data(&db).await.entries("export").await;
        assert_eq!(taken, 6, "what was refused gave nothing");
    }
}
