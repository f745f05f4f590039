//! Evidence handed in as the file that a tool wrote (rule 11.1): read, checked and judged here, never typed in.

use directory::Line;
use directory::access::Permission;
use directory::connecting::{InstallationAct, MeasuredFile, Pilot, ProductAct, Tried, TypeTest};
use jiff::civil::Date;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::ConnectingError;
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

impl Directory {
    /// Hands in the signed report of the conformance kit about a product. `seen` is the version the person looked at.
    ///
    /// # Errors
    ///
    /// [`ConnectingError`]: the signature does not fit, a case is left out or was not passed, or it is of another product.
    pub async fn hand_in_type_report(
        &self,
        who: &SignedIn,
        product: Uuid,
        seen: i64,
        text: &str,
    ) -> Result<(), ConnectingError> {
        if !who.may(Permission::AccreditProducts) {
            return self.not_connected(who).await;
        }
        let today = self.today();
        self.product_changes(who, product, seen, |product| {
            let checked = conformance::Checked::read(text)?;
            let report = checked.report();
            let of = |said: &str, known: &Line| Line::parse(said).is_ok_and(|said| said == *known);
            let tested = &report.tested;
            if !of(&tested.supplier, &product.supplier)
                || !of(&tested.product, &product.name)
                || !of(&tested.version, &product.version)
            {
                return Err(ConnectingError::OtherProduct);
            }
            has_come(report.on, today)?;
            let kit = Line::parse(&report.kit).map_err(|_| ServiceError::internal("a kit has no version"))?;
            Ok(ProductAct::HandIn(TypeTest {
                kit,
                on: report.on,
                tried: [Tried {
                    way: checked.way(),
                    profile: report.profile.clone(),
                    file_format: report.format_of_files().map(|format| format.code().to_owned()),
                }]
                .into(),
                failed: checked.failed(),
                report: checked.digest().to_owned(),
                signed_by: checked.key().to_owned(),
            }))
        })
        .await
    }

    /// Hands in what the data quality tool said of a pilot file. It is judged by the thresholds of the source's profile.
    ///
    /// # Errors
    ///
    /// [`ConnectingError`]; a report below its thresholds is noted, and goes no further.
    pub async fn hand_in_pilot(
        &self,
        who: &SignedIn,
        source: &str,
        seen: i64,
        text: &str,
    ) -> Result<(), ConnectingError> {
        let row = self.source_prepared_by(who, source).await?;
        let profile = quality::Profile::named(&row.profile)
            .ok_or_else(|| ServiceError::internal("a source's profile is not known"))?;
        let report = quality::PilotReport::read(text, &profile)?;
        has_come(report.measured_on, self.today())?;
        let pilot = Pilot {
            on: report.measured_on,
            rows: report.rows,
            score: report.score,
            below: report.below,
            report: hex::encode(Sha256::digest(text.trim().as_bytes())),
            files: report.files.into_iter().map(measured).collect(),
        };
        self.act_on_installation(who, source, seen, InstallationAct::HandInPilot(pilot)).await
    }
}

fn measured(file: quality::PilotFile) -> MeasuredFile {
    MeasuredFile { rows: file.rows, sha256: file.sha256 }
}

/// Refuses a report of a day that has not come; beyond the date line it may be tomorrow.
fn has_come(on: Date, today: Date) -> Result<(), ConnectingError> {
    if on > today.tomorrow().unwrap_or(today) { Err(ConnectingError::FromTheFuture) } else { Ok(()) }
}
