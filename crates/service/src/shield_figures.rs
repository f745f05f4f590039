//! What was decided about shields, by year and for the whole service: how many were set, on which ground, declined, kept or lifted
//! at a review, and whether the review came in its time. It is counted from the journal that outlives every restore, so nothing is kept
//! beside the acts that would tell when one was decided; and leaves the house by the one function every count goes through.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use directory::Month;
use directory::counting::{disclosed_count, disclosed_parts};
use directory::shield::{Shield, ShieldReason};
use serde::{Deserialize, Serialize};
use store::key_store;
use uuid::Uuid;

use crate::{Directory, ServiceError};

/// The counts of one year, for the whole service. A count that is `None` is under ten, or would tell one that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublishedYear {
    /// Which.
    pub year: i16,
    /// Shields that were set in it.
    pub shields: Option<u64>,
    /// Those by the ground on which they were set, by its code.
    pub by_reason: BTreeMap<&'static str, Option<u64>>,
    /// Requests that were declined in it.
    pub declined: Option<u64>,
    /// Shields that were lifted in it.
    pub lifted: Option<u64>,
    /// Reviews decided by the month in which they were due.
    pub reviewed_in_time: Option<u64>,
    /// Reviews decided later.
    pub reviewed_late: Option<u64>,
}

impl PublishedYear {
    /// Each count by the name of its measure, in the order of the file.
    #[must_use]
    pub fn measures(&self) -> Vec<(String, Option<u64>)> {
        let by_reason =
            self.by_reason.iter().map(|(reason, count)| (format!("shields_decided_{reason}"), *count));
        let others = [
            ("shield_requests_declined", self.declined),
            ("shields_lifted", self.lifted),
            ("shield_reviews_in_time", self.reviewed_in_time),
            ("shield_reviews_late", self.reviewed_late),
        ];
        [("shields_decided".to_owned(), self.shields)]
            .into_iter()
            .chain(by_reason)
            .chain(others.map(|(measure, count)| (measure.to_owned(), count)))
            .collect()
    }
}

/// The journal's entries that are counted.
#[derive(Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
enum Act {
    Shield {
        child: Uuid,
        shield: Shield,
    },
    ShieldReviewed {
        child: Uuid,
        shield: Shield,
        /// Nothing in an entry of an earlier version.
        #[serde(default)]
        reviewed: Option<Month>,
        #[serde(default)]
        was_due: Option<Month>,
    },
    ShieldDeclined {
        request: Uuid,
        reason: ShieldReason,
        declined: Month,
    },
    Void {
        entry: i64,
    },
    #[serde(other)]
    Another,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Measure {
    Set(ShieldReason),
    Declined,
    Lifted,
    InTime,
    Late,
}

/// Domain of the keyed hash by which an act that is counted is told from every other.
const COUNTED: u16 = 47;

/// An act in its year, by what tells it from every other: the journal may hold it twice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct ShieldCount {
    measure: Measure,
    year: i16,
    said: String,
}

/// What is counted of an entry.
pub(crate) enum Counted {
    Shields(Vec<ShieldCount>),
    /// An entry of this number was not carried out after all.
    Void(i64),
}

/// How many entries of the journal are read at once.
const PAGE: i64 = 1_000;

impl Directory {
    /// What an entry counts for, by what it says.
    pub(crate) fn counted_of(&self, says: &[u8]) -> Result<Counted, ServiceError> {
        let count = |measure, year, whose: &Uuid, said: &[u8]| {
            let said = hex::encode(self.keys.digests.hash_parts(COUNTED, &[whose.as_bytes(), said]).0);
            ShieldCount { measure, year, said }
        };
        let form = |shield: &Shield| serde_json::to_vec(shield).map_err(ServiceError::internal);
        Ok(Counted::Shields(match serde_json::from_slice(says).map_err(ServiceError::internal)? {
            Act::Shield { child, shield } => {
                let measure = Measure::Set(shield.reason());
                vec![count(measure, shield.decided().year(), &child, &form(&shield)?)]
            }
            Act::ShieldReviewed { child, shield, reviewed, was_due } => {
                let said = form(&shield)?;
                let lifted = shield.lifted().map(|month| count(Measure::Lifted, month.year(), &child, &said));
                let review = reviewed.zip(was_due).map(|(month, due)| {
                    let measure = if month > due { Measure::Late } else { Measure::InTime };
                    count(measure, month.year(), &child, &said)
                });
                lifted.into_iter().chain(review).collect()
            }
            Act::ShieldDeclined { request, reason, declined } => {
                vec![count(Measure::Declined, declined.year(), &request, reason.code().as_bytes())]
            }
            Act::Void { entry } => return Ok(Counted::Void(entry)),
            Act::Another => Vec::new(),
        }))
    }

    /// What was decided about shields in each of these years. An act that the journal holds twice is one, and one that was not carried
    /// out after all is none.
    pub(crate) async fn shields_of(&self, years: &[i16]) -> Result<Vec<PublishedYear>, ServiceError> {
        let mut acts: BTreeMap<(Measure, i16), BTreeSet<String>> = BTreeMap::new();
        let mut counted: HashMap<i64, Vec<ShieldCount>> = HashMap::new();
        let mut after = 0;
        while !years.is_empty() {
            let mut conn = self.store.key_reader().await?;
            let page = key_store::journal(&mut conn, after, PAGE).await?;
            drop(conn);
            let Some(last) = page.last() else { break };
            after = last.seq;
            for row in page {
                match self.counted_in_journal(&row)? {
                    Counted::Void(entry) => {
                        for ShieldCount { measure, year, said } in counted.remove(&entry).unwrap_or_default()
                        {
                            acts.entry((measure, year)).or_default().remove(&said);
                        }
                    }
                    Counted::Shields(counts) => {
                        for ShieldCount { measure, year, said } in &counts {
                            acts.entry((*measure, *year)).or_default().insert(said.clone());
                        }
                        counted.insert(row.seq, counts);
                    }
                }
            }
        }
        let of = |measure: Measure, year: i16| {
            acts.get(&(measure, year)).map_or(0, |acts| i64::try_from(acts.len()).unwrap_or(i64::MAX))
        };
        let year = |&year: &i16| {
            let told = |measure| disclosed_count(of(measure, year));
            let set: Vec<i64> =
                ShieldReason::ALL.iter().map(|reason| of(Measure::Set(*reason), year)).collect();
            let set = disclosed_parts(&set);
            let codes = ShieldReason::ALL.iter().map(|reason| reason.code());
            PublishedYear {
                year,
                shields: set.total,
                by_reason: codes.zip(set.cells).collect(),
                declined: told(Measure::Declined),
                lifted: told(Measure::Lifted),
                reviewed_in_time: told(Measure::InTime),
                reviewed_late: told(Measure::Late),
            }
        };
        Ok(years.iter().map(year).collect())
    }
}
