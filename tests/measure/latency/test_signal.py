"""The test signal: where its sound lies in time and frequency, and how loud it is."""

import numpy as np
import pytest

from pedal.measure.latency.signal import Signal

RATES_HZ = (8_000, 44_100, 48_000, 96_000, 192_000)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_sweep_has_no_sound_outside_its_band(rate_hz: int) -> None:
    signal = Signal(rate_hz)
    power = np.abs(np.fft.rfft(signal.sweep(), 8 * signal.cycle_frames)) ** 2
    frequency_hz = np.linspace(0.0, rate_hz / 2, len(power))
    low_hz, high_hz = signal.band_hz
    outside = (frequency_hz < low_hz - 300.0) | (frequency_hz > high_hz + 300.0)
    assert 10.0 * np.log10(power[outside].sum() / power.sum()) < -35.0
    assert high_hz <= 0.4 * rate_hz


def test_it_begins_with_silence_and_is_as_loud_as_asked() -> None:
    signal = Signal(44_100)
    wave = signal.samples(signal.frames(0.5), -40.0)
    assert not wave[: signal.lead_frames].any()
    assert np.max(np.abs(wave)) == pytest.approx(0.01)
    one, two = (wave[signal.lead_frames + n * signal.cycle_frames :][: signal.cycle_frames] for n in (0, 1))
    assert np.array_equal(one, two)
    assert not one[signal.sweep_frames + 1 :].any()


def test_a_cycle_is_no_whole_number_of_periods_of_the_mains() -> None:
    for mains_hz in (50.0, 60.0):
        for rate_hz in RATES_HZ:
            periods = mains_hz * Signal(rate_hz).cycle_frames / rate_hz
            assert abs(periods - round(periods)) > 0.1


@pytest.mark.parametrize("seconds", [0.0, 0.2, 1.0, 60.0])
def test_a_take_has_at_least_three_whole_cycles(seconds: float) -> None:
    signal = Signal(44_100)
    cycles, rest = divmod(signal.frames(seconds) - signal.lead_frames, signal.cycle_frames)
    assert rest == 0
    assert cycles >= 3
    assert cycles == pytest.approx(seconds / 0.0463, abs=3.0)
