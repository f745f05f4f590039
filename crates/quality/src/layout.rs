//! Where the profile's columns stand in a file, and what stands there besides.

use feeds::FileFault;

use crate::profile::Profile;

/// A column outside the closed list. Its cells are never read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RefusedColumn {
    /// Its name where it is shaped like one; otherwise its number, because the cell may be a value.
    pub name: String,
    /// Why such content is never held, where the name tells (rule 1.20).
    pub reason: Option<&'static str>,
}

/// The places of the profile's columns in one file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layout {
    /// For each column of the profile the value's place in a row; none where the file lacks it.
    pub(crate) places: Vec<Option<usize>>,
    /// Values a row has.
    pub(crate) width: usize,
    pub(crate) refused: Vec<RefusedColumn>,
}

impl Layout {
    /// # Errors
    /// When the names are no header of this profile, or one stands twice.
    pub(crate) fn of(names: &[&str], profile: &Profile) -> Result<Self, FileFault> {
        let mut places = vec![None; profile.columns.len()];
        let mut refused = Vec::new();
        for (at, name) in names.iter().enumerate() {
            let own = profile.columns.iter().position(|column| column.name == *name);
            let Some(index) = own.or_else(|| profile.meaning(name)) else {
                refused.push(refuse(at, name));
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
            return Err(FileFault::NoHeader { source_name: profile.name.clone().into() });
        }
        Ok(Self { places, width: names.len(), refused })
    }
}

fn refuse(at: usize, name: &str) -> RefusedColumn {
    let shaped = feeds::shaped_like_a_name(name);
    let position = || format!("column {}", at + 1);
    RefusedColumn {
        name: if shaped { name.to_owned() } else { position() },
        reason: feeds::why_forbidden(name),
    }
}
