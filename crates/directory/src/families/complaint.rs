//! A complaint about the directory (rules 12.3, 14.1): what it is about, and what came of it.

use crate::text_value::coded;

coded! {
    /// What a complaint is about.
    ComplaintSubject {
        /// Who looked at a record.
        WhoLooked = "who_looked",
        /// Something held is wrong or should not be held.
        WhatIsHeld = "what_is_held",
        /// How a request was answered, or how late.
        HowAnswered = "how_answered",
        /// How a child was kept safe, or not.
        Protection = "protection",
        /// A member of staff.
        Staff = "staff",
    }
}

coded! {
    /// What came of it.
    ComplaintOutcome {
        /// It was right.
        Upheld = "upheld",
        /// It was right in part.
        UpheldInPart = "upheld_in_part",
        /// It was not right.
        NotUpheld = "not_upheld",
        /// It is for another body, and was passed on.
        PassedOn = "passed_on",
        /// Whoever complained took it back.
        Withdrawn = "withdrawn",
    }
}
