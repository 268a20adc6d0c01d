"""`pedal set`: gains, knobs, bypass and the model, as feet and hands would set them."""

import argparse
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pedal.cli import values
from pedal.cli.notes import note
from pedal.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from pedal.model.loaded import Loaded

GAINS = ("input_gain_db", "level_db")
SWITCH = {"on": 1, "off": 0}
NONE = "none"
KNOB = "knob."


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `set`."""
    parser = commands.add_parser(
        "set",
        help="set gains, knobs, bypass and the model",
        description="Set what the engine plays: input_gain_db=DB, level_db=DB, knob.NAME=0..1, bypass=on|off, "
        "model=NAME|none, a NAME that `pedal models list` gives. Nothing is set unless everything can be.",
    )
    parser.add_argument("assignments", type=values.assignment, nargs="+", metavar="NAME=VALUE")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Set everything, or nothing where one assignment is wrong."""
    from contextlib import closing

    from pedal.cli import named
    from pedal.config import places
    from pedal.link import Link, control_lock

    where = places()
    asked = dict(arguments.assignments)
    with closing(Link(where.link)) as link, control_lock(where.run):
        newcomer = named.installed(asked["model"]) if asked.get("model", NONE) != NONE else None
        playing = newcomer or (None if "model" in asked else named.with_word(int(link.get("model"))))
        words = words_for(arguments.assignments, playing)
        if newcomer:
            _pack(newcomer)
            words["model"] = newcomer.word
        for name, value in words.items():
            link.set(name, value)
        if not link.engine_runs():
            _no_engine(where.run)
        elif newcomer and newcomer.model.sample_rate_hz != link.get("rate_hz"):
            note(
                f"{newcomer.path} was made for {newcomer.model.sample_rate_hz} Hz and plays as it is at "
                f"{link.get('rate_hz')} Hz: it sounds different"
            )
    return 0


def _no_engine(run_folder: "Path") -> None:
    """Say that none listens.

    Raises:
        LinkError: one runs all the same, on a link that was deleted under it.
    """
    from pedal.errors import LinkError
    from pedal.link import engine_lock

    try:
        with engine_lock(run_folder):
            note("the engine is not running; it takes these when it starts")
    except LinkError as error:
        raise LinkError(f"the engine that runs has lost its link, as {run_folder} was emptied; restart it") from error


def words_for(asked: list[tuple[str, str]], playing: "Loaded | None") -> dict[str, float]:
    """The link's words for these assignments, while that model plays.

    Raises:
        ConfigError: every fault in them.
    """
    words: dict[str, float] = {}
    times = Counter(name.lower() for name, _ in asked)
    faults = [f"{name} is set {count} times; expected once" for name, count in times.items() if count > 1]
    for name, text in asked:
        try:
            words.update(_word(name, text, playing))
        except ConfigError as error:
            faults.append(f"{name}: {error}")
    if faults:
        raise ConfigError("; ".join(faults))
    return words


def _word(name: str, text: str, playing: "Loaded | None") -> Iterable[tuple[str, float]]:
    from pedal.link import INDEX, WORDS

    knobs = [knob.name for knob in playing.model.knobs] if playing else []
    known = [*GAINS, "bypass", "model", *(KNOB + knob for knob in knobs)]
    if name in GAINS:
        word = WORDS[INDEX[name]]
        return [(name, values.within(text, word.low, word.high, word.unit))]
    if name == "bypass":
        return [(name, SWITCH[list(SWITCH)[values.chosen("value", text, list(SWITCH))]])]
    if name == "model":
        return [(name, 0)]  # none; a newcomer's own word comes when it has been packed
    if name.startswith(KNOB):
        if not knobs:
            why = "this model has no knobs" if playing else "no model of the models folder plays, so there is no knob"
            raise ConfigError(f"{why}; expected one of {', '.join(known)}")
        number = values.chosen("knob", name.removeprefix(KNOB), knobs)
        return [(f"knob_{number + 1}", values.within(text, 0.0, 1.0, ""))]
    raise ConfigError(f"is unknown; {values.hint(name, known)}")


def _pack(newcomer: "Loaded") -> None:
    """Have the model ready before the engine is asked for it."""
    from pedal.cli.compiled import library
    from pedal.config import places
    from pedal.kernel.pack import store

    store(newcomer.model, newcomer.word, places().state, library())
