//! Signing in through an organisation's provider: every part of its answer is checked, and none makes an account.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use directory::access::{Proof, Role};
use jiff::SignedDuration;
use serde_json::{Value, json};
use service::{
    IdentityProvider, ProviderAnswer, ProviderError, ProviderOutcome, ProviderPurpose, ProviderQuestion,
    Providers, SessionError, SignedIn, Transport,
};
use testkit::provider::{ISSUER, Provider, signed};
use testkit::{TestDatabases, on_both_databases};
use url::Url;

use crate::house::{COUNCIL, House, office};
use crate::raw::Raw;

pub const REDIRECT: &str = "https://directory.example/sign-in/provider/answer";

pub fn providers(of: &Provider, organisation: &str) -> Providers {
    let of = of.clone();
    let transport = Transport::new(move |request| {
        let answer = of.answer(&request);
        Box::pin(async move { Ok(answer) })
    });
    let provider = IdentityProvider {
        id: "council".to_owned(),
        name: "the council".to_owned(),
        issuer: ISSUER.to_owned(),
        client_id: "contactpoint".to_owned(),
        client_secret: "a secret".to_owned(),
        organisation: organisation.to_owned(),
        acr_values: vec!["urn:mfa".to_owned()],
        amr_values: vec!["otp".to_owned(), "hwk".to_owned()],
    };
    Providers::new(vec![provider], transport, false).unwrap()
}

struct Scene {
    house: House,
    office: Provider,
    providers: Providers,
}

impl Scene {
    /// Ben of the council, and the council's provider.
    async fn open(db: &TestDatabases) -> Self {
        let house = House::open(db).await;
        house.account("ben", &[Role::Practitioner]).await;
        let office = Provider::open();
        let providers = providers(&office, COUNCIL);
        Self { house, office, providers }
    }

    async fn bound(db: &TestDatabases) -> (Self, SignedIn) {
        let scene = Self::open(db).await;
        let ben = scene.house.sign_in("ben").await;
        let question = scene.ask(ProviderPurpose::Bind, Some(&ben)).await;
        let outcome = scene.come_back(&question, "ben-at-council", Some(&ben)).await;
        assert!(matches!(outcome, Ok(ProviderOutcome::Bound)));
        (scene, ben)
    }

    async fn ask(&self, purpose: ProviderPurpose, who: Option<&SignedIn>) -> ProviderQuestion {
        let directory = &self.house.directory;
        directory.ask_provider(&self.providers, "council", purpose, who, REDIRECT).await.unwrap()
    }

    /// Good claims in answer to a question.
    fn claims(&self, question: &ProviderQuestion, subject: &str) -> Value {
        let now = self.house.clock.now().as_second();
        json!({
            "iss": ISSUER, "aud": "contactpoint", "sub": subject, "iat": now, "exp": now + 300,
            "nonce": asked(question, "nonce"), "auth_time": now, "acr": "urn:mfa", "amr": ["pwd", "otp"],
            "sid": format!("session-of-{subject}"),
        })
    }

    async fn hear(
        &self,
        question: &ProviderQuestion,
        answer: ProviderAnswer,
        who: Option<&SignedIn>,
    ) -> Result<ProviderOutcome, ProviderError> {
        let directory = &self.house.directory;
        directory.hear_provider(&self.providers, &question.ticket, answer, who, &office()).await
    }

    async fn come_back(
        &self,
        question: &ProviderQuestion,
        subject: &str,
        who: Option<&SignedIn>,
    ) -> Result<ProviderOutcome, ProviderError> {
        self.office.sells("good", self.claims(question, subject));
        self.hear(question, good_answer(question), who).await
    }

    /// Comes back to a fresh question with claims that differ in one point.
    async fn with_claim(&self, name: &str, value: Value) -> Result<ProviderOutcome, ProviderError> {
        let question = self.ask(ProviderPurpose::SignIn, None).await;
        let mut claims = self.claims(&question, "ben-at-council");
        claims[name] = value;
        self.office.sells("good", claims);
        self.hear(&question, good_answer(&question), None).await
    }

    async fn session(&self) -> String {
        let question = self.ask(ProviderPurpose::SignIn, None).await;
        match self.come_back(&question, "ben-at-council", None).await {
            Ok(ProviderOutcome::SignedIn(session)) => session.token,
            Ok(_) => panic!("something else came of it"),
            Err(error) => panic!("{error}"),
        }
    }

    fn logout(&self, jti: &str) -> Value {
        json!({
            "iss": ISSUER, "aud": ["contactpoint"], "iat": self.house.clock.now().as_second(), "jti": jti,
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
            "sid": "session-of-ben-at-council", "sub": "ben-at-council",
        })
    }

    async fn log_out(&self, kind: &str, key: usize, claims: &Value) -> Result<u64, ProviderError> {
        self.house.directory.log_out_from_provider(&self.providers, &signed(key, kind, claims)).await
    }
}

fn asked(question: &ProviderQuestion, name: &str) -> String {
    let address = Url::parse(&question.address).unwrap();
    let found = address.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    found.unwrap_or_else(|| panic!("the question has no {name}"))
}

fn good_answer(question: &ProviderQuestion) -> ProviderAnswer {
    ProviderAnswer {
        code: Some("good".to_owned()),
        state: Some(asked(question, "state")),
        iss: Some(ISSUER.to_owned()),
        error: None,
    }
}

on_both_databases! {
    async fn a_provider_is_asked_with_state_nonce_pkce_and_for_a_second_factor(db: TestDatabases) {
        let scene = Scene::open(&db).await;
        let question = scene.ask(ProviderPurpose::SignIn, None).await;
        assert!(question.address.starts_with("https://login.council.example/authorize?"));
        for (name, value) in [
            ("response_type", "code"), ("client_id", "contactpoint"), ("redirect_uri", REDIRECT),
            ("code_challenge_method", "S256"), ("acr_values", "urn:mfa"), ("max_age", "28800"), ("scope", "openid"),
        ] {
            assert_eq!(asked(&question, name), value);
        }
        assert_eq!((asked(&question, "state").len(), asked(&question, "nonce").len()), (64, 64));
        let again = scene.ask(ProviderPurpose::SignIn, None).await;
        assert_ne!(asked(&question, "state"), asked(&again, "state"));
        assert!(!question.ticket.contains(&asked(&question, "state")), "the cookie is sealed");
    }

    async fn a_bound_person_signs_in_and_the_session_says_how(db: TestDatabases) {
        let (scene, ben) = Scene::bound(&db).await;
        let who = scene.house.directory.authenticate(&scene.session().await).await.unwrap();
        assert_eq!((who.account(), who.proof()), (ben.account(), Proof::Provider));
    }

    async fn a_stranger_is_refused_and_no_account_is_made(db: TestDatabases) {
        let scene = Scene::open(&db).await;
        let before = Raw::data(&db).await.count("account").await;
        let question = scene.ask(ProviderPurpose::SignIn, None).await;
        let refused = scene.come_back(&question, "somebody-new", None).await;
        assert!(matches!(refused, Err(ProviderError::Stranger)));
        assert_eq!(Raw::data(&db).await.count("account").await, before);
        assert_eq!(Raw::data(&db).await.entries("sign_in_failed").await, 1, "and it is written down");
    }

    async fn an_answer_without_a_second_factor_is_refused(db: TestDatabases) {
        let (scene, _) = Scene::bound(&db).await;
        for (name, value) in [
            ("acr", json!("urn:password")), ("acr", Value::Null), ("amr", json!(["pwd"])), ("amr", Value::Null),
        ] {
            let refused = scene.with_claim(name, value.clone()).await;
            assert!(matches!(refused, Err(ProviderError::NoSecondFactor)), "{name} {value}");
        }
    }

    async fn a_token_that_does_not_hold_in_any_point_is_refused(db: TestDatabases) {
        let (scene, _) = Scene::bound(&db).await;
        let now = scene.house.clock.now().as_second();
        for (name, value) in [
            ("nonce", json!("another")), ("nonce", Value::Null), ("iss", json!("https://evil.example")),
            ("aud", json!("another-client")), ("exp", json!(now - 120)), ("iat", json!(now - 3600)),
            ("iat", json!(now + 3600)), ("auth_time", Value::Null), ("auth_time", json!(now - 9 * 3600)),
        ] {
            let refused = scene.with_claim(name, value.clone()).await;
            assert!(matches!(refused, Err(ProviderError::Refused)), "{name} {value}");
        }
    }

    async fn an_answer_comes_once_to_the_browser_that_asked_from_the_provider_it_asked(db: TestDatabases) {
        let (scene, _) = Scene::bound(&db).await;
        let (mine, other) = (scene.ask(ProviderPurpose::SignIn, None).await, scene.ask(ProviderPurpose::SignIn, None).await);
        scene.office.sells("good", scene.claims(&mine, "ben-at-council"));
        let states = ProviderAnswer { state: Some(asked(&other, "state")), ..good_answer(&mine) };
        assert!(matches!(scene.hear(&mine, states, None).await, Err(ProviderError::Expired)), "another's state");
        let none = ProviderAnswer { state: None, ..good_answer(&mine) };
        assert!(matches!(scene.hear(&mine, none, None).await, Err(ProviderError::Expired)), "no state");
        let mixed = ProviderAnswer { iss: Some("https://evil.example".to_owned()), ..good_answer(&mine) };
        assert!(matches!(scene.hear(&mine, mixed, None).await, Err(ProviderError::Refused)), "another issuer");
        let unnamed = ProviderAnswer { iss: None, ..good_answer(&mine) };
        assert!(matches!(scene.hear(&mine, unnamed, None).await, Err(ProviderError::Refused)), "an issuer left out");
        let error = ProviderAnswer { error: Some("access_denied".to_owned()), ..good_answer(&mine) };
        assert!(matches!(scene.hear(&mine, error, None).await, Err(ProviderError::Refused)), "refused there");
        assert!(scene.hear(&mine, good_answer(&mine), None).await.is_ok());
        let again = scene.hear(&mine, good_answer(&mine), None).await;
        assert!(matches!(again, Err(ProviderError::Refused)), "the code is sold");
        // Even a provider that sold a code twice would not let the same answer in twice.
        scene.office.sells("good", scene.claims(&mine, "ben-at-council"));
        let replayed = scene.hear(&mine, good_answer(&mine), None).await;
        assert!(matches!(replayed, Err(ProviderError::SignIn(service::SignInError::Expired))), "the question is used up");
    }

    async fn an_answer_that_comes_late_is_not_heard(db: TestDatabases) {
        let (scene, _) = Scene::bound(&db).await;
        let question = scene.ask(ProviderPurpose::SignIn, None).await;
        scene.house.clock.advance(SignedDuration::from_secs(601));
        let late = scene.come_back(&question, "ben-at-council", None).await;
        assert!(matches!(late, Err(ProviderError::Expired)));
    }

    async fn a_token_of_another_key_is_refused_and_new_keys_are_fetched_once(db: TestDatabases) {
        let (scene, _) = Scene::bound(&db).await;
        scene.office.signs_with(1);
        let forged = scene.with_claim("sid", json!("any")).await;
        assert!(matches!(forged, Err(ProviderError::Refused)));
        scene.office.publishes(1);
        let asked = scene.office.asked_for_keys();
        assert!(matches!(scene.with_claim("sid", json!("any")).await, Err(ProviderError::Refused)));
        assert_eq!(scene.office.asked_for_keys(), asked, "not at every forged token");
        scene.house.clock.advance(SignedDuration::from_secs(31));
        assert!(scene.with_claim("sid", json!("any")).await.is_ok(), "the provider changed its keys");
    }

    async fn binding_needs_a_fresh_proof_and_takes_nobodys_person(db: TestDatabases) {
        let (scene, ben) = Scene::bound(&db).await;
        scene.house.account("kim", &[Role::Practitioner]).await;
        let kim = scene.house.sign_in("kim").await;
        let question = scene.ask(ProviderPurpose::Bind, Some(&kim)).await;
        let taken = scene.come_back(&question, "ben-at-council", Some(&kim)).await;
        assert!(matches!(taken, Err(ProviderError::NotTheirs)), "Ben's person stays Ben's");
        let question = scene.ask(ProviderPurpose::Bind, Some(&kim)).await;
        let swapped = scene.come_back(&question, "kim-at-council", Some(&ben)).await;
        assert!(matches!(swapped, Err(ProviderError::Expired)), "another session's question");
        scene.house.minutes_pass(6);
        let directory = &scene.house.directory;
        let stale = directory.ask_provider(&scene.providers, "council", ProviderPurpose::Bind, Some(&kim), REDIRECT).await;
        assert!(matches!(stale, Err(ProviderError::StepUpFirst(_))));
    }

    async fn a_provider_vouches_for_its_own_organisation_only(db: TestDatabases) {
        let (scene, ben) = Scene::bound(&db).await;
        let strangers = providers(&scene.office, "Education");
        let directory = &scene.house.directory;
        let bind = directory.ask_provider(&strangers, "council", ProviderPurpose::Bind, Some(&ben), REDIRECT).await;
        assert!(matches!(bind, Err(ProviderError::NotTheirs)));
        let question =
            directory.ask_provider(&strangers, "council", ProviderPurpose::SignIn, None, REDIRECT).await.unwrap();
        scene.office.sells("good", scene.claims(&question, "ben-at-council"));
        let heard = directory
            .hear_provider(&strangers, &question.ticket, good_answer(&question), None, &office())
            .await;
        assert!(matches!(heard, Err(ProviderError::NotTheirs)));
    }

    async fn a_step_up_asks_the_provider_afresh(db: TestDatabases) {
        let (scene, _) = Scene::bound(&db).await;
        let token = scene.session().await;
        scene.house.minutes_pass(6);
        let ben = scene.house.directory.authenticate(&token).await.unwrap();
        assert!(!ben.recently_proved(scene.house.clock.now()));
        let then = || ProviderPurpose::StepUp { then: "/passkeys/new".to_owned() };
        let question = scene.ask(then(), Some(&ben)).await;
        assert_eq!((asked(&question, "max_age"), asked(&question, "prompt")), ("0".to_owned(), "login".to_owned()));
        let mut claims = scene.claims(&question, "ben-at-council");
        claims["auth_time"] = json!(scene.house.clock.now().as_second() - 360);
        scene.office.sells("good", claims);
        let old = scene.hear(&question, good_answer(&question), Some(&ben)).await;
        assert!(matches!(old, Err(ProviderError::Refused)), "an old sign-in there is no fresh proof here");
        let question = scene.ask(then(), Some(&ben)).await;
        let proved = scene.come_back(&question, "ben-at-council", Some(&ben)).await;
        assert!(matches!(proved, Ok(ProviderOutcome::Proved { then }) if then == "/passkeys/new"));
        let ben = scene.house.directory.authenticate(&token).await.unwrap();
        assert!(ben.recently_proved(scene.house.clock.now()));
    }

    async fn who_leaves_the_provider_is_out_at_once(db: TestDatabases) {
        let (scene, ben) = Scene::bound(&db).await;
        let by_password = scene.house.session_elsewhere("ben").await;
        let token = scene.session().await;
        assert_eq!(scene.log_out("logout+jwt", 0, &scene.logout("one")).await.unwrap(), 1);
        let gone = scene.house.directory.authenticate(&token).await;
        assert!(matches!(gone, Err(SessionError::NotSignedIn)));
        assert!(scene.house.directory.authenticate(&by_password).await.is_ok(), "what did not come from there stays");
        let mut by_person = scene.logout("two");
        by_person.as_object_mut().unwrap().remove("sid");
        let token = scene.session().await;
        assert_eq!(scene.log_out("logout+jwt", 0, &by_person).await.unwrap(), 1);
        assert!(matches!(scene.house.directory.authenticate(&token).await, Err(SessionError::NotSignedIn)));
        drop(ben);
    }

    async fn a_logout_token_that_does_not_hold_in_any_point_ends_nothing(db: TestDatabases) {
        let (scene, _) = Scene::bound(&db).await;
        let token = scene.session().await;
        let now = scene.house.clock.now().as_second();
        for (name, value) in [
            ("iss", json!("https://evil.example")), ("aud", json!("another-client")), ("iat", json!(now - 600)),
            ("iat", json!(now + 600)), ("exp", json!(now - 120)), ("jti", json!("")), ("nonce", json!("one")),
            ("events", json!({})), ("events", json!({ "http://schemas.openid.net/event/backchannel-logout": 1 })),
        ] {
            let mut claims = scene.logout("bad");
            claims[name] = value.clone();
            let refused = scene.log_out("logout+jwt", 0, &claims).await;
            assert!(matches!(refused, Err(ProviderError::Refused)), "{name} {value}");
        }
        let mut nobody = scene.logout("bad");
        nobody.as_object_mut().unwrap().retain(|name, _| name != "sub" && name != "sid");
        assert!(matches!(scene.log_out("logout+jwt", 0, &nobody).await, Err(ProviderError::Refused)));
        let good = scene.logout("good");
        assert!(matches!(scene.log_out("logout+jwt", 1, &good).await, Err(ProviderError::Refused)), "another key");
        assert!(matches!(scene.log_out("at+jwt", 0, &good).await, Err(ProviderError::Refused)), "another kind");
        let unsigned = {
            let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
            format!("{}.{}.", part(json!({ "alg": "none" })), part(good.clone()))
        };
        let directory = &scene.house.directory;
        let refused = directory.log_out_from_provider(&scene.providers, &unsigned).await;
        assert!(matches!(refused, Err(ProviderError::Refused)), "not signed");
        assert!(directory.authenticate(&token).await.is_ok(), "nobody was signed out");
        assert!(scene.log_out("logout+jwt", 0, &good).await.is_ok());
        assert!(matches!(scene.log_out("logout+jwt", 0, &good).await, Err(ProviderError::Expired)), "heard once");
    }

    async fn who_parts_from_the_provider_ends_what_came_through_it_and_nothing_else(db: TestDatabases) {
        let (scene, ben) = Scene::bound(&db).await;
        let by_password = scene.house.session_elsewhere("ben").await;
        let (one, two) = (scene.session().await, scene.session().await);
        scene.house.directory.unbind_own_provider(&ben).await.unwrap();
        for token in [&one, &two] {
            let gone = scene.house.directory.authenticate(token).await;
            assert!(matches!(gone, Err(SessionError::NotSignedIn)));
        }
        assert!(scene.house.directory.authenticate(&by_password).await.is_ok());
    }

    async fn nobody_parts_from_their_last_way_in(db: TestDatabases) {
        let (scene, ben) = Scene::bound(&db).await;
        Raw::data(&db).await.run("UPDATE account SET password_hash = ''").await;
        let refused = scene.house.directory.unbind_own_provider(&ben).await;
        assert!(matches!(refused, Err(ProviderError::LastWayIn)));
        assert_eq!(scene.house.directory.own_provider_bindings(&ben).await.unwrap(), 1);
    }

    async fn a_provider_taken_out_of_the_configuration_ends_its_sessions_at_their_next_request(db: TestDatabases) {
        let (scene, ben) = Scene::bound(&db).await;
        let directory = &scene.house.directory;
        let token = scene.session().await;
        let by_password = scene.house.session_elsewhere("ben").await;
        let declared = directory.authenticate_with(&token, "", Some(&scene.providers)).await;
        assert!(declared.is_ok(), "while it is declared");
        let ended = directory.authenticate_with(&token, "", None).await;
        assert!(matches!(ended, Err(SessionError::NotSignedIn)));
        let gone = directory.authenticate(&token).await;
        assert!(matches!(gone, Err(SessionError::NotSignedIn)), "for good, on every server");
        assert!(directory.authenticate_with(&by_password, "", None).await.is_ok(), "what did not come through it goes on");
        drop(ben);
    }

    async fn a_parted_account_is_a_stranger_again(db: TestDatabases) {
        let (scene, ben) = Scene::bound(&db).await;
        scene.house.directory.unbind_own_provider(&ben).await.unwrap();
        let question = scene.ask(ProviderPurpose::SignIn, None).await;
        assert!(matches!(scene.come_back(&question, "ben-at-council", None).await, Err(ProviderError::Stranger)));
    }
}
