//! What is noticed, and how grave it is.

use crate::text_value::coded;

coded! {
    /// A rule of the watch (rule 9.7). An alert names one.
    Rule {
        /// A child or carer has the user's own surname, or the user asked for it (rule 7.9).
        OwnSurname = "own_surname",
        /// A child lives, or was asked for, at the user's own address (rule 7.9).
        OwnAddress = "own_address",
        /// A carer has the full name of an account holder of the same organisation.
        Colleague = "colleague",
        /// More searches within an hour than the policy allows for.
        SearchesInAnHour = "searches_in_an_hour",
        /// More searches in a day than the policy allows for.
        SearchesInADay = "searches_in_a_day",
        /// More records within an hour than the policy allows for.
        RecordsInAnHour = "records_in_an_hour",
        /// More records in a day than the policy allows for.
        RecordsInADay = "records_in_a_day",
        /// Several times the person's own custom.
        AboveOwnBaseline = "above_own_baseline",
        /// Use outside the authority's hours.
        OutOfHours = "out_of_hours",
        /// Many searches that found nobody.
        EmptySearches = "empty_searches",
        /// Many searches that were refused as too broad, or found too many.
        RefusedSearches = "refused_searches",
        /// A record was opened, and days later the user's organisation is still not involved with the child.
        NoInvolvement = "no_involvement",
        /// A shielded record was opened again and again.
        ShieldedAgain = "shielded_again",
        /// A shield was overridden (rule 9.6).
        ShieldOverride = "shield_override",
        /// Different names at the same street.
        SameStreet = "same_street",
        /// Different names at the same school.
        SameSchool = "same_school",
        /// Different forenames with the same surname.
        SameSurname = "same_surname",
        /// Names asked for in the order of the alphabet.
        Alphabetical = "alphabetical",
        /// Dates of birth asked for one after the other.
        BirthDates = "birth_dates",
        /// The results of one search opened one after the other.
        OneAfterAnother = "one_after_another",
        /// Signed in while another session was open (rule 15.11).
        ConcurrentSessions = "concurrent_sessions",
        /// Failed sign-ins in series.
        SignInFailures = "sign_in_failures",
        /// Drawn by chance for a person to look at (rule 9.3).
        Sample = "sample",
        /// A reviewer had a concern about a sampled use, and named the user.
        Reported = "reported",
        /// What a shield hides from the user is theirs, or a colleague's: their own house, a carer of their name; or days after a
        /// shielded record was opened nothing that is hidden says that their organisation works with the child. Only the centre
        /// learns it: whoever reviews at the user's own place would learn what is hidden from them (law 3).
        Hidden = "hidden",
        /// A child was asked for, or opened, of whom the user's own organisation has sent something that waits at the sealed desk. That
        /// it is not found, or not changed, says that its place or its people are protected: who sends an invented child
        /// there and looks for it learns it so. Only the centre learns of it (law 3).
        Withheld = "withheld",
    }
}

coded! {
    /// How soon a person should look.
    Severity {
        /// In the ordinary course.
        Low = "low",
        /// This week.
        Medium = "medium",
        /// Today.
        High = "high",
    }
}

coded! {
    /// What is noted in the sealed body of an entry as it is written, because only then the names are at hand.
    Flag {
        /// See [`Rule::OwnSurname`].
        OwnSurname = "own_surname",
        /// See [`Rule::OwnAddress`].
        OwnAddress = "own_address",
        /// See [`Rule::OwnSurname`], of the colleague for whom somebody looked up.
        AskersSurname = "askers_surname",
        /// See [`Rule::OwnAddress`], of the colleague for whom somebody looked up.
        AskersAddress = "askers_address",
        /// See [`Rule::Colleague`].
        Colleague = "colleague",
        /// See [`Rule::Hidden`].
        Hidden = "hidden",
        /// See [`Rule::Withheld`]. It stands in no entry: the watch finds it afterwards.
        Withheld = "withheld",
        /// The record shown is shielded.
        Shielded = "shielded",
        /// A shield was overridden to show it.
        ShieldOverride = "shield_override",
        /// The record was opened as management; with [`Shielded`](Self::Shielded), behind the shield.
        AsManagement = "as_management",
        /// The record was shown once more under an override that was running.
        OverrideRunning = "override_running",
    }
}

impl Rule {
    /// How soon a person should look.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::ShieldOverride
            | Self::OwnAddress
            | Self::Hidden
            | Self::Withheld
            | Self::ShieldedAgain
            | Self::OneAfterAnother
            | Self::Alphabetical
            | Self::BirthDates
            | Self::Reported => Severity::High,
            Self::OwnSurname
            | Self::Colleague
            | Self::NoInvolvement
            | Self::RecordsInAnHour
            | Self::RecordsInADay
            | Self::SameStreet
            | Self::SameSchool
            | Self::SameSurname
            | Self::ConcurrentSessions
            | Self::SignInFailures => Severity::Medium,
            Self::SearchesInAnHour
            | Self::SearchesInADay
            | Self::AboveOwnBaseline
            | Self::OutOfHours
            | Self::EmptySearches
            | Self::RefusedSearches
            | Self::Sample => Severity::Low,
        }
    }

    /// Whether it is investigated whatever a reviewer makes of it (rule 9.6).
    #[must_use]
    pub const fn is_always_investigated(self) -> bool {
        matches!(self, Self::ShieldOverride)
    }

    /// Whether it says something that a shield or a seal hides, and is the centre's alone.
    #[must_use]
    pub const fn is_the_centres(self) -> bool {
        matches!(self, Self::Hidden | Self::Withheld)
    }
}

impl Flag {
    /// The rule it sets off by itself about whoever looked; a shielded record sets off nothing until it is opened again and
    /// again.
    #[must_use]
    pub const fn rule(self) -> Option<Rule> {
        match self {
            Self::OwnSurname => Some(Rule::OwnSurname),
            Self::OwnAddress => Some(Rule::OwnAddress),
            Self::Colleague => Some(Rule::Colleague),
            Self::Hidden => Some(Rule::Hidden),
            Self::Withheld => Some(Rule::Withheld),
            Self::ShieldOverride => Some(Rule::ShieldOverride),
            Self::Shielded
            | Self::AsManagement
            | Self::OverrideRunning
            | Self::AskersSurname
            | Self::AskersAddress => None,
        }
    }

    /// The rule it sets off about the colleague for whom somebody looked up (rule 6.12): they asked for it.
    #[must_use]
    pub const fn rule_of_asker(self) -> Option<Rule> {
        match self {
            Self::AskersSurname => Some(Rule::OwnSurname),
            Self::AskersAddress => Some(Rule::OwnAddress),
            _ => None,
        }
    }

    /// The same, of the colleague rather than of whoever looks; nothing for what is not about one person.
    #[must_use]
    pub const fn of_asker(self) -> Option<Self> {
        match self {
            Self::OwnSurname => Some(Self::AskersSurname),
            Self::OwnAddress => Some(Self::AskersAddress),
            _ => None,
        }
    }
}
