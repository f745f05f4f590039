//! The desk's list. It names no child and no source.

use audit::{Action, Detail, ExportDetail};

use super::{HeldError, HeldLine};
use crate::Directory;
use crate::session::SignedIn;
use crate::trail::Event;

impl Directory {
    /// What is held, the oldest first. The entry is durable before anything is shown.
    ///
    /// # Errors
    ///
    /// [`HeldError::Forbidden`] or the system's.
    pub async fn held_records(&self, who: &SignedIn) -> Result<Vec<HeldLine>, HeldError> {
        self.at_the_sealed_desk(who).await?;
        let lines: Vec<HeldLine> = self.cases(who, None).await?.iter().map(|case| case.line(who)).collect();
        let detail = ExportDetail { what: "held_records".to_owned(), ..ExportDetail::default() };
        self.record(Event::new(Action::ShieldsRead, Detail::Export(detail)).by(who)).await?;
        Ok(lines)
    }
}
