//! `contactpoint link`: links the records of CSV files with the matcher of the directory.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use linkage::batch::{
    Link, LinkOptions, Linkage, PairOutcome, Quality, Records, Table, evaluate, link_files,
};
use linkage::{Model, TrainOptions, TrainingReport};
use serde_json::json;

mod sources;

use sources::{Source, Sources};

/// Link the records of CSV files: one file is deduplicated, two are linked, more are linked and deduplicated. Without a
/// model one is built from the columns and trained on the files themselves, without examples.
#[derive(Args, Clone, Debug)]
pub struct LinkArgs {
    /// CSV files with a header; comma, semicolon, tab or bar between the values.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// A model file (docs/linkage.md), or `children` for the shipped one.
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// The column that says which source a row is from: each value is a file of its own.
    #[arg(long, value_name = "NAME")]
    pub source_column: Option<String>,
    /// Link a record to at most one of each other source.
    #[arg(long)]
    pub one_to_one: bool,
    /// Pairs that must never come together: source_a,record_id_a,source_b,record_id_b.
    #[arg(long, value_name = "FILE")]
    pub constraints: Option<PathBuf>,
    /// Pairs of this probability and more are linked.
    #[arg(long, value_name = "P", default_value_t = 0.95)]
    pub threshold: f64,
    /// The seed of training.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Who is who: source,record_id and identity_id or person_id. The links are measured against it.
    #[arg(long, value_name = "FILE")]
    pub truth: Option<PathBuf>,
    /// Write the model used, trained, to this file.
    #[arg(long, value_name = "FILE")]
    pub save_model: Option<PathBuf>,
    /// Write the links to this file.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Write the cluster of every record to this file.
    #[arg(long, value_name = "FILE")]
    pub clusters: Option<PathBuf>,
    /// Write why, field by field, for every pair in the links, to this file (JSON).
    #[arg(long, value_name = "FILE")]
    pub explain: Option<PathBuf>,
    /// Print one JSON object about the run on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Reads, links and writes; progress goes to standard error.
///
/// # Errors
/// When a file cannot be read, used or written; the message names file, line and remedy.
pub fn run(args: LinkArgs) -> anyhow::Result<ExitCode> {
    if !(args.threshold > 0.0 && args.threshold < 1.0) {
        eprintln!("contactpoint: --threshold must be between 0 and 1, for example 0.95");
        return Ok(ExitCode::from(2));
    }
    let sources = Sources::read(&args.files, args.source_column.as_deref())?;
    eprintln!("{} records from {} sources", sources.records(), sources.all().len());
    let (model, records, training) = fitted(&args, &sources)?;
    if let Some(path) = &args.save_model {
        std::fs::write(path, model.to_toml())
            .with_context(|| format!("{}: cannot be written", path.display()))?;
    }
    let options = LinkOptions {
        threshold: args.threshold,
        one_to_one: args.one_to_one,
        never: args
            .constraints
            .as_deref()
            .map(|path| constraints(path, &sources))
            .transpose()?
            .unwrap_or_default(),
        ..LinkOptions::default()
    };
    let linkage = link_files(&model, &records, &options);
    write_links(&args.out, &linkage.links, &sources)?;
    if let Some(path) = &args.clusters {
        write_clusters(path, &linkage, &sources)?;
    }
    if let Some(path) = &args.explain {
        write_explanations(path, &model, &records, &linkage.links, &sources)?;
    }
    let quality = match &args.truth {
        Some(path) => Some(evaluate(&linkage.links, &records, &truth(path, &sources)?)),
        None => None,
    };
    report(&args, &sources, &linkage, training.as_ref(), quality)
}

/// The model given, or one built from the files; and the records prepared by it.
fn fitted(args: &LinkArgs, sources: &Sources) -> anyhow::Result<(Model, Records, Option<TrainingReport>)> {
    let Some(path) = &args.model else {
        let ignore: Vec<&str> =
            args.source_column.iter().map(String::as_str).chain(sources.id_columns()).collect();
        let options = TrainOptions { seed: args.seed, ..TrainOptions::default() };
        let tables: Vec<&Table> = sources.all().iter().map(|source| &source.table).collect();
        let fitted = Model::fit(&tables, &ignore, sources.scope(), &options)?;
        let report = fitted.training.report;
        for warning in &report.warnings {
            eprintln!("note: {warning}");
        }
        return Ok((fitted.training.model, fitted.records, Some(report)));
    };
    let model = if path.as_os_str() == "children" {
        Model::children()
    } else {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("{}: cannot be read", path.display()))?;
        Model::from_toml(&text).with_context(|| path.display().to_string())?
    };
    for source in sources.all() {
        if model.columns_of(&source.table).is_empty() {
            bail!(
                "{}: the model knows none of its columns ({}); add their names to [[field]] columns",
                source.file.display(),
                source.table.columns().join(", ")
            );
        }
    }
    let prepared =
        sources.all().iter().map(|source| linkage::batch::prepare_table(&model, &source.table)).collect();
    Ok((model, Records::with_scope(prepared, sources.scope()), None))
}

fn create(path: &Path) -> anyhow::Result<BufWriter<File>> {
    let file = File::create(path).with_context(|| format!("{}: cannot be written", path.display()))?;
    Ok(BufWriter::new(file))
}

fn outcome(link: &Link) -> &'static str {
    match link.outcome {
        PairOutcome::Link => "link",
        PairOutcome::Review => "review",
    }
}

fn write_links(path: &Path, links: &[Link], sources: &Sources) -> anyhow::Result<()> {
    let mut out = csv::Writer::from_writer(create(path)?);
    out.write_record([
        "left_source",
        "left_id",
        "right_source",
        "right_id",
        "match_weight",
        "match_probability",
        "outcome",
    ])?;
    for link in links {
        let (left, right) = (sources.name(link.left), sources.name(link.right));
        let weight = format!("{:.4}", link.weight);
        let probability = format!("{:.6}", link.probability);
        out.write_record([left.0, left.1, right.0, right.1, &weight, &probability, outcome(link)])?;
    }
    out.flush().with_context(|| format!("{}: cannot be written", path.display()))
}

fn write_clusters(path: &Path, linkage: &Linkage, sources: &Sources) -> anyhow::Result<()> {
    let mut out = csv::Writer::from_writer(create(path)?);
    out.write_record(["source", "record_id", "cluster_id"])?;
    for record in 0..sources.records() as u32 {
        let (source, id) = sources.name(record);
        let cluster = linkage.clusters.of(record).to_string();
        out.write_record([source, id, &cluster])?;
    }
    out.flush().with_context(|| format!("{}: cannot be written", path.display()))
}

/// A JSON array, one pair a line.
fn write_explanations(
    path: &Path,
    model: &Model,
    records: &Records,
    links: &[Link],
    sources: &Sources,
) -> anyhow::Result<()> {
    let mut out = create(path)?;
    write!(out, "[")?;
    for (position, link) in links.iter().enumerate() {
        let (Some(a), Some(b)) = (records.get(link.left), records.get(link.right)) else { continue };
        let (left, right) = (sources.name(link.left), sources.name(link.right));
        let pair = json!({
            "left_source": left.0, "left_id": left.1, "right_source": right.0, "right_id": right.1,
            "match_weight": link.weight, "match_probability": link.probability, "outcome": outcome(link),
            "model_version": model.version(), "prior_log_odds": model.prior_log_odds(),
            "fields": model.compare(a, b).fields,
        });
        write!(out, "{}\n{pair}", if position == 0 { "" } else { "," })?;
    }
    writeln!(out, "\n]")?;
    out.flush().with_context(|| format!("{}: cannot be written", path.display()))
}

/// Reads the pairs that must never come together. Pairs of records that are not among the files are passed over: one
/// list serves many runs.
fn constraints(path: &Path, sources: &Sources) -> anyhow::Result<Vec<(u32, u32)>> {
    let table = sources::read_table(path)?;
    let column = |names: [&str; 2]| {
        names.into_iter().find_map(|name| table.column(name)).with_context(|| {
            format!(
                "{}: has no column {}; it needs source_a,record_id_a,source_b,record_id_b",
                path.display(),
                names[0]
            )
        })
    };
    let (source_a, id_a) = (column(["source_a", "left_source"])?, column(["record_id_a", "left_id"])?);
    let (source_b, id_b) = (column(["source_b", "right_source"])?, column(["record_id_b", "right_id"])?);
    let mut pairs = Vec::new();
    for row in 0..table.len() {
        let a = sources.find(table.cell(row, source_a), table.cell(row, id_a));
        let b = sources.find(table.cell(row, source_b), table.cell(row, id_b));
        pairs.extend(a.zip(b));
    }
    eprintln!("{} of {} constraints are about these files", pairs.len(), table.len());
    Ok(pairs)
}

/// Reads who is who: a number for each identity, none for records the truth does not tell.
fn truth(path: &Path, sources: &Sources) -> anyhow::Result<Vec<Option<u32>>> {
    let table = sources::read_table(path)?;
    let column = |name: &str| table.column(name);
    let (Some(source), Some(id), Some(person)) =
        (column("source"), column("record_id"), column("identity_id").or_else(|| column("person_id")))
    else {
        bail!("{}: needs the columns source, record_id and identity_id or person_id", path.display());
    };
    let mut numbers = std::collections::BTreeMap::new();
    let mut persons = vec![None; sources.records()];
    for row in 0..table.len() {
        let next = numbers.len() as u32;
        let number = *numbers.entry(table.cell(row, person).to_owned()).or_insert(next);
        let record = sources.find(table.cell(row, source), table.cell(row, id));
        if let Some(place) = record.and_then(|record| persons.get_mut(record as usize)) {
            *place = Some(number);
        }
    }
    Ok(persons)
}

fn report(
    args: &LinkArgs,
    sources: &Sources,
    linkage: &Linkage,
    training: Option<&TrainingReport>,
    quality: Option<Quality>,
) -> anyhow::Result<ExitCode> {
    let count = |wanted| linkage.links.iter().filter(|link| link.outcome == wanted).count();
    let (links, reviews) = (count(PairOutcome::Link), count(PairOutcome::Review));
    eprintln!("{links} links, {reviews} pairs for review, {} clusters", linkage.clusters.count());
    if let Some(quality) = &quality {
        let (precision, recall, f1) = (quality.precision, quality.recall, quality.f1);
        eprintln!("against the truth: precision {precision:.5}, recall {recall:.5}, F1 {f1:.5}");
    }
    if args.json {
        let about = |source: &Source| json!({ "source": source.name, "records": source.table.len() });
        let summary = json!({
            "sources": sources.all().iter().map(about).collect::<Vec<_>>(),
            "threshold": args.threshold,
            "links": links,
            "review": reviews,
            "clusters": linkage.clusters.count(),
            "pairs_compared": linkage.compared,
            "blocking": linkage.blocking,
            "training": training,
            "quality": quality,
        });
        let mut out = std::io::stdout().lock();
        writeln!(out, "{summary}").context("standard output is closed")?;
    }
    Ok(ExitCode::SUCCESS)
}
