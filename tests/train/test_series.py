"""What the experiments are made of: whom a transfer starts from, what is learnt from, what is measured by."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from pedal.errors import ConfigError

torch = pytest.importorskip("torch", reason="training needs torch: pip install '.[train]'")

from pedal.train import series  # noqa: E402
from pedal.train.series import Lengths, comparisons, real, synthesised, trials  # noqa: E402
from pedal.train.strings import RATE_HZ  # noqa: E402
from pedal.train.trials import Trial, model_of  # noqa: E402

LENGTHS = Lengths(5.0, 2.0)


def guitars(*_: object) -> dict[str, object]:
    """As long as they are named, in a hundredth of the time."""
    lengths = {"full": 1.8, "limited": 0.36, "unheard": 0.28}
    return {name: lambda seconds=seconds: np.full(round(seconds * RATE_HZ), 0.01) for name, seconds in lengths.items()}


@pytest.fixture
def circuits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[Trial]]:
    monkeypatch.setattr(series, "synthesised", guitars)
    return trials("circuits", tmp_path, tmp_path, LENGTHS, 3)


def test_each_comparison_has_both_starts_both_lengths_and_all_seeds(circuits: list[list[Trial]]) -> None:
    first, second = circuits
    assert [trial.name for trial in first] == ["overdrive-source", "warm-source"]
    assert len(second) == len({trial.name for trial in second}) == 2 * 2 * 2 * 3
    for trial in second:
        assert trial.minutes == (5.0 if "-full-" in trial.name else 2.0)
        assert (trial.origin is not None) == ("-transferred-" in trial.name)
        assert trial.name.endswith(f"-{trial.seed}")
        frames = soundfile.info(trial.pair.clean).frames
        assert frames == round((1.8 if "-full-" in trial.name else 0.36) * RATE_HZ)
        assert soundfile.info(trial.unheard.clean).frames == round(0.28 * RATE_HZ)
        assert (trial.pair.delay, trial.unheard.delay) == (0, 0)


def test_a_transfer_starts_from_the_model_of_the_round_before(circuits: list[list[Trial]], tmp_path: Path) -> None:
    first, second = circuits
    origins = {trial.name: model_of(trial, tmp_path) for trial in first}
    for trial in second:
        if trial.origin:
            assert trial.origin == origins[f"{trial.name.split('-')[0]}-source"]
    assert {trial.seed for trial in second if trial.origin} == {0, 1, 2}


def test_the_sound_is_the_devices(circuits: list[list[Trial]]) -> None:
    trial = next(trial for trial in circuits[1] if trial.name.startswith("overdrive-distortion-limited"))
    clean, _ = soundfile.read(trial.pair.clean)
    sound, _ = soundfile.read(trial.pair.amp)
    (comparison, _) = comparisons("circuits", Path())
    np.testing.assert_allclose(sound, comparison.target.sound(clean), atol=1e-6)
    assert not np.allclose(sound, comparison.source.sound(clean), atol=1e-2)


def test_without_the_reference_files_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"fear.wav, .* are not there; expected --reference FOLDER"):
        trials("reference", tmp_path / "folder", tmp_path, LENGTHS, 3)


def test_a_real_guitar_is_learnt_at_three_levels_and_another_take_measured_by(tmp_path: Path) -> None:
    (tmp_path / "di").mkdir()
    kept: dict[str, NDArray[np.float64]] = {}
    for number, name in enumerate(("fear", "mayer", "pop-punk", "john")):
        kept[name] = np.random.default_rng(number).normal(size=25 * RATE_HZ) * 0.1
        soundfile.write(tmp_path / "di" / f"{name}.wav", kept[name], RATE_HZ, subtype="FLOAT")
    guitar = real(tmp_path)
    full, limited, unheard = (guitar[name]() for name in ("full", "limited", "unheard"))
    assert (len(full), len(limited)) == (180 * RATE_HZ, 36 * RATE_HZ)
    for sound, seconds in ((full, 60), (limited, 12)):
        loud, less, least = sound.reshape(3, seconds * RATE_HZ)
        np.testing.assert_allclose(less, loud * 10 ** (-6 / 20), atol=1e-7)
        np.testing.assert_allclose(least, loud * 10 ** (-12 / 20), atol=1e-7)
        np.testing.assert_allclose(loud[: 12 * RATE_HZ], kept["fear"][: 12 * RATE_HZ], atol=1e-7)
    np.testing.assert_allclose(unheard, kept["john"], atol=1e-7)


def test_the_synthesised_takes_are_three_minutes_half_a_minute_and_another(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[float, int]] = []

    def practice(seconds: float, seed: int, passage_s: int = 20) -> NDArray[np.float64]:
        asked.append((seconds, seed))
        assert passage_s == 5  # as in bundle: three minutes of 20 s have nine levels
        return np.arange(round(seconds * 100), dtype=np.float64)

    monkeypatch.setattr(series, "practice", practice)
    monkeypatch.setattr(series, "RATE_HZ", 100)
    found = {name: make() for name, make in synthesised().items()}
    np.testing.assert_array_equal(found["limited"], found["full"][:3_600])
    (learnt, unheard) = asked[0], asked[2]
    assert learnt[0] == 180
    assert learnt[1] != unheard[1]
