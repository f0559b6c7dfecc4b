"""The errors of the door.

TurnpikeError
├── Denied               a decision went against what was asked; an ordinary outcome, already in the ledger
├── InputError
│   ├── RequestError     the case reference, purpose or reason of a new request cannot be used
│   ├── RangeError       the time range of a search cannot be used
│   ├── TooManyReads     a pattern fits more reads than one search may return
│   ├── ExportError      what is to be exported is no longer what was said
│   ├── ReadGone         the read was deleted since it was returned
│   ├── CaseFileError    a file of cases is none, or cannot be read
│   ├── WhoQuestionError the day or the person of a question who could see a read cannot be used
│   ├── AuthorityError   nothing waits for a decision under that number
│   ├── AgreementError   an agreement, its terms or a consultation cannot be used as asked
│   ├── RelationError    the relation cannot be declared or ended
│   └── WatchError       there is no such watch or operator
├── UnavailableError
│   └── RegisterUnavailable  the case register does not answer, or not with sense
└── ConfigurationError
    └── PackError        the policy pack does not parse or does not fit its schema
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from turnpike.errors import ConfigurationError, InputError, TurnpikeError, UnavailableError

if TYPE_CHECKING:
    from turnpike.access.rulings import Decision


class Denied(TurnpikeError):
    """A decision went against what was asked; its text is the failing rules' sentences.

    `decision` names every failing rule; `entry` is the index of the ledger entry of this denial.
    """

    def __init__(self, decision: Decision, entry: int) -> None:
        super().__init__(" ".join(rule.says for rule in decision.rules))
        self.decision = decision
        self.entry = entry


class RequestError(InputError):
    """The case reference, purpose or reason of a new request cannot be used; `field` names which.

    `field` is `case_reference`, `purpose`, `reason`, or `why` of a refusal.
    """

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class RangeError(InputError):
    """The time range of a search cannot be used."""


class TooManyReads(InputError):
    """A pattern fits more reads than one search may return; `more_than` is all that is told of how many."""

    def __init__(self, more_than: int) -> None:
        super().__init__(
            f"More than {more_than:,} reads fit this pattern, so none is shown: give more of the plate, fewer cameras or a shorter time."
        )
        self.more_than = more_than


class ExportError(InputError):
    """What is to be exported is no longer what was said; nothing was handed over."""


class ReadGone(InputError):
    """The read was deleted since it was returned; asking again will not bring it back."""


class CaseFileError(InputError):
    """A file of cases is none, or cannot be read; nothing of it was taken over."""


class WhoQuestionError(InputError):
    """The day or the person of a question who could see a read cannot be used; `field` is `day` or `person`."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class AuthorityError(InputError):
    """Nothing waits for a decision under that number."""


class AgreementError(InputError):
    """An agreement, its terms or a consultation cannot be used as asked; `field` names which value, or is empty."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class RelationError(InputError):
    """The relation cannot be declared or ended."""


class WatchError(InputError):
    """There is no such watch or operator."""


class RegisterUnavailable(UnavailableError):
    """The case register does not answer, or not with sense; no case can be confirmed."""


class PackError(ConfigurationError):
    """The policy pack does not parse or does not fit its schema; the centre must not start with it."""
