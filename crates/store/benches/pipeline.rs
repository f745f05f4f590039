//! What the store alone allows to a load: groups of records with eight matching and eight search keys each, written durably,
//! and the candidates of a group fetched back.
//!
//! `cargo bench -p store -- [--records N] [--group N] [--postgres DATA_URL KEYS_URL]`; without an address it measures SQLite
//! in a folder made where it is started. The server's `fsync` must be on for its figures to mean anything; it is printed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]
#![expect(clippy::disallowed_methods, reason = "a bench measures time")]

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::{Duration, Instant};
use store::children::ChildRow;
use store::key_store::{self, BundleRow, GenerationRow};
use store::links::{LinkKind, LinkRow};
use store::organisations::{OrganisationRow, OrganisationState};
use store::runs::{RunCounts, RunKind, RunRow, RunState};
use store::source_records::{RecordState, SourceRecordRow};
use store::sources::{SourceRow, SourceState};
use store::{
    Engine, Key16, KeyRow, Options, Store, Uuid, child_numbers, children, in_bucket, links, match_keys,
    organisations, runs, search_keys, source_records, sources,
};

/// Keys of each kind a record has.
const KEYS: u64 = 8;
/// Records of one child, which share their keys.
const RECORDS_PER_CHILD: u64 = 3;
const SOURCE: Uuid = Uuid::from_u128(1);
const RUN: Uuid = Uuid::from_u128(2);

struct Settings {
    records: u64,
    group: u64,
    postgres: Option<(String, String)>,
    options: Options,
}

fn settings() -> Settings {
    let mut settings = Settings { records: 200_000, group: 200, postgres: None, options: Options::default() };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--records" => settings.records = arguments.next().unwrap().parse().unwrap(),
            "--group" => settings.group = arguments.next().unwrap().parse().unwrap(),
            "--checkpoint-pages" => {
                settings.options.checkpoint_pages = arguments.next().unwrap().parse().unwrap()
            }
            "--cache-kib" => settings.options.writer_cache_kib = arguments.next().unwrap().parse().unwrap(),
            "--mmap-bytes" => settings.options.mmap_bytes = arguments.next().unwrap().parse().unwrap(),
            "--postgres" => settings.postgres = Some((arguments.next().unwrap(), arguments.next().unwrap())),
            _ => {}
        }
    }
    settings
}

fn main() {
    let settings = settings();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(run(settings));
}

async fn run(settings: Settings) {
    let folder = tempfile::TempDir::new_in(".").unwrap();
    let (data, keys) = settings.postgres.clone().unwrap_or_else(|| {
        let at = |sub: &str| format!("sqlite:{}/{sub}/{sub}.db", folder.path().display());
        (at("data"), at("keys"))
    });
    let store = Store::open(&data, &keys, &settings.options).await.unwrap();
    prepare(&store).await;
    let mut chance = ChaCha8Rng::seed_from_u64(1);
    write(&store, &settings, &mut chance).await;
    fetch(&store, &settings, &mut chance).await;
    search(&store, &settings, &mut chance).await;
    memory();
    if store.engine() == Engine::Sqlite {
        let size = |sub: &str| std::fs::metadata(folder.path().join(sub)).map_or(0, |m| m.len() >> 20);
        println!(
            "files: data {} MiB, its log {} MiB, keys {} MiB",
            size("data/data.db"),
            size("data/data.db-wal"),
            size("keys/keys.db")
        );
    }
    store.close().await;
}

async fn prepare(store: &Store) {
    let mut tx = store.begin_keys().await.unwrap();
    let row = GenerationRow {
        generation: 1,
        wrapped: Some(vec![1; 40]),
        created_month: "2026-11".into(),
        destroyed: false,
        begun_on: None,
    };
    key_store::insert_generation(&mut tx, &row).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.begin().await.unwrap();
    let organisation = OrganisationRow {
        organisation_id: SOURCE,
        kind: "local_authority".into(),
        authority_code: None,
        name: "Bench".into(),
        state: OrganisationState::Accredited,
        accredited_until: None,
        parent_id: None,
        sector: "other".into(),
        capabilities: String::new(),
        sealed: None,
    };
    organisations::put(&mut tx, &organisation).await.unwrap();
    let source = SourceRow {
        source_id: SOURCE,
        name: "bench".into(),
        profile: "bench".into(),
        organisation_id: SOURCE,
        authority_code: None,
        precedence: 1,
        one_record_per_child: false,
        state: SourceState::Live,
    };
    sources::put(&mut tx, &source).await.unwrap();
    let run = RunRow {
        run_id: RUN,
        source_id: SOURCE,
        file_digest: Key16::default(),
        kind: RunKind::Full,
        state: RunState::Running,
        counts: RunCounts::default(),
        started_at: 0,
        ended_at: None,
        sequence: None,
        rows_in_file: None,
    };
    runs::start(&mut tx, &run).await.unwrap();
    tx.commit().await.unwrap();
}

fn mix(kind: u64, n: u64) -> [u8; 16] {
    let mut bytes = [0; 16];
    ChaCha8Rng::seed_from_u64(kind << 40 | n).fill_bytes(&mut bytes);
    bytes
}

fn key_of(table: u64, child: u64, kind: u64) -> Key16 {
    Key16(mix(10 + table * 20 + kind, child))
}

fn record_id(n: u64) -> Uuid {
    in_bucket(Uuid::from_bytes(mix(1, n)), &Key16(mix(2, n)))
}

fn child_id(n: u64) -> Uuid {
    Uuid::from_bytes(mix(3, n))
}

fn sealed(chance: &mut ChaCha8Rng, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    chance.fill_bytes(&mut bytes);
    bytes
}

fn keys(table: u64, numbers: &[u64]) -> Vec<KeyRow> {
    let of_record = |n: &u64| {
        let n = *n;
        (0..KEYS).map(move |kind| KeyRow {
            key_hash: key_of(table, n / RECORDS_PER_CHILD, kind),
            kind: kind as i64,
            tier: 1,
            epoch: 1,
            pointer: Key16(mix(50 + table * 20 + kind, n)),
        })
    };
    numbers.iter().flat_map(of_record).collect()
}

/// Where the time of a group goes.
#[derive(Default)]
struct Spent {
    making: Duration,
    bundles: Duration,
    records: Duration,
    links: Duration,
    keys: Duration,
    commit: Duration,
}

async fn write(store: &Store, settings: &Settings, chance: &mut ChaCha8Rng) {
    let (started, used) = (Instant::now(), processor());
    let mut slices: Vec<Duration> = Vec::new();
    let mut spent = Spent::default();
    for first in (0..settings.records).step_by(settings.group as usize) {
        let numbers: Vec<u64> = (first..(first + settings.group).min(settings.records)).collect();
        let begun = Instant::now();
        write_group(store, &numbers, chance, &mut spent).await;
        slices.push(begun.elapsed());
        let done = first + settings.group;
        if done % (settings.records / 5).max(1) < settings.group {
            println!(
                "written {done} records: {:.0} a second so far",
                done as f64 / started.elapsed().as_secs_f64()
            );
        }
    }
    println!(
        "write: {:.0} records a second, durable; a group of {}: {}",
        settings.records as f64 / started.elapsed().as_secs_f64(),
        settings.group,
        spread(slices)
    );
    println!("  processor time {:.1?}, of which the making of rows {:.1?}", processor() - used, spent.making);
    println!(
        "  of which key bundles {:.1?}, records and children {:.1?}, links {:.1?}, keys {:.1?}, commit {:.1?}",
        spent.bundles, spent.records, spent.links, spent.keys, spent.commit
    );
}

async fn write_group(store: &Store, numbers: &[u64], chance: &mut ChaCha8Rng, spent: &mut Spent) {
    let at = processor();
    let bundles: Vec<BundleRow> = numbers
        .iter()
        .map(|n| BundleRow { owner_id: record_id(*n), generation: 1, wrapped: sealed(chance, 150) })
        .collect();
    let records: Vec<SourceRecordRow> = numbers
        .iter()
        .map(|n| SourceRecordRow {
            record_id: record_id(*n),
            source_id: SOURCE,
            local_key: Key16(mix(2, *n)),
            version: 1,
            digest: Key16(mix(4, *n)),
            sealed: sealed(chance, 900),
            hold_until: 0,
            state: RecordState::Live,
        })
        .collect();
    let new_children: Vec<u64> = numbers
        .iter()
        .filter(|n| n.is_multiple_of(RECORDS_PER_CHILD))
        .map(|n| n / RECORDS_PER_CHILD)
        .collect();
    let children: Vec<ChildRow> = new_children
        .iter()
        .map(|n| ChildRow {
            child_id: child_id(*n),
            sealed: sealed(chance, 300),
            version: 1,
            readable_from: 0,
            retention_month: "2031-01".into(),
            authority: "E08000025".into(),
        })
        .collect();
    let child_numbers: Vec<(Key16, Uuid)> =
        new_children.iter().map(|n| (Key16(mix(5, *n)), child_id(*n))).collect();
    let links: Vec<LinkRow> = numbers
        .iter()
        .map(|n| LinkRow {
            child_id: child_id(n / RECORDS_PER_CHILD),
            record_id: record_id(*n),
            kind: LinkKind::Automatic,
            author: "matcher".into(),
            model_version: "bench-1".into(),
            weight_millibits: 20_000,
            sealed: sealed(chance, 250),
        })
        .collect();
    let (match_rows, search_rows) = (keys(0, numbers), keys(1, numbers));
    spent.making += processor() - at;

    let at = Instant::now();
    let mut tx = store.begin_feed_keys().await.unwrap();
    key_store::put_bundles(&mut tx, &bundles).await.unwrap();
    tx.commit().await.unwrap();
    spent.bundles += at.elapsed();

    let mut tx = store.begin_feed().await.unwrap();
    let at = Instant::now();
    source_records::insert(&mut tx, &records).await.unwrap();
    children::put(&mut tx, &children).await.unwrap();
    child_numbers::insert(&mut tx, &child_numbers).await.unwrap();
    spent.records += at.elapsed();
    let at = Instant::now();
    links::put(&mut tx, &links).await.unwrap();
    spent.links += at.elapsed();
    let at = Instant::now();
    match_keys::insert(&mut tx, &match_rows).await.unwrap();
    search_keys::insert(&mut tx, &search_rows).await.unwrap();
    spent.keys += at.elapsed();
    let at = Instant::now();
    runs::progress(&mut tx, RUN, RunState::Running, &RunCounts::default(), None).await.unwrap();
    tx.commit().await.unwrap();
    spent.commit += at.elapsed();
}

/// The candidates of a group: the hits of its keys, then those records with their children.
async fn fetch(store: &Store, settings: &Settings, chance: &mut ChaCha8Rng) {
    let (mut of_keys, mut of_records, mut hits) = (Vec::new(), Vec::new(), 0);
    let mut reader = store.reader().await.unwrap();
    let used = processor();
    for _ in 0..100 {
        let wanted: Vec<u64> =
            (0..settings.group).map(|_| chance.random_range(0..settings.records)).collect();
        let keys: Vec<Key16> = wanted
            .iter()
            .flat_map(|n| (0..KEYS).map(move |kind| key_of(0, n / RECORDS_PER_CHILD, kind)))
            .collect();
        let begun = Instant::now();
        hits += match_keys::lookup(&mut reader, &keys, 50).await.unwrap().len();
        of_keys.push(begun.elapsed());
        let ids: Vec<Uuid> = wanted
            .iter()
            .flat_map(|n| {
                (0..RECORDS_PER_CHILD).map(move |i| record_id(n / RECORDS_PER_CHILD * RECORDS_PER_CHILD + i))
            })
            .collect();
        let begun = Instant::now();
        source_records::by_ids(&mut reader, &ids).await.unwrap();
        of_records.push(begun.elapsed());
    }
    println!("fetch: processor time a group {:.2?}", (processor() - used) / 100);
    println!("fetch: {} keys at once ({} hits): {}", settings.group * KEYS, hits / 100, spread(of_keys));
    println!(
        "fetch: {} records with their children at once: {}",
        settings.group * RECORDS_PER_CHILD,
        spread(of_records)
    );
}

/// One search: eight keys, then the records behind them.
async fn search(store: &Store, settings: &Settings, chance: &mut ChaCha8Rng) {
    let mut times = Vec::new();
    let mut reader = store.reader().await.unwrap();
    let used = processor();
    for _ in 0..2000 {
        let child = chance.random_range(0..settings.records / RECORDS_PER_CHILD);
        let keys: Vec<Key16> = (0..KEYS).map(|kind| key_of(1, child, kind)).collect();
        let begun = Instant::now();
        search_keys::lookup(&mut reader, &keys, 50).await.unwrap();
        let ids: Vec<Uuid> =
            (0..RECORDS_PER_CHILD).map(|i| record_id(child * RECORDS_PER_CHILD + i)).collect();
        source_records::by_ids(&mut reader, &ids).await.unwrap();
        times.push(begun.elapsed());
    }
    println!("search: processor time {:.2?}", (processor() - used) / 2000);
    println!("search: {KEYS} keys, then {RECORDS_PER_CHILD} records: {}", spread(times));
}

fn spread(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    format!("p50 {:.2?}, p99 {:.2?}, longest {:.2?}", at(0.5), at(0.99), at(1.0))
}

/// Processor time of this process so far, all threads: on a busy machine the clock on the wall says little.
fn processor() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks: u64 = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|t| t.parse::<u64>().unwrap())
        .sum();
    Duration::from_millis(ticks * 10)
}

fn memory() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let lines: Vec<&str> = status
        .lines()
        .filter(|l| ["VmHWM", "RssAnon", "RssFile"].iter().any(|name| l.starts_with(name)))
        .collect();
    println!("memory: {}", lines.join(", ").replace('\t', " "));
}
