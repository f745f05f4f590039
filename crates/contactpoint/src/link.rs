//! `contactpoint link`: links the records of CSV files with the matcher of the directory.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use linkage::batch::{
    Blocking, Constraints, Counting, DuplicateRate, Link, LinkOptions, Linkage, PairOutcome, Records, Table,
    USEFUL_THRESHOLDS, link_blocked,
};
use linkage::{Decision, Model, RefinementReport, TrainOptions, TrainingReport};
use rayon::prelude::*;
use serde_json::json;

mod chart;
mod constraints;
mod decisions;
mod explanation;
mod explanation_page;
pub mod html;
mod measured;
mod numbers;
mod obstacles;
mod report;
mod sources;
mod truth;
mod usage;

use explanation::Explainer;
use measured::Measured;
use obstacles::Obstacles;
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
    /// The column that holds the rows' ids, where it is called neither rec_id, id, record_id nor the like.
    #[arg(long, value_name = "NAME")]
    pub id_column: Option<String>,
    /// Link a record to at most one of each other source.
    #[arg(long)]
    pub one_to_one: bool,
    /// Of the children of a source this share has a second record there; 0: none has. Estimated where not given.
    #[arg(long, value_name = "SOURCE=RATE")]
    pub duplicates: Vec<String>,
    /// Pairs that must never come together: source_a,record_id_a,source_b,record_id_b; with a column group, groups.
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
    if let Some(fault) = usage::fault(&args) {
        eprintln!("contactpoint: {fault}");
        return Ok(ExitCode::from(2));
    }
    let model = args.model.as_deref().map(given).transpose()?;
    // Without a model every column that may be compared is read.
    let wanted =
        |column: &str| model.as_ref().map_or_else(|| Model::may_infer(column), |model| model.reads(column));
    let sources =
        Sources::read(&args.files, args.source_column.as_deref(), args.id_column.as_deref(), wanted)?;
    eprintln!("{} records from {} sources", sources.records(), sources.all().len());
    // Every file that is read is read before the work begins: a fault in one must not come after an hour of training.
    let truth = args.truth.as_deref().map(|path| Truth::read(path, &sources)).transpose()?;
    let decided = args.decisions.as_deref().map(|path| decisions::read(path, &sources)).transpose()?;
    let decided = decided.unwrap_or_default();
    let options = options(&args, &sources, truth.as_ref(), &decided)?;
    let (model, records, blocking, training) = fitted(&args, model, &sources)?;
    let (model, refinement) = decisions::refined(&records, model, &decided)?;
    forecast(&model, &records, &blocking, training.as_ref());
    if let Some(path) = &args.save_model {
        std::fs::write(path, model.to_toml())
            .with_context(|| format!("{}: cannot be written", path.display()))?;
    }
    let linkage = link_blocked(&model, &records, &blocking, &options);
    write_links(&args.out, &linkage.links, &sources, &Obstacles::new(&model, &sources))?;
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
    let status = tell(&args, &sources, &linkage, (training.as_ref(), refinement.as_ref()), measured.as_ref());
    // The process ends now and its memory with it: giving back millions of values one by one would take time for nothing.
    std::mem::forget((sources, records, blocking, linkage));
    status
}

/// What will be compared and what it is expected to find, before anything is.
fn forecast(model: &Model, records: &Records, blocking: &Blocking, training: Option<&TrainingReport>) {
    let pairs = blocking.pairs_at_most();
    let a_record = pairs / records.len().max(1) as f64;
    let rules = blocking.costs().count();
    eprintln!(
        "at most {} pairs to compare under {rules} blocking rules, {a_record:.1} a record",
        numbers::whole(pairs)
    );
    let told = training.and_then(|report| report.blocking.as_ref().map(|forecast| forecast.expected_recall));
    let recall =
        told.unwrap_or_else(|| model.forecast_blocking(records, &TrainOptions::default()).expected_recall);
    match recall {
        Some(recall) => {
            eprintln!("they bring together an expected {} of all matches", numbers::percent(recall));
        }
        None => eprintln!("too few matches were seen to tell which share of them the rules bring together"),
    }
    for rule in blocking.costs().filter(|rule| rule.skipped_blocks > 0) {
        eprintln!(
            "rule {:?} has blocks that are too large to be compared: {}",
            rule.rule, rule.skipped_blocks
        );
    }
}

fn options(
    args: &LinkArgs,
    sources: &Sources,
    truth: Option<&Truth>,
    decided: &[Decision],
) -> anyhow::Result<LinkOptions> {
    let mut constraints = match &args.constraints {
        Some(path) => constraints::read(path, sources)?,
        None => Constraints::default(),
    };
    // What a person decided stands, whatever the refined model makes of it.
    for Decision { left, right, same } in decided {
        let stands = if *same { &mut constraints.together } else { &mut constraints.never };
        stands.push((*left, *right));
    }
    // Pairs too light to be kept are counted only for those who want to know of them.
    let counting = (truth.is_some() || args.report.is_some()).then(|| {
        let thresholds: Vec<f64> = USEFUL_THRESHOLDS.into_iter().chain([args.threshold]).collect();
        Counting::new(truth.map(|truth| truth.person.clone()).unwrap_or_default(), &thresholds)
    });
    Ok(LinkOptions {
        threshold: args.threshold,
        one_to_one: args.one_to_one,
        duplicates: constraints::duplicate_rates(&args.duplicates, sources)?,
        constraints,
        counting,
        ..LinkOptions::default()
    })
}

/// The model of a name or a file.
fn given(path: &Path) -> anyhow::Result<Model> {
    if path.as_os_str() == "children" {
        return Ok(Model::children());
    }
    let text =
        std::fs::read_to_string(path).with_context(|| format!("{}: cannot be read", path.display()))?;
    Model::from_toml(&text).with_context(|| path.display().to_string())
}

/// The model given, or one built from the files; and the records prepared by it.
fn fitted(
    args: &LinkArgs,
    model: Option<Model>,
    sources: &Sources,
) -> anyhow::Result<(Model, Records, Blocking, Option<TrainingReport>)> {
    let tables: Vec<&Table> = sources.all().iter().map(|source| &source.table).collect();
    let Some(model) = model else {
        let ignore: Vec<&str> =
            args.source_column.iter().map(String::as_str).chain(sources.id_columns()).collect();
        let options = TrainOptions { seed: args.seed, ..TrainOptions::default() };
        let fitted = Model::fit(&tables, &ignore, sources.scope(), &options)?;
        let report = fitted.training.report;
        for warning in &report.warnings {
            eprintln!("note: {warning}");
        }
        return Ok((fitted.training.model, fitted.records, fitted.blocking, Some(report)));
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
    for source in sources.all() {
        let missing = model.fields_missing_in(&source.table);
        if !missing.is_empty() {
            eprintln!(
                "note: {} has no column for {}; they are taken for unknown there",
                source.file.display(),
                missing.join(", ")
            );
        }
    }
    let records = Records::of_tables(&model, &tables, sources.scope());
    let blocking = Blocking::new(&model, &records, LinkOptions::default().block_cap);
    Ok((model, records, blocking, None))
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

/// Links formatted in one piece of work, and such pieces held at a time.
const LINKS_A_PIECE: usize = 8192;
const PIECES: usize = 32;

fn write_links(path: &Path, links: &[Link], sources: &Sources, obstacles: &Obstacles) -> anyhow::Result<()> {
    let mut out = create(path)?;
    let cannot = || format!("{}: cannot be written", path.display());
    let header =
        "left_source,left_id,right_source,right_id,match_weight,match_probability,outcome,obstacle\n";
    out.write_all(header.as_bytes()).with_context(cannot)?;
    for lot in links.chunks(LINKS_A_PIECE * PIECES) {
        let pieces: Vec<anyhow::Result<Vec<u8>>> =
            lot.par_chunks(LINKS_A_PIECE).map(|piece| rows_of(piece, sources, obstacles)).collect();
        for piece in pieces {
            out.write_all(&piece?).with_context(cannot)?;
        }
    }
    out.flush().with_context(cannot)
}

fn rows_of(links: &[Link], sources: &Sources, obstacles: &Obstacles) -> anyhow::Result<Vec<u8>> {
    let mut rows = csv::Writer::from_writer(Vec::with_capacity(96 * links.len()));
    let (mut weight, mut probability) = (String::new(), String::new());
    for link in links {
        let (left, right) = (sources.name(link.left), sources.name(link.right));
        weight.clear();
        write!(weight, "{:.4}", link.weight)?;
        probability.clear();
        write!(probability, "{:.6}", link.probability)?;
        let (outcome, obstacle) = (outcome(link), obstacles.code(link));
        rows.write_record([left.0, &left.1, right.0, &right.1, &weight, &probability, outcome, &obstacle])?;
    }
    rows.into_inner().context("rows cannot be put together")
}

fn write_clusters(path: &Path, linkage: &Linkage, sources: &Sources) -> anyhow::Result<()> {
    let mut out = csv::Writer::from_writer(create(path)?);
    out.write_record(["source", "record_id", "cluster_id"])?;
    for record in 0..sources.records() as u32 {
        let (source, id) = sources.name(record);
        let cluster = linkage.clusters.of(record).to_string();
        out.write_record([source, &id, &cluster])?;
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
        let rate = |rate: &DuplicateRate| {
            let source =
                sources.all().get(usize::from(rate.source)).map_or("", |source| source.name.as_str());
            json!({ "source": source, "rate": rate.rate, "declared": rate.declared })
        };
        let about = |source: &Source| json!({ "source": source.name, "records": source.table.len() });
        let summary = json!({
            "sources": sources.all().iter().map(about).collect::<Vec<_>>(),
            "threshold": args.threshold,
            "links": links,
            "review": reviews,
            "clusters": linkage.clusters.count(),
            "duplicates": linkage.statistics.duplicates.iter().map(rate).collect::<Vec<_>>(),
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
