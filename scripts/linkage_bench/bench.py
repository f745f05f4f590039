"""The course of scripts/bench-linkage."""

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import sys

from linkage_bench import breakdown, environment, inputs, quality, report, tools
from linkage_bench.environment import Trouble
from linkage_bench.inputs import Dataset
from linkage_bench.intervals import of_draws, over_seeds
from linkage_bench.tools import CHILDREN, RECORDLINKAGE, SPLINK, TRAINED, Tool

# F1 of contactpoint's own links, trained on the files, must not fall below; crates/linkage tests hold the same.
GATES = {"febrl4": 0.998, "febrl3": 0.995}
COSTS = ("wall_s", "cpu_s", "peak_mib")


@dataclasses.dataclass(frozen=True)
class Options:
    """What the environment asks for."""

    children: list[int]
    seeds: list[int]
    speed: list[int]
    febrl: bool
    recordlinkage_most: int
    resamples: int
    folder: pathlib.Path

    @classmethod
    def read(cls, env: os._Environ) -> "Options":
        """Reads BENCH_LINKAGE_*."""

        def numbers(name: str, default: str) -> list[int]:
            text = env.get(f"BENCH_LINKAGE_{name}", default)
            try:
                return [int(word) for word in text.split()]
            except ValueError:
                raise Trouble(f"BENCH_LINKAGE_{name} is {text!r}; give whole numbers with blanks between") from None

        return cls(
            children=numbers("CHILDREN", "20000 100000"),
            seeds=numbers("SEEDS", "101 102 103") or [101],
            speed=numbers("SPEED", ""),
            febrl=numbers("FEBRL", "1") != [0],
            recordlinkage_most=(numbers("RECORDLINKAGE_MOST", "20000") or [0])[0],
            resamples=max(40, (numbers("RESAMPLES", "200") or [200])[0]),
            folder=pathlib.Path(env.get("BENCH_LINKAGE_DIR") or environment.target() / "bench-linkage"),
        )


@dataclasses.dataclass
class Run:
    """One tool on one dataset."""

    tool: Tool
    cost: dict
    figures: dict[str, float]
    draws: list[dict[str, float]]
    record: dict
    counts: dict


def say(text: str) -> None:
    """Progress, on standard error."""
    print(text, file=sys.stderr, flush=True)


def emit(kind: str, **fields) -> None:
    """One measurement, on standard output."""
    print(json.dumps({"bench": "linkage", "kind": kind, **fields}), flush=True)


def measure(tool: Tool, data: Dataset, resamples: int) -> Run:
    """Runs a tool twice, once for its cost and once for the curve, and judges its pairs."""
    say(f"   {tool.name}")
    truth = data.truth
    cost, links = tools.run(tool, data, for_curve=False)
    _, listed = tools.run(tool, data, for_curve=True)
    scored = quality.heaviest_first(tools.pairs(listed))
    assigned = quality.one_to_one(scored) if truth.right is not None else scored
    if tool.own:
        own = quality.heaviest_first(tools.pairs(links, links_alone=True))
    else:
        own = [pair for pair in assigned if pair.probability >= tool.automatic]
    orders = [quality.ranked(pairs, truth) for pairs in (scored, assigned, own)]
    linked = {(pair.left, pair.right) for pair in own}
    free, after = quality.curve(orders[0]), quality.curve(orders[1])
    record = {
        "dataset": data.name,
        "seed": data.seed,
        "tool": tool.name,
        **cost,
        "true_pairs": sum(orders[0].true_of),
        "one_to_one_ceiling": round(truth.one_to_one_ceiling(), 5),
        "listed_pairs": len(scored),
        "recall_of_listed": round(sum(truth.same(p.left, p.right) for p in scored) / sum(orders[0].true_of), 5),
        "automatic": tool.automatic,
        "links": len(own),
        "false_links": sum(not truth.same(*pair) for pair in linked),
        "weight_at_best": round(quality.best(free).weight, 3),
        "precision_at_best": round(quality.best(free).precision, 5),
        "recall_at_best": round(quality.best(free).recall, 5),
        "assigned_precision_at_best": round(quality.best(after).precision, 5),
        "assigned_recall_at_best": round(quality.best(after).recall, 5),
    }
    counts = {}
    if data.kind == "children":
        counts["missed"] = breakdown.missed(truth, linked, scored, tool.automatic)
        counts["recall_by"] = breakdown.recall_by(truth, linked)
        counts["wrong"] = breakdown.wrong(truth, linked, *data.files)
    draws = quality.bootstrap(*orders, resamples)
    return Run(tool, cost, quality.summary(*orders), draws, record, counts)


def beside(value: float, draws: list[float]) -> dict:
    """A figure with the bootstrap's interval."""
    return {"value": round(value, 5), "interval": [round(edge, 5) for edge in of_draws(draws)]}


def emit_run(run: Run) -> None:
    """A run's figures with the bootstrap's interval of each."""
    figures = {
        name: beside(value, [draw[name] for draw in run.draws]) for name, value in run.figures.items()
    }
    emit("run", **run.record, quality=figures)


def compare(ours: Run, theirs: Run, data: Dataset) -> dict:
    """Ours beside another tool on the same files: ratios of cost, differences of quality with their interval."""
    differences = {}
    for name in ours.figures:
        drawn = [a[name] - b[name] for a, b in zip(ours.draws, theirs.draws)]
        differences[name] = beside(ours.figures[name] - theirs.figures[name], drawn)
    ratios = {name: round(theirs.cost[name] / ours.cost[name], 3) for name in COSTS}
    fields = {"dataset": data.name, "seed": data.seed, "tool": ours.tool.name, "other": theirs.tool.name}
    emit("comparison", **fields, other_costs_times_ours=ratios, ours_minus_other=differences)
    return {"ratios": ratios, "differences": {name: found["value"] for name, found in differences.items()}}


def chosen(data: Dataset, options: Options) -> list[Tool]:
    """The tools to run on it."""
    small = data.size <= options.recordlinkage_most
    own = [TRAINED] if data.kind == "febrl" else [TRAINED, CHILDREN]
    return [*own, SPLINK, *([RECORDLINKAGE] if small else [])]


def at_size(children: int, options: Options) -> list[str]:
    """All tools on all seeds of one size; the lines of the table."""
    runs: dict[str, list[Run]] = {}
    compared: dict[tuple[str, str], list[dict]] = {}
    for seed in options.seeds:
        say(f"== {children} children, seed {seed}")
        data = inputs.population(children, seed, options.folder)
        here = [measure(tool, data, options.resamples) for tool in chosen(data, options)]
        for run in here:
            emit_run(run)
            runs.setdefault(run.tool.name, []).append(run)
            for other in here:
                if run.tool.own and not other.tool.own:
                    names = (run.tool.name, other.tool.name)
                    compared.setdefault(names, []).append(compare(run, other, data))
    dataset = f"{children} children"
    for name, several in runs.items():
        emit("summary", dataset=dataset, tool=name, seeds=options.seeds, **summarised(several))
    for (ours, other), several in compared.items():
        emit("summary_comparison", dataset=dataset, tool=ours, other=other, **{
            part: {name: over_seeds([one[part][name] for one in several]) for name in several[0][part]}
            for part in ("ratios", "differences")
        })
    totals = {name: pooled(several) for name, several in runs.items()}
    for name, total in totals.items():
        emit("breakdown", dataset=dataset, tool=name, seeds=options.seeds, **total)
    return [
        *report.summary(dataset, {name: summarised(several) for name, several in runs.items()}),
        *report.ratios(compared),
        *report.breakdown({name: total["recall_by"] for name, total in totals.items()}),
    ]


def summarised(runs: list[Run]) -> dict:
    """Means over seeds with Student's interval."""
    return {
        "costs": {name: over_seeds([run.cost[name] for run in runs]) for name in (*COSTS, "others_share")},
        "quality": {name: over_seeds([run.figures[name] for run in runs]) for name in runs[0].figures},
    }


def pooled(runs: list[Run]) -> dict:
    """Counts of what was missed and linked wrongly, summed over seeds."""
    total: dict = {}
    for run in runs:
        breakdown.add(total, run.counts)
    return total


def febrl(options: Options) -> tuple[list[str], bool]:
    """FEBRL 4 and 3; whether contactpoint passed."""
    lines, passed = [], True
    for data in inputs.febrl(options.folder):
        say(f"== {data.name}")
        here = [measure(tool, data, options.resamples) for tool in chosen(data, options)]
        for run in here:
            emit_run(run)
        gate = GATES[data.name]
        good = here[0].figures["f1"] >= gate
        emit("gate", dataset=data.name, f1=round(here[0].figures["f1"], 5), at_least=gate, passed=good)
        lines += report.summary(data.name, {run.tool.name: summarised([run]) for run in here})
        lines.append(f"gate: contactpoint's own links reach F1 {gate}: {'yes' if good else 'NO'}")
        passed &= good
    return lines, passed


def speed(rows: int, options: Options) -> list[str]:
    """Cost alone, on files too large to judge every time; the files are removed."""
    say(f"== {rows} rows a side (speed alone)")
    data = inputs.rows_a_side(rows, options.seeds[0], options.folder)
    costs: dict[str, dict] = {}
    try:
        for tool in (TRAINED, CHILDREN, SPLINK):
            say(f"   {tool.name}")
            costs[tool.name], _ = tools.run(tool, data, for_curve=False)
            emit("speed", dataset=data.name, seed=data.seed, tool=tool.name, **costs[tool.name])
    finally:
        shutil.rmtree(data.folder)
    return report.speed(data.name, costs, other=SPLINK.name)


def main() -> int:
    """Measures what the environment asks for; 1 when a gate is not passed or something is in the way."""
    try:
        options = Options.read(os.environ)
        environment.binary()
        environment.python()
        options.folder.mkdir(parents=True, exist_ok=True)
        say(f"Hardware: {report.hardware()}. Files and pairs are left in {options.folder}.")
        lines: list[str] = []
        passed = True
        for children in options.children:
            lines += at_size(children, options)
        if options.febrl:
            more, passed = febrl(options)
            lines += more
        for rows in options.speed:
            lines += speed(rows, options)
    except (Trouble, subprocess.CalledProcessError) as trouble:
        say(f"bench-linkage: {trouble}")
        return 1
    say("\n".join(lines))
    return 0 if passed else 1
