//! Rows that have keys of their own, so that each can be destroyed by itself: what families ask, offers of transfer, entries of the
//! disclosure register. Acts of two people have theirs in `act_keys.rs`, for an act of an earlier version has none.

use serde::de::DeserializeOwned;
use uuid::Uuid;
use vault::{Aad, Bundle};

use crate::{Directory, ServiceError};

/// A row, its keys, and what it says.
pub(crate) type OwnRow<R, T> = (R, Bundle, T);

impl Directory {
    /// Opens rows, in their order; `sealed` gives a row's id and what is sealed in it. One whose key is destroyed is not there.
    pub(crate) async fn open_own_rows<R, T: DeserializeOwned>(
        &self,
        rows: Vec<R>,
        sealed: impl Fn(&R) -> (Uuid, &[u8]),
    ) -> Result<Vec<OwnRow<R, T>>, ServiceError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<Uuid> = rows.iter().map(|row| sealed(row).0).collect();
        let wrapped = self.wrapped_bundles(&ids).await?;
        let mut opened = Vec::with_capacity(rows.len());
        for row in rows {
            let (id, bytes) = sealed(&row);
            let Some((generation, bundle)) = wrapped.get(&id) else { continue };
            let bundle = self.keys.unwrap(id, *generation, bundle)?;
            let key = bundle.key(0).ok_or_else(|| ServiceError::internal("a row's own key is gone"))?;
            let plain = vault::open(key, Aad::new(id, 0), bytes)?;
            let content = serde_json::from_slice(&plain).map_err(ServiceError::internal)?;
            opened.push((row, bundle, content));
        }
        Ok(opened)
    }
}
