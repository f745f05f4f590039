//! A service with a few invented children and people, and the pages before it.

use std::sync::Arc;

use axum::Router;
use directory::access::{Reason, Role};
use directory::vocabulary::Vocabulary;
use directory::{ChildNumber, ShieldReason, ShieldRequester};
use feeds::{Options, Profile, Reader};
use jiff::{SignedDuration, Timestamp};
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::SeedableRng;
use service::{
    Chance, ClientAddress, Clock, Counts, Directory, IdentityProvider, NewAccount, NewOrganisation,
    NewSource, PasswordCost, Policy, Providers, ShieldDecision, ShieldRequest, SignedIn, Transport, World,
};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use store::accounts;
use testkit::provider::{ISSUER, Provider};
use testkit::{TestClock, TestDatabases, TrailFault};
use uuid::Uuid;
use vault::KeyEncryptionKey;
use web::{AppState, WebConfig, router};

pub const PASSWORD: &str = "invented people only";
pub const AUTHORITY: &str = "Invented Children’s Services";
/// The people and the children here, whom no page shows that should name nobody.
pub const NAMES: [&str; 18] = [
    "Okonjo",
    "Lindqvist",
    "Brackenridge",
    "Amina Hussain",
    "Tom Reed",
    "Joan Bell",
    "Iris Cole",
    "Sam Fox",
    "Ruth Amos",
    "Rosalind Achebe",
    "Piotr Zielinski",
    "Nia Newcome",
    "Helen Oduya",
    "Grace Okonjo",
    "Margaret Osei",
    "Walter Finch",
    "Priya Natarajan",
    "Hidden Harbour",
];
pub const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// The roles of somebody in these tests: a manager is of the shield desk too.
pub fn with_the_desk(role: Role) -> Vec<Role> {
    if role == Role::Manager { vec![role, Role::ShieldDesk] } else { vec![role] }
}

/// A role with that beside which alone it counts.
pub fn with_its_other(role: Role) -> Vec<Role> {
    role.counts_beside().into_iter().chain([role]).collect()
}

/// The pages and what stands behind them. The databases live as long as it does.
pub struct Site {
    pub directory: Arc<Directory>,
    pub pages: Router,
    pub clock: TestClock,
    /// The identity provider of the authority; the pages offer it only to [`Site::with_more_people`].
    pub provider: Provider,
    db: TestDatabases,
}

struct Hand(TestClock);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

struct Dice(AtomicU64);

impl Chance for Dice {
    fn generator(&self) -> ChaCha12Rng {
        ChaCha12Rng::seed_from_u64(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

impl Site {
    /// People only: no child yet.
    pub async fn with_people(db: TestDatabases) -> Self {
        let clock = TestClock::starting("2026-11-22T09:00:00Z");
        let world = World { clock: Arc::new(Hand(clock.clone())), chance: Arc::new(Dice(AtomicU64::new(1))) };
        let options = store::Options { readers: 2, writers: 2, ..store::Options::default() };
        let key = KeyEncryptionKey::from_bytes([9; 32]);
        let policy = Policy { password_cost: PasswordCost::LEAST, ..Policy::default() };
        let directory =
            Directory::open(&db.data_url, &db.keys_url, &options, key, policy, world.clone()).await.unwrap();
        let directory = Arc::new(directory);
        let site = Self {
            pages: router(AppState::new(
                Arc::clone(&directory),
                WebConfig::demo(),
                Vocabulary::shipped(),
                world,
            )),
            directory,
            clock,
            provider: Provider::open(),
            db,
        };
        site.declare().await;
        site
    }

    /// With Maya Okonjo, whom social care, her school and her doctor know; Theo Lindqvist, shielded; and twelve children
    /// named Brackenridge in one street.
    pub async fn with_children(db: TestDatabases) -> Self {
        let site = Self::with_people(db).await;
        site.load("social-care", &[&[MAYA, MAYA_IN_CARE].concat()]).await;
        site.load("schools-census", &[&[MAYA, MAYA_AT_SCHOOL].concat(), &THEO.to_vec()]).await;
        site.load("nhs-gp", &[&[MAYA, MAYA_AT_THE_DOCTORS].concat()]).await;
        let crowd: Vec<Vec<(String, String)>> = (0..12).map(one_of_many).collect();
        let crowd: Vec<Vec<(&str, &str)>> = crowd.iter().map(|row| borrowed(row)).collect();
        site.load("schools-census", &crowd.iter().collect::<Vec<_>>()).await;
        site.shield(&["theo".to_owned()]).await;
        // Past the hold of first sightings.
        site.clock.advance(SignedDuration::from_mins(30));
        site
    }

    /// With those whom walks through the pages need beside: two user managers and somebody who has no sign-in details yet, a
    /// clinic under the authority with its lead and a nurse named like a child, the centre; and a provider to sign in
    /// through.
    pub async fn with_more_people(mut self) -> Self {
        let authority = self.organisation(AUTHORITY, "authority", Some("E10000015")).await;
        let clinic = self.organisation("Mill Lane Clinic", "partner", Some("E10000015")).await;
        let centre = self.organisation("The centre", "centre", None).await;
        for (username, name, role, organisation) in [
            ("rosalind", "Rosalind Achebe", Role::UserManager, authority),
            ("piotr", "Piotr Zielinski", Role::UserManager, authority),
            ("newcomer", "Nia Newcome", Role::Practitioner, authority),
            ("lead", "Helen Oduya", Role::OrganisationLead, clinic),
            ("namesake", "Grace Okonjo", Role::Practitioner, clinic),
            ("central", "Margaret Osei", Role::CentralTeam, centre),
            ("central2", "Walter Finch", Role::CentralTeam, centre),
        ] {
            let id = self.account(username, name, role, organisation).await;
            if username == "newcomer" {
                self.forget_keys_of(id).await;
            }
        }
        let config = WebConfig { providers: Some(providers(&self.provider)), ..WebConfig::demo() };
        let world = World {
            clock: Arc::new(Hand(self.clock.clone())),
            chance: Arc::new(Dice(AtomicU64::new(1 << 32))),
        };
        self.pages = router(AppState::new(Arc::clone(&self.directory), config, Vocabulary::shipped(), world));
        self
    }

    pub async fn organisation(&self, name: &str, kind: &str, authority: Option<&str>) -> Uuid {
        let organisation = NewOrganisation {
            name: name.to_owned(),
            kind: kind.to_owned(),
            authority_code: authority.map(str::to_owned),
            accredited_until: "2030-01-01T00:00:00Z".parse().unwrap(),
        };
        self.directory.declare_organisation(organisation).await.unwrap()
    }

    pub async fn account(&self, username: &str, name: &str, role: Role, organisation: Uuid) -> Uuid {
        let account = NewAccount {
            username: username.to_owned(),
            display_name: name.to_owned(),
            password: PASSWORD.to_owned(),
            organisation,
            roles: with_the_desk(role),
            clearance_until: "2029-01-01T00:00:00Z".parse().unwrap(),
            training_until: "2028-01-01T00:00:00Z".parse().unwrap(),
        };
        self.directory.create_account(account).await.unwrap()
    }

    /// An account as it is before anybody has given it sign-in details.
    async fn forget_keys_of(&self, id: Uuid) {
        let store = self.store().await;
        let mut tx = store.begin().await.unwrap();
        let mut row = accounts::by_id(&mut tx, id).await.unwrap().unwrap();
        row.password_hash = String::new();
        assert!(accounts::replace(&mut tx, &row).await.unwrap());
        tx.commit().await.unwrap();
        store.close().await;
    }

    /// The switch that puts the trail out of order.
    pub async fn trail_fault(&self) -> TrailFault {
        TrailFault::of(&self.db).await
    }

    /// The store behind the service, opened a second time: what stands in it.
    pub async fn store(&self) -> store::Store {
        store::Store::open(&self.db.data_url, &self.db.keys_url, &store::Options::default()).await.unwrap()
    }

    async fn declare(&self) {
        let id = self.organisation(AUTHORITY, "authority", Some("E10000015")).await;
        for (place, name) in ["social-care", "schools-census", "nhs-gp"].into_iter().enumerate() {
            let source = NewSource {
                name: name.to_owned(),
                profile: name.to_owned(),
                organisation: AUTHORITY.to_owned(),
                precedence: i64::try_from(place).unwrap() + 1,
                one_record_per_child: false,
                accredited_until: Some(jiff::civil::date(2040, 3, 31)),
            };
            self.directory.declare_source(source).await.unwrap();
        }
        for (username, name, role) in [
            ("nurse", "Amina Hussain", Role::Practitioner),
            ("teacher", "Tom Reed", Role::Practitioner),
            ("manager", "Joan Bell", Role::Manager),
            ("manager2", "Iris Cole", Role::Manager),
            ("trainer", "Sam Fox", Role::Trainer),
            ("auditor", "Ruth Amos", Role::Auditor),
        ] {
            self.account(username, name, role, id).await;
        }
    }

    /// Loads rows of a source and tells what came of them, as the source's receipt does.
    pub async fn load(&self, source: &str, rows: &[&Vec<(&str, &str)>]) -> Counts {
        self.load_as(source, source, rows).await
    }

    /// The same for a source that is named otherwise than its profile.
    pub async fn load_as(&self, source: &str, profile: &str, rows: &[&Vec<(&str, &str)>]) -> Counts {
        let profile = Profile::named(profile).unwrap();
        let file = csv(profile, rows);
        let options = Options::new(source, self.directory.today());
        let judged: Vec<_> =
            Reader::open(file.as_bytes(), profile, options).unwrap().map(Result::unwrap).collect();
        let mut digest = [0; 32];
        let mut hash = std::hash::DefaultHasher::new();
        std::hash::Hash::hash(&file, &mut hash);
        digest[..8].copy_from_slice(&std::hash::Hasher::finish(&hash).to_le_bytes());
        let mut run =
            self.directory.begin_load(source, self.directory.file_digest(&digest), false).await.unwrap();
        let counts = self.directory.load_group(&mut run, judged).await.unwrap();
        assert_eq!(counts.quarantined, 0, "{source}: the tests' own rows are right");
        self.directory.end_load(run, false).await.unwrap();
        counts
    }

    /// Loads a full file with its manifest's number; whether records that it lacks wait for a person.
    pub async fn load_full(&self, source: &str, sequence: i64, rows: &[&Vec<(&str, &str)>]) -> bool {
        let profile = Profile::named(source).unwrap();
        let file = csv(profile, rows);
        let options = Options::new(source, self.directory.today());
        let judged: Vec<_> =
            Reader::open(file.as_bytes(), profile, options).unwrap().map(Result::unwrap).collect();
        let mut sha256 = [7; 32];
        sha256[..8].copy_from_slice(&(file.len() as u64).to_le_bytes());
        let as_of = self.directory.today();
        let numbered = Some(service::Numbered { kind: service::FileKind::Full, sequence, as_of });
        let delivery =
            service::Delivery { sha256, rows: judged.len() as u64, numbered, dry: false, format: None };
        let mut run = self.directory.begin_delivery(source, &delivery).await.unwrap();
        self.directory.load_group(&mut run, judged).await.unwrap();
        self.directory.end_delivery(run, None).await.unwrap().waiting.is_some()
    }

    /// Shields children by the schools' own ids of their records.
    pub async fn shield(&self, records: &[String]) {
        let asks = self.signed_in("teacher").await;
        let (first, second) = (self.signed_in("manager").await, self.signed_in("manager2").await);
        let named: Vec<_> = records.iter().map(|id| ("schools-census".to_owned(), id.clone())).collect();
        for number in self.directory.numbers_of_records(&named).await.unwrap() {
            self.shield_by(&asks, &first, &second, number).await;
        }
    }

    /// Shields one child by its number.
    pub async fn shield_number(&self, number: &str) {
        let asks = self.signed_in("teacher").await;
        let (first, second) = (self.signed_in("manager").await, self.signed_in("manager2").await);
        let number = ChildNumber::parse(number).unwrap();
        self.shield_by(&asks, &first, &second, number).await;
    }

    /// Whoever else is of the household stays as they are.
    async fn shield_by(&self, asks: &SignedIn, first: &SignedIn, second: &SignedIn, number: ChildNumber) {
        let request = ShieldRequest::new(number, ShieldRequester::Parent, ShieldReason::DomesticAbuse)
            .shown_by(
                directory::shield::EvidenceReference::parse("police:13DV00417").unwrap(),
                directory::shield::Asked::by_an_agency(),
            )
            .unwrap();
        let d = &self.directory;
        d.request_shield(asks, request).await.unwrap();
        let id = d.shield_requests(first).await.unwrap().waiting[0].id;
        if d.propose_shield(first, id, &ShieldDecision::Shield(Vec::new())).await.is_err() {
            let reasoned = d.state_reason(first, Reason::Management).await.unwrap();
            let shown = d.shield_request(&reasoned, id).await.unwrap();
            let others = shown.data().household.iter().map(|member| (member.child.number.clone(), false));
            d.propose_shield(first, id, &ShieldDecision::Shield(others.collect())).await.unwrap();
        }
        d.decide_shield(second, id, true).await.unwrap();
    }

    /// A practice sends another record of Maya.
    pub async fn load_near_maya(&self) {
        self.load_near_maya_as("maya-again").await;
    }

    /// The same under a name of the practice's own.
    pub async fn load_near_maya_as(&self, record: &str) {
        let row = [&[("record_id", record)], &MAYA[1..], MAYA_AT_THE_DOCTORS].concat();
        self.load("nhs-gp", &[&row]).await;
    }

    pub async fn signed_in(&self, username: &str) -> SignedIn {
        let from = ClientAddress(HERE);
        let challenge = self.directory.begin_sign_in(username, PASSWORD, &from).await.unwrap();
        let code = self.directory.current_code(username).await.unwrap();
        let session = self.directory.finish_sign_in(&challenge.token, &code, &from).await.unwrap();
        self.directory.authenticate(&session.token).await.unwrap()
    }
}

fn providers(of: &Provider) -> Providers {
    let of = of.clone();
    let transport = Transport::new(move |request| {
        let answer = of.answer(&request);
        Box::pin(async move { Ok(answer) })
    });
    let provider = IdentityProvider {
        id: "council".to_owned(),
        name: "the council".to_owned(),
        issuer: ISSUER.to_owned(),
        client_id: "contactpoint".to_owned(),
        client_secret: "a secret".to_owned(),
        organisation: AUTHORITY.to_owned(),
        acr_values: Vec::new(),
        amr_values: vec!["otp".to_owned()],
    };
    Providers::new(vec![provider], transport, false).unwrap()
}

const MAYA: &[(&str, &str)] = &[
    ("record_id", "maya"),
    ("effective_at", "2026-09-01"),
    ("forenames", "Maya"),
    ("surname", "Okonjo"),
    ("date_of_birth", "2014-03-27"),
    ("gender", "F"),
    ("address_kind", "current"),
    ("address_line_1", "14 Mill Lane"),
    ("town", "St Albans"),
    ("postcode", "AL1 2QB"),
];
const MAYA_IN_CARE: &[(&str, &str)] = &[
    ("alias_1_forenames", "Maya"),
    ("alias_1_surname", "Fairweather"),
    ("involvement_1_service", "social_worker"),
    ("involvement_1_organisation", "Invented Children’s Services"),
    ("involvement_1_practitioner", "Priya Natarajan"),
    ("involvement_1_telephone", "01632 960142"),
    ("involvement_1_email", "priya.natarajan@invented.example"),
    ("involvement_1_start", "2025-03-01"),
    ("involvement_1_lead", "yes"),
    ("involvement_2_service", "mental_health"),
    ("involvement_2_organisation", "Hidden Harbour Clinic"),
    ("involvement_2_start", "2025-03-01"),
    ("involvement_2_lead", "no"),
    ("involvement_2_basis", "consent"),
    ("involvement_2_consent", "child_of_understanding"),
    ("involvement_2_asserted_by", "Hidden Harbour Trust"),
    ("involvement_2_asserted_on", "2025-03-01"),
    ("caf_exists", "yes"),
    ("caf_holder", "Priya Natarajan"),
    ("caf_telephone", "01632 960142"),
];
const MAYA_AT_SCHOOL: &[(&str, &str)] = &[
    ("school_urn", "100001"),
    ("school_name", "Mill Lane Primary School"),
    ("school_telephone", "01632 960111"),
    ("school_email", "office@milllane.example"),
    ("school_start", "2018-09-03"),
    ("education_status", "in_school"),
    ("carer_1_forenames", "Ngozi"),
    ("carer_1_surname", "Okonjo"),
    ("carer_1_relationship", "mother"),
    ("carer_1_responsibility", "yes"),
    ("carer_1_telephone", "07700 900123"),
];
const MAYA_AT_THE_DOCTORS: &[(&str, &str)] = &[
    ("practice_code", "E82001"),
    ("practice_name", "Verulam Surgery"),
    ("practice_telephone", "01632 960177"),
    ("practice_start", "2014-04-10"),
];
const THEO: &[(&str, &str)] = &[
    ("record_id", "theo"),
    ("effective_at", "2026-09-01"),
    ("forenames", "Theo"),
    ("surname", "Lindqvist"),
    ("date_of_birth", "2015-06-11"),
    ("gender", "M"),
    ("address_kind", "current"),
    ("address_line_1", "3 Harbour Rise"),
    ("town", "Watford"),
    ("postcode", "WD17 1AA"),
    ("school_urn", "100002"),
    ("school_name", "Harbour Rise School"),
    ("school_start", "2020-09-03"),
    ("education_status", "in_school"),
];

fn one_of_many(at: usize) -> Vec<(String, String)> {
    const NAMES: [&str; 12] = [
        "Ada", "Boris", "Clara", "Dmitri", "Esme", "Felix", "Greta", "Hugo", "Imogen", "Jasper", "Katya",
        "Leopold",
    ];
    let gender = if at.is_multiple_of(2) { "F" } else { "M" };
    [
        ("record_id", format!("many-{at}")),
        ("effective_at", "2026-09-01".to_owned()),
        ("forenames", NAMES[at].to_owned()),
        ("surname", "Brackenridge".to_owned()),
        ("date_of_birth", format!("20{:02}-0{}-1{}", 9 + at, 1 + at % 9, at % 9)),
        ("gender", gender.to_owned()),
        ("address_kind", "current".to_owned()),
        ("address_line_1", format!("{} Long Row", at + 1)),
        ("town", "Leeds".to_owned()),
        ("postcode", "LS1 4AP".to_owned()),
        ("school_name", "Long Row School".to_owned()),
        ("school_urn", "100003".to_owned()),
        ("school_start", "2024-09-03".to_owned()),
        ("education_status", "in_school".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

fn borrowed(row: &[(String, String)]) -> Vec<(&str, &str)> {
    row.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn csv(profile: &Profile, rows: &[&Vec<(&str, &str)>]) -> String {
    let header = profile.header();
    let mut file = format!("{}\n", header.trim_end());
    for row in rows {
        let value =
            |column: &str| row.iter().find(|(name, _)| *name == column).map_or("", |(_, value)| value);
        let cells: Vec<&str> = header.trim_end().split(',').map(value).collect();
        file.push_str(&cells.join(","));
        file.push('\n');
    }
    file
}
