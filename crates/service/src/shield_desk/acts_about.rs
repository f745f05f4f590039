//! The requests about somebody. No clear column says whom a request is about, so whoever looks for those about a child opens
//! every one: some tens of thousands in a whole country, for acts as rare as a joining, a seal or a transfer.

use store::pending_acts::{self, ActRow, ActState};

use super::{Content, SHIELD};
use crate::{Directory, ServiceError};

/// The desks of every authority.
pub(super) const EVERYWHERE: &str = "";

impl Directory {
    /// The requests in these states at the desks of an authority, by its code, or [`EVERYWHERE`], of which this is true: each row
    /// with what it says.
    pub(super) async fn requests_where(
        &self,
        states: impl IntoIterator<Item = ActState>,
        at: &str,
        wanted: impl Fn(&Content) -> bool,
    ) -> Result<Vec<(ActRow, Content)>, ServiceError> {
        const EVER: i64 = 0;
        let mut found = Vec::new();
        for state in states {
            let mut conn = self.store.reader().await?;
            let rows = pending_acts::within(&mut conn, SHIELD, state, EVER, at, i64::MAX).await?;
            drop(conn);
            for (row, content) in self.open_acts::<Content>(rows).await? {
                if wanted(&content) {
                    found.push((row, content));
                }
            }
        }
        Ok(found)
    }
}
