//! Where a sensitive service lies in a record: the slots of its keys, in the record as it is and in every statement before it.

use directory::parts::Item;
use directory::{Basis, InvolvementDetails};
use store::source_records::SourceRecordRow;
use store::versions::VersionRow;
use vault::{Bundle, Slot};

use crate::ServiceError;

/// The slots of those sensitive services that `goes`, each with the slot of its basis. What cannot be read any more has gone
/// before.
pub(crate) fn sensitive_slots(
    bundle: &Bundle,
    row: &SourceRecordRow,
    goes: impl Fn(&InvolvementDetails, Option<&Basis>) -> bool,
) -> Result<Vec<Slot>, ServiceError> {
    let mut items: Vec<(Slot, Item)> = Vec::new();
    for part in vault::open_parts(bundle, row.record_id, row.version, &row.sealed)? {
        if let (Some(plain), true) = (part.readable(), part.slot > 0) {
            items.push((part.slot, serde_json::from_slice(plain).map_err(ServiceError::internal)?));
        }
    }
    let basis_of = |of: u16| {
        items.iter().find_map(|(_, item)| match item {
            Item::Basis { ordinal, basis } if *ordinal == of => Some(basis),
            _ => None,
        })
    };
    let going: Vec<u16> = items
        .iter()
        .filter_map(|(_, item)| match item {
            Item::Involvement { ordinal, details } if details.service.is_sensitive() => {
                goes(details, basis_of(*ordinal)).then_some(*ordinal)
            }
            _ => None,
        })
        .collect();
    let slots = items.iter().filter(|(_, item)| match item {
        Item::Involvement { ordinal, .. } | Item::Basis { ordinal, .. } => going.contains(ordinal),
        _ => false,
    });
    Ok(slots.map(|(slot, _)| *slot).collect())
}

/// A statement that stood before, as a row.
pub(crate) fn as_it_stood(row: &SourceRecordRow, version: &VersionRow) -> SourceRecordRow {
    SourceRecordRow { version: version.version, sealed: version.sealed.clone(), ..row.clone() }
}
