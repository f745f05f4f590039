//! The elements of a JSON object, their values as they stand in the text: what nobody asks for is never looked into.
//!
//! Strict where FHIR is: no name stands twice in an object, nothing nests without end, a number stays the text it came as.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::place::Place;
use super::refusal::{Reason, Refused};

/// A name and the text of its value.
pub(crate) struct Element<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) value: &'a str,
}

/// Elements of an object, or items of a list: more than any resource has.
const MOST: usize = 1000;

/// Objects and lists inside each other: more than any resource that is read has.
const DEEPEST: usize = 64;

struct Object<'a>(Vec<Element<'a>>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OfObject)
    }
}

struct OfObject;

impl<'de> Visitor<'de> for OfObject {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut elements: Vec<Element<'de>> = Vec::new();
        while let Some(name) = map.next_key::<Name<'de>>()? {
            let value: &'de RawValue = map.next_value()?;
            if elements.len() == MOST {
                return Err(A::Error::custom("too many elements"));
            }
            elements.push(Element { name: name.0, value: value.get() });
        }
        let mut names: Vec<&str> = elements.iter().map(|element| element.name.as_ref()).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(A::Error::custom("a name stands twice"));
        }
        Ok(Object(elements))
    }
}

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// No message of the parser is repeated: it may quote a value.
fn misshapen(place: &Place) -> Refused {
    place.refused(Reason::Shape)
}

/// The elements of an object in their order.
pub(crate) fn elements<'a>(text: &'a str, place: &Place) -> Result<Vec<Element<'a>>, Refused> {
    serde_json::from_str::<Object<'_>>(text).map(|object| object.0).map_err(|_| misshapen(place))
}

/// The items of a list, each with its place.
pub(crate) fn items<'a>(text: &'a str, place: &Place) -> Result<Vec<(&'a str, Place)>, Refused> {
    let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| misshapen(place))?;
    if items.len() > MOST {
        return Err(place.refused(Reason::TooMany { at_most: MOST }));
    }
    Ok(items.into_iter().enumerate().map(|(index, item)| (item.get(), place.item(index))).collect())
}

/// A text.
pub(crate) fn text_of(text: &str, place: &Place) -> Result<String, Refused> {
    serde_json::from_str(text).map_err(|_| misshapen(place))
}

/// A list of texts. FHIR lets one of them be absent (`null`) where an extension stands for it.
pub(crate) fn texts_of(text: &str, place: &Place) -> Result<Vec<String>, Refused> {
    let texts: Vec<Option<String>> = serde_json::from_str(text).map_err(|_| misshapen(place))?;
    Ok(texts.into_iter().flatten().collect())
}

/// Yes or no.
pub(crate) fn boolean_of(text: &str, place: &Place) -> Result<bool, Refused> {
    serde_json::from_str(text).map_err(|_| misshapen(place))
}

/// Whether nothing in the text nests deeper than is read. Asked before anything else of it.
pub(crate) fn is_shallow(text: &str) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                depth += 1;
                if depth > DEEPEST {
                    return false;
                }
            }
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_stands_twice_is_no_object() {
        let place = Place::of("Patient");
        assert_eq!(elements(r#"{"a":1,"b":[2]}"#, &place).unwrap().len(), 2);
        assert!(elements(r#"{"a":1,"\u0061":2}"#, &place).is_err());
        assert!(elements("[1]", &place).is_err());
    }

    #[test]
    fn depth_is_counted_outside_texts_alone() {
        assert!(is_shallow(&format!("\"{}\"", "[{".repeat(200))));
        assert!(is_shallow(r#"{"a":"\"[[["}"#));
        assert!(!is_shallow(&"[".repeat(DEEPEST + 1)));
        assert!(is_shallow(&"[]".repeat(DEEPEST + 1)));
    }
}
