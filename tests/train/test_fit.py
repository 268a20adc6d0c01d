"""Training: it learns, it stops, and it goes on from where it was left to the same bits."""

import io
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from pedal.errors import ConfigError
from pedal.model import reference
from pedal.model.formats import decode, to_native
from pedal.model.model import Knob

torch = pytest.importorskip("torch", reason="training needs torch: pip install '.[train]'")

from pedal.train.fit import Pair, Settings, Training, play  # noqa: E402
from pedal.train.net import Net, from_model, to_model, with_selftest  # noqa: E402

Samples = NDArray[np.float32]

SETTINGS = Settings(epochs=6, batch=16, segment=300, warmup=40, truncation=64, rate=0.02, patience=3)


def cut(dry: Samples, wet: Samples, segment: int) -> Pair:
    """As many whole segments as they hold."""
    whole = len(dry) // segment * segment
    inputs, target = (torch.from_numpy(sound[:whole].reshape(-1, segment).T.copy()) for sound in (dry, wet))
    return Pair(inputs[..., None], target)


def pairs() -> tuple[Pair, Pair]:
    """A soft clipper after a one-pole low-pass, played by noise: to train on and to validate on."""
    rng = np.random.default_rng(7)
    dry = rng.normal(size=14_000).astype(np.float32) * 0.5
    low = np.zeros_like(dry)
    for n in range(1, len(dry)):
        low[n] = 0.7 * low[n - 1] + 0.3 * dry[n]
    wet = np.tanh(3 * low)
    return cut(dry[:12_000], wet[:12_000], 300), cut(dry[12_000:], wet[12_000:], 1_000)


def training(settings: Settings = SETTINGS, cell: str = "lstm") -> Training:
    torch.manual_seed(settings.seed)
    return Training(Net(cell, 1, 8), *pairs(), settings)  # type: ignore[arg-type]


def bits(trained: Training) -> list[bytes]:
    return [values.numpy().tobytes() for state in (trained.net.state_dict(), trained.best) for values in state.values()]


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_it_learns(cell: str) -> None:
    trained = training(cell=cell)
    _, before = trained.validate()
    while not trained.done:
        trained.run_epoch()
    assert trained.best_esr < 0.3 < before
    trained.averaged.load_state_dict(trained.best)
    assert trained.validate()[1] == trained.best_esr


@pytest.mark.parametrize("schedule", ["cosine", "plateau", "constant"])
def test_a_training_taken_up_again_is_the_same_to_the_bit(schedule: str) -> None:
    settings = replace(SETTINGS, schedule=schedule)  # type: ignore[arg-type]
    whole = training(settings)
    epochs = [whole.run_epoch() for _ in range(4)]
    left = training(settings)
    for _ in range(2):
        left.run_epoch()
    file = io.BytesIO()
    torch.save(left.state(), file)
    left.run_epoch()  # what goes on after a state was taken does not change it
    file.seek(0)
    taken_up = training(replace(settings, seed=settings.seed))
    torch.manual_seed(99)
    taken_up.restore(torch.load(file, weights_only=True))
    assert [taken_up.run_epoch() for _ in range(2)] == epochs[2:]
    assert bits(taken_up) == bits(whole)


@pytest.mark.parametrize(("epochs", "waited"), [(8, 3), (40, 10)])
def test_it_ends_when_validation_no_longer_gets_better(epochs: int, waited: int) -> None:
    trained = training(replace(SETTINGS, epochs=epochs, rate=1e-9, last_rate=1e-9))
    trained.best_loss, trained.best_epoch = 0.0, 1
    while not trained.done:
        trained.run_epoch()
    assert (trained.epoch, trained.best_epoch) == (waited, 1)


@pytest.mark.parametrize("epochs", [5, 6, 400])
def test_another_number_of_epochs_goes_on_from_the_rate_that_is_and_ends_at_the_last(epochs: int) -> None:
    trained = training(replace(SETTINGS, epochs=20, patience=1_000))
    before = [trained.run_epoch().rate for _ in range(4)]
    trained.plan(epochs)
    assert trained.run_epoch().rate < before[-1]
    while trained.epoch < epochs < 10:
        trained.run_epoch()
    assert trained.schedule.rate(trained._progress(epochs)) == pytest.approx(trained.schedule.last)


def test_a_gradient_that_is_not_a_number_changes_nothing() -> None:
    trained = training()
    trained.pair.target[200] = torch.nan
    before = [values.clone() for values in trained.net.parameters()]
    found = trained._learn(torch.arange(16))
    assert [np.isfinite(norm) for _, norm in found] == [True, True, False, True]
    after = list(trained.net.parameters())
    assert all(torch.isfinite(values).all() for values in after)
    assert not all(torch.equal(a, b) for a, b in zip(after, before, strict=True))


def test_what_it_begins_with_stays_the_best_where_nothing_is_better_and_has_no_end_before_its_epochs() -> None:
    trained = training()
    while not trained.done:
        trained.run_epoch()
    again = training(replace(SETTINGS, schedule="constant", rate=1.0, epochs=5, patience=2))
    again.net.load_state_dict(trained.best)
    again.averaged.load_state_dict(trained.best)
    while not again.done:
        again.run_epoch()
    assert again.epoch == 5
    assert (again.best_epoch, again.best_loss, again.best_esr) == (0, trained.best_loss, trained.best_esr)
    assert all(torch.equal(again.best[name], values) for name, values in trained.best.items())


def test_where_gradients_overflow_it_goes_back_to_the_best_and_on_with_half_the_rate() -> None:
    trained = training(replace(SETTINGS, schedule="constant", rate=0.01, last_rate=0.01))
    trained.run_epoch()
    steps = trained.steps
    with torch.no_grad():
        for net in (trained.net, trained.averaged):
            net.lin.weight.fill_(1e30)
    overflown = trained.run_epoch()
    assert (overflown.rate, overflown.gradient, trained.fallen, trained.best_epoch) == (0.01, np.inf, 0, 1)
    taken_up = training(trained.settings)
    taken_up.restore(trained.state())
    after = trained.run_epoch()
    assert after.rate == 0.005
    assert np.isfinite(after.gradient)
    assert (trained.fallen, trained.best_epoch, trained.overflown) == (1, 3, False)
    assert trained.steps == steps
    assert {int(state["step"]) for state in trained.optimiser.state.values()} == {steps}
    assert taken_up.run_epoch() == after
    assert bits(taken_up) == bits(trained)


def test_a_gradient_that_leaps_is_cut_and_reported() -> None:
    trained = training(replace(SETTINGS, schedule="constant", rate=1e-4, last_rate=1e-4, weight_decay=0.0))
    with torch.no_grad():
        trained.net.lin.weight.mul_(300.0)
    found = trained._learn(torch.arange(16))
    assert min(norm for _, norm in found) > 100.0
    left = torch.cat([values.grad.flatten() for values in trained.net.parameters()])
    assert float(torch.linalg.norm(left)) == pytest.approx(trained.settings.largest_gradient, rel=1e-3)


@pytest.mark.parametrize("warmup", [0, 40])
def test_a_step_goes_on_from_where_the_one_before_has_led_and_the_warm_up_is_not_learnt_from(warmup: int) -> None:
    trained = training(replace(SETTINGS, schedule="constant", rate=1e-12, last_rate=1e-12, warmup=warmup))
    before = [values.detach().clone() for values in trained.net.parameters()]
    chosen = torch.arange(16)
    found = trained._learn(chosen)
    for values, now in zip(before, trained.net.parameters(), strict=True):
        torch.testing.assert_close(values, now.detach(), rtol=0, atol=1e-8)
    target = trained.pair.target[:, chosen]
    whole = play(trained.net, trained.pair.inputs[:, chosen])
    steps = range(warmup, 300 - 64 + 1, 64)
    assert len(found) == len(steps) == (300 - warmup) // 64
    for start, (loss, _) in zip(steps, found, strict=True):
        part = slice(start, start + 64)
        assert loss == pytest.approx(float(trained.settings.loss(whole[part], target[part])), rel=1e-4)


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_what_is_validated_is_the_average_of_the_weights_after_each_step(
    average: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained = training(replace(SETTINGS, average=average))
    expected = [values.detach().numpy().astype(np.float64) for values in trained.net.parameters()]
    step, steps = trained.optimiser.step, 0

    def stepped() -> None:
        nonlocal expected, steps
        step()
        steps += 1
        left = min(average, (1 + steps) / (10 + steps))
        now = [values.detach().numpy() for values in trained.net.parameters()]
        expected = [left * before + (1 - left) * after for before, after in zip(expected, now, strict=True)]

    monkeypatch.setattr(trained.optimiser, "step", stepped)
    trained.run_epoch()
    assert steps == trained.steps > 10
    for found, wanted in zip(trained.averaged.parameters(), expected, strict=True):
        np.testing.assert_allclose(found.detach().numpy(), wanted, atol=1e-5)
    validation = trained.validation
    output = play(trained.averaged, validation.inputs)
    error = float(torch.sum((output - validation.target) ** 2) / torch.sum(validation.target**2))
    assert trained.best_esr == pytest.approx(error, rel=1e-6)


def test_playing_does_not_depend_on_how_it_is_cut() -> None:
    net, pair = Net("lstm", 1, 8), pairs()[1]
    assert torch.equal(play(net, pair.inputs, 64), play(net, pair.inputs))


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_net_becomes_a_model_file_and_a_net_again(cell: str) -> None:
    torch.manual_seed(5)
    net = Net(cell, 2, 9)  # type: ignore[arg-type]
    guitar = np.random.default_rng(5).normal(size=5_000) * 0.3
    model = with_selftest(to_model(net, 48_000, (Knob("gain", 0, 10),), "Bench"), guitar, (0.25,))
    read = decode(to_native(model), "bench.json")
    assert (read.name, read.sample_rate_hz, read.knobs) == ("Bench", 48_000, (Knob("gain", 0, 10),))
    assert read.selftest is not None
    assert len(read.selftest.input) == 2_048
    assert np.max(np.abs(read.selftest.input)) == np.max(np.abs(guitar.astype(np.float32)))
    assert reference.selftest_error(read, read.selftest) == 0.0
    inputs = torch.full((2_048, 1, 2), 0.25)
    inputs[:, 0, 0] = torch.from_numpy(read.selftest.input)
    played = play(from_model(read), inputs)[:, 0].numpy()
    assert reference.difference(played, read.selftest.output) < 2e-6


def test_what_cannot_be_trained_is_said() -> None:
    with pytest.raises(
        ConfigError, match="batch is 0; expected at least 1; segments of 100 samples hold no step of 64"
    ):
        Settings(batch=0, segment=100, warmup=40, truncation=64)
    with pytest.raises(ConfigError, match="average is 1; expected 0 or more, and less than 1"):
        Settings(average=1.0)
