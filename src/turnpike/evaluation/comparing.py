"""What was read beside what is labelled, character by character."""

from __future__ import annotations

NOTHING = ""
_FOLDED = str.maketrans({"O": "0", "Q": "0", "I": "1"})


def folded(text: str) -> str:
    """The text with O and Q as 0, and I as 1: one drawing on many plates, and in many labels a guess.

    Source: ../shared/tools/evaluate.py, read_folded.
    """
    return text.translate(_FOLDED)


def misreadings(label: str, read: str) -> tuple[tuple[str, str], ...]:
    """The fewest single mistakes that make `read` of `label`: what stands there and what it was taken for.

    A character that was lost was taken for nothing, and one that was added was taken from nothing (the empty text).
    Source: V. I. Levenshtein, Soviet Physics Doklady 10 (1966), 707 to 710.
    """
    costs = _costs(label, read)
    row, column = len(label), len(read)
    mistakes: list[tuple[str, str]] = []
    while row or column:
        here = costs[row][column]
        if row and column and here == costs[row - 1][column - 1] + (label[row - 1] != read[column - 1]):
            row, column = row - 1, column - 1
            if label[row] != read[column]:
                mistakes.append((label[row], read[column]))
        elif row and here == costs[row - 1][column] + 1:
            row -= 1
            mistakes.append((label[row], NOTHING))
        else:
            column -= 1
            mistakes.append((NOTHING, read[column]))
    return tuple(reversed(mistakes))


def _costs(label: str, read: str) -> list[list[int]]:
    """How many mistakes lie between each beginning of `label` and each of `read`."""
    costs = [list(range(len(read) + 1))]
    for row, sign in enumerate(label, start=1):
        above, line = costs[-1], [row]
        for column, other in enumerate(read, start=1):
            line.append(min(above[column - 1] + (sign != other), above[column] + 1, line[-1] + 1))
        costs.append(line)
    return costs
