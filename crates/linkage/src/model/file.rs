//! The model file as it is written. docs/linkage.md is its reference.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::normalise::identifier::Check;

/// The schema this engine reads.
pub const FORMAT: u32 = 1;

/// A whole model file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// Schema number: [`FORMAT`].
    pub format: u32,
    /// The model's own version, written into every link it decides.
    pub version: String,
    /// What it is for, in a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// How likely two records are one person before they are compared.
    pub prior: Prior,
    /// From which probability on what is done.
    pub thresholds: Thresholds,
    /// The columns read.
    #[serde(rename = "field")]
    pub fields: Vec<FieldEntry>,
    /// How values are compared and what agreement is worth.
    #[serde(rename = "comparison")]
    pub comparisons: Vec<ComparisonEntry>,
    /// Relations between different persons that make them alike (siblings, twins).
    #[serde(rename = "relation", default, skip_serializing_if = "Vec::is_empty")]
    pub relations: Vec<RelationEntry>,
    /// Persons who changed name and birth date together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_identity: Option<NewIdentityEntry>,
    /// Keys under which records are found.
    #[serde(rename = "blocking")]
    pub blocking: Vec<BlockingEntry>,
}

/// Exactly one of the two.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prior {
    /// Persons covered: two random records are one person with one chance in this many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population: Option<f64>,
    /// Or that probability itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
}

/// Probabilities.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Linked without asking.
    pub link: f64,
    /// Asked about.
    pub review: f64,
    /// Near enough to hold the incoming record.
    pub hold: f64,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// Forenames, all of them.
    GivenNames,
    /// Family name.
    FamilyName,
    /// Date, whole or partial.
    Date,
    /// Postcode.
    Postcode,
    /// Street address.
    Address,
    /// A number that belongs to one person.
    Identifier,
    /// A short code: equal or not.
    Code,
    /// Other text.
    Text,
}

/// One field.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldEntry {
    /// Its name, used by comparisons.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Columns of files that hold it, its own name first when none is given; compared without regard to case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Values that mean "not known", besides the usual ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// The check digit rule of an identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
    /// How frequent its values are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency: Option<FrequencyEntry>,
}

/// A table of frequencies: a built-in one or its own values.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrequencyEntry {
    /// `forenames` or `surnames`: the tables compiled in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub builtin: Option<String>,
    /// Share of what is not listed, and the least share any value is given credit for.
    pub pooled: f64,
    /// Shares (0..1) by folded value without spaces.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, f32>,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComparisonKind {
    /// Forenames.
    GivenName,
    /// Family name; with `with`, compared together with the given name so that swapped names are seen.
    FamilyName,
    /// Date.
    Date,
    /// Postcode alone.
    Postcode,
    /// Address alone.
    Address,
    /// Postcode and address as one thing, because they agree together.
    Home,
    /// Identifier.
    Identifier,
    /// Code.
    Code,
    /// Text.
    Text,
}

/// One comparison: one entry of the evidence.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComparisonEntry {
    /// Its name.
    pub name: String,
    /// What is compared.
    pub kind: ComparisonKind,
    /// The fields whose values take part, any against any. Of `home`: postcode and address fields in turn.
    pub fields: Vec<String>,
    /// Of a family name: the given-name comparison it is paired with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
    /// Of a family name with `with`: the least share of people any full name is credited with, 0..1; both halves together
    /// weigh log2 of its inverse at the most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rarest: Option<f64>,
    /// The levels, most agreeing first, `else` last.
    #[serde(rename = "level")]
    pub levels: Vec<LevelEntry>,
}

/// One level of agreement.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelEntry {
    /// The test.
    pub when: String,
    /// Its name in explanations; the test with its number when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Of `similar` and `overlap`: the least similarity, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// Of `edits` and `within_days`: the most edits or days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<u32>,
    /// Share of pairs of one person at this level.
    pub m: f64,
    /// Share of pairs of strangers at this level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub u: Option<f64>,
    /// Or: how many strangers in the whole population are at this level with a person, whatever its size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others: Option<f64>,
    /// How much of the rarity of the value counts, 0..1.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tf: f64,
}

fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// A relation between different persons.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelationEntry {
    /// Its name in explanations.
    pub name: String,
    /// How many persons so related a person has, on average.
    pub others: f64,
    /// Comparisons in which related persons agree as records of one person do (twins share home and birth date, with
    /// the same errors).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub same_as_match: Vec<String>,
    /// For each other comparison it changes: the share of related pairs at each level it changes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub u: BTreeMap<String, BTreeMap<String, f64>>,
}

/// Persons whose records agree in some comparisons no more than strangers' do, because they changed all of that at once:
/// adopted, registered anew, known under another identity.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewIdentityEntry {
    /// The share of pairs of one person of which this is so, 0..1.
    pub share: f64,
    /// The comparisons that changed.
    pub comparisons: Vec<String>,
}

/// One blocking rule.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockingEntry {
    /// Its name.
    pub name: String,
    /// Parts of the key: `comparison.form`, `a|b.form` (either), `a&b.form` (both, in sorted order).
    pub parts: Vec<String>,
    /// Whether the key finds few but the person's own records.
    #[serde(default)]
    pub selective: bool,
}
