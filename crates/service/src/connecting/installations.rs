//! Installations and their instance accreditation.

use directory::access::Permission;
use directory::connecting::{
    Installation, InstallationAct, Missing, Product, WayIn, may_keep, may_see_outcome,
};
use store::sources::SourceRow;
use store::{Conn, connecting, locks, organisations, sources};
use uuid::Uuid;

use super::declaring::lock_of;
use super::gate::Standing;
use super::{ConnectingError, changed, digest, pem};
use crate::revocations::Revocation;
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

/// A source in the list of those a person keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallationLine {
    /// Its id, by which it is asked for as well.
    pub id: Uuid,
    /// The source's name.
    pub source: String,
    /// Its organisation's name.
    pub organisation: String,
    /// Its profile.
    pub profile: String,
    /// The ways in for which its product is accredited.
    pub ways: Vec<WayIn>,
    /// The first of them, files where there is none: the one that is told of here.
    pub way: WayIn,
    /// What it lacks to feed by that way.
    pub missing: Vec<Missing>,
}

/// A source's installation as its keepers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallationView {
    /// The source.
    pub line: InstallationLine,
    /// What a form about it carries, so that nobody decides what they did not see.
    pub version: i64,
    /// What is known about it.
    pub installation: Installation,
    /// The product it is an installation of.
    pub product: Option<Product>,
    /// What it lacks for each way in.
    pub ways: Vec<(WayIn, Vec<Missing>)>,
    /// The hours of review that the rehearsed file would bring one person, where its outcome is told.
    pub review_hours: Option<u64>,
    /// Whether this person may prepare it.
    pub may_prepare: bool,
    /// Whether this person may sign it off.
    pub may_sign: bool,
}

impl Directory {
    /// The sources this person keeps.
    ///
    /// # Errors
    ///
    /// [`ConnectingError::Forbidden`], or the system's.
    pub async fn installations(&self, who: &SignedIn) -> Result<Vec<InstallationLine>, ConnectingError> {
        if !who.may(Permission::PrepareFeed) && !who.may(Permission::SignOffFeed) {
            return self.not_connected(who).await;
        }
        let mut conn = self.store.reader().await?;
        let mut lines = Vec::new();
        for source in sources::all(&mut conn).await? {
            if let Some((line, ..)) = self.kept_by(&mut conn, who, &source).await? {
                lines.push(line);
            }
        }
        lines.sort_by(|one, other| one.source.cmp(&other.source));
        Ok(lines)
    }

    /// One of them, by its name or its id.
    ///
    /// # Errors
    ///
    /// [`ConnectingError`].
    pub async fn installation(
        &self,
        who: &SignedIn,
        source: &str,
    ) -> Result<InstallationView, ConnectingError> {
        if !who.may(Permission::PrepareFeed) && !who.may(Permission::SignOffFeed) {
            return self.not_connected(who).await;
        }
        let mut conn = self.store.reader().await?;
        let row = asked_for(&mut conn, source).await?.ok_or(ConnectingError::NotFound)?;
        let kept = self.kept_by(&mut conn, who, &row).await?;
        let (line, may_prepare, may_sign) = kept.ok_or(ConnectingError::NotFound)?;
        let standing = self.standing_of_installation(&mut conn, &row).await?;
        let ways = WayIn::ALL.iter().map(|way| (*way, standing.missing(*way))).collect();
        let Standing { version, installation, product, .. } = standing;
        let target = self.standing_of_source(&mut conn, &row).await?;
        let sees = may_see_outcome(who.roles(), &target);
        let installation = if sees { installation } else { installation.without_outcome() };
        let for_review = installation.rehearsal().and_then(|rehearsal| rehearsal.outcome.for_review);
        let review_hours = for_review.map(|reviews| self.policy.feeding.review_hours(reviews));
        Ok(InstallationView {
            line,
            version,
            installation,
            product,
            ways,
            review_hours,
            may_prepare,
            may_sign,
        })
    }

    /// Acts on a source's installation. `seen` is the version the person looked at; 0 for one nobody has acted on.
    ///
    /// # Errors
    ///
    /// [`ConnectingError`]; nothing was written but, where the person may not, that they tried.
    pub async fn act_on_installation(
        &self,
        who: &SignedIn,
        source: &str,
        seen: i64,
        act: InstallationAct,
    ) -> Result<(), ConnectingError> {
        if !who.may(act.permission()) {
            return self.not_connected(who).await;
        }
        let mut tx = self.store.begin().await?;
        let row = asked_for(&mut tx, source).await?.ok_or(ConnectingError::NotFound)?;
        let target = self.standing_of_source(&mut tx, &row).await?;
        if !may_keep(who.roles(), act.permission(), &target) {
            drop(tx);
            return self.not_connected(who).await;
        }
        act.danger().map_or(Ok(()), |danger| self.freshly_proved(who, danger))?;
        locks::lock_keys(&mut tx, &[lock_of(row.source_id)]).await?;
        let (version, mut installation) = self.installation_of(&mut tx, &row).await?;
        if version != seen {
            return Err(ConnectingError::Changed);
        }
        let act = self.checked(&mut tx, &row, act).await?;
        let change = act.change();
        let revokes = Revocation::of_installation(row.source_id, &act);
        installation.act(act, who.account(), self.today(), &self.policy.connecting)?;
        if !self.keep_installation(&mut tx, &row, version, &installation).await? {
            return Err(ConnectingError::Changed);
        }
        if let Some(revocation) = revokes {
            self.journal_revocation(&revocation).await?;
        }
        self.write_event(&mut tx, changed(who, change, Some(row.source_id))).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The act with what it names in the form it is kept in: a digest spelled one way, a credential of this source alone, a product
    /// that there is.
    async fn checked(
        &self,
        tx: &mut store::Tx,
        row: &SourceRow,
        act: InstallationAct,
    ) -> Result<InstallationAct, ConnectingError> {
        Ok(match act {
            InstallationAct::AddCredential(kind, given) => {
                let digest = digest(&pem::digest_of(kind, &given)?)?;
                if !connecting::add_credential(tx, self.connecting_credential(&digest), row.source_id).await?
                {
                    return Err(ConnectingError::CredentialTaken);
                }
                InstallationAct::AddCredential(kind, digest)
            }
            InstallationAct::RevokeCredential(given) => {
                let digest = digest(&given)?;
                connecting::remove_credential(tx, self.connecting_credential(&digest), row.source_id).await?;
                InstallationAct::RevokeCredential(digest)
            }
            InstallationAct::ConfirmCredential(given) => InstallationAct::ConfirmCredential(digest(&given)?),
            InstallationAct::NameProduct(product) => {
                self.product_row(tx, product).await?.ok_or(ConnectingError::NotFound)?;
                InstallationAct::NameProduct(product)
            }
            InstallationAct::HandInPilot(pilot) => {
                digest(&pilot.report)?;
                InstallationAct::HandInPilot(pilot)
            }
            other => other,
        })
    }

    /// A source as a line, and whether the person prepares it and signs it off; none when they do neither.
    pub(crate) async fn kept_by(
        &self,
        conn: &mut Conn,
        who: &SignedIn,
        source: &SourceRow,
    ) -> Result<Option<(InstallationLine, bool, bool)>, ServiceError> {
        let organisation = organisations::by_id(conn, source.organisation_id)
            .await?
            .ok_or_else(|| ServiceError::internal("a source's organisation is missing"))?;
        let target = self.standing_of(&organisation);
        let may_prepare = may_keep(who.roles(), Permission::PrepareFeed, &target);
        let may_sign = may_keep(who.roles(), Permission::SignOffFeed, &target);
        if !may_prepare && !may_sign {
            return Ok(None);
        }
        let standing = self.standing_of_installation(conn, source).await?;
        let ways = standing.ways();
        let way = ways.first().copied().unwrap_or(WayIn::Files);
        let line = InstallationLine {
            id: source.source_id,
            source: source.name.clone(),
            organisation: organisation.name,
            profile: source.profile.clone(),
            missing: standing.missing(way),
            ways,
            way,
        };
        Ok(Some((line, may_prepare, may_sign)))
    }

    /// The source of a name or an id, when this person may prepare it; that somebody tried who may not is written.
    pub(super) async fn source_prepared_by(
        &self,
        who: &SignedIn,
        source: &str,
    ) -> Result<SourceRow, ConnectingError> {
        if !who.may(Permission::PrepareFeed) {
            return self.not_connected(who).await;
        }
        let mut conn = self.store.reader().await?;
        let row = asked_for(&mut conn, source).await?.ok_or(ConnectingError::NotFound)?;
        let target = self.standing_of_source(&mut conn, &row).await?;
        drop(conn);
        if !may_keep(who.roles(), Permission::PrepareFeed, &target) {
            return self.not_connected(who).await;
        }
        Ok(row)
    }

    pub(crate) async fn standing_of_source(
        &self,
        conn: &mut Conn,
        source: &SourceRow,
    ) -> Result<directory::access::OrganisationStanding, ServiceError> {
        let organisation = organisations::by_id(conn, source.organisation_id)
            .await?
            .ok_or_else(|| ServiceError::internal("a source's organisation is missing"))?;
        Ok(self.standing_of(&organisation))
    }
}

/// The source of a name or an id: an address of a page holds its id, because a name may hold anything.
async fn asked_for(conn: &mut Conn, source: &str) -> Result<Option<SourceRow>, ServiceError> {
    match Uuid::parse_str(source) {
        Ok(id) => Ok(sources::all(conn).await?.into_iter().find(|row| row.source_id == id)),
        Err(_) => Ok(sources::by_name(conn, source).await?),
    }
}
