"""The audio process: load the library, open the card, lock memory, take priority, run."""

import gc
import os
import select
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pedal.config import Config, Places, load, places, playable
from pedal.engine.card import Card
from pedal.engine.loop import Loop
from pedal.engine.models import Models
from pedal.engine.notify import Notify
from pedal.engine.realtime import claim
from pedal.engine.words import Words
from pedal.errors import CardError, KernelError, PedalError
from pedal.kernel.chain import Chain
from pedal.kernel.library import Library, library_path, library_tag
from pedal.link import OFF, Link, engine_lock

NOT_CONFIGURED = 78
"""The status by which the service is told to have the kernels built first (sysexits' EX_CONFIG)."""
LOG = 2
"""Standard error's file descriptor."""

USAGE = """\
usage: python -m pedal.engine [--config FILE] [--capture PCM --playback PCM]
           [--sim-capture RAW --sim-playback RAW [--sim-format NAME] [--sim-channels N] [--sim-loop 1]]

Run the audio process on the configured card, on two PCMs by their ALSA names, or on a card made of two recordings: raw
frames, by default S32_LE, stereo. With --sim-loop 1 what is captured begins again at its end.
"""


def main(arguments: list[str]) -> int:
    """Run the engine until a signal ends it; gives the exit status."""
    options = _options(arguments)
    if options is None:
        sys.stderr.write(USAGE)
        return 2
    try:
        return _run(options)
    except (PedalError, OSError) as error:
        _log(" ".join(str(error).split()))
        return 1


def _options(arguments: list[str]) -> dict[str, str] | None:
    """The command line by name; None where it is not one. By hand, because argparse takes a tenth of the start."""
    options = {
        "--config": "",
        "--capture": "",
        "--playback": "",
        "--sim-capture": "",
        "--sim-playback": "",
        "--sim-format": "S32_LE",
        "--sim-channels": "2",
        "--sim-loop": "0",
    }
    given = dict(zip(arguments[::2], arguments[1::2], strict=False))
    fine = len(arguments) % 2 == 0 and given.keys() <= options.keys() and all(given.values())
    options |= given
    for kind in ("--", "--sim-"):
        fine = fine and bool(options[f"{kind}capture"]) == bool(options[f"{kind}playback"])
    fine = fine and not (options["--capture"] and options["--sim-capture"])
    fine = fine and options["--sim-channels"].isdecimal() and options["--sim-loop"] in ("0", "1")
    return options if fine else None


def _run(options: dict[str, str]) -> int:
    where = places()
    config = _config(options["--config"], where)
    if options["--capture"]:
        card = config.card._replace(capture=options["--capture"], playback=options["--playback"])
        config = config._replace(card=card)
    tag = library_tag()
    path = library_path(where.kernels, tag)
    serves = "INVOCATION_ID" in os.environ  # set by systemd
    if not path.exists() and not serves:
        _build(where.kernels)
    try:
        library = Library(path)
    except KernelError as error:
        if not serves:
            raise
        _log(str(error))
        return NOT_CONFIGURED
    with engine_lock(where.run), _linked(where) as link, _card(options, config) as open_card:
        chain = Chain()
        models = Models(chain, library.kernels, where.state, tag)
        words = Words(link, chain, models)
        notify = Notify()
        loop = Loop(chain, library.process, words, config.card, _log, notify.alive)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: loop.stop())
        words.set("process", os.getpid())
        refused = "; ".join(claim(config.engine))
        if refused:
            _log(f"not permitted here: {refused}")
        gc.disable()
        gc.freeze()

        def opened() -> Card:
            notify.opening()
            return open_card()

        try:
            loop.run(opened)
        finally:
            notify.stopping()
            words.set("state", OFF)
            words.set("process", 0)
            words.close()
            models.close()
            notify.close()
    return 0


def _config(path: str, where: Places) -> Config:
    """What the file says; the player's own need not exist, and what is wrong in it keeps nobody from playing.

    Raises:
        ConfigError: there is a fault in the file that was named.
    """
    if path:
        return load(Path(path))
    config, faults = playable(where.config)
    for fault in faults:
        _log(fault)
    return config


def _build(folder: Path) -> None:
    """Have the kernels built by a child, which alone imports the compiler."""
    import subprocess

    _log(f"building the kernels in {folder}, once for this computer")
    if subprocess.run([sys.executable, "-P", "-m", "pedal.kernel.build", str(folder)], check=False).returncode:
        raise KernelError(f"the kernels could not be built in {folder}; see above")


@contextmanager
def _linked(where: Places) -> Iterator[Link]:
    """The link; after a restart of the machine it begins with what was played last."""
    link = Link(where.link, where.words)
    if link.fault:
        _log(link.fault)
    try:
        yield link
    finally:
        link.close()


@contextmanager
def _card(options: dict[str, str], config: Config) -> Iterator[Callable[[], Card]]:
    """What opens the card: the configured one, or one made of recordings, on the real clock."""
    if not options["--sim-capture"]:
        from pedal.engine.alsa import AlsaCard

        yield lambda: AlsaCard(config.card)
        return
    from pedal.engine.simcard import RealClock, SimCard, stream

    form = stream(options["--sim-format"], int(options["--sim-channels"]))
    needed = max((config.card.input_channel, *config.card.outputs))
    if form.channels < needed:
        raise CardError(f"simulated card has {form.channels} channels; expected at least {needed}, as pedal.toml asks")
    try:
        source = open(options["--sim-capture"], "rb")  # noqa: SIM115 (closed below)
        sink = open(options["--sim-playback"], "w+b")  # noqa: SIM115
    except OSError as error:
        raise PedalError(f"recording cannot be opened: {error}") from error
    with source, sink:
        yield lambda: SimCard(
            source, sink, form, form, RealClock(),
            rate_hz=config.card.rate_hz, period_frames=config.card.period_frames,
            periods=config.card.periods, prefill_periods=config.card.prefill_periods, loop=options["--sim-loop"] == "1",
        )  # fmt: skip


def _log(line: str) -> None:
    """Say it on stderr where that can be done at once; nobody may stop the sound by not listening."""
    with suppress(OSError):
        if select.select((), (LOG,), (), 0)[1]:
            os.write(LOG, f"pedal engine: {line[:1000]}\n".encode())  # less than a pipe takes whole
