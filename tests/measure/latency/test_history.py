"""What is kept of every survey, whatever happens to the file."""

from pathlib import Path

import msgspec
import pytest

from pedal.measure.latency import history
from pedal.measure.latency.findings import Figures, Half, Measured, Start, Survey

HALF = Half((Start(200.5, 200.4, 200.6, 21, 0),), Figures(1.0, 2.0, 3.0, 4.0), 0, 0.1, 0.2, 51.5, 1_500.0)
MEASURED = (Measured(64, 3, 2, "", HALF, HALF), Measured(32, 3, 2, "no"))
SURVEY = Survey(
    "2026-01-02T03:04:05+00:00", "0.1.0", "Raspberry Pi 4", "6.6.1", "PREEMPT", "card USB", "S32_LE", 44_100, "Plexi",
    -16.0, -18.5, 80.0, False, False, ("a note",), MEASURED, "64 × 2",
)  # fmt: skip


def numbered(number: int) -> Survey:
    return msgspec.structs.replace(SURVEY, rate_hz=number)


def test_every_survey_is_kept_in_order(tmp_path: Path) -> None:
    path = tmp_path / "latency" / "history.jsonl"
    assert history.read(path) == ((), 0)
    for number in range(3):
        history.append(path, numbered(number))
    assert history.read(path) == ((numbered(0), numbered(1), numbered(2)), 0)


def test_a_line_cut_anywhere_is_counted_and_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    history.append(path, numbered(0))
    first = path.stat().st_size
    history.append(path, numbered(1))
    whole = path.read_bytes()
    for cut in (first + 1, first + 50, len(whole) - 2):
        path.write_bytes(whole[:cut])
        assert history.read(path) == ((numbered(0),), 1)
        history.append(path, numbered(2))
        assert history.read(path) == ((numbered(0), numbered(2)), 1)
    path.write_bytes(whole[:-1])  # all but the end of the line
    history.append(path, numbered(2))
    assert history.read(path) == ((numbered(0), numbered(1), numbered(2)), 0)


def test_lines_of_another_version_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_bytes(b'{"at": 3}\n\xff\xfe\n\n[]\n')
    assert history.read(path) == ((), 3)


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.mkdir()
    with pytest.raises(OSError, match=r"history\.jsonl"):
        history.append(path, SURVEY)
