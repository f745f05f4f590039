//! One case: what the held record says of the child, and what kinds of children it may belong to.

use audit::{Action, Detail, DisclosureDetail};
use directory::disclosure::{HeldRecordView, RecordView, disclose_held};
use uuid::Uuid;

use super::{HeldError, HeldView, kind_of};
use crate::search::as_sent;
use crate::session::Reasoned;
use crate::shield_desk::AT_SHIELD_DESK;
use crate::trail::Event;
use crate::{Directory, Disclosed};

impl Directory {
    /// Opens a case. The entry is that of any record opened, and durable before this returns.
    ///
    /// # Errors
    ///
    /// [`HeldError`]; a refusal is in the trail too.
    pub async fn held_record(&self, who: &Reasoned, id: Uuid) -> Result<Disclosed<HeldView>, HeldError> {
        let person = who.who();
        self.at_the_sealed_desk(person).await?;
        let Some(case) = self.cases(person, Some(id)).await?.pop() else {
            return self.not_released(person, "no_such_case", HeldError::NotFound).await;
        };
        let sources = self.sources().await?;
        let child = self.compute_record(&case.child, case.child.profile.clone(), &sources, None);
        let sent = as_sent([&case.record], &sources)?;
        let Some(record) = sent.iter().find_map(|sent| disclose_held(&child, sent)) else {
            return self.not_released(person, "no_such_case", HeldError::NotFound).await;
        };
        let people: Vec<Uuid> = case.proposal.iter().map(|(_, content)| content.by).collect();
        let labels = self.labels_of(&mut self.store.reader().await?, &people).await?;
        let line = case.line(person);
        let view = HeldView {
            record,
            changed: !case.is_first_sighting(),
            candidates: case.candidates.iter().map(kind_of).collect(),
            at_protected_home: case.home.is_protected(),
            asked_about: case.asked_about(),
            proposal: case
                .proposal
                .as_ref()
                .map(|(_, proposed)| (proposed.choice, labels.get(&proposed.by).cloned())),
            may_propose: !line.proposed,
            may_decide: line.proposed && line.can_go_on,
            line,
        };
        let child = case.child.row.child_id;
        let detail = DisclosureDetail {
            child: Some(child),
            fields_shown: HeldRecordView::FIELDS.map(str::to_owned).to_vec(),
            flags: vec![AT_SHIELD_DESK.to_owned()],
            ..DisclosureDetail::default()
        };
        let event = Event::new(Action::RecordViewed, Detail::Disclosure(detail))
            .by(person)
            .about(child)
            .showing(RecordView::FIELDS);
        let receipt = self.record(event).await?;
        Ok(Disclosed::after_audit(view, *who.reason(), receipt))
    }
}
