//! The state of a directory without what chance decides: the same for two directories that hold the same.

use std::collections::{BTreeMap, BTreeSet};

use testkit::TestDatabases;

use crate::raw::{Cell, Raw, Row};

/// A source record by what does not depend on chance: its source and the keyed hash of the source's own id.
type Name = (Cell, Cell);

/// Everything a load leaves that does not depend on chance.
#[derive(Debug, PartialEq, Eq)]
pub struct State {
    /// Digest, version and state of each record.
    pub records: BTreeMap<Name, (Cell, Cell, Cell)>,
    /// The records of each child.
    pub children: BTreeSet<BTreeSet<Name>>,
    /// The authority of each child, by its records.
    pub authorities: BTreeMap<BTreeSet<Name>, Cell>,
    /// Kind, author, model and weight of each link.
    pub links: BTreeMap<Name, Vec<(Cell, Cell, Cell, Cell)>>,
    /// Earlier versions that were kept.
    pub before_images: BTreeSet<(Name, Cell)>,
    /// How often each key is there, by table, hash, kind, tier and epoch.
    pub keys: BTreeMap<(&'static str, Vec<Cell>), usize>,
    /// Reviews by desk, authority and state.
    pub reviews: BTreeMap<Vec<Cell>, usize>,
    /// Numbers that were given out.
    pub numbers: usize,
    /// What was put aside: by source and file, row, field, rule, length and whether the row was kept.
    pub quarantine: BTreeMap<Vec<Cell>, usize>,
    /// Where each run stands and what it counted, by source and file.
    pub runs: BTreeMap<(Cell, Cell), Vec<Vec<Cell>>>,
}

impl State {
    pub async fn of(db: &TestDatabases) -> Self {
        let mut raw = Raw::connect(&db.data_url).await;
        raw.hold_still().await;
        let records = raw.table("source_record").await;
        let name_of: BTreeMap<Cell, Name> = records
            .iter()
            .map(|row| (row["record_id"].clone(), (row["source_id"].clone(), row["local_key"].clone())))
            .collect();
        let mut members: BTreeMap<Cell, BTreeSet<Name>> = BTreeMap::new();
        let mut links: BTreeMap<Name, Vec<_>> = BTreeMap::new();
        for row in raw.table("link").await {
            let name = &name_of[&row["record_id"]];
            links.entry(name.clone()).or_default().push((
                row["kind"].clone(),
                row["author"].clone(),
                row["model_version"].clone(),
                row["weight_millibits"].clone(),
            ));
            if row["kind"].text() != "refused" {
                members.entry(row["child_id"].clone()).or_default().insert(name.clone());
            }
        }
        let rows = raw.table("child").await;
        // A child without records would be half a write.
        let authorities =
            rows.iter().map(|row| (members[&row["child_id"]].clone(), row["authority"].clone())).collect();
        let mut keys = BTreeMap::new();
        for table in ["match_key", "search_key"] {
            for row in raw.table(table).await {
                *keys.entry((table, picked(&row, &["key_hash", "kind", "tier", "epoch"]))).or_default() += 1;
            }
        }
        let before_images = raw
            .table("source_version")
            .await
            .into_iter()
            .map(|row| (name_of[&row["record_id"]].clone(), row["version"].clone()))
            .collect();
        let reviews =
            counted(raw.table("review").await.iter().map(|row| picked(row, &["desk", "authority", "state"])));
        let quarantine = raw
            .rows(
                "SELECT r.source_id, r.file_digest, q.row_number, q.field, q.rule, q.length, \
                 CASE WHEN q.sealed IS NULL THEN 'gone' ELSE 'kept' END AS kept \
                 FROM quarantine q JOIN feed_run r ON r.run_id = q.run_id",
            )
            .await;
        let fields = ["source_id", "file_digest", "row_number", "field", "rule", "length", "kept"];
        let mut runs: BTreeMap<(Cell, Cell), Vec<Vec<Cell>>> = BTreeMap::new();
        for row in raw.rows("SELECT * FROM feed_run ORDER BY started_at, run_id").await {
            let file = (row["source_id"].clone(), row["file_digest"].clone());
            runs.entry(file).or_default().push(picked(&row, &RUN));
        }
        Self {
            records: records
                .iter()
                .map(|row| {
                    let said = (row["digest"].clone(), row["version"].clone(), row["state"].clone());
                    (name_of[&row["record_id"]].clone(), said)
                })
                .collect(),
            children: members.into_values().collect(),
            authorities,
            links,
            before_images,
            keys,
            reviews,
            numbers: raw.table("child_number").await.len(),
            quarantine: counted(quarantine.iter().map(|row| picked(row, &fields))),
            runs,
        }
    }

    /// How many statements were taken: it grows with each group.
    pub fn written(&self) -> usize {
        self.records.len() + self.before_images.len()
    }

    /// Fails unless the two are the same, saying in what they differ.
    #[track_caller]
    pub fn assert_same(&self, other: &Self, when: &str) {
        let parts = [
            ("records", self.records == other.records),
            ("children", self.children == other.children),
            ("authorities", self.authorities == other.authorities),
            ("links", self.links == other.links),
            ("before-images", self.before_images == other.before_images),
            ("keys", self.keys == other.keys),
            ("reviews", self.reviews == other.reviews),
            ("numbers", self.numbers == other.numbers),
            ("quarantine", self.quarantine == other.quarantine),
            ("runs", self.runs == other.runs),
        ];
        let differ: Vec<&str> = parts.iter().filter(|(_, same)| !same).map(|(name, _)| *name).collect();
        let runs = (&self.runs, &other.runs);
        assert!(differ.is_empty(), "{when}: {} differ (runs: {runs:?})", differ.join(", "));
    }
}

const RUN: [&str; 9] = [
    "state",
    "rows_read",
    "accepted",
    "unchanged",
    "updated",
    "quarantined",
    "linked",
    "opened",
    "for_review",
];

fn picked(row: &Row, columns: &[&str]) -> Vec<Cell> {
    columns.iter().map(|column| row[*column].clone()).collect()
}

fn counted(rows: impl Iterator<Item = Vec<Cell>>) -> BTreeMap<Vec<Cell>, usize> {
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(row).or_default() += 1;
    }
    counts
}
