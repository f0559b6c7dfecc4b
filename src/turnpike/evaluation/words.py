"""Figures and verdicts in words that a manager of cameras and a court understand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from turnpike.evaluation.models import FailureKind
from turnpike.evaluation.rates import Standing

if TYPE_CHECKING:
    from collections.abc import Callable

    from turnpike.evaluation.rates import Judgement, Rate, Verdict

NOT_MEASURED = "not measured"
KINDS = {
    FailureKind.MISREAD: "Misread",
    FailureKind.MISSED: "Not captured, or not found",
    FailureKind.EXTRA: "Read or found where it is not labelled",
}
HEADINGS = {
    Standing.MEETS: "Meets what is asked for",
    Standing.FAILS: "Does not meet what is asked for",
    Standing.TOO_FEW: "Too few plates to tell",
}
_MOST_DIGITS = 4


def percent(share: float) -> str:
    """To one decimal; never 100 % of less than all, nor 0 % of more than none."""
    tenths = round(share * 1000)
    if share < 1:
        tenths = min(tenths, 999)
    if share > 0:
        tenths = max(tenths, 1)
    return f"{tenths / 10:.1f} %"


def interval(rate: Rate) -> str:
    """`96.3 % to 99.2 %`, rounded outward."""
    return f"{math.floor(rate.low * 1000) / 10:.1f} % to {math.ceil(rate.high * 1000) / 10:.1f} %"


def rate_text(rate: Rate) -> str:
    """`412 of 420, 98.1 % (96.2 % to 99.2 %)`."""
    if rate.share is None:
        return NOT_MEASURED
    return f"{rate.count:,} of {rate.of:,}, {percent(rate.share)} ({interval(rate)})"


def asked(demand: float) -> str:
    """A demand as it was given: `98 %`, `97.5 %`."""
    return f"{demand * 100:.4f}".rstrip("0").rstrip(".") + " %"


def verdict_sentence(verdict: Verdict, level: float) -> str:
    """The verdict with its grounds, one sentence a rate, and what to do where it cannot be told."""
    if verdict.captured.rate.of == 0:
        return (
            f"No plate has its text labelled, so that neither rate can be told; about {verdict.more_plates:,} labelled texts are needed, "
            "and more where some are missed or misread."
        )
    sentences = [
        _judged("captured", "labelled plates", verdict.captured),
        _judged("read right", "captured plates", verdict.read),
    ]
    if verdict.standing is Standing.TOO_FEW:
        sentences.append(
            f"About {verdict.more_plates:,} more labelled plates are needed, if they turn out like these."
            if verdict.more_plates
            else "How many more are needed cannot be foretold: what was found is too near to what is asked for."
        )
    sentences.append(
        f"Each range was made so that it holds the true share in at least {asked(level)} of such trials."
    )
    return " ".join(sentences)


def _judged(what: str, of: str, judgement: Judgement) -> str:
    rate, demand = judgement.rate, judgement.demand
    if rate.share is None:
        return f"There are no {of} to tell whether at least {asked(demand)} are {what}."
    begun = f"{rate.count:,} of {rate.of:,} {of} were {what} ({percent(rate.share)}); at least {asked(demand)} are asked for, and"
    low, high = _bound(rate.low, demand, math.floor), _bound(rate.high, demand, math.ceil)
    if judgement.standing is Standing.MEETS:
        return f"{begun} even the least that these figures allow, {low}, reaches that."
    if judgement.standing is Standing.FAILS:
        return f"{begun} even the most that these figures allow, {high}, is less."
    return f"{begun} these figures allow anything from {low} to {high}."


def _bound(bound: float, demand: float, outward: Callable[[float], int]) -> str:
    """Rounded outward, to as many decimals as it takes to stand on its own side of the demand."""
    for digits in range(1, _MOST_DIGITS):
        shown = outward(bound * 100 * 10**digits) / 10**digits
        if (shown >= demand * 100) == (bound >= demand):
            return f"{shown:.{digits}f} %"
    return f"{bound * 100:.{_MOST_DIGITS}f} %"


def unbroken(sentence: str) -> str:
    """The sentence, with no line ending between a number and its sign."""
    return sentence.replace(" %", "\N{NO-BREAK SPACE}%")


def printable(text: str) -> str:
    """A text of others without what could steer a terminal or turn the direction of writing."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
