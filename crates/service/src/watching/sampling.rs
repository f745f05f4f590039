//! Records viewed, drawn by chance for a person to look at (rule 9.3): a share of each authority's day, never fewer than a
//! few. A sample goes to somebody of another organisation: for the authority's own staff, and for a national partner,
//! that is the central team.

use std::collections::BTreeMap;

use audit::{Action, Header};
use directory::watching::{Rule, Thresholds, Tier};
use jiff::SignedDuration;
use store::organisations::OrganisationRow;
use store::{account_days, month_counts, organisations, watch};
use uuid::Uuid;

use super::counts::Tally;
use super::raising::{CENTRE, Known, Raised, scope_of};
use crate::{Directory, ServiceError};

/// The mark of the last day that was drawn from.
const MARK: &str = "samples";

/// A day is drawn from this long after its end, when what was being written is durable.
const SETTLED: SignedDuration = SignedDuration::from_mins(10);

/// No authority opens more records in a day.
const MOST: i64 = 100_000;

impl Directory {
    /// Draws from the next day that is over, if there is one.
    pub(super) async fn draw_samples(&self) -> Result<(), ServiceError> {
        let policy = &self.policy.watching;
        let mut conn = self.store.reader().await?;
        let now = self.world.now();
        let drawn = self.mark(&mut conn, MARK, policy.day_of(now) - 1).await?;
        let day = drawn + 1;
        let (begin, end) = (policy.start_of(day), policy.start_of(day + 1));
        if now < end + SETTLED {
            return Ok(());
        }
        let mut by_scope: BTreeMap<String, Vec<OrganisationRow>> = BTreeMap::new();
        for row in organisations::all(&mut conn).await? {
            by_scope.entry(scope_of(&row)).or_default().push(row);
        }
        let mut known = Known::default();
        let mut raised = Vec::new();
        for rows in by_scope.values() {
            let keys: Vec<_> = rows
                .iter()
                .map(|row| self.action_handle(row.organisation_id, Action::RecordViewed))
                .collect();
            let span = (begin.as_microsecond(), end.as_microsecond());
            let viewed = watch::of_actions(&mut conn, &keys, span.0, span.1, MOST).await?;
            let code = rows.first().and_then(|row| row.authority_code.as_deref());
            let chosen = self.chosen(&viewed, &policy.of(code));
            for entry in watch::entries(&mut conn, &chosen).await? {
                let header = Header::parse(&entry.header).map_err(ServiceError::internal)?;
                raised.extend(self.sample(&mut conn, &mut known, &header, day).await?);
            }
        }
        drop(conn);
        let mut prepared = Vec::new();
        for raised in &raised {
            prepared.push(self.prepared(raised).await?);
        }
        let mut tally = Tally::default();
        let mut tx = self.store.begin().await?;
        if !watch::advance(&mut tx, MARK, drawn, day).await? {
            return Ok(tx.rollback().await?);
        }
        self.keep_raised(&mut tx, &raised, prepared, &mut tally).await?;
        month_counts::add(&mut tx, &tally.rows()).await?;
        account_days::forget_before(&mut tx, day - i64::from(policy.keep_days)).await?;
        Ok(tx.commit().await?)
    }

    /// The authority's share of them, by chance.
    fn chosen(&self, viewed: &[Uuid], limits: &Thresholds) -> Vec<Uuid> {
        let share = (viewed.len() * usize::from(limits.sample_per_thousand)).div_ceil(1000);
        let wanted = share.max(usize::from(limits.sample_at_least)).min(viewed.len());
        let mut rng = self.world.chance.generator();
        let places = rand::seq::index::sample(&mut rng, viewed.len(), wanted);
        places.iter().filter_map(|place| viewed.get(place).copied()).collect()
    }

    async fn sample(
        &self,
        conn: &mut store::Conn,
        known: &mut Known,
        header: &Header,
        day: i64,
    ) -> Result<Option<Raised>, ServiceError> {
        let (Some(account), Some(organisation)) = (header.account, header.organisation) else {
            return Ok(None);
        };
        let account = Uuid::from_bytes(*account.as_bytes());
        let who = (account, organisation);
        let Some(raised) = self.raised(conn, known, Rule::Sample, who, (day, header.entry_id)).await? else {
            return Ok(None);
        };
        let kind = known.organisation(conn, organisation).await?.map(|row| row.kind);
        // The authority's own team would review itself.
        let elsewhere = kind.as_deref() != Some("partner");
        let (tier, authority) =
            if elsewhere { (Tier::Central, CENTRE.to_owned()) } else { (raised.tier, raised.authority) };
        let once_key = self.once_for_entry(Rule::Sample, header.entry_id);
        Ok(Some(Raised { tier, authority, once_key, ..raised }))
    }
}
