"""A trial is done once, and goes on where it was left."""

from pathlib import Path

import numpy as np
import pytest

from tests.train.recorded import plucks, written

torch = pytest.importorskip("torch", reason="training needs torch: pip install '.[train]'")

from pedal.train import trials  # noqa: E402
from pedal.train.fit import Training  # noqa: E402
from pedal.train.pairs import Listed  # noqa: E402
from pedal.train.trials import Outcome, Trial, carried_out, kept, model_of  # noqa: E402


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    pairs = []
    for name, seed in (("learnt", 1), ("unheard", 2)):
        guitar = plucks(12, seed)
        clean = written(tmp_path / f"{name}.wav", guitar)
        pairs.append(Listed(clean, written(tmp_path / f"{name}-amp.wav", np.tanh(3 * guitar)), {}, 0))
    return Trial("one", pairs[0], pairs[1], minutes=0.02, hidden=4)


def told(_line: str) -> None:
    return


def test_what_is_done_is_kept_and_not_done_again(trial: Trial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kept(trial, tmp_path) is None
    outcome = carried_out(trial, tmp_path, 1, told)
    assert kept(trial, tmp_path) == outcome
    assert model_of(trial, tmp_path).exists()
    assert len(outcome.esrs) == len(outcome.minutes)
    assert outcome.minutes[0] > 0
    assert outcome.minutes == sorted(outcome.minutes)
    monkeypatch.setattr(trials, "started", None)
    monkeypatch.setattr(trials, "resumed", None)
    assert carried_out(trial, tmp_path, 1, told) == outcome


def test_what_was_stopped_goes_on(trial: Trial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Training.run_epoch
    epochs: list[int] = []

    def stopping(training: Training, *arguments: object) -> object:
        epochs.append(training.epoch)
        if len(epochs) == 2:
            raise KeyboardInterrupt
        return whole(training, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Training, "run_epoch", stopping)
    longer = trial._replace(minutes=100.0)
    with pytest.raises(KeyboardInterrupt):
        carried_out(longer, tmp_path, 1, told)
    assert kept(longer, tmp_path) is None
    epochs[:] = [0]
    with pytest.raises(KeyboardInterrupt):
        carried_out(longer, tmp_path, 1, told)
    assert epochs == [0, 1]


def test_the_minutes_to_an_error() -> None:
    outcome = Outcome("one", [0.5, 1.0, 1.5, 2.0], [0.3, 0.05, 0.06, 0.02], 2, 100.0)
    assert outcome.best == 0.02
    assert [outcome.minutes_to(esr) for esr in (0.5, 0.05, 0.03, 0.01)] == [0.5, 1.0, 2.0, None]
