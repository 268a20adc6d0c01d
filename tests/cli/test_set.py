"""`pedal set`, run in this process on a link of its own."""

import hashlib
import os
import select
import socket
import subprocess
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

from pedal.cli.main import main
from pedal.control import rack
from pedal.control.assignments import values_for
from pedal.control.events import Asked
from pedal.control.rack import Entry, Knob, Rack
from pedal.control.remote import Remote
from pedal.errors import ConfigError
from pedal.kernel.library import Library
from pedal.kernel.packed import Packed, packed_path
from pedal.link import RUNNING, Link, control_lock, engine_lock
from pedal.measure import audition

if TYPE_CHECKING:
    from tests.conftest import WriteModel


@pytest.fixture
def link(places: Path) -> Path:
    """The link of an engine that is running at 44.1 kHz."""
    with closing(Link(places / "run" / "link")) as made:
        made.set("state", RUNNING)
        made.set("process", os.getpid())
        made.set("rate_hz", 44_100)
    return places / "run" / "link"


def words(path: Path, *names: str) -> list[float]:
    with closing(Link(path)) as link:
        return [link.get(name) for name in names]


@pytest.fixture
def installed(places: Path, write_model: "WriteModel") -> Path:
    """A models folder with one model of two knobs, called Plexi."""
    (places / "state" / "models").mkdir(parents=True)
    return write_model("Plexi", knobs=("Gain", "Tone")).rename(places / "state" / "models" / "Plexi.json")


def test_an_engine_that_was_killed_is_not_taken_for_a_running_one(
    link: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with subprocess.Popen(["true"]) as ended, closing(Link(link)) as made:
        made.set("process", ended.pid)
    assert main(["set", "bypass=on"]) == 0
    assert "the engine is not running" in capsys.readouterr().err


def test_an_engine_whose_link_was_deleted_is_told_of(link: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with engine_lock(link.parent):
        link.unlink()
        assert main(["set", "bypass=on"]) == 1
    assert "has lost its link" in capsys.readouterr().err


def test_gains_and_bypass(link: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["set", "input_gain_db=6", "level_db=-3.5", "bypass=on"]) == 0
    assert words(link, "input_gain_db", "level_db", "bypass") == [6.0, -3.5, 1]
    assert main(["set", "bypass=OFF"]) == 0
    assert words(link, "input_gain_db", "bypass") == [6.0, 0]
    assert capsys.readouterr() == ("", "")


def test_a_model_is_packed_before_the_engine_is_asked_for_it(
    link: Path, installed: Path, places: Path, kernels: Library
) -> None:
    assert main(["set", "model=plexi", "knob.tone=0.25"]) == 0
    assert main(["set", "mute=on"]) == 0
    word, first, second = words(link, "model", "knob_1", "knob_2")
    assert words(link, "mute") == [1]
    assert int(word) == int.from_bytes(hashlib.sha256(installed.read_bytes()).digest()[:8], "big")
    assert (first, second) == (0.5, 0.25)
    packed = Packed(packed_path(places / "state", kernels.tag, int(word)), kernels.tag, check_floats=True)
    assert (packed.header.hidden, packed.header.inputs, packed.header.rate_hz) == (8, 3, 44_100)
    packed.close()


def test_a_knob_is_the_playing_models(link: Path, installed: Path) -> None:
    assert main(["set", f"model={installed.stem}"]) == 0
    assert main(["set", "knob.gain=1"]) == 0
    assert words(link, "knob_1", "knob_2") == [1.0, 0.5]


@pytest.mark.usefixtures("kernels")
def test_a_model_set_by_its_path_keeps_its_knobs(link: Path, installed: Path) -> None:
    assert main(["set", f"model={installed}"]) == 0
    assert main(["set", "knob.gain=1"]) == 0
    assert words(link, "knob_1", "knob_2") == [1.0, 0.5]


def test_a_model_of_another_folder_is_refused_in_one_line(
    link: Path, installed: Path, write_model: "WriteModel", capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["set", "level_db=-7", f"model={write_model('Elsewhere')}"]) == 1
    said = capsys.readouterr().err
    assert f"is not a model of the models folder; copy it into {installed.parent} first" in said
    assert len(said.splitlines()) == 1
    assert words(link, "model", "level_db") == [0, 0.0]


@pytest.mark.usefixtures("link")
def test_a_model_without_knobs_says_so(
    installed: Path, write_model: "WriteModel", capsys: pytest.CaptureFixture[str]
) -> None:
    write_model("Bare").rename(installed.with_name("Bare.json"))
    assert main(["set", "model=Bare", "knob.drive=1"]) == 1
    assert "knob.drive: this model has no knobs" in capsys.readouterr().err


@pytest.mark.usefixtures("link", "installed")
def test_one_knob_set_twice_is_a_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["set", "model=Plexi", "knob.gain=1", "knob.Gain=0"]) == 1
    assert "knob.gain is set 2 times; expected once" in capsys.readouterr().err


def test_no_model(link: Path, installed: Path) -> None:
    assert main(["set", f"model={installed.stem}"]) == 0
    assert main(["set", "model=none"]) == 0
    assert words(link, "model") == [0]


@pytest.mark.parametrize(
    ("assignment", "answer"),
    [
        ("level_db=41", "level_db: '41' was given; expected -40 to 12 dB"),
        ("input_gain_db=nan", "expected -20 to 30 dB"),
        ("bypass=maybe", "expected one of off, on"),
        ("boost=on", "boost: it is the control process that boosts, and none runs"),
        ("bypas=on", "did you mean bypass?"),
        ("knob.gain=0.5", "knob.gain: no model plays, so there is no knob"),
        ("level_db=3", "level_db is set 2 times; expected once"),
        ("BYPASS=off", "bypass is set 2 times; expected once"),
        ("model=Plexy", "Plexi"),
        ("xyzzy=1", "expected one of input_gain_db, level_db, bypass, mute, boost, model"),
    ],
)
@pytest.mark.usefixtures("installed")
def test_nothing_is_set_where_one_assignment_is_wrong(
    link: Path, capsys: pytest.CaptureFixture[str], assignment: str, answer: str
) -> None:
    assert main(["set", "level_db=-7", "bypass=on", assignment]) == 1
    assert words(link, "level_db", "bypass", "model") == [0.0, 0, 0]
    said = capsys.readouterr().err
    assert answer in said
    assert len(said.splitlines()) == 1


def test_every_fault_is_said_at_once(link: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["set", "level_db=loud", "bypass=2"]) == 1
    said = capsys.readouterr().err
    assert "level_db: 'loud'" in said
    assert "bypass: value '2'" in said
    assert words(link, "bypass") == [0]


def test_whoever_holds_the_lock_goes_first(link: Path, places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with control_lock(places / "run"):
        assert main(["set", "level_db=-7"]) == 1
    assert words(link, "level_db") == [0.0]
    assert "held by another process" in capsys.readouterr().err


def test_what_is_set_waits_for_the_engine(places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["set", "level_db=-7"]) == 0
    assert words(places / "run" / "link", "level_db") == [-7.0]
    assert "the engine is not running" in capsys.readouterr().err


@pytest.mark.usefixtures("link", "kernels")
def test_a_model_of_another_rate_is_played_and_said(
    installed: Path, write_model: "WriteModel", capsys: pytest.CaptureFixture[str]
) -> None:
    model = write_model("m", rate_hz=48_000).rename(installed.with_name("m.json"))
    assert main(["set", f"model={model}"]) == 0
    assert "was made for 48000 Hz and plays as it is at 44100 Hz" in capsys.readouterr().err


@pytest.mark.usefixtures("kernels")
def test_a_model_that_is_too_heavy_is_refused_with_the_figure(
    link: Path, installed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audition, "MOST_LOAD", 0.0)
    assert main(["set", "level_db=-7", "model=Plexi"]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"pedal: {installed}: takes ")
    assert said.endswith(" % of the period on this processor; expected at most 0 %\n")
    assert words(link, "model", "level_db") == [0, 0.0]


class Answering:
    """Control's own socket, answered in a thread from a rack, as control does."""

    def __init__(self, run: Path, rack: Rack) -> None:
        run.mkdir(exist_ok=True)
        self.asked: list[Asked] = []
        self._rack = rack
        self._remote = Remote(run / "control.sock")
        self._stop, self._stopped = os.pipe()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._stopped)
        self._thread.join()
        os.close(self._stop)
        self._remote.close()

    def _run(self) -> None:
        while self._stop not in select.select([self._remote.fileno(), self._stop], [], [])[0]:
            request = self._remote.receive()
            if request is None:
                continue
            try:
                self.asked.append(values_for(request.values, self._rack, None))
            except ConfigError as error:
                self._remote.answer(request.sender, {"refused": str(error)})
            else:
                self._remote.answer(request.sender, {"done": True})


PLEXI = Entry("Plexi", "Plexi", "Plexi.json", 1, knobs=(Knob("Gain"), Knob("Tone")))


def test_where_control_runs_it_is_asked(
    link: Path, installed: Path, places: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Answering(places / "run", Rack(entries=(PLEXI,))) as control, control_lock(places / "run"):
        assert main(["set", "boost=on", f"model={installed}", "knob.tone=1"]) == 0
        assert capsys.readouterr() == ("", "")
        assert main(["set", "level_db=99", "bypas=on"]) == 1
        assert "level_db: '99' was given; expected -40 to 12 dB; bypas: is unknown" in capsys.readouterr().err
    assert control.asked == [Asked({"boost": 1, "knob_2": 1.0}, "Plexi")]
    assert words(link, "model", "knob_2") == [0, 0.5]
    assert sorted(path.name for path in (places / "run").iterdir()) == ["control.lock", "link"]


def test_a_new_model_that_control_has_not_seen_yet(
    installed: Path, places: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Answering(places / "run", Rack()):
        assert main(["set", "model=Plexi"]) == 1
    assert capsys.readouterr().err == f"pedal: {installed} is new and is being tried out; set it again in a moment\n"


@pytest.mark.usefixtures("installed")
def test_a_model_that_the_set_list_leaves_out_is_not_called_new(
    places: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = Rack("tag", out=(PLEXI,))
    rack.write(places / "state" / "rack.json", known)
    with Answering(places / "run", known):
        assert main(["set", "model=Plexi"]) == 1
    said = "model: Plexi is left out of the set list; take the # from its line in setlist.txt"
    assert capsys.readouterr().err == f"pedal: {said}\n"


def test_a_model_is_tried_before_the_lock_is_taken(
    link: Path, installed: Path, places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[float] = []

    def load(*_: object) -> float:
        with control_lock(places / "run", 0.0):
            loads.append(0.1)
        return loads[-1]

    monkeypatch.setattr(audition, "load", load)
    assert main(["set", f"model={installed.stem}"]) == 0
    assert loads == [0.1]
    assert words(link, "model") != [0]


def test_a_folder_whose_name_is_too_long_for_a_socket_has_no_control(
    places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = places / ("x" * 120)
    monkeypatch.setenv("PEDAL_RUN", str(run))
    assert main(["set", "level_db=-7"]) == 0
    assert words(run / "link", "level_db") == [-7.0]


def test_one_name_twice_is_a_fault_before_control_is_asked(places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Answering(places / "run", Rack()) as control:
        assert main(["set", "bypass=on", "bypass=off"]) == 1
    assert control.asked == []
    assert capsys.readouterr().err == "pedal: bypass is set 2 times; expected once\n"


def test_a_socket_that_was_left_behind_is_nobody(link: Path, places: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ended:
        ended.bind(str(places / "run" / "control.sock"))
    assert main(["set", "level_db=-7"]) == 0
    assert words(link, "level_db") == [-7.0]
