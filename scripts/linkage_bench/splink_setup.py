"""A well-set Splink (DuckDB) for the sources of the invented population and for FEBRL; docs/population.md describes
the set-up for children. Needs the packages of the virtual environment."""

import pathlib

import pandas
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

IDENTIFIERS = ["nhs_number", "upn", "birth_registration", "child_benefit_number"]


def read_children(path: pathlib.Path) -> pandas.DataFrame:
    """One source as Splink wants it: cleaned as anybody would clean it, missing as None."""
    frame = pandas.read_csv(path, dtype=str, keep_default_na=False, na_values=[])
    clean = pandas.DataFrame({"unique_id": frame["record_id"]})
    forenames = frame["forenames"].str.lower().str.strip()
    clean["first_name"] = forenames.str.split(" ").str[0]
    clean["middle_names"] = forenames.str.split(" ", n=1).str[1]
    clean["surname"] = frame["surname"].str.lower().str.strip()
    whole = frame["date_of_birth"].str.len() == 10
    clean["dob"] = frame["date_of_birth"].where(whole)
    clean["gender"] = frame["gender"].where(frame["gender"] != "N")
    clean["postcode"] = frame["postcode"].str.upper().str.strip()
    for identifier in IDENTIFIERS:
        if identifier in frame:
            clean[identifier] = frame[identifier]
    return empty_as_none(clean)


def read_febrl(path: pathlib.Path) -> pandas.DataFrame:
    """A FEBRL file; a blank follows each of its commas."""
    frame = pandas.read_csv(path, dtype=str, keep_default_na=False, na_values=[], skipinitialspace=True)
    frame = frame.rename(columns=str.strip).apply(lambda column: column.str.strip().str.lower())
    return empty_as_none(frame.rename(columns={"rec_id": "unique_id"}))


def empty_as_none(frame: pandas.DataFrame) -> pandas.DataFrame:
    """Splink takes None for missing."""
    return frame.replace({"": None}).astype(object).where(lambda table: table.notna(), None)


def link_children(frames: list[pandas.DataFrame]) -> Linker:
    """A linker for two sources of children, trained on them."""
    shared = [name for name in IDENTIFIERS if all(name in frame for frame in frames)]
    comparisons = [
        cl.NameComparison("first_name").configure(term_frequency_adjustments=True),
        cl.NameComparison("surname").configure(term_frequency_adjustments=True),
        cl.DateOfBirthComparison(
            "dob",
            input_is_string=True,
            datetime_metrics=["month", "year", "year"],
            datetime_thresholds=[1, 1, 10],
        ),
        cl.ExactMatch("gender"),
        cl.PostcodeComparison("postcode"),
        cl.JaroWinklerAtThresholds("middle_names", [0.9]),
        *(cl.ExactMatch(name) for name in shared),
    ]
    rules = [
        block_on("surname", "dob"),
        block_on("first_name", "dob"),
        block_on("first_name", "surname"),
        block_on("dob", "postcode"),
        block_on("postcode", "first_name"),
        block_on("postcode", "surname", "gender"),
        block_on("substr(first_name,1,3)", "substr(surname,1,4)", "substr(dob,1,4)"),
        *(block_on(name) for name in shared),
    ]
    certain = [block_on("first_name", "surname", "dob"), block_on("surname", "dob", "postcode")]
    passes = [block_on("first_name", "surname"), block_on("dob", "gender"), block_on("postcode", "first_name")]
    return trained(frames, comparisons, rules, certain, 0.85, passes)


def link_febrl(frames: list[pandas.DataFrame]) -> Linker:
    """A linker for FEBRL's files, trained on them."""
    comparisons = [
        cl.NameComparison("given_name").configure(term_frequency_adjustments=True),
        cl.NameComparison("surname").configure(term_frequency_adjustments=True),
        cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
        cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
        cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("address_1", [0.9, 0.7]),
        cl.JaroWinklerAtThresholds("suburb", [0.9, 0.7]),
        cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
    ]
    rules = [
        block_on("given_name", "surname"),
        block_on("date_of_birth"),
        block_on("soc_sec_id"),
        block_on("address_1"),
        block_on("surname", "postcode"),
        block_on("given_name", "postcode"),
        block_on("street_number", "postcode"),
    ]
    certain = [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")]
    passes = [block_on("date_of_birth"), block_on("given_name", "surname"), block_on("postcode")]
    return trained(frames, comparisons, rules, certain, 0.95, passes)


def trained(frames, comparisons, rules, certain, certain_recall: float, passes) -> Linker:
    """Splink's own course of training: prior from deterministic rules, u from random pairs, m by expectation
    maximisation once for each of `passes`."""
    settings = SettingsCreator(
        link_type="link_only" if len(frames) == 2 else "dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=rules,
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
        probability_two_random_records_match=1e-5,
    )
    api = DuckDBAPI()
    columns = [column for column in frames[0] if all(column in frame for frame in frames)]
    names = ["source_a", "source_b"]
    tables = [api.register(frame[columns], dataset_display_name=name) for frame, name in zip(frames, names)]
    linker = Linker(tables if len(tables) > 1 else tables[0], settings)
    linker.training.estimate_probability_two_random_records_match(certain, recall=certain_recall)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    for rule in passes:
        linker.training.estimate_parameters_using_expectation_maximisation(rule, record_sample_proportion=1.0)
    return linker


def pairs(predictions):
    """Left id, right id, weight and probability of each pair, the first file's record first, as a DuckDB relation."""
    relation = predictions.as_duckdbpyrelation()
    left, right = "unique_id_l", "unique_id_r"
    if "source_dataset_l" in relation.columns:
        swapped = "source_dataset_l <> 'source_a'"
        left = f"CASE WHEN {swapped} THEN unique_id_r ELSE unique_id_l END"
        right = f"CASE WHEN {swapped} THEN unique_id_l ELSE unique_id_r END"
    return relation.project(f"{left} AS left_id, {right} AS right_id, match_weight, match_probability")
