"""What is typed after a command: numbers with a unit and a range, and names among candidates."""

import argparse
import difflib
from collections.abc import Callable, Iterable, Sequence

from pedal.errors import ConfigError


def number(low: float, high: float, unit: str) -> Callable[[str], float]:
    """An argparse type: a number from low to high."""

    def parse(text: str) -> float:
        try:
            return within(text, low, high, unit)
        except ConfigError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return parse


def whole(low: int, high: int, unit: str) -> Callable[[str], int]:
    """An argparse type: a whole number from low to high."""

    def parse(text: str) -> int:
        if not text.isascii() or not text.isdecimal() or not low <= int(text[:20]) <= high:
            raise argparse.ArgumentTypeError(f"{text!r} was given; expected {low} to {high} {unit}")
        return int(text)

    return parse


def assignment(text: str) -> tuple[str, str]:
    """An argparse type: NAME=VALUE as its two parts."""
    name, sign, value = text.partition("=")
    if not sign or not name or not value:
        raise argparse.ArgumentTypeError(f"{text!r} was given; expected NAME=VALUE")
    return name, value


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
    """Which of the candidates has this name; capitals do not matter.

    Raises:
        ConfigError: none has.
    """
    lower = [candidate.lower() for candidate in candidates]
    if name.lower() in lower:
        return lower.index(name.lower())
    meant = hint(name, candidates) if candidates else f"this model has no {kind}s"
    raise ConfigError(f"{kind} {name!r} is unknown; {meant}")


def hint(name: str, candidates: Iterable[str]) -> str:
    """What the player may have meant."""
    known = list(candidates)
    close = difflib.get_close_matches(name.lower(), [candidate.lower() for candidate in known], 1)
    meant = [candidate for candidate in known if candidate.lower() in close]
    return f"did you mean {meant[0]}?" if meant else f"expected one of {', '.join(known)}"
