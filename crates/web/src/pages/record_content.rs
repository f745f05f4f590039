//! A disclosed view put into lines a page can show. It adds nothing and decides nothing: what is not in the view is not
//! here.

use directory::disclosure::{InvolvementView, RecordView, SchoolView, ShieldedView};
use directory::{
    Address, CafIndicator, Carer, Contact, PartialDate, Practice, Setting, Sourced, Whereabouts,
};
use jiff::civil::Date;

use crate::dates;
use crate::words::Words;

/// The main content of a record page.
pub(crate) struct RecordContent {
    pub(crate) name: String,
    /// What stands under the name: born when, of which gender.
    pub(crate) facts: String,
    pub(crate) number: String,
    pub(crate) sections: Vec<Contacts>,
    pub(crate) identity: Vec<IdentityLine>,
}

/// A group of contacts under one heading.
pub(crate) struct Contacts {
    pub(crate) id: &'static str,
    pub(crate) heading: String,
    pub(crate) when_empty: String,
    pub(crate) cards: Vec<Card>,
}

/// One contact.
#[derive(Default)]
pub(crate) struct Card {
    pub(crate) title: String,
    pub(crate) lead: bool,
    pub(crate) ended: Option<String>,
    pub(crate) lines: Vec<String>,
    pub(crate) telephone: Option<(String, String)>,
    pub(crate) email: Option<String>,
    pub(crate) provenance: String,
}

/// One line of what identifies the child.
pub(crate) struct IdentityLine {
    pub(crate) label: &'static str,
    pub(crate) entries: Vec<Entry>,
}

/// One value of such a line, and where it comes from.
pub(crate) struct Entry {
    pub(crate) text: String,
    pub(crate) provenance: Option<String>,
}

impl RecordContent {
    /// A record as an ordinary viewer sees it: whom it is about, then contacts.
    pub(crate) fn of_record(view: &RecordView, words: &Words, today: Date) -> Self {
        let born = view.date_of_birth.as_ref().map(|born| born.value);
        let gender = view.gender.as_ref().map(|gender| words.gender(gender.value).to_owned());
        let facts =
            [born.map(|born| born_and_age(born, today)), gender].into_iter().flatten().collect::<Vec<_>>();
        Self {
            name: view.name.value.to_string(),
            facts: facts.join(" · "),
            number: view.number.grouped(),
            sections: sections(view, words),
            identity: identity(view, words, today),
        }
    }

    /// The four fields of a shielded child (rule 2.7).
    pub(crate) fn of_shielded(view: &ShieldedView, words: &Words, today: Date) -> Self {
        let born = view.date_of_birth.map(|born| born_and_age(born, today));
        let line = |label, text| IdentityLine { label, entries: vec![Entry { text, provenance: None }] };
        let identity = [
            Some(line("Name", view.name.to_string())),
            born.map(|born| line("Date of birth", born)),
            Some(line("Gender", words.gender(view.gender).to_owned())),
            Some(line("Child number", view.number.grouped())),
        ];
        Self {
            name: view.name.to_string(),
            facts: String::new(),
            number: view.number.grouped(),
            sections: Vec::new(),
            identity: identity.into_iter().flatten().collect(),
        }
    }
}

/// In the order in which they are sought at night: who works with the child, who has it with them, and then the rest.
fn sections(view: &RecordView, words: &Words) -> Vec<Contacts> {
    let group = |id, heading: &str, when_empty: &str, cards| Contacts {
        id,
        heading: heading.to_owned(),
        when_empty: when_empty.to_owned(),
        cards,
    };
    vec![
        group(
            "services",
            "Who is working with this child",
            "No service is shown. One may still be working with this child.",
            view.involvements.iter().map(|one| service_card(one, words)).collect(),
        ),
        group(
            "carers",
            "Parents and carers",
            "No parent or carer is shown.",
            view.carers.iter().map(|one| carer_card(one, words)).collect(),
        ),
        group(
            "early-help",
            &words.assessment_heading(),
            &words.no_assessment(),
            view.caf.iter().map(|one| assessment_card(one, words)).collect(),
        ),
        group("school", "School", "No school is shown.", view.education.iter().map(school_card).collect()),
        group(
            "practice",
            "GP practice",
            "No GP practice is shown.",
            view.practices.iter().map(practice_card).collect(),
        ),
    ]
}

pub(super) fn service_card(one: &Sourced<InvolvementView>, words: &Words) -> Card {
    let Sourced { value, .. } = one;
    let mut lines: Vec<String> =
        [&value.practitioner, &value.organisation].into_iter().flatten().map(ToString::to_string).collect();
    lines.extend(value.start.map(|start| format!("Since {}", dates::long(start))));
    Card {
        title: words.service(value.service.service()).to_owned(),
        lead: value.lead && value.end.is_none(),
        ended: value.end.map(|end| format!("Ended {}", dates::long(end))),
        lines,
        ..reached_by(&value.contact, one)
    }
}

fn assessment_card(one: &Sourced<CafIndicator>, words: &Words) -> Card {
    let lines = one.value.holder.iter().map(|holder| format!("Held by {holder}")).collect();
    Card { title: words.assessment_exists(), lines, ..reached_by(&one.value.contact, one) }
}

pub(super) fn school_card(one: &Sourced<SchoolView>) -> Card {
    let (title, contact) = match &one.value.setting {
        Setting::School { name, contact, .. } => (name.to_string(), contact.clone()),
        Setting::HomeEducated => ("Educated at home".to_owned(), Contact::default()),
        Setting::NoSetting => ("No school or other setting is known".to_owned(), Contact::default()),
    };
    let lines = one.value.start.map(|start| format!("Since {}", dates::long(start))).into_iter().collect();
    let ended = one.value.end.map(|end| format!("Left {}", dates::long(end)));
    Card { title, ended, lines, ..reached_by(&contact, one) }
}

fn practice_card(one: &Sourced<Practice>) -> Card {
    let lines =
        one.value.start.map(|start| format!("Registered since {}", dates::long(start))).into_iter().collect();
    Card { title: one.value.name.to_string(), lines, ..reached_by(&one.value.contact, one) }
}

fn carer_card(one: &Sourced<Carer>, words: &Words) -> Card {
    let lines = vec![
        words.relationship(one.value.relationship).to_owned(),
        words.responsibility(one.value.responsibility).to_owned(),
    ];
    Card { title: one.value.name.to_string(), lines, ..reached_by(&one.value.contact, one) }
}

/// The part every card shares: how to reach them, and how old the news is.
pub(super) fn reached_by<T>(contact: &Contact, one: &Sourced<T>) -> Card {
    Card {
        telephone: contact.telephone.as_ref().map(|number| (number.to_string(), number.uri())),
        email: contact.email.as_ref().map(ToString::to_string),
        provenance: provenance(one),
        ..Card::default()
    }
}

fn identity(view: &RecordView, words: &Words, today: Date) -> Vec<IdentityLine> {
    let line = |label, entries: Vec<Entry>| (!entries.is_empty()).then_some(IdentityLine { label, entries });
    let aliases = view.aliases.iter().map(|alias| {
        let name_use = words.name_use(alias.value.name_use());
        entry(
            name_use.map_or_else(|| alias.value.to_string(), |said| format!("{} ({said})", alias.value)),
            alias,
        )
    });
    let born = view.date_of_birth.iter().map(|born| entry(born_and_age(born.value, today), born));
    let gender = view.gender.iter().map(|gender| entry(words.gender(gender.value).to_owned(), gender));
    let place = view.whereabouts.iter().flat_map(|place| whereabouts(place, words));
    [
        line("Name", vec![entry(view.name.value.to_string(), &view.name)]),
        line("Other names", aliases.collect()),
        line("Date of birth", born.collect()),
        line("Gender", gender.collect()),
        line("Address", place.collect()),
        line("Child number", vec![Entry { text: view.number.grouped(), provenance: None }]),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn whereabouts(place: &Sourced<Whereabouts>, words: &Words) -> Vec<Entry> {
    let said = words.whereabouts(&place.value);
    let address = place.value.address();
    let parts = address.into_iter().flat_map(address_lines);
    let texts: Vec<String> = said.into_iter().chain(parts).collect();
    let last = texts.len().saturating_sub(1);
    let entry_at = |(at, text)| Entry { text, provenance: (at == last).then(|| provenance(place)) };
    texts.into_iter().enumerate().map(entry_at).collect()
}

/// The lines of an address, town and postcode last.
pub(super) fn address_lines(address: &Address) -> impl Iterator<Item = String> + '_ {
    let town = address.town.iter().map(ToString::to_string);
    let postcode = address.postcode.iter().map(ToString::to_string);
    address.lines.iter().map(ToString::to_string).chain(town).chain(postcode)
}

pub(super) fn entry<T>(text: String, one: &Sourced<T>) -> Entry {
    Entry { text, provenance: Some(provenance(one)) }
}

fn provenance<T>(one: &Sourced<T>) -> String {
    format!("{}, last confirmed {}", one.source, dates::long_day(one.last_confirmed))
}

fn born_and_age(born: PartialDate, today: Date) -> String {
    match born.age_on(today) {
        Some(age) => format!("{} (age {age})", dates::long(born)),
        None => dates::long(born),
    }
}
