"""The experiments' tables, from outcomes that are written here."""

import subprocess
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="training needs torch: pip install '.[train]'")

from pedal.train import experiments, series  # noqa: E402
from pedal.train.experiments import BEGIN, END, main, timed  # noqa: E402
from pedal.train.pairs import Listed  # noqa: E402
from pedal.train.run import PLAN, VERSION, File, Plan, Source, digest  # noqa: E402
from pedal.train.series import Lengths, trials  # noqa: E402
from pedal.train.strings import RATE_HZ  # noqa: E402
from pedal.train.trials import OUTCOME, Outcome, Trial, folder_of, settings_of  # noqa: E402


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guitars of a tenth of a second."""
    guitars = {name: lambda: np.full(RATE_HZ // 10, 0.01) for name in ("full", "limited", "unheard")}
    monkeypatch.setattr(series, "synthesised", lambda: guitars)


def keep(trial: Trial, folder: Path, esr: float) -> None:
    """As it is when that was trained."""

    def source(pair: Listed) -> Source:
        clean, amp = (File(str(path), digest(path)) for path in (pair.clean, pair.amp))
        return Source(clean, amp, {}, 0, [])

    plan = Plan(
        out="", pairs=[source(trial.pair)], validation=[source(trial.unheard)], cell="lstm", hidden=20, skip=True,
        knobs=[], rate_hz=RATE_HZ, settings=settings_of(trial), device="cpu", threads=1, version=VERSION,
        minutes=trial.minutes,
    )  # fmt: skip
    outcome = Outcome(trial.name, [1.0, 2.0], [0.5, esr], 1, 100.0)
    folder_of(trial, folder).mkdir(parents=True)
    for name, content in ((PLAN, plan), (OUTCOME, outcome)):
        (folder_of(trial, folder) / name).write_bytes(msgspec.json.encode(content))


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
    assert (
        lines[4]
        == "| overdrive → distortion | full | 0.5000, 0.5000 | 0.04000, 0.06000 | 0.5000, 0.5000 | 0.02000, 0.02000 |"
    )
    assert sum("→" in line for line in lines[3:]) == 4
    with Image.open(path.with_suffix(".png")) as image:
        assert image.width > 600


@pytest.fixture
def timed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words for a series of one trial, which is done."""

    def asked(_series: str, _folder: Path, _reference: Path, lengths: Lengths, _seeds: int) -> list[list[Trial]]:
        pair = Listed(tmp_path / "clean.wav", tmp_path / "amp.wav", {})
        return [[Trial("clean", pair, pair, lengths.full)]]

    monkeypatch.setattr(experiments, "trials", asked)
    keep(asked("time", tmp_path, tmp_path, Lengths(5.0, 2.0), 1)[0][0], tmp_path / "kept" / "time", 0.02)
    return ["time", "--folder", str(tmp_path / "kept"), "--docs", str(tmp_path)]


TABLE = "| device | minutes to 0.05 | "


def test_what_is_written_around_the_table_stays(timed_once: list[str], tmp_path: Path) -> None:
    page = tmp_path / "experiments-time.md"
    page.write_text("# Time to tone\n\nWhat was expected.\n")
    assert main(timed_once) == 0
    first = page.read_text()
    assert first.startswith(f"# Time to tone\n\nWhat was expected.\n\n{BEGIN}\n\n{TABLE}")
    assert first.endswith(f"\n![ESR by minutes](experiments-time.png)\n\n{END}\n")
    page.write_text(first.replace("0.0200", "0.9999") + "\nWhat it means.\n")
    assert main(timed_once) == 0
    assert page.read_text() == first + "\nWhat it means.\n"


@pytest.mark.parametrize("text", [f"{BEGIN}\nmine", f"{END}\nmine\n{BEGIN}\n", f"{BEGIN}\n{BEGIN}\n{END}\n", END])
def test_a_page_whose_marks_are_no_pair_is_left_as_it_is(
    text: str, timed_once: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "experiments-time.md"
    page.write_text(text)
    assert main(timed_once) == 1
    assert f"page {page} has not each mark once, in this order; expected {BEGIN}" in capsys.readouterr().err
    assert page.read_text() == text


def test_what_was_done_in_other_minutes_is_not_taken_for_it(
    timed_once: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "run", None)
    assert main([*timed_once, "--minutes", "7", "2"]) == 1
    assert "is of another trial: minutes was 5.0, 7.0 is asked; remove it" in capsys.readouterr().err


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


def test_a_training_that_ends_badly_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(command: list[str], **_given: object) -> None:
        raise subprocess.CalledProcessError(-9, command)

    monkeypatch.setattr(subprocess, "run", run)
    assert main(["circuits", "--folder", str(tmp_path), "--docs", str(tmp_path), "--seeds", "1"]) == 1
    assert capsys.readouterr().err == "experiments: trial overdrive-source ended with status -9\n"


@pytest.mark.parametrize("option", ["--jobs", "--threads", "--seeds"])
def test_none_at_once_is_wrong_usage(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["circuits", option, "0"])
    assert "jobs, threads and seeds are 1 or more" in capsys.readouterr().err


def test_the_times() -> None:
    found = timed([Outcome("clean", [0.5, 1.0, 1.5], [0.2, 0.05, 0.04], 2, 100.0)])
    assert found[0] == "| device | minutes to 0.05 | minutes to 0.03 | minutes to the best | best ESR | threads |"
    assert found[2] == "| clean | 1.00 | – | 1.50 | 0.04000 | 2 |"


def test_what_is_missing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reference", "--folder", str(tmp_path), "--reference", str(tmp_path / "nowhere")]) == 1
    assert capsys.readouterr().err.startswith("experiments: reference recordings ")
