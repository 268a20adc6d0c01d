"""What an error-to-signal ratio means to somebody who plays, and what to do where a training goes nowhere.

The first limits are those of the public trainer of Neural Amp Modeler.
"""

from collections.abc import Sequence

WORDS = (
    (0.01, "great: next to the amplifier it is hard to tell which is which"),
    (0.035, "good: the difference is small, and small beside what a knob does"),
    (0.1, "fair: it is that amplifier, but the ear finds the difference"),
    (0.3, "poor: it has the character and not the feel; train longer, or with more units"),
)
BAD = "it has not learnt this amplifier; where more epochs do not help"
REASONS = (
    "look at `pedal pair check`: another take, a delay, a drift or a gate stops every training",
    "switch off reverb, delay, chorus and tremolo: a model of this kind remembers some tens of milliseconds",
    "a very high gain needs more: --hidden 40, three minutes of playing, or --from auto",
)
STILL_EPOCHS, STILL = 8, 0.7
"""A training that is no further than this after so many epochs is told what usually is the matter."""


def verdict(esr: float) -> str:
    """The ESR in words."""
    return next((words for limit, words in WORDS if esr < limit), f"{BAD}: {'; '.join(REASONS)}")


def stalled(esrs: Sequence[float]) -> str:
    """What to say of a training with these ESRs so far, once; empty where it goes on as it should."""
    if len(esrs) != STILL_EPOCHS or min(esrs) < STILL:
        return ""
    return f"after {STILL_EPOCHS} epochs the ESR is still {min(esrs):.2f}: {'; '.join(REASONS)}"
