//! The six sources and the columns of their feeds.

use std::fmt;

/// A source of records about children.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// General Register Office: births registered in England.
    GroBirths,
    /// Department for Work and Pensions: child benefit.
    DwpChildBenefit,
    /// Department for Education: the schools census.
    SchoolsCensus,
    /// NHS: registrations with a GP practice.
    NhsGp,
    /// Children's social care and early help of one authority.
    SocialCare,
    /// Health visiting of one trust: children under five.
    HealthVisiting,
}

impl Source {
    /// All six, in the order in which the files are written.
    pub const ALL: [Source; 6] = [
        Source::GroBirths,
        Source::DwpChildBenefit,
        Source::SchoolsCensus,
        Source::NhsGp,
        Source::SocialCare,
        Source::HealthVisiting,
    ];

    /// The name of the source, which is also its feed profile and, with `.csv`, its file.
    pub fn name(self) -> &'static str {
        match self {
            Source::GroBirths => "gro-births",
            Source::DwpChildBenefit => "dwp-child-benefit",
            Source::SchoolsCensus => "schools-census",
            Source::NhsGp => "nhs-gp",
            Source::SocialCare => "social-care",
            Source::HealthVisiting => "health-visiting",
        }
    }

    /// The file this source is written to.
    pub fn file_name(self) -> String {
        format!("{}.csv", self.name())
    }

    /// The columns of the feed, in the order in which they are written.
    pub fn columns(self) -> Vec<&'static str> {
        self.groups().iter().flat_map(|group| group.columns().iter().copied()).collect()
    }

    /// How many carers a row has room for.
    pub(crate) fn carers(self) -> usize {
        match self {
            Source::NhsGp => 0,
            Source::DwpChildBenefit => 1,
            _ => 2,
        }
    }

    /// How many involvements a row has room for.
    pub(crate) fn involvements(self) -> usize {
        match self {
            Source::SocialCare => 3,
            Source::HealthVisiting => 2,
            _ => 0,
        }
    }

    pub(crate) fn groups(self) -> &'static [Group] {
        use Group::*;
        match self {
            Source::GroBirths => &[Common, BirthRegistration, Address, Carer1, Carer2],
            Source::DwpChildBenefit => &[Common, ChildBenefitNumber, Address, Carer1],
            Source::SchoolsCensus => &[Common, Upn, Aliases, Address, Carer1, Carer2, School, LocalAuthority],
            Source::NhsGp => &[Common, NhsNumber, Aliases, Address, Practice, LocalAuthority],
            Source::SocialCare => &[
                Common,
                NhsNumber,
                Upn,
                Aliases,
                Address,
                Carer1,
                Carer2,
                Involvement1,
                Involvement2,
                Involvement3,
                Caf,
            ],
            Source::HealthVisiting => {
                &[Common, NhsNumber, Aliases, Address, Carer1, Carer2, Involvement1, Involvement2]
            }
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Columns that appear together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    Common,
    BirthRegistration,
    ChildBenefitNumber,
    Upn,
    NhsNumber,
    Aliases,
    Address,
    Carer1,
    Carer2,
    Involvement1,
    Involvement2,
    Involvement3,
    School,
    Practice,
    LocalAuthority,
    Caf,
}

impl Group {
    pub(crate) fn columns(self) -> &'static [&'static str] {
        match self {
            Group::Common => {
                &["record_id", "effective_at", "forenames", "surname", "date_of_birth", "gender"]
            }
            Group::BirthRegistration => &["birth_registration"],
            Group::ChildBenefitNumber => &["child_benefit_number"],
            Group::Upn => &["upn"],
            Group::NhsNumber => &["nhs_number"],
            Group::Aliases => {
                &["alias_1_forenames", "alias_1_surname", "alias_2_forenames", "alias_2_surname"]
            }
            Group::Address => &["address_kind", "address_line_1", "address_line_2", "town", "postcode"],
            Group::Carer1 => &[
                "carer_1_forenames",
                "carer_1_surname",
                "carer_1_relationship",
                "carer_1_responsibility",
                "carer_1_telephone",
                "carer_1_email",
            ],
            Group::Carer2 => &[
                "carer_2_forenames",
                "carer_2_surname",
                "carer_2_relationship",
                "carer_2_responsibility",
                "carer_2_telephone",
                "carer_2_email",
            ],
            Group::Involvement1 => &[
                "involvement_1_service",
                "involvement_1_organisation",
                "involvement_1_practitioner",
                "involvement_1_telephone",
                "involvement_1_email",
                "involvement_1_start",
                "involvement_1_end",
                "involvement_1_lead",
                "involvement_1_basis",
                "involvement_1_consent",
                "involvement_1_asserted_by",
                "involvement_1_asserted_on",
                "involvement_1_withdrawn_on",
                "involvement_1_marker",
            ],
            Group::Involvement2 => &[
                "involvement_2_service",
                "involvement_2_organisation",
                "involvement_2_practitioner",
                "involvement_2_telephone",
                "involvement_2_email",
                "involvement_2_start",
                "involvement_2_end",
                "involvement_2_lead",
                "involvement_2_basis",
                "involvement_2_consent",
                "involvement_2_asserted_by",
                "involvement_2_asserted_on",
                "involvement_2_withdrawn_on",
                "involvement_2_marker",
            ],
            Group::Involvement3 => &[
                "involvement_3_service",
                "involvement_3_organisation",
                "involvement_3_practitioner",
                "involvement_3_telephone",
                "involvement_3_email",
                "involvement_3_start",
                "involvement_3_end",
                "involvement_3_lead",
                "involvement_3_basis",
                "involvement_3_consent",
                "involvement_3_asserted_by",
                "involvement_3_asserted_on",
                "involvement_3_withdrawn_on",
                "involvement_3_marker",
            ],
            Group::School => &[
                "school_urn",
                "school_name",
                "school_telephone",
                "school_email",
                "school_start",
                "school_end",
                "education_status",
            ],
            Group::Practice => &["practice_code", "practice_name", "practice_telephone", "practice_start"],
            Group::LocalAuthority => &["local_authority"],
            Group::Caf => &["caf_exists", "caf_holder", "caf_telephone"],
        }
    }
}
