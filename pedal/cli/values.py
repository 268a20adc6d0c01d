"""What is typed after a command, as types for argparse."""

import argparse
from collections.abc import Callable

from pedal.errors import ConfigError
from pedal.typed import within


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
