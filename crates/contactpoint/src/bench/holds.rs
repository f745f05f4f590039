//! `contactpoint bench holds`: how often a record is held that belongs to no protected child (decision 11), how often the later
//! words of an adopted child wait at the sealed desk, and what the keys cost that do it. Three sources are loaded, children are
//! shielded and identities sealed by two people, and then the other three sources speak for the first time.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use anyhow::Context as _;
use directory::access::{Reason, Role};
use directory::shield::{ShieldReason, ShieldRequester};
use directory::{ChildNumber, Content};
use jiff::SignedDuration;
use population::{Population, Record, Source};
use serde::Serialize;
use service::{
    Directory, KeyWork, NewAccount, NewOrganisation, SealProposal, ShieldDecision, ShieldRequest, SignedIn,
};

use super::{
    BENCH_SEED, HoldsArgs, LoadFigures, Machine, PASSWORD, Scratch, instant, loading, open, sign_in,
};
use crate::system;

/// What speaks before anything is protected, and what does afterwards.
const BEFORE: [Source; 3] = [Source::GroBirths, Source::DwpChildBenefit, Source::SchoolsCensus];
const AFTER: [Source; 3] = [Source::NhsGp, Source::SocialCare, Source::HealthVisiting];

/// The authority whose desk protects.
const DESK: &str = "Bench desk";

/// How many records are asked about together.
const ASKED: usize = 500;

/// Everything measured in one run.
#[derive(Serialize)]
pub(super) struct HoldsFigures {
    children: u32,
    machine: Machine,
    shielded_people: usize,
    sealed_people: usize,
    /// First sightings of people who are not protected.
    unprotected: Share,
    /// Of those held of them: of the household (the postcode) of a protected child.
    held_at_their_place: u64,
    /// First sightings of shielded people; what is not held has joined the shielded child.
    shielded: Share,
    /// Later words of sealed identities, by whether the two share forename and postcode district.
    sealed: BTreeMap<&'static str, Share>,
    /// Beside the processor's time of loading a record of the last source.
    keys_cost: KeysCost,
    load_before: LoadFigures,
    load_after: LoadFigures,
}

#[derive(Serialize, Default)]
struct Share {
    records: u64,
    held: u64,
    percent: f64,
}

#[derive(Serialize, Default)]
struct KeysCost {
    statements: usize,
    all_keys_ms_per_record: f64,
    household_keys_ms_per_record: f64,
    /// Of records of sealed identities only.
    words_ms_per_record: f64,
    load_processor_ms_per_record: Option<f64>,
    household_keys_percent_of_load: Option<f64>,
}

impl Share {
    fn count(&mut self, held: bool) {
        self.records += 1;
        self.held += u64::from(held);
        self.percent = 100.0 * self.held as f64 / self.records as f64;
    }
}

/// Who is protected, as the population knows it.
#[derive(Default)]
struct Protected {
    shielded: BTreeSet<String>,
    postcodes: HashSet<String>,
    /// Of each sealed person, whether the two identities share forename and district.
    sealed: BTreeMap<String, bool>,
}

/// Runs the bench.
pub(super) async fn figures(args: HoldsArgs) -> anyhow::Result<HoldsFigures> {
    let scratch = Scratch::new(None)?;
    eprintln!("Inventing {} children…", args.children);
    let population = population::generate(&population::Config::new(args.children, BENCH_SEED))?;
    let place = scratch.databases(args.database.as_deref()).await?;
    let clock = Arc::new(system::SetBack::by_seconds(20 * 60));
    let directory = Arc::new(open(&place, &scratch.root, clock.clone()).await?);
    let load_before = loading(&directory, &population, &scratch.root, &BEFORE).await?;
    clock.end();
    let desk = Desk::of(&directory).await?;
    let protected = protect(&directory, &population, &desk, args.shielded_per_thousand).await?;
    let load_after = loading(&directory, &population, &scratch.root, &AFTER).await?;
    let mut found = HoldsFigures {
        children: args.children,
        machine: Machine::this(),
        shielded_people: protected.shielded.len(),
        sealed_people: protected.sealed.len(),
        unprotected: Share::default(),
        held_at_their_place: 0,
        shielded: Share::default(),
        sealed: BTreeMap::new(),
        keys_cost: keys_cost(&directory, &scratch, &load_after)?,
        load_before,
        load_after,
    };
    for source in AFTER {
        let records: Vec<Record> = population.records(source).collect();
        for group in records.chunks(ASKED) {
            let ids: Vec<String> = group.iter().map(|record| record.record_id.clone()).collect();
            let waiting = directory.records_waiting(source.name(), &ids).await?;
            for record in group {
                found.count(record, waiting.contains(&record.record_id), &protected);
            }
        }
    }
    directory.close().await;
    scratch.remove(&place).await?;
    Ok(found)
}

impl HoldsFigures {
    fn count(&mut self, record: &Record, held: bool, protected: &Protected) {
        let person = &record.truth.person_id;
        if let Some(alike) = protected.sealed.get(person) {
            let which = if *alike { "same forename and district" } else { "another forename or district" };
            self.sealed.entry(which).or_default().count(held);
        } else if protected.shielded.contains(person) {
            self.shielded.count(held);
        } else {
            self.unprotected.count(held);
            let there = protected.postcodes.contains(record.get("postcode"));
            self.held_at_their_place += u64::from(held && there);
        }
    }
}

/// Three people of an authority: one who asks, two who decide.
struct Desk([SignedIn; 3]);

impl Desk {
    async fn of(directory: &Directory) -> anyhow::Result<Self> {
        let until = directory.now().checked_add(SignedDuration::from_hours(24 * 365))?;
        directory
            .declare_organisation(NewOrganisation {
                name: DESK.to_owned(),
                kind: "authority".to_owned(),
                authority_code: Some("E08000035".to_owned()),
                accredited_until: until,
            })
            .await?;
        let organisation = directory.organisation_id(DESK).await?.context("the desk's authority")?;
        let mut people = Vec::new();
        let desk = vec![Role::Manager, Role::ShieldDesk];
        for (username, roles) in
            [("asks", vec![Role::Practitioner]), ("first", desk.clone()), ("second", desk)]
        {
            directory
                .create_account(NewAccount {
                    username: username.to_owned(),
                    display_name: username.to_owned(),
                    password: PASSWORD.to_owned(),
                    organisation,
                    roles,
                    clearance_until: until,
                    training_until: until,
                })
                .await?;
            people.push(sign_in(directory, username).await?);
        }
        Ok(Self(people.try_into().map_err(|_| anyhow::anyhow!("three people"))?))
    }

    /// Shields one child and nobody of its household.
    async fn shield(&self, directory: &Directory, number: ChildNumber) -> anyhow::Result<()> {
        let Self([asks, first, second]) = self;
        let file = directory::shield::EvidenceReference::parse("police:26DV00417")?;
        let request = ShieldRequest::new(number, ShieldRequester::Police, ShieldReason::DomesticAbuse)
            .shown_by(file, directory::shield::Asked::by_an_agency())?;
        directory.request_shield(asks, request).await?;
        let reasoned = directory.state_reason(first, Reason::Management).await?;
        for line in directory.shield_requests(first).await?.waiting {
            let view = directory.shield_request(&reasoned, line.id).await?;
            let household = view.data().household.iter().map(|member| (member.child.number.clone(), false));
            let decision = ShieldDecision::Shield(household.collect());
            directory.propose_shield(first, line.id, &decision).await?;
            directory.decide_shield(second, line.id, true).await?;
        }
        Ok(())
    }
}

async fn protect(
    directory: &Directory,
    population: &Population,
    desk: &Desk,
    per_thousand: u32,
) -> anyhow::Result<Protected> {
    let mut protected = Protected::default();
    seal_adoptions(directory, population, desk, &mut protected).await?;
    let wanted = (u64::from(population.config().children) * u64::from(per_thousand) / 1000).max(1);
    let every = (population.len(Source::SchoolsCensus) as u64 / wanted).max(1);
    for record in population.records(Source::SchoolsCensus).step_by(every as usize) {
        let person = record.truth.person_id.clone();
        if protected.sealed.contains_key(&person) || protected.shielded.contains(&person) {
            continue;
        }
        let named = [(record.source.name().to_owned(), record.record_id.clone())];
        let Some(number) = directory.numbers_of_records(&named).await?.pop() else { continue };
        desk.shield(directory, number).await.context("a shield was not decided")?;
        protected.postcodes.insert(record.get("postcode").to_owned());
        protected.shielded.insert(person);
    }
    protected.postcodes.remove("");
    eprintln!("{} children shielded, {} sealed", protected.shielded.len(), protected.sealed.len());
    Ok(protected)
}

/// Seals every person of two identities of whom both have records by now.
async fn seal_adoptions(
    directory: &Directory,
    population: &Population,
    Desk([_, first, second]): &Desk,
    protected: &mut Protected,
) -> anyhow::Result<()> {
    let mut sides: BTreeMap<String, [Vec<Record>; 2]> = BTreeMap::new();
    let former: HashSet<&(Source, String)> = population.constraints().iter().map(|pair| &pair.a).collect();
    let later: HashSet<&(Source, String)> = population.constraints().iter().map(|pair| &pair.b).collect();
    for record in BEFORE.into_iter().flat_map(|source| population.records(source)) {
        let id = (record.source, record.record_id.clone());
        let both = sides.entry(record.truth.person_id.clone()).or_default();
        let [of_former, of_current] = both;
        if former.contains(&id) {
            of_former.push(record);
        } else if later.contains(&id) {
            of_current.push(record);
        }
    }
    for (person, [of_former, of_current]) in sides {
        let (Some(was), Some(is)) = (of_former.first(), of_current.first()) else { continue };
        let alike = first_word(was, "forenames") == first_word(is, "forenames")
            && first_word(was, "postcode") == first_word(is, "postcode");
        let named = |records: &[Record]| {
            records.iter().map(|it| (it.source.name().to_owned(), it.record_id.clone())).collect()
        };
        let proposal = SealProposal {
            former: named(&of_former),
            current: named(&of_current),
            ..SealProposal::default()
        };
        // Where the matcher had joined the two, or other records, with somebody else, the desk would have to look closer.
        if directory.seal_identities(first, second, &proposal).await.is_ok() {
            protected.sealed.insert(person, alike);
        }
    }
    Ok(())
}

fn first_word<'a>(record: &'a Record, column: &str) -> &'a str {
    record.get(column).split(' ').next().unwrap_or_default()
}

/// What the keys cost of the statements of the last source's file, beside what loading one of them cost altogether.
fn keys_cost(directory: &Directory, scratch: &Scratch, load: &LoadFigures) -> anyhow::Result<KeysCost> {
    let name = Source::HealthVisiting.name();
    let file = std::fs::File::open(scratch.root.join("feeds").join(format!("{name}.csv")))?;
    let profile = feeds::Profile::named(name).context("the source's profile")?;
    let options = feeds::Options::new("feed.csv", directory.today());
    let mut statements: Vec<Content> = Vec::new();
    for outcome in feeds::Reader::open(file, profile, options)? {
        if let feeds::Outcome::Accepted(row) = outcome? {
            statements.push(row.content);
        }
        if statements.len() == 20_000 {
            break;
        }
    }
    let each = |work: KeyWork| {
        let begun = instant();
        let keys = directory.keys_worked(work, &statements);
        let took = begun.elapsed().as_secs_f64() * 1000.0 / statements.len().max(1) as f64;
        eprintln!("{work:?}: {keys} keys of {} statements, {took:.4} ms each", statements.len());
        took
    };
    let (all, households, words) = (each(KeyWork::All), each(KeyWork::Households), each(KeyWork::Words));
    let of_load = load.sources.last().and_then(|source| source.processor_ms_per_record);
    Ok(KeysCost {
        statements: statements.len(),
        all_keys_ms_per_record: all,
        household_keys_ms_per_record: households,
        words_ms_per_record: words,
        load_processor_ms_per_record: of_load,
        household_keys_percent_of_load: of_load.map(|load| 100.0 * households / load),
    })
}
