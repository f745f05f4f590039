//! What management sees beside the record itself, put into lines a page can show. It adds nothing and decides nothing.

use directory::disclosure::{ManagementView, SensitiveServiceView, ShieldInForce};
use directory::{BasisKind, Identifier, Sourced};

use super::record_content::{
    Card, Contacts, Entry, IdentityLine, RecordContent, address_lines, entry, reached_by, school_card,
    service_card,
};
use crate::dates;
use crate::words::Words;

/// What stands above the record.
pub(crate) struct ManagementContent {
    /// The shields in force, one line each.
    pub(crate) shields: Vec<String>,
    /// What has arrived and counts for nobody yet.
    pub(crate) waiting: Option<String>,
    /// The child number, for what management does from here.
    pub(crate) number: String,
    /// The sensitive services that rest on consent, each by its key and its title: the consent may be withdrawn.
    pub(crate) withdrawable: Vec<(String, String)>,
    /// The items that somebody says are wrong.
    pub(crate) disputed: Option<String>,
}

impl ManagementContent {
    pub(crate) fn of(
        view: &ManagementView,
        words: &Words,
        key_of: impl Fn(&SensitiveServiceView) -> String,
    ) -> Self {
        let by_consent = view.sensitive.iter().filter(|one| one.value.basis == BasisKind::Consent);
        let withdrawable = by_consent.map(|one| {
            let provider =
                one.value.organisation.as_ref().map_or_else(String::new, |name| format!(", {name}"));
            (key_of(&one.value), format!("{}{provider}", words.service(one.value.service)))
        });
        let waiting = match view.waiting {
            0 => None,
            1 => Some("1 record of this child has just arrived and is not shown yet.".to_owned()),
            count => Some(format!("{count} records of this child have just arrived and are not shown yet.")),
        };
        let items = view.disputed.iter().map(|&item| words.vocabulary().disputed_item(item));
        let items: Vec<&str> = items.collect();
        let disputed = (!items.is_empty()).then(|| {
            format!("Somebody says that this is wrong, and nobody has settled it yet: {}.", items.join("; "))
        });
        let shields = view.shields.iter().map(|shield| shield_line(shield, words)).collect();
        let number = view.record.number.as_str().to_owned();
        Self { shields, waiting, disputed, number, withdrawable: withdrawable.collect() }
    }

    /// Puts the hidden items into the record: sensitive services after the others, archived ones last.
    pub(crate) fn join(&self, content: &mut RecordContent, view: &ManagementView, words: &Words) {
        let sensitive = group(
            "sensitive",
            "Sensitive services",
            "No sensitive service is known.",
            view.sensitive.iter().map(|one| sensitive_card(one, words)).collect(),
        );
        content.sections.insert(content.sections.len().min(1), sensitive);
        let services = view.archived_involvements.iter().map(|one| service_card(one, words));
        let schools = view.archived_education.iter().map(school_card);
        content.sections.push(group(
            "archived",
            "Ended more than a year ago, and hidden from practitioners",
            "Nothing that ended is kept.",
            services.chain(schools).collect(),
        ));
        content.identity.extend(hidden_lines(view));
    }
}

fn group(id: &'static str, heading: &str, when_empty: &str, cards: Vec<Card>) -> Contacts {
    Contacts { id, heading: heading.to_owned(), when_empty: when_empty.to_owned(), cards }
}

fn shield_line(shield: &ShieldInForce, words: &Words) -> String {
    let reason = words.vocabulary().shield_reason(shield.reason);
    format!("{reason}. To be reviewed in {}.", dates::month(shield.review_due))
}

fn sensitive_card(one: &Sourced<SensitiveServiceView>, words: &Words) -> Card {
    let Sourced { value, .. } = one;
    let mut lines: Vec<String> =
        [&value.practitioner, &value.organisation].into_iter().flatten().map(ToString::to_string).collect();
    lines.extend(value.start.map(|start| format!("Since {}", dates::long(start))));
    let basis = words.vocabulary().service_basis(value.basis);
    lines.push(match value.consent {
        Some(consent) => format!("Known by: {basis}. {}", words.vocabulary().consent(consent)),
        None => format!("Known by: {basis}"),
    });
    if let (Some(by), Some(on)) = (&value.asserted_by, value.asserted_on) {
        lines.push(format!("Asserted by {by}, {}", dates::long(on)));
    }
    lines.extend(value.archived.then(|| "Archived: ended more than a year ago".to_owned()));
    Card {
        title: words.service(value.service).to_owned(),
        ended: value.end.map(|end| format!("Ended {}", dates::long(end))),
        lines,
        ..reached_by(&value.contact, one)
    }
}

/// The lines of who the child is that practitioners do not see.
fn hidden_lines(view: &ManagementView) -> Vec<IdentityLine> {
    let plain = |text: String| vec![Entry { text, provenance: None }];
    let line = |label, entries: Vec<Entry>| (!entries.is_empty()).then_some(IdentityLine { label, entries });
    let addresses = view
        .previous_addresses
        .iter()
        .map(|one| entry(address_lines(&one.value).collect::<Vec<_>>().join(", "), one));
    let numbers = view
        .identifiers
        .iter()
        .map(|one| entry(format!("{}: {}", body_of(&one.value), one.value.value()), one));
    [
        line("Earlier addresses", addresses.collect()),
        line("Numbers of source bodies", numbers.collect()),
        line(
            "Answerable authority",
            view.accountable_authority.iter().flat_map(|code| plain(code.to_string())).collect(),
        ),
        line("Died", view.died_on.iter().flat_map(|day| plain(dates::long(*day))).collect()),
        line(
            "Agreed to stay until",
            view.participation
                .iter()
                .flat_map(|stays| plain(format!("the age of {}", stays.age())))
                .collect(),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn body_of(number: &Identifier) -> &'static str {
    match number {
        Identifier::NhsNumber(_) => "NHS number",
        Identifier::Upn(_) => "Unique pupil number",
        Identifier::BirthRegistration(_) => "Entry in the register of births",
        Identifier::ChildBenefit(_) => "Child benefit number",
    }
}
