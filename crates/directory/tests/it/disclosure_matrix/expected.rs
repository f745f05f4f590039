//! What each cell must be, written by hand: nothing here is computed from the code it judges.

use super::field::Field;
use super::state::State;
use super::viewpoint::Viewpoint;

/// A table: under each viewer, `x` where the field is shown and `.` where it is not.
pub struct Table(&'static str);

/// The table of that state.
pub fn table(state: State) -> Table {
    Table(match state {
        State::Live => OPEN,
        State::NewIdentity => NEW_IDENTITY,
        State::Shielded | State::ShieldedNewIdentity => SHIELDED,
        State::ShieldedHighRisk => HIGH_RISK,
        State::ArchiveYearOne => ARCHIVED,
        State::ShieldedArchiveYearOne => SHIELDED_ARCHIVED,
        State::ArchiveLater => ARCHIVED_LATER,
        State::Held => HELD,
        State::FormerIdentity | State::ToDestroy => NOTHING,
    })
}

impl Table {
    /// What the table says of one cell.
    pub fn shows(&self, field: Field, viewpoint: Viewpoint) -> bool {
        let mut lines = self.0.lines().map(str::trim).filter(|line| !line.is_empty());
        let columns: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
        assert_eq!(columns.len(), Viewpoint::ALL.len());
        let column = columns.iter().position(|column| *column == short(viewpoint)).unwrap();
        let name = format!("{field:?}");
        let mut rows = lines.filter(|line| line.split_whitespace().next() == Some(&name));
        let row = rows.next().unwrap_or_else(|| panic!("{name} is not in the table"));
        assert!(rows.next().is_none(), "{name} is in the table twice");
        let cells: Vec<&str> = row.split_whitespace().skip(1).collect();
        assert_eq!(cells.len(), columns.len(), "{name}");
        match cells[column] {
            "x" => true,
            "." => false,
            other => panic!("{other} in the row of {name}"),
        }
    }
}

/// ap, pp, pm: practitioners, and a national partner's management; ma, mo: management of the accountable and of another
/// authority; ov, o2: override, alone and by two; me: mediated; se, li: a search and its list; yp, ca: subject access; dm, do: data managers at
/// the archive; ar, or: who asked for what was retrieved from its later years, at the accountable and at another authority;
/// au: auditor; mr: a colleague asked by a mediator; mt: matching; sd, so: the seal desk, of the accountable and of another
/// authority; hd: the sealed desk; sh: the shield desk; bd, pt: the brokering desk, and who is put in touch.
fn short(viewpoint: Viewpoint) -> &'static str {
    match viewpoint {
        Viewpoint::AuthorityPractitioner => "ap",
        Viewpoint::PartnerPractitioner => "pp",
        Viewpoint::PartnerManagement => "pm",
        Viewpoint::AccountableManagement => "ma",
        Viewpoint::OtherManagement => "mo",
        Viewpoint::Override => "ov",
        Viewpoint::OverrideByTwo => "o2",
        Viewpoint::Mediated => "me",
        Viewpoint::Search => "se",
        Viewpoint::List => "li",
        Viewpoint::YoungPerson => "yp",
        Viewpoint::Carer => "ca",
        Viewpoint::AccountableDataManager => "dm",
        Viewpoint::OtherDataManager => "do",
        Viewpoint::AccountableRetrieval => "ar",
        Viewpoint::OtherRetrieval => "or",
        Viewpoint::Auditor => "au",
        Viewpoint::MediationAsked => "mr",
        Viewpoint::Matching => "mt",
        Viewpoint::SealDesk => "sd",
        Viewpoint::OtherSealDesk => "so",
        Viewpoint::SealedDesk => "hd",
        Viewpoint::ShieldDesk => "sh",
        Viewpoint::BrokeringDesk => "bd",
        Viewpoint::PutInTouch => "pt",
    }
}

const OPEN: &str = "
                       ap pp pm ma mo ov o2 me se li yp ca dm do ar or au mr mt sd so hd sh bd pt
    Name                x  x  x  x  x  x  x  x  x  x  x  x  .  .  .  .  .  x  x  x  x  .  x  x  .
    OtherNames          x  x  x  x  x  x  x  x  x  .  x  x  .  .  .  .  .  .  x  .  .  .  .  .  .
    DateOfBirth         x  x  x  x  x  x  x  x  x  x  x  x  .  .  .  .  .  x  x  x  x  .  x  x  .
    Gender              x  x  x  x  x  x  x  x  x  .  x  x  .  .  .  .  .  .  x  .  .  .  x  .  .
    Number              x  x  x  x  x  x  x  x  x  x  x  x  .  .  .  .  .  .  x  .  .  .  x  .  .
    Whereabouts         x  x  x  x  x  x  x  x  x  x  x  .  .  .  .  .  .  .  x  .  .  .  .  .  .
    EarlierAddresses    .  .  .  x  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SourceNumbers       .  .  .  x  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Carers              x  x  x  x  x  x  x  x  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .
    AskersContact       x  x  x  x  x  x  x  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .
    OtherCarersContact  x  x  x  x  x  x  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    School              x  x  x  x  x  x  x  x  x  .  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .
    SchoolContact       x  x  x  x  x  x  x  x  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .
    SchoolsArea         .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    ArchivedSchool      .  .  .  x  .  .  .  .  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .
    Practice            x  x  x  x  x  x  x  x  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .
    PracticeContact     x  x  x  x  x  x  x  x  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .
    Services            x  x  x  x  x  x  x  x  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  x  x
    ServicesContact     x  x  x  x  x  x  x  x  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  x  .
    LeadProfessional    x  x  x  x  x  x  x  x  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .
    EndedService        x  x  x  x  x  x  x  x  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  x  x
    ArchivedService     .  .  .  x  .  .  .  .  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .
    ItemPastItsTime     .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SensitiveByConsent  .  .  .  x  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  x  x
    SensitiveBySuspicion .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  x
    Basis               .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  .
    EarlyHelp           x  x  x  x  x  x  x  x  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .
    EarlyHelpContact    x  x  x  x  x  x  x  x  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .
    Sources             x  x  x  x  x  x  x  x  x  .  x  x  .  .  .  .  .  .  x  x  x  .  .  .  .
    Shield              .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    ShieldsPeople       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Authority           .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    DiedOn              .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Participation       .  .  .  x  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Waiting             .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Disputed            .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Archived            .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    OtherIdentity       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SourceRecord        .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  x  x  .  .  .  .
";

/// As live, and no desk but that of the authority that answers for it, the shield desk and that which brokers sees any of it.
const NEW_IDENTITY: &str = "
                       ap pp pm ma mo ov o2 me se li yp ca dm do ar or au mr mt sd so hd sh bd pt
    Name                x  x  x  x  x  x  x  x  x  x  x  x  .  .  .  .  .  x  .  x  .  .  x  x  .
    OtherNames          x  x  x  x  x  x  x  x  x  .  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .
    DateOfBirth         x  x  x  x  x  x  x  x  x  x  x  x  .  .  .  .  .  x  .  x  .  .  x  x  .
    Gender              x  x  x  x  x  x  x  x  x  .  x  x  .  .  .  .  .  .  .  .  .  .  x  .  .
    Number              x  x  x  x  x  x  x  x  x  x  x  x  .  .  .  .  .  .  .  .  .  .  x  .  .
    Whereabouts         x  x  x  x  x  x  x  x  x  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    EarlierAddresses    .  .  .  x  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SourceNumbers       .  .  .  x  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Carers              x  x  x  x  x  x  x  x  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .
    AskersContact       x  x  x  x  x  x  x  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .
    OtherCarersContact  x  x  x  x  x  x  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    School              x  x  x  x  x  x  x  x  x  .  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .
    SchoolContact       x  x  x  x  x  x  x  x  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .
    SchoolsArea         .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    ArchivedSchool      .  .  .  x  .  .  .  .  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .
    Practice            x  x  x  x  x  x  x  x  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .
    PracticeContact     x  x  x  x  x  x  x  x  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .
    Services            x  x  x  x  x  x  x  x  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  x  x
    ServicesContact     x  x  x  x  x  x  x  x  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  x  .
    LeadProfessional    x  x  x  x  x  x  x  x  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .
    EndedService        x  x  x  x  x  x  x  x  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  x  x
    ArchivedService     .  .  .  x  .  .  .  .  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .
    ItemPastItsTime     .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SensitiveByConsent  .  .  .  x  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  x  x
    SensitiveBySuspicion .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  x
    Basis               .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  .
    EarlyHelp           x  x  x  x  x  x  x  x  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .
    EarlyHelpContact    x  x  x  x  x  x  x  x  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .
    Sources             x  x  x  x  x  x  x  x  x  .  x  x  .  .  .  .  .  .  .  x  .  .  .  .  .
    Shield              .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    ShieldsPeople       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Authority           .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    DiedOn              .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Participation       .  .  .  x  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Waiting             .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Disputed            .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Archived            .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    OtherIdentity       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SourceRecord        .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .
";

const SHIELDED: &str = "
                       ap pp pm ma mo ov o2 me se li yp ca dm do ar or au mr mt sd so hd sh bd pt
    Name                x  x  x  x  x  x  x  x  x  x  x  x  .  .  .  .  .  x  .  x  .  .  x  x  .
    OtherNames          .  .  .  x  .  x  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    DateOfBirth         x  x  x  x  x  x  x  x  x  x  x  x  .  .  .  .  .  x  .  x  .  .  x  x  .
    Gender              x  x  x  x  x  x  x  x  x  .  x  x  .  .  .  .  .  .  .  .  .  .  x  .  .
    Number              x  x  x  x  x  x  x  x  x  x  x  x  .  .  .  .  .  .  .  .  .  .  x  .  .
    Whereabouts         .  .  .  x  .  x  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    EarlierAddresses    .  .  .  x  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SourceNumbers       .  .  .  x  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Carers              .  .  .  x  .  x  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    AskersContact       .  .  .  x  .  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    OtherCarersContact  .  .  .  x  .  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    School              .  .  .  x  .  x  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SchoolContact       .  .  .  x  .  x  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SchoolsArea         .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    ArchivedSchool      .  .  .  x  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Practice            .  .  .  x  .  x  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    PracticeContact     .  .  .  x  .  x  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Services            .  .  .  x  .  x  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  x  x
    ServicesContact     .  .  .  x  .  x  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  x  .
    LeadProfessional    .  .  .  x  .  x  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    EndedService        .  .  .  x  .  x  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  x  x
    ArchivedService     .  .  .  x  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    ItemPastItsTime     .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SensitiveByConsent  .  .  .  x  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  x  x
    SensitiveBySuspicion .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  x
    Basis               .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  .
    EarlyHelp           .  .  .  x  .  x  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    EarlyHelpContact    .  .  .  x  .  x  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Sources             .  .  .  x  .  x  x  .  .  .  x  .  .  .  .  .  .  .  .  x  .  .  .  .  .
    Shield              .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    ShieldsPeople       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Authority           .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    DiedOn              .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Participation       .  .  .  x  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Waiting             .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Disputed            .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Archived            .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    OtherIdentity       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SourceRecord        .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .
";

/// As shielded, and no override opens it: whoever tries sees what every practitioner sees.
const HIGH_RISK: &str = "
                       ap pp pm ma mo ov o2 me se li yp ca dm do ar or au mr mt sd so hd sh bd pt
    Name                x  x  x  x  x  x  x  x  x  x  x  x  .  .  .  .  .  x  .  x  .  .  x  x  .
    OtherNames          .  .  .  x  .  .  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    DateOfBirth         x  x  x  x  x  x  x  x  x  x  x  x  .  .  .  .  .  x  .  x  .  .  x  x  .
    Gender              x  x  x  x  x  x  x  x  x  .  x  x  .  .  .  .  .  .  .  .  .  .  x  .  .
    Number              x  x  x  x  x  x  x  x  x  x  x  x  .  .  .  .  .  .  .  .  .  .  x  .  .
    Whereabouts         .  .  .  x  .  .  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    EarlierAddresses    .  .  .  x  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SourceNumbers       .  .  .  x  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Carers              .  .  .  x  .  .  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    AskersContact       .  .  .  x  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    OtherCarersContact  .  .  .  x  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    School              .  .  .  x  .  .  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SchoolContact       .  .  .  x  .  .  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SchoolsArea         .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    ArchivedSchool      .  .  .  x  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Practice            .  .  .  x  .  .  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    PracticeContact     .  .  .  x  .  .  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Services            .  .  .  x  .  .  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  x  x
    ServicesContact     .  .  .  x  .  .  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  x  .
    LeadProfessional    .  .  .  x  .  .  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    EndedService        .  .  .  x  .  .  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  x  x
    ArchivedService     .  .  .  x  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    ItemPastItsTime     .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SensitiveByConsent  .  .  .  x  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  x  x
    SensitiveBySuspicion .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  x
    Basis               .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  .
    EarlyHelp           .  .  .  x  .  .  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    EarlyHelpContact    .  .  .  x  .  .  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Sources             .  .  .  x  .  .  x  .  .  .  x  .  .  .  .  .  .  .  .  x  .  .  .  .  .
    Shield              .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    ShieldsPeople       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Authority           .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    DiedOn              .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Participation       .  .  .  x  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Waiting             .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Disputed            .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Archived            .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    OtherIdentity       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SourceRecord        .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .
";

const ARCHIVED: &str = "
                       ap pp pm ma mo ov o2 me se li yp ca dm do ar or au mr mt sd so hd sh bd pt
    Name                .  .  .  .  .  .  .  .  .  .  x  x  x  .  .  .  .  .  .  x  x  .  .  .  .
    OtherNames          .  .  .  .  .  .  .  .  .  .  x  x  x  .  .  .  .  .  .  .  .  .  .  .  .
    DateOfBirth         .  .  .  .  .  .  .  .  .  .  x  x  x  .  .  .  .  .  .  x  x  .  .  .  .
    Gender              .  .  .  .  .  .  .  .  .  .  x  x  x  .  .  .  .  .  .  .  .  .  .  .  .
    Number              .  .  .  .  .  .  .  .  .  .  x  x  x  .  .  .  .  .  .  .  .  .  .  .  .
    Whereabouts         .  .  .  .  .  .  .  .  .  .  x  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    EarlierAddresses    .  .  .  .  .  .  .  .  .  .  x  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    SourceNumbers       .  .  .  .  .  .  .  .  .  .  x  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    Carers              .  .  .  .  .  .  .  .  .  .  x  x  x  .  .  .  .  .  .  .  .  .  .  .  .
    AskersContact       .  .  .  .  .  .  .  .  .  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  .
    OtherCarersContact  .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    School              .  .  .  .  .  .  .  .  .  .  x  x  x  .  .  .  .  .  .  .  .  .  .  .  .
    SchoolContact       .  .  .  .  .  .  .  .  .  .  x  x  x  .  .  .  .  .  .  .  .  .  .  .  .
    SchoolsArea         .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    ArchivedSchool      .  .  .  .  .  .  .  .  .  .  x  x  x  .  .  .  .  .  .  .  .  .  .  .  .
    Practice            .  .  .  .  .  .  .  .  .  .  x  x  x  .  .  .  .  .  .  .  .  .  .  .  .
    PracticeContact     .  .  .  .  .  .  .  .  .  .  x  x  x  .  .  .  .  .  .  .  .  .  .  .  .
    Services            .  .  .  .  .  .  .  .  .  .  x  x  x  .  .  .  .  .  .  .  .  .  .  .  .
    ServicesContact     .  .  .  .  .  .  .  .  .  .  x  x  x  .  .  .  .  .  .  .  .  .  .  .  .
    LeadProfessional    .  .  .  .  .  .  .  .  .  .  x  x  x  .  .  .  .  .  .  .  .  .  .  .  .
    EndedService        .  .  .  .  .  .  .  .  .  .  x  x  x  .  .  .  .  .  .  .  .  .  .  .  .
    ArchivedService     .  .  .  .  .  .  .  .  .  .  x  x  x  .  .  .  .  .  .  .  .  .  .  .  .
    ItemPastItsTime     .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SensitiveByConsent  .  .  .  .  .  .  .  .  .  .  x  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    SensitiveBySuspicion .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    Basis               .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    EarlyHelp           .  .  .  .  .  .  .  .  .  .  x  x  x  .  .  .  .  .  .  .  .  .  .  .  .
    EarlyHelpContact    .  .  .  .  .  .  .  .  .  .  x  x  x  .  .  .  .  .  .  .  .  .  .  .  .
    Sources             .  .  .  .  .  .  .  .  .  .  x  x  x  .  .  .  .  .  .  x  x  .  .  .  .
    Shield              .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    ShieldsPeople       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Authority           .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    DiedOn              .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    Participation       .  .  .  .  .  .  .  .  .  .  x  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    Waiting             .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    Disputed            .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    Archived            .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    OtherIdentity       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SourceRecord        .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  x  .  .  .  .";

/// The family as before (a year after a death; of who is grown, see limits); nobody who works here.
const ARCHIVED_LATER: &str = "
                       ap pp pm ma mo ov o2 me se li yp ca dm do ar or au mr mt sd so hd sh bd pt
    Name                .  .  .  .  .  .  .  .  .  .  x  x  .  .  x  .  .  .  .  x  x  .  .  .  .
    OtherNames          .  .  .  .  .  .  .  .  .  .  x  x  .  .  x  .  .  .  .  .  .  .  .  .  .
    DateOfBirth         .  .  .  .  .  .  .  .  .  .  x  x  .  .  x  .  .  .  .  x  x  .  .  .  .
    Gender              .  .  .  .  .  .  .  .  .  .  x  x  .  .  x  .  .  .  .  .  .  .  .  .  .
    Number              .  .  .  .  .  .  .  .  .  .  x  x  .  .  x  .  .  .  .  .  .  .  .  .  .
    Whereabouts         .  .  .  .  .  .  .  .  .  .  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .
    EarlierAddresses    .  .  .  .  .  .  .  .  .  .  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .
    SourceNumbers       .  .  .  .  .  .  .  .  .  .  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .
    Carers              .  .  .  .  .  .  .  .  .  .  x  x  .  .  x  .  .  .  .  .  .  .  .  .  .
    AskersContact       .  .  .  .  .  .  .  .  .  .  .  x  .  .  x  .  .  .  .  .  .  .  .  .  .
    OtherCarersContact  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .
    School              .  .  .  .  .  .  .  .  .  .  x  x  .  .  x  .  .  .  .  .  .  .  .  .  .
    SchoolContact       .  .  .  .  .  .  .  .  .  .  x  x  .  .  x  .  .  .  .  .  .  .  .  .  .
    SchoolsArea         .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    ArchivedSchool      .  .  .  .  .  .  .  .  .  .  x  x  .  .  x  .  .  .  .  .  .  .  .  .  .
    Practice            .  .  .  .  .  .  .  .  .  .  x  x  .  .  x  .  .  .  .  .  .  .  .  .  .
    PracticeContact     .  .  .  .  .  .  .  .  .  .  x  x  .  .  x  .  .  .  .  .  .  .  .  .  .
    Services            .  .  .  .  .  .  .  .  .  .  x  x  .  .  x  .  .  .  .  .  .  .  .  .  .
    ServicesContact     .  .  .  .  .  .  .  .  .  .  x  x  .  .  x  .  .  .  .  .  .  .  .  .  .
    LeadProfessional    .  .  .  .  .  .  .  .  .  .  x  x  .  .  x  .  .  .  .  .  .  .  .  .  .
    EndedService        .  .  .  .  .  .  .  .  .  .  x  x  .  .  x  .  .  .  .  .  .  .  .  .  .
    ArchivedService     .  .  .  .  .  .  .  .  .  .  x  x  .  .  x  .  .  .  .  .  .  .  .  .  .
    ItemPastItsTime     .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SensitiveByConsent  .  .  .  .  .  .  .  .  .  .  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .
    SensitiveBySuspicion .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .
    Basis               .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .
    EarlyHelp           .  .  .  .  .  .  .  .  .  .  x  x  .  .  x  .  .  .  .  .  .  .  .  .  .
    EarlyHelpContact    .  .  .  .  .  .  .  .  .  .  x  x  .  .  x  .  .  .  .  .  .  .  .  .  .
    Sources             .  .  .  .  .  .  .  .  .  .  x  x  .  .  x  .  .  .  .  x  x  .  .  .  .
    Shield              .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    ShieldsPeople       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Authority           .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .
    DiedOn              .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .
    Participation       .  .  .  .  .  .  .  .  .  .  x  .  .  .  x  .  .  .  .  .  .  .  .  .  .
    Waiting             .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .
    Disputed            .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .
    Archived            .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .
    OtherIdentity       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SourceRecord        .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  x  .  .  .  .";

const SHIELDED_ARCHIVED: &str = "
                       ap pp pm ma mo ov o2 me se li yp ca dm do ar or au mr mt sd so hd sh bd pt
    Name                .  .  .  .  .  .  .  .  .  .  x  x  x  .  .  .  .  .  .  x  .  .  .  .  .
    OtherNames          .  .  .  .  .  .  .  .  .  .  x  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    DateOfBirth         .  .  .  .  .  .  .  .  .  .  x  x  x  .  .  .  .  .  .  x  .  .  .  .  .
    Gender              .  .  .  .  .  .  .  .  .  .  x  x  x  .  .  .  .  .  .  .  .  .  .  .  .
    Number              .  .  .  .  .  .  .  .  .  .  x  x  x  .  .  .  .  .  .  .  .  .  .  .  .
    Whereabouts         .  .  .  .  .  .  .  .  .  .  x  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    EarlierAddresses    .  .  .  .  .  .  .  .  .  .  x  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    SourceNumbers       .  .  .  .  .  .  .  .  .  .  x  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    Carers              .  .  .  .  .  .  .  .  .  .  x  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    AskersContact       .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    OtherCarersContact  .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    School              .  .  .  .  .  .  .  .  .  .  x  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    SchoolContact       .  .  .  .  .  .  .  .  .  .  x  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    SchoolsArea         .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    ArchivedSchool      .  .  .  .  .  .  .  .  .  .  x  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    Practice            .  .  .  .  .  .  .  .  .  .  x  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    PracticeContact     .  .  .  .  .  .  .  .  .  .  x  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    Services            .  .  .  .  .  .  .  .  .  .  x  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    ServicesContact     .  .  .  .  .  .  .  .  .  .  x  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    LeadProfessional    .  .  .  .  .  .  .  .  .  .  x  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    EndedService        .  .  .  .  .  .  .  .  .  .  x  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    ArchivedService     .  .  .  .  .  .  .  .  .  .  x  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    ItemPastItsTime     .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SensitiveByConsent  .  .  .  .  .  .  .  .  .  .  x  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    SensitiveBySuspicion .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    Basis               .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    EarlyHelp           .  .  .  .  .  .  .  .  .  .  x  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    EarlyHelpContact    .  .  .  .  .  .  .  .  .  .  x  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    Sources             .  .  .  .  .  .  .  .  .  .  x  .  x  .  .  .  .  .  .  x  .  .  .  .  .
    Shield              .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    ShieldsPeople       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Authority           .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    DiedOn              .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    Participation       .  .  .  .  .  .  .  .  .  .  x  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    Waiting             .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    Disputed            .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    Archived            .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .
    OtherIdentity       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SourceRecord        .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .";

const HELD: &str = "
                       ap pp pm ma mo ov o2 me se li yp ca dm do ar or au mr mt sd so hd sh bd pt
    Name                .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  x  .  .
    OtherNames          .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .
    DateOfBirth         .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  x  .  .
    Gender              .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  x  .  .
    Number              .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  .  .
    Whereabouts         .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    EarlierAddresses    .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SourceNumbers       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Carers              .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    AskersContact       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    OtherCarersContact  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    School              .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SchoolContact       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SchoolsArea         .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    ArchivedSchool      .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Practice            .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    PracticeContact     .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Services            .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    ServicesContact     .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    LeadProfessional    .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    EndedService        .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    ArchivedService     .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    ItemPastItsTime     .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SensitiveByConsent  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SensitiveBySuspicion .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Basis               .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    EarlyHelp           .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    EarlyHelpContact    .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Sources             .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .
    Shield              .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    ShieldsPeople       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Authority           .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    DiedOn              .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Participation       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Waiting             .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Disputed            .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Archived            .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    OtherIdentity       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SourceRecord        .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .
";

const NOTHING: &str = "
                       ap pp pm ma mo ov o2 me se li yp ca dm do ar or au mr mt sd so hd sh bd pt
    Name                .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    OtherNames          .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    DateOfBirth         .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Gender              .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Number              .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Whereabouts         .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    EarlierAddresses    .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SourceNumbers       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Carers              .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    AskersContact       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    OtherCarersContact  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    School              .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SchoolContact       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SchoolsArea         .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    ArchivedSchool      .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Practice            .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    PracticeContact     .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Services            .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    ServicesContact     .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    LeadProfessional    .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    EndedService        .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    ArchivedService     .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    ItemPastItsTime     .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SensitiveByConsent  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SensitiveBySuspicion .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Basis               .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    EarlyHelp           .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    EarlyHelpContact    .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Sources             .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Shield              .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    ShieldsPeople       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Authority           .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    DiedOn              .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Participation       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Waiting             .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Disputed            .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    Archived            .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    OtherIdentity       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
    SourceRecord        .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
";

/// Every key of every view, under what it is part of: the views first, then what stands in them. `value` is what a source
/// gave, and an address within where the child is.
pub const KEYS: &[(&str, &str)] = &[
    ("ShieldedView", "name date_of_birth gender number"),
    ("ListRow", "number name age town"),
    (
        "RecordView",
        "number name aliases date_of_birth gender whereabouts involvements education practices carers caf",
    ),
    ("OverrideView", "record"),
    (
        "ManagementView",
        "record sensitive archived_involvements archived_education previous_addresses identifiers shields \
         accountable_authority died_on participation waiting disputed",
    ),
    ("ArchiveView", "archived_on why destroyed_from record"),
    (
        "SubjectView",
        "number name date_of_birth gender identity_sources aliases whereabouts previous_addresses identifiers \
         involvements archived_involvements sensitive education archived_education practices carers caf participation",
    ),
    (
        "record",
        "number name aliases date_of_birth gender whereabouts involvements education practices carers caf \
         record sensitive archived_involvements archived_education previous_addresses identifiers shields \
         accountable_authority died_on participation waiting disputed",
    ),
    ("NamedChild", "name date_of_birth"),
    ("MatchingView", "number records"),
    ("records", "id source names date_of_birth gender address effective_on"),
    ("PlacingView", "id source name date_of_birth effective_on"),
    ("HeldRecordView", "source names date_of_birth gender effective_on"),
    ("BrokeringView", "child providers"),
    ("child", "name date_of_birth"),
    ("providers", "service organisation practitioner contact end basis"),
    ("RevealedContact", "names telephone service"),
    ("names", "forenames surname use"),
    ("address", "lines town postcode from"),
    ("age", "youngest oldest"),
    ("name", "forenames surname use value source last_confirmed"),
    ("aliases", "forenames surname use value source last_confirmed"),
    ("date_of_birth", "value source last_confirmed"),
    ("gender", "value source last_confirmed"),
    ("whereabouts", "kind value lines town postcode from source last_confirmed"),
    ("previous_addresses", "lines town postcode from value source last_confirmed"),
    ("identifiers", "kind value source last_confirmed"),
    ("involvements", "service organisation practitioner contact start end lead value source last_confirmed"),
    (
        "archived_involvements",
        "service organisation practitioner contact start end lead value source last_confirmed",
    ),
    (
        "sensitive",
        "service organisation practitioner contact start end basis consent asserted_by asserted_on archived value source last_confirmed",
    ),
    ("education", "setting start end value source last_confirmed"),
    ("archived_education", "setting start end value source last_confirmed"),
    ("setting", "kind urn name contact"),
    ("practices", "code name contact start local_authority value source last_confirmed"),
    ("carers", "name relationship responsibility contact value source last_confirmed"),
    ("caf", "holder contact value source last_confirmed"),
    ("contact", "telephone email"),
    ("shields", "reason review_due"),
];
