//! An attack on the two blind indexes (decision 6). Somebody holds a copy of the data database and no key. He knows the
//! program and how names, dates and places are spread, and tries to tell which value a row stands for (by rank), and which
//! rows are one child's (by co-occurrence).
//!
//! Each attack is also run on an index that would be weak, so that one which finds nothing is not merely blunt.

#![allow(clippy::print_stdout, reason = "what is recovered is stated, not only bounded")]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::hash::Hash;
use std::ops::Range;
use std::path::Path;
use std::sync::LazyLock;

use directory::Content;
use directory::household::household_keys;
use directory::search::search_keys;
use directory::source_record::Identifier;
use feeds::{Outcome, Profile, Reader};
use linkage::{Model, RawRecord};
use testkit::{Engine, TestDatabases, on_both_databases};
use vault::{KeyRing, KeyTable, RootKeyName};

use crate::feed_files;
use crate::installation::{Installation, invent};
use crate::raw::{Cell, Raw};

const CHILDREN: u32 = 3_000;

/// The sources that are loaded: those that say most of a child. The two others say nothing that makes a key of another kind.
const LOADED: [&str; 4] = ["gro-births", "schools-census", "nhs-gp", "social-care"];

on_both_databases! {
    async fn an_attack_on_the_index_recovers_almost_nothing(db: TestDatabases) {
        let here = Installation::new(db);
        let here_lives = invented(41, &here.path("population"));
        for source in LOADED {
            here.load(source, &here.path("population").join(format!("{source}.csv"))).ended(0);
        }
        let elsewhere = invented(42, &here.path("elsewhere"));
        let ring = here.key_ring().await;
        let mut all = Vec::new();
        for index in &INDEXES {
            let rows = stolen(&here, index, &ring, &here_lives).await;
            an_attack_by_rank_recovers_almost_nothing(index, &rows, &elsewhere);
            all.extend(rows);
        }
        an_index_of_surnames_alone_would_be_recovered_by_rank(&here_lives, &elsewhere);
        rows_of_one_child_do_not_show_themselves(here.db.engine(), &all);
    }
}

/// A statement and the child it is about.
type Statement = (String, Content);

/// Composite values of a statement, each with its kind.
type Values = Vec<(u16, String)>;

/// How many children each value has, by kind.
type Counts = BTreeMap<u16, HashMap<String, usize>>;

/// One of the two indexes: how anybody who has the program makes its values, and which keys hide them.
struct Index {
    table: &'static str,
    values: fn(&Content) -> Values,
    hashes: RootKeyName,
    pointers: KeyTable,
}

const INDEXES: [Index; 2] = [
    Index { table: "match_key", values: match_values, hashes: RootKeyName::Match, pointers: KeyTable::Match },
    Index {
        table: "search_key",
        values: search_values,
        hashes: RootKeyName::Search,
        pointers: KeyTable::Search,
    },
];

/// A row of a stolen table, and the truth about it.
#[derive(Clone)]
struct Row {
    table: &'static str,
    kind: u16,
    hash: [u8; 16],
    pointer: [u8; 16],
    /// PostgreSQL's number of the transaction that wrote it; SQLite keeps no such thing.
    written: String,
    /// What it stands for and whom it points to: for the score alone.
    value: String,
    child: [u8; 16],
}

impl Row {
    /// Which kind of value it stands for, and which.
    fn said(&self) -> (u16, String) {
        (self.kind, self.value.clone())
    }
}

/// Whoever guesses values by their frequency is right about almost no row, even if he knows every frequency exactly.
fn an_attack_by_rank_recovers_almost_nothing(index: &Index, rows: &[Row], elsewhere: &[Statement]) {
    let counts = counted(rows.iter().map(Row::said));
    let (realistic, of_a_kind) = named_by_rank(&counts, &of_children(elsewhere, index.values));
    let (strongest, strongest_of_a_kind) = named_by_rank(&counts, &counts);
    println!(
        "{}: {} rows; rank with another population's frequencies names {} (of the worst kind {}), with its own {} \
         (of the worst kind {})",
        index.table,
        rows.len(),
        percent(realistic),
        percent(of_a_kind),
        percent(strongest),
        percent(strongest_of_a_kind),
    );
    assert!(realistic < 0.001 && of_a_kind < 0.002, "{}", index.table);
    assert!(strongest < 0.01, "{}", index.table);
    // What a household shares is a list as long as the household, and the few large ones stand out: to somebody who knows
    // every frequency exactly, and has nothing more to learn by it. No other kind gives him as much.
    let of =
        |shared: bool| counted(rows.iter().filter(|row| (row.kind >= HOUSEHOLD) == shared).map(Row::said));
    let worst = |counts: Counts| named_by_rank(&counts, &counts).1;
    let (compared, shared) = (worst(of(false)), worst(of(true)));
    println!(
        "{}: of the worst kind {}, of what a household shares {}",
        index.table,
        percent(compared),
        percent(shared)
    );
    assert!(compared < 0.02 && shared < 0.06, "{}: {compared}, {shared}", index.table);
    assert!(strongest_of_a_kind <= compared.max(shared));
}

/// The same attack finds what there is to find: names alone have ranks of their own, and so have their first letters, which are
/// alike in every population.
fn an_index_of_surnames_alone_would_be_recovered_by_rank(here: &[Statement], elsewhere: &[Statement]) {
    let whole = of_children(here, surnames);
    let (realistic, _) = named_by_rank(&whole, &of_children(elsewhere, surnames));
    let (strongest, _) = named_by_rank(&whole, &whole);
    let (letters, _) = named_by_rank(&of_children(here, initials), &of_children(elsewhere, initials));
    println!(
        "an index of surnames, to compare: {}, with its own {}; of their first letters {}",
        percent(realistic),
        percent(strongest),
        percent(letters)
    );
    assert!(strongest > 0.04 && letters > 0.1);
}

/// Two rows of one child look to the thief almost like any two rows.
fn rows_of_one_child_do_not_show_themselves(engine: Engine, rows: &[Row]) {
    let all = sharing(rows, |_| ());
    let state = |attack: &str, pairs: Pairs| {
        let (share, found) = (percent(pairs.share()), percent(pairs.right as f64 / all.right as f64));
        println!(
            "{engine:?}: {attack}: {share} of {} named pairs are right, {found} of those there are",
            pairs.named
        );
        pairs
    };
    let chance = state("any two rows", all).share();
    assert_eq!(state("alike pointers", told_by_pointer(rows)).named, 0);
    let bare: Vec<Row> = rows.iter().map(|row| Row { pointer: row.child, ..row.clone() }).collect();
    let bare = state("alike pointers, if they were bare", told_by_pointer(&bare));
    assert!(bare.right * 100 > all.right * 99 && bare.share() > 0.99);

    let place = |row: &Row| (row.table, row.hash, row.pointer);
    // PostgreSQL's rows lie as they came: what that tells is told by their transactions, below.
    assert!(
        engine == Engine::Postgres || rows.is_sorted_by_key(place),
        "rows lie in another order than that of their keys"
    );
    let mut ordered = rows.to_vec();
    ordered.sort_by_key(place);
    assert!(state("neighbours in the order of the keys", near(&ordered)).share() < 1.5 * chance);
    ordered.sort_by_key(|row| row.child);
    assert!(state("neighbours, if they came child by child", near(&ordered)).share() > 0.5);

    assert!(state("lists of equal size", told_by_size(rows, false)).share() < 1.5 * chance);
    // Long lists of two kinds whose size is their own are often the same children: but which row is whose, nothing tells.
    let lone = state("lists of a size that one list of each kind has", told_by_size(rows, true));
    assert!(lone.share() < 0.2 && lone.right * 2_000 < all.right);

    // A known limit (SECURITY.md): a group of records is written together, and PostgreSQL keeps which rows were.
    if engine == Engine::Postgres {
        assert!(state("written in one transaction", sharing(rows, |row| &row.written)).share() < 0.01);
    }
}

/// The share of all rows, and of the rows of the worst kind, that get their true value when ranks are mapped to ranks.
fn named_by_rank(stolen: &Counts, known: &Counts) -> (f64, f64) {
    let none = HashMap::new();
    let (mut named, mut rows, mut worst) = (0.0, 0.0, 0.0_f64);
    for (kind, values) in stolen {
        let of_kind = rows_named(&ranked(values), &ranked(known.get(kind).unwrap_or(&none)));
        let all = values.values().sum::<usize>() as f64;
        worst = worst.max(of_kind / all);
        named += of_kind;
        rows += all;
    }
    (named / rows, worst)
}

/// Values of one frequency: nothing tells which of these ranks is whose.
struct Tie<'a> {
    ranks: Range<usize>,
    children: usize,
    values: HashSet<&'a str>,
}

/// The most frequent first.
fn ranked(counts: &HashMap<String, usize>) -> Vec<Tie<'_>> {
    let mut ties: BTreeMap<usize, HashSet<&str>> = BTreeMap::new();
    for (value, children) in counts {
        ties.entry(*children).or_default().insert(value);
    }
    let mut next = 0;
    let tie = |(children, values): (usize, HashSet<_>)| {
        let first = next;
        next += values.len();
        Tie { ranks: first..next, children, values }
    };
    ties.into_iter().rev().map(tie).collect()
}

/// How many rows get their true value, on average over every way of ordering what is tied: so the luck of one order, which
/// the keys decide, is not in the figure.
fn rows_named(stolen: &[Tie<'_>], known: &[Tie<'_>]) -> f64 {
    let mut named = 0.0;
    for tie in stolen {
        for other in known {
            let shared =
                tie.ranks.end.min(other.ranks.end).saturating_sub(tie.ranks.start.max(other.ranks.start));
            if shared > 0 {
                let both = tie.values.intersection(&other.values).count();
                // A value of both stands at one of the shared ranks by chance, and is then given to one of the tie's hashes.
                let right =
                    both as f64 * shared as f64 / (other.values.len() as f64 * tie.values.len() as f64);
                named += right * tie.children as f64;
            }
        }
    }
    named
}

/// Pairs of rows that are said to be one child's, and how many are.
#[derive(Clone, Copy, Debug)]
struct Pairs {
    named: usize,
    right: usize,
}

impl Pairs {
    fn share(self) -> f64 {
        self.right as f64 / self.named.max(1) as f64
    }
}

/// Names every two rows that have the same trace.
fn sharing<'a, T: Hash + Eq>(rows: impl IntoIterator<Item = &'a Row>, trace: impl Fn(&'a Row) -> T) -> Pairs {
    let mut alike: HashMap<T, HashMap<[u8; 16], usize>> = HashMap::new();
    for row in rows {
        *alike.entry(trace(row)).or_default().entry(row.child).or_default() += 1;
    }
    let pairs = |count: usize| count * (count - 1) / 2;
    Pairs {
        named: alike.values().map(|children| pairs(children.values().sum())).sum(),
        right: alike.values().flat_map(HashMap::values).map(|rows| pairs(*rows)).sum(),
    }
}

/// Names rows whose pointers are equal in one half or the other, or with the hash taken off: the attack that names most.
fn told_by_pointer(rows: &[Row]) -> Pairs {
    let attacks: [fn(&Row) -> u128; 3] = [
        |row| u128::from_be_bytes(row.pointer) >> 64,
        |row| u128::from_be_bytes(row.pointer) << 64,
        |row| u128::from_be_bytes(row.pointer) ^ u128::from_be_bytes(row.hash),
    ];
    attacks.into_iter().map(|trace| sharing(rows, trace)).max_by_key(|pairs| pairs.named).unwrap()
}

/// Names rows that lie at most eight apart: neighbours alone would be too few for a steady figure.
fn near(rows: &[Row]) -> Pairs {
    let pairs = (1..=8).flat_map(|apart| rows.iter().zip(rows.iter().skip(apart)));
    let right = pairs.clone().filter(|(one, other)| one.child == other.child).count();
    Pairs { named: pairs.count(), right }
}

/// Names every row of one list with every row of another that is as long; if `lone`, only lists of a size that no other list
/// of their kind has.
fn told_by_size(rows: &[Row], lone: bool) -> Pairs {
    let mut sizes: HashMap<[u8; 16], usize> = HashMap::new();
    rows.iter().for_each(|row| *sizes.entry(row.hash).or_default() += 1);
    let mut lists: HashMap<(&str, u16, usize), HashSet<[u8; 16]>> = HashMap::new();
    for row in rows {
        lists.entry((row.table, row.kind, sizes[&row.hash])).or_default().insert(row.hash);
    }
    let alone = |row: &&Row| lists[&(row.table, row.kind, sizes[&row.hash])].len() == 1;
    let chosen = || rows.iter().filter(|row| !lone || alone(row));
    let alike = sharing(chosen(), |row| sizes[&row.hash]);
    // A child stands in a list once, and he knows it.
    let within = sharing(chosen(), |row| row.hash);
    Pairs { named: alike.named - within.named, right: alike.right }
}

/// Invents a population into a folder, and reads every statement of it.
fn invented(seed: u64, folder: &Path) -> Vec<Statement> {
    invent(CHILDREN, seed, folder);
    let (_, truth) = feed_files::read(&folder.join("truth.csv"));
    let child_of: HashMap<(&str, &str), &str> =
        truth.iter().map(|row| ((row[0].as_str(), row[1].as_str()), row[3].as_str())).collect();
    let mut statements = Vec::new();
    for source in LOADED {
        let file = format!("{source}.csv");
        let open = File::open(folder.join(&file)).unwrap();
        let options = feeds::Options::new(file, population::DEFAULT_AS_OF);
        for outcome in Reader::open(open, Profile::named(source).unwrap(), options).unwrap() {
            match outcome.unwrap() {
                Outcome::Accepted(row) => {
                    statements.push((child_of[&(source, row.record_id.as_str())].to_owned(), row.content));
                }
                Outcome::Quarantined(row) => panic!("{source}: {row:?}"),
            }
        }
    }
    statements
}

fn surnames(content: &Content) -> Values {
    content.names.iter().map(|name| (0, name.surname().to_uppercase())).collect()
}

fn initials(content: &Content) -> Values {
    surnames(content).into_iter().map(|(kind, name)| (kind, name.chars().take(1).collect())).collect()
}

fn search_values(content: &Content) -> Values {
    let keys = search_keys(content, false);
    keys.into_iter().map(|key| (u16::try_from(key.kind.number()).unwrap(), key.value)).collect()
}

fn match_values(content: &Content) -> Values {
    static MODEL: LazyLock<Model> = LazyLock::new(Model::children);
    let keys = MODEL.blocking_keys(&MODEL.prepare(&blocked_by(content)));
    let matching = keys.into_iter().map(|key| (key.rule, key.value));
    let shared = household_keys(content).into_iter().map(|key| (HOUSEHOLD + key.tie as u16, key.value));
    matching.chain(shared).collect()
}

/// Where the kinds of what a household shares begin.
const HOUSEHOLD: u16 = 0x4000;

/// What of a statement the shipped model blocks by. Whatever this forgot would be missed when the stolen rows are read.
fn blocked_by(content: &Content) -> RawRecord {
    let mut raw = RawRecord::new();
    for (position, name) in content.names.iter().enumerate() {
        let (forenames, surname) =
            if position == 0 { ("forenames", "surname") } else { ("alias_forenames", "alias_surname") };
        raw.push(forenames, name.forenames());
        raw.push(surname, name.surname());
    }
    if let Some(born) = content.date_of_birth {
        raw.push("date_of_birth", born.to_string());
    }
    let current = content.whereabouts.as_ref().and_then(|whereabouts| whereabouts.address());
    for address in current.into_iter().chain(&content.previous_addresses) {
        raw.push("postcode", address.postcode.as_ref().map_or_else(String::new, ToString::to_string));
    }
    for identifier in &content.identifiers {
        let field = match identifier {
            Identifier::NhsNumber(_) => "nhs_number",
            Identifier::Upn(_) => "upn",
            Identifier::BirthRegistration(_) => "birth_registration",
            Identifier::ChildBenefit(_) => continue,
        };
        raw.push(field, identifier.value());
    }
    raw
}

/// What somebody who knows these children counts: a value once a child.
fn of_children(statements: &[Statement], values: impl Fn(&Content) -> Values) -> Counts {
    let of = |(child, content): &Statement| {
        let child = child.clone();
        values(content).into_iter().map(move |(kind, value)| (child.clone(), kind, value)).collect::<Vec<_>>()
    };
    let told: HashSet<(String, u16, String)> = statements.iter().flat_map(of).collect();
    counted(told.into_iter().map(|(_, kind, value)| (kind, value)))
}

fn counted(values: impl Iterator<Item = (u16, String)>) -> Counts {
    let mut counts = Counts::new();
    for (kind, value) in values {
        *counts.entry(kind).or_default().entry(value).or_default() += 1;
    }
    counts
}

/// The rows of an index as they lie in the stolen table. It takes the installation's keys to know the truth about them.
async fn stolen(here: &Installation, index: &Index, ring: &KeyRing, statements: &[Statement]) -> Vec<Row> {
    let hashes = ring.hashes(index.hashes).unwrap();
    let (pointers, _) = ring.pointers(index.pointers).unwrap();
    let value_of: HashMap<[u8; 16], String> = statements
        .iter()
        .flat_map(|(_, content)| (index.values)(content))
        .map(|(kind, value)| (hashes.hash(kind, value.as_bytes()), value))
        .collect();
    let written = if here.is_embedded() { "''" } else { "CAST(xmin AS text)" };
    let sql = format!("SELECT key_hash, kind, pointer, {written} AS written FROM {}", index.table);
    let rows: Vec<Row> = Raw::connect(&here.db.data_url)
        .await
        .rows(&sql)
        .await
        .iter()
        .map(|row| {
            let (hash, pointer) = (key(&row["key_hash"]), key(&row["pointer"]));
            let kind = u16::try_from(row["kind"].number()).unwrap();
            let value = value_of.get(&hash).expect("a row of a value that nobody stated").clone();
            let child = pointers.open(kind, value.as_bytes(), pointer);
            Row {
                table: index.table,
                kind,
                hash,
                pointer,
                written: row["written"].text().to_owned(),
                value,
                child,
            }
        })
        .collect();
    let found: HashSet<[u8; 16]> = rows.iter().map(|row| row.hash).collect();
    assert_eq!(found.len(), value_of.len(), "{}: values that have no row", index.table);
    rows
}

fn key(cell: &Cell) -> [u8; 16] {
    cell.bytes().try_into().unwrap()
}

fn percent(share: f64) -> String {
    format!("{:.3} %", share * 100.0)
}
