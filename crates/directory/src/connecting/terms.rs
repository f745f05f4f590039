//! The closed lists of feeding.

use crate::text_value::coded;

coded! {
    /// How data comes in.
    WayIn {
        /// Files, loaded by the operator or uploaded.
        Files = "files",
        /// The JSON interface.
        Json = "json",
        /// FHIR R4.
        Fhir = "fhir",
        /// HL7 version 2 over MLLP.
        Hl7 = "hl7",
    }
}

coded! {
    /// Where a product stands.
    ProductState {
        /// It is registered.
        Registered = "registered",
        /// It passed the test; waits for the person who decides.
        Tested = "tested",
        /// It is accredited until its end.
        Granted = "granted",
        /// It was not accredited; another test opens the way again.
        Refused = "refused",
        /// It is no longer accredited, for good: a new version is a new product.
        Withdrawn = "withdrawn",
    }
}

coded! {
    /// Why a product was not accredited.
    RefusedType {
        /// The report is not of this product or version.
        ReportDoesNotFit = "report_does_not_fit",
        /// The product does not do what its way in asks for.
        DoesNotConform = "does_not_conform",
        /// Nobody answers for its maintenance.
        NotMaintained = "not_maintained",
    }
}

coded! {
    /// Why a product was withdrawn, or an installation stopped.
    StoppedBecause {
        /// It sent what may not be sent, or sent it wrongly.
        SendsWrongly = "sends_wrongly",
        /// Its credentials or its system are no longer safe.
        SecurityIncident = "security_incident",
        /// Its supplier no longer keeps it up.
        NoLongerMaintained = "no_longer_maintained",
        /// It is no longer used.
        NoLongerUsed = "no_longer_used",
        /// Whoever runs it asked for it.
        OwnRequest = "own_request",
    }
}

coded! {
    /// How an installation proves who it is.
    CredentialKind {
        /// A client certificate (mutual TLS), by the SHA-256 of the certificate.
        ClientCertificate = "client_certificate",
        /// An Ed25519 key that signs its assertions, by the SHA-256 of the public key.
        SigningKey = "signing_key",
    }
}

/// Why something was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotDone {
    /// It stands elsewhere than the act needs.
    #[error("this cannot be done as it stands now; look at it again")]
    NotNow,
    /// Who did one part does not do the other (rule 12.13).
    #[error("somebody else must do this: you did the part that it judges (rule 12.13)")]
    SamePerson,
    /// The test is too old to decide on.
    #[error("the test is too old to decide on; run the conformance kit again and hand in its report")]
    TestTooOld,
    /// The report names cases that were not passed.
    #[error(
        "the report names cases that were not passed; put them right, run the conformance kit again and hand in that report"
    )]
    NotPassed,
    /// The same credential is there already.
    #[error("this credential is there already; give each installation one of its own")]
    CredentialKnown,
    /// There is no such credential.
    #[error("there is no such credential; it may have been taken back meanwhile")]
    NoSuchCredential,
    /// The step before it is missing.
    #[error("the step before this one is missing; go through them in their order")]
    StepBefore,
    /// The file of the rehearsal is another than the pilot measured.
    #[error(
        "this is not the file that the pilot measured; run the pilot (step 3) on this file first, or rehearse that one"
    )]
    OtherFile,
}
