//! After a restore (decision 3): the data of an older day is brought in line with the journal, which is never restored with
//! it. `serve` and `load` do not begin before.

use std::collections::{BTreeMap, BTreeSet};

use audit::{Action, ChangeDetail, Detail};
use directory::AuthorityCode;
use directory::child_profile::{ChildProfile, Participation};
use directory::shield::Shield;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::{children, installation, key_store, parted_keys};
use uuid::Uuid;

use super::handing_on::HandedOn;
use super::hold_order::HoldOrder;
use super::life_under_hold::Speaker;
use super::participation::busy;
use crate::identities::order::SealOrder;
use crate::joining::replaying::JoiningsInJournal;
use crate::joining::{DecidedBy, Part};
use crate::records::OpenChild;
use crate::revocations::{Revocation, Revocations};
use crate::sealed_desk::order::{ReleaseOrder, Released};
use crate::sensitive::{Gone, ServiceKey, Taking, Withdrawal};
use crate::shield_desk::KeptPlace;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// How many entries of the journal are read together.
const PAGE: i64 = 500;

/// How often a concurrent change of the same child is met with another try.
pub(super) const TRIES: usize = 8;

/// An entry as it is read back ([`crate::journal::JournalEntry`] writes it).
#[derive(Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
enum Act {
    Shield {
        child: Uuid,
        shield: Shield,
        desk: Option<Uuid>,
    },
    Void {
        entry: i64,
    },
    ShieldReviewed {
        child: Uuid,
        shield: Shield,
    },
    /// It is there to be counted.
    ShieldDeclined {},
    /// As an earlier version wrote it.
    Seal(SealOrder),
    SealKept {
        order: String,
    },
    SealVoid {
        current: Uuid,
    },
    Release(ReleaseOrder),
    Destruction {
        children: Vec<Uuid>,
    },
    Participation {
        child: Uuid,
        until_age: u8,
        given_on: Option<Date>,
        withdrawn_on: Option<Date>,
    },
    ParticipationLeft {
        child: Uuid,
        on: Date,
        by: Speaker,
    },
    ConsentWithdrawn {
        child: Uuid,
        service: String,
        on: Date,
    },
    Apart {
        pairs: Vec<(Uuid, Uuid)>,
        stands: bool,
    },
    Joined {
        joining: Uuid,
        into: Uuid,
        from: Uuid,
        decided: Option<DecidedBy>,
    },
    Parted {
        joining: Uuid,
        part: Part,
        decided: DecidedBy,
    },
    JoinUndone {
        joining: Uuid,
    },
    Transfer {
        child: Uuid,
        from: String,
        to: Uuid,
        authority: AuthorityCode,
    },
    LegalHold(HoldOrder),
    LegalHoldEnded {
        hold: Uuid,
        child: Uuid,
    },
    LegalHoldLonger {
        hold: Uuid,
        until: Date,
    },
    Revoked {
        what: Revocation,
    },
    Place {
        place: Uuid,
        organisation: Uuid,
        kept: Option<KeptPlace>,
        /// Nothing in an entry of an earlier version.
        #[serde(default)]
        asked: Vec<Uuid>,
    },
}

impl Act {
    /// The child that begins with it.
    fn begins(&self) -> Option<Uuid> {
        match self {
            Self::Seal(order) => Some(order.current),
            Self::Parted { part, .. } => Some(part.to),
            Self::Release(ReleaseOrder { to: Released::Own(child, _), .. }) => Some(*child),
            _ => None,
        }
    }
}

/// Who protected a place, as what, and about whom a request was handed in then; nothing kept where it is protected no longer.
struct PlaceInJournal {
    organisation: Uuid,
    kept: Option<KeptPlace>,
    asked: Vec<Uuid>,
}

/// What a replay did, or would do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ReplayCounts {
    /// Entries of the journal that were looked at.
    pub looked_at: u64,
    /// Shields set again.
    pub shields: u64,
    /// Seals carried out again.
    pub seals: u64,
    /// Records released again by the sealed desk's decisions.
    pub releases: u64,
    /// Seals of an earlier version, whose former identity is held until two people have sealed it again: the number that the
    /// other identity had been given is not in their entries.
    pub seals_held: u64,
    /// Records destroyed again.
    pub destroyed: u64,
    /// Consents of young people, or their withdrawal, recorded again.
    pub participations: u64,
    /// Withdrawn consents whose sensitive services were taken off again.
    pub consents: u64,
    /// Decisions about which records are one child, made again.
    pub joinings: u64,
    /// Protected children given again to the authority that had accepted them.
    pub transfers: u64,
    /// Legal holds put on, or ended, again.
    pub holds: u64,
    /// Accounts, roles, accreditations, credentials and products taken away again.
    pub revocations: u64,
    /// Places protected again, or no longer.
    pub places: u64,
}

impl ReplayCounts {
    /// How many acts the data did not have.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.shields
            + self.seals
            + self.releases
            + self.seals_held
            + self.destroyed
            + self.participations
            + self.consents
            + self.joinings
            + self.transfers
            + self.holds
            + self.revocations
            + self.places
    }
}

impl Directory {
    /// What the journal holds and the data does not: nothing, unless the data was restored, or the power failed in the
    /// middle of an act.
    ///
    /// # Errors
    ///
    /// The system's, or an entry this version does not know.
    pub async fn missing_from_journal(&self) -> Result<ReplayCounts, ServiceError> {
        self.walk_journal(true).await
    }

    /// Does again what the journal holds and the data does not. Can be stopped and run again.
    ///
    /// # Errors
    ///
    /// As [`Directory::missing_from_journal`]. What was done stands.
    pub async fn replay_journal(&self) -> Result<ReplayCounts, ServiceError> {
        self.walk_journal(false).await
    }

    async fn walk_journal(&self, dry: bool) -> Result<ReplayCounts, ServiceError> {
        let mark = installation::journal_mark(&mut self.store.reader().await?).await?;
        let (acts, last) = Box::pin(self.acts_after(mark)).await?;
        let mut counts = ReplayCounts { looked_at: acts.len() as u64, ..ReplayCounts::default() };
        // Orders that were not carried out after all: those before the entry that says so.
        let void: BTreeMap<Uuid, usize> = acts
            .iter()
            .enumerate()
            .filter_map(|(at, act)| match act {
                Act::SealVoid { current } => Some((*current, at)),
                _ => None,
            })
            .collect();
        let ended: BTreeSet<Uuid> = acts
            .iter()
            .filter_map(|act| match act {
                Act::LegalHoldEnded { hold, .. } => Some(*hold),
                _ => None,
            })
            .collect();
        // Of what a young person said, the last word counts.
        let mut said: BTreeMap<Uuid, Participation> = BTreeMap::new();
        let mut left: BTreeMap<Uuid, (Date, Speaker)> = BTreeMap::new();
        let mut joinings = JoiningsInJournal::default();
        // And of the authorities a child was handed on to, the last one.
        let mut handed_on: BTreeMap<Uuid, HandedOn> = BTreeMap::new();
        // So it does of what was taken from somebody, of places and of the reviews of a shield.
        let mut reviewed: Vec<(Uuid, Shield)> = Vec::new();
        let mut revocations = Revocations::default();
        let mut places: BTreeMap<Uuid, PlaceInJournal> = BTreeMap::new();
        // What a hold took out of the service is done as it was done: before its keys were taken.
        let mut lent: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
        if !dry {
            let begun: BTreeSet<Uuid> = acts.iter().filter_map(Act::begins).collect();
            for act in &acts {
                if let Act::LegalHold(order) = act
                    && !ended.contains(&order.hold)
                {
                    let keys = self.lent_by_custodian(order, &begun).await?;
                    lent.entry(order.hold).or_default().extend(keys);
                }
            }
        }
        let mut holds: Vec<HoldOrder> = Vec::new();
        let mut longer: BTreeMap<Uuid, Date> = BTreeMap::new();
        let mut said_under_hold: Vec<(Uuid, Gone)> = Vec::new();
        for (at, act) in acts.into_iter().enumerate() {
            match act {
                Act::Shield { child, shield, desk } => {
                    let has = |open: &OpenChild| {
                        open.profile.shields.iter().any(|known| known.is_the_same_as(&shield))
                    };
                    let with = |profile: &ChildProfile| {
                        let mut shields = profile.shields.clone();
                        shields.push(shield.clone());
                        ChildProfile { shields, ..profile.clone() }
                    };
                    let missing = self.bring_in_line(child, has, with, true).await?;
                    if missing && !dry {
                        // The act first: a shield that stands without one would be on no list of reviews.
                        if let Some(desk) = desk {
                            self.act_of_shield_again(child, &shield, desk).await?;
                        }
                        self.bring_in_line(child, has, with, false).await?;
                    }
                    counts.shields += u64::from(missing);
                }
                Act::ShieldReviewed { child, shield } => {
                    let of_it =
                        |(of, known): &&mut (Uuid, Shield)| *of == child && known.is_the_same_as(&shield);
                    match reviewed.iter_mut().find(of_it) {
                        Some((_, known)) => *known = shield,
                        None => reviewed.push((child, shield)),
                    }
                }
                Act::Seal(order) if void.get(&order.current).is_some_and(|void| at < *void) => {}
                Act::Seal(order) if order.number.is_none() => {
                    counts.seals_held += u64::from(self.close_until_sealed(&order, dry).await?);
                }
                Act::Seal(order) => counts.seals += u64::from(self.seal_again(&order, dry).await?),
                // Those are opened as they are read.
                Act::SealVoid { .. } | Act::SealKept { .. } | Act::Void { .. } | Act::ShieldDeclined {} => {}
                Act::Release(order) => counts.releases += u64::from(self.release_again(&order, dry).await?),
                Act::Destruction { children } => {
                    counts.destroyed += Box::pin(self.destroy_again(&children, dry)).await?;
                }
                Act::Participation { child, until_age, given_on, withdrawn_on } => {
                    let Ok(standing) = Participation::until_age(until_age) else { continue };
                    let standing = given_on.map_or(standing, |on| standing.given(on));
                    left.remove(&child);
                    said.insert(child, withdrawn_on.map_or(standing, |on| standing.withdrawn(on)));
                }
                Act::ParticipationLeft { child, on, by } => {
                    left.insert(child, (on, by));
                }
                Act::Apart { pairs, stands } => joinings.apart(pairs, stands),
                Act::Joined { joining, into, from, decided } => {
                    joinings.joined(joining, (into, from), decided);
                }
                Act::Parted { joining, part, decided } => joinings.parted(joining, part, decided),
                Act::JoinUndone { joining } => joinings.undone(joining),
                Act::Transfer { child, from, to, authority } => {
                    handed_on.insert(child, HandedOn { from, to, authority });
                }
                Act::ConsentWithdrawn { child, service, on } => {
                    let withdrawn = vec![Withdrawal { key: ServiceKey::from_form(service), on }];
                    let gone = Gone { withdrawn, lapsed: None };
                    if holds.iter().any(|order| order.child == child) {
                        said_under_hold.push((child, gone));
                    } else {
                        counts.consents += u64::from(self.take_off_again(child, &gone, dry).await?);
                    }
                }
                Act::LegalHold(HoldOrder { hold, .. }) | Act::LegalHoldLonger { hold, .. }
                    if ended.contains(&hold) => {}
                Act::LegalHold(order) => holds.push(order),
                Act::LegalHoldLonger { hold, until } => {
                    let last = longer.entry(hold).or_insert(until);
                    *last = until.max(*last);
                }
                Act::Revoked { what } => revocations.said(what),
                Act::Place { place, organisation, kept, asked } => {
                    places.insert(place, PlaceInJournal { organisation, kept, asked });
                }
                Act::LegalHoldEnded { hold, child } => {
                    counts.holds += u64::from(Box::pin(self.hold_ended_again(hold, child, dry)).await?);
                }
            }
        }
        for (child, shield) in reviewed {
            let shield = self.review_after_seal(child, shield).await?;
            let has = |open: &OpenChild| open.profile.shields.contains(&shield);
            let with = |profile: &ChildProfile| {
                let mut shields = profile.shields.clone();
                match shields.iter_mut().find(|known| known.is_the_same_as(&shield)) {
                    Some(known) => *known = shield.clone(),
                    None => shields.push(shield.clone()),
                }
                ChildProfile { shields, ..profile.clone() }
            };
            counts.shields += u64::from(self.bring_in_line(child, has, with, dry).await?);
        }
        for (child, participation) in said {
            let has = |open: &OpenChild| open.profile.participation == Some(participation);
            let with = |profile: &ChildProfile| ChildProfile {
                participation: Some(participation),
                ..profile.clone()
            };
            counts.participations += u64::from(self.bring_in_line(child, has, with, dry).await?);
        }
        counts.joinings = self.join_again(&joinings, dry).await?;
        for (child, handed) in handed_on {
            counts.transfers += u64::from(self.hand_on_again(child, &handed, dry).await?);
        }
        // From here on the custodian has again what it had. What was said under a hold is remembered with it.
        for order in &holds {
            let lent = lent.get(&order.hold).map_or(&[][..], Vec::as_slice);
            counts.holds += u64::from(Box::pin(self.hold_again(order, lent, dry)).await?);
        }
        for (hold, until) in longer {
            counts.holds += u64::from(self.longer_again(hold, until, dry).await?);
        }
        for (child, gone) in said_under_hold {
            counts.consents += u64::from(self.take_off_again(child, &gone, dry).await?);
        }
        for (child, (on, by)) in left {
            counts.participations += u64::from(self.leave_again(child, (on, &by), dry).await?);
        }
        counts.revocations = self.revoke_again(&revocations, dry).await?;
        for (place, PlaceInJournal { organisation, kept, asked }) in places {
            let again = self.protect_again((place, organisation), kept.as_ref(), &asked, dry).await?;
            counts.places += u64::from(again);
        }
        if last > mark && (!dry || counts.missing() == 0) {
            let mut tx = self.store.begin().await?;
            installation::mark_journal(&mut tx, last).await?;
            if counts.missing() > 0 {
                self.write_event(&mut tx, replayed(&counts)).await?;
            }
            tx.commit().await?;
        }
        Ok(counts)
    }

    async fn acts_after(&self, mark: i64) -> Result<(Vec<Act>, i64), ServiceError> {
        let (mut acts, mut last) = (BTreeMap::new(), mark);
        let mut conn = self.store.key_reader().await?;
        loop {
            let rows = key_store::journal(&mut conn, last, PAGE).await?;
            let Some(end) = rows.last().map(|row| row.seq) else {
                return Ok((acts.into_values().collect(), last));
            };
            for (seq, plain) in Box::pin(self.opened_journal(&rows)).await? {
                let act: Act = serde_json::from_slice(&plain).map_err(|_| {
                    ServiceError::internal(format!(
                        "entry {seq} of the journal is not one this version knows: start the version that wrote it"
                    ))
                })?;
                let act = match act {
                    Act::SealKept { order } => Act::Seal(self.seal_order(&order)?),
                    Act::Void { entry } => {
                        acts.remove(&entry);
                        continue;
                    }
                    other => other,
                };
                acts.insert(seq, act);
            }
            last = end;
        }
    }

    /// Writes a child's profile as the journal has it, unless it is so; whether it was not. A child that is not there, or is
    /// out of the service, has nothing to be brought in line.
    pub(super) async fn bring_in_line(
        &self,
        child: Uuid,
        has: impl Fn(&OpenChild) -> bool,
        with: impl Fn(&ChildProfile) -> ChildProfile,
        dry: bool,
    ) -> Result<bool, ServiceError> {
        for _ in 0..TRIES {
            let Some(open) = self.open_children(&[child]).await?.pop() else { return Ok(false) };
            if has(&open) {
                return Ok(false);
            }
            if dry {
                return Ok(true);
            }
            let profile = with(&open.profile);
            let detail = ChangeDetail {
                change: "journal_replayed".to_owned(),
                subject: Some(child),
                ..ChangeDetail::default()
            };
            let event = Event::new(Action::RecordChanged, Detail::Change(detail)).concerning([child]);
            if self.put_life(open, profile, event).await? {
                return Ok(true);
            }
        }
        Err(busy())
    }

    /// Takes a sensitive service off a restored record. Whether it was there.
    async fn take_off_again(&self, child: Uuid, gone: &Gone, dry: bool) -> Result<bool, ServiceError> {
        let event = || {
            let detail = ChangeDetail {
                change: "journal_replayed".to_owned(),
                subject: Some(child),
                ..ChangeDetail::default()
            };
            Event::new(Action::RecordChanged, Detail::Change(detail)).concerning([child])
        };
        self.take_off(child, gone, event, if dry { Taking::Dry } else { Taking::Again }).await
    }

    /// Takes away the rows of children whose keys were destroyed; how many there were.
    async fn destroy_again(&self, ids: &[Uuid], dry: bool) -> Result<u64, ServiceError> {
        let destroyed: BTreeSet<Uuid> = {
            let mut keys = self.store.key_reader().await?;
            parted_keys::destroyed(&mut keys, ids).await?.into_iter().collect()
        };
        let rows = children::by_ids(&mut self.store.reader().await?, ids).await?;
        let doomed: Vec<(Uuid, &'static str)> = rows
            .iter()
            .filter(|row| destroyed.contains(&row.child_id))
            .map(|row| (row.child_id, "replayed"))
            .collect();
        if !dry && !doomed.is_empty() {
            self.finish_destruction(&doomed).await?;
        }
        Ok(doomed.len() as u64)
    }
}

fn replayed(counts: &ReplayCounts) -> Event {
    let told = [
        ("shields", counts.shields),
        ("seals", counts.seals),
        ("releases", counts.releases),
        ("seals_held", counts.seals_held),
        ("destroyed", counts.destroyed),
        ("participations", counts.participations),
        ("consents", counts.consents),
        ("joinings", counts.joinings),
        ("transfers", counts.transfers),
        ("holds", counts.holds),
        ("revocations", counts.revocations),
        ("places", counts.places),
    ];
    let fields = told.iter().map(|(what, count)| format!("{what} {count}")).collect();
    let detail = ChangeDetail { change: "journal_replayed".to_owned(), fields, ..ChangeDetail::default() };
    Event::new(Action::System, Detail::Change(detail))
}
