//! Profiles as TOML files. The file chooses among what docs/feeds permits and cannot add to it: there is no kind for free
//! text, a column named for case information is refused, and so is a key nobody knows (law 1).

use std::fmt::Write as _;

use feeds::Kind;
use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use super::{Column, Profile, ProfileError, Thresholds, ValueKind, national};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    name: Spanned<String>,
    title: Option<String>,
    fresh_days: Option<u32>,
    #[serde(default)]
    ready: ReadyFile,
    column: Vec<ColumnFile>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct ReadyFile {
    overall: Option<Spanned<f64>>,
    field: Option<Spanned<f64>>,
    duplicates: Option<Spanned<f64>>,
    quarantined: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnFile {
    name: Spanned<String>,
    means: Option<Spanned<String>>,
    kind: Option<Spanned<String>>,
    codes: Option<Spanned<Vec<String>>>,
    required: Option<bool>,
    expected: Option<Spanned<f64>>,
    weight: Option<Spanned<f64>>,
    earliest: Option<Spanned<String>>,
    latest: Option<Spanned<String>>,
}

/// The kinds by the names a file gives them.
const KINDS: [(&str, Kind); 17] = [
    ("record_id", Kind::RecordId),
    ("person_name", Kind::PersonName),
    ("organisation_name", Kind::OrganisationName),
    ("address_line", Kind::AddressLine),
    ("town", Kind::Town),
    ("postcode", Kind::Postcode),
    ("date", Kind::PartialDate),
    ("moment", Kind::Moment),
    ("telephone", Kind::Telephone),
    ("email", Kind::Email),
    ("nhs_number", Kind::NhsNumber),
    ("unique_pupil_number", Kind::UniquePupilNumber),
    ("birth_registration", Kind::BirthRegistration),
    ("child_benefit_number", Kind::ChildBenefitNumber),
    ("school_number", Kind::SchoolNumber),
    ("practice_code", Kind::PracticeCode),
    ("authority_code", Kind::AuthorityCode),
];

/// More columns than the widest source has several times over.
const MOST_COLUMNS: usize = 300;

/// The text, to say on which line something stands.
struct Source<'a>(&'a str);

impl Source<'_> {
    fn fault<T>(&self, at: &Spanned<T>, message: impl Into<String>) -> ProfileError {
        let before = self.0.get(..at.span().start).unwrap_or_default();
        ProfileError { line: Some(before.matches('\n').count() + 1), message: message.into() }
    }

    fn within(
        &self,
        value: Option<&Spanned<f64>>,
        key: &str,
        most: f64,
        default: f64,
    ) -> Result<f64, ProfileError> {
        let Some(value) = value else { return Ok(default) };
        let number = *value.get_ref();
        if (0.0..=most).contains(&number) {
            Ok(number)
        } else {
            Err(self.fault(value, format!("{key} must be from 0 to {most}")))
        }
    }

    fn day(&self, value: Option<&Spanned<String>>, key: &str) -> Result<Option<Date>, ProfileError> {
        let Some(value) = value else { return Ok(None) };
        let day = value.get_ref().parse::<Date>();
        day.map(Some)
            .map_err(|_| self.fault(value, format!("{key} must be a day, for example \"2007-09-01\"")))
    }
}

pub(super) fn read(text: &str) -> Result<Profile, ProfileError> {
    let source = Source(text);
    let file: ProfileFile = toml::from_str(text).map_err(|error| {
        let line =
            error.span().map(|span| text.get(..span.start).unwrap_or_default().matches('\n').count() + 1);
        ProfileError { line, message: format!("{}; docs/quality.md lists the keys", error.message()) }
    })?;
    let ready = Thresholds::default();
    let thresholds = Thresholds {
        overall: source.within(file.ready.overall.as_ref(), "overall", 100.0, ready.overall)?,
        field: source.within(file.ready.field.as_ref(), "field", 100.0, ready.field)?,
        duplicates: source.within(file.ready.duplicates.as_ref(), "duplicates", 1.0, ready.duplicates)?,
        quarantined: source.within(file.ready.quarantined.as_ref(), "quarantined", 1.0, ready.quarantined)?,
    };
    if file.column.is_empty() || file.column.len() > MOST_COLUMNS {
        let message = format!("a profile has from 1 to {MOST_COLUMNS} columns: write a [[column]] for each");
        return Err(ProfileError { line: None, message });
    }
    let mut columns: Vec<Column> = Vec::new();
    for entry in &file.column {
        let column = column(&source, entry)?;
        if columns.iter().any(|known| known.name == column.name) {
            return Err(source.fault(&entry.name, "this name stands twice; give each column once"));
        }
        let means = |known: &Column| known.means.map(|means| means.name);
        if column.means.is_some() && columns.iter().any(|known| means(known) == means(&column)) {
            return Err(source.fault(&entry.name, "an earlier column means the same; a meaning stands once"));
        }
        columns.push(column);
    }
    let name = file.name.get_ref().clone();
    if !feeds::shaped_like_a_name(&name) {
        return Err(source.fault(&file.name, "name must be 1 to 60 letters, digits, hyphens or underscores"));
    }
    let title = file.title.unwrap_or_else(|| name.clone());
    Ok(Profile { name, title, fresh_days: file.fresh_days, thresholds, columns })
}

fn column(source: &Source<'_>, entry: &ColumnFile) -> Result<Column, ProfileError> {
    let name = entry.name.get_ref();
    if !feeds::shaped_like_a_name(name) {
        return Err(source
            .fault(&entry.name, "a column's name has 1 to 60 plain letters, digits, spaces or underscores"));
    }
    // A family name is a name; a column about a family is none of ours (rule 1.22).
    let told = name.to_lowercase().replace("family name", "").replace("family_name", "");
    if let Some(reason) = feeds::why_forbidden(&told) {
        return Err(
            source.fault(&entry.name, format!("a column of this name is never taken: {reason}; remove it"))
        );
    }
    let means = match &entry.means {
        Some(means) => Some(feeds::column_named(means.get_ref()).ok_or_else(|| {
            source.fault(means, "means must be a column of docs/feeds, for example \"date_of_birth\"")
        })?),
        None => None,
    };
    let kind = kind(source, entry, means)?;
    let like = means.map(national::column);
    let default = |of: fn(&Column) -> f64, other: f64| like.as_ref().map_or(other, of);
    let required = entry.required.unwrap_or(means.is_some_and(|means| means.required));
    let expected = if required { 1.0 } else { default(|column| column.expected, 0.0) };
    Ok(Column {
        name: name.clone(),
        means,
        kind,
        required,
        expected: source.within(entry.expected.as_ref(), "expected", 1.0, expected)?,
        weight: source.within(entry.weight.as_ref(), "weight", 10.0, default(|column| column.weight, 1.0))?,
        earliest: source.day(entry.earliest.as_ref(), "earliest")?,
        latest: source.day(entry.latest.as_ref(), "latest")?,
    })
}

fn kind(
    source: &Source<'_>,
    entry: &ColumnFile,
    means: Option<&'static feeds::Column>,
) -> Result<ValueKind, ProfileError> {
    if let Some(codes) = &entry.codes {
        if let Some(means) = means {
            return Err(source.fault(
                codes,
                format!("the codes of {} are those of docs/feeds; leave codes out", means.name),
            ));
        }
        let listed = codes.get_ref();
        let short =
            |code: &String| (1..=40).contains(&code.chars().count()) && !code.contains(char::is_control);
        if listed.is_empty() || listed.len() > 200 || !listed.iter().all(short) {
            return Err(source.fault(codes, "codes must be 1 to 200 texts of 1 to 40 characters"));
        }
        if entry.kind.as_ref().is_some_and(|kind| kind.get_ref() != "code") {
            return Err(source.fault(codes, "codes belong to kind = \"code\""));
        }
        return Ok(ValueKind::Codes(listed.clone()));
    }
    match (&entry.kind, means) {
        (Some(kind), Some(_)) => Err(source.fault(kind, "the kind comes with means; leave kind out")),
        (None, Some(means)) => Ok(ValueKind::Feed(means.kind)),
        (Some(kind), None) => {
            let known = KINDS.iter().find(|(name, _)| name == kind.get_ref()).map(|(_, kind)| *kind);
            known.map(ValueKind::Feed).ok_or_else(|| source.fault(kind, no_such_kind(kind.get_ref())))
        }
        (None, None) => Err(source.fault(
            &entry.name,
            "say what the column holds: means = a column of docs/feeds, or kind = a kind, or codes = a list",
        )),
    }
}

fn no_such_kind(kind: &str) -> String {
    let known: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
    let text = kind.to_lowercase();
    if text == "code" {
        return "kind = \"code\" needs codes = a list of them".to_owned();
    }
    let free = ["text", "note", "string", "comment"].iter().any(|word| text.contains(word));
    let why = if free { "there is no kind for free text, and never will be (law 1). " } else { "" };
    format!("{why}kind must be one of {}, or code with codes = a list", known.join(", "))
}

/// A text between double quotes, as TOML has it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

pub(super) fn write(profile: &Profile) -> String {
    let mut page = String::new();
    // Writing to a string does not fail.
    let _ = write!(
        page,
        "# A profile for `contactpoint quality`; docs/quality.md says what each key means.\n\
         name = {}\ntitle = {}\n",
        quoted(&profile.name),
        quoted(&profile.title)
    );
    if let Some(days) = profile.fresh_days {
        let _ = writeln!(page, "fresh_days = {days}");
    }
    let Thresholds { overall, field, duplicates, quarantined } = profile.thresholds;
    let _ = writeln!(
        page,
        "\n[ready]\noverall = {overall:?}\nfield = {field:?}\nduplicates = {duplicates:?}\nquarantined = {quarantined:?}"
    );
    for column in &profile.columns {
        let _ = writeln!(page, "\n[[column]]\nname = {}", quoted(&column.name));
        match (&column.kind, column.means) {
            (_, Some(means)) => {
                let _ = writeln!(page, "means = {}", quoted(means.name));
            }
            (ValueKind::Codes(codes), None) => {
                let codes: Vec<String> = codes.iter().map(|code| quoted(code)).collect();
                let _ = writeln!(page, "codes = [{}]", codes.join(", "));
            }
            (ValueKind::Feed(kind), None) => {
                let name = KINDS.iter().find(|(_, known)| known == kind).map_or("", |(name, _)| name);
                let _ = writeln!(page, "kind = {}", quoted(name));
            }
        }
        let _ = writeln!(
            page,
            "required = {}\nexpected = {:?}\nweight = {:?}",
            column.required, column.expected, column.weight
        );
        for (key, day) in [("earliest", column.earliest), ("latest", column.latest)] {
            if let Some(day) = day {
                let _ = writeln!(page, "{key} = \"{day}\"");
            }
        }
    }
    page
}
