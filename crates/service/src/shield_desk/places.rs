//! Protected places: addresses, such as refuges, at which every record is held whoever it is about (law 3). Two people add
//! one, each of whom types it from the file, and take it away. The address itself is kept nowhere: a keyed hash of it is, and
//! the number of the file that says which it is. Of whoever is recorded there already, requests are handed in ([`super::in_the_open`]).

use audit::{Action, ChangeDetail, Detail, ExportDetail};
use directory::Address;
use directory::access::{DangerousAct, Permission};
use directory::household::address_key;
use directory::shield::{Evidence, EvidenceReference, ShieldGrounds, ShieldRule};
use directory::{ShieldReason, ShieldRequester};
use jiff::Timestamp;
use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use store::pending_acts::{self, ActRow, ActState};
use store::{Key16, KeyRow, Tx, locks, match_keys, organisations};
use uuid::Uuid;

use super::deciding::busy;
use super::in_the_open::in_the_open;
use super::{ACT_BLOCK, ShieldError, instant, shield_event};
use crate::journal::JournalEntry;
use crate::matching::HomeKey;
use crate::proposers::ProposerMayNot;
use crate::records::{OpenChild, OpenRecord};
use crate::session::SignedIn;
use crate::shielding::TRIES;
use crate::trail::Event;
use crate::{Directory, ErrorKind, ServiceError};

/// How acts of this kind are marked.
const PLACE: &str = "shield_place";

/// A protected place, or one that is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceLine {
    /// The place.
    pub id: Uuid,
    /// The file that says which address it is.
    pub file: EvidenceReference,
    /// Since which day it is listed.
    pub since: Timestamp,
    /// Whether records there are held now.
    pub protected: bool,
    /// Whether something about it waits for a second person.
    pub waits: bool,
    /// Whether that can be this person.
    pub may_decide: bool,
}

/// What the second person says of what another proposed about a place.
#[derive(Debug, Clone, Copy)]
pub enum PlaceDecision<'a> {
    /// It is protected: the address, as this person read it in the file.
    Protect(&'a Address),
    /// It is protected no longer.
    Remove,
    /// It stays as it is.
    Disagree,
}

/// What the row of a place holds, sealed: nothing that an address could be read from.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct KeptPlace {
    file: EvidenceReference,
    key_hash: [u8; 16],
    pointer: [u8; 16],
    rule: i64,
    tier: i64,
    epoch: i64,
    /// Who proposed what waits.
    by: Option<Uuid>,
}

impl KeptPlace {
    /// Whether this is the address that was proposed, also where keys rotated since.
    fn is_of(&self, key: &HomeKey) -> bool {
        key.protected.hashes().any(|hash| hash.0 == self.key_hash)
    }

    /// On what a request about whoever stands there rests.
    fn grounds(&self) -> Result<ShieldGrounds, ServiceError> {
        Ok(ShieldGrounds {
            evidence: Evidence::new(vec![self.file.clone()]).map_err(ServiceError::internal)?,
            ..ShieldGrounds::new(ShieldRequester::Refuge, ShieldReason::DomesticAbuse)
        })
    }

    fn row(&self) -> KeyRow {
        KeyRow {
            key_hash: Key16(self.key_hash),
            kind: self.rule,
            tier: self.tier,
            epoch: self.epoch,
            pointer: Key16(self.pointer),
        }
    }
}

impl Directory {
    /// The places of the desks this person works at. The entry is durable before anything is shown.
    ///
    /// # Errors
    ///
    /// [`ShieldError`]; a refusal is in the trail too.
    pub async fn protected_places(&self, who: &SignedIn) -> Result<Vec<PlaceLine>, ShieldError> {
        self.at_the_desk(who).await?;
        let mut lines = Vec::new();
        for state in [ActState::Open, ActState::Approved] {
            for row in self.acts_at_desk(who, PLACE, state).await? {
                let content: KeptPlace = self.open_at(row.organisation_id, row.act_id, &row.sealed).await?;
                lines.push(PlaceLine {
                    id: row.act_id,
                    file: content.file,
                    since: instant(row.opened_at),
                    protected: row.state == ActState::Approved,
                    waits: content.by.is_some(),
                    may_decide: content.by.is_some_and(|by| by != who.account),
                });
            }
        }
        lines.sort_by(|a, b| (!a.waits, &a.file, a.id).cmp(&(!b.waits, &b.file, b.id)));
        let detail = ExportDetail { what: "protected_places".to_owned(), ..ExportDetail::default() };
        self.record(Event::new(Action::ShieldsRead, Detail::Export(detail)).by(who)).await?;
        Ok(lines)
    }

    /// Proposes that an address is protected. False when nothing can be found by it: it needs a postcode or a town, and a
    /// number or a name.
    ///
    /// # Errors
    ///
    /// [`ShieldError`]; a refusal is in the trail too.
    pub async fn propose_protected_place(
        &self,
        who: &SignedIn,
        address: &Address,
        file: EvidenceReference,
    ) -> Result<bool, ShieldError> {
        self.at_the_desk(who).await?;
        self.freshly_proved(who, DangerousAct::KeepProtectedPlaces)?;
        let Some(key) = self.home_key(address) else { return Ok(false) };
        let act_id = vault::uuid_v4(self.world.chance.generator().random());
        let Some(row) = self.protection_rows(act_id, &[key]).pop() else { return Ok(false) };
        let content = KeptPlace {
            file,
            key_hash: row.key_hash.0,
            pointer: row.pointer.0,
            rule: row.kind,
            tier: row.tier,
            epoch: row.epoch,
            by: Some(who.account),
        };
        let sealed = self.seal_padded_at(who.organisation_id, act_id, &content, ACT_BLOCK).await?;
        let row = self.place_row(act_id, who.organisation_id, sealed);
        let mut tx = self.store.begin().await?;
        pending_acts::insert(&mut tx, &row).await?;
        self.commit_with(tx, vec![shield_event(who, "shield_place_proposed", None, [])]).await?;
        Ok(true)
    }

    /// Proposes that a place is protected no longer.
    ///
    /// # Errors
    ///
    /// [`ShieldError`]; a refusal is in the trail too.
    pub async fn propose_place_removal(&self, who: &SignedIn, id: Uuid) -> Result<(), ShieldError> {
        let (row, mut content) = self.place(who, id).await?;
        if row.state != ActState::Approved || content.by.is_some() {
            return self.no_shield(who, "not_the_moment", ShieldError::Moment).await;
        }
        content.by = Some(who.account);
        let tx = self.store.begin().await?;
        let event = shield_event(who, "shield_place_removal_proposed", None, []);
        self.put_place(tx, row, &content, event).await
    }

    /// Decides what another person proposed about a place. Once it is protected, a request for a shield waits at this desk about
    /// each child who is recorded there already and has none.
    ///
    /// # Errors
    ///
    /// [`ShieldError`]; a refusal is in the trail too.
    pub async fn decide_protected_place(
        &self,
        who: &SignedIn,
        id: Uuid,
        decision: PlaceDecision<'_>,
    ) -> Result<(), ShieldError> {
        let (row, mut content) = self.place(who, id).await?;
        let Some(by) = content.by.take() else {
            return self.no_shield(who, "not_the_moment", ShieldError::Moment).await;
        };
        if by == who.account {
            return self.no_shield(who, "same_person_twice", ShieldRule::SamePersonTwice.into()).await;
        }
        if !matches!(decision, PlaceDecision::Disagree) {
            let at = (Permission::DecideShield, row.organisation_id);
            if !Box::pin(self.proposer_still_may(by, at, &[])).await? {
                let state = if row.state == ActState::Open { ActState::Refused } else { row.state };
                let event = shield_event(who, "shield_place_proposal_void", None, []);
                let tx = self.store.begin().await?;
                self.put_place(tx, ActRow { state, ..row }, &content, event).await?;
                return Err(ProposerMayNot.into());
            }
        }
        let (state, change) = match (row.state, decision) {
            (ActState::Open, PlaceDecision::Protect(address)) => {
                let key = self.home_key(address).filter(|key| content.is_of(key));
                let Some(key) = key else {
                    return self.no_shield(who, "another_address", ShieldError::AnotherAddress).await;
                };
                return Box::pin(self.protect_place(who, row, &content, by, &key)).await;
            }
            (ActState::Open, PlaceDecision::Disagree) => (ActState::Refused, "shield_place_declined"),
            (ActState::Approved, PlaceDecision::Remove) => (ActState::Used, "shield_place_removed"),
            (state @ ActState::Approved, PlaceDecision::Disagree) => (state, "shield_place_kept"),
            _ => return self.no_shield(who, "not_the_moment", ShieldError::Moment).await,
        };
        let kept = content.row();
        let journalled = match state {
            ActState::Used => {
                let (place, organisation) = (row.act_id, row.organisation_id);
                Some(
                    self.journal(&JournalEntry::Place { place, organisation, kept: None, asked: &[] })
                        .await?,
                )
            }
            _ => None,
        };
        let mut tx = self.store.begin().await?;
        locks::lock_keys(&mut tx, &[kept.key_hash]).await?;
        if state == ActState::Used {
            match_keys::remove(&mut tx, &[(kept.key_hash, kept.pointer)]).await?;
        }
        let event = shield_event(who, change, None, []);
        let put = self.put_place(tx, ActRow { state, ..row }, &content, event).await;
        if let Some(entry) = journalled.filter(|_| put.as_ref().is_err_and(ShieldError::is_a_refusal)) {
            self.void_in_journal(&[entry]).await?;
        }
        put
    }

    /// Records at the place are held from now on, and about whoever is there requests are handed in: in one transaction. A
    /// loader locks the same key, so a record that comes in meanwhile is either seen here or held.
    async fn protect_place(
        &self,
        who: &SignedIn,
        row: ActRow,
        content: &KeptPlace,
        by: Uuid,
        key: &HomeKey,
    ) -> Result<(), ShieldError> {
        let kept = content.row();
        let grounds = content.grounds()?;
        let (place, organisation) = (row.act_id, row.organisation_id);
        let mut journalled = Vec::new();
        for _ in 0..TRIES {
            let there = self.who_stands_in_the_open(std::slice::from_ref(key), &[]).await?;
            let asked: Vec<Uuid> = there.children().collect();
            let entry = JournalEntry::Place { place, organisation, kept: Some(content), asked: &asked };
            journalled.push(self.journal(&entry).await?);
            let requests = self
                .requests_about(row.organisation_id, &grounds, [by, who.account], there.children())
                .await?;
            let mut tx = self.store.begin().await?;
            locks::lock_keys(&mut tx, &[kept.key_hash]).await?;
            if !there.stands(&mut tx).await? {
                tx.rollback().await?;
                continue;
            }
            match_keys::insert(&mut tx, std::slice::from_ref(&kept)).await?;
            for request in &requests {
                pending_acts::insert(&mut tx, request).await?;
            }
            let event = shield_event(who, "shield_place_added", None, [by]).concerning(there.children());
            let row = ActRow { state: ActState::Approved, ..row };
            let put = self.put_place(tx, row, content, event).await;
            if put.as_ref().is_err_and(ShieldError::is_a_refusal) {
                self.void_in_journal(&journalled).await?;
            }
            return put;
        }
        self.void_in_journal(&journalled).await?;
        Err(busy())
    }

    /// Protects a place again that the restored data does not know, or ends that again; whether there was something to do. About
    /// whoever stood there in the open then, and does in this data, requests wait again: by the address nobody is found, because it
    /// is kept nowhere.
    pub(crate) async fn protect_again(
        &self,
        (place, organisation): (Uuid, Uuid),
        kept: Option<&KeptPlace>,
        asked: &[Uuid],
        dry: bool,
    ) -> Result<bool, ServiceError> {
        let row = pending_acts::by_id(&mut self.store.reader().await?, place).await?;
        let protected = row.as_ref().is_some_and(|row| row.state == ActState::Approved);
        if protected == kept.is_some() || dry {
            return Ok(protected != kept.is_some());
        }
        let content: KeptPlace = match (kept, &row) {
            (Some(kept), _) => kept.clone(),
            (None, Some(row)) => self.open_at(row.organisation_id, row.act_id, &row.sealed).await?,
            (None, None) => return Ok(false),
        };
        let key = content.row();
        let known = row.is_some();
        let sealed = self.seal_padded_at(organisation, place, &content, ACT_BLOCK).await?;
        let state = if kept.is_some() { ActState::Approved } else { ActState::Used };
        let row = match row {
            Some(row) => ActRow { state, sealed, ..row },
            None => ActRow { state, ..self.place_row(place, organisation, sealed) },
        };
        let there = match kept {
            Some(kept) => self.still_there_in_the_open(kept, asked).await?,
            None => Vec::new(),
        };
        let requests = match kept {
            Some(kept) if !there.is_empty() => {
                let grounds = kept.grounds()?;
                let nobody = [Uuid::nil(); 2];
                self.requests_about(organisation, &grounds, nobody, there.iter().copied()).await?
            }
            _ => Vec::new(),
        };
        let mut tx = self.store.begin().await?;
        locks::lock_keys(&mut tx, &[key.key_hash]).await?;
        for request in &requests {
            pending_acts::insert(&mut tx, request).await?;
        }
        match state {
            ActState::Approved => drop(match_keys::insert(&mut tx, &[key]).await?),
            _ => drop(match_keys::remove(&mut tx, &[(key.key_hash, key.pointer)]).await?),
        }
        match known {
            true if !pending_acts::replace(&mut tx, &row).await? => {
                return Err(ServiceError::new(ErrorKind::Busy, "a protected place kept changing; try again"));
            }
            true => {}
            false => pending_acts::insert(&mut tx, &row).await?,
        }
        let detail = ChangeDetail { change: "shield_place_replayed".to_owned(), ..ChangeDetail::default() };
        let event = Event::new(Action::RecordChanged, Detail::Change(detail)).concerning(there);
        self.commit_with(tx, vec![event]).await?;
        Ok(true)
    }

    /// Those of these children who stand in the open at a place, and about whom nothing waits.
    async fn still_there_in_the_open(
        &self,
        kept: &KeptPlace,
        children: &[Uuid],
    ) -> Result<Vec<Uuid>, ServiceError> {
        let known = self.asked_about().await?;
        let open = self.open_children(children).await?;
        let lives_there = |open: &OpenChild| {
            let says = |record: &OpenRecord| {
                HomeKey::all_of(&self.keys.matching, &record.content).iter().any(|key| kept.is_of(key))
            };
            open.records.iter().any(says)
        };
        let there = open.iter().filter(|open| in_the_open(open) && lives_there(open));
        Ok(there.map(|open| open.row.child_id).filter(|child| !known.contains(child)).collect())
    }

    fn place_row(&self, act_id: Uuid, organisation_id: Uuid, sealed: Vec<u8>) -> ActRow {
        ActRow {
            act_id,
            kind: PLACE.to_owned(),
            organisation_id,
            proposed_by: None,
            subject_id: None,
            state: ActState::Open,
            opened_at: self.day(),
            expires_at: i64::MAX,
            decided_by: None,
            decided_at: None,
            token_key: None,
            version: 1,
            sealed,
        }
    }

    fn home_key(&self, address: &Address) -> Option<HomeKey> {
        address_key(address).and_then(|key| HomeKey::of(&self.keys.matching, &key))
    }

    /// The authority whose desk keeps a protected place; nothing of what is none, and of a national partner's.
    pub(crate) async fn authority_that_keeps(&self, place: Uuid) -> Result<Option<String>, ServiceError> {
        let mut conn = self.store.reader().await?;
        let row = pending_acts::by_id(&mut conn, place).await?.filter(|row| row.kind == PLACE);
        let Some(row) = row else { return Ok(None) };
        let keeps = organisations::by_id(&mut conn, row.organisation_id).await?;
        Ok(keeps.filter(|at| at.kind != "national_partner").and_then(|at| at.authority_code))
    }

    async fn put_place(
        &self,
        mut tx: Tx,
        row: ActRow,
        content: &KeptPlace,
        event: Event,
    ) -> Result<(), ShieldError> {
        let sealed = self.seal_padded_at(row.organisation_id, row.act_id, content, ACT_BLOCK).await?;
        if !pending_acts::replace(&mut tx, &ActRow { sealed, ..row }).await? {
            tx.rollback().await?;
            return Err(ShieldError::Changed);
        }
        self.commit_with(tx, vec![event]).await?;
        Ok(())
    }

    /// A place that this person reaches, before something is done with it.
    async fn place(&self, who: &SignedIn, id: Uuid) -> Result<(ActRow, KeptPlace), ShieldError> {
        self.at_the_desk(who).await?;
        self.freshly_proved(who, DangerousAct::KeepProtectedPlaces)?;
        let row = self.desk_row(who, id, PLACE).await?;
        let content = self.open_at(row.organisation_id, row.act_id, &row.sealed).await?;
        Ok((row, content))
    }
}
