//! Whom the shields of a history bar: to them there is no such child, whatever they do (rule 2.15). Which shields do is drawn
//! from their order, so that the history itself is the same with bars and without.

use std::collections::{BTreeMap, BTreeSet};

use service::ShieldRequest;
use uuid::Uuid;

use super::model::Identity;

/// The organisations that some shields bar: a national partner, and one of the authority's own.
pub const PARTNER: &str = "Rowan Trust";
pub const TRUST: &str = "Leeds Trust";

/// Whom a shield bars, by account and by organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Barred {
    accounts: BTreeSet<String>,
    organisations: BTreeSet<&'static str>,
}

/// Somebody who looks.
#[derive(Clone, Debug)]
pub struct Looker {
    pub username: String,
    pub organisation: &'static str,
}

/// What is known of the shields of a history.
#[derive(Debug, Default)]
pub struct Bars {
    of: BTreeMap<Uuid, Barred>,
    asked: usize,
}

impl Bars {
    /// The next request: every third bars an account, every third an organisation, and now and then both are one request's.
    pub fn with_the_next(&mut self, request: ShieldRequest, account: &str) -> (ShieldRequest, Barred) {
        self.asked += 1;
        let mut barred = Barred::default();
        if self.asked.is_multiple_of(3) {
            barred.accounts.insert(account.to_owned());
        }
        if self.asked % 3 == 1 || self.asked.is_multiple_of(9) {
            barred.organisations.extend([PARTNER, TRUST]);
        }
        let request = ShieldRequest {
            bar_accounts: barred.accounts.iter().cloned().collect(),
            bar_organisations: barred.organisations.iter().map(|&name| name.to_owned()).collect(),
            ..request
        };
        (request, barred)
    }

    /// That request became this shield.
    pub fn decided(&mut self, shield: Uuid, barred: Barred) {
        self.of.insert(shield, barred);
    }

    /// Whether a shield in force bars them.
    pub fn bar(&self, looker: &Looker, from: &Identity) -> bool {
        from.shields.iter().filter_map(|shield| self.of.get(shield)).any(|barred| {
            barred.accounts.contains(&looker.username) || barred.organisations.contains(looker.organisation)
        })
    }
}
