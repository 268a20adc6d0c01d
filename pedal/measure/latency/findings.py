"""What was measured: each start, each setting, and what is recommended; as it is printed, sent and kept."""

import math
from typing import NamedTuple

import msgspec
import numpy as np

from pedal.config import CardConfig
from pedal.errors import PedalError
from pedal.measure.audition import MOST_LOAD

RULE = (
    "the lowest median round trip with the model running, of the settings without an xrun and with 99 of 100 compiled "
    f"calls under {100 * MOST_LOAD:.0f} % of the period"
)


class Setting(NamedTuple):
    """How a card is run: what the grid is made of."""

    period_frames: int
    ahead: int
    """Periods of silence ahead of the guitar."""

    def applied(self, card: CardConfig) -> CardConfig:
        """The card's configuration with it; its buffers hold as many periods as before, or more where needed."""
        return card._replace(
            period_frames=self.period_frames, periods=max(card.periods, self.ahead), prefill_periods=self.ahead
        )

    def __str__(self) -> str:
        return f"{self.period_frames} × {self.ahead}"


class Start(msgspec.Struct, frozen=True):
    """One start of the streams."""

    round_trip_frames: float | None
    """The median of its sweeps; None where xruns let none through whole."""
    least_frames: float | None
    most_frames: float | None
    sweeps: int
    xruns: int


class Figures(msgspec.Struct, frozen=True):
    """Round trips of all sweeps of all starts, in frames."""

    minimum: float
    median: float
    p99: float
    maximum: float


class Half(msgspec.Struct, frozen=True):
    """One setting, with the model running or without."""

    starts: tuple[Start, ...]
    round_trip: Figures | None
    xruns: int
    load_mean: float
    """Share of the period that the compiled call takes."""
    load_p99: float
    temperature_c: float | None
    """The highest."""
    clock_mhz: float | None
    """The lowest."""


class Measured(msgspec.Struct, frozen=True):
    """One setting."""

    period_frames: int
    periods: int
    prefill_periods: int
    refused: str = ""
    """Why there are no figures: the card does not run so, or it or the cable went."""
    bypass: Half | None = None
    """Without a model."""
    model: Half | None = None

    @property
    def name(self) -> str:
        """Such as 64 × 2."""
        return str(Setting(self.period_frames, self.prefill_periods))

    @property
    def buffer_frames(self) -> int:
        """What the silence ahead adds to the round trip."""
        return self.period_frames * self.prefill_periods

    @property
    def median_frames(self) -> float:
        """The round trip with the model running; no number where there was none."""
        return self.model.round_trip.median if self.model and self.model.round_trip else math.nan

    @property
    def converter_frames(self) -> float:
        """The rest of it: both converters, USB, and how far apart the two streams began."""
        return self.median_frames - self.buffer_frames

    @property
    def fit(self) -> bool:
        """Whether RULE lets it be recommended."""
        half = self.model
        return bool(half and half.round_trip and not half.xruns and half.load_p99 < MOST_LOAD)


class Survey(msgspec.Struct, frozen=True):
    """Everything."""

    at: str
    """Date and time, ISO 8601."""
    version: str
    """Of the pedal."""
    machine: str
    kernel: str
    preemption: str
    card: str
    format: str
    rate_hz: int
    model_name: str
    played_dbfs: float
    captured_dbfs: float
    snr_db: float
    inverted: bool
    simulated: bool
    notes: tuple[str, ...]
    settings: tuple[Measured, ...]
    recommended: str
    """A setting's name; empty: none will do."""

    def milliseconds(self, frames: float) -> float:
        """How long so many frames last."""
        return 1000.0 * frames / self.rate_hz


def decoded(data: bytes) -> Survey:
    """The survey that was printed as JSON.

    Raises:
        PedalError: it is none, or another version's.
    """
    try:
        return msgspec.json.decode(data, type=Survey)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise PedalError(f"the survey cannot be read: {error}; is the pedal there another version?") from error


def recommended(settings: tuple[Measured, ...]) -> str:
    """The name of the setting that RULE chooses; empty: there is none."""
    fitting = [(one.median_frames, one.name) for one in settings if one.fit]
    return min(fitting)[1] if fitting else ""


def figures(round_trips: list[float]) -> Figures | None:
    """Of so many sweeps."""
    if not round_trips:
        return None
    low, middle, high, top = (float(np.percentile(round_trips, share)) for share in (0, 50, 99, 100))
    return Figures(low, middle, high, top)
