"""Models tried by the compiled kernel: their self-tests, their loudness and what they cost."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from scipy import signal

from pedal import wav
from pedal.config import shipped
from pedal.errors import ModelError
from pedal.kernel.library import Library
from pedal.measure.audition import Heard, check_load, hear, load, replay, trim_db, vector, verify
from pedal.model import formats
from pedal.model import reference as oracle
from pedal.model.model import Model, Selftest
from tests.model.written import encoded, keras_gru, nam, native, weights

MODELS = {
    "native with two knobs": encoded(native(weights(5, 3))),
    "gains and a gru": encoded(keras_gru(weights(7, 2, gates=3), in_gain=-6.0, out_gain=20.0, in_skip=1)),
    "learned state": encoded(nam(weights(9))),
}


def promised(model: Model) -> Selftest:
    """What the oracle says."""
    sound = np.random.default_rng(4).uniform(-1, 1, 1_000)
    knobs = (0.2, 0.9)[: len(model.knobs)]
    return Selftest(sound, oracle.run(model, sound, knobs)[0].astype(np.float64), knobs)


@pytest.mark.parametrize("kind", MODELS)
def test_the_kernel_gives_what_was_promised(kind: str, kernels: Library) -> None:
    model = formats.decode(MODELS[kind], "m")
    assert replay(model, promised(model), kernels) < 1e-5


@pytest.mark.parametrize("kind", MODELS)
def test_a_broken_promise_is_noticed(kind: str, kernels: Library) -> None:
    model = formats.decode(MODELS[kind], "m")
    selftest = promised(model)
    wrong = selftest.output.copy()
    wrong[-1] += 0.1 * max(1.0, np.max(np.abs(wrong)))
    with pytest.raises(ModelError, match=r"off by 0\.\d+ of full scale or peak .*; expected at most 0\.0001"):
        replay(model, replace(selftest, output=wrong), kernels)


@pytest.mark.parametrize("kind", MODELS)
def test_a_file_without_a_self_test_is_held_to_the_oracle(kind: str, kernels: Library) -> None:
    model = formats.decode(MODELS[kind], "m")
    assert model.selftest is None
    assert verify(model, kernels) < 1e-5
    assert np.max(np.abs(vector(model).input)) > 0.01  # a moment in which something is played
    with pytest.raises(ModelError, match="the compiled kernel is off by"):
        replay(replace(model, dense_bias=model.dense_bias + 0.001), vector(model), kernels)


def test_a_file_with_a_self_test_is_held_to_that(kernels: Library) -> None:
    model = formats.decode(MODELS["learned state"], "m")
    wrong = replace(promised(model), output=promised(model).output + 0.001)
    with pytest.raises(ModelError, match="the compiled kernel is off by"):
        verify(replace(model, selftest=wrong), kernels)


def test_a_public_files_own_test(reference: Path, kernels: Library) -> None:
    model = formats.read(reference / "models" / "tw40_california_clean.aidax.json")
    assert model.selftest is not None
    assert replay(model, model.selftest, kernels) < 1e-6


def plain(gain: float) -> Model:
    """A model that amplifies: its network does nothing."""
    document = native({name: np.zeros_like(values) for name, values in weights(4, 2).items()})
    return replace(formats.decode(encoded(document), "m"), output_gain=gain, dense_bias=0.0)


def test_the_passage_through_a_wire_is_as_loud_as_itself(kernels: Library) -> None:
    """Four seconds of the recording, by the standard's filters at 48 kHz run over it by scipy."""
    recording = wav.read(shipped("guitar.wav"))
    guitar = recording.channel()[4 * 44_100 : 8 * 44_100].astype(np.float64)
    at_48k = signal.resample_poly(guitar, 160, 147)
    shelf = signal.lfilter(
        [1.53512485958697, -2.69169618940638, 1.19839281085285], [1.0, -1.69065929318241, 0.73248077421585], at_48k
    )
    weighted = signal.lfilter([1.0, -2.0, 1.0], [1.0, -1.99004745483398, 0.99007225036621], shelf)
    expected = -0.691 + 10 * np.log10(np.mean(weighted**2))
    heard = hear(plain(1.0), kernels)
    assert heard.loudness_lkfs == pytest.approx(expected, abs=0.02)
    assert heard.loudness_lkfs == pytest.approx(-24.24, abs=0.01)  # the recording is the measure: it must not change
    assert heard.peak == pytest.approx(np.max(np.abs(guitar)))


def test_what_is_loud_is_not_clipped_before_it_is_measured(kernels: Library) -> None:
    soft, loud = hear(plain(1.0), kernels), hear(plain(100.0), kernels)
    assert loud.loudness_lkfs - soft.loudness_lkfs == pytest.approx(40.0, abs=1e-3)
    assert loud.peak == pytest.approx(100 * soft.peak)


@pytest.mark.parametrize("gain", [0.0, 1e-3])
def test_silence_is_refused(kernels: Library, gain: float) -> None:
    with pytest.raises(ModelError, match="puts out silence for a guitar"):
        hear(plain(gain), kernels)


@pytest.mark.parametrize(
    ("loudness_lkfs", "peak", "trim"),
    [
        (-20.0, 0.1, 0.0),
        (-12.5, 0.9, -7.5),
        (-26.0, 0.25, 6.0),
        (-26.0, 10 ** (-4 / 20), 3.0),  # no more than the peak has room for
        (-21.0, 1.0, -1.0),  # nor any less
        (-50.0, 0.01, 20.0),
        (9.0, 3.0, -20.0),
    ],
)
def test_the_trim_brings_it_to_one_loudness_within_reason(loudness_lkfs: float, peak: float, trim: float) -> None:
    assert trim_db(Heard(loudness_lkfs, peak)) == pytest.approx(trim)


@pytest.fixture
def ticking() -> Callable[[list[int]], Callable[[], int]]:
    """Clocks on which a tenth as many calls as are given take 1 ms each, and those after them what is given, in ns."""

    def reads(durations: list[int]) -> Iterator[int]:
        now = 17
        for duration in chain([1_000_000] * (len(durations) // 10), durations):
            yield now
            now += duration
            yield now
            now += 12_345

    return lambda durations: reads(durations).__next__


def test_the_load_is_the_99th_percentile_after_a_warm_up(
    kernels: Library, ticking: Callable[[list[int]], Callable[[], int]]
) -> None:
    few = ticking([500_000] * 5 + [100_000] * 995)
    many = ticking([100_000] * 490 + [500_000] * 10)
    assert load(plain(1.0), kernels, 44_100, 64, few) == pytest.approx(100e-6 * 44_100 / 64)
    assert load(plain(1.0), kernels, 48_000, 128, many) == pytest.approx(500e-6 * 48_000 / 128)


@pytest.mark.parametrize("period_frames", [1, 8, 100, 4_096])
def test_every_call_is_a_period_of_sound(kernels: Library, period_frames: int) -> None:
    assert load(plain(1.0), kernels, 8_000, period_frames) > 0.0


def test_a_model_that_takes_too_long_is_refused_with_the_figure() -> None:
    check_load(0.40)
    with pytest.raises(ModelError, match="takes 63 % of the period on this processor; expected at most 40 %"):
        check_load(0.631)
