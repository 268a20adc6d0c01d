"""The experiments' tables, from outcomes that are written here."""

import subprocess
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="training needs torch: pip install '.[train]'")

from pedal.train import series  # noqa: E402
from pedal.train.experiments import main, timed  # noqa: E402
from pedal.train.series import Lengths, trials  # noqa: E402
from pedal.train.strings import RATE_HZ  # noqa: E402
from pedal.train.trials import OUTCOME, Outcome, Trial, folder_of  # noqa: E402


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guitars of a tenth of a second."""
    guitars = {name: lambda: np.full(RATE_HZ // 10, 0.01) for name in ("full", "limited", "unheard")}
    monkeypatch.setattr(series, "synthesised", lambda: guitars)


def keep(trial: Trial, folder: Path, esr: float) -> None:
    folder_of(trial, folder).mkdir(parents=True)
    outcome = Outcome(trial.name, [1.0, 2.0], [0.5, esr], 1, 100.0)
    (folder_of(trial, folder) / OUTCOME).write_bytes(msgspec.json.encode(outcome))


def test_a_series_that_is_done_is_only_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for each in trials("circuits", tmp_path / "kept" / "circuits", tmp_path, Lengths(5.0, 2.0), 2):
        for trial in each:
            keep(trial, tmp_path / "kept" / "circuits", 0.02 if trial.origin else 0.04 + 0.02 * trial.seed)
    monkeypatch.setattr(subprocess, "run", None)
    words = ["circuits", "--folder", str(tmp_path / "kept"), "--docs", str(tmp_path), "--seeds", "2"]
    assert main(words) == 0
    path = tmp_path / "experiments-circuits.md"
    assert capsys.readouterr().out == f"{path}\n"
    lines = path.read_text().splitlines()
    assert lines[2] == "| overdrive → distortion | full | 0.0400, 0.0600 | 0.0500 | 0.0200, 0.0200 | 0.0200 |"
    assert sum("→" in line for line in lines[1:]) == 4
    with Image.open(path.with_suffix(".png")) as image:
        assert image.width > 600


def test_each_training_that_is_not_done_gets_a_process_in_the_order_of_the_rounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "kept" / "circuits"
    first, second = trials("circuits", folder, tmp_path, Lengths(0.5, 0.25), 1)
    keep(first[0], folder, 0.1)
    begun: list[tuple[str, str]] = []

    def run(command: list[str], env: dict[str, str], check: bool) -> None:
        assert check
        words = " ".join(command)
        assert f"circuits --folder {tmp_path / 'kept'} --reference" in words
        assert "--minutes 0.5 0.25 --seeds 1 --threads 1" in words
        begun.append((command[-1], env["NUMBA_NUM_THREADS"]))

    monkeypatch.setattr(subprocess, "run", run)
    words = ["circuits", "--folder", str(tmp_path / "kept"), "--docs", str(tmp_path), "--seeds", "1"]
    assert main([*words, "--minutes", "0.5", "0.25", "--jobs", "2", "--threads", "2"]) == 0
    assert begun[0] == (first[1].name, "1")
    assert {name for name, _ in begun[1:]} == {trial.name for trial in second}


def test_the_times() -> None:
    found = timed([Outcome("clean", [0.5, 1.0, 1.5], [0.2, 0.05, 0.04], 2, 100.0)])
    assert found[0] == "| device | minutes to 0.05 | minutes to 0.03 | minutes to the best | best ESR | threads |"
    assert found[2] == "| clean | 1.0 | – | 1.5 | 0.0400 | 2 |"


def test_what_is_missing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reference", "--folder", str(tmp_path), "--reference", str(tmp_path / "nowhere")]) == 1
    assert capsys.readouterr().err.startswith("experiments: reference recordings ")
