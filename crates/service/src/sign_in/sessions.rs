//! A person's own sessions, listed and ended; and those of another, ended by a user manager.

use audit::{AccountChangeDetail, Action, Detail};
use directory::access::Permission;
use jiff::Timestamp;
use store::sessions::{self, SessionRow};
use store::{Key16, accounts, organisations};
use uuid::Uuid;

use super::{Client, domain};
use crate::accounts::standing;
use crate::session::{SignedIn, instant};
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// One of a person's sessions, as that person sees it.
#[derive(Debug, Clone)]
pub struct SessionLine {
    /// What to end it by. It leads to no session of anybody else, and signs nobody in.
    pub handle: String,
    /// The kind of browser.
    pub device: String,
    /// The network address it began at.
    pub address: String,
    /// When it began.
    pub since: Timestamp,
    /// When it was last used, give or take half a minute.
    pub last_used: Timestamp,
    /// Whether it is the one that asks.
    pub this_one: bool,
}

/// More than anybody has.
const MOST: i64 = 50;

impl Directory {
    /// Where the person's session began, as a browser that nobody knows again: what a guess within it is counted under.
    pub(super) async fn client_of(&self, who: &SignedIn) -> Result<Client, ServiceError> {
        let gone = || ServiceError::internal("the session ended while it was read");
        let row = sessions::by_token(&mut self.store.reader().await?, who.session).await?.ok_or_else(gone)?;
        let address =
            self.open_session(who.session, &row)?.address.parse().map_err(ServiceError::internal)?;
        Ok(Client { address, agent: String::new(), device: None })
    }

    /// The person's own live sessions, the last used first.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn own_sessions(&self, who: &SignedIn) -> Result<Vec<SessionLine>, ServiceError> {
        let mut conn = self.store.reader().await?;
        let rows = sessions::of_account(&mut conn, who.account, MOST).await?;
        drop(conn);
        let now = self.world.now();
        rows.iter().filter(|row| !self.has_ended(row, now)).map(|row| self.session_line(who, row)).collect()
    }

    fn session_line(&self, who: &SignedIn, row: &SessionRow) -> Result<SessionLine, ServiceError> {
        let content = self.open_session(row.token_key, row)?;
        Ok(SessionLine {
            handle: self.session_handle(who, row.token_key),
            device: content.device.to_string(),
            address: content.address,
            since: instant(row.created_at),
            last_used: instant(row.seen_at),
            this_one: row.token_key == who.session,
        })
    }

    fn session_handle(&self, who: &SignedIn, token_key: Key16) -> String {
        let parts: [&[u8]; 2] = [&who.session.0, &token_key.0];
        hex::encode(self.keys.attempts.hash_parts(domain::SESSION_HANDLE, &parts).0)
    }

    /// Ends one of the person's own sessions: whether there was one of that handle.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn end_own_session(&self, who: &SignedIn, handle: &str) -> Result<bool, ServiceError> {
        let mut tx = self.store.begin().await?;
        let rows = sessions::of_account(&mut tx, who.account, MOST).await?;
        let Some(row) = rows.iter().find(|row| self.session_handle(who, row.token_key) == handle) else {
            return Ok(false);
        };
        sessions::remove(&mut tx, row.token_key).await?;
        self.write_event(&mut tx, ended(who.account, "session_ended").by(who)).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Ends every session of the person but this one: how many there were.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn end_other_sessions(&self, who: &SignedIn) -> Result<usize, ServiceError> {
        let mut tx = self.store.begin().await?;
        let others = self.end_others(&mut tx, who).await?;
        self.write_event(&mut tx, ended(who.account, "other_sessions_ended").by(who)).await?;
        tx.commit().await?;
        Ok(others)
    }

    /// Ends every other session of the person inside a transaction.
    pub(super) async fn end_others(&self, tx: &mut store::Tx, who: &SignedIn) -> Result<usize, ServiceError> {
        let mut others = 0;
        for row in sessions::of_account(tx, who.account, MOST).await? {
            if row.token_key != who.session {
                sessions::remove(tx, row.token_key).await?;
                others += 1;
            }
        }
        Ok(others)
    }

    /// The person has looked at their sessions and says that all are their own: this session warns no more.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn recognise_own_sessions(&self, who: &SignedIn) -> Result<(), ServiceError> {
        let mut tx = self.store.begin().await?;
        self.change_session(&mut tx, who, |content| content.elsewhere_since = None).await?;
        self.write_event(&mut tx, ended(who.account, "sessions_recognised").by(who)).await?;
        Ok(tx.commit().await?)
    }

    /// Ends every session of another account, within the next request of each: how many there were. `None` when the
    /// person may not manage that account, or there is none: the answer is the same.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn end_sessions_of(&self, who: &SignedIn, account: Uuid) -> Result<Option<u64>, ServiceError> {
        let mut tx = self.store.begin().await?;
        let Some(row) = accounts::by_id(&mut tx, account).await? else { return Ok(None) };
        let organisation = organisations::by_id(&mut tx, row.organisation_id)
            .await?
            .ok_or_else(|| ServiceError::internal("an account's organisation is missing"))?;
        let at = standing(&organisation, self.today());
        if !who.may_at(Permission::ManageAccounts, &at) || account == who.account {
            return Ok(None);
        }
        let count = sessions::remove_of_account(&mut tx, account).await?;
        let event = ended(account, "sessions_ended").by(who).changing_account(account);
        self.write_event(&mut tx, event).await?;
        tx.commit().await?;
        Ok(Some(count))
    }
}

fn ended(account: Uuid, change: &str) -> Event {
    let detail = AccountChangeDetail { account: Some(account), changes: vec![change.to_owned()] };
    Event::new(Action::AccountChanged, Detail::AccountChange(detail))
}
