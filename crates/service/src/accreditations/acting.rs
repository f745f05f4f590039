//! Opening an application and acting on one.

use audit::{Action, ChangeDetail, Detail};
use directory::access::accreditation::{
    Accreditation, AccreditationState, Act, NotDone, may_accredit, may_apply,
};
use directory::access::{OrganisationStanding, Permission};
use rand::RngExt as _;
use store::Tx;
use store::accreditations::{self, AccreditationRow, AccreditationState as Stored};
use store::organisations::{self, OrganisationRow, OrganisationState};
use uuid::Uuid;

use super::is_current;
use crate::organisations::{OrganisationError, sector_of};
use crate::revocations::Revocation;
use crate::session::SignedIn;
use crate::trail::Event;
use crate::{Directory, ErrorKind, ServiceError};

impl Directory {
    /// Opens an application of an organisation: its first, a renewal once that is open, or one because something material
    /// has `changed`. What is in force stays in force until the new one is decided.
    ///
    /// # Errors
    ///
    /// [`OrganisationError`].
    pub async fn open_accreditation(
        &self,
        who: &SignedIn,
        organisation: Uuid,
        changed: bool,
    ) -> Result<Uuid, OrganisationError> {
        let mut tx = self.begin_register().await?;
        let row = self.visible(&mut tx, who, organisation).await?;
        if !may_apply(who.roles(), &self.standing_of(&row)) {
            return Err(OrganisationError::Forbidden);
        }
        if row.state == OrganisationState::Withdrawn {
            return Err(OrganisationError::Withdrawn);
        }
        let all = self.accreditations_of(&mut tx, organisation).await?;
        if all
            .iter()
            .any(|(row, _)| matches!(row.state, Stored::Draft | Stored::Submitted | Stored::Assessed))
        {
            return Err(OrganisationError::AlreadyOpen);
        }
        let declared = self.declared(&row);
        let in_force = all.iter().find(|(row, _)| is_current(row.state)).map(|(_, current)| current);
        let in_force = in_force.or(declared.as_ref());
        let by = (who.account(), self.today());
        let opened = Accreditation::open(sector_of(&row), in_force, changed, by, &self.policy.accreditation)?;
        let id = self.add(&mut tx, organisation, &opened).await?;
        self.tell(&mut tx, Some(who), "accreditation_opened", (organisation, id), Vec::new()).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Acts on an accreditation, all of the acts or none. `seen` is the version the person looked at: what they did not
    /// see is not decided by them.
    ///
    /// # Errors
    ///
    /// [`OrganisationError`].
    pub async fn act_on_accreditation(
        &self,
        who: &SignedIn,
        accreditation: Uuid,
        seen: Option<i64>,
        acts: &[Act],
    ) -> Result<(), OrganisationError> {
        let mut tx = self.begin_register().await?;
        let row = accreditations::by_id(&mut tx, accreditation).await?.ok_or(OrganisationError::NotFound)?;
        let organisation = self.visible(&mut tx, who, row.organisation_id).await?;
        let before = self.open_accreditation_row(&row).await?;
        if let Some(first) = acts.first() {
            self.must_be_allowed(who, &self.standing_of(&organisation), first, before.state())?;
        }
        if seen.is_some_and(|seen| seen != row.version) {
            return Err(OrganisationError::Changed);
        }
        self.act(tx, who, &organisation, (&row, before), acts).await
    }

    /// Acts on the accreditation that is in force at an organisation, or suspended: also on one that only the installation
    /// declared, which from then on is the product's.
    ///
    /// # Errors
    ///
    /// [`OrganisationError`].
    pub async fn act_on_accreditation_in_force(
        &self,
        who: &SignedIn,
        organisation: Uuid,
        act: &Act,
    ) -> Result<(), OrganisationError> {
        let mut tx = self.begin_register().await?;
        let organisation = self.visible(&mut tx, who, organisation).await?;
        // What is in force was granted, or suspended after that: the same people may act on it.
        self.must_be_allowed(who, &self.standing_of(&organisation), act, AccreditationState::Granted)?;
        let id = organisation.organisation_id;
        let all = self.accreditations_of(&mut tx, id).await?;
        let (row, before) = match all.into_iter().find(|(row, _)| is_current(row.state)) {
            Some(current) => current,
            None => {
                let declared = self.declared(&organisation).ok_or(NotDone::NotNow)?;
                let added = self.add(&mut tx, id, &declared).await?;
                let row = accreditations::by_id(&mut tx, added).await?.ok_or(OrganisationError::NotFound)?;
                (row, declared)
            }
        };
        self.act(tx, who, &organisation, (&row, before), std::slice::from_ref(act)).await
    }

    /// Stops what is in force at an organisation as people had decided before a restore; whether it was in force still.
    pub(crate) async fn stop_again(
        &self,
        organisation: Uuid,
        act: &Act,
        dry: bool,
    ) -> Result<bool, ServiceError> {
        let mut tx = self.begin_register().await?;
        let row = organisations::by_id(&mut tx, organisation).await?;
        let Some(known) = row.filter(|row| row.state != OrganisationState::Withdrawn) else {
            return Ok(false);
        };
        let all = self.accreditations_of(&mut tx, organisation).await?;
        let current = all.into_iter().find(|(row, _)| is_current(row.state));
        let declared = self.declared(&known);
        let before = current.as_ref().map(|(_, accreditation)| accreditation).or(declared.as_ref());
        let by = (Uuid::nil(), self.today());
        let after = before.and_then(|before| before.after(act, by, &self.policy.accreditation).ok());
        let Some(after) = after.filter(|after| Some(after) != before) else { return Ok(false) };
        if dry {
            return Ok(true);
        }
        let id = match current {
            Some((row, _)) => {
                let next = self.accreditation_row(&row, &after).await?;
                if !accreditations::replace(&mut tx, &next).await? {
                    return Err(ServiceError::new(ErrorKind::Busy, "the accreditation kept changing"));
                }
                row.accreditation_id
            }
            None => self.add(&mut tx, organisation, &after).await?,
        };
        self.follow(&mut tx, &known, &after).await?;
        let change = after.steps().last().map_or("changed", |step| step.what.code());
        let fields = vec!["journal_replayed".to_owned()];
        self.tell(&mut tx, None, &format!("accreditation_{change}"), (organisation, id), fields).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn act(
        &self,
        mut tx: Tx,
        who: &SignedIn,
        organisation: &OrganisationRow,
        (row, before): (&AccreditationRow, Accreditation),
        acts: &[Act],
    ) -> Result<(), OrganisationError> {
        let target = self.standing_of(organisation);
        if organisation.state == OrganisationState::Withdrawn {
            return Err(OrganisationError::Withdrawn);
        }
        let by = (who.account(), self.today());
        let mut after = before.clone();
        for act in acts {
            self.must_be_allowed(who, &target, act, after.state())?;
            after = after.after(act, by, &self.policy.accreditation)?;
        }
        if after == before {
            return Ok(());
        }
        let granted =
            before.state() != AccreditationState::Granted && matches!(acts.last(), Some(Act::Grant(_)));
        if granted {
            self.supersede(&mut tx, who, row).await?;
        }
        let next = self.accreditation_row(row, &after).await?;
        if !accreditations::replace(&mut tx, &next).await? {
            return Err(OrganisationError::Changed);
        }
        for act in acts {
            for revocation in Revocation::of_accreditation(organisation.organisation_id, act) {
                self.journal_revocation(&revocation).await?;
            }
        }
        if is_current(next.state) {
            self.follow(&mut tx, organisation, &after).await?;
        }
        let steps = after.steps().get(before.steps().len()..).unwrap_or_default();
        let fields = steps.iter().filter_map(|step| step.about.clone()).collect();
        let change = steps.last().map_or("changed", |step| step.what.code());
        let ids = (organisation.organisation_id, row.accreditation_id);
        self.tell(&mut tx, Some(who), &format!("accreditation_{change}"), ids, fields).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whether the person's roles allow the act (rule 11.8), and a dangerous one stands on a fresh proof.
    fn must_be_allowed(
        &self,
        who: &SignedIn,
        target: &OrganisationStanding,
        act: &Act,
        state: AccreditationState,
    ) -> Result<(), OrganisationError> {
        let assesses = act.is_the_assessors()
            || (matches!(act, Act::SendBack(_)) && state == AccreditationState::Submitted);
        let allowed = if act.is_the_applicants() {
            may_apply(who.roles(), target)
        } else if assesses {
            may_accredit(who.roles(), Permission::AssessAccreditation, target)
        } else {
            may_accredit(who.roles(), Permission::DecideAccreditation, target)
        };
        if !allowed {
            return Err(OrganisationError::Forbidden);
        }
        Ok(act.danger().map_or(Ok(()), |act| self.freshly_proved(who, act))?)
    }

    /// What was in force gives way to what was just granted.
    async fn supersede(
        &self,
        tx: &mut Tx,
        who: &SignedIn,
        newer: &AccreditationRow,
    ) -> Result<(), OrganisationError> {
        for (row, current) in self.accreditations_of(tx, newer.organisation_id).await? {
            if row.accreditation_id != newer.accreditation_id && is_current(row.state) {
                let old =
                    self.accreditation_row(&row, &current.superseded(who.account(), self.today())).await?;
                if !accreditations::replace(tx, &old).await? {
                    return Err(OrganisationError::Changed);
                }
            }
        }
        Ok(())
    }

    async fn add(
        &self,
        tx: &mut Tx,
        organisation_id: Uuid,
        accreditation: &Accreditation,
    ) -> Result<Uuid, ServiceError> {
        let accreditation_id = vault::uuid_v4(self.world.chance.generator().random());
        let empty = AccreditationRow {
            accreditation_id,
            organisation_id,
            state: Stored::Draft,
            opened_at: self.now().as_microsecond(),
            valid_until: None,
            due_at: None,
            version: 1,
            sealed: Vec::new(),
        };
        let row = self.accreditation_row(&empty, accreditation).await?;
        accreditations::insert(tx, &row).await?;
        Ok(accreditation_id)
    }

    pub(super) async fn tell(
        &self,
        tx: &mut Tx,
        who: Option<&SignedIn>,
        change: &str,
        (organisation, accreditation): (Uuid, Uuid),
        fields: Vec<String>,
    ) -> Result<(), ServiceError> {
        let detail = ChangeDetail {
            change: change.to_owned(),
            subject: Some(organisation),
            others: vec![accreditation],
            fields,
        };
        let event = Event::new(Action::OrganisationChanged, Detail::Change(detail));
        let event = match who {
            Some(who) => event.by(who),
            None => event,
        };
        self.write_event(tx, event).await?;
        Ok(())
    }

    pub(super) async fn organisation_in(
        &self,
        tx: &mut Tx,
        organisation: Uuid,
    ) -> Result<OrganisationRow, ServiceError> {
        organisations::by_id(tx, organisation)
            .await?
            .ok_or_else(|| ServiceError::internal("an accreditation's organisation is missing"))
    }
}
