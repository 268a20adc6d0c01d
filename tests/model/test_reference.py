"""The oracle against PyTorch, and its own promises."""

import runpy
from dataclasses import replace

import numpy as np
import pytest

from pedal.model import reference
from pedal.model.model import Knob, Model
from pedal.model.reference import State
from tests.model.written import GOLDEN, golden

CASES = ("lstm5x1", "lstm20x3", "gru7x1", "gru16x2")


def model_of(name: str) -> Model:
    net = golden(name)
    return Model(
        format="native",
        cell="lstm" if name.startswith("lstm") else "gru",
        weight_ih=net["weight_ih"],
        weight_hh=net["weight_hh"],
        bias_ih=net["bias_ih"],
        bias_hh=net["bias_hh"],
        dense_weight=net["dense_weight"],
        dense_bias=float(net["dense_bias"][0]),
        initial_h=net["h"],
        initial_c=net["c"],
        knobs=tuple(Knob(f"knob {number}") for number in range(net["weight_ih"].shape[1] - 1)),
    )


@pytest.mark.parametrize("name", CASES)
def test_pytorch_puts_out_the_same(name: str) -> None:
    net = golden(name)
    output, _ = reference.run(model_of(name), net["input"][:, 0], net["input"][:, 1:])
    assert np.max(np.abs(output - net["output"])) < 1e-12  # two orders of summation in float64


def test_the_stored_vectors_are_what_pytorch_gives_today() -> None:
    pytest.importorskip("torch", reason="torch is not installed, so the golden vectors cannot be made again")
    made = runpy.run_path(str(GOLDEN.with_name("make.py")))["made"]()
    with np.load(GOLDEN) as stored:
        assert set(stored.files) == set(made)
        for name in made:
            assert np.allclose(stored[name], made[name], rtol=0.0, atol=1e-12), name


@pytest.mark.parametrize("name", CASES)
def test_the_state_carries_over(name: str) -> None:
    net, model = golden(name), model_of(name)
    audio, knobs = net["input"][:, 0], net["input"][:, 1:]
    whole, last = reference.run(model, audio, knobs)
    heard, state = [], None
    for part in np.split(np.arange(len(audio)), (1, 17, 144)):
        output, state = reference.run(model, audio[part], knobs[part], state)
        heard.append(output)
    assert state is not None
    # Not bit by bit: the matrix product may sum in another order for another number of rows.
    assert np.allclose(np.concatenate(heard), whole, rtol=0.0, atol=1e-13)
    assert np.allclose(state.h, last.h, rtol=0.0, atol=1e-13)


def test_chunks_are_not_heard() -> None:
    model = model_of("gru7x1")
    audio = np.random.default_rng(1).standard_normal(reference.CHUNK_FRAMES + 3)
    whole, _ = reference.run(model, audio)
    first, state = reference.run(model, audio[:-10])
    last, _ = reference.run(model, audio[-10:], state=state)
    assert np.allclose(np.concatenate((first, last)), whole, rtol=0.0, atol=1e-13)


def test_constant_knobs_are_knobs_that_never_move() -> None:
    model, audio = model_of("lstm20x3"), golden("lstm20x3")["input"][:, 0]
    constant, _ = reference.run(model, audio, (0.25, 1.0))
    moving, _ = reference.run(model, audio, np.tile((0.25, 1.0), (len(audio), 1)))
    halfway, _ = reference.run(model, audio)
    named, _ = reference.run(model, audio, (0.5, 0.5))
    assert np.array_equal(constant, moving)
    assert np.array_equal(halfway, named)
    assert not np.allclose(constant, halfway)


@pytest.mark.parametrize("name", ["lstm5x1", "gru7x1"])
def test_gains_and_skip_stand_where_the_model_says(name: str) -> None:
    plain, audio = model_of(name), golden(name)["input"][:, 0]
    loud = replace(plain, skip=1.0, input_gain=2.0, output_gain=0.5)
    net, _ = reference.run(plain, 2.0 * audio)
    output, _ = reference.run(loud, audio)
    assert np.allclose(output, 0.5 * (net + 2.0 * audio), rtol=0.0, atol=1e-13)


def test_without_a_learned_state_it_starts_from_zeros() -> None:
    model, audio = model_of("lstm5x1"), golden("lstm5x1")["input"][:, 0]
    unlearned = replace(model, initial_h=None, initial_c=None)
    output, _ = reference.run(unlearned, audio)
    zeros, _ = reference.run(model, audio, state=State(np.zeros(5), np.zeros(5)))
    assert np.array_equal(output, zeros)


@pytest.mark.parametrize("name", CASES)
def test_float32_is_float32_throughout(name: str) -> None:
    net, model = golden(name), model_of(name)
    output, state = reference.run(model, net["input"][:, 0], net["input"][:, 1:], dtype=np.float32)
    assert output.dtype == state.h.dtype == state.c.dtype == np.float32
    error = np.max(np.abs(output - net["output"]))
    assert 1e-9 < error < 1e-5  # float32 rounds at 6e-8; the loop feeds it back


def test_no_frames_are_no_sound() -> None:
    output, state = reference.run(model_of("lstm5x1"), [])
    assert output.shape == (0,)
    assert np.array_equal(state.h, golden("lstm5x1")["h"])
