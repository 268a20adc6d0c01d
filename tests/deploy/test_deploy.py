"""deploy.sh on a laptop: what it sends, what it says, and that running it again changes nothing."""

import io
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.deploy.card import REPOSITORY
from tests.deploy.conftest import version
from tests.deploy.pi import HOST, PROGRAMS, Pi


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"PI_MACHINE": "armv7l"}, "is armv7l, expected aarch64: a Raspberry Pi 4 with Raspberry Pi OS Lite (64-bit)"),
        ({"PI_MACHINE": "x86_64"}, "is x86_64, expected aarch64"),
        ({"PI_BITS": "32"}, "this system is a 32-bit one on a 64-bit kernel; expected Raspberry Pi OS Lite (64-bit)"),
        ({"PI_FREE_MB": "120"}, "there are 120 MB free in"),
        ({"https_proxy": "http://127.0.0.1:9"}, "there is no way to the internet from here (see above)"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_changed(pi: Pi, environment: dict[str, str], words: str) -> None:
    before = pi.files()
    ran = pi.deploy(HOST, **environment)
    assert ran.status == 1
    assert words in ran.output
    assert pi.files() == before


def test_a_second_source_of_packages_is_no_way_to_the_internet(pi: Pi) -> None:
    """Raspberry Pi OS has that line."""
    (pi.card.root / "etc" / "pip.conf").write_text("[global]\nextra-index-url=https://www.piwheels.org/simple\n")
    ran = pi.deploy(HOST, https_proxy="http://127.0.0.1:9")
    assert ran.status == 1
    assert "there is no way to the internet from here (see above)" in ran.output


def test_somebody_who_is_called_pedal_is_not_taken_for_the_service(pi: Pi) -> None:
    (pi.card.root / "etc" / "has-pedal").touch()
    before = pi.files()
    ran = pi.deploy(HOST, PI_PEDAL_HOME="/home/pedal")
    assert ran.status == 1
    assert "there is a user pedal here already, with a home of its own" in ran.output
    assert pi.files() == before
    assert (
        "user pedal is not the service's, and stays"
        in pi.deploy(HOST, "--uninstall", PI_PEDAL_HOME="/home/pedal").output
    )
    assert (pi.card.root / "etc" / "has-pedal").exists()


def test_it_installs_and_the_second_time_changes_nothing(pi: Pi, built: str) -> None:
    ran = pi.deploy(HOST)
    assert ran.status == 0, ran.output
    assert f"• confirmed: {built}\n• the Pi has to be restarted" in ran.output
    assert pi.card.state() == (built, "", {})
    assert pi.card.boots()
    assert [path.name for path in pi.scratch.iterdir()] == ["lock"]
    root = pi.card.root
    assert (root / "etc" / "pedal" / "pedal.toml").read_text() == "[card]\n"
    assert (root / "etc" / "sudoers.d" / "pedal").stat().st_mode & 0o777 == 0o440
    assert (root / "usr" / "local" / "bin" / "pedal").readlink() == Path("/opt/pedal/current/bin/pedal")
    assert (root / "boot" / "firmware" / "config.txt").read_text() == "include pedal.txt\n[all]\n"
    asked = (root / "asked").read_text().splitlines()
    assert asked.index("restart pedal-trial.service") < asked.index(
        "--no-block restart pedal-control.service pedal-engine.service"
    )
    assert asked[-1] == "--no-block restart pedal-confirm.service"

    before = pi.files()
    ran = pi.deploy(HOST, PI_NO_SUDO="1")
    assert ran.status == 0
    assert ran.output.splitlines()[-1] == f"• {built} is installed already, and confirmed; nothing was changed"
    assert pi.files() == before


@pytest.mark.usefixtures("built")
def test_what_is_missing_is_put_back(pi: Pi) -> None:
    pi.deploy(HOST)
    before = {line for line in pi.files() if not line.startswith(("asked", "run/"))}
    (pi.card.root / "usr" / "local" / "bin" / "pedal").unlink()
    (pi.card.system / "pedal-engine.service").unlink()
    (pi.card.system / "pedal-trial.service").write_text("")
    ran = pi.deploy(HOST)
    assert ran.status == 0
    assert "is installed, but not all of it: " in ran.output
    assert {line for line in pi.files() if not line.startswith(("asked", "run/"))} == before


def test_a_python_that_is_gone_is_no_installed_release(pi: Pi, built: str) -> None:
    """As after an upgrade of the system in place: it is built anew."""
    pi.deploy(HOST)
    (pi.card.base / "releases" / built / "orphaned").touch()
    ran = pi.deploy(HOST, PI_FREE_MB="120")
    assert ran.status == 1
    assert "is installed, but not all of it: a Python that runs it" in ran.output
    assert "there are 120 MB free in" in ran.output


@pytest.mark.parametrize("fault", ["orphaned", "sick"])
def test_what_plays_nothing_is_replaced_though_it_is_current(pi: Pi, built: str, fault: str) -> None:
    release = pi.card.base / "releases" / built
    assert pi.deploy(HOST).status == 0
    if fault == "sick":
        pi.card.program("runuser", "#!/bin/sh\nexit 1\n")
        pi.card.trial("begin", built)
        pi.card.trial("confirm")
        assert (pi.card.base / "failed").exists()
        pi.card.program("runuser", "#!/bin/sh\nexit 0\n")
    (release / fault).touch()
    new = pi.home / "new"
    shutil.copytree(release, new)
    (new / fault).unlink()
    ran = pi.card.run("place", "release", built, str(new), "pi")
    assert ran.status == 0, ran.output
    assert not (release / fault).exists()
    assert pi.card.state() == (built, "", {})
    assert pi.card.releases() == {built}


def test_a_first_one_that_does_not_play_has_none_before_it(pi: Pi, built: str) -> None:
    (pi.card.base / "releases" / built / "sick").touch()
    ran = pi.deploy(HOST)
    assert ran.status == 1
    assert f"{built} does not play (see above), and there is none before it" in ran.output


def test_one_that_does_not_play_is_gone_back_from_and_that_is_status_1(pi: Pi, old: str, built: str) -> None:
    (pi.card.base / "releases" / built / "sick").touch()
    ran = pi.deploy(HOST)
    assert ran.status == 1
    assert "because   the engine does not run" in ran.output
    assert f"{built} does not play (see above); {old} is what plays now" in ran.output
    assert pi.card.state() == (old, "", {})
    assert pi.card.releases() == {old}


def test_one_that_is_confirmed_is_not_tried_again_because_another_failed(pi: Pi, built: str) -> None:
    assert pi.deploy(HOST).status == 0
    pi.card.release("9.9+sick", sick=True)
    pi.card.trial("begin", "9.9+sick")
    pi.card.trial("confirm")
    assert pi.card.state() == (built, "", {})
    ran = pi.deploy(HOST, PI_NO_SUDO="1")
    assert ran.status == 0, ran.output
    assert ran.output.splitlines()[-1] == f"• {built} is installed already, and confirmed; nothing was changed"
    ran = pi.deploy(HOST, "--isolate")
    assert ran.status == 0, ran.output
    assert f"• confirmed: {built}\n" in ran.output


def test_what_failed_and_was_given_up_makes_room_for_the_next(pi: Pi) -> None:
    given_up = pi.scratch / "0.0.1+12345678"
    (given_up / "release").mkdir(parents=True)
    pi.deploy(HOST, PI_MACHINE="armv7l")
    assert not given_up.exists()
    (held,) = (path for path in pi.scratch.iterdir() if "+" in path.name)
    (held / "wheels").mkdir()
    pi.deploy(HOST, PI_MACHINE="armv7l")
    assert (held / "wheels").exists(), "what is of this version is gone on with"


def test_a_laptop_whose_user_has_a_large_number_can_send(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
        if os.geteuid() == 0:  # of anybody else the number is not 0 already
            os.chown(tmp_path / name, 3_000_000, 3_000_000)
    (tmp_path / "list").write_text("a\nb\n")
    packing = f". {REPOSITORY / 'systemd' / 'remote.sh'}; packed -z -C {tmp_path} -T {tmp_path / 'list'}"
    sent = subprocess.run(["bash", "-c", packing], capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(sent)) as archive:
        assert [(one.name, one.uid, one.gid) for one in archive] == [("a", 0, 0), ("b", 0, 0)]


def test_isolate_rollback_status_and_uninstall(pi: Pi, old: str, built: str) -> None:
    boot = pi.card.root / "boot" / "firmware"
    before = {path.name: path.read_bytes() for path in boot.iterdir()}
    assert pi.deploy(HOST, "--isolate").status == 0
    assert (boot / "cmdline.txt").read_text() == "console=tty1 rootwait isolcpus=3 nohz_full=3 rcu_nocbs=3\n"
    ran = pi.deploy(HOST, "--rollback", PI_FREE_MB="0")
    assert ran.status == 0, ran.output
    assert "sending" not in ran.output
    assert pi.card.state() == (old, built, {})
    assert f"release   {old}\nprevious  {built}\n" in pi.deploy(HOST, "status").output
    models = pi.card.root / "var" / "lib" / "pedal" / "models"
    models.mkdir()
    edited = pi.card.system / "pedal-engine.service.d" / "override.conf"
    edited.parent.mkdir()
    edited.write_text("[Service]\n")  # by `systemctl edit`
    ran = pi.deploy(HOST, "--uninstall")
    assert ran.status == 0, ran.output
    assert "models and settings are kept in /var/lib/pedal, the configuration in /etc/pedal" in ran.output
    assert {path.name: path.read_bytes() for path in boot.iterdir()} == before
    left = {line.split(":")[0] for line in pi.files()} - {"asked", "run/pedal-place.lock", "run/pedal-restart"}
    kept = {"boot/firmware/config.txt", "boot/firmware/cmdline.txt", "etc/os-release", "etc/pedal/pedal.toml"}
    assert left == {*kept, str(edited.relative_to(pi.card.root))}
    assert models.is_dir()
    assert "is not installed" in pi.deploy(HOST, "status").output


@pytest.mark.usefixtures("built")
def test_a_group_of_that_name_is_the_users(pi: Pi) -> None:
    """As a removal may leave it that was interrupted."""
    pi.card.program("getent", f'#!/bin/sh\n[ "$*" = "group pedal" ] || exec {pi.card.programs}/getent.real "$@"\n')
    pi.card.program("getent.real", PROGRAMS["getent"])
    pi.card.program("useradd", f'#!/bin/sh\necho "$*" >>"$PEDAL_ROOT/asked"\n{PROGRAMS["useradd"]}\n')
    assert pi.deploy(HOST).status == 0
    assert "--system --gid pedal --home-dir" in (pi.card.root / "asked").read_text()


@pytest.mark.parametrize("host", ["-oProxyCommand=touch x", "pi@", "a b", "a;b", "@pi", "ssh://", "ssh://-x", "a/b"])
def test_a_host_that_is_none_is_refused_before_ssh(pi: Pi, host: str) -> None:
    ran = pi.deploy(host)
    assert ran.status == 1
    assert "expected the name or the address of a Pi" in ran.output
    assert ran.steps == []


@pytest.mark.parametrize(
    "arguments", [[], [HOST, "--fly"], [HOST, "--wheelhouse"], [HOST, "status", "x"], ["wheelhouse", "--suite", "sid"]]
)
def test_wrong_usage_is_status_2(pi: Pi, arguments: list[str]) -> None:
    ran = pi.deploy(*arguments)
    assert ran.status == 2
    assert "usage: ./deploy.sh" in ran.output
    assert ran.steps == []


def test_uninstalling_is_done_by_what_is_installed(pi: Pi, built: str) -> None:
    for name in ("place", "firmware"):
        shutil.copy(REPOSITORY / "systemd" / name, pi.card.base / "releases" / built / "systemd")
    pi.deploy(HOST)
    (pi.scratch / "0.0.1+12345678").mkdir()
    ran = pi.deploy(HOST, "--uninstall")
    assert ran.status == 0, ran.output
    assert [path.name for path in pi.scratch.iterdir()] == ["lock"]
    assert "sending" not in ran.output
    assert "• the Pi has to be restarted" in ran.output
    asked = (pi.card.root / "asked").read_text().splitlines()
    assert [line for line in asked if line.startswith("stop")][-1] == "stop pedal-engine.service"
    assert not pi.card.base.exists()
    assert not list((pi.card.root / "etc" / "udev" / "rules.d").iterdir())
    assert not (pi.card.root / "etc" / "has-pedal").exists()


def test_a_user_that_is_still_at_work_is_said_and_removed_the_next_time(pi: Pi, built: str) -> None:
    for name in ("place", "firmware"):
        shutil.copy(REPOSITORY / "systemd" / name, pi.card.base / "releases" / built / "systemd")
    pi.deploy(HOST)
    userdel = (pi.card.programs / "userdel").read_text()
    pi.card.program("userdel", "#!/bin/sh\nexit 8\n")
    ran = pi.deploy(HOST, "--uninstall")
    assert ran.status == 1
    assert "the pedal is gone but for its user, who still runs something" in ran.output
    pi.card.program("userdel", userdel)
    again = pi.deploy(HOST, "--uninstall")
    assert again.status == 0
    assert not (pi.card.root / "etc" / "has-pedal").exists()
    assert "no pedal is installed here" not in again.output
    assert "no pedal is installed here" in pi.deploy(HOST, "--uninstall").output


def test_the_core_that_is_kept_is_the_configurations(pi: Pi, built: str) -> None:
    assert pi.deploy(HOST, "--isolate", PI_CORE="2").status == 0, built
    cmdline = pi.card.root / "boot" / "firmware" / "cmdline.txt"
    assert cmdline.read_text() == "console=tty1 rootwait isolcpus=2 nohz_full=2 rcu_nocbs=2\n"


@pytest.mark.parametrize("command", ["--rollback", "status"])
def test_what_is_not_installed_is_said(pi: Pi, command: str) -> None:
    ran = pi.deploy(HOST, command)
    assert ran.status == 1
    assert "the pedal is not installed" in ran.output


MACS = "bash cat cut dirname env find git gzip mkdir mktemp mv rm sed shasum sort tar tr wc xargs"
"""Of a Mac's commands those that may be used."""


def test_a_macs_commands_are_enough(pi: Pi, tmp_path: Path) -> None:
    """It has no sha256sum, and names a source as the Pi does all the same."""
    laptop = tmp_path / "laptop"
    laptop.mkdir()
    for name in MACS.split():
        (laptop / name).symlink_to(f"/usr/bin/{name}")
    (laptop / "ssh").symlink_to(pi.card.programs / "ssh")
    ran = pi.deploy(HOST, PATH=str(laptop), PI_PATH=pi.card.environment()["PATH"], PI_MACHINE="armv7l")
    connecting, sending, refusal = ran.output.splitlines()
    assert (connecting, sending) == (f"• connecting to {HOST}", f"• sending {version(tmp_path)}")
    assert "is armv7l, expected aarch64" in refusal
