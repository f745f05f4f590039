"""Links one or two files with recordlinkage: `python -m linkage_bench.run_recordlinkage KIND OUT FLOOR FILE [FILE]`.

Blocking, Jaro-Winkler comparisons cut to yes or no, and the ECM classifier. KIND is `children` or `febrl`; pairs of
FLOOR (log2 odds) and more are written to OUT. A JSON object on standard output says how long each part took.
"""

import json
import logging
import math
import pathlib
import sys
import time
import warnings

STARTED = time.monotonic()

import pandas  # noqa: E402
import recordlinkage  # noqa: E402

BLOCKS = {
    "children": [["dob"], ["first_name", "surname"], ["postcode", "first_name"], ["postcode", "surname"]],
    "febrl": [["date_of_birth"], ["given_name", "surname"], ["soc_sec_id"], ["address_1"], ["surname", "postcode"]],
}


def read_children(path: pathlib.Path) -> pandas.DataFrame:
    """One source; missing as NaN, the date in three parts, because ECM takes yes or no alone."""
    raw = pandas.read_csv(path, dtype=str).set_index("record_id")
    clean = pandas.DataFrame(index=raw.index)
    forenames = raw["forenames"].str.lower().str.strip()
    clean["first_name"] = forenames.str.split(" ").str[0]
    clean["surname"] = raw["surname"].str.lower().str.strip()
    clean["dob"] = raw["date_of_birth"].where(raw["date_of_birth"].str.len() == 10)
    clean["year"], clean["month"], clean["day"] = (clean["dob"].str[a:b] for a, b in ((0, 4), (5, 7), (8, 10)))
    clean["gender"] = raw["gender"].where(raw["gender"] != "N")
    clean["postcode"] = raw["postcode"].str.upper().str.strip()
    clean["address"] = raw["address_line_1"].str.lower().str.strip()
    return clean


def read_febrl(path: pathlib.Path) -> pandas.DataFrame:
    """A FEBRL file; a blank follows each of its commas."""
    raw = pandas.read_csv(path, dtype=str, skipinitialspace=True).rename(columns=str.strip)
    return raw.apply(lambda column: column.str.strip()).set_index("rec_id")


def comparisons(kind: str) -> recordlinkage.Compare:
    """What is compared: names and addresses alike (Jaro-Winkler), the rest equal."""
    compare = recordlinkage.Compare()
    if kind == "children":
        alike, equal = ["first_name", "surname", "address"], ["year", "month", "day", "gender", "postcode"]
    else:
        alike = ["given_name", "surname", "address_1", "suburb"]
        equal = ["date_of_birth", "soc_sec_id", "street_number", "postcode", "state"]
    for name in alike:
        compare.string(name, name, method="jarowinkler", threshold=0.85, label=name)
    for name in equal:
        compare.exact(name, name, label=name)
    return compare


def log_odds(features: pandas.DataFrame, classifier: recordlinkage.ECMClassifier) -> pandas.Series:
    """log2 odds of every pair from the parameters: the classifier's own probability runs into 1 and ties."""
    prior = classifier.log_p - math.log1p(-math.exp(classifier.log_p))
    weights = classifier.log_weights
    return sum((features[name].map(weights[name]) for name in features), start=prior) / math.log(2)


def main() -> None:
    """Reads, compares, trains and writes."""
    warnings.filterwarnings("ignore")
    logging.getLogger("recordlinkage").setLevel(logging.ERROR)
    kind, out, floor, *files = sys.argv[1:]
    clock = {"import_s": time.monotonic() - STARTED}
    started = time.monotonic()
    frames = [(read_children if kind == "children" else read_febrl)(pathlib.Path(file)) for file in files]
    clock["read_s"] = time.monotonic() - started
    started = time.monotonic()
    indexer = recordlinkage.Index()
    for columns in BLOCKS[kind]:
        indexer.block(columns)
    candidates = indexer.index(*frames)
    features = comparisons(kind).compute(candidates, *frames)
    clock["block_and_compare_s"] = time.monotonic() - started
    started = time.monotonic()
    classifier = recordlinkage.ECMClassifier()
    classifier.fit(features)
    weight = log_odds(features, classifier)
    weight = weight[weight >= float(floor)]
    clock["train_and_score_s"] = time.monotonic() - started
    table = pandas.DataFrame({"match_weight": weight, "match_probability": 1 / (1 + 2.0 ** -weight)})
    table.index.names = ["left_id", "right_id"]
    table.to_csv(out)
    print(json.dumps({name: round(seconds, 3) for name, seconds in clock.items()}))


if __name__ == "__main__":
    main()
