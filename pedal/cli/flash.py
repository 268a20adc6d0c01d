"""`pedal flash`: models to another machine's pedal over ssh, while it plays."""

import argparse
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pedal.cli import host
from pedal.cli.notes import printable, progress
from pedal.errors import ModelError, PedalError

if TYPE_CHECKING:
    from rich.progress import Progress


class Packet(NamedTuple):
    """A file that is to be sent."""

    path: str
    name: str
    """What the model is called there."""
    data: bytes


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `flash`."""
    parser = commands.add_parser(
        "flash",
        help="send models to a pedal over ssh, while it plays",
        description="Send model files to the pedal HOST over ssh. It tries each, times it on its own processor, brings "
        "it to the loudness of the others and keeps the version before; what it refuses leaves everything as it was. "
        "The sound never stops. Status 1 if any file is refused, or does not play that --now was for.",
        epilog="`pedal models list|show|remove|rollback|order --host HOST` do the rest.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("to", type=host.host, metavar="HOST", help="as ssh takes it, such as pi@pedal.local")
    parser.add_argument(
        "--now", action="store_true", help="play it at once; of several files, the last, unless that is refused"
    )
    parser.add_argument("--name", metavar="NAME", help="what to call it there (default: as the file); for one file")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """One line a file; 1 if any was refused, or does not play as it was to."""
    if arguments.name is not None and len(arguments.files) > 1:
        raise ModelError("--name is for one file; expected each of several to be called as its file")
    if Path(arguments.to).is_file():
        raise PedalError(f"HOST is missing after the files: {printable(arguments.to)} is a file")
    packets = list(_packets(arguments.files, arguments.name))
    refused = len(arguments.files) - len(packets)
    now = arguments.now and bool(packets) and packets[-1].path == arguments.files[-1]
    return max(int(refused > 0), send(packets, arguments.to, now) if packets else 0)


def send(packets: Sequence[Packet], to: str, now: bool) -> int:
    """Have each installed there, one line each; 1 if any was refused, or does not play as it was to, else 0.

    `now` is for the last of them.

    Raises:
        PedalError: the pedal there cannot be reached, or not any more.
    """
    failed = 0
    with host.shared(to) as options, progress() as bar:
        for packet in packets:
            play = now and packet is packets[-1]
            asked = words(packet, play)
            try:
                answer = host.ask(to, asked, packet.data, _shown(bar, packet), options)
            except host.Cut as error:
                raise host.Cut(f"{error}; whether {packet.name} arrived is not known, send it again") from error
            failed += not _told(packet, answer, play)
    return int(failed > 0)


def _shown(bar: "Progress", packet: Packet) -> Callable[[int], None]:
    """What is told of every piece of the packet that is away; it takes the place of what was shown before."""
    for task in bar.task_ids:
        bar.remove_task(task)
    task, whole = bar.add_task(f"sending {packet.name}", total=len(packet.data)), len(packet.data)

    def sent(count: int) -> None:
        nonlocal whole
        whole -= count
        bar.advance(task, count)
        if not whole:
            bar.update(task, description=f"{packet.name} is being tried there", total=None)

    return sent


def words(packet: Packet, now: bool) -> list[str]:
    """The command that installs it there from its standard input."""
    import hashlib

    digest = hashlib.sha256(packet.data).hexdigest()
    return [
        "models", "install", f"--name={packet.name}", f"--sha256={digest}", *(["--now"] if now else []), "-",
    ]  # fmt: skip


def _told(packet: Packet, answer: host.Answer, play: bool) -> bool:
    """Say what came of it; whether that is all that was asked: stored there, and played where it was to be."""
    if answer.status == 0 and (not play or answer.out.endswith("; plays now")):
        print(f"accepted  {printable(answer.out)}", flush=True)
        if answer.error:
            host.pass_on(answer.error)
        return True
    why = answer.error.removeprefix("pedal: ") or f"status {answer.status}"
    if answer.status == 2:
        why = "the pedal there is of another version; run ./deploy.sh, then send it again"
    elif answer.out.casefold().startswith(f"{packet.name}: ".casefold()):  # it is said there once it is stored
        print(f"accepted  {printable(answer.out)}; but it does not play: {printable(why)}", flush=True)
        return False
    print(f"refused   {printable(packet.path)}: {printable(why.removeprefix(f'{packet.name}: '))}", flush=True)
    return False


def _packets(files: Sequence[str], name: str | None) -> Iterable[Packet]:
    """Those that are models, and can be named; of the others it is said why not."""
    from pedal.model import formats
    from pedal.model.shelf import named, named_as

    taken: dict[str, str] = {}
    for file in files:
        try:
            data = formats.contents(Path(file))
            formats.decode(data, file)
            called = named_as(Path(file)) if name is None else named(name)
            if other := taken.get(called.casefold()):
                raise ModelError(f"{printable(file)}: {other} is called {called} too; send one of them with --name")
        except ModelError as error:
            print(f"refused   {printable(str(error))}")
            continue
        taken[called.casefold()] = file
        yield Packet(file, called, data)
