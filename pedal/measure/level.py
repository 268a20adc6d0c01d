"""Decibels."""

import math


def dbfs(amplitude: float) -> float:
    """The level of an amplitude, full scale = 1 = 0 dBFS; minus infinity for silence."""
    return 20.0 * math.log10(amplitude) if amplitude > 0.0 else -math.inf


def spoken(decibels: float | None) -> str:
    """A level as a person reads it; None and minus infinity are silence."""
    if decibels is None or not math.isfinite(decibels):
        return "silence"
    return f"{round(decibels, 1) + 0.0:.1f} dBFS"  # + 0.0: no -0.0


def gain(decibels: float) -> float:
    """What to multiply by for that many decibels."""
    return float(10.0 ** (decibels / 20.0))


def rounded(decibels: float) -> float | None:
    """A level to a hundredth of a decibel, for JSON, which has no infinity: silence is None."""
    return round(decibels, 2) if math.isfinite(decibels) else None
