"""The picture: a tone stands where its frequency is, and the file is whole."""

from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

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
    picture.save(tmp_path / "a.png", silence, silence, RATE_HZ, marks=[(0.0, "A")])
    assert matplotlib.image.imread(tmp_path / "a.png").shape[2] == 4


def test_a_title_is_no_formula(tmp_path: Path) -> None:
    picture.save(tmp_path / "a.png", tone(100), tone(100), RATE_HZ, title=r"$\nothing$")
    assert (tmp_path / "a.png").stat().st_size > 0


def test_screens_stand_where_they_began_and_do_not_cover_each_other(tmp_path: Path) -> None:
    dark, lit = (Image.new("1", (128, 64), level) for level in (0, 1))
    screens = [(0.0, dark), (0.05, lit), (1.0, dark), (1.99, dark)]
    picture.save(tmp_path / "a.png", tone(100, 2.0), tone(100, 2.0), RATE_HZ, screens=screens)
    image = matplotlib.image.imread(tmp_path / "a.png")
    strip = image[int(0.1 * len(image)), :, 0] < 0.1  # black is the screens'
    begins = np.flatnonzero(np.diff(strip.astype(int)) == 1)
    assert len(begins) == 2
    width = np.flatnonzero(np.diff(strip.astype(int)) == -1) - begins
    assert abs(width[0] - width[1]) <= 2
