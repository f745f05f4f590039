//! A decided group on its way to disk: keys first, then everything else in one transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use directory::accountable_authority::{AuthorityFacts, NATIONAL, allocate};
use directory::address::Whereabouts;
use directory::child_profile::ChildProfile;
use directory::retention::{LifeFacts, Stage, next_due_with_items, stage, sweep_month};
use directory::source_record::Content;
use directory::{AuthorityCode, ChildNumber, Month, PartialDate};
use guards::Guard;
use jiff::tz::TimeZone;
use linkage::Prepared;
use rand::{Rng, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha12Rng;
use rayon::prelude::*;
use serde::Serialize;
use store::children::ChildRow;
use store::key_store::BundleRow;
use store::links::{LinkKind, LinkRow};
use store::reviews::{Desk, ReviewRow, ReviewState};
use store::source_records::{RecordState, SourceRecordRow};
use store::sources::SourceRow;
use store::versions::VersionRow;
use store::waiting_statements::WaitingRow;
use store::{Key16, KeyRow};
use uuid::Uuid;
use vault::{Aad, Bundle};

use super::Job;
use super::beside::until_now;
use super::decide::{Asked, Decided, Decision};
use super::effects::{Effects, Left};
use super::group::{Existing, Incoming};
use super::neighbours::Neighbours;
use super::wholes::Whole;
use super::withdrawals::Withdrawals;
use crate::indexing::{Findable, RowId, row_id};
use crate::records::{OpenChild, OpenRecord, seal_content};
use crate::sensitive::Withdrawal;
use crate::{Directory, ServiceError};

/// Everything one group writes.
#[derive(Default)]
pub(super) struct Writes {
    pub(super) bundles: Vec<BundleRow>,
    pub(super) records: Vec<SourceRecordRow>,
    pub(super) new_records: usize,
    pub(super) versions: Vec<VersionRow>,
    /// Statements that wait beside what their records said before.
    pub(super) waiting: Vec<WaitingRow>,
    /// The records beside which nothing waits any more, and how much did.
    pub(super) waits_no_more: Vec<(Uuid, usize)>,
    pub(super) links: Vec<LinkRow>,
    pub(super) children: Vec<ChildRow>,
    pub(super) numbers: Vec<(Key16, Uuid)>,
    pub(super) match_keys: Vec<KeyRow>,
    pub(super) search_keys: Vec<KeyRow>,
    pub(super) match_keys_gone: Vec<RowId>,
    pub(super) search_keys_gone: Vec<RowId>,
    pub(super) reviews: Vec<ReviewRow>,
    /// Whether keys of items go with it.
    pub(super) keys_gone: bool,
    /// What the source of a record heard last, where its statement is kept with another child.
    pub(super) heard: Vec<(Uuid, Key16)>,
    /// What sealed identities begin to say, as tokens.
    pub(super) words: Vec<Key16>,
}

/// The statements of a group, and what was decided about each.
pub(super) struct DecidedGroup<'a> {
    pub(super) incoming: Vec<Incoming>,
    pub(super) decisions: &'a [Decision],
    pub(super) withdrawals: &'a Withdrawals,
}

/// What stands around the statements of a group.
struct Around<'a> {
    neighbours: &'a Neighbours,
    /// The group in front, which may not be written yet.
    before: Option<&'a Effects>,
    /// Consents that the group withdraws.
    withdrawals: &'a Withdrawals,
    /// The records this group replaces.
    replaced: HashSet<Uuid>,
    /// The children that were looked at as a whole.
    wholes: HashMap<Uuid, Whole>,
}

impl<'a> Around<'a> {
    /// The other records of a child whose stored form goes on to count.
    fn siblings(&self, child: Uuid, record: Uuid) -> impl Iterator<Item = &'a OpenRecord> {
        self.neighbours.children.get(&child).into_iter().flat_map(|known| &known.open.records).filter(
            move |other| {
                let id = other.row.record_id;
                id != record
                    && !self.replaced.contains(&id)
                    && !self.before.is_some_and(|before| before.records.contains_key(&id))
            },
        )
    }
}

/// What one statement writes, before the rows of children are put together.
struct Written {
    writes: Writes,
    /// Nothing where it only waits.
    counts: Option<Counting>,
    /// The statement ends the child's record or brings it back: the sweep is to look at it.
    to_sweep: bool,
}

/// A record as a statement leaves it.
struct Counting {
    authority: Option<AuthorityCode>,
    record: Uuid,
    version: i64,
    live: bool,
    prepared: Prepared,
}

impl Directory {
    /// Seals and hashes a decided group, on all cores.
    pub(super) fn prepare_writes(
        &self,
        job: &Job,
        group: DecidedGroup<'_>,
        neighbours: &Neighbours,
        before: Option<&Effects>,
    ) -> Result<(Writes, Effects), ServiceError> {
        let DecidedGroup { incoming: group, decisions, withdrawals } = group;
        let replaced: HashSet<Uuid> = group
            .iter()
            .filter_map(|incoming| Some(incoming.existing.as_ref()?.record.row.record_id))
            .collect();
        let wholes = self.wholes(job, &group, decisions, neighbours, before);
        let around = Around { neighbours, before, withdrawals, replaced, wholes };
        let mut rng = self.world.chance.generator();
        let seeds: Vec<[u8; 32]> = group.iter().map(|_| rng.random()).collect();
        let written: Vec<Written> = group
            .into_par_iter()
            .zip(decisions.par_iter())
            .zip(seeds.into_par_iter())
            .map(|((incoming, decision), seed)| {
                self.write_one(job, incoming, decision, &around, &mut ChaCha12Rng::from_seed(seed))
            })
            .collect::<Result<_, _>>()?;
        let mut all = Writes::default();
        let mut effects = Effects::default();
        let mut authorities: HashMap<Uuid, AuthorityCode> = HashMap::new();
        let mut to_sweep: BTreeMap<Uuid, String> = BTreeMap::new();
        for (one, decision) in written.into_iter().zip(decisions) {
            if one.to_sweep {
                to_sweep.insert(decision.child, self.this_month());
            }
            match one.counts {
                Some(counts) => {
                    if let Some(authority) = counts.authority {
                        authorities.entry(decision.child).or_insert(authority);
                    }
                    let left = Left { child: decision.child, version: counts.version, live: counts.live };
                    effects.note(counts.record, left, counts.prepared, &one.writes);
                }
                None => {
                    // A new version of the child: whoever is about to write the keys of its records reads them again.
                    let known = neighbours.children.get(&decision.child);
                    let month = known.map(|known| known.open.row.retention_month.clone());
                    to_sweep.entry(decision.child).or_insert(month.unwrap_or_else(|| self.this_month()));
                }
            }
            if decision.held && decision.is_new_child {
                effects.held.insert(decision.child);
            }
            all.absorb(one.writes);
        }
        for (child, whole) in around.wholes {
            if let Some(month) = whole.month {
                to_sweep.entry(child).or_insert(month);
            }
            if let Some(shielded) = whole.shielded {
                all.search_keys.extend(shielded.wanted);
                all.search_keys_gone.extend(shielded.gone);
            }
            effects.wholes.insert(child, whole.records);
        }
        effects.words.clone_from(&all.words);
        self.allocate_unallocated(&mut all, &authorities, neighbours, &mut rng)?;
        self.sweep_soon(&mut all, &to_sweep, neighbours, &mut rng)?;
        self.remember_withdrawals(&mut all, withdrawals, &authorities, neighbours, &mut rng)?;
        Ok((all, effects))
    }

    fn write_one(
        &self,
        job: &Job,
        incoming: Incoming,
        decision: &Decision,
        around: &Around<'_>,
        rng: &mut ChaCha12Rng,
    ) -> Result<Written, ServiceError> {
        let source = &job.source;
        let mut writes = Writes::default();
        let mut incoming = incoming;
        if decision.beside
            && let Some(existing) = incoming.existing.take()
        {
            let known = (decision, around.neighbours);
            self.write_beside(&mut writes, job, (incoming, existing), known, rng)?;
            return Ok(Written { writes, counts: None, to_sweep: false });
        }
        let authority = self.authority_named(source, &incoming.content);
        let (findable, to_sweep) = match around.neighbours.children.get(&decision.child) {
            _ if decision.unfindable => (Findable::Never, false),
            Some(known) => self.findable_beside(&known.open, source, &incoming, &job.sources),
            None => (Findable::Fully, false),
        };
        let record_id = match &incoming.existing {
            Some(existing) => existing.record.row.record_id,
            None => vault::record_id_in_bucket(rng.random(), vault::bucket_of(&incoming.local_key.0)),
        };
        writes.match_keys = self.match_key_rows(decision.child, &incoming.matchable);
        if around.neighbours.is_shielded(decision.child) {
            writes.match_keys.extend(self.protection_rows(decision.child, &incoming.matchable.home));
        }
        let shown = around.wholes.get(&decision.child).and_then(|whole| whole.shielded.as_ref());
        let findable = shown.map_or(&findable, |shown| &shown.findable);
        writes.search_keys = self.search_key_rows(decision.child, &incoming.content, findable);
        if let Some(known) = around.neighbours.children.get(&decision.child).filter(|_| !decision.held) {
            writes.words = self.words_of(&known.open.profile, &incoming.content);
        }
        let mut version = 1;
        let mut bundle = match &incoming.existing {
            Some(existing) => {
                writes.keys_gone = !incoming.lost.is_empty();
                let mut bundle = existing.record.bundle.clone();
                for slot in &incoming.lost {
                    bundle.destroy(*slot);
                }
                let (stood, waited) = (&existing.record.row, &existing.waits);
                let (before, next) = until_now(stood, waited, job.id, &mut bundle, rng)?;
                if Guard::KeptVersions.stands() {
                    writes.versions = before;
                }
                if !waited.is_empty() {
                    writes.waits_no_more.push((stood.record_id, waited.len()));
                }
                version = next;
                self.replace(&mut writes, existing, &incoming, around);
                bundle
            }
            None => Bundle::with_identity_slot(rng),
        };
        let hold_until = match &incoming.existing {
            Some(existing) => existing.record.row.hold_until,
            None => self.policy.hold.until(self.world.now()).as_microsecond(),
        };
        if decision.is_new_child {
            self.open_child_row(
                &mut writes,
                &incoming.content,
                decision,
                (authority.as_ref(), around.withdrawals.get(&decision.child)),
                hold_until,
                rng,
            )?;
        }
        writes.heard.extend(incoming.heard);
        if incoming.existing.is_none() {
            writes.links.push(self.link(record_id, decision, &bundle, rng)?);
            writes.new_records = 1;
        }
        if !decision.questions.is_empty() || decision.held {
            self.ask(&mut writes, record_id, decision, authority.as_ref(), rng)?;
        }
        let live = !decision.held || decision.is_new_child;
        let sealed = seal_content(record_id, version, incoming.content, &mut bundle, rng)?;
        writes.records.push(SourceRecordRow {
            record_id,
            source_id: source.source_id,
            local_key: incoming.local_key,
            version,
            digest: incoming.digest,
            sealed,
            hold_until,
            state: if live { RecordState::Live } else { RecordState::Withheld },
        });
        writes.bundles.push(self.bundle_row(record_id, &bundle, rng)?);
        let prepared = incoming.matchable.prepared;
        let counts = Some(Counting { authority, record: record_id, version, live, prepared });
        Ok(Written { writes, counts, to_sweep })
    }

    /// Takes back the keys that only the statement that is replaced gave the child, and the protection of where it was said to
    /// be while that waited. Which of them anybody was to find is not asked, so that a shield changes nothing about it.
    fn replace(&self, writes: &mut Writes, existing: &Existing, incoming: &Incoming, around: &Around<'_>) {
        let row = &existing.record.row;
        let Some(child) = existing.child else { return };
        let old = std::iter::once(&existing.record);
        let mut matching: BTreeSet<RowId> =
            self.match_rows_of(child, old.clone()).iter().map(row_id).collect();
        let protected = old.clone().chain(existing.waits.iter().map(|waits| &waits.record));
        matching.extend(self.protection_rows_of(child, protected).iter().map(row_id));
        let mut searching: BTreeSet<RowId> =
            self.search_rows_of(child, old, &Findable::Fully).iter().map(row_id).collect();
        for row in &writes.match_keys {
            matching.remove(&row_id(row));
        }
        for row in self.search_key_rows(child, &incoming.content, &Findable::Fully) {
            searching.remove(&row_id(&row));
        }
        if matching.is_empty() && searching.is_empty() {
            return;
        }
        let siblings = || around.siblings(child, row.record_id);
        let others = self.match_rows_of(child, siblings()).into_iter();
        for row in others.chain(self.protection_rows_of(child, siblings())) {
            matching.remove(&row_id(&row));
        }
        for row in self.search_rows_of(child, siblings(), &Findable::Fully) {
            searching.remove(&row_id(&row));
        }
        if let Some(before) = around.before {
            let goes_on = |records: &Vec<Uuid>| {
                records.iter().any(|id| *id != row.record_id && !around.replaced.contains(id))
            };
            matching.retain(|key| !before.matching.get(key).is_some_and(goes_on));
            searching.retain(|key| !before.searching.get(key).is_some_and(goes_on));
        }
        writes.match_keys_gone.extend(matching);
        writes.search_keys_gone.extend(searching);
    }

    fn open_child_row(
        &self,
        writes: &mut Writes,
        content: &Content,
        decision: &Decision,
        (authority, withdrawn): (Option<&AuthorityCode>, Option<&Vec<Withdrawal>>),
        readable_from: i64,
        rng: &mut ChaCha12Rng,
    ) -> Result<(), ServiceError> {
        let number = ChildNumber::from_random(rng.random());
        writes.numbers.push((self.number_key(&number), decision.child));
        let profile = ChildProfile { held: decision.held, ..ChildProfile::new(number) };
        let profile = self.with_withdrawn(&profile, withdrawn.map_or(&[][..], Vec::as_slice));
        let bundle = Bundle::with_identity_slot(rng);
        writes.children.push(ChildRow {
            child_id: decision.child,
            sealed: self.seal_profile(decision.child, 1, &bundle, &profile, rng)?,
            version: 1,
            readable_from,
            retention_month: self.retention_month(content, rng),
            authority: authority.map_or(NATIONAL, |authority| authority.as_str()).to_owned(),
        });
        writes.bundles.push(self.bundle_row(decision.child, &bundle, rng)?);
        Ok(())
    }

    /// The month from which retention looks at a child that begins with this statement (rule 4.1).
    pub(crate) fn retention_month(&self, content: &Content, rng: &mut impl Rng) -> String {
        let left_england = match content.whereabouts {
            Some(Whereabouts::LeftEngland(intention)) => {
                Some((intention, content.whereabouts_since().to_zoned(TimeZone::UTC).date()))
            }
            _ => None,
        };
        let (date_of_birth, died_on) = (content.date_of_birth, content.registered_death());
        let facts = LifeFacts { date_of_birth, died_on, left_england, ..LifeFacts::default() };
        if stage(&facts, &self.policy.retention, self.today()) != Stage::Live {
            // The sweep is still to archive it.
            return Month::from(self.today()).to_string();
        }
        self.sweep_month_of(&facts, content.ends(), rng)
    }

    /// The month from which retention looks at a child of these facts again, items having ended on these days.
    pub(crate) fn sweep_month_of(
        &self,
        facts: &LifeFacts,
        ends: impl IntoIterator<Item = PartialDate>,
        rng: &mut impl Rng,
    ) -> String {
        let today = self.today();
        let due = next_due_with_items(facts, ends, &self.policy.retention, today);
        sweep_month(due, &self.policy.retention, today, rng.random()).to_string()
    }

    /// How the child may be found once this statement stands among its records; and whether it ends the record or brings it
    /// back, which is for the sweep to carry out.
    fn findable_beside(
        &self,
        open: &OpenChild,
        source: &SourceRow,
        incoming: &Incoming,
        sources: &HashMap<Uuid, SourceRow>,
    ) -> (Findable, bool) {
        if !open.profile.archived && !self.may_end(open) && !self.ends(&incoming.content) {
            return (self.findable_among(open, &open.profile, sources), false);
        }
        let replaced = incoming.existing.as_ref().map(|existing| existing.record.row.record_id);
        let mut records: Vec<OpenRecord> =
            open.records.iter().filter(|record| Some(record.row.record_id) != replaced).cloned().collect();
        records.push(OpenRecord {
            row: SourceRecordRow {
                record_id: replaced.unwrap_or_default(),
                source_id: source.source_id,
                local_key: incoming.local_key,
                version: 1,
                digest: incoming.digest,
                sealed: Vec::new(),
                hold_until: 0,
                state: RecordState::Live,
            },
            bundle: Bundle::new(),
            content: incoming.content.clone(),
        });
        let after = OpenChild {
            row: open.row.clone(),
            bundle: Bundle::new(),
            profile: open.profile.clone(),
            records,
        };
        let live = self.is_live(&after, &after.profile, sources);
        (self.findable_among(&after, &after.profile, sources), live == open.profile.archived)
    }

    /// Lets the sweep look at these children from their month on.
    fn sweep_soon(
        &self,
        writes: &mut Writes,
        children: &BTreeMap<Uuid, String>,
        neighbours: &Neighbours,
        rng: &mut ChaCha12Rng,
    ) -> Result<(), ServiceError> {
        for (child, month) in children {
            if let Some(row) = writes.children.iter_mut().find(|row| row.child_id == *child) {
                row.retention_month.clone_from(month);
                continue;
            }
            let Some(neighbour) = neighbours.children.get(child) else { continue };
            let open = &neighbour.open;
            let version = open.row.version + 1;
            writes.children.push(ChildRow {
                sealed: self.seal_profile(*child, version, &open.bundle, &open.profile, rng)?,
                version,
                retention_month: month.clone(),
                ..open.row.clone()
            });
        }
        writes.children.sort_by_key(|row| row.child_id);
        Ok(())
    }

    pub(crate) fn number_key(&self, number: &ChildNumber) -> Key16 {
        self.keys.numbers.hash(0, number.as_str().as_bytes())
    }

    /// By which key a child that was joined to another leads to it. It is no number, and nobody is told it.
    pub(crate) fn forward_key(&self, child: Uuid) -> Key16 {
        self.keys.numbers.hash(2, child.as_bytes())
    }

    /// The key under which the number of a sealed former identity is kept, and by which nobody asks.
    pub(crate) fn retired_number_key(&self, number: &ChildNumber) -> Key16 {
        let kind = if Guard::FormerIdentity.stands() { 1 } else { 0 };
        self.keys.numbers.hash(kind, number.as_str().as_bytes())
    }

    fn link(
        &self,
        record: Uuid,
        decision: &Decision,
        bundle: &Bundle,
        rng: &mut ChaCha12Rng,
    ) -> Result<LinkRow, ServiceError> {
        let (weight, evidence) = match &decision.outcome {
            Decided::Linked { weight, evidence } => (*weight, Some(evidence)),
            _ => (0.0, None),
        };
        let key = bundle.key(0).ok_or_else(|| ServiceError::internal("a new record has no identity key"))?;
        let plain = serde_json::to_vec(&evidence.map(|evidence| StoredEvidence::of(evidence)))
            .map_err(ServiceError::internal)?;
        Ok(LinkRow {
            child_id: decision.child,
            record_id: record,
            kind: LinkKind::Automatic,
            author: "matcher".to_owned(),
            model_version: self.model.version().to_owned(),
            weight_millibits: millibits(weight),
            sealed: vault::seal_padded(key, link_aad(decision.child), &plain, EVIDENCE_BLOCK, rng)?,
        })
    }

    pub(super) fn ask(
        &self,
        writes: &mut Writes,
        record: Uuid,
        decision: &Decision,
        authority: Option<&AuthorityCode>,
        rng: &mut ChaCha12Rng,
    ) -> Result<(), ServiceError> {
        let review_id = vault::uuid_v4(rng.random());
        let bundle = Bundle::with_identity_slot(rng);
        let key = bundle.key(0).ok_or_else(|| ServiceError::internal("a new bundle has no key"))?;
        let question = ReviewQuestion {
            record,
            child: decision.child,
            near: &decision.near,
            asked: &decision.questions,
            model: self.model.version(),
            bridges: decision.bridges,
        };
        let plain = serde_json::to_vec(&question).map_err(ServiceError::internal)?;
        let today = self.world.now().to_zoned(TimeZone::UTC).date();
        writes.reviews.push(ReviewRow {
            review_id,
            desk: if decision.held { Desk::Protected } else { Desk::Authority },
            authority: match (decision.held, authority) {
                (true, _) => NATIONAL.to_owned(),
                (false, Some(authority)) => authority.as_str().to_owned(),
                (false, None) => NATIONAL.to_owned(),
            },
            state: ReviewState::Open,
            sealed: vault::seal_padded(key, Aad::new(review_id, 0), &plain, EVIDENCE_BLOCK, rng)?,
            opened_month: format!("{:04}-{:02}", today.year(), today.month()),
        });
        writes.bundles.push(self.bundle_row(review_id, &bundle, rng)?);
        Ok(())
    }

    pub(crate) fn bundle_row(
        &self,
        owner_id: Uuid,
        bundle: &Bundle,
        rng: &mut ChaCha12Rng,
    ) -> Result<BundleRow, ServiceError> {
        let wrapped = self.keys.wrap(owner_id, bundle, rng)?;
        Ok(BundleRow { owner_id, generation: wrapped.generation, wrapped: wrapped.wrapped })
    }

    /// The authority a statement points to (rule 5.7).
    pub(crate) fn authority_named(&self, source: &SourceRow, content: &Content) -> Option<AuthorityCode> {
        allocate(&facts_named(source, content)).authority
    }

    /// The authority to which all records of a child point (rule 5.7): of several of a kind the most authoritative source's, then the
    /// newest.
    pub(crate) fn named_among(
        &self,
        sources: &HashMap<Uuid, SourceRow>,
        records: &[OpenRecord],
    ) -> Option<AuthorityCode> {
        let mut said: Vec<(&SourceRow, &Content)> = records
            .iter()
            .filter_map(|record| Some((sources.get(&record.row.source_id)?, &record.content)))
            .collect();
        said.sort_by_key(|(source, content)| (source.precedence, std::cmp::Reverse(content.effective_at)));
        let facts: Vec<AuthorityFacts> =
            said.into_iter().map(|(source, content)| facts_named(source, content)).collect();
        allocate(&AuthorityFacts {
            address: facts.iter().find_map(|facts| facts.address.clone()),
            school: facts.iter().find_map(|facts| facts.school.clone()),
            practice: facts.iter().find_map(|facts| facts.practice.clone()),
        })
        .authority
    }

    /// Children of the unallocated queue that a record of this group now places.
    fn allocate_unallocated(
        &self,
        writes: &mut Writes,
        authorities: &HashMap<Uuid, AuthorityCode>,
        neighbours: &Neighbours,
        rng: &mut ChaCha12Rng,
    ) -> Result<(), ServiceError> {
        for row in &mut writes.children {
            if row.authority == NATIONAL
                && let Some(authority) = authorities.get(&row.child_id)
            {
                row.authority = authority.as_str().to_owned();
            }
        }
        for (child, authority) in authorities {
            let Some(neighbour) = neighbours.children.get(child) else { continue };
            let open = &neighbour.open;
            let (protected, answered) = (open.profile.is_protected(), open.profile.authority.is_some());
            if open.row.authority != NATIONAL || (protected && answered) {
                continue;
            }
            let (version, profile) = (open.row.version + 1, placed_by(&open.profile, Some(authority)));
            // Of a protected child the authority is sealed: it is a place (decision 4).
            let in_the_clear = if protected { NATIONAL } else { authority.as_str() };
            writes.children.push(ChildRow {
                sealed: self.seal_profile(*child, version, &open.bundle, &profile, rng)?,
                version,
                authority: in_the_clear.to_owned(),
                ..open.row.clone()
            });
        }
        writes.children.sort_by_key(|row| row.child_id);
        Ok(())
    }
}

/// What a statement says of where its child is answered for. A local source vouches for its own area; the authority of a national
/// source's address needs a postcode directory, which is loaded later.
fn facts_named(source: &SourceRow, content: &Content) -> AuthorityFacts {
    AuthorityFacts {
        address: source.authority_code.as_deref().and_then(|code| AuthorityCode::parse(code).ok()),
        school: content.education.iter().find_map(|education| education.local_authority.clone()),
        practice: content.practice.as_ref().and_then(|practice| practice.local_authority.clone()),
    }
}

/// The profile of a child for whom a record of this group names the authority: that of a protected child nobody answers for yet
/// says it from here on, so that somebody does (rule 5.2).
pub(super) fn placed_by(profile: &ChildProfile, authority: Option<&AuthorityCode>) -> ChildProfile {
    let named = || authority.filter(|_| profile.is_protected()).cloned();
    ChildProfile { authority: profile.authority.clone().or_else(named), ..profile.clone() }
}

/// A question as it waits, sealed, for a person.
#[derive(Serialize)]
struct ReviewQuestion<'a> {
    record: Uuid,
    child: Uuid,
    near: &'a [Uuid],
    asked: &'a [Asked],
    model: &'a str,
    /// It fits records that people keep apart.
    bridges: bool,
}

/// A decision's evidence as it is kept with the link: for each comparison its level, the bits its rarity added and its
/// weight, in thousandths of a bit. m and u are those of the model version the link names, which is kept whole (law 12).
#[derive(Serialize)]
struct StoredEvidence<'a> {
    fields: Vec<(&'a str, &'a str, i64, i64)>,
}

impl<'a> StoredEvidence<'a> {
    fn of(evidence: &'a linkage::Evidence) -> Self {
        let fields = evidence
            .fields
            .iter()
            .map(|part| {
                (
                    part.field.as_str(),
                    part.level.as_str(),
                    millibits(part.term_frequency),
                    millibits(part.weight),
                )
            })
            .collect();
        Self { fields }
    }
}

/// Weights are tens of bits: thousandths of them fit many times over.
fn millibits(bits: f64) -> i64 {
    (bits * 1000.0).round() as i64
}

/// What a link's evidence is bound to: the child it speaks of; the key is the record's.
pub(crate) fn link_aad(child: Uuid) -> Aad<'static> {
    Aad::new(child, 0)
}

/// Evidence and questions are padded to this many bytes, so that their length does not tell how many fields agreed.
pub(crate) const EVIDENCE_BLOCK: usize = 512;

impl Writes {
    fn absorb(&mut self, other: Self) {
        self.bundles.extend(other.bundles);
        self.records.extend(other.records);
        self.new_records += other.new_records;
        self.versions.extend(other.versions);
        self.waiting.extend(other.waiting);
        self.waits_no_more.extend(other.waits_no_more);
        self.links.extend(other.links);
        self.children.extend(other.children);
        self.numbers.extend(other.numbers);
        self.match_keys.extend(other.match_keys);
        self.search_keys.extend(other.search_keys);
        self.match_keys_gone.extend(other.match_keys_gone);
        self.search_keys_gone.extend(other.search_keys_gone);
        self.reviews.extend(other.reviews);
        self.keys_gone |= other.keys_gone;
        self.heard.extend(other.heard);
        self.words.extend(other.words);
    }
}
