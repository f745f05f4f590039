//! A small service in a test's own databases: a clock that is moved by hand, seeded chance, three sources, and people who
//! sign in with the real code.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use directory::access::{Reason, Role};
use directory::disclosure::{Disclosure, RecordView};
use directory::feeding::{FeedSettings, FeedingPolicy};
use directory::search::{Criteria, PostcodeQuery};
use directory::{ChildNumber, Line, PartialDate};
use feeds::{Outcome, Profile, Reader};
use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng as _;
use rand_chacha::ChaCha12Rng;
use service::{
    Chance, ClientAddress, Clock, Counts, Directory, FoundRow, GROUP, LoadError, LoadRun, Loader, NewAccount,
    NewOrganisation, NewSession, NewSource, PasswordCost, Policy, Reasoned, SearchAnswer, ShieldDecision,
    ShieldError, ShieldRequest, ShieldRequestView, SignInError, SignedIn, World,
};
use sha2::{Digest as _, Sha256};
use testkit::{TestClock, TestDatabases};
use vault::KeyEncryptionKey;

pub const OPENED: &str = "2026-03-02T09:00:00Z";
pub const PASSWORD: &str = "correct horse battery";
pub const COUNCIL: &str = "Leeds City Council";
pub const SCHOOLS: &str = "schools";
pub const GP: &str = "gp";
pub const CARE: &str = "care";
pub const BIRTHS: &str = "births";
pub const DEATHS: &str = "deaths";

struct Hands(TestClock);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

/// A generator a call, each from the next seed.
struct Dice {
    seed: u64,
    calls: AtomicU64,
}

impl Chance for Dice {
    fn generator(&self) -> ChaCha12Rng {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seed.to_le_bytes());
        seed[8..16].copy_from_slice(&self.calls.fetch_add(1, Ordering::SeqCst).to_le_bytes());
        ChaCha12Rng::from_seed(seed)
    }
}

pub fn key_encryption_key() -> KeyEncryptionKey {
    KeyEncryptionKey::from_bytes([7; 32])
}

pub fn office() -> ClientAddress {
    ClientAddress(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 10)))
}

pub fn world(clock: &TestClock, seed: u64) -> World {
    World { clock: Arc::new(Hands(clock.clone())), chance: Arc::new(Dice { seed, calls: AtomicU64::new(0) }) }
}

/// Opens a directory on the databases. Give two that work at the same time different seeds.
pub async fn open(db: &TestDatabases, clock: &TestClock, seed: u64, policy: Policy) -> Arc<Directory> {
    let (options, key) = (store::Options::default(), key_encryption_key());
    let policy = Policy { password_cost: PasswordCost::LEAST, ..policy };
    let opened = Directory::open(&db.data_url, &db.keys_url, &options, key, policy, world(clock, seed)).await;
    Arc::new(opened.unwrap())
}

/// The roles of somebody in these tests: a manager is of the shield desk too.
pub fn with_the_desk(roles: &[Role]) -> Vec<Role> {
    let mut roles = roles.to_vec();
    if roles.contains(&Role::Manager) && !roles.contains(&Role::ShieldDesk) {
        roles.push(Role::ShieldDesk);
    }
    roles
}

/// A role with that beside which alone it counts.
pub fn with_its_other(role: Role) -> Vec<Role> {
    role.counts_beside().into_iter().chain([role]).collect()
}

pub struct House {
    pub directory: Arc<Directory>,
    pub clock: TestClock,
    pub council: uuid::Uuid,
}

impl House {
    pub async fn open(db: &TestDatabases) -> Self {
        Self::open_with(db, Policy::default(), OPENED).await
    }

    /// A house whose loads no limit pauses: nights of a made-up history, and files in which every record is about somebody who is
    /// sealed, differ more from each other than those of a source.
    pub async fn that_no_limit_pauses(db: &TestDatabases) -> Self {
        let control = FeedSettings {
            quarantine_points: 100,
            review_points: 100,
            match_points: 100,
            slower_times: u8::MAX,
            quick_enough_millis: u16::MAX,
            first_quarantine_percent: 100,
            first_review_percent: 100,
            ..FeedSettings::default()
        };
        let feeding = FeedingPolicy { control, ..FeedingPolicy::default() };
        Self::open_with(db, Policy { feeding, ..Policy::default() }, OPENED).await
    }

    pub async fn open_with(db: &TestDatabases, policy: Policy, now: &str) -> Self {
        let clock = TestClock::starting(now);
        let directory = open(db, &clock, 1, policy).await;
        Self::furnished(directory, clock).await
    }

    pub async fn furnished(directory: Arc<Directory>, clock: TestClock) -> Self {
        let council = furnish(&directory).await;
        Self { directory, clock, council }
    }

    pub fn minutes_pass(&self, minutes: i64) {
        self.clock.advance(SignedDuration::from_mins(minutes));
    }

    /// Long enough for every first sighting to become readable.
    pub fn holds_end(&self) {
        self.minutes_pass(11);
    }

    // People.

    pub async fn account(&self, username: &str, roles: &[Role]) {
        let year = SignedDuration::from_hours(24 * 365);
        self.account_until(username, roles, self.clock.now() + year, self.clock.now() + year).await;
    }

    pub async fn account_until(
        &self,
        username: &str,
        roles: &[Role],
        cleared: Timestamp,
        trained: Timestamp,
    ) {
        self.directory
            .create_account(NewAccount {
                username: username.to_owned(),
                display_name: format!("The {username}"),
                password: PASSWORD.to_owned(),
                organisation: self.council,
                roles: with_the_desk(roles),
                clearance_until: cleared,
                training_until: trained,
            })
            .await
            .unwrap();
    }

    pub async fn try_sign_in(&self, username: &str) -> Result<NewSession, SignInError> {
        let challenge = self.directory.begin_sign_in(username, PASSWORD, &office()).await?;
        let code = self.directory.current_code(username).await.unwrap();
        self.directory.finish_sign_in(&challenge.token, &code, &office()).await
    }

    pub async fn session(&self, username: &str) -> String {
        self.try_sign_in(username).await.map_err(|error| error.to_string()).unwrap().token
    }

    pub async fn sign_in(&self, username: &str) -> SignedIn {
        let token = self.session(username).await;
        self.directory.authenticate(&token).await.map_err(|error| error.to_string()).unwrap()
    }

    /// Signed in once more, with a proof that is young: a code works once, and the next one comes half a minute later.
    pub async fn sign_in_again(&self, username: &str) -> SignedIn {
        self.clock.advance(SignedDuration::from_secs(31));
        self.sign_in(username).await
    }

    /// A session of the same person at the same desk: the next code comes half a minute later.
    pub async fn session_elsewhere(&self, username: &str) -> String {
        self.clock.advance(SignedDuration::from_secs(31));
        self.session(username).await
    }

    /// Guesses at a name from so many addresses that it is locked wherever it is tried.
    pub async fn lock_everywhere(&self, username: &str) {
        for guess in 0..40_u8 {
            let from = ClientAddress(IpAddr::V4(Ipv4Addr::new(198, 51, 100, guess)));
            let wrong = self.directory.begin_sign_in(username, "a wrong password", &from).await;
            if matches!(wrong, Err(SignInError::LockedOut { .. })) {
                return;
            }
        }
        panic!("a name bears 40 guesses");
    }

    /// A practitioner who has said why they look.
    pub async fn nurse(&self) -> Reasoned {
        if !self.directory.has_account("nurse").await.unwrap() {
            self.account("nurse", &[Role::Practitioner]).await;
        }
        // A code works once: the next one comes half a minute later.
        self.clock.advance(SignedDuration::from_secs(31));
        let nurse = self.sign_in("nurse").await;
        self.directory.state_reason(&nurse, Reason::WhoElseIsInvolved).await.unwrap()
    }

    /// A partner of the council.
    pub async fn partner_named(&self, name: &str) -> uuid::Uuid {
        let partner = NewOrganisation {
            name: name.to_owned(),
            kind: "partner".to_owned(),
            authority_code: Some("E08000035".to_owned()),
            accredited_until: self.clock.now() + SignedDuration::from_hours(24 * 365),
        };
        self.directory.declare_organisation(partner).await.unwrap()
    }

    /// A second authority, of another area.
    pub async fn another_authority(&self) -> uuid::Uuid {
        let bradford = NewOrganisation {
            name: "Bradford".to_owned(),
            kind: "authority".to_owned(),
            authority_code: Some("E08000032".to_owned()),
            accredited_until: self.clock.now() + SignedDuration::from_hours(24 * 365),
        };
        self.directory.declare_organisation(bradford).await.unwrap()
    }

    pub async fn managers(&self) -> (SignedIn, SignedIn) {
        for username in ["morgan", "reece"] {
            if !self.directory.has_account(username).await.unwrap() {
                self.account(username, &[Role::Manager]).await;
            }
        }
        self.clock.advance(SignedDuration::from_secs(31));
        (self.sign_in("morgan").await, self.sign_in("reece").await)
    }

    // Feeds.

    pub async fn load(&self, source: &str, rows: &[Row]) -> Counts {
        load(&self.directory, source, &self.file(source, rows).await, GROUP).await.unwrap()
    }

    pub async fn file(&self, source: &str, rows: &[Row]) -> String {
        file(&self.directory.profile_of(source).await.unwrap(), rows)
    }

    /// The number of the child a record belongs to.
    pub async fn number_of(&self, source: &str, record: &str) -> ChildNumber {
        let named = [(source.to_owned(), record.to_owned())];
        self.directory.numbers_of_records(&named).await.unwrap().pop().unwrap()
    }

    // What a practitioner does.

    pub async fn search(&self, who: &Reasoned, criteria: Criteria) -> SearchAnswer {
        self.directory.search(who, criteria).await.unwrap().data().clone()
    }

    /// The rows of an answer; none when nobody is found.
    pub async fn find(&self, who: &Reasoned, criteria: Criteria) -> Vec<FoundRow> {
        match self.search(who, criteria).await {
            SearchAnswer::Found(rows) => rows,
            SearchAnswer::Nothing => Vec::new(),
            SearchAnswer::TooMany => panic!("too many were found"),
        }
    }

    /// "forenames surname, town" of each row found.
    pub async fn found(&self, who: &Reasoned, criteria: Criteria) -> Vec<String> {
        let rows = self.find(who, criteria).await;
        rows.iter()
            .map(|found| {
                let name = &found.row.name;
                let town = found.row.town.as_ref().map_or("-", Line::as_str);
                format!("{} {}, {town}", name.forenames(), name.surname())
            })
            .collect()
    }

    pub async fn record(&self, who: &Reasoned, found: &FoundRow) -> Disclosure {
        let reason = Reason::WhoElseIsInvolved;
        self.directory.open_record(who, &found.handle, reason).await.unwrap().data().clone()
    }

    pub async fn full_record(&self, who: &Reasoned, criteria: Criteria) -> RecordView {
        let rows = self.find(who, criteria).await;
        assert_eq!(rows.len(), 1, "one child is found");
        match self.record(who, &rows[0]).await {
            Disclosure::Full(view) => *view,
            other => panic!("not a full record: {other:?}"),
        }
    }

    // Shields.

    /// Somebody who asks for shields, and two people of the desk.
    pub async fn desk(&self) -> (SignedIn, SignedIn, SignedIn) {
        if !self.directory.has_account("hollis").await.unwrap() {
            self.account("hollis", &[Role::Practitioner]).await;
        }
        let (first, second) = self.managers().await;
        (self.sign_in("hollis").await, first, second)
    }

    /// The child a record belongs to is shielded, and nobody of its household with it.
    pub async fn shield(&self, source: &str, record: &str) -> ChildNumber {
        let number = self.number_of(source, record).await;
        self.shield_alone(shield_request(&number)).await;
        number
    }

    /// As asked for; nobody of the household with it. The request's id.
    pub async fn shield_alone(&self, request: ShieldRequest) -> uuid::Uuid {
        let (asks, first, second) = self.desk().await;
        self.shield_by(&asks, &first, &second, request).await
    }

    /// The same, by these people.
    pub async fn shield_by(
        &self,
        asks: &SignedIn,
        first: &SignedIn,
        second: &SignedIn,
        request: ShieldRequest,
    ) -> uuid::Uuid {
        let id = self.ask_for_shield(asks, first, request).await;
        let d = &self.directory;
        match d.propose_shield(first, id, &ShieldDecision::Shield(Vec::new())).await {
            Err(ShieldError::HouseholdChanged) => {
                let others = self.household(first, id).await.into_iter().map(|number| (number, false));
                d.propose_shield(first, id, &ShieldDecision::Shield(others.collect())).await.unwrap();
            }
            proposed => proposed.unwrap(),
        }
        d.decide_shield(second, id, true).await.unwrap();
        id
    }

    /// Hands a request in; its id at the desk.
    pub async fn ask_for_shield(
        &self,
        asks: &SignedIn,
        desk: &SignedIn,
        request: ShieldRequest,
    ) -> uuid::Uuid {
        let known = self.directory.shield_requests(desk).await.unwrap().waiting;
        self.directory.request_shield(asks, request).await.unwrap();
        let waiting = self.directory.shield_requests(desk).await.unwrap().waiting;
        waiting.iter().find(|line| known.iter().all(|known| known.id != line.id)).unwrap().id
    }

    /// The request as this person of the desk sees it.
    pub async fn request_at(&self, desk: &SignedIn, id: uuid::Uuid) -> ShieldRequestView {
        let reasoned = self.directory.state_reason(desk, Reason::Management).await.unwrap();
        self.directory.shield_request(&reasoned, id).await.unwrap().data().clone()
    }

    /// The numbers on the list of a request.
    pub async fn household(&self, desk: &SignedIn, id: uuid::Uuid) -> Vec<ChildNumber> {
        self.request_at(desk, id).await.household.into_iter().map(|member| member.child.number).collect()
    }
}

pub fn shield_request(number: &ChildNumber) -> ShieldRequest {
    ShieldRequest::new(
        number.clone(),
        directory::shield::ShieldRequester::Police,
        directory::shield::ShieldReason::DomesticAbuse,
    )
    .shown_by(
        directory::shield::EvidenceReference::parse("police:13DV00417").unwrap(),
        directory::shield::Asked::by_an_agency(),
    )
    .unwrap()
}

/// Declares the organisations and sources every test has; returns the council's id.
async fn furnish(directory: &Directory) -> uuid::Uuid {
    let accredited_until = directory.now() + SignedDuration::from_hours(24 * 365);
    let organisation = |name: &str, kind: &str, authority: Option<&str>| NewOrganisation {
        name: name.to_owned(),
        kind: kind.to_owned(),
        authority_code: authority.map(str::to_owned),
        accredited_until,
    };
    directory.declare_organisation(organisation("Education", "national_source", None)).await.unwrap();
    directory.declare_organisation(organisation("Health", "national_source", None)).await.unwrap();
    let council = organisation(COUNCIL, "authority", Some("E08000035"));
    let council = directory.declare_organisation(council).await.unwrap();
    for (name, profile, organisation, precedence) in [
        (SCHOOLS, "schools-census", "Education", 30),
        (GP, "nhs-gp", "Health", 20),
        (CARE, "social-care", COUNCIL, 10),
    ] {
        let source = NewSource {
            name: name.to_owned(),
            profile: profile.to_owned(),
            organisation: organisation.to_owned(),
            precedence,
            one_record_per_child: false,
            accredited_until: Some(jiff::civil::date(2060, 3, 31)),
        };
        directory.declare_source(source).await.unwrap();
    }
    council
}

/// Declares a register of births and one of deaths, kept by this organisation.
pub async fn register_of_deaths(directory: &Directory, organisation: &str) {
    for (name, profile) in [(BIRTHS, "gro-births"), (DEATHS, "gro-deaths")] {
        let source = NewSource {
            name: name.to_owned(),
            profile: profile.to_owned(),
            organisation: organisation.to_owned(),
            precedence: 40,
            one_record_per_child: false,
            accredited_until: Some(jiff::civil::date(2060, 3, 31)),
        };
        directory.declare_source(source).await.unwrap();
    }
}

/// One row of a feed: the columns that are not empty.
#[derive(Clone, Debug)]
pub struct Row(Vec<(&'static str, String)>);

/// A child's row: what every source says.
pub fn child(record: &str, forenames: &str, surname: &str, born: &str) -> Row {
    Row(Vec::new())
        .with("record_id", record)
        .with("effective_at", "2026-01-31")
        .with("forenames", forenames)
        .with("surname", surname)
        .with("date_of_birth", born)
}

impl Row {
    pub fn with(mut self, column: &'static str, value: &str) -> Self {
        self.0.retain(|(name, _)| *name != column);
        self.0.push((column, value.to_owned()));
        self
    }

    pub fn at(self, line: &str, postcode: &str) -> Self {
        self.with("address_kind", "current")
            .with("address_line_1", line)
            .with("town", "Leeds")
            .with("postcode", postcode)
    }

    pub fn in_school(self, name: &str) -> Self {
        self.with("education_status", "in_school").with("school_name", name)
    }

    /// The same said by a message.
    pub fn said_to(&self, profile: &'static Profile) -> feeds::Message {
        let mut message = feeds::Message::new(profile);
        if profile.position("education_status").is_some() {
            message.say("education_status", "none").unwrap();
        }
        for (column, value) in &self.0 {
            message.say(column, value.as_str()).unwrap();
        }
        message
    }

    /// The values of the row, in the order of the columns.
    pub fn cells(&self, profile: &'static Profile) -> Vec<String> {
        let unquoted = |column: &str| self.value(column).trim_matches('"').to_owned();
        profile.columns().map(|column| unquoted(column.name)).collect()
    }

    fn value(&self, column: &str) -> String {
        let given = self.0.iter().find(|(name, _)| *name == column).map(|(_, value)| value.as_str());
        match (column, given) {
            (_, Some(value)) => format!("\"{value}\""),
            ("education_status", None) => "none".to_owned(),
            (_, None) => String::new(),
        }
    }
}

/// A feed file of these rows.
pub fn file(profile: &str, rows: &[Row]) -> String {
    let profile = Profile::named(profile).unwrap();
    let mut text = profile.header();
    for row in rows {
        for (column, _) in &row.0 {
            assert!(profile.position(column).is_some(), "{} has no column {column}", profile.name);
        }
        let values: Vec<String> = profile.columns().map(|column| row.value(column.name)).collect();
        text.push('\n');
        text.push_str(&values.join(","));
    }
    text.push('\n');
    text
}

/// What the reader makes of a file.
pub fn judged(directory: &Directory, profile: &str, text: &str) -> Vec<Outcome> {
    let options = feeds::Options::new("feed.csv", directory.today());
    let reader = Reader::open(text.as_bytes(), Profile::named(profile).unwrap(), options).unwrap();
    reader.collect::<Result<_, _>>().unwrap()
}

/// Loads a file in groups of this size, each scored while the one before it is written.
pub async fn load(
    directory: &Arc<Directory>,
    source: &str,
    text: &str,
    group: usize,
) -> Result<Counts, LoadError> {
    let (profile, run) = begin(directory, source, text).await?;
    let mut loader = Loader::new(directory.clone(), run);
    for group in judged(directory, &profile, text).chunks(group) {
        loader.push(group.to_vec()).await?;
    }
    directory.end_load(loader.finish().await?, false).await
}

/// Loads a file in groups of this size, each written before the next is looked at.
pub async fn load_in_turn(
    directory: &Directory,
    source: &str,
    text: &str,
    group: usize,
) -> Result<Counts, LoadError> {
    let (profile, mut run) = begin(directory, source, text).await?;
    for group in judged(directory, &profile, text).chunks(group) {
        directory.load_group(&mut run, group.to_vec()).await?;
    }
    directory.end_load(run, false).await
}

async fn begin(directory: &Directory, source: &str, text: &str) -> Result<(String, LoadRun), LoadError> {
    let digest = directory.file_digest(&Sha256::digest(text.as_bytes()).into());
    Ok((directory.profile_of(source).await?, directory.begin_load(source, digest, false).await?))
}

// Questions.

fn line(text: &str) -> Option<Line> {
    Some(Line::parse(text).unwrap())
}

pub fn born(text: &str) -> Option<PartialDate> {
    Some(PartialDate::parse(text).unwrap())
}

pub fn by_name(names: &str) -> Criteria {
    Criteria { names: line(names), ..Criteria::default() }
}

pub fn by_name_and_birth(names: &str, date: &str) -> Criteria {
    Criteria { names: line(names), date_of_birth: born(date), ..Criteria::default() }
}

pub fn by_street(names: &str, street: &str) -> Criteria {
    Criteria { names: line(names), street: line(street), ..Criteria::default() }
}

pub fn by_postcode(names: &str, postcode: &str) -> Criteria {
    let postcode = Some(PostcodeQuery::parse(postcode).unwrap());
    Criteria { names: line(names), postcode, ..Criteria::default() }
}

pub fn by_school(names: &str, school: &str) -> Criteria {
    Criteria { names: line(names), school: line(school), ..Criteria::default() }
}

pub fn by_number(number: &ChildNumber) -> Criteria {
    Criteria { number: Some(number.clone()), ..Criteria::default() }
}

/// A valid NHS number of the range that is kept for tests; each serial gives another.
pub fn nhs_number(serial: u32) -> String {
    for candidate in (serial * 11).. {
        let nine = format!("999{candidate:06}");
        let sum: u32 =
            nine.bytes().zip((2..=10).rev()).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
        match 11 - sum % 11 {
            10 => {}
            check => return format!("{nine}{}", check % 11),
        }
    }
    unreachable!("one in eleven has no check digit")
}
