"""The loop over real libasound and the simulated interface, with a compiled call that only copies."""

import itertools
import json
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from pedal.config import CardConfig
from pedal.engine.alsa import AlsaCard
from pedal.engine.loop import STUMBLE_S
from pedal.engine.simcard import FreeClock, SimCard, stream
from pedal.errors import CardError
from pedal.kernel.chain import BYPASS_FRAMES, RAMP_FRAMES
from pedal.kernel.library import Library
from pedal.kernel.pack import store
from pedal.link import RUNNING, WAITING, Link
from pedal.measure.bench import random_model
from tests.engine.rig import SIM, Rig, copy
from tests.usbsim.interface import Interface, Page

FAULTS = ("xrun_capture", "xrun_playback", "late", "very late", "suspended", "unplugged")


class Injector:
    """A compiled call that copies, and after every few periods makes the next thing go wrong; then ends the loop."""

    stop: Callable[[], None]

    def __init__(self, page: Page, faults: Sequence[str], every: int) -> None:
        self._page = page
        self._faults = iter(faults)
        self._every = every
        self.periods = 0

    def __call__(self, chain: int, captured: bytes, out: int, frames: int) -> None:
        copy(chain, captured, out, frames)
        self.periods += 1
        if self.periods % self._every:
            return
        fault = next(self._faults, "")
        if not fault:
            self.stop()
        elif fault.endswith("late"):
            self._page.late = 5_000 if fault.startswith("very") else 300
        else:
            setattr(self._page, fault, 1)

    def mend(self, _seconds: float) -> None:
        """What happens while the loop sleeps: the card is plugged in and woken again."""
        self._page.unplugged = self._page.suspended = 0


def test_thousand_faults(interface: Interface, link: Link) -> None:
    faults = [*FAULTS, *random.Random(2).choices(FAULTS, k=1000 - len(FAULTS))]
    interface.record(np.arange(1, 5_000_000, dtype=np.int32))
    injector = Injector(interface.page, faults, 8)
    rig = Rig(link, injector, sleep=injector.mend)
    injector.stop = rig.loop.stop
    rig.run(lambda: AlsaCard(SIM))
    samples = interface.heard()
    (at,) = np.nonzero(samples)
    assert set((at + 1 - samples[at]).tolist()) == {128}
    starts = 1 + np.count_nonzero(np.diff(at) > 1)
    assert starts > len(faults) / 2  # an underrun that comes late in a buffer may leave no gap between two periods
    # Eight periods are processed between two faults; of them at most the prefill and the block under way are lost.
    assert len(at) > len(faults) * (8 * 64 - 128 - 64)
    assert link.get("heartbeat") == pytest.approx(injector.periods, rel=0.2)
    overruns, underruns = faults.count("xrun_capture"), faults.count("xrun_playback")
    assert link.get("xruns_capture") + link.get("xruns_playback") == (
        overruns + underruns + faults.count("late") + faults.count("very late")
    )
    assert link.get("xruns_capture") >= overruns
    assert link.get("interruptions") >= faults.count("suspended") + faults.count("unplugged")


def test_unplugged_card_is_waited_for(interface: Interface, link: Link) -> None:
    interface.record(np.arange(1, 1_000_000, dtype=np.int32))
    seen = []
    slept = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        seen.append(link.get("state"))
        if len(slept) == 10:
            interface.page.unplugged = 0

    injector = Injector(interface.page, ["unplugged"], 8)
    rig = Rig(link, injector, sleep=sleep)
    injector.stop = rig.loop.stop
    rig.run(lambda: AlsaCard(SIM))
    assert slept == [0.2] * 11  # 1 after the unplugging, then 1, 2, 3 and 4 for each failure to open it
    assert seen == [WAITING] * 11
    assert link.get("state") == RUNNING
    assert link.get("interruptions") == 1
    assert [line.split(":")[0] for line in rig.log] == ["card sim", "waiting", "waiting", "card sim"]  # each thing once
    assert np.count_nonzero(interface.heard()) > 14 * 64


@pytest.mark.parametrize("fading", [False, True])
@pytest.mark.parametrize("word", [3, 0])
def test_what_was_asked_without_a_card_holds_from_its_first_sample(
    word: int, fading: bool, interface: Interface, link: Link, kernels: Library, tmp_path: Path
) -> None:
    """Also where the card went within a crossfade."""
    interface.record(np.zeros(1_000_000, np.int32))
    for number in (1, 2, 3):
        store(random_model("lstm", 8), number, tmp_path, kernels)
    link.set("model", 1)
    seen: list[tuple[int, int, int, int, int]] = []

    def process(chain: int, captured: bytes, out: int, frames: int) -> None:
        copy(chain, captured, out, frames)
        loaded = sum(slot.weights != 0 for slot in rig.chain.slots)
        seen.append((rig.models.playing, loaded, rig.chain.listen_left, rig.chain.dry, rig.chain.mute))
        if len(seen) == 10 and fading:
            link.set("model", 2)
        elif len(seen) == 20:
            rig.chain.listen_left = 0  # the newcomer, if there is one, has listened
            interface.page.unplugged = 1
        elif len(seen) == 40:
            rig.loop.stop()

    def sleep(_seconds: float) -> None:
        link.set("model", word)
        link.set("mute", 1)
        interface.page.unplugged = 0

    rig = Rig(link, process, sleep=sleep, kernels=kernels.kernels, state=tmp_path, tag=kernels.tag)
    rig.run(lambda: AlsaCard(SIM))
    loaded = int(word != 0)
    assert seen[:10] == [(1, 1, 0, 0, 0)] * 10
    assert seen[19][:2] == (1, 1 + fading)
    assert seen[20:] == [(word, loaded, 0, 0 if loaded else BYPASS_FRAMES, 1)] * len(seen[20:])


def test_a_card_that_cannot_be_opened_is_tried_ever_more_seldom(interface: Interface, link: Link) -> None:
    interface.describe(sim={"rate": 48_000})
    opened = []

    def open_card() -> AlsaCard:
        opened.append(len(slept))
        return AlsaCard(SIM)

    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2_000:
            rig.loop.stop()

    rig = Rig(link, sleep=sleep)
    rig.run(open_card)
    waits = np.diff(opened)
    assert waits[:5].tolist() == [1, 2, 3, 4, 5]
    assert waits[49:].tolist() == [50] * (len(waits) - 49)
    assert len(waits) > 60
    assert len(slept) == link.get("heartbeat") == 2_000
    (line,) = rig.log
    assert line.startswith("waiting: card sim gives 48000 Hz on capture; expected 44100; set [card] rate_hz")


def test_an_absent_card_is_looked_for_every_time(link: Link, tmp_path: Path) -> None:
    looks: list[int] = []

    def open_card() -> AlsaCard:
        looks.append(len(looks))
        if len(looks) == 50:
            rig.loop.stop()
        return AlsaCard(CardConfig(name="USB"), tmp_path)

    rig = Rig(link)
    rig.run(open_card)
    assert link.get("heartbeat") == 49


def test_a_model_too_heavy_for_the_processor_can_be_put_aside(interface: Interface, link: Link) -> None:
    """Every period comes too late for its buffer; the words are heard all the same, and say why."""
    interface.record(np.zeros(1_000_000, np.int32))
    clock = itertools.count(0, 3_000_000)  # ns; a call takes twice the period
    link.set("bypass", 0)
    bypasses = []

    def process(chain: int, captured: bytes, out: int, frames: int) -> None:
        copy(chain, captured, out, frames)
        interface.page.late = 300
        bypasses.append(rig.chain.bypass)
        if len(bypasses) == 20:
            link.set("bypass", 1)
        elif len(bypasses) == 25:
            rig.loop.stop()

    rig = Rig(link, process, clock_ns=lambda: next(clock))
    rig.run(lambda: AlsaCard(SIM))
    assert bypasses[19:22] == [0, 1, 1]
    assert link.get("xruns_capture") + link.get("xruns_playback") >= 20
    assert link.get("load_peak") == pytest.approx(3e6 * 44_100 / 64 / 1e9)
    assert link.get("heartbeat") >= 25


def test_a_signal_between_periods_shortens_no_fade(link: Link) -> None:
    """Reads that a signal interrupts give nothing, and count for nothing."""
    masters = []

    class Interrupted(SimCard):
        reads = 0

        def read(self) -> bytes:
            self.reads += 1
            return b"" if self.reads % 3 == 0 else super().read()

    def process(chain: int, captured: bytes, out: int, frames: int) -> None:
        copy(chain, captured, out, frames)
        masters.append(rig.chain.master)
        if len(masters) == 50:
            rig.loop.stop()

    rig = Rig(link, process)
    mono = stream("S32_LE", 1)
    with open("/dev/zero", "rb") as source, open("/dev/null", "wb") as sink:
        rig.run(lambda: Interrupted(source, sink, mono, mono, FreeClock()))
    assert masters.count(0.0) * 64 >= RAMP_FRAMES + 2 * 128
    assert link.get("heartbeat") == len(masters)


def test_card_that_only_fails_is_no_busy_loop(interface: Interface, link: Link) -> None:
    interface.page.suspended = 1
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 5:
            rig.loop.stop()

    rig = Rig(link, sleep=sleep)
    rig.run(lambda: AlsaCard(SIM))
    assert slept == [STUMBLE_S] * 5


def test_stop_while_waiting(link: Link) -> None:
    def absent() -> AlsaCard:
        raise CardError("none here")

    rig = Rig(link, sleep=lambda _seconds: rig.loop.stop())
    rig.run(absent)
    assert rig.log == ["waiting: none here"]


def test_stop_plays_out_a_fade(interface: Interface, link: Link) -> None:
    """After the stop: the ramp to silence, and silence until nothing else is left in the card."""
    interface.record(np.arange(1, 1_000_000, dtype=np.int32))
    masters = []

    def process(chain: int, captured: bytes, out: int, frames: int) -> None:
        copy(chain, captured, out, frames)
        masters.append(rig.chain.master)
        if len(masters) == 90:
            rig.loop.stop()

    rig = Rig(link, process)
    rig.run(lambda: AlsaCard(SIM))
    fading = masters.count(0.0)
    assert masters == [1.0] * 90 + [0.0] * fading
    assert (fading - 1) * 64 < RAMP_FRAMES + 2 * 128 <= fading * 64


def test_words_about_the_card_and_the_sound(interface: Interface, link: Link) -> None:
    interface.record(np.zeros(100_000, np.int32))
    times = iter(range(0, 10**9, 145_125))  # two looks at the clock a period, a tenth of it apart

    def process(chain: int, captured: bytes, out: int, frames: int) -> None:
        copy(chain, captured, out, frames)
        rig.chain.input_peak, rig.chain.output_power = 0.5, 0.25
        rig.chain.clipped += 1
        if rig.chain.clipped == 3000:
            rig.loop.stop()

    rig = Rig(link, process, clock_ns=times.__next__)
    rig.run(lambda: AlsaCard(SIM))
    assert link.get("rate_hz") == 44_100
    assert link.get("period_frames") == 64
    assert link.get("latency_frames") == 128
    assert link.get("heartbeat") == link.get("clipped") == rig.chain.clipped
    assert link.get("input_peak") == 0.5
    assert link.get("output_rms") == 0.5
    assert link.get("load_peak") == pytest.approx(0.1, rel=1e-3)
    assert link.get("load") == pytest.approx(0.1 * (1 - np.exp(-3000 * 64 / 44_100)), rel=0.01)


def test_longest_call_is_remembered_for_about_a_second(interface: Interface, link: Link) -> None:
    interface.record(np.zeros(100_000, np.int32))
    peaks = []

    def process(chain: int, captured: bytes, out: int, frames: int) -> None:
        copy(chain, captured, out, frames)
        peaks.append(link.get("load_peak"))
        if len(peaks) == 1400:
            rig.loop.stop()

    times = itertools.chain([0, 1_161_000], itertools.repeat(1_161_000))  # one call of 0.8 periods, then none
    rig = Rig(link, process, clock_ns=times.__next__)
    rig.run(lambda: AlsaCard(SIM))
    assert peaks[5] == pytest.approx(0.8, rel=0.01)
    assert peaks[5 + 689] == pytest.approx(0.4, rel=0.01)


def test_asked_values_reach_the_chain(interface: Interface, link: Link, kernels: Library, tmp_path: Path) -> None:
    interface.record(np.zeros(100_000, np.int32))
    store(random_model("lstm", 8, inputs=3), 1, tmp_path, kernels)
    link.set("model", 1)
    seen: list[tuple[object, ...]] = []

    def process(chain: int, captured: bytes, out: int, frames: int) -> None:
        copy(chain, captured, out, frames)
        slot = rig.chain.slots[1]
        seen.append((rig.chain.bypass, rig.chain.mute, slot.input_gain, slot.level, *slot.knobs))
        if len(seen) == 10:
            link.set("bypass", 1)
            link.set("mute", 1)
            link.set("input_gain_db", 20.0)
            link.set("level_db", float("nan"))
            link.set("knob_2", 7.0)
        elif len(seen) == 20:
            rig.loop.stop()

    rig = Rig(link, process, kernels=kernels.kernels, state=tmp_path, tag=kernels.tag)
    rig.run(lambda: AlsaCard(SIM))
    assert seen[:10] == [(0, 0, 1.0, 1.0, 0.5, 0.5)] * 10
    assert seen[14:] == [(1, 1, pytest.approx(10.0), 1.0, 0.5, 1.0)] * (len(seen) - 14)


def test_nothing_grows_over_a_million_periods(interface: Interface, link: Link, kernels: Library) -> None:
    """In a process of its own, where nothing but the engine's parts could grow."""
    interface.describe(sim={"infile": "/dev/null", "outfile": "/dev/null"})
    run = [sys.executable, "-m", "tests.engine.million", str(kernels.path), str(link.path)]
    told = subprocess.run(run, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[2]).stdout
    before, after = json.loads(told)
    assert after["periods"] - before["periods"] == 1_000_000
    assert after["objects"] <= before["objects"] + 1  # the first of the two measurements itself
    assert after["blocks"] <= before["blocks"] + 20
    assert after["resident_kib"] <= before["resident_kib"] + 64
