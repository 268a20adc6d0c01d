"""What a model does, measured on nets whose sound is known: the guitar itself."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install '.[train]'")

from pedal.train.fit import Pair  # noqa: E402
from pedal.train.heard import LEVELS_DBFS, heard, response  # noqa: E402
from pedal.train.net import Net  # noqa: E402
from pedal.train.verdict import STILL_EPOCHS, stalled, verdict  # noqa: E402

RATE_HZ = 8_000


def wire() -> Net:
    """A net that plays the guitar as it is."""
    net = Net("lstm", 1, 4)
    with torch.no_grad():
        net.lin.weight.zero_()
        net.lin.bias.zero_()
    return net


def test_a_wire_has_one_harmonic_and_a_straight_curve() -> None:
    found = response(wire(), RATE_HZ)
    np.testing.assert_allclose(found.harmonics_dbfs[:, 0], LEVELS_DBFS, atol=0.05)
    assert np.max(found.harmonics_dbfs[:, 1:] - found.harmonics_dbfs[:, :1]) < -50
    np.testing.assert_array_equal(found.curves[:, 0], found.curves[:, 1])


def test_the_worst_passages_are_where_the_error_is() -> None:
    guitar = torch.from_numpy(np.random.default_rng(3).normal(size=(8_100, 2)).astype(np.float32))
    target = guitar.clone()
    target[100 + 4_000 : 100 + 4_800, 1] *= 3.0  # 1.5 s after the first second, which is the other sequence
    target[100 + 1_600 : 100 + 2_400, 0] *= 2.0
    found = heard(wire(), Pair(guitar[..., None], target, 100), RATE_HZ)
    assert found.worst == (1.5, 0.2)
    assert len(found.error) == 20
    assert found.error[15] == pytest.approx(4 / 9, rel=1e-5)
    assert found.error[2] == pytest.approx(1 / 4, rel=1e-5)
    np.testing.assert_array_equal(found.prediction, found.clean)


def test_the_verdict_is_in_words() -> None:
    assert verdict(0.009).startswith("great")
    assert verdict(0.02).startswith("good")
    assert verdict(0.05).startswith("fair")
    assert verdict(0.2).startswith("poor")
    assert verdict(0.9).startswith(
        "it has not learnt this amplifier; where more epochs do not help: look at `pedal pair check`"
    )


def test_a_training_that_goes_nowhere_is_told_once() -> None:
    still = [0.99] * STILL_EPOCHS
    assert "the ESR is still 0.99: look at `pedal pair check`" in stalled(still)
    assert stalled([*still, 0.98]) == ""
    assert stalled([*still[:-2], 0.5, 0.4]) == ""
