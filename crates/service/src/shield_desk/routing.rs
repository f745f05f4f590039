//! At which desk a request for a shield is decided, so that it reaches two people whoever hands it in (rule 2.12): that of the
//! own organisation of who asks (of a child that a legal hold kept, the one that held it), or of the authority it is under;
//! where there is none, that of the authority that answers for the child; where nobody answers for the child, the centre's,
//! whose requests every authority's desk lists (rule 5.7). Whom the request would bar, or a shield of the child bars, decides
//! nothing about it (rule 2.15), so a desk is one of two whom nothing bars.

use directory::access::{Capability, Permission, Role};
use directory::accountable_authority::NATIONAL;
use directory::shield::Barred;
use store::organisations::{self, OrganisationRow};
use store::pending_acts::{self, ActRow, ActState};
use store::{Conn, accounts, headcounts};
use uuid::Uuid;

use super::{LISTED, SHIELD};
use crate::accounts::standing;
use crate::records::OpenChild;
use crate::retention::authority_of;
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

/// How many people a desk has at least: one proposes, another decides.
const TWO: usize = 2;

/// Whether an account is barred from a place.
type Bars<'a> = &'a (dyn Fn(Uuid, Uuid) -> bool + Sync);

impl Directory {
    /// The organisation with which a request about this child is filed that comes from this one and would bar these; none where
    /// it would reach nobody, because there are no two at any desk whom nothing bars.
    pub(crate) async fn desk_of_request(
        &self,
        from: Uuid,
        open: &OpenChild,
        barred: &Barred,
    ) -> Result<Option<Uuid>, ServiceError> {
        let bars = |account: Uuid, at: Uuid| barred.bars(account, at) || open.profile.bars(account, at);
        let mut conn = self.store.reader().await?;
        let Some(own) = organisations::by_id(&mut conn, from).await? else { return Ok(Some(from)) };
        if self.has_a_desk(&mut conn, &own, &bars).await? {
            return Ok(Some(own.organisation_id));
        }
        // What a partner hands in is listed at the desk of its authority.
        if own.kind != "national_partner"
            && let Some(code) = &own.authority_code
            && let Some(over) = organisations::authority(&mut conn, code).await?
            && self.has_a_desk(&mut conn, &over, &bars).await?
        {
            return Ok(Some(own.organisation_id));
        }
        let code = authority_of(open);
        if code != NATIONAL
            && let Some(answers) = organisations::authority(&mut conn, code).await?
            && self.has_a_desk(&mut conn, &answers, &bars).await?
        {
            return Ok(Some(answers.organisation_id));
        }
        let all = organisations::all(&mut conn).await?;
        let elsewhere = self.desk_of_any(&mut conn, &all, &bars).await?;
        if elsewhere.is_none() && !barred.is_empty() {
            return Ok(None);
        }
        let centre = all.into_iter().find(|row| row.kind == "centre").map(|row| row.organisation_id);
        Ok(Some(centre.or(elsewhere).unwrap_or(own.organisation_id)))
    }

    /// An authority that has a desk, which lists what stands with the centre, if any has.
    async fn desk_of_any(
        &self,
        conn: &mut Conn,
        all: &[OrganisationRow],
        bars: Bars<'_>,
    ) -> Result<Option<Uuid>, ServiceError> {
        for row in all.iter().filter(|row| row.kind == "authority") {
            if self.has_a_desk(conn, row, bars).await? {
                return Ok(Some(row.organisation_id));
            }
        }
        Ok(None)
    }

    /// Whether two people decide about shields for whoever works at an organisation: its own, or those of the authority it is
    /// under (rule 2.17). Of what is under no authority it is not asked.
    pub(crate) async fn shields_are_decided_for(&self, organisation: Uuid) -> Result<bool, ServiceError> {
        let mut conn = self.store.reader().await?;
        let Some(own) = organisations::by_id(&mut conn, organisation).await? else { return Ok(false) };
        let under = own.authority_code.as_ref().filter(|_| own.kind != "national_partner");
        let Some(code) = under else { return Ok(true) };
        let nobody: Bars<'_> = &|_, _| false;
        if self.has_a_desk(&mut conn, &own, nobody).await? {
            return Ok(true);
        }
        match organisations::authority(&mut conn, code).await? {
            Some(over) => self.has_a_desk(&mut conn, &over, nobody).await,
            None => Ok(false),
        }
    }

    /// Whether an organisation has managers enough in use to name a desk from among them.
    pub(crate) async fn has_managers_to_name(&self, organisation: Uuid) -> Result<bool, ServiceError> {
        let roles = headcounts::roles(&mut self.store.reader().await?, organisation).await?;
        Ok(roles.iter().any(|count| count.what == Role::Manager.code() && count.n >= TWO as i64))
    }

    /// Whether an organisation is accredited for shields and has named two managers who decide, whom nothing bars: neither
    /// themselves nor where they work or hold a role.
    async fn has_a_desk(
        &self,
        conn: &mut Conn,
        row: &OrganisationRow,
        bars: Bars<'_>,
    ) -> Result<bool, ServiceError> {
        if row.kind == "centre" || !standing(row, self.today()).capabilities.has(Capability::Shielding) {
            return Ok(false);
        }
        let named = [Role::ShieldDesk, Role::Manager].map(Role::code);
        let mut decide = 0;
        for (account, employer) in headcounts::of_both(conn, row.organisation_id, named).await? {
            let roles = accounts::roles_of(conn, account).await?;
            let places = roles.iter().map(|role| role.organisation_id).chain([employer]);
            decide += usize::from(!places.into_iter().any(|at| bars(account, at)));
            if decide == TWO {
                return Ok(true);
            }
        }
        Ok(false)
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
