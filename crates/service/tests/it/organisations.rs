//! Who registers whom, who sees whom, and that who left has left.

use directory::access::{Lapse, Role};
use directory::organisation::{
    ContactDuty, OrganisationContact, OrganisationKind, OrganisationStands, Sector, StructureError,
};
use directory::{EmailAddress, Line, Telephone};
use service::{
    NewMember, NewOrganisation, OrganisationChange, OrganisationError, OrganisationQuery, SessionError,
    SignedIn,
};
use std::time::Instant;
use testkit::{Engine, TestDatabases, on_both_databases};
use uuid::Uuid;

use crate::members::{KENT, LEEDS, Town, partner};
use crate::raw::Raw;

async fn names(town: &Town, who: &SignedIn, query: &OrganisationQuery) -> Vec<String> {
    let page = town.house.directory.organisations(who, query).await.unwrap();
    page.lines.into_iter().map(|line| line.name).collect()
}

fn contact(duty: ContactDuty, name: &str) -> OrganisationContact {
    OrganisationContact {
        duty,
        name: Line::parse(name).unwrap(),
        post: Line::parse("Head of records").unwrap(),
        telephone: Telephone::parse("01632 960142").unwrap(),
        email: EmailAddress::parse("head@trust.example").unwrap(),
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a list takes is what is tested")]
fn stopwatch() -> Instant {
    Instant::now()
}

#[expect(clippy::print_stdout, reason = "the figure is of interest when the test passes, too")]
fn tell(figure: &str) {
    println!("{figure}");
}

on_both_databases! {
    async fn an_authority_registers_its_partners_and_the_centre_the_authorities(db: TestDatabases) {
        let town = Town::build(&db).await;
        let d = &town.house.directory;
        let (mary, cecil) = (town.sign_in("mary").await, town.sign_in("cecil").await);
        let (lena, chris) = (town.sign_in("lena").await, town.sign_in("chris").await);
        let kent = NewMember {
            name: Line::parse("Kent").unwrap(),
            kind: OrganisationKind::Authority,
            authority: Some(KENT.parse().unwrap()),
            sector: Sector::SocialCare,
            parent: None,
        };
        let charity = NewMember { kind: OrganisationKind::NationalPartner, authority: None, name: Line::parse("KIDS").unwrap(), ..kent.clone() };
        let of_kent = NewMember { authority: Some(KENT.parse().unwrap()), ..partner("Kent Clinic") };
        for (who, new, allowed) in [
            (&mary, &kent, false),
            (&mary, &charity, false),
            (&mary, &of_kent, false),
            (&lena, &partner("Lena's"), false),
            (&chris, &charity, false),
            (&cecil, &partner("Central's"), false),
            (&cecil, &kent, true),
            (&cecil, &charity, true),
            (&mary, &partner("Leeds School"), true),
        ] {
            let done = d.register_organisation(who, new).await;
            assert_eq!(done.is_ok(), allowed, "{}: {done:?}", new.name);
            assert!(allowed || matches!(done, Err(OrganisationError::Forbidden)), "{}: {done:?}", new.name);
        }
        let again = d.register_organisation(&mary, &partner("Leeds School")).await;
        assert!(matches!(again, Err(OrganisationError::NameTaken)));
        let second = NewMember { name: Line::parse("Kent again").unwrap(), ..kent };
        assert!(matches!(d.register_organisation(&cecil, &second).await, Err(OrganisationError::AuthorityTaken)));
        let school = d.organisations(&mary, &OrganisationQuery { name_from: Some("Leeds School".to_owned()), ..Default::default() }).await.unwrap();
        assert_eq!(school.lines[0].stands, OrganisationStands::Never, "registered is not accredited");
    }

    async fn each_sees_what_is_within_their_reach_and_each_look_leaves_an_entry(db: TestDatabases) {
        let town = Town::build(&db).await;
        let d = &town.house.directory;
        let all = OrganisationQuery::default();
        let mut raw = Raw::data(&db).await;
        let before = raw.entries("organisations_read").await;
        for (username, expected) in [
            ("mary", &["Leeds City Council", "Leeds Trust"][..]),
            ("audra", &["Leeds City Council", "Leeds Trust"]),
            ("lena", &["Leeds Trust"]),
            ("chris", &["Harbour Charity"]),
            ("cecil", &["Education", "Harbour Charity", "Health", "Leeds City Council", "Leeds Trust", "The centre"]),
        ] {
            let who = town.sign_in(username).await;
            assert_eq!(names(&town, &who, &all).await, expected, "{username}");
        }
        assert_eq!(raw.entries("organisations_read").await, before + 5);
        let (lena, chris) = (town.sign_in("lena").await, town.sign_in("chris").await);
        assert!(d.organisation(&lena, town.trust).await.is_ok());
        for (who, beyond) in [(&lena, town.house.council), (&chris, town.trust), (&lena, town.charity), (&lena, Uuid::nil())] {
            let refused = d.organisation(who, beyond).await;
            assert!(matches!(refused, Err(OrganisationError::NotFound)), "beyond reach is as if it were not there");
        }
        let mary = town.sign_in("mary").await;
        for (query, expected) in [
            (OrganisationQuery { stands: Some(OrganisationStands::Never), ..all.clone() }, &["Leeds Trust"][..]),
            (OrganisationQuery { kind: Some(OrganisationKind::Authority), ..all.clone() }, &["Leeds City Council"]),
            (OrganisationQuery { sector: Some(Sector::Health), ..all.clone() }, &["Leeds Trust"]),
            (OrganisationQuery { authority: Some(KENT.to_owned()), ..all.clone() }, &[]),
        ] {
            assert_eq!(names(&town, &mary, &query).await, expected, "{query:?}");
        }
        let counts = d.organisation_counts(&mary).await.unwrap();
        assert_eq!(counts.iter().map(|count| count.count).sum::<u64>(), 2);
        town.house.account("nurse", &[Role::Practitioner]).await;
        let nurse = town.sign_in("nurse").await;
        assert!(matches!(d.organisations(&nurse, &all).await, Err(OrganisationError::Forbidden)));
    }

    async fn a_clinic_is_part_of_its_trust_and_never_the_other_way_round(db: TestDatabases) {
        let town = Town::build(&db).await;
        let d = &town.house.directory;
        let mary = town.sign_in("mary").await;
        let clinic = NewMember { parent: Some(town.trust), ..partner("Clinic") };
        let clinic = d.register_organisation(&mary, &clinic).await.unwrap();
        let change = |name: &str, parent| OrganisationChange { name: Line::parse(name).unwrap(), sector: Sector::Health, parent };
        let circle = d.change_organisation(&mary, town.trust, &change("Leeds Trust", Some(clinic))).await;
        assert!(matches!(circle, Err(OrganisationError::Structure(StructureError::Cycle))), "{circle:?}");
        let council = d.change_organisation(&mary, clinic, &change("Clinic", Some(town.house.council))).await;
        assert!(matches!(council, Err(OrganisationError::Structure(StructureError::Foreign))), "{council:?}");
        let trust = d.organisation(&mary, town.trust).await.unwrap();
        assert_eq!(trust.parts.iter().map(|part| part.id).collect::<Vec<_>>(), [clinic]);
        assert!(matches!(d.withdraw_organisation(&mary, town.trust).await, Err(OrganisationError::HasParts)));
        d.change_organisation(&mary, clinic, &change("The Clinic", None)).await.unwrap();
        assert_eq!(d.organisation(&mary, clinic).await.unwrap().line.name, "The Clinic");
        let lena = town.sign_in("lena").await;
        let own = d.change_organisation(&lena, town.trust, &change("Leeds Trust", None)).await;
        assert!(matches!(own, Err(OrganisationError::Forbidden)), "its sector selects the criteria it must meet");
    }

    async fn contacts_are_kept_by_the_organisation_and_are_not_in_the_database_to_read(db: TestDatabases) {
        let town = Town::build(&db).await;
        let d = &town.house.directory;
        let lena = town.sign_in("lena").await;
        let contacts = [contact(ContactDuty::Security, "Ottoline Vane"), contact(ContactDuty::Complaints, "Peregrine Ash")];
        d.keep_contacts(&lena, town.trust, &contacts).await.unwrap();
        assert_eq!(d.organisation(&lena, town.trust).await.unwrap().contacts, contacts);
        let audra = town.sign_in("audra").await;
        assert!(matches!(d.keep_contacts(&audra, town.trust, &contacts).await, Err(OrganisationError::Forbidden)));
        let mut raw = Raw::data(&db).await;
        for sealed in raw.blobs("SELECT sealed FROM organisation WHERE sealed IS NOT NULL").await {
            assert!(!String::from_utf8_lossy(&sealed).contains("Ottoline"));
        }
    }

    async fn who_left_has_left_and_is_not_forgotten(db: TestDatabases) {
        let town = Town::build(&db).await;
        let d = &town.house.directory;
        town.accredited(&[directory::access::Capability::StaffQuery], &[]).await;
        town.house.minutes_pass(1);
        let (nora, lena) = (town.house.session("nora").await, town.house.session("lena").await);
        let mary = town.sign_in("mary").await;
        assert!(matches!(d.withdraw_organisation(&mary, town.house.council).await, Err(OrganisationError::Own)));
        d.withdraw_organisation(&mary, town.trust).await.unwrap();
        for session in [nora, lena] {
            let error = d.authenticate(&session).await.err().unwrap();
            assert!(
                matches!(&error, SessionError::Lapsed(lapses) if *lapses == [Lapse::OrganisationNotAccredited]),
                "its lead too: {error:?}"
            );
        }
        assert_eq!(names(&town, &mary, &OrganisationQuery::default()).await, ["Leeds City Council"]);
        let view = d.organisation(&mary, town.trust).await.unwrap();
        assert_eq!((view.line.stands, view.accreditations.len()), (OrganisationStands::Withdrawn, 1), "nothing is deleted");
        assert!(!view.may.manage && !view.may.decide);
        let again = NewOrganisation {
            name: "Leeds Trust".to_owned(),
            kind: "partner".to_owned(),
            authority_code: Some(LEEDS.to_owned()),
            accredited_until: town.house.clock.now() + jiff::SignedDuration::from_hours(999),
        };
        d.declare_organisation(again).await.unwrap();
        let view = d.organisation(&mary, town.trust).await.unwrap();
        assert_eq!(view.line.stands, OrganisationStands::Withdrawn, "no file brings it back");
    }

    async fn eleven_thousand_organisations_list_within_a_fifth_of_a_second(db: TestDatabases) {
        let town = Town::build(&db).await;
        let mut raw = Raw::data(&db).await;
        let (numbers, id) = match db.engine() {
            Engine::Sqlite => (
                "WITH RECURSIVE list (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM list WHERE n < 11000)",
                "randomblob(16)",
            ),
            Engine::Postgres => ("WITH list AS (SELECT n FROM generate_series(1, 11000) AS g (n))", "gen_random_uuid()"),
        };
        raw.run(&format!(
            "{numbers} INSERT INTO organisation (organisation_id, kind, authority_code, name, state, sector, capabilities) \
             SELECT {id}, 'partner', 'E' || (10000000 + n % 150), 'School ' || (100000 + n), 'suspended', 'school', '' FROM list"
        )).await;
        let cecil = town.sign_in("cecil").await;
        let none = OrganisationQuery { stands: Some(OrganisationStands::Withdrawn), ..OrganisationQuery::default() };
        let one = OrganisationQuery { authority: Some("E10000042".to_owned()), ..OrganisationQuery::default() };
        let late = OrganisationQuery { name_from: Some("School 110990".to_owned()), ..OrganisationQuery::default() };
        let mut slowest = std::time::Duration::ZERO;
        for (query, found) in [(&OrganisationQuery::default(), 50), (&none, 0), (&one, 50), (&late, 12)] {
            let mut times: Vec<_> = Vec::new();
            for _ in 0..9 {
                let begun = stopwatch();
                let page = town.house.directory.organisations(&cecil, query).await.unwrap();
                times.push(begun.elapsed());
                assert_eq!(page.lines.len(), found, "{query:?}");
            }
            times.sort();
            slowest = slowest.max(times[4]);
        }
        let begun = stopwatch();
        town.house.directory.organisation_counts(&cecil).await.unwrap();
        slowest = slowest.max(begun.elapsed());
        tell(&format!("{:?}: the slowest list of 11,000 organisations took {slowest:?}", db.engine()));
        assert!(slowest.as_millis() < 200, "{slowest:?}");
        // Page by page to the end, everybody once.
        let (mut seen, mut after) = (0, None);
        loop {
            let query = OrganisationQuery { after, ..OrganisationQuery::default() };
            let page = town.house.directory.organisations(&cecil, &query).await.unwrap();
            seen += page.lines.len();
            after = page.next;
            if after.is_none() { break }
        }
        assert_eq!(seen, 11_000 + 6);
    }
}
