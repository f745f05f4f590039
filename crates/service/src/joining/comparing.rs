//! What an administrator sees before they decide: two records side by side, each as anybody sees it who opens it in the ordinary
//! way, and the source records of one (rule 12.5). Of management's view nothing is shown here: a record is opened behind its
//! shield by an act of its own, for a reason of its own (rules 2.3, 2.10).

use std::collections::HashMap;

use audit::{Action, Detail, DisclosureDetail};
use directory::ChildNumber;
use directory::access::Permission;
use directory::disclosure::{
    Disclosure, MatchingRecordView, MatchingView, Purpose, RecordView, disclose_for_matching,
};
use store::links::{self, LinkKind};
use store::sources::SourceRow;
use uuid::Uuid;

use super::JoinError;
use super::eligible::Desk;
use crate::records::OpenChild;
use crate::search::as_sent;
use crate::session::{Reasoned, SignedIn};
use crate::trail::Event;
use crate::{Directory, Disclosed, ServiceError};

/// Marks, in the sealed body of an entry, that a record was shown to decide which records are one child.
pub(crate) const MATCHING: &str = "matching";

/// Two records, each as this person may see it; nothing for a number that stands for nothing they may see.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The first.
    pub one: Disclosure,
    /// The second.
    pub other: Disclosure,
}

/// One source record of a child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartRecord {
    /// What it says.
    pub sent: MatchingRecordView,
    /// Whether a person confirmed that it is this child's.
    pub confirmed: bool,
}

impl Directory {
    /// Shows two records side by side. Each leaves an entry of its own, durable before this returns; a number that stands for
    /// nothing this person may see leaves the same as one that was never issued.
    ///
    /// # Errors
    ///
    /// [`JoinError`]; a refusal is in the trail too.
    pub async fn compare_records(
        &self,
        who: &Reasoned,
        one: &ChildNumber,
        other: &ChildNumber,
    ) -> Result<Disclosed<Comparison>, JoinError> {
        let person = who.who();
        self.may_join_records(person, Permission::ReviewMatches).await?;
        let (one, first) = self.compared(who, one).await?;
        let (other, second) = self.compared(who, other).await?;
        let receipt = self.record_all(vec![first, second]).await?;
        Ok(Disclosed::after_audit(Comparison { one, other }, *who.reason(), receipt))
    }

    async fn compared(
        &self,
        who: &Reasoned,
        number: &ChildNumber,
    ) -> Result<(Disclosure, Event), ServiceError> {
        let person = who.who();
        let sources = self.sources().await?;
        let open = self.child_for(person, number).await?;
        let seen = open.as_ref().map_or(Disclosure::NotFound, |open| {
            self.disclose_to(open, &sources, &person.viewer(), Purpose::OpenRecord)
                .unwrap_or(Disclosure::NotFound)
        });
        let shown = open.as_ref().filter(|_| seen != Disclosure::NotFound);
        let event = looked(person, shown.map(|open| open.row.child_id), &seen.fields_shown());
        Ok((seen, event))
    }

    /// The source records of a number about which this person decides, to choose those that are another child's.
    ///
    /// # Errors
    ///
    /// [`JoinError::NotFound`], the same whatever else the number stands for; a refusal is in the trail too.
    pub async fn records_to_part(
        &self,
        who: &Reasoned,
        number: &ChildNumber,
    ) -> Result<Disclosed<Vec<PartRecord>>, JoinError> {
        let person = who.who();
        self.may_join_records(person, Permission::ReviewMatches).await?;
        let open = self.decidable(person, Desk::Authority, number).await?;
        let Some(open) = open.filter(|open| Self::is_of_own_authority(person, &[open])) else {
            return self.not_joined(person, "not_within_reach", JoinError::NotFound).await;
        };
        let sources = self.sources().await?;
        let Some(seen) = self.seen_for_matching(&open, &sources)? else {
            return self.not_joined(person, "not_within_reach", JoinError::NotFound).await;
        };
        let mut records = part_records(seen);
        let rows = links::of_children(&mut self.store.reader().await?, &[open.row.child_id]).await?;
        for record in &mut records {
            record.confirmed =
                rows.iter().any(|row| row.record_id == record.sent.id && row.kind == LinkKind::Confirmed);
        }
        let event = looked(person, Some(open.row.child_id), &MatchingView::FIELDS);
        let receipt = self.record(event).await?;
        Ok(Disclosed::after_audit(records, *who.reason(), receipt))
    }

    /// What a data administrator sees of the records of a child about which they decide.
    pub(super) fn seen_for_matching(
        &self,
        open: &OpenChild,
        sources: &HashMap<Uuid, SourceRow>,
    ) -> Result<Option<MatchingView>, ServiceError> {
        let child = self.compute_record(open, open.profile.clone(), sources, None);
        Ok(disclose_for_matching(&child, &as_sent(&open.records, sources)?, self.today()))
    }
}

/// The records, none of them confirmed by a person yet.
pub(super) fn part_records(seen: MatchingView) -> Vec<PartRecord> {
    seen.records.into_iter().map(|sent| PartRecord { sent, confirmed: false }).collect()
}

/// The entry of a record that was looked at to decide; without a child where there was nothing to see.
fn looked(who: &SignedIn, child: Option<Uuid>, shown: &[&str]) -> Event {
    let detail = DisclosureDetail {
        child,
        fields_shown: shown.iter().map(|&field| field.to_owned()).collect(),
        refused: child.is_none().then(|| "not_found".to_owned()),
        flags: vec![MATCHING.to_owned()],
        ..DisclosureDetail::default()
    };
    let action = if child.is_some() { Action::RecordViewed } else { Action::RecordRefused };
    let event = Event::new(action, Detail::Disclosure(detail)).by(who);
    match child {
        Some(child) => event.about(child).showing(RecordView::FIELDS),
        None => event,
    }
}
