"""Alerts from any thread to event loops, without anyone waiting."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime

import pytest

from turnpike.hotlists import services as hotlists

AT = datetime(2026, 11, 22, 14, 3, tzinfo=UTC)


def publish_many(exchange: hotlists.Exchange, start: int) -> None:
    for number in range(start, start + 50):
        exchange.publish(alert(number))


def alert(number: int) -> hotlists.Alert:
    return hotlists.Alert(
        hit_id=number,
        entry_id=1,
        read_id="0" * 16,
        list_slug="stolen",
        case_reference="CR/04711/26",
        list_name="Stolen vehicles",
        plate="AB12CDE",
        read_plate="AB12CDE",
        priority=hotlists.Priority.HIGH,
        kind=hotlists.MatchKind.EXACT,
        confidence=0.9,
        camera_id="bridge-north",
        captured_at=AT,
        received_at=AT,
        outcome=None,
        actioned_by="",
        actioned_at=None,
    )


async def test_every_subscriber_gets_every_alert_in_order():
    exchange = hotlists.Exchange()
    with exchange.subscribe() as one, exchange.subscribe() as other:
        threads = [threading.Thread(target=publish_many, args=(exchange, start)) for start in (0, 1000)]
        for thread in threads:
            thread.start()
        for subscription in (one, other):
            numbers: list[int] = []
            while len(numbers) < 100:
                if found := await subscription.take(within_s=10):
                    numbers.append(found.hit_id)
            assert len(set(numbers)) == 100
            for start in (0, 1000):
                ours = [number for number in numbers if start <= number < start + 50]
                assert ours == sorted(ours)
        for thread in threads:
            thread.join()
    assert len(exchange) == 0


async def test_a_taker_that_waits_is_woken_by_another_thread():
    exchange = hotlists.Exchange()
    with exchange.subscribe() as subscription:
        taking = asyncio.create_task(subscription.take(within_s=30))
        await asyncio.sleep(0)
        await asyncio.to_thread(exchange.publish, alert(1))
        taken = await asyncio.wait_for(taking, 5)
        assert taken == alert(1)


async def test_a_wake_brings_nothing_but_ends_the_wait():
    exchange = hotlists.Exchange()
    with exchange.subscribe() as subscription:
        taking = asyncio.create_task(subscription.take(within_s=30))
        await asyncio.sleep(0)
        await asyncio.to_thread(exchange.wake)
        assert await asyncio.wait_for(taking, 5) is None
        assert await subscription.take(within_s=0) is None


async def test_a_slow_subscriber_is_dropped_and_holds_nobody_up():
    exchange = hotlists.Exchange(capacity=3)
    with exchange.subscribe() as slow, exchange.subscribe() as quick:
        for number in range(4):
            exchange.publish(alert(number))
            found = await quick.take(within_s=1)
            assert found is not None
            assert found.hit_id == number
        with pytest.raises(hotlists.Disconnected, match="connect again"):
            await slow.take(within_s=1)


async def test_a_closed_exchange_lets_every_taker_go():
    exchange = hotlists.Exchange()
    with exchange.subscribe() as before:
        taking = asyncio.create_task(before.take(within_s=30))
        await asyncio.sleep(0)
        exchange.close()
        with pytest.raises(hotlists.Disconnected):
            await asyncio.wait_for(taking, 5)
        with exchange.subscribe() as after, pytest.raises(hotlists.Disconnected):
            await after.take(within_s=30)


def test_a_loop_that_is_gone_hinders_nobody():
    exchange = hotlists.Exchange()
    loop = asyncio.new_event_loop()

    async def subscribe_and_forget() -> None:
        exchange.subscribe().__enter__()

    loop.run_until_complete(subscribe_and_forget())
    loop.close()
    exchange.publish(alert(1))
