//! Of a destroyed record: that it was, and how it ended. Nobody who died rises again as a living child, whatever a source goes on
//! sending, while they would still be a child (rule 4.6); but a child who left England and is back is a child in England, and is
//! seen for the first time again (rule 1.25, law 8).

use std::collections::{HashMap, HashSet};

use directory::address::Whereabouts;
use directory::month::Month;
use directory::retention::{DueReason, known_again_until};
use directory::{ChildProfile, Content};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rand::RngExt as _;
use store::said_last::{self, SaidRow};
use store::{Key16, Tx};

use super::{Recall, Said, plain_day, read_day};
use crate::records::OpenRecord;
use crate::{Directory, ServiceError};

/// How a destroyed record ended, as far as it matters for what its source says of it later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gone {
    /// In any other way, or in one that is not known any more.
    Destroyed,
    /// Its child had left England.
    LeftEngland { destroyed_on: Date },
}

/// How many are looked at together when their month is over.
const PAGE: i64 = 1_000;

/// How many months before it is forgotten what was said last is renewed by a source that repeats it, at the latest: so many
/// less than are drawn that no file renews it twice a year.
const RENEWED_BEFORE: i32 = 12;

impl Gone {
    pub(super) const BYTES: usize = 5;

    /// How a record ended that is destroyed for that reason.
    pub(crate) fn of(profile: &ChildProfile, records: &[OpenRecord], why: &str, today: Date) -> Self {
        let left = [DueReason::LeftEngland, DueReason::NotReturned].iter().any(|one| one.code() == why);
        let died = profile.died_on.is_some()
            || records.iter().any(|record| record.content.registered_death().is_some());
        if left && !died { Self::LeftEngland { destroyed_on: today } } else { Self::Destroyed }
    }

    pub(super) fn plain(gone: Option<Self>) -> [u8; Self::BYTES] {
        let (kind, day) = match gone {
            None => (0, None),
            Some(Self::Destroyed) => (1, None),
            Some(Self::LeftEngland { destroyed_on }) => (2, Some(destroyed_on)),
        };
        let [high, low, month, day] = plain_day(day);
        [kind, high, low, month, day]
    }

    pub(super) fn read(plain: &[u8]) -> Option<Self> {
        let (kind, day) = plain.split_first()?;
        let on = || read_day(day.first_chunk()?);
        match kind {
            1 => Some(Self::Destroyed),
            2 => Some(on().map_or(Self::Destroyed, |destroyed_on| Self::LeftEngland { destroyed_on })),
            _ => None,
        }
    }

    /// Whether a statement says that the child is back: later than all that was destroyed, at an address in England. What was
    /// said before, or says no more than that the record is still kept somewhere, brings nobody back.
    fn is_over_with(self, content: &Content) -> bool {
        let Self::LeftEngland { destroyed_on } = self else { return false };
        let later = content.effective_at.to_zoned(TimeZone::UTC).date() > destroyed_on;
        later && matches!(content.whereabouts, Some(Whereabouts::Current(_)))
    }
}

impl Said {
    /// Whether it must be known longer than was drawn: the record of a child who would be one still.
    fn is_of_a_child(&self, today: Date) -> bool {
        let until = self.untold_from.map(Month::from);
        self.gone == Some(Gone::Destroyed) && until.is_some_and(|month| month >= Month::from(today))
    }
}

impl Recall {
    /// Those of the records that were destroyed.
    pub(crate) fn gone_among(&self, local_keys: &[Key16]) -> HashSet<Key16> {
        let is_gone = |key: &&Key16| self.said.get(key).is_some_and(|said| said.gone.is_some());
        local_keys.iter().filter(is_gone).copied().collect()
    }

    /// Whether a statement of a destroyed record says that its child has returned to England.
    pub(in crate::loading) fn has_returned(&self, local_key: &Key16, content: &Content) -> bool {
        let gone = self.said.get(local_key).and_then(|said| said.gone);
        gone.is_some_and(|gone| gone.is_over_with(content))
    }
}

impl Directory {
    /// Remembers of records that are destroyed what their sources said last, and how they ended.
    pub(crate) async fn remember_destroyed(
        &self,
        tx: &mut Tx,
        records: &[OpenRecord],
        gone: Gone,
    ) -> Result<(), ServiceError> {
        self.begin_to_remember(tx, records, Some(gone)).await?;
        let tokens: HashMap<Key16, _> = records
            .iter()
            .map(|record| &record.row)
            .map(|row| (self.said_token(row.source_id, row.local_key), row.source_id))
            .collect();
        let asked: Vec<Key16> = tokens.keys().copied().collect();
        let mut rng = self.world.chance.generator();
        let mut put = Vec::new();
        // What was remembered before, because of a legal hold, does not say it yet.
        for row in said_last::standing(tx, &asked).await? {
            let Some(source) = tokens.get(&row.token) else { continue };
            if let Some(said) = self.open_said(*source, &row).filter(|said| said.gone.is_none()) {
                put.push(self.said_row(*source, row.token, Said { gone: Some(gone), ..said }, &mut rng)?);
            }
        }
        said_last::put(tx, &put).await?;
        Ok(())
    }

    /// Whether what is kept until that month is to be renewed when its source says it again.
    pub(super) fn is_soon_over(&self, until_month: &str) -> bool {
        let renewed = i32::from(self.policy.retention.suppress_months) - RENEWED_BEFORE;
        let left = Month::parse(until_month).map(|until| until.months_since(Month::from(self.today())));
        left.is_ok_and(|left| left < renewed)
    }

    /// Forgets what was said last of records whose month is over. Of a destroyed record of somebody who would still be a child
    /// it is kept on, and looked at again in a month that does not tell the birthday's (decision 4).
    pub(crate) async fn forget_what_was_said(&self) -> Result<(), ServiceError> {
        let (today, month) = (self.today(), self.this_month());
        let sources: HashMap<Key16, _> =
            self.sources().await?.into_keys().map(|source| (self.said_by(source), source)).collect();
        let mut rng = self.world.chance.generator();
        loop {
            let mut tx = self.store.begin_feed().await?;
            let page = said_last::over(&mut tx, &month, PAGE).await?;
            if page.is_empty() {
                tx.rollback().await?;
                return Ok(());
            }
            let (mut kept, mut forgotten) = (Vec::new(), Vec::new());
            for row in page {
                let said = sources.get(&row.of_source).and_then(|source| self.open_said(*source, &row));
                let until = said.filter(|said| said.is_of_a_child(today)).and_then(|said| said.untold_from);
                match until {
                    Some(until) => {
                        let until = known_again_until(until, &self.policy.retention, today, rng.random());
                        kept.push(SaidRow { until_month: until.to_string(), ..row });
                    }
                    None => forgotten.push(row.token),
                }
            }
            said_last::remove(&mut tx, &forgotten).await?;
            said_last::put(&mut tx, &kept).await?;
            tx.commit().await?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Gone;
    use jiff::civil::date;

    #[test]
    fn how_a_record_ended_is_read_as_it_was_written_and_is_of_one_length() {
        let left = Gone::LeftEngland { destroyed_on: date(2032, 3, 2) };
        for gone in [None, Some(Gone::Destroyed), Some(left)] {
            assert_eq!(Gone::read(&Gone::plain(gone)), gone);
        }
        assert_eq!(Gone::read(&[]), None, "an earlier version did not say");
    }
}
