use crate::children::at;
use directory::hold::{HoldPolicy, is_readable};

#[test]
fn a_first_sighting_is_read_ten_minutes_later_to_the_full_minute() {
    let policy = HoldPolicy::default();
    for (arrived, readable) in [
        ("2026-11-22T10:00:00Z", "2026-11-22T10:10:00Z"),
        ("2026-11-22T10:00:00.000001Z", "2026-11-22T10:11:00Z"),
        ("2026-11-22T10:00:59Z", "2026-11-22T10:11:00Z"),
        ("1969-12-31T23:59:30Z", "1970-01-01T00:10:00Z"),
    ] {
        assert_eq!(policy.until(at(arrived)), at(readable));
    }
}

#[test]
fn a_held_record_cannot_be_read_before_its_time() {
    let until = at("2026-11-22T10:10:00Z");
    assert!(!is_readable(until, at("2026-11-22T10:09:59.999999Z")));
    assert!(is_readable(until, until));
}
