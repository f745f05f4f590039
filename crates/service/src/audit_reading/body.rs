//! What the sealed body of an entry says to a reader: codes and values for the page to put into words. What would tell a
//! shield or a seal is left out here, not on the page.

use audit::{Action, ChangeDetail, Detail, DisclosureDetail};
use directory::access::Sight;
use directory::child_profile::Seal;
use directory::disclosure::MatchingView;
use directory::watching::Flag;
use store::audit::EntryRow;
use uuid::Uuid;
use vault::Aad;

use super::AccountLabel;
use crate::archive::FROM_ARCHIVE;
use crate::records::OpenChild;
use crate::session::SignedIn;
use crate::shield_desk::AT_SHIELD_DESK;
use crate::{Directory, ServiceError};

/// One fact of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyFact {
    /// What came of it, as its code.
    Outcome(String),
    /// The username as it was typed.
    Username(String),
    /// The network address it came from.
    Address(String),
    /// The reason, as its code, and the one it replaced.
    Reason(String, Option<String>),
    /// A field of a search, by its name, and what was typed into it where this reader may know.
    Criterion(String, Option<String>),
    /// How many children were shown.
    Found(u64),
    /// The number of a child it was about or led to.
    Child(String),
    /// A child whose number is no longer held, or not for this reader.
    ChildWithoutNumber,
    /// Why nothing was shown, as its code.
    Refused(String),
    /// What was changed, as its code.
    Change(String),
    /// A record was changed; how is not for this reader.
    RecordChanged,
    /// What it was done to: the reference of an organisation, an alert, an entry of the register.
    Reference(Uuid),
    /// The record was opened as management; that is an office, and says nothing of a shield.
    AsManagement,
    /// The shield was overridden to show it, for a reason of the override's own list; only for who decides about shields.
    ShieldOverridden(String),
    /// The archive was opened to show it, for a reason of the archive's own list.
    FromArchive(String),
    /// The fields it touched, by their names.
    Fields(Vec<String>),
    /// The account it was done to.
    Account(AccountLabel),
    /// The source that was loaded.
    Source(String),
    /// Rows read, accepted, unchanged, updated and put aside.
    Rows([u64; 5]),
    /// What was read or exported, as its code.
    Read(String),
}

/// Whether an entry says that somebody looked at a record at the shield desk.
pub(super) fn is_of_shield_desk(detail: Option<&Detail>) -> bool {
    let flags = match detail {
        Some(Detail::Disclosure(disclosure)) => disclosure.flags.as_slice(),
        _ => &[],
    };
    flags.iter().any(|flag| flag == AT_SHIELD_DESK)
}

impl Directory {
    /// Opens the body of an entry; nothing when the key of its month was destroyed.
    pub(crate) async fn open_body(&self, row: &EntryRow) -> Result<Option<Detail>, ServiceError> {
        let month = row.month.replace('-', "").parse().unwrap_or_default();
        let Some(key) = self.kept_audit_key(month).await? else { return Ok(None) };
        let plain = vault::open(&key, Aad::new(row.entry_id, 0), &row.body)?;
        Detail::from_bytes(&plain).map(Some).map_err(ServiceError::internal)
    }

    pub(crate) async fn facts_of(
        &self,
        who: &SignedIn,
        action: Action,
        detail: &Detail,
        sight: Sight,
    ) -> Result<Vec<BodyFact>, ServiceError> {
        let mut facts = Vec::new();
        match detail {
            Detail::SignIn(sign_in) => {
                facts.push(BodyFact::Username(sign_in.username.clone()));
                facts.extend(sign_in.address.clone().map(BodyFact::Address));
                facts.push(BodyFact::Outcome(sign_in.outcome.clone()));
            }
            Detail::Reason(reason) => {
                facts.push(BodyFact::Reason(reason.reason.clone(), reason.previous.clone()));
                facts.extend(self.child_facts(who, reason.child.as_slice(), sight).await?);
            }
            Detail::Search(search) => {
                for criterion in &search.criteria {
                    let value = sight.children.then(|| criterion.value.clone());
                    facts.push(BodyFact::Criterion(criterion.field.clone(), value));
                }
                facts.push(BodyFact::Found(search.shown.len() as u64));
                facts.extend(self.child_facts(who, &search.shown, sight).await?);
                facts.extend(search.refused.clone().map(BodyFact::Refused));
            }
            // The fields that were truly shown are left out: four of them would tell a shield. Those of a source record at
            // matching are the same of every child that is shown there, and none of them is shielded.
            Detail::Disclosure(disclosure) => {
                if disclosure.fields_shown == MatchingView::FIELDS {
                    facts.push(BodyFact::Fields(disclosure.fields_shown.clone()));
                }
                // Who works at the shield desk, and with whom, is for those alone who may see shields.
                match is_of_shield_desk(Some(detail)) && !sight.shields && sight.children {
                    true => facts.extend(disclosure.child.map(|_| BodyFact::ChildWithoutNumber)),
                    false => facts.extend(self.child_facts(who, disclosure.child.as_slice(), sight).await?),
                }
                facts.extend(disclosure.refused.clone().map(BodyFact::Refused));
                let as_management = disclosure.flags.iter().any(|flag| flag == Flag::AsManagement.code());
                facts.extend(as_management.then_some(BodyFact::AsManagement));
                facts.extend(stated_fact(disclosure, sight));
            }
            Detail::Load(load) => {
                facts.push(BodyFact::Source(load.source.clone()));
                let rows = [load.rows_read, load.accepted, load.unchanged, load.updated, load.quarantined];
                facts.push(BodyFact::Rows(rows));
            }
            Detail::Change(change) if action == Action::RecordChanged => {
                if sight.shields && change.change.starts_with("shield") {
                    facts.push(BodyFact::Change(change.change.clone()));
                    let told = match change.subject {
                        Some(child) => !self.is_named_by_a_request(who, &[child]).await?,
                        None => true,
                    };
                    let subject = change.subject.as_slice();
                    match told {
                        true => facts.extend(self.child_facts(who, subject, sight).await?),
                        false => facts.push(BodyFact::ChildWithoutNumber),
                    }
                } else {
                    facts.push(BodyFact::RecordChanged);
                }
            }
            Detail::Change(change) => facts.extend(change_facts(action, change)),
            Detail::AccountChange(change) => {
                if let Some(account) = change.account {
                    let mut conn = self.store.reader().await?;
                    facts.extend(
                        self.labels_of(&mut conn, &[account]).await?.remove(&account).map(BodyFact::Account),
                    );
                }
                facts.extend(change.changes.iter().cloned().map(BodyFact::Change));
            }
            Detail::Export(export) => facts.push(BodyFact::Read(export.what.clone())),
        }
        Ok(facts)
    }

    /// Children by their numbers. One that was destroyed or sealed, or whose shield bars the reader, has none to show, and the
    /// three are not told apart.
    async fn child_facts(
        &self,
        who: &SignedIn,
        children: &[Uuid],
        sight: Sight,
    ) -> Result<Vec<BodyFact>, ServiceError> {
        if !sight.children {
            return Ok(Vec::new());
        }
        let opened = self.open_children(children).await?;
        let has_one =
            |open: &&OpenChild| open.profile.seal != Seal::FormerIdentity && !who.is_barred_by(&open.profile);
        let fact = |child: &Uuid| {
            opened
                .iter()
                .find(|open| open.row.child_id == *child)
                .filter(has_one)
                .map_or(BodyFact::ChildWithoutNumber, |open| BodyFact::Child(open.profile.number.to_string()))
        };
        Ok(children.iter().map(fact).collect())
    }
}

/// The reason by a list of the act's own. An override's would tell a shield.
fn stated_fact(disclosure: &DisclosureDetail, sight: Sight) -> Option<BodyFact> {
    let stated = disclosure.stated.clone()?;
    if disclosure.flags.iter().any(|flag| flag == FROM_ARCHIVE) {
        return Some(BodyFact::FromArchive(stated));
    }
    sight.shields.then_some(BodyFact::ShieldOverridden(stated))
}

fn change_facts(action: Action, change: &ChangeDetail) -> Vec<BodyFact> {
    let mut facts = vec![BodyFact::Change(change.change.clone())];
    // Of these the subject is never a child.
    let names_no_child = matches!(
        action,
        Action::OrganisationChanged
            | Action::SourceChanged
            | Action::AlertDecided
            | Action::InvestigationChanged
            | Action::DisclosureRegistered
            | Action::FamilyMatterChanged
    );
    if names_no_child {
        facts.extend(change.subject.map(BodyFact::Reference));
    }
    if !change.fields.is_empty() {
        facts.push(BodyFact::Fields(change.fields.clone()));
    }
    facts
}
