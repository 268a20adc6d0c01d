"""Having the measuring service measure: it is started, listened to, and stopped when nobody waits for it any more."""

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from pedal.errors import PedalError
from pedal.measure.latency.findings import Survey
from pedal.measure.latency.request import Line, Reader, Request, asked
from pedal.measure.latency.survey import Progress

UNIT = "pedal-latency.service"
SYSTEMCTL = "/usr/bin/systemctl"
"""In full, because the rule that permits it names it so."""
LOOK_S = 0.2
LOOKS_A_CHECK = 10
"""Whether the service still runs is asked seldom: asking is work for a processor that is being measured."""

Command = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


class Interrupted(PedalError):
    """Whoever waited does not wait any more."""


def commanded(words: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Run a command and keep what it says.

    In a session of its own, as Ctrl-C or a terminal that hangs up would end it between the engine's stop and the
    service's start, after which systemd brings no engine back.
    """
    return subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, start_new_session=True)


class Unit:
    """The service, by systemd."""

    def __init__(self, command: Command = commanded) -> None:
        self._command = command

    def start(self) -> None:
        """Start it, which stops the engine.

        Raises:
            PedalError: systemd or sudo refuses.
        """
        ran = self._command(["sudo", "-n", SYSTEMCTL, "start", UNIT])
        if ran.returncode:
            said = " ".join(ran.stderr.split()) or f"status {ran.returncode}"
            raise PedalError(f"{UNIT} cannot be started: {said}; see `journalctl -u {UNIT}`, or run ./deploy.sh again")

    def stop(self) -> None:
        """Stop it, which starts the engine."""
        self._command(["sudo", "-n", SYSTEMCTL, "stop", UNIT])

    def runs(self) -> bool:
        """Whether it is at work."""
        return self._command([SYSTEMCTL, "is-active", UNIT]).stdout.strip() in ("active", "activating", "deactivating")


def measured(
    run: Path,
    request: Request,
    unit: Unit,
    *,
    tell: Callable[[Progress], None],
    note: Callable[[str], None],
    ended: Callable[[], bool],
    wait: Callable[[float], None],
) -> Survey:
    """What the service measures; `ended` is asked now and then, and stops it.

    Raises:
        Interrupted: it was ended.
        PedalError: nothing could be measured, and why.
    """
    with asked(run, request):
        reader = Reader(run)
        try:
            unit.start()
            looks = 0
            while True:
                over = looks % LOOKS_A_CHECK == LOOKS_A_CHECK - 1 and not unit.runs()
                for line in reader.news():
                    if (survey := _taken(line, tell, note)) is not None:
                        return survey
                if over:
                    raise PedalError(f"{UNIT} ended without a result; see `journalctl -u {UNIT}`")
                if ended():
                    raise Interrupted("ended before everything was measured; the engine plays again")
                looks += 1
                wait(LOOK_S)
        except BaseException:
            unit.stop()
            raise


def _taken(line: Line, tell: Callable[[Progress], None], note: Callable[[str], None]) -> Survey | None:
    """Pass on what a line says; gives the survey, where it is that."""
    if line.progress:
        tell(line.progress)
    if line.note:
        note(line.note)
    if line.refused:
        raise PedalError(line.refused)
    return line.survey
