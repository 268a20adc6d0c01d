"""Samples from a link file that is written, replaced and taken away meanwhile."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pedal.link import RUNNING, Link
from pedal.measure.soak.sample import RARELY, Sampler, Sensors
from pedal.measure.soak.tally import Tally

SILENT = Sensors(lambda: None, lambda: None, lambda: None)


@pytest.fixture
def link(tmp_path: Path) -> Iterator[Link]:
    with closing(Link(tmp_path / "link")) as link:
        link.set("process", os.getpid())
        link.set("state", RUNNING)
        yield link


def test_words_and_histograms_as_they_are_written(link: Link, tmp_path: Path) -> None:
    with closing(Sampler(tmp_path / "link", SILENT)) as sampler:
        before = sampler.sample(0.0)
        link.set("xruns_capture", 4)
        link.load_histogram[9], link.wake_histogram[63] = 5, 2**64 - 1
        after = sampler.sample(1.5)
    assert (before.words["xruns_capture"], sum(before.load)) == (0, 0)
    assert (after.at_s, after.words["xruns_capture"], after.alive) == (1.5, 4, True)
    assert (after.load[9], sum(after.load), after.wake[63]) == (5, 5, 2**64 - 1)


def test_an_engine_that_has_died(link: Link, tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    link.set("process", ended.pid)
    with closing(Sampler(tmp_path / "link", SILENT)) as sampler:
        assert not sampler.sample(0.0).alive


def test_a_link_that_goes_and_another_that_comes(link: Link, tmp_path: Path) -> None:
    path, tally = tmp_path / "link", Tally()
    link.set("heartbeat", 1000)
    with closing(Sampler(path, SILENT)) as sampler:
        tally.add(sampler.sample(0.0))
        path.unlink()
        gone = sampler.sample(1.0)
        assert (gone.words, gone.alive, gone.load) == ({}, False, ())
        assert not path.exists()  # looking makes none
        tally.add(gone)
        with closing(Link(path)) as other:
            for name, value in (("process", os.getpid()), ("state", RUNNING), ("heartbeat", 5), ("xruns_playback", 2)):
                other.set(name, value)
            tally.add(sampler.sample(2.0))
    assert (tally.silent_s, tally.xruns) == ({"no link": 1.0}, 2)


def test_no_link_from_the_beginning(tmp_path: Path) -> None:
    with closing(Sampler(tmp_path / "run" / "link", SILENT)) as sampler:
        assert sampler.sample(0.0).words == {}
        assert sampler.words() == {}
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("link")
def test_the_firmware_is_asked_now_and_then(tmp_path: Path) -> None:
    sensors = Sensors(lambda: 51.5, lambda: 1.8e9, lambda: 0x5)
    with closing(Sampler(tmp_path / "link", sensors)) as sampler:
        samples = [sampler.sample(float(at_s)) for at_s in range(2 * RARELY)]
    assert [sample.flags for sample in samples].count(0x5) == 2
    assert samples[0].flags == samples[RARELY].flags == 0x5
    assert {(sample.temperature_c, sample.clock_hz) for sample in samples} == {(51.5, 1.8e9)}
