"""What is asked of the measuring service, and whether anyone still means it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pedal.errors import LinkError, PedalError
from pedal.measure.latency.findings import decoded
from pedal.measure.latency.request import REPORT, Line, Reader, Reporter, Request, asked, is_meant, taken
from pedal.measure.latency.survey import Plan, Progress

REQUEST = Request(Plan((64,), (2,), 3, 0.5), "/models/a.json")


def test_what_is_asked_arrives_and_is_meant_until_the_block_is_left(tmp_path: Path) -> None:
    assert not is_meant(tmp_path)
    with asked(tmp_path, REQUEST):
        assert taken(tmp_path) == REQUEST
        assert is_meant(tmp_path)
        assert Reader(tmp_path).news() == []
    assert not is_meant(tmp_path)


def test_text_that_is_not_utf_8_is_no_request_and_no_answer(tmp_path: Path) -> None:
    (tmp_path / "latency.request").write_bytes(b'{"model": "\xff"}')
    with pytest.raises(LinkError, match="there is no request"):
        taken(tmp_path)
    (tmp_path / REPORT).write_bytes(b'{"note": "\xff"}\n')
    with pytest.raises(LinkError, match="answer is not understood"):
        Reader(tmp_path).news()
    with pytest.raises(PedalError, match="the survey cannot be read"):
        decoded(b'{"at": "\xff"}')


def test_two_cannot_ask_at_once(tmp_path: Path) -> None:
    with (
        asked(tmp_path, REQUEST),
        pytest.raises(LinkError, match="another `pedal latency` is measuring"),
        asked(tmp_path, Request(Plan(), "/models/b.json")),
    ):
        pass
    assert taken(tmp_path) == REQUEST


def test_whoever_is_killed_does_not_mean_it_any_more(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from pedal.measure.latency.request import Request, asked; "
        "from pedal.measure.latency.survey import Plan\n"
        "with asked(Path(sys.argv[1]), Request(Plan(), 'm')): print('asked', flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE) as asking:
        assert asking.stdout is not None
        assert asking.stdout.readline() == b"asked\n"
        assert is_meant(tmp_path)
        os.kill(asking.pid, signal.SIGKILL)
    assert not is_meant(tmp_path)


def test_without_a_request_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(LinkError, match=r"there is no request in .*; run `pedal latency`"):
        taken(tmp_path)
    with (
        pytest.raises(LinkError, match=r"nothing can be asked through .*No such"),
        asked(tmp_path / "no", REQUEST),
    ):
        pass


def test_a_report_is_read_line_by_line_as_it_grows(tmp_path: Path) -> None:
    lines = [Line(progress=Progress(1, 2, "64 × 2")), Line(note="a note"), Line(refused="no cable")]
    with asked(tmp_path, REQUEST):
        reporter, reader = Reporter(tmp_path), Reader(tmp_path)
        reporter.say(lines[0])
        assert reader.news() == lines[:1]
        assert reader.news() == []
        reporter.say(lines[1])
        reporter.say(lines[2])
        reporter.close()
        with open(tmp_path / REPORT, "ab") as file:
            file.write(b'{"note": "half')
        assert reader.news() == lines[1:]
        assert reader.news() == []


def test_another_request_begins_with_an_empty_report(tmp_path: Path) -> None:
    (tmp_path / REPORT).write_bytes(b'{"refused": "long ago"}\n')
    with asked(tmp_path, REQUEST):
        assert Reader(tmp_path).news() == []
