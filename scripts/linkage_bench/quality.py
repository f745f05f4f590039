"""How good a list of scored pairs is: curves over thresholds, one-to-one assignment, bootstrap over children."""

import dataclasses
import operator
import random
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

from linkage_bench.truth import Truth

STRICT = 0.999


class Pair(NamedTuple):
    """A scored pair: weight in bits, probability, ids."""

    weight: float
    probability: float
    left: str
    right: str


class Point(NamedTuple):
    """One threshold: pairs of this weight and more are links."""

    precision: float
    recall: float
    f1: float
    weight: float


@dataclasses.dataclass(frozen=True)
class Ranked:
    """Pairs heaviest first. Every pair belongs to the child of its first record, for the bootstrap."""

    weights: list[float]
    owners: list[int]
    hits: list[bool]
    #: Places after which a threshold may stand: it takes all pairs of one weight or none.
    ends: list[int]
    #: True pairs of each child, found or not.
    true_of: list[int]


def heaviest_first(pairs: Iterable[Pair]) -> list[Pair]:
    """In an order that does not depend on how the tool listed them."""
    return sorted(pairs, key=lambda pair: (-pair.weight, pair.left, pair.right))


def one_to_one(pairs: list[Pair]) -> list[Pair]:
    """Takes each record once at most, the heaviest pairs first. What it takes above a threshold does not depend on the
    pairs below it, so one assignment serves every threshold."""
    left, right, kept = set(), set(), []
    for pair in pairs:
        if pair.left not in left and pair.right not in right:
            left.add(pair.left)
            right.add(pair.right)
            kept.append(pair)
    return kept


def ranked(pairs: list[Pair], truth: Truth) -> Ranked:
    """Looks sorted pairs up in the truth."""
    true_of = truth.pairs_by_identity()
    number = {identity: at for at, identity in enumerate(sorted(true_of))}
    # With more than three pairs for each true one F1 is under a half: such thresholds are not looked at.
    pairs = pairs[: 3 * sum(true_of.values())]
    weights = [pair.weight for pair in pairs]
    return Ranked(
        weights=weights,
        owners=[number[truth.left[pair.left].identity] for pair in pairs],
        hits=[truth.same(pair.left, pair.right) for pair in pairs],
        ends=[at for at, weight in enumerate(weights) if at + 1 == len(weights) or weight != weights[at + 1]],
        true_of=[true_of[identity] for identity in number],
    )


def curve(order: Ranked, copies: list[int] | None = None) -> list[Point]:
    """A point for each threshold. `copies` says how often each child counts, once when it is absent."""
    copies = copies or [1] * len(order.true_of)
    total = sum(map(operator.mul, copies, order.true_of))
    counts = [copies[owner] for owner in order.owners]
    taken = list(accumulate(counts))
    found = list(accumulate(count if hit else 0 for count, hit in zip(counts, order.hits)))
    return [
        Point(found[at] / max(taken[at], 1), found[at] / total, 2 * found[at] / (taken[at] + total), order.weights[at])
        for at in order.ends
    ]


def best(points: list[Point]) -> Point:
    """The threshold of the best F1."""
    return max(points, key=lambda point: point.f1, default=Point(1.0, 0.0, 0.0, 0.0))


def strict_recall(points: list[Point]) -> float:
    """The best recall at a precision of STRICT and more."""
    return max((point.recall for point in points if point.precision >= STRICT), default=0.0)


def summary(before: Ranked, after: Ranked, linked: Ranked, copies: list[int] | None = None) -> dict[str, float]:
    """The figures of one tool on one pair of files: every threshold before and after assignment, and its own links."""
    free, assigned = curve(before, copies), curve(after, copies)
    own = (curve(dataclasses.replace(linked, ends=linked.ends[-1:]), copies) or [Point(1.0, 0.0, 0.0, 0.0)])[0]
    return {
        "best_f1": best(free).f1,
        "recall_at_strict": strict_recall(free),
        "assigned_best_f1": best(assigned).f1,
        "assigned_recall_at_strict": strict_recall(assigned),
        "precision": own.precision,
        "recall": own.recall,
        "f1": own.f1,
    }


def bootstrap(before: Ranked, after: Ranked, linked: Ranked, resamples: int) -> list[dict[str, float]]:
    """The figures again on children drawn with replacement. The draws are the same for all tools on the same files, so
    differences between tools may be taken draw by draw."""
    children = len(before.true_of)
    chance = random.Random(20_000)
    drawn = []
    for _ in range(resamples):
        copies = [0] * children
        for child in chance.choices(range(children), k=children):
            copies[child] += 1
        drawn.append(summary(before, after, linked, copies))
    return drawn
