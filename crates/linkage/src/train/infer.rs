//! A model from the files' own columns: what a column holds is told by its name and its values.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::{Role, compact, role, tells_birth, tells_sex};
use super::settings::{self, TextShape};
use super::{choose, implied, related};
use crate::Model;
use crate::batch::Table;
use crate::model::ModelError;
use crate::model::file::{
    BlockingEntry, ComparisonEntry, ComparisonKind, FORMAT, FieldEntry, FieldType, FrequencyEntry, ModelFile,
    Prior, Thresholds,
};
use crate::normalise::fold;
use crate::normalise::identifier::Check;

/// Why no model could be built from the columns.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum InferError {
    /// The files share no column to compare.
    #[error(
        "the files have no column in common that can be compared: {0}; rename columns, or give a model with --model"
    )]
    NothingInCommon(String),
    /// What was inferred makes no model.
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl Model {
    /// Builds a model, not yet trained, from the columns the tables have in common. Columns are told by name and by
    /// their first 2,000 values; `ignore` names columns that say nothing about the person (the row's id, its source).
    ///
    /// # Errors
    /// When there is nothing to compare.
    pub fn infer(tables: &[&Table], ignore: &[&str]) -> Result<Self, InferError> {
        let mut fields: Vec<(Role, FieldEntry)> = Vec::new();
        for table in tables {
            for (position, column) in table.columns().iter().enumerate() {
                let ignored = ignore.iter().any(|name| name.eq_ignore_ascii_case(column));
                if !ignored && let Some(role) = role(table, position) {
                    add(&mut fields, role, column, table);
                }
            }
        }
        fields.retain(|(_, field)| {
            tables.iter().all(|table| field.columns.iter().any(|name| table.column(name).is_some()))
        });
        implied::drop_implied(tables, &mut fields);
        if fields.is_empty() {
            let names: BTreeSet<&str> =
                tables.iter().flat_map(|table| table.columns()).map(String::as_str).collect();
            return Err(InferError::NothingInCommon(names.into_iter().collect::<Vec<_>>().join(", ")));
        }
        settle_addresses(&mut fields);
        settle_sex(tables, &mut fields);
        fields.truncate(crate::model::compile::MAX_COMPARISONS);
        let paired =
            [Role::Given, Role::Family].map(|half| fields.iter().any(|(role, _)| *role == half)) == [true; 2];
        let postcode =
            fields.iter().find(|(role, _)| *role == Role::Postcode).map(|(_, field)| field.name.clone());
        let mut comparisons: Vec<ComparisonEntry> =
            fields.iter().map(|(role, field)| comparison(*role, field, paired, &fields)).collect();
        if let Some(postcode) = postcode {
            join_home(&mut comparisons, &postcode);
        }
        let contacts = fields.iter().filter(|(role, _)| *role == Role::Contact);
        let contacts: Vec<String> = contacts.map(|(_, field)| field.name.clone()).collect();
        let relations = related::relations(&comparisons, &contacts);
        let blocking = choose::candidates(&comparisons);
        let records: usize = tables.iter().map(|table| table.len()).sum();
        let file = ModelFile {
            format: FORMAT,
            version: "inferred-1".into(),
            description: "Built from the columns of the files.".into(),
            prior: Prior { population: Some((records as f64).max(10.0)), probability: None },
            thresholds: Thresholds { link: 0.95, review: 0.5, hold: 0.05 },
            fields: fields.into_iter().map(|(_, field)| field).collect(),
            comparisons,
            relations,
            new_identity: None,
            blocking,
        };
        Ok(Self::from_file(file)?)
    }

    pub(crate) fn with_blocking(&self, blocking: Vec<BlockingEntry>) -> Result<Self, ModelError> {
        let mut file = ModelFile::clone(&self.file);
        file.blocking = blocking;
        Self::from_file(file)
    }
}

/// What stands for a sex or gender that is not told, where the others are written as letters or words. Where they are numbers
/// nobody knows which of them that is.
const SEX_NOT_TOLD: &[&str] =
    &["n", "u", "x", "i", "0", "9", "not specified", "unspecified", "indeterminate"];
const SEXES: &[&str] = &["f", "m", "w", "female", "male"];

fn settle_sex(tables: &[&Table], fields: &mut [(Role, FieldEntry)]) {
    for (_, field) in fields.iter_mut().filter(|(role, field)| *role == Role::Code && tells_sex(&field.name))
    {
        let is_written = |table: &&Table| {
            let columns = field.columns.iter().filter_map(|name| table.column(name));
            let mut cells =
                columns.flat_map(|column| (0..table.len().min(1000)).map(move |row| table.cell(row, column)));
            cells.any(|cell| SEXES.contains(&fold(cell).as_str()))
        };
        if tables.iter().any(is_written) {
            field.missing = SEX_NOT_TOLD.iter().map(|value| (*value).to_owned()).collect();
        }
    }
}

/// An address is read as one only beside a British postcode, and the first line alone; other files write addresses in
/// other ways, and there its columns are texts.
fn settle_addresses(fields: &mut Vec<(Role, FieldEntry)>) {
    let british = fields.iter().any(|(role, _)| *role == Role::Postcode);
    let mut first = true;
    fields.retain_mut(|(role, entry)| {
        if *role != Role::Address {
            return true;
        }
        if british {
            return std::mem::take(&mut first);
        }
        let column = entry.columns.clone();
        *role = Role::Text(TextShape::Words);
        *entry = FieldEntry { columns: column, ..field(*role, &entry.name) };
        true
    });
}

/// Makes one comparison of a postcode and its address, which agree together.
fn join_home(comparisons: &mut Vec<ComparisonEntry>, postcode: &str) {
    let Some(address) = comparisons.iter().position(|c| c.kind == ComparisonKind::Address) else {
        return;
    };
    let address = comparisons.remove(address);
    let Some(home) = comparisons.iter_mut().find(|comparison| comparison.name == postcode) else {
        return;
    };
    home.kind = ComparisonKind::Home;
    home.fields.extend(address.fields);
    home.levels = settings::levels(ComparisonKind::Home, TextShape::Words, false);
}

/// Adds a column to the field it belongs to: roles a person has once are one field whatever the columns are called.
fn add(fields: &mut Vec<(Role, FieldEntry)>, role: Role, column: &str, table: &Table) {
    let single = matches!(role, Role::Given | Role::Family | Role::Identifier(Check::Nhs | Check::Upn));
    let found = fields.iter_mut().find(|(known, field)| {
        // A birth date that another file calls otherwise; a file with two of them keeps both.
        let is_birth = |field: &FieldEntry| {
            role == Role::Date
                && tells_birth(column)
                && field.columns.iter().all(|name| tells_birth(name) && table.column(name).is_none())
        };
        (*known == role && (single || is_birth(field)))
            || field.columns.iter().any(|name| compact(name) == compact(column))
    });
    match found {
        Some((_, field)) if field.columns.iter().any(|name| name.eq_ignore_ascii_case(column)) => {}
        Some((_, field)) => field.columns.push(column.to_owned()),
        None => fields.push((role, field(role, column))),
    }
}

fn field(role: Role, column: &str) -> FieldEntry {
    let (kind, check) = match role {
        Role::Given => (FieldType::GivenNames, None),
        Role::Family => (FieldType::FamilyName, None),
        Role::Date => (FieldType::Date, None),
        Role::Postcode => (FieldType::Postcode, None),
        Role::Address => (FieldType::Address, None),
        Role::Identifier(check) => (FieldType::Identifier, Some(check)),
        Role::Contact => (FieldType::Identifier, Some(Check::None)),
        Role::Code => (FieldType::Code, None),
        Role::Text(_) => (FieldType::Text, None),
    };
    let counted = matches!(role, Role::Given | Role::Family | Role::Code | Role::Text(_));
    let frequency = counted.then(|| FrequencyEntry { builtin: None, pooled: 0.001, values: BTreeMap::new() });
    FieldEntry {
        name: column.to_lowercase(),
        kind,
        columns: vec![column.to_owned()],
        missing: Vec::new(),
        check,
        frequency,
    }
}

fn comparison(role: Role, field: &FieldEntry, paired: bool, all: &[(Role, FieldEntry)]) -> ComparisonEntry {
    let kind = match role {
        Role::Given => ComparisonKind::GivenName,
        Role::Family => ComparisonKind::FamilyName,
        Role::Date => ComparisonKind::Date,
        Role::Postcode => ComparisonKind::Postcode,
        Role::Address => ComparisonKind::Address,
        Role::Identifier(_) | Role::Contact => ComparisonKind::Identifier,
        Role::Code => ComparisonKind::Code,
        Role::Text(_) => ComparisonKind::Text,
    };
    let given = all.iter().find(|(role, _)| *role == Role::Given).map(|(_, field)| field.name.clone());
    let shape = if let Role::Text(shape) = role { shape } else { TextShape::Words };
    ComparisonEntry {
        name: field.name.clone(),
        kind,
        fields: vec![field.name.clone()],
        with: given.filter(|_| role == Role::Family && paired),
        rarest: (role == Role::Family && paired).then_some(settings::RAREST_FULL_NAME),
        levels: settings::levels(kind, shape, paired),
    }
}
