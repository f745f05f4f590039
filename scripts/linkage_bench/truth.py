"""Who is who: the truth that links are measured against."""

import csv
import dataclasses
import pathlib
from collections import Counter, defaultdict
from collections.abc import Iterator


@dataclasses.dataclass(frozen=True)
class About:
    """What the truth says about a record."""

    identity: str
    pattern: str = ""
    changes: tuple[str, ...] = ()
    person: str = ""


@dataclasses.dataclass(frozen=True)
class Truth:
    """The records of two files, or of one that is deduplicated (`right` is then None), by their ids."""

    left: dict[str, About]
    right: dict[str, About] | None

    def of_right(self, record: str) -> About:
        """What is known of the second record of a pair."""
        return (self.left if self.right is None else self.right)[record]

    def same(self, left: str, right: str) -> bool:
        """Whether a pair may be linked: identity decides, not person."""
        return self.left[left].identity == self.of_right(right).identity

    def pairs_by_identity(self) -> dict[str, int]:
        """How many true pairs each identity of the first file has."""
        left = Counter(about.identity for about in self.left.values())
        if self.right is None:
            return {identity: count * (count - 1) // 2 for identity, count in left.items()}
        right = Counter(about.identity for about in self.right.values())
        return {identity: count * right[identity] for identity, count in left.items()}

    def one_to_one_ceiling(self) -> float:
        """The recall of an assignment of one to one without a fault: children with two records in a file bear pairs
        that it cannot keep."""
        left, right = (Counter(about.identity for about in side.values()) for side in (self.left, self.right or {}))
        if self.right is None:
            return 1.0
        kept = sum(min(count, right[identity]) for identity, count in left.items())
        return kept / sum(self.pairs_by_identity().values())

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every true pair."""
        if self.right is None:
            grouped = _by_identity(self.left).values()
            yield from ((a, b) for ids in grouped for at, a in enumerate(ids) for b in ids[at + 1 :])
            return
        right = _by_identity(self.right)
        for record, about in self.left.items():
            yield from ((record, other) for other in right.get(about.identity, ()))


def _by_identity(records: dict[str, About]) -> dict[str, list[str]]:
    grouped = defaultdict(list)
    for record, about in records.items():
        grouped[about.identity].append(record)
    return grouped


def of_population(folder: pathlib.Path, left: str, right: str) -> Truth:
    """Reads the truth.csv of an invented population for two of its sources."""
    known: dict[str, dict[str, About]] = {left: {}, right: {}}
    with open(folder / "truth.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["source"] in known:
                changes = tuple(filter(None, row["changes"].split(";")))
                about = About(row["identity_id"], row["naming_pattern"], changes, row["person_id"])
                known[row["source"]][row["record_id"]] = about
    return Truth(known[left], known[right])


def of_febrl(left: pathlib.Path, right: pathlib.Path | None) -> Truth:
    """FEBRL's ids tell the person: N of `rec-N-org` and `rec-N-dup-M`."""

    def records(path: pathlib.Path) -> dict[str, About]:
        with open(path, newline="", encoding="utf-8") as file:
            ids = [row["rec_id"] for row in csv.DictReader(file)]
        return {record: About(record.split("-")[1]) for record in ids}

    return Truth(records(left), None if right is None else records(right))
