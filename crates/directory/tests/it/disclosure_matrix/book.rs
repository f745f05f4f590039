//! The matrix in words: docs/disclosure.md.

use super::field::Field;
use super::shown;
use super::state::State;
use super::viewpoint::Viewpoint;
use std::collections::BTreeSet;
use std::fmt::Write as _;

const BEFORE: &str = "\
# Who sees what of a child

Printed from what the disclosure function does (`crates/directory/src/disclosure.rs`) to a record in which everything is
filled; print it again with `UPDATE_DOCS=1 cargo nextest run -p directory disclosure_book`. A test compares each cell with a
table written by hand (`crates/directory/tests/it/disclosure_matrix/expected.rs`). Rules are in [rules.md](rules.md), sections
2, 3, 4, 8 and 14.

A view is a type of its own for each kind of viewer, and has no field for what that viewer may not see; nothing is hidden by
a page. What whoever decides to whom a source record belongs sees of it, and what every desk sees of a child, are such views
too. A field that is not in a table is in no view, and there is no other way out of the directory: `cargo xtask tidy` refuses
a file of `service` that reads what a source said and is not on its list, and a public type there that holds it.

";

const AFTER: &str = "\
## What the tables cannot say

- **A carer who asks, alone on the record**, is told where the child is. Where another carer is recorded too, as in the
  tables, the address may be the other’s home, and is not.
- **A carer of a shielded child** is answered exactly as one of whose child nothing is known but name, birth, gender and
  number: what is withheld leaves no trace.
- **Management of an authority that does not answer for the record**, and a national partner’s, see what a practitioner sees,
  to the letter. Of a record that no authority answers for yet, no management sees more.
- **An override of an unshielded record** shows what everybody sees. A shield of high risk is opened by
  no one person alone (`ChildProfile::bars_override`).
- **Archived items of a live record**, ended services and schools left, are shown to management and to the family until the
  archive’s period is over for the item; practitioners see an ended one for a year.
- **A record withheld** because it would join two identities shows nowhere, not even as a count: that it exists would tell
  that there are two. What waits is only what arrived within the last minutes, the same for every child.
- **At matching**, each source record of an ordinary child is shown as its source sent it, also one that arrived within the last
  minutes; of a child that is protected or held no record is, whoever asks. Beside it stands why the matcher asked: which
  items agree and how much that weighs, and no value of one.
- **A change that is withheld** beside a record is shown to the sealed desk, with the same fields as a held record, whatever its
  record is: shielded, sealed, archived. The record itself is not.
- **A household** is shown at the shield desk by the four fields of each child, and why it is on the list.
- **What a provider reveals** is at most what the tables say, and the number to call is the one they gave for this asker. Who
  asked is told of no service that the record does not have at that moment.
- **A record’s calendar** tells management of the authority that answers for it, and the archive’s data managers, on which days
  it is archived and destroyed and why; from such a day a birthday or a death can be reckoned.
- **Access history** is no part of a record. The trail tells it.
- **An archived record’s family** is answered as before, as long as anything is held (rule 14.4). But who is eighteen asks for
  themself, in the archive or while they participate: a carer is then told nothing. To the services’ own staff the archive’s last
  five years open only by a decision of the disclosure register: to who proposed it, once, after the supplier’s operator
  retrieved it (rules 4.3, 4.5).
- **Not in the views yet:** a source body’s own staff reading the number their body gave (rule 1.18).
";

/// The whole book.
pub fn printed() -> String {
    let mut book = BEFORE.to_owned();
    book.push_str("## Who looks\n\n| column | who that is |\n|---|---|\n");
    for viewpoint in Viewpoint::ALL {
        let _ = writeln!(book, "| {} | {} |", viewpoint.heading(), viewpoint.label());
    }
    let mut nothing = Vec::new();
    for states in alike() {
        let labels: Vec<&str> = states.iter().map(|state| state.label()).collect();
        if Viewpoint::ALL.iter().all(|viewpoint| shown(states[0], *viewpoint).is_empty()) {
            nothing.extend(labels);
            continue;
        }
        let _ = writeln!(book, "\n## A record that is {}\n", labels.join("; or "));
        print_table(&mut book, states[0]);
    }
    book.push_str("\n## A record of which nobody sees anything\n\n");
    book.push_str(
        "Whoever looks, the answer is the one to a number that was never issued. The record is:\n\n",
    );
    for label in nothing {
        let _ = writeln!(book, "- {label}");
    }
    book.push('\n');
    book.push_str(AFTER);
    book
}

/// The states, those in which everybody sees the same together.
fn alike() -> Vec<Vec<State>> {
    let seen = |state: State| Viewpoint::ALL.map(|viewpoint| shown(state, viewpoint));
    let mut groups: Vec<(Vec<State>, [BTreeSet<Field>; 25])> = Vec::new();
    for state in State::ALL {
        let seen = seen(state);
        match groups.iter_mut().find(|(_, other)| *other == seen) {
            Some((states, _)) => states.push(state),
            None => groups.push((vec![state], seen)),
        }
    }
    groups.into_iter().map(|(states, _)| states).collect()
}

/// One table: a column for each viewer who sees anything, a row for each field.
fn print_table(book: &mut String, state: State) {
    let columns: Vec<(Viewpoint, BTreeSet<Field>)> = Viewpoint::ALL
        .into_iter()
        .map(|viewpoint| (viewpoint, shown(state, viewpoint)))
        .filter(|(_, fields)| !fields.is_empty())
        .collect();
    let headings: Vec<&str> = columns.iter().map(|(viewpoint, _)| viewpoint.heading()).collect();
    let _ = writeln!(book, "| field | {} |\n|---|{}", headings.join(" | "), "---|".repeat(headings.len()));
    for field in Field::ALL {
        let cells: Vec<&str> =
            columns.iter().map(|(_, fields)| if fields.contains(&field) { "yes" } else { "–" }).collect();
        let _ = writeln!(book, "| {} | {} |", field.label(), cells.join(" | "));
    }
    let blind: Vec<&str> =
        Viewpoint::ALL.into_iter().filter(|v| shown(state, *v).is_empty()).map(Viewpoint::heading).collect();
    let _ = writeln!(book, "\nNothing at all: {}.", blind.join(", "));
}
