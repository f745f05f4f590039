//! A statement about one child that came alone, as a message and not as a row of a file: the same columns, the same rules,
//! the same judgement.

use std::fmt;

use jiff::civil::Date;

use crate::form::Form;
use crate::given::Given;
use crate::profile::Profile;
use crate::reader::Outcome;
use crate::values::Values;

/// The values of one statement, by the columns of a profile. `Debug` shows how many there are.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    profile: &'static Profile,
    values: Vec<String>,
}

/// A column that the profile does not have (law 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the source {profile} may not send this; its columns are listed in docs/feeds/{profile}.md")]
pub struct UnknownColumn {
    /// The profile.
    pub profile: &'static str,
}

impl Message {
    /// A message that says nothing yet.
    #[must_use]
    pub fn new(profile: &'static Profile) -> Self {
        Self { profile, values: vec![String::new(); profile.columns().count()] }
    }

    /// Says what a column holds.
    ///
    /// # Errors
    /// When the profile has no such column; nothing is kept.
    pub fn say(&mut self, column: &str, value: impl Into<String>) -> Result<(), UnknownColumn> {
        let unknown = UnknownColumn { profile: self.profile.name };
        let (index, _) = self.profile.position(column).ok_or(unknown)?;
        *self.values.get_mut(index).ok_or(unknown)? = value.into();
        Ok(())
    }

    /// What a column holds so far; empty when nothing, or when there is no such column.
    #[must_use]
    pub fn said(&self, column: &str) -> &str {
        let place = self.profile.position(column).and_then(|(index, _)| self.values.get(index));
        place.map_or("", String::as_str)
    }

    /// The columns that hold something.
    pub(crate) fn filled(&self) -> impl Iterator<Item = &'static str> {
        let columns = self.profile.columns().zip(&self.values);
        columns.filter(|(_, value)| !value.is_empty()).map(|(column, _)| column.name)
    }

    /// The profile it is a statement by.
    #[must_use]
    pub fn profile(&self) -> &'static Profile {
        self.profile
    }

    /// Judges it by the rules of a row. `number` tells it from others of its run; a message has no repeated record, because
    /// each is a statement of its own time.
    #[must_use]
    pub fn judge(&self, number: u64, today: Date) -> Outcome {
        let mut values = Values::default();
        values.take_each(self.values.iter().map(String::as_str));
        let form = Form::of(self.profile);
        let given = Given {
            profile: self.profile,
            form: &form,
            values: &values,
            today,
            row_number: number,
            repeated: false,
        };
        given.judge(|| self.as_file())
    }

    /// A feed file of this statement alone, as a quarantine keeps it.
    fn as_file(&self) -> Vec<u8> {
        as_file(self.profile, self.values.iter().map(String::as_str))
    }
}

/// A feed file of one row, its values in the order of the columns.
pub(crate) fn as_file<'v>(profile: &'static Profile, values: impl Iterator<Item = &'v str>) -> Vec<u8> {
    let row: Vec<String> = values.map(quoted).collect();
    format!("{}\n{}\n", profile.header(), row.join(",")).into_bytes()
}

fn quoted(value: &str) -> String {
    if value.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", value.replace('"', "\"\""))
    } else {
        value.to_owned()
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = self.values.iter().filter(|value| !value.is_empty()).count();
        f.debug_struct("Message").field("profile", &self.profile.name).field("values", &values).finish()
    }
}
