"""./deploy.sh HOST from a laptop, over the machine's own sshd and sudo."""

import os
import pty
import subprocess

import pytest

from tests.device import pypi
from tests.device.emulator import Options
from tests.device.image import Image
from tests.device.machine import Machine
from tests.device.ssh import HOST
from tests.device.states import booted, copied, deploy
from tests.device.wheels import REPOSITORY, wheelhouse
from tests.device.words import plays

PASSWORD = b"telecaster"
STATE = "readlink /opt/pedal/current; find /opt/pedal /etc -newer /proc/1 -type f | sort"


def in_a_terminal(machine: Machine, *arguments: str, password: bytes) -> tuple[int, str]:
    """The status of `./deploy.sh ARGUMENTS…` in a terminal, its user typing the password, and what it shows."""
    ours, theirs = pty.openpty()
    command = [str(REPOSITORY / "deploy.sh"), *arguments]
    shown = b""
    with subprocess.Popen(
        command, env=machine.way.environment(), stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as child:
        os.close(theirs)
        answered = 0
        while True:
            try:
                more = os.read(ours, 4096)
            except OSError:  # as Linux says that the last one has closed it
                break
            shown += more
            if shown.lower().count(b"password for fender:") > answered:
                answered += 1
                os.write(ours, password + b"\n")
            if b"[y/N]" in more:
                os.write(ours, b"n\n")
    os.close(ours)
    return child.returncode, shown.decode(errors="replace")


def test_installing_again_changes_nothing(shared_bench: Machine) -> None:
    before = shared_bench.root(STATE)
    said = deploy(shared_bench, f"pi@{HOST}")
    assert "nothing was changed" in said
    assert shared_bench.root(STATE) == before


def test_status_over_ssh(shared_bench: Machine) -> None:
    said = deploy(shared_bench, f"pi@{HOST}", "status")
    assert "on trial:" not in said
    assert "pedal-engine.service" in said


@pytest.mark.rare
def test_without_a_terminal_nobody_is_asked(shared_bench: Machine) -> None:
    """A user whose sudo wants a password is told to come from a terminal, before anything has been done."""
    before = shared_bench.root(STATE)
    said = deploy(shared_bench, f"fender@{HOST}", check=False)
    assert "terminal" in said
    assert shared_bench.root(STATE) == before


@pytest.mark.rare
def test_the_one_question_is_sudos(bench: Machine) -> None:
    """It is asked once; the pedal is that user's too afterwards, and plays."""
    status, shown = in_a_terminal(bench, f"fender@{HOST}", password=PASSWORD)
    assert status == 0, shown
    assert shown.lower().count("password for fender:") == 1, shown
    assert "telecaster" not in shown
    assert "pedal" in bench.root("id -nG fender").split()
    plays(bench)


@pytest.mark.rare
def test_a_pi_with_internet_needs_nothing_else(image: Image) -> None:
    """It fetches, builds and compiles by itself, from a card without the pedal; half an hour.

    And it fills a wheelhouse for those without.
    """
    with (
        pypi.passed_on(pypi.THERE) as pip,
        Machine(image, Options(network=True), booted(image)) as machine,
    ):
        machine.root("cat >/etc/pip.conf", given=pip.encode())
        said = deploy(machine, f"pi@{HOST}")
        assert "compiling the kernels" in said
        assert "confirmed" in said
        with copied() as project:
            deploy(machine, "wheelhouse", f"pi@{HOST}", project=project)
            filled = {path.name for path in (project / "wheelhouse" / image.suite).iterdir()}
            assert filled == {path.name for path in wheelhouse(image.suite).iterdir()}


@pytest.mark.rare
def test_a_core_for_the_engine_alone_and_its_return(bench: Machine) -> None:
    """cmdline.txt is what the next start has; nothing of it is left after an uninstallation, but models are."""
    line = "isolcpus=1 nohz_full=1 rcu_nocbs=1"
    before = bench.root("cat /boot/firmware/cmdline.txt /boot/firmware/config.txt | grep -v '^include'")
    assert "core 1 is kept for the engine" in deploy(bench, f"pi@{HOST}", "--isolate")
    assert bench.root("cat /boot/firmware/cmdline.txt").rstrip().endswith(line)
    bench.reboot(line)
    plays(bench)
    assert bench.root("cat /sys/devices/system/cpu/isolated") == "1\n"
    assert "core 1, the engine's" in bench.ssh("pedal doctor", check=False).output
    deploy(bench, f"pi@{HOST}", "--uninstall")
    assert bench.root("cat /boot/firmware/cmdline.txt /boot/firmware/config.txt") == before
    assert bench.root("ls /opt; getent passwd pedal || true") == ""
    assert bench.root("ls /etc/pedal/pedal.toml; ls /var/lib/pedal").split()[0] == "/etc/pedal/pedal.toml"
