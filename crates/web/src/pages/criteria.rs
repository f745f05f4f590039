//! The search form: what was typed, and how it becomes the criteria of a search.

use directory::search::{AgeBand, Criteria, Field, PostcodeQuery, TooWeak};
use directory::{ChildNumber, Gender, Line, PartialDate};

use crate::dates;
use crate::form::{Faults, Posted};

/// What was typed into the search form, as typed: shown again beside results, and carried as hidden fields of posted
/// forms, so that criteria stand in no address and no log.
#[derive(Clone, Default)]
pub(crate) struct Typed {
    pub(crate) surname: String,
    pub(crate) forenames: String,
    pub(crate) birth_day: String,
    pub(crate) birth_month: String,
    pub(crate) birth_year: String,
    pub(crate) age: String,
    pub(crate) street: String,
    pub(crate) postcode: String,
    pub(crate) school: String,
    pub(crate) gender: String,
    pub(crate) child_number: String,
}

impl Typed {
    /// The fields of the form, in its order.
    pub(crate) const NAMES: [&'static str; 11] = [
        "surname",
        "forenames",
        "birth_day",
        "birth_month",
        "birth_year",
        "age",
        "street",
        "postcode",
        "school",
        "gender",
        "child_number",
    ];

    /// Takes the search's fields out of what was posted.
    pub(crate) fn take(posted: &mut Posted) -> Self {
        Self {
            surname: posted.take("surname"),
            forenames: posted.take("forenames"),
            birth_day: posted.take("birth_day"),
            birth_month: posted.take("birth_month"),
            birth_year: posted.take("birth_year"),
            age: posted.take("age"),
            street: posted.take("street"),
            postcode: posted.take("postcode"),
            school: posted.take("school"),
            gender: posted.take("gender"),
            child_number: posted.take("child_number"),
        }
    }

    /// The filled fields, name and value, in the order of the form.
    pub(crate) fn filled(&self) -> Vec<(&'static str, &str)> {
        let values = [
            &self.surname,
            &self.forenames,
            &self.birth_day,
            &self.birth_month,
            &self.birth_year,
            &self.age,
            &self.street,
            &self.postcode,
            &self.school,
            &self.gender,
            &self.child_number,
        ];
        let pairs = Self::NAMES.into_iter().zip(values.map(String::as_str));
        pairs.filter(|(_, value)| !value.is_empty()).collect()
    }

    /// Whether anything at all was typed.
    pub(crate) fn is_some_given(&self) -> bool {
        !self.filled().is_empty()
    }

    /// Whether the folded part of the form holds something.
    pub(crate) fn has_more(&self) -> bool {
        !self.gender.is_empty() || !self.child_number.is_empty()
    }

    /// Reads what was typed.
    ///
    /// # Errors
    /// The faults, each at its field.
    pub(crate) fn read(&self) -> Result<Criteria, Faults> {
        let mut faults = Faults::default();
        let criteria = Criteria {
            number: read("child_number", &self.child_number, ChildNumber::parse, &mut faults),
            names: self.read_names(&mut faults),
            date_of_birth: self.read_birth(&mut faults),
            age: read("age", &self.age, AgeBand::parse, &mut faults),
            gender: Gender::from_code(&self.gender),
            postcode: read("postcode", &self.postcode, PostcodeQuery::parse, &mut faults),
            street: read("street", &self.street, Line::parse, &mut faults),
            school: read("school", &self.school, Line::parse, &mut faults),
        };
        if !self.is_some_given() {
            faults.add("surname", "Enter what you know about the child, such as a surname and a street");
        }
        if faults.is_empty() { Ok(criteria) } else { Err(faults) }
    }

    /// Two fields, one question: names are looked for in any order, because records and people mix them up.
    fn read_names(&self, faults: &mut Faults) -> Option<Line> {
        let both = format!("{} {}", self.forenames, self.surname);
        read("surname", both.trim(), Line::parse, faults)
    }

    fn read_birth(&self, faults: &mut Faults) -> Option<PartialDate> {
        let given = |text: &str| !text.is_empty();
        let text = match (given(&self.birth_day), given(&self.birth_month), given(&self.birth_year)) {
            (false, false, false) => return None,
            (_, _, false) => {
                faults.add(
                    "birth_day",
                    "The date of birth needs a year. If you do not know it, give an age instead",
                );
                return None;
            }
            (true, false, true) => {
                faults.add(
                    "birth_day",
                    "The date of birth has a day but no month. Add the month, or leave the day out",
                );
                return None;
            }
            (false, false, true) => self.birth_year.clone(),
            (false, true, true) => format!("{}-{:0>2}", self.birth_year, self.birth_month),
            (true, true, true) => {
                format!("{}-{:0>2}-{:0>2}", self.birth_year, self.birth_month, self.birth_day)
            }
        };
        let read = PartialDate::parse(&text).ok();
        if read.is_none() {
            faults.add(
                "birth_day",
                "The date of birth must be a real date, with a year of 4 digits, like 27 3 2014",
            );
        }
        read
    }
}

fn read<T, E: std::fmt::Display>(
    field: &'static str,
    text: &str,
    parse: impl Fn(&str) -> Result<T, E>,
    faults: &mut Faults,
) -> Option<T> {
    if text.is_empty() {
        return None;
    }
    parse(text).map_err(|error| faults.add(field, sentence(&error.to_string()))).ok()
}

/// A search in words, for the top of the results: `surname Okafor, born March 2014, street Mill Lane`.
pub(crate) fn in_words(criteria: &Criteria, gender: impl Fn(Gender) -> String) -> String {
    let postcode = |query: &PostcodeQuery| match query {
        PostcodeQuery::Full(postcode) => postcode.to_string(),
        PostcodeQuery::Sector(text) | PostcodeQuery::District(text) | PostcodeQuery::Area(text) => {
            text.clone()
        }
    };
    let ages = |band: AgeBand| match band.width() {
        1 => band.from().to_string(),
        _ => format!("{} to {}", band.from(), band.to()),
    };
    let parts = [
        criteria.number.as_ref().map(|number| format!("child number {}", number.grouped())),
        criteria.names.as_ref().map(|names| format!("name “{names}”")),
        criteria.date_of_birth.map(|born| format!("born {}", dates::long(born))),
        criteria.age.map(|band| format!("age {}", ages(band))),
        criteria.gender.map(|given| gender(given).to_lowercase()),
        criteria.street.as_ref().map(|street| format!("street “{street}”")),
        criteria.postcode.as_ref().map(|query| format!("postcode {}", postcode(query))),
        criteria.school.as_ref().map(|school| format!("school “{school}”")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// What to add when a search is too weak, at the field to add it to.
pub(crate) fn too_weak(weak: &TooWeak) -> Faults {
    let mut faults = Faults::default();
    if let Some(limit) = weak.age_band_limit {
        faults.add("age", format!("Give an age, or a band of at most {limit} years"));
        return faults;
    }
    // Three ways are read; nine are not. The shortest ones come first, but hardly anybody knows a child's number.
    let mut ways: Vec<&Vec<Field>> = weak.ways.iter().collect();
    ways.sort_by_key(|way| way.contains(&Field::Number));
    let field = ways.first().and_then(|way| way.first()).map_or("surname", |&field| input_of(field));
    let said: Vec<String> = ways.into_iter().take(3).map(|way| listed(way)).collect();
    faults.add(field, format!("This would fit too many children. Add {}", said.join(", or ")));
    faults
}

fn listed(way: &[Field]) -> String {
    way.iter().map(|field| field.words()).collect::<Vec<_>>().join(" and ")
}

fn input_of(field: Field) -> &'static str {
    match field {
        Field::Number => "child_number",
        Field::Surname => "surname",
        Field::Forename => "forenames",
        Field::DateOfBirth => "birth_day",
        Field::Age => "age",
        Field::Gender => "gender",
        Field::PostcodeArea | Field::Postcode => "postcode",
        Field::Street => "street",
        Field::School => "school",
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use directory::search::SearchPolicy;

    use super::{Typed, in_words, too_weak};

    fn typed(change: impl Fn(&mut Typed)) -> Typed {
        let mut typed = Typed::default();
        change(&mut typed);
        typed
    }

    #[test]
    fn a_year_or_a_month_and_year_will_do_for_a_date_of_birth() {
        let born = |day: &str, month: &str, year: &str| {
            let typed = typed(|t| {
                (t.birth_day, t.birth_month, t.birth_year) = (day.into(), month.into(), year.into())
            });
            typed.read().map(|criteria| criteria.date_of_birth.map(|born| born.to_string()))
        };
        assert_eq!(born("7", "3", "2014").unwrap().as_deref(), Some("2014-03-07"));
        assert_eq!(born("", "3", "2014").unwrap().as_deref(), Some("2014-03"));
        assert_eq!(born("", "", "2014").unwrap().as_deref(), Some("2014"));
        for (day, month, year) in
            [("7", "3", ""), ("7", "", "2014"), ("31", "2", "2015"), ("7", "3", "14"), ("x", "3", "2014")]
        {
            let faults = born(day, month, year).unwrap_err();
            assert!(faults.of("birth_day").is_some(), "{day} {month} {year}");
        }
    }

    #[test]
    fn an_empty_form_asks_for_something() {
        assert_eq!(
            Typed::default().read().unwrap_err().of("surname"),
            Some("Enter what you know about the child, such as a surname and a street")
        );
    }

    #[test]
    fn a_wrong_postcode_and_a_wrong_number_are_named_at_their_fields() {
        let faults =
            typed(|t| (t.postcode, t.child_number) = ("?!".into(), "123".into())).read().unwrap_err();
        assert!(faults.of("postcode").is_some());
        assert!(faults.of("child_number").is_some());
    }

    #[test]
    fn a_surname_alone_is_answered_with_what_to_add() {
        let weak = typed(|t| t.surname = "Okafor".into())
            .read()
            .unwrap()
            .check(&SearchPolicy::default())
            .unwrap_err();
        let faults = too_weak(&weak);
        assert_eq!(faults.list().len(), 1);
        assert!(faults.list()[0].message.starts_with("This would fit too many children. Add "), "{faults:?}");
    }

    #[test]
    fn a_search_is_repeated_in_words() {
        let typed =
            typed(|t| (t.surname, t.street, t.age) = ("Okafor".into(), "Mill Lane".into(), "7-8".into()));
        let words = in_words(&typed.read().unwrap(), |gender| gender.code().to_owned());
        assert_eq!(words, "name “Okafor”, age 7 to 8, street “Mill Lane”");
    }
}
