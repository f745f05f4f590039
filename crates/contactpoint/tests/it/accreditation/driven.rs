//! The kit while it listens: it says which step it is at, and is told when the product has sent.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdin, Command, Stdio};

use feeds::Profile;
use serde_json::Value;
use tempfile::TempDir;

use super::TESTED;
use super::product::Record;
use crate::installation::run;

/// A kit that was started.
pub struct Driven {
    folder: TempDir,
    kit: Child,
    lines: BufReader<ChildStderr>,
    enter: ChildStdin,
    pub profile: &'static Profile,
    /// Where it listens.
    pub address: String,
    /// What it said besides.
    pub said: String,
    /// What is asked at this step.
    pub asks: String,
}

/// What it wrote in the end.
pub struct Report(pub Value);

impl Driven {
    /// Writes the sheets, and starts the kit with a free port of this machine; `way` is how the product sends, `more` whatever else
    /// the kit is told.
    pub fn new(profile: &str, way: &[&str], more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let sheets = at("sheets");
        run([&["accredit", "cases", "--profile", profile, "--out", &sheets], way].concat()).ended(0);
        let (key, json) = (at("key"), at("report.json"));
        let tls = at("tls");
        let mut given =
            vec!["accredit", "type", "--profile", profile, "--endpoint", "127.0.0.1:0", "--key", &key];
        given.extend(["--json", &json, "--tls", &tls]);
        let mut kit = Command::new(env!("CARGO_BIN_EXE_contactpoint"))
            .args([&given[..], way, more, &TESTED].concat())
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(kit.stderr.take().unwrap());
        let enter = kit.stdin.take().unwrap();
        let profile = Profile::named(profile).unwrap();
        let (address, said, asks) = (String::new(), String::new(), String::new());
        let mut driven = Self { folder, kit, lines, enter, profile, address, said, asks };
        while driven.address.is_empty() {
            let line = driven.line().expect("the kit listens");
            if line.starts_with("listening for") {
                driven.address = line.trim().rsplit(' ').next().unwrap().to_owned();
            }
        }
        driven
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.lines.read_line(&mut line).unwrap();
        self.said.push_str(&line);
        (read > 0).then_some(line)
    }

    /// The case and the number of the next step; none when it has asked for everything.
    pub fn step(&mut self) -> Option<(String, usize)> {
        loop {
            let line = self.line()?;
            if line.starts_with('T')
                && let Some((before, asks)) = line.split_once(", step ")
            {
                let (number, asks) = asks.split_once(": ").unwrap();
                self.asks = asks.to_owned();
                return Some((before[..3].to_owned(), number.parse().unwrap()));
            }
            // What became of the cases is told once all were asked for.
            if line.contains(": passed") || line.contains(": failed") || line.contains(": nothing was given")
            {
                return None;
            }
        }
    }

    /// The product has sent what the step asks for.
    pub fn sent(&mut self) {
        self.enter.write_all(b"\n").unwrap();
    }

    /// What the product holds after each step of a case.
    pub fn exports(&self, case: &str) -> Vec<Vec<Record>> {
        super::exports(&self.folder.path().join("sheets").join(format!("{case}.csv")), self.profile)
    }

    /// A file in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Waits for its end with this exit status, and gives its report, whose signature was verified.
    #[track_caller]
    pub fn ended(mut self, status: i32) -> Report {
        drop(self.enter);
        while self.lines.read_line(&mut self.said).unwrap() > 0 {}
        assert_eq!(self.kit.wait().unwrap().code(), Some(status), "{}", self.said);
        let json = self.folder.path().join("report.json");
        run(["accredit", "verify", json.to_str().unwrap()]).ended(0);
        Report(serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap())
    }
}

impl Report {
    fn of(&self, outcome: &str) -> Vec<&str> {
        let cases = self.0["report"]["cases"].as_array().unwrap();
        let became = cases.iter().filter(|case| case["outcome"] == outcome);
        became.map(|case| case["id"].as_str().unwrap()).collect()
    }

    /// The cases that were passed.
    pub fn passed(&self) -> Vec<&str> {
        self.of("passed")
    }

    /// The cases that were not.
    pub fn failed(&self) -> Vec<&str> {
        self.of("failed")
    }
}
