//! Thresholds that differ by authority (rules 9.3, 9.4, 9.7), and looks made for a colleague (rule 6.12).

use directory::access::{Reason, Role};
use directory::watching::{Exceptions, Flag, Rule};
use jiff::SignedDuration;
use service::{Directory, OpenError, Policy, SearchAnswer};
use testkit::{TestClock, TestDatabases, on_both_databases};

use crate::house::{GP, by_name_and_birth, by_postcode, key_encryption_key, world};
use crate::raw::Raw;
use crate::watching::Town;

const LEEDS: &str = "E08000035";
const BRADFORD: &str = "E08000032";

/// The town beside a second authority with a practitioner and a manager; Leeds differs from what holds for everybody.
async fn two_authorities(db: &TestDatabases, leeds: Exceptions) -> Town {
    let town = Town::open(db, |policy| {
        // Nothing else is to be noticed.
        (policy.sample_per_thousand, policy.sample_at_least) = (0, 0);
        policy.authority.insert(LEEDS.to_owned(), leeds);
    })
    .await;
    let bradford = town.house.organisation("Bradford Council", "authority", Some(BRADFORD)).await;
    town.account("bradnurse", "Bette Whitlock", bradford, &[Role::Practitioner]).await;
    town.account("bradmanager", "Bo Manager", bradford, &[Role::Manager]).await;
    town
}

fn hours(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// What the managers of Leeds and of Bradford have before them of this rule.
async fn before_them(town: &Town, rule: Rule) -> (usize, usize) {
    let mut counts = Vec::new();
    for username in ["manager", "bradmanager"] {
        let who = town.signed_in(username).await;
        counts.push(town.rules(&who).await.into_iter().filter(|one| *one == rule).count());
    }
    (counts[0], counts[1])
}

on_both_databases! {
    async fn each_authority_passes_on_what_nobody_decides_after_its_own_delay(db: TestDatabases) {
        let leeds = Exceptions { escalate_after_days: Some(2), ..Exceptions::default() };
        let town = two_authorities(&db, leeds).await;
        town.with_cosmo("Whitlock").await;
        for username in ["nurse", "bradnurse"] {
            town.opens_cosmo(username, "Whitlock").await;
        }
        town.watch().await;
        assert_eq!(before_them(&town, Rule::OwnSurname).await, (1, 1));
        town.house.clock.advance(hours(2) - SignedDuration::from_hours(1));
        town.watch().await;
        assert_eq!(before_them(&town, Rule::OwnSurname).await, (1, 1), "not two days yet");
        town.house.clock.advance(SignedDuration::from_hours(2));
        town.watch().await;
        assert_eq!(before_them(&town, Rule::OwnSurname).await, (0, 1), "two days in Leeds");
        town.house.clock.advance(hours(3));
        town.watch().await;
        assert_eq!(before_them(&town, Rule::OwnSurname).await, (0, 0), "five days everywhere");
        let central = town.signed_in("central").await;
        let passed_on = town.rules(&central).await.into_iter().filter(|rule| *rule == Rule::OwnSurname).count();
        assert_eq!(passed_on, 2);
    }

    async fn each_authority_looks_for_an_involvement_after_its_own_delay_and_once(db: TestDatabases) {
        let leeds =
            Exceptions { no_involvement_days: Some(7), escalate_after_days: Some(5), ..Exceptions::default() };
        let town = two_authorities(&db, leeds).await;
        town.with_cosmo("Delacroix").await;
        let watched = async |rule| {
            town.watch().await;
            before_them(&town, rule).await
        };
        for username in ["nurse", "bradnurse"] {
            town.opens_cosmo(username, "Delacroix").await;
        }
        let after = Rule::NoInvolvement;
        town.house.clock.advance(hours(7) - SignedDuration::from_hours(1));
        assert_eq!(watched(after).await, (0, 0));
        town.house.clock.advance(SignedDuration::from_hours(2));
        assert_eq!(watched(after).await, (1, 0), "seven days in Leeds");
        town.house.clock.advance(hours(7));
        assert_eq!(watched(after).await.1, 1, "fourteen days everywhere else");
        let mut raw = Raw::data(&db).await;
        let raised = raw.count("alert").await;
        town.house.clock.advance(hours(1));
        town.watch().await;
        assert_eq!(raw.count("alert").await, raised, "each was noticed once");
        let marks = raw.texts("SELECT name FROM watch_mark WHERE name LIKE 'afterwards%' ORDER BY name").await;
        assert_eq!(marks, ["afterwards_14", "afterwards_7"]);
    }

    async fn a_delay_that_is_new_follows_up_what_the_old_one_had_not_come_to(db: TestDatabases) {
        let town = two_authorities(&db, Exceptions::default()).await;
        town.with_cosmo("Delacroix").await;
        town.opens_cosmo("nurse", "Delacroix").await;
        town.house.clock.advance(hours(9));
        town.watch().await;
        assert_eq!(before_them(&town, Rule::NoInvolvement).await.0, 0, "nine of fourteen days");
        // Leeds takes a shorter delay, and the service starts again.
        let mut policy = Policy::default();
        let leeds = Exceptions { no_involvement_days: Some(7), ..Exceptions::default() };
        policy.watching.authority.insert(LEEDS.to_owned(), leeds);
        let again = crate::house::open(&db, &town.house.clock, 2, policy).await;
        while again.watch().await.unwrap() > 0 {}
        assert_eq!(before_them(&town, Rule::NoInvolvement).await.0, 1);
    }

    async fn each_authority_counts_views_of_a_shielded_record_over_its_own_window(db: TestDatabases) {
        let leeds = Exceptions { shielded_days: Some(60), ..Exceptions::default() };
        let town = two_authorities(&db, leeds).await;
        town.with_cosmo("Delacroix").await;
        town.house.shield(GP, "G-1").await;
        for _ in 0..3 {
            for username in ["nurse", "bradnurse"] {
                town.opens_cosmo(username, "Delacroix").await;
            }
            town.watch().await;
            town.house.clock.advance(hours(20));
        }
        // Seen on days 0, 20 and 40: three times in sixty days, twice in twenty-eight.
        let rules = async |username: &str| {
            let who = town.signed_in(username).await;
            let page = town.directory().alerts(&who, None, false, None).await.unwrap();
            page.lines.into_iter().filter(|line| line.rule == Rule::ShieldedAgain).map(|line| line.organisation).collect::<Vec<_>>()
        };
        town.house.clock.advance(-hours(20));
        assert_eq!(rules("manager").await, ["Leeds Community Trust"]);
        assert_eq!(rules("bradmanager").await, [""; 0]);
    }

    async fn each_authority_has_its_own_share_of_samples(db: TestDatabases) {
        let leeds = Exceptions { sample_per_thousand: Some(1000), ..Exceptions::default() };
        let town = Town::open(&db, |policy| {
            (policy.sample_per_thousand, policy.sample_at_least) = (5, 1);
            policy.authority.insert(LEEDS.to_owned(), leeds);
        }).await;
        let clinic = town.house.organisation("Bradford Clinics", "partner", Some(BRADFORD)).await;
        let bradford = town.house.organisation("Bradford Council", "authority", Some(BRADFORD)).await;
        town.account("bradnurse", "Bette Stone", clinic, &[Role::Practitioner]).await;
        town.account("bradmanager", "Bo Manager", bradford, &[Role::Manager]).await;
        town.with_cosmo("Delacroix").await;
        town.watch().await;
        for username in ["nurse", "bradnurse", "nurse", "bradnurse", "nurse", "bradnurse"] {
            town.opens_cosmo(username, "Delacroix").await;
        }
        town.house.clock.advance(hours(1));
        town.watch().await;
        assert_eq!(before_them(&town, Rule::Sample).await, (3, 1), "all of three, and the one there must be");
    }

    async fn a_service_does_not_start_with_an_authority_below_the_national_floor(db: TestDatabases) {
        let mut policy = Policy::default();
        let lenient = Exceptions { escalate_after_days: Some(30), ..Exceptions::default() };
        policy.watching.authority.insert(LEEDS.to_owned(), lenient);
        let clock = TestClock::starting(crate::house::OPENED);
        let (options, key) = (store::Options::default(), key_encryption_key());
        let opened = Directory::open(&db.data_url, &db.keys_url, &options, key, policy, world(&clock, 1)).await;
        match opened {
            Err(OpenError::Policy(told)) => {
                assert_eq!(
                    told,
                    "watching.authority.E08000035.escalate_after_days is looser than the national floor; write at most 5, \
                     and not 0"
                );
            }
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("it started"),
        }
    }

    async fn a_look_for_a_colleague_is_held_against_the_names_and_houses_of_both(db: TestDatabases) {
        let town = Town::open(&db, |_| {}).await;
        town.with_cosmo("Baptiste").await;
        let doctor = town.signed_in("doctor").await;
        town.directory().keep_own_address(&doctor, "14", "LS1 4AP").await.unwrap();
        let manager = town.signed_in("manager").await;
        let noticed = async || {
            town.watch().await;
            let page = town.queue(&manager).await;
            let mut found: Vec<(Option<String>, Rule)> =
                page.lines.into_iter().map(|line| (line.person, line.rule)).collect();
            found.sort();
            found
        };
        let of = |person: &str, rule| (Some(person.to_owned()), rule);
        // A child who is neither's.
        let nurse = town.looking("nurse").await;
        let nobodys = by_name_and_birth("Zoe Arkwright", "2012-01-01");
        town.directory().search_for_colleague(&nurse, "doctor", nobodys).await.unwrap();
        assert_eq!(noticed().await, []);
        // The doctor's own surname: the doctor asked for it, the nurse did not.
        let baptiste = by_name_and_birth("Una Baptiste", "2012-01-01");
        town.directory().search_for_colleague(&nurse, "doctor", baptiste).await.unwrap();
        assert_eq!(noticed().await, [of("Ewan Baptiste", Rule::OwnSurname)]);
        let alert = town.one(&manager, Rule::OwnSurname).await;
        let cause: Vec<_> = town.directory().alert(&manager, alert).await.unwrap().day.into_iter()
            .filter(|entry| entry.set_it_off).collect();
        assert_eq!((cause.len(), &cause[0].flags[..]), (1, &[Flag::AskersSurname][..]), "the reviewer sees the cause");
        // The nurse's own surname counts as when she looks for herself.
        let whitlock = by_name_and_birth("Una Whitlock", "2012-01-01");
        town.directory().search_for_colleague(&nurse, "doctor", whitlock).await.unwrap();
        let both = [of("Ada Whitlock", Rule::OwnSurname), of("Ewan Baptiste", Rule::OwnSurname)];
        assert_eq!(noticed().await, both);
        // The doctor's own house, asked for, and the child who lives there opened the day after.
        let house = by_postcode("Cosmo Baptiste", "LS1 4AP");
        let answer = town.directory().search_for_colleague(&nurse, "doctor", house).await.unwrap();
        let handle = match &answer.data().answer {
            SearchAnswer::Found(rows) => rows[0].handle.clone(),
            other => panic!("not found: {other:?}"),
        };
        let with_house = [both[0].clone(), both[1].clone(), of("Ewan Baptiste", Rule::OwnAddress)];
        assert_eq!(noticed().await, with_house);
        let directory = town.directory();
        directory.ask_colleague(&nurse, &handle, Reason::SafeguardingConcern).await.unwrap();
        let waiting = directory.mediations(&doctor).await.unwrap().waiting.remove(0);
        let review = directory.review_mediation(&doctor, &waiting.handle).await.unwrap();
        directory.decide_mediation(&doctor, &review.data().handle, true).await.unwrap();
        let own = directory.mediations(nurse.who()).await.unwrap().own.remove(0);
        town.directory().open_mediated(&nurse, &own.handle).await.unwrap();
        let mut opened = Vec::new();
        noticed().await;
        let view = town.directory().alert(&manager, alert).await.unwrap();
        assert!(view.day.iter().all(|entry| entry.set_it_off || entry.what != "record_viewed"));
        let looked = town.queue(&manager).await;
        for line in looked.lines.iter().filter(|line| line.person.as_deref() == Some("Ada Whitlock")) {
            let day = town.directory().alert(&manager, line.id).await.unwrap().day;
            opened.extend(day.into_iter().filter(|entry| entry.what == "record_viewed").flat_map(|entry| entry.flags));
        }
        assert_eq!(opened, [Flag::AskersSurname, Flag::AskersAddress], "the opened record is noted for the asker too");
    }
}
