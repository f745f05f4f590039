//! On which records a person decides. One function answers for everything that is not an ordinary record of the person's own
//! authority, so that no two of the reasons can be told apart.

use directory::access::Permission;
use directory::watching::Flag;
use directory::{ChildNumber, Seal};
use store::links;
use uuid::Uuid;

use crate::nobody::{Opened, is_somebody};
use crate::records::{OpenChild, OpenProfile};
use crate::retention::answers_for;
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

use super::JoinError;

/// Who decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Desk {
    /// A data administrator, about ordinary records.
    Authority,
    /// Two people of the protected desk, about shielded ones too.
    Protected,
}

impl Directory {
    /// The record of a number, if it is one about which this desk decides, and this person may know of it.
    pub(super) async fn decidable(
        &self,
        who: &SignedIn,
        desk: Desk,
        number: &ChildNumber,
    ) -> Result<Option<OpenChild>, ServiceError> {
        let led = self.led_by(&mut self.store.reader().await?, number).await?;
        let theirs = |open: &OpenProfile| is_somebody(open) && !who.is_barred_by(&open.profile);
        match self.open_led(&led, theirs).await? {
            Opened::Shown(mut children) => match children.pop() {
                Some(open) if self.is_decided_at(desk, &open).await? => Ok(Some(open)),
                _ => Ok(None),
            },
            Opened::Nobody(stranger) => {
                // Asked of a stranger too: the time would tell.
                if let Some(stranger) = stranger {
                    self.is_decided_at(desk, &stranger).await?;
                }
                Ok(None)
            }
        }
    }

    /// The same of a child, or of the one it was joined to.
    pub(super) async fn decidable_child(
        &self,
        desk: Desk,
        child: Uuid,
    ) -> Result<Option<OpenChild>, ServiceError> {
        match self.open_or_survivor(child).await? {
            Some(open) if self.is_decided_at(desk, &open).await? => Ok(Some(open)),
            _ => Ok(None),
        }
    }

    /// Whether a desk decides about a record. Nobody does about one that is sealed, held, archived or not yet readable, nor
    /// while a change of it is withheld; one under a legal hold or destroyed was not opened at all.
    pub(super) async fn is_decided_at(&self, desk: Desk, open: &OpenChild) -> Result<bool, ServiceError> {
        let profile = &open.profile;
        let sources = self.sources().await?;
        let settled = profile.seal == Seal::None
            && !profile.held
            && !profile.archived
            && open.row.readable_from <= self.world.now().as_microsecond()
            && !open.records.is_empty()
            && self.is_live(open, profile, &sources);
        // Asked whatever else keeps it from a desk: the time would tell.
        let mut conn = self.store.reader().await?;
        let linked = links::members(&mut conn, &[open.row.child_id]).await?;
        let theirs = settled && (desk == Desk::Protected || !profile.is_shielded());
        Ok(theirs && linked.len() == open.records.len())
    }

    /// Whether this person's authority answers for one of the records.
    pub(super) fn is_of_own_authority(who: &SignedIn, records: &[&OpenChild]) -> bool {
        records.iter().any(|open| answers_for(who, Permission::ReviewMatches, open))
    }

    /// Nobody decides about their own family (rule 12.13). Of a protected record only the names are compared, which show: whoever
    /// sets an address of their own would learn by the refusal where a shielded child lives (law 3).
    pub(super) async fn not_of_own_family(
        &self,
        who: &SignedIn,
        records: &[&OpenChild],
    ) -> Result<(), JoinError> {
        let own = [Flag::OwnSurname, Flag::OwnAddress];
        for open in records {
            let contents = open.records.iter().map(|record| &record.content);
            let flags = match open.profile.is_protected() {
                true => who.own.flags_of_names(contents),
                false => who.own.flags_of(contents),
            };
            if flags.iter().any(|flag| own.contains(flag)) {
                return self.not_joined(who, "own_family", JoinError::OwnFamily).await;
            }
        }
        Ok(())
    }
}
