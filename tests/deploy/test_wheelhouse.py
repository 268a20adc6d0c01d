"""Wheels for a Pi without internet: what is sent of them, and what a machine's answers may name."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.card import SCRIPTS
from tests.deploy.pi import HOST, Pi


def wheelhouse(folder: Path, *names: str) -> Path:
    """A folder of these files, made for the packages of today."""
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text(name)
    shutil.copy(SCRIPTS / "requirements.txt", folder / "made-by.txt")
    sums = subprocess.run(["/usr/bin/sha256sum", *names, "made-by.txt"], cwd=folder, capture_output=True, check=True)
    (folder / "SHA256SUMS").write_bytes(sums.stdout)
    return folder


def test_a_folder_that_is_no_wheelhouse_is_refused(pi: Pi, tmp_path: Path) -> None:
    assert "/nowhere is no folder" in pi.deploy(HOST, "--wheelhouse", "/nowhere").output
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "is no wheelhouse for bookworm; make one by" in pi.deploy(HOST, "--wheelhouse", str(empty)).output


@pytest.mark.parametrize("list_", [None, "numpy==1.0\n"])
def test_a_wheelhouse_of_other_packages_is_refused(pi: Pi, tmp_path: Path, list_: str | None) -> None:
    """It would be installed, and copied by each update from then on."""
    house = wheelhouse(tmp_path / "house" / "bookworm", "a.whl")
    (house / "made-by.txt").unlink()
    if list_:
        (house / "made-by.txt").write_text(list_)
    ran = pi.deploy(HOST, "--wheelhouse", str(house.parent))
    assert ran.status == 1
    assert f"{house} was made for other packages than this pedal's; make it anew by" in ran.output


def test_those_wheels_are_sent_that_are_not_there(pi: Pi, tmp_path: Path) -> None:
    house = wheelhouse(tmp_path / "house" / "bookworm", "a.whl", "b.whl")
    there = pi.scratch / "wheelhouse"
    for broken, words in ((None, "sending 3 wheels"), (there / "b.whl", "sending 1 wheels"), (None, "")):
        if broken:
            broken.write_text("half")
        ran = pi.deploy(HOST, "--wheelhouse", str(house.parent), PI_MACHINE="armv7l")
        assert ran.status == 1
        assert words in ran.output if words else "wheels" not in ran.output
        assert (there / "b.whl").read_text() == "b.whl"
    pi.deploy(HOST, PI_MACHINE="armv7l")
    assert not there.exists()


def test_none_is_sent_where_the_release_that_plays_stands_on_the_same(pi: Pi, tmp_path: Path) -> None:
    pi.card.release("0.0.9")
    pi.card.trial("begin", "0.0.9")
    pi.card.trial("confirm")
    there = pi.card.base / "releases" / "0.0.9" / "systemd" / "requirements.txt"
    for words, lines in (("is no wheelhouse for bookworm", ""), ("is armv7l", (SCRIPTS / there.name).read_text())):
        there.write_text(lines)
        assert words in pi.deploy(HOST, "--wheelhouse", str(tmp_path), PI_MACHINE="armv7l").output
    (pi.card.base / "failed").write_text("release=0.1.0\nreason=another one did not play\n")
    assert words in pi.deploy(HOST, "--wheelhouse", str(tmp_path), PI_MACHINE="armv7l").output
    (pi.card.base / "failed").write_text("release=0.0.9\nreason=this one does not play\n")
    assert "is no wheelhouse" in pi.deploy(HOST, "--wheelhouse", str(tmp_path), PI_MACHINE="armv7l").output


def test_sums_are_read_whatever_language_the_pi_speaks(pi: Pi, tmp_path: Path) -> None:
    pi.card.program(
        "sha256sum",
        '#!/bin/bash\n[ "$LC_ALL" != C ] || exec /usr/bin/sha256sum "$@"\n'
        '/usr/bin/sha256sum "$@" | sed "s/FAILED/FEHLSCHLAG/"\n',
    )
    wheelhouse(tmp_path / "bookworm", "a.whl")
    ran = pi.deploy(HOST, "--wheelhouse", str(tmp_path), PI_MACHINE="armv7l", LC_ALL="de_DE.UTF-8")
    assert "sending 2 wheels" in ran.output


def test_a_pi_of_another_suite_than_was_asked_for_is_refused(pi: Pi) -> None:
    ran = pi.deploy("wheelhouse", "--suite", "trixie", HOST)
    assert ran.status == 1
    assert f"{HOST} has Debian bookworm, expected trixie; without a HOST it is made here" in ran.output


@pytest.mark.parametrize("command", [["wheelhouse", HOST], [HOST, "--wheelhouse", "/"]])
def test_no_folder_is_named_by_what_a_machine_says(pi: Pi, command: list[str]) -> None:
    (pi.card.root / "etc" / "os-release").write_text("VERSION_CODENAME=../../x\n")
    ran = pi.deploy(*command)
    assert ran.status == 1
    assert "says that its Debian is ../../x; expected bookworm or trixie" in ran.output
    assert not any(step.startswith("rm -rf wheelhouse") for step in pi.card.steps())


@pytest.mark.skipif(
    Path("/usr/lib/aarch64-linux-gnu/libasound.so.2").exists(), reason="ALSA's library is on this machine"
)
def test_trixie_has_alsa_by_another_name(pi: Pi, tmp_path: Path) -> None:
    (pi.card.root / "etc" / "os-release").write_text("VERSION_CODENAME=trixie\n")
    pi.card.program("dpkg-query", "#!/bin/sh\nexit 1\n")
    wheelhouse(tmp_path / "trixie")
    ran = pi.deploy(HOST, "--wheelhouse", str(tmp_path))
    assert re.search(r"installing Debian's .*\blibasound2t64$", ran.output, re.MULTILINE), ran.output
