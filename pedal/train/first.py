"""Trains the models that the project ships: an LSTM that listens to the simulated overdrive until it sounds like it.

`python -m pedal.train.first OUT.json` fits one position of the drive knob, `--knob` the whole turn of it. The recipe is
Wright, Damskägg and Välimäki's ("Real-time guitar amplifier emulation with deep learning", Applied Sciences 10, 766,
2020): pre-emphasised error-to-signal ratio plus DC, truncated back-propagation with the state carried along.
"""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor, nn

from pedal.files import replacing
from pedal.model.formats import to_native
from pedal.model.model import Knob, Model, Selftest
from pedal.train.circuits import Overdrive
from pedal.train.guitar import performance, practice
from pedal.train.strings import RATE_HZ

TRAINING_SEED, VALIDATION_SEED = 1, 2
TRAINING_S, VALIDATION_S = 240, 20
DRIVE = 0.5
KNOB_DRIVES = (0.0, 0.25, 0.5, 0.75, 1.0)
SEGMENT = 22_050
BATCH = 32
TRUNCATION = 512
"""Samples between two updates, through which the gradient runs."""
LEARNING_RATE, LAST_RATE = 6e-3, 1e-4
LARGEST_GRADIENT = 1.0
PRE_EMPHASIS = 0.85
VALIDATE_EVERY = 2
SELFTEST = 2_048
State = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Pair:
    """What goes into the circuit and what comes out."""

    input: Tensor
    """[frames, segments, inputs]"""
    target: Tensor
    """[frames, segments, 1]"""


class Net(nn.Module):
    """One LSTM and a sum of its units, added to the dry guitar."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.rec = nn.LSTM(inputs, hidden)
        self.lin = nn.Linear(hidden, 1)
        with torch.no_grad():
            self.rec.bias_ih_l0[hidden : 2 * hidden] = 1.0  # an LSTM that remembers at first learns sooner

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """[frames, segments, inputs] and the state before -> [frames, segments, 1] and the state after."""
        units, state = self.rec(x, state)
        return self.lin(units) + x[..., :1], state


def record(seconds: int, seed: int, drives: tuple[float, ...], knob: bool) -> Pair:
    """A performance, cut into segments; each goes through a circuit at rest, its knob at the next of `drives`."""
    sound = practice(seconds, seed)
    count = len(sound) // SEGMENT
    inputs = np.zeros((SEGMENT, count, 2 if knob else 1), dtype=np.float32)
    target = np.zeros((SEGMENT, count, 1), dtype=np.float32)
    for number, dry in enumerate(sound[: count * SEGMENT].reshape(count, SEGMENT)):
        drive = drives[number % len(drives)]
        inputs[:, number, 0] = dry
        inputs[:, number, 1:] = drive
        target[:, number, 0] = Overdrive().play(dry, RATE_HZ, drive)
    return Pair(torch.from_numpy(inputs), torch.from_numpy(target))


def loss_of(output: Tensor, target: Tensor) -> Tensor:
    """0.75 · ESR of the pre-emphasised signals + 0.25 · DC; a silent stretch weighs as one at -50 dBFS does."""
    error, wanted = (signal[1:] - PRE_EMPHASIS * signal[:-1] for signal in (target - output, target))
    esr = torch.mean(error**2) / (torch.mean(wanted**2) + 1e-5)
    dc = torch.mean(torch.mean(target - output, dim=0) ** 2) / (torch.mean(target**2) + 1e-5)
    return 0.75 * esr + 0.25 * dc


def esr_of(output: Tensor, target: Tensor) -> float:
    """The error-to-signal ratio, nothing emphasised."""
    return float(torch.sum((target - output) ** 2) / torch.sum(target**2))


def validate(net: Net, pair: Pair) -> float:
    """ESR over all segments, each from a state of zeros."""
    with torch.no_grad():
        output, _ = net(pair.input)
    return esr_of(output, pair.target)


def fit(net: Net, training: Pair, validation: Pair, epochs: int) -> float:
    """Train `net`, leave it at its best epoch, and give the validation ESR it had there."""
    optimiser = torch.optim.Adam(net.parameters(), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimiser, (LAST_RATE / LEARNING_RATE) ** (1 / epochs))
    best, kept = float("inf"), net.state_dict()
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[news]}"), TimeRemainingColumn())
    with Progress(*columns) as progress:
        task = progress.add_task("training", total=epochs, news="")
        for epoch in range(1, epochs + 1):
            train_epoch(net, training, optimiser)
            schedule.step()
            if epoch % VALIDATE_EVERY == 0 or epoch == epochs:
                esr = validate(net, validation)
                if esr < best:
                    best, kept = esr, {name: values.clone() for name, values in net.state_dict().items()}
                progress.update(task, news=f"ESR {esr:.4f}, best {best:.4f}")
            progress.advance(task)
    net.load_state_dict(kept)
    return best


def train_epoch(net: Net, pair: Pair, optimiser: torch.optim.Optimizer) -> None:
    """Every segment once, in a new order; an update every TRUNCATION samples."""
    for chosen in torch.randperm(pair.input.shape[1]).split(BATCH):
        inputs, target = pair.input[:, chosen], pair.target[:, chosen]
        state: State | None = None  # the circuit starts from rest as well
        for start in range(0, SEGMENT, TRUNCATION):
            cut = slice(start, start + TRUNCATION)
            output, (h, c) = net(inputs[cut], state)
            state = (h.detach(), c.detach())
            optimiser.zero_grad()
            loss_of(output, target[cut]).backward()
            nn.utils.clip_grad_norm_(net.parameters(), LARGEST_GRADIENT)
            optimiser.step()


def to_model(net: Net) -> Model:
    """The weights as the pedal keeps them."""
    weights = {name: np.asarray(values, dtype=np.float32) for name, values in net.state_dict().items()}
    knobs = (Knob("drive"),) if weights["rec.weight_ih_l0"].shape[1] == 2 else ()
    return Model(
        format="native",
        cell="lstm",
        weight_ih=weights["rec.weight_ih_l0"],
        weight_hh=weights["rec.weight_hh_l0"],
        bias_ih=weights["rec.bias_ih_l0"],
        bias_hh=weights["rec.bias_hh_l0"],
        dense_weight=weights["lin.weight"][0],
        dense_bias=float(weights["lin.bias"][0]),
        skip=1.0,
        sample_rate_hz=RATE_HZ,
        name="Simulated Overdrive with Drive" if knobs else "Simulated Overdrive",
        knobs=knobs,
        licence="CC0-1.0",
        trained_from="pedal.train.circuits.Overdrive, a simulated circuit, played by pedal.train.guitar",
    )


def labelled(net: Net, esr: float) -> Model:
    """The model with its ESR, its loudness on the shipped guitar recording and a passage to test readers with."""
    model = to_model(net)
    sound = performance()
    output = _played(net, sound)
    loudest = int(np.argmax(np.abs(output)))
    test = sound[loudest - SELFTEST // 4 :][:SELFTEST]
    knobs = tuple(DRIVE for _ in model.knobs)
    return replace(
        model,
        esr=round(esr, 5),
        loudness_dbfs=round(float(10 * np.log10(np.mean(output**2))), 2),
        selftest=Selftest(test, _played(net, test), knobs),
    )


def _played(net: Net, sound: NDArray[np.float64]) -> NDArray[np.float64]:
    """`sound` through the net in double precision, from its initial state, the knob at DRIVE."""
    inputs = torch.full((len(sound), 1, net.rec.input_size), DRIVE, dtype=torch.float64)
    inputs[:, 0, 0] = torch.from_numpy(sound)
    with torch.no_grad():
        output, _ = net.double()(inputs)
    return np.asarray(output[:, 0, 0])


def main() -> None:
    """Train one model and write it."""
    parser = argparse.ArgumentParser(description="Train an LSTM on the simulated overdrive.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--knob", action="store_true", help="learn the drive knob as a second input")
    parser.add_argument("--hidden", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=40)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    drives = KNOB_DRIVES if arguments.knob else (DRIVE,)
    training = record(TRAINING_S, TRAINING_SEED, drives, arguments.knob)
    validation = record(VALIDATION_S, VALIDATION_SEED, drives, arguments.knob)
    net = Net(2 if arguments.knob else 1, arguments.hidden)
    esr = fit(net, training, validation, arguments.epochs)
    with replacing(arguments.out) as temporary:
        temporary.write_bytes(to_native(labelled(net, esr)))
    print(f"{arguments.out}: ESR {esr:.4f} on {VALIDATION_S} s it was not trained on")


if __name__ == "__main__":
    main()
