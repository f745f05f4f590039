//! A shield overridden by one person and by two, and a record opened in the archive's first year.

use directory::access::Role;
use directory::register::{BodyName, LegalBasis, Reference, ReleasedItem, RequesterKind, RequesterRole};
use directory::{ChildNumber, ShieldClass, ShieldReason, ShieldRequester};
use http::StatusCode;
use jiff::SignedDuration;
use service::{DisclosureProposal, NewAccount, RegisterDecision, ShieldDecision, ShieldRequest};
use uuid::Uuid;

use super::ledger::Walk;
use crate::browser::{Browser, Page};
use crate::form::Form;
use crate::site::{AUTHORITY, PASSWORD};

const THEO: [(&str, &str); 4] =
    [("surname", "Lindqvist"), ("birth_day", "11"), ("birth_month", "6"), ("birth_year", "2015")];
const ADA: [(&str, &str); 5] = [
    ("surname", "Brackenridge"),
    ("forenames", "Ada"),
    ("birth_day", "10"),
    ("birth_month", "1"),
    ("birth_year", "2009"),
];

pub async fn walk(walk: &mut Walk<'_>) {
    let clinic = walk.site.organisation("Mill Lane Clinic", "partner", Some("E10000015")).await;
    let charity = walk.site.organisation("Harbour Charity", "national_partner", None).await;
    holder(walk, "petra", "Petra Voss", clinic).await;
    holder(walk, "sola", "Sola Adeyemi", charity).await;
    one_overrides(walk).await;
    two_override(walk).await;
    let archived = the_archive_is_opened(walk).await;
    its_later_years_are_retrieved(walk, archived).await;
}

async fn holder(walk: &Walk<'_>, username: &str, name: &str, organisation: Uuid) {
    let account = NewAccount {
        username: username.to_owned(),
        display_name: name.to_owned(),
        password: PASSWORD.to_owned(),
        organisation,
        roles: vec![Role::Practitioner, Role::OverrideHolder],
        clearance_until: "2029-01-01T00:00:00Z".parse().unwrap(),
        training_until: "2028-01-01T00:00:00Z".parse().unwrap(),
    };
    walk.site.directory.create_account(account).await.unwrap();
}

/// The warning, from the shielded record's own page.
async fn warned<'a>(walk: &mut Walk<'a>, who: &mut Browser<'a>, child: &[(&str, &str)]) -> Page {
    let page = walk.get(who, "/search").await;
    let found = walk.send(who, page.form("/search").filled(child)).await;
    let why = walk.send(who, found.form("/record")).await;
    let record = walk.send(who, why.form("/record/open").with("reason", "safeguarding_concern")).await;
    assert!(!record.body.contains("Rise") && !record.body.contains("Long Row"), "{}", record.main());
    let warning = walk.send(who, record.form("/record/override")).await;
    assert_eq!(warning.heading(), "Before you override the shield");
    warning
}

fn filled(form: Form) -> Form {
    form.filled(&[("reason", "immediate_danger"), ("acknowledged", "yes")])
}

/// The form waits while the person proves who they are; however fresh the proof they signed in with.
async fn proved<'a>(walk: &mut Walk<'a>, who: &mut Browser<'a>, form: &Form) {
    let asked = walk.asks(who, form.clone()).await;
    assert_eq!(asked.heading(), "Confirm that it is you", "{}", asked.main());
    walk.site.clock.advance(SignedDuration::from_secs(31));
    who.proves_afresh("/step-up?then=/account").await;
    walk.fresh().await;
}

async fn one_overrides(walk: &mut Walk<'_>) {
    let mut petra = walk.looking("petra").await;
    let warning = warned(walk, &mut petra, &THEO).await;
    let form = warning.form("/record/override/open");
    let faulty = petra.post(&form.action, &form.pairs()).await;
    assert_eq!(faulty.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in ["Select why it cannot wait", "Confirm that you have read this"] {
        assert!(faulty.body.contains(said), "{said}: {}", faulty.main());
    }
    let form = filled(form);
    proved(walk, &mut petra, &form).await;
    let shown = walk.send(&mut petra, form.clone()).await;
    assert_eq!(shown.heading(), "Theo Lindqvist");
    for said in
        ["Harbour Rise School", "Shown until", "10 minutes are left", "Everybody else still sees the shield"]
    {
        assert!(shown.body.contains(said), "{said}: {}", shown.main());
    }
    assert_eq!(shown.headers["refresh"], "601; url=/record/override/closed");
    walk.site.clock.advance(SignedDuration::from_secs(61));
    let again = walk.get(&mut petra, "/record/override/shown").await;
    assert!(again.body.contains("8 minutes are left"), "{}", again.main());
    let closed = walk.onward(&mut petra, again.form("/record/override/close")).await;
    assert_eq!(closed.heading(), "This record is closed");
    let over = petra.get("/record/override/shown").await;
    assert_eq!((over.status, over.heading()), (StatusCode::CONFLICT, "This record is closed"));
    let twice = petra.post(&form.action, &form.pairs()).await;
    assert_eq!(twice.heading(), "Confirm that it is you", "a proof serves one override");
    walk.fresh().await;
    kept_and_carried_out(walk).await;
}

/// As a person does it: the code is given on the page that keeps the form, and the record is the answer.
async fn kept_and_carried_out(walk: &mut Walk<'_>) {
    let mut petra = walk.looking("petra").await;
    let form = filled(warned(walk, &mut petra, &THEO).await.form("/record/override/open"));
    let asked = walk.asks(&mut petra, form).await;
    assert!(asked.body.contains("Override a shield"), "the page says for what: {}", asked.main());
    walk.site.clock.advance(SignedDuration::from_secs(31));
    let code = walk.site.directory.current_code("petra").await.unwrap();
    let proof = asked.form("/step-up").with("code", &code);
    let shown = petra.post(&proof.action, &proof.pairs()).await;
    assert_eq!((shown.status, shown.heading()), (StatusCode::OK, "Theo Lindqvist"), "{}", shown.main());
    let closes = shown.form("/record/override/close");
    petra.post(&closes.action, &closes.pairs()).await;
    walk.fresh().await;
}

async fn two_override(walk: &mut Walk<'_>) {
    at_high_risk(walk, "many-0").await;
    let mut petra = walk.looking("petra").await;
    let form = filled(warned(walk, &mut petra, &ADA).await.form("/record/override/open"));
    proved(walk, &mut petra, &form).await;
    let two = walk.asks(&mut petra, form).await;
    assert_eq!(two.heading(), "A second person has to agree", "{}", two.main());
    let asks = two.form("/record/override/ask");
    let list = walk.onward(&mut petra, asks).await;
    assert!(list.body.contains("Waiting for a second person"), "{}", list.main());
    let mut sola = walk.looking("sola").await;
    let page = walk.get(&mut sola, "/record/override/second").await;
    assert!(page.body.contains("Petra Voss") && !page.body.contains("Brackenridge"), "{}", page.main());
    let read = walk.send(&mut sola, page.form("/record/override/review")).await;
    assert!(!read.body.contains("Brackenridge") && !read.body.contains("Ada"), "{}", read.main());
    let agrees = read.form("/record/override/decide").with("decision", "agree");
    proved(walk, &mut sola, &agrees).await;
    walk.onward(&mut sola, agrees).await;
    let list = walk.get(&mut petra, "/record/override/second").await;
    let shown = walk.send(&mut petra, list.form("/record/override/together")).await;
    assert_eq!(shown.heading(), "Ada Brackenridge");
    assert!(shown.body.contains("Long Row") && shown.body.contains("second person"), "{}", shown.main());
}

/// A child shielded so that nobody overrides it alone.
async fn at_high_risk(walk: &mut Walk<'_>, record: &str) {
    walk.site.clock.advance(SignedDuration::from_mins(11));
    let (site, d) = (walk.site, &walk.site.directory);
    let (asks, first) = (site.signed_in("teacher").await, site.signed_in("manager").await);
    let second = site.signed_in("manager2").await;
    let named = [("schools-census".to_owned(), record.to_owned())];
    let number = d.numbers_of_records(&named).await.unwrap().remove(0);
    let mut request = ShieldRequest::new(number, ShieldRequester::Police, ShieldReason::DomesticAbuse)
        .shown_by(
            directory::shield::EvidenceReference::parse("police:13DV00417").unwrap(),
            directory::shield::Asked::by_an_agency(),
        )
        .unwrap();
    request.grounds.class = ShieldClass::HighRisk;
    d.request_shield(&asks, request).await.unwrap();
    let id = d.shield_requests(&first).await.unwrap().waiting[0].id;
    d.propose_shield(&first, id, &ShieldDecision::Shield(Vec::new())).await.unwrap();
    d.decide_shield(&second, id, true).await.unwrap();
    walk.fresh().await;
}

async fn the_archive_is_opened(walk: &mut Walk<'_>) -> ChildNumber {
    let authority = walk.site.directory.organisation_id(AUTHORITY).await.unwrap().unwrap();
    walk.site.account("dana", "Dana Whitcombe", Role::DataAdministrator, authority).await;
    let row = vec![
        ("record_id", "wren"),
        ("effective_at", "2026-09-01"),
        ("forenames", "Wren"),
        ("surname", "Okonjo"),
        ("date_of_birth", "2008-12-01"),
        ("gender", "F"),
        ("address_kind", "current"),
        ("address_line_1", "9 Mill Lane"),
        ("town", "St Albans"),
        ("postcode", "AL1 2QB"),
    ];
    walk.site.load("social-care", &[&row]).await;
    let named = [("social-care".to_owned(), "wren".to_owned())];
    let issued = walk.site.directory.numbers_of_records(&named).await.unwrap().remove(0);
    let number = issued.to_string();
    let mut dana = walk.looking("dana").await;
    let page = walk.get(&mut dana, "/record/archive").await;
    let form =
        page.form("/record/archive/open").filled(&[("child_number", &number), ("reason", "legal_claim")]);
    let early = dana.post(&form.action, &form.pairs()).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY, "she is seventeen: {}", early.main());
    walk.site.clock.advance(SignedDuration::from_hours(24 * 12));
    let mut dana = walk.looking("dana").await;
    let page = walk.get(&mut dana, "/retention").await;
    let page = walk.follow(&mut dana, &page, "/record/archive").await;
    let empty = page.form("/record/archive/open");
    let empty = dana.post(&empty.action, &empty.pairs()).await;
    assert!(
        empty.body.contains("Enter the child number") && empty.body.contains("Select why"),
        "{}",
        empty.main()
    );
    let form =
        page.form("/record/archive/open").filled(&[("child_number", &number), ("reason", "legal_claim")]);
    let shown = walk.send(&mut dana, form).await;
    assert_eq!(shown.heading(), "Wren Okonjo");
    for said in ["Archived on 1 December 2026", "9 Mill Lane", "A legal claim"] {
        assert!(shown.body.contains(said), "{said}: {}", shown.main());
    }
    walk.fresh().await;
    issued
}

/// A year later: what two managers decided in the register, the supplier's operator retrieves and one of them opens, once.
async fn its_later_years_are_retrieved(walk: &mut Walk<'_>, number: ChildNumber) {
    let centre = walk.site.organisation("The centre", "centre", None).await;
    walk.site.account("operator", "Niamh Kelly", Role::SupplierOperator, centre).await;
    walk.site.clock.advance(SignedDuration::from_hours(24 * 366));
    let (asks, decides) = (walk.site.signed_in("manager").await, walk.site.signed_in("manager2").await);
    let asked = DisclosureProposal {
        number,
        basis: LegalBasis::PracticeReview,
        requester: RequesterKind::SafeguardingPartnership,
        body: BodyName::parse("Herts Safeguarding Partnership").unwrap(),
        role: RequesterRole::Reviewer,
        reference: Reference::parse("CSPR/27/3").unwrap(),
        items: [ReleasedItem::ArchivedItems].into_iter().collect(),
    };
    let d = &walk.site.directory;
    let entry = d.propose_disclosure(&asks, asked).await.unwrap();
    d.decide_disclosure(&decides, entry, RegisterDecision::Approve).await.unwrap();
    let mut operator = walk.person("operator").await;
    let list = walk.get(&mut operator, "/record/archive/retrievals").await;
    assert!(list.body.contains("CSPR/27/3") && !list.body.contains("Okonjo"), "{}", list.main());
    let retrieves = list.form(&format!("/record/archive/retrievals/{entry}"));
    let list = walk.onward(&mut operator, retrieves).await;
    assert!(list.body.contains("Can be opened until"), "{}", list.main());
    let mut manager = walk.looking("manager").await;
    let page = manager.get(&format!("/register/entry/{entry}")).await;
    walk.fresh().await;
    let shown = walk.send(&mut manager, page.form(&format!("/record/archive/retrieved/{entry}"))).await;
    assert_eq!(shown.heading(), "Wren Okonjo");
    for said in ["Archived on 1 December 2026", "9 Mill Lane", "Child safeguarding practice review"] {
        assert!(shown.body.contains(said), "{said}: {}", shown.main());
    }
}
