//! Entries of the trail as the rules read them.

use audit::{Action, Criterion, Detail, DisclosureDetail, Header, SearchDetail};
use directory::PartialDate;
use directory::names::fold;
use directory::watching::{Asked, Flag, Observation, Token, What};
use jiff::civil::Date;
use store::audit::EntryRow;
use uuid::Uuid;
use vault::Aad;

use crate::brokering::AT_BROKERING;
use crate::families::AT_FAMILY_DESK;
use crate::shield_desk::AT_SHIELD_DESK;
use crate::{Directory, ServiceError};

/// An entry, opened.
pub(crate) struct OpenEntry {
    pub(crate) header: Header,
    /// Nothing once the month's key is destroyed.
    pub(crate) detail: Option<Detail>,
}

/// Domains of the tokens, in the trail's own keyed hash.
const CHILD: u16 = 16;
const STREET: u16 = 17;
const SCHOOL: u16 = 18;
const SURNAME: u16 = 19;
const NAMES: u16 = 20;

impl Directory {
    /// Opens an entry.
    pub(crate) async fn open_entry(&self, row: &EntryRow) -> Result<OpenEntry, ServiceError> {
        let header = Header::parse(&row.header).map_err(ServiceError::internal)?;
        let month = row.month.replace('-', "").parse().map_err(ServiceError::internal)?;
        let detail = match self.existing_audit_key(month).await? {
            Some(key) => {
                let plain = vault::open(&key, Aad::new(row.entry_id, 0), &row.body)?;
                Some(Detail::from_bytes(&plain).map_err(ServiceError::internal)?)
            }
            None => None,
        };
        Ok(OpenEntry { header, detail })
    }

    /// What the rules see of it; nothing for what they do not look at.
    pub(crate) fn observe(&self, entry: &OpenEntry) -> Option<Observation> {
        let at = entry.header.at;
        let (what, flags) = match (entry.header.action, entry.detail.as_ref()?) {
            (Action::Search, Detail::Search(search)) => {
                (What::Search(self.asked(entry.header.entry_id, search)), flags(&search.flags))
            }
            (Action::SearchRefused, Detail::Search(search)) => (What::SearchRefused, flags(&search.flags)),
            // Work on a shield is no look-up: were it counted, the published counts would depend on shields (decision 16).
            (Action::RecordViewed, Detail::Disclosure(shown)) if of_a_desk(shown) => return None,
            (Action::RecordViewed, Detail::Disclosure(shown)) => {
                (What::Record(self.child_token(shown.child?)), flags(&shown.flags))
            }
            // A fresh proof in a session that goes on is no new sign-in.
            (Action::SignIn, Detail::SignIn(signed)) if signed.outcome == "step_up" => return None,
            (Action::SignIn, Detail::SignIn(signed)) => {
                (What::SignIn { concurrent: signed.outcome == "ok_concurrent" }, Vec::new())
            }
            (Action::SignInFailed, Detail::SignIn(_)) => (What::SignInFailed, Vec::new()),
            _ => return None,
        };
        Some(Observation { at, what, flags })
    }

    /// A search, for comparing the next with.
    pub(crate) fn asked(&self, entry: Uuid, search: &SearchDetail) -> Asked {
        let value = |field: &str| {
            let named = |criterion: &&Criterion| criterion.field == field;
            search
                .criteria
                .iter()
                .find(named)
                .map(|criterion| fold(&criterion.value))
                .filter(|v| !v.is_empty())
        };
        let names = value("names");
        let surname = names.as_deref().and_then(|names| names.split(' ').next_back()).map(str::to_owned);
        let born = search.criteria.iter().find(|criterion| criterion.field == "date_of_birth");
        Asked {
            entry,
            born: born.and_then(|criterion| whole(&criterion.value)),
            street: value("street").map(|text| self.token(STREET, text.as_bytes())),
            school: value("school").map(|text| self.token(SCHOOL, text.as_bytes())),
            surname: surname.map(|text| self.token(SURNAME, text.as_bytes())),
            whole_name: names.as_deref().map(|text| self.token(NAMES, text.as_bytes())),
            names,
            shown: search.shown.iter().map(|child| self.child_token(*child)).collect(),
            too_many: search.refused.as_deref() == Some("too_many"),
        }
    }

    fn child_token(&self, child: Uuid) -> Token {
        self.token(CHILD, child.as_bytes())
    }

    fn token(&self, domain: u16, value: &[u8]) -> Token {
        let [a, b, c, d, e, f, g, h, ..] = self.keys.audit_lookups.hash(domain, value).0;
        Token::from_be_bytes([a, b, c, d, e, f, g, h])
    }
}

/// Whether a child was shown to a desk: of shields, of brokering, or to answer a family; noted in the sealed body alone.
pub(crate) fn of_a_desk(shown: &DisclosureDetail) -> bool {
    shown.flags.iter().any(|flag| flag == AT_SHIELD_DESK || flag == AT_BROKERING || flag == AT_FAMILY_DESK)
}

fn flags(codes: &[String]) -> Vec<Flag> {
    codes.iter().filter_map(|code| Flag::from_code(code)).collect()
}

fn whole(text: &str) -> Option<Date> {
    let date = PartialDate::parse(text).ok()?;
    Date::new(date.year(), date.month()?, date.day()?).ok()
}
