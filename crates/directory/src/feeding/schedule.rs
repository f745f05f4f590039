//! The fixed moments at which receipts become readable: what a source learns, and when, depends on nothing but its own rows
//! and the clock (law 7).

use jiff::Timestamp;

/// The next full so many minutes after `now`, in whole minutes since 1970: never now, so that how long the work took is not
/// told by when its receipt came.
#[must_use]
pub fn next_moment(now: Timestamp, every_minutes: u8) -> Timestamp {
    full_minutes(now, every_minutes, 1)
}

/// The last full so many minutes, now included: what ended before it is told by now.
#[must_use]
pub fn last_moment(now: Timestamp, every_minutes: u8) -> Timestamp {
    full_minutes(now, every_minutes, 0)
}

fn full_minutes(now: Timestamp, every_minutes: u8, further: i64) -> Timestamp {
    let step = i64::from(every_minutes.clamp(1, 60)) * 60;
    let moment = (now.as_second().div_euclid(step) + further) * step;
    Timestamp::from_second(moment).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_read_at_the_full_ten_minutes_after_its_group() {
        let at = |text: &str| next_moment(text.parse().unwrap(), 10).to_string();
        assert_eq!(at("2026-03-02T09:00:00Z"), "2026-03-02T09:10:00Z");
        assert_eq!(at("2026-03-02T09:09:59.999999Z"), "2026-03-02T09:10:00Z");
        assert_eq!(at("2026-03-02T23:55:01Z"), "2026-03-03T00:00:00Z");
        // What ended before the last moment is what has been told by now.
        let instants = ["2026-03-02T09:09:59.999999Z", "2026-03-02T09:10:00Z", "2026-03-02T09:10:00.000001Z"];
        for ended in instants.map(|text| text.parse::<Timestamp>().unwrap()) {
            for now in ["2026-03-02T09:10:00Z", "2026-03-02T09:19:59Z", "2026-03-02T09:20:00Z"] {
                let now = now.parse().unwrap();
                assert_eq!(ended < last_moment(now, 10), next_moment(ended, 10) <= now, "{ended} {now}");
            }
        }
    }
}
