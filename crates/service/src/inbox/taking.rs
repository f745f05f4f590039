//! Making durable what was said. Deliveries that come at once share a transaction: the first that finds the turn free takes
//! whatever waits, and each is answered after the commit. So what many connections say together costs the disk once.

use std::collections::BTreeMap;
use std::sync::Arc;

use directory::connecting::{Missing, WayIn};
use feeds::Said;
use jiff::civil::Date;
use store::inbox::{self, ItemRow};
use store::sources::{self, SourceRow, SourceState};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::MOST_IN_A_DELIVERY;
use super::days::OpenDay;
use super::judging::JudgedItem;
use crate::loading::LoadError;
use crate::source_door::{DoorError, Taken};
use crate::{Directory, ErrorKind, ServiceError};

type Answer = Result<Vec<Taken>, DoorError>;

/// One delivery on its way to a transaction.
pub(super) struct Parcel {
    source: Uuid,
    way: WayIn,
    items: Vec<JudgedItem>,
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

/// Takes a delivery, all or nothing.
pub(crate) async fn take(directory: &Arc<Directory>, source: Uuid, way: WayIn, said: &[Said]) -> Answer {
    if said.len() > MOST_IN_A_DELIVERY {
        return Err(DoorError::TooMany { at_most: MOST_IN_A_DELIVERY });
    }
    if said.is_empty() {
        return Ok(Vec::new());
    }
    let today = directory.today();
    let items = said.iter().map(|one| directory.judge_said(one, today)).collect();
    let (answer, mut told) = oneshot::channel();
    directory.inbox.waiting().push_back(Parcel { source, way, items, answer });
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

fn given_up() -> ServiceError {
    ServiceError::new(ErrorKind::Unavailable, "what was delivered was given up; send it again")
}

/// What a source's deliveries depend on.
struct Standing {
    row: SourceRow,
    /// What it lacks, for each way by which deliveries came.
    missing: BTreeMap<&'static str, Vec<Missing>>,
    /// How much more may wait.
    room: usize,
}

impl Standing {
    /// Those that can be taken; the others are answered.
    fn let_in(&self, parcels: Vec<Parcel>) -> Vec<Parcel> {
        let (mut room, mut taken) = (self.room, Vec::with_capacity(parcels.len()));
        for parcel in parcels {
            let lacks = self.missing.get(parcel.way.code()).filter(|lacks| !lacks.is_empty());
            let refused = match lacks {
                _ if self.row.state == SourceState::Paused => DoorError::Paused,
                Some(lacks) => DoorError::Lacks(lacks.clone()),
                None if parcel.items.len() > room => DoorError::Full,
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
        let (mut parcels, mut items) = (Vec::new(), 0);
        while let Some(parcel) = waiting.pop_front() {
            // Nobody waits for this answer any more: it was never given, and nothing is taken.
            if parcel.answer.is_closed() {
                continue;
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
                Ok(Some(taken)) => {
                    self.inbox.arrived.notify_one();
                    for (parcel, taken) in parcels_of(ready).into_iter().zip(taken) {
                        let _ = parcel.answer.send(Ok(taken));
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
        match self.asked_of_source(source, &parcels).await {
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

    /// A source's row, what it lacks for each way by which these came, and how much more may wait.
    async fn asked_of_source(&self, source: Uuid, parcels: &[Parcel]) -> Result<Standing, LoadError> {
        let mut conn = self.store.reader().await?;
        let row = sources::all(&mut conn).await?.into_iter().find(|row| row.source_id == source);
        let row = row.ok_or_else(|| ServiceError::internal("a connected source is not there"))?;
        let mut missing = BTreeMap::new();
        for parcel in parcels {
            if !missing.contains_key(parcel.way.code()) {
                missing.insert(parcel.way.code(), self.lacks(&mut conn, &row, parcel.way).await?);
            }
        }
        drop(conn);
        let most = usize::try_from(self.policy.feeding.inbox_most).unwrap_or(usize::MAX);
        let room = most.saturating_sub(self.waiting_of(source).await?);
        Ok(Standing { row, missing, room })
    }

    async fn find_days_again(&self, ready: &mut [Ready], today: Date) -> Result<(), LoadError> {
        for one in ready {
            self.forget_day(one.source.source_id);
            one.day = self.open_day(&one.source, today).await?;
        }
        Ok(())
    }

    /// Numbers, seals and writes all of it in one transaction; `None`, and nothing is written, when a day is not open any
    /// more. What is answered to each delivery, in their order.
    async fn make_durable(&self, ready: &[Ready]) -> Result<Option<Vec<Vec<Taken>>>, ServiceError> {
        let mut rng = self.world.chance.generator();
        let mut all = Vec::new();
        let mut tx = self.store.begin_feed().await?;
        // In the order of the sources, so that two servers do not wait for each other.
        for Ready { day, parcels, .. } in ready {
            let items = parcels.iter().map(|parcel| parcel.items.len()).sum::<usize>();
            let numbers = i64::try_from(items).map_err(ServiceError::internal)?;
            let Some(last) = inbox::take(&mut tx, day.run, numbers).await? else {
                tx.rollback().await?;
                return Ok(None);
            };
            let mut position = last - numbers;
            let mut rows = Vec::with_capacity(items);
            for parcel in parcels {
                let mut taken = Vec::with_capacity(parcel.items.len());
                for judged in &parcel.items {
                    position += 1;
                    let sealed = self.seal_item((day.run, position), &judged.item, &day.bundle, &mut rng)?;
                    rows.push(ItemRow { run_id: day.run, position, sealed });
                    let number = u64::try_from(position).map_err(ServiceError::internal)?;
                    taken.push(Taken { day: day.day, number, faults: judged.faults.clone() });
                }
                all.push(taken);
            }
            inbox::insert(&mut tx, &rows).await?;
        }
        tx.commit().await?;
        Ok(Some(all))
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
