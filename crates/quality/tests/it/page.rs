//! The page and the JSON of a small run, as they are.

use quality::{Profile, Report, measure, page, previous};

use crate::rows::{input, settings, sound};

fn small() -> Report {
    let mut rows = sound("nhs-gp", 30)
        .with(3, &[("surname", "Unknown"), ("postcode", "")])
        .with(9, &[("nhs_number", "9990000019"), ("town", "N/A"), ("gender", "female")])
        .with(20, &[("practice_name", "at risk of harm")]);
    rows.rows.push(rows.rows[12].clone());
    let profile = Profile::named("nhs-gp").unwrap();
    measure(
        vec![input("gp.csv", rows.csv())],
        vec![input("census <1>.csv", sound("nhs-gp", 15).csv())],
        &settings(&profile),
        None,
    )
    .unwrap()
}

#[test]
fn the_json_is_the_one_kept() {
    insta::assert_json_snapshot!(small());
}

#[test]
fn the_page_is_the_one_kept_and_needs_nothing_beside_itself() {
    let report = small();
    let mut earlier = serde_json::to_value(&report).unwrap();
    earlier["overall"] = 71.25.into();
    earlier["measured_on"] = "2026-08-01".into();
    earlier["by_field"][3]["score"] = 50.0.into();
    let trend = previous(&earlier.to_string(), &Profile::named("nhs-gp").unwrap()).unwrap();
    let page = page(&report, Some(&trend));
    for outside in ["http", "src=", "url(", "@import", "<script", "<link", "census <1>"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("since 1 August 2026, when it was 71.2"));
    let (_, body) = page.split_once("</style>").unwrap();
    insta::assert_snapshot!(body);
}

#[test]
fn a_report_of_another_profile_or_of_nothing_is_no_earlier_run() {
    let json = serde_json::to_string(&small()).unwrap();
    let named = |name| Profile::named(name).unwrap();
    assert!(previous(&json, &named("nhs-gp")).is_ok());
    for (text, profile, words) in [
        (
            json.as_str(),
            "social-care",
            "was measured by the profile nhs-gp; give a report of the same profile",
        ),
        ("{\"format\":\"other\"}", "nhs-gp", "is no report of this tool"),
        ("MARKED", "nhs-gp", "is no report of this tool"),
    ] {
        assert!(previous(text, &named(profile)).unwrap_err().to_string().contains(words), "{text}");
    }
    // A profile of its own whose weights, expectations or columns have changed since measures something else.
    let changes: [&dyn Fn(&mut Profile); 3] = [
        &|profile| profile.columns[2].weight += 1.0,
        &|profile| profile.columns[2].expected -= 0.1,
        &|profile| drop(profile.columns.pop()),
    ];
    for change in changes {
        let mut changed = named("nhs-gp");
        change(&mut changed);
        let error = previous(&json, &changed).unwrap_err().to_string();
        assert!(error.contains("measure that file anew"), "{error}");
    }
}
