//! The elements of a JSON object, their values as they stand in the text: what nobody asks for is never looked into.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::FileFault;

/// A name and the text of its value.
pub(super) struct Element<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) value: &'a str,
}

/// Elements of an object more than any resource has would be work for nothing.
const MOST: usize = 1000;

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
        let mut elements = Vec::new();
        while let Some(name) = map.next_key::<Name<'de>>()? {
            let value: &'de RawValue = map.next_value()?;
            if elements.len() < MOST {
                elements.push(Element { name: name.0, value: value.get() });
            }
        }
        Ok(Object(elements))
    }
}

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// No message of the parser is repeated: it may quote a value.
const SHAPE: FileFault =
    FileFault::Resource("it is not JSON, or an element has another type than FHIR gives it");

/// The elements of an object in their order.
pub(super) fn elements(text: &str) -> Result<Vec<Element<'_>>, FileFault> {
    serde_json::from_str::<Object<'_>>(text).map(|object| object.0).map_err(|_| SHAPE)
}

/// The items of an array.
pub(super) fn items(text: &str) -> Result<Vec<&str>, FileFault> {
    let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| SHAPE)?;
    Ok(items.into_iter().map(RawValue::get).collect())
}

/// A text.
pub(super) fn text_of(text: &str) -> Result<String, FileFault> {
    serde_json::from_str(text).map_err(|_| SHAPE)
}

/// A list of texts.
pub(super) fn texts_of(text: &str) -> Result<Vec<String>, FileFault> {
    serde_json::from_str(text).map_err(|_| SHAPE)
}
