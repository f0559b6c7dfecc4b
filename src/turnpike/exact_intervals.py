"""How sure a share is that was counted: the exact interval, which holds for few as for many."""

from __future__ import annotations

import math

USUAL_LEVEL = 0.95
_STEPS = 60
"""Halvings of an interval of 0 to 1: to within a rounding."""
_TERMS = 10_000
_TINY = 1e-300


def exact_interval(count: int, of: int, level: float = USUAL_LEVEL) -> tuple[float, float]:
    """The interval of a share of which `count` of `of` were counted, from 0 to 1; of none, nothing is known.

    It never covers less than `level` (95 % unless told otherwise), however few were counted.
    Source: C. J. Clopper and E. S. Pearson, “The use of confidence or fiducial limits illustrated in the case of the binomial”,
    Biometrika 26 (1934), 404 to 413.

    Raises:
        ValueError: `count` is not from 0 to `of`, or `level` not between 0 and 1.
    """
    _check(count, of)
    if not 0 < level < 1:
        raise ValueError("How sure to be lies between 0 and 1.")
    if of == 0:
        return 0.0, 1.0
    tail = (1 - level) / 2
    low = 0.0 if count == 0 else _where(tail, count, of - count + 1)
    high = 1.0 if count == of else _where(1 - tail, count + 1, of - count)
    return low, high


def chance_of_at_least(count: int, of: int, share: float) -> float:
    """How likely `count` or more of `of` are, each with a chance of `share`.

    The lower end of the exact interval is at least `share` where this is no more than its lower tail.
    Source: DLMF 8.17.5, the binomial distribution by the incomplete beta function.

    Raises:
        ValueError: `count` is not from 0 to `of`.
    """
    _check(count, of)
    return 1.0 if count == 0 else _beta_below(share, count, of - count + 1)


def _check(count: int, of: int) -> None:
    if not 0 <= count <= of:
        raise ValueError("A share counts some of what there is: from 0 to all of it.")


def _where(probability: float, a: float, b: float) -> float:
    """The quantile of a beta distribution, found by halving."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _beta_below(middle, a, b) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _beta_below(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function. Source: DLMF 8.17.22, the continued fraction, and 8.17.4, its mirror."""
    if x <= 0.0 or x >= 1.0:
        return float(x >= 1.0)
    if x > (a + 1) / (a + b + 2):
        return 1.0 - _beta_below(1.0 - x, b, a)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    return front * _fraction(x, a, b) / a


def _fraction(x: float, a: float, b: float) -> float:
    """Evaluated from the front by the modified Lentz method. Source: Thompson and Barnett, J. Comput. Phys. 64 (1986), 490 to 509."""
    c, d = 1.0, 1.0 / _kept_apart(1.0 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _TERMS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / _kept_apart(1.0 + term * d)
            c = _kept_apart(1.0 + term / c)
            value *= c * d
        if abs(c * d - 1.0) < math.ulp(1.0):
            break
    return value


def _kept_apart(value: float) -> float:
    """The value, kept off zero, by which is divided."""
    return value if abs(value) > _TINY else _TINY
