"""LSTM and GRU, one sample after the other, in plain numpy: slow, obvious, and the oracle of every fast path.

LSTM: S. Hochreiter and J. Schmidhuber, Long short-term memory, Neural Computation 9(8), 1997, with the forget gate of
F. Gers et al., 2000. GRU: K. Cho et al., Learning phrase representations using RNN encoder-decoder, EMNLP 2014, in the
form that multiplies r by the hidden part of n, its bias included. Both as torch.nn.LSTM and torch.nn.GRU have them.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from pedal.model.model import Model, Selftest

Samples = NDArray[np.floating[Any]]
CHUNK_FRAMES = 4_096
"""How many frames' input products are made at once; of no influence on the sound."""


class State(NamedTuple):
    """What a cell remembers from one frame to the next."""

    h: Samples
    """[hidden]"""
    c: Samples
    """[hidden]; a GRU has none and leaves it as it is."""


def initial_state(model: Model, dtype: DTypeLike = np.float64) -> State:
    """The state a model starts from."""
    h, c = (np.zeros(model.hidden) if stored is None else stored for stored in (model.initial_h, model.initial_c))
    return State(np.asarray(h, dtype), np.asarray(c, dtype))


def run(
    model: Model,
    audio: ArrayLike,
    knobs: Sequence[float] | NDArray[np.floating[Any]] | None = None,
    state: State | None = None,
    dtype: DTypeLike = np.float64,
) -> tuple[Samples, State]:
    """The model's sound, [frames], for audio, [frames], and the state after it.

    Knobs are [knobs] or [frames, knobs], each 0 to 1; None stands for 0.5. No state stands for the initial one. With
    dtype float32 every product and sum is float32: what a plain implementation gives.
    """
    played = np.asarray(audio, dtype) * np.asarray(model.input_gain, dtype)
    positions = np.broadcast_to(np.asarray(0.5 if knobs is None else knobs, dtype), (len(played), len(model.knobs)))
    state = initial_state(model, dtype) if state is None else State(*(np.asarray(part, dtype) for part in state))
    step = {"lstm": _lstm, "gru": _gru}[model.cell]
    output = np.zeros(len(played), dtype)
    for start in range(0, len(played), CHUNK_FRAMES):
        chunk = slice(start, start + CHUNK_FRAMES)
        inputs = np.column_stack((played[chunk], positions[chunk]))
        hidden, state = step(model, inputs, state, dtype)
        output[chunk] = hidden @ model.dense_weight.astype(dtype)
    output += np.asarray(model.dense_bias, dtype) + np.asarray(model.skip, dtype) * played
    return output * np.asarray(model.output_gain, dtype), state


def selftest_error(model: Model, selftest: Selftest) -> float:
    """How far the model's sound is from the stored self-test, at worst, as a share of max(1, the stored peak)."""
    output, _ = run(model, selftest.input, selftest.knobs)
    return difference(output, selftest.output)


def difference(output: Samples, expected: Samples) -> float:
    """The largest difference between two recordings, as a share of max(1, the peak of what was expected)."""
    return float(np.max(np.abs(output - expected)) / max(1.0, np.max(np.abs(expected))))


def _lstm(model: Model, inputs: Samples, state: State, dtype: DTypeLike) -> tuple[Samples, State]:
    """The hidden state after each of the inputs, [frames, inputs] -> [frames, hidden]."""
    from_inputs = inputs @ model.weight_ih.T.astype(dtype) + (model.bias_ih.astype(dtype) + model.bias_hh.astype(dtype))
    recurrent = model.weight_hh.astype(dtype)
    hidden = np.zeros((len(inputs), model.hidden), dtype)
    h, c = state
    for frame, from_input in enumerate(from_inputs):
        z = (from_input + recurrent @ h).reshape(4, -1)
        i, f, _, o = _sigmoid(z)
        g = np.tanh(z[2])
        c = f * c + i * g
        h = o * np.tanh(c)
        hidden[frame] = h
    return hidden, State(h, c)


def _gru(model: Model, inputs: Samples, state: State, dtype: DTypeLike) -> tuple[Samples, State]:
    """The same for a GRU."""
    from_inputs = inputs @ model.weight_ih.T.astype(dtype) + model.bias_ih.astype(dtype)
    recurrent, bias = model.weight_hh.astype(dtype), model.bias_hh.astype(dtype)
    hidden = np.zeros((len(inputs), model.hidden), dtype)
    h, c = state
    for frame, from_input in enumerate(from_inputs.reshape(len(inputs), 3, -1)):
        from_hidden = (recurrent @ h + bias).reshape(3, -1)
        r, z = _sigmoid(from_input[:2] + from_hidden[:2])
        n = np.tanh(from_input[2] + r * from_hidden[2])
        h = (1 - z) * n + z * h
        hidden[frame] = h
    return hidden, State(h, c)


def _sigmoid(z: Samples) -> Samples:
    """1 / (1 + exp(-z)), by the identity that cannot overflow."""
    result: Samples = (1 + np.tanh(z / 2)) / 2
    return result
