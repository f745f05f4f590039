//! The desk's list: what waits, and which reviews are due. It names no child.

use audit::{Action, Detail, ExportDetail};
use directory::Month;
use directory::access::{HeldRole, OrganisationStanding, Permission};
use directory::counting::disclosed_count;
use directory::shield::{may_decide_shield, may_propose_shield};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use store::pending_acts::{self, ActRow, ActState};
use uuid::Uuid;

use super::{
    Content, LISTED, SHIELD, ShieldDesk, ShieldError, ShieldLine, ShieldStage, instant, stage_of,
    start_of_month,
};
use crate::session::SignedIn;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// How many months ahead a review is announced.
const ANNOUNCED: i32 = 1;

impl Directory {
    /// What waits at the desks this person works at. The entry is durable before anything is shown.
    ///
    /// # Errors
    ///
    /// [`ShieldError::Forbidden`] or the system's.
    pub async fn shield_requests(&self, who: &SignedIn) -> Result<ShieldDesk, ShieldError> {
        self.at_the_desk(who).await?;
        let mut desk = ShieldDesk::default();
        let open = self.acts_at_desk(who, SHIELD, ActState::Open).await?;
        let in_force = self.acts_at_desk(who, SHIELD, ActState::Approved).await?;
        desk.in_force = disclosed_count(i64::try_from(in_force.len()).unwrap_or(i64::MAX));
        let mut children = Vec::new();
        let announced = start_of_month(Month::from(self.today()).plus(ANNOUNCED));
        let rows = open.into_iter().chain(in_force).collect();
        for (row, content) in self.open_acts::<Content>(rows).await? {
            if content.bars(who) {
                continue;
            }
            let line = line(who, &row, &content);
            if row.state == ActState::Open || content.proposal.is_some() {
                desk.waiting.push(line);
                children.push((row.act_id, content.child));
            } else if row.expires_at <= announced {
                desk.reviews.push(line);
                children.push((row.act_id, content.child));
            }
        }
        // Another shield of the same child may bar this person.
        let listed: Vec<Uuid> = children.iter().map(|(_, child)| *child).collect();
        let barred = self.barred_among(who, &listed).await?;
        children.retain(|(_, child)| barred.contains(child));
        let is_theirs = |line: &ShieldLine| children.iter().all(|(act, _)| *act != line.id);
        desk.waiting.retain(is_theirs);
        desk.reviews.retain(is_theirs);
        desk.waiting.sort_by_key(|line| (!line.can_go_on, line.since, line.id));
        desk.reviews.sort_by_key(|line| (line.review_due, line.id));
        let detail = ExportDetail { what: "shields".to_owned(), ..ExportDetail::default() };
        self.record(Event::new(Action::ShieldsRead, Detail::Export(detail)).by(who)).await?;
        Ok(desk)
    }

    /// The acts of a kind and state at every desk this person works at, the newest first, those whose review is due among them.
    pub(super) async fn acts_at_desk(
        &self,
        who: &SignedIn,
        kind: &str,
        state: ActState,
    ) -> Result<Vec<ActRow>, ServiceError> {
        /// All of them, also those that have run out: what is overdue is what must not be missed.
        const EVER: i64 = 0;
        let mut conn = self.store.reader().await?;
        let mut found: Vec<ActRow> = Vec::new();
        for held in who.roles.iter().filter(|held| held.gives(Permission::DecideShield)) {
            let OrganisationStanding { id, kind: of, authority, .. } = &held.at;
            let rows = match authority {
                Some(code) if of == "authority" => {
                    pending_acts::within(&mut conn, kind, state, EVER, code, LISTED).await?
                }
                _ => pending_acts::of_organisation(&mut conn, *id, kind, state, LISTED).await?,
            };
            found.extend(rows);
        }
        if kind == SHIELD {
            found.extend(self.acts_of_nobody(&mut conn, who, state).await?);
        }
        found.sort_by_key(|row| (std::cmp::Reverse(row.opened_at), row.act_id));
        found.dedup_by_key(|row| row.act_id);
        Ok(found)
    }

    /// How many shields of this person's desks are to be reviewed this month or were before, and the first day of the first
    /// of those months. One that bars the person does not count: its list does not show it either.
    pub(crate) async fn shield_reviews_due(
        &self,
        who: &SignedIn,
    ) -> Result<Option<(u64, Date)>, ServiceError> {
        let deciding = |held: &&HeldRole| held.gives(Permission::DecideShield);
        if !who.roles.iter().any(|held| deciding(&held)) {
            return Ok(None);
        }
        let by = start_of_month(Month::from(self.today()));
        let mut found: Vec<ActRow> = Vec::new();
        let mut conn = self.store.reader().await?;
        for held in who.roles.iter().filter(deciding) {
            let OrganisationStanding { id, kind, authority, .. } = &held.at;
            let rows = match authority {
                Some(code) if kind == "authority" => {
                    pending_acts::due_within(&mut conn, SHIELD, ActState::Approved, by, code, LISTED).await?
                }
                _ => {
                    pending_acts::of_organisation(&mut conn, *id, SHIELD, ActState::Approved, LISTED).await?
                }
            };
            found.extend(rows.into_iter().filter(|row| row.expires_at <= by));
        }
        let of_nobody = self.acts_of_nobody(&mut conn, who, ActState::Approved).await?;
        found.extend(of_nobody.into_iter().filter(|row| row.expires_at <= by));
        drop(conn);
        found.sort_by_key(|row| (row.expires_at, row.act_id));
        found.dedup_by_key(|row| row.act_id);
        let mut due = Vec::new();
        for (row, content) in self.open_acts::<Content>(found).await? {
            if !content.bars(who) && content.proposal.is_none() {
                due.push((content.child, instant(row.expires_at).to_zoned(TimeZone::UTC).date()));
            }
        }
        self.counted_for(who, due).await
    }

    /// How many requests and proposals at this person's desks wait for somebody like them, and since which day the first. None
    /// of their own, nor what they proposed, nor what is to bar them.
    pub(crate) async fn shield_requests_waiting(
        &self,
        who: &SignedIn,
    ) -> Result<Option<(u64, Date)>, ServiceError> {
        if !who.may(Permission::DecideShield) {
            return Ok(None);
        }
        let mut waiting = Vec::new();
        let rows = self.acts_at_desk(who, SHIELD, ActState::Open).await?;
        for (row, content) in self.open_acts::<Content>(rows).await? {
            if !content.bars(who) && line(who, &row, &content).can_go_on {
                waiting.push((content.child, instant(row.opened_at).to_zoned(TimeZone::UTC).date()));
            }
        }
        self.counted_for(who, waiting).await
    }

    /// Other requests at this person's desks about the same child. There is no clear column to find them by.
    pub(super) async fn other_requests_about(
        &self,
        who: &SignedIn,
        act: Uuid,
        child: Uuid,
    ) -> Result<Vec<Uuid>, ServiceError> {
        let group = self.group_of(&[child]).await?;
        let mut others = Vec::new();
        for state in [ActState::Open, ActState::Approved] {
            let rows = self.acts_at_desk(who, SHIELD, state).await?;
            for (row, content) in self.open_acts::<Content>(rows).await? {
                if group.contains(&content.child) && row.act_id != act && !content.bars(who) {
                    others.push(row.act_id);
                }
            }
        }
        Ok(others)
    }
}

pub(super) fn line(who: &SignedIn, row: &ActRow, content: &Content) -> ShieldLine {
    let stage = stage_of(row, content);
    let can_go_on = match &content.proposal {
        Some(proposal) => may_decide_shield(content.requester, proposal.by, who.account).is_ok(),
        None => may_propose_shield(content.requester, who.account).is_ok(),
    };
    let open = matches!(stage, ShieldStage::ToPropose | ShieldStage::ToDecide | ShieldStage::InForce);
    ShieldLine {
        id: row.act_id,
        since: instant(row.opened_at),
        requested_by: content.grounds.requested_by,
        reason: content.grounds.reason,
        class: content.grounds.class,
        stage,
        review_due: content
            .shield
            .as_ref()
            .filter(|shield| shield.in_force())
            .map(|shield| shield.review_due()),
        can_go_on: can_go_on && open,
    }
}
