//! docs/connect/cases.md, printed from the table.

use std::fmt::Write as _;

use directory::connecting::WayIn;
use feeds::Profile;

use crate::cases::Case;
use crate::report::KIT;

/// The page.
#[must_use]
pub fn page() -> String {
    let mut page = format!(
        "<!-- Printed from the table in crates/conformance: UPDATE_DOCS=1 cargo nextest run -p conformance rewrites it. -->\n\n\
         # The cases of the conformance kit, version {KIT}\n\n\
         How a test is run is told in [accreditation.md](accreditation.md). The children of each case are on the sheets that \
         `contactpoint accredit cases` writes; each case has children of its own, so that the cases can be run in any order and \
         again. An id keeps its meaning for ever. In every case what arrives is read by the rules of a live feed \
         ([rules](../feeds/rules.md)): a file or message that is refused, a row that is set aside, or a record about somebody who is \
         on no sheet fails the case.\n\n\
         By files a product exports what it will feed: CSV, an Excel workbook (.xlsx), XML or FHIR NDJSON \
         ([the formats](../feeds/README.md#the-file)), the same in every case: the report names it, and an export in another fails its \
         case. The export of a case is `T01` with the ending of its format, `T01.csv`, `T01.xlsx`, `T01.xml` or `T01.ndjson`; with more \
         than one step a folder with one file a step, `T02/1.xlsx` and `T02/2.xlsx`. The format is told by the first bytes, as a load does \
         it. The receipts of an export that the product was given stand beside it: `T14/1.receipts.jsonl` beside `T14/1.xlsx`, one JSON \
         object a line ([receipts.md](../receipts.md)).\n\n\
         HL7 messages are heard by the kit, or recorded in one file a step, `T02/1.hl7`: one after another, or in MLLP frames. In a \
         recording the answers that the product was given (`ACK`) may stand anywhere behind their messages, each known by MSA-2, \
         which is the MSH-10 of its message; an answer with `AE`, `AR`, `CE` or `CR` in MSA-1, or with an ERR, marks what was put aside. \
         Answers count in case T14 alone, and fail no other.\n\n\
         A product that sends by requests (JSON, FHIR) exports nothing: where a case says export, it sends what is new. What it said in \
         the step before stands until it says otherwise, and a request that is refused fails the case.\n"
    );
    for case in Case::ALL {
        let (first, last) = case.children();
        let children =
            if first == last { format!("child {first}") } else { format!("children {first} to {last}") };
        let exports = case.steps(WayIn::Files);
        let exports = if exports == 1 { "1 export".to_owned() } else { format!("{exports} exports") };
        // Writing to a String cannot fail.
        let _ = write!(
            page,
            "\n## {}: {}\n\n{} ({}; {exports}; {})\n\n**What must arrive:** {}\n",
            case.id, case.title, case.asks, children, case.rule, case.arrives
        );
        for (way, otherwise) in [
            ("files", case.otherwise(WayIn::Files)),
            ("JSON and FHIR", case.otherwise(WayIn::Json)),
            ("HL7 messages", case.otherwise(WayIn::Hl7)),
        ] {
            if !otherwise.is_empty() {
                let _ = write!(page, "\n**By {way}:** {otherwise}\n");
            }
        }
    }
    page.push_str(
        "\n## Which cases are asked of which product\n\n| profile | files | JSON, FHIR | HL7 messages |\n|---|---|---|---|\n",
    );
    for profile in Profile::ALL {
        let listed = |way| {
            let left_out: Vec<&str> =
                Case::ALL.iter().filter(|case| !case.applies(profile, way)).map(|case| case.id).collect();
            if left_out.is_empty() { "all".to_owned() } else { format!("all but {}", left_out.join(", ")) }
        };
        // What a hospital sends; no other profile comes by these messages.
        let hl7 = if profile.name == "hospital" { listed(WayIn::Hl7) } else { "not tested".to_owned() };
        let (files, requests) = (listed(WayIn::Files), listed(WayIn::Json));
        let _ = writeln!(page, "| {} | {files} | {requests} | {hl7} |", profile.name);
    }
    page
}
