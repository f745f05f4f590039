//! The services that may work with a child, and how openly each is shown (rules 1.12-1.14, 3.2).

use guards::Guard;

use crate::text_value::coded;

coded! {
    /// A kind of service. The list is closed: a service outside it has nowhere to stand (law 1).
    ServiceType {
        /// Health visitor.
        HealthVisitor = "health_visitor",
        /// School nurse.
        SchoolNurse = "school_nurse",
        /// Social worker.
        SocialWorker = "social_worker",
        /// Family support.
        FamilySupport = "family_support",
        /// Youth worker.
        YouthWorker = "youth_worker",
        /// Youth offending (youth justice) team.
        YouthOffending = "youth_offending",
        /// Education welfare officer.
        EducationWelfare = "education_welfare",
        /// Special educational needs co-ordinator.
        SpecialNeedsCoordinator = "special_needs_coordinator",
        /// Speech and language therapy.
        SpeechTherapy = "speech_therapy",
        /// Paediatrics.
        Paediatrics = "paediatrics",
        /// Police public protection.
        PolicePublicProtection = "police_public_protection",
        /// Housing support.
        HousingSupport = "housing_support",
        /// Early help.
        EarlyHelp = "early_help",
        /// Sexual health.
        SexualHealth = "sexual_health",
        /// Mental health.
        MentalHealth = "mental_health",
        /// Substance misuse.
        SubstanceMisuse = "substance_misuse",
    }
}

coded! {
    /// How a service is treated.
    ServiceCategory {
        /// Offered to every child of an age (rule 1.12).
        Universal = "universal",
        /// Not normally provided to everyone of an age (rule 1.14).
        Additional = "additional",
        /// An additional service about sexual health, mental health or substance misuse (rule 3.2).
        Sensitive = "sensitive",
    }
}

impl ServiceType {
    /// The category of the service.
    #[must_use]
    pub const fn category(self) -> ServiceCategory {
        match self {
            Self::HealthVisitor | Self::SchoolNurse => ServiceCategory::Universal,
            Self::SexualHealth | Self::MentalHealth | Self::SubstanceMisuse => ServiceCategory::Sensitive,
            _ => ServiceCategory::Additional,
        }
    }

    /// Whether an involvement of this service needs a basis and is brokered (law 4).
    #[must_use]
    pub const fn is_sensitive(self) -> bool {
        matches!(self.category(), ServiceCategory::Sensitive)
    }
}

/// A service that an ordinary viewer may be shown: never a sensitive one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct OpenService(ServiceType);

impl OpenService {
    /// The service, unless it is sensitive.
    #[must_use]
    pub fn new(service: ServiceType) -> Option<Self> {
        if service.is_sensitive() && Guard::OpenServices.stands() { None } else { Some(Self(service)) }
    }

    /// The kind of service.
    #[must_use]
    pub const fn service(self) -> ServiceType {
        self.0
    }
}
