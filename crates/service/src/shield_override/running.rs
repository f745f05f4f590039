//! An override that runs: the same record again, in the same session, until the minutes are over or it is closed.

use audit::{Action, Detail, DisclosureDetail};
use directory::access::Permission;
use directory::disclosure::{RecordView, Viewer};
use directory::watching::Flag;

use super::{Overridden, OverrideError, RunningOverride, refused};
use crate::session::{Reasoned, SignedIn, instant};
use crate::trail::Event;
use crate::{Directory, Disclosed};

impl Directory {
    /// The record whose shield is overridden in this session, once more. Everything is asked again: a role that was taken, a
    /// capability switched off, a shield that has come to bar the person end it here. The entry is durable before this
    /// returns.
    ///
    /// # Errors
    ///
    /// [`OverrideError::Ended`] when none runs any more; the others as [`Directory::override_shield`].
    pub async fn overridden_record(&self, who: &Reasoned) -> Result<Disclosed<Overridden>, OverrideError> {
        let person = who.who();
        let running = self.session_content(person).await?.running;
        if let Err(refused) = self.is_override_holder(person).await {
            if running.is_some() {
                self.end_override(person, None).await?;
            }
            return Err(refused);
        }
        let Some(running) = running else {
            self.no_override(person, None, "override_not_running").await?;
            return Err(OverrideError::Ended);
        };
        if self.world.now() >= instant(running.until) {
            return self.ended(person, running, "override_ran_out").await;
        }
        let viewer = if running.agreed_by.is_some() { Viewer::OverrideByTwo } else { Viewer::Override };
        let behind = self.behind(running.child, person, &viewer).await?;
        let Some(view) = behind.view() else {
            return self.ended(person, running, "override_of_nothing").await;
        };
        let mut flags = self.noted_of_record(person, &behind.near).await?;
        flags.push(Flag::OverrideRunning.code().to_owned());
        let reason = running.reason.in_the_clear();
        let detail = DisclosureDetail {
            child: Some(running.child),
            fields_shown: behind.disclosure.fields_shown().into_iter().map(str::to_owned).collect(),
            flags,
            stated: Some(running.reason.code().to_owned()),
            agreed_by: running.agreed_by,
            ..DisclosureDetail::default()
        };
        let event = Event::new(Action::RecordViewed, Detail::Disclosure(detail))
            .by(person)
            .because(reason.code())
            .about(running.child)
            .and_of_joined(&behind.profile)
            .showing(RecordView::FIELDS);
        let receipt = self.record(event).await?;
        let shown = Overridden {
            view,
            until: instant(running.until),
            reason: running.reason,
            by_two: running.agreed_by.is_some(),
        };
        Ok(Disclosed::after_audit(shown, reason, receipt))
    }

    /// Closes the record: only a new override shows it again (rule 2.9). Where none runs there is nothing to close, and the
    /// same is said.
    ///
    /// # Errors
    ///
    /// [`OverrideError::Forbidden`] or the system's.
    pub async fn close_override(&self, who: &SignedIn) -> Result<(), OverrideError> {
        if !who.may(Permission::OverrideShield) {
            self.record(refused(None, "not_permitted", "override").by(who)).await?;
            return Err(OverrideError::Forbidden);
        }
        let child = self.session_content(who).await?.running.map(|running| running.child);
        self.end_override(who, Some(refused(child, "not_found", "override_closed"))).await
    }

    async fn ended<T>(
        &self,
        person: &SignedIn,
        running: RunningOverride,
        flag: &str,
    ) -> Result<T, OverrideError> {
        self.end_override(person, Some(refused(Some(running.child), "not_found", flag))).await?;
        Err(OverrideError::Ended)
    }

    /// Nothing runs in the session any more; with the entry of it.
    async fn end_override(&self, person: &SignedIn, event: Option<Event>) -> Result<(), OverrideError> {
        let mut tx = self.store.begin().await?;
        self.change_session(&mut tx, person, |content| content.running = None).await?;
        let events = event.map(|event| event.by(person)).into_iter().collect();
        self.commit_with(tx, events).await?;
        Ok(())
    }
}
