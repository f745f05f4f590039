//! What people write about a child where a name, an address or a number should stand (law 1), and what only looks like it.

use quality::{Profile, measure};

use crate::rows::{faults, input, report, settings, sound};

/// A column, and what was written there.
type Written = (&'static str, &'static [&'static str]);

/// A column of each kind that holds words, of a source that has them all.
const SOURCE: &str = "social-care";

/// All of it is found.
const FOUND: &[Written] = &[
    (
        "forenames",
        &[
            "Ben (ASD)",
            "Ben ADHD",
            "Ben autistic",
            "Ben - deceased",
            "Ben CP plan",
            "Ben HIV",
            "Self Harm",
            "Ben [LAC]",
            "Ben F84.0",
            "Ben looked after",
            "Ben (adopted)",
            "Ben, epilepsy",
            "Ben Downs syndrome",
            "Ben nonverbal",
            "Ben statemented",
            "Ben type 1 diabetes",
            "Ben removed from parents",
            "Ben CIN",
        ],
    ),
    (
        "surname",
        &[
            "Quill (CP plan)",
            "Quill - fostered",
            "Quill REFUGEE",
            "Quill in care",
            "Quill *LAC*",
            "Quill stillbirth",
        ],
    ),
    ("alias_1_forenames", &["Ben known to police", "Benny {see file}"]),
    ("carer_1_forenames", &["Ann alcoholic", "Ann (in prison)", "Ann - on bail", "Ann drug user"]),
    ("carer_2_surname", &["Quill violent", "Quill sex-offender"]),
    ("involvement_1_practitioner", &["Jo Mensah child protection", "Jo Mensah re self harm"]),
    (
        "address_line_1",
        &[
            "Autistic",
            "Bail address",
            "Section 20 placement",
            "On remand",
            "c/o foster carer",
            "12 Elm Row (dad violent)",
        ],
    ),
    (
        "address_line_2",
        &[
            "HIV positive",
            "Has leukaemia",
            "Section 47 enquiry",
            "Mother in prison",
            "Women's refuge",
            "Womens' Refuge",
            "F84.0",
            "F90.0, F84.5",
            "On bail",
            "Drug user",
            "LAC since 2019",
            "s47",
            "CAMHS",
            "aggressive dog",
            "Safe house",
            "needs an interpreter",
            "Tag curfew 7pm",
            "Awaiting trial",
            "Failed asylum claim",
            "cerebral palsy",
            "sofa surfing",
        ],
    ),
    ("town", &["Asthmatic", "see notes", "in foster care"]),
    (
        "involvement_1_organisation",
        &[
            "Team (Ben is autistic)",
            "CAMHS, has ADHD",
            "Mum disclosed domestic abuse",
            "Refuge: do not tell dad",
        ],
    ),
    ("caf_holder", &["Hub re section 47 enquiry", "Known to the Early Help Hub"]),
    (
        "record_id",
        &[
            "Amelia_Quill_autistic_2015",
            "has-asthma",
            "0012.self.harm",
            "R-12 child protection",
            "HIV-00123",
            "ben_cp-plan",
        ],
    ),
];

/// Written apart from the list of terms, which was not changed for it: how many are found says what the list is worth.
const OTHER: &[Written] = &[
    (
        "forenames",
        &[
            "Ben - tracheotomy",
            "Ben (selective mute)",
            "Ben OCD",
            "Ben child of prisoner",
            "Ben cleft palate",
            "Ben Coeliac",
            "Ben possible FAS",
            "Ben G40.9",
            "Ben wheelchair",
            "Ben bedwetter",
        ],
    ),
    ("surname", &["Quill {adopted}", "Quill - LAC", "Quill, YOI Wetherby", "Quill unaccompanied minor"]),
    (
        "carer_1_forenames",
        &[
            "Ann Methadone",
            "Ann restraining order",
            "Ann - sectioned",
            "Ann MARAC",
            "Ann - estranged",
            "Ann DV victim",
            "Ann no English",
        ],
    ),
    (
        "address_line_2",
        &[
            "Traveller site, evicted twice",
            "Mum's boyfriend lives here",
            "Hostel for homeless families",
            "Known sex offender next door",
            "Bail hostel",
            "knife crime",
            "Gang territory",
            "Mother deported",
            "School refuser",
            "high risk visit in pairs",
            "Section 117 aftercare",
            "father has court order",
            "Not to be told to father",
            "insulin twice daily",
            "life limiting condition",
            "supervised contact only",
            "Depressed",
            "radicalised",
            "anorexia",
            "Interim care order",
            "temp foster placement",
            "cannabis",
            "sleeps on floor",
            "Z63.5",
        ],
    ),
    ("town", &["Leeds (secret)", "in hospital with sepsis", "HMP Leeds"]),
    (
        "involvement_1_organisation",
        &[
            "Ben excluded, see file",
            "Dr Ho re seizures",
            "Team for Ben who self harms",
            "Grandmother cares, mum in rehab",
        ],
    ),
    (
        "record_id",
        &[
            "lac_2014_17",
            "quill-adhd-2",
            "EHCP_sm_12",
            "B.JONES.homeless",
            "no-contact-father-3",
            "12_domestic_violence",
        ],
    ),
];

fn is_found(column: &str, text: &str) -> bool {
    let report = report(SOURCE, sound(SOURCE, 3).with(1, &[(column, text)]).csv());
    let told = faults(&report).iter().any(|(field, code, _)| field == column && *code == "Q50");
    let keeps_back = report.scores.verdict.reasons.iter().any(|reason| reason.contains("never takes"));
    assert_eq!(told, keeps_back, "{text}");
    told
}

/// Those not found.
fn missed(written: &[Written]) -> (Vec<&'static str>, usize) {
    let all = || written.iter().flat_map(|(column, texts)| texts.iter().map(move |text| (*column, *text)));
    (all().filter(|(column, text)| !is_found(column, text)).map(|(_, text)| text).collect(), all().count())
}

#[test]
fn what_people_write_about_children_is_found_in_every_column_of_words() {
    let (none, _) = missed(FOUND);
    assert_eq!(none, Vec::<&str>::new());
    let (others, of) = missed(OTHER);
    println!("{} of {of} found of what the list was not made from; not {others:?}", of - others.len());
    assert!(others.len() * 3 <= of, "not found: {others:?}");
    let page = include_str!("../../../../docs/quality.md");
    let told = format!("{} of {of} texts", of - others.len());
    assert!(page.contains(&told), "docs/quality.md should say: {told}");
}

#[test]
fn nothing_that_an_invented_population_sends_is_taken_for_text_about_a_child() {
    let config = population::Config { children: 2_000, seed: 7, as_of: population::DEFAULT_AS_OF };
    let population = population::generate(&config).unwrap();
    let (mut rows, mut taken) = (0, Vec::new());
    for source in population::Source::ALL {
        let name = source.name();
        let mut bytes = Vec::new();
        population.write_source(source, &mut bytes).unwrap();
        let profile = Profile::named(name).unwrap();
        let mut settings = settings(&profile);
        (settings.today, settings.duplicates) = (config.as_of, false);
        let report = measure(vec![input(name, bytes)], Vec::new(), &settings, None).unwrap();
        rows += report.rows;
        taken.extend(faults(&report).into_iter().filter(|(_, code, _)| *code == "Q50"));
    }
    assert!(rows > 5_000, "{rows} rows");
    assert_eq!(taken, [], "of {rows} rows");
}
