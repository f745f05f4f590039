//! A supplier tests a product alone: the sheets, the exports, the signed report, and whether it is believed.

mod by_requests;
mod driven;
#[path = "../../../conformance/tests/it/product.rs"]
mod product;
mod put_aside;

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use conformance::Sheet;
use feeds::Profile;

use self::driven::Driven;
use self::product::{ENDINGS, Record, file_as, message, messages, refusal};
use crate::installation::run;

const TESTED: [&str; 6] = ["--supplier", "Harbour Systems", "--product", "Case Keeper", "--version", "4.2"];

/// What the product holds after each step of a case, as its sheet says.
fn exports(sheet: &Path, profile: &Profile) -> Vec<Vec<Record>> {
    let mut csv = csv::Reader::from_path(sheet).unwrap();
    let names: Vec<String> = csv.headers().unwrap().iter().map(str::to_owned).collect();
    let mut steps: BTreeMap<usize, Vec<(usize, usize, Sheet)>> = BTreeMap::new();
    for row in csv.records() {
        let row = row.unwrap();
        let [step, child, records] = [0, 1, 2].map(|at| row[at].parse::<usize>().unwrap());
        let named = names.iter().zip(&row).filter(|(_, value)| !value.is_empty());
        let sheet =
            named.filter_map(|(name, value)| Some((profile.position(name)?.1.name, value.to_owned())));
        steps.entry(step).or_default().push((child, records, sheet.collect()));
    }
    let mut all: Vec<Vec<Record>> = Vec::new();
    for (nth, entered) in steps.into_values().enumerate() {
        let before = all.last().map_or(&[][..], Vec::as_slice);
        all.push(product::export(entered, before, nth));
    }
    all
}

/// Lets the kit write the receipts of what was exported, beside it.
fn receipts(profile: &str, exports: &str, more: &[&str]) {
    let told =
        run([&["accredit", "receipts", "--profile", profile, "--files", exports], more].concat()).ended(0);
    assert!(told.err.contains("T14/1.receipts.jsonl: give it to the product"), "{}", told.err);
}

/// Exports what the sheets say, as a product without a fault would.
fn export(sheets: &Path, folder: &Path, profile: &Profile, ending: &str) {
    for entry in std::fs::read_dir(sheets).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "csv") {
            continue;
        }
        let case = folder.join(path.file_stem().unwrap());
        std::fs::create_dir_all(&case).unwrap();
        for (step, records) in (1..).zip(exports(&path, profile)) {
            let export = case.join(format!("{step}.{ending}"));
            std::fs::write(export, file_as(ending, profile, &records)).unwrap();
        }
    }
}

#[test]
fn a_supplier_gets_from_an_export_to_a_signed_report_alone_and_a_touched_one_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (sheets, exports, key, json, html) =
        (at("sheets"), at("exports"), at("key"), at("report.json"), at("report.html"));
    let profile = Profile::named("nhs-gp").unwrap();
    run(["accredit", "cases", "--profile", "nhs-gp", "--out", &sheets]).ended(0);
    let listed = std::fs::read_to_string(folder.path().join("sheets/cases.txt")).unwrap();
    assert!(
        listed.contains("T02  A child is changed") && listed.contains("put it in: T02/1.csv to T02/2.csv"),
        "{listed}"
    );
    export(&folder.path().join("sheets"), &folder.path().join("exports"), profile, "csv");
    let test = |more: &[&str]| {
        let args = [
            "accredit",
            "type",
            "--profile",
            "nhs-gp",
            "--files",
            &exports,
            "--key",
            &key,
            "--json",
            &json,
            "--html",
            &html,
        ];
        run([&args[..], &TESTED, more].concat())
    };
    let untold = test(&[]).ended(1);
    assert!(untold.err.contains("T14/1.csv, row 3: nothing beside the export shows"), "{}", untold.err);
    receipts("nhs-gp", &exports, &[]);
    let passed = test(&[]).ended(0);
    assert!(passed.err.contains("T13 Many children: passed"), "{}", passed.err);
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let told = run(["accredit", "verify", &json]).ended(0);
    for words in [
        "the signature fits",
        "Case Keeper 4.2 by Harbour Systems",
        ", by files (CSV), profile nhs-gp",
        "version 2 of the kit: all 13 cases passed",
        "signed by   the key ",
    ] {
        assert!(told.out.contains(words), "{}", told.out);
    }
    let page = std::fs::read_to_string(&html).unwrap();
    assert!(
        page.contains("<h1>Every case was passed</h1>") && page.contains("by files (CSV) with"),
        "{page}"
    );
    let text = std::fs::read_to_string(&json).unwrap();
    std::fs::write(&json, text.replace("Case Keeper", "Case Keeper Pro")).unwrap();
    assert!(run(["accredit", "verify", &json]).ended(1).err.contains("changed after it was signed"));
    // One value is wrong, and one case is left out: the same key, another verdict, no value.
    std::fs::remove_dir_all(folder.path().join("exports/T09")).unwrap();
    let path = folder.path().join("exports/T05/2.csv");
    std::fs::write(
        &path,
        std::fs::read_to_string(&path).unwrap().replace("Northwick", "Southwick-upon-Quill"),
    )
    .unwrap();
    let failed = test(&[]).ended(1);
    assert!(failed.err.contains("T09 Receipts change nothing: nothing was given"), "{}", failed.err);
    assert!(
        failed.err.contains("T05/2.csv, row 2, town: another value came (20 characters for 9)"),
        "{}",
        failed.err
    );
    let page = std::fs::read_to_string(&html).unwrap();
    assert!(page.contains("2 cases were not passed") && !page.contains("Quill"));
    assert!(run(["accredit", "verify", &json]).ended(0).out.contains("2 of 13 cases not passed: T05, T09"));
    test(&["--show-values"]).ended(1);
    assert!(std::fs::read_to_string(&html).unwrap().contains("Southwick-upon-Quill"));
}

#[test]
fn a_product_is_tested_by_its_files_in_every_format_that_a_load_takes() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (sheets, key, json) = (at("sheets"), at("key"), at("report.json"));
    let profile = Profile::named("nhs-gp").unwrap();
    run(["accredit", "cases", "--profile", "nhs-gp", "--out", &sheets]).ended(0);
    let listed = std::fs::read_to_string(folder.path().join("sheets/cases.txt")).unwrap();
    assert!(listed.contains("CSV, .xlsx, XML or FHIR NDJSON"), "{listed}");
    let test = |exports: &str| {
        let args =
            ["accredit", "type", "--profile", "nhs-gp", "--files", exports, "--key", &key, "--json", &json];
        run([&args[..], &TESTED].concat())
    };
    for ending in ENDINGS.into_iter().filter(|ending| *ending != "csv") {
        export(&folder.path().join("sheets"), &folder.path().join(ending), profile, ending);
        receipts("nhs-gp", &at(ending), &[]);
        let passed = test(&at(ending)).ended(0);
        assert!(passed.err.contains("T13 Many children: passed"), "{ending}: {}", passed.err);
        let told = run(["accredit", "verify", &json]).ended(0).out;
        let words = match ending {
            "xlsx" => "by files (Excel workbook)",
            "xml" => "by files (XML)",
            _ => "by files (FHIR NDJSON)",
        };
        assert!(told.contains(words), "{told}");
    }
    std::fs::write(folder.path().join("xml/T01/1.xml"), "%PDF-1.7\n").unwrap();
    let failed = test(&at("xml")).ended(1);
    let told = "T01/1.xml: the file was not taken (E03): this is a PDF, which is not read. Export the data as CSV (UTF-8, commas), \
                .xlsx, XML or FHIR NDJSON";
    assert!(failed.err.contains(told), "{}", failed.err);
}

/// A FHIR export in which Patient.id is another in every export, and the number of the record stands under a system of its own.
fn numbered_by(system: &str, step: &str, export: &str) -> String {
    let (mut ids, mut lines) = (Vec::new(), Vec::new());
    for line in export.lines() {
        let mut resource: serde_json::Value = serde_json::from_str(line).unwrap();
        if resource["resourceType"] == "Patient" {
            let id = resource["id"].as_str().unwrap().to_owned();
            let own = serde_json::json!({"system": system, "value": id});
            match resource["identifier"].as_array_mut() {
                Some(numbers) => numbers.push(own),
                None => resource["identifier"] = serde_json::json!([own]),
            }
            resource["id"] = format!("{step}-{id}").into();
            ids.push(id);
        }
        lines.push(resource.to_string());
    }
    ids.iter().fold(lines.join("\n") + "\n", |text, id| {
        text.replace(&format!("\"Patient/{id}\""), &format!("\"Patient/{step}-{id}\""))
    })
}

#[test]
fn a_product_is_tested_with_the_numbers_it_agreed_on() {
    const SYSTEM: &str = "https://case-keeper.example/record";
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (key, json, html) = (at("key"), at("report.json"), at("report.html"));
    let test = |profile: &str, exports: &str, more: &[&str]| {
        let args = ["accredit", "type", "--profile", profile, "--files", exports, "--key", &key];
        run([&args[..], &["--json", &json, "--html", &html], &TESTED, more].concat())
    };
    // FHIR: its Patient.id says nothing of the record.
    run(["accredit", "cases", "--profile", "nhs-gp", "--out", &at("sheets")]).ended(0);
    let gp = Profile::named("nhs-gp").unwrap();
    export(&folder.path().join("sheets"), &folder.path().join("fhir"), gp, "ndjson");
    for case in std::fs::read_dir(at("fhir")).unwrap() {
        for path in std::fs::read_dir(case.unwrap().path()).unwrap() {
            let path = path.unwrap().path();
            let step = path.file_stem().unwrap().to_str().unwrap();
            let text = numbered_by(SYSTEM, step, &std::fs::read_to_string(&path).unwrap());
            std::fs::write(&path, text).unwrap();
        }
    }
    receipts("nhs-gp", &at("fhir"), &["--fhir-system", SYSTEM]);
    test("nhs-gp", &at("fhir"), &[]).ended(1);
    test("nhs-gp", &at("fhir"), &["--fhir-system", SYSTEM]).ended(0);
    let told = run(["accredit", "verify", &json]).ended(0);
    assert!(told.out.contains(&format!("own numbers by the system {SYSTEM}")), "{}", told.out);
    let page = std::fs::read_to_string(&html).unwrap();
    assert!(page.contains("read by the agreed system https://case-keeper.example/record"), "{page}");
    let touched = std::fs::read_to_string(&json).unwrap().replace(SYSTEM, "https://elsewhere.example/record");
    std::fs::write(&json, touched).unwrap();
    run(["accredit", "verify", &json]).ended(1);
    // HL7: another number of the same type stands before the record's.
    message_exports(&at("messages"), &at("hl7"), |text| {
        text.replace("PID|1||", "PID|1||X-1^^^ELSEWHERE^MR~").replace("\rMRG|", "\rMRG|X-1^^^ELSEWHERE^MR~")
    });
    test("hospital", &at("hl7"), &["--way", "hl7"]).ended(1);
    test("hospital", &at("hl7"), &["--way", "hl7", "--assigning-authority", "TRUST"]).ended(0);
    let told = run(["accredit", "verify", &json]).ended(0);
    assert!(told.out.contains("own numbers by the assigning authority TRUST"), "{}", told.out);
    let wrong = test("nhs-gp", &at("fhir"), &["--assigning-authority", "TRUST"]).ended(2);
    assert!(
        wrong.err.contains("--assigning-authority: --way files knows none; it is for hl7"),
        "{}",
        wrong.err
    );
}

#[test]
fn wrong_usage_of_the_kit_is_refused_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (key, json, open) = (at("key"), at("report.json"), at("open"));
    std::fs::write(&open, "contactpoint-accreditation-key-1:00\n").unwrap();
    std::fs::create_dir(at("empty")).unwrap();
    let rest = |key: &str| {
        [&TESTED[..], &["--key", key, "--json", &json]]
            .concat()
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    for (arguments, words) in [
        (
            [
                vec!["--profile", "gp", "--files", &at("empty")].into_iter().map(str::to_owned).collect(),
                rest(&key),
            ]
            .concat(),
            "the profiles are gro-births",
        ),
        (
            [
                vec!["--profile", "nhs-gp", "--way", "hl7", "--files", &at("empty")]
                    .into_iter()
                    .map(str::to_owned)
                    .collect(),
                rest(&key),
            ]
            .concat(),
            "the profile hospital alone",
        ),
        (
            [
                vec!["--profile", "nhs-gp", "--files", &at("empty")].into_iter().map(str::to_owned).collect(),
                rest(&key),
            ]
            .concat(),
            "named by the id of a case",
        ),
        (
            [
                vec!["--profile", "nhs-gp", "--files", &at("empty")].into_iter().map(str::to_owned).collect(),
                rest(&open),
            ]
            .concat(),
            "chmod 600",
        ),
        (
            [
                vec!["--profile", "hospital", "--endpoint", "0.0.0.0:0"]
                    .into_iter()
                    .map(str::to_owned)
                    .collect(),
                rest(&key),
            ]
            .concat(),
            "on this machine alone",
        ),
        (
            [
                vec!["--profile", "nhs-gp", "--way", "json", "--files", &at("empty")]
                    .into_iter()
                    .map(str::to_owned)
                    .collect(),
                rest(&key),
            ]
            .concat(),
            "give --endpoint and --tls",
        ),
        (
            [
                vec!["--profile", "nhs-gp", "--way", "fhir", "--endpoint", "127.0.0.1:0"]
                    .into_iter()
                    .map(str::to_owned)
                    .collect(),
                rest(&key),
            ]
            .concat(),
            "--tls is missing",
        ),
    ] {
        let arguments: Vec<&str> =
            ["accredit", "type"].into_iter().chain(arguments.iter().map(String::as_str)).collect();
        let ended = run(&arguments).ended(2);
        assert!(ended.err.contains(words), "{arguments:?}: {}", ended.err);
    }
    std::fs::create_dir(at("begun")).unwrap();
    std::fs::write(at("begun/T01.csv"), "record_id\n").unwrap();
    for (exports, words) in
        [("begun", "let the product write T14/1.csv"), ("empty", "named by the id of a case")]
    {
        let told = run(["accredit", "receipts", "--profile", "nhs-gp", "--files", &at(exports)]).ended(2);
        assert!(told.err.contains(words), "{}", told.err);
    }
    std::fs::write(at("begun/T14.csv"), "record_id\n").unwrap();
    let told = run(["accredit", "receipts", "--profile", "nhs-gp", "--files", &at("begun")]).ended(2);
    assert!(told.err.contains("T14.csv") && told.err.contains("the file was not taken (E"), "{}", told.err);
    assert!(run(["accredit", "verify", &at("none.json")]).ended(2).err.contains("give the JSON report"));
}

/// Sends messages and gives every answer, until there are as many as expected.
fn send(address: &str, messages: &[String], answers: usize) -> Vec<String> {
    let mut stream = TcpStream::connect(address).unwrap();
    for message in messages {
        stream.write_all(format!("\u{b}{message}\u{1c}\r").as_bytes()).unwrap();
    }
    let (mut text, mut buffer) = (String::new(), [0; 4096]);
    while text.matches('\u{1c}').count() < answers {
        let count = stream.read(&mut buffer).unwrap();
        text.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
    }
    text.split('\u{1c}').filter(|answer| answer.contains("MSA")).map(str::to_owned).collect()
}

#[test]
fn the_kit_listens_as_a_directory_would_and_fails_once_on_purpose() {
    let mut kit = Driven::new("hospital", &["--way", "hl7"], &[]);
    let address = kit.address.clone();
    let sent = |kit: &Driven, case: &str| -> Vec<String> {
        kit.exports(case)[0].iter().map(|record| message("A28", record, None)).collect()
    };
    while let Some((case, step)) = kit.step() {
        match (case.as_str(), step) {
            ("T01", _) => {
                let answers = send(&address, &sent(&kit, "T01"), 3);
                assert!(
                    answers.len() == 3 && answers.iter().all(|answer| answer.contains("MSA|AA|")),
                    "{answers:?}"
                );
            }
            ("T10", 1) => {
                let answers = send(&address, &sent(&kit, "T10"), 3);
                assert!(
                    answers.len() == 3 && answers.iter().all(|answer| answer.contains("|207|")),
                    "{answers:?}"
                );
            }
            ("T10", _) => {
                let answers = send(&address, &sent(&kit, "T10"), 6);
                let twice = answers.len() == 6 && answers.iter().all(|answer| answer.contains("MSA|AA|"));
                assert!(twice, "acknowledged twice: {answers:?}");
            }
            // Nothing is sent for the others.
            _ => {}
        }
        kit.sent();
    }
    let report = kit.ended(1);
    assert_eq!(report.passed(), ["T01", "T10"]);
}

/// The messages of every step of every case, one after another, as `sends` makes them.
fn message_exports(sheets: &str, files: &str, sends: impl Fn(String) -> String) {
    run(["accredit", "cases", "--profile", "hospital", "--way", "hl7", "--out", sheets]).ended(0);
    let profile = Profile::named("hospital").unwrap();
    for entry in std::fs::read_dir(sheets).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "csv") {
            let case = Path::new(files).join(path.file_stem().unwrap());
            std::fs::create_dir_all(&case).unwrap();
            let mut before: Vec<Record> = Vec::new();
            let aside = case.ends_with("T14");
            for (step, records) in (1..).zip(exports(&path, profile)) {
                let mut text = sends(String::from_utf8(messages(&records, &before)).unwrap());
                if aside && step == 1 {
                    text.push_str(&refusal(&records[1]));
                }
                std::fs::write(case.join(format!("{step}.hl7")), text).unwrap();
                before = records;
            }
        }
    }
}

/// Messages of every step, one after another: what the product of these tests sends passes by this way too.
#[test]
fn the_messages_of_a_product_without_a_fault_pass() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (files, key, json) = (at("files"), at("key"), at("report.json"));
    message_exports(&at("sheets"), &files, |text| text);
    let args = [
        "accredit",
        "type",
        "--profile",
        "hospital",
        "--way",
        "hl7",
        "--files",
        &files,
        "--key",
        &key,
        "--json",
        &json,
    ];
    run([&args[..], &TESTED].concat()).ended(0);
}
