"""Wheels for a Pi without internet: what is sent of them, and what a machine's answers may name."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.deploy.card import SCRIPTS
from tests.deploy.pi import Pi

HOST = "pi@pedal.local"


@pytest.fixture
def pi(tmp_path: Path) -> Pi:
    return Pi(tmp_path)


def test_a_folder_that_is_no_wheelhouse_is_refused(pi: Pi, tmp_path: Path) -> None:
    assert "/nowhere is no folder" in pi.deploy(HOST, "--wheelhouse", "/nowhere").output
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "is no wheelhouse for bookworm; make one by" in pi.deploy(HOST, "--wheelhouse", str(empty)).output


def test_those_wheels_are_sent_that_are_not_there(pi: Pi, tmp_path: Path) -> None:
    house = tmp_path / "house" / "bookworm"
    house.mkdir(parents=True)
    for name in ("a.whl", "b.whl"):
        (house / name).write_text(name)
    sums = subprocess.run(["sha256sum", "a.whl", "b.whl"], cwd=house, capture_output=True, check=True).stdout
    (house / "SHA256SUMS").write_bytes(sums)
    there = pi.scratch / "wheelhouse"
    for broken, words in ((None, "sending 2 wheels"), (there / "b.whl", "sending 1 wheels"), (None, "")):
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


def test_sums_are_read_whatever_language_the_pi_speaks(pi: Pi, tmp_path: Path) -> None:
    pi.card.program(
        "sha256sum",
        '#!/bin/bash\n[ "$LC_ALL" != C ] || exec /usr/bin/sha256sum "$@"\n'
        '/usr/bin/sha256sum "$@" | sed "s/FAILED/FEHLSCHLAG/"\n',
    )
    house = tmp_path / "bookworm"
    house.mkdir()
    (house / "a.whl").write_text("a")
    sums = subprocess.run(["/usr/bin/sha256sum", "a.whl"], cwd=house, capture_output=True, check=True).stdout
    (house / "SHA256SUMS").write_bytes(sums)
    ran = pi.deploy(HOST, "--wheelhouse", str(tmp_path), PI_MACHINE="armv7l", LC_ALL="de_DE.UTF-8")
    assert "sending 1 wheels" in ran.output


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
    house = tmp_path / "trixie"
    house.mkdir()
    (house / "SHA256SUMS").write_text("")
    ran = pi.deploy(HOST, "--wheelhouse", str(tmp_path))
    assert re.search(r"installing Debian's .*\blibasound2t64$", ran.output, re.MULTILINE), ran.output
