"""`pedal bench`: the figures it promises, for sizes and for files."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pedal.cli import bench
from pedal.cli.main import main
from pedal.measure.bench import Timing

if TYPE_CHECKING:
    from tests.conftest import WriteModel


def test_figures_as_json(capsys: pytest.CaptureFixture[str], write_model: "WriteModel") -> None:
    path = write_model("m", hidden=10, knobs=("gain",))
    assert main(["bench", "--hidden", "8", "--model", str(path), "--block", "32", "--rate", "48000", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["block"], told["rate_hz"]) == (32, 48_000)
    assert [(row["cell"], row["hidden"], row["inputs"]) for row in told["results"]] == [("lstm", 8, 1), ("lstm", 10, 2)]
    for row in told["results"]:
        assert 0 < row["min_ns_per_sample"] <= row["median_ns_per_sample"] <= row["p99_ns_per_sample"]
        assert row["share_of_period"] == pytest.approx(row["median_ns_per_sample"] * 48_000 * 1e-9)


def test_a_model_of_the_models_folder_by_its_name(
    places: Path, capsys: pytest.CaptureFixture[str], write_model: "WriteModel"
) -> None:
    (places / "state" / "models").mkdir(parents=True)
    write_model("Lead", hidden=10).rename(places / "state" / "models" / "Lead.json")
    assert main(["bench", "--model", "lead", "--json"]) == 0
    assert [row["hidden"] for row in json.loads(capsys.readouterr().out)["results"]] == [10]
    assert main(["bench", "--model", "Leda"]) == 1
    assert "did you mean Lead?" in capsys.readouterr().err


def test_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--hidden", "8"]) == 0
    table = capsys.readouterr().out
    assert "LSTM 8" in table
    assert "blocks of 64 at 44100 Hz" in table


def test_a_narrow_terminal_gets_every_figure_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    timing = Timing("lstm", 128, 3, 12_345.6, 23_456.7, 34_567.8, 0.5678, 456_789.0, None)
    bench._print([timing], 64, 44_100)
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines[0].startswith("ns a sample in blocks of 64")
    assert lines[-7:] == [
        "LSTM 128, 2 knobs",
        "min          12345.6",
        "median       23456.7",
        "p99          34567.8",
        "of period    56.78%",
        "numpy oracle 456789",
        "onnxruntime  absent",
    ]


def test_sizes_are_checked(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["bench", "--hidden", "129"])
    assert ended.value.code == 2
    assert "expected 1 to 128 units" in capsys.readouterr().err


def test_stomps_are_answered_by_the_real_control_process(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--stomps", "3", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["stomps"] == 3
    assert 0 < told["median_ms"] <= told["p99_ms"] <= told["longest_ms"]
