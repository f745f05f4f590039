//! Nothing is allocated for a pair: an allocator that counts, by thread, says so.
#![allow(
    unsafe_code,
    reason = "a global allocator is unsafe to write; this one counts and hands on to the system's"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use linkage::{Model, Prepared, RawRecord};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    // Gone while a thread ends; what it allocates then is nobody's pair.
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
}

// SAFETY: every call is handed on unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's contract is the system's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from the system's allocator.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's contract is the system's.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the pointer came from the system's allocator.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(work: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.with(Cell::get);
    work();
    ALLOCATIONS.with(Cell::get) - before
}

/// Records as sources give them: several names, aliases, former addresses, slips, things missing.
fn records(model: &Model) -> Vec<Prepared> {
    let forenames = [
        "Joseph",
        "Jospeh Daniel",
        "Joe",
        "Mohammed Yusuf",
        "Muhammad",
        "Anne-Marie",
        "Ann Marie",
        "Baby",
        "",
        "Zoë",
        "Мария",
        "J",
        "Hodan Ibrahim",
        "Katerina",
    ];
    let surnames =
        ["Hughes", "Hewes", "Smith-Jones", "Jones Smith", "Kowalska", "Al-Hassan", "Joseph", "Unknown"];
    let dates = ["2014-03-09", "2014-09-03", "2014-01-01", "2014-03", "", "2013-03-09", "2011-11-27"];
    let homes = [
        ("LS6 1AB", "12 High Street"),
        ("LS6 1AC", "Flat 2, 12 High St"),
        ("M1 1AE", ""),
        ("", "Rose Cottage, Mill Lane"),
    ];
    let numbers = ["9434765919", "9434765918", "4010232137", ""];
    let mut records = Vec::new();
    for (i, forename) in forenames.iter().enumerate() {
        for (j, surname) in surnames.iter().enumerate() {
            let pick = i * 5 + j * 3;
            let (postcode, address) = homes[pick % homes.len()];
            let (former, line) = homes[(pick + 1) % homes.len()];
            let raw = RawRecord::new()
                .with("forenames", *forename)
                .with("surname", *surname)
                .with("alias_forenames", forenames[(i + j) % forenames.len()])
                .with("alias_surname", surnames[(i * j) % surnames.len()])
                .with("date_of_birth", dates[pick % dates.len()])
                .with("gender", ["F", "M", "N"][pick % 3])
                .with("postcode", postcode)
                .with("address", address)
                .with("postcode", former)
                .with("address", line)
                .with("nhs_number", numbers[pick % numbers.len()]);
            records.push(model.prepare(&raw));
        }
    }
    records
}

#[test]
fn weighing_a_pair_allocates_nothing() {
    let model = Model::children();
    let records = records(&model);
    let mut sum = model.score(&records[0], &records[1]);
    let mut pairs = 0u32;
    let counted = allocations(|| {
        for a in &records {
            for b in &records {
                sum += model.score(a, b);
                pairs += 1;
            }
        }
    });
    assert!(pairs > 10_000 && sum.is_finite());
    assert_eq!(counted, 0, "in {pairs} pairs");
}

#[test]
fn the_counter_counts() {
    let model = Model::children();
    let records = records(&model);
    assert!(allocations(|| drop(model.compare(&records[0], &records[1]))) > 0, "evidence has names in it");
}
