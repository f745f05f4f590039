//! The protected desk: what administrators asked about records that are not theirs to decide about. Two people decide, neither
//! of them who asked. What cannot be done here either, because a number was never issued or an identity is sealed, is on no
//! list: to join two sealed identities looks like nothing at all (law 5).

use audit::{Action, Detail, ExportDetail};
use directory::ChildNumber;
use directory::access::{DangerousAct, Permission};
use store::child_numbers;
use store::pending_acts::{self, ActRow, ActState};
use store::reviews;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::acts::{ActContent, JOINING, REQUEST, RequestContent};
use super::deciding::Decider;
use super::eligible::Desk;
use super::{JoinError, JoiningCase, JoiningRequest, LISTED};
use crate::identities::seal_event;
use crate::proposers::ProposerMayNot;
use crate::records::OpenChild;
use crate::session::SignedIn;
use crate::shield_desk::instant;
use crate::trail::Event;
use crate::{Directory, ServiceError};

impl Directory {
    /// The requests about protected records that wait for this desk, the newest first. The entry is durable before anything
    /// is shown.
    ///
    /// # Errors
    ///
    /// [`JoinError::Forbidden`] or the system's.
    pub async fn joining_requests(&self, who: &SignedIn) -> Result<Vec<JoiningCase>, JoinError> {
        self.may_join_records(who, Permission::ApproveSeal).await?;
        let waiting = (REQUEST, ActState::Open);
        let mut cases = Vec::new();
        let rows = self.joinings_within(who, Permission::ApproveSeal, waiting, LISTED).await?;
        for (row, content) in self.open_acts::<RequestContent>(rows).await? {
            if self.is_of_this_desk(who, &content.request).await? {
                cases.push((row, content));
            }
        }
        let people: Vec<Uuid> = cases.iter().map(|(_, content)| content.by).collect();
        let labels = self.labels_of(&mut self.store.reader().await?, &people).await?;
        let cases = cases
            .into_iter()
            .map(|(row, content)| JoiningCase {
                id: row.act_id,
                since: instant(row.opened_at),
                basis: content.basis,
                by: labels.get(&content.by).cloned(),
                proposed: content.proposed_by.is_some(),
                can_go_on: content.by != who.account && content.proposed_by != Some(who.account),
                request: content.request,
            })
            .collect();
        let detail = ExportDetail { what: "joining_requests".to_owned(), ..ExportDetail::default() };
        self.record(Event::new(Action::ShieldsRead, Detail::Export(detail)).by(who)).await?;
        Ok(cases)
    }

    /// Proposes to do what was asked.
    ///
    /// # Errors
    ///
    /// [`JoinError`]; a refusal is in the trail too.
    pub async fn propose_joining(&self, who: &SignedIn, id: Uuid) -> Result<(), JoinError> {
        let (row, content) = self.case_of_joining(who, id).await?;
        if content.proposed_by.is_some() {
            return self.not_joined(who, "not_the_moment", JoinError::Moment).await;
        }
        let content = RequestContent { proposed_by: Some(who.account), ..content };
        let sealed = self.sealed_joining(row.act_id, &content).await?;
        self.change_request(ActRow { sealed, ..row }, seal_event(who, "joining_proposed")).await
    }

    /// Decides, as the second person, what another proposed: with agreement it is done, and the act is returned.
    ///
    /// # Errors
    ///
    /// [`JoinError`]; a refusal is in the trail too.
    pub async fn decide_joining(
        &self,
        who: &SignedIn,
        id: Uuid,
        agree: bool,
    ) -> Result<Option<Uuid>, JoinError> {
        let (row, content) = self.case_of_joining(who, id).await?;
        let Some(first) = content.proposed_by else {
            return self.not_joined(who, "not_the_moment", JoinError::Moment).await;
        };
        if first == who.account {
            return self.not_joined(who, "same_person_twice", JoinError::OnePerson).await;
        }
        if !agree {
            let row = ActRow { state: ActState::Refused, ..row };
            self.change_request(row, seal_event(who, "joining_declined")).await?;
            return Ok(None);
        }
        let at = (Permission::ApproveSeal, row.organisation_id);
        let about = self.concerned_by_joining(&content.request).await?;
        if !Box::pin(self.proposer_still_may(first, at, &about)).await? {
            let void = RequestContent { proposed_by: None, ..content };
            let sealed = self.sealed_joining(row.act_id, &void).await?;
            let row = ActRow { sealed, ..row };
            self.change_request(row, seal_event(who, "joining_proposal_void")).await?;
            return Err(ProposerMayNot.into());
        }
        let review = match content.review {
            Some(case) => match reviews::by_id(&mut self.store.reader().await?, case).await? {
                Some(case) => Some(case),
                None => return Err(JoinError::Changed),
            },
            None => None,
        };
        let decider = Decider {
            who,
            desk: Desk::Protected,
            by: vec![first, who.account],
            basis: content.basis,
            request: Some(ActRow { state: ActState::Used, ..row }),
            review,
            journalled: Mutex::default(),
        };
        match Box::pin(self.carry_out_joining(&decider, &content.request)).await? {
            Some(done) => Ok(Some(done.act)),
            None => self.not_joined(who, "not_within_reach", JoinError::NotFound).await,
        }
    }

    async fn change_request(&self, row: ActRow, event: Event) -> Result<(), JoinError> {
        let mut tx = self.store.begin().await?;
        if !pending_acts::replace(&mut tx, &row).await? {
            tx.rollback().await?;
            return Err(JoinError::Changed);
        }
        self.commit_with(tx, vec![event]).await?;
        Ok(())
    }

    /// A request that waits for this desk and that this person can go on with.
    async fn case_of_joining(&self, who: &SignedIn, id: Uuid) -> Result<(ActRow, RequestContent), JoinError> {
        self.may_join_records(who, Permission::ApproveSeal).await?;
        self.freshly_proved(who, DangerousAct::ReleaseHeld)?;
        let row = self.joining_within(who, id, (REQUEST, Permission::ApproveSeal)).await?;
        let waits = row.state == ActState::Open && row.expires_at > self.world.now().as_microsecond();
        let content: Option<RequestContent> = self.open_act(&row).await?.filter(|_| waits);
        let theirs = match &content {
            Some(content) => self.is_of_this_desk(who, &content.request).await?,
            None => false,
        };
        let Some(content) = content.filter(|_| theirs) else {
            return self.not_joined(who, "not_within_reach", JoinError::NotFound).await;
        };
        if content.by == who.account {
            return self.not_joined(who, "same_person_twice", JoinError::OnePerson).await;
        }
        Ok((row, content))
    }

    /// Whether a request is about records of which one is protected and all can be decided about here, by somebody whom no
    /// shield of theirs bars.
    async fn is_of_this_desk(&self, who: &SignedIn, request: &JoiningRequest) -> Result<bool, ServiceError> {
        let numbers = match request {
            JoiningRequest::Join { .. }
            | JoiningRequest::KeepApart { .. }
            | JoiningRequest::TakeApart { .. } => numbers_of(request),
            // In the clear a link of a protected child is like any other: nobody's.
            JoiningRequest::Confirm { .. } => return Ok(false),
            JoiningRequest::Undo { act } => return self.undo_is_of_this_desk(who, *act).await,
        };
        let mut opened = Vec::new();
        for number in numbers {
            let Some(open) = self.decidable(who, Desk::Protected, number).await? else { return Ok(false) };
            opened.push(open);
        }
        Ok(opened.iter().any(|open| open.profile.is_shielded()) && self.none_is_sealed_off(&opened).await?)
    }

    /// The children that a request is about.
    async fn concerned_by_joining(&self, request: &JoiningRequest) -> Result<Vec<Uuid>, ServiceError> {
        let mut conn = self.store.reader().await?;
        let mut concerned = Vec::new();
        for number in numbers_of(request) {
            concerned.extend(child_numbers::child_of(&mut conn, self.number_key(number)).await?);
        }
        if let JoiningRequest::Undo { act } = request
            && let Some(row) = pending_acts::by_id(&mut conn, *act).await?.filter(|row| row.kind == JOINING)
        {
            let content: Option<ActContent> = self.open_act(&row).await?;
            concerned.extend(content.iter().flat_map(|content| content.done.children()));
        }
        Ok(concerned)
    }

    async fn none_is_sealed_off(&self, opened: &[OpenChild]) -> Result<bool, ServiceError> {
        let [one, other] = opened else { return Ok(true) };
        let bar = self.is_barred(&mut self.store.reader().await?, one, other).await?;
        Ok(bar != Some(crate::barrier::Bar::Sealed))
    }

    async fn undo_is_of_this_desk(&self, who: &SignedIn, act: Uuid) -> Result<bool, ServiceError> {
        let row = pending_acts::by_id(&mut self.store.reader().await?, act).await?;
        let Some(row) = row.filter(|row| row.kind == JOINING && row.state == ActState::Used) else {
            return Ok(false);
        };
        let Some(content) = self.open_act::<ActContent>(&row).await? else { return Ok(false) };
        let mut shielded = false;
        for child in content.done.children() {
            let Some(open) = self.decidable_child(Desk::Protected, child).await? else { return Ok(false) };
            if who.is_barred_by(&open.profile) {
                return Ok(false);
            }
            shielded |= open.profile.is_shielded();
        }
        Ok(shielded)
    }
}

fn numbers_of(request: &JoiningRequest) -> Vec<&ChildNumber> {
    match request {
        JoiningRequest::Join { survivor: one, other } | JoiningRequest::KeepApart { one, other } => {
            vec![one, other]
        }
        JoiningRequest::TakeApart { number, .. } | JoiningRequest::Confirm { number, .. } => vec![number],
        JoiningRequest::Undo { .. } => Vec::new(),
    }
}
