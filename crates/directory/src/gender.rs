//! Gender as the record may hold it (rule 1.4).

use crate::text_value::coded;

coded! {
    /// Gender, or the explicit statement that it is not specified (rule 1.4).
    Gender {
        /// Female.
        Female = "F",
        /// Male.
        Male = "M",
        /// Said to be not specified.
        NotSpecified = "N",
    }
}
