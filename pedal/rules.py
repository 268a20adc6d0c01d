"""What a section of pedal.toml may say: a class with a field a key, each annotated with its rule, and how it is read.

The engine imports this at boot, hence no dataclasses, which import inspect: 8 ms.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar, get_args

Group = TypeVar("Group", bound=tuple[Any, ...])
LONGEST = 60
"""Letters of a value that are shown."""
Key = tuple[str, ...]
"""A section's name, then a key's; ("switch", "A", "pin") is what [switch.A] says of its pin."""


class Fault(NamedTuple):
    """Something in the file that cannot be used."""

    key: Key
    text: str
    """The key, what was found, what was expected."""


Tell = Callable[[Fault], None]


class Rule:
    """What a key may be; its text says so to whoever wrote something else."""

    def __init__(
        self,
        text: str,
        holds: Callable[[Any], bool],
        *,
        words: tuple[str, ...] = (),
        made: Callable[[Any], Any] | None = None,
        hint: Callable[[Any], str] = lambda _: "",
    ) -> None:
        """`holds` decides over a value as tomllib gave it, `made` makes it ours; one of `words` may have been meant.

        `hint` says more of a value for which it does not hold.
        """
        self.text = text
        self.holds = holds
        self.words = words
        self.made = made or (lambda value: value)
        self.hint = hint

    def refusal(self, key: Key, value: object) -> Fault:
        """What is said of a value for which it does not hold."""
        more = self._meant(value) or self.hint(value)
        return Fault(key, f"{dotted(key)} is {short(value)}, expected {self.text}{more and f' ({more})'}")

    def _meant(self, value: object) -> str:
        """What would hold, for a text that is nearly that; empty for none."""
        if isinstance(value, str) and (close := _close(value, self.words)):
            return f"did you mean {close}?"
        plain = next((text for text in _unquoted(value) if self.holds(_read(text))), "")
        return plain and f"write {plain}, without quotes"


def whole(
    low: int,
    high: int,
    unit: str = "",
    what: str = "a whole number",
    hint: Callable[[Any], str] = lambda _: "",
) -> Rule:
    """A whole number within both ends."""
    text = f"{what} from {low} to {high} {unit}".rstrip()
    return Rule(text, lambda value: type(value) is int and low <= value <= high, hint=hint)


def number(low: float, high: float, unit: str) -> Rule:
    """A number within both ends, whole or not; what is not a number is outside."""
    return Rule(
        f"a number from {low:g} to {high:g} {unit}",
        lambda value: type(value) in (int, float) and low <= value <= high,
        made=float,
    )


def choice(*words: str) -> Rule:
    """One of these words."""
    return Rule(f"one of {', '.join(words)}", lambda value: value in words, words=words)


TEXT = Rule("printable text in quotes", lambda value: type(value) is str and value.isprintable())
NAME = Rule("a printable name in quotes", lambda value: type(value) is str and value != "" and value.isprintable())
"""A control character in either would end the engine, in the name of a PCM, or steer a terminal."""
TRUTH = Rule("true or false", lambda value: type(value) is bool)


def group(name: str, sections: Mapping[str, Any], kind: type[Group], tell: Tell) -> dict[str, Any]:
    """What the section of that name says, for `kind` to be made of; faults are told and left out."""
    values = sections.get(name, {})
    if isinstance(values, dict):
        return good((name,), values, kind, tell)
    tell(Fault((name,), f"{name} is {short(values)}, expected a section [{name}]"))
    return {}


def good(at: Key, values: Mapping[str, Any], kind: type[Group], tell: Tell) -> dict[str, Any]:
    """Of the values of one section those that hold; `kind` has the rules. Faults are told and left out."""
    unknown(at, values, kind.__annotations__, tell)
    found = {}
    for name, annotation in kind.__annotations__.items():
        rule: Rule = get_args(annotation)[1]
        key = (*at, name)
        if name not in values:
            if name not in kind._field_defaults:  # type: ignore[attr-defined]
                tell(Fault(key, f"{dotted(key)} is missing, expected {rule.text}"))
        elif rule.holds(values[name]):
            found[name] = rule.made(values[name])
        else:
            tell(rule.refusal(key, values[name]))
    return found


def unknown(at: Key, found: Iterable[str], known: Iterable[str], tell: Tell) -> None:
    """Tell of every name that is not known."""
    known = tuple(known)
    for name in found:
        if name not in known:
            close = _close(name, known)
            hint = f"did you mean {close}?" if close else f"expected one of {', '.join(known)}"
            tell(Fault((*at, name), f"{dotted((*at, name))} is unknown, {hint}"))


def dotted(key: Key) -> str:
    """The key as one would point at it: card.rate_hz."""
    return ".".join(short(part)[1:-1] for part in key)


def short(value: object) -> str:
    """The value as the player may have written it, in a few words."""
    text = repr(list(value) if isinstance(value, tuple) else value)
    text = text.lower() if isinstance(value, bool) else text
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _unquoted(value: object) -> Iterator[str]:
    """What a text, or a list of texts, may have meant as a number, a list, true or false."""
    if isinstance(value, list):
        value = f"[{', '.join(map(str, value))}]"
    if isinstance(value, str) and len(value) <= LONGEST and value.isprintable():
        text = value.upper().replace("GPIO", "").strip()
        yield from (value, text.lower(), f"0x{text.lower()}")


def _read(text: str) -> object:
    """The value that the text is in TOML; None for none."""
    import tomllib  # here, because a start without faults need not wait for it

    try:
        return tomllib.loads(f"value = {text}")["value"]
    except ValueError:
        return None


def _close(name: str, known: Iterable[str]) -> str:
    """The one of those known that was probably meant; empty for none."""
    import difflib  # here, because a start without faults need not wait for it

    return next(iter(difflib.get_close_matches(name, known, 1)), "")
