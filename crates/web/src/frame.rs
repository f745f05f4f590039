//! What every page has around its content: title, banner, menu, the reason in force.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use directory::Month;
use directory::access::{FactKind, Permission};
use http::StatusCode;
use jiff::civil::Date;
use service::{Due, Reminder, SignedIn};

use crate::assets;
use crate::dates;
use crate::error::WebError;
use crate::router::routes;
use crate::state::AppState;

/// The part of the service a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// Searching and records.
    Children,
    /// Looking up for a colleague.
    Mediation,
    /// Being put in touch.
    Brokering,
    /// The shield desk.
    Shields,
    /// Identities kept apart.
    Identities,
    /// Organisations and their accreditation.
    Organisations,
    /// Accounts of others.
    Accounts,
    /// Alerts and investigations.
    Alerts,
    /// What line managers are told.
    Notices,
    /// The trail of others.
    Audit,
    /// Disclosures outside the access rules.
    Register,
    /// What the supplier's operator retrieves from the archive.
    Retrievals,
    /// How long records are kept.
    Retention,
    /// What families ask.
    Families,
    /// What a source is asked about its rows.
    SourceTasks,
    /// Sources and their loads.
    Sources,
    /// How sources are connected, and their products.
    Connections,
    /// Which records are one child.
    Records,
    /// The authority's figures.
    Figures,
    /// Overrides that take two.
    Overrides,
    /// The person's own account.
    Account,
    /// None of them: signing in, errors.
    Outside,
}

/// The menu: who has the permission sees the entry.
const MENU: [(Section, Permission, &str, &str); 21] = [
    (Section::Children, Permission::SearchChildren, "Find a child", "/search"),
    (Section::Mediation, Permission::AskForMediation, "For a colleague", "/mediation"),
    (Section::Brokering, Permission::RequestBrokering, "In touch", "/brokering"),
    (Section::Shields, Permission::DecideShield, "Shields", "/shields"),
    (Section::Identities, Permission::ProposeSeal, "Identities", "/identities"),
    (Section::Organisations, Permission::ViewOrganisations, "Organisations", "/organisations"),
    (Section::Accounts, Permission::ViewAccounts, "Accounts", "/accounts"),
    (Section::Alerts, Permission::ViewAlerts, "Alerts", "/alerts"),
    (Section::Notices, Permission::RequestAccount, "Notices", "/notices"),
    (Section::Audit, Permission::ReadAudit, "Audit", "/audit"),
    (Section::Register, Permission::ViewDisclosureRegister, "Register", "/register"),
    (Section::Retrievals, Permission::RetrieveFromArchive, "Retrievals", "/record/archive/retrievals"),
    (Section::Retention, Permission::ViewRetention, "Retention", "/retention"),
    (Section::Families, Permission::AnswerFamilies, "Families", "/subject-requests"),
    (Section::SourceTasks, Permission::AnswerForSource, "Rows to look at", "/source-tasks"),
    (Section::Sources, Permission::PauseSource, "Sources", "/sources"),
    (Section::Connections, Permission::PrepareFeed, "Connections", "/connections"),
    (Section::Records, Permission::ReviewMatches, "Records", "/records"),
    (Section::Figures, Permission::ViewAuthorityFigures, "Figures", "/figures"),
    (Section::Overrides, Permission::OverrideShield, "Overrides", "/record/override/second"),
    (Section::Account, Permission::ViewOwnAudit, "Your account", "/account"),
];

/// The frame of one page.
pub(crate) struct Frame {
    pub(crate) product: String,
    pub(crate) assets: String,
    pub(crate) banner: Option<(&'static str, &'static str)>,
    pub(crate) title: &'static str,
    pub(crate) has_faults: bool,
    pub(crate) person: Option<FramePerson>,
    section: Section,
}

/// What the frame says of the person.
pub(crate) struct FramePerson {
    pub(crate) name: String,
    pub(crate) organisation: String,
    pub(crate) form_token: String,
    /// Whether the person is signed in elsewhere too, and has not said that it is them (rule 15.11).
    pub(crate) elsewhere: bool,
    reason: Option<String>,
    runs_out: Vec<String>,
    reminders: Vec<FrameReminder>,
    menu: Vec<(Section, &'static str, &'static str)>,
}

/// What is due at a desk of theirs, and where it is listed.
pub(crate) struct FrameReminder {
    pub(crate) text: String,
    pub(crate) href: &'static str,
    pub(crate) link: &'static str,
}

/// One entry of the menu.
pub(crate) struct MenuItem {
    pub(crate) text: &'static str,
    pub(crate) href: &'static str,
    pub(crate) current: bool,
}

impl Frame {
    /// The frame of a page for somebody who is not signed in. A title never holds a child's name: it stays in histories.
    pub(crate) fn outside(state: &AppState, title: &'static str) -> Self {
        Self {
            product: state.words().product().to_owned(),
            assets: assets::base_path(),
            banner: state.config().space.banner(),
            title,
            has_faults: false,
            person: None,
            section: Section::Outside,
        }
    }

    /// The frame of a page for a signed-in person.
    pub(crate) fn of(state: &AppState, who: &SignedIn, section: Section, title: &'static str) -> Self {
        let person = FramePerson {
            name: who.display_name().to_owned(),
            organisation: who.organisation().to_owned(),
            form_token: who.form_token().to_owned(),
            elsewhere: who.signed_in_elsewhere().is_some(),
            reason: who.reason().map(|&reason| state.words().reason(reason).to_owned()),
            runs_out: who.runs_out().iter().map(|(kind, until)| runs_out(state, *kind, *until)).collect(),
            reminders: who.reminders().iter().map(reminder).collect(),
            menu: MENU
                .into_iter()
                .filter(|&(_, permission, _, href)| who.may(permission) && is_a_page(href))
                .map(|(section, _, text, href)| (section, text, href))
                .collect(),
        };
        Self { person: Some(person), section, ..Self::outside(state, title) }
    }

    /// The same frame, its title saying whether something is wrong with the form.
    pub(crate) fn with_faults(mut self, has_faults: bool) -> Self {
        self.has_faults = has_faults;
        self
    }

    /// The same frame, naming the reason for which this very page was shown.
    pub(crate) fn because(mut self, reason: &str) -> Self {
        if let Some(person) = &mut self.person {
            person.reason = Some(reason.to_owned());
        }
        self
    }

    /// The menu this person's roles give.
    pub(crate) fn navigation(&self) -> Vec<MenuItem> {
        let Some(person) = &self.person else { return Vec::new() };
        let item = |&(section, text, href)| MenuItem { text, href, current: section == self.section };
        person.menu.iter().map(item).collect()
    }

    /// What of the person's own runs out soon (rule 6.6).
    pub(crate) fn warnings(&self) -> &[String] {
        self.person.as_ref().map_or(&[], |person| person.runs_out.as_slice())
    }

    /// What is due at the desks they work at.
    pub(crate) fn reminders(&self) -> &[FrameReminder] {
        self.person.as_ref().map_or(&[], |person| person.reminders.as_slice())
    }

    /// Whether the person may ask the responsible authority to put them in touch.
    pub(crate) fn may_ask_to_be_put_in_touch(&self) -> bool {
        let menu = self.person.as_ref().map(|person| person.menu.as_slice());
        menu.is_some_and(|menu| menu.iter().any(|(section, ..)| *section == Section::Brokering))
    }

    /// The reason stated in this session, in words.
    pub(crate) fn stated_reason(&self) -> Option<&str> {
        self.person.as_ref()?.reason.as_deref()
    }
}

fn runs_out(state: &AppState, kind: FactKind, until: Date) -> String {
    let what = if kind.is_training() { "training" } else { state.words().fact(kind) };
    let day = dates::long_day(until);
    if kind == FactKind::NeedForJob {
        return format!(
            "Your need for this account was confirmed until {day}. Ask your user manager to confirm it again, or you cannot come in then."
        );
    }
    format!(
        "Your {what} runs out after {day}. Ask your user manager to record a renewal, or you cannot come in then."
    )
}

fn reminder(due: &Reminder) -> FrameReminder {
    let Reminder { of, count, first, overdue } = *due;
    let (href, link) = match of {
        Due::Families => ("/subject-requests", "What families ask"),
        Due::SourceRows => ("/source-tasks", "Rows to look at"),
        Due::ShieldReviews => ("/shields", "Shields to review"),
        Due::ShieldRequests => ("/shields", "Requests for shields"),
        Due::LegalHolds => ("/retention/holds", "Legal holds"),
    };
    let what = match (of, count) {
        (Due::Families, 1) => "1 matter of a family is due".to_owned(),
        (Due::Families, _) => format!("{count} matters of families are due"),
        (Due::SourceRows, 1) => "1 row of your source is to be looked at".to_owned(),
        (Due::SourceRows, _) => format!("{count} rows of your sources are to be looked at"),
        (Due::ShieldReviews, 1) => "1 shield is to be reviewed".to_owned(),
        (Due::ShieldReviews, _) => format!("{count} shields are to be reviewed"),
        (Due::ShieldRequests, 1) => "1 request for a shield waits to be decided".to_owned(),
        (Due::ShieldRequests, _) => format!("{count} requests for shields wait to be decided"),
        (Due::LegalHolds, 1) => "1 legal hold ends unless it is made longer".to_owned(),
        (Due::LegalHolds, _) => format!("{count} legal holds end unless they are made longer"),
    };
    let which = if count == 1 { "" } else { "the first " };
    let day = match of {
        Due::ShieldReviews => dates::month(Month::from(first)),
        Due::Families | Due::SourceRows | Due::ShieldRequests | Due::LegalHolds => dates::long_day(first),
    };
    let by = match (of, overdue) {
        (_, true) | (Due::ShieldRequests, _) => "since",
        (Due::ShieldReviews, false) => "in",
        (Due::Families | Due::SourceRows, false) => "by",
        (Due::LegalHolds, false) => "after",
    };
    FrameReminder { text: format!("{what}, {which}{by} {day}."), href, link }
}

fn is_a_page(path: &str) -> bool {
    routes().any(|route| route.method == "GET" && route.path == path)
}

/// A template as an answer.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Result<Response, WebError> {
    let text = template.render().map_err(|_| WebError::Defect)?;
    Ok((status, Html(text)).into_response())
}

/// 422 when a form has faults, 200 when it has none.
pub(crate) fn form_status(has_faults: bool) -> StatusCode {
    if has_faults { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }
}

/// The main content of a page, for snapshots: blank lines out.
#[cfg(test)]
pub(crate) fn main_of(page: &str) -> String {
    let after = page.split_once("<main").map_or("", |(_, after)| after);
    let inside = after.split_once('>').map_or("", |(_, inside)| inside);
    let main = inside.split_once("</main>").map_or("", |(main, _)| main);
    main.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
impl Frame {
    /// A frame for snapshots.
    pub(crate) fn example(title: &'static str) -> Self {
        Self {
            product: "ContactPoint".to_owned(),
            assets: "/assets/0".to_owned(),
            banner: None,
            title,
            has_faults: false,
            person: None,
            section: Section::Children,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_reminder_says_how_many_are_due_and_the_day_of_the_first() {
        let day = date(2026, 12, 1);
        for (of, count, overdue, said) in [
            (Due::Families, 1, false, "1 matter of a family is due, by 1 December 2026."),
            (Due::Families, 3, true, "3 matters of families are due, the first since 1 December 2026."),
            (Due::SourceRows, 1, true, "1 row of your source is to be looked at, since 1 December 2026."),
            (
                Due::SourceRows,
                2,
                false,
                "2 rows of your sources are to be looked at, the first by 1 December 2026.",
            ),
            (Due::ShieldReviews, 1, false, "1 shield is to be reviewed, in December 2026."),
            (
                Due::ShieldRequests,
                1,
                false,
                "1 request for a shield waits to be decided, since 1 December 2026.",
            ),
            (
                Due::ShieldRequests,
                3,
                true,
                "3 requests for shields wait to be decided, the first since 1 December 2026.",
            ),
            (Due::LegalHolds, 1, false, "1 legal hold ends unless it is made longer, after 1 December 2026."),
            (
                Due::LegalHolds,
                2,
                false,
                "2 legal holds end unless they are made longer, the first after 1 December 2026.",
            ),
            (Due::ShieldReviews, 2, true, "2 shields are to be reviewed, the first since December 2026."),
        ] {
            assert_eq!(reminder(&Reminder { of, count, first: day, overdue }).text, said);
        }
    }
}
