"""A file's self-test, replayed by the compiled kernel."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pedal.cli.compiled import library
from pedal.errors import ModelError
from pedal.kernel.library import Library
from pedal.measure.audition import replay
from pedal.model import formats
from pedal.model import reference as oracle
from pedal.model.model import Model, Selftest
from tests.model.written import encoded, keras_gru, nam, native, weights


@pytest.fixture(scope="module")
def kernels() -> Library:
    return library()


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


def test_a_public_files_own_test(reference: Path, kernels: Library) -> None:
    model = formats.read(reference / "models" / "tw40_california_clean.aidax.json")
    assert model.selftest is not None
    assert replay(model, model.selftest, kernels) < 1e-6
