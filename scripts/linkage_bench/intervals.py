"""95 % confidence intervals."""

import math
import statistics

# Two-sided 95 % quantiles of Student's t for 1, 2, 3 ... degrees of freedom.
_STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131)


def over_seeds(values: list[float]) -> dict[str, float | None]:
    """Mean and half width of the interval; no width from a single value."""
    if len(values) < 2:
        return {"mean": values[0], "half_width": None}
    degrees = len(values) - 1
    quantile = _STUDENT[degrees - 1] if degrees <= len(_STUDENT) else 1.96 + 2.4 / degrees
    half_width = quantile * statistics.stdev(values) / math.sqrt(len(values))
    return {"mean": statistics.fmean(values), "half_width": half_width}


def of_draws(values: list[float]) -> list[float]:
    """The middle 95 % of bootstrap draws."""
    ordered = sorted(values)
    edge = lambda share: ordered[min(len(ordered) - 1, max(0, round(share * (len(ordered) - 1))))]
    return [edge(0.025), edge(0.975)]
