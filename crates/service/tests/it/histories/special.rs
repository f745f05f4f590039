//! Looks of their own kind, one of each a night: somebody overrides a shield, and a data administrator opens the archive's first
//! year. Whom they look at is drawn by the step, so that the history itself is the same with them and without.

use directory::access::{ArchiveReason, OverrideReason, OverrideStatement, Reason, Role};
use jiff::SignedDuration;
use rand::seq::IndexedRandom as _;
use service::{NewAccount, OverrideError, RecordError};
use testkit::seeded;

use super::model::{Identity, Shown, Viewer};
use super::story::Story;
use super::words::words_in;
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
}
