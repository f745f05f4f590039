//! An accreditation through the people it takes, and what it does to those who are signed in.

use directory::access::accreditation::{
    AccreditationState, Act, Criterion, Lacking, NotDone, Purpose, RefusalReason, SentBack, SuspensionReason,
    Verdict,
};
use directory::access::{Capability, Lapse, Permission, Reason};
use directory::organisation::OrganisationStands;
use jiff::SignedDuration;
use service::{LoadError, NewOrganisation, OrganisationError, SearchError, SessionError, SignInError};
use testkit::{TestDatabases, on_both_databases};

use crate::house::{CARE, COUNCIL, DEATHS, by_name, child, load, register_of_deaths};
use crate::members::{LEEDS, Town, reference};
use crate::raw::Raw;

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

on_both_databases! {
    async fn three_people_accredit_a_partner_and_then_its_staff_may_look(db: TestDatabases) {
        let town = Town::build(&db).await;
        let d = &town.house.directory;
        let refused = town.house.try_sign_in("nora").await.err().unwrap();
        assert!(matches!(&refused, SignInError::NotAllowed { lapses } if *lapses == [Lapse::OrganisationNotAccredited]));
        let lena = town.sign_in("lena").await;
        let id = town.applied(&lena, town.trust, &[Capability::StaffQuery]).await;
        let again = d.open_accreditation(&lena, town.trust, false).await;
        assert!(matches!(again, Err(OrganisationError::AlreadyOpen)));
        let judge = Act::Judge { criterion: Criterion::from_code("S1").unwrap(), verdict: Verdict::Met };
        let own = d.act_on_accreditation(&lena, id, None, std::slice::from_ref(&judge)).await;
        assert!(matches!(own, Err(OrganisationError::Forbidden)), "a lead judges nothing");
        let mary = town.sign_in("mary").await;
        town.assessed(&mary, id, &[]).await;
        let own = town.grant(&mary, id).await;
        assert!(matches!(own, Err(OrganisationError::NotDone(NotDone::OwnAssessment))), "{own:?}");
        let mo = town.sign_in("mo").await;
        town.grant(&mo, id).await.unwrap();
        let view = d.organisation(&mo, town.trust).await.unwrap();
        assert_eq!(view.line.stands, OrganisationStands::InForce);
        assert_eq!(view.line.until, Some(jiff::civil::date(2029, 3, 1)), "three years, through the day before");
        assert_eq!(view.people.len(), 3);
        let nora = town.sign_in("nora").await;
        assert!(nora.may(Permission::SearchChildren) && !nora.may(Permission::AskForMediation));
    }

    async fn a_suspension_reaches_the_next_request_of_a_live_session(db: TestDatabases) {
        let town = Town::build(&db).await;
        let d = &town.house.directory;
        town.accredited(&[Capability::StaffQuery, Capability::MediatedAccess], &[]).await;
        town.house.minutes_pass(1);
        let session = town.house.session("nora").await;
        assert!(d.authenticate(&session).await.is_ok());
        let mary = town.sign_in("mary").await;
        let off = Act::SwitchOff(Capability::StaffQuery, SuspensionReason::CriterionNoLongerMet);
        d.act_on_accreditation_in_force(&mary, town.trust, &off).await.unwrap();
        let nora = d.authenticate(&session).await.unwrap_or_else(|error| panic!("she may still enter: {error}"));
        assert!(!nora.may(Permission::SearchChildren), "one capability is off at once");
        assert!(nora.may(Permission::AskForMediation), "the other is on");
        let reasoned = d.state_reason(&nora, Reason::Referral).await.unwrap();
        let search = d.search(&reasoned, by_name("Anybody At All")).await;
        assert!(matches!(search, Err(SearchError::Forbidden)), "a use case refuses as the page does");
        let on = Act::SwitchOn(Capability::StaffQuery);
        let own = d.act_on_accreditation_in_force(&mary, town.trust, &on).await;
        assert!(matches!(own, Err(OrganisationError::NotDone(NotDone::OwnSuspension))));
        let mo = town.sign_in("mo").await;
        d.act_on_accreditation_in_force(&mo, town.trust, &on).await.unwrap();
        assert!(d.authenticate(&session).await.unwrap_or_else(|error| panic!("{error}")).may(Permission::SearchChildren));

        let suspend = Act::Suspend(SuspensionReason::SuspectedMisuse);
        d.act_on_accreditation_in_force(&mo, town.trust, &suspend).await.unwrap();
        let error = d.authenticate(&session).await.err().unwrap();
        assert!(
            matches!(&error, SessionError::Lapsed(lapses) if *lapses == [Lapse::OrganisationNotAccredited]),
            "{error:?}"
        );
        assert!(d.organisation(&town.sign_in("lena").await, town.trust).await.is_ok(), "its lead can still put it right");
        d.act_on_accreditation_in_force(&town.sign_in("mary").await, town.trust, &Act::Reinstate).await.unwrap();
        assert!(town.sign_in("nora").await.may(Permission::SearchChildren));
    }

    async fn it_ends_by_the_calendar_and_the_old_one_holds_until_the_new_one_is_decided(db: TestDatabases) {
        let town = Town::build(&db).await;
        let d = &town.house.directory;
        let old = town.accredited(&[Capability::StaffQuery], &[]).await;
        let lena = town.sign_in("lena").await;
        let early = d.open_accreditation(&lena, town.trust, false).await;
        assert!(matches!(early, Err(OrganisationError::NotDone(NotDone::RenewalNotOpen(_)))));
        town.house.clock.advance(days(3 * 365 - 100));
        let mut raw = Raw::data(&db).await;
        let entries = raw.entries("organisation_changed").await;
        d.do_duties().await.unwrap();
        assert_eq!(raw.entries("organisation_changed").await, entries + 1, "that renewal has opened is told once");
        d.do_duties().await.unwrap();
        assert_eq!(raw.entries("organisation_changed").await, entries + 1);
        let lena = town.sign_in("lena").await;
        assert_eq!(d.organisation(&lena, town.trust).await.unwrap().line.stands, OrganisationStands::EndsSoon);
        let new = d.open_accreditation(&lena, town.trust, false).await.unwrap();
        town.filled_in(&lena, new, &[Capability::StaffQuery, Capability::Shielding]).await;
        assert_eq!(d.accreditation(&lena, new).await.unwrap().accreditation.purpose(), Purpose::Renewal);
        let mary = town.sign_in("mary").await;
        town.assessed(&mary, new, &[]).await;
        assert!(town.sign_in("nora").await.may(Permission::SearchChildren), "the old one holds");
        town.grant(&town.sign_in("mo").await, new).await.unwrap();
        let view = d.accreditation(&town.sign_in("mary").await, old).await.unwrap();
        assert_eq!(view.accreditation.state(), AccreditationState::Superseded);
        let until = d.organisation(&mary, town.trust).await.unwrap().line.until.unwrap();
        assert_eq!(until.year(), 2031);
        // Not by a duty: nothing has been done since.
        let nora = town.house.session("nora").await;
        town.house.clock.set("2031-11-21T12:00:00Z".parse().unwrap());
        assert!(d.authenticate(&nora).await.is_err());
        let refused = town.house.try_sign_in("nora").await.err().unwrap();
        assert!(matches!(&refused, SignInError::NotAllowed { lapses } if lapses.contains(&Lapse::OrganisationNotAccredited)), "{refused}");
    }

    async fn a_condition_past_its_date_switches_off_what_it_conditions(db: TestDatabases) {
        let town = Town::build(&db).await;
        let d = &town.house.directory;
        let due = town.house.directory.today().checked_add(jiff::Span::new().months(1)).unwrap();
        let condition = Verdict::MetWithCondition { lacking: Lacking::NotYetWritten, due };
        town.accredited(&[Capability::StaffQuery, Capability::MediatedAccess], &[("D1", condition)]).await;
        assert!(town.sign_in("nora").await.may(Permission::SearchChildren));
        town.house.clock.advance(days(32));
        let nora = town.sign_in("nora").await;
        assert!(!nora.may(Permission::SearchChildren), "by the date alone, no duty has run");
        assert!(nora.may(Permission::AskForMediation), "what it does not condition stays on");
        let mut raw = Raw::data(&db).await;
        let entries = raw.entries("organisation_changed").await;
        d.do_duties().await.unwrap();
        assert_eq!(raw.entries("organisation_changed").await, entries + 1);
        let d1 = Criterion::from_code("D1").unwrap();
        let give = Act::GiveConditionEvidence { criterion: d1, reference: reference("PROC-12") };
        d.act_on_accreditation_in_force(&town.sign_in("lena").await, town.trust, &give).await.unwrap();
        let met = Act::FindConditionMet(d1);
        let own = d.act_on_accreditation_in_force(&town.sign_in("lena").await, town.trust, &met).await;
        assert!(matches!(own, Err(OrganisationError::Forbidden)));
        d.act_on_accreditation_in_force(&town.sign_in("max").await, town.trust, &met).await.unwrap();
        assert!(town.sign_in("nora").await.may(Permission::SearchChildren));
    }

    async fn a_national_partner_accredits_itself_and_the_centre_decides_nothing(db: TestDatabases) {
        let town = Town::build(&db).await;
        let d = &town.house.directory;
        let chuck = town.sign_in("chuck").await;
        let id = d.open_accreditation(&chuck, town.charity, true).await.unwrap();
        town.filled_in(&chuck, id, &[Capability::StaffQuery]).await;
        let cecil = town.sign_in("cecil").await;
        assert!(d.accreditation(&cecil, id).await.is_ok(), "the centre sees all");
        let back = [Act::SendBack(SentBack::EvidenceNotFound)];
        assert!(matches!(d.act_on_accreditation(&cecil, id, None, &back).await, Err(OrganisationError::Forbidden)));
        let suspend = Act::Suspend(SuspensionReason::SecurityIncident);
        let central = d.act_on_accreditation_in_force(&cecil, town.trust, &suspend).await;
        assert!(matches!(central, Err(OrganisationError::Forbidden | OrganisationError::NotDone(_))), "{central:?}");
        let mary = town.sign_in("mary").await;
        assert!(matches!(d.accreditation(&mary, id).await, Err(OrganisationError::NotFound)), "no authority's business");
        let (chris, chloe) = (town.sign_in("chris").await, town.sign_in("chloe").await);
        town.assessed(&chris, id, &[]).await;
        town.grant(&chloe, id).await.unwrap();
        assert_eq!(d.organisation(&chuck, town.charity).await.unwrap().capabilities.iter().collect::<Vec<_>>(), [Capability::StaffQuery]);
    }

    async fn an_authority_accredits_itself_by_three_of_its_people(db: TestDatabases) {
        let town = Town::build(&db).await;
        let d = &town.house.directory;
        let mary = town.sign_in("mary").await;
        let id = d.open_accreditation(&mary, town.house.council, true).await.unwrap();
        town.filled_in(&mary, id, &[Capability::Shielding]).await;
        let judge = [Act::Judge { criterion: Criterion::from_code("S1").unwrap(), verdict: Verdict::Met }];
        let own = d.act_on_accreditation(&mary, id, None, &judge).await;
        assert!(matches!(own, Err(OrganisationError::NotDone(NotDone::OwnApplication))), "she holds every role, and applied");
        let mo = town.sign_in("mo").await;
        town.assessed(&mo, id, &[]).await;
        for own in [&mary, &mo] {
            assert!(town.grant(own, id).await.is_err());
        }
        town.grant(&town.sign_in("max").await, id).await.unwrap();
    }

    async fn nobody_decides_what_they_did_not_see_and_a_refusal_changes_nothing_in_force(db: TestDatabases) {
        let town = Town::build(&db).await;
        let d = &town.house.directory;
        town.accredited(&[Capability::StaffQuery], &[]).await;
        let lena = town.sign_in("lena").await;
        let id = d.open_accreditation(&lena, town.trust, true).await.unwrap();
        town.filled_in(&lena, id, &[Capability::StaffQuery, Capability::Shielding]).await;
        let mary = town.sign_in("mary").await;
        town.assessed(&mary, id, &[]).await;
        let mo = town.sign_in("mo").await;
        let seen = d.accreditation(&mo, id).await.unwrap();
        let max = town.sign_in("max").await;
        d.act_on_accreditation(&max, id, Some(seen.version), &[Act::SendBack(SentBack::AssessAgain)]).await.unwrap();
        let grant = [Act::Grant(seen.accreditation.carried())];
        let late = d.act_on_accreditation(&mo, id, Some(seen.version), &grant).await;
        assert!(matches!(late, Err(OrganisationError::Changed)), "{late:?}");
        d.act_on_accreditation(&mary, id, None, &[Act::HandOn]).await.unwrap();
        d.act_on_accreditation(&mo, id, None, &[Act::Refuse(RefusalReason::NoNeed)]).await.unwrap();
        let nora = town.sign_in("nora").await;
        assert!(nora.may(Permission::SearchChildren) && !nora.may(Permission::DecideShield));
    }

    async fn the_configuration_begins_and_people_decide_from_then_on(db: TestDatabases) {
        let town = Town::build(&db).await;
        let d = &town.house.directory;
        let declare = || NewOrganisation {
            name: COUNCIL.to_owned(),
            kind: "authority".to_owned(),
            authority_code: Some(LEEDS.to_owned()),
            accredited_until: town.house.clock.now() + days(3000),
        };
        let (mary, mo) = (town.sign_in("mary").await, town.sign_in("mo").await);
        d.declare_organisation(declare()).await.unwrap();
        assert_eq!(d.organisation(&mary, town.house.council).await.unwrap().line.until, Some(d.today().checked_add(jiff::Span::new().days(3000)).unwrap()));
        let suspend = Act::Suspend(SuspensionReason::OwnRequest);
        d.act_on_accreditation_in_force(&mary, town.house.council, &suspend).await.unwrap();
        d.declare_organisation(declare()).await.unwrap();
        let view = d.organisation(&mary, town.house.council).await.unwrap();
        assert_eq!(view.line.stands, OrganisationStands::Suspended, "a restart lifts no suspension");
        assert!(d.act_on_accreditation_in_force(&mary, town.house.council, &Act::Reinstate).await.is_err());
        d.act_on_accreditation_in_force(&mo, town.house.council, &Act::Reinstate).await.unwrap();
        let shorter = NewOrganisation { accredited_until: town.house.clock.now() - days(1), ..declare() };
        d.declare_organisation(shorter).await.unwrap();
        assert_eq!(d.organisation(&mary, town.house.council).await.unwrap().line.stands, OrganisationStands::InForce);
    }

    async fn who_is_not_accredited_to_feed_feeds_nothing(db: TestDatabases) {
        let town = Town::build(&db).await;
        let d = &town.house.directory;
        let rows = [child("C-1", "Ada", "Quill", "2014-01-01")];
        let text = town.house.file(CARE, &rows).await;
        let mary = town.sign_in("mary").await;
        let off = Act::SwitchOff(Capability::FeedData, SuspensionReason::SecurityIncident);
        d.act_on_accreditation_in_force(&mary, town.house.council, &off).await.unwrap();
        let refused = load(d, CARE, &text, 10).await;
        assert!(matches!(&refused, Err(LoadError::Lacks { missing, .. }) if *missing == [directory::connecting::Missing::Organisation]));
        d.act_on_accreditation_in_force(&town.sign_in("mo").await, town.house.council, &Act::SwitchOn(Capability::FeedData)).await.unwrap();
        assert!(load(d, CARE, &text, 10).await.is_ok());
        // Deaths are told by who is accredited for that too (rule 4.6).
        register_of_deaths(d, COUNCIL).await;
        let death = [child("D-1", "Ada", "Quill", "2014-01-01").with("entry", "registered").with("date_of_death", "2026-01-20")];
        let text = town.house.file(DEATHS, &death).await;
        let off = Act::SwitchOff(Capability::ChildDeathReporting, SuspensionReason::SecurityIncident);
        d.act_on_accreditation_in_force(&town.sign_in("mary").await, town.house.council, &off).await.unwrap();
        let Err(LoadError::Lacks { missing, .. }) = load(d, DEATHS, &text, 10).await else { panic!("it was loaded") };
        assert_eq!(missing, [directory::connecting::Missing::Organisation]);
    }

    async fn without_the_trail_nothing_is_decided_and_nobody_is_listed(db: TestDatabases) {
        let town = Town::build(&db).await;
        let d = &town.house.directory;
        let lena = town.sign_in("lena").await;
        let id = town.applied(&lena, town.trust, &[Capability::StaffQuery]).await;
        let mary = town.sign_in("mary").await;
        town.assessed(&mary, id, &[]).await;
        let mo = town.sign_in("mo").await;
        let seen = d.accreditation(&mo, id).await.unwrap();
        Raw::data(&db).await.break_the_trail().await;
        let grant = [Act::Grant(seen.accreditation.carried())];
        assert!(matches!(d.act_on_accreditation(&mo, id, None, &grant).await, Err(OrganisationError::Service(_))));
        assert!(d.organisations(&mo, &service::OrganisationQuery::default()).await.is_err());
        assert!(d.organisation(&mo, town.trust).await.is_err());
        let states = Raw::data(&db).await.texts("SELECT state FROM accreditation").await;
        assert_eq!(states, ["assessed"]);
        let states = Raw::data(&db).await.texts("SELECT state FROM organisation WHERE name = 'Leeds Trust'").await;
        assert_eq!(states, ["suspended"]);
    }
}
