//! One request with the child and everybody else who may be concerned: number, name and birth, and nothing of where anybody
//! is or which authority is answerable.

use audit::{Action, Detail, DisclosureDetail};
use directory::disclosure::{RecordView, ShieldedView};
use store::organisations;
use store::pending_acts::ActState;
use uuid::Uuid;

use super::listing::line;
use super::{
    Content, DeskChild, HouseholdMember, ShieldError, ShieldProposalView, ShieldRequestView, ShieldStage,
    ShieldStep, instant,
};
use crate::session::{Reasoned, SignedIn};
use crate::trail::Event;
use crate::{Directory, Disclosed, ServiceError};

/// Marks, in the sealed body of an entry, that a child was shown to the desk and not looked up.
pub(crate) const AT_SHIELD_DESK: &str = "at_shield_desk";

impl Directory {
    /// Opens a request. Every child whose name is shown has its entry in the trail, like the opening of any record: the trail
    /// must not flag who is shielded. The entries are durable before this returns.
    ///
    /// # Errors
    ///
    /// [`ShieldError`]; a refusal is in the trail too.
    pub async fn shield_request(
        &self,
        who: &Reasoned,
        id: Uuid,
    ) -> Result<Disclosed<ShieldRequestView>, ShieldError> {
        let person = who.who();
        self.at_the_desk(person).await?;
        let (row, content) = self.shield_act(person, id).await?;
        let open = self.child_of(&content).await?;
        let sources = self.sources().await?;
        let child = self.at_desk(&open, &sources);
        let (mut members, mut more) = (Vec::new(), 0);
        let mut events = vec![viewed(person, content.child, &child)];
        // Who lives with the child is for whoever decides about it: who asked does not, and is not told (law 3).
        if row.state == ActState::Open && content.requester != person.account {
            let household = self.household_for(person, &open).await?;
            more = household.more;
            for (other, ties) in &household.members {
                let shown = self.at_desk(other, &sources);
                events.push(viewed(person, other.row.child_id, &shown));
                let decided = content.proposal.iter().flat_map(|proposal| &proposal.household);
                let of_it = decided.filter(|(child, _)| *child == other.row.child_id);
                members.push(HouseholdMember {
                    child: shown,
                    ties: ties.clone(),
                    shielded_too: of_it.map(|(_, too)| *too).next(),
                });
            }
        }
        let line = line(person, &row, &content);
        let people = content.steps.iter().flat_map(|step| [Some(step.first), step.second]);
        let people = people.chain(content.proposal.iter().map(|proposal| Some(proposal.by)));
        let people: Vec<Uuid> = people.flatten().collect();
        let mut conn = self.store.reader().await?;
        let labels = self.labels_of(&mut conn, &people).await?;
        drop(conn);
        let steps = content.steps.iter().map(|step| ShieldStep {
            kind: step.kind,
            first: labels.get(&step.first).cloned(),
            second: step.second.and_then(|second| labels.get(&second).cloned()),
            at: instant(step.at),
        });
        let waits = content.proposal.as_ref();
        let view = ShieldRequestView {
            has_letter: content.was_asked_for(),
            may_propose: line.can_go_on && waits.is_none(),
            may_decide: line.can_go_on && line.stage != ShieldStage::Lifted && waits.is_some(),
            barred: self.barred_names(&content).await?,
            others: self.other_requests_about(person, id, content.child).await?,
            proposal: waits.map(|proposal| ShieldProposalView {
                step: proposal.step,
                by: labels.get(&proposal.by).cloned(),
                at: instant(proposal.at),
            }),
            steps: steps.collect(),
            asked: content.asked,
            grounds: content.grounds,
            household: members,
            line,
            child,
            more,
        };
        let receipt = self.record_all(events).await?;
        Ok(Disclosed::after_audit(view, *who.reason(), receipt))
    }

    async fn barred_names(&self, content: &Content) -> Result<Vec<String>, ServiceError> {
        let barred = &content.grounds.barred;
        let accounts: Vec<Uuid> = barred.accounts().iter().copied().collect();
        let mut conn = self.store.reader().await?;
        let labels = self.labels_of(&mut conn, &accounts).await?;
        let mut names: Vec<String> =
            labels.into_values().map(|label| format!("{} ({})", label.name, label.username)).collect();
        for organisation in barred.organisations() {
            names.extend(organisations::by_id(&mut conn, *organisation).await?.map(|row| row.name));
        }
        names.sort();
        Ok(names)
    }
}

fn viewed(who: &SignedIn, child: Uuid, seen: &DeskChild) -> Event {
    at_desk_event(who, child, Some(seen))
}

/// The entry of a child that was opened at the desk, of which this was shown, or nothing.
pub(crate) fn at_desk_event(who: &SignedIn, child: Uuid, seen: Option<&DeskChild>) -> Event {
    let fields = match seen.map(|seen| seen.shown.is_some()) {
        Some(true) => &ShieldedView::FIELDS[..],
        Some(false) => &["number"],
        None => &[],
    };
    let detail = DisclosureDetail {
        child: Some(child),
        fields_shown: fields.iter().map(|&field| field.to_owned()).collect(),
        flags: vec![AT_SHIELD_DESK.to_owned()],
        ..DisclosureDetail::default()
    };
    // The header names what any page of a record shows: the trail must not flag a shield.
    Event::new(Action::RecordViewed, Detail::Disclosure(detail))
        .by(who)
        .about(child)
        .showing(RecordView::FIELDS)
}
