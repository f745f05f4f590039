//! What arrived against what must: step by step, child by child, value by value.

use std::collections::{BTreeMap, BTreeSet};

use directory::connecting::WayIn;
use feeds::hl7::Mapping;
use feeds::{Format, Options, Profile};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::arrived::{self, Arrived, Given, Statement};
use crate::cases::{Case, applying, by_requests};
use crate::cast::{Cast, OWN, identity, said};
use crate::compare::{folded, hl7_says, meaning};
use crate::plan::{Expected, Manner, Step};
use crate::report::{Agreed, CaseResult, FORMAT, Finding, KIT, Outcome, Report, Tested, Values};

/// A test of one product.
#[derive(Debug, Clone)]
pub struct Run<'a> {
    /// What is tested.
    pub tested: Tested,
    /// How it sends.
    pub way: WayIn,
    /// By what its own numbers are known.
    pub agreed: Agreed,
    /// The children, and the profile by which it feeds.
    pub cast: &'a Cast,
    /// When it is judged: nothing may be stated for a later moment.
    pub now: Timestamp,
    /// Let values into the report.
    pub show_values: bool,
}

impl Run<'_> {
    /// The day, by which what came is judged.
    pub(crate) fn today(&self) -> Date {
        self.now.to_zoned(TimeZone::UTC).date()
    }

    /// How a file of this name is read.
    pub(crate) fn options(&self, name: &str) -> Options {
        Options { own_system: self.agreed.fhir_system.clone(), ..Options::new(name, self.today()) }
    }

    /// How its messages are read.
    pub(crate) fn mapping(&self) -> Mapping {
        let (profile, assigning_authority) = (self.cast.profile(), self.agreed.assigning_authority.clone());
        Mapping { profile, assigning_authority, takes_tests: true }
    }
}

/// The format that most of the files have, and of as many the first; none of any other way.
fn format_of_most(run: &Run<'_>, given: &BTreeMap<String, Vec<Given>>) -> Option<Format> {
    if run.way != WayIn::Files {
        return None;
    }
    let formats: Vec<Format> = given.values().flatten().filter_map(Given::format).collect();
    let count = |format: &Format| formats.iter().filter(|other| *other == format).count();
    // Of equals the last is the greatest.
    formats.iter().rev().max_by_key(|format| count(format)).copied()
}

/// More findings of a case than a person reads are counted and not told.
const MOST_FINDINGS: usize = 40;

/// A clock a little fast is forgiven.
const FAST: SignedDuration = SignedDuration::from_mins(2);

/// Judges what was given for each case, by its id: one [`Given`] a step.
#[must_use]
pub fn judge(run: &Run<'_>, given: &BTreeMap<String, Vec<Given>>) -> Report {
    let profile = run.cast.profile();
    let (known, format) = (known_children(run), format_of_most(run, given));
    let cases = applying(profile, run.way).map(|case| {
        let given = given.get(case.id).map_or(&[][..], Vec::as_slice);
        let findings = if given.is_empty() {
            not_given(case, run.way)
        } else {
            Judge { run, known: &known, format }.case(case, given)
        };
        let outcome = match (given.is_empty(), findings.is_empty()) {
            (true, _) => Outcome::NotGiven,
            (false, true) => Outcome::Passed,
            (false, false) => Outcome::Failed,
        };
        CaseResult { id: case.id.to_owned(), title: case.title.to_owned(), outcome, findings }
    });
    Report {
        format: FORMAT.to_owned(),
        kit: KIT.to_owned(),
        tested: run.tested.clone(),
        profile: profile.name.to_owned(),
        way: run.way.code().to_owned(),
        file_format: format.map(|format| format.code().to_owned()),
        agreed: run.agreed.clone(),
        on: run.today(),
        values_shown: run.show_values,
        cases: cases.collect(),
    }
}

fn not_given(case: &Case, way: WayIn) -> Vec<Finding> {
    let what = "nothing was given for this case";
    let remedy = match by_requests(way) {
        true => "Carry it out while the kit listens".to_owned(),
        false => format!("Carry it out and put its {} export(s) under {}", case.steps(way), case.id),
    };
    vec![Finding::new(case.id, what, remedy)]
}

/// Everybody on a sheet of the kit, at any step. Anybody else is somebody's real child, or a leftover.
fn known_children(run: &Run<'_>) -> BTreeSet<[String; 3]> {
    let plans = Case::ALL.iter().map(|case| case.plan(run.cast, run.way));
    let steps = plans.flat_map(|plan| plan.steps);
    steps.flat_map(|step| step.expected).map(|expected| identity(&expected.sheet)).collect()
}

struct Judge<'a> {
    run: &'a Run<'a>,
    known: &'a BTreeSet<[String; 3]>,
    /// In which its files are.
    format: Option<Format>,
}

impl Judge<'_> {
    fn profile(&self) -> &'static Profile {
        self.run.cast.profile()
    }

    fn case(&self, case: &Case, given: &[Given]) -> Vec<Finding> {
        let plan = case.plan(self.run.cast, self.run.way);
        let mut findings = Vec::new();
        if given.len() != plan.steps.len() {
            findings.push(Finding::new(
                case.id,
                format!("{} export(s) were given, and the case has {}", given.len(), plan.steps.len()),
                "Give one file a step, in the order of their names",
            ));
        }
        let mut before: Option<Arrived> = None;
        for (number, (step, given)) in (1..).zip(plan.steps.iter().zip(given)) {
            let mut arrived = arrived::read(given, self.run, step, before.as_ref());
            findings.append(&mut arrived.findings);
            findings.extend(self.of_another_format(given, &arrived));
            let place = format!("{}, step {number}", case.id);
            self.children(&place, step, &arrived, &mut findings);
            listened_to(&place, step, &arrived, before.as_ref(), &mut findings);
            sums_were_checked(&place, step, &arrived, before.as_ref(), &mut findings);
            self.times(step, &arrived, before.as_ref(), &mut findings);
            if let Some(before) = &before {
                self.against(&place, step, before, &arrived, &mut findings);
            }
            before = Some(arrived);
        }
        if let Some(words) = plan.words {
            findings.extend(given.iter().filter_map(|given| notes(given, words)));
        }
        let more = findings.len().saturating_sub(MOST_FINDINGS);
        if more > 0 {
            findings.truncate(MOST_FINDINGS);
            findings.push(Finding::new(
                case.id,
                format!("{more} more of this kind or another"),
                "Mend those above first",
            ));
        }
        findings
    }

    /// A product is tested in one format: what is accredited is that.
    fn of_another_format(&self, given: &Given, arrived: &Arrived) -> Option<Finding> {
        let (is, most) = (arrived.format?, self.format?);
        (is != most).then(|| {
            let what = format!("the file is {}, and most exports are {}", is.in_words(), most.in_words());
            Finding::new(
                &given.name,
                what,
                "Export every case in one format; test a product that feeds in two in each",
            )
        })
    }

    /// Everybody who must be there is, as they must be, and nobody else.
    fn children(&self, place: &str, step: &Step, arrived: &Arrived, findings: &mut Vec<Finding>) {
        let mut by_child: BTreeMap<[String; 3], Vec<&Statement>> = BTreeMap::new();
        for statement in arrived.statements.values() {
            by_child.entry(identity(&statement.values())).or_default().push(statement);
        }
        for expected in &step.expected {
            let found = by_child.get(&identity(&expected.sheet)).map_or(&[][..], Vec::as_slice);
            let child = format!("{place}, child {}", expected.number);
            match (found.len(), expected.records) {
                (0, _) => findings.push(Finding::new(
                    child,
                    "the child did not arrive: no record has the name and the date of birth of the sheet",
                    "Look at the names and the date of birth in the export, and at what else is reported of this case",
                )),
                (one, asked) if one != asked => findings.push(Finding::new(
                    child,
                    format!("the child came in {one} records, and {asked} were asked for"),
                    "State each record of the product once, under its own record_id",
                )),
                _ => {}
            }
            for statement in found {
                self.values(expected, statement, findings);
            }
        }
        let gone: BTreeSet<[String; 3]> = step.absent.iter().map(identity).collect();
        for (who, found) in by_child {
            let (what, remedy) = if gone.contains(&who) {
                (
                    "a record still states what it said before the change",
                    "Send one record, with its latest state",
                )
            } else if !self.known.contains(&who) {
                (
                    "a record about somebody who is on no sheet",
                    "Run the kit on an installation that holds the children of the sheets alone, never on one with real children",
                )
            } else {
                continue;
            };
            findings.extend(found.iter().map(|statement| Finding::new(&statement.place, what, remedy)));
        }
    }

    fn values(&self, expected: &Expected, statement: &Statement, findings: &mut Vec<Finding>) {
        // A sheet is sound by the rules of a row: a test judges every one of them.
        let asked = said(self.profile(), &expected.sheet).unwrap_or_else(|| expected.sheet.clone());
        let came = statement.values();
        for column in self.profile().columns().filter(|column| !OWN.contains(&column.name)) {
            if self.run.way == WayIn::Hl7 && !hl7_says(column.name) {
                continue;
            }
            let of = |values: &BTreeMap<&'static str, String>| {
                values.get(column.name).cloned().unwrap_or_default()
            };
            let (asked, came) = (of(&asked), of(&came));
            if meaning(column, &asked) == meaning(column, &came) {
                continue;
            }
            let count = |value: &str| value.chars().count();
            let what = match (asked.is_empty(), came.is_empty()) {
                (true, _) => {
                    format!("a value of {} characters came, and nothing was asked for", count(&came))
                }
                (_, true) => "the value is missing".to_owned(),
                _ => format!("another value came ({} characters for {})", count(&came), count(&asked)),
            };
            let remedy = format!("Export {} as it was entered for child {}", column.name, expected.number);
            let mut finding = Finding::new(format!("{}, {}", statement.place, column.name), what, remedy);
            finding.values = self.run.show_values.then_some(Values { asked, came });
            findings.push(finding);
        }
    }

    /// No moment lies in the future; none is earlier than the one before; a change has a later one.
    fn times(&self, step: &Step, arrived: &Arrived, before: Option<&Arrived>, findings: &mut Vec<Finding>) {
        let latest = self.run.now.checked_add(FAST).unwrap_or(self.run.now);
        let asked: BTreeSet<[String; 3]> =
            step.expected.iter().map(|expected| identity(&expected.sheet)).collect();
        for (record, statement) in &arrived.statements {
            let values = statement.values();
            let said = values.get("effective_at").map_or("", String::as_str);
            let Some(moment) = feeds::moment_of(said) else { continue };
            let place = format!("{}, effective_at", statement.place);
            if moment > latest {
                let remedy = "Set the clock of the product, and write the offset from UTC that it keeps";
                findings.push(Finding::new(&place, "the moment lies in the future", remedy));
            }
            let earlier = before.and_then(|before| before.statements.get(record));
            let Some(earlier) = earlier.filter(|_| asked.contains(&identity(&values))) else { continue };
            let earlier = earlier.values();
            let earlier_said = earlier.get("effective_at").map_or("", String::as_str);
            let Some(then) = feeds::moment_of(earlier_said) else { continue };
            // Two changes of one day cannot be told apart where only days are kept.
            let days = said.len() <= 10 && said == earlier_said;
            if moment < then || (step.later && moment == then && !days) {
                let what = "the moment is not later than that of the statement before";
                let remedy = "State when the change was made in the product";
                findings.push(Finding::new(&place, what, remedy));
            }
        }
    }

    /// What a step says about the one before.
    fn against(
        &self,
        place: &str,
        step: &Step,
        before: &Arrived,
        arrived: &Arrived,
        findings: &mut Vec<Finding>,
    ) {
        let records = |arrived: &Arrived, expected: &Expected| -> BTreeSet<String> {
            let of = |statement: &&Statement| identity(&statement.values()) == identity(&expected.sheet);
            arrived.statements.values().filter(of).map(|statement| statement.row.record_id.clone()).collect()
        };
        for expected in &step.expected {
            let child = format!("{place}, child {}", expected.number);
            let now = records(arrived, expected);
            let known = |record: &String| {
                before.statements.contains_key(record)
                    || before.put_aside.iter().any(|(aside, _)| aside == record)
            };
            if !now.iter().all(known) {
                findings.push(Finding::new(
                    &child,
                    "the record has another record_id than in the step before",
                    "Give a record one identifier that never changes",
                ));
            }
            if step.merges && self.run.way != WayIn::Files {
                let then = records(before, expected);
                let told = arrived.merges.iter().any(|(surviving, ended, _)| {
                    now.contains(surviving) && surviving != ended && then.contains(ended)
                });
                if !told {
                    let remedy = match self.run.way {
                        WayIn::Json => {
                            "Send POST /v1/merges with the record that goes on and the one that ends"
                        }
                        WayIn::Fhir => "Send the Patient that ends with a link of the type replaced-by",
                        _ => {
                            "Send an A40 with the record that goes on in PID-3 and the one that ends in MRG-1"
                        }
                    };
                    findings.push(Finding::new(
                        &child,
                        "nothing says which of the two records ended",
                        remedy,
                    ));
                }
            }
        }
        if step.unchanged {
            for (record, statement) in &arrived.statements {
                let same = before
                    .statements
                    .get(record)
                    .is_some_and(|then| then.row.canonical == statement.row.canonical);
                if !same {
                    let remedy = "State a record that nobody has changed exactly as before, effective_at too";
                    findings.push(Finding::new(
                        &statement.place,
                        "nothing was changed, and the statement is another",
                        remedy,
                    ));
                }
            }
            if before.statements.keys().any(|record| !arrived.statements.contains_key(record)) {
                let remedy = "Send everything again that was not acknowledged";
                findings.push(Finding::new(place, "a record of the step before did not come again", remedy));
            }
        }
    }
}

/// What a step must show in which the kit answered in a manner of its own.
fn listened_to(
    place: &str,
    step: &Step,
    arrived: &Arrived,
    before: Option<&Arrived>,
    findings: &mut Vec<Finding>,
) {
    if let Manner::PutsAside(child) = &step.manner
        && arrived.put_aside.is_empty()
    {
        let what = "the child whose statement is put aside did not arrive";
        let place = format!("{place}, child {}", child.number);
        findings.push(Finding::new(place, what, "Let the product send all children of the step"));
    }
    let told = before.map_or(0, |before| before.statements.len());
    if step.manner == Manner::TellsReceipts && arrived.is_by_requests && arrived.receipts < told {
        let what = format!("{} of {told} receipts were read", arrived.receipts);
        let remedy = "Read GET /v1/receipts, and on with after = next until nothing comes";
        findings.push(Finding::new(place, what, remedy));
    }
}

/// Where the sums of a day have the checksum of something else, everything of it comes again, as it was; otherwise nothing.
fn sums_were_checked(
    place: &str,
    step: &Step,
    arrived: &Arrived,
    before: Option<&Arrived>,
    findings: &mut Vec<Finding>,
) {
    let of_others = step.manner == Manner::TellsOtherSums;
    if !(of_others || step.manner == Manner::TellsSums) || !arrived.is_by_requests {
        return;
    }
    let Some(again) = &arrived.after_sums else {
        let what = "the sums of the day were not asked for";
        let remedy =
            "Read GET /v1/reconciliation/DAY and compare the counts and the checksum with what was sent";
        findings.push(Finding::new(place, what, remedy));
        return;
    };
    if !of_others {
        if !again.is_empty() {
            let what = "the sums of the day were those of what was sent, and it came again all the same";
            let remedy = "Compute the checksum as docs/receipts.md says";
            findings.push(Finding::new(place, what, remedy));
        }
        return;
    }
    let sent = before.into_iter().flat_map(|before| before.statements.keys());
    let missing = sent.filter(|record| !again.contains(*record)).count();
    if missing > 0 {
        let what = format!(
            "the checksum of the day was not that of what was sent, and {missing} statement(s) did not come again"
        );
        let remedy = "Compute the checksum as docs/receipts.md says, and send everything of the day again where it differs";
        findings.push(Finding::new(place, what, remedy));
    }
}

/// What stands against something that came with words of the case notes, or in which they cannot be looked for.
fn notes(given: &Given, words: &str) -> Option<Finding> {
    let (what, remedy) = match given.texts() {
        Ok(texts) if texts.iter().any(|text| holds(text, words)) => (
            "the words that were written into the case notes came with the data".to_owned(),
            "Take every field for notes out of the export (law 1)",
        ),
        Ok(_) => return None,
        Err(fault) => (format!("the case notes cannot be looked for: {fault}"), fault.remedy()),
    };
    Some(Finding::new(&given.name, what, remedy))
}

/// Whether the words stand anywhere in a text, whatever their case and what stands between their letters.
fn holds(text: &str, words: &str) -> bool {
    folded("", text).contains(&folded("", words))
}
