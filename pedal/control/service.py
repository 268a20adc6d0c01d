"""The control process as a service: the configuration, the machine's pins and screen, and signals that end it."""

import os
import select
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from PIL import Image

from pedal.config import Config, Places, places
from pedal.control.cores import leave_core
from pedal.control.display import booted
from pedal.control.oled import Oled
from pedal.control.settings import Settings, load, playable
from pedal.errors import PedalError

LOG = 2
"""Standard error's file descriptor."""

USAGE = """\
usage: pedal control [--config FILE]

Run the control process: footswitches, knobs, screen, tuner, and what is remembered.
"""


def main(arguments: list[str]) -> int:
    """Run control until a signal ends it; gives the exit status."""
    options = dict(zip(arguments[::2], arguments[1::2], strict=False))
    if len(arguments) % 2 or not options.keys() <= {"--config"}:
        sys.stderr.write(USAGE)
        return 2
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # or numpy, which comes with the tuner, starts one more thread
    try:
        _run(places(), options.get("--config"))
    except (PedalError, OSError) as error:
        log(" ".join(str(error).split()))
        return 1
    return 0


def _run(where: Places, named: str | None) -> None:
    config, settings, faults = configured(where, named)
    for fault in faults:
        log(fault)
    if named is not None:
        where = where._replace(config=Path(named))

    def open_factory() -> Any:  # noqa: ANN401 (gpiozero's)
        from pedal.control.pins import open_factory as opened  # here, because a boot screen does not wait for it

        return opened(settings.gpio.factory, where.run, log)

    device = (lambda: Oled(settings.screen)) if settings.screen.driver != "none" else NoScreen
    leave_core(config.engine.cpu, log)  # before the first thread, which would stay there
    display = booted(device)
    from pedal.control.main import Control  # here, because the boot screen does not wait for the rest

    control = Control(where, settings, open_factory, display, log)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: control.loop.stop())
    if faults:
        control.tell("config", "PEDAL.TOML HAS FAULTS", "Run pedal config check.")
    control.run()


def configured(where: Places, named: str | None) -> tuple[Config, Settings, list[str]]:
    """The configuration, and each of its faults: those of the player's own file are played over.

    Raises:
        ConfigError: the file was named, and has faults.
    """
    return playable(where.config) if named is None else (*load(Path(named)), [])


class NoScreen:
    """A pedal without one."""

    def send(self, image: Image.Image) -> None:
        """Nobody looks."""

    def sleep(self) -> None:
        """It is dark."""

    def wake(self) -> None:
        """It stays dark."""

    def close(self) -> None:
        """Nothing is held."""


def log(line: str) -> None:
    """Say it on stderr where that can be done at once; nobody may stop the feet by not listening."""
    with suppress(OSError):
        if select.select((), (LOG,), (), 0)[1]:
            os.write(LOG, f"pedal control: {line[:1000]}\n".encode())  # less than a pipe takes whole
