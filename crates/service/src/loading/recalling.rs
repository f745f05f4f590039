//! What a source said last of a record that the directory does not hear (law 7): one that was destroyed, or lies under a legal
//! hold, whose own words nobody can read. So that its receipts go on to depend on its own rows alone, the digest of the
//! statement and its time are remembered apart, sealed, under a keyed token, whether the source ended the record since and
//! when, the month from which nothing more is told of its end, and of a pupil whom a census counts the school, as a keyed
//! hash; nothing else of the statement is. Of a destroyed record it is remembered besides that it was destroyed and how it
//! ended: that is why it does not rise again before who it was about would be grown, and why a child who returns to England does
//! (`gone`).

mod gone;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use directory::retention::{grown_on, suppressed_until};
use directory::{Content, Month, PartialDate, SaidAt};
use feeds::Profile;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use rand::{CryptoRng, RngExt as _};
use store::said_last::{self, SaidRow};
use store::source_records::{self, LinkedRecordRow, SourceRecordRow};
use store::{Conn, Key16, Tx, sources, unheard};
use uuid::Uuid;

pub(crate) use self::gone::Gone;
use super::last_word::{EndWord, LastWord};
use super::receipts::RowStatus;
use super::rolls::{Remembered, RollMarks};
use crate::records::OpenRecord;
use crate::{Directory, ServiceError};

/// Domains of the tokens, apart from those of destroyed records and of services.
const SAID_LAST: u16 = 3;
const SAID_BY: u16 = 4;

/// For so many days at least an end is remembered that came before anything else of its record.
const EARLY_END_DAYS: i64 = 31;

/// How many records of a source are recalled together.
const PAGE: i64 = 5_000;

/// What a source said last of a record, as it is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Said {
    digest: Key16,
    /// Its time, microseconds UTC.
    at: i64,
    /// It came while nobody could hear it: once the record is back, it is still to be taken in.
    missed: bool,
    /// Its source has ended the record since.
    ended: bool,
    /// When it ended it last, if that is known.
    ended_on: Option<SaidAt>,
    /// Nothing was stated of it yet: its end came first.
    early: bool,
    /// From which day on nothing is told of its end: the first of a month, or, once that has come, of all days.
    untold_from: Option<Date>,
    /// The rolls on which a census counts it, as far as they are known.
    rolls: Option<RollMarks>,
    /// It was destroyed.
    gone: Option<Gone>,
}

/// A statement that is compared with what is remembered.
#[derive(Clone, Copy)]
pub(super) struct Stated {
    pub(super) digest: Key16,
    pub(super) at: Timestamp,
    /// The day of the full file that states it.
    pub(super) full_on: Option<Date>,
    pub(super) untold_from: Option<Date>,
    /// It speaks of somebody past the age of the archive, of whom a receipt tells nothing.
    pub(super) is_grown: bool,
    /// A legal hold keeps its record: what is said last may be taken in when that ends.
    pub(super) is_kept: bool,
    /// It was kept so, and is taken in now: the end that is remembered came after it.
    pub(super) was_kept: bool,
    pub(super) rolls: Option<RollMarks>,
}

/// What is remembered of the records of a group, and what the group changes of that.
#[derive(Default)]
pub(crate) struct Recall {
    said: HashMap<Key16, Said>,
    /// The rows as they were read.
    read: HashMap<Key16, Vec<u8>>,
    /// The records whose rows were judged by it.
    judged: BTreeMap<Key16, Said>,
    /// Those of which what is remembered would soon be forgotten.
    soon_over: HashSet<Key16>,
    /// Those besides of which it counts that nothing, or nothing else, is remembered.
    asked: BTreeSet<Key16>,
    /// The records that are heard again.
    heard: Vec<Key16>,
}

/// What a group remembers and forgets, and what that stands on.
#[derive(Default)]
pub(super) struct Remembering {
    pub(super) put: Vec<SaidRow>,
    pub(super) gone: Vec<Key16>,
    /// What was kept of the records that are heard again.
    pub(super) unheard_gone: Vec<Key16>,
    /// The tokens under which they were known to be destroyed.
    pub(super) risen: Vec<Key16>,
    /// The tokens that its rows were judged by, and what stood there.
    pub(super) asked: HashSet<Key16>,
    pub(super) read: HashMap<Key16, Vec<u8>>,
}

impl Said {
    fn is_untold(&self, today: Date) -> bool {
        self.untold_from.is_some_and(|from| from <= today)
    }

    /// The same once its source has ended the record; nothing where that changes nothing.
    fn ended_by(self, word: EndWord) -> Option<Self> {
        let ends = !self.ended && !self.last_word().is_after_end(word.said);
        ends.then_some(Self { missed: true, ended: true, ended_on: Some(word.said), ..self })
    }

    fn last_word(&self) -> LastWord {
        LastWord { stated: self.at, ended_on: self.ended_on }
    }

    /// All of it is of one length.
    fn plain(&self, token: Key16) -> Vec<u8> {
        let mut plain = Vec::with_capacity(57 + RollMarks::BYTES + Gone::BYTES);
        plain.extend(token.0);
        plain.extend(self.digest.0);
        plain.extend(self.at.to_be_bytes());
        let flags = [self.missed, self.ended, self.rolls.is_some(), self.early];
        plain.push(flags.iter().rev().fold(0, |bits, flag| bits << 1 | u8::from(*flag)));
        plain.extend(plain_day(self.untold_from));
        plain.extend(self.rolls.map_or([0; RollMarks::BYTES], |rolls| rolls.plain()));
        plain.extend(Gone::plain(self.gone));
        plain.extend(plain_day(self.ended_on.map(SaidAt::day)));
        let moment = match self.ended_on {
            Some(SaidAt::Moment(moment)) => moment.as_microsecond(),
            Some(SaidAt::Day(_)) | None => i64::MIN,
        };
        plain.extend(moment.to_be_bytes());
        plain
    }

    /// What an earlier version of the program remembered has no day, or the birthday itself, or no rolls, nor whether it was
    /// destroyed, nor the day or the moment of its end.
    fn read(plain: &[u8], token: Key16) -> Option<Self> {
        let (of, rest) = plain.split_first_chunk::<16>()?;
        let (digest, rest) = rest.split_first_chunk::<16>()?;
        let (at, rest) = rest.split_first_chunk::<8>()?;
        let (flags, rest) = rest.split_first()?;
        let day = rest.split_first_chunk::<4>();
        let untold_from = day.and_then(|(day, _)| Some(read_day(day)?.first_of_month()));
        let rest = day.map(|(_, rest)| rest);
        let rolls = rest.and_then(|rest| rest.first_chunk()).filter(|_| flags & 4 != 0);
        let end = rest.and_then(|rest| rest.get(RollMarks::BYTES + Gone::BYTES..)?.split_first_chunk::<4>());
        let on_day = end.and_then(|(day, _)| read_day(day)).map(SaidAt::Day);
        let at_moment = end.and_then(|(_, rest)| {
            let moment = i64::from_be_bytes(*rest.first_chunk()?);
            Some(SaidAt::Moment(Timestamp::from_microsecond(moment).ok()?))
        });
        let said = Self {
            digest: Key16(*digest),
            at: i64::from_be_bytes(*at),
            missed: flags & 1 != 0,
            ended: flags & 2 != 0,
            ended_on: at_moment.or(on_day),
            early: flags & 8 != 0,
            untold_from,
            rolls: rolls.map(RollMarks::read),
            gone: rest.and_then(|rest| Gone::read(rest.get(RollMarks::BYTES..)?)),
        };
        (*of == token.0).then_some(said)
    }
}

/// What a source is told of an end, of a record of which that may be news.
pub(super) fn ending_told(is_no_news: bool, last: LastWord, word: EndWord) -> RowStatus {
    match is_no_news {
        true => RowStatus::Unchanged,
        false if last.is_after_end(word.said) => RowStatus::Superseded,
        false => RowStatus::Accepted,
    }
}

/// A day in four bytes: zeros where there is none.
fn plain_day(day: Option<Date>) -> [u8; 4] {
    let (year, month, day) = day.map_or((0, 0, 0), |on| (on.year(), on.month(), on.day()));
    let ([high, low], [month], [day]) = (year.to_be_bytes(), month.to_be_bytes(), day.to_be_bytes());
    [high, low, month, day]
}

fn read_day([high, low, month, day]: &[u8; 4]) -> Option<Date> {
    let (month, day) = (i8::from_be_bytes([*month]), i8::from_be_bytes([*day]));
    Date::new(i16::from_be_bytes([*high, *low]), month, day).ok()
}

impl Recall {
    /// What is told of a statement of a record that is not heard, and remembers it. `known` is the digest that the record
    /// itself bears. A record that was destroyed before anything was remembered is told as unchanged once. Of somebody past the
    /// age of the archive nothing more is remembered, as nothing more of them is taken in.
    pub(super) fn tells(
        &mut self,
        local_key: Key16,
        stated: Stated,
        known: Option<Key16>,
        today: Date,
    ) -> RowStatus {
        let Stated { digest, at, full_on, untold_from, is_grown, is_kept, was_kept, rolls } = stated;
        let at = at.as_microsecond();
        let gone = self.said.get(&local_key).and_then(|last| last.gone);
        let now = Said {
            digest,
            at,
            missed: true,
            ended: false,
            ended_on: None,
            early: false,
            untold_from,
            rolls,
            gone,
        };
        let of_record = || {
            Some(Said { digest: known?, at: i64::MIN, missed: false, untold_from: None, rolls: None, ..now })
        };
        let last = self.said.get(&local_key).copied().or_else(of_record);
        let word =
            |last: &Said| LastWord { ended_on: last.ended_on.filter(|_| !was_kept), ..last.last_word() };
        let (status, remembered) = match last {
            Some(last) if !last.ended && last.digest == digest => (RowStatus::Unchanged, last),
            Some(last) if word(&last).is_after_statement(at, full_on) => (RowStatus::Superseded, last),
            Some(last) if is_grown && !is_kept && last.is_untold(today) => (RowStatus::Accepted, last),
            Some(_) => (RowStatus::Accepted, now),
            None => (RowStatus::Unchanged, now),
        };
        self.said.insert(local_key, remembered);
        self.judged.insert(local_key, remembered);
        status
    }

    /// When its source spoke last of a record, if anything of it is remembered.
    pub(super) fn last_word(&self, local_key: &Key16) -> Option<LastWord> {
        self.said.get(local_key).map(Said::last_word)
    }

    /// What is told of the end of a record that is not heard, and remembers it; nothing where nothing of the record is
    /// remembered.
    pub(super) fn tells_end(&mut self, local_key: Key16, word: EndWord, today: Date) -> Option<RowStatus> {
        let last = self.said.get(&local_key).copied()?;
        let now = last.ended_by(word).unwrap_or(last);
        self.said.insert(local_key, now);
        self.judged.insert(local_key, now);
        Some(ending_told(last.ended || last.is_untold(today), last.last_word(), word))
    }

    /// Whether a record that can be read again was spoken of while it could not: then what its source said last is remembered
    /// here, and not with the record.
    pub(super) fn knows(&self, local_key: &Key16) -> bool {
        self.said.contains_key(local_key)
    }

    /// What is written stands on what is remembered of this record, be it nothing.
    pub(super) fn ask(&mut self, local_key: Key16) {
        self.asked.insert(local_key);
    }

    /// The statement, or the end, is taken in: from here on the record itself says what was said last.
    pub(super) fn is_heard_again(&mut self, local_key: Key16) {
        self.said.remove(&local_key);
        self.heard.push(local_key);
    }

    /// Adds what is remembered of other records.
    pub(super) fn absorb(&mut self, other: Self) {
        self.said.extend(other.said);
        self.read.extend(other.read);
        self.soon_over.extend(other.soon_over);
    }
}

impl Directory {
    pub(crate) fn said_token(&self, source: Uuid, local_key: Key16) -> Key16 {
        self.keys.suppressions.hash_parts(SAID_LAST, &[source.as_bytes(), &local_key.0])
    }

    fn said_by(&self, source: Uuid) -> Key16 {
        self.keys.suppressions.hash_parts(SAID_BY, &[source.as_bytes()])
    }

    fn said_row(
        &self,
        source: Uuid,
        token: Key16,
        said: Said,
        rng: &mut impl CryptoRng,
    ) -> Result<SaidRow, ServiceError> {
        let until = match said.early {
            true => Month::from(self.today().saturating_add(EARLY_END_DAYS.days())),
            false => suppressed_until(&self.policy.retention, self.today(), rng.random()),
        };
        let sealed = self.keys.seal_said_last(source, &said.plain(token), rng)?;
        Ok(SaidRow { token, of_source: self.said_by(source), until_month: until.to_string(), sealed })
    }

    /// Of a row that cannot be opened any more nothing is remembered.
    fn open_said(&self, source: Uuid, row: &SaidRow) -> Option<Said> {
        let plain = self.keys.open_said_last(source, &row.sealed).ok()?;
        Said::read(&plain, row.token)
    }

    /// From which day on nothing is told of the end of a record of somebody born then. From the birthday on at which records go
    /// to the archive, a receipt must not tell whether a young person consented to stay; and because of a record that was
    /// destroyed no more than the month of that day may be remembered, it begins with the month, for everybody.
    pub(super) fn ends_untold_from(&self, born: PartialDate) -> Date {
        grown_on(born, &self.policy.retention).first_of_month()
    }

    /// The same as it is remembered: once it has come, no longer when.
    pub(super) fn remembered_age(&self, born: Option<PartialDate>) -> Option<Date> {
        let from = self.ends_untold_from(born?);
        Some(if from <= self.today() { Date::MIN } else { from })
    }

    /// What is remembered of these records of a source.
    pub(super) async fn recall(
        &self,
        conn: &mut Conn,
        source: Uuid,
        local_keys: &[Key16],
    ) -> Result<Recall, ServiceError> {
        if local_keys.is_empty() {
            return Ok(Recall::default());
        }
        let of: HashMap<Key16, Key16> =
            local_keys.iter().map(|key| (self.said_token(source, *key), *key)).collect();
        let asked: Vec<Key16> = of.keys().copied().collect();
        let mut recall = Recall::default();
        for row in said_last::standing(conn, &asked).await? {
            let (Some(local_key), Some(said)) = (of.get(&row.token), self.open_said(source, &row)) else {
                continue;
            };
            recall.said.insert(*local_key, said);
            if self.is_soon_over(&row.until_month) {
                recall.soon_over.insert(*local_key);
            }
            recall.read.insert(row.token, row.sealed);
        }
        Ok(recall)
    }

    /// What is remembered of all the records of a source that are not heard, by token.
    pub(super) async fn recalled_of(&self, source: Uuid) -> Result<HashMap<Key16, Remembered>, ServiceError> {
        let (mut stands, mut after) = (HashMap::new(), Key16::MIN);
        loop {
            let mut conn = self.store.reader().await?;
            let page = said_last::of_source_after(&mut conn, self.said_by(source), after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(stands) };
            after = last.token;
            let opened = page.iter().filter_map(|row| Some((row.token, self.open_said(source, row)?)));
            let remembered = |said: Said| Remembered { stands: !said.ended, at: said.at, rolls: said.rolls };
            stands.extend(opened.map(|(token, said)| (token, remembered(said))));
        }
    }

    /// Remembers for some weeks that a source ended a record of which nothing is known: a statement from before that comes after it,
    /// on another connection, is to find that. What is remembered already stays as it is.
    pub(super) async fn remember_early_end(
        &self,
        tx: &mut Tx,
        source: Uuid,
        local_key: Key16,
        word: EndWord,
    ) -> Result<(), ServiceError> {
        let mut rng = self.world.chance.generator();
        let said = Said {
            digest: self.ended_digest(source, local_key),
            at: i64::MIN,
            missed: false,
            ended: true,
            ended_on: Some(word.said),
            early: true,
            untold_from: None,
            rolls: None,
            gone: None,
        };
        let row = self.said_row(source, self.said_token(source, local_key), said, &mut rng)?;
        said_last::begin(tx, &[row]).await?;
        Ok(())
    }

    /// Remembers that a source ended these records, by their tokens; how many it had not ended before.
    pub(super) async fn remember_ends(
        &self,
        tx: &mut Tx,
        source: Uuid,
        tokens: &[Key16],
        word: EndWord,
    ) -> Result<u64, ServiceError> {
        let mut rng = self.world.chance.generator();
        let mut put = Vec::new();
        for row in said_last::standing(tx, tokens).await? {
            if let Some(ended) = self.open_said(source, &row).and_then(|said| said.ended_by(word)) {
                put.push(self.said_row(source, row.token, ended, &mut rng)?);
            }
        }
        Ok(said_last::put(tx, &put).await?)
    }

    /// Those of these records, by their tokens, of which another word than this end is remembered.
    pub(super) async fn not_ended_by(
        &self,
        tx: &mut Tx,
        source: Uuid,
        tokens: &[Key16],
        word: EndWord,
    ) -> Result<HashSet<Key16>, ServiceError> {
        let rows = said_last::standing(tx, tokens).await?;
        let said = rows.iter().filter_map(|row| Some((row.token, self.open_said(source, row)?)));
        let is_this = |said: &Said| said.ended && said.ended_on.is_none_or(|on| on == word.said);
        Ok(said.filter(|(_, said)| !is_this(said)).map(|(token, _)| token).collect())
    }

    /// Has a record that can be read again say itself what its source said last before it was not heard, if that is what was
    /// said last.
    pub(super) async fn hear_as_remembered(
        &self,
        tx: &mut Tx,
        source: Uuid,
        local_key: Key16,
    ) -> Result<(), ServiceError> {
        let row = said_last::standing(tx, &[self.said_token(source, local_key)]).await?.pop();
        let said = row.and_then(|row| self.open_said(source, &row)).filter(|said| !said.missed);
        let Some(said) = said else { return Ok(()) };
        for record in source_records::digests(tx, source, &[local_key]).await? {
            source_records::hear(tx, record.record_id, said.digest).await?;
        }
        Ok(())
    }

    /// Forgets what was remembered and kept of records that are heard; whose keys are to be destroyed after it.
    pub(super) async fn forget_said(
        &self,
        tx: &mut Tx,
        heard: &[LinkedRecordRow],
    ) -> Result<Vec<Uuid>, ServiceError> {
        let kept = self.unheard_of(tx, heard).await?;
        let tokens: Vec<Key16> =
            heard.iter().map(|row| self.said_token(row.record.source_id, row.record.local_key)).collect();
        said_last::remove(tx, &tokens).await?;
        unheard::remove(tx, &kept.iter().map(|row| row.token).collect::<Vec<_>>()).await?;
        Ok(kept.into_iter().map(|row| row.owner_id).collect())
    }

    /// The tokens of the records whose rows and ends a group judges by what is remembered.
    pub(super) fn tokens_recalled(&self, source: Uuid, recall: &Recall) -> HashSet<Key16> {
        let keys = recall.judged.keys().chain(&recall.asked).chain(&recall.heard);
        keys.map(|local_key| self.said_token(source, *local_key)).collect()
    }

    /// What a group remembers and forgets.
    pub(super) fn remembering(
        &self,
        source: Uuid,
        recall: &Recall,
        rng: &mut impl CryptoRng,
    ) -> Result<Remembering, ServiceError> {
        let asked = self.tokens_recalled(source, recall);
        let mut all = Remembering { read: recall.read.clone(), asked, ..Remembering::default() };
        for (local_key, said) in &recall.judged {
            let soon_over = recall.soon_over.contains(local_key) && !said.early;
            let renewed = soon_over && !said.is_untold(self.today());
            let counts = said.missed || renewed;
            if !recall.heard.contains(local_key) && counts {
                all.put.push(self.said_row(source, self.said_token(source, *local_key), *said, rng)?);
            }
        }
        for local_key in &recall.heard {
            all.gone.push(self.said_token(source, *local_key));
            all.risen.push(self.suppression_token(source, *local_key));
            all.unheard_gone.extend(self.unheard_tokens(source, *local_key));
        }
        all.read.retain(|token, _| all.asked.contains(token));
        Ok(all)
    }

    /// Whether what a group's rows were judged by is remembered still.
    pub(super) async fn memory_stands(
        &self,
        tx: &mut Tx,
        remembering: &Remembering,
    ) -> Result<bool, ServiceError> {
        if remembering.asked.is_empty() {
            return Ok(true);
        }
        let asked: Vec<Key16> = remembering.asked.iter().copied().collect();
        let now = said_last::standing(tx, &asked).await?;
        let now: HashMap<Key16, Vec<u8>> = now.into_iter().map(|row| (row.token, row.sealed)).collect();
        Ok(now == remembering.read)
    }

    async fn begin_to_remember(
        &self,
        tx: &mut Tx,
        records: &[OpenRecord],
        gone: Option<Gone>,
    ) -> Result<(), ServiceError> {
        let mut rng = self.world.chance.generator();
        let beside = self.waiting_beside(tx, records).await?;
        let by_school: HashSet<Uuid> = sources::all(tx)
            .await?
            .into_iter()
            .filter(|source| Profile::named(&source.profile).is_some_and(Profile::counts_by_school))
            .map(|source| source.source_id)
            .collect();
        let rows = records.iter().map(|OpenRecord { row, content, .. }| {
            // What waits at the desk was said too.
            let waits = beside.get(&row.record_id).and_then(|waits| waits.last());
            let ended_on = content.ended_on.filter(|_| self.is_ended(row));
            let content = waits.map_or(content, |waits| &waits.record.content);
            let Content { effective_at, date_of_birth, .. } = content;
            let counted = by_school.contains(&row.source_id);
            let said = Said {
                rolls: counted.then(|| self.roll_marks(row.source_id, content)).flatten(),
                at: effective_at.as_microsecond(),
                ended_on,
                untold_from: self.remembered_age(*date_of_birth),
                gone,
                ..self.said_by_record(row)
            };
            self.said_row(row.source_id, self.said_token(row.source_id, row.local_key), said, &mut rng)
        });
        said_last::begin(tx, &rows.collect::<Result<Vec<_>, _>>()?).await?;
        Ok(())
    }

    /// What a record whose words nobody can read any more says of itself: its time is not known, nor its age.
    fn said_by_record(&self, row: &SourceRecordRow) -> Said {
        Said {
            digest: row.digest,
            at: i64::MIN,
            missed: false,
            ended: self.is_ended(row),
            ended_on: None,
            early: false,
            untold_from: None,
            rolls: None,
            gone: None,
        }
    }

    /// The same of records whose words nobody can read any more.
    pub(crate) async fn remember_digests(
        &self,
        tx: &mut Tx,
        linked: &[LinkedRecordRow],
    ) -> Result<(), ServiceError> {
        let mut rng = self.world.chance.generator();
        let rows = linked.iter().map(|LinkedRecordRow { record: row, .. }| {
            let token = self.said_token(row.source_id, row.local_key);
            let said = Said { gone: Some(Gone::Destroyed), ..self.said_by_record(row) };
            self.said_row(row.source_id, token, said, &mut rng)
        });
        said_last::begin(tx, &rows.collect::<Result<Vec<_>, _>>()?).await?;
        Ok(())
    }

    /// Begins to remember, of records that go under a legal hold. From here on every row about them is compared with what is
    /// remembered and none with what the record says, so that a row which says again what the record says is not lost on it.
    pub(crate) async fn stop_hearing(&self, tx: &mut Tx, records: &[OpenRecord]) -> Result<(), ServiceError> {
        self.begin_to_remember(tx, records, None).await?;
        for record in records {
            let never_said = Key16(self.world.chance.generator().random());
            source_records::hear(tx, record.row.record_id, never_said).await?;
        }
        Ok(())
    }

    /// Writes anew what is remembered of these records: a row that was judged by it and is not written yet is judged again.
    pub(crate) async fn judge_anew(
        &self,
        tx: &mut Tx,
        linked: &[LinkedRecordRow],
    ) -> Result<(), ServiceError> {
        let mut rng = self.world.chance.generator();
        let mut anew = Vec::new();
        for LinkedRecordRow { record, .. } in linked {
            let token = self.said_token(record.source_id, record.local_key);
            let row = said_last::standing(tx, &[token]).await?.pop();
            if let Some(said) = row.and_then(|row| self.open_said(record.source_id, &row)) {
                anew.push(self.said_row(record.source_id, token, said, &mut rng)?);
            }
        }
        said_last::put(tx, &anew).await?;
        Ok(())
    }

    /// The record can be read again. Where nothing was said meanwhile, it says itself again what was said last; otherwise what
    /// was said is still to be taken in.
    pub(crate) async fn hear_again(
        &self,
        tx: &mut Tx,
        linked: &[LinkedRecordRow],
    ) -> Result<(), ServiceError> {
        let mut gone = Vec::new();
        for LinkedRecordRow { record, .. } in linked {
            let (source, local_key) = (record.source_id, record.local_key);
            let token = self.said_token(source, local_key);
            let row = said_last::standing(tx, &[token]).await?.pop();
            let Some(said) = row.and_then(|row| self.open_said(source, &row)) else { continue };
            let waits = !unheard::standing(tx, &self.unheard_tokens(source, local_key)).await?.is_empty();
            if !said.missed && !waits {
                source_records::hear(tx, record.record_id, said.digest).await?;
                gone.push(token);
            }
        }
        said_last::remove(tx, &gone).await?;
        Ok(())
    }
}
