//! A product is tested and accredited, a source is connected in the order of the steps, signed off by two, stopped and let go on.

use conformance::{CaseResult, Outcome, Report, Signed, Tested, applying};
use directory::access::Role;
use directory::connecting::WayIn;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::ledger::Walk;
use crate::browser::{Browser, Page};
use crate::site::{AUTHORITY, Site};

/// The profile by which the product is tested, and of the source that is an installation of it.
const PROFILE: &str = "social-care";

pub async fn walk(walk: &mut Walk<'_>) {
    let authority = walk.site.organisation(AUTHORITY, "authority", Some("E10000015")).await;
    walk.site.account("dot", "Dorothy Vane", Role::DataAdministrator, authority).await;
    accredited(walk).await;
    let mut dot = walk.person("dot").await;
    let page = walk.get(&mut dot, "/connections").await;
    assert!(page.body.contains("May feed"), "declared by the configuration: {}", page.main());
    let link = link_of(&page, PROFILE);
    let at = |step: &str| format!("{link}/{step}");
    let page = walk.get(&mut dot, &link).await;
    let by_declaration = "The service’s configuration lets it until";
    assert!(
        page.body.contains(by_declaration) && !page.body.contains("Nothing is missing"),
        "{}",
        page.main()
    );
    let form = page.form(&at("product"));
    let newest = form.choices("product").pop().unwrap();
    let form = form.with("product", &newest);
    let page = walk.onward(&mut dot, form).await;
    assert!(page.body.contains("installation of Case Keeper 4.2 by Harbour Systems"), "{}", page.main());
    let page = credentials(walk, &mut dot, page, &link).await;
    // Nothing of it is taken that only looks like a report, and the page says where and what to do.
    let form = page.form(&at("pilot")).with("report", "{\"format\": 1}");
    let sent = dot.post(&form.action, &form.pairs()).await;
    assert!(
        sent.body.contains("Line 1 of the file is not what a report of contactpoint quality"),
        "{}",
        sent.main()
    );
    let (file, unread) = files(walk.site);
    let report = pilot(walk.site, [&file, &unread]);
    let page = walk.onward(&mut dot, page.form(&at("pilot")).with("report", &report)).await;
    assert!(page.body.contains("93 out of 100"), "{}", page.main());
    for (rows, told) in [
        (unread.as_str(), "The file, row 1: the first row names none of the columns of"),
        (
            file.trim_end(),
            "This is not the file that the pilot measured; run the pilot (step 3) on this file first",
        ),
    ] {
        let form = page.form(&at("rehearsal")).with("rows", rows);
        let sent = dot.post(&form.action, &form.pairs()).await;
        assert!(sent.body.contains(told), "{}", sent.main());
    }
    let page = walk.onward(&mut dot, page.form(&at("rehearsal")).with("rows", &file)).await;
    assert!(page.body.contains("Rehearsed on"), "{}", page.main());
    assert!(page.body.contains(": the one that the pilot measured"), "{}", page.main());
    assert!(page.forms(&at("sign")).is_empty(), "who prepares does not sign: {}", page.main());
    for signer in ["manager", "manager2"] {
        let mut signs = walk.person(signer).await;
        let page = walk.get(&mut signs, &link).await;
        walk.onward(&mut signs, page.form(&at("sign"))).await;
    }
    let page = walk.get(&mut dot, &link).await;
    assert!(
        page.body.contains("Signed off until") && page.body.contains("Nothing is missing"),
        "{}",
        page.main()
    );
    let form = page.form(&at("stop"));
    let sent = dot.post(&form.action, &form.pairs()).await;
    assert!(sent.body.contains("Select why it is stopped"), "{}", sent.main());
    walk.onward(&mut dot, form.with("reason", "own_request")).await;
    let mut manager = walk.person("manager").await;
    let sources = walk.get(&mut manager, "/sources").await;
    assert!(sources.body.contains("Next: The installation was stopped"), "{}", sources.main());
    let page = walk.get(&mut manager, &link).await;
    let page = walk.onward(&mut manager, page.form(&at("go-on"))).await;
    assert!(page.body.contains("Nothing is missing"), "{}", page.main());
}

/// The address of the connection of a source.
fn link_of(page: &Page, source: &str) -> String {
    let before = page.main().split(&format!("\">{source}</a>")).next().unwrap();
    before.rsplit("href=\"").next().unwrap().to_owned()
}

/// A product is registered and tested by one manager and accredited by another; another one is withdrawn.
async fn accredited(walk: &mut Walk<'_>) {
    let mut manager = walk.person("manager").await;
    let page = walk.get(&mut manager, "/products").await;
    let form = page.form("/products").filled(&[("supplier", "Harbour Systems"), ("product_version", "4.2")]);
    let sent = manager.post(&form.action, &form.pairs()).await;
    assert!(sent.body.contains("Enter what the product is called"), "{}", sent.main());
    for version in ["4.1", "4.2"] {
        let mut manager = walk.person("manager").await;
        let form = form.clone().filled(&[("name", "Case Keeper"), ("product_version", version)]);
        let form = form.with("form_token", &manager.get("/products").await.form_token());
        let page = walk.onward(&mut manager, form).await;
        let link = page.form_after("/products/", "/report").action.trim_end_matches("/report").to_owned();
        let touched = report(walk.site, version).replace("\"files\"", "\"hl7\"");
        let form = page.form(&format!("{link}/report")).with("report", &touched);
        let sent = manager.post(&form.action, &form.pairs()).await;
        assert!(sent.body.contains("The signature does not fit the report"), "{}", sent.main());
        let form = page.form(&format!("{link}/report")).with("report", &report(walk.site, version));
        let page = walk.onward(&mut manager, form).await;
        let form = page.form(&format!("{link}/decide")).with("decision", "grant");
        let sent = manager.post(&form.action, &form.pairs()).await;
        assert!(sent.body.contains("Somebody else must do this"), "{}", sent.main());
        let mut other = walk.person("manager2").await;
        let page = walk.get(&mut other, &link).await;
        let page =
            walk.onward(&mut other, page.form(&format!("{link}/decide")).with("decision", "grant")).await;
        assert!(page.body.contains("Accredited until"), "{}", page.main());
        assert!(page.body.contains("in CSV)"), "the format of the files: {}", page.main());
        if version == "4.1" {
            let form = page.form(&format!("{link}/withdraw")).with("withdrawal", "no_longer_used");
            let page = walk.onward(&mut other, form).await;
            assert!(page.body.contains("It is no longer used"), "{}", page.main());
        }
    }
}

/// One credential is taken back, another confirmed by a second person.
async fn credentials<'a>(walk: &mut Walk<'a>, dot: &mut Browser<'a>, page: Page, link: &str) -> Page {
    let at = |step: &str| format!("{link}/{step}");
    let form = page.form(&at("credential")).with("kind", "client_certificate");
    let private =
        form.clone().with("credential", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----");
    let sent = dot.post(&private.action, &private.pairs()).await;
    assert!(sent.body.contains("This is a private key"), "{}", sent.main());
    let mut page = page;
    for digest in ["1a", "5a"] {
        let form = page.form(&at("credential")).with("kind", "client_certificate");
        page = walk.onward(dot, form.with("credential", &digest.repeat(32))).await;
    }
    let page = walk.onward(dot, page.forms(&at("revoke")).remove(0)).await;
    assert!(page.body.contains("5a5a 5a5a") && !page.body.contains("1a1a 1a1a"), "{}", page.main());
    let mut manager = walk.person("manager").await;
    let seen = walk.get(&mut manager, link).await;
    walk.onward(&mut manager, seen.form(&at("confirm"))).await;
    let page = walk.get(dot, link).await;
    assert!(page.body.contains("Confirmed on"), "{}", page.main());
    page
}

/// The signed report of a test in which every case was passed.
fn report(site: &Site, version: &str) -> String {
    let profile = feeds::Profile::named(PROFILE).unwrap();
    let cases = applying(profile, WayIn::Files).map(|case| CaseResult {
        id: case.id.to_owned(),
        title: case.title.to_owned(),
        outcome: Outcome::Passed,
        findings: Vec::new(),
    });
    let tested = Tested {
        supplier: "Harbour Systems".to_owned(),
        product: "Case Keeper".to_owned(),
        version: version.to_owned(),
    };
    let report = Report {
        format: conformance::FORMAT.to_owned(),
        kit: conformance::KIT.to_owned(),
        tested,
        profile: profile.name.to_owned(),
        way: "files".to_owned(),
        file_format: Some("csv".to_owned()),
        on: site.directory.today(),
        agreed: conformance::Agreed::default(),
        values_shown: false,
        cases: cases.collect(),
    };
    Signed::new(report, &[7; 32]).to_json()
}

/// A file of one child that reaches every threshold, and one that cannot be read.
fn files(site: &Site) -> (String, String) {
    let profile = feeds::Profile::named(PROFILE).unwrap();
    let today = site.directory.today().to_string();
    let said = |column: &feeds::Column| match column.name {
        "record_id" => "R-1".to_owned(),
        "effective_at" => today.clone(),
        "forenames" => "Amelia".to_owned(),
        "surname" => "Okafor".to_owned(),
        "date_of_birth" => "2015-03-12".to_owned(),
        "gender" => "F".to_owned(),
        "nhs_number" => "9990000018".to_owned(),
        "upn" => "H801200001001".to_owned(),
        "address_kind" => "current".to_owned(),
        "address_line_1" => "12 Mill Lane".to_owned(),
        "town" => "Leeds".to_owned(),
        "postcode" => "LS1 4AP".to_owned(),
        _ => String::new(),
    };
    let row = profile.columns().map(said).collect::<Vec<_>>().join(",");
    (format!("{}\n{row}\n", profile.header()), "surname;notes\nQuill;x\n".to_owned())
}

/// A report by which these files reach every threshold.
fn pilot(site: &Site, files: [&String; 2]) -> String {
    let measured = |file: &String| {
        let sha256: String =
            Sha256::digest(file.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        json!({"name": "pilot.csv", "rows": 1, "sha256": sha256, "refused": null})
    };
    let profile = quality::Profile::named(PROFILE).unwrap();
    let fields = profile.columns.iter().map(|column| {
        json!({"name": column.name, "score": 95.0, "expected": column.expected, "weight": column.weight})
    });
    json!({
        "format": quality::FORMAT,
        "profile": profile.name,
        "measured_on": site.directory.today().to_string(),
        "files": files.map(measured),
        "rows": 2,
        "quarantined_rows": 0,
        "overall": 93.4,
        "by_field": fields.collect::<Vec<_>>(),
        "faults": [],
        "refused_columns": [],
        "unpermitted": {},
        "unattached": {},
        "duplicates": {"estimate": {"share": 0.01}},
    })
    .to_string()
}
