"""A screen in the control room: signed in like a browser, listening to the alert stream."""

from __future__ import annotations

import queue
import re
import threading
import time
from typing import Self

import httpx

from turnpike.bench.errors import BenchFailed

_FORM_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Screen:
    """Notes when each new alert arrives; for `with`."""

    def __init__(self, url: str, sign_in_link: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=30.0, trust_env=False, follow_redirects=True)
        self._link = sign_in_link
        self._listening = threading.Event()
        self._arrived: queue.SimpleQueue[float] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._listen, name="bench-screen", daemon=True)

    def __enter__(self) -> Self:
        """Sign in, and return when the stream is open."""
        token = _FORM_TOKEN.search(self._client.get(self._link).text)
        if token is None:
            raise BenchFailed("The benchmark's screen could not sign in; run `turnpike doctor`.")
        form = {"csrfmiddlewaretoken": token[1]}
        self._client.post(self._link, data=form, headers={"Referer": self._link}).raise_for_status()
        self._thread.start()
        if not self._listening.wait(30):
            raise BenchFailed("The alert stream did not open; run `turnpike doctor`.")
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def next_alert_at_s(self, within_s: float) -> float:
        """When the next alert arrived, by `time.perf_counter`.

        Raises:
            BenchFailed: none came.
        """
        try:
            return self._arrived.get(timeout=within_s)
        except queue.Empty:
            raise BenchFailed("An alert did not reach the screen in time; run `turnpike doctor`.") from None

    def _listen(self) -> None:
        try:
            with self._client.stream("GET", "/alerts/stream", timeout=None) as stream:
                for line in stream.iter_lines():
                    # The first event names the watches: from then on each alert comes as it is raised.
                    if line.startswith("event: watches"):
                        self._listening.set()
                    elif line.startswith("event: alert"):
                        self._arrived.put(time.perf_counter())
        except (httpx.HTTPError, RuntimeError):
            return  # closed, or the server ended: whoever waits for an alert says so
