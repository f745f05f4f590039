//! The parts of a letter, in plain words.

use super::{AccessHistory, LetterRow, LetterSection, Seen, SubjectAnswer};
use crate::address::{Address, Whereabouts};
use crate::child_record::Sourced;
use crate::disclosure::{InvolvementView, NamedCarer, OwnServiceView, SchoolView, SubjectView};
use crate::involvement::Contact;
use crate::line::Line;
use crate::month::Month;
use crate::partial_date::PartialDate;
use crate::source_record::{CafIndicator, Identifier, Practice, Setting};
use crate::vocabulary::Vocabulary;
use jiff::civil::Date;

/// Rule 14.5: said in every letter, so that it says nothing in any.
pub(super) const LEFT_OUT: [&str; 2] = [
    "The law lets us leave things out of a letter to keep somebody safe, or because they are private to another person. We say this in every letter. We do not say whether we have left anything out of this one.",
    "We also leave out when we ourselves looked at a record to run this directory or to keep it safe, and when a record was looked at to answer you.",
];

/// Said where a list is empty: that nothing is there to tell, never that there is nothing.
const NONE: &str = "There is nothing that we can tell you here.";

/// Every part, in order.
pub(super) fn all(answer: &SubjectAnswer, words: &Vocabulary) -> Vec<LetterSection> {
    let record = answer.record.as_deref();
    vec![
        said("About this letter", opening(answer.on, words)),
        listed("What we hold", record.map(|view| held(view, words)).unwrap_or_default()),
        listed("Who works with the child", record.map(|view| services(view, words)).unwrap_or_default()),
        sources(record),
        history(&answer.history, words),
        said("What we may leave out", LEFT_OUT.map(str::to_owned).to_vec()),
        said("If something is wrong", putting_right()),
        said("If you are not happy with this answer", complaining()),
    ]
}

fn said(heading: &str, says: Vec<String>) -> LetterSection {
    LetterSection { heading: heading.to_owned(), says, rows: Vec::new() }
}

fn listed(heading: &str, rows: Vec<LetterRow>) -> LetterSection {
    let says = if rows.is_empty() { vec![NONE.to_owned()] } else { Vec::new() };
    LetterSection { heading: heading.to_owned(), says, rows }
}

fn opening(on: Date, words: &Vocabulary) -> Vec<String> {
    vec![
        format!(
            "You asked what {} holds, and how often it was looked at. This letter answers you, as of {}.",
            words.term("product"),
            day(on)
        ),
        format!(
            "{} is a directory. It tells people who work with children who else works with the same child. It holds names, where a child is, and who works with them. It holds no notes, no reports and nothing about health, school work or behaviour.",
            words.term("product")
        ),
    ]
}

fn putting_right() -> Vec<String> {
    vec![
        "Tell the office that gave you this letter which item is wrong. You do not need to say why. We ask whoever gave us the item to check it, and we answer you within one month.".to_owned(),
        "If whoever gave it says that it is right, we tell you so. You can then ask them yourself.".to_owned(),
    ]
}

fn complaining() -> Vec<String> {
    vec![
        "You can complain to the office that gave you this letter. Somebody else than the person you complain about will answer, within one month.".to_owned(),
        "You can also complain to the Information Commissioner (ico.org.uk, 0303 123 1113), or go to court.".to_owned(),
    ]
}

fn row(what: impl Into<String>, lines: Vec<String>, source: Option<&Line>) -> LetterRow {
    LetterRow { what: what.into(), lines, source: source.map(ToString::to_string) }
}

fn held(view: &SubjectView, words: &Vocabulary) -> Vec<LetterRow> {
    let mut rows = vec![
        row("Name", vec![view.name.to_string()], None),
        row("Child number", vec![view.number.to_string()], None),
    ];
    rows.extend(view.date_of_birth.map(|born| row("Date of birth", vec![date(born)], None)));
    rows.push(row("Gender", vec![words.gender(view.gender).to_owned()], None));
    rows.extend(
        view.aliases.iter().map(|it| row("Other name", vec![it.value.to_string()], Some(&it.source))),
    );
    rows.extend(view.whereabouts.iter().map(|it| whereabouts(it, words)));
    rows.extend(
        view.previous_addresses.iter().map(|it| row("Earlier address", address(&it.value), Some(&it.source))),
    );
    rows.extend(view.identifiers.iter().map(identifier));
    rows.extend(view.carers.iter().map(|it| carer(it, words)));
    rows.extend(view.education.iter().chain(&view.archived_education).map(school));
    rows.extend(view.practices.iter().map(practice));
    rows.extend(view.caf.iter().map(|it| assessment(it, words)));
    rows.extend(view.participation.map(|it| {
        let said = match it.withdrawn_on() {
            None => format!("You agreed that your record stays until you are {}", it.age()),
            Some(on) => format!("You took back your consent on {}", day(on)),
        };
        row("Staying after 18", vec![said], None)
    }));
    rows
}

fn whereabouts(it: &Sourced<Whereabouts>, words: &Vocabulary) -> LetterRow {
    let (what, lines) = match &it.value {
        Whereabouts::Current(at) => ("Address", address(at)),
        Whereabouts::LastKnown(at) => ("Last known address", address(at)),
        Whereabouts::NoKnownAddress => ("Address", vec!["No known address".to_owned()]),
        Whereabouts::LeftEngland(statement) => ("Address", vec![words.left_england(*statement).to_owned()]),
    };
    row(what, lines, Some(&it.source))
}

fn identifier(it: &Sourced<Identifier>) -> LetterRow {
    let what = match it.value {
        Identifier::NhsNumber(_) => "NHS number",
        Identifier::Upn(_) => "Unique pupil number",
        Identifier::BirthRegistration(_) => "Entry in the register of births",
        Identifier::ChildBenefit(_) => "Child benefit number",
    };
    row(what, vec![it.value.value().to_owned()], Some(&it.source))
}

fn carer(it: &Sourced<NamedCarer>, words: &Vocabulary) -> LetterRow {
    let mut lines = vec![
        it.value.name.to_string(),
        words.relationship(it.value.relationship).to_owned(),
        words.responsibility(it.value.responsibility).to_owned(),
    ];
    lines.extend(contact(&it.value.contact));
    row("Parent or carer", lines, Some(&it.source))
}

fn school(it: &Sourced<SchoolView>) -> LetterRow {
    let mut lines = match &it.value.setting {
        Setting::School { name, contact: at, .. } => {
            let mut lines = vec![name.to_string()];
            lines.extend(contact(at));
            lines
        }
        Setting::HomeEducated => vec!["Educated at home".to_owned()],
        Setting::NoSetting => vec!["No school or college is known".to_owned()],
    };
    lines.extend(span(it.value.start, it.value.end));
    row("School or college", lines, Some(&it.source))
}

fn practice(it: &Sourced<Practice>) -> LetterRow {
    let mut lines = vec![it.value.name.to_string()];
    lines.extend(contact(&it.value.contact));
    lines.extend(span(it.value.start, None));
    row("GP practice", lines, Some(&it.source))
}

fn assessment(it: &Sourced<CafIndicator>, words: &Vocabulary) -> LetterRow {
    let mut lines = vec![format!("There is, or has been, an {}", words.term("early_help_assessment"))];
    lines.extend(it.value.holder.as_ref().map(|holder| format!("Ask {holder}")));
    lines.extend(contact(&it.value.contact));
    row("Assessment", lines, Some(&it.source))
}

fn services(view: &SubjectView, words: &Vocabulary) -> Vec<LetterRow> {
    let open = view.involvements.iter().chain(&view.archived_involvements).map(|it| involvement(it, words));
    open.chain(view.sensitive.iter().map(|it| own_service(it, words))).collect()
}

fn involvement(it: &Sourced<InvolvementView>, words: &Vocabulary) -> LetterRow {
    let service = &it.value;
    let mut lines = people(service.organisation.as_ref(), service.practitioner.as_ref());
    if service.lead {
        lines.push(format!("They are the {}", words.term("lead_professional")));
    }
    lines.extend(contact(&service.contact));
    lines.extend(span(service.start, service.end));
    row(words.service(service.service.service()), lines, Some(&it.source))
}

fn own_service(it: &Sourced<OwnServiceView>, words: &Vocabulary) -> LetterRow {
    let service = &it.value;
    let mut lines = people(service.organisation.as_ref(), service.practitioner.as_ref());
    lines.push("Known because you agreed".to_owned());
    lines.extend(contact(&service.contact));
    lines.extend(span(service.start, service.end));
    row(words.service(service.service), lines, Some(&it.source))
}

fn sources(view: Option<&SubjectView>) -> LetterSection {
    let mut names: Vec<String> = Vec::new();
    if let Some(view) = view {
        names.extend(view.identity_sources.iter().map(ToString::to_string));
        names.extend(sources_of(view).into_iter().map(ToString::to_string));
        names.sort();
        names.dedup();
    }
    let rows = if names.is_empty() { Vec::new() } else { vec![row("Given to us by", names, None)] };
    LetterSection {
        heading: "Where it comes from".to_owned(),
        says: vec![
            "Schools, doctors, councils and other public bodies give us these items from their own records. Under each item we say who gave it, where we can.".to_owned(),
        ],
        rows,
    }
}

fn sources_of(view: &SubjectView) -> Vec<&Line> {
    let mut all: Vec<&Line> = view.aliases.iter().map(|it| &it.source).collect();
    all.extend(view.whereabouts.iter().map(|it| &it.source));
    all.extend(view.previous_addresses.iter().map(|it| &it.source));
    all.extend(view.identifiers.iter().map(|it| &it.source));
    all.extend(view.involvements.iter().chain(&view.archived_involvements).map(|it| &it.source));
    all.extend(view.sensitive.iter().map(|it| &it.source));
    all.extend(view.education.iter().chain(&view.archived_education).map(|it| &it.source));
    all.extend(view.practices.iter().map(|it| &it.source));
    all.extend(view.carers.iter().map(|it| &it.source));
    all.extend(view.caf.iter().map(|it| &it.source));
    all
}

fn history(told: &AccessHistory, words: &Vocabulary) -> LetterSection {
    let mut rows: Vec<LetterRow> = Vec::new();
    for line in &told.months {
        let opened = match line.times {
            0 => None,
            1 => Some("opened once".to_owned()),
            times => Some(format!("opened {times} times")),
        };
        let listed = match line.listed {
            0 => None,
            1 => Some("in 1 list".to_owned()),
            lists => Some(format!("in {lists} lists")),
        };
        let how: Vec<String> = opened.into_iter().chain(listed).collect();
        let line = (month(line.month), format!("{}: {}", words.sector(line.sector), how.join(", ")));
        match rows.last_mut().filter(|row| row.what == line.0) {
            Some(row) => row.lines.push(line.1),
            None => rows.push(row(line.0, vec![line.1], None)),
        }
    }
    for line in &told.days {
        let who = line.organisation.clone().unwrap_or_else(|| words.sector(line.sector).to_owned());
        let who = match line.seen {
            Seen::Opened => who,
            Seen::Listed => format!("{who} (in a list)"),
        };
        rows.push(row(day(line.on), vec![who], None));
    }
    let mut says = vec![
        "Everybody who opens a record must say why, and we keep who it was. Here is how often people who work with children opened the record, by the kind of work they do.".to_owned(),
        "Whoever searches first sees a short list of people, and may be looking for another of them. We also count the lists that this name was in, whether the record was then opened or not.".to_owned(),
    ];
    if rows.is_empty() {
        says.push(NONE.to_owned());
    }
    LetterSection { heading: "Who has looked".to_owned(), says, rows }
}

fn people(organisation: Option<&Line>, practitioner: Option<&Line>) -> Vec<String> {
    organisation.into_iter().chain(practitioner).map(ToString::to_string).collect()
}

fn contact(contact: &Contact) -> Vec<String> {
    let telephone = contact.telephone.iter().map(ToString::to_string);
    telephone.chain(contact.email.iter().map(ToString::to_string)).collect()
}

fn address(address: &Address) -> Vec<String> {
    let mut lines: Vec<String> = address.lines.iter().map(ToString::to_string).collect();
    lines.extend(address.town.iter().map(ToString::to_string));
    lines.extend(address.postcode.iter().map(ToString::to_string));
    lines.extend(address.from.map(|from| format!("Since {}", date(from))));
    lines
}

fn span(start: Option<PartialDate>, end: Option<PartialDate>) -> Option<String> {
    match (start, end) {
        (Some(start), Some(end)) => Some(format!("From {} to {}", date(start), date(end))),
        (Some(start), None) => Some(format!("Since {}", date(start))),
        (None, Some(end)) => Some(format!("Until {}", date(end))),
        (None, None) => None,
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn name_of(month: i8) -> &'static str {
    usize::try_from(month - 1).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or_default()
}

fn day(on: Date) -> String {
    format!("{} {} {}", on.day(), name_of(on.month()), on.year())
}

fn month(month: Month) -> String {
    format!("{} {}", name_of(month.month()), month.year())
}

fn date(date: PartialDate) -> String {
    match (date.month(), date.day()) {
        (Some(month), Some(day)) => format!("{day} {} {}", name_of(month), date.year()),
        (Some(month), None) => format!("{} {}", name_of(month), date.year()),
        (None, _) => date.year().to_string(),
    }
}
