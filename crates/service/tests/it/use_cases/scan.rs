//! The doors of the service, read from its sources: the public methods of `Directory`, and whatever else takes a person.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A public function of the service.
#[derive(Debug)]
pub struct Door {
    /// Its name.
    pub name: String,
    /// Whether it is a method of `Directory`.
    pub of_directory: bool,
    /// Everything between the name and the body: generic parameters, arguments, answer, bounds.
    signature: String,
}

/// Where the doors are.
const SERVICE: &str = "src";

/// Where the words of their signatures are from beside.
const RULES: &str = "../directory/src";

/// Every source of these folders, each line of it.
fn sources(folders: &[&str]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut folders: Vec<PathBuf> = folders.iter().map(|folder| here.join(folder)).collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(std::fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect());
            }
        }
    }
    found
}

/// The public functions. A method of `Directory` written in a way that this reading would miss fails the test.
pub fn doors() -> Vec<Door> {
    let mut doors = Vec::new();
    for lines in sources(&[SERVICE]) {
        let mut of_directory = false;
        for (at, line) in lines.iter().enumerate() {
            if line.starts_with('}') {
                of_directory = false;
            }
            if line.starts_with("impl") && words(line).any(|word| word == "Directory") {
                assert_eq!(line, "impl Directory {", "the only form this reading knows");
                of_directory = true;
            }
            assert!(
                !line.contains("Directory =") || line.trim_start().starts_with("//"),
                "no other name: {line}"
            );
            let public = line.trim_start().strip_prefix("pub ");
            let Some((before, after)) = public.and_then(|rest| rest.split_once("fn ")) else { continue };
            if !before.split(' ').all(|word| ["", "async", "const", "unsafe", "extern"].contains(&word)) {
                continue;
            }
            let rest = std::iter::once(after).chain(lines[at + 1..].iter().map(String::as_str));
            let text: Vec<&str> = rest.collect();
            let text = text.join(" ");
            let end = text.find(" {").unwrap_or_else(|| panic!("a function without a body: {line}"));
            let signature = text[..end].to_owned();
            let name = signature.split(['<', '(']).next().unwrap().to_owned();
            doors.push(Door { name, of_directory, signature });
        }
    }
    doors
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|sign: char| !sign.is_alphanumeric() && sign != '_').filter(|word| !word.is_empty())
}

/// The types that are a person, or carry one inside, however deep.
pub fn persons() -> BTreeSet<String> {
    carriers("SignedIn", &[SERVICE])
}

/// The types that are a child's number, or carry one inside, however deep. A person carries none: what is theirs to be reminded
/// of is told by kind.
pub fn carriers_of_a_number() -> BTreeSet<String> {
    carriers("ChildNumber", &[SERVICE, RULES])
}

fn carriers(of: &str, folders: &[&str]) -> BTreeSet<String> {
    let mut made_of: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for lines in sources(folders) {
        for (at, line) in lines.iter().enumerate() {
            let line = line.trim_start();
            let bare = line.strip_prefix("pub(crate) ").or_else(|| line.strip_prefix("pub(super) "));
            let bare = bare.or_else(|| line.strip_prefix("pub ")).unwrap_or(line);
            let kinds = ["struct ", "enum ", "type ", "trait "];
            let Some(rest) = kinds.iter().find_map(|kind| bare.strip_prefix(kind)) else { continue };
            let Some(name) = words(rest).next() else { continue };
            let held = made_of.entry(name.to_owned()).or_default();
            for line in &lines[at..] {
                let code = line.split("//").next().unwrap();
                held.extend(words(code).map(str::to_owned));
                if code.starts_with('}') || code.trim_end().ends_with(';') {
                    break;
                }
            }
            held.remove(name);
        }
    }
    // The service itself holds nobody and no number; whoever holds the service is neither.
    made_of.remove("Directory");
    let mut carriers = BTreeSet::from([of.to_owned()]);
    loop {
        let before = carriers.len();
        for (name, held) in &made_of {
            if !held.is_disjoint(&carriers) {
                carriers.insert(name.clone());
            }
        }
        if carriers.len() == before {
            return carriers;
        }
    }
}

impl Door {
    /// Whether it takes one of these types: as an argument, inside another type, or as a generic parameter's bound.
    pub fn takes(&self, carriers: &BTreeSet<String>) -> bool {
        // What it answers does not count; what stands in its bounds does.
        let (arguments, answer) = self.signature.split_once("->").unwrap_or((&self.signature, ""));
        let bounds = answer.split_once(" where ").map_or("", |(_, bounds)| bounds);
        words(arguments).chain(words(bounds)).any(|word| carriers.contains(word))
    }

    #[cfg(test)]
    fn of(signature: &str) -> Self {
        let name = signature.split(['<', '(']).next().unwrap().to_owned();
        Self { name, of_directory: true, signature: signature.to_owned() }
    }
}

#[test]
fn a_person_is_seen_however_a_signature_takes_them() {
    let persons = persons();
    for (signature, takes) in [
        ("look(&self, who: &SignedIn) -> Result<(), E>", true),
        ("look(&self, who: Option<&SignedIn>)", true),
        ("look(&self, by: &ImportBy<'_>)", true),
        ("look(&self, who: &[Reasoned])", true),
        ("look<P: Into<SignedIn>>(&self, who: P)", true),
        ("look<P>(&self, who: P) -> u8 where P: AsRef<Reasoned>", true),
        ("look(&self, name: &str) -> Result<SignedIn, E>", false),
        ("look(&self, by: SignedInstead)", false),
    ] {
        assert_eq!(Door::of(signature).takes(&persons), takes, "{signature}");
    }
}

#[test]
fn the_types_that_carry_a_person_are_found_in_the_sources() {
    let found = persons();
    let known = ["SignedIn", "Reasoned", "ImportBy"];
    for name in known {
        assert!(found.contains(name), "{name}");
    }
    assert!(found.len() < 12, "not everything is a person: {found:?}");
}
