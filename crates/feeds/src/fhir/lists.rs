//! The published lists: what is taken of a resource, what is passed over, what is discarded unread, by name. What is on none of
//! them is refused.

mod elements;
mod types;

use std::fmt::Write as _;

use super::codes;
pub(crate) use elements::*;

/// What becomes of an element or a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// It is read.
    Taken,
    /// It says nothing about a child: the resource's own business.
    Passed,
    /// It is passed over unread, and counted by its name.
    Discarded,
}

/// The elements of a resource or of a data type.
pub(crate) struct Shape {
    /// Its name.
    pub(crate) name: &'static str,
    elements: &'static [Element],
}

/// An element: name, what becomes of it, what it is.
type Element = (&'static str, Part, &'static str);

impl Shape {
    /// What becomes of an element, with its published name; `None` when it is on no list.
    pub(crate) fn part(&self, name: &str) -> Option<(&'static str, Part)> {
        self.elements.iter().find(|(known, _, _)| *known == name).map(|(known, part, _)| (*known, *part))
    }
}

/// What becomes of a resource of that type; `None` when it is on no list.
pub(crate) fn resource(kind: &str) -> Option<(&'static str, Part)> {
    types::ALL.iter().find(|(known, _, _)| *known == kind).map(|(known, part, _)| (*known, *part))
}

/// The lists as docs/connect/fhir-lists.md prints them.
#[must_use]
pub fn page() -> String {
    let mut page = String::from("## Resources\n\n| resource | what it is | |\n|---|---|---|\n");
    rows(&mut page, types::ALL);
    for shape in ALL {
        let _ = write!(page, "\n## {}\n\n| element | what it is | |\n|---|---|---|\n", shape.name);
        rows(&mut page, shape.elements);
    }
    page.push_str("\n## Counted by names of their own\n\n| counted as | what it is |\n|---|---|\n");
    for (name, about) in types::PARTS {
        let _ = writeln!(page, "| `{name}` | {about} |");
    }
    codes::print(&mut page);
    page
}

fn rows(page: &mut String, rows: &[Element]) {
    for (name, part, about) in rows {
        let becomes = match part {
            Part::Taken => "taken",
            Part::Passed => "passed over",
            Part::Discarded => "discarded unread",
        };
        // Writing to a String cannot fail.
        let _ = writeln!(page, "| `{name}` | {about} | {becomes} |");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_stands_once_in_its_list() {
        for (list, rows) in ALL.iter().map(|shape| (shape.name, shape.elements)).chain([("", types::ALL)]) {
            for (nth, (name, _, _)) in rows.iter().enumerate() {
                assert!(rows.iter().skip(nth + 1).all(|(other, _, _)| other != name), "{list}.{name}");
            }
        }
    }
}
