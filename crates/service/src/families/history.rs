//! Who opened a record and in whose lists it stood, read from the trail for the answer to a family.

use std::collections::{BTreeSet, HashMap};

use audit::{Action, Detail, Header};
use directory::access::{Reason, Role};
use directory::letter::{Access, Seen};
use directory::watching::Flag;
use jiff::tz::TimeZone;
use store::audit::{EntryRow, LookupKind, Stretch};
use store::{Key16, organisations};
use uuid::Uuid;
use vault::{Aad, DataKey};

use crate::archive::FROM_ARCHIVE;
use crate::audit_reading::page_of_lookups;
use crate::joining::MATCHING;
use crate::organisations::sector_of;
use crate::retention::CALENDAR;
use crate::watching::of_a_desk;
use crate::{Directory, ServiceError};

/// Marks, in the sealed body of an entry, that a record was shown to answer a family.
pub(crate) const AT_FAMILY_DESK: &str = "at_family_desk";

/// What marks an opening that is no practitioner's, beside those of the desks: from the archive, as management, and to see whether
/// records are one child's. Who saw what will happen to a record saw that alone.
const OFFICES: [&str; 3] = [FROM_ARCHIVE, Flag::AsManagement.code(), MATCHING];

/// How many entries are read at once.
const PAGE: usize = 500;

impl Directory {
    /// The openings by practitioners of the record of a child or of what was joined to it, those by override among them, and the
    /// lists of their searches in which it stood, each once, before an instant (microseconds UTC). What offices of the directory
    /// looked at is left out, and so is what can no longer be told from it because the key of its month is destroyed.
    pub(super) async fn accesses(
        &self,
        children: &BTreeSet<Uuid>,
        before: i64,
    ) -> Result<Vec<Access>, ServiceError> {
        let keys: Vec<Key16> = children.iter().map(|child| self.child_handle(*child)).collect();
        let mut stretch = Stretch { from: 0, before, before_id: Uuid::nil() };
        let mut months: HashMap<String, Option<DataKey>> = HashMap::new();
        let mut bodies: HashMap<Uuid, Option<(directory::Sector, String)>> = HashMap::new();
        let mut hidden: HashMap<Uuid, bool> = HashMap::new();
        let mut found = Vec::new();
        loop {
            let mut conn = self.store.reader().await?;
            let rows = page_of_lookups(&mut conn, LookupKind::Child, &keys, stretch, PAGE).await?;
            let ended = rows.len() < PAGE;
            for row in rows {
                (stretch.before, stretch.before_id) = (row.at, row.entry_id);
                let header = Header::parse(&row.header).map_err(ServiceError::internal)?;
                let is_told = header.action == Action::RecordViewed || is_a_practitioners_search(&header);
                let Some(organisation) = header.organisation.filter(|_| is_told) else { continue };
                let Some((seen, shown)) = self.seen_by_a_practitioner(&row, &mut months).await? else {
                    continue;
                };
                if self.is_of_the_hidden(&shown, children, &mut hidden).await? {
                    continue;
                }
                if let std::collections::hash_map::Entry::Vacant(place) = bodies.entry(organisation) {
                    let row = organisations::by_id(&mut conn, organisation).await?;
                    place.insert(row.map(|row| (sector_of(&row), row.name)));
                }
                let Some((sector, name)) = bodies.get(&organisation).cloned().flatten() else { continue };
                let on = header.at.to_zoned(TimeZone::UTC).date();
                found.push(Access { seen, on, sector, organisation: name });
            }
            if ended {
                return Ok(found);
            }
        }
    }

    /// Whether what was shown was another child's, to whom these had been joined by mistake, and who is hidden now: who looked would
    /// say what sort of help that child has (law 3). Of one that nobody can read any more nobody can say that it is not.
    async fn is_of_the_hidden(
        &self,
        shown: &[Uuid],
        children: &BTreeSet<Uuid>,
        hidden: &mut HashMap<Uuid, bool>,
    ) -> Result<bool, ServiceError> {
        if shown.iter().any(|child| children.contains(child)) {
            return Ok(false);
        }
        for other in shown {
            let is_hidden = match hidden.get(other) {
                Some(known) => *known,
                None => {
                    let open = self.profile_or_survivor(*other).await?;
                    open.is_none_or(|open| open.profile.is_protected() || open.profile.held)
                }
            };
            hidden.insert(*other, is_hidden);
            if is_hidden {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How a practitioner saw something of the child, and of whom the entry is; nothing where an office did, or where it can no longer be told.
    async fn seen_by_a_practitioner(
        &self,
        row: &EntryRow,
        months: &mut HashMap<String, Option<DataKey>>,
    ) -> Result<Option<(Seen, Vec<Uuid>)>, ServiceError> {
        if !months.contains_key(&row.month) {
            let month = row.month.replace('-', "").parse().unwrap_or_default();
            let key = self.kept_audit_key(month).await?;
            months.insert(row.month.clone(), key);
        }
        let Some(key) = months.get(&row.month).and_then(Option::as_ref) else { return Ok(None) };
        let plain = vault::open(key, Aad::new(row.entry_id, 0), &row.body)?;
        let is_an_office = |flag: &String| OFFICES.contains(&flag.as_str());
        Ok(match Detail::from_bytes(&plain).map_err(ServiceError::internal)? {
            Detail::Disclosure(shown) => {
                let is_an_offices = of_a_desk(&shown)
                    || shown.flags.iter().any(is_an_office)
                    || shown.fields_shown == [CALENDAR];
                (!is_an_offices).then(|| (Seen::Opened, shown.child.into_iter().collect()))
            }
            Detail::Search(search) => Some((Seen::Listed, search.shown)),
            _ => None,
        })
    }
}

/// Whether the clear header says that a practitioner searched, and not to manage the directory. What its offices search for would tell
/// that there is something for them to do.
fn is_a_practitioners_search(header: &Header) -> bool {
    header.action == Action::Search
        && header.role.as_deref() == Some(Role::Practitioner.code())
        && header.reason.as_deref() != Some(Reason::Management.code())
}
