//! Registering organisations, changing them, saying whom to reach there, and withdrawing them.

use audit::{Action, ChangeDetail, Detail};
use directory::access::{DangerousAct, OrganisationStanding, Permission};
use directory::organisation::{
    OrganisationContact, OrganisationKind, Placed, Sector, StructureError, may_be_part_of, may_be_registered,
    may_keep_contacts, may_manage, may_register,
};
use directory::{AuthorityCode, Line};
use rand::RngExt as _;
use store::organisations::{self, OrganisationRow, OrganisationState};
use store::{Conn, Tx};
use uuid::Uuid;

use super::{OrganisationError, kind_of};
use crate::revocations::Revocation;
use crate::session::SignedIn;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// An organisation to register. It is not accredited.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// Its name, unique.
    pub name: Line,
    /// What it is.
    pub kind: OrganisationKind,
    /// The code of its authority.
    pub authority: Option<AuthorityCode>,
    /// What it works in.
    pub sector: Sector,
    /// The organisation it is a part of.
    pub parent: Option<Uuid>,
}

/// What can be changed about an organisation.
#[derive(Debug, Clone)]
pub struct OrganisationChange {
    /// Its name, unique.
    pub name: Line,
    /// What it works in.
    pub sector: Sector,
    /// The organisation it is a part of.
    pub parent: Option<Uuid>,
}

impl Directory {
    /// Registers an organisation.
    ///
    /// # Errors
    ///
    /// [`OrganisationError`].
    pub async fn register_organisation(
        &self,
        who: &SignedIn,
        new: &NewMember,
    ) -> Result<Uuid, OrganisationError> {
        if !who.may(Permission::ManageOrganisations) {
            return Err(OrganisationError::Forbidden);
        }
        may_be_registered(new.kind, new.authority.is_some())?;
        let organisation_id = vault::uuid_v4(self.world.chance.generator().random());
        let row = OrganisationRow {
            organisation_id,
            kind: new.kind.code().to_owned(),
            authority_code: new.authority.as_ref().map(ToString::to_string),
            name: new.name.as_str().to_owned(),
            // Not accredited: nobody of it may use the directory, and no capability is on.
            state: OrganisationState::Suspended,
            accredited_until: None,
            parent_id: new.parent,
            sector: new.sector.code().to_owned(),
            capabilities: String::new(),
            sealed: None,
        };
        if !may_register(who.roles(), new.kind, &self.standing_of(&row)) {
            return Err(OrganisationError::Forbidden);
        }
        let mut tx = self.begin_register().await?;
        if organisations::by_name(&mut tx, &row.name).await?.is_some() {
            return Err(OrganisationError::NameTaken);
        }
        if let Some(code) = &row.authority_code {
            match (organisations::authority(&mut tx, code).await?, new.kind) {
                (Some(_), OrganisationKind::Authority) => return Err(OrganisationError::AuthorityTaken),
                (None, OrganisationKind::Partner) => return Err(OrganisationError::AuthorityUnknown),
                _ => {}
            }
        }
        self.check_parent(&mut tx, &row).await?;
        organisations::put(&mut tx, &row).await?;
        self.finish(tx, who, "organisation_registered", organisation_id, &[]).await?;
        Ok(organisation_id)
    }

    /// Changes an organisation's name, sector or place.
    ///
    /// # Errors
    ///
    /// [`OrganisationError`].
    pub async fn change_organisation(
        &self,
        who: &SignedIn,
        organisation: Uuid,
        change: &OrganisationChange,
    ) -> Result<(), OrganisationError> {
        let mut tx = self.begin_register().await?;
        let known = self.changeable(&mut tx, who, organisation, may_manage).await?;
        let row = OrganisationRow {
            name: change.name.as_str().to_owned(),
            sector: change.sector.code().to_owned(),
            parent_id: change.parent,
            ..known.clone()
        };
        let mut fields = Vec::new();
        if row.name != known.name {
            fields.push("name");
            if organisations::by_name(&mut tx, &row.name).await?.is_some() {
                return Err(OrganisationError::NameTaken);
            }
        }
        if row.sector != known.sector {
            fields.push("sector");
        }
        if row.parent_id != known.parent_id {
            fields.push("parent");
            self.check_parent(&mut tx, &row).await?;
        }
        if fields.is_empty() {
            return Ok(());
        }
        organisations::put(&mut tx, &row).await?;
        self.finish(tx, who, "organisation_changed", organisation, &fields).await
    }

    /// Says whom to reach at an organisation: all of them at once.
    ///
    /// # Errors
    ///
    /// [`OrganisationError`].
    pub async fn keep_contacts(
        &self,
        who: &SignedIn,
        organisation: Uuid,
        contacts: &[OrganisationContact],
    ) -> Result<(), OrganisationError> {
        // Asked before the contacts are sealed too: sealing makes an organisation's keys, where it has none yet.
        self.changeable(&mut self.store.reader().await?, who, organisation, may_keep_contacts).await?;
        let sealed = self.seal_at(organisation, organisation, &contacts).await?;
        let mut tx = self.begin_register().await?;
        let known = self.changeable(&mut tx, who, organisation, may_keep_contacts).await?;
        organisations::put(&mut tx, &OrganisationRow { sealed: Some(sealed), ..known }).await?;
        let fields: Vec<&str> = contacts.iter().map(|contact| contact.duty.code()).collect();
        self.finish(tx, who, "organisation_contacts", organisation, &fields).await
    }

    /// Withdraws an organisation for good. From the commit on nobody of it may enter, its lead included.
    ///
    /// # Errors
    ///
    /// [`OrganisationError`].
    pub async fn withdraw_organisation(
        &self,
        who: &SignedIn,
        organisation: Uuid,
    ) -> Result<(), OrganisationError> {
        let mut tx = self.begin_register().await?;
        let known = self.changeable(&mut tx, who, organisation, may_manage).await?;
        self.freshly_proved(who, DangerousAct::WithdrawOrganisation)?;
        let own = who.roles().iter().any(|held| held.at.id == organisation);
        if own || who.organisation_id() == organisation || kind_of(&known) == Some(OrganisationKind::Centre) {
            return Err(OrganisationError::Own);
        }
        let parts = organisations::parts(&mut tx, organisation, ("", Uuid::nil()), MOST_PARTS).await?;
        if parts.iter().any(|part| part.state != OrganisationState::Withdrawn) {
            return Err(OrganisationError::HasParts);
        }
        let row =
            OrganisationRow { state: OrganisationState::Withdrawn, capabilities: String::new(), ..known };
        organisations::put(&mut tx, &row).await?;
        self.journal_revocation(&Revocation::Organisation { organisation }).await?;
        self.finish(tx, who, "organisation_withdrawn", organisation, &[]).await
    }

    /// The organisation as it is now, if the person sees it and may do this to it.
    async fn changeable(
        &self,
        conn: &mut Conn,
        who: &SignedIn,
        organisation: Uuid,
        may: fn(&[directory::access::HeldRole], &OrganisationStanding) -> bool,
    ) -> Result<OrganisationRow, OrganisationError> {
        let row = self.visible(conn, who, organisation).await?;
        if !may(who.roles(), &self.standing_of(&row)) {
            return Err(OrganisationError::Forbidden);
        }
        if row.state == OrganisationState::Withdrawn {
            return Err(OrganisationError::Withdrawn);
        }
        Ok(row)
    }

    /// The organisation, if it is within the person's reach.
    pub(crate) async fn visible(
        &self,
        conn: &mut Conn,
        who: &SignedIn,
        organisation: Uuid,
    ) -> Result<OrganisationRow, OrganisationError> {
        let row = organisations::by_id(conn, organisation).await?.ok_or(OrganisationError::NotFound)?;
        if who.may_at(Permission::ViewOrganisations, &self.standing_of(&row)) {
            Ok(row)
        } else {
            Err(OrganisationError::NotFound)
        }
    }

    /// Whether the organisation may stand where its row says.
    async fn check_parent(&self, tx: &mut Tx, row: &OrganisationRow) -> Result<(), OrganisationError> {
        let Some(parent) = row.parent_id else { return Ok(()) };
        let parent = organisations::by_id(tx, parent).await?.ok_or(OrganisationError::NotFound)?;
        let mut above = Vec::new();
        let mut next = parent.parent_id;
        while let Some(id) = next {
            // A circle cannot be stored; a walk still has an end.
            if above.len() > directory::organisation::DEEPEST {
                return Err(StructureError::TooDeep.into());
            }
            above.push(id);
            next = organisations::by_id(tx, id).await?.and_then(|row| row.parent_id);
        }
        let below = self.levels_below(tx, row.organisation_id).await?;
        let (Some(child), Some(parent)) = (placed(row), placed(&parent)) else {
            return Err(StructureError::Foreign.into());
        };
        Ok(may_be_part_of(&child, &parent, &above, below)?)
    }

    /// How many levels stand under an organisation, at most one more than there may be.
    async fn levels_below(&self, tx: &mut Tx, organisation: Uuid) -> Result<usize, OrganisationError> {
        let mut level = vec![organisation];
        for depth in 0..=directory::organisation::DEEPEST {
            let mut next = Vec::new();
            for id in level {
                let parts = organisations::parts(tx, id, ("", Uuid::nil()), MOST_PARTS).await?;
                next.extend(parts.into_iter().map(|part| part.organisation_id));
            }
            if next.is_empty() {
                return Ok(depth);
            }
            level = next;
        }
        Ok(directory::organisation::DEEPEST)
    }

    async fn finish(
        &self,
        mut tx: Tx,
        who: &SignedIn,
        change: &str,
        organisation: Uuid,
        fields: &[&str],
    ) -> Result<(), OrganisationError> {
        let detail = ChangeDetail {
            change: change.to_owned(),
            subject: Some(organisation),
            others: Vec::new(),
            fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        };
        self.write_event(&mut tx, Event::new(Action::OrganisationChanged, Detail::Change(detail)).by(who))
            .await?;
        tx.commit().await.map_err(ServiceError::from)?;
        Ok(())
    }
}

/// More parts than an organisation has: a trust has some hundreds of clinics at most.
const MOST_PARTS: i64 = 1_000;

fn placed(row: &OrganisationRow) -> Option<Placed> {
    Some(Placed {
        id: row.organisation_id,
        kind: kind_of(row)?,
        authority: row.authority_code.clone(),
        withdrawn: row.state == OrganisationState::Withdrawn,
    })
}
