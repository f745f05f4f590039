//! Where the profile's columns stand in a file, and what stands there besides.

use feeds::FileFault;

use crate::profile::{Column, Profile};

/// A column outside the closed list. Its cells are never read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RefusedColumn {
    /// Its name where it is shaped like one; otherwise its number, because the cell may be a value.
    pub name: String,
    /// Why such content is never held, where the name tells (rule 1.20).
    pub reason: Option<&'static str>,
}

/// A column that a load refuses for its header alone. Its cells are not read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct MisnamedColumn {
    /// Its header, or its number where it has none, or one that is not shaped like a name.
    pub name: String,
    /// The column of the profile that differs from it only in case, spaces and punctuation; none where it has no header at all.
    pub called: Option<String>,
}

/// The places of the profile's columns in one file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layout {
    /// For each column of the profile the value's place in a row; none where the file lacks it.
    pub(crate) places: Vec<Option<usize>>,
    /// Values a row has.
    pub(crate) width: usize,
    pub(crate) refused: Vec<RefusedColumn>,
    pub(crate) misnamed: Vec<MisnamedColumn>,
}

impl Layout {
    /// # Errors
    /// When the names are no header of this profile, or one stands twice.
    pub(crate) fn of(names: &[&str], profile: &Profile) -> Result<Self, FileFault> {
        let mut places = vec![None; profile.columns.len()];
        let mut others = Vec::new();
        for (at, name) in names.iter().enumerate() {
            let own = profile.columns.iter().position(|column| column.name == *name);
            let Some(index) = own.or_else(|| profile.meaning(name)) else {
                others.push((at, *name));
                continue;
            };
            match places.get_mut(index) {
                Some(place @ None) => *place = Some(at),
                Some(Some(first)) => {
                    let name =
                        profile.columns.get(index).map_or_else(String::new, |column| column.name.clone());
                    return Err(FileFault::RepeatedColumn {
                        name: name.into(),
                        first: *first + 1,
                        second: at + 1,
                    });
                }
                None => {}
            }
        }
        if places.iter().all(Option::is_none) {
            // The row may well be the first child's: nothing of it is repeated.
            let meant = others.iter().filter_map(|(_, name)| alike(profile, name));
            let meant = meant.map(|(_, column)| column.name.clone().into()).collect();
            return Err(FileFault::NoHeader { source_name: profile.name.clone().into(), meant });
        }
        let (mut refused, mut misnamed) = (Vec::new(), Vec::new());
        for (at, name) in others {
            let missing = |index: usize| places.get(index).is_some_and(Option::is_none);
            match alike(profile, name).filter(|(index, _)| missing(*index)) {
                _ if name.is_empty() => misnamed.push(MisnamedColumn { name: shown(at, name), called: None }),
                Some((_, column)) => {
                    let called = Some(column.name.clone());
                    misnamed.push(MisnamedColumn { name: shown(at, name), called });
                }
                None => {
                    let reason = feeds::why_forbidden(name);
                    refused.push(RefusedColumn { name: shown(at, name), reason });
                }
            }
        }
        Ok(Self { places, width: names.len(), refused, misnamed })
    }
}

/// The column of the profile whose name, or that of what it means, differs from this one only in the writing.
fn alike<'p>(profile: &'p Profile, name: &str) -> Option<(usize, &'p Column)> {
    let like = |known: &str| feeds::differ_only_in_writing(known, name);
    let mut columns = profile.columns.iter().enumerate();
    columns.find(|(_, column)| like(&column.name) || column.means.is_some_and(|means| like(means.name)))
}

/// A header as it may be repeated.
fn shown(at: usize, name: &str) -> String {
    if feeds::shaped_like_a_name(name) { name.to_owned() } else { format!("column {}", at + 1) }
}
