"""A trial is done once, and goes on where it was left."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from pedal.errors import ConfigError
from tests.train.recorded import plucks, written

torch = pytest.importorskip("torch", reason="training needs torch: pip install '.[train]'")

from pedal.train import trials  # noqa: E402
from pedal.train.fit import Training  # noqa: E402
from pedal.train.pairs import Listed  # noqa: E402
from pedal.train.trials import OUTCOME, Outcome, Trial, carried_out, folder_of, kept, model_of  # noqa: E402


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


def test_what_was_asked_otherwise_is_neither_taken_nor_gone_on_with(
    trial: Trial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(_training: Training, *_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Training, "run_epoch", stopped)
    with pytest.raises(KeyboardInterrupt):
        carried_out(trial, tmp_path, 1, told)
    origin, outcome = tmp_path / "other.json", Outcome("one", [1.0], [0.1], 1, 60.0)
    origin.write_bytes(b"{}")
    others = {
        r"minutes was 0.02, 3.0 is asked; remove it": trial._replace(minutes=3.0),
        r"seed was 0, 7 is asked; remove it": trial._replace(seed=7),
        r"hidden was 4, 5 is asked; remove it": trial._replace(hidden=5),
        r"it was started from another model; remove it": trial._replace(origin=origin),
        r"it was of other recordings; remove it": trial._replace(unheard=trial.pair),
    }
    for done in (None, outcome):
        if done:
            (folder_of(trial, tmp_path) / OUTCOME).write_bytes(msgspec.json.encode(done))
        assert kept(trial, tmp_path) == done
        for said, other in others.items():
            with pytest.raises(ConfigError, match=f"one.run is of another trial: {said}"):
                kept(other, tmp_path)
            with pytest.raises(ConfigError, match=f"one.run is of another trial: {said}"):
                carried_out(other, tmp_path, 1, told)
    written(trial.unheard.amp, 0.5 * plucks(12, 2))
    with pytest.raises(ConfigError, match=r"one.run is of another trial: it was of other recordings"):
        kept(trial, tmp_path)


def test_the_minutes_to_an_error() -> None:
    outcome = Outcome("one", [0.5, 1.0, 1.5, 2.0], [0.3, 0.05, 0.06, 0.02], 2, 100.0)
    assert outcome.best == 0.02
    assert [outcome.minutes_to(esr) for esr in (0.5, 0.05, 0.03, 0.01)] == [0.5, 1.0, 2.0, None]
