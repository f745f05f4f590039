//! What a column holds, told by its name in the main languages of Europe and by its values.

use std::collections::BTreeSet;

use super::settings::TextShape;
use crate::Model;
use crate::batch::Table;
use crate::normalise::date::date;
use crate::normalise::fold;
use crate::normalise::identifier::Check;
use crate::normalise::postcode::postcode;

/// Rows looked at to tell what a column holds.
const SAMPLE: usize = 2000;
/// A column in which so many have one value tells nobody from anybody.
const ALL_THE_SAME: f64 = 0.97;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Given,
    Family,
    Date,
    Postcode,
    Address,
    Identifier(Check),
    /// A telephone number or an e-mail address: nearly an identifier, which a household may share.
    Contact,
    Code,
    Text(TextShape),
}

/// Names of columns: folded, without spaces. A word in `parts` may stand anywhere in the name, one in `whole` is all of it.
struct Called {
    parts: &'static [&'static str],
    whole: &'static [&'static str],
}

impl Called {
    fn fits(&self, name: &str) -> bool {
        self.parts.iter().any(|part| name.contains(part)) || self.whole.contains(&name)
    }
}

/// About somebody or something else than the person.
const OTHERS: Called = Called {
    parts: &[
        "carer",
        "mother",
        "father",
        "parent",
        "guardian",
        "spouse",
        "partner",
        "nextofkin",
        "emergency",
        "practitioner",
        "practice",
        "teacher",
        "school",
        "doctor",
        "involvement",
        "organisation",
        "effective",
        "created",
        "updated",
        "mutter",
        "vater",
        "ehegatt",
        "nommere",
        "nompere",
        "conjoint",
        "madre",
        "padre",
        "conyuge",
        "matki",
        "ojca",
        "moeder",
    ],
    whole: &["kin", "mere", "pere", "mae", "pai", "matka", "ojciec"],
};

const GIVEN: Called = Called {
    parts: &[
        "forename",
        "givenname",
        "firstname",
        "christianname",
        "prenom",
        "vorname",
        "rufname",
        "primernombre",
        "primeironome",
        "nomeproprio",
        "voornaam",
        "roepnaam",
        "fornamn",
        "tilltalsnamn",
        "fornavn",
        "etunimi",
        "keresztnev",
        "utonev",
        "prenume",
    ],
    whole: &[
        "fname",
        "first",
        "given",
        "nombre",
        "nombres",
        "nome",
        "imie",
        "imiona",
        "jmeno",
        "krestnijmeno",
        "meno",
        "ime",
        "onoma",
        "imya",
        "imia",
        "ad",
        "adi",
        "isim",
        "eesnimi",
        "vards",
        "vardas",
    ],
};

const FAMILY: Called = Called {
    parts: &[
        "surname",
        "familyname",
        "lastname",
        "nachname",
        "familienname",
        "zuname",
        "nomdefamille",
        "nomfamille",
        "nomusage",
        "nomdusage",
        "nomnaissance",
        "nomdenaissance",
        "patronyme",
        "apellido",
        "apelido",
        "cognome",
        "sobrenome",
        "nazwisk",
        "achternaam",
        "familienaam",
        "efternamn",
        "slaktnamn",
        "etternavn",
        "efternavn",
        "sukunimi",
        "vezeteknev",
        "csaladnev",
        "prijmeni",
        "priezvisko",
        "prezime",
        "eponymo",
        "eponumo",
        "familiya",
        "familiia",
        "perekonnanimi",
        "uzvards",
        "pavarde",
    ],
    whole: &["lname", "last", "family", "nom", "name2", "nume", "soyad", "soyadi", "soyisim", "priimek"],
};

/// Birth dates, however the files call them.
const BIRTH: Called = Called {
    parts: &[
        "dob",
        "birth",
        "born",
        "geburt",
        "gebdat",
        "naissance",
        "nacimiento",
        "nascimento",
        "nascita",
        "urodzenia",
        "fodel",
        "fods",
        "syntym",
        "szulet",
        "narozen",
        "rojstva",
        "rodjenja",
        "rozhdeniya",
        "nasterii",
        "dogum",
        "gennis",
    ],
    whole: &["nato", "nata", "nele", "ne"],
};

/// Dates of no stated kind: of the person when nothing says of what else.
const DATE: Called = Called { parts: &["date", "datum", "fecha", "data"], whole: &[] };

const IDENTIFIER: Called = Called {
    parts: &[
        "socsec",
        "ssn",
        "socialsec",
        "passport",
        "nationalid",
        "identifier",
        "medicare",
        "pesel",
        "personnummer",
        "personnumber",
        "fodselsnummer",
        "burgerservice",
        "codicefiscale",
        "fiscalcode",
        "curp",
        "reisepass",
        "passeport",
        "pasaporte",
        "steuerid",
        "numerosecu",
        "securitesociale",
        "rodnecislo",
        "henkilotunnus",
    ],
    whole: &["nino", "bsn", "nif", "nie", "dni", "cpf", "cns", "nir", "cnp", "oib", "emso", "iban", "vat"],
};

const CONTACT: Called = Called {
    parts: &[
        "phone",
        "telefon",
        "telef",
        "mobile",
        "handy",
        "portable",
        "movil",
        "celular",
        "cellulare",
        "puhelin",
    ],
    whole: &["tel", "cell", "fax", "email", "mail", "emailaddress", "courriel", "correo", "gsm"],
};

const STREET: Called = Called { parts: &["addressline", "address1", "street"], whole: &["address", "addr"] };

const SEX: Called = Called {
    parts: &[
        "gender",
        "geschlecht",
        "geslacht",
        "genero",
        "plec",
        "kon",
        "sexe",
        "sexo",
        "sesso",
        "sukupuoli",
    ],
    whole: &["sex"],
};

/// Where somebody lives.
const PLACE: Called = Called {
    parts: &[
        "addr",
        "adres",
        "street",
        "strasse",
        "hausnummer",
        "calle",
        "ulica",
        "ulitsa",
        "direccion",
        "endereco",
        "indirizzo",
        "anschrift",
        "wohn",
        "postal",
        "postcode",
        "postleit",
        "postnummer",
        "zip",
        "city",
        "town",
        "suburb",
        "ville",
        "ciudad",
        "cidade",
        "citta",
        "miasto",
        "municip",
        "comune",
        "commune",
        "localit",
        "locality",
        "housenumber",
    ],
    whole: &[
        "rue",
        "via",
        "rua",
        "plz",
        "cp",
        "cap",
        "cep",
        "kodpocztowy",
        "psc",
        "indeks",
        "adresse",
        "ort",
        "stad",
        "gorod",
    ],
};

/// Column names that number the rows.
const ROW_IDS: &[&str] =
    &["recid", "id", "recordid", "uniqueid", "rowid", "recordnumber", "pk", "uid", "index"];

impl Model {
    /// Whether [`Model::infer`] looks at a column of this name at all: not when it is about somebody else than the person.
    #[must_use]
    pub fn may_infer(column: &str) -> bool {
        !OTHERS.fits(&compact(column))
    }
}

impl Table {
    /// Whether a column of this name numbers the rows.
    #[must_use]
    pub fn is_id(column: &str) -> bool {
        ROW_IDS.contains(&compact(column).as_str())
    }

    /// The column that numbers the rows: `rec_id`, `id`, `record_id` and the like.
    #[must_use]
    pub fn id_column(&self) -> Option<usize> {
        let usual = || {
            ROW_IDS
                .iter()
                .find_map(|known| self.columns().iter().position(|column| compact(column) == *known))
        };
        self.named_id().or_else(usual)
    }
}

/// A column's name folded, without spaces.
pub fn compact(column: &str) -> String {
    fold(column).split(' ').collect()
}

/// Whether a column of codes is the person's sex or gender.
pub fn tells_sex(column: &str) -> bool {
    SEX.fits(&compact(column))
}

/// Whether a column of dates is the person's birth date.
pub fn tells_birth(column: &str) -> bool {
    BIRTH.fits(&compact(column))
}

/// Whether a column tells where the person lives.
pub fn tells_place(column: &str) -> bool {
    PLACE.fits(&compact(column))
}

/// Values of a column, spread over the file: the head of a sorted file is not typical.
struct Values<'a> {
    cells: Vec<&'a str>,
    distinct: BTreeSet<&'a str>,
}

impl<'a> Values<'a> {
    fn of(table: &'a Table, column: usize) -> Self {
        let step = table.len().div_ceil(SAMPLE).max(1);
        let cells: Vec<&str> = (0..table.len())
            .step_by(step)
            .map(|row| table.cell(row, column))
            .filter(|cell| !cell.is_empty())
            .collect();
        let distinct = cells.iter().copied().collect();
        Self { cells, distinct }
    }

    /// The share of cells that pass a test.
    fn share(&self, test: impl Fn(&str) -> bool) -> f64 {
        self.cells.iter().filter(|value| test(value)).count() as f64 / self.cells.len().max(1) as f64
    }

    /// The share of the commonest value.
    fn largest_share(&self) -> f64 {
        let mut sorted = self.cells.clone();
        sorted.sort_unstable();
        let largest = sorted.chunk_by(|a, b| a == b).map(<[&str]>::len).max().unwrap_or(0);
        largest as f64 / self.cells.len().max(1) as f64
    }

    /// Long numbers nearly all different.
    fn look_like_identifiers(&self) -> bool {
        let long = |value: &str| {
            value.len() >= 6 && value.bytes().filter(u8::is_ascii_digit).count() * 2 > value.len()
        };
        self.share(long) > 0.9 && self.distinct.len() * 10 > self.cells.len() * 9 && self.cells.len() >= 10
    }
}

/// Tells what a column holds; none when it is empty or nearly always the same, numbers the rows, or is about somebody else.
pub fn role(table: &Table, column: usize) -> Option<Role> {
    let name = compact(table.columns().get(column)?);
    let values = Values::of(table, column);
    if OTHERS.fits(&name)
        || ROW_IDS.contains(&name.as_str())
        || values.distinct.len() < 2
        || values.largest_share() > ALL_THE_SAME
    {
        return None;
    }
    let digits = values.share(|value| value.bytes().any(|b| b.is_ascii_digit()));
    let numbers = digits > 0.9 && values.cells.iter().all(|value| value.len() <= 12);
    let whole_dates = values.share(|value| date(value).is_some_and(|date| date.month != 0));
    let few = values.distinct.len() <= 40 && values.distinct.len() * 10 < values.cells.len();
    Some(if GIVEN.fits(&name) && digits < 0.2 {
        Role::Given
    } else if FAMILY.fits(&name) && digits < 0.2 {
        Role::Family
    } else if (BIRTH.fits(&name) || DATE.fits(&name))
        && values.share(|value| date(value).is_some()) > 0.8
        && whole_dates > 0.2
    {
        Role::Date
    } else if name.contains("nhs") {
        Role::Identifier(Check::Nhs)
    } else if name == "upn" || name.contains("pupilnumber") {
        Role::Identifier(Check::Upn)
    } else if values.share(british) > 0.8 {
        Role::Postcode
    } else if values.share(written_as_date) > 0.9 {
        Role::Date
    } else if is_contact(&name, &values) {
        Role::Contact
    } else if IDENTIFIER.fits(&name) || values.look_like_identifiers() {
        Role::Identifier(Check::None)
    } else if STREET.fits(&name) && values.share(has_a_word) > 0.5 {
        Role::Address
    } else if SEX.fits(&name) || few {
        Role::Code
    } else if numbers {
        Role::Text(TextShape::Number)
    } else {
        Role::Text(TextShape::Words)
    })
}

/// Addresses with an "at" tell themselves; telephone numbers are long numbers in a column that says so.
fn is_contact(name: &str, values: &Values<'_>) -> bool {
    let mail = |value: &str| {
        value.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.'))
    };
    let long_number = |value: &str| value.bytes().filter(u8::is_ascii_digit).count() >= 6;
    values.share(mail) > 0.8 || (CONTACT.fits(name) && values.share(long_number) > 0.8)
}

/// A street's name, not a house number alone.
fn has_a_word(value: &str) -> bool {
    value.split(|c: char| !c.is_alphabetic()).any(|word| word.chars().count() >= 3)
}

/// A date with its parts set apart, whatever the column is called.
fn written_as_date(value: &str) -> bool {
    let parts = value.split(['-', '/', '.']).count();
    parts == 3 && date(value).is_some_and(|date| date.is_whole() && date.month <= 31 && date.day <= 31)
}

fn british(value: &str) -> bool {
    let code = postcode(value);
    code.area().first().is_some_and(u8::is_ascii_alphabetic)
        && code.whole().len() >= 5
        && code.sector().len() < code.whole().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role_of(name: &str, values: &[&str]) -> Option<Role> {
        let mut table = Table::new([name]);
        for number in 0..30 {
            table.push_row([values[number % values.len()]]);
        }
        role(&table, 0)
    }

    #[test]
    fn names_are_told_in_many_languages() {
        let table: &[(Role, &[&str])] = &[
            (
                Role::Given,
                &[
                    "first_name",
                    "Prénom",
                    "Vorname",
                    "nombre",
                    "imię",
                    "Nome",
                    "voornaam",
                    "Förnamn",
                    "Имя",
                    "Όνομα",
                ],
            ),
            (
                Role::Family,
                &[
                    "nom",
                    "Nachname",
                    "apellido",
                    "Apellido 1",
                    "nazwisko",
                    "Sobrenome",
                    "achternaam",
                    "Фамилия",
                    "Soyadı",
                ],
            ),
        ];
        for (expected, columns) in table {
            for column in *columns {
                assert_eq!(
                    role_of(column, &["Anna", "Berta"]),
                    Some(*expected),
                    "{column} {}",
                    compact(column)
                );
            }
        }
    }

    #[test]
    fn a_date_is_told_by_its_column_or_by_how_it_is_written() {
        for column in ["date_naissance", "Geburtsdatum", "fecha_nacimiento", "data_urodzenia", "anything"] {
            assert_eq!(role_of(column, &["17.02.2011", "03.11.1987"]), Some(Role::Date), "{column}");
        }
        let year = role_of("birth_year", &["1975", "1980", "1991", "2001"]);
        assert_ne!(year, Some(Role::Date), "a year alone is a number");
    }

    #[test]
    fn what_a_household_shares_is_no_number_of_one_person() {
        assert_eq!(role_of("kontakt", &["ab@example.org", "c.d@example.com"]), Some(Role::Contact));
        assert_eq!(role_of("Telefonnummer", &["030 123456", "+49 171 9999999"]), Some(Role::Contact));
    }

    #[test]
    fn columns_about_others_are_left_out() {
        for column in ["carer_surname", "Name der Mutter", "nom_mere", "nombre_padre"] {
            assert_eq!(role_of(column, &["Anna", "Berta"]), None, "{column}");
        }
    }
}
