//! Making durable what was said. Deliveries that come at once share a transaction: the first that finds the turn free takes
//! whatever waits, and each is answered after the commit. So what many connections say together costs the disk once.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use directory::connecting::{Missing, WayIn};
use feeds::Said;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use store::inbox::{self, ItemRow};
use store::sources::{self, SourceRow};
use store::{Key16, Tx};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::MOST_IN_A_DELIVERY;
use super::days::OpenDay;
use super::judging::JudgedItem;
use crate::loading::LoadError;
use crate::source_door::{DoorError, Once, Taken};
use crate::{Directory, ErrorKind, ServiceError};

type Answer = Result<Vec<Taken>, DoorError>;

/// One delivery on its way to a transaction.
pub(super) struct Parcel {
    source: Uuid,
    way: WayIn,
    items: Vec<JudgedItem>,
    /// The key under which it is taken once, where its sender chose one.
    once: Option<Once>,
    answer: oneshot::Sender<Answer>,
}

/// What one transaction takes at the most: a practitioner's write beside it never waits long.
const TOGETHER: usize = 2_000;

/// A day that another server ended between finding and using it is opened again this often.
const TRIES: usize = 3;

/// A source's deliveries that can be taken.
struct Ready {
    source: SourceRow,
    day: OpenDay,
    parcels: Vec<Parcel>,
}

/// Takes a delivery, all or nothing. What came with it and was discarded is counted with the first thing said; of what is
/// discarded altogether it has a number of its own.
pub(crate) async fn take(
    directory: &Arc<Directory>,
    source: Uuid,
    way: WayIn,
    said: &[Said],
    discarded: BTreeMap<String, u64>,
    once: Option<Once>,
) -> Answer {
    if said.len() > MOST_IN_A_DELIVERY {
        return Err(DoorError::TooMany { at_most: MOST_IN_A_DELIVERY });
    }
    if said.is_empty() && discarded.is_empty() {
        return Ok(Vec::new());
    }
    let today = directory.today();
    let mut items: Vec<JudgedItem> = said.iter().map(|one| directory.judge_said(one, today)).collect();
    if items.is_empty() {
        items.push(JudgedItem::unread(today));
    }
    if let Some(first) = items.first_mut() {
        first.item.discarded = discarded;
    }
    let (answer, mut told) = oneshot::channel();
    directory.inbox.waiting().push_back(Parcel { source, way, items, once, answer });
    loop {
        tokio::select! {
            biased;
            told = &mut told => return told.unwrap_or_else(|_| Err(given_up().into())),
            turn = Arc::clone(&directory.inbox.turn).lock_owned() => {
                let parcels = directory.next_parcels();
                if parcels.is_empty() {
                    // Somebody took this one along, and has answered.
                    continue;
                }
                // A task of its own: whoever hangs up takes nobody else's answer along.
                let directory = Arc::clone(directory);
                tokio::spawn(async move {
                    directory.take_parcels(parcels).await;
                    drop(turn);
                });
            }
        }
    }
}

pub(crate) fn given_up() -> ServiceError {
    ServiceError::new(ErrorKind::Unavailable, "what was delivered was given up; send it again")
}

/// What a source's deliveries depend on: its accreditation, what people decided, and how much it said itself. Nothing of what its
/// words met (law 7).
struct Standing {
    row: SourceRow,
    /// It is told that it is paused.
    paused: bool,
    /// What it lacks, for each way by which deliveries came.
    missing: BTreeMap<&'static str, Vec<Missing>>,
    /// How much it may say in a day.
    a_day: usize,
    /// How much more of that.
    room: usize,
    /// The seconds until the next day.
    until_next_day: u32,
}

impl Standing {
    /// Those that can be taken; the others are answered.
    fn let_in(&self, parcels: Vec<Parcel>) -> Vec<Parcel> {
        let (mut room, mut taken) = (self.room, Vec::with_capacity(parcels.len()));
        for parcel in parcels {
            let lacks = self.missing.get(parcel.way.code()).filter(|lacks| !lacks.is_empty());
            let refused = match lacks {
                _ if self.paused => DoorError::Paused,
                Some(lacks) => DoorError::Lacks(lacks.clone()),
                None if parcel.items.len() > room => {
                    DoorError::Full { a_day: self.a_day, seconds: self.until_next_day }
                }
                None => {
                    room -= parcel.items.len();
                    taken.push(parcel);
                    continue;
                }
            };
            let _ = parcel.answer.send(Err(refused));
        }
        taken
    }
}

impl Directory {
    /// What waits, as much as one transaction takes, in the order in which it came.
    fn next_parcels(&self) -> Vec<Parcel> {
        let mut waiting = self.inbox.waiting();
        let (mut parcels, mut items, mut keys) = (Vec::new(), 0, HashSet::new());
        while let Some(parcel) = waiting.pop_front() {
            // Nobody waits for this answer any more: it was never given, and nothing is taken.
            if parcel.answer.is_closed() {
                continue;
            }
            // The same request twice at once: the second finds in the next transaction what the first was answered.
            if parcel.once.is_some_and(|once| !keys.insert(once.key)) {
                waiting.push_front(parcel);
                break;
            }
            items += parcel.items.len();
            parcels.push(parcel);
            if items >= TOGETHER {
                break;
            }
        }
        parcels
    }

    async fn take_parcels(&self, parcels: Vec<Parcel>) {
        let mut by_source: BTreeMap<Uuid, Vec<Parcel>> = BTreeMap::new();
        for parcel in parcels {
            by_source.entry(parcel.source).or_default().push(parcel);
        }
        let today = self.today();
        let mut ready = Vec::new();
        for (source, parcels) in by_source {
            match self.ready(source, parcels, today).await {
                Ok(one) => ready.extend(one),
                Err((parcels, error)) => refuse(parcels, error),
            }
        }
        if ready.is_empty() {
            return;
        }
        for _ in 0..TRIES {
            match self.make_durable(&ready).await {
                Ok(Some(answers)) => {
                    self.inbox.arrived.notify_one();
                    for (parcel, answer) in parcels_of(ready).into_iter().zip(answers) {
                        let _ = parcel.answer.send(answer);
                    }
                    return;
                }
                Ok(None) => {
                    if let Err(error) = self.find_days_again(&mut ready, today).await {
                        return refuse(parcels_of(ready), error);
                    }
                }
                Err(error) => return refuse(parcels_of(ready), error.into()),
            }
        }
        refuse(parcels_of(ready), given_up().into());
    }

    /// Asks what a source's deliveries depend on, for all that came together and for none that comes later, and answers those
    /// that cannot be taken. Nothing of what was said is looked at.
    async fn ready(
        &self,
        source: Uuid,
        parcels: Vec<Parcel>,
        today: Date,
    ) -> Result<Option<Ready>, (Vec<Parcel>, LoadError)> {
        match self.asked_of_source(source, &parcels, today).await {
            Err(error) => Err((parcels, error)),
            Ok(standing) => {
                let parcels = standing.let_in(parcels);
                if parcels.is_empty() {
                    return Ok(None);
                }
                match self.open_day(&standing.row, today).await {
                    Ok(day) => Ok(Some(Ready { source: standing.row, day, parcels })),
                    Err(error) => Err((parcels, error)),
                }
            }
        }
    }

    /// A source's row, what it lacks for each way by which these came, and how much more it may say today.
    async fn asked_of_source(
        &self,
        source: Uuid,
        parcels: &[Parcel],
        today: Date,
    ) -> Result<Standing, LoadError> {
        let mut conn = self.store.reader().await?;
        let row = sources::all(&mut conn).await?.into_iter().find(|row| row.source_id == source);
        let row = row.ok_or_else(|| ServiceError::internal("a connected source is not there"))?;
        let mut missing = BTreeMap::new();
        for parcel in parcels {
            if !missing.contains_key(parcel.way.code()) {
                missing.insert(parcel.way.code(), self.lacks(&mut conn, &row, parcel.way).await?);
            }
        }
        let paused = self.is_told_to_pause(&mut conn, source).await?;
        let taken = inbox::taken(&mut conn, source, &today.to_string()).await?.unwrap_or_default();
        drop(conn);
        let a_day = usize::try_from(self.policy.feeding.messages_a_day).unwrap_or(usize::MAX);
        let room = a_day.saturating_sub(usize::try_from(taken).unwrap_or_default());
        let until_next_day = self.seconds_until_next_day(today);
        Ok(Standing { row, paused, missing, a_day, room, until_next_day })
    }

    fn seconds_until_next_day(&self, today: Date) -> u32 {
        let next = today.saturating_add(1.day()).to_zoned(TimeZone::UTC);
        let left = next.map(|next| next.timestamp().duration_since(self.world.now()).as_secs());
        left.ok().and_then(|left| u32::try_from(left).ok()).unwrap_or_default()
    }

    async fn find_days_again(&self, ready: &mut [Ready], today: Date) -> Result<(), LoadError> {
        for one in ready {
            self.forget_day(one.source.source_id);
            one.day = self.open_day(&one.source, today).await?;
        }
        Ok(())
    }

    /// Numbers, seals and writes all of it in one transaction, with the answer under each key that a sender chose; `None`, and
    /// nothing is written, when a day is not open any more. What is answered to each delivery, in their order.
    async fn make_durable(&self, ready: &[Ready]) -> Result<Option<Vec<Answer>>, ServiceError> {
        let mut rng = self.world.chance.generator();
        let mut all = Vec::new();
        let mut tx = self.store.begin_feed().await?;
        let mut before = self.answered_before(&mut tx, ready).await?;
        // In the order of the sources, so that two servers do not wait for each other.
        for Ready { day, parcels, .. } in ready {
            let is_new = |parcel: &&Parcel| parcel.once.is_none_or(|once| !before.contains_key(&once.key));
            let items = parcels.iter().filter(is_new).map(|parcel| parcel.items.len()).sum::<usize>();
            let numbers = i64::try_from(items).map_err(ServiceError::internal)?;
            let Some(last) = inbox::take(&mut tx, day.run, numbers).await? else {
                tx.rollback().await?;
                return Ok(None);
            };
            let mut position = last - numbers;
            let mut rows = Vec::with_capacity(items);
            for parcel in parcels {
                if let Some(answer) = parcel.once.and_then(|once| before.remove(&once.key)) {
                    all.push(answer);
                    continue;
                }
                let mut taken = Vec::with_capacity(parcel.items.len());
                for judged in &parcel.items {
                    position += 1;
                    let sealed = self.seal_item((day.run, position), &judged.item, &day.bundle, &mut rng)?;
                    rows.push(ItemRow { run_id: day.run, position, sealed });
                    let number = u64::try_from(position).map_err(ServiceError::internal)?;
                    taken.push(Taken { day: day.day, number, faults: judged.faults.clone() });
                }
                if let Some(once) = parcel.once {
                    self.keep_answer(&mut tx, once, &taken, &mut rng).await?;
                }
                all.push(Ok(taken));
            }
            inbox::insert(&mut tx, &rows).await?;
        }
        tx.commit().await?;
        Ok(Some(all))
    }

    /// Takes the keys of these deliveries, and says what those are answered whose key was taken before. All keys go before the
    /// first number, in their order, so that two servers do not wait for each other.
    async fn answered_before(
        &self,
        tx: &mut Tx,
        ready: &[Ready],
    ) -> Result<HashMap<Key16, Answer>, ServiceError> {
        let parcels = ready.iter().flat_map(|one| &one.parcels);
        let mut keys: Vec<Once> = parcels.filter_map(|parcel| parcel.once).collect();
        keys.sort_unstable_by_key(|once| once.key);
        let mut before = HashMap::new();
        for once in keys {
            if let Some(answer) = self.take_key(tx, once).await? {
                before.insert(once.key, answer);
            }
        }
        Ok(before)
    }
}

fn parcels_of(ready: Vec<Ready>) -> Vec<Parcel> {
    ready.into_iter().flat_map(|one| one.parcels).collect()
}

/// Nothing was taken: each is told, the first with the fault itself, the others that it was one.
fn refuse(parcels: Vec<Parcel>, error: LoadError) {
    let mut first = Some(match error {
        LoadError::Paused { .. } => DoorError::Paused,
        LoadError::Lacks { missing, .. } => DoorError::Lacks(missing),
        LoadError::Service(error) => DoorError::Service(error),
        other => DoorError::Service(ServiceError::internal(other)),
    });
    for parcel in parcels {
        let error = first.take().unwrap_or_else(|| DoorError::Service(given_up()));
        let _ = parcel.answer.send(Err(error));
    }
}
