"""Which pairs a tool misses and which it links wrongly."""

import csv
import pathlib
from collections import Counter

from linkage_bench.quality import Pair
from linkage_bench.truth import Truth

# Changes of what the two sources do not share: they cannot matter here.
UNSHARED = {"identifier_missing", "identifier_other", "carer_missing"}
COMPARED = ("forenames", "surname", "date_of_birth", "gender", "postcode", "address_line_1")


def recall_by(truth: Truth, linked: set[tuple[str, str]]) -> dict[str, dict[str, list[int]]]:
    """For each naming pattern, and for each kind of change in either record: true pairs, and those linked."""
    groups: dict[str, dict[str, list[int]]] = {"naming_pattern": {}, "changes": {}}
    for left, right in truth.pairs():
        found = (left, right) in linked
        changes = changed(truth, left, right) or ("none",)
        for by, names in (("naming_pattern", (truth.left[left].pattern,)), ("changes", changes)):
            for name in names:
                counts = groups[by].setdefault(name, [0, 0])
                counts[0] += 1
                counts[1] += found
    return groups


def changed(truth: Truth, left: str, right: str) -> tuple[str, ...]:
    """What stands between the two records and the truth, of what both sources hold."""
    return tuple(sorted({*truth.left[left].changes, *truth.of_right(right).changes} - UNSHARED))


def missed(truth: Truth, linked: set[tuple[str, str]], scored: list[Pair], automatic: float) -> dict[str, dict]:
    """Why true pairs were not linked, and which changes they bear together. A child with two records in a source has
    pairs that no assignment of one to one can keep; they are told apart."""
    probability = {(pair.left, pair.right): pair.probability for pair in scored}
    right_of, left_of = dict(linked), {right: left for left, right in linked}
    why, together = Counter(), Counter()
    for left, right in truth.pairs():
        if (left, right) in linked:
            continue
        taken = [pair for pair in ((left, right_of.get(left)), (left_of.get(right), right)) if None not in pair]
        reached = probability.get((left, right))
        if any(truth.same(*pair) for pair in taken):
            why["another record of the child was linked"] += 1
            continue
        if reached is None:
            why["not compared, or under the listed weight"] += 1
        elif reached < automatic:
            why["under the threshold"] += 1
        else:
            why["lost to a record of another child"] += 1
        together[" + ".join(changed(truth, left, right)) or "none"] += 1
    return {"why": dict(why.most_common()), "changes_together": dict(together.most_common(60))}


def columns(path: pathlib.Path) -> dict[str, tuple[str, ...]]:
    """The compared columns of a source by record."""
    with open(path, newline="", encoding="utf-8") as file:
        return {
            row["record_id"]: tuple(row.get(name, "").strip().lower() for name in COMPARED)
            for row in csv.DictReader(file)
        }


def wrong(truth: Truth, linked: set[tuple[str, str]], left: pathlib.Path, right: pathlib.Path) -> dict[str, dict]:
    """What the two records of false links share, who they are, and what stands between them and the truth."""
    mine, other = columns(left), columns(right)
    shared, relation, changes = Counter(), Counter(), Counter()
    for a, b in linked:
        if truth.same(a, b):
            continue
        equal = [name for name, x, y in zip(COMPARED, mine[a], other[b]) if x and x == y]
        shared[" + ".join(equal) or "nothing"] += 1
        one_person = truth.left[a].person and truth.left[a].person == truth.of_right(b).person
        relation["one child's two identities" if one_person else "two children"] += 1
        changes.update(changed(truth, a, b) or ("none",))
    return {
        "columns_equal": dict(shared.most_common(60)),
        "who": dict(relation.most_common()),
        "changes": dict(changes.most_common(60)),
    }


def add(total: dict, more: dict) -> dict:
    """Sums counts nested alike."""
    for name, value in more.items():
        if isinstance(value, dict):
            add(total.setdefault(name, {}), value)
        elif isinstance(value, list):
            total[name] = [a + b for a, b in zip(total.get(name, [0] * len(value)), value)]
        else:
            total[name] = total.get(name, 0) + value
    return total
