//! Words and phrases that tell about a child, and the columns in which they do.
//!
//! Each is weighed against what people, streets, houses, towns and services are really called: there is a Foster Avenue, a Mr Risk
//! and a Leeds CAMHS. A new one is tried on every name of the country by the tests of [`super`].

/// Names of people: the child's, of carers and of practitioners.
pub(super) const NAMES: u8 = 1;
/// Lines of addresses, and towns.
pub(super) const ADDRESSES: u8 = 2;
/// Names of organisations.
pub(super) const ORGANISATIONS: u8 = 4;
/// The source's own identifiers of records.
pub(super) const RECORDS: u8 = 8;

/// The lists, each with the columns in which its terms tell.
pub(super) const LISTS: &[(u8, &[&str])] = &[
    (NAMES | ADDRESSES | ORGANISATIONS | RECORDS, OF_ONE_CHILD),
    (NAMES | ADDRESSES | RECORDS, OF_SERVICES_TOO),
    (NAMES | ADDRESSES | ORGANISATIONS, OF_SYSTEMS_TOO),
    (ADDRESSES, SERVICES_AT_NO_ADDRESS),
    (NAMES | RECORDS, OF_STREETS_TOO),
    (NAMES, OF_NO_PERSON),
];

/// Nobody and nothing is called so.
#[rustfmt::skip]
const OF_ONE_CHILD: &[&str] = &[
    "abused", "alcoholic", "alleged", "allegedly", "allergic", "always late", "arrested", "assaulted", "autistic boy",
    "autistic child", "autistic girl", "bailed", "beaten", "boyfriend", "bullied", "cannot", "child protection plan",
    "cohabiting", "contact only", "convicted", "cp plan", "cp register", "dad in", "dad is", "deceased", "diagnosed",
    "died", "disclosed", "do not", "do nt", "does not", "drug addict", "evicted", "fostered", "has been",
    "hiv positive", "in jail", "in refuge", "is a", "is autistic", "is being", "is diabetic", "is in", "is not",
    "is on", "known to", "lac since", "lives here", "missing since", "mum in", "mum is", "needs a", "needs an",
    "neglected", "no contact", "not safe", "not to", "not told", "on bail", "on curfew", "on remand",
    "on tag", "overdosed", "parents separated", "parents split", "perpetrator", "please", "police called",
    "pregnant by", "raped", "refused", "refuses", "ring before", "ring first", "risk of", "s17 enquiry",
    "section 17 assessment", "section 47 enquiry", "see case", "see file", "see notes", "self harmed", "self harming",
    "self harms", "stabbed", "stepdad", "stepfather", "stepmother", "suicidal", "suspected", "threatened",
    "threatening", "threatens", "unsafe", "unvaccinated", "vaccinated", "was found", "was in", "who has", "who is",
];

/// A service may be called so, and nothing else.
#[rustfmt::skip]
const OF_SERVICES_TOO: &[&str] = &[
    "abh", "abortion", "absconded", "absconder", "absconds", "abuse", "addict", "addiction", "adhd", "adoption order",
    "aggressive dog", "alcohol misuse", "allergies", "allergy", "anaphylaxis", "anorexia", "anorexic", "anti social",
    "antisocial", "anxiety", "arson", "arsonist", "arthritis", "asbo", "asd", "asperger", "aspergers", "assault",
    "asthma", "asthmatic", "asylum claim", "asylum seeker", "asylum seekers", "at risk", "autism", "autistic",
    "awaiting sentence", "awaiting trial", "bail address", "bail hostel", "bedwetting", "behavioural", "behind bars",
    "bereavement", "bipolar", "birth father", "birth mother", "birth parents", "bisexual", "bruises", "bruising",
    "bulimia", "bulimic", "bullying", "burglary", "cannabis", "care leaver", "care order", "catheter",
    "cerebral palsy", "chemo", "chemotherapy", "child in need", "child protection", "chlamydia", "cin plan",
    "cocaine", "coeliac", "concerns", "contact order", "contraception", "conviction", "county lines", "court order",
    "covid", "crohns", "cse", "curfew", "custody", "cystic fibrosis", "dad", "dangerous dog", "deafblind",
    "deportation", "deported", "depressed", "depression", "developmental delay", "diabetes", "diabetic", "diagnosis",
    "dialysis", "disability", "divorced", "domestic abuse", "domestic violence", "down s syndrome", "downs syndrome",
    "drink driving", "drug dealer", "drug dealing", "drug misuse", "drug user", "dyslexia", "dyslexic", "dyspraxia",
    "eczema", "ehc plan", "ehcp", "electronic tag", "emergency protection", "enuresis", "epilepsy", "epileptic",
    "epipen", "estranged", "eviction", "excluded", "exclusion", "exploitation", "exploited", "failed asylum",
    "feeding tube", "fgm", "firearm", "firearms", "forced marriage", "foster care", "foster carer", "foster carers",
    "foster child", "foster mother", "foster parent", "foster parents", "foster placement", "free school meals",
    "gang affiliated", "gang member", "gbh", "global delay", "gonorrhoea", "haemophilia", "hepatitis", "heroin",
    "high risk", "hiv", "homeless", "homelessness", "honour based", "hyperactive", "ico granted", "illegal immigrant",
    "imprisoned", "in care", "in custody", "in hospital", "in hostel", "in need", "in prison", "in rehab", "incest",
    "incontinent", "inhaler", "injunction", "injury", "insulin", "interim care", "interpreter", "jailed", "ketamine",
    "kinship care", "knife crime", "knives", "lac review", "learning difficulties", "learning difficulty",
    "learning disability", "learning disabled", "leave to remain", "lesbian", "leukaemia", "leukemia",
    "life limiting", "lives with", "living with", "looked after", "low risk", "manslaughter", "mappa", "marac",
    "measles", "medication", "medium risk", "meningitis", "mental health", "methadone", "miscarriage", "missing from",
    "missing person", "modern slavery", "mrsa", "mum", "mummy", "murdered", "neglect", "no recourse",
    "non molestation", "non verbal", "nonverbal", "obese", "obesity", "ocd", "offence", "offences", "on probation",
    "orphaned", "overdose", "overstayer", "overweight", "paedophile", "palliative", "panic attacks", "peg fed",
    "permanently excluded", "placement order", "police protection", "pregnant", "prescribed", "private fostering",
    "privately fostered", "prostitute", "prostitution", "psychiatric", "psychosis", "psychotic", "ptsd",
    "pupil premium", "radicalisation", "radicalised", "rehab", "removed from", "restraining order", "ritalin",
    "runaway", "runs away", "s47", "safe house", "scabies", "schizophrenia", "schizophrenic", "school refuser",
    "scoliosis", "section 20", "section 31", "section 47", "sectioned", "seizures", "self harm", "self harming",
    "sen support", "sentenced", "sex offender", "sex worker", "sexting", "sexual", "sexually", "shoplifting",
    "sickle cell", "single mother", "single parent", "sofa surfing", "special guardian", "special guardianship",
    "special needs", "spina bifida", "stabbing", "stammer", "statemented", "stillbirth", "stillborn", "stutter",
    "substance misuse", "suicide", "supervised contact", "supervision order", "suspended sentence", "syphilis",
    "taken into", "terminal cancer", "terminal illness", "terminally ill", "tourette", "tourettes", "tracheostomy",
    "trafficked", "transgender", "transplant", "truancy", "truant", "tube fed", "tuberculosis", "tumour", "uasc",
    "unaccompanied", "underweight", "universal credit", "violence", "violent", "weapon", "weapons", "wheelchair user",
    "witness protection", "women s refuge", "womens refuge", "young carer",
];

/// A system may number its records so.
const OF_SYSTEMS_TOO: &[&str] = &["has"];

/// Services that are no part of an address. (A hospital, a prison or a police house may be.)
#[rustfmt::skip]
const SERVICES_AT_NO_ADDRESS: &[&str] = &[
    "camhs", "safeguarding", "social worker", "youth offending",
];

/// Streets and services may be called so, and no person.
#[rustfmt::skip]
const OF_STREETS_TOO: &[&str] = &[
    "adopted", "alcohol", "asylum", "attendance", "bail", "behaviour", "benefits", "cancer", "dead", "deaf",
    "detention", "disabled", "drugs", "expelled", "fled", "immigrant", "murder", "mute", "muted", "offender",
    "orphan", "prison", "prisoner", "refuge", "refugee", "rehabilitation", "robbery", "suspended", "theft",
    "traveller", "unemployed", "wheelchair",
];

/// A service, which may number its records by its own name.
#[rustfmt::skip]
const OF_NO_PERSON: &[&str] = &[
    "camhs", "cin", "hospice", "hospital", "hostel", "lac", "police", "probation", "safeguarding", "social worker",
    "yot", "youth offending",
];
