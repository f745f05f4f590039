//! The list of organisations, by page and filter, and how many stand where (rule 13.5).

use std::collections::BTreeSet;

use audit::{Action, Detail, ExportDetail};
use directory::access::Permission;
use directory::organisation::{OrganisationKind, OrganisationStands, Sector};
use jiff::civil::Date;
use store::organisations::{self, Filter, OrganisationRow};
use uuid::Uuid;

use super::{OrganisationError, beginning, kind_of, sector_of};
use crate::Directory;
use crate::accounts::accredited_until;
use crate::session::SignedIn;
use crate::trail::Event;

/// Which organisations to list.
#[derive(Debug, Clone, Default)]
pub struct OrganisationQuery {
    /// The code of an authority; all within reach without.
    pub authority: Option<String>,
    /// A kind.
    pub kind: Option<OrganisationKind>,
    /// A sector.
    pub sector: Option<Sector>,
    /// Where they stand; all but the withdrawn without.
    pub stands: Option<OrganisationStands>,
    /// Only names from this one on, by code point.
    pub name_from: Option<String>,
    /// The last of the page before.
    pub after: Option<Uuid>,
}

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationLine {
    /// Which.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its kind; none for one that the configuration calls something else.
    pub kind: Option<OrganisationKind>,
    /// Its sector.
    pub sector: Sector,
    /// The code of its authority.
    pub authority: Option<String>,
    /// Where it stands.
    pub stands: OrganisationStands,
    /// The last day of its accreditation.
    pub until: Option<Date>,
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationPage {
    /// At most fifty, in the order of their names.
    pub lines: Vec<OrganisationLine>,
    /// The last of this page, when there are more.
    pub next: Option<Uuid>,
}

/// How many organisations of a kind stand somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingCount {
    /// The kind.
    pub kind: OrganisationKind,
    /// Where.
    pub stands: OrganisationStands,
    /// How many.
    pub count: u64,
}

const PAGE: usize = 50;
/// One more than a page, to know whether there are more.
const LIMIT: i64 = 51;

/// Which organisations a person may see.
enum Reach {
    All,
    Some { authorities: BTreeSet<String>, own: BTreeSet<Uuid> },
}

impl Directory {
    /// A page of the organisations within the person's reach.
    ///
    /// # Errors
    ///
    /// [`OrganisationError::Forbidden`] for who may see none, or the system's.
    pub async fn organisations(
        &self,
        who: &SignedIn,
        query: &OrganisationQuery,
    ) -> Result<OrganisationPage, OrganisationError> {
        if !who.may(Permission::ViewOrganisations) {
            return Err(OrganisationError::Forbidden);
        }
        let detail = ExportDetail { what: "organisations".to_owned(), ..ExportDetail::default() };
        self.record(Event::new(Action::OrganisationsRead, Detail::Export(detail)).by(who)).await?;
        let mut conn = self.store.reader().await?;
        let last = match query.after {
            Some(id) => organisations::by_id(&mut conn, id).await?,
            None => None,
        };
        let (name, id) = match (&last, &query.name_from) {
            (Some(row), _) => (row.name.as_str(), row.organisation_id),
            (None, Some(name)) => (name.as_str(), Uuid::nil()),
            (None, None) => ("", Uuid::nil()),
        };
        let mut rows = match reach(who) {
            Reach::All => {
                let (authority, filter) = (query.authority.as_deref(), self.filter(query));
                organisations::page(&mut conn, authority, (name, id), &filter, LIMIT).await?
            }
            Reach::Some { authorities, own } => {
                self.within(&mut conn, (&authorities, &own), (name, id), query).await?
            }
        };
        rows.retain(|row| who.may_at(Permission::ViewOrganisations, &self.standing_of(row)));
        let more = rows.len() > PAGE;
        rows.truncate(PAGE);
        let next = rows.last().map(|row| row.organisation_id).filter(|_| more);
        Ok(OrganisationPage { lines: rows.iter().map(|row| self.line(row)).collect(), next })
    }

    /// The organisations of these authorities and these own ones, merged in the order of the names.
    async fn within(
        &self,
        conn: &mut store::Conn,
        (authorities, own): (&BTreeSet<String>, &BTreeSet<Uuid>),
        after: (&str, Uuid),
        query: &OrganisationQuery,
    ) -> Result<Vec<OrganisationRow>, OrganisationError> {
        let (wanted, filter) = (query.authority.as_deref(), self.filter(query));
        let mut rows = Vec::new();
        for authority in authorities.iter().filter(|code| wanted.is_none_or(|wanted| wanted == code.as_str()))
        {
            rows.extend(organisations::page(conn, Some(authority), after, &filter, LIMIT).await?);
        }
        for &id in own {
            let Some(row) = organisations::by_id(conn, id).await? else { continue };
            let line = self.line(&row);
            let stands = match query.stands {
                None => line.stands != OrganisationStands::Withdrawn,
                // What ends soon is in force.
                Some(OrganisationStands::InForce) => {
                    matches!(line.stands, OrganisationStands::InForce | OrganisationStands::EndsSoon)
                }
                Some(stands) => line.stands == stands,
            };
            if stands
                && wanted.is_none_or(|wanted| line.authority.as_deref() == Some(wanted))
                && query.kind.is_none_or(|kind| line.kind == Some(kind))
                && query.sector.is_none_or(|sector| line.sector == sector)
                && (row.name.as_str(), row.organisation_id) > after
            {
                rows.push(row);
            }
        }
        rows.sort_by(|a, b| (&a.name, a.organisation_id).cmp(&(&b.name, b.organisation_id)));
        rows.dedup_by_key(|row| row.organisation_id);
        Ok(rows)
    }

    fn filter(&self, query: &OrganisationQuery) -> Filter {
        Filter {
            kind: query.kind.map_or("", OrganisationKind::code).to_owned(),
            sector: query.sector.map_or("", Sector::code).to_owned(),
            standing: query.stands.map_or("", OrganisationStands::code).to_owned(),
            today: beginning(self.today()),
            soon: beginning(self.soon()),
        }
    }

    /// How many organisations stand where, by kind; of the person's authority, or of all for the centre. Counts alone:
    /// they stand on the page of the list, which leaves the entry.
    ///
    /// # Errors
    ///
    /// [`OrganisationError::Forbidden`] for who may see none, or the system's.
    pub async fn organisation_counts(&self, who: &SignedIn) -> Result<Vec<StandingCount>, OrganisationError> {
        if !who.may(Permission::ViewOrganisations) {
            return Err(OrganisationError::Forbidden);
        }
        let today = beginning(self.today());
        let mut conn = self.store.reader().await?;
        let rows = match reach(who) {
            Reach::All => organisations::counts(&mut conn, None, today).await?,
            Reach::Some { authorities, .. } => {
                let mut rows = Vec::new();
                for authority in &authorities {
                    rows.extend(organisations::counts(&mut conn, Some(authority), today).await?);
                }
                rows
            }
        };
        let counted = rows.iter().filter_map(|row| {
            Some(StandingCount {
                kind: OrganisationKind::from_code(&row.kind)?,
                stands: OrganisationStands::from_code(&row.standing)?,
                count: u64::try_from(row.n).unwrap_or_default(),
            })
        });
        Ok(counted.collect())
    }

    pub(crate) fn line(&self, row: &OrganisationRow) -> OrganisationLine {
        OrganisationLine {
            id: row.organisation_id,
            name: row.name.clone(),
            kind: kind_of(row),
            sector: sector_of(row),
            authority: row.authority_code.clone(),
            stands: self.standing_today(row),
            until: accredited_until(row).filter(|until| until.year() < 9999),
        }
    }
}

/// The authorities whose organisations a person may see: all of them for the centre (`None`).
pub(crate) fn authorities_of(who: &SignedIn) -> Option<BTreeSet<String>> {
    match reach(who) {
        Reach::All => None,
        Reach::Some { authorities, .. } => Some(authorities),
    }
}

fn reach(who: &SignedIn) -> Reach {
    let (mut authorities, mut own) = (BTreeSet::new(), BTreeSet::new());
    for held in who.roles().iter().filter(|held| held.gives(Permission::ViewOrganisations)) {
        match held.at.kind.as_str() {
            "centre" if held.role.reaches_below() => return Reach::All,
            "authority" if held.role.reaches_below() => authorities.extend(held.at.authority.clone()),
            _ => {}
        }
        own.insert(held.at.id);
    }
    Reach::Some { authorities, own }
}
