"""What every figure stands on."""

from __future__ import annotations

import os
import subprocess
import sys

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.bench.apart import ask_process
from turnpike.bench.errors import BenchFailed
from turnpike.bench.machine import describe, peak_memory_mb
from turnpike.bench.rapidfuzz_process import FuzzyMatched
from turnpike.bench.timing import per_s, percentile, timed_ms


def test_percentiles_of_known_values():
    values = list(range(100, 0, -1))
    assert (percentile(values, 50), percentile(values, 99), percentile(values, 100)) == (50, 99, 100)
    assert percentile([7.0], 95) == 7.0


@given(st.lists(st.integers(), min_size=1), st.integers(1, 100))
def test_a_percentile_was_measured_and_covers_its_share(values, percent):
    found = percentile(values, percent)
    assert found in values
    assert sum(value <= found for value in values) * 100 >= percent * len(values)
    assert sum(value < found for value in values) * 100 < percent * len(values)


def test_timing_calls_at_least_once():
    calls = []
    assert len(timed_ms(lambda: calls.append(1), for_s=0)) == len(calls) == 1


def test_a_rate_is_of_the_time_that_was_worked():
    assert per_s([250.0, 250.0]) == 4.0


def test_the_memory_of_a_family_counts_the_children():
    hold = "held = b'x' * (80 << 20); print('ready', flush=True); input()"
    before = peak_memory_mb(os.getpid())
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert peak_memory_mb(child.pid) > 80
        assert peak_memory_mb(os.getpid()) > before + 80
        child.communicate(b"\n")


def test_the_machine_is_described():
    assert describe()["cores"] == len(os.sched_getaffinity(0))


class Nonsense(msgspec.Struct):
    """What no measuring process understands."""

    nothing: int = 0


def test_a_measuring_process_that_fails_is_named(capfd):
    with pytest.raises(BenchFailed, match="rapidfuzz_process"):
        ask_process("rapidfuzz_process", Nonsense(), FuzzyMatched)
    assert "ValidationError" in capfd.readouterr().err
