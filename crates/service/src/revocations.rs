//! What was taken from people, organisations and sources goes to the journal, so that no older backup gives it back (decision 3):
//! the last word about each counts. What was given back since is written too; it is never done again, only not taken again.

use std::collections::BTreeMap;

use audit::{Action, ChangeDetail, Detail};
use directory::access::accreditation::{Act, SuspensionReason as StoppedOrganisation};
use directory::access::{
    AccountState, Capability, ClosingReason, Role, Standing, SuspensionReason as SuspendedAccount,
};
use directory::connecting::{InstallationAct, ProductAct, StoppedBecause};
use serde::{Deserialize, Serialize};
use store::organisations::{self, OrganisationRow, OrganisationState};
use store::sources::{self, SourceRow};
use store::{accounts, connecting, locks};
use uuid::Uuid;

use crate::accounts::{AccountActError, changed};
use crate::connecting::lock_of;
use crate::journal::JournalEntry;
use crate::trail::Event;
use crate::{Directory, ErrorKind, ServiceError};

/// Something that was taken away, or given back: then its field says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub(crate) enum Revocation {
    /// An account, suspended or closed.
    Account { account: Uuid, suspended: Option<SuspendedAccount>, closed: Option<ClosingReason> },
    /// A role somewhere.
    Role { account: Uuid, organisation: Uuid, role: Role, taken: bool },
    /// An organisation's accreditation.
    Accreditation { organisation: Uuid, suspended: Option<StoppedOrganisation> },
    /// One capability of it.
    Capability { organisation: Uuid, capability: Capability, off: Option<StoppedOrganisation> },
    /// The organisation, for good.
    Organisation { organisation: Uuid },
    /// A source's installation, stopped.
    Source { source: Uuid, stopped: Option<StoppedBecause> },
    /// What a source proves itself by.
    Credential { source: Uuid, digest: String, revoked: bool },
    /// A product's type accreditation.
    Product { product: Uuid, withdrawn: Option<StoppedBecause> },
}

impl Revocation {
    /// What an act on an accreditation takes or gives back.
    pub(crate) fn of_accreditation(organisation: Uuid, act: &Act) -> Vec<Self> {
        let all = |suspended| Self::Accreditation { organisation, suspended };
        let one = |capability, off| Self::Capability { organisation, capability, off };
        match act {
            Act::Suspend(reason) => vec![all(Some(*reason))],
            Act::Reinstate => vec![all(None)],
            Act::SwitchOff(capability, reason) => vec![one(*capability, Some(*reason))],
            Act::SwitchOn(capability) => vec![one(*capability, None)],
            Act::Grant(granted) => {
                let each = granted.iter().map(|capability| one(*capability, None));
                std::iter::once(all(None)).chain(each).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What an act on an installation takes or gives back.
    pub(crate) fn of_installation(source: Uuid, act: &InstallationAct) -> Option<Self> {
        let credential =
            |digest: &String, revoked| Self::Credential { source, digest: digest.clone(), revoked };
        match act {
            InstallationAct::Stop(why) => Some(Self::Source { source, stopped: Some(*why) }),
            InstallationAct::GoOn => Some(Self::Source { source, stopped: None }),
            InstallationAct::RevokeCredential(digest) => Some(credential(digest, true)),
            InstallationAct::AddCredential(_, digest) => Some(credential(digest, false)),
            _ => None,
        }
    }

    /// What an act on a product takes away, for good.
    pub(crate) fn of_product(product: Uuid, act: &ProductAct) -> Option<Self> {
        match act {
            ProductAct::Withdraw(why) => Some(Self::Product { product, withdrawn: Some(*why) }),
            ProductAct::HandIn(_) | ProductAct::Grant | ProductAct::Refuse(_) => None,
        }
    }

    /// What it is about: of two words about the same the later one counts.
    fn subject(&self) -> String {
        match self {
            Self::Account { account, .. } => format!("account {account}"),
            Self::Role { account, organisation, role, .. } => {
                format!("role {account} {organisation} {}", role.code())
            }
            Self::Accreditation { organisation, .. } => format!("accreditation {organisation}"),
            Self::Capability { organisation, capability, .. } => {
                format!("capability {organisation} {}", capability.code())
            }
            Self::Organisation { organisation } => format!("organisation {organisation}"),
            Self::Source { source, .. } => format!("source {source}"),
            Self::Credential { source, digest, .. } => format!("credential {source} {digest}"),
            Self::Product { product, .. } => format!("product {product}"),
        }
    }
}

/// The last word about each, as a walk through the journal finds it.
#[derive(Default)]
pub(crate) struct Revocations(BTreeMap<String, Revocation>);

impl Revocations {
    pub(crate) fn said(&mut self, revocation: Revocation) {
        self.0.insert(revocation.subject(), revocation);
    }
}

impl Directory {
    /// Writes it to the journal: once its row is written, so that what lost a race is not in it, and before that is committed.
    pub(crate) async fn journal_revocation(&self, revocation: &Revocation) -> Result<(), ServiceError> {
        self.journal(&JournalEntry::Revoked { what: revocation }).await?;
        Ok(())
    }

    /// Takes away again what the journal says was taken and the restored data still gives; how much that was.
    pub(crate) async fn revoke_again(&self, said: &Revocations, dry: bool) -> Result<u64, ServiceError> {
        let mut done = 0;
        for revocation in said.0.values() {
            done += u64::from(self.take_again(revocation, dry).await?);
        }
        Ok(done)
    }

    async fn take_again(&self, revocation: &Revocation, dry: bool) -> Result<bool, ServiceError> {
        match revocation {
            Revocation::Account { account, suspended, closed } => {
                self.stop_account_again(*account, (*suspended, *closed), dry).await
            }
            Revocation::Role { taken: false, .. } | Revocation::Credential { revoked: false, .. } => {
                Ok(false)
            }
            Revocation::Role { account, organisation, role, .. } => {
                self.take_role_again(*account, *organisation, *role, dry).await
            }
            Revocation::Accreditation { organisation, suspended: Some(reason) } => {
                self.stop_again(*organisation, &Act::Suspend(*reason), dry).await
            }
            Revocation::Capability { organisation, capability, off: Some(reason) } => {
                self.stop_again(*organisation, &Act::SwitchOff(*capability, *reason), dry).await
            }
            Revocation::Organisation { organisation } => self.withdraw_again(*organisation, dry).await,
            Revocation::Source { source, stopped: Some(why) } => {
                self.stop_source_again(*source, InstallationAct::Stop(*why), dry).await
            }
            Revocation::Credential { source, digest, .. } => {
                self.stop_source_again(*source, InstallationAct::RevokeCredential(digest.clone()), dry).await
            }
            Revocation::Product { product, withdrawn: Some(why) } => {
                self.withdraw_product_again(*product, *why, dry).await
            }
            Revocation::Accreditation { suspended: None, .. }
            | Revocation::Capability { off: None, .. }
            | Revocation::Source { stopped: None, .. }
            | Revocation::Product { withdrawn: None, .. } => Ok(false),
        }
    }

    async fn stop_account_again(
        &self,
        account: Uuid,
        (suspended, closed): (Option<SuspendedAccount>, Option<ClosingReason>),
        dry: bool,
    ) -> Result<bool, ServiceError> {
        let Some(mut account) = self.account_by_id(account).await? else { return Ok(false) };
        let (state, told) = match (suspended, closed) {
            (_, Some(reason)) => (AccountState::Closed, format!("closed:{}", reason.code())),
            (Some(reason), None) => (AccountState::Suspended, format!("suspended:{}", reason.code())),
            (None, None) => return Ok(false),
        };
        let now = account.standing();
        let stands = now.state == AccountState::Closed || now == Standing { state, suspension: suspended };
        if stands || dry {
            return Ok(!stands);
        }
        account.stand(Standing { state, suspension: suspended });
        let mut tx = self.store.begin().await?;
        if let Some(reason) = closed {
            account.sealed.closing = Some(reason);
            accounts::take_roles(&mut tx, account.row.account_id).await?;
            account.roles.clear();
        }
        self.keep_account(&mut tx, &mut account).await.map_err(of_account)?;
        self.write_event(&mut tx, changed(None, &account.row, vec![told])).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn take_role_again(
        &self,
        account: Uuid,
        organisation: Uuid,
        role: Role,
        dry: bool,
    ) -> Result<bool, ServiceError> {
        let Some(mut account) = self.account_by_id(account).await? else { return Ok(false) };
        if !account.holds(role, organisation) || dry {
            return Ok(account.holds(role, organisation));
        }
        let mut tx = self.store.begin().await?;
        for role in account.falling_with(role, organisation) {
            self.take_role_in(&mut tx, &mut account, role, organisation, None).await.map_err(of_account)?;
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn withdraw_again(&self, organisation: Uuid, dry: bool) -> Result<bool, ServiceError> {
        let mut tx = self.begin_register().await?;
        let row = organisations::by_id(&mut tx, organisation).await?;
        let Some(row) = row.filter(|row| row.state != OrganisationState::Withdrawn) else { return Ok(false) };
        if dry {
            return Ok(true);
        }
        let row = OrganisationRow { state: OrganisationState::Withdrawn, capabilities: String::new(), ..row };
        organisations::put(&mut tx, &row).await?;
        let event = again(Action::OrganisationChanged, "organisation_withdrawn", organisation);
        self.commit_with(tx, vec![event]).await?;
        Ok(true)
    }

    async fn stop_source_again(
        &self,
        source: Uuid,
        act: InstallationAct,
        dry: bool,
    ) -> Result<bool, ServiceError> {
        let mut tx = self.store.begin().await?;
        let Some(row) = sources::all(&mut tx).await?.into_iter().find(|row| row.source_id == source) else {
            return Ok(false);
        };
        locks::lock_keys(&mut tx, &[lock_of(source)]).await?;
        let (version, mut installation) = self.installation_of(&mut tx, &row).await?;
        let revoked = match &act {
            InstallationAct::RevokeCredential(digest) => Some(self.connecting_credential(digest)),
            _ => None,
        };
        let change = act.change();
        let done = installation.act(act, Uuid::nil(), self.today(), &self.policy.connecting);
        if done.is_err() || dry {
            return Ok(done.is_ok());
        }
        if let Some(key) = revoked {
            connecting::remove_credential(&mut tx, key, source).await?;
        }
        if !self.keep_installation(&mut tx, &row, version, &installation).await? {
            return Err(busy());
        }
        let SourceRow { source_id, .. } = row;
        self.commit_with(tx, vec![again(Action::SourceChanged, change, source_id)]).await?;
        Ok(true)
    }

    async fn withdraw_product_again(
        &self,
        product: Uuid,
        why: StoppedBecause,
        dry: bool,
    ) -> Result<bool, ServiceError> {
        let mut tx = self.store.begin().await?;
        let Some((row, mut opened)) = self.product_row(&mut tx, product).await? else { return Ok(false) };
        let act = ProductAct::Withdraw(why);
        let change = act.change();
        let done = opened.act(act, Uuid::nil(), self.today(), &self.policy.connecting);
        if done.is_err() || dry {
            return Ok(done.is_ok());
        }
        let sealed = self.seal_at(row.organisation_id, row.product_id, &opened).await?;
        if !connecting::replace_product(&mut tx, &connecting::ProductRow { sealed, ..row }).await? {
            return Err(busy());
        }
        self.commit_with(tx, vec![again(Action::SourceChanged, change, product)]).await?;
        Ok(true)
    }
}

/// The entry of what is done again: nobody did it now.
fn again(action: Action, change: &str, subject: Uuid) -> Event {
    let detail = ChangeDetail {
        change: change.to_owned(),
        subject: Some(subject),
        fields: vec!["journal_replayed".to_owned()],
        ..ChangeDetail::default()
    };
    Event::new(action, Detail::Change(detail))
}

fn of_account(error: AccountActError) -> ServiceError {
    match error {
        AccountActError::Service(fault) => fault,
        _ => busy(),
    }
}

fn busy() -> ServiceError {
    ServiceError::new(ErrorKind::Busy, "what is done again was changed meanwhile; run the replay again")
}
