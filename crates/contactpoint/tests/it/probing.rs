//! A supplier who sends files of one row learns nothing from what is reported, whatever the row meets: a child it makes up, one
//! that is known, one whose record is held, one it sent before under another id (law 7).

use testkit::{TestDatabases, on_both_databases};

use crate::feed_files::{self, gp, row, written};
use crate::installation::Installation;
use crate::raw::Raw;

/// What the known child's row says.
const KNOWN: [(&str, &str); 3] =
    [("forenames", "Wilhelmina"), ("surname", "Winterbourne"), ("date_of_birth", "2015-06-07")];

/// The rows a supplier tries, each as a record it has not sent: what each of them meets, and what it says otherwise than the
/// known child's.
const PROBES: [(&str, &[(&str, &str)]); 5] = [
    ("the very child", &[]),
    ("one who may be the same: held, or asked about", &[("forenames", "Wilma")]),
    ("the same name, born another day", &[("date_of_birth", "2015-07-06")]),
    ("another child at the same address", &[("forenames", "Barnaby"), ("surname", "Oakes")]),
    ("nobody", &[("forenames", "Zebedee"), ("surname", "Quillfeather"), ("date_of_birth", "2011-01-30")]),
];

on_both_databases! {
    async fn a_supplier_who_sends_one_row_is_told_the_same_whatever_it_meets(db: TestDatabases) {
        let here = Installation::new(db);
        let known = feed_files::file(gp(), &[row(gp(), "known", &KNOWN)]);
        here.load("nhs-gp", &written(&here.path(""), "known.csv", known)).ended(0);
        let mut told = Vec::new();
        for (at, (meets, changes)) in PROBES.iter().enumerate() {
            let mut said: Vec<(&str, &str)> = KNOWN.to_vec();
            for (name, value) in *changes {
                said.retain(|(known, _)| known != name);
                said.push((name, value));
            }
            let probe = feed_files::file(gp(), &[row(gp(), &format!("probe-{at}"), &said)]);
            // The same name each time: a report names its file.
            let file = written(&here.path(""), "probe.csv", probe);
            for again in [false, true] {
                let ran = here.load("nhs-gp", &file).ended(0);
                told.push((meets, again, ran.out, ran.err));
            }
        }
        for again in [false, true] {
            let mut reports = told.iter().filter(|(_, second, ..)| *second == again);
            let (_, _, out, err) = reports.next().unwrap();
            assert!(out.contains(if again { "\"unchanged\":1" } else { "\"accepted\":1" }), "{out}");
            for (meets, _, other_out, other_err) in reports {
                assert_eq!((out, err), (other_out, other_err), "{meets} is told otherwise");
            }
        }
        // They did meet different things.
        let mut raw = Raw::connect(&here.db.data_url).await;
        assert!(raw.count("child").await < raw.count("source_record").await, "the very child was linked");
    }
}
