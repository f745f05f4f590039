"""The tools that are measured: how each is started and how its pairs are read."""

import csv
import dataclasses
import json
import os
import pathlib
import subprocess
import sys

from linkage_bench import environment
from linkage_bench.environment import SCRIPTS, Trouble
from linkage_bench.inputs import Dataset
from linkage_bench.quality import Pair

# The curve is drawn from pairs of log2 odds -10 (a probability of a thousandth) and more, whatever the tool.
FLOOR_BITS = -10.0
FLOOR_PROBABILITY = 1 / (1 + 2.0**-FLOOR_BITS)


@dataclasses.dataclass(frozen=True)
class Tool:
    """A tool, its model, and the probability from which it links without asking."""

    name: str
    automatic: float
    module: str | None = None
    model: str | None = None

    @property
    def own(self) -> bool:
        """Whether it is contactpoint."""
        return self.module is None

    def command(self, data: Dataset, out: pathlib.Path, for_curve: bool) -> list[str]:
        """The run that is timed lists pairs as likely as not and more, ours assigned one to one; the other run lists
        pairs from the floor up."""
        files = [str(path) for path in data.files]
        if not self.own:
            floor = FLOOR_BITS if for_curve else 0.0
            python = str(environment.python())
            return [python, "-m", f"linkage_bench.{self.module}", data.kind, str(out), str(floor), *files]
        command = [str(environment.binary()), "link", *files, "--json", "--out", str(out)]
        if self.model:
            command += ["--model", self.model]
        if for_curve:
            return [*command, "--threshold", f"{FLOOR_PROBABILITY:.6f}"]
        return [*command, "--one-to-one"] if len(files) > 1 else command


TRAINED = Tool("contactpoint", automatic=0.95)
CHILDREN = Tool("contactpoint --model children", automatic=0.95, model="children")
SPLINK = Tool("splink", automatic=0.9, module="run_splink")
RECORDLINKAGE = Tool("recordlinkage", automatic=0.5, module="run_recordlinkage")


def run(tool: Tool, data: Dataset, for_curve: bool) -> tuple[dict, pathlib.Path]:
    """Runs the tool in a process of its own; what it cost and the file of its pairs."""
    stem = f"{tool.name.replace(' --model ', '-')}-{'curve' if for_curve else 'links'}"
    out, printed, said = (data.folder / f"{stem}.{ending}" for ending in ("csv", "json", "log"))
    launcher = [sys.executable, str(SCRIPTS / "linkage_bench" / "usage.py"), str(printed), str(said)]
    done = subprocess.run(
        [*launcher, *tool.command(data, out, for_curve)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
    )
    cost = json.loads(done.stdout)
    if cost.pop("status") != 0:
        lines = said.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
        raise Trouble(f"{tool.name} failed on {data.name}: {lines[-1]} (all of it: {said})")
    told = json.loads(printed.read_text())
    cost["parts"] = {"pairs_compared": told["pairs_compared"]} if tool.own else told
    return cost, out


def pairs(path: pathlib.Path, links_alone: bool = False) -> list[Pair]:
    """Reads a tool's pairs; with `links_alone` those that contactpoint linked and did not leave for review."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        header = next(rows)
        weight, probability, left, right = map(
            header.index, ("match_weight", "match_probability", "left_id", "right_id")
        )
        outcome = header.index("outcome") if links_alone else None
        return [
            Pair(float(row[weight]), float(row[probability]), row[left], row[right])
            for row in rows
            if outcome is None or row[outcome] == "link"
        ]
