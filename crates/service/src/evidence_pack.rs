//! The monthly evidence pack of an authority or national partner (rules 13.4 to 13.6): counts without persons, every one
//! by the counting function of decision 16, as CSV and as PDF. The same month and state give the same bytes.

mod pdf;
mod words;

use std::collections::BTreeMap;

use audit::{Action, Detail, ExportDetail};
use directory::Month;
use directory::access::{AccountState, OrganisationStanding, Permission, Role};
use directory::counting::disclosed_count;
use directory::register::RegisterState as Register;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use store::disclosure_register::RegisterState;
use store::headcounts::{self, Count, Span};
use store::organisations::{OrganisationRow, OrganisationState};
use store::{Conn, month_counts, organisations};
use uuid::Uuid;

use crate::accounts::{accredited_until, standing};
use crate::session::SignedIn;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// Whose packs a person may take: an authority or a national partner, by its id and name.
pub type PackOwner = (Uuid, String);

/// A pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidencePack {
    /// Whose: the name of the authority or national partner.
    pub owner: String,
    /// The code of the authority.
    pub code: Option<String>,
    /// Of which month.
    pub month: Month,
    /// Its tables.
    pub tables: Vec<PackTable>,
}

/// A table of a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackTable {
    /// Its title.
    pub title: &'static str,
    /// What is counted, and as of when.
    pub note: &'static str,
    /// What was counted, in words, and how many; `None` is under ten.
    pub rows: Vec<(String, Option<u64>)>,
}

/// In which form a pack is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackForm {
    /// Comma-separated values.
    Csv,
    /// A document to print.
    Pdf,
}

/// Why a pack was not given.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The person's roles do not let them, or not for that organisation.
    #[error("this account may not take this evidence pack")]
    Forbidden,
    /// The month is not over yet.
    #[error("a pack is of a month that is over")]
    NotOver,
    /// The system failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for PackError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// How many months back packs are offered.
const MONTHS: i32 = 24;

impl Directory {
    /// Whose packs this person may take, by name.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn pack_owners(&self, who: &SignedIn) -> Result<Vec<PackOwner>, ServiceError> {
        let today = self.today();
        let rows = organisations::all(&mut self.store.reader().await?).await?;
        let owners = rows
            .into_iter()
            .filter(|row| is_owner(row) && may_take(who, &standing(row, today)))
            .map(|row| (row.organisation_id, row.name));
        Ok(owners.collect())
    }

    /// The months packs are offered for, latest first.
    #[must_use]
    pub fn pack_months(&self) -> Vec<Month> {
        let this = Month::from(self.today());
        (1..=MONTHS).map(|back| this.plus(-back)).collect()
    }

    /// Takes a pack, as the bytes of a file. That it was taken is in the trail before it is given.
    ///
    /// # Errors
    ///
    /// [`PackError`].
    pub async fn evidence_pack(
        &self,
        who: &SignedIn,
        owner: Uuid,
        month: Month,
        form: PackForm,
    ) -> Result<Vec<u8>, PackError> {
        let mut conn = self.store.reader().await?;
        let row =
            organisations::by_id(&mut conn, owner).await?.filter(is_owner).ok_or(PackError::Forbidden)?;
        if !may_take(who, &standing(&row, self.today())) {
            return Err(PackError::Forbidden);
        }
        if month >= Month::from(self.today()) {
            return Err(PackError::NotOver);
        }
        let pack = self.pack_of(&mut conn, row, month).await?;
        drop(conn);
        let (bytes, what) = match form {
            PackForm::Csv => (pack.to_csv()?.into_bytes(), "csv"),
            PackForm::Pdf => (pdf::document(&pack), "pdf"),
        };
        let detail = ExportDetail {
            what: format!("evidence_pack_{what}:{month}"),
            subject: Some(owner),
            ..ExportDetail::default()
        };
        self.record(Event::new(Action::Export, Detail::Export(detail)).by(who)).await?;
        Ok(bytes)
    }

    async fn pack_of(
        &self,
        conn: &mut Conn,
        owner: OrganisationRow,
        month: Month,
    ) -> Result<EvidencePack, ServiceError> {
        let span = span_of(month)?;
        let due = span.until + i64::from(self.policy.figures.due_within_days) * DAY;
        let partners = owner.kind == "authority" && owner.authority_code.is_some();
        let scope = match &owner.authority_code {
            Some(code) if partners => headcounts::organisations_of(conn, code).await?,
            _ => vec![owner.organisation_id],
        };
        let mut sums = Sums::default();
        for &organisation in &scope {
            sums.accounts.add(headcounts::accounts(conn, organisation).await?);
            sums.roles.add(headcounts::roles(conn, organisation).await?);
            sums.accreditations.add(headcounts::accreditations(conn, organisation).await?);
            let ended = headcounts::due(conn, organisation, span.until).await?;
            let soon = headcounts::due(conn, organisation, due).await?;
            sums.clearances = [sums.clearances[0] + ended.0, sums.clearances[1] + soon.0 - ended.0];
            sums.training = [sums.training[0] + ended.1, sums.training[1] + soon.1 - ended.1];
            let counted = month_counts::of_month(conn, &month.to_string(), organisation).await?;
            sums.measures.add(counted.into_iter().map(|row| Count { what: row.measure, n: row.n }));
            if let Some(row) = organisations::by_id(conn, organisation).await? {
                sums.organisations.add([Count { what: accreditation_standing(&row, span.until, due), n: 1 }]);
            }
        }
        if let Some(code) = owner.authority_code.as_deref().filter(|_| partners) {
            for state in RegisterState::ALL {
                let n = headcounts::disclosures(conn, code, *state, span).await?;
                sums.disclosures.add([Count { what: state.as_str().to_owned(), n }]);
            }
        }
        let tables = sums.tables();
        Ok(EvidencePack { owner: owner.name, code: owner.authority_code, month, tables })
    }
}

/// Where an organisation's accreditation stands, as the code of its row.
fn accreditation_standing(row: &OrganisationRow, end: i64, due: i64) -> String {
    let day = |micros: i64| {
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX).to_zoned(TimeZone::UTC).date()
    };
    match (row.state, accredited_until(row)) {
        (OrganisationState::Suspended, _) => "suspended",
        (OrganisationState::Withdrawn, _) => "withdrawn",
        (_, Some(until)) if until < day(end) => "expired",
        (_, Some(until)) if until < day(due) => "accredited_due",
        (_, Some(_)) => "accredited",
        (_, None) => "expired",
    }
    .to_owned()
}

/// A day in microseconds.
const DAY: i64 = 86_400_000_000;

/// Counts by what was counted.
#[derive(Default)]
struct Tally(BTreeMap<String, i64>);

impl Tally {
    fn add(&mut self, counts: impl IntoIterator<Item = Count>) {
        for count in counts {
            *self.0.entry(count.what).or_default() += count.n;
        }
    }

    /// The rows of a table: each of these, in this order.
    fn rows<'a>(&self, of: impl IntoIterator<Item = &'a str>) -> Vec<(String, Option<u64>)> {
        let row =
            |what: &str| (words::of(what), disclosed_count(self.0.get(what).copied().unwrap_or_default()));
        of.into_iter().map(row).collect()
    }
}

/// Everything that is counted for a pack.
#[derive(Default)]
struct Sums {
    accounts: Tally,
    roles: Tally,
    measures: Tally,
    accreditations: Tally,
    organisations: Tally,
    disclosures: Tally,
    /// Ended, and about to end.
    clearances: [i64; 2],
    training: [i64; 2],
}

impl Sums {
    fn tables(&self) -> Vec<PackTable> {
        let line = |what: &str, n: i64| (words::of(what), disclosed_count(n));
        vec![
            PackTable {
                title: "Accounts by state",
                note: "As they stood when this pack was taken.",
                rows: self.accounts.rows(AccountState::ALL.iter().map(|state| state.code())),
            },
            PackTable {
                title: "Active accounts by role",
                note: "As they stood when this pack was taken. A person with two roles is counted in both.",
                rows: self.roles.rows(Role::ALL.iter().map(|role| role.code())),
            },
            PackTable {
                title: "Use of the directory",
                note: "In the month.",
                rows: self.measures.rows(words::USE),
            },
            PackTable {
                title: "Alerts",
                note: "In the month, and what came of those that were decided in it.",
                rows: self.measures.rows(words::ALERTS),
            },
            PackTable {
                title: "Investigations and samples",
                note: "In the month.",
                rows: self.measures.rows(words::INVESTIGATIONS),
            },
            PackTable {
                title: "Clearances and training",
                note: "Of active accounts: what had ended by the end of the month, and what ends soon after.",
                rows: vec![
                    line("clearances_ended", self.clearances[0]),
                    line("clearances_due", self.clearances[1]),
                    line("training_ended", self.training[0]),
                    line("training_due", self.training[1]),
                ],
            },
            PackTable {
                title: "Organisations by accreditation",
                note: "As it stood at the end of the month, by what is known now.",
                rows: self.organisations.rows(words::ORGANISATIONS),
            },
            PackTable {
                title: "Accreditations by state",
                note: "As they stood when this pack was taken.",
                rows: self.accreditations.rows(words::ACCREDITATIONS),
            },
            PackTable {
                title: "Disclosures outside the access rules",
                note: "Proposed in the month, by where they stand now.",
                rows: self.disclosures.rows(Register::ALL.iter().map(|state| state.code())),
            },
            PackTable {
                title: "Families",
                note: "Answered in the month: letters delivered, disputes and complaints closed.",
                rows: self.measures.rows(crate::families::ANSWERED),
            },
        ]
    }
}

impl EvidencePack {
    /// The pack as CSV: owner, month, table, what was counted, how many.
    ///
    /// # Errors
    ///
    /// None in practice.
    pub fn to_csv(&self) -> Result<String, ServiceError> {
        let mut csv = csv::Writer::from_writer(Vec::new());
        csv.write_record(["organisation", "code", "month", "table", "counted", "count"])
            .map_err(ServiceError::internal)?;
        let (code, month) = (self.code.as_deref().unwrap_or_default(), self.month.to_string());
        for table in &self.tables {
            for (what, count) in &table.rows {
                let count = words::count(*count);
                csv.write_record([&self.owner, code, &month, table.title, what, &count])
                    .map_err(ServiceError::internal)?;
            }
        }
        let bytes = csv.into_inner().map_err(ServiceError::internal)?;
        String::from_utf8(bytes).map_err(ServiceError::internal)
    }
}

/// Packs are of those who account for their own users (rule 6.4).
fn is_owner(row: &OrganisationRow) -> bool {
    matches!(row.kind.as_str(), "authority" | "national_partner")
}

fn may_take(who: &SignedIn, owner: &OrganisationStanding) -> bool {
    who.may_at(Permission::ViewEvidencePack, owner)
}

fn span_of(month: Month) -> Result<Span, ServiceError> {
    let start = |month: Month| -> Result<i64, ServiceError> {
        let day = Date::new(month.year(), month.month(), 1).map_err(ServiceError::internal)?;
        let start = day.to_zoned(TimeZone::UTC).map_err(ServiceError::internal)?;
        Ok(start.timestamp().as_microsecond())
    };
    Ok(Span { from: start(month)?, until: start(month.plus(1))? })
}
