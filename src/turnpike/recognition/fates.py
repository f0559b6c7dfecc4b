"""What becomes of each frame and of each place on it that may be a plate: exactly one of these, so that nothing is dropped unseen."""

from __future__ import annotations

from enum import StrEnum


class Fate(StrEnum):
    """What became of one place on a frame. All but `READ` are reasons; their words are what users are shown.

    The first group is read and judged, and `Engine.examine` hands it out; the second is dropped by the detector before that.
    """

    READ = "read"
    CUT_OFF = "cut off by the picture's edge"
    NOTHING_LEGIBLE = "nothing legible"
    NO_PLATE = "not a plate"
    """By the reader's own sign for what is none: badges, name boards, shop signs."""
    NO_PLATE_TEXT = "not a plate's text"
    NO_DIGIT = "no digit"
    TOO_SMALL = "too small"
    UNSURE = "too unsure"

    FAINT = "hardly a plate"
    """Below the detector's threshold, yet above chance."""
    NONE_CLOSER = "no plate in the closer look"
    DUPLICATE = "same plate as another"
    LEFT_OUT = "more than are looked at"

    @property
    def sentence(self) -> str:
        """What it means, for a technician."""
        return _SENTENCES[self]


class FrameFate(StrEnum):
    """What became of one frame."""

    WITH_READ = "with a plate read"
    NONE_FOUND = "without any plate"
    NONE_BELIEVED = "with something that was not believed"
    FAILED = "on which recognition failed"


_SENTENCES = {
    Fate.READ: "The plate was read, and its text is believed.",
    Fate.CUT_OFF: "It reaches the picture's edge, so that signs may be missing.",
    Fate.NOTHING_LEGIBLE: "It looks like a plate, but no sign on it can be told.",
    Fate.NO_PLATE: "It was found, but the reader takes it for something else: a badge, a sign, a lamp.",
    Fate.NO_PLATE_TEXT: "What stands on it is too long or too short for any plate.",
    Fate.NO_DIGIT: "It has letters alone, as a name on a board has, and they are not sure enough.",
    Fate.TOO_SMALL: "It is so small on the picture that its text is more likely wrong than right.",
    Fate.UNSURE: "Its text is more likely wrong than right.",
    Fate.FAINT: "Something there is a little like a plate, but too little to be looked at.",
    Fate.NONE_CLOSER: "It looked like a plate from afar, and the closer look found none.",
    Fate.DUPLICATE: "It is the same plate as another place, found a second time.",
    Fate.LEFT_OUT: "The picture has more such places than are looked at; the surest were taken.",
}
