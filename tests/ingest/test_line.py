"""Messages go to the threads together and answers come back together; each gets its own."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from turnpike.ingest.bodies import Posted
from turnpike.ingest.errors import TryLater
from turnpike.ingest.line import MOST_AT_ONCE, CheckingLine, Replies, Taken
from turnpike.ingest.messages import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator


class Echo:
    """Answers each message with the number that it is."""

    def __init__(self) -> None:
        self.groups: list[int] = []
        self.closed = threading.Semaphore(0)

    def check(self, some: list[Taken]) -> None:
        self.groups.append(len(some))
        for taken in some:
            number = int(taken.posted.body)
            if number % 7 == 3:
                taken.reply.set_exception(TryLater(str(number)))
            else:
                taken.reply.set_result(Answer(number, 0, (), ()))


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def line(echo: Echo) -> Iterator[CheckingLine]:
    made = CheckingLine(echo.check, echo.closed.release, threads=2)
    made.start()
    yield made
    made.stop()


async def test_each_of_many_senders_gets_its_own_answer(line: CheckingLine, echo: Echo):
    replies = Replies(asyncio.get_running_loop())
    waiting = [replies.expect() for _ in range(500)]
    for number, reply in enumerate(waiting):
        line.put(Taken("key", Posted(b"%d" % number), reply))
    answers = await asyncio.gather(*(reply.future for reply in waiting), return_exceptions=True)
    for number, answer in enumerate(answers):
        if number % 7 == 3:
            assert isinstance(answer, TryLater)
            assert str(answer) == str(number)
        else:
            assert answer == Answer(number, 0, (), ())
    assert sum(echo.groups) == 500
    assert 1 < max(echo.groups) <= MOST_AT_ONCE, "each message woke a thread of its own"


async def test_a_sender_who_gave_up_is_no_harm(line: CheckingLine):
    replies = Replies(asyncio.get_running_loop())
    left, kept = replies.expect(), replies.expect()
    left.future.cancel()
    assert not left.set_running_or_notify_cancel()
    line.put(Taken("key", Posted(b"1"), left))
    line.put(Taken("key", Posted(b"2"), kept))
    assert (await kept.future).stored == 2


async def test_stopping_answers_what_waits(echo: Echo):
    line, replies = (
        CheckingLine(echo.check, echo.closed.release, threads=2),
        Replies(asyncio.get_running_loop()),
    )
    waiting = [replies.expect() for _ in range(200)]
    for reply in waiting:
        line.put(Taken("key", Posted(b"1"), reply))
    line.start()
    await asyncio.to_thread(line.stop)
    assert [(await reply.future).stored for reply in waiting] == [1] * 200
    assert echo.closed.acquire(timeout=5)
    assert echo.closed.acquire(timeout=5)
