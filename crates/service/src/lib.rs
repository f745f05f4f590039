//! Use cases: authorise, decide, write, audit in one transaction. The only door to the store.
//!
//! Every use case is a method of [`Directory`] in a file of its own. What reads child data returns
//! [`Disclosed`], which only exists after its audit entry is durable (law 6).

mod accounts;
mod accreditations;
mod act_keys;
mod archive;
mod audit_keys;
mod audit_reading;
mod backup;
mod barrier;
mod brokering;
mod connecting;
mod disclosed;
mod document;
mod duties;
mod enrolment;
mod error;
mod evidence_pack;
mod families;
mod feeding;
mod figures;
mod filling;
mod identities;
mod inbox;
mod indexing;
mod joining;
mod journal;
mod keys;
mod letter_pdf;
mod loading;
mod matching;
mod measuring;
mod mediation;
mod nobody;
mod opening;
mod organisation_keys;
mod organisations;
mod own_keys;
mod passwords;
mod policy;
mod proposers;
mod public_figures;
mod record;
mod records;
mod recovery;
mod register;
mod reminding;
mod retention;
mod revocations;
mod root_keys;
mod sealed_desk;
mod search;
mod sensitive;
mod session;
mod setup;
mod shield_desk;
mod shield_figures;
mod shield_override;
mod shielding;
mod sign_in;
mod source_door;
mod trail;
mod transfers;
mod uploads;
mod watching;
mod witness;
mod world;

pub use accounts::{
    AccountActError, AccountError, AccountLine, AccountQuery, AccountReach, AccountSheet, AccountsPage,
    Change, ChangeLine, Cursor, FactLine, Given, Import, ImportBy, ImportFault, ImportLine, ImportReport,
    NewAccount, NewFact, RequestError, RequestedAccount, RoleLine, RoleProposal, RoleRefused, SoonPage,
};
pub use accreditations::{AccreditationSummary, AccreditationView, Waiting, WaitingPage};
pub use audit_reading::{
    About, AccountLabel, AuditEntry, AuditLine, AuditPage, AuditQuestion, AuditReadError, BodyFact, Place,
};
pub use backup::{GenerationsError, Returned, return_generations};
pub use brokering::{
    BrokerAnswer, BrokerError, BrokerLine, BrokerRequest, BrokerRequestView, BrokerStep, BrokerStepKind,
    OwnBrokerRequest, Provider, ProviderKey,
};
pub use connecting::{
    ConnectingError, InstallationLine, InstallationView, NotBorneOut, NotOfTheProduct, PemError, ProductView,
    format_of_files,
};
pub use disclosed::{AuditReceipt, Disclosed};
pub use enrolment::{EnrolmentCode, EnrolmentError, EnrolmentStep, NewKeys};
pub use error::{ErrorKind, ServiceError};
pub use evidence_pack::{EvidencePack, PackError, PackForm, PackOwner, PackTable};
pub use families::{
    ComplaintIntake, ComplaintLine, ComplaintView, DisputeIntake, DisputeLine, DisputeView, FamilyError,
    FamilyLetter, FamilyStep, FamilyStepKind, ProviderSaid, RequestIntake, RequestLine, RequestView,
    SentChannelCode, SourceLine, TaskLine,
};
pub use feeding::{
    AbsenceError, AbsenceLine, Batch, DayFigures, FeedingError, FileSums, PauseCause, PauseReason, Receipt,
    ReceiptCursor, ReceiptFault, ReceiptPage, Reconciliation, RunProgress, SourceHistory, SourceOverview,
    SourcesPage, Sums,
};
pub use figures::{HistoryLine, HistoryPage, HistoryPlace, RunFigures};
pub use filling::{Filled, Filling, InventedAccount, NotABench, invented_name};
pub use identities::{SealError, SealLine, SealProposal, SealRecord, SealRequest, SealStage, SealView};
pub use joining::{
    Comparison, JoinError, Joining, JoiningCase, JoiningKind, JoiningLine, JoiningRequest, PartRecord,
    ProtectedCase, ReviewAnswer, ReviewCandidate, ReviewLine, ReviewView, joining_reference,
};
pub use letter_pdf::letter_pdf;
pub use loading::{
    AwaitsPerson, Counts, Delivery, Ended, FileBytes, FileEnding, FileFailure, FileKind, FileLoad,
    FileLoaded, Following, GROUP, LoadError, LoadRun, Loader, Numbered, Promise, RowStatus, aside_digest,
    checksum, row_digest, said_digest,
};
pub use measuring::KeyWork;
pub use mediation::{
    ActHandle, MediatedSearch, MediationError, MediationReview, MediationState, Mediations, OwnRequest,
    WaitingRequest,
};
pub use opening::OpenError;
pub use organisations::{
    MayDo, NewMember, OrganisationChange, OrganisationError, OrganisationLine, OrganisationPage,
    OrganisationQuery, OrganisationView, StandingCount,
};
pub use passwords::PasswordCost;
pub use policy::{AccountPolicy, FiguresPolicy, Policy};
pub use proposers::ProposerMayNot;
pub use public_figures::{Publication, PublishedCheckpoint, PublishedMonth};
pub use record::RecordError;
pub use recovery::{OpenRecovery, RecoveryError, RecoveryNotice, RecoveryStage};
pub use register::{
    DisclosureProposal, RegisterDecision, RegisterEntry, RegisterError, RegisterLine, RegisterStep,
    RetrievalLine, RetrievalStage, RetrievedRecord,
};
pub use reminding::{Due, Reminder};
pub use retention::{
    CalendarError, DeathError, HoldError, HoldLine, HoldRequest, HoldStep, ParticipationBasis,
    ParticipationError, RecordCalendar, ReplayCounts, RotationCounts, SweepCounts,
};
pub use sealed_desk::{CandidateKind, HeldChoice, HeldError, HeldLine, HeldTo, HeldView};
pub use search::{FoundRow, RecordHandle, SearchAnswer, SearchError};
pub use sensitive::{ConsentError, ServiceKey, WithdrawnFrom};
pub use session::{ReasonError, Reasoned, SessionError, SignedIn};
pub use setup::{NewOrganisation, NewSource, SetupError};
pub use shield_desk::{
    DeskChild, HouseholdMember, HouseholdTie, MOST_OF_A_HOUSEHOLD, PlaceDecision, PlaceLine, ReviewDecision,
    ShieldDecision, ShieldDesk, ShieldError, ShieldLine, ShieldProposalView, ShieldRequest,
    ShieldRequestView, ShieldStage, ShieldStep, ShieldStepKind,
};
pub use shield_figures::PublishedYear;
pub use shield_override::{
    Overridden, OverrideError, OverrideRequest, OverrideReview, Overrides, OwnOverride,
};
pub use sign_in::{
    Challenge, Client, ClientAddress, IdentityProvider, NewAuthenticator, NewSession, OwnFactorError,
    PasskeyError, PasskeyKind, PasskeyLine, PasskeyQuestion, ProviderAnswer, ProviderError, ProviderFault,
    ProviderOutcome, ProviderPurpose, ProviderQuestion, ProviderRequest, ProviderResponse, Providers,
    RelyingParty, RelyingPartyError, SessionLine, SignInError, StepUpFirst, Transport, TransportFault,
};
pub use source_door::{ConnectedSource, DoorError, Repeatable, SourceDoor, TOKEN_SECONDS, Taken};
pub use transfers::{TransferAnswer, TransferDesk, TransferError, TransferLine, TransferOffer, TransferView};
pub use uploads::{Announcement, UploadError, UploadState, UploadView};
pub use watching::{
    AccountDay, AlertError, AlertLine, AlertPage, AlertView, InvestigationLine, InvestigationPage,
    InvestigationView, Mentioned, Notice, OwnAddressError, Place as QueuePlace, Queue, Rates, StepLine,
};
pub use witness::{Notary, WitnessError};
pub use world::{Chance, Clock, World};

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, RwLock};

use keys::Keys;
use linkage::Model;
use store::Store;
use tokio::sync::Semaphore;
use uuid::Uuid;
use vault::Bundle;

/// The service: every use case is a method of it.
pub struct Directory {
    store: Store,
    keys: Keys,
    /// The name of this installation's audit log.
    log: audit::Origin,
    model: Model,
    policy: Policy,
    world: World,
    hashing: Semaphore,
    organisation_bundles: RwLock<HashMap<Uuid, Arc<Bundle>>>,
    /// The public figures of the day, once they were put together.
    publication: tokio::sync::Mutex<Option<Arc<Publication>>>,
    /// How far the day's sweep has come.
    sweep: tokio::sync::Mutex<retention::SweepWalk>,
    /// How far the month's rotation of keys has come.
    rotation: tokio::sync::Mutex<retention::RotationWalk>,
    /// Which records the cases of the sealed desk are about, for the watch.
    held_cases: tokio::sync::Mutex<sealed_desk::probing::HeldCases>,
    /// How far the day's walk over what families ask has come.
    family_walk: tokio::sync::Mutex<families::FamilyWalk>,
    surroundings_walk: tokio::sync::Mutex<shield_desk::SurroundingsWalk>,
    /// What sources say over a network, on its way.
    inbox: inbox::Inbox,
    /// Whose turn it is among the files being loaded.
    files: loading::FileTurns,
    /// The systems (Patient.identifier) of sources' own numbers in files of FHIR, by the sources' names, where another than
    /// `feeds::fhir::RECORD` was agreed.
    own_systems: BTreeMap<String, String>,
}
