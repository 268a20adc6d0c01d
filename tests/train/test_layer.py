"""The compiled layer against torch's own and against the float64 oracle of the pedal."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pedal.model import reference
from pedal.model.model import Cell

torch = pytest.importorskip("torch", reason="training needs torch: pip install '.[train]'")
pytest.importorskip("numba", reason="the compiled layer needs numba: pip install '.[train]'")

from pedal.train.layer import Kept, Recurrent, State  # noqa: E402
from pedal.train.losses import Loss  # noqa: E402
from pedal.train.net import Net, to_model  # noqa: E402

Tensor = Any
Dtype = Any
CELLS = ("lstm", "gru")
TOLERANCE = {torch.float64: 1e-12, torch.float32: 2e-5}
"""Of the largest value: roundings of 40 steps in another order, and in float32 another tanh (2e-8)."""


def passed(net: Recurrent, forward: Callable[..., Any], x: Tensor, slope: Tensor, state: State) -> list[Tensor]:
    """The output, the state after, and the gradient of every parameter."""
    net.zero_grad()
    output, after = forward(x, state)
    output.backward(slope)
    kept = after if net.cell == "lstm" else after[:1]
    return [output.detach(), *kept, *(weight.grad.clone() for weight in net.parameters())]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(
    ("inputs", "hidden", "sequences", "samples"), [(1, 8, 16, 40), (2, 21, 37, 40), (3, 96, 1, 17), (1, 20, 50, 1)]
)
def test_outputs_states_and_gradients_are_those_of_torch(
    dtype: Dtype, cell: Cell, inputs: int, hidden: int, sequences: int, samples: int
) -> None:
    torch.manual_seed(3)
    net = Recurrent(cell, inputs, hidden).to(dtype)
    x, slope = torch.randn(samples, sequences, inputs, dtype=dtype), torch.randn(samples, sequences, dtype=dtype)
    state = State(*(0.3 * torch.randn(sequences, hidden, dtype=dtype) for _ in range(2)))
    found = passed(net, net, x, slope, state)
    expected = passed(net, net.by_torch, x, slope, state)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.shape == theirs.shape
        assert float(torch.max(torch.abs(ours - theirs))) <= TOLERANCE[dtype] * max(1.0, float(theirs.abs().max()))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("terms", [{}, {"emphasis": "a-weighted"}, {"emphasis": "low-passed", "stft": 0.5}], ids=str)
def test_on_another_device_all_of_a_step_stays_there(cell: Cell, terms: dict[str, Any]) -> None:
    """By torch's own layer, as on CUDA: `meta` has no numbers, and refuses to be mixed with the processor's."""
    net = Net(cell, 2, 20).to("meta")
    x, target = torch.empty(1_024, 16, 2, device="meta"), torch.empty(1_024, 16, device="meta")
    output, state = net(x, net.rest(16))
    output, _ = net(x, state)
    loss = Loss(**terms)(output, target)
    loss.backward()
    assert {found.device.type for found in (output, loss, *(weight.grad for weight in net.parameters()))} == {"meta"}


@pytest.mark.parametrize("cell", CELLS)
def test_an_exported_net_plays_what_it_trained(cell: Cell) -> None:
    torch.manual_seed(4)
    net = Net(cell, 1, 20)
    guitar = np.random.default_rng(4).normal(size=500).astype(np.float32)
    output, _ = net(torch.from_numpy(guitar)[:, None, None], net.rest(1))
    expected, _ = reference.run(to_model(net, 44_100), guitar)
    assert reference.difference(output.detach()[:, 0].numpy(), expected) < 2e-6


@pytest.fixture
def slots(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The slots of h that were taken by each pass forward, one pass after the other."""
    found: list[int] = []
    of = Kept.of

    def counted(spare: list[Kept], blocks: int, count: int, *sizes: Any) -> Kept:
        found.append(count)
        return of(spare, blocks, count, *sizes)

    monkeypatch.setattr(Kept, "of", counted)
    return found


@pytest.mark.parametrize("cell", CELLS)
def test_a_carried_state_is_as_if_nothing_had_been_cut(cell: Cell, slots: list[int]) -> None:
    net = Recurrent(cell, 1, 20)
    x = torch.randn(99, 3, 1)
    whole, after = net(x, net.rest(3))
    state, parts = net.rest(3), []
    for part in x.split(34):
        with torch.no_grad():
            output, state = net(part, state)
        parts.append(output)
    assert slots == [100, 2, 2, 2]  # two slots of memory instead of all
    assert torch.equal(torch.cat(parts), whole)
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(state, after, strict=True))
    assert not any(part.requires_grad for part in parts)


def test_the_memory_for_the_way_back_is_used_again_after_a_pass_without_one() -> None:
    net, x = Recurrent("lstm", 1, 8), torch.randn(40, 4, 1)
    net(x, net.rest(4))[0].sum().backward()
    (kept,) = net._spare
    with torch.no_grad():
        net(x, net.rest(4))
    net(x, net.rest(4))[0].sum().backward()
    assert [spare.hs is kept.hs for spare in net._spare] == [True]


def test_the_bits_do_not_depend_on_how_many_threads_compute_them() -> None:
    import numba

    net, x, slope = Recurrent("lstm", 1, 20), torch.randn(64, 50, 1), torch.randn(64, 50)
    before = numba.get_num_threads()
    found = []
    for threads in (1, before, before):
        numba.set_num_threads(threads)
        found.append(passed(net, net, x, slope, net.rest(50)))
    numba.set_num_threads(before)
    for ours in found[1:]:
        assert all(torch.equal(a, b) for a, b in zip(ours, found[0], strict=True))


def test_two_passes_forward_before_one_backward_keep_their_own_memory() -> None:
    net, x = Recurrent("lstm", 1, 8), torch.randn(2, 30, 4, 1, dtype=torch.float32)
    alone = [passed(net, net, part, torch.ones(30, 4), net.rest(4))[-2] for part in x]
    net.zero_grad()
    first, second = (net(part, net.rest(4))[0] for part in x)
    second.sum().backward()
    first.sum().backward()
    torch.testing.assert_close(net.lin.weight.grad, alone[0] + alone[1])
