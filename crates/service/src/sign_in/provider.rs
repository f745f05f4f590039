//! Signing in through an organisation's identity provider (OpenID Connect, authorisation code with PKCE). It vouches for a
//! person whom we know already: a subject is bound to an account by the person themself, and none makes an account.

use directory::access::{DangerousAct, Proof};
use jiff::{SignedDuration, Timestamp};
use openidconnect::core::{CoreAuthPrompt, CoreAuthenticationFlow};
use openidconnect::{AuthenticationContextClass, CsrfToken, Nonce, PkceCodeChallenge, PkceCodeVerifier};
use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use store::{Key16, provider_subjects};
use subtle::ConstantTimeEq as _;

use super::begin::Entry;
use super::provider_client::{client, exchanged};
use super::provider_tokens::{Vouched, hashed_parts};
use super::providers::{IdentityProvider, Metadata, Providers, TransportFault};
use super::ticket::Ticket;
use super::{Client, Named, NewSession, SignInError, StepUpFirst, domain};
use crate::accounts::Account;
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

/// What a provider is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProviderPurpose {
    /// To sign somebody in.
    SignIn,
    /// To bind the person there to the account that is signed in here.
    Bind,
    /// To prove afresh who is signed in here; then on to this page.
    StepUp {
        /// One of our own paths.
        then: String,
    },
}

/// Where the browser goes, and what must come back with it.
#[derive(Debug, Clone)]
pub struct ProviderQuestion {
    /// The provider's page.
    pub address: String,
    /// What pages call the provider.
    pub name: String,
    /// For a cookie.
    pub ticket: String,
}

/// What the browser brought back, as it stood in the address.
#[derive(Debug, Clone, Default)]
pub struct ProviderAnswer {
    /// The code.
    pub code: Option<String>,
    /// Our own state.
    pub state: Option<String>,
    /// Who answers (RFC 9207).
    pub iss: Option<String>,
    /// That the provider refused.
    pub error: Option<String>,
}

/// What came of it.
pub enum ProviderOutcome {
    /// Somebody is signed in.
    SignedIn(NewSession),
    /// The account is bound.
    Bound,
    /// Freshly proved; on to this page.
    Proved {
        /// One of our own paths.
        then: String,
    },
}

/// Why a provider's answer did not lead on.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// No provider of that id.
    #[error("there is no such identity provider")]
    Unknown,
    /// It does not answer, or not as the standard says.
    #[error(transparent)]
    Unreachable(#[from] TransportFault),
    /// The answer came too late, twice, or to another browser than asked.
    #[error("the sign-in took too long")]
    Expired,
    /// The provider refused, or its answer does not hold: another issuer, signature, nonce, audience or time.
    #[error("the provider's answer does not hold")]
    Refused,
    /// The person did not give a second factor there.
    #[error("the provider asked for no second factor")]
    NoSecondFactor,
    /// The person there is bound to no account here.
    #[error("the person is bound to no account")]
    Stranger,
    /// The person there is bound to another account, or the account is of another organisation.
    #[error("the person or the account is another's")]
    NotTheirs,
    /// Without it the person could not sign in any more.
    #[error("this is the last way to sign in")]
    LastWayIn,
    /// The person must prove afresh who they are.
    #[error(transparent)]
    StepUpFirst(#[from] StepUpFirst),
    /// As with every other way of signing in.
    #[error(transparent)]
    SignIn(#[from] SignInError),
}

impl From<ServiceError> for ProviderError {
    fn from(error: ServiceError) -> Self {
        Self::SignIn(error.into())
    }
}

impl From<store::StoreError> for ProviderError {
    fn from(error: store::StoreError) -> Self {
        Self::SignIn(error.into())
    }
}

/// What the ticket of a question says.
#[derive(Serialize, Deserialize)]
struct Asked {
    provider: String,
    purpose: ProviderPurpose,
    session: Option<[u8; 16]>,
    redirect: String,
    state: String,
    nonce: String,
    verifier: String,
    asked_at: i64,
}

/// Clocks of two organisations differ by so much.
pub(super) const SKEW: SignedDuration = SignedDuration::from_secs(60);

impl Directory {
    /// Makes the address of a provider's page. `redirect` is our own page for the answer.
    ///
    /// # Errors
    ///
    /// [`ProviderError`].
    pub async fn ask_provider(
        &self,
        providers: &Providers,
        id: &str,
        purpose: ProviderPurpose,
        who: Option<&SignedIn>,
        redirect: &str,
    ) -> Result<ProviderQuestion, ProviderError> {
        let provider = providers.with_id(id).ok_or(ProviderError::Unknown)?;
        let now = self.world.now();
        if let (ProviderPurpose::Bind, Some(who)) = (&purpose, who) {
            self.freshly_proved(who, DangerousAct::ChangeOwnKeys)?;
        }
        match (&purpose, who) {
            (ProviderPurpose::SignIn, _) => {}
            (_, None) => return Err(ProviderError::Expired),
            (_, Some(who)) if who.organisation != provider.organisation => {
                return Err(ProviderError::NotTheirs);
            }
            _ => {}
        }
        let metadata = providers.metadata(provider, now, false).await?;
        let [state, nonce, verifier] = {
            let mut rng = self.world.chance.generator();
            [(); 3].map(|()| hex::encode(rng.random::<[u8; 32]>()))
        };
        let afresh = !matches!(purpose, ProviderPurpose::SignIn);
        let asked = Asked {
            provider: provider.id.clone(),
            purpose,
            session: who.map(|who| who.session.0),
            redirect: redirect.to_owned(),
            state,
            nonce,
            verifier,
            asked_at: now.as_microsecond(),
        };
        let address = self.provider_address(provider, &metadata, &asked, afresh)?;
        let ticket = self.seal_ticket(Ticket::Provider, &asked)?;
        Ok(ProviderQuestion { address, name: provider.name.clone(), ticket })
    }

    fn provider_address(
        &self,
        provider: &IdentityProvider,
        metadata: &Metadata,
        asked: &Asked,
        afresh: bool,
    ) -> Result<String, ProviderError> {
        let (state, nonce) = (CsrfToken::new(asked.state.clone()), Nonce::new(asked.nonce.clone()));
        let client = client(provider, metadata, &asked.redirect)?;
        let verifier = PkceCodeVerifier::new(asked.verifier.clone());
        let hours = u64::from(self.policy.session.whole_hours);
        let whole = std::time::Duration::from_secs(hours.saturating_mul(3600));
        let mut request = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || state, move || nonce)
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .set_max_age(if afresh { std::time::Duration::ZERO } else { whole });
        if afresh {
            request = request.add_prompt(CoreAuthPrompt::Login);
        }
        for value in &provider.acr_values {
            request = request.add_auth_context_value(AuthenticationContextClass::new(value.clone()));
        }
        Ok(request.url().0.into())
    }

    /// Goes on with what the browser brought back.
    ///
    /// # Errors
    ///
    /// [`ProviderError`]. No account is ever made.
    pub async fn hear_provider(
        &self,
        providers: &Providers,
        ticket: &str,
        answer: ProviderAnswer,
        who: Option<&SignedIn>,
        from: impl Into<Client>,
    ) -> Result<ProviderOutcome, ProviderError> {
        let client = from.into();
        let counted = self.counted_by_address(&client);
        self.refuse_if_locked(&counted, "", &client).await?;
        let ticket = self.open_ticket::<Asked>(Ticket::Provider, ticket).ok_or(ProviderError::Expired)?;
        let (asked, once) = (ticket.content, ticket.once);
        // The answer must come to the browser, and to the session, that asked.
        let state = answer.state.as_deref().unwrap_or_default();
        let is_ours: bool = state.as_bytes().ct_eq(asked.state.as_bytes()).into();
        if !is_ours || (asked.session.is_some() && asked.session != who.map(|who| who.session.0)) {
            return Err(ProviderError::Expired);
        }
        let provider = providers.with_id(&asked.provider).ok_or(ProviderError::Unknown)?;
        let vouched = match self.vouched(providers, provider, &asked, &answer).await {
            Ok(vouched) => vouched,
            Err(error @ (ProviderError::Refused | ProviderError::NoSecondFactor)) => {
                let outcome = match error {
                    ProviderError::NoSecondFactor => "provider_without_second_factor",
                    _ => "provider_refused",
                };
                self.count_failure(&counted, None, "", &client, outcome).await?;
                return Err(error);
            }
            Err(error) => return Err(error),
        };
        let subject = self.subject_key(&provider.issuer, &vouched.subject);
        match (asked.purpose, who) {
            (ProviderPurpose::SignIn, _) => {
                let account = self.bound_account(provider, subject, &client).await?;
                let session = self.provider_session_key(&provider.issuer, &vouched);
                let entry = Entry::of(Proof::Provider).once(once).vouched_by(&provider.issuer, session);
                Ok(ProviderOutcome::SignedIn(self.begin_session(account, entry, &client).await?))
            }
            (ProviderPurpose::Bind, Some(who)) => self.bind(who, subject, &once).await,
            (ProviderPurpose::StepUp { then }, Some(who)) => {
                let account = self.bound_account(provider, subject, &client).await?;
                if account.row.account_id != who.account {
                    return Err(ProviderError::NotTheirs);
                }
                self.prove(who, &account, Proof::Provider, Some(&once), None, &client).await?;
                Ok(ProviderOutcome::Proved { then })
            }
            (_, None) => Err(ProviderError::Expired),
        }
    }

    /// Whom the provider vouches for, everything about the answer checked.
    async fn vouched(
        &self,
        providers: &Providers,
        provider: &IdentityProvider,
        asked: &Asked,
        answer: &ProviderAnswer,
    ) -> Result<Vouched, ProviderError> {
        let now = self.world.now();
        let metadata = providers.metadata(provider, now, false).await?;
        // An answer of another provider's must not be taken to this one (mix-up, RFC 9207).
        let named = answer.iss.as_deref();
        let always = metadata.additional_metadata().authorization_response_iss_parameter_supported;
        if named.is_some_and(|iss| iss != provider.issuer) || (named.is_none() && always) {
            return Err(ProviderError::Refused);
        }
        let code = match (&answer.error, &answer.code) {
            (None, Some(code)) => code.clone(),
            _ => return Err(ProviderError::Refused),
        };
        let client = client(provider, &metadata, &asked.redirect)?;
        let verifier = PkceCodeVerifier::new(asked.verifier.clone());
        let token = exchanged(client, providers.transport().clone(), code, verifier).await?;
        let checked = self.check_id_token(provider, &metadata, &token, &asked.nonce, now);
        let vouched = match checked {
            Err(ProviderError::Refused) => {
                // The provider may have taken new keys since it was asked for them.
                let again = providers.metadata(provider, now, true).await?;
                self.check_id_token(provider, &again, &token, &asked.nonce, now)?
            }
            other => other?,
        };
        let asked_at = Timestamp::from_microsecond(asked.asked_at).unwrap_or(now);
        let earliest = match asked.purpose {
            ProviderPurpose::SignIn => {
                now - SignedDuration::from_hours(i64::from(self.policy.session.whole_hours))
            }
            ProviderPurpose::Bind | ProviderPurpose::StepUp { .. } => asked_at,
        };
        if vouched.authenticated_at < earliest - SKEW {
            return Err(ProviderError::Refused);
        }
        Ok(vouched)
    }

    /// The account a subject is bound to, of the very organisation that brings the provider.
    async fn bound_account(
        &self,
        provider: &IdentityProvider,
        subject: Key16,
        client: &Client,
    ) -> Result<Account, ProviderError> {
        let mut conn = self.store.reader().await?;
        let bound = provider_subjects::by_subject(&mut conn, subject).await?;
        drop(conn);
        let account = match bound {
            Some(bound) => self.account_by_id(bound.account_id).await?,
            None => None,
        };
        let (named, outcome, error) = match account {
            Some(account) if account.organisation.name == provider.organisation => return Ok(account),
            Some(account) => {
                let (account, organisation) = (account.row.account_id, account.row.organisation_id);
                (Some(Named { account, organisation }), "provider_of_another", ProviderError::NotTheirs)
            }
            None => (None, "unknown_subject", ProviderError::Stranger),
        };
        let event = super::sign_in_event(audit::Action::SignInFailed, named, "", client, outcome);
        self.record(event).await?;
        Err(error)
    }

    pub(super) fn subject_key(&self, issuer: &str, subject: &str) -> Key16 {
        self.keys.attempts.hash_parts(domain::SUBJECT, &[issuer.as_bytes(), subject.as_bytes()])
    }

    fn provider_session_key(&self, issuer: &str, vouched: &Vouched) -> Key16 {
        let parts = hashed_parts(vouched.session.as_deref(), &vouched.subject);
        self.keys.attempts.hash_parts(domain::PROVIDER_SESSION, &[issuer.as_bytes(), parts.0, parts.1])
    }
}
