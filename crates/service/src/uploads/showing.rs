//! What a source sees of its upload: how it ended, no sooner than its receipts; how fast its rows go says whom they meet, and is
//! not told (law 7). Nor is whether it is its turn, which says how fast those before it went.

use directory::feeding::last_moment;
use feeds::Refusal;
use store::runs::{self, RunRow};
use store::uploads::{self, UploadRow};
use uuid::Uuid;

use super::{Content, UploadError, UploadState, UploadView};
use crate::{Directory, ServiceError};

impl Directory {
    pub(crate) async fn upload_of(&self, source: Uuid, upload: Uuid) -> Result<UploadView, UploadError> {
        let row = self.upload_row(source, upload).await?;
        let content = self.open_upload(&row)?;
        Ok(self.view_of_upload(&row, &content))
    }

    pub(super) fn view_of_upload(&self, row: &UploadRow, content: &Content) -> UploadView {
        use uploads::UploadState as Kept;
        let told = content.ended_at.is_none_or(|ended| ended < self.told_before());
        let state = match row.state {
            Kept::Receiving => UploadState::Receiving,
            Kept::Loaded if told => UploadState::Loaded,
            Kept::Awaits if told => UploadState::AwaitsConfirmation,
            Kept::Refused if told => UploadState::Refused,
            Kept::Waiting | Kept::Loading | Kept::Loaded | Kept::Awaits | Kept::Refused => {
                UploadState::Loading
            }
            Kept::Paused => UploadState::Paused,
        };
        UploadView {
            id: row.upload_id,
            state,
            bytes: u64::try_from(row.bytes).unwrap_or_default(),
            offset: u64::try_from(row.received).unwrap_or_default(),
            rows: content.rows,
            refused: content.refused.as_ref().filter(|_| state == UploadState::Refused).map(|why| Refusal {
                code: known_code(&why.0),
                row: why.1,
                byte: why.2,
                message: why.3.clone(),
            }),
        }
    }

    /// What ended before this instant (microseconds UTC) is told by now.
    pub(super) fn told_before(&self) -> i64 {
        last_moment(self.world.now(), self.policy.feeding.receipts_every_minutes).as_microsecond()
    }

    /// The run by which an upload is loaded, once it is begun.
    pub(super) async fn run_of_upload(
        &self,
        row: &UploadRow,
        content: &Content,
    ) -> Result<Option<RunRow>, ServiceError> {
        let Some(sha256) = sha256_of(&content.sha256) else { return Ok(None) };
        let digest = self.numbered_digest(&sha256, content.sequence);
        Ok(runs::of_file(&mut self.store.reader().await?, row.source_id, digest).await?)
    }
}

fn sha256_of(digits: &str) -> Option<[u8; 32]> {
    hex::decode(digits).ok()?.try_into().ok()
}

/// A refusal's code as it is kept, by the lists of codes there are.
fn known_code(code: &str) -> &'static str {
    const CODES: [&str; 25] = [
        "E01", "E02", "E03", "E04", "E05", "E06", "E07", "E08", "E09", "E10", "E11", "E12", "E13", "E14",
        "E15", "E16", "E17", "E18", "E19", "E20", "E21", "E22", "M02", "M03", "M04",
    ];
    CODES.into_iter().find(|known| *known == code).unwrap_or("E00")
}
