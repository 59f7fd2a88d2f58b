"""Reading on in a log: wherever a reading breaks off, each line is taken once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harmony_desktop.control.log_position import LogPosition
from harmony_desktop.control.ports import LogChunk


@given(times=st.lists(st.integers(1, 6), min_size=1, max_size=30), cuts=st.lists(st.integers(0, 40), max_size=6))
def test_each_line_is_taken_once(times: list[int], cuts: list[int]) -> None:
    """The engine gives lines from a time on, that time included; several lines may bear the same."""
    log = tuple((time_ns, f"line {number}") for number, time_ns in enumerate(sorted(times)))
    position = LogPosition()
    taken: list[tuple[int, str]] = []
    for cut in [*cuts, len(log)]:
        since = position.resume()
        rest = tuple(line for line in log if line[0] >= since)[: cut if cut < len(log) else None]
        for start in range(0, len(rest), 3):
            taken += position.take(LogChunk("c", rest[start : start + 3]))
    assert tuple(taken) == log
