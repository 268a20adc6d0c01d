"""The losses against the same formulas in float64 numpy and scipy."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pedal.errors import ConfigError

torch = pytest.importorskip("torch", reason="training needs torch: pip install '.[train]'")
signal = pytest.importorskip("scipy.signal", reason="the oracle needs scipy: pip install '.[train]'")

from pedal.train.losses import Emphasis, Loss, a_weighting, emphasis_taps, esr, spectral  # noqa: E402

RATE_HZ = 44_100
Samples = NDArray[np.float64]
Signals = tuple[Samples, Samples]


@pytest.fixture
def signals() -> Signals:
    """A prediction and its target, [samples, sequences], with a DC fault."""
    rng = np.random.default_rng(6)
    target = rng.normal(size=(1_500, 3))
    return 0.9 * target + 0.1 * rng.normal(size=target.shape) + 0.05, target


def tensors(signals: Signals) -> tuple[Any, Any]:
    output, target = signals
    return torch.from_numpy(output), torch.from_numpy(target)


def test_the_default_is_pre_emphasised_esr_and_dc(signals: Signals) -> None:
    output, target = signals
    error, wanted = (signal.lfilter([1, -0.85], [1], part, axis=0)[1:] for part in (target - output, target))
    dc = np.mean((np.mean(target, axis=0) - np.mean(output, axis=0)) ** 2) / (np.mean(target**2) + 1e-5)
    expected = 0.75 * np.mean(error**2) / (np.mean(wanted**2) + 1e-5) + 0.25 * dc
    assert float(Loss()(*tensors(signals))) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("emphasis", ["a-weighted", "low-passed", "none"])
def test_other_emphases_are_filters_of_both_signals(signals: Signals, emphasis: Emphasis) -> None:
    output, target = signals
    taps = emphasis_taps(emphasis, RATE_HZ)
    error, wanted = (signal.convolve(part, taps[:, None], "valid") for part in (target - output, target))
    expected = np.mean(error**2) / (np.mean(wanted**2) + 1e-5)
    assert float(Loss(emphasis, 1.0, 0.0)(*tensors(signals))) == pytest.approx(expected, rel=1e-9)


def test_the_a_weighting_is_that_of_the_standard() -> None:
    hz = np.array([31.623, 100, 316.23, 1_000, 3_162.3, 10_000])  # IEC 61672-1, table of exact frequencies
    np.testing.assert_allclose(20 * np.log10(a_weighting(hz)), [-39.4, -19.1, -6.6, 0, 1.2, -2.5], atol=0.06)


def test_the_filter_follows_the_a_weighting_where_guitars_are() -> None:
    hz = np.array([400.0, 1_000, 2_000, 4_000, 8_000])
    _, response = signal.freqz(emphasis_taps("a-weighted", RATE_HZ), worN=hz, fs=RATE_HZ)
    np.testing.assert_allclose(20 * np.log10(np.abs(response)), 20 * np.log10(a_weighting(hz)), atol=1.0)


def test_the_spectral_term_is_convergence_and_log_magnitude(signals: Signals) -> None:
    def magnitudes(part: Samples) -> Samples:
        window = signal.windows.hann(256, sym=False)
        frames = [part[start : start + 256].T * window for start in range(0, len(part) - 255, 64)]
        return np.asarray(np.abs(np.fft.rfft(np.array(frames))), dtype=np.float64)

    found, wanted = (magnitudes(part) for part in signals)
    convergence = np.linalg.norm(wanted - found) / (np.linalg.norm(wanted) + 1e-5)
    expected = convergence + np.mean(np.abs(np.log(wanted) - np.log(found)))
    assert float(spectral(*tensors(signals), 256)) == pytest.approx(expected, rel=1e-9)
    each = [float(spectral(*tensors(signals), size)) for size in (512, 256, 128)]
    assert float(Loss("none", 0.0, 0.0, 1.0)(*tensors(signals))) == pytest.approx(np.mean(each))


def test_silence_has_a_loss_and_a_gradient() -> None:
    output = torch.zeros(600, 2, requires_grad=True)
    loss = Loss(stft=0.1)(output, torch.zeros(600, 2))
    loss.backward()
    assert loss.item() == 0.0
    assert torch.equal(output.grad, torch.zeros(600, 2))


def test_esr_is_error_energy_over_target_energy() -> None:
    assert esr(torch.tensor([[1.0], [2.0]]), torch.tensor([[1.0], [4.0]])) == pytest.approx(4 / 17)


def test_what_cannot_be_trained_with_is_said() -> None:
    with pytest.raises(ConfigError, match=r"pre-emphasis 'ESRPre' is unknown; expected one of first-order, a-weighted"):
        Loss("ESRPre")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="expected none below 0, and ESR or STFT above it"):
        Loss(esr=0.0)
    with pytest.raises(ConfigError, match="a step of 256 samples is too short for this loss; expected 512 or more"):
        Loss(stft=1.0)(torch.zeros(256, 1), torch.zeros(256, 1))
