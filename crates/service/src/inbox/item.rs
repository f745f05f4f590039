//! One thing said, as it is sealed until it is worked through.

use std::collections::BTreeMap;

use directory::SaidAt;
use feeds::{Fault, Message, Named, Outcome, Profile, Quarantined, Row, Rule};
use jiff::civil::Date;
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vault::{Aad, Bundle};

use crate::sensitive::{ServiceKey, Withdrawal};
use crate::{Directory, ServiceError};

/// What was said and when it was judged: judged again on the same day's terms it is what its source was told.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Item {
    /// The day on which it came.
    pub(super) day: Date,
    pub(super) what: What,
    /// What came beside it and was discarded unread: how often, by its published name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) discarded: BTreeMap<String, u64>,
}

/// What was said.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum What {
    /// Everything its source says about a child. It may break a rule; what may not be kept is not here.
    Statement(Words),
    /// Two of its records are about one child.
    Merge {
        surviving: String,
        ended: String,
        statement: Option<Words>,
        /// When it was said; of what an earlier version of the program took, the day on which it came.
        #[serde(default)]
        said: Option<SaidAt>,
    },
    /// It says nothing of a record any more.
    End {
        record: String,
        as_of: Date,
        /// When it was said; of what an earlier version of the program took, the last day.
        #[serde(default)]
        said: Option<SaidAt>,
    },
    /// It breaks a rule, and its words may not be kept (decision 14).
    Aside { faults: Vec<(String, String, usize)>, lapsed: Option<Lapse> },
    /// It says nothing that the directory holds: all of it was discarded unread.
    Unread,
}

/// The words of a statement.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Words {
    profile: String,
    values: Vec<(String, String)>,
}

/// The sensitive services that what was put aside takes back: those that stand without a basis, and those from which a consent was
/// withdrawn, with the day. Keyed, for such a service may be held nowhere
/// (law 4).
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Lapse {
    pub(super) record: String,
    services: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    withdrawn: Vec<(String, Date)>,
}

impl Words {
    pub(super) fn of(message: &Message) -> Self {
        let columns = message.profile().columns().map(|column| (column.name, message.said(column.name)));
        let said = columns.filter(|(_, value)| !value.is_empty());
        Self {
            profile: message.profile().name.to_owned(),
            values: said.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        }
    }

    /// What a row of a file says, by the columns of its source's profile.
    pub(crate) fn of_row(profile: &str, row: &Row) -> Self {
        let values = row.said().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { profile: profile.to_owned(), values }
    }

    /// What the rules of a row make of it. Words of a column that there is not any more, since the program changed in between,
    /// put it aside: nothing is dropped unseen.
    pub(crate) fn judged(&self, number: u64, day: Date) -> Outcome {
        let message = Profile::named(&self.profile).and_then(|profile| {
            let mut message = Message::new(profile);
            let said = self.values.iter().try_for_each(|(name, value)| message.say(name, value.as_str()));
            said.ok().map(|()| message)
        });
        match message {
            Some(message) => message.judge(number, day),
            None => {
                let length = self.values.len();
                let faults = vec![Fault { field: Fault::ROW, rule: Rule::ValueCount, length }];
                Outcome::Quarantined(Quarantined {
                    row_number: number,
                    faults,
                    raw: None,
                    record_id: None,
                    lapsed: None,
                })
            }
        }
    }
}

impl Lapse {
    pub(super) fn keys(&self) -> Vec<ServiceKey> {
        self.services.iter().cloned().map(ServiceKey::from_form).collect()
    }

    pub(super) fn withdrawn(&self) -> Vec<Withdrawal> {
        let said =
            |(key, on): &(String, Date)| Withdrawal { key: ServiceKey::from_form(key.clone()), on: *on };
        self.withdrawn.iter().map(said).collect()
    }
}

impl What {
    /// What was put aside, without its words.
    pub(super) fn aside(directory: &Directory, row: &Quarantined) -> Self {
        let faults = row.faults.iter();
        Self::Aside {
            faults: faults
                .map(|fault| (fault.field.to_owned(), fault.code().to_owned(), fault.length))
                .collect(),
            lapsed: row.lapsed.as_ref().map(|lapsed| {
                let key = |named: &Named| directory.named_key(named).as_str().to_owned();
                Lapse {
                    record: lapsed.record_id.clone(),
                    services: lapsed.services.iter().map(key).collect(),
                    withdrawn: lapsed.withdrawn.iter().map(|one| (key(&one.named), one.on)).collect(),
                }
            }),
        }
    }
}

/// The faults of what was put aside, as they were told.
pub(super) fn faults_of(told: &[(String, String, usize)], profile: &'static Profile) -> Vec<Fault> {
    let fault = |(field, code, length): &(String, String, usize)| {
        let column = profile.position(field).map(|(_, column)| column.name);
        let other = [AS_OF, Fault::ROW].into_iter().find(|name| name == field);
        let rule = Rule::ALL.iter().copied().find(|rule| rule.code() == code);
        Fault {
            field: column.or(other).unwrap_or(Fault::ROW),
            rule: rule.unwrap_or(Rule::ValueCount),
            length: *length,
        }
    };
    told.iter().map(fault).collect()
}

/// What the last day of a record is called in a fault.
const AS_OF: &str = "as_of";

impl Directory {
    pub(super) fn seal_item(
        &self,
        (run, position): (Uuid, i64),
        item: &Item,
        bundle: &Bundle,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, ServiceError> {
        let key =
            bundle.key(0).ok_or_else(|| ServiceError::internal("the key of a day of messages is gone"))?;
        let plain = serde_json::to_vec(item).map_err(ServiceError::internal)?;
        Ok(vault::seal_padded(key, place(run, position), &plain, BLOCK, rng)?)
    }

    pub(super) fn open_item(
        &self,
        (run, position): (Uuid, i64),
        sealed: &[u8],
        bundle: &Bundle,
    ) -> Result<Item, ServiceError> {
        let key =
            bundle.key(0).ok_or_else(|| ServiceError::internal("the key of a day of messages is gone"))?;
        let plain = vault::open(key, place(run, position), sealed)?;
        serde_json::from_slice(&plain).map_err(ServiceError::internal)
    }
}

/// Bound to its place, and apart from what the same key seals as quarantine.
fn place(run: Uuid, position: i64) -> Aad<'static> {
    Aad::new(run, SLOT).with_version(position)
}

const SLOT: vault::Slot = 2;

/// What was said is padded to so many bytes, so that a statement's length tells little of it.
const BLOCK: usize = 512;
