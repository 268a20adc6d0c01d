"""deploy.sh where it emulates a Pi: the emulator and what it is asked by are stand-ins here."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.card import REPOSITORY

PYTHON = """#!/bin/sh
case $* in
    *PACKAGES*) echo qemu-system-arm ;;
    "-m tests.device.machine --suite trixie wheelhouse") echo "• fetching and building"; echo "$HOUSE" ;;
    *) exit 9 ;;
esac
"""
PROGRAMS = {
    ".venv/bin/python": PYTHON,
    ".venv/bin/pedal": "",
    ".venv/bin/pytest": '#!/bin/sh\necho "pytest $*"\n',
    "programs/id": "#!/bin/sh\necho 0\n",
    "programs/dpkg-query": "#!/bin/sh\ncase $* in *qemu*) exit 1 ;; *) printf installed ;; esac\n",
    "programs/apt-get": '#!/bin/sh\necho "apt-get $*" >>"$HOUSE/../asked"\nexit "$REFUSED"\n',
}


def deploy(folder: Path, *arguments: str, refused: int = 0) -> "subprocess.CompletedProcess[str]":
    """Run deploy.sh there, as root; refused: the status of apt-get."""
    environment = {"PATH": f"{folder}/programs:/usr/bin:/bin", "HOUSE": str(folder / "house"), "REFUSED": str(refused)}
    command = [str(folder / "deploy.sh"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout that has been installed."""
    for name in ("deploy.sh", "pyproject.toml", "pedal/__init__.py", "systemd/remote.sh"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(REPOSITORY / name, tmp_path / name)
    for name, text in PROGRAMS.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    sources = b"".join((tmp_path / name).read_bytes() for name in ("pyproject.toml", "pedal/__init__.py"))
    (tmp_path / ".venv" / "installed").write_text(f"{tmp_path} dev {hashlib.sha256(sources).hexdigest()}  -\n")
    (tmp_path / "house").mkdir()
    (tmp_path / "house" / "a.whl").write_text("a wheel")
    return tmp_path


def test_what_is_missing_is_installed_and_the_tests_run(project: Path) -> None:
    ran = deploy(project, "test-device", "--all")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1].startswith("pytest -m device")
    assert ran.stdout.splitlines()[-1].endswith("tests/device --all")
    asked = (project / "asked").read_text().splitlines()
    assert asked[-1] == "apt-get install -q -y --no-install-recommends qemu-system-arm"


def test_what_cannot_be_installed_is_said_and_the_tests_say_that_they_are_skipped(project: Path) -> None:
    ran = deploy(project, "test-device", refused=100)
    assert ran.returncode == 0, ran.stderr
    assert "• without qemu-system-arm no Pi can be emulated" in ran.stdout
    assert ran.stdout.splitlines()[-1].startswith("pytest -m device")


def test_a_wheelhouse_is_filled_by_an_emulated_pi(project: Path) -> None:
    """Whole: what was there before is gone."""
    (project / "wheelhouse" / "trixie").mkdir(parents=True)
    (project / "wheelhouse" / "trixie" / "old.whl").touch()
    ran = deploy(project, "wheelhouse", "--suite", "trixie")
    assert ran.returncode == 0, ran.stderr
    assert "• fetching and building" in ran.stderr
    assert ran.stdout.splitlines()[-1] == "• wheelhouse/trixie is ready: ./deploy.sh HOST --wheelhouse wheelhouse"
    assert [path.name for path in (project / "wheelhouse").rglob("*.whl")] == ["a.whl"]
