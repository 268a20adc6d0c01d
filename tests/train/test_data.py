"""Recordings as tensors: every sample where it belongs, and nothing learnt from what validates."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pedal.errors import ConfigError

torch = pytest.importorskip("torch", reason="training needs torch: pip install '.[train]'")

from pedal.train.data import Data, Recorded, gather  # noqa: E402

RATE_HZ = 16_000
SEGMENT = 50


def recorded(frames: int, knobs: tuple[float, ...] = (), start: int = 0) -> Recorded:
    """Whose every sample says where it lies."""
    numbers = np.arange(start, start + frames, dtype=np.float32)
    return Recorded(numbers, -numbers, knobs)


def noise(frames: int, seed: int = 1) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=frames).astype(np.float32)


@pytest.mark.parametrize("frames", [400, 1_234, 10_000])
def test_what_validates_is_an_eighth_and_never_learnt_from(frames: int) -> None:
    data = gather([recorded(frames)], RATE_HZ, SEGMENT)
    learnt = set(data.training.inputs[..., 0].flatten().tolist())
    held = set(data.validation.inputs[data.validation.lead :, :, 0].flatten().tolist())
    assert learnt & held == set()
    assert len(held) == pytest.approx(frames / 8, rel=0.45)
    assert len(learnt) + len(held) > 0.8 * frames
    assert torch.equal(data.training.target, -data.training.inputs[..., 0])
    assert torch.equal(data.validation.target, -data.validation.inputs[..., 0])


def test_half_a_minute_is_validated_on_all_over_it_and_three_minutes_as_ever() -> None:
    for seconds, segments in ((30, 2), (36, 3), (40, 3), (180, 8)):
        frames = seconds * 44_100
        data = gather([Recorded(noise(frames), np.arange(frames, dtype=np.float32), ())], 44_100, 11_025)
        held = data.validation.target[data.validation.lead :]
        starts = held[0] / 11_025
        assert held.shape[0] == segments * 11_025
        assert len(starts) >= 6
        assert torch.equal(starts, segments * (7.0 + 8.0 * torch.arange(len(starts))))
        assert starts[-1] / 4 > 0.85 * seconds


def played(*parts: str, seconds: float) -> Recorded:
    """One noise after the other at 1000 Hz; the amplifier's samples say of which part, and where in it."""
    frames = round(1_000 * seconds)
    clean = [noise(frames, ord(part)) for part in parts]
    amp = [np.arange(frames, dtype=np.float32) + 100_000 * ord(part) for part in parts]
    return Recorded(np.concatenate(clean), np.concatenate(amp), ())


def shared(data: Data) -> set[float]:
    """What is both learnt from and validated on."""
    held = data.validation.target[data.validation.lead :]
    return set(data.training.target.flatten().tolist()) & set(held.flatten().tolist())


@pytest.mark.parametrize(
    ("parts", "seconds"),
    [("abca", 9), ("abcabd", 7.3), ("aab", 11), ("aaab", 8.1), ("abaca", 7.1), ("abcacb", 6.7), ("aa", 20)],
)
def test_a_passage_that_is_played_again_is_not_learnt_from_where_it_validates(parts: str, seconds: float) -> None:
    take = played(*parts, seconds=seconds)
    data = gather([take], 1_000, 250)
    assert shared(data) == set()
    assert data.validation.segments >= 2
    assert data.training.segments * 250 > 0.55 * len(take.clean)


def test_a_riff_that_is_played_over_and_over_gives_a_part_of_it_to_validation() -> None:
    take = played(*"a" * 20, seconds=6)
    data = gather([take], 1_000, 250)
    assert shared(data) == set()
    assert 0.5 * len(take.clean) < data.training.segments * 250 < 0.75 * len(take.clean)


def test_a_bar_that_is_all_of_the_recording_is_said() -> None:
    with pytest.raises(ConfigError, match=r"pair 1 of 1, 60 s, repeats a passage so often .* --validate CLEAN.wav:AMP"):
        gather([played(*"a" * 60, seconds=1)], 1_000, 250)


def test_what_leads_to_a_passage_is_what_was_played_before_it() -> None:
    data = gather([recorded(3_000)], RATE_HZ, SEGMENT)
    assert data.validation.lead == SEGMENT * 7
    for heard in data.validation.inputs[..., 0].T:
        assert torch.equal(heard, heard[0] + torch.arange(len(heard)))


def test_each_pair_has_its_knobs() -> None:
    data = gather([recorded(400, (0.0, 0.25)), recorded(800, (1.0, 0.75), start=10_000)], RATE_HZ, SEGMENT)
    for part in (data.training, data.validation):
        second = part.inputs[..., 0] >= 10_000
        assert torch.equal(part.inputs[..., 1], second.float())
        assert torch.equal(part.inputs[..., 2], 0.25 + 0.5 * second)
        assert set(second.flatten().tolist()) == {False, True}


def test_a_recording_shorter_than_a_segment_and_seven_is_said() -> None:
    with pytest.raises(ConfigError, match=r"pair 2 of 2, 0.0249375 s, is too short .* expected 0.025 s or more"):
        gather([recorded(1_000), recorded(399)], RATE_HZ, SEGMENT)


@pytest.mark.parametrize("frames", [150, 4_321])
def test_another_take_is_validated_on_and_all_of_the_recording_learnt(frames: int) -> None:
    data = gather([recorded(430), recorded(100)], RATE_HZ, SEGMENT, [recorded(frames, start=50_000)])
    assert data.training.segments == 8 + 2
    held = data.validation.inputs[data.validation.lead :, :, 0].T.flatten()
    assert float(held[0]) == 50_000 + data.validation.lead
    assert torch.equal(held, torch.arange(len(held)) + held[0])
    assert 50_000 + frames - float(held[-1]) <= 8 * SEGMENT
    assert float(data.training.inputs[..., 0].max()) < 430


def test_another_take_that_is_too_short_is_said() -> None:
    with pytest.raises(ConfigError, match=r"too short to learn from or to validate on; expected 0.00625 s"):
        gather([recorded(400)], RATE_HZ, SEGMENT, [recorded(99)])
