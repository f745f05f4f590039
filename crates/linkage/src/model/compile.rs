//! From the file to what the engine runs on: names resolved, weights computed, mistakes named.

use std::collections::BTreeMap;

use ahash::AHashMap;

use super::ModelError;
use super::file::{
    ComparisonEntry, ComparisonKind, FORMAT, FieldEntry, FieldType, FrequencyEntry, LevelEntry, ModelFile,
    RelationEntry,
};
use super::level::Test;
use crate::blocking::Rule;
use crate::frequency::{self, Frequencies};
use crate::normalise::identifier::Check;

/// The most comparisons a model can have: patterns of agreement live on the stack.
pub const MAX_COMPARISONS: usize = 24;
/// The most relations a model can have.
pub const MAX_RELATIONS: usize = 4;
/// The most blocking rules a model can have: which of them bring a pair together is a set of bits.
pub const MAX_RULES: usize = 128;
/// The most levels a comparison can have.
pub const MAX_LEVELS: usize = 32;
/// The least m or u; a level nobody was seen at is unlikely, not impossible.
const FLOOR: f64 = 1e-12;

/// A model in the form the engine runs on.
#[derive(Debug)]
pub struct Compiled {
    pub fields: Vec<Field>,
    pub comparisons: Vec<Comparison>,
    pub relations: Vec<Relation>,
    pub new_identity: Option<NewIdentity>,
    pub rules: Vec<Rule>,
    /// log2 of the prior odds.
    pub prior: f64,
}

/// A field ready to normalise its values.
#[derive(Debug)]
pub struct Field {
    pub name: String,
    pub kind: FieldType,
    pub missing: Vec<String>,
    pub check: Check,
    pub frequencies: Frequencies,
}

/// A comparison ready to run.
#[derive(Debug)]
pub struct Comparison {
    pub name: String,
    pub kind: ComparisonKind,
    /// Positions of its fields.
    pub fields: Vec<usize>,
    /// The other half of a person's name: of the given-name comparison the family name's position, and back.
    pub partner: Option<usize>,
    pub levels: Vec<Level>,
    /// log2 of the least share of people a full name is credited with, of a family name paired with a given name.
    pub rarest: f32,
    /// Position of the level "swapped", of a given-name comparison with a partner.
    pub swapped: Option<u8>,
}

/// A level with its weight.
#[derive(Debug, Clone)]
pub struct Level {
    pub test: Test,
    pub label: String,
    pub m: f64,
    pub u: f64,
    /// log2(m/u).
    pub weight: f64,
    /// log2(u).
    pub log_u: f32,
    /// How much of a value's rarity counts.
    pub tf: f32,
    /// For each relation, log2 of how much likelier the level is among its pairs than among strangers; none when the
    /// relation does not change it.
    pub relations: [Option<f32>; MAX_RELATIONS],
}

/// A relation that makes different persons alike.
#[derive(Debug)]
pub struct Relation {
    pub name: String,
    /// log2 of the share of random pairs that are so related.
    pub log_share: f64,
    /// Whether they agree on something as a match does. Only then does a rare value speak for the relation as it speaks for a
    /// match: brothers share a rare name as readily as a common one, namesakes do not.
    pub is_family: bool,
}

/// Persons who changed several things at once.
#[derive(Debug)]
pub struct NewIdentity {
    /// log2 of the share of pairs of one person of which this is so.
    pub log_share: f64,
    /// Positions of the comparisons that changed.
    pub comparisons: Vec<usize>,
}

/// Checks a file and compiles it.
pub fn compile(file: &ModelFile) -> Result<Compiled, ModelError> {
    if file.format != FORMAT {
        return Err(ModelError::Format { found: file.format, known: FORMAT });
    }
    if file.version.trim().is_empty() {
        return Err(ModelError::at("version", "is empty; name the model, for example \"children-2\""));
    }
    let probability = prior(file)?;
    thresholds(file)?;
    let fields = file.fields.iter().map(field).collect::<Result<Vec<_>, _>>()?;
    unique("field", fields.iter().map(|field| field.name.as_str()))?;
    if file.comparisons.is_empty() || file.comparisons.len() > MAX_COMPARISONS {
        let problem = format!("there are {}; a model has 1 to {MAX_COMPARISONS}", file.comparisons.len());
        return Err(ModelError::at("comparison", problem));
    }
    let mut comparisons = file
        .comparisons
        .iter()
        .map(|entry| comparison(entry, &fields, probability))
        .collect::<Result<Vec<_>, _>>()?;
    unique("comparison", comparisons.iter().map(|comparison| comparison.name.as_str()))?;
    pair_names(file, &mut comparisons)?;
    if file.relations.len() > MAX_RELATIONS {
        return Err(ModelError::at("relation", format!("there are more than {MAX_RELATIONS}")));
    }
    let mut relations = Vec::new();
    for (position, entry) in file.relations.iter().enumerate() {
        relations.push(relation(entry, position, &mut comparisons, probability)?);
    }
    let rules = file
        .blocking
        .iter()
        .map(|entry| Rule::compile(entry, &comparisons))
        .collect::<Result<Vec<_>, _>>()?;
    if rules.len() > MAX_RULES {
        let problem = format!("there are {} rules; a model has 1 to {MAX_RULES}", rules.len());
        return Err(ModelError::at("blocking", problem));
    }
    if rules.is_empty() {
        return Err(ModelError::at("blocking", "there is no rule; without one no record is ever found"));
    }
    let prior = (probability / (1.0 - probability)).log2();
    let new_identity = new_identity(file, &comparisons)?;
    Ok(Compiled { fields, comparisons, relations, new_identity, rules, prior })
}

fn prior(file: &ModelFile) -> Result<f64, ModelError> {
    match (file.prior.population, file.prior.probability) {
        (Some(people), None) if people >= 2.0 => Ok(1.0 / people),
        (None, Some(probability)) if probability > 0.0 && probability < 1.0 => Ok(probability),
        _ => Err(ModelError::at(
            "prior",
            "give either population (2 or more) or probability (between 0 and 1)",
        )),
    }
}

fn thresholds(file: &ModelFile) -> Result<(), ModelError> {
    let thresholds = file.thresholds;
    let ordered = 0.0 < thresholds.hold
        && thresholds.hold <= thresholds.review
        && thresholds.review <= thresholds.link
        && thresholds.link < 1.0;
    if ordered { Ok(()) } else { Err(ModelError::at("thresholds", "need 0 < hold <= review <= link < 1")) }
}

fn unique<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<(), ModelError> {
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        if name.trim().is_empty() {
            return Err(ModelError::at(what, "one has no name"));
        }
        if !seen.insert(name) {
            return Err(ModelError::at(format!("{what} {name:?}"), "stands twice; rename one"));
        }
    }
    Ok(())
}

fn field(entry: &FieldEntry) -> Result<Field, ModelError> {
    let place = || format!("field {:?}", entry.name);
    if entry.check.is_some() && entry.kind != FieldType::Identifier {
        return Err(ModelError::at(place(), "has a check, which only an identifier has"));
    }
    let frequencies = match &entry.frequency {
        None => Frequencies::none(),
        Some(FrequencyEntry { pooled, .. }) if !(*pooled > 0.0 && *pooled <= 1.0) => {
            return Err(ModelError::at(place(), "pooled frequency must be above 0 and at most 1"));
        }
        Some(FrequencyEntry { builtin: None, pooled, values }) => {
            if let Some((value, _)) = values.iter().find(|(_, share)| !(**share > 0.0 && **share <= 1.0)) {
                return Err(ModelError::at(
                    place(),
                    format!("the frequency of {value:?} is not between 0 and 1"),
                ));
            }
            let shares: AHashMap<String, f32> =
                values.iter().map(|(value, share)| (value.clone(), *share)).collect();
            Frequencies::new(shares, *pooled)
        }
        Some(FrequencyEntry { builtin: Some(name), pooled, values }) if values.is_empty() => {
            match name.as_str() {
                "forenames" => frequency::forenames().with_pooled(*pooled),
                "surnames" => frequency::surnames().with_pooled(*pooled),
                other => {
                    let problem = format!(
                        "no built-in table is called {other:?}; there are \"forenames\" and \"surnames\""
                    );
                    return Err(ModelError::at(place(), problem));
                }
            }
        }
        Some(_) => return Err(ModelError::at(place(), "has both a built-in table and values; keep one")),
    };
    let missing = entry.missing.iter().map(|value| crate::normalise::fold(value)).collect();
    Ok(Field {
        name: entry.name.clone(),
        kind: entry.kind,
        missing,
        check: entry.check.unwrap_or_default(),
        frequencies,
    })
}

/// The types of field a comparison can take.
fn takes(kind: ComparisonKind, field: FieldType) -> bool {
    match kind {
        ComparisonKind::GivenName => field == FieldType::GivenNames,
        ComparisonKind::FamilyName => field == FieldType::FamilyName,
        ComparisonKind::Date => field == FieldType::Date,
        ComparisonKind::Postcode => field == FieldType::Postcode,
        ComparisonKind::Address => field == FieldType::Address,
        ComparisonKind::Home => matches!(field, FieldType::Postcode | FieldType::Address),
        ComparisonKind::Identifier => field == FieldType::Identifier,
        ComparisonKind::Code => field == FieldType::Code,
        ComparisonKind::Text => field == FieldType::Text,
    }
}

fn comparison(entry: &ComparisonEntry, fields: &[Field], probability: f64) -> Result<Comparison, ModelError> {
    let place = format!("comparison {:?}", entry.name);
    let mut positions = Vec::new();
    for name in &entry.fields {
        let Some(position) = fields.iter().position(|field| field.name == *name) else {
            return Err(ModelError::at(
                place,
                format!("compares field {name:?}, which is not declared; add [[field]]"),
            ));
        };
        if !fields.get(position).is_some_and(|field| takes(entry.kind, field.kind)) {
            return Err(ModelError::at(
                place,
                format!("cannot compare field {name:?}: its type does not fit the kind"),
            ));
        }
        positions.push(position);
    }
    if positions.is_empty() {
        return Err(ModelError::at(place, "names no field"));
    }
    let pairs = |chunk: &[usize]| {
        let kind = |position: Option<&usize>| position.and_then(|p| fields.get(*p)).map(|field| field.kind);
        kind(chunk.first()) == Some(FieldType::Postcode) && kind(chunk.get(1)) == Some(FieldType::Address)
    };
    if entry.kind == ComparisonKind::Home && !positions.chunks(2).all(pairs) {
        return Err(ModelError::at(place, "needs its fields in pairs: a postcode, its address, and so on"));
    }
    let rarest = match entry.rarest {
        None => f32::NEG_INFINITY,
        Some(share) if share > 0.0 && share <= 1.0 && entry.with.is_some() => share.log2() as f32,
        Some(_) => {
            let problem = "has rarest, which must be above 0 and at most 1 and stands beside \"with\"";
            return Err(ModelError::at(place, problem));
        }
    };
    let levels = levels(entry, &place, probability)?;
    if let Some(name) = entry.fields.iter().zip(&positions).find_map(|(name, position)| {
        let counted = fields.get(*position).is_some_and(|field| field.frequencies.log2("") < 0.0);
        (!counted && levels.iter().any(|level| level.tf > 0.0)).then_some(name)
    }) {
        return Err(ModelError::at(place, format!("uses tf, but field {name:?} has no [field.frequency]")));
    }
    Ok(Comparison {
        name: entry.name.clone(),
        kind: entry.kind,
        fields: positions,
        partner: None,
        rarest,
        swapped: levels.iter().position(|level| level.test == Test::Swapped).map(|position| position as u8),
        levels,
    })
}

fn levels(entry: &ComparisonEntry, place: &str, probability: f64) -> Result<Vec<Level>, ModelError> {
    if entry.levels.len() < 2 || entry.levels.len() > MAX_LEVELS {
        return Err(ModelError::at(place, format!("needs 2 to {MAX_LEVELS} levels")));
    }
    let mut levels = Vec::new();
    for (position, level) in entry.levels.iter().enumerate() {
        let at = |problem: String| ModelError::at(format!("{place}, level {}", position + 1), problem);
        let test = Test::read(entry.kind, level).map_err(at)?;
        let last = position + 1 == entry.levels.len();
        if (test == Test::Else) != last {
            return Err(ModelError::at(place, "needs \"else\" as its last level and nowhere before"));
        }
        levels.push(self::level(level, test, probability).map_err(at)?);
    }
    unique(&format!("{place}, level"), levels.iter().map(|level| level.label.as_str()))?;
    for (what, sum) in
        [("m", levels.iter().map(|l| l.m).sum::<f64>()), ("u", levels.iter().map(|l| l.u).sum())]
    {
        if sum > 1.02 {
            return Err(ModelError::at(
                place,
                format!("the {what} of its levels add up to {sum:.3}, more than 1"),
            ));
        }
    }
    Ok(levels)
}

fn level(entry: &LevelEntry, test: Test, probability: f64) -> Result<Level, String> {
    let u = match (entry.u, entry.others) {
        (Some(u), None) => u,
        (None, Some(others)) => (others * probability).min(1.0),
        _ => return Err("needs either u or others".into()),
    };
    let range = |value: f64| (0.0..=1.0).contains(&value);
    if !range(entry.m) || !range(u) || !range(entry.tf) {
        return Err("m, u and tf must be between 0 and 1".into());
    }
    if entry.m == 0.0 {
        return Err("m is 0, which says that no match ever looks so: give how often a match does, however seldom (0.0001)".into());
    }
    let (m, u) = (entry.m.max(FLOOR), u.max(FLOOR));
    Ok(Level {
        test,
        label: Test::label(entry),
        m,
        u,
        weight: (m / u).log2(),
        log_u: u.log2() as f32,
        tf: entry.tf as f32,
        relations: [None; MAX_RELATIONS],
    })
}

/// Resolves `with` of family names.
fn pair_names(file: &ModelFile, comparisons: &mut [Comparison]) -> Result<(), ModelError> {
    let mut pairs = Vec::new();
    for (family, entry) in file.comparisons.iter().enumerate() {
        let Some(with) = &entry.with else { continue };
        let place = format!("comparison {:?}", entry.name);
        let given = comparisons
            .iter()
            .position(|comparison| comparison.name == *with && comparison.kind == ComparisonKind::GivenName);
        let (Some(given), ComparisonKind::FamilyName) = (given, entry.kind) else {
            return Err(ModelError::at(place, "\"with\" pairs a family_name with a given_name comparison"));
        };
        if comparisons.get(given).map(|c| c.fields.len()) != Some(entry.fields.len()) {
            return Err(ModelError::at(
                place,
                format!("needs as many fields as {with:?}: they are paired by position"),
            ));
        }
        pairs.push((given, family));
    }
    for (given, family) in pairs {
        for (from, to) in [(given, family), (family, given)] {
            let Some(comparison) = comparisons.get_mut(from) else { continue };
            if comparison.partner.replace(to).is_some() {
                return Err(ModelError::at(format!("comparison {:?}", comparison.name), "is paired twice"));
            }
        }
    }
    let only = [
        (
            Test::Swapped,
            ComparisonKind::GivenName,
            "has a level \"swapped\", which only a given_name paired with a family_name has",
        ),
        (
            Test::Patronymic,
            ComparisonKind::FamilyName,
            "has a level \"patronymic\", which only a family_name paired with a given_name has",
        ),
    ];
    for (test, kind, problem) in only {
        let misplaced = |c: &&Comparison| {
            (c.partner.is_none() || c.kind != kind) && c.levels.iter().any(|level| level.test == test)
        };
        if let Some(comparison) = comparisons.iter().find(misplaced) {
            return Err(ModelError::at(format!("comparison {:?}", comparison.name), problem));
        }
    }
    Ok(())
}

fn new_identity(file: &ModelFile, comparisons: &[Comparison]) -> Result<Option<NewIdentity>, ModelError> {
    let Some(entry) = &file.new_identity else { return Ok(None) };
    if !(entry.share > 0.0 && entry.share < 1.0) || entry.comparisons.is_empty() {
        return Err(ModelError::at(
            "new_identity",
            "needs a share between 0 and 1 and the comparisons that changed",
        ));
    }
    let position = |name: &String| {
        comparisons.iter().position(|comparison| comparison.name == *name).ok_or_else(|| {
            ModelError::at("new_identity", format!("changes {name:?}, which is no comparison"))
        })
    };
    let comparisons = entry.comparisons.iter().map(position).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(NewIdentity { log_share: entry.share.log2(), comparisons }))
}

fn relation(
    entry: &RelationEntry,
    position: usize,
    comparisons: &mut [Comparison],
    probability: f64,
) -> Result<Relation, ModelError> {
    let place = format!("relation {:?}", entry.name);
    let share = entry.others * probability;
    if !(share > 0.0 && share < 0.5) {
        return Err(ModelError::at(place, "others must be above 0 and far below the population"));
    }
    for name in &entry.same_as_match {
        let Some(comparison) = comparisons.iter_mut().find(|comparison| comparison.name == *name) else {
            return Err(ModelError::at(place, format!("is like a match in {name:?}, which does not exist")));
        };
        if entry.u.contains_key(name) {
            return Err(ModelError::at(
                place,
                format!("has {name:?} both in same_as_match and in u; keep one"),
            ));
        }
        for level in &mut comparison.levels {
            if let Some(slot) = level.relations.get_mut(position) {
                *slot = Some(level.weight as f32);
            }
        }
    }
    for (name, changed) in &entry.u {
        let Some(comparison) = comparisons.iter_mut().find(|comparison| comparison.name == *name) else {
            return Err(ModelError::at(place, format!("changes comparison {name:?}, which does not exist")));
        };
        change(comparison, changed, position).map_err(|problem| ModelError::at(place.clone(), problem))?;
    }
    Ok(Relation {
        name: entry.name.clone(),
        log_share: share.log2(),
        is_family: !entry.same_as_match.is_empty(),
    })
}

/// Sets the levels a relation changes; what the listed levels leave is spread over the others as among strangers.
fn change(
    comparison: &mut Comparison,
    changed: &BTreeMap<String, f64>,
    position: usize,
) -> Result<(), String> {
    if let Some(unknown) =
        changed.keys().find(|label| !comparison.levels.iter().any(|level| level.label == **label))
    {
        return Err(format!("comparison {:?} has no level {unknown:?}", comparison.name));
    }
    let listed: f64 = changed.values().sum();
    if changed.values().any(|u| !(0.0..=1.0).contains(u)) || listed > 1.0 + 1e-9 {
        return Err(format!(
            "the shares of {:?} must be between 0 and 1 and add up to at most 1",
            comparison.name
        ));
    }
    let others: f64 = comparison
        .levels
        .iter()
        .filter(|level| !changed.contains_key(&level.label))
        .map(|level| level.u)
        .sum();
    let rest = ((1.0 - listed).max(FLOOR) / others.max(FLOOR)).log2();
    for level in &mut comparison.levels {
        let ratio = match changed.get(&level.label) {
            Some(u) => u.max(FLOOR).log2() - level.u.log2(),
            None => rest,
        };
        if let Some(slot) = level.relations.get_mut(position) {
            *slot = Some(ratio as f32);
        }
    }
    Ok(())
}
