"""What the loop read from the link, and heard from the tuner, this time."""

from typing import Literal, NamedTuple


class Heard(NamedTuple):
    """A note that the tuner is sure of."""

    note: str
    """E, F#, ..."""
    octave: int
    cents: float
    """-50 to 50."""


class Sensed(NamedTuple):
    """The engine's side, as far as the screen and the LEDs show it."""

    engine: Literal["off", "stuck", "starting", "running", "waiting"] = "off"
    """off: no process; stuck: its heartbeat stands still; waiting: for the card."""
    refused: int = 0
    """The last model word that the engine could not take; 0: none."""
    load: float = 0.0
    """Share of the period."""
    input_peak: float = 0.0
    """Full scale is 1."""
    output_peak: float = 0.0
    input_clipped: bool = False
    """Full scale was reached within the last second and a half."""
    output_clipped: bool = False
    xruns: int = 0
    """Those of the last ten seconds."""
    heard: Heard | None = None
    """None: nothing to hear, or the tuner is off."""
