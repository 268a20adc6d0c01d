"""What is changed in a Pi's boot folder, and undone: the player's bytes stay, whatever file it is."""

from pathlib import Path

import pytest

from tests.deploy.card import Card

OURS = b"include pedal.txt\n"
CORE = b" isolcpus=3 nohz_full=3 rcu_nocbs=3"
CONFIGS = {
    "usual": b"# Raspberry Pi\ndtparam=audio=on\n#dtparam=i2c_arm=on\n[cm4]\notg_mode=1\n[all]\n",
    "no final newline": b"dtparam=audio=on\n[pi4]\narm_boost=1",
    "CRLF": b"dtparam=audio=on\r\n[all]\r\n",
    "empty": b"",
    "blank lines": b"\n\n\n",
    "Latin-1": b"# f\xfcr mich\n",
    "long": b"# a line of many\n" * 10_000,
}
LINES = {
    "usual": b"console=serial0,115200 root=PARTUUID=12-02 rootfstype=ext4 rootwait\n",
    "no final newline": b"console=tty1 rootwait",
    "CRLF": b"console=tty1 rootwait\r\n",
    "spaces at its end": b"console=tty1 rootwait  \n",
    "several lines": b"console=tty1 rootwait\nquiet\n\n",
}


@pytest.fixture(params=["boot/firmware", "boot"])
def boot(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Card, Path]:
    """A card with a boot folder, as it is today and as it was before bookworm."""
    card = Card(tmp_path)
    folder = card.root / request.param
    folder.mkdir(parents=True)
    return card, folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("name", CONFIGS)
def test_config_includes_ours_first_and_as_before_in_the_end(boot: tuple[Card, Path], name: str) -> None:
    card, folder = boot
    (folder / "config.txt").write_bytes(CONFIGS[name])
    before = contents(folder)
    for _ in range(2):
        assert card.run("firmware", "on").status == 0
        assert (folder / "config.txt").read_bytes() == OURS + CONFIGS[name]
    assert b"dtparam=i2c_arm=on,i2c_arm_baudrate=400000\ndtparam=spi=on\n" in (folder / "pedal.txt").read_bytes()
    assert card.run("firmware", "off").status == 0
    assert contents(folder) == before


@pytest.mark.parametrize("name", LINES)
def test_cmdline_gets_a_core_and_is_as_before_in_the_end(boot: tuple[Card, Path], name: str) -> None:
    card, folder = boot
    (folder / "config.txt").write_bytes(b"")
    (folder / "cmdline.txt").write_bytes(LINES[name])
    before = contents(folder)
    for _ in range(2):
        assert card.run("firmware", "isolate", "3").status == 0
        first, *rest = (folder / "cmdline.txt").read_bytes().split(b"\n")
        assert first.replace(CORE, b"") + b"".join(b"\n" + line for line in rest) == LINES[name]
        assert first.rstrip().endswith(CORE)
        assert first.count(b"isolcpus") == 1
        assert (folder / "cmdline.txt.pedal").read_bytes() == LINES[name]
    assert card.run("firmware", "off").status == 0
    assert contents(folder) == before


def test_what_the_player_changed_meanwhile_stays(boot: tuple[Card, Path]) -> None:
    card, folder = boot
    (folder / "config.txt").write_bytes(b"a=1\n")
    (folder / "cmdline.txt").write_bytes(b"rootwait\n")
    card.run("firmware", "on")
    card.run("firmware", "isolate", "3")
    (folder / "config.txt").write_bytes((folder / "config.txt").read_bytes() + b"b=2")
    (folder / "cmdline.txt").write_bytes((folder / "cmdline.txt").read_bytes().replace(b"rootwait", b"rootwait quiet"))
    card.run("firmware", "off")
    assert contents(folder) == {"config.txt": b"a=1\nb=2", "cmdline.txt": b"rootwait quiet\n"}


def test_cores_that_the_player_set_apart_stay_as_they_are(boot: tuple[Card, Path]) -> None:
    card, folder = boot
    for line in (b"rootwait isolcpus=2,3\n", b"rootwait isolcpus=3 nohz_full=3 rcu_nocbs=3 quiet\n"):
        (folder / "config.txt").write_bytes(b"")
        (folder / "cmdline.txt").write_bytes(line)
        assert card.run("firmware", "isolate", "3").status == 0
        assert card.run("firmware", "off").status == 0
        assert contents(folder) == {"config.txt": b"", "cmdline.txt": line}


def test_our_include_is_found_wherever_it_was_moved(boot: tuple[Card, Path]) -> None:
    card, folder = boot
    for first, line, last in ((b"# mine\n", OURS, b"a=1"), (b"[pi3]\r\n", b"include pedal.txt\r\n", b"")):
        (folder / "config.txt").write_bytes(first + line + last)
        assert card.run("firmware", "off").status == 0
        assert contents(folder) == {"config.txt": first + last}


def test_an_include_below_a_filter_is_none(boot: tuple[Card, Path]) -> None:
    card, folder = boot
    (folder / "config.txt").write_bytes(b"[pi3]\ninclude pedal.txt\n")
    assert card.run("firmware", "on").status == 0
    assert (folder / "config.txt").read_bytes() == OURS + b"[pi3]\ninclude pedal.txt\n"


def test_words_that_were_moved_are_found(boot: tuple[Card, Path]) -> None:
    card, folder = boot
    (folder / "config.txt").write_bytes(b"")
    (folder / "cmdline.txt").write_bytes(b"rootwait quiet\n")
    card.run("firmware", "isolate", "3")
    (folder / "cmdline.txt").write_bytes(CORE[1:] + b" rootwait quiet\n")
    assert card.run("firmware", "off").status == 0
    assert contents(folder) == {"config.txt": b"", "cmdline.txt": b"rootwait quiet\n"}


def test_words_that_were_changed_stay_and_so_does_the_copy(boot: tuple[Card, Path]) -> None:
    card, folder = boot
    (folder / "config.txt").write_bytes(b"")
    (folder / "cmdline.txt").write_bytes(b"rootwait\n")
    card.run("firmware", "isolate", "3")
    changed = (folder / "cmdline.txt").read_bytes().replace(b"isolcpus=3", b"isolcpus=domain,3")
    (folder / "cmdline.txt").write_bytes(changed)
    before = contents(folder)
    ran = card.run("firmware", "off")
    assert ran.status == 0
    assert "cmdline.txt has isolcpus=domain,3 nohz_full=3 rcu_nocbs=3 not as the pedal wrote it" in ran.output
    assert contents(folder) == before


def test_no_core_any_longer(boot: tuple[Card, Path]) -> None:
    card, folder = boot
    (folder / "config.txt").write_bytes(b"")
    (folder / "cmdline.txt").write_bytes(b"rootwait\n")
    before = contents(folder)
    card.run("firmware", "isolate", "3")
    assert "none is kept for it" in card.run("firmware", "isolate", "-1").output
    assert contents(folder) == before


@pytest.mark.parametrize("line", [b"", b"\n", b"  \r\nroot=/dev/sda\n"])
def test_a_cmdline_without_arguments_is_not_touched(boot: tuple[Card, Path], line: bytes) -> None:
    card, folder = boot
    (folder / "config.txt").write_bytes(b"")
    (folder / "cmdline.txt").write_bytes(line)
    ran = card.run("firmware", "isolate", "3")
    assert ran.status == 1
    assert "is empty; expected the kernel's arguments" in ran.output
    assert contents(folder) == {"config.txt": b"", "cmdline.txt": line}


def test_the_core_is_the_configurations_and_may_change(boot: tuple[Card, Path]) -> None:
    card, folder = boot
    (folder / "config.txt").write_bytes(b"")
    (folder / "cmdline.txt").write_bytes(LINES["usual"])
    before = contents(folder)
    for core in ("1", "12", "3"):
        assert f"core {core} is kept" in card.run("firmware", "isolate", core).output
        words = f" isolcpus={core} nohz_full={core} rcu_nocbs={core}\n".encode()
        assert (folder / "cmdline.txt").read_bytes() == LINES["usual"].replace(b"\n", words)
    assert card.run("firmware", "off").status == 0
    assert contents(folder) == before


@pytest.mark.parametrize(
    ("core", "status", "words"),
    [
        ("-1", 0, "gives the engine no core"),
        ("0", 1, "'0'; expected"),
        ("", 1, "''; expected"),
        ("99", 1, "there is no core 99 here"),
    ],
)
def test_no_core_is_kept_that_is_not_the_engines_alone(
    boot: tuple[Card, Path], core: str, status: int, words: str
) -> None:
    card, folder = boot
    (folder / "config.txt").write_bytes(b"")
    (folder / "cmdline.txt").write_bytes(LINES["usual"])
    before = contents(folder)
    ran = card.run("firmware", "isolate", core)
    assert ran.status == status
    assert words in ran.output
    assert contents(folder) == before


def test_what_is_no_pi_is_left_as_it_is(tmp_path: Path) -> None:
    card = Card(tmp_path)
    ran = card.run("firmware", "on")
    assert (ran.status, ran.output) == (0, "• there is no config.txt here: I²C and SPI are left as they are\n")
    assert card.run("firmware", "off").status == 0
    assert "a core cannot be kept" in card.run("firmware", "isolate", "3").output.lower()


@pytest.mark.parametrize("command", ["on", "isolate 3"])
def test_a_full_disk_changes_nothing(boot: tuple[Card, Path], command: str) -> None:
    """cp writes half of it and says nothing, which the comparison finds."""
    card, folder = boot
    (folder / "config.txt").write_bytes(CONFIGS["usual"])
    (folder / "cmdline.txt").write_bytes(LINES["usual"])
    before = contents(folder)
    card.program("cp", '#!/bin/sh\nhead -c 5 "$1" >"$2"\n')
    ran = card.run("firmware", *command.split())
    assert ran.status == 1
    assert "is the disk full?); it is as it was" in ran.output
    assert contents(folder) == before


@pytest.mark.parametrize("command", ["on", "isolate 3", "off"])
def test_wherever_the_plug_is_pulled_the_files_are_whole(tmp_path: Path, command: str) -> None:
    files = {"config.txt": CONFIGS["no final newline"], "cmdline.txt": LINES["no final newline"]}
    for stop in range(1, 60):
        card = Card(tmp_path / str(stop))
        folder = card.root / "boot"
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_bytes(text)
        if command == "off":
            card.run("firmware", "on")
            card.run("firmware", "isolate", "3")
        ran = card.run("firmware", *command.split(), stop=stop)
        left = contents(folder)
        assert left["config.txt"] in (files["config.txt"], OURS + files["config.txt"])
        assert left["cmdline.txt"] in (files["cmdline.txt"], files["cmdline.txt"] + CORE)
        assert not left["config.txt"].startswith(OURS) or "pedal.txt" in left, "an include of nothing"
        assert card.run("firmware", "off").status == 0
        assert {name: contents(folder)[name] for name in files} == files
        if ran.status == 0:
            assert stop > 4
            return
    pytest.fail("the command never ended")
