//! What a release does: the record stands with its child and counts again. Its keys are written anew, for one may have gone
//! while it did not count.

use audit::{Action, ChangeDetail, Detail};
use directory::identities::{Side, without};
use directory::shield::Shield;
use directory::{ChildProfile, Content, Seal};
use rand_chacha::ChaCha12Rng;
use store::pending_acts::{self, ActRow};
use store::reviews::{self, ReviewRow, ReviewState};
use store::source_records::RecordState;
use store::{
    Conn, Key16, Tx, key_store, links, match_keys, placed_records, seal_words, source_records, versions,
};
use uuid::Uuid;

use super::home::Home;
use super::order::{ReleaseOrder, Released};
use crate::loading::beside::{Waits, until_now, waits_no_more};
use crate::records::{OpenChild, OpenRecord, seal_content};
use crate::retention::known_authority;
use crate::sensitive::{Gone, ServiceKey, Taking, Withdrawal};
use crate::shield_desk::InTheOpen;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// What is written with a release.
pub(crate) struct Closing {
    pub(crate) act: Option<ActRow>,
    pub(crate) review: Option<ReviewRow>,
    /// What the trail says.
    pub(crate) events: Vec<Event>,
    /// The home on which it was decided whether the child is shielded.
    pub(crate) home: Option<Home>,
    /// The acts by which the shields are reviewed that the child has from now on, and the requests about whom they concern.
    pub(crate) shields: Vec<ActRow>,
    /// Whom they concern.
    pub(crate) concerned: Option<InTheOpen>,
}

impl Closing {
    /// With this entry, and nothing else.
    pub(crate) fn with(event: Event) -> Self {
        Self {
            act: None,
            review: None,
            events: vec![event],
            home: None,
            shields: Vec::new(),
            concerned: None,
        }
    }
}

/// Why a release was not written.
pub(crate) enum Unreleased {
    /// Something of it changed since it was read.
    Changed,
    /// It would show what belongs to the other identity.
    SaysTheOther,
    /// The child is not there any more.
    Gone,
    /// Somebody else decided it.
    Act,
}

/// What is moved, and where to.
struct Move {
    from: OpenChild,
    to: OpenChild,
    /// The child to which they go begins with them.
    begins: bool,
    records: Vec<Moving>,
}

/// A record that is moved.
struct Moving {
    /// As it will be.
    now: OpenRecord,
    /// What it said while it was held.
    was: OpenRecord,
    /// What stood beside that meanwhile, and everything that waited there.
    stood: Option<(OpenRecord, Vec<Waits>)>,
}

impl Move {
    /// The records as they will be that will count.
    fn counting(&self) -> Vec<OpenRecord> {
        let now = self.records.iter().map(|one| &one.now);
        now.filter(|record| record.row.state == RecordState::Live).cloned().collect()
    }
}

/// The child has these shields with the release, if it has not yet: a replay may have set them before.
fn shield_too(moved: &mut Move, shields: &[Shield]) {
    let known = &mut moved.to.profile.shields;
    for shield in shields {
        if !known.iter().any(|known| known.is_the_same_as(shield)) {
            known.push(shield.clone());
        }
    }
}

impl Directory {
    /// What of a statement can stand with this child; nothing when its own name or address belongs to the other identity.
    pub(super) fn fitting(&self, profile: &ChildProfile, content: &Content) -> Option<Content> {
        if profile.foreign.is_empty() {
            return Some(content.clone());
        }
        without(content.clone(), |mark| self.is_foreign(profile, mark))
    }

    /// Carries a release out, in one transaction with its entry.
    pub(crate) async fn release(
        &self,
        order: &ReleaseOrder,
        record: OpenRecord,
        child: OpenChild,
        closing: Closing,
    ) -> Result<Result<(), Unreleased>, ServiceError> {
        let mut rng = self.world.chance.generator();
        let mut moved = match self.what_moves(order, record, child, &mut rng).await? {
            Ok(moved) => moved,
            Err(why) => return Ok(Err(why)),
        };
        shield_too(&mut moved, &order.shields);
        let mut tx = self.store.begin().await?;
        let stands = match &closing.home {
            Some(home) => self.home_stands(&mut tx, home, self.becomes_protected(&moved)).await?,
            None => true,
        };
        let stands = stands
            && match &closing.concerned {
                Some(there) => there.stands(&mut tx).await?,
                None => true,
            };
        if !stands || !self.write_move(&mut tx, &mut moved, &mut rng).await? {
            tx.rollback().await?;
            return Ok(Err(Unreleased::Changed));
        }
        for row in &closing.shields {
            pending_acts::insert(&mut tx, row).await?;
        }
        let decided = match &closing.review {
            Some(row) => reviews::close(&mut tx, row.review_id, ReviewState::Decided, &row.sealed).await?,
            None => true,
        };
        let decided = decided
            && match &closing.act {
                Some(act) => pending_acts::replace(&mut tx, act).await?,
                None => true,
            };
        if !decided {
            tx.rollback().await?;
            return Ok(Err(Unreleased::Act));
        }
        self.commit_with(tx, closing.events).await?;
        self.withdrawn_while_held(&moved).await?;
        Ok(Ok(()))
    }

    /// What is protected once this is written.
    fn becomes_protected(&self, moved: &Move) -> Vec<Key16> {
        if !moved.to.profile.is_shielded() {
            return Vec::new();
        }
        let (child, now) = (moved.to.row.child_id, moved.records.iter().map(|one| &one.now));
        let rows = self.protection_rows_of(child, moved.to.records.iter().chain(now));
        rows.into_iter().map(|row| row.key_hash).collect()
    }

    /// A consent that a source withdrew while its record was held ends with the child whose record it is what rests on it, in
    /// every record (rule 3.3).
    async fn withdrawn_while_held(&self, moved: &Move) -> Result<(), ServiceError> {
        let withdrawn = moved.from.profile.withdrawn.iter();
        let withdrawn: Vec<Withdrawal> = withdrawn
            .map(|one| Withdrawal { key: ServiceKey::from_form(one.key.clone()), on: one.on })
            .collect();
        let to = moved.to.row.child_id;
        if withdrawn.is_empty() || to == moved.from.row.child_id || !moved.from.profile.held {
            return Ok(());
        }
        let event = || {
            let detail = ChangeDetail {
                change: "consent_withdrawn".to_owned(),
                subject: Some(to),
                ..ChangeDetail::default()
            };
            Event::new(Action::RecordChanged, Detail::Change(detail)).concerning([to])
        };
        let gone = Gone { withdrawn, lapsed: None };
        self.take_off(to, &gone, event, Taking::Again).await?;
        Ok(())
    }

    async fn what_moves(
        &self,
        order: &ReleaseOrder,
        record: OpenRecord,
        from: OpenChild,
        rng: &mut ChaCha12Rng,
    ) -> Result<Result<Move, Unreleased>, ServiceError> {
        // Whoever joined a held child meanwhile goes with the record that opened it.
        let of_its_own = record.row.state == RecordState::Live;
        let moving = if of_its_own { from.records.clone() } else { vec![record] };
        let (to, begins) = match &order.to {
            Released::Child(id) if *id == from.row.child_id => (self.again(&from), false),
            Released::Child(id) => match self.open_children(&[*id]).await?.pop() {
                Some(open) => (open, false),
                None => return Ok(Err(Unreleased::Gone)),
            },
            Released::Own(..) if of_its_own => {
                let mut own = self.again(&from);
                own.profile.held = false;
                (own, false)
            }
            Released::Own(id, number) => {
                let profile = ChildProfile::new(number.clone());
                (self.new_child(*id, profile, moving.clone(), rng).await?, true)
            }
        };
        let goes_on = self.somebody_goes_on(&to, &moving);
        let mut records = Vec::new();
        for was in moving {
            let mut conn = self.store.reader().await?;
            let profile = self.with_gained(&mut conn, &to, &was.content).await?;
            let Some(mut content) = self.fitting(&profile, &was.content) else {
                return Ok(Err(Unreleased::SaysTheOther));
            };
            content.involvements.retain(|one| !self.is_withdrawn(one, Some(&to.profile), &[]));
            if to.row.child_id != from.row.child_id {
                // What its source said of the other is no part of what it says of this one (law 5).
                content.goes_on_from([]);
            }
            let ended = goes_on && self.is_ended(&was.row);
            let state = if ended { RecordState::Ended } else { RecordState::Live };
            let row = source_records::SourceRecordRow { state, ..was.row.clone() };
            let now = OpenRecord { row, bundle: was.bundle.clone(), content };
            let Some(stood) = self.stood_beside(&mut conn, &from, &was).await? else {
                return Ok(Err(Unreleased::Changed));
            };
            records.push(Moving { now, was, stood });
        }
        Ok(Ok(Move { from, to, begins, records }))
    }

    /// Whether a record that is not ended will tell of a child to which these are moved: one that is ended does not count beside
    /// it.
    fn somebody_goes_on(&self, to: &OpenChild, moving: &[OpenRecord]) -> bool {
        let stays = |other: &&OpenRecord| moving.iter().all(|it| it.row.record_id != other.row.record_id);
        let moved = moving.iter().filter(|record| !self.is_ended(&record.row));
        to.records.iter().filter(stays).chain(moved).any(|record| record.content.tells_of_the_child())
    }

    /// What stands beside a statement that waits; nothing at all when that is not the one that waits any more.
    async fn stood_beside(
        &self,
        conn: &mut Conn,
        from: &OpenChild,
        was: &OpenRecord,
    ) -> Result<Option<Option<(OpenRecord, Vec<Waits>)>>, ServiceError> {
        if was.row.state != RecordState::Withheld || was.row.version > 0 {
            return Ok(Some(None));
        }
        let stood = from.records.iter().find(|record| record.row.record_id == was.row.record_id);
        let Some(stood) = stood else { return Ok(None) };
        let waits = self.waiting_beside(conn, [stood]).await?.remove(&was.row.record_id).unwrap_or_default();
        let is_last = waits.last().is_some_and(|last| last.record.row.version == was.row.version);
        Ok(is_last.then(|| Some((stood.clone(), waits))))
    }

    fn again(&self, child: &OpenChild) -> OpenChild {
        OpenChild {
            row: child.row.clone(),
            bundle: child.bundle.clone(),
            profile: child.profile.clone(),
            records: child.records.clone(),
        }
    }

    async fn write_move(
        &self,
        tx: &mut Tx,
        moved: &mut Move,
        rng: &mut ChaCha12Rng,
    ) -> Result<bool, ServiceError> {
        let (from, to) = (moved.from.row.child_id, moved.to.row.child_id);
        let mut children = vec![&moved.from];
        if from != to && !moved.begins {
            children.push(&moved.to);
        }
        children.sort_by_key(|child| child.row.child_id);
        for child in children {
            if !self.stands(tx, child).await? {
                return Ok(false);
            }
        }
        if moved.begins {
            self.begin_child(tx, &moved.to, rng).await?;
        }
        let stood = |one: &Moving| one.stood.as_ref().map(|(record, _)| record.clone());
        let was: Vec<OpenRecord> =
            moved.records.iter().flat_map(|one| [Some(one.was.clone()), stood(one)]).flatten().collect();
        for one in &mut moved.records {
            if !self.write_moving(tx, one, rng).await? {
                return Ok(false);
            }
        }
        let now = moved.counting();
        let ids: Vec<Uuid> = moved.records.iter().map(|one| one.now.row.record_id).collect();
        let stays = |record: &&OpenRecord| !ids.contains(&record.row.record_id);
        let left: Vec<OpenRecord> = moved.from.records.iter().filter(stays).cloned().collect();
        let left_alone = left.is_empty();
        self.forget_keys(tx, from, &was).await?;
        if from != to {
            links::remove_of_records(tx, &ids).await?;
            let rows = moved.records.iter().map(|one| self.plain_link(to, &one.now, rng));
            links::put(tx, &rows.collect::<Result<Vec<_>, _>>()?).await?;
            // What is left keeps the keys that it shares with what went.
            match_keys::insert(tx, &self.match_rows_of(from, &left)).await?;
            let profile = moved.from.profile.clone();
            let left = OpenChild { records: left, ..self.again(&moved.from) };
            if !self.put_profile(tx, &left, profile).await? {
                return Ok(false);
            }
        }
        let stood: Vec<OpenRecord> = moved.to.records.iter().filter(stays).cloned().collect();
        let all: Vec<OpenRecord> = stood.into_iter().chain(now).collect();
        match_keys::insert(tx, &self.match_rows_of(to, &all)).await?;
        let mut profile = moved.to.profile.clone();
        if from != to && moved.from.profile.held && left_alone {
            // Withdrawn by a source while nobody knew whose the record is: the word was the person's (rule 3.3).
            let said = moved.from.profile.withdrawn.iter().cloned();
            profile.withdrawn = said.fold(profile.withdrawn, |all, one| all.with(one));
        }
        let mut joined = OpenChild { records: all, ..self.again(&moved.to) };
        if known_authority(&joined).is_none() && profile.seal != Seal::FormerIdentity {
            // Whom its records name answers for it from now on, as for one that was never held (rule 5.7).
            profile.authority = self.named_among(&self.sources().await?, &joined.records);
        }
        // What it says may bring the end of the record nearer: the sweep looks at it in its next round (law 9).
        joined.row.retention_month = self.this_month();
        if !self.put_profile(tx, &joined, profile).await? {
            return Ok(false);
        }
        self.place_released(tx, moved).await
    }

    /// Writes a record as it will be, its keys before its row. What stood beside it, and what waited there before it, is kept as
    /// what it said until now. False when somebody else was quicker.
    async fn write_moving(
        &self,
        tx: &mut Tx,
        one: &mut Moving,
        rng: &mut ChaCha12Rng,
    ) -> Result<bool, ServiceError> {
        let (now, mut read, mut before) = (&mut one.now, one.was.row.version, Vec::new());
        let id = now.row.record_id;
        if let Some((stood, waits)) = &one.stood
            && let Some((last, earlier)) = waits.split_last()
        {
            read = stood.row.version;
            (before, now.row.version) = until_now(&stood.row, earlier, last.run, &mut now.bundle, rng)?;
            if !waits_no_more(tx, [(id, waits.len())]).await? {
                return Ok(false);
            }
        }
        if now.content != one.was.content || now.row.version != one.was.row.version {
            now.row.sealed = seal_content(id, now.row.version, now.content.clone(), &mut now.bundle, rng)?;
            let mut keys = self.store.begin_keys().await?;
            key_store::put_bundles(&mut keys, &[self.bundle_row(id, &now.bundle, rng)?]).await?;
            keys.commit().await?;
        }
        versions::insert(tx, &before).await?;
        Ok(source_records::rewrite(tx, &now.row, read).await?)
    }

    /// Later statements of a record that was released to one of two identities go there too.
    async fn place_released(&self, tx: &mut Tx, moved: &Move) -> Result<bool, ServiceError> {
        let side = match moved.to.profile.seal {
            Seal::None => return Ok(true),
            Seal::FormerIdentity => Side::Former,
            Seal::NewIdentity => Side::Current,
        };
        let to = moved.to.row.child_id;
        let rows: Vec<_> = moved
            .records
            .iter()
            .map(|one| self.placed_row(one.now.row.source_id, one.now.row.local_key, side, to))
            .collect();
        placed_records::put(tx, &rows).await?;
        let said = moved.records.iter();
        let words: Vec<_> = said.flat_map(|one| self.words_of(&moved.to.profile, &one.now.content)).collect();
        seal_words::insert(tx, &words).await?;
        Ok(true)
    }
}
