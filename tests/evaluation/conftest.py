"""Pictures that are labelled, and a reader that answers as it is told."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from turnpike.recognition.services import Candidate, Reading

SIZE = (320, 200)


class Answering:
    """An engine whose answer stands in a picture's first pixel: `answers` by number, an exception is raised."""

    name = "a-reader-1"

    def __init__(self):
        self.answers = {}

    def examine(self, image):
        answer = self.answers.get(int(image[0, 0, 0]), ())
        if isinstance(answer, Exception):
            raise answer
        return answer

    def read_crop(self, image):
        return next(iter(self.examine(image)), None)


def reading(text, box, confidence=0.95, *, doubt="", presence=1.0, candidates=()):
    others = tuple(Candidate(other, share) for other, share in candidates)
    return Reading(text, text, confidence, box, others, doubt=doubt, presence=presence)


@pytest.fixture
def reader():
    return Answering()


@pytest.fixture
def labelled(tmp_path, reader):
    """Writes pictures that the reader knows, and their manifest: `labelled([(rows, readings), …])` with rows of columns."""

    def write(pictures, header="path,text,x,y,w,h,country", name="labels.csv"):
        lines = [header]
        for number, (rows, readings) in enumerate(pictures):
            picture = f"{number}.png"
            if readings is not None:
                canvas = np.full((SIZE[1], SIZE[0], 3), number, np.uint8)
                Image.fromarray(canvas).save(tmp_path / picture)
                reader.answers[number] = readings
            else:
                (tmp_path / picture).write_bytes(b"")
            lines += [f"{picture},{row}" for row in rows]
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write
