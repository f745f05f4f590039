//! Who is kept from acting on an alert or an investigation: whoever it is about, whoever named them or agreed to what they did,
//! and of the override of a shield whoever belongs to an organisation of the user's (rules 2.9, 9.6, 12.13). An organisation is
//! somebody's if it employs them or they hold a role there. It is asked anew at each act: both may have moved since.

use std::collections::BTreeSet;

use directory::access::HeldRole;
use directory::watching::{Refusal, Rule, may_decide};
use store::accounts;
use store::alerts::AlertRow;
use store::investigations::InvestigationRow;
use uuid::Uuid;

use super::raising::{AlertContent, InvestigationContent};
use crate::proposers::LetIn;
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

/// Somebody who would act, with where they belong at this moment.
pub(super) struct Acting<'a> {
    account: Uuid,
    employer: Uuid,
    roles: &'a [HeldRole],
}

impl<'a> From<&'a SignedIn> for Acting<'a> {
    fn from(who: &'a SignedIn) -> Self {
        Self { account: who.account, employer: who.organisation_id, roles: &who.roles }
    }
}

impl<'a> From<&'a LetIn> for Acting<'a> {
    fn from(person: &'a LetIn) -> Self {
        Self { account: person.account, employer: person.employer, roles: &person.roles }
    }
}

impl Acting<'_> {
    fn belongs_to_one_of(&self, organisations: &BTreeSet<Uuid>) -> bool {
        organisations.contains(&self.employer)
            || self.roles.iter().any(|held| organisations.contains(&held.at.id))
    }
}

impl Directory {
    /// Whether somebody may act on an investigation, and if not, why.
    pub(super) async fn may_investigate(
        &self,
        person: impl Into<Acting<'_>>,
        row: &InvestigationRow,
        content: &InvestigationContent,
    ) -> Result<Result<(), Refusal>, ServiceError> {
        let of_an_override = content.because == Rule::ShieldOverride.code();
        let about = (row.account_id, row.organisation_id);
        self.keeps_out(&person.into(), of_an_override, about, &content.named_by).await
    }

    /// Whether somebody may act on an alert, and if not, why.
    pub(super) async fn may_handle(
        &self,
        who: &SignedIn,
        row: &AlertRow,
        content: &AlertContent,
    ) -> Result<Result<(), Refusal>, ServiceError> {
        let of_an_override = content.rule == Rule::ShieldOverride;
        let about = (row.account_id, row.organisation_id);
        self.keeps_out(&who.into(), of_an_override, about, &content.named_by).await
    }

    async fn keeps_out(
        &self,
        person: &Acting<'_>,
        of_an_override: bool,
        (about, employer_then): (Option<Uuid>, Uuid),
        named_by: &[Uuid],
    ) -> Result<Result<(), Refusal>, ServiceError> {
        if let Err(refusal) = may_decide(person.account, about, named_by) {
            return Ok(Err(refusal));
        }
        if !of_an_override {
            return Ok(Ok(()));
        }
        let theirs = self.organisations_of(about, employer_then).await?;
        Ok(if person.belongs_to_one_of(&theirs) { Err(Refusal::OwnOrganisation) } else { Ok(()) })
    }

    /// The organisations of whom it is about: whom they worked for then, whom they work for now, and where they hold a role.
    async fn organisations_of(
        &self,
        account: Option<Uuid>,
        employer_then: Uuid,
    ) -> Result<BTreeSet<Uuid>, ServiceError> {
        let mut organisations = BTreeSet::from([employer_then]);
        let Some(account) = account else { return Ok(organisations) };
        let mut conn = self.store.reader().await?;
        organisations.extend(accounts::by_id(&mut conn, account).await?.map(|row| row.organisation_id));
        let held = accounts::roles_of(&mut conn, account).await?;
        organisations.extend(held.iter().map(|row| row.organisation_id));
        Ok(organisations)
    }
}
