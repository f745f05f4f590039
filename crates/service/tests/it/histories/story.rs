//! A random history of one directory: what happens is told to the product and to the oracle, and then people look.

use std::collections::{BTreeMap, BTreeSet};

use directory::access::{Reason, Role};
use directory::disclosure::{Disclosure, SpecialView};
use directory::retention::HoldBasis;
use directory::{ChildNumber, PartialDate};
use jiff::{SignedDuration, ToSpan as _};
use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;
use service::{
    HoldRequest, NewAccount, NewOrganisation, ParticipationBasis, Reasoned, ReviewDecision, SealProposal,
    SignedIn,
};
use uuid::Uuid;

use super::barring::{Bars, Looker, PARTNER, TRUST};
use super::decisions::Joint;
use super::model::{Identity, Place, Record, Service, Shown, Source, Statement, Viewer, day};
use super::words::{Word, postcode, spelt, words_in};
use crate::house::{
    CARE, GP, House, PASSWORD, Row, SCHOOLS, by_name_and_birth, by_number, by_postcode, child, nhs_number,
    shield_request,
};

/// How many live at a time.
const ALIVE: usize = 1_000;
/// How many rows the files of one round hold, about.
const ROWS: usize = 700;

/// The columns of one service.
struct ServiceColumns {
    service: &'static str,
    organisation: &'static str,
    end: &'static str,
    basis: &'static str,
    consent: &'static str,
    asserted_by: &'static str,
    asserted_on: &'static str,
}

macro_rules! service_columns {
    ($nth:literal) => {
        ServiceColumns {
            service: concat!("involvement_", $nth, "_service"),
            organisation: concat!("involvement_", $nth, "_organisation"),
            end: concat!("involvement_", $nth, "_end"),
            basis: concat!("involvement_", $nth, "_basis"),
            consent: concat!("involvement_", $nth, "_consent"),
            asserted_by: concat!("involvement_", $nth, "_asserted_by"),
            asserted_on: concat!("involvement_", $nth, "_asserted_on"),
        }
    };
}

const SERVICES: [ServiceColumns; 3] = [service_columns!("1"), service_columns!("2"), service_columns!("3")];

pub struct Story {
    pub(super) house: House,
    partner: Uuid,
    elsewhere: Uuid,
    trust: Uuid,
    pub(super) rng: ChaCha8Rng,
    pub(super) words: Word,
    pub(super) people: Vec<Identity>,
    /// Who is fed and looked at; the rest are dead, grown or destroyed for long.
    pub(super) present: Vec<usize>,
    /// What people decided about records and nobody has undone.
    pub(super) joints: Vec<Joint>,
    /// Whom the shields bar.
    pub(super) bars: Bars,
    pub steps: usize,
    pub looks: BTreeMap<&'static str, usize>,
}

pub(super) fn source_name(source: Source) -> &'static str {
    match source {
        Source::Care => CARE,
        Source::Gp => GP,
        Source::Schools => SCHOOLS,
    }
}

pub(super) fn row(record: &str, source: Source, who: &Identity, said: &Statement) -> Row {
    let known = who.records.get(&(source, record.to_owned()));
    let forename = known.map_or(who.forename, |known| known.forename);
    let mut row = child(record, forename, &spelt(said.surname), &who.born.to_string())
        .with("effective_at", &said.on.to_string())
        .with("gender", if who.female { "F" } else { "M" });
    row = match said.place {
        Place::At(word) => row.at(&format!("{} {} Road", 1 + word % 90, spelt(word)), &postcode(word)),
        Place::LeftForGood => row.with("address_kind", "left_no_return"),
        Place::LeftForAWhile => row.with("address_kind", "left_return"),
    };
    if source != Source::Schools {
        row = row.with("nhs_number", &nhs_number(who.serial));
    }
    if source != Source::Care {
        row = row.with("local_authority", "E08000035");
    }
    if let Some(carer) = said.carer {
        row = row.with("carer_1_forenames", "Robin").with("carer_1_surname", &spelt(carer));
    }
    if let Some(school) = said.school {
        row = row.in_school(&format!("{} School", spelt(school)));
    }
    if let Some(practice) = said.practice {
        row = row.with("practice_name", &format!("{} Surgery", spelt(practice)));
    }
    for (service, columns) in said.services.iter().zip(SERVICES) {
        row = row
            .with(columns.service, if service.sensitive { "mental_health" } else { "social_worker" })
            .with(columns.organisation, &format!("{} Team", spelt(service.word)));
        if service.sensitive {
            row = row
                .with(columns.basis, "consent")
                .with(columns.consent, "parent")
                .with(columns.asserted_by, "Leeds City Council")
                .with(columns.asserted_on, &service.since.to_string());
        }
        if let Some(ended) = service.ended {
            row = row.with(columns.end, &ended.to_string());
        }
    }
    row
}

impl Story {
    pub async fn begin(house: House, rng: ChaCha8Rng) -> Self {
        let mut story = Self {
            house,
            partner: Uuid::nil(),
            elsewhere: Uuid::nil(),
            trust: Uuid::nil(),
            rng,
            words: 0,
            joints: Vec::new(),
            bars: Bars::default(),
            people: Vec::new(),
            present: Vec::new(),
            steps: 0,
            looks: BTreeMap::new(),
        };
        story.accredit().await;
        story
    }

    /// Organisations are accredited anew: years pass in these histories.
    async fn accredit(&mut self) {
        self.house = House::furnished(self.house.directory.clone(), self.house.clock.clone()).await;
        let until = self.house.clock.now() + SignedDuration::from_hours(24 * 365);
        let mut ids = Vec::new();
        for (name, kind, code) in [
            (PARTNER, "national_partner", None),
            ("Bradford Council", "authority", Some("E08000032")),
            (TRUST, "partner", Some("E08000035")),
        ] {
            let organisation = NewOrganisation {
                name: name.to_owned(),
                kind: kind.to_owned(),
                authority_code: code.map(str::to_owned),
                accredited_until: until,
            };
            ids.push(self.house.directory.declare_organisation(organisation).await.unwrap());
        }
        (self.partner, self.elsewhere, self.trust) = (ids[0], ids[1], ids[2]);
    }

    pub(super) fn word(&mut self) -> Word {
        self.words += 1;
        self.words
    }

    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    // People of the service.

    /// The one who does this work in this half year: accounts are cleared for a year.
    pub(super) async fn person(&mut self, role: Role, organisation: Uuid, which: &str) -> SignedIn {
        let username = self.username(which);
        if !self.house.directory.has_account(&username).await.unwrap() {
            let until = self.house.clock.now() + SignedDuration::from_hours(24 * 365);
            let account = NewAccount {
                username: username.clone(),
                display_name: format!("The {which}"),
                password: PASSWORD.to_owned(),
                organisation,
                roles: crate::house::with_the_desk(&[role]),
                clearance_until: until,
                training_until: until,
            };
            self.house.directory.create_account(account).await.unwrap();
        }
        self.house.clock.advance(SignedDuration::from_secs(31));
        self.house.sign_in(&username).await
    }

    pub(super) fn username(&self, which: &str) -> String {
        format!("{which}-{}", self.house.clock.now().as_second() / (180 * 86_400))
    }

    /// A practitioner of the authority's trust, under the name they sign in with.
    pub(super) async fn colleague(&mut self) -> (SignedIn, Looker) {
        let which = "visitor";
        let who = self.person(Role::Practitioner, self.trust, which).await;
        (who, Looker { username: self.username(which), organisation: TRUST })
    }

    pub(super) async fn practitioner(&mut self) -> Reasoned {
        let who = self.person(Role::Practitioner, self.house.council, "nurse").await;
        self.house.directory.state_reason(&who, Reason::WhoElseIsInvolved).await.unwrap()
    }

    pub(super) async fn number(&mut self, at: usize) -> ChildNumber {
        let ((source, record), _) = self.people[at].records.first_key_value().unwrap();
        let number = self.house.number_of(source_name(*source), record).await;
        let known = self.people[at].number.get_or_insert_with(|| number.clone()).clone();
        assert_eq!(known, number, "a child’s number never changes: {:?}", self.people[at]);
        number
    }

    // Feeds.

    /// What a source begins to say of somebody of whom the world knows this name and place.
    pub(super) fn first_words(&mut self, source: Source, surname: Word, place: Place) -> Statement {
        let mut said = Statement {
            on: day(self.house.clock.now()),
            away_since: day(self.house.clock.now()),
            surname,
            place,
            carer: None,
            school: None,
            practice: None,
            services: Vec::new(),
        };
        match source {
            Source::Care => said.services = vec![self.service()],
            Source::Gp => said.practice = Some(self.word()),
            Source::Schools => (said.carer, said.school) = (Some(self.word()), Some(self.word())),
        }
        said
    }

    fn service(&mut self) -> Service {
        Service {
            word: self.word(),
            sensitive: self.chance(35),
            since: day(self.house.clock.now()),
            ended: None,
        }
    }

    /// One statement of a source about somebody: the row, and what the oracle makes of it.
    pub(super) fn says(&mut self, at: usize, source: Source, record: &str, said: Statement) -> Row {
        let now = self.house.clock.now();
        let who = &mut self.people[at];
        let row = row(record, source, who, &said);
        if who.is_heard(now) && who.legal_hold.is_some() {
            who.waits((source, record.to_owned()), said);
        } else if who.is_heard(now) {
            let first = now + SignedDuration::from_mins(10);
            let known = who.records.entry((source, record.to_owned()));
            let forename = who.forename;
            let said_first = said.clone();
            let known = known.or_insert(Record {
                forename,
                said: said_first,
                readable_from: first,
                moved_meanwhile: false,
            });
            who.ever.extend(said.words());
            known.says(said);
        }
        self.steps += 1;
        row
    }

    pub(super) fn record_id(&mut self) -> String {
        format!("R-{}", self.word())
    }

    /// What changes in what a source says; now and then nothing does.
    fn changed(&mut self, at: usize, source: Source, mut said: Statement) -> Statement {
        let today = day(self.house.clock.now());
        // Of somebody who is grown a source may only go on saying what it knew of the child.
        let on = today.min(self.people[at].last_day_as_a_child());
        // Most rows of a night say what they said the night before.
        if self.chance(88) {
            return said;
        }
        match self.rng.random_range(0..7) {
            0 => said.surname = self.word(),
            1 | 2 => said.place = Place::At(self.word()),
            3 if self.chance(12) => {
                said.place = if self.chance(50) { Place::LeftForGood } else { Place::LeftForAWhile };
            }
            _ => match source {
                Source::Care => {
                    if said.services.len() < 3 {
                        let service = self.service();
                        said.services.push(service);
                    } else if let Some(going) =
                        said.services.iter_mut().find(|service| service.ended.is_none())
                    {
                        going.ended = Some(on);
                    } else {
                        // Consent withdrawn, or no longer kept: the source says no more of it.
                        said.services.remove(0);
                    }
                }
                Source::Gp => said.practice = Some(self.word()),
                Source::Schools => said.school = Some(self.word()),
            },
        }
        said.on = on;
        said
    }

    /// The files of one round.
    pub async fn a_night_of_files(&mut self) {
        let mut files: BTreeMap<Source, Vec<Row>> = BTreeMap::new();
        let mut spoken = BTreeSet::new();
        while self.present.len() < ALIVE {
            let (source, surname, place) = (self.a_source(), self.word(), Place::At(self.word()));
            let who = self.newborn();
            let at = self.joins(who);
            let said = self.first_words(source, surname, place);
            let record = self.record_id();
            files.entry(source).or_default().push(self.says(at, source, &record, said));
            spoken.insert(at);
        }
        while files.values().map(Vec::len).sum::<usize>() < ROWS {
            let at = *self.present.choose(&mut self.rng).unwrap();
            // Once a night: a file has one row a record, and what two say in one night has no order.
            if !spoken.insert(at) {
                continue;
            }
            let known: Vec<((Source, String), Record)> =
                self.people[at].records.iter().map(|(id, record)| (id.clone(), record.clone())).collect();
            let source = self.a_source();
            let of_this: Vec<_> = known.iter().filter(|((known, _), _)| *known == source).collect();
            let (record, said) = match of_this.choose(&mut self.rng) {
                Some(((_, record), known)) => (record.clone(), self.changed(at, source, known.said.clone())),
                None => {
                    // Another source sees the child as one that knows them does: newest words first.
                    let Some(as_known) =
                        known.iter().map(|(_, record)| &record.said).max_by_key(|said| said.on)
                    else {
                        continue;
                    };
                    let Place::At(_) = as_known.place else { continue };
                    let who = &self.people[at];
                    if who.grown(day(self.house.clock.now()))
                        || who.held
                        || who.doubled
                        || who.legal_hold.is_some()
                    {
                        continue;
                    }
                    let said = self.first_words(source, as_known.surname, as_known.place);
                    (self.record_id(), said)
                }
            };
            files.entry(source).or_default().push(self.says(at, source, &record, said));
        }
        for (source, rows) in files {
            let counts = self.house.load(source_name(source), &rows).await;
            assert_eq!(
                counts.quarantined,
                0,
                "every row of these files is a good one: {:?}",
                self.faults(source, &rows).await
            );
        }
    }

    /// What the reader has against some of these rows.
    async fn faults(&self, source: Source, rows: &[Row]) -> Vec<feeds::Outcome> {
        let name = source_name(source);
        let profile = self.house.directory.profile_of(name).await.unwrap();
        let judged =
            crate::house::judged(&self.house.directory, &profile, &self.house.file(name, rows).await);
        judged.into_iter().filter(|outcome| !matches!(outcome, feeds::Outcome::Accepted(_))).collect()
    }

    fn a_source(&mut self) -> Source {
        *Source::ALL.choose(&mut self.rng).unwrap()
    }

    // Acts.

    pub(super) fn somebody(&mut self, fits: impl Fn(&Identity) -> bool) -> Option<usize> {
        let now = self.house.clock.now();
        let fitting: Vec<usize> = self
            .present
            .iter()
            .copied()
            .filter(|at| {
                self.people[*at].is_live(now) && !self.people[*at].ambiguous && fits(&self.people[*at])
            })
            .collect();
        fitting.choose(&mut self.rng).copied()
    }

    pub async fn an_act(&mut self) {
        self.steps += 1;
        let today = day(self.house.clock.now());
        match self.rng.random_range(0..10) {
            0 | 1 => {
                if let Some(at) = self.somebody(|who| who.shields.len() < 2) {
                    self.shield(at).await;
                }
            }
            2 => {
                if let Some(at) = self.somebody(|who| !who.shields.is_empty() && !who.not_lifted) {
                    self.lift(at).await;
                }
            }
            3 | 4 => {
                if let Some(at) = self.somebody(|who| !who.grown(today)) {
                    self.adopt(at).await;
                }
            }
            5 => {
                if let Some(at) = self.somebody(|who| !who.shields.is_empty()) {
                    self.a_newborn_beside(at).await;
                }
            }
            6 => {
                let nearly = today.checked_sub(17.years()).unwrap();
                if let Some(at) = self.somebody(|who| who.born <= nearly && who.stays.is_none()) {
                    self.stay(at).await;
                } else if let Some(at) =
                    self.somebody(|who| who.stays.is_some_and(|(_, left)| left.is_none()))
                {
                    self.withdraw(at).await;
                }
            }
            7 => {
                if let Some(at) = self.somebody(|who| who.died.is_none()) {
                    self.die(at).await;
                }
            }
            _ => {
                let held = self.present.iter().copied().find(|at| self.people[*at].legal_hold.is_some());
                match held {
                    Some(at) if self.chance(70) => self.release(at).await,
                    _ => {
                        if let Some(at) = self.somebody(|_| true) {
                            self.hold(at).await;
                        }
                    }
                }
            }
        }
    }

    async fn desk(&mut self) -> (SignedIn, SignedIn, SignedIn) {
        let asks = self.person(Role::Practitioner, self.house.council, "hollis").await;
        (asks, self.manager("morgan").await, self.manager("reece").await)
    }

    async fn shield(&mut self, at: usize) {
        let number = self.number(at).await;
        let (asks, first, second) = self.desk().await;
        // The one whom it bars is known here before.
        self.person(Role::Practitioner, self.house.council, "practitioner").await;
        let account = self.username("practitioner");
        let (request, barred) = self.bars.with_the_next(shield_request(&number), &account);
        let id = self.house.shield_by(&asks, &first, &second, request).await;
        self.bars.decided(id, barred);
        self.people[at].shields.push(id);
    }

    async fn lift(&mut self, at: usize) {
        let (_, first, second) = self.desk().await;
        let id = self.people[at].shields.pop().unwrap();
        self.house.directory.review_shield(&first, id, ReviewDecision::Lift).await.unwrap();
        self.house.directory.decide_shield(&second, id, true).await.unwrap();
    }

    /// A new identity: practices and social care know it already when two people seal it from the former one, and afterwards
    /// somebody at a clinic writes both names on one form.
    async fn adopt(&mut self, at: usize) {
        let mut new = self.newborn();
        new.born = self.people[at].born;
        new.forename = self.unlike_on(new.born);
        // Most adopted children keep their forename.
        if self.chance(60) {
            new.ambiguous = true;
            new.forename = self.people[at].forename;
            new.female = self.people[at].female;
        }
        let (surname, place) = (self.word(), Place::At(self.word()));
        let new = self.joins(new);
        for source in [Source::Care, Source::Gp] {
            let (record, said) = (self.record_id(), self.first_words(source, surname, place));
            let row = self.says(new, source, &record, said);
            self.house.load(source_name(source), &[row]).await;
        }
        let records = |who: &Identity| {
            who.records
                .keys()
                .map(|(source, record)| (source_name(*source).to_owned(), record.clone()))
                .collect()
        };
        let proposal = SealProposal {
            former: records(&self.people[at]),
            current: records(&self.people[new]),
            ..SealProposal::default()
        };
        let (first, second) = (self.manager("morgan").await, self.manager("reece").await);
        let number = self.house.directory.seal_identities(&first, &second, &proposal).await.unwrap();
        let former = self.people[at].clone();
        let current = &mut self.people[new];
        current.number = Some(number);
        current.sealed = true;
        // What belongs to the person goes with the person.
        (current.shields, current.died, current.stays) = (former.shields, former.died, former.stays);
        // A shield goes on under a request of its own, which nobody at the desk knows by the former one.
        let goes_on = !current.shields.is_empty();
        (current.said_to_stay, current.not_lifted) = (former.said_to_stay, former.not_lifted || goes_on);
        self.people[at].former = true;
        self.people[at].shields = Vec::new();
        if self.chance(50) {
            let both = self.held_double(new);
            // It bears the former name too: what fits the former identity may be of whoever this is.
            self.people[at].doubled = true;
            let (record, said) = (self.record_id(), self.first_words(Source::Care, surname, place));
            let old = spelt(self.people[at].records.values().next().unwrap().said.surname);
            let row = self.says(both, Source::Care, &record, said);
            let row = row.with("alias_1_forenames", former.forename).with("alias_1_surname", &old);
            self.house.load(CARE, &[row]).await;
        }
    }

    /// Somebody like this one, of whom nobody has decided who they are.
    fn held_double(&mut self, at: usize) -> usize {
        self.people[at].doubled = true;
        let mut double = self.people[at].clone();
        (double.held, double.records, double.number, double.shields) =
            (true, BTreeMap::new(), None, Vec::new());
        self.joins(double)
    }

    /// A child is born into a shielded household after the decision: nobody reads of it until the desk has looked.
    async fn a_newborn_beside(&mut self, at: usize) {
        let now = self.house.clock.now();
        let Some((surname, Some(place))) = self.people[at].name_and_place(now) else { return };
        let mut newborn = self.newborn();
        newborn.held = true;
        while newborn.forename == self.people[at].forename || !self.is_unlike(newborn.forename, newborn.born)
        {
            (newborn.forename, newborn.born) = self.unlike(1..60);
        }
        let newborn = self.joins(newborn);
        let (record, said) = (self.record_id(), self.first_words(Source::Care, surname, Place::At(place)));
        let row = self.says(newborn, Source::Care, &record, said);
        self.house.load(CARE, &[row]).await;
    }

    async fn stay(&mut self, at: usize) {
        let (number, age) = (self.number(at).await, self.rng.random_range(19..=25));
        let nurse = self.practitioner().await;
        let basis = ParticipationBasis::OwnConsent;
        self.house.directory.record_participation(&nurse, &number, age, basis).await.unwrap();
        self.people[at].stays = Some((age, None));
        self.people[at].said_to_stay = Some(day(self.house.clock.now()));
    }

    async fn withdraw(&mut self, at: usize) {
        let number = self.number(at).await;
        let nurse = self.practitioner().await;
        self.house.directory.withdraw_participation(&nurse, &number).await.unwrap();
        let today = day(self.house.clock.now());
        self.people[at].stays = self.people[at].stays.map(|(age, _)| (age, Some(today)));
        self.people[at].said_to_stay = Some(today);
    }

    async fn die(&mut self, at: usize) {
        let number = self.number(at).await;
        let manager = self.manager("morgan").await;
        let today = day(self.house.clock.now());
        let today = today.with().day(today.day().min(28)).build().unwrap();
        let died = PartialDate::parse(&today.to_string()).unwrap();
        self.house.directory.record_death(&manager, &number, Some(died)).await.unwrap();
        self.people[at].died = Some(today);
    }

    async fn hold(&mut self, at: usize) {
        let number = self.number(at).await;
        let (first, second) = (self.manager("morgan").await, self.manager("reece").await);
        let until = day(self.house.clock.now()).checked_add(2.years()).unwrap();
        let request = HoldRequest { number, basis: HoldBasis::CourtOrder, until };
        let hold = self.house.directory.propose_hold(&first, &request).await.unwrap();
        self.house.directory.decide_hold(&second, hold, true).await.unwrap();
        self.people[at].legal_hold = Some(hold);
    }

    async fn release(&mut self, at: usize) {
        let hold = self.people[at].legal_hold.unwrap();
        let (first, second) = (self.manager("morgan").await, self.manager("reece").await);
        let release = self.house.directory.propose_release(&first, hold).await.unwrap();
        self.house.directory.decide_hold(&second, release, true).await.unwrap();
        self.people[at].is_released();
    }

    // Time.

    /// The clock moves: by minutes, a day, weeks, months. What has run out is swept at night.
    pub async fn time_passes(&mut self) {
        self.steps += 1;
        let days = match self.rng.random_range(0..10) {
            0..=2 => 0,
            3..=5 => 1,
            6..=8 => self.rng.random_range(10..50),
            _ => self.rng.random_range(100..200),
        };
        self.house.clock.advance(SignedDuration::from_hours(24 * days));
        self.house.clock.advance(SignedDuration::from_mins(11));
        if days > 0 {
            self.accredit().await;
            self.house.directory.sweep(false).await.unwrap();
            let now = self.house.clock.now();
            for who in &mut self.people {
                who.is_swept(now);
            }
            // Sources go on sending whom the directory destroyed for a while, and then no more.
            let long_ago = day(now).checked_sub(25.years()).unwrap();
            let people = &self.people;
            self.present.retain(|at| {
                let gone = people[*at].destroyed || people[*at].born < long_ago;
                !gone || at % 4 == 0 && people[*at].born > long_ago
            });
        }
    }

    // Looking.

    pub async fn everybody_looks(&mut self, people: usize) {
        // Two of the four, another two next time.
        let viewers = Viewer::WHO_SEARCH;
        for viewer in [viewers[self.rng.random_range(0..2)], viewers[self.rng.random_range(2..4)]] {
            let (role, at) = match viewer {
                Viewer::Practitioner => (Role::Practitioner, self.house.council),
                Viewer::Partner => (Role::Practitioner, self.partner),
                Viewer::Management => (Role::Manager, self.house.council),
                _ => (Role::Manager, self.elsewhere),
            };
            let which = format!("{viewer:?}").to_lowercase();
            let who = self.person(role, at, &which).await;
            let organisation = if viewer == Viewer::Partner { PARTNER } else { "another" };
            let looker = Looker { username: self.username(&which), organisation };
            let who = self.house.directory.state_reason(&who, Reason::WhoElseIsInvolved).await.unwrap();
            for _ in 0..people {
                // Half of the looks are at those something has happened to.
                let uncommon = |who: &Identity| {
                    !who.shields.is_empty()
                        || who.former
                        || who.held
                        || who.doubled
                        || who.legal_hold.is_some()
                };
                let uncommon: Vec<usize> =
                    self.present.iter().copied().filter(|at| uncommon(&self.people[*at])).collect();
                let among = if self.chance(50) && !uncommon.is_empty() { &uncommon } else { &self.present };
                let at = *among.choose(&mut self.rng).unwrap();
                self.looks_at(viewer, (&who, &looker), at).await;
            }
        }
    }

    async fn looks_at(&mut self, viewer: Viewer, (who, looker): (&Reasoned, &Looker), at: usize) {
        if self.people[at].records.is_empty() {
            return;
        }
        let now = self.house.clock.now();
        let unbarred = self.people[at].shown_to(viewer, now);
        let barred = unbarred.is_some() && self.bars.bar(looker, &self.people[at]);
        let expected = unbarred.filter(|_| !barred);
        let step = self.steps;
        let told = |what: &str, people: &[Identity]| {
            format!("{viewer:?} {what} at step {step}, {now}: {:#?}", people[at])
        };
        let out_of_service = self.people[at].destroyed || self.people[at].legal_hold.is_some();
        let number = match (&self.people[at].number, out_of_service) {
            // Whose keys are destroyed or held elsewhere is asked for by the number once known.
            (known, true) => known.clone(),
            (_, false) if self.people[at].held => None,
            (_, false) => Some(self.number(at).await),
        };
        if let Some(number) = number {
            let shown = self.opened(viewer, who, &number).await;
            if self.people[at].ambiguous {
                // Never a word of the former identity, and never where a shielded child is.
                let ever = &self.people[at].ever;
                let within = shown.as_ref().is_none_or(|shown| shown.words.is_subset(ever));
                let as_live = shown.is_none() || expected.is_some();
                let narrow = shown.as_ref().is_none_or(|shown| !shown.shielded || shown.words.len() == 1);
                let shields = shown.as_ref().map(|shown| shown.shielded);
                let as_shielded =
                    shown.is_none() || shields == expected.as_ref().map(|expected| expected.shielded);
                assert!(
                    within && as_live && narrow && as_shielded,
                    "{shown:?}: {}",
                    told("opens", &self.people)
                );
                *self.looks.entry("ambiguous").or_default() += 1;
                return;
            }
            assert_eq!(shown, expected, "{}", told("opens", &self.people));
        }
        if expected.is_some() && self.people[at].archived {
            return;
        }
        // By what stands on the record, and by where the child is or was.
        let identity = &self.people[at];
        let mut said: Vec<Record> = identity.records.values().cloned().collect();
        said.truncate(1);
        for Record { forename, said, .. } in said {
            let (name, surname) = (format!("{forename} {}", spelt(said.surname)), spelt(said.surname));
            let visible =
                expected.as_ref().is_some_and(|shown| shown.words.contains(&said.surname)) && !identity.held;
            let asked = by_name_and_birth(&name, &identity.born.to_string());
            let found = self.house.found(who, asked).await.iter().any(|row| self.is_row_of(identity, row));
            let another = self.another_identity_is_found(at, &said, now);
            assert_eq!(found || another, visible || another, "{}", told("searches by name", &self.people));
            if let Place::At(place) = said.place {
                let there = identity.name_and_place(now).and_then(|(_, place)| place) == Some(place);
                let visible = visible && there && identity.shields.is_empty();
                let rows = self.house.found(who, by_postcode(&surname, &postcode(place))).await;
                let found = rows.iter().any(|row| self.is_row_of(identity, row));
                assert_eq!(
                    found || another,
                    visible || another,
                    "{}",
                    told("searches by place", &self.people)
                );
            }
        }
        let kind = match &expected {
            None if barred => "barred",
            None => "nothing",
            Some(shown) if shown.shielded => "shielded",
            Some(_) => "full",
        };
        *self.looks.entry(kind).or_default() += 1;
    }

    pub(super) fn is_row_of(&self, identity: &Identity, row: &str) -> bool {
        let names = identity.records.values().map(|record| (record.forename, spelt(record.said.surname)));
        names.into_iter().any(|(forename, surname)| row.starts_with(&format!("{forename} {surname},")))
    }

    /// Whether a held record bears the name of somebody who is found: then the search finds that one.
    fn another_identity_is_found(&self, at: usize, said: &Statement, now: jiff::Timestamp) -> bool {
        let one = &self.people[at];
        (one.held || one.doubled)
            && self.people.iter().any(|other| {
                !other.held
                    && !std::ptr::eq(one, other)
                    && other.forename == one.forename
                    && other.born == one.born
                    && other.is_live(now)
                    && other.records.values().any(|record| record.said.surname == said.surname)
            })
    }

    async fn opened(&self, viewer: Viewer, who: &Reasoned, number: &ChildNumber) -> Option<Shown> {
        let rows = self.house.find(who, by_number(number)).await;
        let found = rows.first()?;
        let directory = &self.house.directory;
        let shown = if viewer == Viewer::Management {
            let opened = directory.open_for_management(who, &found.handle, Reason::SafeguardingConcern).await;
            opened.unwrap().data().clone()
        } else {
            directory.open_record(who, &found.handle, Reason::WhoElseIsInvolved).await.unwrap().data().clone()
        };
        let (shielded, mut page) = match &shown {
            Disclosure::Full(view) => (false, serde_json::to_value(&**view).unwrap()),
            Disclosure::Shielded(view) => (true, serde_json::to_value(view).unwrap()),
            Disclosure::Special(SpecialView::Management(view)) => {
                (false, serde_json::to_value(&**view).unwrap())
            }
            Disclosure::Special(_) => panic!("no such view was asked for"),
            Disclosure::NotFound => return None,
        };
        // What management alone sees of the past is told apart elsewhere.
        if let Some(fields) = page.as_object_mut() {
            fields.remove("previous_addresses");
        }
        Some(Shown { shielded, words: words_in(&page.to_string(), self.words + 1) })
    }
}
