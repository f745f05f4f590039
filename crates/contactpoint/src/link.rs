//! `contactpoint link`: links the records of CSV files with the matcher of the directory.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use linkage::batch::{
    Counting, Link, LinkOptions, Linkage, PairOutcome, Records, Table, USEFUL_THRESHOLDS, link_files,
};
use linkage::{Model, RefinementReport, TrainOptions, TrainingReport};
use serde_json::json;

mod chart;
mod decisions;
mod explanation;
mod explanation_page;
mod html;
mod measured;
mod numbers;
mod report;
mod sources;
mod truth;

use explanation::Explainer;
use measured::Measured;
use sources::{Source, Sources};
use truth::Truth;

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
    /// Pairs a person decided about, to refine the model by: left_source,left_id,right_source,right_id,decision (link or apart).
    /// The links of an earlier run will do, with the outcome changed where a person looked and the other rows taken out.
    #[arg(long, value_name = "FILE")]
    pub decisions: Option<PathBuf>,
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
    /// Write why, field by field, with the values compared: for every pair as JSON, or for those nearest to the
    /// threshold as a page when the name ends in .html. It holds personal data: keep it where the files are kept.
    #[arg(long, value_name = "FILE")]
    pub explain: Option<PathBuf>,
    /// Write a report of the run, a page that needs nothing beside itself. It holds counts and no values.
    #[arg(long, value_name = "FILE.html")]
    pub report: Option<PathBuf>,
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
    let (model, refinement) = decisions::refined(&args, &sources, &records, model)?;
    forecast(&model, &records, training.as_ref());
    if let Some(path) = &args.save_model {
        std::fs::write(path, model.to_toml())
            .with_context(|| format!("{}: cannot be written", path.display()))?;
    }
    let truth = args.truth.as_deref().map(|path| Truth::read(path, &sources)).transpose()?;
    let options = options(&args, &sources, truth.as_ref())?;
    let linkage = link_files(&model, &records, &options);
    write_links(&args.out, &linkage.links, &sources)?;
    if let Some(path) = &args.clusters {
        write_clusters(path, &linkage, &sources)?;
    }
    if let Some(path) = &args.explain {
        write_explanations(path, &Explainer::new(&model, &sources, &records, &options), &linkage.links)?;
    }
    let measured = truth.and_then(|truth| Measured::new(&linkage, &records, &model, &options, &truth));
    if let Some(path) = &args.report {
        let page = report::page(&report::Run {
            sources: &sources,
            records: &records,
            model: &model,
            options: &options,
            seed: args.seed,
            training: training.as_ref(),
            linkage: &linkage,
            measured: measured.as_ref(),
        });
        std::fs::write(path, page).with_context(|| format!("{}: cannot be written", path.display()))?;
    }
    tell(&args, &sources, &linkage, (training.as_ref(), refinement.as_ref()), measured.as_ref())
}

/// What blocking is expected to cost and to find, before it runs.
fn forecast(model: &Model, records: &Records, training: Option<&TrainingReport>) {
    let told = training.and_then(|report| report.blocking.clone());
    let forecast = told.unwrap_or_else(|| model.forecast_blocking(records, &TrainOptions::default()));
    let a_record = forecast.expected_pairs / records.len().max(1) as f64;
    let (rules, pairs) = (forecast.rules.len(), numbers::whole(forecast.expected_pairs));
    eprintln!("about {pairs} pairs to compare under {rules} blocking rules, {a_record:.1} a record");
    match forecast.expected_recall {
        Some(recall) => {
            eprintln!("they bring together an expected {} of all matches", numbers::percent(recall))
        }
        None => eprintln!("too few matches were seen to tell which share of them the rules bring together"),
    }
    for rule in forecast.rules.iter().filter(|rule| rule.has_skipped_blocks) {
        eprintln!("rule {:?} has blocks that are too large to be compared", rule.rule);
    }
}

fn options(args: &LinkArgs, sources: &Sources, truth: Option<&Truth>) -> anyhow::Result<LinkOptions> {
    let never = match &args.constraints {
        Some(path) => constraints(path, sources)?,
        None => Vec::new(),
    };
    // Pairs too light to be kept are counted only for those who want to know of them.
    let counting = (truth.is_some() || args.report.is_some()).then(|| {
        let thresholds: Vec<f64> = USEFUL_THRESHOLDS.into_iter().chain([args.threshold]).collect();
        Counting::new(truth.map(|truth| truth.person.clone()).unwrap_or_default(), &thresholds)
    });
    Ok(LinkOptions {
        threshold: args.threshold,
        one_to_one: args.one_to_one,
        never,
        counting,
        ..LinkOptions::default()
    })
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

/// A page or a JSON array, by the ending of the name.
fn write_explanations(path: &Path, explainer: &Explainer, links: &[Link]) -> anyhow::Result<()> {
    let is_page = |ending: &std::ffi::OsStr| ending.eq_ignore_ascii_case("html");
    let mut out = create(path)?;
    let written = if path.extension().is_some_and(is_page) {
        out.write_all(explanation_page::page(explainer, links).as_bytes())
    } else {
        explainer.write_json(links, &mut out)
    };
    written.and_then(|()| out.flush()).with_context(|| format!("{}: cannot be written", path.display()))
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

/// In short on standard error, and as JSON on standard output.
fn tell(
    args: &LinkArgs,
    sources: &Sources,
    linkage: &Linkage,
    (training, refinement): (Option<&TrainingReport>, Option<&RefinementReport>),
    measured: Option<&Measured>,
) -> anyhow::Result<ExitCode> {
    let count = |wanted| linkage.links.iter().filter(|link| link.outcome == wanted).count();
    let (links, reviews) = (count(PairOutcome::Link), count(PairOutcome::Review));
    eprintln!("{links} links, {reviews} pairs for review, {} clusters", linkage.clusters.count());
    if let Some(measured) = measured {
        measured.tell();
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
            "refinement": refinement,
            "quality": measured,
        });
        let mut out = std::io::stdout().lock();
        writeln!(out, "{summary}").context("standard output is closed")?;
    }
    Ok(ExitCode::SUCCESS)
}
