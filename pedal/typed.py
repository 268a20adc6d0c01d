"""What people type: numbers with a unit and a range, and names among candidates, whose capitals do not matter."""

import difflib
from collections.abc import Iterable, Sequence

from pedal.errors import ConfigError


def within(text: str, low: float, high: float, unit: str) -> float:
    """The number in text.

    Raises:
        ConfigError: it is none, or is outside low..high.
    """
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise ConfigError(f"{text!r} was given; expected {low:g} to {high:g} {unit}".rstrip())
    return value


def chosen(kind: str, name: str, candidates: Sequence[str]) -> int:
    """Which of the candidates has this name.

    Raises:
        ConfigError: none has.
    """
    lower = [candidate.casefold() for candidate in candidates]
    if name.casefold() in lower:
        return lower.index(name.casefold())
    meant = hint(name, candidates) if candidates else f"this model has no {kind}s"
    raise ConfigError(f"{kind} {name!r} is unknown; {meant}")


def hint(name: str, candidates: Iterable[str]) -> str:
    """What they may have meant."""
    known = {candidate.casefold(): candidate for candidate in candidates}
    close = difflib.get_close_matches(name.casefold(), known, 1)
    return f"did you mean {known[close[0]]}?" if close else f"expected one of {', '.join(known.values())}"
