//! The systems of numbers, the lists of codes and the extensions that are read, by their addresses.

use std::fmt::Write as _;

use super::datatypes::Coding;

/// Under which everything stands that only this directory defines. It is a name and not a place on the network.
macro_rules! own {
    ($rest:literal) => {
        concat!("https://contactpoint.example/fhir/", $rest)
    };
}

/// The system of the source's own numbers, unless another was agreed.
pub const RECORD: &str = own!("Id/record");

/// Systems of numbers of a child, and the columns that they fill.
static NUMBERS: &[(&str, &str)] = &[
    ("https://fhir.nhs.uk/Id/nhs-number", "nhs_number"),
    (own!("Id/upn"), "upn"),
    (own!("Id/birth-registration"), "birth_registration"),
    (own!("Id/child-benefit-number"), "child_benefit_number"),
    ("urn:contactpoint:nhs_number", "nhs_number"),
    ("urn:contactpoint:upn", "upn"),
    ("urn:contactpoint:birth_registration", "birth_registration"),
    ("urn:contactpoint:child_benefit_number", "child_benefit_number"),
];

/// The system of codes of organisations of the health service.
pub(super) const ODS: &str = "https://fhir.nhs.uk/Id/ods-organization-code";
/// The system of unique reference numbers of schools.
pub(super) const SCHOOL: &str = own!("Id/school-urn");

/// The list of services (docs/feeds, "service").
pub(super) const SERVICE: &str = own!("CodeSystem/service");
/// What an episode is besides an involvement.
pub(super) const ENROLMENT: &str = own!("CodeSystem/enrolment");
/// The list of bases (docs/feeds, "basis").
pub(super) const BASIS: &str = own!("CodeSystem/basis");
/// Who consented (docs/feeds, "consent").
pub(super) const CONSENT: &str = own!("CodeSystem/consent");
/// Relationships (docs/feeds, "relationship").
pub(super) const RELATIONSHIP: &str = own!("CodeSystem/relationship");

/// A kind of address without an address (docs/feeds, "kind of address").
pub(super) const ADDRESS_KIND: &str = own!("StructureDefinition/address-kind");
/// How the child is educated (docs/feeds, "education status").
pub(super) const EDUCATION: &str = own!("StructureDefinition/education-status");
/// Whether an early help assessment exists.
pub(super) const ASSESSMENT: &str = own!("StructureDefinition/early-help-assessment");
/// Whether an entry in a register of deaths stands (docs/feeds, "entry").
pub(super) const DEATH_ENTRY: &str = own!("StructureDefinition/death-entry");
/// Parental responsibility: yes, no, unknown.
pub(super) const RESPONSIBILITY: &str = own!("StructureDefinition/parental-responsibility");
/// Whether the practitioner is the lead professional.
pub(super) const LEAD: &str = own!("StructureDefinition/lead-professional");
/// Whether users may be told that there is a service, unnamed.
pub(super) const MARKER: &str = own!("StructureDefinition/service-marker");
/// The local authority in whose area an organisation is.
pub(super) const AUTHORITY: &str = own!("StructureDefinition/local-authority");

static LISTS: &[(&str, &str)] = &[
    (SERVICE, "service: `EpisodeOfCare.type`, `CareTeam.participant.role`, `HealthcareService.type`"),
    (ENROLMENT, "`school`, `practice`, `early_help_assessment`: `EpisodeOfCare.type`"),
    (BASIS, "basis: `Consent.category`"),
    (CONSENT, "consent: `Consent.category`, a second time"),
    (RELATIONSHIP, "relationship: `RelatedPerson.relationship`, `Patient.contact.relationship`"),
];

static EXTENSIONS: &[(&str, &str, &str)] = &[
    (
        ADDRESS_KIND,
        "Patient",
        "`valueCode`: `none`, `left_return`, `left_no_return` or `left_unknown`, beside no address",
    ),
    (EDUCATION, "Patient", "`valueCode`: education status"),
    (
        ASSESSMENT,
        "Patient",
        "`valueBoolean`: whether an early help assessment exists or has existed (rule 1.16)",
    ),
    (
        DEATH_ENTRY,
        "Patient",
        "`valueCode`: `registered`, or `withdrawn` of an entry that was made wrongly (gro-deaths); without it `registered`",
    ),
    (RESPONSIBILITY, "RelatedPerson, Patient.contact", "`valueCode`: `yes`, `no` or `unknown` (rule 1.9)"),
    (
        LEAD,
        "EpisodeOfCare, CareTeam.participant",
        "`valueBoolean`: whether it is the lead professional (rule 1.15)",
    ),
    (
        MARKER,
        "Consent",
        "`valueBoolean`: whether users may be told that there is a service, unnamed (rule 8.12)",
    ),
    (
        AUTHORITY,
        "Organization",
        "`valueCode`: GSS code of the authority in whose area a school or practice is",
    ),
];

/// The systems of HL7's relationships: v3 RoleCode, and table 0063 of version 2.
static ROLE_CODE: [&str; 3] = [
    "http://terminology.hl7.org/CodeSystem/v3-RoleCode",
    "http://hl7.org/fhir/v3/RoleCode",
    "urn:oid:2.16.840.1.113883.5.111",
];
static TABLE_0063: [&str; 3] = [
    "http://terminology.hl7.org/CodeSystem/v2-0063",
    "http://hl7.org/fhir/v2/0063",
    "urn:oid:2.16.840.1.113883.12.63",
];

/// HL7's relationships that are a parent's or carer's, by the codes of docs/feeds: those of v3 RoleCode, those of table 0063.
static RELATIONSHIPS: &[(&str, &[&str], &[&str])] = &[
    ("mother", &["MTH", "NMTH", "ADOPTM", "STPMTH"], &["MTH"]),
    ("father", &["FTH", "NFTH", "ADOPTF", "STPFTH"], &["FTH"]),
    ("parent", &["PRN", "NPRN"], &["PAR"]),
    ("guardian", &["GUARD"], &["GRD"]),
    ("carer", &["FSTPRN"], &["CGV"]),
];

/// The column that a number of that system fills.
pub(super) fn column_of(system: &str) -> Option<&'static str> {
    NUMBERS.iter().find(|(known, _)| *known == system).map(|(_, column)| *column)
}

/// The relationship that the first known code tells. A supplier's own list may mean another thing by the same letters.
pub(crate) fn relationship(codings: &[Coding]) -> Option<&str> {
    codings.iter().find_map(|coding| {
        if coding.system == RELATIONSHIP {
            return Some(coding.code.as_str());
        }
        let is_of = |systems: &[&str]| coding.system.is_empty() || systems.contains(&coding.system.as_str());
        let (role, table) = (is_of(&ROLE_CODE), is_of(&TABLE_0063));
        let code = coding.code.as_str();
        let known = RELATIONSHIPS
            .iter()
            .find(|(_, roles, kin)| role && roles.contains(&code) || table && kin.contains(&code));
        known.map(|(relationship, ..)| *relationship)
    })
}

/// As the page of the lists prints them.
pub(super) fn print(page: &mut String) {
    // Writing to a String cannot fail.
    page.push_str("\n## Systems of numbers\n\n| system | what it fills |\n|---|---|\n");
    let _ = writeln!(page, "| `{RECORD}` | `record_id`, unless another system was agreed |");
    for (system, column) in NUMBERS {
        let _ = writeln!(page, "| `{system}` | `{column}` |");
    }
    let _ = writeln!(page, "| `{ODS}` | `practice_code` (Organization) |");
    let _ = writeln!(page, "| `{SCHOOL}` | `school_urn` (Organization) |");
    page.push_str("\n## Lists of codes\n\nThe codes are those of docs/feeds.\n\n| system | codes, and where they stand |\n|---|---|\n");
    for (system, about) in LISTS {
        let _ = writeln!(page, "| `{system}` | {about} |");
    }
    page.push_str("\n## Extensions\n\n| address | where | value |\n|---|---|---|\n");
    for (address, at, value) in EXTENSIONS {
        let _ = writeln!(page, "| `{address}` | {at} | {value} |");
    }
    page.push_str(
        "\n## Relationships of HL7\n\nA code counts with its system or with none, and with no other.\n\n| code of docs/feeds | HL7 v3 RoleCode | table 0063 |\n|---|---|---|\n",
    );
    for (relationship, roles, kin) in RELATIONSHIPS {
        let _ = writeln!(page, "| `{relationship}` | {} | {} |", roles.join(", "), kin.join(", "));
    }
    let _ = writeln!(page, "| system | `{}` | `{}` |", ROLE_CODE.join("`, `"), TABLE_0063.join("`, `"));
}
