//! What a parent or carer is to the child (rules 1.7, 1.9).

use crate::text_value::coded;

coded! {
    /// What a person with parental responsibility or care is to the child.
    Relationship {
        /// Mother.
        Mother = "mother",
        /// Father.
        Father = "father",
        /// Parent.
        Parent = "parent",
        /// Carer.
        Carer = "carer",
        /// Guardian.
        Guardian = "guardian",
        /// A local authority that looks after the child.
        LocalAuthority = "local_authority",
        /// Anyone else with parental responsibility or care.
        Other = "other",
    }
}

coded! {
    /// Whether a person has parental responsibility for the child.
    Responsibility {
        /// Has it.
        Yes = "yes",
        /// Has not.
        No = "no",
        /// Not stated.
        Unknown = "unknown",
    }
}
