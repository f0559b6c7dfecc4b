"""`turnpike bench streams`, in its short form: it reads real streams and tells its figures."""

from __future__ import annotations

import pytest
from tests.rtsp import serve

from turnpike.bench.streams import measure


@pytest.mark.rtsp
@pytest.mark.long
def test_streams_are_read_as_often_as_asked():
    with serve():  # skips where there is no server
        pass
    figures = measure(short=True).figures
    assert figures["streams"] == 2
    assert figures["useful_frames_per_s_min"] > 2
    assert figures["received_frames"] > 0
    assert figures["memory_mb"] > 50
