"""What can go wrong before anything is evaluated.

InputError
└── EvaluationError       what was given cannot be evaluated, or its report cannot be written
    └── ManifestUnsound   lines of the manifest are wrong; every fault is told with its line

No sentence holds a file's name or a label: both may be plates, and errors end in logs.
"""

from __future__ import annotations

from turnpike.errors import InputError

MOST_TOLD = 100


class EvaluationError(InputError):
    """What was given cannot be evaluated, or its report cannot be written; the sentence says what to do."""


class ManifestUnsound(EvaluationError):
    """Lines of the manifest are wrong; `faults` has each as `Line 7: …`, and nothing was evaluated."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        self.faults = faults
        more = f"\n… and {len(faults) - MOST_TOLD:,} more." if len(faults) > MOST_TOLD else ""
        told = "\n".join(faults[:MOST_TOLD])
        super().__init__(
            "Nothing was evaluated. Mend these lines of the manifest, or leave their pictures out, counted, with "
            f"--skip-bad:\n{told}{more}"
        )
