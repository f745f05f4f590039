//! The tables themselves, group by group.

use super::lists::{
    ADDRESS_KIND, BASIS, CONSENT, DEATH_ENTRY, EDUCATION_STATUS, GENDER, RELATIONSHIP, SERVICE, YES_NO,
    YES_NO_UNKNOWN,
};
use super::{Column, Kind, Profile};

/// A table of columns: name, kind, required, optional or spare, rule, example, meaning.
macro_rules! columns {
    ($($name:expr, $kind:expr, $need:ident, $rule:literal, $example:literal, $meaning:literal;)+) => {
        &[$(Column {
            name: $name,
            kind: $kind,
            required: columns!(@ $need),
            may_lack: columns!(@ $need may_lack),
            meaning: $meaning,
            example: $example,
            rule: $rule,
        },)+]
    };
    (@ required) => { true };
    (@ optional) => { false };
    (@ spare) => { false };
    (@ spare may_lack) => { true };
    (@ $need:ident may_lack) => { false };
}

static COMMON: &[Column] = columns! {
    "record_id", Kind::RecordId, required, "1.18", "R-000123",
        "The source's own identifier of this child's record. It never changes and is never used again for another child.";
    "effective_at", Kind::Moment, required, "10.16", "2026-01-31",
        "When the source last knew this to be so. Between statements of equal authority the newest is shown.";
    "forenames", Kind::PersonName, optional, "1.1", "Amelia Rose",
        "All forenames. Empty when the source has none; a person with a single name has it here or in surname.";
    "surname", Kind::PersonName, optional, "1.1", "O'Connor", "Surname or family names.";
    "date_of_birth", Kind::PartialDate, optional, "1.5", "2015-02-28",
        "Date of birth, or the part of it that is known.";
    "gender", Kind::Code(&GENDER), optional, "1.4", "F", "Gender. Empty counts as N.";
};

static BIRTH_REGISTRATION: &[Column] = columns! {
    "birth_registration", Kind::BirthRegistration, optional, "1.18", "BR-2015-0012345",
        "Number of the entry of birth. Held for matching only.";
};

static DEATH: &[Column] = columns! {
    "date_of_death", Kind::PartialDate, required, "4.6", "2026-01-20",
        "Date of death, or the part of it that is known. Shown to management of the authority that answers for the record.";
    "entry", Kind::Code(&DEATH_ENTRY), required, "4.6", "registered",
        "Whether the entry stands. An entry once sent is never left out: one that was made wrongly is sent again as withdrawn.";
};

static CHILD_BENEFIT_NUMBER: &[Column] = columns! {
    "child_benefit_number", Kind::ChildBenefitNumber, optional, "1.18", "CHB12345678AA",
        "Child benefit number. Held for matching only.";
};

static UPN: &[Column] = columns! {
    "upn", Kind::UniquePupilNumber, optional, "1.18", "H801200001001",
        "Unique pupil number. Held for matching only.";
};

static NHS_NUMBER: &[Column] = columns! {
    "nhs_number", Kind::NhsNumber, optional, "1.18", "9990000018",
        "NHS number. Held for matching only.";
};

static ADDRESS: &[Column] = columns! {
    "address_kind", Kind::Code(&ADDRESS_KIND), optional, "1.2", "current",
        "Which of the statements about whereabouts the source makes; exactly one. Empty, with the address, when it makes none.";
    "address_line_1", Kind::AddressLine, optional, "1.2", "12 Mill Lane", "House and street.";
    "address_line_2", Kind::AddressLine, optional, "1.2", "Northfield", "Locality.";
    "town", Kind::Town, optional, "1.2", "Leeds", "Town.";
    "postcode", Kind::Postcode, optional, "1.2", "LS1 4AP", "Postcode.";
};

static ALIASES: &[Column] = columns! {
    "alias_1_forenames", Kind::PersonName, optional, "1.1", "Amy",
        "Forenames of another or a former name.";
    "alias_1_surname", Kind::PersonName, optional, "1.1", "Connor", "Surname of that name.";
    "alias_2_forenames", Kind::PersonName, optional, "1.1", "Amelia", "Forenames of a third name.";
    "alias_2_surname", Kind::PersonName, optional, "1.1", "O'Connor-Hale", "Surname of that name.";
};

macro_rules! carer {
    ($k:literal, $need:ident) => {
        columns! {
            concat!("carer_", $k, "_forenames"), Kind::PersonName, $need, "1.7", "Siobhan",
                "Forenames of a person with parental responsibility or care.";
            concat!("carer_", $k, "_surname"), Kind::PersonName, $need, "1.7", "O'Connor",
                "Surname of that person.";
            concat!("carer_", $k, "_relationship"), Kind::Code(&RELATIONSHIP), $need, "1.7", "mother",
                "Relationship to the child. Empty counts as other.";
            concat!("carer_", $k, "_responsibility"), Kind::Code(&YES_NO_UNKNOWN), $need, "1.9", "yes",
                "Whether the person has parental responsibility. Empty means unknown.";
            concat!("carer_", $k, "_telephone"), Kind::Telephone, $need, "1.8", "07700 900123",
                "Telephone number.";
            concat!("carer_", $k, "_email"), Kind::Email, $need, "1.8", "s.oconnor@example.org",
                "E-mail address.";
        }
    };
}

static CARER_1: &[Column] = carer!(1, optional);
static CARER_2: &[Column] = carer!(2, optional);
// Any person with responsibility or care (rule 1.7): a step-parent, a grandparent. An export made for two is whole without them.
static CARER_3: &[Column] = carer!(3, spare);
static CARER_4: &[Column] = carer!(4, spare);

macro_rules! involvement {
    ($k:literal) => {
        columns! {
            concat!("involvement_", $k, "_service"), Kind::Code(&SERVICE), optional, "1.13",
                "social_worker", "The service that works with the child.";
            concat!("involvement_", $k, "_organisation"), Kind::OrganisationName, optional, "1.13",
                "Leeds City Council", "The organisation that provides it.";
            concat!("involvement_", $k, "_practitioner"), Kind::PersonName, optional, "1.13",
                "Jo Mensah", "The practitioner to ask for.";
            concat!("involvement_", $k, "_telephone"), Kind::Telephone, optional, "1.13",
                "0113 496 0001", "Telephone number of practitioner or team.";
            concat!("involvement_", $k, "_email"), Kind::Email, optional, "1.13",
                "jo.mensah@example.org", "E-mail address of practitioner or team.";
            concat!("involvement_", $k, "_start"), Kind::PartialDate, optional, "1.13", "2024-09-02",
                "When the involvement began.";
            concat!("involvement_", $k, "_end"), Kind::PartialDate, optional, "1.13", "2025-07-18",
                "When it ended. Empty while it goes on.";
            concat!("involvement_", $k, "_lead"), Kind::Code(&YES_NO), optional, "1.15", "yes",
                "Whether this practitioner is the lead professional. Empty means no.";
            concat!("involvement_", $k, "_basis"), Kind::Code(&BASIS), optional, "3.3", "consent",
                "On what basis a sensitive service is named: required for one, not kept for any other.";
            concat!("involvement_", $k, "_consent"), Kind::Code(&CONSENT), optional, "3.5",
                "child_of_understanding", "Who consented, and on what capacity. Required with a basis of consent.";
            concat!("involvement_", $k, "_asserted_by"), Kind::OrganisationName, optional, "3.6",
                "Leeds Teaching Hospitals", "The organisation that asserts the basis. Required with a basis.";
            concat!("involvement_", $k, "_asserted_on"), Kind::PartialDate, optional, "3.6", "2024-09-02",
                "When the basis was asserted. Required with a basis. A consent given anew has a later day.";
            concat!("involvement_", $k, "_withdrawn_on"), Kind::PartialDate, optional, "3.6", "2025-07-18",
                "When the consent was withdrawn: the service is then taken off the record at once.";
            concat!("involvement_", $k, "_marker"), Kind::Code(&YES_NO), optional, "8.12", "no",
                "Whether the child agreed that users may be told there is a service, unnamed. Empty means no.";
        }
    };
}

static INVOLVEMENT_1: &[Column] = involvement!(1);
static INVOLVEMENT_2: &[Column] = involvement!(2);
static INVOLVEMENT_3: &[Column] = involvement!(3);

static SCHOOL: &[Column] = columns! {
    "school_urn", Kind::SchoolNumber, optional, "1.10", "107654", "The institution's unique reference number.";
    "school_name", Kind::OrganisationName, optional, "1.10", "Mill Lane Primary School",
        "The institution's name. Required when in school.";
    "school_telephone", Kind::Telephone, optional, "1.10", "0113 496 0100", "Its telephone number.";
    "school_email", Kind::Email, optional, "1.10", "office@millane.example.org", "Its e-mail address.";
    "school_start", Kind::PartialDate, optional, "1.10", "2019-09-03", "When the child was put on the roll.";
    "school_end", Kind::PartialDate, optional, "1.10", "2026-07-21", "When the child left. Empty while on the roll.";
    "education_status", Kind::Code(&EDUCATION_STATUS), required, "1.10", "in_school",
        "How the child is educated.";
};

static PRACTICE: &[Column] = columns! {
    "practice_code", Kind::PracticeCode, optional, "1.11", "B86001", "The GP practice's code.";
    "practice_name", Kind::OrganisationName, optional, "1.11", "Mill Lane Surgery",
        "The practice's name. Required when anything else is said about the practice.";
    "practice_telephone", Kind::Telephone, optional, "1.11", "0113 496 0200", "Its telephone number.";
    "practice_start", Kind::PartialDate, optional, "1.11", "2015-03-20", "When the child was registered there.";
};

static SCHOOL_AUTHORITY: &[Column] = columns! {
    "local_authority", Kind::AuthorityCode, optional, "5.7", "E08000035",
        "The local authority in whose area the school is.";
};

static PRACTICE_AUTHORITY: &[Column] = columns! {
    "local_authority", Kind::AuthorityCode, optional, "5.7", "E08000035",
        "The local authority in whose area the practice is.";
};

static CAF: &[Column] = columns! {
    "caf_exists", Kind::Code(&YES_NO), optional, "1.16", "yes",
        "Whether an early help assessment (CAF) exists or has existed. Never its content.";
    "caf_holder", Kind::OrganisationName, optional, "1.16", "Leeds Early Help Hub",
        "Whom to ask about it. Only with yes.";
    "caf_telephone", Kind::Telephone, optional, "1.16", "0113 496 0300", "Their telephone number. Only with yes.";
};

pub(super) static GRO_BIRTHS: Profile = Profile {
    name: "gro-births",
    title: "General Register Office: births",
    about: "Every registered birth: the name given, the date, the parents and their address at the time.",
    rule: "10.4",
    groups: &[COMMON, BIRTH_REGISTRATION, ADDRESS, CARER_1, CARER_2, CARER_3, CARER_4],
};

pub(super) static GRO_DEATHS: Profile = Profile {
    name: "gro-deaths",
    title: "General Register Office: deaths",
    about: "Every registered death of a child: who died and when, and nothing else: no cause, no place, no informant. \
            The child's record stays for a year from that day and then goes to the archive (rule 4.6). A row is matched \
            like any other, but shows nobody a name and opens a record to nobody; an entry about a child of whom nobody \
            else tells waits for one who does. What an ordinary user sees does not change, and involvements stay as \
            their sources state them. Nobody who was over 17 on the day of death is sent.",
    rule: "10.4",
    groups: &[COMMON, BIRTH_REGISTRATION, DEATH],
};

pub(super) static DWP_CHILD_BENEFIT: Profile = Profile {
    name: "dwp-child-benefit",
    title: "Department for Work and Pensions: child benefit",
    about: "Each child for whom child benefit is paid, with the claimant and the claimant's address.",
    rule: "10.4",
    groups: &[COMMON, CHILD_BENEFIT_NUMBER, ADDRESS, CARER_1],
};

pub(super) static SCHOOLS_CENSUS: Profile = Profile {
    name: "schools-census",
    title: "Schools census",
    about: "Each pupil with parents and school. Everything else that a census holds is stripped at the source (rule 1.23).",
    rule: "10.4",
    groups: &[COMMON, UPN, ALIASES, ADDRESS, CARER_1, CARER_2, CARER_3, CARER_4, SCHOOL, SCHOOL_AUTHORITY],
};

pub(super) static NHS_GP: Profile = Profile {
    name: "nhs-gp",
    title: "NHS: GP registrations",
    about: "Each child registered with a GP practice. Nothing medical.",
    rule: "10.4",
    groups: &[COMMON, NHS_NUMBER, ALIASES, ADDRESS, PRACTICE, PRACTICE_AUTHORITY],
};

pub(super) static SOCIAL_CARE: Profile = Profile {
    name: "social-care",
    title: "Children's social care (one authority's case system)",
    about: "Each child with an open or ended involvement of up to three services, and whether an early help assessment exists.",
    rule: "10.5",
    groups: &[
        COMMON,
        NHS_NUMBER,
        UPN,
        ALIASES,
        ADDRESS,
        CARER_1,
        CARER_2,
        CARER_3,
        CARER_4,
        INVOLVEMENT_1,
        INVOLVEMENT_2,
        INVOLVEMENT_3,
        CAF,
    ],
};

pub(super) static HEALTH_VISITING: Profile = Profile {
    name: "health-visiting",
    title: "Health visiting (one trust's case system)",
    about: "Each child on a health visitor's list, and up to two services involved.",
    rule: "1.12",
    groups: &[
        COMMON,
        NHS_NUMBER,
        ALIASES,
        ADDRESS,
        CARER_1,
        CARER_2,
        CARER_3,
        CARER_4,
        INVOLVEMENT_1,
        INVOLVEMENT_2,
    ],
};

pub(super) static HOSPITAL: Profile = Profile {
    name: "hospital",
    title: "Hospital patient administration (one trust's system)",
    about: "Each child whom a trust has registered, with parents and practice. Nothing about a visit. Usually sent as HL7 messages.",
    rule: "10.2",
    groups: &[COMMON, NHS_NUMBER, ALIASES, ADDRESS, CARER_1, CARER_2, CARER_3, CARER_4, PRACTICE],
};

/// No source's profile.
pub(super) static EVERY_COLUMN: Profile = Profile {
    name: "every-column",
    title: "Every column that a source may have",
    about: "What a resource of FHIR can say, whoever sends it.",
    rule: "10.2",
    groups: &[
        COMMON,
        BIRTH_REGISTRATION,
        DEATH,
        CHILD_BENEFIT_NUMBER,
        NHS_NUMBER,
        UPN,
        ALIASES,
        ADDRESS,
        CARER_1,
        CARER_2,
        CARER_3,
        CARER_4,
        INVOLVEMENT_1,
        INVOLVEMENT_2,
        INVOLVEMENT_3,
        SCHOOL,
        PRACTICE,
        SCHOOL_AUTHORITY,
        CAF,
    ],
};
