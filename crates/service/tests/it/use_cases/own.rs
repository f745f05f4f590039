//! What is a person's own, whatever their roles: account, factors, sessions, history, address. Each call here does what it
//! says, so that none passes because nothing happened.

use directory::access::Permission;
use service::{
    OwnFactorError, PasskeyKind, ProviderAnswer, ProviderError, ProviderPurpose, Providers, Reasoned,
    RelyingParty, SignedIn,
};
use testkit::TestDatabases;
use testkit::authenticator::{Device, HOST};
use testkit::provider::Provider;
use uuid::Uuid;

use super::{OWN, Outcome, Stage, UseCase, shown};
use crate::house::{COUNCIL, House, PASSWORD, office};

use crate::providers::{REDIRECT, providers};

pub const USE_CASES: &[UseCase] = &[
    ("own_history", OWN),
    ("own_sessions", OWN),
    ("end_own_session", OWN),
    ("end_other_sessions", OWN),
    ("recognise_own_sessions", OWN),
    ("keep_own_address", OWN),
    ("has_own_address", OWN),
    ("recovery_notice", OWN),
    ("told_of_recovery", OWN),
    ("own_passkeys", OWN),
    ("ask_for_new_passkey", OWN),
    ("register_passkey", OWN),
    ("ask_for_own_passkey", OWN),
    ("step_up_with_passkey", OWN),
    ("remove_own_passkey", OWN),
    ("step_up_with_code", OWN),
    ("proof_was_for", OWN),
    ("own_provider_bindings", OWN),
    ("unbind_own_provider", OWN),
    ("ask_provider", OWN),
    ("hear_provider", OWN),
    ("new_authenticator", OWN),
    ("shown_authenticator", OWN),
    ("seal_kept_form", OWN),
    ("open_kept_form", OWN),
    ("change_own_authenticator", OWN),
    ("change_own_password", OWN),
    ("sign_out", OWN),
];

pub struct Own {
    house: House,
    party: RelyingParty,
    providers: Providers,
    device: Device,
}

impl Own {
    async fn code(&self, who: &SignedIn) -> String {
        // A code works once.
        self.house.clock.advance(jiff::SignedDuration::from_secs(31));
        self.house.directory.current_code(&username(who)).await.unwrap()
    }
}

/// The stage's people are called after their role, the last of two of which one counts beside the other.
fn username(who: &SignedIn) -> String {
    who.roles().last().unwrap().role.code().to_owned()
}

impl Stage for Own {
    const USE_CASES: &'static [UseCase] = USE_CASES;

    async fn set(db: &TestDatabases) -> Self {
        let house = House::open(db).await;
        let party = RelyingParty::new(HOST, false).unwrap();
        Self { house, party, providers: providers(&Provider::open(), COUNCIL), device: Device::new("none") }
    }

    fn house(&self) -> &House {
        &self.house
    }

    async fn thing(&mut self, _: &str) -> Uuid {
        Uuid::nil()
    }

    async fn call(&mut self, who: &Reasoned, name: &str, _: Uuid) -> Outcome {
        let who = who.who();
        assert!(who.may(Permission::ManageOwnAccount) && who.may(Permission::ViewOwnAudit), "every role's");
        let directory = &self.house.directory;
        match name {
            "own_history" => shown(!directory.own_history(who, None).await.unwrap().lines.is_empty()),
            "own_sessions" => shown(directory.own_sessions(who).await.unwrap().len() == 1),
            "end_own_session" => {
                self.house.session_elsewhere(&username(who)).await;
                let lines = directory.own_sessions(who).await.unwrap();
                let other = lines.iter().find(|line| !line.this_one).unwrap();
                shown(directory.end_own_session(who, &other.handle).await.unwrap())
            }
            "end_other_sessions" => {
                self.house.session_elsewhere(&username(who)).await;
                shown(directory.end_other_sessions(who).await.unwrap() == 1)
            }
            "recognise_own_sessions" => shown(directory.recognise_own_sessions(who).await.is_ok()),
            "keep_own_address" => shown(directory.keep_own_address(who, "14", "LS1 4AP").await.is_ok()),
            "has_own_address" => shown(directory.has_own_address(who).await.unwrap()),
            "recovery_notice" => shown(directory.recovery_notice(who).await.unwrap().is_none()),
            "told_of_recovery" => shown(directory.told_of_recovery(who).await.is_ok()),
            "own_passkeys" => shown(directory.own_passkeys(who).await.unwrap().is_empty()),
            "ask_for_new_passkey" => shown(directory.ask_for_new_passkey(&self.party, who).await.is_ok()),
            "register_passkey" => {
                self.device = Device::new(&username(who));
                let question = directory.ask_for_new_passkey(&self.party, who).await.unwrap();
                let answer = self.device.create(&question.options);
                let kind = PasskeyKind::SecurityKey;
                let done =
                    directory.register_passkey(&self.party, who, &question.ticket, &answer, kind).await;
                shown(done.is_ok())
            }
            "ask_for_own_passkey" => {
                shown(directory.ask_for_own_passkey(&self.party, who).await.unwrap().is_some())
            }
            "step_up_with_passkey" => {
                let question = directory.ask_for_own_passkey(&self.party, who).await.unwrap().unwrap();
                let answer = self.device.get(&question.options);
                let from = office();
                let done =
                    directory.step_up_with_passkey(&self.party, who, &question.ticket, &answer, &from).await;
                shown(done.is_ok())
            }
            "remove_own_passkey" => {
                let held = directory.own_passkeys(who).await.unwrap();
                shown(directory.remove_own_passkey(who, &held[0].handle).await.is_ok())
            }
            "step_up_with_code" => {
                let code = self.code(who).await;
                shown(directory.step_up_with_code(who, &code, &office()).await.is_ok())
            }
            "proof_was_for" => {
                let act = directory::access::DangerousAct::ChangeOwnKeys;
                shown(directory.proof_was_for(who, act).await.is_ok())
            }
            "own_provider_bindings" => shown(directory.own_provider_bindings(who).await.unwrap() == 0),
            "unbind_own_provider" => shown(directory.unbind_own_provider(who).await.is_ok()),
            "ask_provider" => {
                let purpose = ProviderPurpose::Bind;
                let asked =
                    directory.ask_provider(&self.providers, "council", purpose, Some(who), REDIRECT).await;
                // The centre's people are not the council's, and its provider does not vouch for them.
                match asked {
                    Ok(_) => shown(who.organisation() == COUNCIL),
                    Err(ProviderError::NotTheirs) => shown(who.organisation() != COUNCIL),
                    Err(other) => panic!("{other}"),
                }
            }
            "hear_provider" => {
                let answer = ProviderAnswer::default();
                let heard =
                    directory.hear_provider(&self.providers, "none", answer, Some(who), &office()).await;
                shown(matches!(heard, Err(ProviderError::Expired)))
            }
            "seal_kept_form" | "open_kept_form" => {
                let sealed = directory.seal_kept_form(who, b"kept").unwrap();
                shown(directory.open_kept_form(who, &sealed).as_deref() == Some(b"kept".as_slice()))
            }
            "new_authenticator" => shown(directory.new_authenticator(who).await.is_ok()),
            "shown_authenticator" => {
                let new = directory.new_authenticator(who).await.unwrap();
                shown(directory.shown_authenticator(who, &new.ticket).await.unwrap().secret == new.secret)
            }
            "change_own_authenticator" => {
                let new = directory.new_authenticator(who).await.unwrap();
                let wrong = directory.change_own_authenticator(who, &new.ticket, "000000").await;
                assert!(matches!(wrong, Err(OwnFactorError::WrongCode)));
                self.house.clock.advance(jiff::SignedDuration::from_secs(31));
                let secret = totp_rs::Secret::try_from_base32(new.secret.replace(' ', "")).unwrap();
                let totp = totp_rs::Builder::new().with_secret(secret).build().unwrap();
                let now = u64::try_from(self.house.clock.now().as_second()).unwrap();
                let code = totp.generate(now).to_string();
                shown(directory.change_own_authenticator(who, &new.ticket, &code).await.is_ok())
            }
            "change_own_password" => {
                let new = "seven quiet otters swim".to_owned();
                shown(directory.change_own_password(who, PASSWORD, new).await.is_ok())
            }
            "sign_out" => shown(directory.sign_out(who).await.is_ok()),
            other => panic!("say how {other} is called"),
        }
    }
}
