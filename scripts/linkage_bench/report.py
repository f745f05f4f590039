"""The readable table."""

import os
import platform

from linkage_bench.intervals import over_seeds

QUALITY = {
    "best_f1": "best F1, before assignment",
    "recall_at_strict": "recall at precision 0.999, before",
    "assigned_best_f1": "best F1, one to one",
    "assigned_recall_at_strict": "recall at precision 0.999, one to one",
    "precision": "precision, own threshold",
    "recall": "recall, own threshold",
    "f1": "F1, own threshold",
}
COST = {
    "wall_s": ("wall time, s", 1),
    "cpu_s": ("processor time, s", 1),
    "peak_mib": ("peak memory, MiB", 0),
    "others_share": ("processors taken by others", 2),
}


def hardware() -> str:
    """The machine in a line."""
    with open("/proc/meminfo") as memory:
        gib = int(memory.readline().split()[1]) / 1048576
    return f"{os.cpu_count()} processors, {gib:.0f} GiB, {platform.system()} {platform.release()}"


def cell(found: dict, digits: int) -> str:
    """Mean and half width."""
    width = found["half_width"]
    return f"{found['mean']:.{digits}f}" + ("" if width is None else f" ±{width:.{digits}f}")


def grid(title: str, heads: list[str], rows: list[list[str]]) -> list[str]:
    """Columns as wide as their widest cell."""
    table = [["", *heads], *rows]
    widths = [max(len(row[at]) for row in table) for at in range(len(table[0]))]
    return ["", title, *("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip() for row in table)]


def summary(title: str, tools: dict[str, dict]) -> list[str]:
    """A tool a column, a figure a row."""
    rows = []
    for key, (name, digits) in COST.items():
        rows.append([name, *(cell(one["costs"][key], digits) for one in tools.values())])
    for key, name in QUALITY.items():
        rows.append([name, *(cell(one["quality"][key], 4) for one in tools.values())])
    return grid(f"{title} (mean and, over several seeds, the 95 % interval)", list(tools), rows)


def ratios(compared: dict[tuple[str, str], list[dict]]) -> list[str]:
    """How many times our cost the others cost, and by how much ours is better."""
    heads = [f"{other} / {ours}" for ours, other in compared]
    costs = [
        [COST[key][0], *(cell(over_seeds([one["ratios"][key] for one in several]), 2) for several in compared.values())]
        for key in ("wall_s", "cpu_s", "peak_mib")
    ]
    better = [
        [name, *(cell(over_seeds([one["differences"][key] for one in several]), 4) for several in compared.values())]
        for key, name in QUALITY.items()
    ]
    return [
        *grid("Cost of the first as a multiple of the second's", heads, costs),
        *grid("Quality of the second less that of the first", heads, better),
    ]


def breakdown(tools: dict[str, dict[str, dict[str, list[int]]]]) -> list[str]:
    """Recall of each tool's own links by naming pattern and by kind of change, all seeds together."""
    lines = []
    for by in ("naming_pattern", "changes"):
        groups = next(iter(tools.values()))[by]
        rows = []
        for group in sorted(groups, key=lambda name: -groups[name][0]):
            shares = [f"{one[by][group][1] / one[by][group][0]:.4f}" for one in tools.values()]
            rows.append([group, str(groups[group][0]), *shares])
        lines += grid(f"Recall of own links by {by}", ["true pairs", *tools], rows)
    return lines


def speed(title: str, costs: dict[str, dict], other: str) -> list[str]:
    """Costs, and the other tool's as a multiple of ours."""
    rows = []
    for key, (name, digits) in COST.items():
        rows.append([name, *(f"{cost[key]:.{digits}f}" for cost in costs.values())])
    for key in ("wall_s", "cpu_s", "peak_mib"):
        times = [f"{costs[other][key] / cost[key]:.2f}" for cost in costs.values()]
        rows.append([f"{other} costs times this: {COST[key][0]}", *times])
    return grid(f"{title}, speed alone", list(costs), rows)
