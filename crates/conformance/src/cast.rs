//! The invented children of the cases, and what is entered of each.

use std::collections::BTreeMap;

use feeds::{Column, Message, Outcome, Profile};
use jiff::civil::{Date, date};

/// What a sheet says of a child, by the columns of the profile; what is empty is left out. The record's own number and the
/// moment of the statement are the product's to say.
pub type Sheet = BTreeMap<&'static str, String>;

/// Children born before this day are not taken: the sheets stay the same for years, and nobody on them comes of age meanwhile.
pub const TOO_OLD: Date = date(2016, 11, 22);

/// As many children as the cases have use for.
pub const MOST_CHILDREN: usize = 220;

/// A day on which every sheet can be judged.
const JUDGED_ON: Date = date(2026, 11, 22);

/// The columns by which a child on a sheet is known again.
pub(crate) const KNOWN_BY: [&str; 3] = ["forenames", "surname", "date_of_birth"];

/// The columns that a product fills by itself.
pub(crate) const OWN: [&str; 2] = ["record_id", "effective_at"];

/// The children of one profile.
#[derive(Debug, Clone)]
pub struct Cast {
    profile: &'static Profile,
    children: Vec<Sheet>,
}

impl Cast {
    /// Chooses the children among invented rows (column and value): whole ones, sound ones, each once, and nobody with a
    /// service that needs a basis, which has a case of its own.
    pub fn choose<'a>(profile: &'static Profile, rows: impl Iterator<Item = Vec<(&'a str, String)>>) -> Self {
        let mut children: Vec<Sheet> = Vec::new();
        let mut known = std::collections::BTreeSet::new();
        for row in rows {
            let mut sheet = Sheet::new();
            for (name, value) in row {
                if let Some((_, Column { name, .. })) = profile.position(name)
                    && !OWN.contains(name)
                    && !value.is_empty()
                {
                    sheet.insert(name, value);
                }
            }
            if is_whole(profile, &sheet) && said(profile, &sheet).is_some() && known.insert(identity(&sheet))
            {
                children.push(sheet);
            }
            if children.len() == MOST_CHILDREN {
                break;
            }
        }
        Self { profile, children }
    }

    /// The profile by which they are told.
    #[must_use]
    pub fn profile(&self) -> &'static Profile {
        self.profile
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.children.len()
    }

    /// Whether there is nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.children.is_empty()
    }

    /// The child of a number, from 1.
    pub(crate) fn child(&self, number: usize) -> Sheet {
        number.checked_sub(1).and_then(|at| self.children.get(at)).cloned().unwrap_or_default()
    }
}

/// By what a child on a sheet is known again in what arrives.
pub(crate) fn identity(sheet: &Sheet) -> [String; 3] {
    KNOWN_BY.map(|column| {
        sheet.get(column).map_or_else(String::new, |value| super::compare::folded(column, value))
    })
}

/// What a sheet says once it is written by the rules of a row: trimmed, composed. None where it breaks one.
pub(crate) fn said(profile: &'static Profile, sheet: &Sheet) -> Option<BTreeMap<&'static str, String>> {
    let mut message = Message::new(profile);
    message.say("record_id", "R-1").ok()?;
    message.say("effective_at", JUDGED_ON.to_string()).ok()?;
    for (column, value) in sheet {
        message.say(column, value.clone()).ok()?;
    }
    match message.judge(1, JUDGED_ON) {
        Outcome::Accepted(row) => {
            Some(row.said().into_iter().filter(|(column, _)| !OWN.contains(column)).collect())
        }
        Outcome::Quarantined(_) => None,
    }
}

fn is_whole(profile: &Profile, sheet: &Sheet) -> bool {
    let has = |column: &str| sheet.contains_key(column);
    let is = |column: &str, wanted: &[&str]| {
        sheet.get(column).is_none_or(|value| wanted.contains(&value.as_str()))
    };
    let born = sheet.get("date_of_birth").and_then(|day| day.parse::<Date>().ok());
    let kin = ["mother", "father", "parent", "guardian", "carer"];
    let involved = profile.position("involvement_1_service").is_none() || has("involvement_1_service");
    born.is_some_and(|born| born >= TOO_OLD)
        && ["forenames", "surname", "gender", "address_line_1", "town", "postcode"]
            .into_iter()
            .all(|column| has(column) || profile.position(column).is_none())
        && is("address_kind", &["current"])
        && (1..=2).all(|carer| is(&format!("carer_{carer}_relationship"), &kin))
        && involved
        && !has("involvement_1_end")
        // Room for the service that has no basis.
        && !has("involvement_2_service")
        && !sheet.keys().any(|column| column.starts_with("alias_") || column.ends_with("_basis"))
}
