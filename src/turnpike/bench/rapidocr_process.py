"""The peer of recognition, in a process of its own: RapidOCR as its documentation begins.

The path of a picture in and all writing out, which is taken for a plate where nothing but its letters and digits is kept.
"""

from __future__ import annotations

from typing import Any

from turnpike.bench.apart import answer_process
from turnpike.bench.reading_pictures import PicturesRead, ReadPictures, read_each, use_cores


def read_pictures(asked: ReadPictures) -> PicturesRead:
    """Read them one after another, from the file to the texts."""
    use_cores(asked.threads)
    from rapidocr import RapidOCR

    engine = RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": asked.threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )

    def read(path: str) -> tuple[str, ...]:
        found: Any = engine(path)
        return tuple("".join(filter(str.isalnum, text)).upper() for text in found.txts or ())

    return read_each(read, asked.paths)


if __name__ == "__main__":
    answer_process(ReadPictures, read_pictures)
