//! What every record costs: sixteen keyed hashes and pointers, and the sealing of its parts.

#![expect(clippy::expect_used, reason = "a bench that cannot be set up has nothing to measure")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use uuid::Uuid;
use vault::{Bundle, KeyRing, KeyTable, RootKeyName, open_parts, seal_parts};

fn keys(c: &mut Criterion) {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let ring = KeyRing::create(&mut rng);
    let hashes = ring.hashes(RootKeyName::Match).expect("a new ring has every root key");
    let (pointers, _) = ring.pointers(KeyTable::Match).expect("a new ring has every root key");
    let values: Vec<String> = (0..16).map(|n| format!("amina|khan|2014-03-{n:02}")).collect();

    let mut group = c.benchmark_group("sixteen keys of a record");
    group.throughput(Throughput::Elements(1));
    group.bench_function("hashes", |b| {
        b.iter(|| {
            values
                .iter()
                .map(|value| hashes.hash(1, black_box(value.as_bytes())))
                .fold(0, |n, key| n ^ key[0])
        });
    });
    group.bench_function("pointers", |b| {
        b.iter(|| {
            let seal = |value: &String| pointers.seal(1, black_box(value.as_bytes()), [7; 16]);
            values.iter().map(seal).fold(0, |n, row| n ^ row[0])
        });
    });
    let key = pointers.key_for(1, b"amina|khan");
    group.bench_function("one look-up of 98 pointers", |b| {
        b.iter(|| (0..98).fold(0, |n, row| n ^ key.open(black_box([row; 16]))[0]));
    });
    group.finish();
}

fn sealing(c: &mut Criterion) {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let ring = KeyRing::create(&mut rng);
    let owner = Uuid::from_u128(1);
    let mut bundle = Bundle::new();
    for _ in 0..5 {
        bundle.add_slot(&mut rng).expect("five slots fit");
    }
    let (identity, item) = ([b'i'; 500], [b'c'; 180]);
    let parts: [(u16, &[u8]); 5] = [(0, &identity), (1, &item), (2, &item), (3, &item), (4, &item)];
    let blob = seal_parts(&bundle, owner, 1, &parts, &mut rng).expect("short parts seal");
    let row = ring.wrap_bundle(owner, &bundle, &mut rng).expect("a bundle wraps");

    let mut group = c.benchmark_group("a record of five parts");
    group.throughput(Throughput::Elements(1));
    group.bench_function("seal", |b| b.iter(|| seal_parts(&bundle, owner, 1, black_box(&parts), &mut rng)));
    group.bench_function("open", |b| b.iter(|| open_parts(&bundle, owner, 1, black_box(&blob))));
    group.bench_function("wrap bundle", |b| b.iter(|| ring.wrap_bundle(owner, black_box(&bundle), &mut rng)));
    group.bench_function("unwrap bundle", |b| b.iter(|| ring.unwrap_bundle(owner, black_box(&row))));
    group.finish();
}

criterion_group!(benches, keys, sealing);
criterion_main!(benches);
