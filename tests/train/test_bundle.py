"""The bundled models' recipes, one of them followed for an epoch."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pedal import wav
from pedal.model.formats import read

torch = pytest.importorskip("torch", reason="training needs torch: pip install '.[train]'")

from pedal.train.bundle import POSITIONS, RECIPES, begun, finish, page, recorded  # noqa: E402
from pedal.train.devices import DEVICES, Device  # noqa: E402
from pedal.train.strings import RATE_HZ  # noqa: E402


def test_there_are_five_sounds_and_one_has_a_gain_knob() -> None:
    assert {"clean", "edge", "crunch", "lead", "fuzz"} <= RECIPES.keys()
    assert "gain" in {DEVICES[recipe.device].knob for recipe in RECIPES.values()}
    assert all(recipe.esr <= 0.02 for recipe in RECIPES.values())


@pytest.mark.parametrize("name", DEVICES)
def test_every_device_sounds_within_full_scale_and_aligned(name: str) -> None:
    rng = np.random.default_rng(1)
    t = np.arange(4_000) / RATE_HZ
    guitar = 0.3 * np.sin(2 * np.pi * 196 * t) * (t > 0.03) + 1e-5 * rng.normal(size=len(t))
    found = DEVICES[name].play(guitar, RATE_HZ, 0.5)
    assert found.shape == guitar.shape
    loud = np.abs(found)
    assert 0.02 < np.max(loud) < 1.2
    begins = round(0.03 * RATE_HZ)
    assert np.max(loud[: begins - 20]) < 0.25 * np.max(loud[begins : begins + 100])


def test_a_knob_is_recorded_at_every_position_with_other_playing(tmp_path: Path) -> None:
    turned = Device("Turned", "a gain", lambda sound, _rate_hz, knob: sound * knob, "gain")
    pairs = recorded(turned, tmp_path, 2)
    assert [pair.knobs for pair in pairs] == [{"gain": at} for at in POSITIONS]
    assert {pair.delay for pair in pairs} == {0}
    guitars = [wav.read(pair.clean).channel() for pair in pairs]
    for pair, guitar, at in zip(pairs, guitars, POSITIONS, strict=True):
        np.testing.assert_allclose(wav.read(pair.amp).channel(), at * guitar, atol=1e-6)
    assert not np.array_equal(guitars[0], guitars[1])
    before = pairs[1].amp.stat().st_mtime_ns
    recorded(turned, tmp_path, 2)
    assert pairs[1].amp.stat().st_mtime_ns == before


def test_a_recipe_leads_to_a_model_with_its_licence_and_origin_and_goes_on_where_it_was_left(tmp_path: Path) -> None:
    name = "simulated-overdrive"
    run = begun(name, tmp_path, lambda _line: None, seconds=12)
    run.epoch()
    again = begun(name, tmp_path, lambda _line: None)
    assert again.training.epoch == 1
    (learnt,), (rehearsed,) = run.plan.pairs, run.plan.validation
    first, second = (wav.read(Path(source.clean.path)).channel()[:RATE_HZ] for source in (learnt, rehearsed))
    assert abs(first @ second) < 0.5 * np.linalg.norm(first) * np.linalg.norm(second)  # another performance
    models, docs = tmp_path / "models", tmp_path / "docs" / "models"
    esr = finish(name, again, models, docs)
    model = read(models / f"{name}.json")
    assert (model.name, model.licence, model.hidden) == ("Simulated Overdrive", "CC0-1.0", 20)
    assert model.esr == pytest.approx(esr, abs=1e-5)
    assert "simulated circuit" in model.trained_from
    assert model.selftest is not None
    with Image.open(docs / f"{name}.png") as image:
        assert image.width > 600
    table = page(models, docs)
    assert f"| {name} | diodes in the feedback" in table
    assert f"(models/{name}.png)" in table
    assert "| fuzz |" not in table
