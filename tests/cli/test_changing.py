"""`pedal models install`, `remove`, `rollback` and `order`, as they are typed on the machine itself."""

import hashlib
import os
import pty
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pedal.cli.main import main
from pedal.control import rack
from pedal.kernel.library import Library
from pedal.link import Link
from pedal.model.library import word_of
from pedal.model.turns import turn

if TYPE_CHECKING:
    from tests.conftest import WriteModel


@pytest.fixture
def state(places: Path, kernels: Library) -> Path:
    """A state folder without models."""
    assert kernels.path.is_file()
    (places / "state" / "models").mkdir(parents=True)
    return places / "state"


def models(state: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (state / "models").iterdir()}


def fed(data: bytes, *words: str) -> "subprocess.CompletedProcess[bytes]":
    """`pedal WORDS` with that on its standard input."""
    return subprocess.run([sys.executable, "-m", "pedal", *words], input=data, capture_output=True)


def test_a_file_is_installed_under_its_name(
    state: Path, write_model: "WriteModel", tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_model("Lead", rate_hz=48_000).rename(tmp_path / "TS9_FullD.neuralpi.json")
    assert main(["models", "install", str(path)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("TS9_FullD: installed; takes ")
    assert said.endswith("plays as it is at the card's 44100 Hz, and sounds somewhat different there\n")
    assert models(state) == {"TS9_FullD.json": path.read_bytes()}
    assert main(["models", "install", str(path)]) == 0
    assert capsys.readouterr().out.startswith("TS9_FullD: there already; takes ")


def test_bytes_come_by_standard_input(state: Path, write_model: "WriteModel") -> None:
    data = write_model("Lead").read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    done = fed(data, "models", "install", "--name=Solo", f"--sha256={digest.upper()}", "-")
    assert (done.returncode, done.stderr) == (0, b"")
    assert models(state) == {"Solo.json": data}


@pytest.mark.parametrize(
    ("data", "words", "told"),
    [
        (b"{}", ["-"], "the model has no name; expected --name NAME"),
        (b"{}", ["--name=a/b", "-"], "expected 1 to 64 letters, digits"),
        (b"{}", ["--name=a", "-"], "a: is JSON, but no model that we know"),
        (b"{}", ["--name=a", f"--sha256={'0' * 64}", "-"], "came damaged or in part, 2 bytes of it; send it again"),
        (b"", ["--name=a", "-"], "a: is empty"),
        (b" " * 16_000_001, ["--name=a", "-"], "the file has more than 16 MB"),
    ],
)
def test_what_is_refused_by_standard_input(state: Path, data: bytes, words: list[str], told: str) -> None:
    done = fed(data, "models", "install", *words)
    assert done.returncode == 1
    assert told in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1
    assert models(state) == {}


def test_a_stream_without_an_end_is_left_early(state: Path) -> None:
    """Ten gigabytes, of which sixteen megabytes are read."""
    command = [sys.executable, "-m", "pedal", "models", "install", "--name=a", "-"]
    with (
        subprocess.Popen(["head", "-c", "10G", "/dev/zero"], stdout=subprocess.PIPE) as stream,
        subprocess.Popen(command, stdin=stream.stdout, stderr=subprocess.PIPE) as pedal,
    ):
        assert stream.stdout is not None
        stream.stdout.close()
        assert b"the file has more than 16 MB" in pedal.communicate()[1]
    assert pedal.returncode == 1
    assert stream.returncode != 0  # nobody read on
    assert models(state) == {}


def test_a_terminal_is_no_file(state: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "pedal", "models", "install", "--name=a", "-"]
    done = subprocess.run(command, stdin=theirs, capture_output=True)
    os.close(ours)
    os.close(theirs)
    assert b"takes the file from standard input, which is a terminal" in done.stderr
    assert models(state) == {}


def test_files_that_are_none(state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "fifo.json")
    for path, told in (
        (tmp_path / "absent.json", "cannot be read: No such file"),
        (tmp_path / "fifo.json", "is a folder or a device"),
        (tmp_path, "is a folder or a device"),
        (tmp_path / "a b.json", "expected 1 to 64 letters"),
    ):
        assert main(["models", "install", *([] if " " in path.name else ["--name=a"]), str(path)]) == 1
        assert told in capsys.readouterr().err
    assert models(state) == {}


def test_back_and_forth_and_away_and_back(
    state: Path, write_model: "WriteModel", capsys: pytest.CaptureFixture[str]
) -> None:
    first = write_model("Lead").read_bytes()
    assert main(["models", "install", str(write_model("Lead"))]) == 0
    second = write_model("Lead", seed=2)
    assert main(["models", "install", str(second)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("; the version before is kept")
    for expected in (first, second.read_bytes(), first):
        assert main(["models", "rollback", "lead"]) == 0
        assert capsys.readouterr().out.startswith("Lead: the version before is back; takes ")
        assert models(state) == {"Lead.json": expected}
    assert main(["models", "remove", "LEAD"]) == 0
    assert capsys.readouterr().out == "Lead: removed; `pedal models rollback` brings it back\n"
    assert models(state) == {}
    assert main(["models", "remove", "LEAD"]) == 1
    assert "model 'LEAD' is not there; that folder holds none" in capsys.readouterr().err
    assert main(["models", "rollback", "LEAD"]) == 0
    assert models(state) == {"Lead.json": first}
    assert main(["models", "rollback", "LEAD"]) == 1
    assert "has no version before" in capsys.readouterr().err


def test_what_is_removed_beside_a_damaged_rack_leaves_that_to_control(
    state: Path, write_model: "WriteModel", capsys: pytest.CaptureFixture[str]
) -> None:
    write_model("Lead").rename(state / "models" / "Lead.json")
    (state / "rack.json").write_bytes(b"{")
    assert main(["models", "remove", "Lead"]) == 0
    assert capsys.readouterr().out.startswith("Lead: removed; ")
    assert models(state) == {}
    assert (state / "rack.json").read_bytes() == b"{"
    assert list(state.glob("*.damaged*")) == []


def test_the_set_is_put_in_order(state: Path, write_model: "WriteModel", capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("Clean", "Crunch", "Lead"):
        write_model(name).rename(state / "models" / f"{name}.json")
    (state / "setlist.txt").write_text("# Friday\nclean\nCrunch\n")
    assert main(["models", "order", "LEAD", "crunch"]) == 0
    assert capsys.readouterr().out == "the set: Lead, Crunch, Clean\n"
    assert (state / "setlist.txt").read_text() == "# Friday\nLead\nCrunch\nclean\n"
    for words, told in (
        (["Lead", "Laed"], r"model 'Laed' is not there; did you mean Lead?"),
        (["Lead", "lead"], "model 'Lead' is named twice"),
    ):
        assert main(["models", "order", *words]) == 1
        assert told in capsys.readouterr().err
    assert (state / "setlist.txt").read_text() == "# Friday\nLead\nCrunch\nclean\n"


def test_an_order_says_what_is_refused_and_leaves_a_damaged_list_as_it_is(
    state: Path, write_model: "WriteModel", capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("Clean", "Heavy"):
        write_model(name).rename(state / "models" / f"{name}.json")
    heavy = rack.Entry("Heavy", "Heavy", "Heavy.json", 1, refused="x", reason="takes 63 % of the period")
    rack.write(state / "rack.json", rack.Rack("tag", entries=(heavy,)))
    assert main(["models", "order", "Heavy"]) == 0
    said = capsys.readouterr()
    assert said.out == "the set: Clean\n"
    assert "Heavy is not played, wherever it stands: takes 63 % of the period" in said.err
    (state / "setlist.txt").write_bytes(b"Bj\xf6rk\n")
    assert main(["models", "order", "Clean"]) == 1
    fault = f"{state / 'setlist.txt'} is not UTF-8 text, at byte 2; mend it, or take it away"
    assert fault in capsys.readouterr().err
    main(["models", "list"])
    said = capsys.readouterr()
    assert fault in said.err
    assert said.out.startswith("Clean ")
    assert (state / "setlist.txt").read_bytes() == b"Bj\xf6rk\n"


def test_who_is_at_work_is_said(
    state: Path, write_model: "WriteModel", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_model("Clean").rename(state / "models" / "Clean.json")
    monkeypatch.setattr("pedal.model.turns.PATIENCE_S", 0.0)
    with turn(state, "`pedal models install` of Lead"):
        assert main(["models", "order", "Clean"]) == 1
    assert "being changed by `pedal models install` of Lead (process" in capsys.readouterr().err


def test_what_is_kept_out_of_the_set_does_not_play_now(
    state: Path, write_model: "WriteModel", capsys: pytest.CaptureFixture[str]
) -> None:
    (state / "setlist.txt").write_text("# lead\n")
    assert main(["models", "install", "--now", str(write_model("Lead"))]) == 1
    said = capsys.readouterr()
    assert said.out.startswith("Lead: installed; takes ")
    assert said.err == "pedal: Lead is kept out of the set list; `pedal models order Lead` puts it in\n"


def test_without_a_pedal_that_runs_now_is_for_later(
    state: Path, places: Path, write_model: "WriteModel", capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_model("Lead")
    assert main(["models", "install", "--now", str(path)]) == 0
    said = capsys.readouterr()
    assert "plays now" not in said.out
    assert "the engine does not play at present; it takes the model when it does" in said.err
    with closing(Link(places / "run" / "link")) as link:
        assert link.get("model") == word_of(path.read_bytes())
    other = write_model("Clean")
    assert main(["models", "install", str(other)]) == 0
    assert main(["models", "remove", "Lead"]) == 0
    with closing(Link(places / "run" / "link")) as link:
        assert link.get("model") == word_of(other.read_bytes())
    assert main(["models", "remove", "Clean"]) == 0
    with closing(Link(places / "run" / "link")) as link:
        assert link.get("model") == 0
    assert rack.read(state / "rack.json").rack.models == ()
