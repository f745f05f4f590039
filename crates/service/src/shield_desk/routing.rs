//! At which desk a request for a shield is decided, so that it reaches two people whoever hands it in (rule 2.12): that of the
//! own organisation of who asks (of a child that a legal hold kept, the one that held it), or of the authority it is under;
//! where there is none, that of the authority that answers for the child; where nobody answers for the child, the centre's,
//! whose requests every authority's desk lists (rule 5.7).

use directory::access::{Capability, Permission, Role};
use directory::accountable_authority::NATIONAL;
use store::organisations::{self, OrganisationRow};
use store::pending_acts::{self, ActRow, ActState};
use store::{Conn, headcounts};
use uuid::Uuid;

use super::{LISTED, SHIELD};
use crate::accounts::standing;
use crate::records::OpenChild;
use crate::retention::authority_of;
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

/// How many people a desk has at least: one proposes, another decides.
const TWO: i64 = 2;

impl Directory {
    /// The organisation with which a request about this child is filed that comes from this one.
    pub(crate) async fn desk_of_request(&self, from: Uuid, open: &OpenChild) -> Result<Uuid, ServiceError> {
        let mut conn = self.store.reader().await?;
        let Some(own) = organisations::by_id(&mut conn, from).await? else { return Ok(from) };
        if self.has_a_desk(&mut conn, &own).await? {
            return Ok(own.organisation_id);
        }
        // What a partner hands in is listed at the desk of its authority.
        if own.kind != "national_partner"
            && let Some(code) = &own.authority_code
            && let Some(over) = organisations::authority(&mut conn, code).await?
            && self.has_a_desk(&mut conn, &over).await?
        {
            return Ok(own.organisation_id);
        }
        let code = authority_of(open);
        if code != NATIONAL
            && let Some(answers) = organisations::authority(&mut conn, code).await?
            && self.has_a_desk(&mut conn, &answers).await?
        {
            return Ok(answers.organisation_id);
        }
        let all = organisations::all(&mut conn).await?;
        let centre = all.into_iter().find(|row| row.kind == "centre");
        Ok(centre.map_or(own.organisation_id, |row| row.organisation_id))
    }

    /// Whether two people decide about shields for whoever works at an organisation: its own, or those of the authority it is
    /// under (rule 2.17). Of what is under no authority it is not asked.
    pub(crate) async fn shields_are_decided_for(&self, organisation: Uuid) -> Result<bool, ServiceError> {
        let mut conn = self.store.reader().await?;
        let Some(own) = organisations::by_id(&mut conn, organisation).await? else { return Ok(false) };
        let under = own.authority_code.as_ref().filter(|_| own.kind != "national_partner");
        let Some(code) = under else { return Ok(true) };
        if self.has_a_desk(&mut conn, &own).await? {
            return Ok(true);
        }
        match organisations::authority(&mut conn, code).await? {
            Some(over) => self.has_a_desk(&mut conn, &over).await,
            None => Ok(false),
        }
    }

    /// Whether an organisation has managers enough in use to name a desk from among them.
    pub(crate) async fn has_managers_to_name(&self, organisation: Uuid) -> Result<bool, ServiceError> {
        let roles = headcounts::roles(&mut self.store.reader().await?, organisation).await?;
        Ok(roles.iter().any(|count| count.what == Role::Manager.code() && count.n >= TWO))
    }

    /// Whether an organisation is accredited for shields and has named the two managers who decide.
    async fn has_a_desk(&self, conn: &mut Conn, row: &OrganisationRow) -> Result<bool, ServiceError> {
        if row.kind == "centre" || !standing(row, self.today()).capabilities.has(Capability::Shielding) {
            return Ok(false);
        }
        let named = [Role::ShieldDesk, Role::Manager].map(Role::code);
        Ok(headcounts::of_both(conn, row.organisation_id, named).await? >= TWO)
    }

    /// The requests for which nobody answers, if this person works at an authority's desk.
    pub(super) async fn acts_of_nobody(
        &self,
        conn: &mut Conn,
        who: &SignedIn,
        state: ActState,
    ) -> Result<Vec<ActRow>, ServiceError> {
        match works_at_an_authority(who) {
            true => Ok(pending_acts::at_the_centre(conn, SHIELD, state, LISTED).await?),
            false => Ok(Vec::new()),
        }
    }
}

/// Whether this person decides about shields at an authority: then what stands with the centre is theirs too.
pub(super) fn works_at_an_authority(who: &SignedIn) -> bool {
    who.roles.iter().any(|held| held.gives(Permission::DecideShield) && held.at.kind == "authority")
}
