"""The picture: a tone stands where its frequency is, and the file is whole."""

from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from numpy.typing import NDArray

from pedal.measure import picture

RATE_HZ = 44_100


def tone(frequency_hz: float, seconds: float = 1.0) -> NDArray[np.float32]:
    return (0.5 * np.sin(2 * np.pi * frequency_hz * np.arange(int(seconds * RATE_HZ)) / RATE_HZ)).astype(np.float32)


def dark_rows(image: NDArray[np.float32], top: float, bottom: float) -> float:
    """How far up, 0 to 1, the darkest row is in this part of the picture."""
    height, width = image.shape[:2]
    part = image[int(top * height) : int(bottom * height), int(0.2 * width) : int(0.8 * width), :3].mean(axis=(1, 2))
    return 1.0 - float(np.argmin(part)) / len(part)


def test_a_high_tone_stands_above_a_low_one(tmp_path: Path) -> None:
    picture.save(tmp_path / "a.png", tone(9_000), tone(3_000), RATE_HZ, title="two tones")
    image = matplotlib.image.imread(tmp_path / "a.png")
    assert dark_rows(image, 0.26, 0.46) > 0.6
    assert dark_rows(image, 0.73, 0.92) < 0.4


@pytest.mark.parametrize("frames", [1, 100, 5_000])
def test_short_and_silent_recordings_have_a_picture(tmp_path: Path, frames: int) -> None:
    silence = np.zeros(frames, np.float32)
    picture.save(tmp_path / "a.png", silence, silence, RATE_HZ, stomp_seconds=0.0)
    assert matplotlib.image.imread(tmp_path / "a.png").shape[2] == 4


def test_a_title_is_no_formula(tmp_path: Path) -> None:
    picture.save(tmp_path / "a.png", tone(100), tone(100), RATE_HZ, title=r"$\nothing$")
    assert (tmp_path / "a.png").stat().st_size > 0
