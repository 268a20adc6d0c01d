"""Starting from another model: by the slow oracle, the sound is the same before training."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pedal.errors import ModelError
from pedal.model import reference
from pedal.model.formats import read
from pedal.model.model import Cell, Knob, Model

torch = pytest.importorskip("torch", reason="training needs torch: pip install '.[train]'")

from pedal.train.net import Net, to_model  # noqa: E402
from pedal.train.transfer import adapted, nearest  # noqa: E402

if TYPE_CHECKING:
    from tests.conftest import WriteModel

RATE_HZ = 44_100
GUITAR = np.random.default_rng(8).normal(size=400) * 0.3


def model(cell: Cell = "lstm", hidden: int = 6, knobs: tuple[str, ...] = ()) -> Model:
    torch.manual_seed(2)
    return to_model(Net(cell, 1 + len(knobs), hidden), RATE_HZ, tuple(Knob(name) for name in knobs))


def sound(net: Net, knobs: tuple[str, ...], at: tuple[float, ...]) -> reference.Samples:
    made = to_model(net, RATE_HZ, tuple(Knob(name) for name in knobs))
    return reference.run(made, GUITAR, at)[0]


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize(
    ("own", "wanted", "hidden"),
    [((), (), None), ((), (), 9), ((), ("gain",), 6), (("gain",), (), 8), (("gain", "tone"), ("TONE", "bass"), 7)],
)
def test_what_is_adapted_sounds_as_before(
    cell: Cell, own: tuple[str, ...], wanted: tuple[str, ...], hidden: int | None
) -> None:
    source = model(cell, 6, own)
    net, told = adapted(source, None, hidden, wanted, RATE_HZ)
    assert (net.cell, net.hidden, net.rec.input_size) == (cell, hidden or 6, 1 + len(wanted))
    before = reference.run(source, GUITAR, tuple(0.25 if name == "tone" else 0.5 for name in own))[0]
    after = sound(net, wanted, tuple(0.25 if name == "TONE" else 0.9 for name in wanted))
    np.testing.assert_allclose(after, before, atol=1e-6)
    assert (hidden or 6) == 6 or any(f"{net.hidden - 6} units are added" in line for line in told)


def test_what_was_added_can_learn() -> None:
    net, _ = adapted(model(), None, 9, ("gain",), RATE_HZ)
    output, _ = net(torch.randn(64, 3, 2), net.rest(3))
    torch.mean(output**2).backward()
    assert bool(torch.all(net.lin.weight.grad[0, 6:] != 0))
    assert bool(torch.any(net.rec.weight_ih_l0.grad[:, 1] != 0))


def test_what_is_changed_is_said() -> None:
    _, told = adapted(model(knobs=("gain",)), None, None, ("drive",), 48_000)
    assert told == [
        "it was made for 44100 Hz; the recordings have 48000 Hz",
        "it has no knob drive; it is to learn that one from nothing",
        "its knob gain is held in the middle",
    ]


def test_what_cannot_be_adapted_is_refused() -> None:
    with pytest.raises(ModelError, match="has LSTM units; expected GRU: --unit lstm"):
        adapted(model(), "gru", None, (), RATE_HZ)
    with pytest.raises(ModelError, match="has 6 units, too many for 4; expected --hidden 6 or more"):
        adapted(model(), None, 4, (), RATE_HZ)


def test_a_models_knob_stands_where_the_amplifiers_did(write_model: "WriteModel") -> None:
    path = write_model("knob", knobs=("Gain",))
    guitar = np.random.default_rng(9).normal(size=9_000).astype(np.float32) * 0.3
    target = reference.run(read(path), guitar, [0.9])[0].astype(np.float32)
    (there,) = nearest([path], guitar, target, RATE_HZ, knobs={"gain": 0.9})
    (middle,) = nearest([path], guitar, target, RATE_HZ)
    assert there.esr < 1e-6 < 1e-4 < middle.esr


def test_the_nearest_is_found_whatever_its_level(write_model: "WriteModel", tmp_path: Path) -> None:
    paths = [write_model(f"m{seed}", seed=seed, hidden=6 + seed) for seed in (1, 2, 3)]
    (tmp_path / "broken.json").write_text("{}")
    guitar = np.random.default_rng(9).normal(size=9_000).astype(np.float32) * 0.3
    target = (0.2 * reference.run(read(paths[1]), guitar)[0]).astype(np.float32)
    found = nearest([*paths, tmp_path / "broken.json"], guitar, target, RATE_HZ)
    assert found[0].path == paths[1]
    assert len(found) == 3
    assert found[0].esr < 1e-6 < found[1].esr <= found[2].esr <= 1.0
    other = reference.run(read(found[1].path), guitar)[0][round(0.1 * RATE_HZ) :]
    wanted = target.astype(np.float64)[round(0.1 * RATE_HZ) :]
    gain = np.linalg.lstsq(other[:, None], wanted, rcond=None)[0][0]
    assert found[1].esr == pytest.approx(np.sum((wanted - gain * other) ** 2) / np.sum(wanted**2), rel=1e-3)
    assert [one.path for one in nearest(paths, guitar, target, RATE_HZ, hidden=7)] == [paths[0]]
