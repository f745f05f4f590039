//! `link` and `population` from the command line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::feed_files;
use crate::installation::{invent, run};

/// Links two small files and returns the links as rows.
fn link(folder: &Path, more: &[&str]) -> (Value, Vec<Vec<String>>) {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (left, right, out) = (path("nhs-gp.csv"), path("schools-census.csv"), path("links.csv"));
    let mut arguments = vec!["link", &left, &right, "--model", "children", "--out", &out, "--json"];
    arguments.extend_from_slice(more);
    let report = run(&arguments).ended(0).json();
    let (header, rows) = feed_files::read(&folder.join("links.csv"));
    let expected = [
        "left_source",
        "left_id",
        "right_source",
        "right_id",
        "match_weight",
        "match_probability",
        "outcome",
        "obstacle",
    ];
    assert_eq!(header, expected);
    (report, rows)
}

#[test]
fn two_files_are_linked_by_the_shipped_model_and_measured_against_the_truth() {
    let folder = tempfile::tempdir().unwrap();
    invent(200, 5, folder.path());
    let truth = folder.path().join("truth.csv");
    let (report, links) = link(folder.path(), &["--truth", truth.to_str().unwrap()]);
    let linked = links.iter().filter(|row| row[6] == "link").count();
    assert!(linked > 50, "{report}");
    for row in &links {
        assert!(row[0] == "nhs-gp" && row[2] == "schools-census", "{row:?}");
        let (weight, probability): (f64, f64) = (row[4].parse().unwrap(), row[5].parse().unwrap());
        assert!(weight.is_finite() && (0.0..=1.0).contains(&probability), "{row:?}");
        assert!(matches!(row[6].as_str(), "link" | "review"), "{row:?}");
        assert_eq!(row[7].is_empty(), row[6] == "link", "a review says what stood in its way: {row:?}");
    }
    // The same again gives the same bytes.
    let first = std::fs::read(folder.path().join("links.csv")).unwrap();
    link(folder.path(), &[]);
    assert_eq!(std::fs::read(folder.path().join("links.csv")).unwrap(), first);
}

#[test]
fn decisions_of_a_person_refine_the_model_and_bad_ones_are_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    invent(200, 5, folder.path());
    let (_, links) = link(folder.path(), &[]);
    let reviewed = folder.path().join("reviewed.csv");
    let write = |word: &dyn Fn(usize) -> &'static str| {
        let mut text =
            "left_source,left_id,right_source,right_id,match_weight,match_probability,outcome\n".to_owned();
        for (number, row) in links.iter().enumerate() {
            text += &format!("{},{}\n", row[..6].join(","), word(number));
        }
        std::fs::write(&reviewed, text).unwrap();
    };
    write(&|number| ["link", "link", "link", "apart", "review"][number % 5]);
    let more = ["--decisions", reviewed.to_str().unwrap()];
    let (report, _) = link(folder.path(), &more);
    let refinement = &report["refinement"];
    let (confirmed, refused) =
        (refinement["confirmed"].as_u64().unwrap(), refinement["refused"].as_u64().unwrap());
    assert_eq!(refused, (0..links.len()).filter(|number| number % 5 == 3).count() as u64);
    assert_eq!(confirmed, (0..links.len()).filter(|number| number % 5 < 3).count() as u64);
    assert!(refinement["surprise_after"].as_f64() <= refinement["surprise_before"].as_f64(), "{refinement}");
    write(&|_| "perhaps");
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (left, right, out) = (path("nhs-gp.csv"), path("schools-census.csv"), path("links.csv"));
    let ended = run(["link", &left, &right, "--model", "children", "--out", &out, more[0], more[1]]);
    let told = ended.ended(3).err;
    assert!(told.contains("line 2") && told.contains("neither link nor apart"), "{told}");
}

/// The links of a run against the truth, counted without the matcher: from `links.csv` and `truth.csv`.
struct Recount {
    /// Of every pair listed: whether it is one person, its probability, whether it is linked.
    pairs: Vec<(bool, f64, bool)>,
    /// By naming pattern, the true pairs and those linked.
    patterns: BTreeMap<String, (u64, u64)>,
}

fn record_ids(folder: &Path, source: &str) -> BTreeSet<String> {
    let (header, rows) = feed_files::read(&folder.join(format!("{source}.csv")));
    let at = header.iter().position(|column| column == "record_id").unwrap();
    rows.into_iter().map(|mut row| row.swap_remove(at)).collect()
}

impl Recount {
    fn new(folder: &Path, links: &[Vec<String>]) -> Self {
        let (header, rows) = feed_files::read(&folder.join("truth.csv"));
        let column = |name: &str| header.iter().position(|column| column == name).unwrap();
        let columns = ["source", "record_id", "identity_id", "naming_pattern"].map(column);
        let [source, id, identity, pattern] = columns;
        let (mut identities, mut records) = (BTreeMap::new(), BTreeMap::<_, [Vec<_>; 2]>::new());
        // The truth tells of the census's earlier terms too: of pupils who are not in the file.
        let files = ["nhs-gp", "schools-census"].map(|name| (name, record_ids(folder, name)));
        for row in &rows {
            let holds =
                |(name, ids): &(&str, BTreeSet<String>)| *name == row[source] && ids.contains(&row[id]);
            let Some(file) = files.iter().position(holds) else {
                continue;
            };
            identities.insert((row[source].clone(), row[id].clone()), row[identity].clone());
            records.entry(row[identity].clone()).or_default()[file]
                .push((row[id].clone(), row[pattern].clone()));
        }
        let linked: BTreeSet<_> =
            links.iter().filter(|row| row[6] == "link").map(|row| (&row[1], &row[3])).collect();
        let mut patterns = BTreeMap::<String, (u64, u64)>::new();
        for [left, right] in records.values() {
            for ((a, pattern), (b, _)) in left.iter().flat_map(|a| right.iter().map(move |b| (a, b))) {
                let counts = patterns.entry(pattern.clone()).or_default();
                counts.0 += 1;
                counts.1 += u64::from(linked.contains(&(a, b)));
            }
        }
        let of = |source: &String, id: &String| identities[&(source.clone(), id.clone())].clone();
        let pair = |row: &Vec<String>| {
            let same = of(&row[0], &row[1]) == of(&row[2], &row[3]);
            (same, row[5].parse().unwrap(), row[6] == "link")
        };
        Self { pairs: links.iter().map(pair).collect(), patterns }
    }

    fn true_pairs(&self) -> u64 {
        self.patterns.values().map(|(pairs, _)| pairs).sum()
    }

    /// Right and wrong pairs among those chosen.
    fn right_and_wrong(&self, chosen: impl Fn(f64, bool) -> bool) -> (u64, u64) {
        let chosen = || self.pairs.iter().filter(|(_, probability, linked)| chosen(*probability, *linked));
        let right = chosen().filter(|(same, ..)| *same).count();
        (right as u64, (chosen().count() - right) as u64)
    }
}

#[track_caller]
fn near(value: &Value, expected: f64) {
    assert!((value.as_f64().unwrap() - expected).abs() < 1e-6, "{value} is not {expected}");
}

/// Counts right, wrong and missed, and the shares that follow from them.
#[track_caller]
fn is_quality(told: &Value, (right, wrong): (u64, u64), true_pairs: u64) {
    let counts = ["true_links", "false_links", "missed"].map(|name| told[name].as_u64().unwrap());
    assert_eq!(counts, [right, wrong, true_pairs - right], "{told}");
    let precision = if right + wrong == 0 { 1.0 } else { right as f64 / (right + wrong) as f64 };
    let recall = right as f64 / true_pairs as f64;
    near(&told["precision"], precision);
    near(&told["recall"], recall);
    near(&told["f1"], 2.0 * precision * recall / (precision + recall));
}

#[test]
fn curve_calibration_and_fairness_are_what_links_and_truth_say() {
    let folder = tempfile::tempdir().unwrap();
    invent(1000, 8, folder.path());
    let truth = folder.path().join("truth.csv");
    let (told, links) = link(folder.path(), &["--truth", truth.to_str().unwrap()]);
    let (quality, counted) = (&told["quality"], Recount::new(folder.path(), &links));
    is_quality(quality, counted.right_and_wrong(|_, linked| linked), counted.true_pairs());

    // Pairs from 0.5 up are listed, so that much of the curve can be told from the files.
    let listed = |point: &&Value| point["threshold"].as_f64().unwrap() >= 0.5;
    let points: Vec<&Value> = quality["curve"].as_array().unwrap().iter().filter(listed).collect();
    assert!(points.len() >= 7, "{quality}");
    for point in points {
        let threshold = point["threshold"].as_f64().unwrap();
        let found = counted.right_and_wrong(|probability, _| probability >= threshold);
        is_quality(point, found, counted.true_pairs());
    }
    is_calibration(&quality["reliability"], &counted, &told["pairs_compared"]);
    is_fair(&quality["fairness"], &counted);
}

#[test]
fn one_to_one_is_measured_as_it_decides() {
    let folder = tempfile::tempdir().unwrap();
    invent(1000, 8, folder.path());
    let truth = folder.path().join("truth.csv");
    let (told, links) = link(folder.path(), &["--truth", truth.to_str().unwrap(), "--one-to-one"]);
    let (quality, counted) = (&told["quality"], Recount::new(folder.path(), &links));
    is_quality(quality, counted.right_and_wrong(|_, linked| linked), counted.true_pairs());
    is_calibration(&quality["reliability"], &counted, &told["pairs_compared"]);
    let mut points = quality["curve"].as_array().unwrap().iter();
    let own = &points.find(|point| point["threshold"] == told["threshold"]).unwrap()["assigned"];
    for figure in own.as_object().unwrap().keys() {
        assert_eq!(own[figure], quality[figure], "{figure}");
    }
}

/// The upper half of the table can be told from the files, because pairs from 0.5 up are listed.
fn is_calibration(reliability: &Value, counted: &Recount, compared: &Value) {
    let bins = reliability["bins"].as_array().unwrap();
    assert_eq!(bins.len(), 10);
    for bin in &bins[5..] {
        let (from, to) = (bin["from"].as_f64().unwrap(), bin["to"].as_f64().unwrap());
        let within = |probability: f64| from <= probability && (probability < to || to == 1.0);
        let (right, wrong) = counted.right_and_wrong(|probability, _| within(probability));
        assert_eq!((&bin["true_pairs"], &bin["pairs"]), (&right.into(), &(right + wrong).into()), "{bin}");
        if right + wrong > 0 {
            let stated = counted.pairs.iter().map(|pair| pair.1).filter(|probability| within(*probability));
            near(&bin["mean_probability"], stated.sum::<f64>() / (right + wrong) as f64);
            near(&bin["share_true"], right as f64 / (right + wrong) as f64);
        }
    }
    let known: u64 = bins.iter().map(|bin| bin["pairs"].as_u64().unwrap()).sum();
    assert_eq!(Value::from(known), *compared, "the truth knows every record");
    let gap = |bin: &Value| match bin["mean_probability"].as_f64() {
        Some(mean) => bin["pairs"].as_f64().unwrap() * (mean - bin["share_true"].as_f64().unwrap()).abs(),
        None => 0.0,
    };
    near(&reliability["expected_calibration_error"], bins.iter().map(gap).sum::<f64>() / known as f64);
}

fn is_fair(fairness: &Value, counted: &Recount) {
    let groups = fairness["groups"].as_array().unwrap();
    assert_eq!(groups.len(), counted.patterns.len());
    let mut recalls = Vec::new();
    for (group, (name, (pairs, linked))) in groups.iter().zip(&counted.patterns) {
        assert_eq!(
            (&group["group"], &group["true_pairs"], &group["linked"]),
            (&name.as_str().into(), &(*pairs).into(), &(*linked).into())
        );
        near(&group["recall"], *linked as f64 / *pairs as f64);
        recalls.extend((*pairs >= 30).then_some(100.0 * *linked as f64 / *pairs as f64));
    }
    let ends = recalls.iter().fold((100.0, 0.0), |(low, high), recall| (recall.min(low), recall.max(high)));
    assert!(recalls.len() > 1, "{fairness}");
    near(&fairness["largest_difference_points"], ends.1 - ends.0);
}

/// Puts markup into every address of the practices' file.
fn with_markup(folder: &Path) {
    let path = folder.join("nhs-gp.csv");
    let (header, mut rows) = feed_files::read(&path);
    let address = header.iter().position(|column| column == "address_line_1").unwrap();
    rows.iter_mut().for_each(|row| row[address] += " <script>alert(1)</script>");
    feed_files::write(&path, &header, &rows);
}

#[test]
fn report_and_explanation_are_pages_that_need_nothing_else_and_keep_markup_harmless() {
    let folder = tempfile::tempdir().unwrap();
    invent(200, 5, folder.path());
    with_markup(folder.path());
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (truth, report) = (path("truth.csv"), path("report.html"));
    let (page, json) = (path("why.html"), path("why.json"));
    let (_, links) = link(folder.path(), &["--truth", &truth, "--report", &report, "--explain", &page]);
    link(folder.path(), &["--explain", &json]);
    let [report, page, json] = [report, page, json].map(|path| std::fs::read_to_string(path).unwrap());
    for page in [&report, &page] {
        assert!(page.contains("<svg") && page.ends_with("</html>\n"));
        for outside in ["http", "<script", "src=", "href=", "url(", "@import", "<link"] {
            assert!(!page.contains(outside), "{outside}");
        }
        let ids: Vec<&str> =
            page.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "ids are unique");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(!report.contains("alert(1)"), "a report holds no values");

    let explained: Vec<Value> = serde_json::from_str(&json).unwrap();
    assert_eq!(explained.len(), links.len());
    for pair in &explained {
        let fields = pair["fields"].as_array().unwrap();
        let sum: f64 = fields.iter().map(|field| field["weight"].as_f64().unwrap()).sum();
        near(&pair["match_weight"], sum);
        for field in fields {
            let home = field["field"] == "home" && field["level"] != "missing";
            assert!(!home || field["left_value"].as_str().unwrap().contains("<script>"), "{field}");
            let of_no_field = field["field"] == "relation" || field["field"] == "new identity";
            assert_eq!(field["left_value"].is_null(), of_no_field, "{field}");
        }
    }
    assert_eq!(page.matches("<article").count(), links.len().min(200));
}

/// Two files in which one child has two records in the second, and another a different NHS number.
fn two_small_files(folder: &Path) {
    let header = "record_id,forenames,surname,date_of_birth,gender,postcode,address,nhs_number\n";
    let joseph = "Joseph,Hughes,2013-04-09,M,LS6 1AB,12 High Street,";
    let amina = "Amina,Okafor,2016-01-20,F,M1 1AE,3 Elm Road,";
    let left = format!("{header}1,{joseph}\n2,{amina}9434765919\n");
    let joe = joseph.replace("Joseph", "Joe");
    let right = format!("{header}1,{joseph}\n2,{joe}\n3,{amina}4010232137\n");
    std::fs::write(folder.join("left.csv"), left).unwrap();
    std::fs::write(folder.join("right.csv"), right).unwrap();
}

/// What became of each pair of the two small files: ids, outcome and obstacle.
fn outcomes(folder: &Path, more: &[&str]) -> Vec<[String; 4]> {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (left, right, out) = (path("left.csv"), path("right.csv"), path("links.csv"));
    let mut arguments = vec!["link", &left, &right, "--model", "children", "--out", &out];
    arguments.extend_from_slice(more);
    run(&arguments).ended(0);
    let (_, rows) = feed_files::read(&folder.join("links.csv"));
    let mut rows: Vec<[String; 4]> =
        rows.iter().map(|row| [1, 3, 6, 7].map(|column| row[column].clone())).collect();
    rows.sort();
    rows
}

#[test]
fn a_pair_for_review_says_what_stood_in_its_way() {
    let folder = tempfile::tempdir().unwrap();
    two_small_files(folder.path());
    let explained = folder.path().join("why.json");
    let given = ["--duplicates", "right=0", "--explain", explained.to_str().unwrap()];
    let told = outcomes(folder.path(), &given);
    let expected = [
        ["1", "1", "link", ""],
        ["1", "2", "review", "second_record:right"],
        ["2", "3", "review", "contradiction:nhs_number"],
    ];
    assert_eq!(told, expected);
    let why: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(&explained).unwrap()).unwrap();
    let obstacles: BTreeSet<&str> = why.iter().map(|pair| pair["obstacle"].as_str().unwrap()).collect();
    assert_eq!(obstacles, BTreeSet::from(["", "second_record:right", "contradiction:nhs_number"]));
    let page = folder.path().join("why.html");
    let told = outcomes(folder.path(), &["--one-to-one", "--explain", page.to_str().unwrap()]);
    assert_eq!(told[1], ["1", "2", "review", "better_partner"]);
    let page = std::fs::read_to_string(&page).unwrap();
    assert!(page.contains("has another partner") && page.contains("nhs_number contradicts it"));
    let told = outcomes(folder.path(), &["--duplicates", "right=0.5"]);
    assert_eq!(told[1], ["1", "2", "link", ""]);
}

#[test]
fn groups_of_the_constraints_are_kept_apart_whole() {
    let folder = tempfile::tempdir().unwrap();
    two_small_files(folder.path());
    let list = folder.path().join("constraints.csv");
    let with = |rows: &str| {
        let header = "source_a,record_id_a,source_b,record_id_b,why,group\n";
        std::fs::write(&list, format!("{header}{rows}")).unwrap();
        outcomes(folder.path(), &["--constraints", list.to_str().unwrap()])
    };
    let told = with("left,1,,,seal,a\n,,right,2,seal,a\n,,right,1,seal,a\n,,elsewhere,9,seal,a\n");
    assert_eq!(told, [["2", "3", "review", "contradiction:nhs_number"]], "they are not even asked about");
    let told = with("left,1,right,1,adoption,\n");
    assert_eq!(told[0], ["1", "2", "link", ""]);
}

#[test]
fn a_rate_of_second_records_is_of_a_source_and_a_share() {
    let folder = tempfile::tempdir().unwrap();
    two_small_files(folder.path());
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (left, right, out) = (path("left.csv"), path("right.csv"), path("links.csv"));
    for (given, status, told) in
        [("right=2", 2, "0 (none) to 1"), ("right", 2, "SOURCE=RATE"), ("middle=0.1", 3, "left, right")]
    {
        let ran = run(["link", &left, &right, "--model", "children", "--out", &out, "--duplicates", given]);
        assert!(
            ran.status == Some(status) && ran.err.contains(told),
            "{given}: {:?} {}",
            ran.status,
            ran.err
        );
    }
}

#[test]
fn linking_says_which_file_is_wrong_and_how() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.csv");
    let out = folder.path().join("links.csv");
    let (missing, out) = (missing.to_str().unwrap(), out.to_str().unwrap());
    let ran = run(["link", missing, "--out", out]);
    assert!(ran.status == Some(3) && ran.err.contains("missing.csv"), "{:?} {}", ran.status, ran.err);
    run(["link", missing]).ended(2);
    run(["link", missing, "--out", out, "--threshold", "2"]).ended(2);
}

/// Writes a file of people and returns its path.
fn people(folder: &Path, name: &str, header: &str, rows: impl IntoIterator<Item = String>) -> String {
    let path = folder.join(name);
    let rows: Vec<String> = rows.into_iter().collect();
    std::fs::write(&path, format!("{header}\n{}\n", rows.join("\n"))).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Rows of somebody each, told apart by the last column.
fn somebody(count: usize) -> impl Iterator<Item = String> {
    let names = ["Okafor", "Nowak", "Hughes", "Patel", "Silva", "Khan", "Brown"];
    (0..count).map(move |row| {
        format!("Ada{},{},2011-{:02}-{:02},v{row}", row % 13, names[row % 7], 1 + row % 12, 1 + row % 28)
    })
}

#[test]
fn a_quotation_mark_that_is_never_closed_is_told_by_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows: Vec<String> = somebody(9).collect();
    rows[4] = "Ada4,Silva,2011-05-05,\"v4".into();
    let file = people(folder.path(), "open.csv", "forename,surname,dob,voter", rows);
    let out = folder.path().join("links.csv");
    let ran = run(["link", &file, "--out", out.to_str().unwrap()]);
    assert!(ran.status == Some(3) && ran.err.contains("line 6"), "{:?} {}", ran.status, ran.err);
}

#[test]
fn what_would_overwrite_a_file_or_has_no_folder_is_refused_before_anything_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = people(folder.path(), "a.csv", "forename,surname,dob,id", somebody(9));
    let before = std::fs::read(&file).unwrap();
    let out = folder.path().join("links.csv").to_str().unwrap().to_owned();
    for (arguments, said) in [
        (vec!["--out", &file], "--out"),
        (vec!["--out", &out, "--clusters", &out], "--clusters"),
        (vec!["--out", "nowhere/at/all/links.csv"], "no folder"),
        (vec!["--out", &out, "--one-to-one"], "--source-column"),
    ] {
        let ran = run(["link", file.as_str()].into_iter().chain(arguments));
        assert!(ran.status == Some(2) && ran.err.contains(said), "{:?} {}", ran.status, ran.err);
    }
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn rows_are_told_apart_by_the_column_that_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = people(folder.path(), "a.csv", "forename,surname,dob,voter", somebody(40));
    let (out, clusters) = (folder.path().join("links.csv"), folder.path().join("clusters.csv"));
    let (out, clusters) = (out.to_str().unwrap(), clusters.to_str().unwrap());
    run(["link", &file, "--id-column", "voter", "--out", out, "--clusters", clusters]).ended(0);
    let (_, rows) = feed_files::read(&folder.path().join("clusters.csv"));
    assert_eq!(rows[3][1], "v3");
    let ran = run(["link", &file, "--id-column", "nobody", "--out", out]);
    assert!(ran.status == Some(3) && ran.err.contains("nobody"), "{:?} {}", ran.status, ran.err);
}

#[test]
fn a_truth_about_other_records_is_no_truth() {
    let folder = tempfile::tempdir().unwrap();
    let file = people(folder.path(), "a.csv", "forename,surname,dob,id", somebody(40));
    let truth = people(folder.path(), "t.csv", "source,record_id,person_id", ["b,v1,1".to_owned()]);
    let out = folder.path().join("links.csv");
    let ran = run(["link", &file, "--out", out.to_str().unwrap(), "--truth", &truth]);
    assert!(
        ran.status == Some(3) && ran.err.contains("none of the 40 records"),
        "{:?} {}",
        ran.status,
        ran.err
    );
    assert!(!ran.err.contains("pairs to compare"), "it is told before the work begins: {}", ran.err);
}

#[test]
fn an_id_of_the_constraints_that_no_file_has_is_named() {
    let folder = tempfile::tempdir().unwrap();
    two_small_files(folder.path());
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let list = path("constraints.csv");
    let rows = "source_a,record_id_a,source_b,record_id_b\nleft,1,right,l0\nleft,1,elsewhere,9\n";
    std::fs::write(&list, rows).unwrap();
    let (left, right, out) = (path("left.csv"), path("right.csv"), path("links.csv"));
    let ran =
        run(["link", &left, &right, "--model", "children", "--out", &out, "--constraints", &list]).ended(0);
    assert!(ran.err.contains("line 2: right has no record \"l0\""), "{}", ran.err);
    assert!(!ran.err.contains("elsewhere"), "one list serves many runs: {}", ran.err);
}

#[test]
fn the_same_arguments_invent_the_same_bytes_and_another_seed_others() {
    let folder = tempfile::tempdir().unwrap();
    for (name, seed) in [("one", 9), ("two", 9), ("other", 10)] {
        invent(100, seed, &folder.path().join(name));
    }
    let names = |name: &str| {
        let entries = std::fs::read_dir(folder.path().join(name)).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names("one"), names("two"));
    for source in crate::installation::SOURCES {
        assert!(names("one").contains(&format!("{source}.csv")), "{source}");
    }
    let bytes = |name: &str, file: &str| std::fs::read(folder.path().join(name).join(file)).unwrap();
    for file in names("one") {
        assert_eq!(bytes("one", &file), bytes("two", &file), "{file}");
    }
    assert_ne!(bytes("one", "nhs-gp.csv"), bytes("other", "nhs-gp.csv"));
}
