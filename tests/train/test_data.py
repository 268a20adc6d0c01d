"""Recordings as tensors: every sample where it belongs, and nothing learnt from what validates."""

import numpy as np
import pytest

from pedal.errors import ConfigError

torch = pytest.importorskip("torch", reason="training needs torch: pip install '.[train]'")

from pedal.train.data import Recorded, gather  # noqa: E402

SEGMENT = 50


def recorded(frames: int, knobs: tuple[float, ...] = (), start: int = 0) -> Recorded:
    """Whose every sample says where it lies."""
    numbers = np.arange(start, start + frames, dtype=np.float32)
    return Recorded(numbers, -numbers, knobs)


@pytest.mark.parametrize("frames", [400, 1_234, 10_000])
def test_what_validates_is_an_eighth_and_never_learnt_from(frames: int) -> None:
    data = gather([recorded(frames)], SEGMENT)
    learnt = set(data.training.inputs[..., 0].flatten().tolist())
    held = set(data.validation.inputs[data.validation.lead :, :, 0].flatten().tolist())
    assert learnt & held == set()
    assert len(held) == pytest.approx(frames / 8, rel=0.45)
    assert len(learnt) + len(held) > 0.8 * frames
    assert torch.equal(data.training.target, -data.training.inputs[..., 0])
    assert torch.equal(data.validation.target, -data.validation.inputs[..., 0])


def test_what_leads_to_a_passage_is_what_was_played_before_it() -> None:
    data = gather([recorded(3_000)], SEGMENT)
    assert data.validation.lead == SEGMENT * 7 * 7
    for heard in data.validation.inputs[..., 0].T:
        assert torch.equal(heard, heard[0] + torch.arange(len(heard)))


def test_each_pair_has_its_knobs() -> None:
    data = gather([recorded(400, (0.0, 0.25)), recorded(800, (1.0, 0.75), start=10_000)], SEGMENT)
    for part in (data.training, data.validation):
        second = part.inputs[..., 0] >= 10_000
        assert torch.equal(part.inputs[..., 1], second.float())
        assert torch.equal(part.inputs[..., 2], 0.25 + 0.5 * second)
        assert set(second.flatten().tolist()) == {False, True}


def test_a_recording_shorter_than_a_segment_and_seven_is_said() -> None:
    with pytest.raises(ConfigError, match=r"a recording of 399 samples is too short .* expected 400 or more"):
        gather([recorded(1_000), recorded(399)], SEGMENT)


@pytest.mark.parametrize("frames", [150, 4_321])
def test_another_take_is_validated_on_and_all_of_the_recording_learnt(frames: int) -> None:
    data = gather([recorded(430), recorded(100)], SEGMENT, [recorded(frames, start=50_000)])
    assert data.training.segments == 8 + 2
    held = data.validation.inputs[data.validation.lead :, :, 0].T.flatten()
    assert float(held[0]) == 50_000 + data.validation.lead
    assert torch.equal(held, torch.arange(len(held)) + held[0])
    assert 50_000 + frames - float(held[-1]) <= 8 * SEGMENT
    assert float(data.training.inputs[..., 0].max()) < 430


def test_another_take_that_is_too_short_is_said() -> None:
    with pytest.raises(ConfigError, match=r"too short to learn from or to validate on; expected 100 samples"):
        gather([recorded(400)], SEGMENT, [recorded(99)])
