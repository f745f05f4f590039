//! Every period, cap and list that an operator may set, with the rule book's defaults.

use directory::access::accreditation::AccreditationPolicy;
use directory::access::{
    EnrolmentPolicy, FactPolicy, LockoutPolicy, MediationPolicy, OverridePolicy, SessionPolicy,
};
use directory::brokering::BrokeringPolicy;
use directory::connecting::ConnectingPolicy;
use directory::families::FamilyPolicy;
use directory::feeding::{FeedingPolicy, UploadPolicy};
use directory::hold::HoldPolicy;
use directory::retention::RetentionPolicy;
use directory::search::SearchPolicy;
use directory::shield::ShieldPolicy;
use directory::transfer::TransferPolicy;
use directory::watching::WatchingPolicy;
use serde::{Deserialize, Serialize};

use crate::PasswordCost;

/// The policies of one service.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// What a search needs, and how many it shows (rules 7.6-7.8).
    pub search: SearchPolicy,
    /// How long a session lasts.
    pub session: SessionPolicy,
    /// When an account or address is locked.
    pub lockout: LockoutPolicy,
    /// How long a first sighting is unreadable (decision 11).
    pub hold: HoldPolicy,
    /// How long things are kept (section 4).
    pub retention: RetentionPolicy,
    /// How long the facts about accounts hold, and how accounts are kept (rules 6.5, 6.6, 12.13).
    pub accounts: AccountPolicy,
    /// How long an accreditation holds, and when it is renewed (rule 11.11).
    pub accreditation: AccreditationPolicy,
    /// When a shield is looked at again (rule 2.15).
    pub shields: ShieldPolicy,
    /// How long a look-up for a colleague waits for approval (rule 6.12).
    pub mediation: MediationPolicy,
    /// How long an override of a shield shows a record, and how often an account may (rule 2.9).
    pub shield_override: OverridePolicy,
    /// How long new sign-in details can be set (rule 12.4).
    pub enrolment: EnrolmentPolicy,
    /// When counts are published, and what counts as due in a monthly evidence pack.
    pub figures: FiguresPolicy,
    /// What the watch notices, and from which number on (rules 9.3, 9.7).
    pub watching: WatchingPolicy,
    /// When a request to be put in touch is due, and how long it is kept (rule 8.11).
    pub brokering: BrokeringPolicy,
    /// Within which time families are answered, and how long what they asked is kept (rule 14.3).
    pub families: FamilyPolicy,
    /// How long what was tested, measured and decided about sources holds (rules 10.6, 11.1).
    pub connecting: ConnectingPolicy,
    /// How loads are kept in hand, and how long a source may ask for its receipts (rules 10.7, 10.8).
    pub feeding: FeedingPolicy,
    /// Within which time an offer to hand a protected child on is answered, and how long it is kept (rule 5.3).
    pub transfers: TransferPolicy,
    /// How much sources may upload, and how long it is kept (law 9).
    pub uploads: UploadPolicy,
    /// What one hash of a password costs; never read from a file.
    #[serde(skip)]
    pub password_cost: PasswordCost,
}

impl Policy {
    /// What of it no service can keep to, each fault beginning with the table and the setting it is about.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let checked = [
            self.search.validate().map_err(|error| format!("search: {error}")),
            self.watching.validate(),
            self.retention.validate(),
            self.shields.validate(),
            self.shield_override.validate(self.session.idle_minutes),
            self.families.validate(),
        ];
        checked.into_iter().filter_map(Result::err).collect()
    }
}

/// How accounts are kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountPolicy {
    /// How long facts hold, and when their end is told beforehand.
    pub facts: FactPolicy,
    /// Days within which the second person decides on a role.
    pub proposal_days: u16,
    /// The most rows of a file of joiners and leavers.
    pub most_rows: usize,
}

impl Default for AccountPolicy {
    fn default() -> Self {
        Self { facts: FactPolicy::default(), proposal_days: 14, most_rows: 2_000 }
    }
}

/// When counts are published (rules 15.5, 15.6), and what a monthly evidence pack looks ahead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FiguresPolicy {
    /// Days after the end of a month on which its counts are published, once and for good.
    pub publish_after_days: u8,
    /// How many of the latest months the public page shows, 1 to 36.
    pub months_shown: u8,
    /// Clearances, training and accreditations that end within so many days of the month's end count as due.
    pub due_within_days: u16,
}

impl Default for FiguresPolicy {
    fn default() -> Self {
        Self { publish_after_days: 7, months_shown: 12, due_within_days: 90 }
    }
}
