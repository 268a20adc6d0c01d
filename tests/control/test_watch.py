"""What control makes of the engine's words, on a link that the test writes as an engine would."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pedal.control.sensed import Heard
from pedal.control.watch import Watch
from pedal.link import OFF, RUNNING, STARTING, WAITING, Link


@pytest.fixture
def link(tmp_path: Path) -> Iterator[Link]:
    """The link of an engine that runs: this process."""
    with closing(Link(tmp_path / "link")) as opened:
        opened.set("process", os.getpid())
        opened.set("state", RUNNING)
        opened.set("heartbeat", 1)
        yield opened


@pytest.mark.parametrize(
    ("state", "said"), [(OFF, "off"), (STARTING, "starting"), (RUNNING, "running"), (WAITING, "waiting")]
)
def test_states_have_names(link: Link, state: int, said: str) -> None:
    link.set("state", state)
    assert Watch().look(link, 0.0, None).engine == said


def test_a_process_that_is_gone_is_off_whatever_it_said_last(link: Link) -> None:
    link.set("process", 2**22 + 1)  # no Linux gives that number
    assert Watch().look(link, 0.0, None).engine == "off"


def test_a_heartbeat_that_stands_still_is_stuck_after_a_second_and_comes_back(link: Link) -> None:
    watch = Watch()
    assert [watch.look(link, now, None).engine for now in (5.0, 5.9, 6.0, 60.0)] == [
        "running",
        "running",
        "stuck",
        "stuck",
    ]
    link.set("heartbeat", 2)
    assert watch.look(link, 61.0, None).engine == "running"


def test_clipping_lights_up_for_a_moment_from_its_first_count_on(link: Link) -> None:
    watch = Watch()
    link.set("clipped", 40)  # before control began
    assert not watch.look(link, 0.0, None).output_clipped
    link.set("clipped", 41)
    lit = []
    for now in (0.1, 0.5, 1.5, 1.7):
        link.set("heartbeat", int(now * 10) + 10)
        lit.append(watch.look(link, now, None).output_clipped)
    assert lit == [True, True, True, False]
    link.set("clipped", 0)  # another engine
    assert not watch.look(link, 1.8, None).output_clipped


def test_the_input_clips_by_its_peak(link: Link) -> None:
    watch = Watch()
    link.set("input_peak", 0.9)
    assert not watch.look(link, 0.0, None).input_clipped
    link.set("input_peak", 0.97)  # 26 ms after full scale, at 20 dB in 1.7 s
    assert watch.look(link, 0.05, None).input_clipped
    link.set("input_peak", 0.1)
    assert watch.look(link, 0.9, None).input_clipped


def test_xruns_are_those_of_the_last_ten_seconds(link: Link) -> None:
    watch, seen = Watch(), []
    for now, capture, playback in ((0.0, 7, 0), (1.0, 8, 0), (2.0, 8, 2), (10.9, 8, 2), (11.0, 8, 2), (12.0, 8, 2)):
        link.set("heartbeat", int(now * 10) + 10)
        link.set("xruns_capture", capture)
        link.set("xruns_playback", playback)
        seen.append(watch.look(link, now, None).xruns)
    assert seen == [0, 1, 3, 3, 2, 0]


def test_the_words_come_through(link: Link) -> None:
    heard = Heard("E", 2, -3.0)
    for name, value in (("load", 0.2), ("output_peak", 0.5), ("input_peak", 0.25), ("refused", 99)):
        link.set(name, value)
    sensed = Watch().look(link, 0.0, heard)
    assert (sensed.load, sensed.output_peak, sensed.input_peak, sensed.refused, sensed.heard) == (
        0.2,
        0.5,
        0.25,
        99,
        heard,
    )
