//! The published cases. An id keeps its meaning for ever and is never used again for another case; each case has children of
//! its own, so that they can be run in any order and again.

use directory::connecting::WayIn;
use feeds::Profile;

use crate::cast::{Cast, MOST_CHILDREN};
use crate::plan::{Expected, Manner, Plan, Step};
use crate::report::KIT;

/// A case.
#[derive(Debug)]
pub struct Case {
    /// `T01`...
    pub id: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// What the product is asked to do.
    pub asks: &'static str,
    /// What must arrive.
    pub arrives: &'static str,
    /// Why: a number of docs/rules.md or a law.
    pub rule: &'static str,
    /// What is otherwise for a product that sends by requests (JSON, FHIR); empty where nothing is.
    pub by_requests: &'static str,
    /// What is otherwise for one that sends HL7 messages.
    pub by_messages: &'static str,
    /// What is otherwise for one that writes files.
    pub by_files: &'static str,
    /// How many exports it takes, and how many of a product that sends by requests.
    steps: (usize, usize),
    children: (usize, usize),
    applies: fn(&'static Profile, WayIn) -> bool,
    plan: fn(&Told<'_>) -> Plan,
}

impl Case {
    /// Every case, in the order of the ids.
    pub const ALL: &'static [Self] = &CASES;

    /// The case of an id.
    #[must_use]
    pub fn named(id: &str) -> Option<&'static Self> {
        CASES.iter().find(|case| case.id == id)
    }

    /// What is otherwise for a product that sends so; empty where nothing is.
    #[must_use]
    pub fn otherwise(&self, way: WayIn) -> &'static str {
        match way {
            WayIn::Json | WayIn::Fhir => self.by_requests,
            WayIn::Hl7 => self.by_messages,
            WayIn::Files => self.by_files,
        }
    }

    /// Whether it is asked of a product that feeds so.
    #[must_use]
    pub fn applies(&self, profile: &'static Profile, way: WayIn) -> bool {
        (self.applies)(profile, way)
    }

    /// The case carried out on these children.
    #[must_use]
    pub fn plan(&self, cast: &Cast, way: WayIn) -> Plan {
        let told = Told { cast, way, children: self.children };
        let mut plan = (self.plan)(&told);
        if by_requests(way) {
            for step in &mut plan.steps {
                // Such a product exports nothing: it sends what is new.
                step.asks = step
                    .asks
                    .replace("Export everything.", "Export.")
                    .replace("Export.", "Let the product send it.");
            }
        }
        plan
    }

    /// How many exports it takes, or steps in which the product sends.
    #[must_use]
    pub fn steps(&self, way: WayIn) -> usize {
        if by_requests(way) { self.steps.1 } else { self.steps.0 }
    }

    /// The first and the last of its children's numbers.
    #[must_use]
    pub fn children(&self) -> (usize, usize) {
        self.children
    }
}

/// The cases that a product is asked which feeds so.
pub fn applying(profile: &'static Profile, way: WayIn) -> impl Iterator<Item = &'static Case> {
    CASES.iter().filter(move |case| case.applies(profile, way))
}

/// The cases that a version of the kit asked of a product that feeds so. Version 1 asked T14 of those alone who send by requests.
pub(crate) fn asked_by(
    kit: &str,
    profile: &'static Profile,
    way: WayIn,
) -> impl Iterator<Item = &'static Case> {
    let all = kit == KIT || by_requests(way);
    applying(profile, way).filter(move |case| all || case.id != "T14")
}

/// Whether a product that sends so is listened to, request by request.
pub(crate) fn by_requests(way: WayIn) -> bool {
    matches!(way, WayIn::Json | WayIn::Fhir)
}

/// What a plan is made from.
struct Told<'a> {
    cast: &'a Cast,
    way: WayIn,
    children: (usize, usize),
}

impl Told<'_> {
    fn profile(&self) -> &'static Profile {
        self.cast.profile()
    }

    /// The children of the case, as they are on the sheet.
    fn all(&self) -> Vec<Expected> {
        let last = self.children.1.min(self.cast.len());
        (self.children.0..=last).map(|number| Expected::new(number, self.cast.child(number))).collect()
    }

    /// The first of them.
    fn first(&self) -> Expected {
        Expected::new(self.children.0, self.cast.child(self.children.0))
    }

    fn has(&self, column: &str) -> bool {
        self.profile().position(column).is_some()
    }
}

/// Words that no product has by chance.
const NOTE: &str = "heron lantern forty-four";

fn always(_: &'static Profile, _: WayIn) -> bool {
    true
}

/// A message tells that two records are one; that a child is no longer known, no message tells.
fn can_end(profile: &'static Profile, way: WayIn) -> bool {
    way != WayIn::Hl7 || profile.position("involvement_1_end").is_some()
}

/// A register of deaths has none.
fn has_addresses(profile: &'static Profile, _: WayIn) -> bool {
    profile.position("address_kind").is_some()
}

/// Such a product is answered at once, and may ask for its sums.
fn sends_requests(_: &'static Profile, way: WayIn) -> bool {
    by_requests(way)
}

fn names_services(profile: &'static Profile, _: WayIn) -> bool {
    profile.position("involvement_2_service").is_some()
}

/// How the product is told of what was put aside, and what it does then.
fn put_aside_asks(way: WayIn) -> (&'static str, &'static str) {
    match way {
        WayIn::Json | WayIn::Fhir => (
            "Enter the three children as the sheet says. Export. The kit says of the second that its postcode breaks a rule.",
            "Change the postcode of the second child to NW9 7ZY. Export.",
        ),
        WayIn::Hl7 => (
            "Enter the three children as the sheet says. Let the product send each. The message about the second is answered AE: its \
             postcode breaks a rule.",
            "Change the postcode of the second child to NW9 7ZY. Let the product send it.",
        ),
        WayIn::Files => (
            "Enter the three children as the sheet says. Export.",
            "Write the receipts of that export with contactpoint accredit receipts, and give them to the product in the way it takes \
             them: the row of the second child was put aside, its postcode breaks a rule. Change that postcode to NW9 7ZY. Export \
             everything again.",
        ),
    }
}

/// A case in which nothing is otherwise by any way, to be filled in.
const PLAIN: Case = Case {
    id: "",
    title: "",
    asks: "",
    arrives: "",
    rule: "",
    by_requests: "",
    by_messages: "",
    by_files: "",
    steps: (1, 1),
    children: (1, 1),
    applies: always,
    plan: |_| Plan { steps: Vec::new(), words: None },
};

static CASES: [Case; 16] = [
    Case {
        id: "T01",
        title: "Children are created",
        asks: "Enter three children as the sheet says, and export.",
        arrives: "One record for each, with every value of the sheet and nothing else.",
        rule: "rule 1.1",
        steps: (1, 1),
        children: (1, 3),
        applies: always,
        plan: |told| Plan {
            steps: vec![Step::new("Enter the three children as the sheet says. Export.", told.all())],
            ..Plan::default()
        },
        ..PLAIN
    },
    Case {
        id: "T02",
        title: "A child is changed",
        asks: "Enter a child and export; then change the surname and export again.",
        arrives: "The second export states the whole child anew under the same record_id, with a moment that is not earlier, and \
                  no second record.",
        rule: "rule 10.11",
        steps: (2, 2),
        children: (4, 4),
        applies: always,
        plan: |told| {
            let before = told.first();
            let after = before.clone().with(told.profile(), "surname", "Quincey-Ashe");
            let mut changed = Step::new("Change the surname to Quincey-Ashe. Export.", vec![after]);
            changed.absent = vec![before.sheet.clone()];
            Plan {
                steps: vec![Step::new("Enter the child as the sheet says. Export.", vec![before]), changed],
                ..Plan::default()
            }
        },
        ..PLAIN
    },
    Case {
        id: "T03",
        title: "Something ends",
        asks: "Enter two children and export; then end what the first is known for and export again.",
        arrives: "Where the profile has involvements: the involvement with the day of its end, not a row that is gone. Elsewhere: \
                  a full export without the child, and the other as before.",
        rule: "rule 1.13",
        by_requests: "Without involvements the product says that the record has ended (`POST /v1/records/{record_id}/end`, \
                      `DELETE /fhir/Patient/{id}`).",
        steps: (2, 2),
        children: (5, 6),
        applies: can_end,
        plan: |told| {
            let all = told.all();
            let began = Step::new("Enter the two children as the sheet says. Export.", all.clone());
            let mut ended = if told.has("involvement_1_end") {
                let mut after = all.clone();
                if let Some(first) = after.first_mut() {
                    *first = first.clone().with(told.profile(), "involvement_1_end", "2026-11-22");
                }
                Step::new(
                    "End the first child\u{2019}s first involvement on 22 November 2026. Export.",
                    after,
                )
            } else {
                let mut gone = Step::new(
                    "Take the first child off as somebody who has left. Export everything.",
                    all.iter().skip(1).cloned().collect(),
                );
                gone.absent = all.first().map(|first| first.sheet.clone()).into_iter().collect();
                gone
            };
            ended.later = false;
            Plan { steps: vec![began, ended], ..Plan::default() }
        },
        ..PLAIN
    },
    Case {
        id: "T04",
        title: "Two records are merged",
        asks: "Enter the same child twice and export; then merge the two records and export again.",
        arrives: "First two records. Then one of them, under one of their two record_ids; in HL7 also an A40 that names both.",
        rule: "rule 10.15",
        by_requests: "Also the merge itself, which names both (`POST /v1/merges`, `Patient.link`).",
        steps: (2, 2),
        children: (7, 7),
        applies: always,
        plan: |told| {
            let mut merged = Step::new("Merge the two records in the product. Export.", vec![told.first()]);
            merged.merges = true;
            Plan {
                steps: vec![
                    Step::new(
                        "Enter the child twice, as two records, as the sheet says. Export.",
                        vec![told.first().twice()],
                    ),
                    merged,
                ],
                ..Plan::default()
            }
        },
        ..PLAIN
    },
    Case {
        id: "T05",
        title: "A child moves",
        asks: "Enter a child and export; then enter the new address and export again.",
        arrives: "The new address alone, as the current one.",
        rule: "rule 1.2",
        steps: (2, 2),
        children: (8, 8),
        applies: has_addresses,
        plan: |told| {
            let profile = told.profile();
            let after = told
                .first()
                .with(profile, "address_line_1", "41 Lantern Row")
                .with(profile, "address_line_2", "")
                .with(profile, "town", "Northwick")
                .with(profile, "postcode", "NW9 7ZZ");
            Plan {
                steps: vec![
                    Step::new("Enter the child as the sheet says. Export.", vec![told.first()]),
                    Step::new(
                        "The child moves to 41 Lantern Row, Northwick, NW9 7ZZ. Enter it. Export.",
                        vec![after],
                    ),
                ],
                ..Plan::default()
            }
        },
        ..PLAIN
    },
    Case {
        id: "T06",
        title: "What is not known stays empty",
        asks: "Enter a child of whom neither gender, address, numbers nor a carer\u{2019}s telephone are known, and export.",
        arrives: "Empty values: no placeholder, no 01/01/1900, no made-up number.",
        rule: "rule 1.5",
        steps: (1, 1),
        children: (9, 9),
        applies: always,
        plan: |told| {
            let unknown = [
                "gender",
                "address_kind",
                "address_line_1",
                "address_line_2",
                "town",
                "postcode",
                "nhs_number",
                "upn",
                "birth_registration",
                "child_benefit_number",
                "carer_1_telephone",
                "carer_1_email",
                "carer_2_telephone",
                "carer_2_email",
            ];
            let mut child = told.first();
            for column in unknown {
                child = child.with(told.profile(), column, "");
            }
            let asks = "Enter the child as the sheet says: what is not on the sheet is not known. Export.";
            Plan { steps: vec![Step::new(asks, vec![child])], ..Plan::default() }
        },
        ..PLAIN
    },
    Case {
        id: "T07",
        title: "Letters of every script, quotes and commas",
        asks: "Enter a child whose name and address hold accents, an apostrophe, a hyphen, a comma and quotes, and export.",
        arrives: "Every letter as it was entered, in UTF-8 (HL7: in the characters that MSH-18 names).",
        rule: "law 8",
        steps: (1, 1),
        children: (10, 10),
        applies: always,
        plan: |told| {
            let profile = told.profile();
            let child = told
                .first()
                .with(profile, "forenames", "Zo\u{eb} Ng\u{1ecd}c")
                .with(profile, "surname", "O'Brien-\u{141}ukasik")
                .with(profile, "address_line_1", "3 \"The Old Forge\", Mill Lane");
            let asks = "Enter the child as the sheet says, letter by letter. Export.";
            Plan { steps: vec![Step::new(asks, vec![child])], ..Plan::default() }
        },
        ..PLAIN
    },
    Case {
        id: "T08",
        title: "Two changes on one day",
        asks: "Enter a child and export; on the same day change the address twice, with an export after each.",
        arrives: "effective_at is the moment of the change, not of the export: later each time (or the same day, where only days are \
                  kept), never in the future.",
        rule: "rule 10.16",
        steps: (3, 3),
        children: (11, 11),
        applies: has_addresses,
        plan: |told| {
            let at = |house: &str| told.first().with(told.profile(), "address_line_1", house);
            let step = |asks: &str, house: &str| {
                let mut step = Step::new(asks, vec![at(house)]);
                step.later = true;
                step
            };
            let first = Step::new("Enter the child as the sheet says. Export.", vec![told.first()]);
            let second =
                step("Change the first line of the address to 5 Harbour Steps. Export.", "5 Harbour Steps");
            let third = step("Change it to 6 Harbour Steps on the same day. Export.", "6 Harbour Steps");
            Plan { steps: vec![first, second, third], ..Plan::default() }
        },
        ..PLAIN
    },
    Case {
        id: "T09",
        title: "Receipts change nothing",
        asks: "Enter three children and export; tell the product that the directory took the first as new, held the second as \
               unchanged and replaced the third; export again.",
        arrives: "The same rows to the byte: a receipt tells what became of a row and nothing of the child, and a product draws \
                  nothing from it.",
        rule: "law 7",
        by_requests: "The product reads its receipts with `GET /v1/receipts`, all of them, and sends either nothing or the same \
                      again.",
        steps: (2, 2),
        children: (12, 14),
        applies: always,
        plan: |told| {
            let asks = if by_requests(told.way) {
                "Let the product read its receipts: they tell by turns that a statement was accepted, unchanged and superseded. Let \
                 it send again what it holds, if it has a way to."
            } else {
                "Give the product these receipts in the way it takes them: first row accepted, second unchanged, third updated. \
                 Export everything again."
            };
            let mut again = Step::new(asks, told.all());
            again.unchanged = true;
            again.manner = Manner::TellsReceipts;
            let first = Step::new("Enter the three children as the sheet says. Export.", told.all());
            Plan { steps: vec![first, again], ..Plan::default() }
        },
        ..PLAIN
    },
    Case {
        id: "T10",
        title: "A delivery is sent again after a failure",
        asks: "Export three children; the delivery fails; send it again.",
        arrives: "The same statements under the same record_ids and moments: nothing lost, nothing twice, nothing newer than it is.",
        rule: "law 8",
        by_requests: "The answer to the first delivery is lost: the connection ends without one. The next is answered 503 with \
                      Retry-After. No request comes again before its seconds are over, and one that comes again word for word has \
                      the Idempotency-Key it had.",
        steps: (2, 1),
        children: (15, 17),
        applies: always,
        plan: |told| {
            let mut again = Step::new(
                "The delivery failed: nothing was acknowledged. Let the product send it again.",
                told.all(),
            );
            again.unchanged = true;
            again.manner = Manner::Twice;
            let mut first = Step::new("Enter the three children as the sheet says. Export.", told.all());
            if by_requests(told.way) {
                first.asks = format!(
                    "{} Wait until it has sent everything again that was not acknowledged.",
                    first.asks
                );
                first.manner = Manner::FailsFirst;
                return Plan { steps: vec![first], ..Plan::default() };
            }
            first.manner = Manner::NotNow;
            Plan { steps: vec![first, again], ..Plan::default() }
        },
        ..PLAIN
    },
    Case {
        id: "T11",
        title: "Case notes stay where they are",
        asks: "Enter a child, write \"heron lantern forty-four\" into every place for notes that the product has, and export.",
        arrives: "The child, and the words nowhere: not in a column, not in a comment, not in a segment that is discarded.",
        rule: "law 1",
        steps: (1, 1),
        children: (18, 18),
        applies: always,
        plan: |told| Plan {
            steps: vec![Step::new(
                "Enter the child as the sheet says. Write \"heron lantern forty-four\" into every place for notes that the \
                 product has for a child. Export.",
                vec![told.first()],
            )],
            words: Some(NOTE),
        },
        ..PLAIN
    },
    Case {
        id: "T12",
        title: "A sensitive service without a basis is not named",
        asks: "Enter a child with a mental health service for which neither consent nor a suspicion of harm is recorded, and export.",
        arrives: "The child with the other involvements, and the sensitive service nowhere.",
        rule: "rule 3.3",
        steps: (1, 1),
        children: (19, 19),
        applies: names_services,
        plan: |told| {
            let asks = "Enter the child as the sheet says, and beside it an involvement of a mental health service with neither \
                        consent nor a suspicion of harm. Export.";
            Plan { steps: vec![Step::new(asks, vec![told.first()])], ..Plan::default() }
        },
        ..PLAIN
    },
    Case {
        id: "T13",
        title: "Many children",
        asks: "Import all children of the sheet, and export.",
        arrives: "Each once, with every value of the sheet.",
        rule: "law 8",
        steps: (1, 1),
        children: (29, MOST_CHILDREN),
        applies: always,
        plan: |told| {
            let asks = match told.way {
                WayIn::Hl7 => "Import all children of the sheet. Let the product send each.",
                _ => "Import all children of the sheet. Export.",
            };
            Plan { steps: vec![Step::new(asks, told.all())], ..Plan::default() }
        },
        ..PLAIN
    },
    Case {
        id: "T14",
        title: "One statement is put aside",
        asks: "Enter three children and let the product send them: it is told that the postcode of the second breaks a rule, \
               whatever it is; then change that postcode and send again.",
        arrives: "First the two others, whether they come with the second or after it. Then the second, corrected. What was named \
                  does not come again as it was, however it is dated.",
        rule: "law 8",
        by_requests: "The answer names the statement, and so does its receipt; until it is corrected it is kept back.",
        by_messages: "Each message about the second is answered `AE` in the first step (`CA` with an ERR where it asks for an \
                      accept acknowledgement alone). A product that asks for no answer to an error (MSH-15, MSH-16) is told of \
                      none, and fails the case. Then the second comes corrected; the others need not come again. In a recording the \
                      answers stand among the messages.",
        by_files: "The product is told by the receipts of its first export, in which the row of the second is `quarantined` \
                   (docs/receipts.md): `contactpoint accredit receipts` writes them beside it, \
                   `T14/1.receipts.jsonl`, and they stay there. The second export has the row corrected, and the two others as they \
                   were.",
        steps: (2, 2),
        children: (20, 22),
        // It is the postcode that is put aside.
        applies: has_addresses,
        plan: |told| {
            let all = told.all();
            let Some(second) = all.get(1).cloned() else { return Plan::default() };
            let corrected = second.clone().with(told.profile(), "postcode", "NW9 7ZY");
            let others: Vec<Expected> =
                all.iter().filter(|child| child.number != second.number).cloned().collect();
            let (first, then) = put_aside_asks(told.way);
            let mut first = Step::new(first, others);
            first.manner = Manner::PutsAside(second);
            let after = all.into_iter().map(|child| match child.number == corrected.number {
                true => corrected.clone(),
                false => child,
            });
            let mut then = Step::new(then, after.collect());
            then.goes_on = told.way == WayIn::Hl7;
            Plan { steps: vec![first, then], ..Plan::default() }
        },
    },
    Case {
        id: "T15",
        title: "The product is told that it sends too much",
        asks: "Enter three children and let the product send them: the kit answers the first two deliveries 429 with Retry-After.",
        arrives: "Each child once the seconds are over, as it was: nothing lost, nothing before its time, nothing newer than it is.",
        rule: "rule 10.7",
        steps: (1, 1),
        children: (23, 25),
        applies: sends_requests,
        plan: |told| {
            let asks = "Enter the three children as the sheet says. Export. Wait until it has sent everything again that was not \
                        acknowledged.";
            let mut step = Step::new(asks, told.all());
            step.manner = Manner::Throttles;
            Plan { steps: vec![step], ..Plan::default() }
        },
        ..PLAIN
    },
    Case {
        id: "T16",
        title: "The sums of the day are another\u{2019}s",
        asks: "Enter three children and let the product send them; then let it ask for the sums of the day. They count as many \
               statements as were sent, and their checksum is that of others. Then let it ask again: they are as they should be.",
        arrives: "The three statements again, as they were: what was sent is not what is held, whatever the counts say. Then nothing.",
        rule: "law 8",
        by_requests: "The sums are those of the step before alone (`GET /v1/reconciliation/DAY`). What comes again has a new \
                      Idempotency-Key: under the one it had it would be known, and taken once.",
        steps: (3, 3),
        children: (26, 28),
        applies: sends_requests,
        plan: |told| {
            let first = Step::new("Enter the three children as the sheet says. Export.", told.all());
            let asks = "Let the product ask for the sums of the day, and do what it does when they are not those of what it sent.";
            let mut second = Step::new(asks, told.all());
            second.unchanged = true;
            second.manner = Manner::TellsOtherSums;
            let mut third = Step::new("Let the product ask for the sums of the day once more.", told.all());
            third.unchanged = true;
            third.manner = Manner::TellsSums;
            Plan { steps: vec![first, second, third], ..Plan::default() }
        },
        ..PLAIN
    },
];
