"""Commands on an installed pedal, typed by somebody else than its user: sudo is asked, and gets words and input."""

import grp
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib.image
import pytest

from pedal.cli.main import main
from pedal.cli.service_user import writes
from pedal.measure.soak.report import Course, encoded, report
from pedal.measure.soak.tally import Tally
from tests.measure.soak.samples import sample

if TYPE_CHECKING:
    from tests.conftest import WriteModel

SUDO = """\
#!/bin/sh
printf '%s\\0' "$@" > "$SEEN/words"
cat > "$SEEN/input"
[ ! -e "$SEEN/answer" ] || cat "$SEEN/answer"
[ -e "$SEEN/fine" ] || exit 7
"""
"""Writes down what it is given, and says what it is to."""

AS_INSTALLED = """
import sys
from pathlib import Path
from pedal import config
from pedal.cli import main, service_user

config.INSTALLED = Path(sys.prefix)
service_user.USER = {user!r}
sys.exit(main.main(sys.argv[1:]))
"""


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the stand-in for sudo writes."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "sudo").write_text(SUDO)
    (tmp_path / "bin" / "sudo").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("SEEN", str(tmp_path))
    return tmp_path


def typed(*words: str, user: str | None = None, data: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    """What `pedal WORDS` does where it is installed, by a user who is not that of the service, or not the one given."""
    other = user or next(group.gr_name for group in grp.getgrall() if group.gr_gid not in (os.getegid(), 0))
    program = AS_INSTALLED.format(user=other)
    return subprocess.run([sys.executable, "-c", program, *words], input=data, capture_output=True)


def asked(seen: Path) -> list[str]:
    """Of sudo; the user's name and the command's own are left out."""
    words = (seen / "words").read_text().split("\0")[:-1]
    assert words[:2] == ["-n", "-u"]
    assert words[3:5] == ["--", "/usr/local/bin/pedal"]
    return words[5:]


@pytest.mark.parametrize(
    ("words", "passed"),
    [
        (["models", "remove", "a b"], ["models", "remove", "--", "a b"]),
        (["models", "rollback", "x"], ["models", "rollback", "--", "x"]),
        (["models", "order", "x", "$y"], ["models", "order", "--", "x", "$y"]),
        (["set", "bypass=on"], ["set", "--", "bypass=on"]),
    ],
)
def test_what_writes_goes_on_as_the_services_user(seen: Path, words: list[str], passed: list[str]) -> None:
    done = typed(*words)
    assert (done.returncode, done.stderr) == (7, b"")
    assert asked(seen) == passed
    assert writes(passed)


def test_a_file_that_only_oneself_may_read_goes_along(seen: Path, write_model: "WriteModel") -> None:
    path = write_model("Lead")
    path.chmod(0o600)
    assert typed("models", "install", str(path), "--now").returncode == 7
    assert asked(seen) == ["models", "install", "--name=Lead", "--now", "-"]
    assert (seen / "input").read_bytes() == path.read_bytes()


def test_a_picture_of_a_soak_is_drawn_by_whoever_asked_for_it(seen: Path) -> None:
    """The service's user may not write where they may."""
    tally = Tally()
    for at_s in range(4):
        tally.add(sample(at_s, xruns_capture=at_s))
    (seen / "answer").write_bytes(encoded(report(tally, Course(3.0, "Linux 6.6 aarch64", simulated=False))) + b"\n")
    done = typed("soak", "--minutes", "3", "--picture", str(seen / "a.png"))
    assert (done.returncode, done.stderr) == (7, b"")
    assert asked(seen) == ["soak", "--minutes", "3", "--json"]
    assert b"it would be heard: 3 xruns" in done.stdout
    assert matplotlib.image.imread(seen / "a.png").shape[2] == 4


@pytest.mark.usefixtures("kernels", "places")
def test_a_picture_of_a_survey_too(seen: Path, write_model: "WriteModel", capsys: pytest.CaptureFixture[str]) -> None:
    grid = ["--periods", "64", "--counts", "2", "--restarts", "1", "--seconds", "0.2"]
    main(["latency", "--sim", *grid, "--model", str(write_model("Plexi")), "--json"])
    (seen / "answer").write_text(capsys.readouterr().out)
    (seen / "fine").touch()
    done = typed("latency", *grid, "--yes", "--picture", str(seen / "a.png"))
    assert (done.returncode, done.stderr) == (0, b"")
    assert asked(seen) == [
        *("latency", "--periods=64", "--counts=2", "--restarts=1", "--seconds=0.2", "--yes", "--json")
    ]
    assert b"SIMULATED" in done.stdout
    assert matplotlib.image.imread(seen / "a.png").shape[2] == 4


def test_where_nothing_was_measured_there_is_no_picture(seen: Path) -> None:
    for command in ("soak", "latency"):
        done = typed(command, "--picture", str(seen / "a.png"))
        assert (done.returncode, done.stdout) == (7, b"")
    assert not (seen / "a.png").exists()


def test_standard_input_goes_along_whole(seen: Path) -> None:
    data = bytes(range(256)) * 1_000
    assert typed("models", "install", "--name", "Solo", "--sha256", "ab", "-", data=data).returncode == 7
    assert asked(seen) == ["models", "install", "--name=Solo", "--sha256=ab", "-"]
    assert (seen / "input").read_bytes() == data


def test_what_only_reads_needs_nobody(seen: Path, tmp_path: Path) -> None:
    typed("models", "check", str(tmp_path / "absent.json"))
    assert not writes(["models", "check", "x"])
    typed("status", "--json")
    assert not writes(["status", "--json"])
    assert not (seen / "words").exists()


def test_a_machine_without_the_group(seen: Path) -> None:
    done = typed("models", "remove", "x", user="no-such-group")
    assert done.returncode == 1
    assert done.stderr == b"pedal: the group no-such-group is missing; run ./deploy.sh again\n"
    assert not (seen / "words").exists()


def test_a_machine_without_sudo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = typed("models", "remove", "x")
    assert done.returncode == 1
    assert b"pedal: sudo cannot be run: No such file or directory" in done.stderr
