"""The project's own format, which NeuralPi and Proteus share."""

import json

import numpy as np
import pytest

from pedal.errors import ModelError
from pedal.model import formats, reference
from pedal.model.model import Knob, Model
from tests.model.written import changed, encoded, golden, native, weights, without


@pytest.mark.parametrize("name", ["lstm5x1", "lstm20x3", "gru7x1", "gru16x2"])
def test_a_file_sounds_as_in_pytorch(name: str) -> None:
    net = golden(name)
    model = formats.decode(encoded(native(net)), "m")
    audio = net["input"][:, 0]
    output, _ = reference.run(model, audio, net["input"][:, 1:], reference.State(net["h"], net["c"]))
    assert np.max(np.abs(output - (net["output"] + audio))) < 1e-12  # the file says skip


def test_a_file_without_our_key_gets_the_defaults() -> None:
    model = formats.decode(encoded(native(weights(4, 3))), "m")
    assert (model.format, model.cell, model.hidden, model.inputs) == ("native", "lstm", 4, 3)
    assert (model.sample_rate_hz, model.skip) == (44_100, 1.0)
    assert model.knobs == (Knob("gain"), Knob("tone"))
    assert (model.name, model.licence, model.esr, model.loudness_dbfs, model.selftest) == ("", "", None, None, None)


def test_our_key_says_the_rest() -> None:
    ours = {
        "version": 1,
        "name": "Red\x1b[31m\nLead",
        "sample_rate_hz": 48_000,
        "loudness_dbfs": -20.5,
        "knobs": [{"name": "drive", "min": 2, "max": 11}],
        "esr": 0.01,
        "licence": "CC0",
        "trained_from": "a circuit",
        "colour": "unknown keys are for others",
    }
    model = formats.decode(encoded(native(weights(2, 3), **ours)), "m")
    assert model.name == "Red [31m Lead"  # nothing that a terminal would act on
    assert (model.sample_rate_hz, model.loudness_dbfs, model.esr) == (48_000, -20.5, 0.01)
    assert model.knobs == (Knob("drive", 2.0, 11.0), Knob("tone"))
    assert (model.licence, model.trained_from) == ("CC0", "a circuit")


@pytest.mark.parametrize(
    ("named", "names"), [("tone", ("tone", "gain")), ("Gain", ("Gain", "tone")), ("drive", ("drive", "tone"))]
)
def test_a_knob_without_a_name_gets_one_that_is_free(named: str, names: tuple[str, str]) -> None:
    model = formats.decode(encoded(native(weights(2, 3), knobs=[{"name": named}])), "m")
    assert tuple(knob.name for knob in model.knobs) == names


def test_a_knob_may_count_down() -> None:
    model = formats.decode(encoded(native(weights(2, 2), knobs=[{"name": "cut", "min": 10, "max": 0}])), "m")
    assert model.knobs == (Knob("cut", 10.0, 0.0),)


@pytest.mark.parametrize("figure", [1e308, -1e308, 10**30, 1_001])
def test_a_figure_that_nobody_measures_is_not_known(figure: float) -> None:
    model = formats.decode(encoded(native(weights(), loudness_dbfs=figure, esr=figure)), "m")
    assert (model.loudness_dbfs, model.esr) == (None, None)


def with_selftest(inputs: int = 2, wrong_by: float = 0.0) -> bytes:
    """A file whose self-test is right but for one sample."""
    document, knobs = native(weights(3, inputs)), [0.25] * (inputs - 1)
    sound = np.random.default_rng(5).uniform(-1, 1, 200)
    output, _ = reference.run(formats.decode(encoded(document), "m"), sound, np.array(knobs))
    output[100] += wrong_by
    document["pedal"] = {"selftest": {"input": sound.tolist(), "output": output.tolist(), "knobs": knobs}}
    return encoded(document)


def test_a_selftest_that_agrees_is_kept() -> None:
    model = formats.decode(with_selftest(), "m")
    assert model.selftest is not None
    assert model.selftest.knobs == (0.25,)
    assert reference.selftest_error(model, model.selftest) < 1e-12


def test_a_selftest_that_does_not_is_refused_with_the_figure() -> None:
    formats.decode(with_selftest(wrong_by=1e-5), "m")
    with pytest.raises(
        ModelError, match=r"m: fails its own self-test: .* off by 0\.\d+ of full scale .*; expected at most 0\.0001"
    ):
        formats.decode(with_selftest(wrong_by=0.5), "m")


DOCUMENT = native(weights(3, 2))


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("model_data/model", "RecNet", "is a RecNet"),
        ("model_data/model", "GatedConvNet", "is a GatedConvNet"),
        ("model_data/model", "Nonsense", "a network of the kind 'Nonsense'; expected a SimpleRNN"),
        ("model_data/unit_type", "RNN", "units of the type 'RNN'; expected LSTM or GRU"),
        ("model_data/unit_type", "GRU", "rec.weight_ih_l0 holds 12 x 2 numbers; expected 9 x 2, by the sizes"),
        ("model_data/num_layers", 2, "has 2 recurrent layers; expected one"),
        ("model_data/output_size", 2, "has 2 outputs; expected one"),
        ("model_data/bias_fl", False, "bias_fl is false"),
        ("model_data/skip", 2, "skip is 2; expected 0 or 1"),
        ("model_data/hidden_size", 129, "hidden size 129 is not supported; expected 1 to 128"),
        ("model_data/hidden_size", -3, "hidden size -3"),
        ("model_data/hidden_size", 10**18, "a number out of range in model_data.hidden_size"),
        ("model_data/hidden_size", "20", "has text in model_data.hidden_size; expected a whole number"),
        ("model_data/input_size", 4, "4 inputs are not supported; expected 1 to 3"),
        ("model_data", [], "has a list in model_data; expected a group of named values"),
        ("state_dict/lin.bias", [None], r"has nothing \(null\) in state_dict.lin.bias.*; expected a number"),
        ("state_dict/lin.weight", [[1.0, 2.0]], "lin.weight holds 1 x 2 numbers; expected 1 x 3"),
        ("state_dict/rec.weight_hh_l0/3", [1.0], "rec.weight_hh_l0 holds 12 x various numbers; expected 12 x 3"),
        ("state_dict/rec.bias_ih_l0/3", 1e300, "rec.bias_ih_l0|bias_ih holds a value that is not a finite number"),
        ("state_dict/rec.bias_ih_l0/3", 12_345, "the number 1.23e.04; expected at most 10000"),
        ("state_dict/rec.weight_ih_l1", [], "second recurrent layer"),
        ("pedal", {"version": 2}, "pedal key of version 2; expected 1; update the pedal"),
        ("pedal", {"sample_rate_hz": 5}, "sample rate 5 Hz is not supported"),
        ("pedal", {"knobs": [{"name": "a"}, {"name": "b"}]}, "names 2 knobs; expected at most 1"),
        ("pedal", {"knobs": [{"name": "\n"}]}, "expected a name of its own"),
        ("pedal", {"knobs": [{"name": "a", "max": 0}]}, "knob 'a' goes from 0 to 0; expected two different numbers"),
        ("pedal", {"knobs": [{"name": "a", "min": 1e300}]}, r"from 1e\+300 to 1; .* of -1000 to 1000"),
        ("pedal", {"selftest": {"input": [1.0], "output": []}}, "1 samples in and 0 out"),
        ("pedal", {"selftest": {"input": [1.0], "output": [1.0]}}, "0 knob positions; expected 1"),
    ],
)
def test_what_is_not_played_is_named(path: str, value: object, fault: str) -> None:
    with pytest.raises(ModelError, match=f"^m: .*({fault})") as refusal:
        formats.decode(encoded(changed(DOCUMENT, path, value)), "m")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("state_dict", "has no weights: its training stopped before the first save"),
        ("model_data", "has state_dict but no model_data"),
        ("model_data/hidden_size", "lacks hidden_size in model_data"),
        ("state_dict/lin.bias", "lacks lin.bias in state_dict"),
    ],
)
def test_what_is_missing_is_named(path: str, fault: str) -> None:
    with pytest.raises(ModelError, match=f"^m: {fault}"):
        formats.decode(encoded(without(DOCUMENT, path)), "m")


def same(one: Model, other: Model) -> bool:
    parts = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "dense_weight")
    said = ("cell", "dense_bias", "skip", "sample_rate_hz", "name", "knobs", "loudness_dbfs", "esr", "licence")
    return all(getattr(one, part).tobytes() == getattr(other, part).tobytes() for part in parts) and all(
        getattr(one, what) == getattr(other, what) for what in said
    )


@pytest.mark.parametrize("data", [with_selftest(), with_selftest(1), encoded(native(weights(5, 2, gates=3)))])
def test_writing_keeps_every_bit(data: bytes) -> None:
    model = formats.decode(data, "m")
    written = formats.to_native(model)
    again = formats.decode(written, "m")
    assert same(model, again)
    assert formats.to_native(again) == written
    if model.selftest:
        assert again.selftest is not None
        assert np.array_equal(model.selftest.output, again.selftest.output)


def test_what_is_written_is_the_public_format() -> None:
    """By the letter of what NeuralPi's own reader takes, which looks for nothing else."""
    net = weights(4, 2)
    written = json.loads(formats.to_native(formats.decode(encoded(native(net, name="n")), "m")))
    plain = native(net)
    assert written["model_data"] == plain["model_data"]
    assert written["state_dict"] == plain["state_dict"]
    assert written["pedal"]["sample_rate_hz"] == 44_100
    assert set(written) == {"model_data", "state_dict", "pedal"}
