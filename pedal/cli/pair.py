"""`pedal pair`: whether two recordings are a pair that a model can be trained on."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from pedal.cli import findings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pedal.measure.finding import Examined
    from pedal.train.take import Take


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `pair` and its command."""
    told = "check recordings of a guitar and of an amplifier before training"
    parser = commands.add_parser("pair", help=told, description="Two recordings of one take, to train a model on.")
    group = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    check = group.add_parser(
        "check",
        help="say what is wrong with a pair of recordings, and what to do",
        description="Compare a clean guitar with the same take through an amplifier: one line for each fact, the worst "
        "first. The delay is found to the sample; training takes it out but for one or two. Status 1 if no model "
        "can be trained on them.",
    )
    check.add_argument("clean", type=Path, metavar="CLEAN.wav", help="the guitar: WAV, AIFF or FLAC")
    check.add_argument("amp", type=Path, metavar="AMP.wav", help="the same take through the amplifier")
    check.add_argument("--picture", type=Path, metavar="PNG", help="save a picture of the alignment")
    check.add_argument("--json", action="store_true", help="print it as JSON")
    check.set_defaults(run=run_check)


def run_check(arguments: argparse.Namespace) -> int:
    """Print what is found; 1 where no model can be trained on it."""
    from pedal.cli import picture
    from pedal.cli.notes import note
    from pedal.train.check import examine, refusals
    from pedal.train.take import read

    picture.check(arguments.picture)
    take = read(arguments.clean, arguments.amp)
    found = examine(take)
    if arguments.picture and take.alignment:
        from pedal.train import overlay

        overlay.save(arguments.picture, take)
    elif arguments.picture:
        note(f"{arguments.picture} was not drawn: there is nothing to align")
    refused = bool(refusals(found))
    if arguments.json:
        print(json.dumps({"status": int(refused), **figures(take, found)}))
    else:
        findings.show(found)
    return int(refused)


def figures(take: "Take", found: "Sequence[Examined]") -> dict[str, object]:
    """What there is to know of a pair, for JSON."""
    aligned = take.alignment
    measured = aligned and {
        "delay_frames": aligned.delay,
        "delay_by": aligned.by,
        "taken_out_frames": take.delay,
        "inverted": aligned.inverted,
        "explained": round(aligned.explained, 4),
        "drift_frames": round(aligned.drift, 3),
    }
    return {
        "clean": str(take.clean.path),
        "amp": str(take.amp.path),
        "sample_rate_hz": take.rate_hz,
        "alignment": measured,
        "findings": findings.figures(found),
    }
