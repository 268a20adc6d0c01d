"""Which model is in which slot, look by look, with the real kernels and packed files."""

from pathlib import Path

import pytest

from pedal.engine.models import LOOKS_AFTER_REFUSAL, Models
from pedal.kernel.chain import Chain, Controls, Slot
from pedal.kernel.library import Library
from pedal.kernel.pack import store
from pedal.measure.bench import random_model

KNOBS = Controls(2.0, 0.5, 0.25, 0.75)
FIRST, SECOND = 0x1111, 0x2222


@pytest.fixture
def chain() -> Chain:
    return Chain()


@pytest.fixture
def models(chain: Chain, kernels: Library, tmp_path: Path) -> Models:
    return Models(chain, kernels.kernels, tmp_path, kernels.tag)


def take_over(chain: Chain) -> None:
    """What the compiled call does when a crossfade has ended."""
    chain.listen_left = chain.fade_left = 0
    chain.slots[chain.playing].weights = 0
    chain.playing = 1 - chain.playing


def test_a_refused_model_is_taken_once_it_has_been_packed(models: Models, kernels: Library, tmp_path: Path) -> None:
    models.ask(FIRST, KNOBS)
    assert (models.refused, models.playing) == (FIRST, 0)
    assert "cannot be mapped" in models.fault
    store(random_model("lstm", 8), FIRST, tmp_path, kernels)
    looks = 0
    while models.refused:
        models.ask(FIRST, KNOBS)
        looks += 1
        assert looks <= LOOKS_AFTER_REFUSAL
    assert looks == LOOKS_AFTER_REFUSAL


def test_what_cannot_be_taken_stays_refused_and_what_plays_goes_on(
    models: Models, chain: Chain, kernels: Library, tmp_path: Path
) -> None:
    store(random_model("lstm", 8), FIRST, tmp_path, kernels)
    models.ask(FIRST, KNOBS)
    take_over(chain)
    for _ in range(3 * LOOKS_AFTER_REFUSAL):
        models.ask(SECOND, Controls())
        assert (models.refused, models.playing, chain.unload) == (SECOND, FIRST, 0)
    assert controls(chain.slots[chain.playing]) == KNOBS


def controls(slot: Slot) -> Controls:
    """What a slot is asked for."""
    return Controls(slot.input_gain, slot.level, *slot.knobs)


def test_controls_turn_the_newest_model_and_leave_the_one_that_goes(
    models: Models, chain: Chain, kernels: Library, tmp_path: Path
) -> None:
    for word in (FIRST, SECOND):
        store(random_model("lstm", 8, inputs=3), word, tmp_path, kernels)
    models.ask(FIRST, KNOBS)
    take_over(chain)
    first, second = chain.slots[chain.playing], chain.slots[1 - chain.playing]
    turned = Controls(0.5, 1.0, 0.5, 0.5)
    models.ask(FIRST, turned)
    assert controls(first) == turned
    models.ask(SECOND, KNOBS)
    assert (controls(first), controls(second)) == (turned, KNOBS)
    models.ask(SECOND, Controls())
    assert (controls(first), controls(second)) == (turned, Controls())
    chain.listen_left = 0
    models.ask(FIRST, KNOBS)  # while the second fades in: neither is turned
    assert (controls(first), controls(second)) == (turned, Controls())
    take_over(chain)
    models.ask(0, KNOBS)
    assert controls(second) == Controls()


def test_a_newcomers_controls_stand_from_its_first_sample(
    models: Models, chain: Chain, kernels: Library, tmp_path: Path
) -> None:
    store(random_model("lstm", 8, inputs=3), FIRST, tmp_path, kernels)
    models.ask(FIRST, KNOBS)
    slot = chain.slots[1 - chain.playing]
    ramps = (slot.input_ramp, slot.level_ramp, *slot.knob_ramps)
    assert Controls(*(ramp.target for ramp in ramps)) == KNOBS
    assert {ramp.left for ramp in ramps} == {0}


def test_a_change_during_a_crossfade_waits(models: Models, chain: Chain, kernels: Library, tmp_path: Path) -> None:
    for word in (FIRST, SECOND):
        store(random_model("gru", 8), word, tmp_path, kernels)
    models.ask(FIRST, KNOBS)
    take_over(chain)
    models.ask(SECOND, KNOBS)
    chain.listen_left = 0
    models.ask(FIRST, KNOBS)
    take_over(chain)
    assert models.playing == SECOND
    models.ask(FIRST, KNOBS)
    take_over(chain)
    assert models.playing == FIRST
