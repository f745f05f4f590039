//! The code lists of the columns.

/// A value that a coded column may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// As it stands in the file.
    pub value: &'static str,
    /// What it says.
    pub meaning: &'static str,
}

/// All values of a coded column.
#[derive(Debug, PartialEq, Eq)]
pub struct CodeList {
    /// The list's name in the documentation.
    pub name: &'static str,
    /// The values.
    pub codes: &'static [Code],
}

const fn code(value: &'static str, meaning: &'static str) -> Code {
    Code { value, meaning }
}

pub(super) static GENDER: CodeList = CodeList {
    name: "gender",
    codes: &[code("F", "female"), code("M", "male"), code("N", "not specified (an explicit statement)")],
};

pub(super) static ADDRESS_KIND: CodeList = CodeList {
    name: "kind of address",
    codes: &[
        code("current", "the address is where the child lives"),
        code("last_known", "no current address is known; the address is the last one"),
        code("none", "no address is known; the address columns are empty"),
        code("left_return", "left England, intends to return within three years; no address"),
        code("left_no_return", "left England, does not intend to return within three years; no address"),
        code("left_unknown", "left England, no information about a return; no address"),
    ],
};

pub(super) static RELATIONSHIP: CodeList = CodeList {
    name: "relationship",
    codes: &[
        code("mother", "mother"),
        code("father", "father"),
        code("parent", "parent"),
        code("carer", "a person with care of the child"),
        code("guardian", "guardian"),
        code("local_authority", "the local authority has care"),
        code("other", "any other person with responsibility or care"),
    ],
};

pub(super) static DEATH_ENTRY: CodeList = CodeList {
    name: "entry",
    codes: &[
        code("registered", "the death is registered"),
        code("withdrawn", "the entry was made wrongly and is taken back: nothing follows from it any more"),
    ],
};

pub(super) static YES_NO: CodeList =
    CodeList { name: "yes or no", codes: &[code("yes", "yes"), code("no", "no")] };

pub(super) static YES_NO_UNKNOWN: CodeList = CodeList {
    name: "yes, no or unknown",
    codes: &[code("yes", "yes"), code("no", "no"), code("unknown", "the source does not know")],
};

pub(super) static EDUCATION_STATUS: CodeList = CodeList {
    name: "education status",
    codes: &[
        code("in_school", "on the roll of the institution named"),
        code("home_educated", "educated at home; the school columns are empty"),
        code("none", "not in education; the school columns are empty"),
    ],
};

pub(super) static SERVICE: CodeList = CodeList {
    name: "service",
    codes: &[
        code("health_visitor", "health visitor (universal)"),
        code("school_nurse", "school nurse (universal)"),
        code("social_worker", "social worker"),
        code("family_support", "family support"),
        code("youth_worker", "youth worker"),
        code("youth_offending", "youth offending team"),
        code("education_welfare", "education welfare"),
        code("special_needs_coordinator", "special educational needs coordinator"),
        code("speech_therapy", "speech and language therapy"),
        code("paediatrics", "paediatrics"),
        code("police_public_protection", "police public protection"),
        code("housing_support", "housing support"),
        code("early_help", "early help"),
        code("sexual_health", "sexual health (sensitive: needs a basis)"),
        code("mental_health", "mental health (sensitive: needs a basis)"),
        code("substance_misuse", "substance misuse (sensitive: needs a basis)"),
    ],
};

pub(super) static BASIS: CodeList = CodeList {
    name: "basis",
    codes: &[
        code("consent", "informed, explicit and freely given consent"),
        code("significant_harm", "reasonable cause to suspect significant harm"),
    ],
};

pub(super) static CONSENT: CodeList = CodeList {
    name: "consent",
    codes: &[
        code("child_of_understanding", "the child, under 16 and of sufficient understanding"),
        code("child_aged_16_or_17", "the young person, aged 16 or 17"),
        code("parent", "a parent with responsibility, for a child not yet of sufficient understanding"),
        code("carer", "a carer with responsibility, for such a child"),
    ],
};
