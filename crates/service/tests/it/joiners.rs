//! Joiners and leavers from a file: all of it or nothing, every fault told, the same file twice changes nothing.

use directory::access::{AccountState, Role};
use jiff::SignedDuration;
use service::{
    AccountActError, AccountQuery, Directory, Import, ImportBy, ImportReport, SessionError, SignedIn,
};
use testkit::{TestDatabases, on_both_databases};

use crate::house::COUNCIL;
use crate::people::{BRADFORD, CHARITY, Office};
use crate::raw::Raw;

pub fn file(lines: &[&str]) -> String {
    format!("{}\n{}\n", Directory::import_header(), lines.join("\n"))
}

/// A practitioner with every fact on the day the house opens.
pub fn joins(username: &str, name: &str, organisation: &str, roles: &str, activate: &str) -> String {
    format!(
        "join,{username},{name},{organisation},{roles},2026-03-01,ID-1,2026-03-01,HR-1,2025-12-01,DBS-1,2,2026-02-01,\
         TR-1,2026-03-01,AG-1,{activate}"
    )
}

fn leaves(username: &str) -> String {
    format!("leave,{username},,,,,,,,,,,,,,,")
}

async fn bring_in(office: &Office, who: &SignedIn, text: &str, dry_run: bool) -> ImportReport {
    let by = ImportBy::Person(who);
    office.house.directory.import_accounts(&by, &Import { text, dry_run }).await.unwrap()
}

fn faults(report: &ImportReport) -> Vec<(u64, &str)> {
    report.faults.iter().map(|fault| (fault.line, fault.column.unwrap_or("-"))).collect()
}

on_both_databases! {
    async fn a_dry_run_says_what_a_file_does_and_does_nothing(db: TestDatabases) {
        let office = Office::open(&db).await;
        let una = office.sign_in("una").await;
        office.person("olga", Role::Practitioner, office.house.council).await;
        let olga = office.house.session("olga").await;
        let text = file(&[
            &joins("nadia", "Nadia Karim", COUNCIL, "practitioner helpdesk", "yes"),
            &joins("mo", "Mo", COUNCIL, "", "no").replace("mo,Mo", "mo.short,Mo Short"),
            &leaves("olga"),
        ]);
        let mut raw = Raw::data(&db).await;
        let changed = raw.entries("account_changed").await;
        let before = (raw.count("account").await, raw.count("account_fact").await, raw.count("audit_entry").await);
        let tried = bring_in(&office, &una, &text, true).await;
        let after = (raw.count("account").await, raw.count("account_fact").await, raw.count("audit_entry").await);
        assert_eq!((before.0, before.1, before.2 + 1, tried.written), (after.0, after.1, after.2, false));
        assert_eq!(raw.entries("account_changed").await, changed + 1, "that it was tried is in the trail");
        assert!(office.house.directory.authenticate(&olga).await.is_ok());
        let states: Vec<AccountState> = tried.lines.iter().map(|line| line.state).collect();
        assert_eq!(states, [AccountState::Active, AccountState::Trained, AccountState::Closed]);
        let done = bring_in(&office, &una, &text, false).await;
        assert_eq!((done.written, &done.lines), (true, &tried.lines), "it does what it said");
        let gone = office.house.directory.authenticate(&olga).await.err().unwrap();
        assert!(matches!(gone, SessionError::NotSignedIn), "a leaver's sessions end: {gone}");
        let query = AccountQuery { words: "karim".to_owned(), ..AccountQuery::default() };
        let found = office.house.directory.list_accounts(&una, &query).await.unwrap();
        assert_eq!(found.lines[0].roles, [Role::Practitioner, Role::Helpdesk]);
        let entries = raw.count("audit_entry").await;
        let again = bring_in(&office, &una, &text, false).await;
        assert!(again.lines.iter().all(|line| line.changes.is_empty()), "{:?}", again.lines);
        assert_eq!(raw.count("audit_entry").await, entries + 1, "a second time it changes nothing, and is told as brought in");
    }

    async fn every_fault_is_told_with_its_line_and_column_and_nothing_is_half_done(db: TestDatabases) {
        let office = Office::open(&db).await;
        let una = office.sign_in("una").await;
        let good = joins("nadia", "Nadia Karim", COUNCIL, "practitioner", "yes");
        let text = file(&[
            &good,
            &joins("x", "Nadia Karim", COUNCIL, "practitioner", "yes"),
            &joins("foreign", "Bo Far", BRADFORD, "practitioner", "yes"),
            &joins("wrong.role", "Bo Far", COUNCIL, "king", "maybe"),
            &joins("no.date", "Bo Far", COUNCIL, "practitioner", "yes").replace("2025-12-01", "1 December"),
            &joins("prose", "Bo Far", COUNCIL, "practitioner", "yes").replace("DBS-1", "seen by me"),
            &joins("old.check", "Bo Far", COUNCIL, "practitioner", "yes").replace("2025-12-01", "2020-12-01"),
            &joins("future", "Bo Far", COUNCIL, "practitioner", "yes").replace("2025-12-01", "2027-12-01"),
            &joins("una", "Somebody Else", COUNCIL, "practitioner", "yes"),
            &joins("umar", "Somebody Else", COUNCIL, "practitioner", "yes"),
            &leaves("nobody.here"),
            &leaves("bea"),
            &joins("nadia", "Nadia Karim", COUNCIL, "practitioner", "yes"),
            "join,too,few",
            "stay,what.else,,,,,,,,,,,,,,,",
        ]);
        let report = bring_in(&office, &una, &text, false).await;
        assert_eq!(
            faults(&report),
            [
                (3, "username"),
                (4, "organisation"),
                (5, "activate"),
                (5, "roles"),
                (6, "clearance_date"),
                (7, "clearance_evidence"),
                (9, "clearance_date"),
                (10, "username"),
                (11, "username"),
                (12, "username"),
                (13, "username"),
                (14, "username"),
                (15, "-"),
                (16, "action"),
                (16, "name"),
                (16, "organisation"),
            ],
            "{:#?}",
            report.faults
        );
        let as_browsers_send_it = bring_in(&office, &una, &text.replace('\n', "\r\n"), false).await;
        assert_eq!(as_browsers_send_it.faults, report.faults, "however its lines end");
        assert!(!report.written);
        let told = report.faults.iter().map(|fault| fault.message.as_str()).collect::<String>();
        assert!(!told.contains("Bo Far") && !told.contains("seen by me"), "no value of a person is repeated");
        assert_eq!(Raw::data(&db).await.count("account").await, 10, "the good line was not brought in either");
        // What only shows when a line is carried out is told too: the check of line 8 ran out long ago.
        let text = file(&[&good, &joins("old.check", "Bo Far", COUNCIL, "", "yes").replace("2025-12-01", "2020-12-01")]);
        let report = bring_in(&office, &una, &text, false).await;
        assert_eq!(faults(&report), [(3, "activate")]);
        assert!(report.faults[0].message.contains("DBS"), "{}", report.faults[0].message);
        assert_eq!(Raw::data(&db).await.count("account").await, 10);
    }

    async fn only_the_known_columns_and_all_of_them(db: TestDatabases) {
        let office = Office::open(&db).await;
        let una = office.sign_in("una").await;
        for header in [
            "username,name".to_owned(),
            format!("{},notes", Directory::import_header()),
            Directory::import_header().replace("name,organisation", "name,name"),
            String::new(),
        ] {
            let report = bring_in(&office, &una, &format!("{header}\n"), false).await;
            assert_eq!(faults(&report), [(1, "-")], "{header}");
        }
        let hal = office.sign_in("hal").await;
        let refused = office
            .house
            .directory
            .import_accounts(&ImportBy::Person(&hal), &Import { text: "", dry_run: true })
            .await
            .unwrap_err();
        assert!(matches!(refused, AccountActError::Forbidden), "{refused}");
    }

    async fn a_role_with_power_waits_for_the_second_person_from_a_file_too(db: TestDatabases) {
        let office = Office::open(&db).await;
        let una = office.sign_in("una").await;
        let text = file(&[&joins("new.manager", "Mina Roy", COUNCIL, "manager", "no").replace(",2,2026", ",1,2026")]);
        bring_in(&office, &una, &text, false).await;
        bring_in(&office, &una, &text, false).await;
        office.house.clock.advance(SignedDuration::from_secs(31));
        let umar = office.sign_in("umar").await;
        let waiting = office.house.directory.role_proposals(&umar).await.unwrap();
        assert_eq!(waiting.iter().map(|act| (act.role, act.may_decide)).collect::<Vec<_>>(), [(Role::Manager, true)]);
        let chris = office.sign_in("chris").await;
        let text = file(&[&joins("data.admin", "Dee Ay", CHARITY, "data_administrator", "no")]);
        assert_eq!(faults(&bring_in(&office, &chris, &text, true).await), [(2, "roles")]);
    }

    async fn the_operator_brings_in_a_file_for_every_organisation(db: TestDatabases) {
        let office = Office::open(&db).await;
        let text = file(&[
            &joins("one.person", "One Person", COUNCIL, "practitioner", "yes"),
            &joins("two.person", "Two Person", BRADFORD, "practitioner", "yes"),
        ]);
        let import = Import { text: &text, dry_run: false };
        let report = office.house.directory.import_accounts(&ImportBy::Operator, &import).await.unwrap();
        assert!(report.written, "{:?}", report.faults);
        assert_eq!(report.lines.len(), 2);
    }
}
