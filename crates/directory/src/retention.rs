//! How long a record lives: live, archived, destroyed (law 9, rules 4.1 to 4.10).

mod calendar;
mod hold;

pub use calendar::{CalendarEntry, Change, EndedItem, ItemKind, calendar};
pub use hold::HoldBasis;

use crate::address::LeftEngland;
use crate::age::birthday;
use crate::child_profile::Participation;
use crate::month::Month;
use crate::partial_date::PartialDate;
use crate::text_value::coded;
use guards::Guard;
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The periods of retention; the defaults are those of the rule book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetentionPolicy {
    /// The birthday on which a record goes to the archive, years (rule 4.1).
    pub adult_at: u8,
    /// How long the archive keeps it, years (rule 4.2).
    pub archive_years: u8,
    /// For how many of these years the authority's data managers read it (rule 4.3).
    pub archive_open_years: u8,
    /// For how many hours a record that was retrieved from the archive's later years can be opened, once.
    pub retrieval_hours: u8,
    /// From which age a young person's own consent to stay after eighteen may be recorded (rules 3.5, 3.8).
    pub own_consent_from_age: u8,
    /// How long a record stays live after a death, years (rule 4.6).
    pub after_death_years: u8,
    /// How long a record of a child who left England, and may return, stays live, years (rule 4.7).
    pub left_england_years: u8,
    /// How long an ended involvement is shown, years (rule 4.9).
    pub ended_involvement_years: u8,
    /// How many months ahead at most a [`sweep_month`] may lie (decision 4).
    pub look_ahead_months: u8,
    /// For how many months at least a destroyed record is known again when its source goes on sending it; that of a child who
    /// did not leave England until they would be grown.
    pub suppress_months: u8,
    /// After how many days at most a destroyed key can be read from no copy of the key store any more (law 9, decision 2).
    pub key_horizon_days: u16,
    /// For how many days a generation of wrapping keys is in use; less than the horizon.
    pub generation_days: u16,
    /// How long a legal hold lasts at most, years, 1 to 10.
    pub hold_years: u8,
    /// After how many years the bodies of the trail's entries are destroyed (rule 4.11): 7 to 40, and more than
    /// `archive_years`, so that what was done with a record before it went to the archive can be read for as long as it is kept.
    pub audit_years: u8,
}

impl Default for RetentionPolicy {
    fn default() -> Self {
        Self {
            adult_at: 18,
            archive_years: 6,
            archive_open_years: 1,
            retrieval_hours: 24,
            own_consent_from_age: 16,
            after_death_years: 1,
            left_england_years: 3,
            ended_involvement_years: 1,
            look_ahead_months: 24,
            suppress_months: 36,
            key_horizon_days: 35,
            generation_days: 14,
            hold_years: 3,
            audit_years: 12,
        }
    }
}

coded! {
    /// Why a record is due.
    DueReason {
        /// The eighteenth birthday (rule 4.1).
        EighteenthBirthday = "eighteenth_birthday",
        /// The age a participating young person agreed to (rule 3.9).
        ParticipationEnds = "participation_ends",
        /// The young person withdrew their consent (rule 3.9).
        ParticipationWithdrawn = "participation_withdrawn",
        /// A year after death (rule 4.6).
        YearAfterDeath = "year_after_death",
        /// No date of birth is known, and whoever it is has grown up since it was missed (rule 4.1).
        NoDateOfBirth = "no_date_of_birth",
        /// Left England and will not return within three years (rule 4.7).
        LeftEngland = "left_england",
        /// Left England three years ago and has not returned (rule 4.7).
        NotReturned = "not_returned",
        /// The archive's period has passed (rule 4.2).
        ArchiveEnds = "archive_ends",
    }
}

/// A day on which something is due, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// The day from which it is due.
    pub date: Date,
    /// Why.
    pub why: DueReason,
}

/// The facts on which retention rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LifeFacts {
    /// Date of birth.
    pub date_of_birth: Option<PartialDate>,
    /// Where there is none, by which day they were born as far as is known.
    pub born_by: Option<Date>,
    /// Day of death.
    pub died_on: Option<PartialDate>,
    /// A participating young person's consent.
    pub participation: Option<Participation>,
    /// The statement that the child left England, and since when.
    pub left_england: Option<(LeftEngland, Date)>,
}

impl RetentionPolicy {
    /// How long a generation of wrapping keys is kept after its successor began, days: a key destroyed on its first day is
    /// then out of every copy by the horizon.
    #[must_use]
    pub fn generation_kept_days(&self) -> u16 {
        self.key_horizon_days.saturating_sub(self.generation_days)
    }

    /// The first month of which the bodies of the trail are kept on a day (rule 4.11): each is kept for its whole years.
    #[must_use]
    pub fn first_audit_month(&self, today: Date) -> Month {
        Month::from(today).plus(-12 * i32::from(self.audit_years))
    }

    /// What is wrong with the periods.
    ///
    /// # Errors
    ///
    /// Which setting, and what it must be.
    pub fn validate(&self) -> Result<(), String> {
        if self.generation_days == 0 || self.generation_days >= self.key_horizon_days {
            return Err(
                "retention.generation_days must be at least 1 and less than key_horizon_days".to_owned()
            );
        }
        if self.retrieval_hours == 0 {
            return Err("retention.retrieval_hours must be at least 1".to_owned());
        }
        if self.own_consent_from_age == 0 || self.own_consent_from_age > self.adult_at {
            return Err("retention.own_consent_from_age must be at least 1 and at most adult_at".to_owned());
        }
        if !(1..=10).contains(&self.hold_years) {
            return Err("retention.hold_years must be from 1 to 10".to_owned());
        }
        if !(7..=40).contains(&self.audit_years) || self.audit_years <= self.archive_years {
            return Err(format!(
                "retention.audit_years is {}; make it from 7 to 40, and more than archive_years, which is {}",
                self.audit_years, self.archive_years
            ));
        }
        Ok(())
    }
}

/// Where a record stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Seen by ordinary users.
    Live,
    /// Archived: not found by any ordinary user (rule 4.4).
    Archived(Due),
    /// To be destroyed.
    ToDestroy(Due),
}

/// When the record goes to the archive; `None` when no date can be told yet.
///
/// Of a date of birth known in part, the last possible birthday counts: a child is not lost to those who look for
/// them while they may still be a child.
#[must_use]
pub fn archive_due(facts: &LifeFacts, policy: &RetentionPolicy) -> Option<Due> {
    let grown = match facts.date_of_birth {
        Some(born) => Some(grown_due(born, facts.participation, policy)),
        // Whoever it is was born before that day.
        None => facts
            .born_by
            .map(|since| Due { date: years_after(since, policy.adult_at), why: DueReason::NoDateOfBirth }),
    };
    let died = facts.died_on.map(|died| Due {
        date: years_after(died.latest(), policy.after_death_years),
        why: DueReason::YearAfterDeath,
    });
    let left = facts.left_england.map(|(intention, since)| match intention {
        LeftEngland::NoReturnWithin3Years => Due { date: since, why: DueReason::LeftEngland },
        LeftEngland::ReturnWithin3Years | LeftEngland::NoInformation => {
            Due { date: years_after(since, policy.left_england_years), why: DueReason::NotReturned }
        }
    });
    [grown, died, left].into_iter().flatten().min()
}

/// The eighteenth birthday, or the later day to which a young person's own consent carries the record (rules 3.8, 3.9).
fn grown_due(born: PartialDate, participation: Option<Participation>, policy: &RetentionPolicy) -> Due {
    let adult = Due { date: birthday(born.latest(), policy.adult_at), why: DueReason::EighteenthBirthday };
    let Some(participation) = participation else { return adult };
    let ends = Due { date: birthday(born.latest(), participation.age()), why: DueReason::ParticipationEnds };
    match participation.withdrawn_on() {
        None => ends,
        Some(day) if day <= adult.date => adult,
        Some(day) => ends.min(Due { date: day, why: DueReason::ParticipationWithdrawn }),
    }
}

/// Whether somebody born then is past the birthday on which a record goes to the archive, whatever anybody consented to
/// (rule 4.1).
#[must_use]
pub fn is_grown(born: PartialDate, policy: &RetentionPolicy, today: Date) -> bool {
    grown_on(born, policy) <= today
}

/// Whether somebody born then is old enough to consent themselves that their record stays after eighteen. Of a date of birth known
/// in part the last possible birthday counts, and of none nobody can say so.
#[must_use]
pub fn may_consent_to_stay(born: Option<PartialDate>, policy: &RetentionPolicy, today: Date) -> bool {
    born.is_some_and(|born| birthday(born.latest(), policy.own_consent_from_age) <= today)
}

/// The birthday on which the record of somebody born then goes to the archive, whatever anybody consented to (rule 4.1).
#[must_use]
pub fn grown_on(born: PartialDate, policy: &RetentionPolicy) -> Date {
    birthday(born.latest(), policy.adult_at)
}

/// When an archived record is to be destroyed (rule 4.2).
#[must_use]
pub fn destruction_due(archived: Due, policy: &RetentionPolicy) -> Due {
    Due { date: years_after(archived.date, policy.archive_years), why: DueReason::ArchiveEnds }
}

/// Whether a record that is due for destruction has been in the archive for at least `archive_open_years`. Each birthday comes on its
/// day; that somebody died or left may be stated years later, and wrongly, and must be found out before nothing is left to put
/// right. Nobody reads it meanwhile, by the day that was stated; who said so takes it back. `archived_since` is none while it is live.
#[must_use]
pub fn has_been_in_the_archive(
    why: DueReason,
    archived_since: Option<Date>,
    policy: &RetentionPolicy,
    today: Date,
) -> bool {
    match why {
        DueReason::YearAfterDeath | DueReason::LeftEngland | DueReason::NotReturned => {
            archived_since.is_some_and(|since| archive_closes_on(since, policy) <= today)
        }
        _ => true,
    }
}

/// Where the record stands today.
#[must_use]
pub fn stage(facts: &LifeFacts, policy: &RetentionPolicy, today: Date) -> Stage {
    match archive_due(facts, policy) {
        Some(archive) if archive.date <= today && Guard::Retention.stands() => {
            let destruction = destruction_due(archive, policy);
            if destruction.date <= today { Stage::ToDestroy(destruction) } else { Stage::Archived(archive) }
        }
        _ => Stage::Live,
    }
}

/// The next thing due after today's stage: archive for a live record, destruction for an archived one.
#[must_use]
pub fn next_due(facts: &LifeFacts, policy: &RetentionPolicy, today: Date) -> Option<Due> {
    match stage(facts, policy, today) {
        Stage::Live => archive_due(facts, policy),
        Stage::Archived(archive) => Some(destruction_due(archive, policy)),
        Stage::ToDestroy(due) => Some(due),
    }
}

/// As [`next_due`], with the destruction of ended items inside the record (rule 4.10), given by their last days.
#[must_use]
pub fn next_due_with_items(
    facts: &LifeFacts,
    ends: impl IntoIterator<Item = PartialDate>,
    policy: &RetentionPolicy,
    today: Date,
) -> Option<Due> {
    let items = ends
        .into_iter()
        .map(|end| Due { date: item_destroyed_on(end, policy), why: DueReason::ArchiveEnds })
        .filter(|due| due.date > today);
    next_due(facts, policy, today).into_iter().chain(items).min()
}

/// The month that may stand in the clear as the one in which the record is next looked at: by the given random bytes,
/// one of the next `look_ahead_months`, and never after the true month, so that a sweep overlooks nothing. At the sweep
/// the sealed date decides, and a record not yet due gets a new month.
///
/// A fixed distance from the true month would give away the year of birth; this way all records due later than the
/// horizon look alike. `None` as the due date (nothing can be told yet) looks like any of them.
#[must_use]
pub fn sweep_month(due: Option<Due>, policy: &RetentionPolicy, today: Date, random: [u8; 8]) -> Month {
    let this_month = Month::from(today);
    let horizon = i32::from(policy.look_ahead_months.max(1));
    let away = due.map_or(horizon, |due| Month::from(due.date).months_since(this_month)).min(horizon);
    if away <= 0 {
        return this_month;
    }
    let ahead = u64::from_le_bytes(random) % u64::from(away.unsigned_abs()) + 1;
    this_month.plus(i32::try_from(ahead).unwrap_or(1))
}

/// Whether a record archived then is still in the years in which its authority's data managers read it (rule 4.3).
#[must_use]
pub fn in_first_archive_years(archived: Due, policy: &RetentionPolicy, today: Date) -> bool {
    archived.date <= today && today < archive_closes_on(archived.date, policy)
}

/// From which day on the authority's data managers no longer read a record that was archived then (rule 4.3).
#[must_use]
pub fn archive_closes_on(archived: Date, policy: &RetentionPolicy) -> Date {
    years_after(archived, policy.archive_open_years)
}

/// Where an involvement, school or similar stands inside a live record (rules 4.9, 4.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemStage {
    /// Seen by ordinary users: not ended, or not long ago.
    Shown,
    /// Archived information.
    Archived,
    /// To be destroyed.
    ToDestroy,
}

/// Where an item that ended then, or has not ended, stands today.
#[must_use]
pub fn item_stage(end: Option<PartialDate>, policy: &RetentionPolicy, today: Date) -> ItemStage {
    let Some(end) = end else { return ItemStage::Shown };
    let archived = years_after(end.latest(), policy.ended_involvement_years);
    if today < archived {
        ItemStage::Shown
    } else if today < years_after(archived, policy.archive_years) {
        ItemStage::Archived
    } else {
        ItemStage::ToDestroy
    }
}

/// Whether an involvement, school or similar that ended is still shown (rule 4.9).
#[must_use]
pub fn is_shown_after_end(end: Option<PartialDate>, policy: &RetentionPolicy, today: Date) -> bool {
    item_stage(end, policy, today) == ItemStage::Shown
}

/// When an ended item leaves the view and is archived inside its record (rules 4.9, 4.10).
#[must_use]
pub fn item_archived_on(end: PartialDate, policy: &RetentionPolicy) -> Date {
    years_after(end.latest(), policy.ended_involvement_years)
}

/// When an ended item is destroyed: it was shown for its year, then archived for as long as a record (rules 4.9, 4.10).
#[must_use]
pub fn item_destroyed_on(end: PartialDate, policy: &RetentionPolicy) -> Date {
    years_after(item_archived_on(end, policy), policy.archive_years)
}

/// Whether an ended item has outlived its archive.
#[must_use]
pub fn is_item_overdue(end: Option<PartialDate>, policy: &RetentionPolicy, today: Date) -> bool {
    end.is_some_and(|end| item_destroyed_on(end, policy) <= today)
}

/// The month until which a destroyed record is known again: [`RetentionPolicy::suppress_months`], and by the given random
/// bytes up to a year more, so that the month does not tell when the record was destroyed.
#[must_use]
pub fn suppressed_until(policy: &RetentionPolicy, today: Date, random: [u8; 8]) -> Month {
    let more = u64::from_le_bytes(random) % 12;
    let months = i32::from(policy.suppress_months) + i32::try_from(more).unwrap_or(0);
    Month::from(today).plus(months)
}

/// The month in which it is looked at again whether a destroyed record must still be known: by the given random bytes, as
/// [`sweep_month`], one of the next and never after `end`, so that it does not tell when the child would be grown.
#[must_use]
pub fn known_again_until(end: Date, policy: &RetentionPolicy, today: Date, random: [u8; 8]) -> Month {
    sweep_month(Some(Due { date: end, why: DueReason::EighteenthBirthday }), policy, today, random)
}

/// The same day so many years later; the end of February where a leap day is missing.
fn years_after(date: Date, years: u8) -> Date {
    date.checked_add(i64::from(years).years()).unwrap_or(Date::MAX)
}
