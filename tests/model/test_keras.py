"""AIDA-X's format, RTNeural's Keras export."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pedal.errors import ModelError
from pedal.model import formats, reference
from tests.model.written import Document, changed, encoded, golden, keras_gru, keras_lstm, weights


def test_an_lstm_sounds_as_in_pytorch() -> None:
    net = golden("lstm20x3")
    model = formats.decode(encoded(keras_lstm(net)), "m")
    output, _ = reference.run(model, net["input"][:, 0], net["input"][:, 1:], reference.State(net["h"], net["c"]))
    assert np.max(np.abs(output - net["output"])) < 1e-5  # the summed bias is rounded to float32 in the file's reader


def gru_of_keras(document: Document, audio: NDArray[np.float64]) -> NDArray[np.float64]:
    """Keras's own equations on Keras's own weights (keras.layers.GRU with reset_after)."""
    kernel, recurrent, bias = (np.array(part) for part in document["layers"][0]["weights"])
    head, offset = (np.array(part) for part in document["layers"][1]["weights"])
    size = len(recurrent)
    h, output = np.zeros(size), []
    for sample in audio:
        x_z, x_r, x_h = np.split(np.array([sample]) @ kernel + bias[0], 3)
        h_z, h_r, h_h = np.split(h @ recurrent + bias[1], 3)
        z, r = 1 / (1 + np.exp(-(x_z + h_z))), 1 / (1 + np.exp(-(x_r + h_r)))
        h = z * h + (1 - z) * np.tanh(x_h + r * h_h)
        output.append((h @ head + offset)[0])
    return np.array(output)


def test_a_gru_sounds_as_in_keras() -> None:
    document, audio = keras_gru(golden("gru7x1")), golden("gru7x1")["input"][:, 0]
    output, _ = reference.run(formats.decode(encoded(document), "m"), audio)
    assert np.max(np.abs(output - gru_of_keras(document, audio))) < 1e-12


def test_gains_are_in_decibels_and_skip_lies_between_them() -> None:
    net, audio = weights(4), np.linspace(-0.4, 0.4, 50)
    plain = formats.decode(encoded(keras_lstm(net)), "m")
    loud = formats.decode(encoded(keras_lstm(net, in_gain=20, out_gain=-6.0, in_skip=1)), "m")
    assert loud.input_gain == pytest.approx(10.0)
    inner, _ = reference.run(plain, 10.0 * audio)
    output, _ = reference.run(loud, audio)
    assert np.allclose(output, 10 ** (-0.3) * (inner + 10.0 * audio), rtol=0.0, atol=1e-9)


def batches(net: dict[str, NDArray[Any]], **top: object) -> Document:
    """A file with the test AIDA's trainer stores: gains of 1, knobs at 0, skip as it is."""
    document = keras_lstm(net, **top)
    plain = formats.decode(encoded(keras_lstm(net, in_skip=top.get("in_skip", 0))), "m")
    sound = np.random.default_rng(2).uniform(-1, 1, 2048)
    output, _ = reference.run(plain, sound, [0.0] * (plain.inputs - 1))
    return {**document, "input_batch": sound.tolist(), "output_batch": output.tolist()}


@pytest.mark.parametrize("top", [{}, {"in_skip": 1}, {"in_gain": 6.0, "out_gain": -12.0, "in_skip": 1}])
@pytest.mark.parametrize("inputs", [1, 2])
def test_a_stored_test_is_replayed(inputs: int, top: dict[str, object]) -> None:
    document = batches(weights(3, inputs), **top)
    model = formats.decode(encoded(document), "m")
    assert model.selftest is not None
    assert reference.selftest_error(model, model.selftest) < 1e-9
    wrong = changed(document, "output_batch/2047", document["output_batch"][2047] + 0.1)
    with pytest.raises(ModelError, match=r"^m: fails its own self-test"):
        formats.decode(encoded(wrong), "m")


def test_metadata_may_be_anything() -> None:
    said = {"name": 5, "samplerate": "44100.0", "based": "An amp", "author": None, "license": ["x"], "esr": "low"}
    model = formats.decode(encoded(keras_lstm(weights(), metadata=said)), "m")
    assert (model.name, model.sample_rate_hz, model.trained_from, model.licence) == ("", 44_100, "An amp", "")
    assert model.esr is None


def test_a_file_that_does_not_say_is_for_aidas_own_rate() -> None:
    assert formats.decode(encoded(keras_lstm(weights())), "m").sample_rate_hz == 48_000


DOCUMENT = keras_gru(weights(3, gates=3))


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("layers", [], "has the layers none; expected one lstm or gru, then one dense"),
        ("layers", [{"type": "conv1d"}] * 9, "has the layers conv1d, conv1d, .* …; expected one lstm or gru"),
        ("layers/1/type", "prelu", "has the layers gru, prelu"),
        ("layers/0/activation", "relu", "gru layer with the activation 'relu'; expected tanh"),
        ("layers/1/activation", "tanh", "dense layer with the activation 'tanh'; expected linear"),
        ("layers/1/shape", [None, None, 2], "has 2 outputs; expected one"),
        ("layers/0/shape", [None, None, 4], "bias holds 2 x 9 numbers; expected 2 x 12"),
        ("layers/0/shape", [None, None, None], "hidden size 0"),
        ("layers/0/shape", [None, None, 200], "hidden size 200 is not supported; expected 1 to 128 units"),
        ("in_shape", [None, None, 7], "7 inputs are not supported; expected 1 to 3"),
        ("layers/0/weights", [[[1.0]]], "in the gru layer's weights"),
        ("layers/0/weights/2", [0.0] * 9, r"has a number in the gru layer's weights.*; expected a list"),
        ("in_skip", 3, "in_skip is 3; expected 0 or 1"),
        ("in_gain", 1e6, r"in_gain is 1e\+06 dB; expected -60 to 60 dB"),
        ("samplerate", "fast", "sample rate fast is not supported; expected 8000 to 192000 Hz"),
        ("samplerate", "nan", "sample rate nan"),
    ],
)
def test_what_is_not_played_is_named(path: str, value: object, fault: str) -> None:
    with pytest.raises(ModelError, match=f"^m: .*{fault}"):
        formats.decode(encoded(changed(DOCUMENT, path, value)), "m")


def test_batches_of_two_lengths_are_refused() -> None:
    document = keras_lstm(weights(), input_batch=[0.0, 0.0], output_batch=[0.0])
    with pytest.raises(ModelError, match=r"^m: its self-test has 2 samples in and 1 out"):
        formats.decode(encoded(document), "m")
