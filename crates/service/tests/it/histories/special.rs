//! Looks of their own kind, one of each a night: somebody overrides a shield, a nurse looks for a colleague, a data administrator opens the archive's first
//! year, and a family asks what is held. Whom they look at is drawn by the step, so that the history itself is the same with them and without.

use directory::access::{ArchiveReason, OverrideReason, OverrideStatement, Reason, Role};
use directory::disclosure::Disclosure;
use directory::families::{Asker, AskerKind, Capacity, DeliveryChannel, IdentityEvidence, IdentityProof};
use directory::letter::AccessDepth;
use directory::register::Reference;
use directory::{NameUse, PersonName, Relationship};
use jiff::{SignedDuration, Timestamp};
use rand::seq::IndexedRandom as _;
use service::{MediationState, NewAccount, OverrideError, RecordError, RequestIntake, SearchAnswer};
use testkit::seeded;

use super::model::{Asking, Identity, Shown, Viewer};
use super::story::Story;
use super::words::{spelt, words_in};
use crate::families::at_work;
use crate::house::{PASSWORD, by_number, office};

impl Story {
    /// One of those present whom this fits, if anybody; else any of them.
    fn one_of(&self, fits: impl Fn(&Identity) -> bool) -> Option<usize> {
        let plain = |at: &usize| {
            let who = &self.people[*at];
            !who.ambiguous && !who.doubled && !who.held && !who.records.is_empty()
        };
        let all: Vec<usize> = self.present.iter().copied().filter(plain).collect();
        let fitting: Vec<usize> = all.iter().copied().filter(|at| fits(&self.people[*at])).collect();
        let mut rng = seeded(u64::try_from(self.steps).unwrap());
        fitting.choose(&mut rng).or_else(|| all.choose(&mut rng)).copied()
    }

    fn read(&self, page: serde_json::Value) -> Shown {
        let mut page = page;
        if let Some(fields) = page.as_object_mut() {
            fields.remove("previous_addresses");
        }
        Shown { shielded: false, words: words_in(&page.to_string(), self.words + 1) }
    }

    fn assert_shown(&mut self, viewer: Viewer, at: usize, shown: &Option<Shown>, what: &'static str) {
        let now = self.house.clock.now();
        let expected = self.people[at].shown_to(viewer, now);
        assert_eq!(*shown, expected, "{viewer:?} at step {}, {now}: {:#?}", self.steps, self.people[at]);
        if shown.is_some() {
            *self.looks.entry(what).or_default() += 1;
        }
    }

    /// Of a child that is shielded, or of one that is not: then there is nothing to override.
    pub async fn somebody_overrides(&mut self) {
        let Some(at) = self.one_of(|who| !who.shields.is_empty() && !who.former && who.legal_hold.is_none())
        else {
            return;
        };
        if self.people[at].destroyed || self.people[at].legal_hold.is_some() {
            return;
        }
        let number = self.number(at).await;
        let until = self.house.clock.now() + SignedDuration::from_hours(24 * 365);
        // Somebody else each time: how often one may is told elsewhere.
        let username = format!("holder-{}", self.steps);
        let account = NewAccount {
            username: username.clone(),
            display_name: "The holder".to_owned(),
            password: PASSWORD.to_owned(),
            organisation: self.house.council,
            roles: vec![Role::Practitioner, Role::OverrideHolder],
            clearance_until: until,
            training_until: until,
        };
        self.house.directory.create_account(account).await.unwrap();
        self.house.clock.advance(SignedDuration::from_secs(31));
        let who = self.house.sign_in(&username).await;
        let who = self.house.directory.state_reason(&who, Reason::WhoElseIsInvolved).await.unwrap();
        let found = self.house.find(&who, by_number(&number)).await;
        let Some(found) = found.first() else {
            self.assert_shown(Viewer::Override, at, &None, "overridden");
            return;
        };
        let stated = || OverrideStatement::new(OverrideReason::ImmediateDanger, true).unwrap();
        let asked = self.house.directory.override_shield(&who, &found.handle, stated()).await;
        assert!(matches!(asked, Err(OverrideError::StepUpFirst(_))), "{asked:?}");
        self.house.clock.advance(SignedDuration::from_secs(31));
        let code = self.house.directory.current_code(&username).await.unwrap();
        self.house.directory.step_up_with_code(who.who(), &code, &office()).await.unwrap();
        let shown = match self.house.directory.override_shield(&who, &found.handle, stated()).await {
            Ok(shown) => Some(self.read(serde_json::to_value(&shown.data().view.record).unwrap())),
            Err(OverrideError::NothingToOverride) => None,
            Err(other) => panic!("{other:?}"),
        };
        self.assert_shown(Viewer::Override, at, &shown, "overridden");
    }

    /// A nurse looks somebody up for a colleague of a trust, who agrees: both see no more than both may (rule 6.12).
    pub async fn somebody_looks_for_a_colleague(&mut self) {
        let in_force = |who: &Identity| !who.former && who.legal_hold.is_none() && !who.destroyed;
        let wants_shielded = self.steps.is_multiple_of(2);
        let Some(at) = self.one_of(|who| in_force(who) && who.shields.is_empty() != wants_shielded) else {
            return;
        };
        if self.people[at].destroyed || self.people[at].legal_hold.is_some() {
            return;
        }
        let number = self.number(at).await;
        let nurse = self.practitioner().await;
        let (visitor, colleague) = self.colleague().await;
        let d = &self.house.directory;
        let asked = d.search_for_colleague(&nurse, &colleague.username, by_number(&number)).await.unwrap();
        let handle = match &asked.data().answer {
            SearchAnswer::Found(rows) if rows.len() == 1 => Some(rows[0].handle.clone()),
            SearchAnswer::Nothing => None,
            other => panic!("{other:?}"),
        };
        let barred = self.bars.bar(&colleague, &self.people[at]);
        let Some(handle) = handle else {
            let now = self.house.clock.now();
            let expected = self.people[at].shown_to(Viewer::Mediated, now).filter(|_| !barred);
            assert_eq!(
                expected, None,
                "for {colleague:?} at step {}, {now}: {:#?}",
                self.steps, self.people[at]
            );
            if barred {
                *self.looks.entry("a colleague who is barred").or_default() += 1;
            }
            return;
        };
        assert!(!barred, "a colleague who is barred is found nobody: {:#?}", self.people[at]);
        d.ask_colleague(&nurse, &handle, Reason::WhoElseIsInvolved).await.unwrap();
        let waiting = d.mediations(&visitor).await.unwrap().waiting.remove(0);
        let review = d.review_mediation(&visitor, &waiting.handle).await.unwrap();
        d.decide_mediation(&visitor, &review.data().handle, true).await.unwrap();
        let own = d.mediations(nurse.who()).await.unwrap().own;
        let agreed = own.iter().find(|one| one.state == MediationState::Approved).unwrap();
        let shown = match d.open_mediated(&nurse, &agreed.handle).await.unwrap().data() {
            Disclosure::Full(view) => Some((false, serde_json::to_value(&**view).unwrap())),
            Disclosure::Shielded(view) => Some((true, serde_json::to_value(view).unwrap())),
            Disclosure::Special(_) => panic!("no such view was asked for"),
            Disclosure::NotFound => None,
        };
        let shown = shown.map(|(shielded, page)| Shown { shielded, ..self.read(page) });
        self.assert_shown(Viewer::Mediated, at, &shown, "for a colleague");
    }

    pub async fn somebody_opens_the_archive(&mut self) {
        let now = self.house.clock.now();
        let Some(at) = self.one_of(|who| who.is_in_the_archives_first_year(now)) else { return };
        if self.people[at].destroyed || self.people[at].legal_hold.is_some() {
            return;
        }
        let number = self.number(at).await;
        let who = self.person(Role::DataAdministrator, self.house.council, "archivist").await;
        let who = self.house.directory.state_reason(&who, Reason::Management).await.unwrap();
        let opened = self.house.directory.open_from_archive(&who, &number, ArchiveReason::LegalClaim).await;
        let shown = match opened {
            Ok(shown) => Some(self.read(serde_json::to_value(&shown.data().record).unwrap())),
            Err(RecordError::NotFound) => None,
            Err(other) => panic!("{other:?}"),
        };
        self.assert_shown(Viewer::Archive, at, &shown, "from the archive");
    }

    /// The young person, a carer whom the record names, or somebody else: what the letter says of the record.
    pub async fn a_family_asks(&mut self) {
        let now = self.house.clock.now();
        let fits: fn(&Identity, Timestamp) -> bool = match self.steps % 3 {
            0 => |who, _| !who.shields.is_empty(),
            1 => |who, _| who.has_a_service_not_told_to_all(),
            _ => |who, now| who.is_in_the_archives_first_year(now),
        };
        let Some(at) = self.one_of(|who| fits(who, now)) else { return };
        let asking = match (self.steps / 3 % 3, self.people[at].carers(now).first()) {
            (0, _) => Asking::Themself,
            (1, Some(carer)) => Asking::Carer(*carer),
            _ => Asking::Unknown,
        };
        let number = match self.people[at].number.clone() {
            Some(number) => number,
            None if self.people[at].is_asked_for() => self.number(at).await,
            None => return,
        };
        let (asks, answers) = (self.manager("first-desk").await, self.manager("second-desk").await);
        let intake =
            RequestIntake { number, asker: asker_of(asking), received: self.house.directory.today() };
        let d = &self.house.directory;
        let reference = d.take_in_request(&asks, intake).await.unwrap();
        let mut lines = d.subject_requests(&asks).await.unwrap();
        lines.extend(d.protected_subject_requests(&asks).await.unwrap());
        let id = lines.iter().find(|line| line.reference == reference).unwrap().id;
        d.verify_requester(&asks, id).await.unwrap();
        let (asks, answers) = (at_work(&self.house, &asks).await, at_work(&self.house, &answers).await);
        d.prepare_letter(&asks, id, AccessDepth::SectorAndMonth).await.unwrap();
        d.letter_to_check(&answers, id).await.unwrap();
        d.decide_letter(answers.who(), id, true).await.unwrap();
        let letter = d.take_letter(&answers, id).await.unwrap();
        let told = letter.data().answer.record.as_ref();
        let told = told.map(|record| self.read(serde_json::to_value(record).unwrap()));
        d.deliver_letter(answers.who(), id).await.unwrap();
        let now = self.house.clock.now();
        if !self.people[at].is_asked_for() {
            assert_eq!(told, None, "of whom nobody can be told, {:#?}", self.people[at]);
            *self.looks.entry("no such child, a family").or_default() += 1;
            return;
        }
        let expected = self.people[at].told_to(asking, now);
        assert_eq!(told, expected, "{asking:?} at step {}, {now}: {:#?}", self.steps, self.people[at]);
        let what = match asking {
            _ if told.is_none() => "a letter that tells nothing",
            Asking::Themself => "their own letter",
            Asking::Carer(_) if !self.people[at].shields.is_empty() => {
                "a carer’s letter about a shielded child"
            }
            Asking::Carer(_) => "a carer’s letter",
            Asking::Unknown => "a letter to somebody unknown",
        };
        *self.looks.entry(what).or_default() += 1;
    }
}

fn asker_of(asking: Asking) -> Asker {
    let reference = |text: &str| Reference::parse(text).unwrap();
    let proof = IdentityProof::new(
        (IdentityEvidence::Passport, reference("SAR-26-0417")),
        (IdentityEvidence::OfficialLetter, reference("SAR-26-0418")),
    );
    let named = |surname: &str| Some(PersonName::new("Robin", surname, NameUse::Current).unwrap());
    let (kind, name, capacity) = match asking {
        Asking::Themself => (AskerKind::YoungPerson, None, Capacity::Understands),
        Asking::Carer(word) => (AskerKind::NamedCarer, named(&spelt(word)), Capacity::AskedForChild),
        Asking::Unknown => (AskerKind::NamedCarer, named("Nobody"), Capacity::AskedForChild),
    };
    Asker::new(kind, name, Some(Relationship::Other), proof.unwrap(), capacity, DeliveryChannel::AtOffice)
        .unwrap()
}
