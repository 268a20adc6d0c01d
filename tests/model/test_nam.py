"""Neural Amp Modeler's LSTM."""

import numpy as np
import pytest

from pedal.errors import ModelError
from pedal.model import formats, reference
from tests.model.written import changed, encoded, golden, nam, weights


@pytest.mark.parametrize("name", ["lstm5x1", "lstm20x3"])
def test_a_file_sounds_as_in_pytorch(name: str) -> None:
    net = golden(name)
    model = formats.decode(encoded(nam(net)), "m")
    output, _ = reference.run(model, net["input"][:, 0], net["input"][:, 1:], reference.State(net["h"], net["c"]))
    assert np.max(np.abs(output - net["output"])) < 1e-5  # the file's one bias, rounded to float32


@pytest.mark.parametrize("rate_hz", [8_000, 48_000])
def test_it_starts_as_after_half_a_second_of_silence(rate_hz: int) -> None:
    net = weights(6, seed=3)
    model = formats.decode(encoded(nam(net, sample_rate=rate_hz)), "m")
    learned = reference.State(net["h"], net["c"])
    _, settled = reference.run(model, np.zeros(rate_hz // 2), state=learned)
    assert model.initial_h is not None
    assert model.initial_c is not None
    assert np.max(np.abs(model.initial_h - settled.h)) < 1e-7  # float32
    assert np.max(np.abs(model.initial_c - settled.c)) < 1e-6
    assert np.max(np.abs(learned.h - settled.h)) > 0.1


def test_a_network_that_never_settles_is_played_for_half_a_second() -> None:
    """One unit whose h turns its own sign every sample: i and o open, f shut, g = tanh(-6 h)."""
    net = {part: np.zeros_like(values) for part, values in weights(1).items()}
    net["bias_ih"][:] = (10.0, -10.0, 0.0, 10.0)
    net["weight_hh"][2] = -6.0
    net["h"][:] = 0.7
    model = formats.decode(encoded(nam(net, sample_rate=48_000)), "m")
    _, settled = reference.run(model, np.zeros(24_000), state=reference.State(net["h"], net["c"]))
    _, next_sample = reference.run(model, np.zeros(1), state=settled)
    assert model.initial_h is not None
    assert settled.h[0] == pytest.approx(-next_sample.h[0])
    assert np.allclose(model.initial_h, settled.h, atol=1e-7)


def test_a_network_that_runs_away_in_silence_is_refused_in_plain_words() -> None:
    """One unit whose c grows by almost 1 a sample: i, f, g and o all at their ends."""
    net = {part: np.zeros_like(values) for part, values in weights(1).items()}
    net["bias_ih"][:] = 30.0
    with pytest.raises(ModelError, match=r"^m: runs away while nothing is played: .* holds 2.4e\+04; expected at most"):
        formats.decode(encoded(nam(net, sample_rate=48_000)), "m")


def test_the_metadata_are_read() -> None:
    model = formats.decode(encoded(nam(weights(), metadata={"training": {"validation_esr": 0.02}, "name": None})), "m")
    assert (model.name, model.esr, model.loudness_dbfs) == ("", 0.02, None)
    model = formats.decode(encoded(nam(weights())), "m")
    assert (model.name, model.trained_from, model.loudness_dbfs) == ("a net", "Maker Amp", -18.5)


@pytest.mark.parametrize("rate", [None, 48_000, "48000"])
def test_a_file_that_does_not_say_is_for_48_khz(rate: object) -> None:
    assert formats.decode(encoded(nam(weights(), sample_rate=rate)), "m").sample_rate_hz == 48_000


DOCUMENT = nam(weights(3))


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("architecture", "WaveNet", r"is a WaveNet \(convolutional\); expected a recurrent model"),
        ("architecture", "ConvNet", "is a ConvNet"),
        ("architecture", "Linear", "is an impulse response"),
        ("architecture", "SlimmableContainer", "is a SlimmableContainer"),
        ("architecture", "Other\n\x1b", "is of the architecture 'Other'"),
        ("architecture", 5, "has a whole number in architecture; expected text"),
        ("config/num_layers", 2, "has 2 recurrent layers; expected one"),
        ("config/hidden_size", 4, "holds 70 weights; expected 109 for a NAM LSTM of hidden size 4; download"),
        ("config/hidden_size", 129, "hidden size 129"),
        ("config/input_size", 9, "9 inputs are not supported"),
        ("config/out_channels", 2, "1 channels in and 2 out"),
        ("weights", [], "holds 0 weights; expected 70 for a NAM LSTM of hidden size 3"),
        ("weights/4", "0.5", "has text in weights.*; expected a number"),
        ("weights/4", 1e9, r"the number 1e\+09"),
        ("sample_rate", 1, "sample rate 1 Hz is not supported"),
    ],
)
def test_what_is_not_played_is_named(path: str, value: object, fault: str) -> None:
    with pytest.raises(ModelError, match=f"^m: .*{fault}") as refusal:
        formats.decode(encoded(changed(DOCUMENT, path, value)), "m")
    assert str(refusal.value).isprintable()
