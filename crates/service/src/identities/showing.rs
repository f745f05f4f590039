//! What the desk sees: the proposals, and of each child concerned every record with the name and birth date in it. Of where
//! anybody is it sees nothing; a child's records are shown because each of them must be given to one identity.

use audit::{Action, Detail, DisclosureDetail, ExportDetail};
use directory::access::{OrganisationStanding, Permission};
use directory::disclosure::{PlacingView, RecordView, disclose_for_placing};
use directory::identities::CutOver;
use directory::{AuthorityCode, ChildNumber};
use store::pending_acts::{self, ActRow, ActState};
use uuid::Uuid;

use super::{Content, LISTED, SEAL, SealError, SealLine, SealRecord, SealStage, SealView};
use crate::records::OpenChild;
use crate::search::as_sent;
use crate::session::{Reasoned, SignedIn};
use crate::shield_desk::{AT_SHIELD_DESK, instant};
use crate::trail::Event;
use crate::{Directory, Disclosed, ServiceError};

impl Directory {
    /// The proposals at the desks this person works at, those that wait first. The entry is durable before anything is
    /// shown.
    ///
    /// # Errors
    ///
    /// [`SealError::Forbidden`] or the system's.
    pub async fn seal_proposals(&self, who: &SignedIn) -> Result<Vec<SealLine>, SealError> {
        self.may_seal(who, Permission::ProposeSeal).await?;
        let mut lines = Vec::new();
        for state in [ActState::Open, ActState::Used, ActState::Refused] {
            let rows = self.seals_at_desk(who, state).await?;
            for (row, content) in self.open_acts::<Content>(rows).await? {
                let theirs = self.is_theirs_to_seal(who, Permission::ProposeSeal, &content).await?;
                if !theirs || !Self::may_see_proposal(who, &content) {
                    continue;
                }
                lines.push(self.seal_line(who, &row, &content).await?);
            }
        }
        let detail = ExportDetail { what: "seals".to_owned(), ..ExportDetail::default() };
        self.record(Event::new(Action::ShieldsRead, Detail::Export(detail)).by(who)).await?;
        Ok(lines)
    }

    /// Every record of the children with these numbers, to be given to one identity each. A former identity, a held child, a
    /// protected child of another authority and whom a shield bars answer as if their number had never been issued (laws 3, 8).
    ///
    /// # Errors
    ///
    /// [`SealError`]; a refusal is in the trail too.
    pub async fn records_to_seal(
        &self,
        who: &Reasoned,
        numbers: &[ChildNumber],
    ) -> Result<Disclosed<Vec<SealRecord>>, SealError> {
        let person = who.who();
        self.may_seal(person, Permission::ProposeSeal).await?;
        let mut opened: Vec<OpenChild> = Vec::new();
        for (at, number) in numbers.iter().enumerate() {
            let open = self.child_for(person, number).await?;
            let Some(open) = open.filter(|open| Self::may_list_records(person, open)) else {
                return self
                    .no_seal(person, "no_such_child", SealError::NoSuchChild { position: at + 1 })
                    .await;
            };
            if opened.iter().all(|known| known.row.child_id != open.row.child_id) {
                opened.push(open);
            }
        }
        if !Self::may_seal_records(person, Permission::ProposeSeal, &opened) {
            return self.no_seal(person, "no_such_child", SealError::NoSuchChild { position: 1 }).await;
        }
        let (mut records, mut events) = (Vec::new(), Vec::new());
        for (at, open) in opened.iter().enumerate() {
            let Some(seen) = self.seen_for_placing(person, open).await? else {
                return self
                    .no_seal(person, "no_such_child", SealError::NoSuchChild { position: at + 1 })
                    .await;
            };
            records.extend(seen);
            events.push(viewed(person, open.row.child_id));
        }
        let receipt = self.record_all(events).await?;
        let records = seal_records(records, |_| None);
        Ok(Disclosed::after_audit(records, *who.reason(), receipt))
    }

    /// Opens a proposal. While it waits, every record is shown with what is proposed of it.
    ///
    /// # Errors
    ///
    /// [`SealError`]; a refusal is in the trail too.
    pub async fn seal_proposal(&self, who: &Reasoned, id: Uuid) -> Result<Disclosed<SealView>, SealError> {
        let person = who.who();
        self.may_seal(person, Permission::ProposeSeal).await?;
        let (row, content) = self.proposal_within(person, id, Permission::ProposeSeal).await?;
        if !Self::may_see_proposal(person, &content) {
            return self.no_seal(person, "not_within_reach", SealError::NotFound).await;
        }
        let said: Vec<(Uuid, CutOver)> = content.records.iter().map(|one| (one.record, one.cut)).collect();
        let children = match said.is_empty() {
            true => Vec::new(),
            // What changed meanwhile is shown as it is now; deciding says that it changed.
            false => self.gather(&said).await.map(|gathered| gathered.children).unwrap_or_default(),
        };
        let cut = |record: Uuid| said.iter().find(|(said, _)| *said == record).map(|(_, cut)| *cut);
        let (mut records, mut events) = (Vec::new(), Vec::new());
        for open in &children {
            let Some(seen) = self.seen_for_placing(person, open).await? else { continue };
            records.extend(seen);
            events.push(viewed(person, open.row.child_id));
        }
        let view = SealView {
            line: self.seal_line(person, &row, &content).await?,
            records: seal_records(records, cut),
        };
        if events.is_empty() {
            let detail =
                DisclosureDetail { flags: vec![AT_SHIELD_DESK.to_owned()], ..DisclosureDetail::default() };
            events.push(Event::new(Action::RecordViewed, Detail::Disclosure(detail)).by(person));
        }
        let receipt = self.record_all(events).await?;
        Ok(Disclosed::after_audit(view, *who.reason(), receipt))
    }

    async fn seals_at_desk(&self, who: &SignedIn, state: ActState) -> Result<Vec<ActRow>, ServiceError> {
        let mut conn = self.store.reader().await?;
        let mut found: Vec<ActRow> = Vec::new();
        for held in who.roles.iter().filter(|held| held.gives(Permission::ProposeSeal)) {
            let OrganisationStanding { id, kind, authority, .. } = &held.at;
            let rows = match authority {
                Some(code) if kind == "authority" => {
                    pending_acts::within(&mut conn, SEAL, state, 0, code, LISTED).await?
                }
                _ => pending_acts::of_organisation(&mut conn, *id, SEAL, state, LISTED).await?,
            };
            found.extend(rows);
        }
        found.sort_by_key(|row| (std::cmp::Reverse(row.opened_at), row.act_id));
        found.dedup_by_key(|row| row.act_id);
        Ok(found)
    }

    async fn seal_line(
        &self,
        who: &SignedIn,
        row: &ActRow,
        content: &Content,
    ) -> Result<SealLine, ServiceError> {
        let labels = self.labels_of(&mut self.store.reader().await?, &[content.by]).await?;
        let stage = match row.state {
            ActState::Open => SealStage::ToDecide,
            ActState::Used | ActState::Approved => SealStage::Sealed,
            ActState::Refused | ActState::Withdrawn => SealStage::Declined,
        };
        let may_decide =
            stage == SealStage::ToDecide && content.by != who.account && who.may(Permission::ApproveSeal);
        Ok(SealLine {
            id: row.act_id,
            since: instant(row.opened_at),
            kind: content.kind,
            by: labels.get(&content.by).cloned(),
            stage,
            may_decide,
        })
    }

    /// What this person's desks see of the records of a child.
    async fn seen_for_placing(
        &self,
        who: &SignedIn,
        open: &OpenChild,
    ) -> Result<Option<Vec<PlacingView>>, ServiceError> {
        let sources = self.sources().await?;
        let child = self.compute_record(open, open.profile.clone(), &sources, None);
        let held = who.roles.iter().filter(|held| held.gives(Permission::ProposeSeal));
        let desk: Vec<AuthorityCode> = held
            .filter_map(|held| held.at.authority.as_deref())
            .filter_map(|code| AuthorityCode::parse(code).ok())
            .collect();
        let sent = as_sent(&open.records, &sources)?;
        Ok(disclose_for_placing(&child, &sent, &desk, self.today()))
    }
}

/// The records of several children, in an order that does not tell whose each is.
fn seal_records(mut seen: Vec<PlacingView>, cut: impl Fn(Uuid) -> Option<CutOver>) -> Vec<SealRecord> {
    seen.sort_by(|a, b| (&a.source, a.id).cmp(&(&b.source, b.id)));
    seen.into_iter().map(|sent| SealRecord { cut_over: cut(sent.id), sent }).collect()
}

/// The entry of any record opened, one for each child: none names two.
fn viewed(who: &SignedIn, child: Uuid) -> Event {
    let detail = DisclosureDetail {
        child: Some(child),
        fields_shown: PlacingView::FIELDS.map(str::to_owned).to_vec(),
        flags: vec![AT_SHIELD_DESK.to_owned()],
        ..DisclosureDetail::default()
    };
    Event::new(Action::RecordViewed, Detail::Disclosure(detail))
        .by(who)
        .about(child)
        .showing(RecordView::FIELDS)
}
