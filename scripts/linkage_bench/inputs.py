"""The files that are linked: two sources of an invented population, and FEBRL's."""

import csv
import dataclasses
import itertools
import os
import pathlib
import subprocess

from linkage_bench import environment, truth
from linkage_bench.environment import SCRIPTS, Trouble

LEFT, RIGHT = "schools-census", "nhs-gp"
# A child in 100 of the population gives this many rows to the smaller source; a little less, to be sure.
CENSUS_SHARE = 0.69


@dataclasses.dataclass(frozen=True)
class Dataset:
    """Two files to link, or one to deduplicate, with their truth (none when only speed is measured)."""

    name: str
    #: How the other tools read and compare it: `children` or `febrl`.
    kind: str
    size: int
    seed: int | None
    files: list[pathlib.Path]
    folder: pathlib.Path
    truth: truth.Truth | None


def population(children: int, seed: int, base: pathlib.Path) -> Dataset:
    """Invents a population and takes two of its sources."""
    folder = base / f"children-{children}-seed-{seed}"
    invent(children, seed, folder)
    known = truth.of_population(folder, LEFT, RIGHT)
    files = [folder / f"{source}.csv" for source in (LEFT, RIGHT)]
    return Dataset(f"{children} children", "children", children, seed, files, folder, known)


def invent(children: int, seed: int, folder: pathlib.Path) -> None:
    """Runs `contactpoint population`."""
    command = [environment.binary(), "population", "--children", children, "--seed", seed, "--out", folder]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Trouble(f"no population of {children} children could be invented: {done.stderr.strip()}")


def rows_a_side(rows: int, seed: int, base: pathlib.Path) -> Dataset:
    """Two files of `rows` rows each, cut from a population large enough; rows are in random order."""
    folder = base / f"rows-{rows}-seed-{seed}"
    invent(round(rows / CENSUS_SHARE), seed, folder)
    for path in folder.iterdir():
        if path.stem not in (LEFT, RIGHT):
            path.unlink()
    files = [folder / f"{source}.csv" for source in (LEFT, RIGHT)]
    for path in files:
        cut(path, rows)
    return Dataset(f"{rows} rows a side", "children", rows, seed, files, folder, None)


def cut(path: pathlib.Path, rows: int) -> None:
    """Keeps the header and the first rows."""
    short = path.with_suffix(".cut")
    with open(path, newline="", encoding="utf-8") as source, open(short, "w", newline="", encoding="utf-8") as kept:
        writer = csv.writer(kept)
        written = sum(1 for _ in map(writer.writerow, itertools.islice(csv.reader(source), rows + 1)))
    if written < rows + 1:
        raise Trouble(f"{path} has {written - 1} rows and not {rows}; lower CENSUS_SHARE in {__file__}")
    short.replace(path)


def febrl(base: pathlib.Path) -> list[Dataset]:
    """FEBRL 4 (two files of 5,000) and FEBRL 3 (one of 5,000 with up to five duplicates each)."""
    folder = os.environ.get("CONTACTPOINT_FEBRL") or subprocess.run(
        [str(SCRIPTS / "fetch-febrl")], stdout=subprocess.PIPE, text=True, check=True
    ).stdout.strip()
    sets = {"febrl4": ["dataset4a.csv", "dataset4b.csv"], "febrl3": ["dataset3.csv"]}
    found = []
    for name, names in sets.items():
        files = [pathlib.Path(folder) / file for file in names]
        known = truth.of_febrl(files[0], files[1] if len(files) > 1 else None)
        out = base / name
        out.mkdir(parents=True, exist_ok=True)
        found.append(Dataset(name, "febrl", 5000, None, files, out, known))
    return found
