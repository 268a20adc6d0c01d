"""`pedal status`, run in this process on a link that the test fills as an engine would."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pedal.cli import status
from pedal.cli.main import main
from pedal.control import rack
from pedal.control.rack import Entry, Knob, Rack
from pedal.link import RUNNING, WAITING, Link
from pedal.model.loaded import load

if TYPE_CHECKING:
    from tests.conftest import WriteModel


@contextmanager
def beating(link: Link) -> Iterator[None]:
    """The heart of an engine."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(0.002):
            link.set("heartbeat", link.get("heartbeat") + 1)

    heart = threading.Thread(target=beat)
    heart.start()
    yield
    ended.set()
    heart.join()


@pytest.fixture
def still(places: Path) -> Iterator[Link]:
    """The link of an engine that plays, or did until now: this process."""
    with closing(Link(places / "run" / "link")) as link:
        for name, value in (
            *(("state", RUNNING), ("process", os.getpid()), ("rate_hz", 44_100), ("period_frames", 64)),
            *(("latency_frames", 128), ("load", 0.125), ("load_peak", 0.25), ("xruns_capture", 3)),
            *(("input_peak", 0.1), ("output_peak", 1.0), ("output_rms", 0.5)),
        ):
            link.set(name, value)
        yield link


@pytest.fixture
def link(still: Link) -> Iterator[Link]:
    """The link of an engine that plays."""
    with beating(still):
        yield still


def figures(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.usefixtures("link")
def test_what_an_engine_reports(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--json"]) == 0
    said = figures(capsys)
    assert (said["state"], said["process"], said["latency_ms"]) == ("running", os.getpid(), 2.902)
    assert (said["load"], said["load_peak"], said["xruns_capture"]) == (0.125, 0.25, 3)
    assert (said["input_peak_dbfs"], said["input_rms_dbfs"], said["output_peak_dbfs"]) == (-20.0, None, 0.0)
    assert (said["model"], said["knobs"], said["warnings"]) == (None, {}, [])


@pytest.mark.usefixtures("link")
def test_what_a_person_reads(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"engine     running (process {os.getpid()})" in lines
    assert "card       44100 Hz, 64 frames a period, 2.9 ms in the buffers" in lines
    assert "model      none: the guitar passes untouched" in lines
    assert not [line for line in lines if line.startswith("sound")]
    assert "load       12.5% of the period, 25.0% at most" in lines
    meters = {line.split()[0]: line.split()[1] for line in lines if "dBFS" in line}
    assert meters["input"] == "▒" * 20 + "·" * 10
    assert meters["output"] == "█" * 27 + "▒" * 3


def test_how_long_after_the_machines_start_the_sound_came(link: Link, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--json"]) == 0
    assert figures(capsys)["boot_to_sound_s"] is None
    link.set("boot_to_sound_ms", 8_349)
    assert main(["status"]) == 0
    assert "sound      8.3 s after the machine's start\n" in capsys.readouterr().out
    assert main(["status", "--json"]) == 0
    assert figures(capsys)["boot_to_sound_s"] == 8.349


def test_a_model_has_its_name_and_its_knobs(
    link: Link, places: Path, write_model: "WriteModel", capsys: pytest.CaptureFixture[str]
) -> None:
    (places / "state" / "models").mkdir(parents=True)
    (places / "state" / "models" / "broken.json").write_text("{")
    path = write_model("Plexi", knobs=("Gain",), rate_hz=48_000).rename(places / "state" / "models" / "Plexi.json")
    for name, value in (("playing", load(path).word), ("model_rate_hz", 48_000), ("knob_1", 0.75), ("bypass", 1)):
        link.set(name, value)
    assert main(["status", "--json"]) == 0
    said = figures(capsys)
    assert (said["model"], said["knobs"], said["bypass"]) == ("Plexi", {"Gain": 0.75}, True)
    assert said["warnings"] == [
        "the model was made for 48000 Hz and plays as it is at 44100 Hz: it sounds different",
    ]


def test_what_control_knows_of_a_model_is_said_without_numpy(link: Link, places: Path) -> None:
    """Which takes a Pi as long to import as all the rest; no model file is there to be read."""
    entry = Entry("Plexi", "Plexi", "Plexi.json", 5, knobs=(Knob("Gain"),))
    places.joinpath("state").mkdir()
    rack.write(places / "state" / "rack.json", Rack(entries=(entry,)))
    link.set("playing", 5)
    script = (
        "import sys; from pedal.cli.main import main; main(['status', '--json']); assert 'numpy' not in sys.modules"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (0, "")
    assert (json.loads(said.stdout)["model"], json.loads(said.stdout)["knobs"]) == ("Plexi", {"Gain": 0.5})


def test_a_damaged_rack_is_left_to_control(link: Link, places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places.joinpath("state").mkdir()
    places.joinpath("state", "rack.json").write_text("{")
    link.set("playing", 5)
    assert main(["status", "--json"]) == 0
    assert figures(capsys)["model"] == "0000000000000005, not in the models folder"
    assert sorted(path.name for path in places.joinpath("state").iterdir()) == ["models", "rack.json"]


def test_a_model_from_elsewhere_is_its_word(link: Link, capsys: pytest.CaptureFixture[str]) -> None:
    link.set("playing", 0xABC)
    assert main(["status"]) == 0
    assert "model      0000000000000abc, not in the models folder" in capsys.readouterr().out


def test_the_model_is_looked_up_again_only_where_it_changed(
    link: Link, places: Path, write_model: "WriteModel"
) -> None:
    folder = places / "state" / "models"
    folder.mkdir(parents=True)
    path = write_model("Plexi").rename(folder / "Plexi.json")
    link.set("playing", load(path).word)
    first = status.read(link)
    path.unlink()
    assert status.read(link, first).model == "Plexi"
    link.set("playing", 5)
    assert status.read(link, first).model == "0000000000000005, not in the models folder"


def test_what_does_not_play_has_no_meters_and_no_card(link: Link, capsys: pytest.CaptureFixture[str]) -> None:
    link.set("state", WAITING)
    link.set("rate_hz", 0)
    assert main(["status"]) == 1
    said = capsys.readouterr().out
    assert [line.split()[0] for line in said.splitlines()][:4] == ["engine", "model", "gain", "xruns"]
    assert "model      none\n" in said
    for word in ("card  ", "0 Hz", "dBFS", "load", "passes"):
        assert word not in said


def test_full_scale_has_no_sign_and_nothing_is_silence(link: Link, capsys: pytest.CaptureFixture[str]) -> None:
    for name, value in (("output_peak", 0.9999), ("input_peak", 0.0), ("input_rms", 0.0)):
        link.set(name, value)
    assert main(["status"]) == 0
    said = capsys.readouterr().out
    assert " 0.0 dBFS peak" in said
    assert "-0.0" not in said
    assert "silence" in said
    assert "inf" not in said


@pytest.mark.parametrize(("state", "code"), [(RUNNING, 0), (WAITING, 1)])
def test_watching_without_a_terminal_goes_on_in_lines(link: Link, state: int, code: int) -> None:
    link.set("state", state)
    command = [sys.executable, "-m", "pedal", "status", "--watch"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout
        shown = 0
        for line in watching.stdout:
            if line.startswith("engine "):
                shown += 1
                if shown == 2:  # once: another signal could come while it ends
                    watching.send_signal(signal.SIGINT)
    assert shown == 2
    assert watching.returncode == code


@pytest.mark.parametrize("state", [RUNNING, WAITING])
def test_an_engine_that_stands_still_is_stuck(still: Link, state: int, capsys: pytest.CaptureFixture[str]) -> None:
    still.set("state", state)
    assert main(["status", "--json"]) == 1
    said = figures(capsys)
    assert said["state"] == "stuck"
    assert "its service ends it after 2 s, 15 s where it opens a card" in str(said["warnings"])


def test_watching_sees_an_engine_stop(still: Link) -> None:
    command = [sys.executable, "-m", "pedal", "status", "--watch"]
    with beating(still):
        watching = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert watching.stdout
        assert watching.stdout.readline() == f"engine     running (process {os.getpid()})\n"
    with watching:
        while "stuck" not in watching.stdout.readline():
            pass
        watching.send_signal(signal.SIGINT)
    assert watching.returncode == 1


def test_an_engine_that_waits_is_unhealthy(link: Link, capsys: pytest.CaptureFixture[str]) -> None:
    link.set("state", WAITING)
    assert main(["status", "--json"]) == 1
    assert figures(capsys)["state"] == "waiting for the card"


def test_an_engine_that_died_is_not_shown_as_running(link: Link, capsys: pytest.CaptureFixture[str]) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    link.set("process", ended.pid)
    assert main(["status", "--json"]) == 1
    said = figures(capsys)
    assert said["state"] == "off"
    assert said["warnings"] == [
        f"the engine (process {ended.pid}) ended without a word; what is shown is its last",
    ]


def test_no_engine_has_ever_run(places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 1
    assert "the engine is not running: there is no link" in capsys.readouterr().err
    assert main(["status", "--json"]) == 1
    assert figures(capsys) == {"state": "off"}
    assert not (places / "run").exists()


def test_a_refused_model_and_a_hot_processor_are_said(link: Link) -> None:
    link.set("refused", 7)
    found = status.warnings(status.read(link)._replace(temperature_c=85.2))
    assert [warning[:30] for warning in found] == ["model 0000000000000007 could n", "the processor is at 85 °C and "]
