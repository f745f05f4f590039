//! Searching: check the criteria, ask the key index, verify on what the viewer may see, audit, disclose.

use std::collections::{HashMap, HashSet};

use audit::{Action, Criterion, Detail, SearchDetail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use directory::access::Permission;
use directory::child_profile::ChildProfile;
use directory::child_record::{ChildRecord, Contribution, SourceView};
use directory::disclosure::{Disclosure, ListRow, Purpose, disclose, disclose_to_both};
use directory::families::DisputedItem;
use directory::hold::is_readable;
use directory::search::{AgeBand, Criteria, PostcodeQuery, Specific, TooWeak, matches, query_keys};
use directory::{AuthorityCode, ChildNumber, Gender, Line, PartialDate, Viewer};
use guards::Guard;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use store::Key16;
use store::source_records::RecordState;
use store::sources::SourceRow;
use store::{search_keys, sources};
use uuid::Uuid;

use crate::mediation::Colleague;
use crate::nobody::Led;
use crate::records::{OpenChild, OpenProfile, OpenRecord};
use crate::session::{Reasoned, SignedIn};
use crate::trail::Event;
use crate::watching::Near;
use crate::{Directory, Disclosed, ServiceError};

/// One child in a result list.
#[derive(Debug, Clone)]
pub struct FoundRow {
    /// What the viewer may see of the child in a list.
    pub row: ListRow,
    /// Why it was found, where that is not obvious.
    pub why: Vec<directory::search::Why>,
    /// How to ask for the record.
    pub handle: RecordHandle,
}

/// A record as one session may ask for it: opaque, sealed, worthless in any other session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordHandle(String);

impl RecordHandle {
    /// Takes a handle back from a form. Any text will do: a false one finds nothing.
    #[must_use]
    pub fn from_form(text: String) -> Self {
        Self(text)
    }

    /// The text to put in the form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a search answers.
#[derive(Debug, Clone)]
pub enum SearchAnswer {
    /// At most the cap's number of children, best first.
    Found(Vec<FoundRow>),
    /// More than the cap: no rows, only "add something" (rule 7.8).
    TooMany,
    /// Nobody.
    Nothing,
}

/// Why a search was not answered.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The criteria are too weak to be specific (rule 7.6).
    #[error("the search needs more to be specific")]
    TooWeak(TooWeak),
    /// The person's roles do not allow searching.
    #[error("this account may not search")]
    Forbidden,
    /// The system failed; nothing was shown.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// A key's list is not read further than this: who searches by something so common is asked for more.
const LONGEST_LIST: u32 = 600;

/// A child that answers, before it is audited.
struct Match {
    child: Uuid,
    rank: u32,
    row: ListRow,
    why: Vec<directory::search::Why>,
    near: Near,
    profile: ChildProfile,
}

impl Directory {
    /// Searches as this person may see. The entry with parameters and results is durable before this returns.
    ///
    /// # Errors
    ///
    /// [`SearchError`]; a refused search is in the trail too.
    pub async fn search(
        &self,
        who: &Reasoned,
        criteria: Criteria,
    ) -> Result<Disclosed<SearchAnswer>, SearchError> {
        self.search_with(who, criteria, None).await
    }

    /// As [`Directory::search`]. For a colleague, a child is found by what both may see of it, and each row's handle serves
    /// to ask that colleague (rule 6.12).
    pub(crate) async fn search_with(
        &self,
        who: &Reasoned,
        criteria: Criteria,
        colleague: Option<&Colleague>,
    ) -> Result<Disclosed<SearchAnswer>, SearchError> {
        let asked = criteria_asked(&criteria);
        if !who.who().may(Permission::SearchChildren) {
            self.record(refused(who.who(), asked, "not_permitted", colleague)).await?;
            return Err(SearchError::Forbidden);
        }
        let specific = match criteria.check(&self.policy.search) {
            Ok(specific) => specific,
            Err(weak) => {
                self.record(refused(who.who(), asked, "too_broad", colleague)).await?;
                return Err(SearchError::TooWeak(weak));
            }
        };
        let found = self.find(&specific, who.who(), colleague).await?;
        let cap = self.policy.search.result_cap;
        let too_many = found.as_ref().is_none_or(|found| found.len() > cap && Guard::ResultCap.stands());
        let shown: Vec<Match> = if too_many { Vec::new() } else { found.unwrap_or_default() };
        let near: Vec<&Near> = shown.iter().map(|found| &found.near).collect();
        let detail = SearchDetail {
            criteria: asked,
            shown: shown.iter().map(|found| found.child).collect(),
            found: shown.len() as u64,
            refused: too_many.then(|| "too_many".to_owned()),
            mediated_for: colleague.map(|colleague| colleague.account),
            flags: self.noted_of_search(who.who(), colleague.map(Colleague::own), &criteria, &near).await?,
        };
        let event = Event::new(Action::Search, Detail::Search(detail))
            .by(who.who())
            .together_with(colleague)
            .concerning(shown.iter().map(|found| found.child))
            .and_of_joined(shown.iter().map(|found| &found.profile))
            .showing(ListRow::fields_shown());
        let receipt = self.record(event).await?;
        let answer = if too_many {
            SearchAnswer::TooMany
        } else if shown.is_empty() {
            SearchAnswer::Nothing
        } else {
            SearchAnswer::Found(
                shown
                    .into_iter()
                    .map(|found| {
                        let handle = match colleague {
                            None => self.handle(who.who(), found.child)?,
                            Some(colleague) => self.mediated_handle(who.who(), found.child, colleague)?,
                        };
                        Ok(FoundRow { row: found.row, why: found.why, handle })
                    })
                    .collect::<Result<_, ServiceError>>()?,
            )
        };
        Ok(Disclosed::after_audit(answer, *who.reason(), receipt))
    }

    /// The children that answer, best first; nothing when a key's list was too long to be read.
    async fn find(
        &self,
        specific: &Specific,
        who: &SignedIn,
        colleague: Option<&Colleague>,
    ) -> Result<Option<Vec<Match>>, ServiceError> {
        let viewer = &who.viewer();
        let Some(led) = self.candidates(specific).await? else { return Ok(None) };
        let today = self.today();
        let now = self.world.now();
        // Whom a shield bars finds no such child, nor does anybody on their behalf.
        let is_shown = |open: &OpenProfile| {
            !who.is_barred_by(&open.profile)
                && !colleague.is_some_and(|of| of.is_barred_by(&open.profile))
                && !open.profile.held
                && readable(open.row.readable_from, now)
        };
        let opened = self.open_led(&led, is_shown).await?.shown();
        let sources = self.sources().await?;
        let mut found: Vec<Match> = opened
            .into_iter()
            .filter_map(|child| {
                let id = child.row.child_id;
                let disclosure = match colleague.map(|colleague| &colleague.viewer) {
                    None => self.disclose_to(&child, &sources, viewer, Purpose::Search)?,
                    Some(other) => self.disclose_to_both(&child, &sources, viewer, other, Purpose::Search)?,
                };
                // By number the look-up has found the child, whose number may be another since.
                let quality = matches(&specific.answered_by(&child.profile.number), &disclosure, today)?;
                Some(Match {
                    child: id,
                    rank: quality.rank,
                    row: disclosure.list_row(today)?,
                    why: quality.why,
                    near: self.near(who, colleague.map(Colleague::own), &child),
                    profile: child.profile,
                })
            })
            .collect();
        found.sort_by(|a, b| {
            b.rank.cmp(&a.rank).then_with(|| a.row.number.as_str().cmp(b.row.number.as_str()))
        });
        Ok(Some(found))
    }

    /// Where the question's keys lead; nothing when a list is too long.
    async fn candidates(&self, specific: &Specific) -> Result<Option<Led>, ServiceError> {
        let mut conn = self.store.reader().await?;
        if let Some(number) = specific.number() {
            return Ok(Some(self.led_by(&mut conn, number).await?));
        }
        let mut asked: HashMap<Key16, (u16, String, i64)> = HashMap::new();
        for key in query_keys(specific, self.today()).into_iter().flatten() {
            let kind = crate::keys::kind_number(key.kind.number());
            for (epoch, hash) in self.keys.searching.lookups(kind, &key.value) {
                asked.insert(hash, (kind, key.value.clone(), epoch));
            }
        }
        let hashes: Vec<Key16> = asked.keys().copied().collect();
        let hits = search_keys::lookup(&mut conn, &hashes, LONGEST_LIST).await?;
        let mut length: HashMap<Key16, u32> = HashMap::new();
        let mut children: HashSet<Uuid> = HashSet::new();
        for hit in &hits {
            let count = length.entry(hit.key_hash).or_default();
            *count += 1;
            if *count >= LONGEST_LIST {
                return Ok(None);
            }
            if let Some((kind, value, epoch)) = asked.get(&hit.key_hash) {
                children.insert(self.keys.searching.follow(*kind, value, *epoch, hit.pointer));
            }
        }
        Ok(Some(self.led_by_keys(&mut conn, &hashes, children.into_iter().collect()).await?))
    }

    pub(crate) async fn sources(&self) -> Result<HashMap<Uuid, SourceRow>, ServiceError> {
        let mut conn = self.store.reader().await?;
        Ok(sources::all(&mut conn).await?.into_iter().map(|row| (row.source_id, row)).collect())
    }

    /// What this viewer may see of a child now; nothing while the child itself is not readable.
    pub(crate) fn disclose_to(
        &self,
        child: &OpenChild,
        sources: &HashMap<Uuid, SourceRow>,
        viewer: &Viewer,
        purpose: Purpose,
    ) -> Option<Disclosure> {
        self.disclose_disputed(child, sources, viewer, purpose, Vec::new())
    }

    /// As [`Directory::disclose_to`], with the items that are disputed (rule 14.3).
    pub(crate) fn disclose_disputed(
        &self,
        child: &OpenChild,
        sources: &HashMap<Uuid, SourceRow>,
        viewer: &Viewer,
        purpose: Purpose,
        disputed: Vec<DisputedItem>,
    ) -> Option<Disclosure> {
        let record = self.readable_record(child, sources)?;
        Some(disclose(&record.disputed_in(disputed), viewer, purpose, self.today()))
    }

    /// The child's record from what is readable now, to be disclosed; nothing while the child itself is not readable.
    pub(crate) fn readable_record(
        &self,
        child: &OpenChild,
        sources: &HashMap<Uuid, SourceRow>,
    ) -> Option<ChildRecord> {
        let now = self.world.now();
        readable(child.row.readable_from, now)
            .then(|| self.compute_record(child, child.profile.clone(), sources, Some(now)))
    }

    /// What both viewers may see of a child now (rule 6.12); nothing while the child itself is not readable.
    pub(crate) fn disclose_to_both(
        &self,
        child: &OpenChild,
        sources: &HashMap<Uuid, SourceRow>,
        mediator: &Viewer,
        asker: &Viewer,
        purpose: Purpose,
    ) -> Option<Disclosure> {
        let record = self.readable_record(child, sources)?;
        Some(disclose_to_both(&record, mediator, asker, purpose, self.today()))
    }

    /// The child's record under a profile, from the source records that are readable at an instant (decision 11), or from
    /// all of them.
    pub(crate) fn compute_record(
        &self,
        child: &OpenChild,
        profile: ChildProfile,
        sources: &HashMap<Uuid, SourceRow>,
        at: Option<Timestamp>,
    ) -> ChildRecord {
        let views = self.views_of(child, &profile, sources, at).into_iter().map(|(_, view)| view).collect();
        self.record_of(child, profile, views)
    }

    /// What each source says of the child, with the source.
    pub(crate) fn views_of(
        &self,
        child: &OpenChild,
        profile: &ChildProfile,
        sources: &HashMap<Uuid, SourceRow>,
        at: Option<Timestamp>,
    ) -> Vec<(Uuid, SourceView)> {
        child
            .records
            .iter()
            .filter_map(|record| {
                let source = sources.get(&record.row.source_id)?;
                let visible = at.is_none_or(|at| readable(record.row.hold_until, at));
                let mut view = sent(record, source, visible)?;
                // A withdrawal counts from the commit of who said it, before what others have on that consent is taken off (rule 3.3).
                view.content.involvements.retain(|one| !self.is_withdrawn(one, Some(profile), &[]));
                Some((source.source_id, view))
            })
            .collect()
    }

    /// The child as these views tell of it.
    pub(crate) fn record_of(
        &self,
        child: &OpenChild,
        profile: ChildProfile,
        views: Vec<SourceView>,
    ) -> ChildRecord {
        // Of a protected child, and of one nobody answers for yet, what stands in the clear is no authority's code.
        let authority = AuthorityCode::parse(&child.row.authority).ok();
        ChildRecord::compute_under(self.policy.retention, profile, views).answered_for_by(authority)
    }

    /// A handle of this child for this session.
    fn handle(&self, who: &SignedIn, child: Uuid) -> Result<RecordHandle, ServiceError> {
        let mut rng = self.world.chance.generator();
        let sealed = self.keys.seal_for_session(handle_context(who), child.as_bytes(), &mut rng)?;
        Ok(RecordHandle(URL_SAFE_NO_PAD.encode(sealed)))
    }

    pub(crate) fn follow_handle(&self, who: &SignedIn, handle: &RecordHandle) -> Option<Uuid> {
        let sealed = URL_SAFE_NO_PAD.decode(&handle.0).ok()?;
        let plain = self.keys.open_for_session(handle_context(who), &sealed)?;
        Uuid::from_slice(&plain).ok()
    }
}

/// Source records as their sources sent them, to be disclosed to whoever decides to whom they belong. One that is withheld does
/// not count.
pub(crate) fn as_sent<'a>(
    records: impl IntoIterator<Item = &'a OpenRecord>,
    sources: &HashMap<Uuid, SourceRow>,
) -> Result<Vec<SourceView>, ServiceError> {
    let view = |record: &OpenRecord| {
        let counts = record.row.state != RecordState::Withheld;
        sources.get(&record.row.source_id).and_then(|source| sent(record, source, counts))
    };
    let views = records
        .into_iter()
        .map(|record| view(record).ok_or_else(|| ServiceError::internal("a record's source is not known")));
    views.collect()
}

fn sent(record: &OpenRecord, source: &SourceRow, counts: bool) -> Option<SourceView> {
    Some(SourceView {
        record_id: record.row.record_id,
        source: Line::parse(source_words(source)).ok()?,
        precedence: source.precedence,
        last_confirmed: record.content.effective_at.to_zoned(TimeZone::UTC).date(),
        contribution: if counts { Contribution::Visible } else { Contribution::Held },
        content: record.content.clone(),
    })
}

/// What a page calls a source: who sends it, not the name of its file.
pub(crate) fn source_words(source: &SourceRow) -> &str {
    let title = feeds::Profile::named(&source.profile).map_or(source.name.as_str(), |profile| profile.title);
    title.split(" (").next().unwrap_or(title)
}

fn readable(from: i64, now: Timestamp) -> bool {
    Timestamp::from_microsecond(from).is_ok_and(|from| is_readable(from, now))
}

/// What handles are bound to: the session, and being a handle.
fn handle_context(who: &SignedIn) -> Uuid {
    let session = if Guard::OwnHandles.stands() { u128::from_be_bytes(who.session.0) } else { 0 };
    Uuid::from_u128(session ^ HANDLE)
}

const HANDLE: u128 = 0x7265_636f_7264_2068_616e_646c_6520_3031;

fn refused(who: &SignedIn, criteria: Vec<Criterion>, why: &str, colleague: Option<&Colleague>) -> Event {
    let detail = SearchDetail {
        criteria,
        refused: Some(why.to_owned()),
        mediated_for: colleague.map(|colleague| colleague.account),
        ..SearchDetail::default()
    };
    Event::new(Action::SearchRefused, Detail::Search(detail)).by(who).together_with(colleague)
}

/// The criteria as the trail keeps them: all of rule 9.1's parameters, as they were asked.
fn criteria_asked(criteria: &Criteria) -> Vec<Criterion> {
    let pairs = [
        ("number", criteria.number.as_ref().map(ToString::to_string)),
        ("names", criteria.names.as_ref().map(|line| line.as_str().to_owned())),
        ("date_of_birth", criteria.date_of_birth.map(|date| date.to_string())),
        ("age", criteria.age.map(|age| format!("{}-{}", age.from(), age.to()))),
        ("gender", criteria.gender.map(|gender| gender.code().to_owned())),
        ("postcode", criteria.postcode.as_ref().map(postcode_asked)),
        ("street", criteria.street.as_ref().map(|line| line.as_str().to_owned())),
        ("school", criteria.school.as_ref().map(|line| line.as_str().to_owned())),
    ];
    pairs
        .into_iter()
        .filter_map(|(field, value)| Some(Criterion { field: field.to_owned(), value: value? }))
        .collect()
}

/// What was asked, from what the trail keeps of it.
pub(crate) fn criteria_kept(kept: &[Criterion]) -> Criteria {
    let value =
        |field: &str| kept.iter().find(|asked| asked.field == field).map(|asked| asked.value.as_str());
    let line = |field: &str| value(field).and_then(|value| Line::parse(value).ok());
    Criteria {
        number: value("number").and_then(|value| ChildNumber::parse(value).ok()),
        names: line("names"),
        date_of_birth: value("date_of_birth").and_then(|value| PartialDate::parse(value).ok()),
        age: value("age").and_then(|value| AgeBand::parse(value).ok()),
        gender: value("gender").and_then(Gender::from_code),
        postcode: value("postcode").and_then(|value| PostcodeQuery::parse(value).ok()),
        street: line("street"),
        school: line("school"),
    }
}

fn postcode_asked(query: &PostcodeQuery) -> String {
    match query {
        PostcodeQuery::Full(postcode) => postcode.to_string(),
        PostcodeQuery::Sector(part) | PostcodeQuery::District(part) | PostcodeQuery::Area(part) => {
            part.clone()
        }
    }
}
