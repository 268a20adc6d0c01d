"""A JSON document read into typed parts; what is wrong with it is a ModelError in plain words."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from pedal.errors import ModelError
from pedal.model.model import RATES_HZ, Knob, Weights

MOST_VALUES = 500_000
"""The largest model that is played has 70 000; decoded, half a million take some 50 MB."""
LONGEST_TEXT = 120
MOST_MEASURED = 1_000.0
"""Beyond this a level in dBFS or an error-to-signal ratio is no measurement."""
KNOB_NAMES = ("gain", "tone")
"""What knob inputs are called that a file does not name, in their order."""

Part = TypeVar("Part")
Count = Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)]
"""A whole number that can be printed."""

_JSON_TYPES = {
    "object": "a group of named values",
    "array": "a list",
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing (null)",
}


def parts(data: bytes) -> dict[str, msgspec.Raw]:
    """The top-level keys, with their values unread.

    Raises:
        ModelError: the data is not a JSON object, or one too large to be a model.
    """
    if (values := data.count(b",")) > MOST_VALUES:
        raise ModelError(
            f"holds about {values} values; expected at most {MOST_VALUES}, far more than any model we play"
        )
    return part(data, dict[str, msgspec.Raw])


def part(data: bytes | msgspec.Raw, kind: type[Part], where: str = "") -> Part:
    """Data as a `kind`, every type checked; `where` is the part of the file it comes from.

    Raises:
        ModelError: it is not JSON, or not of that kind.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        raise ModelError(_plain(str(error), where)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if "utf-8" in str(error).lower():
            raise ModelError("holds text that is not UTF-8; expected UTF-8") from error
        if re.search(rb"[\[,:]\s*-?(NaN|Infinity)", data):
            raise ModelError("holds NaN or Infinity; expected finite numbers (its training went wrong)") from error
        raise ModelError(f"is not valid JSON ({error}); expected a model file; download it again") from error
    except RecursionError as error:
        raise ModelError("is nested far too deeply; expected a model file") from error


def tensor(name: str, values: list[Any], shape: tuple[int, ...]) -> Weights:
    """Values, a list or a list of rows, as an array of just this shape.

    Raises:
        ModelError: they have another shape.
    """
    rows = values if len(shape) == 2 else [values]
    if len(values) != shape[0] or any(len(row) != shape[-1] for row in rows):
        widths = sorted({len(row) for row in rows})
        found = [len(values), *(["various"] if len(widths) > 1 else widths)] if len(shape) == 2 else [len(values)]
        raise ModelError(
            f"{name} holds {_counted(found)} numbers; expected {_counted(shape)}, by the sizes that the file "
            "itself gives; download it again"
        )
    with np.errstate(over="ignore"):  # becomes infinite, which the Model refuses
        return np.array(values, np.float64).astype(np.float32)


def number(value: float) -> float:
    """A number as the float32 it is played with; infinite where it is too large."""
    return float(tensor("", [value], (1,))[0])


def flag(name: str, value: float | bool | None) -> float:
    """0.0 or 1.0 for what a file may give as a number or a truth; nothing is 0.

    Raises:
        ModelError: it is another number.
    """
    if value not in (None, 0, 1):
        raise ModelError(f"{name} is {value:g}; expected 0 or 1")
    return float(value or 0)


def rate_hz(value: float | str | None, default: int) -> int:
    """A sample rate that a file may give as a number or as text; nothing is the default.

    Raises:
        ModelError: it is no number, or far from any rate in use.
    """
    if value is None or value == "":
        return default
    try:
        found = float(value)
    except ValueError:
        found = float("nan")
    if not RATES_HZ[0] <= found <= RATES_HZ[-1]:
        said = text(value) if isinstance(value, str) else f"{value:g} Hz"
        raise ModelError(f"sample rate {said} is not supported; expected 8000 to 192000 Hz")
    return round(found)


def text(value: object) -> str:
    """Text from a file as one line that is safe to print; empty for anything else."""
    if not isinstance(value, str):
        return ""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in value[: 4 * LONGEST_TEXT]).split())
    return line if len(line) <= LONGEST_TEXT else line[: LONGEST_TEXT - 1] + "…"


def measured(value: object) -> float | None:
    """A figure from a file; None for anything else, and for one that nobody measures."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= MOST_MEASURED else None


def knobs(inputs: int, named: Sequence[Knob] = ()) -> tuple[Knob, ...]:
    """The knobs of a network of so many inputs: those that are named, then others by usual names that are free."""
    found = list(named)
    while len(found) < inputs - 1:
        taken = {knob.name.lower() for knob in found}
        usual = (*KNOB_NAMES[len(found) :], *KNOB_NAMES[: len(found)])
        found.append(Knob(next(name for name in usual if name not in taken)))
    return tuple(found)


def samples(values: list[float]) -> NDArray[np.float64]:
    """A recording in a file, [frames]."""
    return np.array(values, np.float64)


def _counted(shape: Sequence[int | str]) -> str:
    """A shape in words: "12 x 3"."""
    return " x ".join(map(str, shape))


def _plain(fault: str, where: str) -> str:
    """What msgspec found wrong, without its signs: "Expected `int`, got `str` - at `$.config.hidden_size`"."""
    what, _, path = fault.partition(" - at ")
    place = (where + path.strip("`").removeprefix("$").replace("[...]", "")).strip(".")
    if missing := re.fullmatch(r"Object missing required field `(.*)`", what):
        return f"lacks {missing[1]}{' in ' + place if place else ''}; expected a whole model file"
    types = re.fullmatch(r"Expected (.*), got (.*)", what)
    if not types:
        return f"has a number out of range{' in ' + place if place else ''} ({what.replace('`', '')})"
    expected, found = (_named(kinds) for kinds in types.groups())
    if not place:
        return f"is JSON, but only {found}; expected a model file"
    return f"has {found} in {place}; expected {expected}"


def _named(kinds: str) -> str:
    """`int | null` in words."""
    return re.sub(r"`([^`]*)`", lambda match: " or ".join(_JSON_TYPES.get(k, k) for k in match[1].split(" | ")), kinds)
