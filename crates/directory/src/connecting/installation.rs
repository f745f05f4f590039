//! One installation of a product at an organisation, and its instance accreditation (rule 11.1): that this installation sends
//! effectively, correctly, securely.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ConnectingPolicy, CredentialKind, NotDone, StoppedBecause};
use crate::access::{DangerousAct, Permission};
use crate::feeding::Measures;

/// By what the installation proves who it is. It counts once a second person has confirmed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// What kind.
    pub kind: CredentialKind,
    /// Who registered it, and when.
    pub added: (Uuid, Date),
    /// Who confirmed that it is the installation's, and when.
    pub confirmed: Option<(Uuid, Date)>,
}

/// What the data quality tool said of a file of the installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pilot {
    /// When it was measured.
    pub on: Date,
    /// How many rows.
    pub rows: u64,
    /// The score of the whole, 0 to 100.
    pub score: u8,
    /// The thresholds that were agreed and not reached, by the names of their fields.
    pub below: Vec<String>,
    /// SHA-256 of the report, in hexadecimal digits.
    pub report: String,
    /// The files that were measured; none in a report from before they were noted, and then nothing can be rehearsed by it.
    #[serde(default)]
    pub files: Vec<MeasuredFile>,
}

/// A file as the pilot measured it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasuredFile {
    /// How many rows.
    pub rows: u64,
    /// SHA-256 of its bytes, in hexadecimal digits. Kept sealed: whoever guessed a small file could confirm the guess by it.
    pub sha256: String,
}

impl Pilot {
    /// The file of a digest, when it is one that was measured.
    #[must_use]
    pub fn measured(&self, sha256: &str) -> Option<&MeasuredFile> {
        self.files.iter().find(|file| file.sha256 == sha256)
    }
}

/// What the live pipeline made of the file, rolled back. The counts are the authority's alone (law 7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rehearsal {
    /// When.
    pub on: Date,
    /// How many rows.
    pub rows: u64,
    /// How many were set aside.
    pub quarantined: u64,
    /// SHA-256 of the file, in hexadecimal digits: one that the pilot measured. Empty in one from before it was noted.
    #[serde(default)]
    pub file: String,
    /// What the matcher made of the rest, each rounded as every count is and none where there are too few.
    pub outcome: RehearsalOutcome,
}

/// What the matcher made of a rehearsal: for the authority alone (law 7).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RehearsalOutcome {
    /// Rows that belong to a child who is known.
    pub linked: Option<u64>,
    /// Rows about a child who is not known.
    pub opened: Option<u64>,
    /// Rows that a person would have to look at.
    pub for_review: Option<u64>,
}

/// An installation from its registration to its end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installation {
    /// The product, and who said so.
    product: Option<(Uuid, Uuid)>,
    credentials: BTreeMap<String, Credential>,
    /// The pilot, and who handed it in.
    pilot: Option<(Pilot, Uuid)>,
    /// The rehearsal, and who ran it.
    rehearsal: Option<(Rehearsal, Uuid)>,
    signed: Vec<(Uuid, Date)>,
    valid_until: Option<Date>,
    stopped: Option<(Uuid, Date, StoppedBecause)>,
    /// Whether somebody has ever stopped it or signed it off.
    #[serde(default)]
    decided: bool,
    /// The last day on which the installation's configuration declares it accredited. From the first decision in the product on
    /// it counts for nothing.
    declared_until: Option<Date>,
    /// Digests of credentials that people took back: the configuration does not bring them again.
    #[serde(default)]
    taken_back: BTreeSet<String>,
}

/// Who registers a credential that the configuration declares: nobody.
const NOBODY: Uuid = Uuid::nil();

/// Something a person does to an installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstallationAct {
    /// Says which product it is.
    NameProduct(Uuid),
    /// Registers a credential, by its SHA-256 in hexadecimal digits.
    AddCredential(CredentialKind, String),
    /// Confirms, as a second person, that the credential is the installation's.
    ConfirmCredential(String),
    /// Takes a credential back, at once.
    RevokeCredential(String),
    /// Hands in what the data quality tool said of a pilot file.
    HandInPilot(Pilot),
    /// Notes a rehearsal.
    NoteRehearsal(Rehearsal),
    /// Signs it off. Two people do.
    Sign,
    /// Stops it at once.
    Stop(StoppedBecause),
    /// Lets it go on, as another person than who stopped it.
    GoOn,
}

impl InstallationAct {
    /// The permission it needs.
    #[must_use]
    pub fn permission(&self) -> Permission {
        match self {
            Self::ConfirmCredential(_) | Self::Sign | Self::GoOn => Permission::SignOffFeed,
            Self::NameProduct(_)
            | Self::AddCredential(..)
            | Self::RevokeCredential(_)
            | Self::HandInPilot(_)
            | Self::NoteRehearsal(_)
            | Self::Stop(_) => Permission::PrepareFeed,
        }
    }

    /// Whether the person proves afresh who they are.
    #[must_use]
    pub fn danger(&self) -> Option<DangerousAct> {
        (self.permission() == Permission::SignOffFeed).then_some(DangerousAct::SignOffFeed)
    }

    /// What the trail calls it.
    #[must_use]
    pub fn change(&self) -> &'static str {
        match self {
            Self::NameProduct(_) => "installation_product_named",
            Self::AddCredential(..) => "installation_credential_added",
            Self::ConfirmCredential(_) => "installation_credential_confirmed",
            Self::RevokeCredential(_) => "installation_credential_revoked",
            Self::HandInPilot(_) => "installation_pilot_handed_in",
            Self::NoteRehearsal(_) => "installation_rehearsed",
            Self::Sign => "installation_signed",
            Self::Stop(_) => "installation_stopped",
            Self::GoOn => "installation_goes_on",
        }
    }
}

impl Installation {
    /// As the configuration declares it: how an installation begins, before anybody could decide in the product.
    #[must_use]
    pub fn declared(until: Option<Date>) -> Self {
        Self { declared_until: until, ..Self::default() }
    }

    /// The configuration says it anew. What people have decided outlives it.
    pub fn declare_again(&mut self, until: Option<Date>) {
        if !self.was_decided_on() {
            self.declared_until = until;
        }
    }

    /// The credentials that the configuration declares, as digests of 64 small hexadecimal digits: those it no longer names go.
    /// Where `counts` is false, as in a live space, each waits for a person to confirm it. What people have decided outlives
    /// it, and so does what they took back.
    pub fn declare_credentials(&mut self, declared: &[(CredentialKind, String)], counts: bool, today: Date) {
        if self.was_decided_on() {
            return;
        }
        let named = |digest: &String| declared.iter().any(|(_, given)| given == digest);
        self.credentials.retain(|digest, credential| credential.added.0 != NOBODY || named(digest));
        for (kind, digest) in declared {
            if self.taken_back.contains(digest) {
                continue;
            }
            let by_the_file = (NOBODY, today);
            let new = Credential { kind: *kind, added: by_the_file, confirmed: None };
            let credential = self.credentials.entry(digest.clone()).or_insert(new);
            if counts && credential.added.0 == NOBODY {
                credential.confirmed.get_or_insert(by_the_file);
            }
        }
    }

    /// Whether people have decided in the product where it stands.
    #[must_use]
    pub fn was_decided_on(&self) -> bool {
        self.decided
    }

    /// The product it is an installation of.
    #[must_use]
    pub fn product(&self) -> Option<Uuid> {
        self.product.map(|(product, _)| product)
    }

    /// Its credentials, by their digests.
    pub fn credentials(&self) -> impl Iterator<Item = (&str, &Credential)> {
        self.credentials.iter().map(|(digest, credential)| (digest.as_str(), credential))
    }

    /// Whether a credential is the installation's and confirmed.
    #[must_use]
    pub fn has_credential(&self, kind: CredentialKind, digest: &str) -> bool {
        let known = self.credentials.get(digest);
        known.is_some_and(|credential| credential.kind == kind && credential.confirmed.is_some())
    }

    /// What its pilot file was like.
    #[must_use]
    pub fn pilot(&self) -> Option<&Pilot> {
        self.pilot.as_ref().map(|(pilot, _)| pilot)
    }

    /// The same without what the matcher made of its rehearsal: for whoever is not of the authority.
    #[must_use]
    pub fn without_outcome(mut self) -> Self {
        if let Some((rehearsal, _)) = &mut self.rehearsal {
            rehearsal.outcome = RehearsalOutcome::default();
        }
        self
    }

    /// Whether the file of this digest can be rehearsed: one that the pilot measured and found good enough.
    ///
    /// # Errors
    /// [`NotDone::StepBefore`] or [`NotDone::OtherFile`].
    pub fn takes_for_rehearsal(&self, sha256: &str) -> Result<(), NotDone> {
        let pilot = self.pilot().filter(|pilot| pilot.below.is_empty()).ok_or(NotDone::StepBefore)?;
        pilot.measured(sha256).map(drop).ok_or(NotDone::OtherFile)
    }

    /// What its rehearsal was like.
    #[must_use]
    pub fn rehearsal(&self) -> Option<&Rehearsal> {
        self.rehearsal.as_ref().map(|(rehearsal, _)| rehearsal)
    }

    /// What the rehearsal measured by which two people signed it off: a first load is held to it (rule 10.7). The matcher's counts
    /// are rounded, as they are kept.
    #[must_use]
    pub fn agreed_measures(&self) -> Option<Measures> {
        let rehearsal = self.rehearsal().filter(|_| self.signed.len() >= 2)?;
        let RehearsalOutcome { linked, opened, for_review } = rehearsal.outcome;
        let [linked, opened, review] = [linked, opened, for_review].map(Option::unwrap_or_default);
        Some(Measures {
            rows: rehearsal.rows,
            quarantined: rehearsal.quarantined,
            first: linked + opened + review,
            linked,
            review,
            millis: 0,
        })
    }

    /// Who signed it off, and when.
    #[must_use]
    pub fn signed(&self) -> &[(Uuid, Date)] {
        &self.signed
    }

    /// The last day of its accreditation.
    #[must_use]
    pub fn valid_until(&self) -> Option<Date> {
        self.valid_until
    }

    /// When and why it was stopped.
    #[must_use]
    pub fn stopped(&self) -> Option<(Date, StoppedBecause)> {
        self.stopped.map(|(_, on, why)| (on, why))
    }

    /// The last day of what the configuration declares, where nobody has decided since.
    #[must_use]
    pub fn declared_until(&self) -> Option<Date> {
        self.declared_until.filter(|_| !self.was_decided_on())
    }

    /// Does what a person does.
    ///
    /// # Errors
    /// [`NotDone`]; nothing has changed.
    pub fn act(
        &mut self,
        act: InstallationAct,
        by: Uuid,
        today: Date,
        policy: &ConnectingPolicy,
    ) -> Result<(), NotDone> {
        match act {
            InstallationAct::NameProduct(product) => {
                if self.product() != Some(product) {
                    // Another product sends other files: what was in force was about another.
                    *self = Self {
                        product: Some((product, by)),
                        pilot: None,
                        rehearsal: None,
                        signed: Vec::new(),
                        valid_until: None,
                        ..std::mem::take(self)
                    };
                }
                Ok(())
            }
            InstallationAct::AddCredential(kind, digest) => {
                if self.credentials.contains_key(&digest) {
                    return Err(NotDone::CredentialKnown);
                }
                self.taken_back.remove(&digest);
                self.credentials.insert(digest, Credential { kind, added: (by, today), confirmed: None });
                Ok(())
            }
            InstallationAct::ConfirmCredential(digest) => {
                let credential = self.credentials.get_mut(&digest).ok_or(NotDone::NoSuchCredential)?;
                if credential.added.0 == by {
                    return Err(NotDone::SamePerson);
                }
                credential.confirmed.get_or_insert((by, today));
                Ok(())
            }
            InstallationAct::RevokeCredential(digest) => {
                self.credentials.remove(&digest).ok_or(NotDone::NoSuchCredential)?;
                self.taken_back.insert(digest);
                Ok(())
            }
            // A part that the signatures judge is done anew: they judge it anew. What is in force stays so until its end.
            InstallationAct::HandInPilot(pilot) => {
                self.product.ok_or(NotDone::StepBefore)?;
                self.pilot = Some((pilot, by));
                self.rehearsal = None;
                self.signed.clear();
                Ok(())
            }
            InstallationAct::NoteRehearsal(rehearsal) => {
                self.takes_for_rehearsal(&rehearsal.file)?;
                self.rehearsal = Some((rehearsal, by));
                self.signed.clear();
                Ok(())
            }
            InstallationAct::Sign => self.sign(by, today, policy),
            InstallationAct::Stop(why) => {
                if self.stopped.is_some() {
                    return Err(NotDone::NotNow);
                }
                self.stopped = Some((by, today, why));
                self.decided = true;
                Ok(())
            }
            InstallationAct::GoOn => match self.stopped {
                None => Err(NotDone::NotNow),
                Some((who, ..)) if who == by => Err(NotDone::SamePerson),
                Some(_) => {
                    self.stopped = None;
                    Ok(())
                }
            },
        }
    }

    fn sign(&mut self, by: Uuid, today: Date, policy: &ConnectingPolicy) -> Result<(), NotDone> {
        let fresh = |on: Date| today <= on.saturating_add(i64::from(policy.evidence_days).days());
        let (pilot, measured_by) =
            self.pilot.as_ref().filter(|(pilot, _)| pilot.below.is_empty()).ok_or(NotDone::StepBefore)?;
        let (rehearsal, rehearsed_by) = self.rehearsal.as_ref().ok_or(NotDone::StepBefore)?;
        self.takes_for_rehearsal(&rehearsal.file)?;
        let (_, named_by) = self.product.ok_or(NotDone::StepBefore)?;
        if self.credentials.is_empty() {
            return Err(NotDone::StepBefore);
        }
        if !fresh(pilot.on) || !fresh(rehearsal.on) {
            return Err(NotDone::TestTooOld);
        }
        // By a credential of their own whoever registered it could send what they signed for.
        let registered = self.credentials.values().any(|credential| credential.added.0 == by);
        let prepared = registered || [*measured_by, *rehearsed_by, named_by].contains(&by);
        if prepared || self.signed.iter().any(|(who, _)| *who == by) {
            return Err(NotDone::SamePerson);
        }
        if self.signed.len() >= 2 {
            return Err(NotDone::NotNow);
        }
        self.signed.push((by, today));
        if self.signed.len() == 2 {
            self.decided = true;
            self.valid_until = Some(today.saturating_add(i64::from(policy.instance_months).months()));
        }
        Ok(())
    }
}
