"""What `pedal bench` times beside the kernel is the same model: onnxruntime gives the oracle's sound."""

import numpy as np
import pytest

from pedal.measure.bench import random_model
from pedal.measure.onnx import session
from pedal.model import reference
from pedal.model.model import Cell


@pytest.mark.parametrize(("cell", "inputs"), [("lstm", 1), ("gru", 3)])
def test_the_session_carries_the_models_state(cell: Cell, inputs: int) -> None:
    model = random_model(cell, 20, inputs)
    run = session(model, 64)
    if run is None:
        pytest.skip("onnx and onnxruntime are not installed (pip install 'pedal[bench]')")
    heard = np.concatenate([run() for _ in range(4)])
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 64).astype(np.float32)
    expected, _ = reference.run(model, np.tile(noise, 4))
    assert np.max(np.abs(heard - expected)) < 1e-6
