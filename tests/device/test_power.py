"""The plug is pulled in the middle of a flash and a saved state, and of an update; the next start is from that card."""

import json
import random
import re
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import WriteModel
from tests.device.machine import Machine, driving
from tests.device.ssh import HOST
from tests.device.states import copied, deploy
from tests.device.test_played import DETENT_DB, LEVEL_KNOB, turned
from tests.device.wheels import wheelhouse
from tests.device.words import changed, plays, words

LINES = ("building the release on what", "putting", "on trial")
"""Of what an update says, in this order; after each the power may go."""


def whole(machine: Machine) -> None:
    """The pedal comes up playing, with every model whole, and nothing had to be put aside."""
    plays(machine)
    machine.until("systemctl -q is-active pedal-control", 300)
    json.loads(machine.root("cat /var/lib/pedal/state.json 2>/dev/null || echo {}"))  # nothing to save without models
    known = "models|previous|packed|latency|.*[.](json|txt|lock)"
    assert machine.root(f"cd /var/lib/pedal; ls | grep -v -x -E '{known}' || true") == ""
    assert machine.ssh("pedal models list", "root", check=False).status == 0


@pytest.mark.long(5)
def test_in_the_middle_of_a_flash_and_of_a_saved_state(pi: Machine, write_model: WriteModel, cuts: int) -> None:
    """What was flashed is there whole or not at all, the level is the one before or after, and the rest untouched.

    The emulated card is no kinder than a real one: what only the machine's memory held is gone, unless Linux wrote it
    back meanwhile, as it does after a while.
    """
    old = pi.root("cd /var/lib/pedal/models && sha256sum simulated*")
    chance, began = random.Random(4), time.monotonic()
    saved = forgotten = 0
    with flashing(pi, write_model("whole")) as flash:
        assert flash.wait() == 0
    whole_s, within = time.monotonic() - began, 0
    for cut in range(2 * cuts):
        model, level = write_model(f"cut{cut}", seed=cut), words(pi)["level_db"]
        with flashing(pi, model) as flash:
            with suppress(subprocess.TimeoutExpired):
                flash.wait(whole_s * chance.uniform(0.4, 0.9))
            # A knob's first detent is saved within milliseconds of its being heard.
            pi.root(f"echo something >/root/forgotten{cut}; ({driving(*turned(LEVEL_KNOB, 1))}) >/dev/null 2>&1 &")
            if cut % cuts:
                time.sleep(chance.uniform(0.0, 1.0))  # the machine's own time goes on
            else:
                changed(pi, "level_db", level)
            cut_off = flash.poll() is None
            pi.kill()
        pi.boot()
        if cut_off:
            within += 1
            forgotten += pi.ssh(f"test -s /root/forgotten{cut}", "root", check=False).status == 1
        whole(pi)
        assert pi.root("cd /var/lib/pedal/models && sha256sum simulated*") == old
        there = pi.ssh(f"cat /var/lib/pedal/models/{model.name}", "root", check=False)
        assert there.output == model.read_text() or (there.status and flash.returncode)
        changed(pi, "playing", 0)  # what had not played for ten seconds is not begun with, but when control asks for it
        assert words(pi)["level_db"] in (level, level + DETENT_DB)
        saved += words(pi)["level_db"] != level
        if within == cuts:
            break
    assert saved, "the knob was never turned"
    assert within == cuts, "the flash was over before the cut, again and again"
    assert forgotten > within / 2, "this card keeps even what nobody has flushed"


def flashing(machine: Machine, model: Path) -> "subprocess.Popen[bytes]":
    """A `pedal flash` from here, which ends where the machine does."""
    command, null = [sys.executable, "-m", "pedal", "flash", str(model), f"pi@{HOST}"], subprocess.DEVNULL
    return subprocess.Popen(command, env=machine.way.environment(), stdin=null, stdout=null, stderr=null)


@pytest.mark.long(9)
def test_in_the_middle_of_an_update(bench: Machine, cuts: int) -> None:
    """A whole release plays after each cut, and the same command goes on until the new one is confirmed."""
    house = str(wheelhouse(bench.image.suite))
    chance = random.Random(5)
    with copied() as project:
        command = [str(project / "deploy.sh"), f"pi@{HOST}", "--wheelhouse", house]
        for first in range(0, cuts, len(LINES)):
            old = bench.root("readlink /opt/pedal/current")
            (project / "LICENSE").write_text(f"another release: {first}")
            for line in LINES[: cuts - first]:
                cut_after(line, chance.uniform(0.0, 3.0), command, bench)
                bench.boot()
                whole(bench)
                assert re.fullmatch(r"releases/[0-9a-z.+]+\n", bench.root("readlink /opt/pedal/current"))
            deploy(bench, f"pi@{HOST}", "--wheelhouse", house, project=project)
            assert bench.root("readlink /opt/pedal/current") != old
            assert bench.root("readlink /opt/pedal/previous") == old
            deploy(bench, f"pi@{HOST}", "--rollback", project=project)
            assert bench.root("readlink /opt/pedal/current") == old
            whole(bench)


def cut_after(line: str, pause_s: float, command: list[str], machine: Machine) -> None:
    """Pull the machine's plug so long after the command has said so."""
    null, pipe, both = subprocess.DEVNULL, subprocess.PIPE, subprocess.STDOUT
    with subprocess.Popen(
        command, env=machine.way.environment(), stdin=null, stdout=pipe, stderr=both, text=True
    ) as update:
        assert update.stdout is not None
        said = ""
        for said in update.stdout:
            if line in said:
                break
        assert line in said, f"the update ended before it had said {line!r}"
        time.sleep(pause_s)  # the machine's own time goes on
        machine.kill()
        update.kill()
