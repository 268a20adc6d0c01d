"""What sudo lets the group `pedal` do, by sudo's own judgement and by what the commands ask of it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from pedal.cli.service_user import COMMAND, USER, WRITING

SUDOERS = Path(__file__).parents[2] / "systemd" / "sudoers"


def test_the_services_user_is_lent_for_what_writes_and_for_nothing_else() -> None:
    lines = [line for line in SUDOERS.read_text().replace("\\\n", "").splitlines() if not line.startswith("#")]
    name, _, commands = lines[0].partition(" = ")
    words = {" ".join(first) for first in WRITING}
    assert name == "Cmnd_Alias PEDAL"
    assert {command.strip() for command in commands.split(",")} == {f"{COMMAND} {first} *" for first in words}
    assert lines[1] == f"%{USER} ALL=({USER}) NOPASSWD: PEDAL"
    assert all(line.startswith(f"{USER} ALL=(root) NOPASSWD: /usr/bin/systemctl ") for line in lines[2:])


@pytest.mark.skipif(not shutil.which("visudo"), reason="visudo is not on this machine")
def test_sudo_takes_the_file() -> None:
    said = subprocess.run(["visudo", "-q", "-c", "-f", str(SUDOERS)], capture_output=True, text=True)
    assert said.returncode == 0, said.stdout + said.stderr
