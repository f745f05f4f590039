//! Who looked at a record, as a family is told it (rule 14.4).

use crate::month::Month;
use crate::organisation::Sector;
use jiff::civil::Date;
use serde::Serialize;
use std::collections::BTreeMap;

/// How a practitioner saw something of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// They opened it.
    Opened,
    /// It stood in a list of what a search had found.
    Listed,
}

/// One time that a practitioner saw something of the record. The directory's own offices are not among them: that a desk looked would
/// tell that there was something for it to do. An override reads like any other opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// How.
    pub seen: Seen,
    /// The day.
    pub on: Date,
    /// The sector of the organisation for which it was seen.
    pub sector: Sector,
    /// The organisation's name.
    pub organisation: String,
}

/// How much of it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessDepth {
    /// How often, by sector and month.
    SectorAndMonth,
    /// Each day, and the organisation where the same letter names it as working with the child.
    OrganisationAndDay,
}

/// How often a sector saw something of the record in a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccessMonth {
    /// The month.
    pub month: Month,
    /// The sector.
    pub sector: Sector,
    /// How often it was opened. One's own history is counted exactly: it is about nobody else.
    pub times: u64,
    /// In how many lists it stood, opened afterwards or not.
    pub listed: u64,
}

/// One opening or list, told by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct AccessLine {
    /// The day.
    pub on: Date,
    /// The sector.
    pub sector: Sector,
    /// The organisation, where it is named.
    pub organisation: Option<String>,
    /// How it was seen.
    pub seen: Seen,
}

/// Who looked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AccessHistory {
    /// By month and sector, the newest month first.
    pub months: Vec<AccessMonth>,
    /// One by one, the newest first; none unless that was released.
    pub days: Vec<AccessLine>,
}

impl AccessHistory {
    /// What is told of `accesses`. An organisation is named only where the letter names it already: which others looked may
    /// be what the letter leaves out.
    pub(super) fn of(accesses: &[Access], depth: AccessDepth, named: &[&str]) -> Self {
        let mut counted: BTreeMap<(Month, Sector), (u64, u64)> = BTreeMap::new();
        for access in accesses {
            let (times, listed) = counted.entry((Month::from(access.on), access.sector)).or_default();
            match access.seen {
                Seen::Opened => *times += 1,
                Seen::Listed => *listed += 1,
            }
        }
        let mut months: Vec<AccessMonth> = counted
            .into_iter()
            .map(|((month, sector), (times, listed))| AccessMonth { month, sector, times, listed })
            .collect();
        months.sort_by(|a, b| b.month.cmp(&a.month).then(a.sector.cmp(&b.sector)));
        let mut days: Vec<AccessLine> = match depth {
            AccessDepth::SectorAndMonth => Vec::new(),
            AccessDepth::OrganisationAndDay => accesses
                .iter()
                .map(|access| AccessLine {
                    on: access.on,
                    sector: access.sector,
                    organisation: Some(access.organisation.clone())
                        .filter(|name| named.contains(&name.as_str())),
                    seen: access.seen,
                })
                .collect(),
        };
        days.sort_by(|a, b| b.on.cmp(&a.on).then(a.cmp(b)));
        Self { months, days }
    }
}
