//! What is asked for with a resource: the method and address of a request, by themselves or in an entry of a Bundle.

use super::Mapping;
use super::place::Place;
use super::refusal::{Reason, Refused};

/// What is to be done with a resource. A record is named by the source's own number alone, so that no condition asks the directory
/// anything (law 7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// `POST`: the record is the one that the resource names.
    Create,
    /// `POST` with `If-None-Exist`, or `PUT` or `DELETE` with a condition: the source's own number.
    Where(Method, String),
    /// `PUT` or `DELETE` of an address: the source's own number.
    At(Method, String),
}

/// What becomes of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The source says this of it now.
    Say,
    /// The source says nothing of it any more.
    End,
}

impl Ask {
    /// The record that the request itself names.
    #[must_use]
    pub fn record(&self) -> Option<&str> {
        match self {
            Self::Create => None,
            Self::Where(_, record) | Self::At(_, record) => Some(record),
        }
    }

    /// Whether the record ends.
    #[must_use]
    pub fn ends(&self) -> bool {
        matches!(self, Self::Where(Method::End, _) | Self::At(Method::End, _))
    }
}

/// The request of an entry, or of a request to the address of a resource type.
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    /// Behind the base: `Patient`, `Patient/4711`, `Patient?identifier=…`.
    pub(super) url: &'a str,
    pub(super) if_none_exist: Option<&'a str>,
}

impl Request<'_> {
    /// The resource type that the address names, and what is asked.
    pub(super) fn read(&self, mapping: &Mapping, at: &Place) -> Result<(String, Ask), Refused> {
        let method = match self.method {
            "POST" => None,
            "PUT" => Some(Method::Say),
            "DELETE" => Some(Method::End),
            _ => return Err(at.element("method").refused(Reason::Method)),
        };
        let url = at.element("url");
        let (path, query) =
            self.url.split_once('?').map_or((self.url, None), |(path, query)| (path, Some(query)));
        let (kind, id) = path.split_once('/').map_or((path, None), |(kind, id)| (kind, Some(id)));
        if id.is_some_and(|id| id.is_empty() || id.contains('/')) {
            return Err(url.refused(Reason::Meaning("this is no address of a record; send TYPE/ID")));
        }
        let is_patient = kind == "Patient";
        let ask = match (method, id, query) {
            (None, None, None) => match self.if_none_exist {
                Some(condition) if is_patient => {
                    Ask::Where(Method::Say, own_number(condition, mapping, &at.element("ifNoneExist"))?)
                }
                _ => Ask::Create,
            },
            (Some(method), Some(id), None) => {
                Ask::At(method, decoded(id).ok_or_else(|| url.refused(Reason::Shape))?)
            }
            (Some(method), None, Some(condition)) if is_patient => {
                Ask::Where(method, own_number(condition, mapping, &url)?)
            }
            // What the other resources are called by their sender matters to nobody but the references beside them.
            (Some(method), None, Some(_)) => Ask::Where(method, String::new()),
            _ => return Err(url.refused(Reason::Meaning("this address and this method do not go together"))),
        };
        Ok((kind.to_owned(), ask))
    }
}

/// The source's own number in a condition; any other condition would ask what is held.
pub(super) fn own_number(condition: &str, mapping: &Mapping, at: &Place) -> Result<String, Refused> {
    let refused = || at.refused(Reason::Condition);
    let token = condition.trim_start_matches('?').strip_prefix("identifier=").ok_or_else(refused)?;
    if token.contains('&') {
        return Err(refused());
    }
    let token = decoded(token).ok_or_else(refused)?;
    match token.split_once('|') {
        Some((system, value)) if system == mapping.system() && !value.is_empty() => Ok(value.to_owned()),
        _ => Err(refused()),
    }
}

/// Percent-decoded; `None` when that is no UTF-8.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let (high, low) = (digit(rest.next())?, digit(rest.next())?);
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
