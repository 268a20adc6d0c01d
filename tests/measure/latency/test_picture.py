"""The picture: dots and bars stand where their milliseconds are."""

from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

from pedal.measure.latency import picture
from pedal.measure.latency.findings import Figures, Half, Measured, Start, Survey


def half(round_trip: float, load: float = 0.1) -> Half:
    start = Start(round_trip, round_trip, round_trip, 20, 0)
    return Half((start,) * 10, Figures(*[round_trip] * 4), 0, load / 2, load, None, None)


def survey(*settings: Measured, simulated: bool = False, recommended: str = "64 × 2") -> Survey:
    return Survey(
        "2026-01-02T03:04:05+00:00", "0.1.0", "Pi", "6.6", "", "card $X$", "S32_LE", 48_000, "Plexi", -16.0, -18.0,
        80.0, False, simulated, (), settings, recommended,
    )  # fmt: skip


def share(path: Path, colour: str) -> float:
    """How much of the picture has just this colour."""
    image = np.round(matplotlib.image.imread(path)[:, :, :3] * 255).astype(int)
    wanted = [int(colour[n : n + 2], 16) for n in (1, 3, 5)]
    return float(np.mean(np.all(image == wanted, axis=2)))


def test_a_bar_is_as_long_as_its_part(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    picture.save(path, survey(Measured(64, 3, 2, "", half(384.0), half(384.0, 0.0))))
    buffer, converters = share(path, picture.BUFFER), share(path, picture.CONVERTERS)
    assert converters / buffer == pytest.approx(2.0, rel=0.05)  # 128 and 256 frames


def test_processing_lies_within_the_buffer(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    picture.save(path, survey(Measured(64, 3, 2, "", None, half(384.0, 0.8)), recommended=""))
    whole = share(path, picture.BUFFER) + share(path, picture.PROCESSING)
    picture.save(path, survey(Measured(64, 3, 2, "", None, half(384.0, 0.0)), recommended=""))
    assert whole > share(path, picture.BUFFER)
    assert share(path, picture.PROCESSING) < 0.001


@pytest.mark.parametrize(
    "settings",
    [
        (Measured(64, 3, 2, "the card refuses"),),
        (Measured(64, 3, 2, "", Half((), None, 7, 0.5, 0.9, None, None), Half((), None, 7, 0.5, 0.9, None, None)),),
        (Measured(64, 3, 2, "", half(200.0), half(210.0)), Measured(32, 3, 2, "no"), Measured(16, 3, 2, "no")),
    ],
)
def test_whatever_was_measured_has_a_picture(tmp_path: Path, settings: tuple[Measured, ...]) -> None:
    picture.save(tmp_path / "a.png", survey(*settings))
    assert (tmp_path / "a.png").stat().st_size > 0


def test_what_was_simulated_says_so() -> None:
    assert "SIMULATED" in picture._title(survey(Measured(64, 3, 2, "", None, half(210.0)), simulated=True))
    assert picture._title(survey(recommended="")) == "Round trip of card $X$: no setting will do"
