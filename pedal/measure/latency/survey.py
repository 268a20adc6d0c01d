"""The whole measurement: the level, then every setting, started again and again, with the model running and without."""

import datetime as dt
import functools
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from typing import NamedTuple

import msgspec
import numpy as np

import pedal
from pedal.config import CardConfig, Config, EngineConfig
from pedal.engine.card import Absent, Card, Unplugged
from pedal.errors import CardError
from pedal.kernel.chain import Chain, Controls, Ramp, fit, listen, settle
from pedal.kernel.library import Library
from pedal.kernel.pack import aligned, pack
from pedal.measure.latency import pcm
from pedal.measure.latency.findings import Half, Measured, Setting, Start, Survey, figures, recommended
from pedal.measure.latency.hearing import Hearing, hear
from pedal.measure.latency.machine import machine
from pedal.measure.latency.raising import Level, Unheard, fault, raised
from pedal.measure.latency.signal import Signal
from pedal.measure.latency.take import Take, record
from pedal.measure.latency.urgent import urgent
from pedal.measure.temperature import temperature_c
from pedal.measure.throttling import clock_hz
from pedal.model.model import Model

LEVEL_S = 0.3
"""Of test signal, for each level that is tried."""
MOST_BROKEN = 2
"""Starts that xruns broke off, after which a setting is not tried again."""
MOST_FAULTS = 1
"""Of one setting, such as a click by somebody who touched the cable: that start is made once more."""
STEADY_FRAMES = 0.5
"""A round trip that moves by more than this within a start has lost or doubled frames."""


class Plan(msgspec.Struct, frozen=True):
    """What is to be measured."""

    periods: tuple[int, ...] = (32, 64, 128)
    counts: tuple[int, ...] = (2, 3)
    restarts: int = 10
    seconds: float = 1.0
    """Of test signal, each start."""

    @property
    def settings(self) -> tuple[Setting, ...]:
        """The grid, the lowest latency of each period first."""
        return tuple(Setting(period, ahead) for period in self.periods for ahead in self.counts)


class Progress(NamedTuple):
    """How far it is."""

    done: int
    """Starts."""
    total: int
    doing: str


class Bench(NamedTuple):
    """What is measured with."""

    config: Config
    library: Library
    model: Model
    model_name: str
    open_card: Callable[[CardConfig], Card]
    simulated: bool = False
    urgent: Callable[[EngineConfig], AbstractContextManager[list[str]]] = urgent
    clock_ns: Callable[[], int] = time.perf_counter_ns
    """By which calls are timed."""


class Heard(NamedTuple):
    """A take and what it says; no hearing where xruns broke it off."""

    take: Take
    hearing: Hearing | None
    card: str
    format: str


class Surveyor:
    """Measures by a plan."""

    def __init__(self, plan: Plan, bench: Bench, tell: Callable[[Progress], None] = lambda _progress: None) -> None:
        """`tell` is called before each start.

        Raises:
            KernelError: no compiled size holds the model.
        """
        self._plan, self._bench, self._tell = plan, bench, tell
        self._signal = Signal(bench.config.card.rate_hz)
        self._kernel = bench.library.kernel_for(bench.model.cell, bench.model.hidden, bench.model.inputs)
        self._floats = aligned(pack(bench.model, self._kernel, bench.library.tag))
        self._notes: dict[str, None] = {}  # each once, in their order
        self._done = 0
        self._sounds = ("", "")  # the card and its format

    def survey(self) -> Survey:
        """Measure everything.

        Raises:
            Unheard: nothing can be measured like this, and why.
            CardError: the card is absent, busy, gone, or runs none of the settings.
        """
        level = self._level()
        self._notes.update(dict.fromkeys(level.notes))
        settings = self._all(level.played_dbfs)
        if all(one.refused for one in settings):
            raise CardError(settings[0].refused)
        card, format_name = self._sounds
        computer, found = machine(), level.hearing.detection
        assert found is not None
        return Survey(
            at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            version=pedal.__version__,
            machine=computer.name,
            kernel=computer.kernel,
            preemption=computer.preemption,
            card=card,
            format=format_name,
            rate_hz=self._signal.rate_hz,
            model_name=self._bench.model_name,
            played_dbfs=level.played_dbfs,
            captured_dbfs=round(level.hearing.peak_dbfs, 1),
            snr_db=round(found.snr_db, 1),
            inverted=found.amplitude < 0.0,
            simulated=self._bench.simulated,
            notes=tuple(self._notes),
            settings=settings,
            recommended=recommended(settings),
        )

    def _level(self) -> Level:
        """The level, found with the setting that is the least likely to be late."""
        error: CardError | None = None
        card_config = self._bench.config.card
        for setting in sorted(self._plan.settings, key=lambda one: one.period_frames * one.ahead, reverse=True):
            applied = setting.applied(card_config)
            self._say("finding the level")
            try:
                return raised(functools.partial(self._sound, applied), card_config)
            except (Absent, Unplugged):
                raise
            except CardError as refused:
                error = error or refused
        assert error is not None
        raise error

    def _sound(self, config: CardConfig, level_dbfs: float) -> Hearing:
        """What a short test signal sounds like, on every channel."""
        heard = self._heard(config, level_dbfs, LEVEL_S, with_model=False, every_channel=True)
        if heard.hearing is None:
            raise Unheard(
                f"{heard.card} has xruns all the time, even with {config.period_frames} frames a period; try more"
            )
        return heard.hearing

    def _all(self, level_dbfs: float) -> tuple[Measured, ...]:
        """Every setting. Where the cable or the card goes, what was measured before stays, and the others say why."""
        found = list[Measured]()
        for setting in self._plan.settings:
            try:
                found.append(self._measured(setting, level_dbfs))
            except (Unheard, Absent, Unplugged) as error:
                if not any(one.model and one.model.round_trip for one in found):
                    raise
                found += (self._unmeasured(one, str(error)) for one in self._plan.settings[len(found) :])
                break
        return tuple(found)

    def _unmeasured(self, setting: Setting, why: str = "") -> Measured:
        return Measured(setting.period_frames, setting.applied(self._bench.config.card).periods, setting.ahead, why)

    def _measured(self, setting: Setting, level_dbfs: float) -> Measured:
        """One setting, or why the card refuses it."""
        before = self._done
        try:
            bypass, model = (self._half(setting, level_dbfs, with_model) for with_model in (False, True))
        except (Absent, Unplugged):
            raise
        except CardError as error:
            self._done = before + 2 * self._plan.restarts
            return self._unmeasured(setting, str(error))
        return msgspec.structs.replace(self._unmeasured(setting), bypass=bypass, model=model)

    def _half(self, setting: Setting, level_dbfs: float, with_model: bool) -> Half:
        config = setting.applied(self._bench.config.card)
        starts, trips, calls_ns = list[Start](), list[float](), [np.zeros(0)]
        hottest: float | None = None
        slowest: float | None = None
        end, faults = self._done + self._plan.restarts, 0
        while len(starts) < self._plan.restarts and sum(one.sweeps == 0 for one in starts) < MOST_BROKEN:
            self._say(f"{setting} {'with the model' if with_model else 'without a model'}, start {len(starts) + 1}")
            heard = self._heard(config, level_dbfs, self._plan.seconds, with_model)
            try:
                delays = self._delays(heard, setting, level_dbfs)
            except Unheard:
                faults += 1
                if faults > MOST_FAULTS:
                    raise
                continue
            self._done += 1
            trips += delays
            calls_ns.append(np.array(heard.take.calls_ns, np.float64))
            starts.append(_start(delays, heard.take.xruns))
            hottest = _extreme(max, hottest, temperature_c())
            slowest = _extreme(min, slowest, clock_hz(max(self._bench.config.engine.cpu, 0)) or clock_hz())
        self._done = end
        loads = np.concatenate(calls_ns) * 1e-9 * config.rate_hz / config.period_frames
        return Half(
            starts=tuple(starts),
            round_trip=figures(trips),
            xruns=sum(start.xruns for start in starts),
            load_mean=round(float(np.mean(loads)), 5) if len(loads) else 0.0,
            load_p99=round(float(np.percentile(loads, 99)), 5) if len(loads) else 0.0,
            temperature_c=hottest,
            clock_mhz=slowest and slowest / 1e6,
        )

    def _delays(self, heard: Heard, setting: Setting, level_dbfs: float) -> list[float]:
        """The round trips of one start, in frames.

        Raises:
            Unheard: the cable was pulled out, or worse.
        """
        if heard.hearing is None:
            return []
        wrong = fault(heard.hearing, self._bench.config.card, level_dbfs)
        if wrong or heard.hearing.detection is None:
            raise Unheard(f"at {setting} {wrong or 'the signal was gone; is the cable still in?'}")
        delays = [round(float(delay), 3) for delay in heard.hearing.detection.delays]
        if max(delays) - min(delays) > STEADY_FRAMES:
            self._notes[f"at {setting} the round trip moved while it was measured: frames were lost or doubled"] = None
        return delays

    def _heard(
        self, config: CardConfig, level_dbfs: float, seconds: float, with_model: bool, every_channel: bool = False
    ) -> Heard:
        """One start of the streams, from opening the card to closing it."""
        signal, bench = self._signal, self._bench
        with closing(bench.open_card(config)) as card:
            self._sounds = (card.name, card.capture.format)
            frames = signal.frames(seconds + card.prefill_frames / card.rate_hz)
            test = pcm.spread(signal.samples(frames, level_dbfs), card.playback, config.outputs)
            chain = self._chain(card, config, with_model)
            with bench.urgent(bench.config.engine) as refused:
                take = record(card, test, chain, bench.library.process, bench.clock_ns)
            capture = card.capture
        self._notes.update(dict.fromkeys(f"not permitted here: {what}" for what in refused))
        if not take.whole:
            return Heard(take, None, card.name, capture.format)
        if every_channel:
            samples, channel = pcm.samples(take.captured, capture), config.input_channel
        else:
            samples, channel = pcm.channel(take.captured, capture, config.input_channel)[:, np.newaxis], 1
        return Heard(take, hear(samples, signal, channel, pcm.highest(capture)), card.name, capture.format)

    def _chain(self, card: Card, config: CardConfig, with_model: bool) -> Chain:
        """A chain as it is in the middle of playing."""
        chain = Chain(master=1.0, master_ramp=Ramp(1.0, 1.0, 0))
        fit(chain, card.capture[:2], card.playback[:2], config.input_channel, config.outputs)
        if with_model:
            listen(chain, self._kernel, self._floats.ctypes.data, Controls())
        settle(chain)
        return chain

    def _say(self, doing: str) -> None:
        self._tell(Progress(self._done, 2 * self._plan.restarts * len(self._plan.settings), doing))


def _start(delays: list[float], xruns: int) -> Start:
    if not delays:
        return Start(None, None, None, 0, xruns)
    middle = round(float(np.median(delays)), 3)
    return Start(middle, min(delays), max(delays), len(delays), xruns)


def _extreme(pick: Callable[[float, float], float], one: float | None, other: float | None) -> float | None:
    """The more extreme of two readings, of which either may be missing."""
    return pick(one, other) if one is not None and other is not None else one if other is None else other
