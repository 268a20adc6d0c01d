"""`pedal bench`: the figures it promises, for sizes and for files."""

import json
from typing import TYPE_CHECKING

import pytest

from pedal.cli.main import main

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


def test_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--hidden", "8"]) == 0
    table = capsys.readouterr().out
    assert "LSTM 8" in table
    assert "blocks of 64 at 44100 Hz" in table


def test_sizes_are_checked(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["bench", "--hidden", "129"])
    assert ended.value.code == 2
    assert "expected 1 to 128 units" in capsys.readouterr().err
