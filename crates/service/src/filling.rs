//! Filling a database with invented accounts and entries of the trail, by the hundred thousand, so that a measurement finds
//! what years of use leave behind. Only a database bound to the space `bench` is ever filled.

use std::sync::Arc;

use audit::{Action, Criterion, Detail, DisclosureDetail, SearchDetail, Sequencer};
use directory::ChildNumber;
use directory::access::{Reason, Role};
use directory::watching::{Rule, Tier};
use jiff::{SignedDuration, Timestamp};
use rand::RngExt as _;
use rand_chacha::ChaCha12Rng;
use store::accounts::{AccountRow, AccountState, RoleRow};
use store::alerts::{self, AlertState};
use store::audit::{self as trail, ChainRow, CheckpointRow, EntryRow, LookupRow};
use store::month_counts::{self, MonthCountRow};
use store::{child_numbers, filling, installation, key_store, organisations};
use uuid::Uuid;
use vault::{Aad, Bundle};

use crate::trail::{Event, month_number};
use crate::watching::raising::{CENTRE, Raised, scope_of};
use crate::{Directory, ServiceError};

/// Why a database is not filled.
#[derive(Debug, thiserror::Error)]
pub enum NotABench {
    /// It is bound to another space.
    #[error("the database is bound to the space {0}: only a bench is filled with invented accounts")]
    Space(String),
    /// The system failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for NotABench {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// How much is invented.
#[derive(Debug, Clone)]
pub struct Filling {
    /// The organisations whose people they are.
    pub organisations: Vec<Uuid>,
    /// Accounts.
    pub accounts: u64,
    /// Entries of the trail.
    pub entries: u64,
    /// Children of the directory that the entries are about.
    pub real_children: Vec<ChildNumber>,
    /// How many more children the entries are about, none of whom exists.
    pub other_children: u64,
    /// Alerts about the accounts: one in ten waits, one in five is the centre's.
    pub alerts: u64,
    /// Over how many days before now the entries and the alerts are spread.
    pub days: i64,
}

/// An invented account.
#[derive(Debug, Clone)]
pub struct InventedAccount {
    /// Which.
    pub id: Uuid,
    /// Its username.
    pub username: String,
    /// Its organisation.
    pub organisation: Uuid,
}

/// What was invented, for questions about it: a share of the accounts and of the entries.
#[derive(Debug, Clone, Default)]
pub struct Filled {
    /// Accounts.
    pub accounts: Vec<InventedAccount>,
    /// Entries.
    pub entries: Vec<Uuid>,
    /// Alerts.
    pub alerts: Vec<Uuid>,
}

/// Rows of one transaction.
const BATCH: u64 = 10_000;
/// A checkpoint is signed after so many entries.
const SIGNED_EVERY: usize = 1_000;
/// How many of each are kept for questions, about.
const KEPT: u64 = 4_000;
/// The service pads bodies to 2,048 bytes; only the page of one entry reads them, so that a bench saves the disk.
const BODY_BLOCK: usize = 256;

impl Directory {
    /// Fills the database. Says how far it has come: what, how many of how many.
    ///
    /// # Errors
    ///
    /// [`NotABench`].
    pub async fn fill(
        self: &Arc<Self>,
        filling: &Filling,
        mut progress: impl FnMut(&str, u64, u64),
    ) -> Result<Filled, NotABench> {
        let mut tx = self.store.begin().await?;
        let bound = installation::bind_to_space(&mut tx, "bench").await?;
        tx.commit().await?;
        if bound != "bench" {
            return Err(NotABench::Space(bound));
        }
        let mut filled = Filled::default();
        let mut people = Vec::new();
        let mut done = 0;
        while done < filling.accounts {
            let count = BATCH.min(filling.accounts - done);
            people.extend(self.fill_accounts(filling, done, count, &mut filled).await?);
            done += count;
            progress("accounts", done, filling.accounts);
        }
        self.fill_entries(filling, people.clone(), &mut filled, &mut progress).await?;
        self.fill_alerts(filling, &people, &mut filled, &mut progress).await?;
        self.fill_counts(filling).await?;
        Ok(filled)
    }

    /// What organisations did in the months that pages of today sum up.
    async fn fill_counts(&self, filling: &Filling) -> Result<(), NotABench> {
        const MEASURES: [&str; 8] = [
            "searches",
            "empty_searches",
            "records_opened",
            "out_of_hours",
            "alerts",
            "alerts_decided",
            "samples",
            "samples_reviewed",
        ];
        let today = self.today();
        let months = [today, today.first_of_month().yesterday().map_err(ServiceError::internal)?];
        for month in months.map(|day| day.strftime("%Y-%m").to_string()) {
            let rows: Vec<MonthCountRow> = filling
                .organisations
                .iter()
                .flat_map(|organisation| MEASURES.map(|measure| (*organisation, measure)))
                .map(|(organisation_id, measure)| MonthCountRow {
                    month: month.clone(),
                    organisation_id,
                    measure: measure.to_owned(),
                    n: 100,
                })
                .collect();
            let mut tx = self.store.begin().await?;
            month_counts::keep(&mut tx, &rows).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    async fn fill_alerts(
        &self,
        filling: &Filling,
        people: &[(Uuid, Uuid)],
        filled: &mut Filled,
        progress: &mut impl FnMut(&str, u64, u64),
    ) -> Result<(), NotABench> {
        let mut rng = self.world.chance.generator();
        let span = SignedDuration::from_hours(24 * filling.days).as_micros() as i64;
        let every = (filling.alerts / KEPT).max(1);
        let mut done = 0;
        while done < filling.alerts {
            let count = BATCH.min(filling.alerts - done);
            let mut rows = Vec::new();
            for number in done..done + count {
                let (account, organisation) = pick(people, &mut rng)?;
                let opened_at = self.world.now().as_microsecond() - rng.random_range(0..span);
                let mut row = self.invent_alert((account, organisation), filled, &mut rng).await?;
                row.opened_at = opened_at;
                if number.is_multiple_of(every) {
                    filled.alerts.push(row.alert_id);
                }
                rows.push(row);
            }
            let mut tx = self.store.begin().await?;
            for row in &rows {
                alerts::insert(&mut tx, row).await?;
            }
            tx.commit().await?;
            done += count;
            progress("alerts", done, filling.alerts);
        }
        Ok(())
    }

    async fn invent_alert(
        &self,
        (account, organisation): (Uuid, Uuid),
        filled: &Filled,
        rng: &mut ChaCha12Rng,
    ) -> Result<alerts::AlertRow, NotABench> {
        const RULES: [Rule; 4] =
            [Rule::OwnSurname, Rule::SearchesInADay, Rule::EmptySearches, Rule::NoInvolvement];
        let mut conn = self.store.reader().await?;
        let place = organisations::by_id(&mut conn, organisation).await?;
        drop(conn);
        let place = place.ok_or_else(|| ServiceError::internal("an invented organisation is missing"))?;
        let central = rng.random_range(0..5) == 0;
        let raised = Raised {
            rule: pick(&RULES, rng)?,
            account: Some(account),
            organisation,
            tier: if central { Tier::Central } else { Tier::Authority },
            authority: if central { CENTRE.to_owned() } else { scope_of(&place) },
            day: self.policy.watching.day_of(self.world.now()) - rng.random_range(0..80),
            entry: pick(&filled.entries, rng)?,
            named_by: Vec::new(),
            once_key: self.once_for_entry(Rule::Sample, vault::uuid_v4(rng.random())),
        };
        let mut row = self.alert_row(&raised, None).await?;
        if rng.random_range(0..10) > 0 {
            row.state = AlertState::Closed;
            row.closed_at = Some(row.opened_at);
        }
        Ok(row)
    }

    async fn fill_accounts(
        &self,
        filling: &Filling,
        from: u64,
        count: u64,
        filled: &mut Filled,
    ) -> Result<Vec<(Uuid, Uuid)>, NotABench> {
        /// The sealed part of an account that nobody signs in to.
        #[derive(serde::Serialize)]
        struct Sealed<'a> {
            username: &'a str,
            display_name: &'a str,
            totp_secret: Vec<u8>,
            last_sign_in: Option<i64>,
        }
        let mut rng = self.world.chance.generator();
        let day = SignedDuration::from_hours(24).as_micros() as i64;
        let today = self.world.now().as_microsecond();
        let every = (filling.accounts / KEPT).max(1);
        let (mut accounts, mut roles, mut names) = (Vec::new(), Vec::new(), Vec::new());
        let (mut bundles, mut people) = (Vec::new(), Vec::new());
        for number in from..from + count {
            let account_id = vault::uuid_v4(rng.random());
            let organisation_id = pick(&filling.organisations, &mut rng)?;
            let username = format!("bench{number}");
            // Cleared at some time in the last three years, trained in the last one.
            let (clearance, training) = (rng.random_range(0..3 * 365), rng.random_range(0..365));
            let display_name = format!("{} {}", name(&mut rng, 400), name(&mut rng, 8_000));
            let bundle = Bundle::with_identity_slot(&mut rng);
            let sealed = Sealed {
                username: &username,
                display_name: &display_name,
                totp_secret: rng.random::<[u8; 20]>().to_vec(),
                last_sign_in: None,
            };
            let plain = serde_json::to_vec(&sealed).map_err(ServiceError::internal)?;
            let key = bundle.key(0).ok_or_else(|| ServiceError::internal("a new bundle has no key"))?;
            let sealed =
                vault::seal(key, Aad::new(account_id, 0), &plain, &mut rng).map_err(ServiceError::from)?;
            let folded = display_name.to_lowercase();
            names.push((self.keys.accounts.hash(1, folded.as_bytes()), account_id));
            for word in folded.split(' ') {
                names.push((self.keys.accounts.hash(2, word.as_bytes()), account_id));
            }
            bundles.push(self.bundle_row(account_id, &bundle, &mut rng)?);
            let state =
                if number.is_multiple_of(20) { AccountState::Suspended } else { AccountState::Active };
            accounts.push(AccountRow {
                account_id,
                username_key: self.keys.accounts.hash(0, username.as_bytes()),
                organisation_id,
                state,
                sealed,
                password_hash: String::new(),
                clearance_until: Some(today + clearance * day),
                training_until: Some(today + training * day),
                need_until: None,
                version: 1,
            });
            roles.push(RoleRow {
                account_id,
                organisation_id,
                role: invented_role(number).code().to_owned(),
            });
            people.push((account_id, organisation_id));
            if number.is_multiple_of(every) {
                filled.accounts.push(InventedAccount {
                    id: account_id,
                    username,
                    organisation: organisation_id,
                });
            }
        }
        let mut keys = self.store.begin_keys().await?;
        key_store::put_bundles(&mut keys, &bundles).await?;
        keys.commit().await?;
        let mut tx = self.store.begin().await?;
        filling::add_accounts(&mut tx, &accounts, &roles, &names).await?;
        tx.commit().await?;
        Ok(people)
    }

    async fn fill_entries(
        self: &Arc<Self>,
        filling: &Filling,
        people: Vec<(Uuid, Uuid)>,
        filled: &mut Filled,
        progress: &mut impl FnMut(&str, u64, u64),
    ) -> Result<(), NotABench> {
        let mut rng = self.world.chance.generator();
        let mut children: Vec<Uuid> =
            (0..filling.other_children).map(|_| vault::uuid_v4(rng.random())).collect();
        let mut conn = self.store.reader().await?;
        for number in &filling.real_children {
            children.extend(child_numbers::child_of(&mut conn, self.number_key(number)).await?);
        }
        drop(conn);
        let world = Arc::new(Invented { people, children });
        let mut notary = self.notary().await.map_err(ServiceError::internal)?;
        self.notarise(&mut notary).await.map_err(ServiceError::internal)?;
        let mut sequencer = notary.sequencer_now();
        let signer = self.signer()?;
        let start = self.world.now() - SignedDuration::from_hours(24 * filling.days);
        let step =
            SignedDuration::from_hours(24 * filling.days).as_micros() / i128::from(filling.entries.max(1));
        let mut done = 0;
        let mut next = Some(self.invent(&world, start, step, 0, BATCH.min(filling.entries)).await?);
        while let Some((entries, lookups)) = next.take() {
            let count = entries.len() as u64;
            if count == 0 {
                break;
            }
            filled.entries.extend(entries.first().map(|row| row.entry_id));
            let left = filling.entries - done - count;
            let (written, invented) = tokio::join!(
                self.write_batch(&entries, &lookups, &mut sequencer, &signer),
                self.invent(&world, start, step, done + count, BATCH.min(left)),
            );
            written?;
            next = Some(invented?);
            done += count;
            progress("entries", done, filling.entries);
        }
        Ok(())
    }

    async fn write_batch(
        &self,
        entries: &[EntryRow],
        lookups: &[LookupRow],
        sequencer: &mut Sequencer,
        signer: &audit::Signer,
    ) -> Result<(), NotABench> {
        let mut tx = self.store.begin().await?;
        trail::append(&mut tx, entries, lookups).await?;
        let mut links = Vec::with_capacity(entries.len());
        for part in entries.chunks(SIGNED_EVERY) {
            for entry in part {
                let chained = sequencer.append(&entry.header, &entry.body);
                links.push(ChainRow {
                    seq: i64::try_from(chained.seq).unwrap_or(i64::MAX),
                    entry_id: entry.entry_id,
                    chain_hash: chained.hash.as_bytes().to_vec(),
                });
            }
            let checkpoint = sequencer.checkpoint(signer, self.world.now());
            let row = CheckpointRow {
                seq: i64::try_from(sequencer.size()).unwrap_or(i64::MAX),
                body: checkpoint.row_body(),
                signature: checkpoint.row_signature().to_vec(),
            };
            trail::put_checkpoint(&mut tx, &row).await?;
        }
        trail::chain(&mut tx, &links).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Entries `from` to before `from + count`, on a thread of its own while the batch before is written.
    async fn invent(
        self: &Arc<Self>,
        world: &Arc<Invented>,
        start: Timestamp,
        step: i128,
        from: u64,
        count: u64,
    ) -> Result<(Vec<EntryRow>, Vec<LookupRow>), NotABench> {
        let mut rng = self.world.chance.generator();
        let at = |number: u64| -> Result<Timestamp, ServiceError> {
            let micros = i64::try_from(step * i128::from(number)).unwrap_or(i64::MAX);
            start.checked_add(SignedDuration::from_micros(micros)).map_err(ServiceError::internal)
        };
        // A batch is a few minutes; its last entry may be of the next month, which the first one's key does for here.
        let month = month_number(at(from)?);
        let key = self.audit_key(month, &mut rng).await?;
        let (directory, world) = (self.clone(), world.clone());
        let times = (from..from + count).map(at).collect::<Result<Vec<_>, _>>()?;
        let work = move || {
            let mut entries = Vec::with_capacity(times.len());
            let mut lookups = Vec::with_capacity(times.len() * 4);
            for at in times.into_iter().filter(|at| month_number(*at) == month) {
                let event = world.event(&mut rng)?;
                let (row, keys) = directory.entry_rows(event, at, &key, BODY_BLOCK, &mut rng)?;
                entries.push(row);
                lookups.extend(keys);
            }
            Ok::<_, ServiceError>((entries, lookups))
        };
        Ok(tokio::task::spawn_blocking(work).await.map_err(ServiceError::internal)??)
    }
}

/// The people and children of a bench.
struct Invented {
    people: Vec<(Uuid, Uuid)>,
    children: Vec<Uuid>,
}

impl Invented {
    fn event(&self, rng: &mut ChaCha12Rng) -> Result<Event, ServiceError> {
        let (account, organisation) = pick(&self.people, rng)?;
        let child = pick(&self.children, rng)?;
        let event = match rng.random_range(0..10) {
            // One search in four finds nobody.
            0..6 => {
                let shown = if rng.random_range(0..4) == 0 { Vec::new() } else { vec![child] };
                let detail = SearchDetail {
                    criteria: vec![Criterion { field: "names".to_owned(), value: word(rng, 8_000) }],
                    found: shown.len() as u64,
                    shown: shown.clone(),
                    ..SearchDetail::default()
                };
                Event::new(Action::Search, Detail::Search(detail)).concerning(shown)
            }
            _ => {
                let detail = DisclosureDetail {
                    child: Some(child),
                    fields_shown: vec!["name".to_owned()],
                    ..DisclosureDetail::default()
                };
                Event::new(Action::RecordViewed, Detail::Disclosure(detail)).about(child)
            }
        };
        Ok(event
            .by_account(account, organisation)
            .in_role(Role::Practitioner.code())
            .because(Reason::WhoElseIsInvolved.code()))
    }
}

fn pick<T: Copy>(from: &[T], rng: &mut ChaCha12Rng) -> Result<T, ServiceError> {
    let nothing = || ServiceError::internal("a bench needs organisations, accounts and children");
    if from.is_empty() {
        return Err(nothing());
    }
    from.get(rng.random_range(0..from.len())).copied().ok_or_else(nothing)
}

/// Mostly practitioners, and few of the few: a list that asks for an auditor passes over thousands.
fn invented_role(number: u64) -> Role {
    match number % 1_999 {
        0 => Role::Auditor,
        1..=2 => Role::DataAdministrator,
        3..=12 => Role::Trainer,
        13..=52 => Role::UserManager,
        53..=152 => Role::Manager,
        _ => Role::Practitioner,
    }
}

/// An invented name, one of so many. Names are not met equally often: of 8,000, the commonest is met once in ninety.
fn name(rng: &mut ChaCha12Rng, of: u32) -> String {
    let share: f64 = rng.random();
    invented_name((f64::from(of) * share * share) as u32)
}

/// An invented word, one of so many.
fn word(rng: &mut ChaCha12Rng, of: u32) -> String {
    invented_name(rng.random_range(0..of))
}

/// The invented name of a number below 8,000; the lower, the commoner.
#[must_use]
pub fn invented_name(mut number: u32) -> String {
    const PARTS: [&str; 20] = [
        "ba", "do", "fe", "gu", "ha", "ji", "ka", "lo", "mi", "nu", "pa", "ro", "se", "ti", "vo", "wa", "xe",
        "yo", "zu", "ne",
    ];
    let mut text = String::from("B");
    for _ in 0..3 {
        let part = PARTS.get((number % 20) as usize).copied().unwrap_or_default();
        text.push_str(part);
        number /= 20;
    }
    text
}
