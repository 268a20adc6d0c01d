"""The units by systemd's own judgement, and where they have to agree with the code."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pedal.config import Config
from pedal.engine.main import NOT_CONFIGURED
from pedal.engine.notify import ALIVE_NS

UNITS = Path(__file__).parents[2] / "systemd" / "units"
NAMES = sorted(path.name for path in UNITS.iterdir())
CONFINED = ("pedal-engine.service", "pedal-control.service")

with_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not on this machine")


def settings(name: str) -> dict[str, list[str]]:
    """Every key of a unit, with all that it is set to."""
    found: dict[str, list[str]] = {}
    for line in (UNITS / name).read_text().splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


@with_systemd
def test_systemd_finds_no_fault_in_any_of_them(tmp_path: Path) -> None:
    """All at once, as they name each other; their commands are not installed here, and /bin/true stands for them."""
    for name in NAMES:
        (tmp_path / name).write_text(
            re.sub(r"(?m)^(Exec\w+=)/opt/pedal/\S+", r"\1/bin/true", (UNITS / name).read_text())
        )
    command = ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in NAMES)]
    said = subprocess.run(command, capture_output=True, text=True)
    ours = [line for line in said.stderr.splitlines() if "pedal" in line]
    assert (ours, said.returncode) == ([], 0)


@with_systemd
@pytest.mark.parametrize("name", CONFINED)
def test_what_a_service_is_exposed_to(name: str) -> None:
    """At most 2.0 of 10 by `systemd-analyze security`."""
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", "--no-pager", str(UNITS / name)]
    said = subprocess.run(command, capture_output=True, text=True)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "Overall exposure level" in said.stdout


@pytest.mark.parametrize(
    ("name", "classes"),
    [
        ("pedal-engine.service", {"char-alsa rw"}),
        ("pedal-control.service", {"char-gpiochip rw", "char-i2c rw", "char-spi rw"}),
    ],
)
def test_devices_are_those_of_its_work_by_their_class(name: str, classes: set[str]) -> None:
    """A path would be another one's after a card was replugged."""
    found = settings(name)
    assert found["DevicePolicy"] == ["closed"]
    assert set(found["DeviceAllow"]) == classes
    assert found["PrivateNetwork"] == ["yes"]
    assert found["RestrictAddressFamilies"] == ["AF_UNIX"]
    assert found["User"] == ["pedal"]


def test_the_engine_is_started_again_whatever_happens_but_for_want_of_kernels() -> None:
    engine = settings("pedal-engine.service")
    assert (engine["Restart"], engine["RestartSec"], engine["StartLimitIntervalSec"]) == (["always"], ["100ms"], ["0"])
    assert engine["RestartPreventExitStatus"] == [str(NOT_CONFIGURED)]
    assert engine["OnFailure"] == ["pedal-kernels.service"]
    kernels = settings("pedal-kernels.service")
    assert f"= {NOT_CONFIGURED} ]" in kernels["ExecCondition"][0]
    assert kernels["ExecStartPost"] == ["systemctl --no-block start pedal-engine.service"]
    # One that fails is tried for ever, at its pace; one that is built and does not help is not.
    assert (kernels["RestartSec"], kernels["StartLimitIntervalSec"]) == (["10min"], ["1h"])
    assert int(kernels["StartLimitBurst"][0]) > 60 / 10


def test_the_engine_may_be_urgent_and_keep_its_memory_but_no_core_for_itself_for_ever() -> None:
    """As long as it waits for the card in each period; a thread that does not is killed."""
    engine = settings("pedal-engine.service")
    assert engine["LimitMEMLOCK"] == ["infinity"]
    assert int(engine["LimitRTPRIO"][0]) >= Config().engine.priority
    assert engine["LimitRTTIME"] == ["200ms"]


def test_several_signs_of_life_may_be_lost() -> None:
    engine = settings("pedal-engine.service")
    assert (engine["WatchdogSec"], engine["WatchdogSignal"]) == (["2"], ["SIGKILL"])
    assert ALIVE_NS * 5 <= 2_000_000_000


def test_the_sound_waits_for_neither_network_nor_time_nor_sound_target() -> None:
    engine = settings("pedal-engine.service")
    assert engine["DefaultDependencies"] == ["no"]
    waits_for = " ".join(engine["After"] + engine["Wants"] + engine.get("Requires", [])).split()
    assert set(waits_for) == {"local-fs.target", "systemd-journald.socket", "modprobe@snd.service"}


def test_what_begins_while_somebody_plays_sets_no_long_filter() -> None:
    """Linux tries every system call against it with interrupts off, 1.4 ms: the emulated Pi's card ran dry."""
    assert "SystemCallFilter" not in settings("pedal-tune.service")


def test_the_run_folder_outlives_both_services_and_is_the_groups_to_read() -> None:
    for name in CONFINED:
        found = settings(name)
        assert found["RuntimeDirectoryPreserve"] == ["yes"]
        assert (found["RuntimeDirectory"], found["RuntimeDirectoryMode"]) == (["pedal"], ["0750"])
        assert (found["StateDirectory"], found["StateDirectoryMode"]) == (["pedal"], ["0750"])
        assert found["UMask"] == ["0027"]
