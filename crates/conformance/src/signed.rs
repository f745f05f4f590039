//! A signed report, and what is believed of one: that it is whole, that the key named in it signed it, that it leaves no case out.
//! A report of an earlier version of the kit is believed for ever; it is decided on only where the same cases were asked then as now.

use std::collections::BTreeSet;

use directory::connecting::WayIn;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use feeds::Profile;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::cases::{applying, asked_by};
use crate::report::{FORMAT, KIT, KITS, Outcome, Report};

/// Put before what is signed, so that a signature over anything else is none over a report.
const CONTEXT: &[u8] = b"contactpoint/accreditation/report/1\0";

/// The version of the kit that did not say by which format of files a product was tested.
const WITHOUT_FORMATS: &str = "1";

/// The longest report that is read, bytes.
const LONGEST: usize = 1 << 20;

/// A report with its signature, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    report: Report,
    /// The public key, in hexadecimal digits.
    key: String,
    /// Ed25519 over the report, in hexadecimal digits.
    signature: String,
}

/// A report whose signature fits and that leaves no case out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    report: Report,
    way: WayIn,
    key: String,
    digest: String,
}

/// Why a text is not taken as a report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// It is longer than any report.
    #[error("the file is longer than {LONGEST} bytes; hand in the JSON report of contactpoint accredit type")]
    TooLong,
    /// It is something else.
    #[error(
        "line {line} of the file is not what a report of this kit ({FORMAT}) has there; hand in the file that contactpoint accredit type \
         wrote with --json, as it is"
    )]
    Form {
        /// From 1.
        line: usize,
    },
    /// A version of the kit wrote it that is not known here.
    #[error(
        "the report is of a version of the kit that this directory does not know; it has {KIT}: take its kit and test again"
    )]
    Kit,
    /// An earlier version of the kit wrote it, which asked fewer cases of such a product, or did not say in which format its files
    /// were.
    #[error(
        "the report is of an earlier version of the kit than {KIT}, which asked fewer cases of such a product or did not say in which \
         format its files were; take the kit of this directory and test again"
    )]
    Earlier,
    /// It does not say by which format of files the product was tested.
    #[error(
        "the report does not say in which format the product writes its files, or names one that there is not; test again and hand in \
         the report as the kit wrote it"
    )]
    FileFormat,
    /// It was changed after it was signed.
    #[error(
        "the signature does not fit the report: it was changed after it was signed; hand in the file as the kit wrote it"
    )]
    Signature,
    /// It names a profile or a way in that there is not.
    #[error(
        "the report names a profile or a way of sending that this directory does not know; test again with its own kit"
    )]
    Unknown,
    /// It does not have each case once.
    #[error("the report does not tell of every published case once; test again and hand in the whole report")]
    Incomplete,
    /// Values stand in it.
    #[error(
        "the report shows values (--show-values); test again without, so that no value goes further than the tester"
    )]
    ValuesShown,
}

/// What is signed.
fn message(report: &Report) -> Vec<u8> {
    // A report is names, dates and lists: it can always be written.
    [CONTEXT, &serde_json::to_vec(report).unwrap_or_default()].concat()
}

/// A public key as people compare it: the first 32 hexadecimal digits of its SHA-256, in groups of four.
#[must_use]
pub fn fingerprint(key: &[u8]) -> String {
    let digits = hex::encode(Sha256::digest(key));
    let groups: Vec<&str> = (0..8).filter_map(|at| digits.get(4 * at..4 * at + 4)).collect();
    groups.join(" ")
}

impl Signed {
    /// Signs a report with the key of a seed.
    #[must_use]
    pub fn new(report: Report, seed: &[u8; 32]) -> Self {
        let key = SigningKey::from_bytes(seed);
        let signature = hex::encode(key.sign(&message(&report)).to_bytes());
        Self { report, key: hex::encode(key.verifying_key().to_bytes()), signature }
    }

    /// The report.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// As a file.
    #[must_use]
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        format!("{text}\n")
    }
}

impl Checked {
    /// Reads a report and believes it.
    ///
    /// # Errors
    /// [`ReportError`], with the remedy.
    pub fn read(text: &str) -> Result<Self, ReportError> {
        let checked = Self::read_any(text)?;
        if checked.report.values_shown {
            return Err(ReportError::ValuesShown);
        }
        if checked.asks_the_same() { Ok(checked) } else { Err(ReportError::Earlier) }
    }

    /// The same of a report in which values may stand, or of an earlier version of the kit: whether it is what was signed.
    ///
    /// # Errors
    /// As [`Checked::read`], but for the values and for what was not asked then.
    pub fn read_any(text: &str) -> Result<Self, ReportError> {
        if text.len() > LONGEST {
            return Err(ReportError::TooLong);
        }
        let kit = |text: &str| -> Option<String> {
            let value: serde_json::Value = serde_json::from_str(text).ok()?;
            value.get("report")?.get("kit")?.as_str().map(str::to_owned)
        };
        // Told before its form: another version may have another.
        if kit(text).is_some_and(|kit| !KITS.contains(&kit.as_str())) {
            return Err(ReportError::Kit);
        }
        let signed: Signed =
            serde_json::from_str(text).map_err(|error| ReportError::Form { line: error.line().max(1) })?;
        if signed.report.format != FORMAT {
            return Err(ReportError::Form { line: 1 });
        }
        let (key, signature) = (bytes::<32>(&signed.key)?, bytes::<64>(&signed.signature)?);
        let verifying = VerifyingKey::from_bytes(&key).map_err(|_| ReportError::Signature)?;
        verifying
            .verify_strict(&message(&signed.report), &Signature::from_bytes(&signature))
            .map_err(|_| ReportError::Signature)?;
        let report = signed.report.clone();
        let (Some(way), Some(profile)) = (report.way_in(), Profile::named(&report.profile)) else {
            return Err(ReportError::Unknown);
        };
        let asked: Vec<&str> = asked_by(&report.kit, profile, way).map(|case| case.id).collect();
        let told: Vec<&str> = report.cases.iter().map(|case| case.id.as_str()).collect();
        let sound =
            report.cases.iter().all(|case| (case.outcome == Outcome::Passed) == case.findings.is_empty());
        if asked != told || !sound {
            return Err(ReportError::Incomplete);
        }
        let given = report.cases.iter().any(|case| case.outcome != Outcome::NotGiven);
        let must_say = way == WayIn::Files && given && report.kit != WITHOUT_FORMATS;
        let says = report.format_of_files().is_some();
        if says != must_say || says != report.file_format.is_some() {
            return Err(ReportError::FileFormat);
        }
        let digest = hex::encode(Sha256::digest(serde_json::to_vec(&signed).unwrap_or_default()));
        Ok(Self { report, way, key: fingerprint(&key), digest })
    }

    /// Whether it tells of every case that is asked of such a product now, as it is asked now, and of its format: of what is
    /// put aside version 1 asked less, by any way.
    fn asks_the_same(&self) -> bool {
        let is_of_before = self.report.kit != KIT;
        if is_of_before && self.report.cases.iter().any(|case| case.id == "T14") {
            return false;
        }
        let now =
            Profile::named(&self.report.profile).into_iter().flat_map(|profile| applying(profile, self.way));
        let now: Vec<&str> = now.map(|case| case.id).collect();
        let told: Vec<&str> = self.report.cases.iter().map(|case| case.id.as_str()).collect();
        now == told && (self.way != WayIn::Files || self.report.file_format.is_some())
    }

    /// What it says.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The way in that was tried.
    #[must_use]
    pub fn way(&self) -> WayIn {
        self.way
    }

    /// Whose it is: the fingerprint of the key that signed it.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// SHA-256 of the signed report, in hexadecimal digits, whatever white space it was written with.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The ids of the cases that were not passed.
    #[must_use]
    pub fn failed(&self) -> BTreeSet<String> {
        self.report.failed().map(|case| case.id.clone()).collect()
    }
}

fn bytes<const N: usize>(digits: &str) -> Result<[u8; N], ReportError> {
    let mut bytes = [0; N];
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| ReportError::Signature)?;
    Ok(bytes)
}
