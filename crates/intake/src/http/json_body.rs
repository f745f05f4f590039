//! A body of JSON objects of text values, read strictly: a name that stands twice, or a value that is no text, is refused by its
//! name, because a reader that guesses which of two was meant changes what a source said.

use std::fmt;

use http::{HeaderMap, header};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::problem::Problem;

/// What a body holds.
pub(super) enum Objects {
    /// An object.
    One(Object),
    /// A list of objects.
    Many(Vec<Object>),
}

/// An object as it was written.
pub(super) struct Object(Vec<(String, Given)>);

enum Given {
    Text(String),
    /// What stands there instead.
    Other(&'static str),
}

/// The objects of a body, at most so many.
pub(super) fn objects(headers: &HeaderMap, body: &[u8], at_most: usize) -> Result<Objects, Problem> {
    let named = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let kind = named.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(Problem::content_type("application/json"));
    }
    let objects: Objects = serde_json::from_slice(body).map_err(|error| {
        // The library's own words may repeat a value.
        let place = format!("line {}, column {}", error.line(), error.column());
        Problem::malformed(
            "the body is not one JSON object, or a list of them, in UTF-8",
            "write each statement as {\"record_id\": \"…\", …}",
        )
        .at(place)
    })?;
    match &objects {
        Objects::Many(many) if many.is_empty() => {
            Err(Problem::malformed("the list is empty", "send at least one object"))
        }
        Objects::Many(many) if many.len() > at_most => Err(Problem::new(
            http::StatusCode::PAYLOAD_TOO_LARGE,
            "too-many",
            "Too many statements at once",
            format!("the list has {} objects, and one request takes {at_most}", many.len()),
            "send them in parts; whole files go to POST /v1/uploads",
        )),
        _ => Ok(objects),
    }
}

impl Object {
    /// Its names and texts; `place` says where it stands in the body.
    pub(super) fn into_values(self, place: &str) -> Result<Vec<(String, String)>, Problem> {
        let mut values: Vec<(String, String)> = Vec::with_capacity(self.0.len());
        let mut names = std::collections::HashSet::new();
        for (name, given) in self.0 {
            let known = feeds::shaped_like_a_name(&name);
            let at = if known { format!("{place}{name}") } else { place.to_owned() };
            if !names.insert(name.clone()) {
                return Err(Problem::malformed(
                    "a name stands twice in one object; nothing of the request was taken",
                    "say each column once",
                )
                .at(at));
            }
            match given {
                Given::Text(text) => values.push((name, text)),
                Given::Other(what) => {
                    return Err(Problem::malformed(
                        format!(
                            "the value is {what}, and every value is text; nothing of the request was taken"
                        ),
                        "write it between double quotes, or leave the column out where there is none",
                    )
                    .at(at));
                }
            }
        }
        Ok(values)
    }
}

impl<'de> Deserialize<'de> for Objects {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Body;
        impl<'de> Visitor<'de> for Body {
            type Value = Objects;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object or a list of objects")
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Objects, M::Error> {
                Ok(Objects::One(Object(entries(map)?)))
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Objects, S::Error> {
                let mut many = Vec::new();
                while let Some(object) = seq.next_element()? {
                    many.push(object);
                }
                Ok(Objects::Many(many))
            }
        }
        deserializer.deserialize_any(Body)
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Object, M::Error> {
                Ok(Object(entries(map)?))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

fn entries<'de, M: MapAccess<'de>>(mut map: M) -> Result<Vec<(String, Given)>, M::Error> {
    let mut entries = Vec::new();
    while let Some(entry) = map.next_entry()? {
        entries.push(entry);
    }
    Ok(entries)
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Value;
        impl<'de> Visitor<'de> for Value {
            type Value = Given;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_str<E>(self, text: &str) -> Result<Given, E> {
                Ok(Given::Text(text.to_owned()))
            }

            fn visit_string<E>(self, text: String) -> Result<Given, E> {
                Ok(Given::Text(text))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Given, E> {
                Ok(Given::Other("true or false"))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Given, E> {
                Ok(Given::Other("a number"))
            }

            fn visit_u64<E>(self, _: u64) -> Result<Given, E> {
                Ok(Given::Other("a number"))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Given, E> {
                Ok(Given::Other("a number"))
            }

            fn visit_unit<E>(self) -> Result<Given, E> {
                Ok(Given::Other("null"))
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Given, S::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Given::Other("a list"))
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Given, M::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Given::Other("an object"))
            }
        }
        deserializer.deserialize_any(Value)
    }
}
