"""A run of deploy.sh that was broken off, or that another one waits for: what is said, and that the next goes on."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.card import SCRIPTS
from tests.deploy.pi import HOST, PROGRAMS, Pi

BROKE = f"deploy.sh: the connection to {HOST} broke; run the same command again"


@pytest.mark.parametrize("part", ["tar -xzf", "install setup"])
def test_a_connection_that_breaks_is_said_and_the_next_run_goes_on(pi: Pi, built: str, part: str) -> None:
    ran = pi.deploy(HOST, PI_BREAKS=part)
    assert ran.status == 1
    assert "run the same command again" in ran.output
    assert pi.card.link("current") in ("", built)
    ran = pi.deploy(HOST)
    assert ran.status == 0, ran.output
    assert pi.card.state() == (built, "", {})
    assert ("sending" in ran.output) == (part == "tar -xzf")


def test_a_connection_that_breaks_is_said_by_status_too(pi: Pi) -> None:
    ran = pi.deploy(HOST, "status", PI_BREAKS="list-units")
    assert ran.status == 1
    assert ran.output.splitlines()[-1] == BROKE


@pytest.mark.parametrize("part", ["os-release", "cat >.cache/pedal-install/wheelhouse/SHA256SUMS"])
def test_a_connection_that_breaks_is_said_before_wheels_are_sent_too(pi: Pi, tmp_path: Path, part: str) -> None:
    (tmp_path / "SHA256SUMS").write_text("")
    shutil.copy(SCRIPTS / "requirements.txt", tmp_path / "made-by.txt")
    ran = pi.deploy(HOST, "--wheelhouse", str(tmp_path), PI_BREAKS=part)
    assert ran.status == 1
    assert ran.output.splitlines()[-1] == BROKE


def test_going_back_is_not_done_again_where_the_connection_broke(pi: Pi, old: str, built: str) -> None:
    """It would go forth again."""
    pi.deploy(HOST)
    ran = pi.deploy(HOST, "--rollback", PI_BREAKS="rollback")
    assert ran.status == 1
    assert f"ask `./deploy.sh {HOST} status`" in ran.output
    assert pi.card.state() == (old, built, {})


@pytest.mark.usefixtures("old")
def test_a_trial_that_nobody_looks_at_begins_again(pi: Pi, built: str) -> None:
    """As Ctrl-C may leave it."""
    pi.card.trial("begin", built)
    ran = pi.deploy(HOST)
    assert ran.status == 0, ran.output
    assert f"• {built} is on trial, and nobody looks whether it plays: that begins again" in ran.output
    assert f"• confirmed: {built}\n" in ran.output
    pi.card.trial("begin", built)
    looks = '[ "$1" != is-active ] || { rm "$PEDAL_ROOT/opt/pedal/trial" && echo activating; }'
    pi.card.program("systemctl", f"#!/bin/sh\n{looks}\n")
    assert "nobody" not in pi.deploy(HOST).output


def test_ctrl_c_does_not_reach_what_is_being_placed(pi: Pi, old: str, built: str) -> None:
    """Between the beginning of a trial and whoever looks at it."""
    systemctl = PROGRAMS["systemctl"].replace("printf", '[ "$*" != daemon-reload ] || kill -INT 0\nprintf', 1)
    pi.card.program("systemctl", f"#!/bin/bash\n{systemctl}\n")
    ran = pi.card.run("place", "release", built, "", "pi", PI_HOME=str(pi.home))
    assert ran.status == 0, ran.output
    assert pi.card.state() == (built, old, {})
    assert "--no-block restart pedal-confirm.service" in (pi.card.root / "asked").read_text()


def test_messages_that_nobody_reads_any_more_end_nothing(pi: Pi, old: str, built: str) -> None:
    reads, says = os.pipe()
    os.close(reads)
    environment = {**pi.card.environment(), "PI_HOME": str(pi.home)}

    def run(script: str, *arguments: str) -> int:
        return subprocess.run([SCRIPTS / script, *arguments], stdout=says, stderr=says, env=environment).returncode

    assert run("place", "release", "--isolate", built, "", "pi") == 0
    assert pi.card.state() == (built, old, {})
    assert (pi.card.root / "boot" / "firmware" / "config.txt").read_text() == "include pedal.txt\n[all]\n"
    assert "isolcpus=3" in (pi.card.root / "boot" / "firmware" / "cmdline.txt").read_text()
    pi.card.trial("begin", built)
    assert run("trial", "rollback") == 0
    assert pi.card.state()[0] == old
    assert run("place", "remove") == 0
    assert not pi.card.base.exists()
    os.close(says)


def test_a_connection_that_breaks_when_all_is_done_is_no_failure(pi: Pi, built: str) -> None:
    """As it does where the Pi restarts."""
    assert pi.deploy(HOST, PI_BREAKS="flock -n lock").status == 0
    assert pi.card.state() == (built, "", {})


@pytest.mark.usefixtures("built")
def test_what_another_run_waits_with_is_left(pi: Pi) -> None:
    (pi.scratch / "1.0+another").mkdir(parents=True)
    pi.card.program("flock", '#!/bin/sh\n[ "$1 $2" != "-n lock" ] || exit 1\nexec /usr/bin/flock "$@"\n')
    assert pi.deploy(HOST).status == 0
    assert (pi.scratch / "1.0+another").is_dir()
    (pi.card.programs / "flock").unlink()
    assert pi.deploy(HOST).status == 0
    assert [path.name for path in pi.scratch.iterdir()] == ["lock"]


@pytest.mark.usefixtures("built")
def test_an_installation_says_that_it_waits_for_another_one(pi: Pi) -> None:
    (pi.scratch / "wheelhouse").mkdir(parents=True)
    holds = 'case "$*" in "-n "*" true") exit 1 ;; esac'
    pi.card.program("flock", f'#!/bin/sh\n{holds}\nexec /usr/bin/flock "$@"\n')
    ran = pi.deploy(HOST)
    assert ran.status == 0, ran.output
    assert "• waiting for an earlier run, which is still at work there" in ran.output


def test_a_removal_waits_for_an_installation(pi: Pi) -> None:
    """That nobody sees any more, as its connection broke."""
    environment = {**pi.card.environment(), "PI_HOME": str(pi.home)}
    with (
        open(pi.card.root / "run" / "pedal-place.lock", "w") as lock,
        subprocess.Popen(
            [SCRIPTS / "place", "remove"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as removal,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert removal.stdout is not None
        assert removal.stdout.readline().startswith("• waiting for another installation or removal")
        fcntl.flock(lock, fcntl.LOCK_UN)
        assert "• the pedal is gone" in removal.stdout.read()
    assert removal.returncode == 0
