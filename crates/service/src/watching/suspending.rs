//! Suspected misuse: the account is suspended at once, its line manager told, an investigation opened (rule 6.14).

use directory::watching::{StepKind, Tier, tier_of};
use store::{Tx, investigations, month_counts, pending_acts};
use uuid::Uuid;

use super::counts::Tally;
use super::deciding::{AlertError, investigation_event};
use super::raising::{CENTRE, InvestigationContent, Step, scope_of};
use crate::accounts::{Account, AccountActError};
use crate::{Directory, ServiceError};

impl From<AccountActError> for AlertError {
    fn from(error: AccountActError) -> Self {
        match error {
            AccountActError::Changed => Self::Changed,
            AccountActError::Forbidden => Self::Forbidden,
            AccountActError::StepUpFirst(first) => Self::StepUpFirst(first),
            AccountActError::Service(fault) => Self::Service(fault),
            _ => Self::NotFound,
        }
    }
}

impl Directory {
    /// Opens the investigation of an account that somebody, or the service itself, has just suspended for misuse, in the same
    /// transaction, and writes the line manager's notice.
    pub(crate) async fn investigate_misuse(
        &self,
        tx: &mut Tx,
        account: &Account,
        by: Option<Uuid>,
    ) -> Result<(), ServiceError> {
        let organisation = account.row.organisation_id;
        let tier = tier_of(&account.organisation.kind, &account.held_roles());
        let authority = match tier {
            Tier::Authority => scope_of(&account.organisation),
            Tier::Central => CENTRE.to_owned(),
        };
        let suspended = Step {
            at: self.world.now().as_microsecond(),
            by,
            what: StepKind::AccountSuspended,
            evidence: None,
        };
        let content = InvestigationContent {
            opened_by: by,
            because: "account_suspended_for_misuse".to_owned(),
            takes_two: true,
            steps: vec![suspended],
            ..InvestigationContent::default()
        };
        let about = (organisation, Some(account.row.account_id));
        let row = self.investigation_row((tier, &authority), about, content).await?;
        investigations::insert(tx, &row).await?;
        let notice =
            self.misuse_notice(by, organisation, Some(row.investigation_id), account.row.account_id).await?;
        pending_acts::insert(tx, &notice).await?;
        let mut tally = Tally::default();
        tally.add(&self.this_month(), organisation, "investigations");
        month_counts::add(tx, &tally.rows()).await?;
        let opened =
            investigation_event("investigation_opened", row.investigation_id, vec![account.row.account_id]);
        let opened = match by {
            Some(person) => opened.by_account(person, organisation),
            None => opened,
        };
        self.write_event(tx, opened).await?;
        Ok(())
    }
}
