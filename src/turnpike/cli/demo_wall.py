"""A screen on the wall: signs in like a browser, listens to the alert stream, and says how soon an alert came."""

from __future__ import annotations

import re
import threading
import time
from typing import TYPE_CHECKING

import httpx

from turnpike.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

_FORM_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Wall:
    """One operator's screen in a thread of its own; each new alert's arrival is noted."""

    def __init__(self, url: str, sign_in_link: str, on_alert: Callable[[], None]) -> None:
        self._client = httpx.Client(base_url=url, timeout=30.0, trust_env=False, follow_redirects=True)
        self._link = sign_in_link
        self._on_alert = on_alert
        self._seen = threading.Condition()
        self._alerts = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="demo-wall", daemon=True)

    def open(self) -> None:
        """Sign in and begin to listen.

        Raises:
            UnavailableError: the sign-in did not work.
        """
        page = self._client.get(self._link)
        token = _FORM_TOKEN.search(page.text)
        if token is None:
            raise UnavailableError("The demo's wall screen could not sign in; look at the server's output.")
        self._client.post(
            self._link, data={"csrfmiddlewaretoken": token[1]}, headers={"Referer": self._link}
        ).raise_for_status()
        self._thread.start()
        self._ready.wait(10)

    @property
    def alerts(self) -> int:
        """How many alerts have arrived."""
        return self._alerts

    def wait_for_alert(self, beyond: int, timeout_s: float) -> bool:
        """Wait until more than `beyond` alerts have arrived."""
        with self._seen:
            return self._seen.wait_for(lambda: self._alerts > beyond, timeout_s)

    def close(self) -> None:
        """Stop listening."""
        self._client.close()

    def _listen(self) -> None:
        while True:
            try:
                with self._client.stream("GET", "/alerts/stream", timeout=None) as stream:
                    self._ready.set()
                    for line in stream.iter_lines():
                        if line.startswith("event: alert"):
                            with self._seen:
                                self._alerts += 1
                                self._seen.notify_all()
                            self._on_alert()
            except (httpx.HTTPError, RuntimeError):
                if self._client.is_closed:
                    return
                time.sleep(1)
