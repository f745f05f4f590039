//! A person says that a consent was withdrawn: management of the authority that answers for the record, of any service on it;
//! whoever works for the provider, of the provider's own.

use audit::{Action, ChangeDetail, Detail};
use directory::access::Permission;
use directory::{ChildNumber, ServiceType};
use uuid::Uuid;

use super::taking_off::{Gone, Taking};
use super::{ServiceKey, Withdrawal};
use crate::families::ProvidersWord;
use crate::records::OpenChild;
use crate::retention::{Word, answers_for};
use crate::session::{Reasoned, SignedIn};
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// From which service the consent was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WithdrawnFrom {
    /// From one that management was shown on the record.
    Listed(ServiceKey),
    /// From this service, which the person's own organisation provides.
    Own(ServiceType),
}

/// Why a withdrawal was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ConsentError {
    /// The person's roles do not allow it.
    #[error("this account may not record that a consent was withdrawn")]
    Forbidden,
    /// The service needs no consent.
    #[error("this service needs no consent; choose a sensitive one")]
    NotSensitive,
    /// The system failed; nothing was written.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for ConsentError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

impl Directory {
    /// Takes the service off the record, at once and everywhere: its keys are destroyed, no source raises it again with the
    /// consent it had, and a backup of yesterday does not either. The answer is the same whether or not there was such a
    /// service, or such a child: it is nothing to ask by. A practitioner learns of their own organisation's services nothing
    /// here, and of another's they can withdraw none. Where no service on the record has a name like the provider's, its word is
    /// put before the authority that answers for the child.
    ///
    /// # Errors
    ///
    /// [`ConsentError`]; a refusal is in the trail too.
    pub async fn withdraw_consent(
        &self,
        who: &Reasoned,
        number: &ChildNumber,
        from: &WithdrawnFrom,
    ) -> Result<(), ConsentError> {
        let person = who.who();
        if !person.may(Permission::WithdrawConsent) {
            self.record(said(person, "consent_not_withdrawn:not_permitted", None)).await?;
            return Err(ConsentError::Forbidden);
        }
        let key = match from {
            WithdrawnFrom::Listed(key) => key.clone(),
            WithdrawnFrom::Own(service) if service.is_sensitive() => {
                self.service_key(*service, Some(person.organisation()))
            }
            WithdrawnFrom::Own(_) => return Err(ConsentError::NotSensitive),
        };
        let word = match from {
            WithdrawnFrom::Own(service) => Some(ProvidersWord::of(person, *service)),
            WithdrawnFrom::Listed(_) => None,
        };
        let open = self.child_for(person, number).await?.filter(|open| may_say(person, open, from));
        let Some(open) = open else {
            let withdrawn = [Withdrawal { key, on: self.today() }];
            let unseen = || said(person, "consent_withdrawn", None);
            // A legal hold keeps the record from everybody; the word counts, and the entry is that of no such child.
            if let Some(child) = self.child_on_hold(number).await?.filter(|_| word.is_some())
                && !self.is_barred_from(person, child).await?
                && self
                    .remember_under_hold(
                        child,
                        Word::Withdrawn(&withdrawn, word.as_ref()),
                        unseen,
                        Taking::Said,
                    )
                    .await?
            {
                return Ok(());
            }
            self.record(said(person, "consent_withdrawn", None)).await?;
            return Ok(());
        };
        let child = open.row.child_id;
        let gone = Gone { withdrawn: vec![Withdrawal { key, on: self.today() }], lapsed: None };
        let event = || said(person, "consent_withdrawn", Some(child));
        if !self.take_off_said_by(child, &gone, event, Taking::Said, word.as_ref()).await? {
            // Said before; it is in the trail again.
            self.record(said(person, "consent_withdrawn", Some(child))).await?;
        }
        Ok(())
    }
}

/// Whether this person's word about the child counts.
fn may_say(person: &SignedIn, open: &OpenChild, from: &WithdrawnFrom) -> bool {
    match from {
        WithdrawnFrom::Listed(_) => answers_for(person, Permission::OpenForManagement, open),
        WithdrawnFrom::Own(_) => true,
    }
}

/// What the trail says in the clear is that a record was changed, as of every change; which service it was it says nowhere.
fn said(who: &SignedIn, change: &str, child: Option<Uuid>) -> Event {
    let detail = ChangeDetail { change: change.to_owned(), subject: child, ..ChangeDetail::default() };
    Event::new(Action::RecordChanged, Detail::Change(detail)).by(who).concerning(child)
}
