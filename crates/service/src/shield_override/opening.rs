//! Overriding a shield: alone, and the part that an override by two shares with it.

use audit::{Action, Detail, DisclosureDetail, ReasonDetail};
use directory::access::{DangerousAct, OverrideStatement, Reason};
use directory::disclosure::{Disclosure, RecordView, Viewer};
use directory::watching::Flag;
use rand::RngExt as _;
use store::Tx;
use store::override_quota::{self, QuotaRow};
use uuid::Uuid;

use super::quota::Quota;
use super::{Behind, Overridden, OverrideError, RunningOverride};
use crate::search::RecordHandle;
use crate::session::Reasoned;
use crate::trail::Event;
use crate::watching::Alarm;
use crate::{Directory, Disclosed, ServiceError};

/// Everything that one override writes, made ready outside its transaction.
pub(super) struct Begun {
    pub(super) running: RunningOverride,
    shown: Overridden,
    reason: Reason,
    events: Vec<Event>,
    alarm: Alarm,
    quota: QuotaRow,
}

/// What an override is of.
pub(super) struct Wanted {
    pub(super) child: Uuid,
    pub(super) reason: directory::access::OverrideReason,
    pub(super) agreed_by: Option<Uuid>,
}

impl Begun {
    /// The same, found in the trail by the second person too, and by their organisation.
    pub(super) fn agreed_by(mut self, account: Uuid, organisation: Uuid) -> Self {
        let named = |event: Event| event.changing_account(account).at_organisation(organisation);
        self.events = self.events.into_iter().map(named).collect();
        self
    }
}

impl Directory {
    /// Overrides the shield of one record. The entry, the alert and the investigation are durable, together, before this
    /// returns; the proof is used up with them, and the record is shown again in this session until the minutes are over.
    ///
    /// # Errors
    ///
    /// [`OverrideError`]; a refusal is in the trail too, and counts against no quota.
    pub async fn override_shield(
        &self,
        who: &Reasoned,
        handle: &RecordHandle,
        stated: OverrideStatement,
    ) -> Result<Disclosed<Overridden>, OverrideError> {
        let person = who.who();
        let child = self.may_override(person, handle).await?;
        // Asked before the child is looked at, so that being asked says nothing of it.
        let proof = self.proof_of_its_own(person, DangerousAct::OverrideShield, child).await?;
        let quota = self.quota_for_another(person, child).await?;
        let behind = self.behind(child, person, &Viewer::Override).await?;
        if matches!(behind.disclosure, Disclosure::Shielded(_)) {
            self.no_override(person, Some(child), "override_takes_two").await?;
            return Err(OverrideError::TakesTwo);
        }
        let wanted = Wanted { child, reason: stated.reason(), agreed_by: None };
        let begun = self.begin_override(who, &behind, &wanted, &quota).await?;
        let running = begun.running;
        let mut tx = self.store.begin().await?;
        let fresh =
            self.use_proof_up(&mut tx, person, &proof, |content| content.running = Some(running)).await?;
        if !fresh {
            tx.rollback().await?;
            return Err(OverrideError::Ended);
        }
        self.commit_override(tx, begun).await
    }

    /// Makes ready what an override writes; nothing to override where it would show nothing.
    pub(super) async fn begin_override(
        &self,
        who: &Reasoned,
        behind: &Behind,
        wanted: &Wanted,
        quota: &Quota,
    ) -> Result<Begun, OverrideError> {
        let person = who.who();
        let Some(view) = behind.view() else {
            self.no_override(person, Some(wanted.child), "override_of_nothing").await?;
            return Err(OverrideError::NothingToOverride);
        };
        let now = self.world.now();
        let until = self.policy.shield_override.until(now);
        let reason = wanted.reason.in_the_clear();
        let entry = vault::uuid_v4(self.world.chance.generator().random());
        let mut flags = self.noted_of_record(person, &behind.near).await?;
        flags.push(Flag::ShieldOverride.code().to_owned());
        let confirmed = ReasonDetail {
            reason: reason.code().to_owned(),
            previous: Some(who.reason().code().to_owned()),
            child: Some(wanted.child),
        };
        let shown = DisclosureDetail {
            child: Some(wanted.child),
            fields_shown: behind.disclosure.fields_shown().into_iter().map(str::to_owned).collect(),
            flags,
            stated: Some(wanted.reason.code().to_owned()),
            agreed_by: wanted.agreed_by,
            ..DisclosureDetail::default()
        };
        // To the letter the headers of a record opened in the ordinary way: neither a shield nor an override stands there.
        let confirmed = Event::new(Action::ReasonStated, Detail::Reason(confirmed))
            .by(person)
            .because(reason.code())
            .concerning([wanted.child])
            .and_of_joined(&behind.profile);
        let viewed = Event::new(Action::RecordViewed, Detail::Disclosure(shown))
            .under(entry)
            .by(person)
            .because(reason.code())
            .about(wanted.child)
            .and_of_joined(&behind.profile)
            .showing(RecordView::FIELDS);
        Ok(Begun {
            running: RunningOverride {
                child: wanted.child,
                until: until.as_microsecond(),
                reason: wanted.reason,
                agreed_by: wanted.agreed_by,
            },
            shown: Overridden { view, until, reason: wanted.reason, by_two: wanted.agreed_by.is_some() },
            reason,
            events: vec![confirmed, viewed],
            alarm: self.alarm_of_override(person, wanted.agreed_by, entry).await?,
            quota: self.quota_with_another(quota, now)?,
        })
    }

    /// Writes it: the quota, the alert and the investigation, and last the entries, of which the receipt is.
    pub(super) async fn commit_override(
        &self,
        mut tx: Tx,
        begun: Begun,
    ) -> Result<Disclosed<Overridden>, OverrideError> {
        if !override_quota::put(&mut tx, &begun.quota).await? {
            tx.rollback().await?;
            return Err(OverrideError::Ended);
        }
        self.keep_alarm(&mut tx, begun.alarm).await.map_err(ServiceError::while_auditing)?;
        let receipt = self.commit_with(tx, begun.events).await?;
        Ok(Disclosed::after_audit(begun.shown, begun.reason, receipt))
    }
}
