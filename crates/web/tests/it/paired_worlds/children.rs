//! The shielded children of the two worlds: who each of them is, which is the same in both, and where, which is not.

/// Which of the two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum World {
    This,
    Other,
}

/// A name no other number has, of letters only. Neighbouring numbers look nothing alike: of a thousand children no two are
/// taken for one, or the desk would have to say so of each.
fn name(number: usize, syllables: [&str; 10]) -> String {
    let number = number * 7_919 % 9_973;
    let at = |place: usize| syllables[number / 10_usize.pow(u32::try_from(place).unwrap()) % 10];
    let text = format!("{}{}{}{}", at(0), at(2), at(1), at(3));
    text[..1].to_uppercase() + &text[1..]
}

pub fn surname(child: usize) -> String {
    name(child, ["bra", "cho", "dun", "fel", "gri", "hol", "kip", "lom", "mar", "sto"])
}

/// The first has a forename that people shorten and misspell.
pub fn forename(child: usize) -> String {
    if child == 0 {
        return "Wilhelmina".to_owned();
    }
    name(child * 8_221 + 3, ["al", "be", "cy", "do", "em", "fi", "gus", "ha", "in", "jo"])
}

/// What the first is called at home; an invented name is shortened to its beginning.
pub fn nickname(child: usize) -> String {
    if child == 0 { "Minnie".to_owned() } else { forename(child)[..3].to_owned() }
}

/// The year of the site's clock.
pub const TODAY_IS_IN: i64 = 2026;

/// Year, month and day.
pub fn born(child: usize) -> [String; 3] {
    [2009 + child % 14, 1 + child / 14 % 12, 1 + child / 168 % 28].map(|part| format!("{part:02}"))
}

/// What the shield hides: a place by its number.
pub struct Hidden {
    pub street: String,
    pub town: String,
    pub postcode: String,
    pub school: String,
    pub carer: String,
    pub alias: String,
}

pub fn hidden(place: usize) -> Hidden {
    let letter = |by: usize| char::from(b"ABDEFGHJLN"[place / by % 10]);
    let word = name(place + 5_000, ["ash", "bir", "cro", "den", "elm", "far", "gor", "hay", "ing", "lan"]);
    Hidden {
        street: format!("{word} Rise"),
        town: format!("{word} Green"),
        postcode: format!("LS{} {}{}{}", place % 9 + 1, place % 8 + 1, letter(1), letter(10)),
        school: format!("{word} School"),
        carer: format!("{word}ley"),
        alias: format!("{word}worth"),
    }
}

/// The source whose area a place is in: the authority that answers for a child is hidden too, because it is a place.
pub const SOURCES: [(&str, &str, &str); 2] = [
    ("north-schools", "North Invented Council", "E10000021"),
    ("south-schools", "South Invented Council", "E10000022"),
];

/// Who answers for the children.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answering {
    /// One of two authorities, by where they live: nobody who looks is of either.
    ByPlace,
    /// The authority of those who look, wherever they live.
    Looking,
}

impl Answering {
    /// The source that states a child at a place.
    pub fn source_of(self, place: usize) -> &'static str {
        match self {
            Self::ByPlace => SOURCES[place % SOURCES.len()].0,
            Self::Looking => "schools-census",
        }
    }
}

/// Where a child is in a world, of an even number of them: in the other one each lives where the next one lives in this one, and
/// the last one where in this one nobody does. So at the first place somebody is protected in this world and there is nobody in
/// the other, and at the last it is the other way round: that anybody is protected there shows as well as who.
pub fn place_of(child: usize, world: World, of: usize) -> usize {
    assert!(child < of, "there is no such child");
    match world {
        World::This => child,
        World::Other => child + 1,
    }
}

pub type Row = Vec<(&'static str, String)>;

/// What a school says of a child at a place.
pub fn row(child: usize, place: usize) -> Row {
    let hidden = hidden(place);
    let urn = format!("{}", 100_100 + place);
    vec![
        ("record_id", format!("child-{child}")),
        ("effective_at", "2026-09-01".to_owned()),
        ("forenames", forename(child)),
        ("surname", surname(child)),
        ("date_of_birth", born(child).join("-")),
        ("gender", gender(child).to_owned()),
        ("alias_1_forenames", forename(child)),
        ("alias_1_surname", hidden.alias),
        ("address_kind", "current".to_owned()),
        ("address_line_1", format!("3 {}", hidden.street)),
        ("town", hidden.town),
        ("postcode", hidden.postcode),
        ("school_urn", urn),
        ("school_name", hidden.school),
        ("school_start", "2020-09-03".to_owned()),
        ("education_status", "in_school".to_owned()),
        ("carer_1_forenames", "Ngozi".to_owned()),
        ("carer_1_surname", hidden.carer),
        ("carer_1_relationship", "mother".to_owned()),
        ("carer_1_responsibility", "yes".to_owned()),
    ]
}

pub fn gender(child: usize) -> &'static str {
    if child.is_multiple_of(2) { "F" } else { "M" }
}

/// Rows that state a child at a place, each as another record.
pub fn probes(child: usize, place: usize, count: usize) -> Vec<Row> {
    let probe = |nth: usize| {
        let mut probe = row(child, place);
        probe[0].1 = format!("probe-{child}-{place}-{count}-{nth}");
        probe
    };
    (0..count).map(probe).collect()
}

/// Probes under another surname, of which the place decides whether they are taken for the child.
pub fn renamed_probes(child: usize, place: usize, count: usize) -> Vec<Row> {
    let mut probes = probes(child, place, count);
    for probe in &mut probes {
        probe[0].1 = format!("re{}", probe[0].1);
        probe[3].1 = surname(child + 7_000);
    }
    probes
}
