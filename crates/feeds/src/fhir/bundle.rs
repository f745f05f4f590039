//! Bundles, lines, single resources and messages, taken apart into entries.

use serde_json::value::RawValue;

use super::besides::{Strict, each};
use super::json::{elements, is_shallow, items, text_of};
use super::lists::{BUNDLE, ENTRY, MESSAGE_HEADER, REQUEST, SOURCE};
use super::place::Place;
use super::refusal::{Reason, Refused};
use super::requests::{Ask, Method, Request, own_number};
use super::resources::{Resources, type_of};
use super::understand::{Found, Given, understand};
use super::versions::newest;
use super::{Discarded, Header, MAX_BODY_BYTES, MAX_ENTRIES, Mapping, Received, Whole};

/// The event of the feed of patients.
const FEED: &str = "urn:ihe:iti:pmir:2019:patient-feed";

/// A Bundle taken apart.
#[derive(Default)]
struct Bundle<'a> {
    kind: String,
    timestamp: String,
    entries: Vec<(&'a str, Place)>,
}

/// Reads a Bundle of the type transaction or batch.
///
/// # Errors
/// A [`Refused`] when it is not read at all; what is wrong with an entry stands in its [`Entry`](super::Entry).
pub fn read(bytes: &[u8], mapping: &Mapping) -> Result<Received, Refused> {
    let text = text(bytes)?;
    let mut discarded = Discarded::new();
    let at = Place::of("Bundle");
    let bundle = bundle(text, &at, &mut discarded)?;
    let whole = match bundle.kind.as_str() {
        "transaction" => Whole::Transaction,
        "batch" => Whole::Batch,
        "message" => {
            return Err(at.element("type").refused(Reason::NotHere("send a message to $process-message")));
        }
        _ => {
            return Err(at
                .element("type")
                .refused(Reason::NotHere("send a Bundle of the type transaction or batch")));
        }
    };
    Ok(entries(&bundle, whole, mapping, discarded))
}

/// Reads one Patient, sent to the address of its type; `ask` is what its method and address ask for.
///
/// # Errors
/// A [`Refused`]; nothing of it is taken.
pub fn read_alone(bytes: &[u8], ask: Ask, mapping: &Mapping) -> Result<Received, Refused> {
    let text = text(bytes)?;
    let kind = type_of(text, &Place::of("Resource"))?;
    if kind != "Patient" {
        let words =
            "this address takes a Patient; what supports one comes contained in it, or with it in a Bundle";
        return Err(Place::of("Resource").refused(Reason::NotHere(words)));
    }
    let given = Given { ask: Ok(ask), resource: Some(text), expression: kind, keys: Vec::new() };
    let (all, given) = (Resources::default(), vec![Found::Entry(given)]);
    Ok(understand(all, given, Whole::Batch, &mapping.received_at(), mapping, Discarded::new()))
}

/// Reads resources a line each (NDJSON): each Patient is a statement, and the lines beside it may refer to it in any order, by
/// `Type/id` alone or behind the address of a server.
///
/// # Errors
/// A [`Refused`] when they are not read at all.
pub fn read_lines(bytes: &[u8], mapping: &Mapping) -> Result<Received, Refused> {
    let text = plain_text(bytes)?;
    let lines: Vec<(usize, &str)> =
        (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()).collect();
    if lines.len() > MAX_ENTRIES {
        return Err(Place::of("Resource").refused(Reason::TooMany { at_most: MAX_ENTRIES }));
    }
    let given = lines.into_iter().map(|(number, line)| match kind_of_line(number, line) {
        Ok(kind) => {
            let expression = super::lists::resource(&kind).map_or("Resource", |(known, _)| known).to_owned();
            Found::Entry(Given { ask: Ok(Ask::Create), resource: Some(line), expression, keys: Vec::new() })
        }
        Err(refused) => match broken_patient(line) {
            Some(id) => Found::Broken(format!("Patient/{id}"), refused),
            None => Found::Unknown(refused),
        },
    });
    let (all, given) = (Resources::of_lines(), given.collect());
    Ok(understand(all, given, Whole::Batch, &mapping.received_at(), mapping, Discarded::new()))
}

/// The type of the resource of a line.
fn kind_of_line(number: usize, line: &str) -> Result<String, Refused> {
    let at = Place::of("Resource");
    if !is_shallow(line) {
        return Err(at.refused(Reason::TooDeep));
    }
    if serde_json::from_str::<&RawValue>(line).is_err() {
        return Err(at.refused(Reason::LineNotJson { number }));
    }
    type_of(line, &at)
}

/// The id of the Patient that a broken line is and nothing else: it begins with type and id, as whoever writes FHIR writes them,
/// and names no other resource and no other child, as it would where a line end is missing.
fn broken_patient(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix('{')?;
    let (kind, rest) = first_text(rest, "resourceType")?;
    let (id, _) = first_text(rest.trim_start().strip_prefix(',')?, "id")?;
    let of_another = ["\"resourceType\"", "\"patient\"", "\"subject\"", "Patient/"];
    let alone = kind == "Patient" && !of_another.iter().any(|name| rest.contains(name));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    (alone && !id.is_empty() && id.bytes().all(plain)).then_some(id)
}

/// The text of the element of this name with which the text begins, and what stands behind it.
fn first_text<'a>(text: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let text = text.trim_start().strip_prefix('"')?.strip_prefix(name)?.strip_prefix('"')?;
    text.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?.split_once('"')
}

/// Reads a feed of patients: a Bundle of the type message, in it a MessageHeader and a Bundle of the type history.
///
/// # Errors
/// A [`Refused`], with the header as far as there is one; nothing of it is taken.
pub fn read_message(bytes: &[u8], mapping: &Mapping) -> (Header, Result<Received, Refused>) {
    let mut header = Header::default();
    let received = message(bytes, mapping, &mut header);
    (header, received)
}

fn message(bytes: &[u8], mapping: &Mapping, header: &mut Header) -> Result<Received, Refused> {
    let text = text(bytes)?;
    let mut discarded = Discarded::new();
    let at = Place::of("Bundle");
    let outer = bundle(text, &at, &mut discarded)?;
    if outer.kind != "message" {
        return Err(at.element("type").refused(Reason::NotHere("send a Bundle of the type message")));
    }
    let mut resources = Vec::new();
    for (entry, at) in &outer.entries {
        let parts = self::entry(entry, at, &mut discarded)?;
        let at = at.element("resource");
        resources.push((
            parts.resource.ok_or_else(|| at.refused(Reason::Missing("this entry has no resource")))?,
            at,
        ));
    }
    let [(first, first_at), (second, second_at)] = resources.as_slice() else {
        let words = "a feed is a MessageHeader and one Bundle of the type history";
        return Err(at.element("entry").refused(Reason::Missing(words)));
    };
    if type_of(first, first_at)? != "MessageHeader" || type_of(second, second_at)? != "Bundle" {
        let words = "a feed is a MessageHeader and one Bundle of the type history";
        return Err(at.element("entry").refused(Reason::NotHere(words)));
    }
    read_header(first, first_at, header, &mut discarded)?;
    let inner_at = Place::inside("Bundle", second_at.expression().to_owned());
    let mut inner = bundle(second, &inner_at, &mut discarded)?;
    if inner.kind != "history" {
        return Err(inner_at.element("type").refused(Reason::NotHere("send a Bundle of the type history")));
    }
    if inner.timestamp.is_empty() {
        inner.timestamp = outer.timestamp;
    }
    Ok(entries(&inner, Whole::Transaction, mapping, discarded))
}

fn read_header(
    text: &str,
    at: &Place,
    header: &mut Header,
    discarded: &mut Discarded,
) -> Result<(), Refused> {
    let mut event = String::new();
    each(text, &MESSAGE_HEADER, at, &mut Strict(discarded), |element, value, at, besides| {
        match element {
            "id" => header.id = text_of(value, &at)?,
            "eventUri" => event = text_of(value, &at)?,
            "source" => each(value, &SOURCE, &at, besides, |_, value, at, _| {
                header.endpoint = text_of(value, &at)?;
                Ok(())
            })?,
            _ => {}
        }
        Ok(())
    })?;
    if event == FEED {
        Ok(())
    } else {
        let words = "this event is not taken; send urn:ihe:iti:pmir:2019:patient-feed";
        Err(at.element("eventUri").refused(Reason::NotHere(words)))
    }
}

fn plain_text(bytes: &[u8]) -> Result<&str, Refused> {
    let at = Place::of("Resource");
    if bytes.len() > MAX_BODY_BYTES {
        return Err(at.refused(Reason::TooLong { at_most: MAX_BODY_BYTES }));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| at.refused(Reason::NotJson))?;
    Ok(text.strip_prefix('\u{FEFF}').unwrap_or(text))
}

fn text(bytes: &[u8]) -> Result<&str, Refused> {
    let text = plain_text(bytes)?;
    let at = Place::of("Resource");
    if !is_shallow(text) {
        return Err(at.refused(Reason::TooDeep));
    }
    elements(text, &at).map_err(|_| at.refused(Reason::NotJson))?;
    Ok(text)
}

fn bundle<'a>(text: &'a str, at: &Place, discarded: &mut Discarded) -> Result<Bundle<'a>, Refused> {
    if type_of(text, at)? != "Bundle" {
        return Err(at.refused(Reason::NotHere("this address takes a Bundle")));
    }
    let mut found = Bundle::default();
    each(text, &BUNDLE, at, &mut Strict(discarded), |element, value, at, _| {
        match element {
            "type" => found.kind = text_of(value, &at)?,
            "timestamp" => found.timestamp = text_of(value, &at)?,
            "entry" => found.entries = items(value, &at)?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(found)
}

fn entries(bundle: &Bundle<'_>, whole: Whole, mapping: &Mapping, mut discarded: Discarded) -> Received {
    let of_history = bundle.kind == "history";
    let given = |(text, at)| given(text, at, (mapping, of_history), &mut discarded);
    let mut given = bundle.entries.iter().map(|(text, at)| (*text, at)).map(given).collect();
    if of_history {
        given = newest(given);
    }
    let received_at = mapping.received_at();
    let known = if bundle.timestamp.is_empty() { &received_at } else { &bundle.timestamp };
    understand(Resources::default(), given, whole, known, mapping, discarded)
}

#[derive(Default)]
struct Parts<'a> {
    full_url: String,
    resource: Option<&'a str>,
    request: Option<(&'a str, Place)>,
}

fn entry<'a>(text: &'a str, at: &Place, discarded: &mut Discarded) -> Result<Parts<'a>, Refused> {
    let mut found = Parts::default();
    each(text, &ENTRY, at, &mut Strict(discarded), |element, value, at, _| {
        match element {
            "fullUrl" => found.full_url = text_of(value, &at)?,
            "resource" => found.resource = Some(value),
            _ => found.request = Some((value, at)),
        }
        Ok(())
    })?;
    Ok(found)
}

/// An entry. Where it is not as it must be, its resource is read all the same: then it can be told whose it is, and no other
/// child's statement is in doubt.
fn given<'a>(
    text: &'a str,
    at: &Place,
    (mapping, of_history): (&Mapping, bool),
    discarded: &mut Discarded,
) -> Found<'a> {
    let refused = match asked(text, at, (mapping, of_history), discarded) {
        Ok(given) => return Found::Entry(given),
        Err(refused) => refused,
    };
    let Ok(parts) = elements(text, at) else { return Found::Unknown(refused) };
    let part = |name: &str| parts.iter().find(|part| part.name == name).map(|part| part.value);
    let keys = part("fullUrl").and_then(|url| text_of(url, at).ok()).into_iter().collect();
    let expression = at.element("resource").expression().to_owned();
    Found::Entry(Given { ask: Err(refused), resource: part("resource"), expression, keys })
}

fn asked<'a>(
    text: &'a str,
    at: &Place,
    (mapping, of_history): (&Mapping, bool),
    discarded: &mut Discarded,
) -> Result<Given<'a>, Refused> {
    let parts = entry(text, at, discarded)?;
    let (request, request_at) =
        parts.request.ok_or_else(|| at.refused(Reason::Missing("this entry has no request")))?;
    let (mut method, mut url, mut condition) = (String::new(), String::new(), None);
    each(request, &REQUEST, &request_at, &mut Strict(discarded), |element, value, at, _| {
        match element {
            "method" => method = text_of(value, &at)?,
            "url" => url = text_of(value, &at)?,
            _ => condition = Some(text_of(value, &at)?),
        }
        Ok(())
    })?;
    let request = Request { method: &method, url: &url, if_none_exist: condition.as_deref() };
    let (kind, ask) = request.read(mapping, &request_at)?;
    let mut keys = Vec::new();
    if let Ask::At(_, id) = &ask {
        keys.push(format!("{kind}/{id}"));
    }
    if !parts.full_url.is_empty() {
        // An absolute address also answers to its last two parts, as relative references are written.
        let mut last = parts.full_url.rsplitn(3, '/');
        if let (Some(id), Some(of), Some(_)) = (last.next(), last.next(), last.next())
            && of == kind
        {
            keys.push(format!("{of}/{id}"));
        }
        keys.push(parts.full_url);
    }
    let system = mapping.own_system.as_deref().filter(|_| of_history && kind == "Patient");
    let at = at.element("resource");
    let ask = match (ask.ends(), parts.resource) {
        (true, None) if kind == "Patient" => named_by(ask, system, &request_at.element("url")),
        (true, _) if kind != "Patient" => {
            let words = "an involvement ends by its period, or by the child's whole statement without it; only a Patient is deleted";
            Err(request_at.refused(Reason::NotHere(words)))
        }
        (true, Some(_)) => Err(at.refused(Reason::NotHere("a DELETE has no resource"))),
        (_, None) => Err(request_at.refused(Reason::Missing("this entry has no resource"))),
        (false, Some(text)) if type_of(text, &at)? != kind => {
            let words = "the address of the request names another type than the resource";
            Err(request_at.element("url").refused(Reason::Meaning(words)))
        }
        _ => named_by(ask, system, &request_at.element("url")),
    };
    Ok(Given { ask, resource: parts.resource, expression: at.expression().to_owned(), keys })
}

/// What is asked of a Patient. In a history its address is the sender's: where a `system` of the source's numbers was agreed, it names
/// no record, and the resource alone says which that is.
fn named_by(ask: Ask, system: Option<&str>, at: &Place) -> Result<Ask, Refused> {
    match (ask, system) {
        (Ask::At(Method::Say, _), Some(_)) => Ok(Ask::Create),
        (Ask::At(Method::End, _), Some(system)) => {
            Err(at.refused(Reason::IdOfSender { system: system.to_owned() }))
        }
        (ask, _) => Ok(ask),
    }
}

/// The source's own number that a condition names (`If-None-Exist`, or the query of a `PUT` or `DELETE`).
///
/// # Errors
/// When it names anything else: that would ask the directory what it holds (law 7).
pub fn condition(condition: &str, mapping: &Mapping) -> Result<String, Refused> {
    own_number(condition, mapping, &Place::of("Patient"))
}
