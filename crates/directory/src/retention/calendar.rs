//! The calendar of a record: what will happen to it, when and why.

use super::{
    Due, DueReason, LifeFacts, RetentionPolicy, archive_due, destruction_due, item_archived_on,
    item_destroyed_on, years_after,
};
use crate::address::LeftEngland;
use crate::child_record::ChildRecord;
use crate::partial_date::PartialDate;
use crate::text_value::coded;
use jiff::civil::Date;

coded! {
    /// What kind of item ended. Which service it was is not told: it may be a sensitive one (law 4).
    ItemKind {
        /// An involvement.
        Involvement = "involvement",
        /// An education setting.
        Education = "education",
    }
}

coded! {
    /// What happens on a day.
    Change {
        /// The record goes to the archive (rule 4.4).
        RecordArchived = "record_archived",
        /// The record's keys are destroyed (rule 4.2).
        RecordDestroyed = "record_destroyed",
        /// An ended item leaves the view (rule 4.9).
        ItemArchived = "item_archived",
        /// An ended item's key is destroyed (rule 4.10).
        ItemDestroyed = "item_destroyed",
        /// Whoever answers for the child looks whether they have come back to England (rule 4.7).
        RecordReviewed = "record_reviewed",
    }
}

/// An item that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndedItem {
    /// What it was.
    pub kind: ItemKind,
    /// Its last day.
    pub end: PartialDate,
}

/// A line of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CalendarEntry {
    /// The day from which it is due.
    pub date: Date,
    /// What happens.
    pub change: Change,
    /// Why, of the whole record.
    pub why: Option<DueReason>,
    /// Which kind of item, and when it ended.
    pub item: Option<EndedItem>,
}

/// Everything that will happen to a record under today's facts, and has not been done before today, in order of date. An
/// item whose turn comes after the whole record's destruction goes with the record and is not listed.
#[must_use]
pub fn calendar(
    facts: &LifeFacts,
    items: &[EndedItem],
    policy: &RetentionPolicy,
    today: Date,
) -> Vec<CalendarEntry> {
    let archive = archive_due(facts, policy);
    let destruction = archive.map(|due| destruction_due(due, policy));
    let of_record =
        |due: Due, change| CalendarEntry { date: due.date, change, why: Some(due.why), item: None };
    let mut lines: Vec<CalendarEntry> = Vec::new();
    lines.extend(archive.map(|due| of_record(due, Change::RecordArchived)));
    lines.extend(destruction.map(|due| of_record(due, Change::RecordDestroyed)));
    let review = |date| CalendarEntry { date, change: Change::RecordReviewed, why: None, item: None };
    let before_archive = |date: &Date| archive.is_none_or(|due| *date < due.date);
    lines.extend(reviews(facts, policy).filter(before_archive).map(review));
    for item in items {
        let line = |date, change| CalendarEntry { date, change, why: None, item: Some(*item) };
        lines.push(line(item_archived_on(item.end, policy), Change::ItemArchived));
        lines.push(line(item_destroyed_on(item.end, policy), Change::ItemDestroyed));
    }
    let gone = destruction.map(|due| due.date);
    lines.retain(|line| {
        // Destruction that is overdue is still to come: the sweep does it.
        let to_come = match line.change {
            Change::RecordDestroyed | Change::ItemDestroyed => true,
            // On its day it is still to be done.
            Change::RecordReviewed => line.date >= today,
            Change::RecordArchived | Change::ItemArchived => line.date > today,
        };
        to_come && (line.item.is_none() || gone.is_none_or(|gone| line.date < gone))
    });
    lines.sort();
    lines
}

/// The days on which the record of a child who left England and may come back is looked at: each year until it is archived
/// (rule 4.7).
fn reviews(facts: &LifeFacts, policy: &RetentionPolicy) -> impl Iterator<Item = Date> {
    let left = facts.left_england.filter(|(intention, _)| *intention != LeftEngland::NoReturnWithin3Years);
    let years = policy.left_england_years;
    left.into_iter().flat_map(move |(_, since)| (1..years).map(move |year| years_after(since, year)))
}

impl ChildRecord {
    /// The items of the record that ended.
    #[must_use]
    pub fn ended_items(&self) -> Vec<EndedItem> {
        let involvements = self.involvements.iter().filter_map(|one| one.value.details().end);
        let education = self.education.iter().filter_map(|one| one.value.end);
        let ended = |kind| move |end| EndedItem { kind, end };
        involvements
            .map(ended(ItemKind::Involvement))
            .chain(education.map(ended(ItemKind::Education)))
            .collect()
    }
}
