//! Whether a child is near to the user: the user's own surname, the user's own address (rules 6.17, 7.9, 9.7).
//!
//! A surname counts whatever its frequency: the cost of a false alarm is a minute of a reviewer's, the cost of a missed
//! relative is what the rule is for. So that common names do not drown the queue, a result list with the user's surname
//! in it is not noticed; asking for the surname, or opening such a record, is, once a day.

use super::Flag;
use crate::address::Address;
use crate::names::{fold, words};
use crate::person_name::PersonName;
use crate::postcode::Postcode;
use crate::source_record::Content;
use crate::text_value::coded;
use serde::{Deserialize, Serialize};

coded! {
    /// What of a record or a search is the user's own.
    OwnMatter {
        /// The surname.
        Surname = "surname",
        /// The address.
        Address = "address",
    }
}

/// Where a user lives: enough to know the house again, and kept for nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnAddress {
    /// The postcode.
    pub postcode: Postcode,
    /// Number or name of the house, folded.
    pub house: String,
}

impl OwnAddress {
    /// An address from what the user typed; nothing when there is no number or name of a house.
    #[must_use]
    pub fn new(postcode: Postcode, house: &str) -> Option<Self> {
        let house = fold(house);
        let sound = !house.is_empty() && house.len() <= 40;
        sound.then_some(Self { postcode, house })
    }

    /// Whether an address is this one: the same postcode, and a first line that begins with the house or is it.
    #[must_use]
    pub fn is(&self, address: &Address) -> bool {
        address.postcode.as_ref() == Some(&self.postcode)
            && address.lines.iter().any(|line| {
                let line = words(line.as_str());
                let house: Vec<&str> = self.house.split(' ').collect();
                line.len() >= house.len() && house.iter().zip(&line).all(|(own, there)| own == there)
            })
    }
}

/// What is known of the user for these rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnMatters {
    surname: Vec<String>,
    address: Option<OwnAddress>,
}

impl OwnMatters {
    /// From the user's name as pages show it, and their address if it is known.
    #[must_use]
    pub fn new(display_name: &str, address: Option<OwnAddress>) -> Self {
        // The last word of a name is its surname; a double-barrelled one counts by each part.
        let last = display_name.split_whitespace().last().unwrap_or_default();
        Self { surname: words(last).into_iter().filter(|word| word.len() > 1).collect(), address }
    }

    /// Whether a name has the user's surname.
    #[must_use]
    pub fn is_own_name(&self, name: &PersonName) -> bool {
        self.is_own_surname(name.surname())
    }

    /// Whether the words of a name contain the user's surname.
    #[must_use]
    pub fn is_own_surname(&self, text: &str) -> bool {
        let said = words(text);
        self.surname.iter().any(|own| said.contains(own))
    }

    /// Whether a postcode is the user's own.
    #[must_use]
    pub fn is_own_postcode(&self, postcode: &Postcode) -> bool {
        self.address.as_ref().is_some_and(|own| own.postcode == *postcode)
    }

    /// What is noted of a child of whom nothing shows but the names.
    #[must_use]
    pub fn flags_of_names<'a>(&self, contents: impl IntoIterator<Item = &'a Content>) -> Vec<Flag> {
        let own = contents.into_iter().flat_map(|content| &content.names).any(|name| self.is_own_name(name));
        own.then_some(Flag::OwnSurname).into_iter().collect()
    }

    /// What is noted of a child, everything that is held of it counted.
    #[must_use]
    pub fn flags_of<'a>(&self, contents: impl IntoIterator<Item = &'a Content>) -> Vec<Flag> {
        let (mut surname, mut address) = (false, false);
        for content in contents {
            surname |= content.names.iter().any(|name| self.is_own_name(name));
            surname |= content.carers.iter().any(|carer| self.is_own_name(&carer.name));
            let places =
                content.whereabouts.iter().filter_map(|w| w.address()).chain(&content.previous_addresses);
            address |= self.address.as_ref().is_some_and(|own| places.into_iter().any(|place| own.is(place)));
        }
        let flag = |set: bool, flag: Flag| set.then_some(flag);
        [flag(surname, Flag::OwnSurname), flag(address, Flag::OwnAddress)].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::Line;
    use crate::person_name::NameUse;

    fn name(forenames: &str, surname: &str) -> PersonName {
        PersonName::new(forenames, surname, NameUse::Current).unwrap()
    }

    #[test]
    fn a_surname_is_ones_own_in_any_spelling_case_or_half() {
        let own = OwnMatters::new("Dr Seán O'Brien-Núñez", None);
        for (surname, is_own) in [
            ("Nunez", true),
            ("OBRIEN", true),
            ("O’Brien", true),
            ("Brien", false),
            ("Sean", false),
            ("", false),
        ] {
            let name = PersonName::new("Ann", surname, NameUse::Current).unwrap();
            assert_eq!(own.is_own_name(&name), is_own, "{surname}");
        }
        assert!(!own.is_own_name(&name("Nunez", "Smith")), "a forename is no surname");
        assert!(!OwnMatters::new("", None).is_own_name(&name("A", "B")));
    }

    #[test]
    fn an_address_is_ones_own_by_postcode_and_house() {
        let own = OwnAddress::new(Postcode::parse("AL1 2QB").unwrap(), "14").unwrap();
        let at = |line: &str, postcode: &str| Address {
            lines: vec![Line::parse(line).unwrap()],
            postcode: Some(Postcode::parse(postcode).unwrap()),
            ..Address::default()
        };
        for (line, postcode, is) in [
            ("14 Mill Lane", "al1 2qb", true),
            ("14", "AL1 2QB", true),
            ("140 Mill Lane", "AL1 2QB", false),
            ("1 Mill Lane", "AL1 2QB", false),
            ("14 Mill Lane", "AL1 2QD", false),
        ] {
            assert_eq!(own.is(&at(line, postcode)), is, "{line}, {postcode}");
        }
        let named = OwnAddress::new(Postcode::parse("AL1 2QB").unwrap(), "Rose Cottage").unwrap();
        assert!(named.is(&at("Rose Cottage, Mill Lane", "AL1 2QB")));
        assert!(!named.is(&at("Rose House", "AL1 2QB")));
        assert!(OwnAddress::new(Postcode::parse("AL1 2QB").unwrap(), " ").is_none());
    }
}
