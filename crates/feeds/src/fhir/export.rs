//! A bulk export has a file for each type of resource; a file that is loaded has a child's resources behind its Patient
//! (`grouped.rs`). Here the one is made of the others, in two passes: what stands where, sixteen bytes a resource, and then each line as
//! it is. Nothing is judged: a load says what is wrong with a line.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, BufRead as _, BufReader, Read, Seek, SeekFrom, Write};

use serde::Deserialize;
use serde_json::value::RawValue;

/// The most files that are joined.
pub const MOST_FILES: usize = 1 << 8;
/// The longest line, bytes.
const LONGEST: u64 = 1 << 20;
/// The hash of a Patient's id, and a place.
type Hashed = (u64, u64);
/// A place is the number of a file and a byte in it.
const OFFSET_BITS: u32 = 56;

/// What was joined.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Joined {
    /// Patients.
    pub patients: u64,
    /// Resources behind them.
    pub of_patients: u64,
    /// Resources before the first Patient, which several children may share.
    pub shared: u64,
    /// Resources that were left out, by their type: about a Patient in none of the files.
    pub left_out: BTreeMap<String, u64>,
}

/// Why nothing was joined, or not to the end.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// More files than can be told apart.
    #[error("{0} files: at most {MOST_FILES} are joined; join those of each type first (cat)")]
    TooManyFiles(usize),
    /// A line that is no resource.
    #[error("{file}, line {line}: {why}")]
    Line {
        /// The name of the file.
        file: String,
        /// Its line, from 1.
        line: u64,
        /// What is wrong with it, and what to do.
        why: &'static str,
    },
    /// A resource about a Patient in none of the files.
    #[error(
        "{file}, line {line}: a {kind} about {about}, a Patient in none of these files; give the file it is in too, or leave such \
         resources out (--leave-out)"
    )]
    Nobody {
        /// The name of the file.
        file: String,
        /// Its line, from 1.
        line: u64,
        /// The type of the resource.
        kind: String,
        /// The reference, as it stands there.
        about: String,
    },
    /// A file cannot be read.
    #[error("{file}: cannot be read: {source}")]
    Read {
        /// The name of the file.
        file: String,
        /// Why.
        source: io::Error,
    },
    /// What was joined cannot be written.
    #[error("cannot be written: {0}")]
    Write(#[source] io::Error),
}

/// A file of the export.
#[derive(Debug)]
pub struct Part<R> {
    /// As it is called in errors.
    pub name: String,
    /// Its lines, read twice.
    pub lines: R,
}

/// What is read of a resource to know where it belongs.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(rename = "resourceType", borrow)]
    kind: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow)]
    id: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow)]
    patient: Option<&'a RawValue>,
    #[serde(borrow)]
    subject: Option<&'a RawValue>,
}

/// Where a line belongs.
enum Belongs {
    Patient(String),
    /// Behind the Patient of this id; with the reference as it stands there.
    Behind(Option<String>, String),
    Shared,
}

#[derive(Deserialize)]
struct Reference {
    reference: Option<String>,
}

/// Joins the files of an export into one that can be loaded: what several children share first, in the order of the files, then one
/// Patient after the other in the order of theirs, each with what is about it behind it. `left_out` says whether a resource about a
/// Patient in none of the files is left out, and counted, rather than refused. `read` is told how many bytes more were read; each
/// file is read twice.
///
/// Memory: sixteen bytes a resource.
///
/// # Errors
/// [`JoinError`]; what was written by then is no whole file.
pub fn join<R: Read + Seek>(
    parts: &mut [Part<R>],
    out: &mut impl Write,
    leave_out: bool,
    read: &mut dyn FnMut(u64),
) -> Result<Joined, JoinError> {
    if parts.len() > MOST_FILES {
        return Err(JoinError::TooManyFiles(parts.len()));
    }
    let found = Found::of(parts, read)?;
    let (behind, nobodys) = found.behind(parts, leave_out)?;
    let mut joined = Joined {
        patients: found.patients.len() as u64,
        of_patients: behind.len() as u64,
        shared: found.shared.len() as u64,
        left_out: BTreeMap::new(),
    };
    for place in nobodys {
        let line = parts.line(place)?;
        let kind = head(&line).and_then(|head| head.kind.map(|kind| kind.into_owned())).unwrap_or_default();
        *joined.left_out.entry(kind).or_default() += 1;
    }
    for place in &found.shared {
        put(out, &parts.line(*place)?, read)?;
    }
    // In the order in which the Patients stand: then each file is read from its beginning to its end, or nearly so.
    let mut patients = found.patients.clone();
    patients.sort_unstable_by_key(|(_, place)| *place);
    let mut done = vec![false; patients.len()];
    for at in 0..patients.len() {
        if done.get(at).copied().unwrap_or(true) {
            continue;
        }
        let Some((key, _)) = patients.get(at) else { break };
        // Those of the same hash: the same Patient again, and once in a very large export another.
        let range = equal(&found.patients, *key);
        let alike = found.patients.get(range).unwrap_or_default();
        for (_, place) in alike {
            if let Ok(other) = patients.binary_search_by_key(place, |(_, place)| *place)
                && let Some(done) = done.get_mut(other)
            {
                *done = true;
            }
        }
        let about = behind.get(equal(&behind, *key)).unwrap_or_default();
        write_group(parts, out, (alike, about), read)?;
    }
    out.flush().map_err(JoinError::Write)?;
    Ok(joined)
}

/// Where everything stands: hashes of ids with places.
struct Found {
    patients: Vec<Hashed>,
    behind: Vec<Hashed>,
    /// About somebody who is named by no id of a Patient.
    astray: Vec<u64>,
    shared: Vec<u64>,
}

impl Found {
    fn of<R: Read + Seek>(parts: &mut [Part<R>], read: &mut dyn FnMut(u64)) -> Result<Self, JoinError> {
        let mut found =
            Self { patients: Vec::new(), behind: Vec::new(), astray: Vec::new(), shared: Vec::new() };
        for (number, part) in parts.iter_mut().enumerate() {
            let name = part.name.clone();
            let mut lines = BufReader::with_capacity(1 << 18, &mut part.lines);
            let (mut offset, mut text, mut count) = (0u64, Vec::new(), 0u64);
            loop {
                text.clear();
                let taken = next_line(&mut lines, &mut text)
                    .map_err(|source| JoinError::Read { file: name.clone(), source })?;
                if taken == 0 {
                    break;
                }
                count += 1;
                let wrong = |why| JoinError::Line { file: name.clone(), line: count, why };
                if taken > LONGEST {
                    return Err(wrong("longer than 1 MiB: look for a missing line end"));
                }
                let place = ((number as u64) << OFFSET_BITS) | offset;
                offset += taken;
                read(taken);
                if trimmed(&text, place).is_empty() {
                    continue;
                }
                match belongs(trimmed(&text, place)).map_err(wrong)? {
                    Belongs::Patient(id) => found.patients.push((hash(&id), place)),
                    Belongs::Behind(Some(id), _) => found.behind.push((hash(&id), place)),
                    Belongs::Behind(None, _) => found.astray.push(place),
                    Belongs::Shared => found.shared.push(place),
                }
            }
        }
        found.patients.sort_unstable();
        found.behind.sort_unstable();
        Ok(found)
    }

    /// What stands behind a Patient, and the places of what is about nobody here.
    fn behind<R: Read + Seek>(
        &self,
        parts: &mut [Part<R>],
        leave_out: bool,
    ) -> Result<(Vec<Hashed>, Vec<u64>), JoinError> {
        let known = |key: u64| !equal(&self.patients, key).is_empty();
        let (behind, nobodys): (Vec<_>, Vec<_>) = self.behind.iter().partition(|(key, _)| known(*key));
        let mut nobodys: Vec<u64> =
            nobodys.into_iter().map(|(_, place)| place).chain(self.astray.iter().copied()).collect();
        nobodys.sort_unstable();
        match nobodys.first() {
            Some(place) if !leave_out => Err(parts.nobody(*place)?),
            _ => Ok((behind, nobodys)),
        }
    }
}

/// Writes the Patients of one hash, each with what is about it behind it.
fn write_group<R: Read + Seek>(
    parts: &mut [Part<R>],
    out: &mut impl Write,
    (patients, about): (&[Hashed], &[Hashed]),
    read: &mut dyn FnMut(u64),
) -> Result<(), JoinError> {
    let mut groups: Vec<(String, Vec<Vec<u8>>)> = Vec::new();
    for (_, place) in patients.iter().chain(about) {
        let line = parts.line(*place)?;
        let id = match belongs(&line) {
            Ok(Belongs::Patient(id) | Belongs::Behind(Some(id), _)) => id,
            // Read a moment ago, and another line since.
            _ => return Err(parts.changed(*place)),
        };
        match groups.iter_mut().find(|(known, _)| *known == id) {
            Some((_, lines)) => lines.push(line),
            None if patients.iter().any(|(_, patient)| patient == place) => groups.push((id, vec![line])),
            None => return Err(parts.nobody(*place)?),
        }
    }
    for line in groups.iter().flat_map(|(_, lines)| lines) {
        put(out, line, read)?;
    }
    Ok(())
}

/// Reading again what was read.
trait Again {
    fn line(&mut self, place: u64) -> Result<Vec<u8>, JoinError>;
    fn nobody(&mut self, place: u64) -> Result<JoinError, JoinError>;
    fn changed(&self, place: u64) -> JoinError;
}

impl<R: Read + Seek> Again for [Part<R>] {
    fn line(&mut self, place: u64) -> Result<Vec<u8>, JoinError> {
        let gone = self.changed(place);
        let Some(part) = self.get_mut((place >> OFFSET_BITS) as usize) else { return Err(gone) };
        let failed = |source| JoinError::Read { file: part.name.clone(), source };
        part.lines.seek(SeekFrom::Start(place & OFFSETS)).map_err(failed)?;
        let mut text = Vec::new();
        let failed = |source| JoinError::Read { file: part.name.clone(), source };
        next_line(&mut BufReader::with_capacity(1 << 12, &mut part.lines), &mut text).map_err(failed)?;
        Ok(trimmed(&text, place).to_vec())
    }

    fn nobody(&mut self, place: u64) -> Result<JoinError, JoinError> {
        let line = self.line(place)?;
        let kind = head(&line).and_then(|head| head.kind.map(|kind| kind.into_owned())).unwrap_or_default();
        let about = match belongs(&line) {
            Ok(Belongs::Behind(_, about)) => about,
            _ => return Err(self.changed(place)),
        };
        let number = self.number_of(place)?;
        let file = self.name_of(place);
        Ok(JoinError::Nobody { file, line: number, kind, about })
    }

    fn changed(&self, place: u64) -> JoinError {
        let source = io::Error::other("it changed while it was read: join it once the export is finished");
        JoinError::Read { file: self.name_of(place), source }
    }
}

const OFFSETS: u64 = (1 << OFFSET_BITS) - 1;

trait Named {
    fn name_of(&self, place: u64) -> String;
    fn number_of(&mut self, place: u64) -> Result<u64, JoinError>;
}

impl<R: Read + Seek> Named for [Part<R>] {
    fn name_of(&self, place: u64) -> String {
        self.get((place >> OFFSET_BITS) as usize).map(|part| part.name.clone()).unwrap_or_default()
    }

    /// The number of the line at a place.
    fn number_of(&mut self, place: u64) -> Result<u64, JoinError> {
        let gone = self.changed(place);
        let Some(part) = self.get_mut((place >> OFFSET_BITS) as usize) else { return Err(gone) };
        let failed = |source| JoinError::Read { file: part.name.clone(), source };
        part.lines.seek(SeekFrom::Start(0)).map_err(failed)?;
        let mut before = BufReader::new((&mut part.lines).take(place & OFFSETS));
        let (mut count, mut text) = (1, Vec::new());
        loop {
            text.clear();
            let taken = next_line(&mut before, &mut text)
                .map_err(|source| JoinError::Read { file: part.name.clone(), source })?;
            if taken == 0 {
                return Ok(count);
            }
            count += 1;
        }
    }
}

/// Reads a line with its end, at most one byte more than the longest.
fn next_line(lines: &mut impl io::BufRead, text: &mut Vec<u8>) -> io::Result<u64> {
    lines.take(LONGEST + 1).read_until(b'\n', text).map(|taken| taken as u64)
}

/// A line without its end, and the first of a file without a byte order mark.
fn trimmed(text: &[u8], place: u64) -> &[u8] {
    let text = text.trim_ascii();
    match place & OFFSETS {
        0 => text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text),
        _ => text,
    }
}

fn put(out: &mut impl Write, line: &[u8], read: &mut dyn FnMut(u64)) -> Result<(), JoinError> {
    read(line.len() as u64 + 1);
    out.write_all(line).and_then(|()| out.write_all(b"\n")).map_err(JoinError::Write)
}

fn head(line: &[u8]) -> Option<Head<'_>> {
    serde_json::from_slice(line).ok()
}

fn belongs(line: &[u8]) -> Result<Belongs, &'static str> {
    let head = head(line).ok_or("not a JSON object: export one whole resource a line")?;
    let kind = head.kind.ok_or("no resourceType: export FHIR resources, one a line")?;
    if kind == "Patient" {
        let id = head.id.filter(|id| !id.is_empty());
        return id
            .map(|id| Belongs::Patient(id.into_owned()))
            .ok_or("a Patient without an id: nothing can be said to be about it; export ids");
    }
    let Some(about) = head.patient.or(head.subject) else { return Ok(Belongs::Shared) };
    let about: Option<Reference> = serde_json::from_str(about.get()).ok();
    let about = about.and_then(|about| about.reference).unwrap_or_default();
    Ok(Belongs::Behind(id_of_patient(&about).map(str::to_owned), about))
}

/// The id in a reference to a Patient: relative or absolute, with a version or without.
fn id_of_patient(reference: &str) -> Option<&str> {
    let (before, id) = reference.split("/_history/").next()?.rsplit_once('/')?;
    let kind = before.rsplit('/').next()?;
    (kind == "Patient" && !id.is_empty()).then_some(id)
}

fn hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// The stretch of those with this hash.
fn equal(sorted: &[Hashed], key: u64) -> std::ops::Range<usize> {
    let begin = sorted.partition_point(|(known, _)| *known < key);
    let end = sorted.partition_point(|(known, _)| *known <= key);
    begin..end
}
