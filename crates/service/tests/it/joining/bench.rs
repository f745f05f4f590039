//! An administrator's desk: two records of one invented child that the matcher cannot join, and what is done with them.

use std::collections::BTreeMap;

use directory::ChildNumber;
use directory::access::{Reason, Role};
use service::{JoinError, Joining, NewAccount, SignedIn};
use testkit::TestDatabases;
use uuid::Uuid;

use super::BASIS;
use crate::house::{CARE, GP, House, PASSWORD, SCHOOLS, child, nhs_number};
use crate::raw::Raw;

pub struct Bench {
    pub house: House,
}

/// The act of a decision that was carried out.
pub fn done(made: Result<Joining, JoinError>) -> Uuid {
    match made {
        Ok(Joining::Done { act, .. }) => act,
        other => panic!("{other:?}"),
    }
}

impl Bench {
    pub async fn open(db: &TestDatabases) -> Self {
        let house = House::open(db).await;
        house.account("admin", &[Role::DataAdministrator]).await;
        Self { house }
    }

    /// The administrator, signed in afresh.
    pub async fn admin(&self) -> SignedIn {
        self.house.clock.advance(jiff::SignedDuration::from_secs(31));
        self.house.sign_in("admin").await
    }

    pub async fn signed_up(&self, username: &str, name: &str, organisation: Uuid) -> SignedIn {
        let until = self.house.clock.now() + jiff::SignedDuration::from_hours(24 * 365);
        let account = NewAccount {
            username: username.to_owned(),
            display_name: name.to_owned(),
            password: PASSWORD.to_owned(),
            organisation,
            roles: vec![Role::DataAdministrator],
            clearance_until: until,
            training_until: until,
        };
        self.house.directory.create_account(account).await.unwrap();
        self.house.sign_in(username).await
    }

    /// One girl under two names at two places, whom the matcher takes for two children.
    pub async fn tess(&self) -> (ChildNumber, ChildNumber) {
        let tess = child("G-1", "Tess", "Quill", "2014-07-02")
            .at("4 Mill Fold", "LS12 1XX")
            .with("practice_name", "Mill Fold Surgery")
            .with("local_authority", "E08000035")
            .with("nhs_number", &nhs_number(1));
        let tessa = child("C-1", "Tessa", "Quillfeather", "2014-07-02").at("71 Park Rise", "LS6 2AB");
        self.house.load(GP, &[tess]).await;
        self.house.load(CARE, &[tessa]).await;
        self.house.holds_end();
        let numbers = (self.house.number_of(GP, "G-1").await, self.house.number_of(CARE, "C-1").await);
        assert_ne!(numbers.0, numbers.1, "the matcher takes them for two");
        numbers
    }

    /// Another child, of schools alone.
    pub async fn child_of(&self, forename: &str, surname: &str, born: &str, serial: u32) -> ChildNumber {
        let id = format!("S-{serial}");
        let row = child(&id, forename, surname, born)
            .at(&format!("{serial} Harbour Street"), &format!("LS{} 4EF", 10 + serial % 9))
            .in_school("Harbour School")
            .with("local_authority", "E08000035");
        self.house.load(SCHOOLS, &[row]).await;
        self.house.holds_end();
        self.house.number_of(SCHOOLS, &id).await
    }

    pub async fn join(&self, survivor: &ChildNumber, other: &ChildNumber) -> Result<Joining, JoinError> {
        let admin = self.admin().await;
        self.house.directory.join_records(&admin, survivor, other, BASIS).await
    }

    pub async fn keep_apart(&self, one: &ChildNumber, other: &ChildNumber) -> Result<Joining, JoinError> {
        let admin = self.admin().await;
        self.house.directory.keep_records_apart(&admin, one, other, BASIS).await
    }

    pub async fn undo(&self, act: Uuid) -> Result<Joining, JoinError> {
        let admin = self.admin().await;
        self.house.directory.undo_joining(&admin, act, BASIS).await
    }

    /// Two boys who say the same, taken apart, and a third record that fits both: a case. The act by which they were taken apart.
    pub async fn twins(&self) -> Uuid {
        let twin = |id: &str| child(id, "Wilfred", "Ashdown", "2015-03-04").at("9 Elm Row", "LS7 3AD");
        self.house.load(GP, &[twin("G-7").with("nhs_number", &nhs_number(7))]).await;
        self.house.load(SCHOOLS, &[twin("S-7")]).await;
        self.house.holds_end();
        let number = self.house.number_of(GP, "G-7").await;
        let act = self.take_apart(&number, SCHOOLS, "S-7").await;
        self.house.load(CARE, &[twin("C-7")]).await;
        self.house.holds_end();
        act
    }

    /// Takes the records of one source away from a number; the act.
    pub async fn take_apart(&self, number: &ChildNumber, source: &str, record: &str) -> Uuid {
        let admin = self.admin().await;
        let id = self.record_id(number, source, record).await;
        done(self.house.directory.take_record_apart(&admin, number, &[id], BASIS).await)
    }

    /// The id of a source record, as the page gives it: by the source's words.
    pub async fn record_id(&self, number: &ChildNumber, source: &str, record: &str) -> Uuid {
        assert_eq!(self.house.number_of(source, record).await, *number, "it is that number's");
        let words = match source {
            GP => "GP",
            SCHOOLS => "chool",
            _ => "ocial",
        };
        let admin = self.admin().await;
        let d = &self.house.directory;
        let reasoned = d.state_reason(&admin, Reason::Management).await.unwrap();
        let records = d.records_to_part(&reasoned, number).await.unwrap().data().clone();
        let mut of_source = records.iter().filter(|one| one.sent.source.as_str().contains(words));
        let found = of_source.next().unwrap_or_else(|| panic!("{words}: {records:?}"));
        assert!(of_source.next().is_none(), "one of that source");
        found.sent.id
    }
}

/// What undoing must bring back, as the databases hold it: every link with its author and weight, every key of either index,
/// every number, every child's row but its version and what is sealed.
pub async fn everything(db: &TestDatabases) -> BTreeMap<&'static str, Vec<String>> {
    let mut raw = Raw::data(db).await;
    let hex = |column: &str| match db.engine() {
        testkit::Engine::Sqlite => format!("hex({column})"),
        testkit::Engine::Postgres => format!("upper(replace(CAST({column} AS text), '-', ''))"),
    };
    let mut all = BTreeMap::new();
    for (table, sql) in [
        (
            "link",
            format!(
                "SELECT {} || {} || kind || author || model_version || weight_millibits FROM link ORDER BY 1",
                hex("child_id"),
                hex("record_id")
            ),
        ),
        ("match_key", format!("SELECT {} || {} FROM match_key ORDER BY 1", hex("key_hash"), hex("pointer"))),
        (
            "search_key",
            format!("SELECT {} || {} FROM search_key ORDER BY 1", hex("key_hash"), hex("pointer")),
        ),
        (
            "child_number",
            format!("SELECT {} || {} FROM child_number ORDER BY 1", hex("number_key"), hex("child_id")),
        ),
        (
            "child",
            format!(
                "SELECT {} || authority || retention_month || readable_from FROM child ORDER BY 1",
                hex("child_id")
            ),
        ),
        ("barrier", format!("SELECT {} FROM barrier ORDER BY 1", hex("token"))),
    ] {
        all.insert(table, raw.texts(&sql).await);
    }
    all
}
