//! The pages of docs/feeds that are printed from the tables: one a source, and the rules.

use std::fmt::Write as _;

use crate::profile::{Kind, Profile};
use crate::rules::Rule;
use crate::{fhir, hl7};

/// Said on each page, so that nobody corrects it by hand.
const ORIGIN: &str =
    "<!-- Printed from the tables in crates/feeds: UPDATE_DOCS=1 cargo nextest run -p feeds rewrites it. -->";

/// docs/feeds/&lt;source&gt;.md.
pub fn profile_page(profile: &Profile) -> String {
    let mut page = format!(
        "{ORIGIN}\n\n# {title}: `{name}.csv`\n\n{about} (Rule {rule}.)\n\n\
         The file as a whole (encoding, header, what happens to a bad row) is described in [README.md](README.md), \
         the rules in [rules.md](rules.md).\n\n\
         ## Columns\n\n\
         Exactly these, in any order. An optional column may be empty but must be there; a spare one may also be left out.\n\n\
         | column | value | up to | needed | meaning | example | rule |\n|---|---|---|---|---|---|---|\n",
        title = profile.title,
        name = profile.name,
        about = profile.about,
        rule = profile.rule,
    );
    let mut lists = Vec::new();
    for column in profile.columns() {
        let value = match column.kind {
            Kind::Code(list) => {
                if !lists.contains(&list) {
                    lists.push(list);
                }
                format!("code: [{}](#{})", list.name, anchor(list.name))
            }
            kind => kind.in_words().to_owned(),
        };
        let needed = match column {
            column if column.required => "required",
            column if column.may_lack => "spare",
            _ => "optional",
        };
        // Writing to a String cannot fail.
        let _ = writeln!(
            page,
            "| `{}` | {value} | {} | {needed} | {} | `{}` | {} |",
            column.name,
            column.kind.greatest_length(),
            column.meaning,
            column.example,
            column.rule,
        );
    }
    page.push_str("\n## Codes\n");
    for list in lists {
        let _ = write!(page, "\n### {}\n\n| code | meaning |\n|---|---|\n", capital(list.name));
        for code in list.codes {
            let _ = writeln!(page, "| `{}` | {} |", code.value, code.meaning);
        }
    }
    let _ = write!(page, "\n## Header row\n\n```\n{}\n```\n", profile.header());
    page
}

/// docs/connect/hl7-lists.md.
pub fn hl7_page() -> String {
    format!(
        "{ORIGIN}\n\n# HL7 version 2: what is taken, what is discarded\n\nOf an ADT message the directory reads what is \"taken\" here; \
         what is \"discarded unread\" is passed over and counted by its name; anything on neither list refuses the message by name \
         (law 1). How to connect is told in [hl7.md](hl7.md).\n\n{}",
        hl7::page()
    )
}

/// docs/connect/fhir-lists.md.
pub fn fhir_page() -> String {
    format!(
        "{ORIGIN}\n\n# FHIR R4: what is taken, what is discarded\n\nOf a resource the directory reads what is \"taken\" here; what is \
         \"passed over\" says nothing about a child; what is \"discarded unread\" is counted by its name; anything on no list \
         refuses the resource by name (law 1), `implicitRules` and `modifierExtension` too, because they change what the rest means. \
         How to connect is told in [fhir.md](fhir.md).\n\n{}",
        fhir::page()
    )
}

/// docs/feeds/rules.md.
pub fn rules_page() -> String {
    let mut page = format!(
        "{ORIGIN}\n\n# Rules a row is checked by\n\n\
         A row that breaks one of these goes to quarantine as a whole and never stops the rest of the file. The report \
         says row, column, code and the length of the offending value; it never repeats the value. A code keeps its \
         meaning for ever and is never used again for another rule. Numbers in the last column are those of docs/rules.md; \
         laws are those of ARCHITECTURE.md.\n\n\
         | code | what is wrong | what to do | why |\n|---|---|---|---|\n"
    );
    for rule in Rule::ALL {
        let text = rule.text();
        let _ = writeln!(page, "| {} | {} | {} | {} |", text.code, text.meaning, text.remedy, text.source);
    }
    page
}

fn anchor(heading: &str) -> String {
    heading.to_lowercase().replace(',', "").replace(' ', "-")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
