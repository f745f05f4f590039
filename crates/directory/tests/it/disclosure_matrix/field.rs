//! Every item of a child: what Schedule 1 allows, and what the directory itself decides.

macro_rules! fields {
    ($($field:ident = $label:literal: [$($value:literal),+ $(,)?],)+) => {
        /// An item of a child's record.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Field { $($field,)+ }

        impl Field {
            pub const ALL: [Self; [$(stringify!($field)),+].len()] = [$(Self::$field,)+];

            /// What the book calls it.
            pub fn label(self) -> &'static str {
                match self { $(Self::$field => $label,)+ }
            }

            /// The values by which it is known in the filled record, and nothing else is.
            pub fn values(self) -> &'static [&'static str] {
                match self { $(Self::$field => &[$($value,)+],)+ }
            }
        }
    };
}

fields! {
    Name = "Name in use": ["Tamsin Rose", "Verrall"],
    OtherNames = "Aliases and former names": ["Tammy", "Nickleby", "Rosie", "Oldacre"],
    DateOfBirth = "Date of birth (in a list, the age)": ["2016-03-09"],
    Gender = "Gender": ["F"],
    Number = "Child number": ["NFC4-T2VM-J8X6D"],
    Whereabouts = "Where the child is (in a list, the town)":
        ["12 Quayside Steps", "Saltmarsh", "AL1 2QB", "2024-08-03"],
    EarlierAddresses = "Earlier addresses": ["3 Foundry Row", "Ironbeck", "LU1 1AA", "2019-02-17"],
    SourceNumbers = "Numbers of source bodies (NHS number and the like)":
        ["9434765919", "H801200001001", "BR-7731-05", "CB-5520-88"],
    Carers = "Parents and carers: who they are": ["Morwenna", "Verrall-Hale", "mother", "Piers", "Askham", "father"],
    AskersContact = "How to reach the parent or carer who asks": ["07700 900123", "morwenna@example.org"],
    OtherCarersContact = "How to reach another parent or carer": ["07700 900456", "piers@example.org"],
    School = "School": ["Gorsehill Primary School", "104433", "2021-09-06"],
    SchoolContact = "How to reach the school": ["01632 960100", "office@gorsehill.example"],
    SchoolsArea = "The authority of the school’s area": ["E06000011"],
    ArchivedSchool = "School left more than a year ago":
        ["Bramble Nursery", "104499", "2019-09-02", "2021-07-16", "01632 960111", "office@bramble.example"],
    Practice = "GP practice": ["Harbour Surgery", "E82001", "2020-04-20", "E06000012"],
    PracticeContact = "How to reach the practice": ["01632 960200", "desk@harbour.example"],
    Services = "Universal and additional services: who works with the child":
        ["social_worker", "Saltmarsh Children’s Team", "Delphine Marsh", "2026-01-05"],
    ServicesContact = "How to reach them": ["01632 960301", "delphine@saltmarsh.example"],
    LeadProfessional = "Who is lead professional": ["lead"],
    EndedService = "Service that ended within the year":
        ["youth_worker", "Pier Youth Club", "Rufus Lane", "2025-02-03", "2026-10-30", "01632 960302", "rufus@pier.example"],
    ArchivedService = "Service that ended more than a year ago":
        ["speech_therapy", "Lighthouse Clinic", "Orla Penn", "2022-01-10", "2023-07-14", "01632 960303", "orla@light.example"],
    ItemPastItsTime = "Service that ended more than seven years ago":
        ["family_support", "Dunes Family Centre", "Basil Crane", "2017-01-09", "2018-05-11", "01632 960304", "basil@dunes.example"],
    SensitiveByConsent = "Sensitive service, known by consent":
        ["mental_health", "Cove Counselling", "Isolde Finch", "2026-02-02", "01632 960305", "isolde@cove.example"],
    SensitiveBySuspicion = "Sensitive service, known for suspected significant harm":
        ["substance_misuse", "Anchor Project", "Leopold Shaw", "2026-03-03", "01632 960306", "leopold@anchor.example"],
    Basis = "The basis on which a sensitive service is known, and who asserts it":
        ["consent", "child_of_understanding", "Cove Trust", "2026-02-11", "significant_harm", "Anchor Trust", "2026-03-12"],
    EarlyHelp = "That an early help assessment exists, and who holds it": ["Saltmarsh Early Help"],
    EarlyHelpContact = "How to reach its holder": ["01632 960400", "early@saltmarsh.example"],
    Sources = "Which source said so, and when last": ["The invented register", "A source that waits", "2026-11-01"],
    Shield = "A shield in force: why, and when it is reviewed": ["honour_based_abuse", "2027-01"],
    ShieldsPeople = "Who asked for a shield and who decided it; shields lifted":
        ["refuge", "000000000000000000000000000000a1", "000000000000000000000000000000a2", "2026-07",
         "domestic_abuse", "2025-01", "2025-07", "2025-08"],
    Authority = "The authority that answers for the record": ["E08000035"],
    DiedOn = "Day of death": ["2026-06-01"],
    Participation = "A young person’s consent to stay after eighteen": ["21"],
    Waiting = "That a record has arrived which nobody is shown yet": ["waiting"],
    Disputed = "Which items somebody says are wrong": ["assessment_indicator"],
    Archived = "When and why the record was archived, and when it is destroyed":
        ["2027-06-01", "year_after_death", "2033-06-01"],
    OtherIdentity = "That the child has another identity": ["new_identity", "former_identity"],
    SourceRecord = "Which source record it is, and when it took effect":
        ["00000000-0000-0000-0000-000000000002", "00000000-0000-0000-0000-00000000000a", "2026-10-01"],
}

impl Field {
    /// Whether it is shown to nobody at all, whoever looks.
    pub fn is_nobodys(self) -> bool {
        matches!(self, Self::SchoolsArea | Self::ItemPastItsTime | Self::ShieldsPeople | Self::OtherIdentity)
    }
}
