//! Law 2: what a source said of a child leaves the service through `directory::disclosure` alone. Two rules keep it so. A file of
//! `service` that reads an item of a child off a value stands on a list with what it reads it for, and an entry of the list is
//! for a file that does. And no public type of `service`, and no public function's answer, is made of what statements are made
//! of: it holds the views. A text that was made of a name is seen by nobody but whoever reads the files of the list.

use super::Finding;
use crate::tree::{File, Tree};

const SERVICE: &str = "crates/service/src/";

/// The items of a statement (`directory::source_record::Content`).
const ITEMS: [&str; 12] = [
    "names",
    "date_of_birth",
    "gender",
    "whereabouts",
    "previous_addresses",
    "identifiers",
    "carers",
    "education",
    "practice",
    "involvements",
    "caf",
    "death",
];

/// What statements are made of, and what a record is computed from.
const MADE_OF: [&str; 20] = [
    "Content",
    "SourceView",
    "ChildRecord",
    "PersonName",
    "PartialDate",
    "Gender",
    "Whereabouts",
    "Address",
    "Identifier",
    "NhsNumber",
    "Upn",
    "Postcode",
    "Carer",
    "Education",
    "Setting",
    "Practice",
    "Involvement",
    "InvolvementDetails",
    "CafIndicator",
    "DeathEntry",
];

/// Who reads such an item, and what for. A folder stands for its files.
const READERS: [(&str, &str); 12] = [
    ("loading/", "takes statements in, and hands on keys, digests and days"),
    ("matching.rs", "makes what is compared and the keyed hashes of it"),
    ("search.rs", "makes the views that are disclosed, and notes what was asked"),
    ("identities/rewriting.rs", "takes the other identity's numbers off a statement"),
    ("shield_desk/household.rs", "adds where a child was to what is compared and hashed"),
    ("sealed_desk/releasing.rs", "takes withdrawn services off a statement"),
    ("sensitive/taking_off.rs", "takes withdrawn services off a statement"),
    ("watching/near.rs", "compares names with who looks, and tells flags alone"),
    ("retention.rs", "asks whether a record has ended"),
    ("retention/", "counts days from a birth"),
    ("brokering/handling.rs", "asks whether what a provider reveals names anybody"),
    ("sign_in/device.rs", "keeps the hashed usernames of a device"),
];

/// Public types that hold such a thing because it is handed in, and why.
const EXCUSED: [(&str, &str); 1] =
    [("PlaceDecision", "an address as the second person typed it from the file of its case")];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut used = [false; READERS.len()];
    for file in tree.ending(".rs") {
        let Some(place) = file.path.strip_prefix(SERVICE) else { continue };
        findings.extend(shown(file));
        let listed = READERS
            .iter()
            .position(|(reader, _)| place == *reader || (reader.ends_with('/') && place.starts_with(reader)));
        let mut reads = file.shipped_lines().filter(|(_, line)| reads_an_item(line)).peekable();
        match listed.and_then(|at| used.get_mut(at)) {
            Some(used) => *used |= reads.peek().is_some(),
            None => findings.extend(reads.map(|(number, _)| {
                Finding::at(
                    &file.path,
                    number,
                    "reads what was said of a child and is not on the list of who does",
                )
            })),
        }
    }
    if tree.has(SERVICE) && tree.has("crates/directory/src/disclosure.rs") {
        let idle = READERS.iter().zip(used).filter(|(_, used)| !used);
        findings.extend(idle.map(|((reader, why), _)| {
            Finding::of(&format!("{SERVICE}{reader}"), format!("reads nothing of a child, although: {why}"))
        }));
    }
    findings
}

/// Whether an item stands behind a dot, as a field and not as a method.
fn reads_an_item(line: &str) -> bool {
    line.split('.').skip(1).any(|after| {
        let end =
            after.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(after.len());
        let (word, rest) = after.split_at(end);
        ITEMS.contains(&word) && !rest.starts_with('(')
    })
}

/// What a public type or function of a file hands out of what statements are made of.
fn shown(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut within: Option<(Kind, String)> = None;
    for (number, line) in file.shipped_lines() {
        if within.is_none() {
            within = begins(line);
        }
        let Some((kind, name)) = &within else { continue };
        // Of a function only what it answers counts; where the arrow stands on a line of its own, the line is what is left.
        let told = match kind {
            Kind::Type => without_variant(line),
            Kind::Function => line.split_once("->").map_or("", |(_, answer)| answer),
        };
        if let Some(word) = words(told).find(|word| MADE_OF.contains(word))
            && !EXCUSED.iter().any(|(excused, _)| *excused == name.as_str())
        {
            let what = format!("{name} hands out {word}: let it hold a view of directory::disclosure");
            findings.push(Finding::at(&file.path, number, what));
        }
        let ends = match kind {
            Kind::Type => line == "}" || line.ends_with(';') || line.ends_with(" }") || line.ends_with("{}"),
            Kind::Function => line.ends_with('{') || line.ends_with(';') || line.ends_with('}'),
        };
        if ends {
            within = None;
        }
    }
    findings
}

/// The line without the name of a variant, which may be what a thing is about: `Address,` is none.
fn without_variant(line: &str) -> &str {
    match line.strip_prefix("    ") {
        Some(variant) if variant.starts_with(char::is_uppercase) => {
            let end = variant.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(variant.len());
            variant.split_at(end).1
        }
        _ => line,
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Type,
    Function,
}

fn begins(line: &str) -> Option<(Kind, String)> {
    let rest = line.trim_start().strip_prefix("pub ")?;
    let mut words = words(rest).skip_while(|word| ["async", "const"].contains(word));
    let kind = match words.next()? {
        "struct" | "enum" | "type" => Kind::Type,
        "fn" => Kind::Function,
        _ => return None,
    };
    Some((kind, words.next()?.to_owned()))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        check(&Tree::of(&[(path, text)])).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_public_type_made_of_a_statement_is_found() {
        let record = "/// One.\npub struct PartRecord {\n    /// Whose.\n    pub id: Uuid,\n    pub names: Vec<PersonName>,\n}\n";
        assert_eq!(
            findings("crates/service/src/joining/comparing.rs", record),
            [
                "crates/service/src/joining/comparing.rs:5: PartRecord hands out PersonName: let it hold a view of \
                 directory::disclosure"
            ]
        );
        let within = record.replace("pub struct", "pub(crate) struct");
        assert_eq!(findings("crates/service/src/joining/comparing.rs", &within), Vec::<String>::new());
        let view = record.replace("names: Vec<PersonName>", "sent: MatchingRecordView");
        assert_eq!(findings("crates/service/src/joining/comparing.rs", &view), Vec::<String>::new());
    }

    #[test]
    fn a_variant_is_known_by_what_it_holds_and_not_by_its_name() {
        let ties =
            "pub enum Tie {\n    Address,\n    Carer { name: PersonName },\n    Born(PartialDate),\n}\n";
        let found = findings("crates/service/src/ties.rs", ties);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found[0].starts_with("crates/service/src/ties.rs:3") && found[1].contains("PartialDate"),
            "{found:?}"
        );
    }

    #[test]
    fn a_public_answer_made_of_a_statement_is_found_and_a_question_is_not() {
        let asked = "    pub async fn born(\n        &self,\n        on: PartialDate,\n    ) -> Result<(), Fault> {\n";
        assert_eq!(findings("crates/service/src/born.rs", asked), Vec::<String>::new());
        let told = "    pub fn lives(&self, who: &SignedIn) -> Option<Address> {\n";
        assert_eq!(
            findings("crates/service/src/lives.rs", told),
            [
                "crates/service/src/lives.rs:1: lives hands out Address: let it hold a view of directory::disclosure"
            ]
        );
    }

    #[test]
    fn whoever_reads_a_statement_stands_on_the_list() {
        let reads = "let said = &record.content;\nlet name = said.names.first();\n";
        assert_eq!(
            findings("crates/service/src/joining/comparing.rs", reads),
            [
                "crates/service/src/joining/comparing.rs:2: reads what was said of a child and is not on the list of \
                 who does"
            ]
        );
        assert_eq!(findings("crates/service/src/loading/said.rs", reads), Vec::<String>::new());
        assert_eq!(findings("crates/web/src/pages/record.rs", reads), Vec::<String>::new());
        let method = "let found = directory.names(&[id]);\n// said.names\n";
        assert_eq!(findings("crates/service/src/joining/comparing.rs", method), Vec::<String>::new());
    }

    #[test]
    fn a_reader_that_reads_nothing_any_more_is_found() {
        let tree = Tree::of(&[
            ("crates/directory/src/disclosure.rs", ""),
            ("crates/service/src/matching.rs", "raw.push(content.gender.code());"),
        ]);
        let found: Vec<String> = check(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), READERS.len() - 1);
        assert!(found.iter().all(|finding| !finding.contains("matching.rs")), "{found:?}");
    }
}
