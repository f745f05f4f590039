//! Who may feed, carried out (rules 10.6, 11.1): the rules are `directory::connecting`'s. A change writes the row and the entry of
//! the trail in one transaction; what is missing is asked at every load, file or message.

mod credentials;
mod declaring;
mod gate;
mod handing_in;
mod installations;
mod pem;
mod products;
mod rehearsing;

pub(crate) use declaring::lock_of;
pub use gate::NotOfTheProduct;
pub(crate) use gate::{BY_FILE, BY_MESSAGE};
pub use installations::{InstallationLine, InstallationView};
pub use pem::PemError;
pub use products::ProductView;
pub use rehearsing::NotBorneOut;

use audit::{Action, ChangeDetail, Detail};
use directory::connecting::{NotDone, Tried};
use uuid::Uuid;

use crate::session::SignedIn;
use crate::sign_in::StepUpFirst;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// The format of the files by which a product was tested, as a person reads it; none where the test was of another way or did not say.
#[must_use]
pub fn format_of_files(tried: &Tried) -> Option<&'static str> {
    let format = tried.file_format.as_deref().and_then(feeds::Format::from_code);
    format.map(feeds::Format::in_words)
}

/// Why a step towards feeding was not done.
#[derive(Debug, thiserror::Error)]
pub enum ConnectingError {
    /// The person's roles do not allow it there.
    #[error("this account may not do this for this source or product")]
    Forbidden,
    /// No such source, or none that this person keeps.
    #[error("there is no such source or product among those you keep")]
    NotFound,
    /// Its place in the steps does not allow it.
    #[error(transparent)]
    NotDone(#[from] NotDone),
    /// The credential belongs to another source.
    #[error("this credential belongs to another source; each installation has one of its own")]
    CredentialTaken,
    /// A digest is not 64 hexadecimal digits.
    #[error("a digest is the SHA-256 in 64 hexadecimal digits; copy it from the tool that printed it")]
    DigestShape,
    /// A certificate or key was pasted, and is none that can be registered.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// The report of a test is not believed.
    #[error(transparent)]
    Report(#[from] conformance::ReportError),
    /// The report of a test is about something else.
    #[error(
        "the report is of another product, supplier or version than this one; hand it in at that one, or register it as a product of \
         its own"
    )]
    OtherProduct,
    /// A report of a test reached an act for which it was not checked.
    #[error("a report is handed in as the file that the kit wrote, whose signature is checked")]
    NotChecked,
    /// The report of a pilot file is not taken.
    #[error(transparent)]
    Pilot(#[from] quality::PilotError),
    /// Something was measured or tested on a day that has not come.
    #[error(
        "the report is of a day that has not come; set the clock of the machine that made it, and make it again"
    )]
    FromTheFuture,
    /// The pilot file itself is not as the report of it says.
    #[error("{0}")]
    NotBorneOut(#[from] NotBorneOut),
    /// A file of a format in which the product was not tested.
    #[error(transparent)]
    NotOfTheProduct(#[from] NotOfTheProduct),
    /// A file that was to be rehearsed cannot be read.
    #[error("{0}")]
    File(String),
    /// The file is too long for a rehearsal.
    #[error("a rehearsal takes at most {at_most} rows; give a part of the file")]
    TooManyRows {
        /// The most rows.
        at_most: usize,
    },
    /// Somebody else changed it meanwhile; nothing was written.
    #[error("somebody else changed this meanwhile; look at it again")]
    Changed,
    /// The person must prove afresh who they are.
    #[error(transparent)]
    StepUpFirst(#[from] StepUpFirst),
    /// The system failed; nothing was written.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for ConnectingError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

impl Directory {
    /// Writes that somebody tried what they may not, and refuses it.
    async fn not_connected<T>(&self, who: &SignedIn) -> Result<T, ConnectingError> {
        self.record(changed(who, "connecting:not_permitted", None)).await?;
        Err(ConnectingError::Forbidden)
    }
}

fn changed(who: &SignedIn, change: &str, subject: Option<Uuid>) -> Event {
    let detail = ChangeDetail { change: change.to_owned(), subject, ..ChangeDetail::default() };
    Event::new(Action::SourceChanged, Detail::Change(detail)).by(who)
}

/// A digest as it is kept: 64 small hexadecimal digits.
fn digest(given: &str) -> Result<String, ConnectingError> {
    let digest: String =
        given.chars().filter(|c| !c.is_whitespace() && *c != ':').map(|c| c.to_ascii_lowercase()).collect();
    let sound = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    if sound { Ok(digest) } else { Err(ConnectingError::DigestShape) }
}
