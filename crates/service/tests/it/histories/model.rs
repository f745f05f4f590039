//! What each viewer may see, by an oracle that knows nothing of the product but its rules: statements, dates and what people
//! decided. It shares no code with `directory`.

use std::collections::{BTreeMap, BTreeSet};

use directory::ChildNumber;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use uuid::Uuid;

use super::words::Word;

/// A source, the most authoritative first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    Care,
    Gp,
    Schools,
}

impl Source {
    pub const ALL: [Self; 3] = [Self::Care, Self::Gp, Self::Schools];
}

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// A practitioner of the authority.
    Practitioner,
    /// A practitioner of a national partner.
    Partner,
    /// Management of the authority that answers for every child of these histories.
    Management,
    /// Management of another authority.
    Elsewhere,
    /// A practitioner who overrides the shield.
    Override,
    /// A practitioner of the authority for one of a trust of it, with what both may see (rule 6.12).
    Mediated,
    /// A data administrator in the archive's first year.
    Archive,
}

impl Viewer {
    /// Who searches and opens what is found; the others open in ways of their own.
    pub const WHO_SEARCH: [Self; 4] = [Self::Practitioner, Self::Partner, Self::Management, Self::Elsewhere];
}

/// Who asks what is held (rule 14.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// The young person.
    Themself,
    /// The carer of this name, which a record holds.
    Carer(Word),
    /// Somebody of whom no record knows.
    Unknown,
}

/// Where a source says that the child is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    At(Word),
    LeftForGood,
    LeftForAWhile,
}

/// A service that works with the child.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    pub word: Word,
    pub sensitive: bool,
    /// When it was first spoken of, and consented to.
    pub since: Date,
    pub ended: Option<Date>,
}

/// What a source says of a child.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    pub on: Date,
    pub surname: Word,
    pub place: Place,
    /// A carer and a school are what schools know, a practice what practices know, services what social care knows.
    pub carer: Option<Word>,
    pub school: Option<Word>,
    pub practice: Option<Word>,
    pub services: Vec<Service>,
    /// Since when its source has said without a break what this says of whether the child left.
    pub away_since: Date,
}

/// One record of one source.
#[derive(Clone, Debug)]
pub struct Record {
    /// As this source calls them.
    pub forename: &'static str,
    pub said: Statement,
    pub readable_from: Timestamp,
    /// It has said since that the child lives somewhere, which waits for a decision: what it says next of a child who left begins
    /// anew.
    pub moved_meanwhile: bool,
}

impl Record {
    /// Its source says this of it.
    pub fn says(&mut self, said: Statement) {
        if said == self.said {
            return;
        }
        let away_since =
            if std::mem::take(&mut self.moved_meanwhile) { said.on } else { said.away_after(&self.said) };
        self.said = Statement { away_since, ..said };
    }
}

/// One identity of one person, as the world knows it.
#[derive(Clone, Debug)]
pub struct Identity {
    pub forename: &'static str,
    pub born: Date,
    pub female: bool,
    pub serial: u32,
    pub records: BTreeMap<(Source, String), Record>,
    /// The shields in force, by their requests.
    pub shields: Vec<Uuid>,
    /// Sealed: the identity the person had before.
    pub former: bool,
    /// The identity that goes on beside a sealed one.
    pub sealed: bool,
    /// Parted from a shielded child: its shields have requests of their own, which this history does not know.
    pub not_lifted: bool,
    /// Nobody has decided yet who this is.
    pub held: bool,
    /// A held record waits that may be this child's: what other sources begin to say may have to wait with it.
    pub doubled: bool,
    /// The person kept their forename, and so words of theirs may wait at the sealed desk: it is not foreseen which.
    pub ambiguous: bool,
    /// Every word that was ever said of it.
    pub ever: BTreeSet<Word>,
    /// Which legal hold keeps it.
    pub legal_hold: Option<Uuid>,
    /// What its sources have said last of its records since.
    pub waiting: BTreeMap<(Source, String), Statement>,
    pub died: Option<Date>,
    /// Until which age the young person stays, and when they withdrew.
    pub stays: Option<(u8, Option<Date>)>,
    /// The day of that word.
    pub said_to_stay: Option<Date>,
    pub destroyed: bool,
    /// The nightly sweep found it due for the archive, and none since that it is back.
    pub archived: bool,
    /// The day on which it was archived.
    pub went: Option<Date>,
    pub number: Option<ChildNumber>,
}

/// What a viewer is shown.
#[derive(Debug, PartialEq, Eq)]
pub struct Shown {
    pub shielded: bool,
    pub words: BTreeSet<Word>,
}

fn years(date: Date, years: i64) -> Date {
    date.checked_add(years.years()).unwrap()
}

pub fn day(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

impl Statement {
    /// Since when it says what it says of whether the child left: saying that again begins no new years (rule 4.7).
    fn away_after(&self, before: &Self) -> Date {
        let again = self.place == before.place && !matches!(self.place, Place::At(_));
        if again { before.away_since.min(self.on) } else { self.on }
    }

    pub fn words(&self) -> impl Iterator<Item = Word> {
        let place = match self.place {
            Place::At(word) => Some(word),
            Place::LeftForGood | Place::LeftForAWhile => None,
        };
        let given = [Some(self.surname), place, self.carer, self.school, self.practice];
        given.into_iter().flatten().chain(self.services.iter().map(|service| service.word))
    }
}

impl Identity {
    /// What everybody could read who may read everything: the records past their first ten minutes, the most authoritative
    /// first, of equals the newest.
    fn readable(&self, now: Timestamp) -> Vec<&Statement> {
        let mut said: Vec<(Source, &Statement)> = self
            .records
            .iter()
            .filter(|(_, record)| record.readable_from <= now)
            .map(|((source, _), record)| (*source, &record.said))
            .collect();
        said.sort_by_key(|(source, said)| (*source, std::cmp::Reverse(said.on)));
        said.into_iter().map(|(_, said)| said).collect()
    }

    pub fn last_day_as_a_child(&self) -> Date {
        years(self.born, 18).yesterday().unwrap()
    }

    pub fn grown(&self, today: Date) -> bool {
        years(self.born, 18) <= today
    }

    /// The day on which the record leaves the live directory because of an age.
    fn leaves_as_grown(&self) -> Date {
        let adult = years(self.born, 18);
        match self.stays {
            None => adult,
            Some((age, withdrawn)) => {
                let asked = years(self.born, i64::from(age));
                withdrawn.map_or(asked, |on| asked.min(on.max(adult)))
            }
        }
    }

    /// The day on which the record leaves the live directory, as far as it is known (section 4 of the rules).
    fn leaves(&self, now: Timestamp) -> Date {
        let mut leaves = self.leaves_as_grown();
        if let Some(died) = self.died {
            leaves = leaves.min(years(died, 1));
        }
        if let Some(said) = self.readable(now).first() {
            match said.place {
                Place::At(_) => {}
                Place::LeftForGood => leaves = leaves.min(self.away_since(said, now)),
                Place::LeftForAWhile => leaves = leaves.min(years(self.away_since(said, now), 3)),
            }
        }
        leaves
    }

    /// Since when the sources as authoritative as the one that says this have said it.
    fn away_since(&self, told: &Statement, now: Timestamp) -> Date {
        let readable = self.records.iter().filter(|(_, record)| record.readable_from <= now);
        let source = readable.clone().map(|((source, _), _)| *source).min();
        let alike =
            readable.filter(|((of, _), record)| Some(*of) == source && record.said.place == told.place);
        alike.map(|(_, record)| record.said.away_since).min().unwrap_or(told.away_since)
    }

    /// What the nightly sweep does with it. What it is told by nobody but a statement it archives for a year before it destroys it.
    pub fn is_swept(&mut self, now: Timestamp) {
        let (leaves, grown, today) = (self.leaves(now), self.leaves_as_grown(), day(now));
        if self.legal_hold.is_none() {
            let before = self.went.filter(|_| self.archived);
            let was_read = leaves >= grown || before.is_some_and(|went| years(went, 1) <= today);
            self.destroyed |= years(leaves, 6) <= today && was_read;
            self.archived = leaves <= today;
            self.went = before.or(Some(today)).filter(|_| self.archived);
        }
    }

    /// Whether the directory takes in what a source says of this identity, at once or when a legal hold ends.
    pub fn is_heard(&self, now: Timestamp) -> bool {
        let today = day(now);
        let consents =
            self.stays.is_some_and(|(_, withdrawn)| withdrawn.is_none()) && self.leaves(now) > today;
        !self.destroyed && (!self.grown(today) || consents)
    }

    /// A source says this of a record while a legal hold keeps it: it waits, unless something later does.
    pub fn waits(&mut self, record: (Source, String), said: Statement) {
        let last = self.waiting.get(&record).or_else(|| self.records.get(&record).map(|known| &known.said));
        if last.is_some_and(|last| last.on <= said.on) {
            self.waiting.insert(record, said);
        }
    }

    /// The legal hold ends.
    pub fn is_released(&mut self) {
        self.legal_hold = None;
        for (record, said) in std::mem::take(&mut self.waiting) {
            let Some(known) = self.records.get_mut(&record) else { continue };
            self.ever.extend(said.words());
            // What was said between is not known: the last word alone counts.
            known.moved_meanwhile |= known.said != said;
            known.says(said);
        }
    }

    /// Whether anybody can find it at all.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.is_open(now) && !self.archived
    }

    /// Whether who gives its number is shown it. Of who comes back from the archive that is so at once; whether a search by name
    /// or place leads to them before the next sweep depends on which of their records was said anew.
    pub fn is_open(&self, now: Timestamp) -> bool {
        !self.former
            && !self.held
            && self.legal_hold.is_none()
            && !self.destroyed
            && !self.readable(now).is_empty()
            && day(now) < self.leaves(now)
    }

    /// Whether it is in the archive's first year (rule 4.3).
    pub fn is_in_the_archives_first_year(&self, now: Timestamp) -> bool {
        let (leaves, today) = (self.leaves(now), day(now));
        !self.former
            && !self.held
            && self.legal_hold.is_none()
            && !self.destroyed
            && !self.readable(now).is_empty()
            && leaves <= today
            && today < years(leaves, 1)
    }

    /// The name and the place that are shown to whoever may see both.
    pub fn name_and_place(&self, now: Timestamp) -> Option<(Word, Option<Word>)> {
        let first = *self.readable(now).first()?;
        let place = match first.place {
            Place::At(word) => Some(word),
            Place::LeftForGood | Place::LeftForAWhile => None,
        };
        Some((first.surname, place))
    }

    /// What this viewer is shown when they open it; none when there is nothing to find.
    pub fn shown_to(&self, viewer: Viewer, now: Timestamp) -> Option<Shown> {
        let there = match viewer {
            Viewer::Archive => self.is_in_the_archives_first_year(now),
            // Rule 2.9: nothing is overridden where nothing is hidden.
            Viewer::Override => self.is_open(now) && !self.shields.is_empty(),
            _ => self.is_open(now),
        };
        if !there {
            return None;
        }
        let (surname, place) = self.name_and_place(now)?;
        let management = matches!(viewer, Viewer::Management | Viewer::Archive);
        let behind = management || viewer == Viewer::Override;
        let shielded = !self.shields.is_empty();
        if shielded && !behind {
            // Rule 2.7: the name in use, and no other.
            return Some(Shown { shielded, words: BTreeSet::from([surname]) });
        }
        let mut words = BTreeSet::from([surname]);
        words.extend(place);
        let today = day(now);
        for said in self.readable(now) {
            words.insert(said.surname);
            words.extend(said.carer.into_iter().chain(said.school).chain(said.practice));
            for service in &said.services {
                let lately = service.ended.is_none_or(|ended| today < years(ended, 1));
                let kept = service.ended.is_none_or(|ended| today < years(ended, 7));
                if (!service.sensitive && lately) || (management && kept) {
                    words.insert(service.word);
                }
            }
        }
        Some(Shown { shielded: shielded && !behind, words })
    }

    /// Whether a service works with it, of which not everybody is told.
    pub fn has_a_service_not_told_to_all(&self) -> bool {
        let mut services = self.records.values().flat_map(|record| &record.said.services);
        services.any(|service| service.sensitive || service.ended.is_some())
    }

    /// Whether a family that gives its number finds that there is such a child.
    pub fn is_asked_for(&self) -> bool {
        !self.former && !self.destroyed && self.legal_hold.is_none()
    }

    /// The carers whom a record that can be read names.
    pub fn carers(&self, now: Timestamp) -> BTreeSet<Word> {
        self.readable(now).iter().filter_map(|said| said.carer).collect()
    }

    /// What a family's letter says of the record (rules 14.4 and 14.5); none where it says that nothing can be told.
    pub fn told_to(&self, asking: Asking, now: Timestamp) -> Option<Shown> {
        let (today, own) = (day(now), asking == Asking::Themself);
        let first = *self.readable(now).first()?;
        if self.grown(today) && !own {
            return None;
        }
        let mut words = BTreeSet::from([first.surname]);
        if own || self.shields.is_empty() {
            for said in self.readable(now) {
                words.insert(said.surname);
                words.extend(said.carer.into_iter().chain(said.school).chain(said.practice));
                let kept = |service: &&Service| service.ended.is_none_or(|ended| today < years(ended, 7));
                let told = said.services.iter().filter(kept).filter(|service| own || !service.sensitive);
                words.extend(told.map(|service| service.word));
            }
            let alone = matches!(asking, Asking::Carer(name) if self.carers(now) == BTreeSet::from([name]));
            if let Place::At(place) = first.place
                && (own || alone)
            {
                words.insert(place);
            }
        }
        Some(Shown { shielded: false, words })
    }
}
