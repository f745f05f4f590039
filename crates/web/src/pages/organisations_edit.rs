//! Registering, changing and withdrawing organisations, and whom to reach there.

use askama::Template;
use audit::Action;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use directory::access::Permission;
use directory::organisation::{ContactDuty, KindError, OrganisationContact, OrganisationKind, Sector};
use directory::{AuthorityCode, EmailAddress, Line, Telephone};
use service::{NewMember, OrganisationChange, OrganisationError, OrganisationQuery, SignedIn};
use uuid::Uuid;

use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::pages::organisations::{broken, id};
use crate::route::{FORM, Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;
use crate::words::Choice;

const MANAGE: RouteRule = RouteRule::SignedIn(Permission::ManageOrganisations);
const VIEW: RouteRule = RouteRule::SignedIn(Permission::ViewOrganisations);
const READS: Trail = Trail::Writes(Action::OrganisationsRead);
const CHANGES: Trail = Trail::Writes(Action::OrganisationChanged);

/// The routes of this module. Each GET stands beside its POST.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/organisations/register", MANAGE, FORM, || get(ask_new)),
    Route::post("/organisations/register", MANAGE, CHANGES, || axum::routing::post(register)),
    Route::get("/organisations/{id}/change", MANAGE, READS, || get(ask_change)),
    Route::post("/organisations/{id}/change", MANAGE, CHANGES, || axum::routing::post(change)),
    Route::get("/organisations/{id}/contacts", VIEW, READS, || get(ask_contacts)),
    Route::post("/organisations/{id}/contacts", VIEW, CHANGES, || axum::routing::post(keep_contacts)),
];

#[derive(Template)]
#[template(path = "organisation_edit.html")]
struct EditTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    action: String,
    back: String,
    button: &'static str,
    name: String,
    kinds: Vec<Choice>,
    kind: String,
    authority: String,
    sectors: Vec<Choice>,
    sector: String,
    parent: String,
}

/// An organisation as it was typed.
#[derive(Default)]
pub(crate) struct EditForm {
    name: String,
    kind: String,
    authority: String,
    sector: String,
    parent: String,
}

impl Fields for EditForm {
    const NAMES: &'static [&'static str] = &["name", "kind", "authority", "sector", "parent"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            name: posted.take("name"),
            kind: posted.take("kind"),
            authority: posted.take("authority"),
            sector: posted.take("sector"),
            parent: posted.take("parent"),
        }
    }
}

/// `GET /organisations/register`
pub(crate) async fn ask_new(
    State(state): State<AppState>,
    Person(who): Person,
) -> Result<Response, WebError> {
    let home = who.roles().iter().find_map(|held| held.at.authority.clone());
    let form = EditForm {
        kind: home.as_ref().map_or("", |_| OrganisationKind::Partner.code()).to_owned(),
        authority: home.unwrap_or_default(),
        ..EditForm::default()
    };
    edit_page(&state, &who, None, form, Faults::default())
}

/// `POST /organisations/register`
pub(crate) async fn register(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<EditForm>,
) -> Result<Response, WebError> {
    let mut faults = Faults::default();
    let read = read(&state, &who, &fields, &mut faults).await?;
    let kind = OrganisationKind::from_code(&fields.kind);
    if kind.is_none() {
        faults.add("kind", "Select the kind of organisation");
    }
    let authority = match fields.authority.as_str() {
        "" => None,
        text => match AuthorityCode::parse(text) {
            Ok(code) => Some(code),
            Err(_) => {
                faults.add("authority", "Enter a letter and 8 digits, like E09000003");
                None
            }
        },
    };
    if let (Some(read), Some(kind), true) = (read, kind, faults.is_empty()) {
        let new = NewMember { name: read.name, kind, authority, sector: read.sector, parent: read.parent };
        match state.directory().register_organisation(&who, &new).await {
            Ok(id) => return Ok(Redirect::to(&format!("/organisations/{id}")).into_response()),
            Err(error) => said(error, &mut faults)?,
        }
    }
    edit_page(&state, &who, None, fields, faults)
}

/// `GET /organisations/{id}/change`
pub(crate) async fn ask_change(
    State(state): State<AppState>,
    Person(who): Person,
    Path(organisation): Path<String>,
) -> Result<Response, WebError> {
    let view = state.directory().organisation(&who, id(&organisation)?).await.map_err(broken)?;
    if !view.may.manage {
        return Err(WebError::Forbidden);
    }
    let form = EditForm {
        name: view.line.name,
        sector: view.line.sector.code().to_owned(),
        parent: view.parent.map(|(_, name)| name).unwrap_or_default(),
        ..EditForm::default()
    };
    edit_page(&state, &who, Some(view.line.id), form, Faults::default())
}

/// `POST /organisations/{id}/change`
pub(crate) async fn change(
    State(state): State<AppState>,
    Path(organisation): Path<String>,
    SignedForm { who, fields }: SignedForm<EditForm>,
) -> Result<Response, WebError> {
    let organisation = id(&organisation)?;
    let mut faults = Faults::default();
    let read = read(&state, &who, &fields, &mut faults).await?;
    if let (Some(read), true) = (read, faults.is_empty()) {
        let change = OrganisationChange { name: read.name, sector: read.sector, parent: read.parent };
        match state.directory().change_organisation(&who, organisation, &change).await {
            Ok(()) => return Ok(Redirect::to(&format!("/organisations/{organisation}")).into_response()),
            Err(error) => said(error, &mut faults)?,
        }
    }
    edit_page(&state, &who, Some(organisation), fields, faults)
}

struct Read {
    name: Line,
    sector: Sector,
    parent: Option<Uuid>,
}

async fn read(
    state: &AppState,
    who: &SignedIn,
    form: &EditForm,
    faults: &mut Faults,
) -> Result<Option<Read>, WebError> {
    let name = Line::parse(&form.name).ok();
    if name.is_none() {
        faults.add("name", "Enter the name, at most 100 characters on one line");
    }
    let sector = Sector::from_code(&form.sector);
    if sector.is_none() {
        faults.add("sector", "Select the sector");
    }
    let mut parent = None;
    if !form.parent.is_empty() {
        let query =
            OrganisationQuery { name_from: Some(form.parent.clone()), ..OrganisationQuery::default() };
        let found = state.directory().organisations(who, &query).await.map_err(broken)?;
        parent = found.lines.first().filter(|line| line.name == form.parent).map(|line| line.id);
        if parent.is_none() {
            faults.add("parent", "Enter the exact name of a registered organisation, or leave it empty");
        }
    }
    Ok(name.zip(sector).map(|(name, sector)| Read { name, sector, parent }))
}

/// What a refusal says at which field; a refusal of the person is no fault of the form.
fn said(error: OrganisationError, faults: &mut Faults) -> Result<(), WebError> {
    match error {
        OrganisationError::NameTaken => {
            faults.add("name", "Another organisation has this name. Enter a name that tells them apart");
        }
        OrganisationError::AuthorityTaken => {
            faults.add("authority", "Another authority has this code. Check the code");
        }
        OrganisationError::AuthorityUnknown => {
            faults.add("authority", "No authority with this code is registered. Check the code");
        }
        OrganisationError::Kind(KindError::NeedsAuthority) => {
            faults.add("authority", "Enter the code of its authority");
        }
        OrganisationError::Kind(KindError::HasNoAuthority) => {
            faults.add("authority", "Leave this empty: a national body belongs to no authority");
        }
        OrganisationError::Kind(KindError::Centre) => {
            faults.add("kind", "Select another kind: the central team is declared by the installation");
        }
        OrganisationError::Structure(reason) => {
            faults.add("parent", format!("Choose another: {reason}"));
        }
        OrganisationError::Withdrawn => {
            faults.add("name", "This organisation has been withdrawn and can no longer be changed");
        }
        other => return Err(broken(other)),
    }
    Ok(())
}

fn edit_page(
    state: &AppState,
    who: &SignedIn,
    organisation: Option<Uuid>,
    form: EditForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let words = state.words().vocabulary();
    let title = if organisation.is_some() { "Change an organisation" } else { "Register an organisation" };
    let kinds = OrganisationKind::ALL
        .iter()
        .filter(|kind| **kind != OrganisationKind::Centre)
        .map(|&kind| Choice { code: kind.code(), words: words.organisation_kind(kind).to_owned() });
    let pick = Choice { code: "", words: "Select one".to_owned() };
    let sectors = Sector::ALL
        .iter()
        .map(|&sector| Choice { code: sector.code(), words: words.sector(sector).to_owned() });
    let here = organisation.map(|id| format!("/organisations/{id}"));
    let template = EditTemplate {
        frame: Frame::of(state, who, Section::Organisations, title).with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        action: here.as_ref().map_or("/organisations/register".to_owned(), |here| format!("{here}/change")),
        back: here.unwrap_or_else(|| "/organisations".to_owned()),
        button: if organisation.is_some() { "Save" } else { "Register" },
        kinds: if organisation.is_some() { Vec::new() } else { kinds.collect() },
        sectors: std::iter::once(pick).chain(sectors).collect(),
        name: form.name,
        kind: form.kind,
        authority: form.authority,
        sector: form.sector,
        parent: form.parent,
    };
    page(form_status(wrong), &template)
}

#[derive(Template)]
#[template(path = "organisation_contacts.html")]
struct ContactsTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    action: String,
    back: String,
    organisation: String,
    groups: Vec<Group>,
}

struct Group {
    duty: String,
    fields: Vec<Field>,
}

struct Field {
    id: &'static str,
    label: String,
    value: String,
    class: &'static str,
}

/// Name, post, telephone and e-mail address, for each duty in turn.
const CONTACT_FIELDS: &[[&str; 4]] = &[
    ["security_name", "security_post", "security_telephone", "security_email"],
    ["accounts_name", "accounts_post", "accounts_telephone", "accounts_email"],
    ["complaints_name", "complaints_post", "complaints_telephone", "complaints_email"],
];

/// Twelve values, in the order of [`CONTACT_FIELDS`].
pub(crate) struct ContactsForm(Vec<[String; 4]>);

impl Fields for ContactsForm {
    const NAMES: &'static [&'static str] = CONTACT_FIELDS.as_flattened();

    fn from_posted(posted: &mut Posted) -> Self {
        Self(CONTACT_FIELDS.iter().map(|names| names.map(|name| posted.take(name))).collect())
    }
}

/// `GET /organisations/{id}/contacts`
pub(crate) async fn ask_contacts(
    State(state): State<AppState>,
    Person(who): Person,
    Path(organisation): Path<String>,
) -> Result<Response, WebError> {
    let view = state.directory().organisation(&who, id(&organisation)?).await.map_err(broken)?;
    if !view.may.contacts {
        return Err(WebError::Forbidden);
    }
    let values = ContactDuty::ALL.iter().map(|duty| {
        view.contacts.iter().find(|contact| contact.duty == *duty).map_or_else(Default::default, |contact| {
            [
                contact.name.to_string(),
                contact.post.to_string(),
                contact.telephone.to_string(),
                contact.email.to_string(),
            ]
        })
    });
    let form = ContactsForm(values.collect());
    contacts_page(&state, &who, (view.line.id, view.line.name), form, Faults::default())
}

/// `POST /organisations/{id}/contacts`
pub(crate) async fn keep_contacts(
    State(state): State<AppState>,
    Path(organisation): Path<String>,
    SignedForm { who, fields }: SignedForm<ContactsForm>,
) -> Result<Response, WebError> {
    let organisation = id(&organisation)?;
    let mut faults = Faults::default();
    let mut contacts = Vec::new();
    for ((&duty, names), values) in ContactDuty::ALL.iter().zip(CONTACT_FIELDS).zip(&fields.0) {
        if values.iter().all(String::is_empty) {
            continue;
        }
        contacts.extend(read_contact(duty, *names, values, &mut faults));
    }
    if faults.is_empty() {
        match state.directory().keep_contacts(&who, organisation, &contacts).await {
            Ok(()) => return Ok(Redirect::to(&format!("/organisations/{organisation}")).into_response()),
            Err(error) => return Err(broken(error)),
        }
    }
    let view = state.directory().organisation(&who, organisation).await.map_err(broken)?;
    contacts_page(&state, &who, (organisation, view.line.name), fields, faults)
}

fn read_contact(
    duty: ContactDuty,
    names: [&'static str; 4],
    [name, post, telephone, email]: &[String; 4],
    faults: &mut Faults,
) -> Option<OrganisationContact> {
    let [name_field, post_field, telephone_field, email_field] = names;
    let name = Line::parse(name).map_err(|_| faults.add(name_field, "Enter the person’s name"));
    let post = Line::parse(post).map_err(|_| faults.add(post_field, "Enter the person’s post"));
    let telephone = Telephone::parse(telephone)
        .map_err(|_| faults.add(telephone_field, "Enter a telephone number, like 020 7946 0000"));
    let email = EmailAddress::parse(email)
        .map_err(|_| faults.add(email_field, "Enter an e-mail address, like name@example.org"));
    Some(OrganisationContact {
        duty,
        name: name.ok()?,
        post: post.ok()?,
        telephone: telephone.ok()?,
        email: email.ok()?,
    })
}

fn contacts_page(
    state: &AppState,
    who: &SignedIn,
    (organisation, name): (Uuid, String),
    form: ContactsForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let words = state.words().vocabulary();
    let groups = ContactDuty::ALL.iter().zip(CONTACT_FIELDS).zip(form.0).map(|((&duty, names), values)| {
        let duty = words.contact_duty(duty).to_owned();
        let labels = ["Name", "Post", "Telephone", "E-mail address"];
        let classes = ["", "", "govuk-input--width-20", ""];
        let fields = names.iter().zip(labels).zip(classes).zip(values);
        let fields = fields.map(|(((&id, label), class), value)| Field {
            id,
            label: format!("{label} ({})", duty.to_lowercase()),
            value,
            class,
        });
        Group { fields: fields.collect(), duty }
    });
    let here = format!("/organisations/{organisation}");
    let template = ContactsTemplate {
        frame: Frame::of(state, who, Section::Organisations, "Whom to reach").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        action: format!("{here}/contacts"),
        back: here,
        organisation: name,
        groups: groups.collect(),
    };
    page(form_status(wrong), &template)
}
