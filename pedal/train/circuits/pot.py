"""A potentiometer with an audio taper."""

MIDDLE = 0.15
"""Of its resistance, half way round."""


def turned(position: float) -> float:
    """The share of the resistance, 0 to 1, at a position, 0 to 1: exponential, through MIDDLE."""
    base = (1 / MIDDLE - 1) ** 2
    share: float = (base**position - 1) / (base - 1)
    return share
