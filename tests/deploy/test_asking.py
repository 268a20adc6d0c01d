"""What deploy.sh asks a person for: sudo's password, and whether to restart."""

import shutil
from pathlib import Path

import pytest

from tests.deploy.card import SCRIPTS
from tests.deploy.pi import HOST, Pi

REBOOT = "-q --on-active=2 --timer-property=AccuracySec=100ms systemctl reboot"


def complete(pi: Pi, release: str) -> None:
    """Give the release what it is removed by, and the card what it goes back by."""
    for name in ("place", "firmware"):
        shutil.copy(SCRIPTS / name, pi.card.base / "releases" / release / "systemd")
    (pi.card.base / "bin").mkdir()
    shutil.copy(SCRIPTS / "trial", pi.card.base / "bin")


@pytest.mark.usefixtures("built")
def test_a_password_needs_a_terminal(pi: Pi) -> None:
    before = pi.files()
    ran = pi.deploy(HOST, PI_NO_SUDO="1")
    assert ran.status == 1
    assert "sudo asks for a password, and there is no terminal to ask on: run deploy.sh in a terminal" in ran.output
    assert pi.files() == before
    assert pi.card.link("current") == ""


@pytest.mark.usefixtures("built")
def test_whom_sudo_does_not_let_in_is_told_who_may(pi: Pi) -> None:
    """Not in sudoers, or no right password."""
    before = pi.files()
    ran = pi.deploy(HOST, typed="", PI_NO_SUDO="1")
    assert ran.status == 1
    asked, refused = ran.output.splitlines()[-2:]
    assert asked == "• sudo asks for the password of pi, here on the device"
    assert refused.startswith("pedal: sudo does not let pi in; expected a user who may use it, such as the one ")
    assert pi.files() == before


@pytest.fixture
def without_sudo(pi: Pi, tmp_path: Path) -> str:
    """A PATH to everything but sudo."""
    folder = tmp_path / "everything-else"
    folder.mkdir()
    for program in Path("/usr/bin").iterdir():
        if program.name != "sudo":
            (folder / program.name).symlink_to(program)
    (pi.card.programs / "sudo").unlink()
    return f"{pi.card.programs}:{folder}"


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("command", ["", "--rollback", "--uninstall"])
def test_where_there_is_no_sudo_it_says_what_to_do(pi: Pi, old: str, without_sudo: str, command: str) -> None:
    complete(pi, old)
    before = pi.files()
    ran = pi.deploy(HOST, *command.split(), PATH=without_sudo)
    assert ran.status == 1
    assert (
        ran.output.splitlines()[-1]
        == "pedal: there is no sudo here, and pi is not root; install sudo, or say root@HOST"
    )
    assert pi.files() == before


@pytest.mark.parametrize("command", ["--rollback", "--uninstall"])
def test_what_sudo_refuses_is_not_done(pi: Pi, old: str, built: str, command: str) -> None:
    pi.card.trial("begin", built)
    pi.card.trial("confirm")
    complete(pi, built)
    assert pi.card.state() == (built, old, {})
    before = pi.files()
    assert pi.deploy(HOST, command, PI_NO_SUDO="1").status == 1
    assert pi.files() == before


@pytest.mark.parametrize(("typed", "restarts"), [("y\n", True), ("\n", False), ("", False)])
@pytest.mark.parametrize("by", ["what is installed", "what is sent"])
def test_the_restart_that_is_needed_is_offered(pi: Pi, built: str, by: str, typed: str, restarts: bool) -> None:
    """And whoever does not answer keeps nobody else waiting."""
    if by == "what is installed":
        complete(pi, built)
    patience = "60" if typed else "0.1"
    for command in ("", "--uninstall"):
        ran = pi.deploy(HOST, *command.split(), typed=typed, PEDAL_ANSWER_S=patience)
        assert ran.status == 0, ran.output
        assert "• the Pi has to be restarted for its boot files to hold" in ran.output
        assert "restart it now? [y/N]" in ran.output
        assert ("• restarting" in ran.output) == restarts
        asked = pi.card.root / "asked"
        assert (REBOOT in asked.read_text().splitlines()) == restarts
        asked.write_text("")
