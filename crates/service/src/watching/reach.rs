//! Whose queues a person may look into, and what they may do there (rules 9.4, 9.8).

use std::collections::BTreeMap;

use directory::access::{HeldRole, OrganisationStanding, Permission, may_at};
use directory::watching::Tier;
use store::account_lists::Reach;
use store::organisations::OrganisationRow;
use store::{Conn, organisations};
use uuid::Uuid;

use super::raising::{CENTRE, scope_of};
use crate::accounts::{reaches_of, standing};
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Who reviews.
    pub tier: Tier,
    /// Whose: an authority's code, a partner's own word, or `centre`. It may stand in an address.
    pub authority: String,
    /// What pages call it.
    pub name: String,
}

/// A place in a list: where the next page begins. It may stand in an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Microseconds UTC.
    pub at: i64,
    /// Which of that moment.
    pub id: Uuid,
}

impl Place {
    /// Before everything.
    pub const START: Self = Self { at: i64::MIN, id: Uuid::nil() };

    /// From its text form; nothing for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('-')?;
        Some(Self { at: at.parse().ok()?, id: Uuid::try_parse(id).ok()? })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.at, self.id.simple())
    }
}

/// Whether a person has a permission over what stands in a queue about somebody of an organisation. What went to the
/// centre is the centre's alone: the people of an authority do not see who of them is watched.
pub(crate) fn reaches(
    roles: &[HeldRole],
    permission: Permission,
    tier: Tier,
    organisation: &OrganisationStanding,
) -> bool {
    match tier {
        Tier::Authority => may_at(roles, permission, organisation),
        Tier::Central => roles.iter().any(|held| held.at.kind == "centre" && held.gives(permission)),
    }
}

/// The organisations whose alerts a person may see, in no order.
pub(crate) struct Watched {
    /// Of all the country: then only authorities and national partners are among the organisations.
    pub(crate) everywhere: bool,
    pub(crate) organisations: Vec<OrganisationRow>,
}

/// Reads no more than the person's reach: the country has thousands of organisations.
pub(crate) async fn watched(conn: &mut Conn, who: &SignedIn) -> Result<Watched, ServiceError> {
    let mut watched = Watched { everywhere: false, organisations: Vec::new() };
    for reach in reaches_of(who, Permission::ViewAlerts) {
        match reach {
            Reach::Everywhere => {
                watched.everywhere = true;
                watched.organisations.extend(organisations::heads(conn).await?);
            }
            Reach::Authority(code) => {
                watched.organisations.extend(organisations::of_authority(conn, &code).await?);
            }
            Reach::Organisation(id) => watched.organisations.extend(organisations::by_id(conn, id).await?),
        }
    }
    Ok(watched)
}

impl Directory {
    /// The queues a person may see, their own first.
    pub(crate) async fn queues(&self, who: &SignedIn) -> Result<Vec<Queue>, ServiceError> {
        let mut conn = self.store.reader().await?;
        let mut queues: BTreeMap<String, Queue> = BTreeMap::new();
        let watched = watched(&mut conn, who).await?;
        for row in watched.organisations {
            let scope = scope_of(&row);
            if scope == CENTRE || !who.may_at(Permission::ViewAlerts, &standing(&row, self.today())) {
                continue;
            }
            // A queue is called after the authority itself, where the person may see that.
            if row.kind != "partner" || !queues.contains_key(&scope) {
                let queue = Queue { tier: Tier::Authority, authority: scope.clone(), name: row.name };
                queues.insert(scope, queue);
            }
        }
        if watched.everywhere {
            // Partners may stand under an authority that is not itself in the directory.
            for code in organisations::codes_of_partners(&mut conn).await? {
                queues.entry(code.clone()).or_insert_with(|| Queue {
                    tier: Tier::Authority,
                    authority: code.clone(),
                    name: format!("Partners of {code}"),
                });
            }
        }
        let mut queues: Vec<Queue> = queues.into_values().collect();
        queues.sort_by(|a, b| a.name.cmp(&b.name));
        let central =
            who.roles.iter().any(|held| held.at.kind == "centre" && held.gives(Permission::ViewAlerts));
        if central {
            let name = "Central team".to_owned();
            queues.insert(0, Queue { tier: Tier::Central, authority: CENTRE.to_owned(), name });
        }
        Ok(queues)
    }

    /// The standing of an organisation that something is about.
    pub(crate) async fn organisation_standing(
        &self,
        organisation: Uuid,
    ) -> Result<OrganisationStanding, ServiceError> {
        let mut conn = self.store.reader().await?;
        let row = organisations::by_id(&mut conn, organisation)
            .await?
            .ok_or_else(|| ServiceError::internal("an alert's organisation is missing"))?;
        Ok(standing(&row, self.today()))
    }
}

#[cfg(test)]
mod tests {
    use super::Place;
    use uuid::Uuid;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let place = Place { at: 1_764_000_000_000_000, id: Uuid::from_u128(7) };
        assert_eq!(Place::parse(&place.to_string()), Some(place));
        for text in ["", "1", "1-", "x-00000000000000000000000000000007", "1-7"] {
            assert_eq!(Place::parse(text), None, "{text}");
        }
    }
}
