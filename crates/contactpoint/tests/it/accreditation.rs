//! A supplier tests a product alone: the sheets, the exports, the signed report, and whether it is believed.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{ChildStderr, Command, Stdio};

use feeds::Profile;
use serde_json::Value;

use crate::installation::run;

const TESTED: [&str; 6] = ["--supplier", "Harbour Systems", "--product", "Case Keeper", "--version", "4.2"];

type Sheet = BTreeMap<String, String>;

/// The rows of a sheet, by step.
fn sheet(path: &Path) -> BTreeMap<String, Vec<Sheet>> {
    let mut csv = csv::Reader::from_path(path).unwrap();
    let names: Vec<String> = csv.headers().unwrap().iter().map(str::to_owned).collect();
    let mut steps: BTreeMap<String, Vec<Sheet>> = BTreeMap::new();
    for row in csv.records() {
        let row: Sheet = names.iter().cloned().zip(row.unwrap().iter().map(str::to_owned)).collect();
        steps.entry(row["step"].clone()).or_default().push(row);
    }
    steps
}

/// Exports what the sheets say, as a product without a fault would.
fn export(sheets: &Path, exports: &Path, profile: &Profile) {
    for entry in std::fs::read_dir(sheets).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "csv") {
            continue;
        }
        let case = path.file_stem().unwrap().to_str().unwrap().to_owned();
        std::fs::create_dir_all(exports.join(&case)).unwrap();
        let mut last: BTreeMap<String, (Sheet, String)> = BTreeMap::new();
        for (step, rows) in sheet(&path) {
            let mut csv = csv::Writer::from_path(exports.join(&case).join(format!("{step}.csv"))).unwrap();
            csv.write_record(profile.columns().map(|column| column.name)).unwrap();
            for row in rows {
                for copy in 0..row["records"].parse::<u32>().unwrap() {
                    let id = format!("R-{}-{copy}", row["child"]);
                    let values: Sheet = row
                        .clone()
                        .into_iter()
                        .filter(|(name, _)| !["step", "records"].contains(&name.as_str()))
                        .collect();
                    let same = last.get(&id).filter(|(before, _)| *before == values);
                    let at = same.map_or_else(|| format!("2026-11-2{step}T08:00:00Z"), |(_, at)| at.clone());
                    last.insert(id.clone(), (values, at.clone()));
                    csv.write_record(profile.columns().map(|column| match column.name {
                        "record_id" => id.as_str(),
                        "effective_at" => at.as_str(),
                        name => row[name].as_str(),
                    }))
                    .unwrap();
                }
            }
            csv.flush().unwrap();
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
    export(&folder.path().join("sheets"), &folder.path().join("exports"), profile);
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
    let passed = test(&[]).ended(0);
    assert!(passed.err.contains("T13 Many children: passed"), "{}", passed.err);
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let told = run(["accredit", "verify", &json]).ended(0);
    for words in [
        "the signature fits",
        "Case Keeper 4.2 by Harbour Systems",
        "all 12 cases passed",
        "signed by   the key ",
    ] {
        assert!(told.out.contains(words), "{}", told.out);
    }
    assert!(std::fs::read_to_string(&html).unwrap().contains("<h1>Every case was passed</h1>"));
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
    assert!(run(["accredit", "verify", &json]).ended(0).out.contains("2 of 12 cases not passed: T05, T09"));
    test(&["--show-values"]).ended(1);
    assert!(std::fs::read_to_string(&html).unwrap().contains("Southwick-upon-Quill"));
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
    ] {
        let arguments: Vec<&str> =
            ["accredit", "type"].into_iter().chain(arguments.iter().map(String::as_str)).collect();
        let ended = run(&arguments).ended(2);
        assert!(ended.err.contains(words), "{arguments:?}: {}", ended.err);
    }
    assert!(run(["accredit", "verify", &at("none.json")]).ended(2).err.contains("give the JSON report"));
}

/// A message about a child of a sheet.
fn message(child: &Sheet) -> String {
    let number = if child["nhs_number"].is_empty() {
        String::new()
    } else {
        format!("~{}^^^NHS^NH", child["nhs_number"])
    };
    let mut text = format!(
        "MSH|^~\\&|PAS|TRUST|CP|CP|20261125090000+0000||ADT^A28|M-{0}|P|2.5.1||||||UNICODE UTF-8\rEVN||20261125090000+0000\r\
         PID|1||R-{0}^^^TRUST^MR{number}||{1}^{2}^^^^^L||{3}|{4}|||{5}^{6}^{7}^^{8}^^H\rPD1|||{9}^^{10}\r",
        child["child"],
        child["surname"],
        child["forenames"],
        child["date_of_birth"].replace('-', ""),
        child["gender"],
        child["address_line_1"],
        child["address_line_2"],
        child["town"],
        child["postcode"],
        child["practice_name"],
        child["practice_code"],
    );
    for carer in 1..=2 {
        let of = |column: &str| child[&format!("carer_{carer}_{column}")].as_str();
        let kin = match of("relationship") {
            "mother" => "MTH",
            "father" => "FTH",
            "parent" => "PAR",
            "guardian" => "GRD",
            "carer" => "CGV",
            _ => continue,
        };
        text.push_str(&format!(
            "NK1|{carer}|{}^{}|{kin}||{}~^NET^Internet^{}\r",
            of("surname"),
            of("forenames"),
            of("telephone"),
            of("email")
        ));
    }
    text
}

/// Sends the children of a step and gives every answer, until the line is quiet.
fn send(address: &str, children: &[Sheet], answers: usize) -> Vec<String> {
    let mut stream = TcpStream::connect(address).unwrap();
    for child in children {
        stream.write_all(format!("\u{b}{}\u{1c}\r", message(child)).as_bytes()).unwrap();
    }
    let (mut text, mut buffer) = (String::new(), [0; 4096]);
    while text.matches('\u{1c}').count() < answers {
        let count = stream.read(&mut buffer).unwrap();
        text.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
    }
    text.split('\u{1c}').filter(|answer| answer.contains("MSA")).map(str::to_owned).collect()
}

/// Reads on until a line begins so, and gives it.
fn until(lines: &mut BufReader<ChildStderr>, begins: &str) -> String {
    loop {
        let mut line = String::new();
        assert!(lines.read_line(&mut line).unwrap() > 0, "the kit ended before {begins}");
        if line.starts_with(begins) {
            return line;
        }
    }
}

#[test]
fn the_kit_listens_as_a_directory_would_and_fails_once_on_purpose() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (sheets, key, json) = (at("sheets"), at("key"), at("report.json"));
    run(["accredit", "cases", "--profile", "hospital", "--way", "hl7", "--out", &sheets]).ended(0);
    let of = |case: &str| sheet(&folder.path().join("sheets").join(case)).remove("1").unwrap();
    let mut kit = Command::new(env!("CARGO_BIN_EXE_contactpoint"))
        .args([
            "accredit",
            "type",
            "--profile",
            "hospital",
            "--endpoint",
            "127.0.0.1:0",
            "--key",
            &key,
            "--json",
            &json,
        ])
        .args(TESTED)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(kit.stderr.take().unwrap());
    let mut enter = kit.stdin.take().unwrap();
    let listening = until(&mut lines, "listening for HL7");
    let address = listening.trim().rsplit(' ').next().unwrap();
    until(&mut lines, "T01");
    let answers = send(address, &of("T01.csv"), 3);
    assert!(answers.len() == 3 && answers.iter().all(|answer| answer.contains("MSA|AA|")), "{answers:?}");
    // Nothing is sent for the cases between.
    for next in ["T02 A child is changed, step 1", "T02 A child is changed, step 2"] {
        enter.write_all(b"\n").unwrap();
        until(&mut lines, next);
    }
    let mut line = String::new();
    while !line.starts_with("T10") {
        enter.write_all(b"\n").unwrap();
        line = until(&mut lines, "T");
    }
    let answers = send(address, &of("T10.csv"), 3);
    assert!(answers.len() == 3 && answers.iter().all(|answer| answer.contains("|207|")), "{answers:?}");
    enter.write_all(b"\n").unwrap();
    until(&mut lines, "T10 A delivery is sent again after a failure, step 2");
    let answers = send(address, &of("T10.csv"), 6);
    assert!(
        answers.len() == 6 && answers.iter().all(|answer| answer.contains("MSA|AA|")),
        "acknowledged twice: {answers:?}"
    );
    enter.write_all(b"\n").unwrap();
    drop(enter);
    std::io::copy(&mut lines, &mut std::io::sink()).unwrap();
    assert_eq!(kit.wait().unwrap().code(), Some(1), "the other cases were not passed");
    let report: Value = serde_json::from_str(&std::fs::read_to_string(&json).unwrap()).unwrap();
    let passed: Vec<&str> = report["report"]["cases"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|case| case["outcome"] == "passed")
        .map(|case| case["id"].as_str().unwrap())
        .collect();
    assert_eq!(passed, ["T01", "T10"], "{report}");
}
