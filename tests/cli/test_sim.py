"""`pedal sim` without a terminal, from end to end: the real control and the real engine, on a real clock."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from PIL import Image

from pedal import config
from pedal.control import rack
from pedal.control.rack import Rack
from pedal.model import reference
from pedal.model.loaded import load

RATE_HZ = 44_100
PERIOD, PERIODS = 512, 16
LATENCY = PERIOD * PERIODS
PATIENT = f"""
[card]
period_frames = {PERIOD}
periods = {PERIODS}
prefill_periods = {PERIODS}

[switch.A]
pin = 17
press = "bypass"
long = "tuner"

[switch.B]
pin = 27
press = "mute"

[switch.C]
pin = 22
press = "next"
"""
"""With buffers so long that a busy machine is not late, and a switch that mutes."""
FADE = 2_205 + 882
"""Frames in which a newcomer listens and is faded in, the longest of all changes."""
REACTION = 8_820
"""Frames until a press is certain to have been heard of, on a busy machine."""
TOLERANCE = 2e-5
"""Of full scale: the kernel's float32 against the oracle, and the card's whole numbers."""

Samples = NDArray[np.float64]

pytestmark = pytest.mark.usefixtures("kernels")


class Run(NamedTuple):
    """One performance."""

    figures: dict[str, Any]
    guitar: Samples
    """[frames], as the card gave it."""
    sound: Samples
    """[frames] from the moment at which the guitar's first frame comes out."""
    rack: Rack
    screens: list[Path]

    def part(self, begin_s: float, end_s: float) -> slice:
        """Frames, without those in which a press at the beginning may still show."""
        return slice(round(begin_s * RATE_HZ) + REACTION, round(end_s * RATE_HZ))

    def through(self, name: str) -> Samples:
        """The guitar through the model of that name, by the float64 oracle, at its trim."""
        entry = next(entry for entry in self.rack.entries if entry.name == name)
        out, _ = reference.run(load(config.shipped("models") / entry.file).model, self.guitar)
        return np.clip(out * 10 ** (entry.trim_db / 20), -1.0, 1.0)


def perform(places: Path, seconds: float, press: str, *options: str) -> Run:
    """Play with these presses, in folders of its own."""
    (places / "pedal.toml").write_text(PATIENT)
    state = places / "kept"
    command = [
        "--config",
        str(places / "pedal.toml"),
        "--state",
        str(state),
        "--seconds",
        str(seconds),
        "--press",
        press,
    ]
    command += ["--out", str(places / "out.wav"), "--screens", str(places / "screens"), "--json", *options]
    ran = pedal_sim(command)
    assert ran.returncode == 0, ran.stderr
    guitar, _ = soundfile.read(config.shipped("guitar.wav"))
    sound, rate_hz = soundfile.read(places / "out.wav")
    assert rate_hz == RATE_HZ
    assert len(sound) == round(seconds * RATE_HZ)
    figures = json.loads(ran.stdout)
    assert figures["xruns_capture"] == figures["xruns_playback"] == figures["resets"] == 0
    return Run(
        figures,
        np.resize(guitar, len(sound) - LATENCY),
        sound[LATENCY:],
        rack.read(state / "rack.json").rack,
        sorted((places / "screens").iterdir()),
    )


def pedal_sim(arguments: Sequence[str], **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the command, without a terminal."""
    command = [sys.executable, "-m", "pedal", "sim", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=os.environ | environment
    )


def test_bypassed_it_is_the_guitar_and_on_it_is_the_model(places: Path) -> None:
    run = perform(places, 3.0, "0:A 1.3:A")
    bypassed, on = run.part(0.0, 1.3), run.part(1.3, 3.0 - LATENCY / RATE_HZ)
    assert np.array_equal(run.sound[bypassed], run.guitar[bypassed].astype(np.float32))
    name = run.rack.entries[0].name
    error = np.max(np.abs(run.sound[on] - run.through(name)[on]))
    assert error < TOLERANCE
    assert run.figures["latency_frames"] == run.figures["buffer_frames"] == LATENCY
    assert run.figures["presses"] == [[0.0, "A"], [1.3, "A"]]
    assert [model for _, model in run.figures["models"] if model] == [run.rack.entries[0].title]


def test_a_model_change_has_no_gap_and_the_tuner_is_silent(places: Path) -> None:
    run = perform(places, 4.0, "0.8:C 2.4:A~")
    first, second = (run.through(entry.name) for entry in run.rack.entries[:2])
    before, after = run.part(0.2, 0.8), slice(run.part(0.8, 2.4).start + FADE, run.part(0.8, 2.4).stop)
    change = slice(round(0.8 * RATE_HZ), after.start)
    assert np.max(np.abs(run.sound[before] - first[before])) < TOLERANCE
    assert np.max(np.abs(run.sound[after] - second[after])) < 1e-3  # what it did not hear of the beginning fades away
    steps = [np.max(np.abs(np.diff(sound[change]))) for sound in (run.sound, first, second)]
    assert steps[0] <= max(steps[1:]) * 1.05
    assert not np.any(run.sound[run.part(2.4 + 0.5, 3.6)])
    assert len(run.figures["models"]) >= 2


def test_mute_is_silence_and_ends(places: Path) -> None:
    run = perform(places, 3.0, "0.8:B 1.7:B")
    muted, after = run.part(0.8, 1.7), run.part(1.7, 3.0 - LATENCY / RATE_HZ)
    assert not np.any(run.sound[muted])
    expected = run.through(run.rack.entries[0].name)
    assert np.max(np.abs(run.sound[after] - expected[after])) < TOLERANCE


def test_the_screens_are_pictures_named_for_their_seconds(places: Path) -> None:
    run = perform(places, 2.0, "0.5:gain+3 1.2:A~")
    seconds = [float(path.stem) for path in run.screens]
    assert seconds[0] == 0.0
    assert 1.2 < seconds[-1] <= 2.2
    assert run.figures["screens"] == len(run.screens) > 4
    images = [Image.open(path) for path in run.screens]
    assert {(image.mode, image.size) for image in images} == {("1", (128, 64))}
    assert len({image.tobytes() for image in images}) > 4
