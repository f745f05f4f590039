//! Signing in, and proving again, with a passkey (WebAuthn, user verification required).
//!
//! The browser is always asked in the form that needs no list of credentials; a list is added to the question when a
//! username is given. So a question about a name that nobody has, or that has no passkey, is made in the same way as any
//! other, with credentials that nobody has, the same each time it is asked.

use audit::Action;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use directory::access::Proof;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::passkeys::{self, PasskeyRow};
use store::{Key16, accounts};
use url::Url;
use uuid::Uuid;
use webauthn_rs::prelude::{DiscoverableAuthentication, PublicKeyCredential, WebauthnError};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use super::begin::{Entry, named};
use super::passkey_content::PasskeyContent;
use super::ticket::{Once, Ticket, use_up};
use super::{Client, NewSession, SignInError, domain, sign_in_event};
use crate::accounts::{Account, fold};
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

/// Who asks for passkeys: the service under its host name, and the origin its pages have.
#[derive(Debug, Clone)]
pub struct RelyingParty(pub(super) Webauthn);

/// The host name cannot be one that passkeys belong to.
#[derive(Debug, thiserror::Error)]
#[error("passkeys need a host name such as directory.example.org, or localhost; not {0}")]
pub struct RelyingPartyError(String);

impl RelyingParty {
    /// For a service under one host name. `https` is false only for `localhost`, where any port is the service's own.
    ///
    /// # Errors
    ///
    /// When the name is an address or no name at all.
    pub fn new(host: &str, https: bool) -> Result<Self, RelyingPartyError> {
        let refused = |_| RelyingPartyError(host.to_owned());
        let scheme = if https { "https" } else { "http" };
        let origin =
            Url::parse(&format!("{scheme}://{host}")).map_err(|_| RelyingPartyError(host.to_owned()))?;
        let built = WebauthnBuilder::new(host, &origin).map_err(refused)?;
        let built = built.rp_name("ContactPoint").allow_any_port(!https).build().map_err(refused)?;
        Ok(Self(built))
    }
}

/// What a browser is asked, and what must come back with its answer.
#[derive(Debug, Clone)]
pub struct PasskeyQuestion {
    /// JSON for `navigator.credentials`.
    pub options: String,
    /// For a cookie.
    pub ticket: String,
}

/// What the ticket of a question says.
#[derive(Serialize, Deserialize)]
struct Asked {
    state: DiscoverableAuthentication,
    /// The account it is asked of, when a name was given that has one.
    account: Option<Uuid>,
    /// The session that is to be proved afresh.
    session: Option<[u8; 16]>,
}

/// A passkey that proved itself: its row, to be written with the counter moved on, and its owner.
struct Proved {
    row: PasskeyRow,
    account: Account,
    once: Once,
}

/// Of the people with passkeys most have one, fewer two.
const DECOYS: [usize; 8] = [1, 1, 1, 1, 1, 2, 2, 3];

/// How many bytes the credential ids of common devices have: telephones and computers 16, 20 and 32, security keys 48 and 64.
const CREDENTIAL_LENGTHS: [usize; 8] = [16, 20, 20, 32, 32, 32, 48, 64];

/// So many passkeys has one account at most.
pub(super) const MOST_PASSKEYS: i64 = 10;

impl Directory {
    /// Asks for a passkey of the person with this username, or of whoever the device knows when it is empty.
    ///
    /// # Errors
    ///
    /// [`SignInError::LockedOut`] or the system's; never anything that depends on the name.
    pub async fn ask_for_passkey(
        &self,
        party: &RelyingParty,
        username: &str,
        from: impl Into<Client>,
    ) -> Result<PasskeyQuestion, SignInError> {
        let (username, client) = (fold(username), from.into());
        self.refuse_if_locked(&self.counted_by_address(&client), &username, &client).await?;
        if username.is_empty() {
            return Ok(self.passkey_question(party, &[], None, None)?);
        }
        let mut conn = self.store.reader().await?;
        let key = self.keys.accounts.hash(0, username.as_bytes());
        let account = accounts::by_username(&mut conn, key).await?.map(|row| row.account_id);
        // The account that nobody has is looked up like any other.
        let looked_up = account.unwrap_or_else(|| self.decoy_account(&username));
        let rows = passkeys::of_account(&mut conn, looked_up, MOST_PASSKEYS).await?;
        drop(conn);
        let wrapped = self.wrapped_bundles(&[looked_up]).await?.remove(&looked_up);
        let mut credentials = Vec::new();
        if let Some((generation, bytes)) = wrapped {
            let bundle = self.keys.unwrap(looked_up, generation, &bytes)?;
            for row in &rows {
                credentials.push(self.open_passkey(&bundle, row)?.key.cred_id().to_vec());
            }
        }
        if credentials.is_empty() {
            credentials = self.decoy_credentials(&username);
        }
        Ok(self.passkey_question(party, &credentials, Some(looked_up), None)?)
    }

    /// Signs in with the browser's answer.
    ///
    /// # Errors
    ///
    /// [`SignInError`].
    pub async fn sign_in_with_passkey(
        &self,
        party: &RelyingParty,
        ticket: &str,
        answer: &str,
        from: impl Into<Client>,
    ) -> Result<NewSession, SignInError> {
        let client = from.into();
        let counted = self.counted_by_address(&client);
        self.refuse_if_locked(&counted, "", &client).await?;
        let Some(proved) = self.prove_passkey(party, ticket, answer, None, &client).await? else {
            let failure = self.count_failure(&counted, None, "", &client, "wrong_passkey").await?;
            return Err(failure);
        };
        // The lock of the name is the password's; a passkey was not guessed. What was counted here is forgiven.
        let here = self.counted(&proved.account.sealed.username, &client);
        let entry = Entry::of(Proof::Passkey).once(proved.once).with_passkey(proved.row).forgiving(&here);
        self.begin_session(proved.account, entry, &client).await
    }

    /// Asks a signed-in person for one of their passkeys; none when they have none.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn ask_for_own_passkey(
        &self,
        party: &RelyingParty,
        who: &SignedIn,
    ) -> Result<Option<PasskeyQuestion>, ServiceError> {
        let bundle = self.bundle_of(who.account).await?;
        let mut conn = self.store.reader().await?;
        let rows = passkeys::of_account(&mut conn, who.account, MOST_PASSKEYS).await?;
        drop(conn);
        let mut credentials = Vec::new();
        for row in &rows {
            let content = self.open_passkey(&bundle, row)?;
            if !content.suspended {
                credentials.push(content.key.cred_id().to_vec());
            }
        }
        if credentials.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.passkey_question(party, &credentials, Some(who.account), Some(who.session))?))
    }

    /// Proves afresh with the browser's answer.
    ///
    /// # Errors
    ///
    /// [`SignInError`].
    pub async fn step_up_with_passkey(
        &self,
        party: &RelyingParty,
        who: &SignedIn,
        ticket: &str,
        answer: &str,
        from: impl Into<Client>,
    ) -> Result<(), SignInError> {
        let client = from.into();
        let counted = self.counted_by_address(&client);
        self.refuse_if_locked(&counted, "", &client).await?;
        let proved = self.prove_passkey(party, ticket, answer, Some(who), &client).await?;
        let Some(proved) = proved.filter(|proved| proved.account.row.account_id == who.account) else {
            let failure = self.count_failure(&counted, None, "", &client, "wrong_passkey").await?;
            return Err(failure);
        };
        let (once, row) = (Some(&proved.once), Some(&proved.row));
        self.prove(who, &proved.account, Proof::Passkey, once, row, &client).await
    }

    fn passkey_question(
        &self,
        party: &RelyingParty,
        credentials: &[Vec<u8>],
        account: Option<Uuid>,
        session: Option<Key16>,
    ) -> Result<PasskeyQuestion, ServiceError> {
        let (question, state) =
            party.0.start_discoverable_authentication().map_err(ServiceError::internal)?;
        let mut options = serde_json::to_value(question).map_err(ServiceError::internal)?;
        let listed: Vec<Value> = credentials
            .iter()
            .map(|id| json!({ "type": "public-key", "id": URL_SAFE_NO_PAD.encode(id) }))
            .collect();
        if let Some(public_key) = options.get_mut("publicKey").and_then(Value::as_object_mut) {
            public_key.insert("allowCredentials".to_owned(), Value::Array(listed));
            public_key.remove("extensions");
        }
        if let Some(options) = options.as_object_mut() {
            // A button asks, not the browser's autofill.
            options.remove("mediation");
        }
        let asked = Asked { state, account, session: session.map(|key| key.0) };
        Ok(PasskeyQuestion {
            options: options.to_string(),
            ticket: self.seal_ticket(Ticket::Passkey, &asked)?,
        })
    }

    /// The passkey that an answer proves; none when it proves nothing. A key whose counter went back is taken out of use.
    async fn prove_passkey(
        &self,
        party: &RelyingParty,
        ticket: &str,
        answer: &str,
        who: Option<&SignedIn>,
        client: &Client,
    ) -> Result<Option<Proved>, SignInError> {
        let ticket = self.open_ticket::<Asked>(Ticket::Passkey, ticket).ok_or(SignInError::Expired)?;
        let asked = ticket.content;
        if asked.session != who.map(|who| who.session.0) {
            return Err(SignInError::Expired);
        }
        let Ok(answer) = serde_json::from_str::<PublicKeyCredential>(answer) else { return Ok(None) };
        let key = self.credential_key(answer.raw_id.as_slice());
        let mut conn = self.store.reader().await?;
        let found = passkeys::by_credential(&mut conn, key).await?;
        drop(conn);
        let Some(row) = found.filter(|row| asked.account.is_none_or(|asked| asked == row.account_id)) else {
            return Ok(None);
        };
        let Some(account) = self.account_by_id(row.account_id).await? else { return Ok(None) };
        let mut content = self.open_passkey(&account.bundle, &row)?;
        if content.suspended {
            return Ok(None);
        }
        match party.0.finish_discoverable_authentication_v2(&answer, asked.state, &content.key) {
            Ok(result) if result.user_verified() => {
                content.key.update_credential(&result);
                content.last_used = Some(self.world.now().as_microsecond());
                let sealed = self.seal_passkey(&account.bundle, key, &content)?;
                Ok(Some(Proved { row: PasskeyRow { sealed, ..row }, account, once: ticket.once }))
            }
            Err(WebauthnError::CredentialPossibleCompromise) => {
                self.suspend_passkey(&account, row, content, &ticket.once, client).await?;
                Ok(None)
            }
            Ok(_) | Err(_) => Ok(None),
        }
    }

    /// Takes a key out of use whose counter went back: two devices may hold it.
    async fn suspend_passkey(
        &self,
        account: &Account,
        row: PasskeyRow,
        content: PasskeyContent,
        once: &Once,
        client: &Client,
    ) -> Result<(), SignInError> {
        let content = PasskeyContent { suspended: true, ..content };
        let sealed = self.seal_passkey(&account.bundle, row.credential_key, &content)?;
        let mut tx = self.store.begin().await?;
        // An answer that was given before is a replay, not a copy: it costs nobody their key.
        if !use_up(&mut tx, once).await? || !passkeys::replace(&mut tx, &PasskeyRow { sealed, ..row }).await?
        {
            return Ok(());
        }
        let (name, outcome) = (&account.sealed.username, "passkey_suspended");
        let event = sign_in_event(Action::SignInFailed, Some(named(account)), name, client, outcome);
        self.write_event(&mut tx, event).await?;
        Ok(tx.commit().await?)
    }

    pub(super) fn credential_key(&self, id: &[u8]) -> Key16 {
        self.keys.attempts.hash(domain::CREDENTIAL, id)
    }

    /// Credentials that nobody has, in such numbers and of such lengths as people's own: the same for a name each time it is
    /// asked, and told by nobody who does not hold the key.
    fn decoy_credentials(&self, username: &str) -> Vec<Vec<u8>> {
        let drawn = |of: &[u8]| self.keys.attempts.hash_parts(domain::DECOY, &[username.as_bytes(), of]).0;
        let pick = |from: &[usize], by: u8| from.get(usize::from(by) % from.len().max(1)).copied();
        let [how_many, lengths @ ..] = drawn(&[0]);
        let how_many = pick(&DECOYS, how_many).unwrap_or(1);
        let credential = |(nth, by): (u8, &u8)| {
            let length = pick(&CREDENTIAL_LENGTHS, *by).unwrap_or(32);
            (0..=u8::MAX).flat_map(|part| drawn(&[1, nth, part])).take(length).collect()
        };
        (0..=u8::MAX).zip(&lengths).take(how_many).map(credential).collect()
    }
}
