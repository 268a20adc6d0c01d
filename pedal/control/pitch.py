"""The first partial of a plucked string, by least squares on the spectrum of a moment of it.

The model is a sum of exponentially decaying sinusoids at the frequencies of a stiff string,
f_n = n · f_1 · sqrt((1 + B·n²) / (1 + B)) (Fletcher and Rossing, The Physics of Musical Instruments, 2nd ed., 1998,
section 2.18), of mains hum, whose frequencies are known and whose level is not expected to be above -37 dB, and of a
constant. Each of them has a closed form in the bins of a Hann-windowed DFT, so only the bins below the highest partial
are looked at, and neighbours that overlap are told apart. Amplitudes and phases come from a linear solution, f_1, B
and the decays from Gauss-Newton steps (Kay, Fundamentals of Statistical Signal Processing: Estimation Theory, 1993,
section 8.9), first on the four lowest partials, which a rough pitch is good enough for, then on eight.

A period, which is what autocorrelation finds, is shorter than that of the first partial, by 1 to 10 cents on a low
string; and four periods, all that 150 ms have of the lowest note, hold the answer only if the upper partials are heard.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.float64]
Complex = NDArray[np.complex128]

PARTIALS, ROUGH_PARTIALS = 8, 4
TOP_HZ = 1_500.0
"""Partials above are left out, but for the first three."""
MAINS_HZ = (50.0, 60.0)
HUM_TOP_HZ = 440.0
HUM_SHARE = 0.015
"""Expected amplitude of one line of hum, relative to the whole sound: -37 dB."""
STIFFNESS, STIFFNESS_SPREAD = 4e-5, 1e-4
"""B before anything is known, and how far off that may well be."""
DECAY, DECAY_SPREAD = 3.0, 15.0
"""1/s, the same."""
NEARLY_STEADY = 1e-3
"""1/s: a sinusoid on a bin without any decay has no closed form."""
CENTS = 1200 / math.log(2)


class Partials(NamedTuple):
    """What was found."""

    first_hz: float
    error_cents: float
    """Standard error of it, by what is left over."""
    unexplained: float
    """Power left over, as a share of all in the bins looked at."""
    decay: float
    """1/s, of the loudest partial."""
    decay_error: float
    """Standard error of it."""
    powers: Real
    """[partials], of any scale."""


class Moment:
    """A stretch of sound as its spectrum."""

    def __init__(self, samples: Real, rate_hz: int) -> None:
        self.frames = len(samples)
        self.rate_hz = rate_hz
        self.bin_hz = rate_hz / self.frames
        spectrum = np.fft.rfft(samples)
        self._bins = _hann(np.concatenate([spectrum[1:2].conj(), spectrum]))

    def band(self, low_hz: float, high_hz: float) -> range:
        """The bins between two frequencies."""
        return range(max(0, int(low_hz / self.bin_hz)), min(len(self._bins), int(high_hz / self.bin_hz) + 1))

    def heard(self, band: range) -> Real:
        """These bins, [2 · bins]."""
        return _stacked(self._bins[band.start : band.stop])

    def tones(self, exponents: Complex, band: range) -> tuple[Complex, Complex]:
        """These bins of exp(exponent · seconds), and their derivative by the exponent, each [exponents, bins]."""
        steps = exponents[:, None] / self.rate_hz
        turns = np.exp(-2j * np.pi / self.frames * np.arange(band.start - 1, band.stop + 1))
        ratio, last = np.exp(steps) * turns, np.exp(steps * self.frames)
        scale = 1 / (ratio - 1)
        series = (last - 1) * scale
        return _hann(series), _hann((self.frames * last - series * ratio) * scale) / self.rate_hz


def first_partial(moment: Moment, near_hz: float) -> Partials:
    """The string of about that pitch which explains the moment best."""
    count = max(min(PARTIALS, int(TOP_HZ / near_hz)), 3)
    string = _String(near_hz, STIFFNESS, np.full(PARTIALS, DECAY), HUM_SHARE)
    string, _ = _improved(string, _Scene(moment, near_hz, min(count, ROUGH_PARTIALS), hum=False))
    scene = _Scene(moment, near_hz, count, hum=True)
    string, _ = _improved(string, scene)
    return _improved(string, scene)[1]


class _String(NamedTuple):
    """The parameters that the bins do not follow in proportion: all but amplitudes and phases."""

    hz: float
    stiffness: float
    decays: Real
    """[partials], 1/s."""
    hum: float
    """Amplitude that a line of hum may well have, relative to the whole sound."""

    def partials(self, count: int) -> tuple[Real, Real]:
        """Frequencies of the lowest partials, and their derivative by the stiffness, each [partials]."""
        squares = np.arange(1.0, count + 1) ** 2
        hz = self.hz * np.sqrt(squares * (1 + self.stiffness * squares) / (1 + self.stiffness))
        return hz, hz * 0.5 * (squares / (1 + self.stiffness * squares) - 1 / (1 + self.stiffness))

    def moved(self, step: Real, most_hz: float, hum: float) -> "_String":
        """With decays, f_1 and stiffness changed by a step, within what a string can be."""
        count = len(step) - 2
        decays = np.append(np.clip(self.decays[:count] + step[:count], -3, 80), self.decays[count:])
        hz = self.hz + float(np.clip(step[-2], -most_hz, most_hz))
        return _String(hz, float(np.clip(self.stiffness + step[-1], -2e-5, 4e-4)), decays, hum)


class _Scene:
    """The bins that tell of so many partials and nothing above them, and what else is in them."""

    def __init__(self, moment: Moment, near_hz: float, count: int, *, hum: bool) -> None:
        self.moment, self.count = moment, count
        above_hz = min(0.5 * near_hz, 4 * moment.bin_hz)
        top_hz = count * near_hz * (1 + STIFFNESS * count**2) + above_hz
        self.band = moment.band(near_hz - 6 * moment.bin_hz, top_hz)
        self.heard = moment.heard(self.band)
        self.power = float(self.heard @ self.heard)
        lines = np.concatenate([np.arange(mains, min(top_hz, HUM_TOP_HZ), mains) for mains in MAINS_HZ])
        self.hum = self._steady(np.append(0.0, lines[lines > near_hz - 8 * moment.bin_hz]) if hum else np.empty(0))
        self.amplitude = math.sqrt(self.power * 4 / 0.375) / moment.frames  # a Hann window's mean square is 0.375

    def _steady(self, hz: Real) -> Real:
        """Tones that do not decay, [2 · tones, 2 · bins]."""
        exponents = 2j * np.pi * hz - NEARLY_STEADY
        return _swinging(self.moment.tones(np.concatenate([exponents, exponents.conj()]), self.band)[0])


def _improved(string: _String, scene: _Scene) -> tuple[_String, Partials]:
    """The string after one step, and what is known of it then."""
    count, heard = scene.count, scene.heard
    hz, by_stiffness = string.partials(count)
    exponents = 2j * np.pi * hz - string.decays[:count]
    shapes, slopes = scene.moment.tones(np.concatenate([exponents, exponents.conj()]), scene.band)
    still = np.concatenate([_swinging(shapes), scene.hum])
    spreads = np.full(len(still), string.hum * scene.amplitude)
    spreads[: 2 * count] = np.inf
    amplitudes, _ = _solved(still, heard, np.zeros(len(still)), spreads, 1e-4 * scene.power / len(heard))
    left = heard - amplitudes @ still

    swing = (amplitudes[:count] + 1j * amplitudes[count : 2 * count]) / 2
    ahead, back = swing[:, None] * slopes[:count], swing.conj()[:, None] * slopes[count:]
    by_both = np.stack([hz / hz[0], by_stiffness]) @ (2j * np.pi * (ahead - back))
    columns = np.concatenate([still, _stacked(np.concatenate([-ahead - back, by_both]))])
    offsets = np.concatenate([amplitudes, string.decays[:count] - DECAY, [0.0, string.stiffness - STIFFNESS]])
    spreads = np.concatenate([spreads, np.full(count, DECAY_SPREAD), [np.inf, STIFFNESS_SPREAD]])
    least = 1e-9 * scene.power
    step, variances = _solved(columns, left, offsets, spreads, max(float(left @ left), least) / len(left))

    left = left - step @ columns
    freedom = max(len(left) - 3 * count - 2, len(left) // 4)
    errors = np.sqrt(max(float(left @ left), least) / freedom * variances)
    loudest_hum = float(np.max(np.abs(amplitudes[2 * count :]), initial=0.0)) / scene.amplitude
    string = string.moved(step[len(still) :], 0.7 * scene.moment.bin_hz, max(HUM_SHARE, loudest_hum))
    loudest = int(np.argmax(np.abs(swing)))
    return string, Partials(
        first_hz=float(string.hz),
        error_cents=CENTS * float(errors[-2]) / string.hz,
        unexplained=float(left @ left) / scene.power,
        decay=float(string.decays[loudest]),
        decay_error=float(errors[len(still) + loudest]),
        powers=np.abs(swing) ** 2,
    )


def _solved(columns: Real, heard: Real, offsets: Real, spreads: Real, noise: float) -> tuple[Real, Real]:
    """What of each column makes up what is heard, and its variance for noise of power 1.

    Least squares with what is known beforehand: offset + solution is 0 but for its spread (ridge regression).
    """
    ridge = noise / spreads**2
    gram: Real = columns @ columns.T
    diagonal = gram.reshape(-1)[:: len(gram) + 1]
    diagonal += ridge
    scale = 1 / np.sqrt(diagonal + np.finfo(float).tiny)
    gram *= scale[:, None] * scale
    diagonal += 1e-11
    inverse = np.linalg.inv(gram)
    return scale * (inverse @ (scale * (columns @ heard - ridge * offsets))), scale**2 * inverse.diagonal()


def _swinging(shapes: Complex) -> Real:
    """Cosines and sines, from exponentials and their mirror images below 0 Hz."""
    half = len(shapes) // 2
    cosine, sine = shapes[:half] + shapes[half:], shapes[:half] - shapes[half:]
    return np.block([[cosine.real, cosine.imag], [-sine.imag, sine.real]]) / 2


def _stacked(bins: Complex) -> Real:
    """Real parts beside imaginary ones, [..., 2 · bins]."""
    return np.concatenate([bins.real, bins.imag], axis=-1)


def _hann(bins: Complex) -> Complex:
    """The bins with a Hann window, from those without, which have one more at either end."""
    windowed: Complex = 0.5 * bins[..., 1:-1] - 0.25 * (bins[..., :-2] + bins[..., 2:])
    return windowed
