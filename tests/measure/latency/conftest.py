"""The simulated interface over real libasound, a model that costs little, and takes over simulated cables."""

import copy
import itertools
from collections.abc import Callable
from typing import Protocol

import pytest

from pedal.config import CardConfig, Config, EngineConfig
from pedal.engine.card import Card
from pedal.engine.simcard import FreeClock
from pedal.kernel.chain import Chain
from pedal.kernel.library import Library
from pedal.measure.bench import random_model
from pedal.measure.latency import pcm
from pedal.measure.latency.converter import Converter, Simulated
from pedal.measure.latency.hearing import Hearing, hear
from pedal.measure.latency.signal import Signal
from pedal.measure.latency.survey import Bench, Plan, Progress, Surveyor
from pedal.measure.latency.take import record
from tests.engine.conftest import interface, plugin

__all__ = ("interface", "plugin")

ORDINARY = EngineConfig(priority=0, cpu=-1, lock_memory=False)
"""A test takes nothing from those that run beside it."""


CALL_NS = 10_000
"""0.7 % of a period of 64 frames."""


class Listened(Protocol):
    """Hear a test signal through a converter; gives what is heard and the round trip that is true."""

    def __call__(
        self,
        converter: Converter,
        level_dbfs: float = -20.0,
        card: CardConfig = ...,
        seconds: float = 0.5,
        format_name: str = "S32_LE",
    ) -> tuple[Hearing, float]: ...


@pytest.fixture
def listened() -> Listened:
    """One start of a simulated card."""

    def listen(
        converter: Converter,
        level_dbfs: float = -20.0,
        card: CardConfig = CardConfig(),  # noqa: B008 (it cannot be changed)
        seconds: float = 0.5,
        format_name: str = "S32_LE",
    ) -> tuple[Hearing, float]:
        simulated = Simulated(converter, FreeClock, format_name=format_name)
        opened, signal = simulated.open(card), Signal(card.rate_hz)
        wave = signal.samples(signal.frames(seconds), level_dbfs)
        test = pcm.spread(wave, opened.playback, card.outputs)
        take = record(opened, test, Chain(), lambda *_: None)
        samples = pcm.samples(take.captured, opened.capture)
        heard = hear(samples, signal, card.input_channel, pcm.highest(opened.capture))
        return heard, simulated.round_trips[0]

    return listen


class Make(Protocol):
    """A surveyor of whatever opens a card, with a small model, by whose clock every call takes CALL_NS."""

    def __call__(
        self,
        plan: Plan,
        open_card: Callable[[CardConfig], Card],
        card: CardConfig = ...,
        tell: Callable[[Progress], None] = ...,
        process: Callable[..., object] | None = None,
    ) -> Surveyor: ...


@pytest.fixture
def surveyor(kernels: Library) -> Make:
    """Surveyors; `process` takes the place of the compiled call."""

    def make(
        plan: Plan,
        open_card: Callable[[CardConfig], Card],
        card: CardConfig = CardConfig(),  # noqa: B008 (it cannot be changed)
        tell: Callable[[Progress], None] = lambda _progress: None,
        process: Callable[..., object] | None = None,
    ) -> Surveyor:
        library = copy.copy(kernels)
        library.process = process or kernels.process  # type: ignore[assignment] # for a C function
        clock = itertools.count(0, CALL_NS).__next__
        bench = Bench(Config(card, ORDINARY), library, random_model("lstm", 8), "small", open_card, clock_ns=clock)
        return Surveyor(plan, bench, tell)

    return make
