//! Names for what entries hold as ids: the organisations and account holders of one page, each read once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use audit::Header;
use directory::access::OrganisationStanding;
use serde::Deserialize;
use store::audit::EntryRow;
use store::{Conn, account_labels, organisations};
use uuid::Uuid;
use vault::Aad;

use super::{AccountLabel, AuditLine, AuditReadError};
use crate::accounts::standing;
use crate::{Directory, ServiceError};

/// The organisations met while a page is read, each once: how they stand, and their names.
#[derive(Default)]
pub(super) struct Organisations(HashMap<Uuid, Option<(OrganisationStanding, String)>>);

impl Directory {
    pub(super) async fn organisation_met<'a>(
        &self,
        conn: &mut Conn,
        id: Uuid,
        met: &'a mut Organisations,
    ) -> Result<Option<&'a (OrganisationStanding, String)>, AuditReadError> {
        let known = match met.0.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let row = organisations::by_id(conn, id).await?;
                unknown.insert(row.map(|row| (standing(&row, self.today()), row.name)))
            }
        };
        Ok(known.as_ref())
    }

    pub(super) async fn lines(
        &self,
        conn: &mut Conn,
        entries: &[(EntryRow, Header)],
        met: &mut Organisations,
    ) -> Result<Vec<AuditLine>, AuditReadError> {
        let mut accounts: Vec<Uuid> = entries
            .iter()
            .filter_map(|(_, header)| header.account)
            .map(|handle| Uuid::from_bytes(*handle.as_bytes()))
            .collect();
        accounts.sort_unstable();
        accounts.dedup();
        let labels = self.labels_of(conn, &accounts).await?;
        let mut lines = Vec::with_capacity(entries.len());
        for (row, header) in entries {
            let organisation = match header.organisation {
                Some(id) => self.organisation_met(conn, id, met).await?.map(|(_, name)| name.clone()),
                None => None,
            };
            lines.push(AuditLine {
                entry: row.entry_id,
                at: header.at,
                action: header.action,
                who: header
                    .account
                    .and_then(|handle| labels.get(&Uuid::from_bytes(*handle.as_bytes())).cloned()),
                organisation,
                role: header.role.clone(),
                reason: header.reason.clone(),
            });
        }
        Ok(lines)
    }

    /// The names of account holders, for lists of a page: two statements, however many there are.
    pub(crate) async fn labels_of(
        &self,
        conn: &mut Conn,
        accounts: &[Uuid],
    ) -> Result<HashMap<Uuid, AccountLabel>, ServiceError> {
        /// What a label needs of an account's sealed part.
        #[derive(Deserialize)]
        struct Named {
            username: String,
            display_name: String,
        }
        let rows = account_labels::of(conn, accounts).await?;
        let owners: Vec<Uuid> = rows.iter().map(|row| row.account_id).collect();
        let wrapped = self.wrapped_bundles(&owners).await?;
        let mut labels = HashMap::new();
        for row in rows {
            let account = row.account_id;
            let Some((generation, sealed_keys)) = wrapped.get(&account) else { continue };
            let bundle = self.keys.unwrap(account, *generation, sealed_keys)?;
            let Some(key) = bundle.key(0) else { continue };
            let plain = vault::open(key, Aad::new(account, 0), &row.sealed)?;
            let named: Named = serde_json::from_slice(&plain).map_err(ServiceError::internal)?;
            let label = AccountLabel { account, name: named.display_name, username: named.username };
            labels.insert(account, label);
        }
        Ok(labels)
    }
}
