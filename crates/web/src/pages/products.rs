//! The products that feed, each in one version: registered, tested with the conformance kit, decided on by another person than who
//! handed the report in (rules 11.1, 12.13).

use askama::Template;
use audit::Action;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::Line;
use directory::access::Permission;
use directory::connecting::TypeTest;
use service::{ProductView, SignedIn};
use uuid::Uuid;

use super::connections_words as words;
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;
use crate::words::Choice;

const READS: RouteRule = RouteRule::SignedIn(Permission::PrepareFeed);
const SILENT: Trail = Trail::Silent("products and their accreditation: nobody is named");

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/products", READS, SILENT, || get(list)),
    Route::post(
        "/products",
        RouteRule::SignedIn(Permission::AccreditProducts),
        Trail::Writes(Action::SourceChanged),
        || post(register),
    ),
    Route::get("/products/{id}", READS, SILENT, || get(show)),
];

#[derive(Template)]
#[template(path = "products.html")]
struct ListTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    lines: Vec<ProductLine>,
    may_register: bool,
    typed: ProductForm,
}

struct ProductLine {
    id: Uuid,
    name: String,
    supplier: String,
    state: (&'static str, &'static str),
    ways: String,
    until: String,
}

/// A product that is registered.
#[derive(Default)]
pub(crate) struct ProductForm {
    supplier: String,
    name: String,
    product_version: String,
}

impl Fields for ProductForm {
    const NAMES: &'static [&'static str] = &["supplier", "name", "product_version"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            supplier: posted.take("supplier"),
            name: posted.take("name"),
            product_version: posted.take("product_version"),
        }
    }
}

#[derive(Template)]
#[template(path = "product.html")]
struct ShowTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    id: Uuid,
    version: i64,
    name: String,
    facts: Vec<(&'static str, String)>,
    waiting: Vec<(&'static str, String)>,
    may_decide: bool,
    takes_report: bool,
    may_withdraw: bool,
    refusals: Vec<Choice>,
    withdrawals: Vec<Choice>,
}

async fn list(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    list_page(&state, &who, ProductForm::default(), Faults::default()).await
}

async fn register(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<ProductForm>,
) -> Result<Response, WebError> {
    let mut faults = Faults::default();
    let mut line = |field, text: &str, what: &str| {
        let line = Line::parse(text);
        line.map_err(|error| match text.is_empty() {
            true => faults.add(field, format!("Enter {what}")),
            false => faults.add(field, format!("Enter {what} again: {error}")),
        })
    };
    let supplier = line("supplier", &fields.supplier, "who makes the product");
    let name = line("name", &fields.name, "what the product is called");
    let version = line("product_version", &fields.product_version, "its version");
    let (Ok(supplier), Ok(name), Ok(version)) = (supplier, name, version) else {
        return list_page(&state, &who, fields, faults).await;
    };
    match state.directory().register_product(&who, supplier, name, version).await {
        Ok(id) => Ok(Redirect::to(&format!("/products/{id}")).into_response()),
        Err(error) => {
            let mut faults = Faults::default();
            faults.add("supplier", words::told(error)?);
            list_page(&state, &who, fields, faults).await
        }
    }
}

async fn list_page(
    state: &AppState,
    who: &SignedIn,
    typed: ProductForm,
    faults: Faults,
) -> Result<Response, WebError> {
    let views = all(state, who).await?;
    let wrong = !faults.is_empty();
    let today = state.directory().today();
    let lines = views.iter().map(|view| {
        let product = &view.product;
        let until = product.valid_until();
        ProductLine {
            id: view.id,
            name: format!("{} {}", product.name, product.version),
            supplier: product.supplier.to_string(),
            state: words::state(product.state(), until.is_some_and(|until| today > until)),
            ways: words::tried(product.accredited_for(today)),
            until: until.map_or_else(String::new, dates::long_day),
        }
    });
    let template = ListTemplate {
        frame: Frame::of(state, who, Section::Connections, "Products").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        lines: lines.collect(),
        may_register: who.may(Permission::AccreditProducts),
        typed,
    };
    page(form_status(wrong), &template)
}

async fn all(state: &AppState, who: &SignedIn) -> Result<Vec<ProductView>, WebError> {
    let views = state.directory().products(who).await;
    views.map_err(|error| words::told(error).map_or_else(|error| error, |_| WebError::Defect))
}

async fn show(
    State(state): State<AppState>,
    Person(who): Person,
    Path(product): Path<String>,
) -> Result<Response, WebError> {
    product_page(&state, &who, &product, Faults::default()).await
}

/// The page of a product, with what is wrong with a form of it.
pub(super) async fn product_page(
    state: &AppState,
    who: &SignedIn,
    product: &str,
    faults: Faults,
) -> Result<Response, WebError> {
    let id = Uuid::parse_str(product).map_err(|_| WebError::NotFound)?;
    let view = all(state, who).await?.into_iter().find(|view| view.id == id).ok_or(WebError::NotFound)?;
    let wrong = !faults.is_empty();
    let known = &view.product;
    let withdrawn = known.withdrawn().is_some();
    let template = ShowTemplate {
        frame: Frame::of(state, who, Section::Connections, "A product").with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        id,
        version: view.version,
        name: format!("{} {}", known.name, known.version),
        facts: facts(state, &view),
        waiting: known.waiting().map(test).unwrap_or_default(),
        may_decide: view.may_decide,
        takes_report: view.may_decide && !withdrawn,
        may_withdraw: view.may_decide && !withdrawn && known.valid_until().is_some(),
        refusals: words::refusals(),
        withdrawals: words::stops(),
    };
    page(form_status(wrong), &template)
}

fn facts(state: &AppState, view: &ProductView) -> Vec<(&'static str, String)> {
    let product = &view.product;
    let ended = product.valid_until().is_some_and(|until| state.directory().today() > until);
    let mut facts = vec![
        ("Supplier", product.supplier.to_string()),
        ("Version", product.version.to_string()),
        ("Kept by", view.kept_by.clone()),
        ("State", words::state(product.state(), ended).0.to_owned()),
    ];
    facts.extend(product.valid_until().map(|until| ("Accredited until", dates::long_day(until))));
    facts.extend(product.refused().map(|why| ("Refused last because", words::refusal(why).to_owned())));
    facts.extend(
        product
            .withdrawn()
            .map(|(on, why)| ("Withdrawn", format!("{}: {}", dates::long_day(on), words::stop(why)))),
    );
    if let Some(stands) = product.test() {
        facts.extend(test(stands));
    }
    facts
}

/// What a report says.
fn test(test: &TypeTest) -> Vec<(&'static str, String)> {
    let ways = match test.tried.is_empty() {
        true => "None whose profile is known: hand a report in again".to_owned(),
        false => words::tried(&test.tried),
    };
    vec![
        ("Tested on", dates::long_day(test.on)),
        ("Ways of sending", ways),
        ("Cases", format!("Version {}, all passed", test.kit)),
        ("Signed by the key", test.signed_by.clone()),
        ("SHA-256 of the report", words::grouped_digest(&test.report)),
    ]
}
