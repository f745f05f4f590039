//! The resources by their types, and the parts of resources that are counted by a name of their own.

use super::Element;
use super::Part::{Discarded, Taken};

pub(super) static ALL: &[Element] = &[
    ("Patient", Taken, "the child"),
    ("RelatedPerson", Taken, "a parent or carer (rule 1.7)"),
    ("Organization", Taken, "a practice, a school, a provider"),
    ("Practitioner", Taken, "whom to ask for"),
    ("PractitionerRole", Taken, "whom to ask for, and where"),
    ("HealthcareService", Taken, "a service and how it is reached"),
    ("EpisodeOfCare", Taken, "an involvement: that a service works with the child (rules 1.13, 8.5)"),
    ("CareTeam", Taken, "several involvements at once"),
    ("Consent", Taken, "the basis of a sensitive service (rule 3.6), never a document"),
    ("Account", Discarded, "billing"),
    ("AllergyIntolerance", Discarded, "allergies"),
    ("Appointment", Discarded, "appointments"),
    ("CarePlan", Discarded, "plans of care"),
    ("ClinicalImpression", Discarded, "clinical findings"),
    ("Communication", Discarded, "messages"),
    ("Composition", Discarded, "documents"),
    ("Condition", Discarded, "conditions and diagnoses"),
    ("Coverage", Discarded, "insurance"),
    ("DetectedIssue", Discarded, "clinical issues"),
    ("Device", Discarded, "devices"),
    ("DiagnosticReport", Discarded, "reports of examinations"),
    ("DocumentReference", Discarded, "documents"),
    ("Encounter", Discarded, "visits"),
    ("FamilyMemberHistory", Discarded, "health of relatives (rule 1.22)"),
    ("Flag", Discarded, "flags of concern (rule 1.21)"),
    ("Goal", Discarded, "goals of care"),
    ("Immunization", Discarded, "immunisations"),
    ("Location", Discarded, "places of care"),
    ("Medication", Discarded, "medicines"),
    ("MedicationRequest", Discarded, "prescriptions"),
    ("MedicationStatement", Discarded, "medicines taken"),
    ("Observation", Discarded, "observations"),
    ("Procedure", Discarded, "procedures"),
    ("Provenance", Discarded, "where the sender has it from"),
    ("QuestionnaireResponse", Discarded, "questionnaires"),
    ("ReferralRequest", Discarded, "referrals (older versions)"),
    ("RiskAssessment", Discarded, "assessments of risk (rule 1.20)"),
    ("ServiceRequest", Discarded, "referrals"),
    ("Specimen", Discarded, "specimens"),
    ("Task", Discarded, "tasks"),
];

/// Discarded by a name of their own.
pub(super) static PARTS: &[(&str, &str)] = &[
    (
        "Patient.identifier other",
        "a number of a system that is not listed, or one no longer used (old), that has ended or not begun",
    ),
    (
        "Patient.name other",
        "a maiden name, a name no longer used, an anonymous name: it could join two identities (rule 10.12)",
    ),
    ("Patient.name beyond", "an alias beyond the second"),
    ("Patient.address other", "an address of another use, a postal one, or a second one"),
    (
        "Patient.generalPractitioner other",
        "a doctor, somebody whose number is of no system of organisations, or a second practice",
    ),
    (
        "Patient.link other",
        "a link that is no merge; in a file also one of the type replaces, beside which the Patient is read",
    ),
    (
        "RelatedPerson other",
        "a person of another relationship, an emergency contact or a sibling (rules 1.7, 1.22)",
    ),
    ("RelatedPerson beyond", "a parent or carer beyond the fourth"),
    ("EpisodeOfCare entered in error", "an episode that never was"),
    ("CareTeam entered in error", "a team that never was"),
    ("EpisodeOfCare not begun", "an episode that is planned or on a waiting list"),
    ("CareTeam not begun", "a team that is proposed"),
    ("Consent entered in error", "a consent that never was"),
    ("CareTeam.participant other", "the child or a relative in the team"),
];
