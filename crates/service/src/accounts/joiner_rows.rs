//! The lines of a file of joiners and leavers, every value of them looked at.

use std::collections::BTreeMap;

use directory::access::{EvidenceReference, FactKind, Role, needs_level_one};
use jiff::civil::Date;
use store::organisations::OrganisationRow;

use super::joiners::ImportFault;
use super::requests::{is_name, is_username};
use super::{NewFact, fold};

/// The columns: all of them, in any order, and no other.
pub(super) const COLUMNS: [&str; 17] = [
    "action",
    "username",
    "name",
    "organisation",
    "roles",
    "identity_date",
    "identity_evidence",
    "need_date",
    "need_evidence",
    "clearance_date",
    "clearance_evidence",
    "training_level",
    "training_date",
    "training_evidence",
    "agreement_date",
    "agreement_evidence",
    "activate",
];

/// A line as it is read, every value looked at.
pub(super) struct Read {
    pub(super) line: u64,
    pub(super) username: String,
    pub(super) leaves: bool,
    pub(super) name: String,
    pub(super) organisation: Option<OrganisationRow>,
    pub(super) roles: Vec<Role>,
    pub(super) facts: Vec<NewFact>,
    pub(super) activate: bool,
}

/// Reads the values of one line.
pub(super) struct RowReader<'a> {
    pub(super) line: u64,
    pub(super) values: BTreeMap<&'a str, &'a str>,
    pub(super) faults: &'a mut Vec<ImportFault>,
}

impl<'a> RowReader<'a> {
    pub(super) fn fault(&mut self, column: &'static str, message: &str) {
        self.faults.push(ImportFault { line: self.line, column: Some(column), message: message.to_owned() });
    }

    fn value(&self, column: &str) -> &'a str {
        self.values.get(column).copied().unwrap_or_default()
    }

    pub(super) fn read(&mut self, within: &BTreeMap<&str, &OrganisationRow>) -> Read {
        let username = fold(self.value("username"));
        if !is_username(&username) {
            self.fault(
                "username",
                "a username has 3 to 40 letters, digits, dots, dashes, underscores or @, and no spaces",
            );
        }
        let leaves = match self.value("action") {
            "join" => false,
            "leave" => true,
            _ => {
                self.fault("action", "write join or leave");
                false
            }
        };
        let mut read = Read {
            line: self.line,
            username,
            leaves,
            name: self.value("name").to_owned(),
            organisation: None,
            roles: Vec::new(),
            facts: Vec::new(),
            activate: false,
        };
        if leaves {
            for column in COLUMNS.into_iter().skip(2) {
                if !self.value(column).is_empty() {
                    self.fault(
                        column,
                        "a line that leaves has an action and a username only; empty this column",
                    );
                }
            }
            return read;
        }
        if !is_name(&read.name) {
            self.fault("name", "a name has 2 to 80 characters");
        }
        read.organisation =
            within.get(self.value("organisation")).map(|organisation| (*organisation).clone());
        if read.organisation.is_none() {
            self.fault(
                "organisation",
                "you manage no accounts of an organisation of this name; write its name in full",
            );
        }
        for code in self.value("roles").split_whitespace() {
            match Role::from_code(code) {
                Some(role) => read.roles.push(role),
                None => self.fault("roles", "one of the roles is not known; write role codes between spaces"),
            }
        }
        read.facts = self.facts(&read.roles);
        read.activate = match self.value("activate") {
            "yes" => true,
            "no" | "" => false,
            _ => {
                self.fault("activate", "write yes, no, or nothing");
                false
            }
        };
        read
    }

    fn facts(&mut self, roles: &[Role]) -> Vec<NewFact> {
        let training = match self.value("training_level") {
            "1" => FactKind::TrainingLevelOne,
            "2" => FactKind::TrainingLevelTwo,
            "" if self.value("training_date").is_empty() => {
                if needs_level_one(roles) {
                    FactKind::TrainingLevelOne
                } else {
                    FactKind::TrainingLevelTwo
                }
            }
            _ => {
                self.fault("training_level", "write 1 or 2");
                FactKind::TrainingLevelTwo
            }
        };
        let kinds: [(FactKind, &'static str, &'static str); 6] = [
            (FactKind::IdentityConfirmed, "identity_date", "identity_evidence"),
            (FactKind::NeedForJob, "need_date", "need_evidence"),
            (FactKind::Clearance, "clearance_date", "clearance_evidence"),
            (training, "training_date", "training_evidence"),
            // The procedures are given with the agreement to sign, on one sheet.
            (FactKind::ProceduresGiven, "agreement_date", "agreement_evidence"),
            (FactKind::AgreementSigned, "agreement_date", "agreement_evidence"),
        ];
        let mut facts = Vec::new();
        for (kind, date, evidence) in kinds {
            let again = kind == FactKind::AgreementSigned;
            let (day, reference) = (self.value(date), self.value(evidence));
            if day.is_empty() && reference.is_empty() {
                continue;
            }
            let day = day.parse::<Date>();
            let reference = EvidenceReference::parse(reference);
            if !again && day.is_err() {
                self.fault(date, "write the day as YYYY-MM-DD");
            }
            if let (false, Err(error)) = (again, &reference) {
                self.fault(evidence, &error.to_string());
            }
            if let (Ok(from), Ok(evidence)) = (day, reference) {
                facts.push(NewFact { kind, from, until: None, evidence });
            }
        }
        facts
    }
}

pub(super) fn date_column(kind: FactKind) -> &'static str {
    match kind {
        FactKind::IdentityConfirmed => "identity_date",
        FactKind::NeedForJob => "need_date",
        FactKind::Clearance => "clearance_date",
        FactKind::TrainingLevelOne | FactKind::TrainingLevelTwo => "training_date",
        FactKind::ProceduresGiven | FactKind::AgreementSigned => "agreement_date",
    }
}
