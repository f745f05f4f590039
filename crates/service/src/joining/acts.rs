//! The rows of acts and of requests. In the clear a row says that an office did something about records on a day; its sealed
//! part, padded, says what and about whom, and holds ids alone: nothing of it is personal once the records are destroyed.

use directory::access::Permission;
use directory::{ChildNumber, MatchBasis};
use jiff::{SignedDuration, Timestamp};
use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use store::Tx;
use store::links::LinkKind;
use store::organisations;
use store::pending_acts::{self, ActRow, ActState};
use uuid::Uuid;

use super::deciding::Decider;
use super::{JoinError, JoiningKind, JoiningRequest};
use crate::accounts::standing;
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

/// How acts are marked, and requests to the protected desk.
pub(crate) const JOINING: &str = "joining";
pub(crate) const REQUEST: &str = "joining_request";

/// The sealed parts are padded to this many bytes.
const ACT_BLOCK: usize = 1024;

/// How long a request waits, days.
const WAITS_DAYS: i64 = 30;

/// What an act did, in ids: enough to undo it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Done {
    /// The child `from` was joined to `into`. What either was stands in the survivor's profile.
    Joined { into: Uuid, from: Uuid },
    /// These records of `from` went to the new child `to`; these pairs are kept apart since.
    Parted { from: Uuid, to: Uuid, records: Vec<Uuid>, apart: Vec<(Uuid, Uuid)> },
    /// These pairs are kept apart.
    KeptApart { apart: Vec<(Uuid, Uuid)> },
    /// The link of this record to this child was confirmed; before it was of this kind and author.
    Confirmed { child: Uuid, record: Uuid, was: LinkWas },
}

/// Who decided an act and on what, as the journal keeps it: enough for a restored database to have its row, by which it is
/// undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DecidedBy {
    /// The organisation of who decided.
    organisation: Uuid,
    basis: MatchBasis,
    pub(super) by: Vec<Uuid>,
    /// The day, microseconds UTC.
    on: i64,
}

impl DecidedBy {
    /// Who decided it, where that was one person.
    pub(super) fn one_person(&self) -> Option<Uuid> {
        match self.by.as_slice() {
            [one] => Some(*one),
            _ => None,
        }
    }
}

/// Records that were taken to a new child, as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(super) from: Uuid,
    pub(crate) to: Uuid,
    /// The number of the new child.
    pub(super) number: ChildNumber,
    pub(super) records: Vec<Uuid>,
    /// The pairs that are kept apart since.
    pub(super) apart: Vec<(Uuid, Uuid)>,
}

/// What a link said before a person confirmed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LinkWas {
    pub(crate) kind: String,
    pub(crate) author: String,
}

impl Part {
    pub(crate) const fn children(&self) -> [Uuid; 2] {
        [self.from, self.to]
    }

    pub(super) fn done(&self) -> Done {
        let Self { from, to, records, apart, .. } = self.clone();
        Done::Parted { from, to, records, apart }
    }
}

impl LinkWas {
    pub(super) fn kind(&self) -> LinkKind {
        match self.kind.as_str() {
            "confirmed" => LinkKind::Confirmed,
            "refused" => LinkKind::Refused,
            _ => LinkKind::Automatic,
        }
    }
}

impl Done {
    /// The children by themselves that an act left.
    pub(crate) fn children(&self) -> Vec<Uuid> {
        match self {
            Self::Joined { into, .. } => vec![*into],
            Self::Parted { from, to, .. } => vec![*from, *to],
            Self::KeptApart { apart } => apart.first().map(|(a, b)| vec![*a, *b]).unwrap_or_default(),
            Self::Confirmed { child, .. } => vec![*child],
        }
    }

    pub(super) const fn kind(&self) -> JoiningKind {
        match self {
            Self::Joined { .. } => JoiningKind::Join,
            Self::Parted { .. } => JoiningKind::TakeApart,
            Self::KeptApart { .. } => JoiningKind::KeepApart,
            Self::Confirmed { .. } => JoiningKind::Confirm,
        }
    }
}

/// What the row of an act holds, sealed.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct ActContent {
    pub(super) basis: MatchBasis,
    /// Who decided: one administrator, or two people of the protected desk.
    pub(super) by: Vec<Uuid>,
    pub(crate) done: Done,
    /// Who undid it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) undone_by: Vec<Uuid>,
}

/// What the row of a request holds, sealed.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct RequestContent {
    pub(super) request: JoiningRequest,
    pub(super) basis: MatchBasis,
    pub(super) by: Uuid,
    /// Who of the protected desk proposed to do it.
    #[serde(default)]
    pub(super) proposed_by: Option<Uuid>,
    /// The case of the matcher that is answered by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) review: Option<Uuid>,
}

impl Directory {
    pub(super) fn drawn_id(&self) -> Uuid {
        vault::uuid_v4(self.world.chance.generator().random())
    }

    /// What the journal keeps of a decision.
    pub(super) fn decided(&self, decider: &Decider<'_>) -> DecidedBy {
        let (organisation, basis) = (decider.who.organisation_id, decider.basis);
        DecidedBy { organisation, basis, by: decider.by.clone(), on: self.day() }
    }

    /// The row of an act that a restored database lacks; nothing where it has it.
    pub(super) async fn act_again(
        &self,
        tx: &mut Tx,
        act: Uuid,
        (decided, done): (&DecidedBy, Done),
    ) -> Result<(), ServiceError> {
        if pending_acts::by_id(tx, act).await?.is_some() {
            return Ok(());
        }
        let DecidedBy { organisation, basis, by, on } = decided.clone();
        let content = ActContent { basis, by, done, undone_by: Vec::new() };
        let row = (JOINING, ActState::Used, i64::MAX);
        let row = self.joining_row(organisation, act, row, &content).await?;
        Ok(pending_acts::insert(tx, &ActRow { opened_at: on, ..row }).await?)
    }

    async fn joining_row(
        &self,
        organisation_id: Uuid,
        act_id: Uuid,
        (kind, state, expires_at): (&str, ActState, i64),
        content: &(impl Serialize + Sync),
    ) -> Result<ActRow, ServiceError> {
        Ok(ActRow {
            act_id,
            kind: kind.to_owned(),
            organisation_id,
            proposed_by: None,
            subject_id: None,
            state,
            opened_at: self.day(),
            expires_at,
            decided_by: None,
            decided_at: None,
            token_key: None,
            version: 1,
            sealed: self.sealed_joining(act_id, content).await?,
        })
    }

    /// The row of an act that was done.
    pub(super) async fn act_row(
        &self,
        who: &SignedIn,
        act_id: Uuid,
        content: &ActContent,
    ) -> Result<ActRow, ServiceError> {
        self.joining_row(who.organisation_id, act_id, (JOINING, ActState::Used, i64::MAX), content).await
    }

    /// The row of a request that waits.
    pub(super) async fn request_row(
        &self,
        who: &SignedIn,
        content: &RequestContent,
    ) -> Result<ActRow, ServiceError> {
        let today = Timestamp::from_microsecond(self.day()).unwrap_or(Timestamp::MIN);
        let until = today.checked_add(SignedDuration::from_hours(24 * WAITS_DAYS)).unwrap_or(Timestamp::MAX);
        let row = (REQUEST, ActState::Open, until.as_microsecond());
        self.joining_row(who.organisation_id, self.drawn_id(), row, content).await
    }

    pub(super) async fn sealed_joining(
        &self,
        act: Uuid,
        content: &(impl Serialize + Sync),
    ) -> Result<Vec<u8>, ServiceError> {
        self.seal_act(act, content, ACT_BLOCK).await
    }

    /// An act or request that this person reaches with the permission, as its row; otherwise the refusal is written.
    pub(super) async fn joining_within(
        &self,
        who: &SignedIn,
        id: Uuid,
        (kind, permission): (&str, Permission),
    ) -> Result<ActRow, JoinError> {
        let mut conn = self.store.reader().await?;
        let row = pending_acts::by_id(&mut conn, id).await?.filter(|row| row.kind == kind);
        let at = match &row {
            Some(row) => organisations::by_id(&mut conn, row.organisation_id).await?,
            None => None,
        };
        drop(conn);
        let today = self.today();
        let reached = at.is_some_and(|at| who.may_at(permission, &standing(&at, today)));
        match row.filter(|_| reached) {
            Some(row) => Ok(row),
            None => self.not_joined(who, "not_within_reach", JoinError::NotFound).await,
        }
    }

    /// Every act or request of a state at the offices this person reaches with the permission, the newest first.
    pub(super) async fn joinings_within(
        &self,
        who: &SignedIn,
        permission: Permission,
        (kind, state): (&str, ActState),
        limit: i64,
    ) -> Result<Vec<ActRow>, ServiceError> {
        let mut conn = self.store.reader().await?;
        let mut found: Vec<ActRow> = Vec::new();
        for held in who.roles.iter().filter(|held| held.gives(permission)) {
            let rows = match &held.at.authority {
                Some(code) if held.at.kind == "authority" => {
                    let now = self.world.now().as_microsecond();
                    pending_acts::within(&mut conn, kind, state, now, code, limit).await?
                }
                _ => pending_acts::of_organisation(&mut conn, held.at.id, kind, state, limit).await?,
            };
            found.extend(rows);
        }
        found.sort_by_key(|row| (std::cmp::Reverse(row.opened_at), row.act_id));
        found.dedup_by_key(|row| row.act_id);
        Ok(found)
    }

    /// The standing act among all there are that fits: what stands in the way of another is looked for rarely, and named.
    pub(super) async fn standing_act(
        &self,
        fits: impl Fn(&Done) -> bool,
    ) -> Result<Option<(Uuid, JoiningKind)>, ServiceError> {
        const EVERYWHERE: &str = "";
        let mut conn = self.store.reader().await?;
        let rows = pending_acts::within(&mut conn, JOINING, ActState::Used, 0, EVERYWHERE, i64::MAX).await?;
        drop(conn);
        for (row, content) in self.open_acts::<ActContent>(rows).await? {
            if fits(&content.done) {
                return Ok(Some((row.act_id, content.done.kind())));
            }
        }
        Ok(None)
    }
}
