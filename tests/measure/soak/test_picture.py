"""The picture: what was heard is marked where it was, and little or nothing has a picture too."""

from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from numpy.typing import NDArray

from pedal.measure.soak import picture
from pedal.measure.soak.report import Course, Report, report
from pedal.measure.soak.sample import Sample
from pedal.measure.soak.tally import Tally
from tests.measure.soak.samples import nothing, sample

RED = np.array([0xB4, 0x45, 0x2C]) / 255


def reported(*samples: Sample) -> Report:
    tally = Tally()
    for one in samples:
        tally.add(one)
    return report(tally, Course(100.0, "Linux", simulated=False))


def drawn(path: Path, found: Report) -> NDArray[np.float32]:
    picture.save(path, found)
    image: NDArray[np.float32] = matplotlib.image.imread(path)
    return image


def red_columns(image: NDArray[np.float32]) -> list[float]:
    """Where, 0 to 1 of the width, something red goes through the temperatures, which are at the bottom."""
    strip = image[int(0.76 * len(image)) : int(0.88 * len(image)), :, :3]
    reddish = (strip[..., 0] > strip[..., 1] + 0.12) & (strip[..., 0] > strip[..., 2] + 0.12)
    columns = np.flatnonzero(reddish.mean(axis=0) > 0.3)
    groups = np.split(columns, np.flatnonzero(np.diff(columns) > 3) + 1)
    return [float(group.mean()) / image.shape[1] for group in groups if len(group)]


def test_xruns_are_marked_where_they_were(tmp_path: Path) -> None:
    calm = [sample(at_s)._replace(temperature_c=50.0) for at_s in range(101)]
    bad = [one._replace(words={**one.words, "xruns_capture": (one.at_s >= 25) + (one.at_s >= 75)}) for one in calm]
    assert red_columns(drawn(tmp_path / "a.png", reported(*calm))) == []
    marks = red_columns(drawn(tmp_path / "b.png", reported(*bad)))
    assert len(marks) == 2
    assert marks[1] - marks[0] == pytest.approx(0.5 * (1.0 - 0.1), abs=0.06)


def test_little_has_a_picture_too(tmp_path: Path) -> None:
    for name, samples in (
        ("nothing", ()),
        ("no link", (nothing(0), nothing(1))),
        ("one", (sample(0),)),
        ("dead", (sample(0, alive=False, rate_hz=0), sample(1, alive=False, rate_hz=0))),
    ):
        assert drawn(tmp_path / f"{name}.png", reported(*samples)).shape[2] == 4


def test_a_clock_without_a_temperature_and_many_xruns(tmp_path: Path) -> None:
    samples = [sample(at_s, xruns_playback=at_s * at_s)._replace(clock_hz=1.5e9) for at_s in range(400)]
    assert drawn(tmp_path / "a.png", reported(*samples)).shape[2] == 4
