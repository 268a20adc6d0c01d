"""Everything the screen shows, rounded to what its pixels can tell: two equal views are one picture."""

from typing import Literal, NamedTuple


class Dial(NamedTuple):
    """A knob and where it stands."""

    label: str
    """GAIN, LEVEL, or the name of the model's own knob."""
    text: str
    """The value with its unit: +3.5 dB, 0.62, 5.1 kHz."""
    fraction: float
    """0 to 1 of its way, in 64ths."""
    waits: bool = False
    """A potentiometer that has not yet come to where the value stands."""
    target: float = 0.0
    """Where the potentiometer itself stands, if it waits."""


class Meter(NamedTuple):
    """A level in dBFS, in steps of a pixel."""

    peak: float
    """0 to 1 of the meter's length, -60 to 0 dBFS, in 64ths."""
    clipped: bool = False
    """Clip hold: full scale was reached within the last second and a half."""


class Needle(NamedTuple):
    """The tuner's answer."""

    note: str
    """E, F#, ...; empty while there is nothing to hear."""
    octave: int = 0
    cents: float = 0.0
    """-50 to 50, in tenths."""
    reference_hz: float = 440.0
    flat: int = 0
    """Semitones that the strings are tuned down."""
    muted: bool = True


class View(NamedTuple):
    """One picture."""

    kind: Literal["boot", "play", "tuner", "trouble", "asleep"] = "boot"
    title: str = ""
    """The model's, or what the trouble is; in a boot view the product's."""
    remedy: str = ""
    """What to do about the trouble, or about what the notice says; in a boot view the version."""
    position: str = ""
    """3/12, its place in the set list."""
    bypass: bool = False
    muted: bool = False
    boost: bool = False
    dials: tuple[Dial, ...] = ()
    """Gain, or the model's first knob; level; the other knobs of this page."""
    page: str = ""
    """1/2 where there are more pages than one."""
    overlay: Dial | None = None
    """What is being turned: fills the screen for a moment."""
    notice: str = ""
    """A few words for a few seconds; with what to do they fill the screen, else they may hide the name."""
    line: str = ""
    """What lasts: one line under the name."""
    input: Meter = Meter(0.0)
    output: Meter = Meter(0.0)
    load: int = 0
    """Of the period, in percent; 0 where no engine runs."""
    xruns: int = 0
    """Those of the last ten seconds; 0 is not shown."""
    needle: Needle | None = None
