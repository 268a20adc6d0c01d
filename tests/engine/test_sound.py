"""What is heard through the compiled kernels, over real libasound on the simulated interface."""

import gc
import itertools
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pedal.engine.alsa import AlsaCard
from pedal.engine.burst import Process
from pedal.engine.simcard import FreeClock, SimCard, stream
from pedal.kernel.chain import CROSSFADE_FRAMES, LISTEN_FRAMES, RAMP_FRAMES
from pedal.kernel.library import Library
from pedal.kernel.pack import store
from pedal.link import INDEX, RING_FRAMES, Link
from pedal.model.model import Model
from tests.engine.rig import SIM, Rig
from tests.usbsim.interface import Interface

PREFILL = 128
FIRST, SECOND, MISSING = 0x1111, 0x2222, 0x3333
"""Model words."""


def sine(frames: int) -> NDArray[np.float64]:
    """A steady tone."""
    return 0.5 * np.sin(2 * np.pi * 220 * np.arange(frames) / 44_100)


def model(gain: float) -> Model:
    """An LSTM that is asleep, so that what it adds to the guitar is nothing; the guitar comes times gain."""
    zeros = np.zeros(32, np.float32)
    return Model(
        "native", "lstm", zeros[:, None], np.zeros((32, 8), np.float32), zeros, zeros, zeros[:8], 0.0,
        skip=1.0, output_gain=gain,
    )  # fmt: skip


def every(rig_process: Process, actions: dict[int, Callable[[], None]]) -> Process:
    """The process, with something done after the period of that number."""
    periods = 0

    def process(chain: int, captured: bytes, out: int, frames: int) -> None:
        nonlocal periods
        rig_process(chain, captured, out, frames)
        periods += 1
        actions.get(periods, lambda: None)()

    return process


@pytest.mark.parametrize(
    ("format_name", "frame_bytes"), [("S16_LE", 2), ("S24_3LE", 3), ("S24_LE", 4), ("S32_LE", 4), ("FLOAT_LE", 4)]
)
def test_bypass_is_exact(
    interface: Interface, link: Link, kernels: Library, format_name: str, frame_bytes: int
) -> None:
    """After the fade-in, what is played is what was captured, byte by byte, the prefill later."""
    interface.describe(sim={"formats": format_name})
    rng = np.random.default_rng(3)
    if format_name == "FLOAT_LE":
        captured = rng.uniform(-1, 1, 20_000).astype("<f4").tobytes()
    elif format_name == "S24_LE":
        captured = rng.integers(-(2**23), 2**23, 20_000).astype("<i4").tobytes()
    else:
        captured = rng.bytes(20_000 * frame_bytes)
    interface.infile.write_bytes(captured)
    link.set("bypass", 1)
    actions: dict[int, Callable[[], None]] = {}
    rig = Rig(link, every(kernels.process, actions), SIM._replace(format=format_name))
    actions[200] = rig.loop.stop
    rig.run(lambda: AlsaCard(rig.config))
    heard = interface.outfile.read_bytes()
    first, last = RAMP_FRAMES * frame_bytes, 200 * 64 * frame_bytes
    late = PREFILL * frame_bytes
    assert heard[late + first : late + last] == captured[first:last]


def test_bypass_is_exact_after_every_fault(interface: Interface, link: Link, kernels: Library) -> None:
    """And what is faded in after one is the guitar of that moment, only softer."""
    interface.record(np.arange(1, 2_000_000, dtype=np.int32))
    page = interface.page
    faults: list[Callable[[], None]] = [
        lambda: setattr(page, "xrun_capture", 1),
        lambda: setattr(page, "xrun_playback", 1),
        lambda: setattr(page, "late", 700),
        lambda: setattr(page, "suspended", 1),
        lambda: setattr(page, "unplugged", 1),
    ]
    chosen = random.Random(4).choices(faults, k=200)
    actions = {20 * (number + 1): fault for number, fault in enumerate(chosen)}

    def mend(_seconds: float) -> None:
        page.unplugged = page.suspended = 0

    rig = Rig(link, every(kernels.process, actions), sleep=mend)
    actions[20 * 201] = rig.loop.stop
    rig.run(lambda: AlsaCard(SIM))
    heard = interface.heard()
    at = np.arange(len(heard))
    exact = heard == at + 1 - PREFILL
    assert np.count_nonzero(exact) > 200 * (20 * 64 - RAMP_FRAMES - PREFILL - 64)
    assert np.count_nonzero((heard > 0) & ~exact) > 100 * (RAMP_FRAMES - 1)  # some faults come before there is a gap
    # The numbers are so small that a frame in a fade may be rounded up to the whole of it, never beyond.
    assert np.all((heard >= 0) & (heard <= np.maximum(at + 1 - PREFILL, 0)))


def test_start_and_stop_play_no_click(interface: Interface, link: Link, kernels: Library) -> None:
    tone = sine(20_000)
    interface.record(np.rint(tone * 2**31).astype(np.int32))
    actions: dict[int, Callable[[], None]] = {}
    rig = Rig(link, every(kernels.process, actions))
    actions[100] = rig.loop.stop
    rig.run(lambda: AlsaCard(SIM))
    heard = interface.heard() / 2**31
    assert np.max(np.abs(heard)) > 0.499
    assert np.all(heard[-PREFILL:] == 0)
    steepest = np.max(np.abs(np.diff(tone))) + 0.5 / RAMP_FRAMES
    assert np.max(np.abs(np.diff(heard))) < steepest * 1.001


def test_model_word_changes_the_model_without_a_gap(
    interface: Interface, link: Link, kernels: Library, tmp_path: Path
) -> None:
    """A tone stays within the slope of its own steps and of the crossfade's, whatever is asked for meanwhile."""
    tone = sine(60_000)
    interface.record(np.rint(tone * 2**31).astype(np.int32))
    store(model(0.5), FIRST, tmp_path, kernels)
    store(model(1.5), SECOND, tmp_path, kernels)
    link.set("model", FIRST)
    seen: list[tuple[float, float]] = []
    done = -(-(LISTEN_FRAMES + CROSSFADE_FRAMES) // 64) + 8
    actions: dict[int, Callable[[], None]] = {
        150: lambda: link.set("model", MISSING),
        200: lambda: link.set("model", SECOND),
        # The newcomer still listens when another takes its place.
        215: lambda: link.set("model", FIRST),
        219: lambda: link.set("model", SECOND),
        # It is being faded in: this one has to wait.
        260: lambda: link.set("model", FIRST),
        219 + 2 * done: lambda: seen.append((link.get("playing"), 0)),
        500: lambda: link.set("model", 0),
    }
    for period in (100, 190, 240 + done, 600):
        actions[period] = lambda: seen.append((link.get("playing"), link.get("refused")))
    rig = Rig(link, every(kernels.process, actions), kernels=kernels.kernels, state=tmp_path, tag=kernels.tag)
    actions[700] = rig.loop.stop
    rig.run(lambda: AlsaCard(SIM))
    heard = interface.heard() / 2**31
    assert seen == [(FIRST, 0), (FIRST, MISSING), (SECOND, 0), (FIRST, 0), (0, 0)]
    card, refused = rig.log
    assert card == "card sim: 44100 Hz, S32_LE, 64 frames a period, 128 frames of latency"
    assert f"{MISSING:016x}" in refused
    settled = slice(110 * 64, 145 * 64)
    np.testing.assert_allclose(heard[PREFILL:][settled], 0.5 * tone[settled], atol=1e-6)
    # A crossfade from 0.5 to 1.5 times the tone, 3t² - 2t³, is at most 1.5 / CROSSFADE_FRAMES steep.
    steepest = 1.5 * np.max(np.abs(np.diff(tone))) + 0.5 * 1.5 / RAMP_FRAMES
    assert np.max(np.abs(np.diff(heard))) < steepest


def test_ring_holds_the_last_of_the_guitar(interface: Interface, link: Link, kernels: Library) -> None:
    interface.record(np.arange(1, 40_001, dtype=np.int32) << 8)
    actions: dict[int, Callable[[], None]] = {}
    rig = Rig(link, every(kernels.process, actions))
    actions[400] = rig.loop.stop
    rig.run(lambda: AlsaCard(SIM))
    written = int(link.get("ring_frames"))
    assert written == 64 * link.get("heartbeat")
    newest = np.roll(np.array(link.ring, np.float32), -(written % RING_FRAMES))
    np.testing.assert_array_equal(newest * 2**31, (np.arange(written - RING_FRAMES, written) + 1) << 8)


def test_changing_models_leaves_nothing_behind(link: Link, kernels: Library, tmp_path: Path) -> None:
    """A hundred changes: no more than two packed files are mapped at any time, and none is in the end."""
    for number in range(10):
        store(model(0.1 * number), 1 + number, tmp_path, kernels)
    mapped = []
    periods = itertools.count()
    changes = iter(range(100))

    def process(chain: int, captured: bytes, out: int, frames: int) -> None:
        kernels.process(chain, captured, out, frames)
        asked = link.integers[INDEX["model"]]
        settled = link.integers[INDEX["playing"]] == asked
        if settled or next(periods) % 70 == 20:  # every other change comes while a newcomer listens
            mapped.append(Path("/proc/self/maps").read_text().count(str(tmp_path / "packed")))
            number = next(changes, None)
            if number is not None:
                link.set("model", 1 + number % 10)
            elif settled:
                rig.loop.stop()

    link.set("model", 5)
    rig = Rig(link, process, kernels=kernels.kernels, state=tmp_path, tag=kernels.tag)
    mono = stream("S32_LE", 1)
    with open("/dev/zero", "rb") as source, open("/dev/null", "wb") as sink:
        rig.run(lambda: SimCard(source, sink, mono, mono, FreeClock()))
    assert len(mapped) > 100
    assert max(mapped) <= 2
    gc.collect()
    assert str(tmp_path / "packed") not in Path("/proc/self/maps").read_text()
