"""`pedal train`, ended by Ctrl-C wherever that comes, and gone on with."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from pedal.cli.main import main

torch = pytest.importorskip("torch", reason="training needs torch: pip install '.[train]'")

from pedal.train import report  # noqa: E402
from pedal.train.fit import Training  # noqa: E402
from pedal.train.run import Run, resumed  # noqa: E402

pytestmark = pytest.mark.usefixtures("places")
SMALL = ("--hidden", "4", "--epochs", "3")
Train = Callable[..., tuple[int, str, str]]


@pytest.fixture
def pressed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have Ctrl-C pressed just before what a method or function does, at its first call or a later one."""

    def press(where: object, name: str, call: int = 1) -> None:
        calls, before = 0, getattr(where, name)

        def pressing(*given: object, **named: object) -> object:
            nonlocal calls
            calls += 1
            if calls == call:
                os.kill(os.getpid(), signal.SIGINT)
            return before(*given, **named)

        monkeypatch.setattr(where, name, pressing)

    return press


def epochs(run: Path) -> list[int]:
    """Those that the log has."""
    return [json.loads(line)["epoch"] for line in (run / "log.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(
    ("where", "name", "call", "last"),
    [(Training, "validate", 1, 1), (Training, "validate", 2, 2), (Run, "_save", 2, 1)],
)
def test_what_is_told_and_written_is_of_the_last_whole_epoch(
    where: object, name: str, call: int, last: int, train: Train, pair: tuple[str, str], tmp_path: Path,
    pressed: Callable[..., None], capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    run = tmp_path / "amp.run"
    pressed(where, name, call)
    status, out, err = train(*pair, *SMALL, "--json")
    assert status == 130
    assert f"stopped after epoch {last}; go on with pedal train --resume {run}" in err
    assert json.loads(out)["epochs"] == last
    assert epochs(run) == list(range(1, last + 1))
    assert (run / "report.html").exists()
    assert (tmp_path / "amp.json").exists()
    left = run / ".checkpoint.pt.999999999.saving"
    left.touch()  # as a plug that was pulled leaves it
    assert main(["train", "--resume", str(run)]) == 0
    assert not left.exists()
    assert capsys.readouterr().out.startswith(f"{tmp_path / 'amp.json'}: ESR ")
    assert epochs(run) == [1, 2, 3]


def test_before_the_first_epoch_is_whole_no_model_is_written(
    train: Train, pair: tuple[str, str], tmp_path: Path, pressed: Callable[..., None]
) -> None:
    (tmp_path / "amp.json").write_text("the model before")
    pressed(Training, "_measured")  # what it begins with
    status, out, err = train(*pair, "--epochs", "1", "--json")
    assert (status, out) == (130, "")
    assert "no epoch was finished; there is no model yet" in err
    assert (tmp_path / "amp.json").read_text() == "the model before"


def test_pressed_again_while_the_report_is_written_it_is_written_all_the_same(
    train: Train, pair: tuple[str, str], tmp_path: Path, pressed: Callable[..., None]
) -> None:
    pressed(Training, "validate")
    pressed(report, "write")
    status, out, err = train(*pair, *SMALL)
    assert status == 130
    assert out.startswith(f"{tmp_path / 'amp.json'}: ESR ")
    assert "go on with pedal train --resume" in err
    assert (tmp_path / "amp.run" / "report.html").exists()


def test_a_run_keeps_what_it_began_with_and_needs_where_its_model_goes(
    train: Train, pair: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(*pair, "--hidden", "4", "--epochs", "1")[0] == 0
    run = tmp_path / "amp.run"
    assert main(["train", "--resume", str(run), "--epochs", "9"]) == 1
    said = "epochs was given with --resume; expected nothing else: a run keeps what it began with"
    assert said in capsys.readouterr().err
    plan = json.loads((run / "run.json").read_bytes())
    (run / "run.json").write_text(json.dumps({**plan, "out": str(tmp_path / "clean.wav" / "amp.json")}))
    with pytest.raises(NotADirectoryError, match="is not a folder"):
        resumed(run)
    assert main(["train", "--resume", str(run)]) == 1
    assert f"{tmp_path / 'clean.wav'} is not a folder" in capsys.readouterr().err
