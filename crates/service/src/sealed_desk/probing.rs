//! A hold can be felt: who sends an invented child to a guessed place and then looks for it learns from its absence that the place
//! is protected. That cannot be kept from them, for the child must not show where a shielded one lives (decision 11); so
//! the centre learns of it in the moment in which they do (law 3). The watch asks, of what the trail says, so that a
//! search does and takes what it would if nothing were held.

use std::collections::{HashMap, HashSet};

use directory::child_profile::ChildProfile;
use directory::disclosure::{Purpose, disclose};
use directory::search::{Criteria, matches};
use directory::{Disclosure, Viewer};
use store::reviews::{self, Desk, ReviewRow};
use store::source_records::{self, RecordState};
use store::sources::SourceRow;
use uuid::Uuid;

use super::{Case, LISTED, Question};
use crate::{Directory, ServiceError};

/// Somebody who looked for a child, at an organisation.
pub(crate) struct Looked {
    pub(crate) entry: Uuid,
    pub(crate) organisation: Uuid,
    pub(crate) whom: Whom,
}

/// For whom.
pub(crate) enum Whom {
    /// For whoever answers to this, and whom they found.
    Asked { criteria: Criteria, shown: Vec<Uuid> },
    /// They opened this child's record.
    Opened(Uuid),
}

/// Of each open case that was met with: the record and its source, which say nothing of a child. A case never comes to be about
/// another record.
#[derive(Default)]
pub(crate) struct HeldCases(HashMap<Uuid, Option<Uuid>>);

impl Directory {
    /// The entries of those who looked for a child of whom their own organisation has sent something that waits at the sealed desk.
    pub(crate) async fn looked_for_what_is_held(
        &self,
        looked: &[Looked],
    ) -> Result<HashSet<Uuid>, ServiceError> {
        let mut met = HashSet::new();
        let organisations: HashSet<Uuid> = looked.iter().map(|looked| looked.organisation).collect();
        if organisations.is_empty() {
            return Ok(met);
        }
        let sources = self.sources().await?;
        for row in self.cases_of_organisations(&organisations, &sources).await? {
            let Some(case) = self.case(row, None).await? else { continue };
            let from = sources.get(&case.record.row.source_id).map(|source| source.organisation_id);
            let theirs = looked.iter().filter(|looked| Some(looked.organisation) == from);
            for looked in theirs.filter(|looked| self.is_of(&case, &looked.whom, &sources)) {
                met.insert(looked.entry);
            }
        }
        Ok(met)
    }

    /// The open cases about what a source of one of these organisations sent.
    async fn cases_of_organisations(
        &self,
        organisations: &HashSet<Uuid>,
        sources: &HashMap<Uuid, SourceRow>,
    ) -> Result<Vec<ReviewRow>, ServiceError> {
        let mut known = self.held_cases.lock().await;
        let mut conn = self.store.reader().await?;
        let national = directory::accountable_authority::NATIONAL;
        let open = reviews::open(&mut conn, Desk::Protected, national, LISTED).await?;
        let still: HashSet<Uuid> = open.iter().map(|row| row.review_id).collect();
        known.0.retain(|review, _| still.contains(review));
        let mut theirs = Vec::new();
        for row in open {
            let source = match known.0.get(&row.review_id) {
                Some(source) => *source,
                None => {
                    let Some(question) = self.open_review::<Question>(&row).await? else { continue };
                    let found = source_records::by_ids(&mut conn, &[question.record]).await?.pop();
                    let source = found.map(|found| found.record.source_id);
                    known.0.insert(row.review_id, source);
                    source
                }
            };
            let organisation =
                source.and_then(|source| sources.get(&source)).map(|source| source.organisation_id);
            if organisation.is_some_and(|organisation| organisations.contains(&organisation)) {
                theirs.push(row);
            }
        }
        Ok(theirs)
    }

    /// Whether somebody looked for the child of this case: for one who cannot be found, by what would have found them; of a known one
    /// whose change waits, by opening the record that does not show it.
    fn is_of(&self, case: &Case, whom: &Whom, sources: &HashMap<Uuid, SourceRow>) -> bool {
        let child = case.child.row.child_id;
        match whom {
            Whom::Opened(opened) => *opened == child && case.record.row.state == RecordState::Withheld,
            Whom::Asked { criteria, shown } => {
                !shown.contains(&child)
                    && case.is_first_sighting()
                    && self.would_answer(case, criteria, sources).unwrap_or(false)
            }
        }
    }

    fn would_answer(
        &self,
        case: &Case,
        criteria: &Criteria,
        sources: &HashMap<Uuid, SourceRow>,
    ) -> Option<bool> {
        let specific = criteria.clone().check(&self.policy.search).ok()?;
        let profile = ChildProfile { held: false, ..case.child.profile.clone() };
        let record = self.compute_record(&case.child, profile, sources, None);
        let today = self.today();
        let shown: Disclosure = disclose(&record, &Viewer::AuthorityPractitioner, Purpose::Search, today);
        Some(matches(&specific, &shown, today).is_some())
    }
}
