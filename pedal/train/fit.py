"""Training: truncated back-propagation over shuffled segments, best by validation, to be left and taken up anywhere.

The recipe is that of A. Wright, E.-P. Damskägg, L. Juvela and V. Välimäki, Real-time guitar amplifier emulation with
deep learning, Applied Sciences 10(3), 766, 2020; what differs, and the experiments behind it, is in docs/training.md.
What is validated and kept is a moving average of the weights (B. Polyak and A. Juditsky, Acceleration of stochastic
approximation by averaging, SIAM J. Control Optim. 30(4), 1992): steps that are large enough to learn fast leave the
weights themselves trembling.
"""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor

from pedal.errors import ConfigError
from pedal.train.layer import State
from pedal.train.losses import Loss, esr
from pedal.train.net import Net
from pedal.train.schedules import Kind, Schedule

QUARTER = 4
"""Of all epochs: on a short recording a better one came after 22 that were not, of 92."""
Saved = Any
"""A part of what `Training.state` gives."""


class Pair(NamedTuple):
    """What goes into the amplifier and what comes out, in segments that are shuffled."""

    inputs: Tensor
    """[samples, segments, 1 + knobs]: the guitar, and the knobs' positions, 0 to 1"""
    target: Tensor
    """[samples, segments]"""
    lead: int = 0
    """Samples at the start that are heard before validation and not judged."""

    @property
    def segments(self) -> int:
        """How many."""
        return int(self.target.shape[1])

    def to(self, device: str) -> "Pair":
        """On another device."""
        return Pair(self.inputs.to(device), self.target.to(device), self.lead)


@dataclass(frozen=True)
class Settings:
    """How to train; the defaults are docs/training.md's."""

    epochs: int = 60
    batch: int = 32
    """Segments side by side."""
    segment: int = 11_025
    """Samples; the state starts from rest at the first."""
    warmup: int = 512
    """Samples at the start of each segment from which nothing is learnt."""
    truncation: int = 256
    """Samples from one update to the next, through which the gradient runs."""
    schedule: Kind = "cosine"
    rate: float = 0.02
    last_rate: float = 1e-4
    weight_decay: float = 1e-4
    betas: tuple[float, float] = (0.9, 0.99)
    largest_gradient: float = 1.0
    """The norm, over all weights, to which a larger gradient is cut."""
    average: float = 0.99
    """Of the averaged weights, what a step leaves of them; less in the first steps. 0: the weights as they are."""
    patience: int = 25
    """Validations without a better one, after which training ends; a QUARTER of its epochs, where those are more."""
    seed: int = 0
    loss: Loss = field(default_factory=Loss)

    def __post_init__(self) -> None:
        faults = [
            f"{name} is {getattr(self, name)}; expected at least 1"
            for name in ("epochs", "batch", "truncation", "patience")
            if getattr(self, name) < 1
        ]
        if self.warmup < 0 or self.segment < self.warmup + self.truncation:
            faults.append(
                f"segments of {self.segment} samples hold no step of {self.truncation} after {self.warmup} of warm-up"
            )
        if not 0.0 <= self.average < 1.0:
            faults.append(f"average is {self.average:g}; expected 0 or more, and less than 1")
        if faults:
            raise ConfigError("; ".join(faults))


class Epoch(NamedTuple):
    """What one epoch came to."""

    number: int
    """From 1."""
    rate: float
    """The learning rate at its end."""
    loss: float
    """Mean of its steps'."""
    gradient: float
    """The largest gradient norm, before it was cut; infinite where one was too large for a number, or none."""
    validation: float
    """The loss on the validation passages."""
    esr: float
    """The plain error-to-signal ratio on them."""


def play(net: Net, inputs: Tensor, step: int = 4_096) -> Tensor:
    """[samples, sequences, inputs], from rest -> [samples, sequences], without a gradient and in little memory."""
    state, played = net.rest(inputs.shape[1]), []
    with torch.no_grad():
        for part in inputs.split(step):
            output, state = net(part, state)
            played.append(output)
    return torch.cat(played)


class Training:
    """A training under way; all that it knows is in `state()`, and `restore()` goes on from there to the same bits."""

    def __init__(self, net: Net, pair: Pair, validation: Pair, settings: Settings) -> None:
        self.net, self.pair, self.validation, self.settings = net, pair, validation, settings
        self.optimiser = torch.optim.AdamW(
            net.parameters(), settings.rate, betas=settings.betas, weight_decay=settings.weight_decay
        )
        self.schedule = Schedule(settings.schedule, settings.rate, min(settings.last_rate, settings.rate))
        self.order = torch.Generator().manual_seed(settings.seed)
        self.epoch, self.epochs = 0, settings.epochs
        """Trained, and to be trained; who learns how long one takes may `plan` others."""
        self.planned = (0, 0.0)
        """The epoch after which that was planned, and the share of the schedule that was done by then."""
        self.best_esr, self.best_loss, self.best_epoch = math.inf, math.inf, 0
        self.waited = 0
        """Validations since the best."""
        self.fallen = 0
        """Times that it went back to the best, with half the rate from then on."""
        self.overflown = False
        """Whether a gradient of the last epoch was too large for a number."""
        self.averaged, self.steps = copy.deepcopy(net), 0
        """The net of the averaged weights, and how many updates they are of."""
        self.best = _copy(self.averaged)

    @property
    def done(self) -> bool:
        """Whether all epochs are trained, or too many went by without a better validation.

        A good model that is trained on may get worse for long before it gets better: only after that is one waited for.
        """
        patience = max(self.settings.patience, self.epochs // QUARTER)
        return self.epoch >= self.epochs or (self.best_epoch > 0 and self.waited >= patience)

    def plan(self, epochs: int) -> None:
        """Train so many in all; the schedule goes on from where it is, so that what fell or was warm is not raised."""
        self.planned = (self.epoch, self._progress(self.epoch))
        self.epochs = epochs

    def run_epoch(self, tell: Callable[[float], None] = lambda _share: None) -> Epoch:
        """Every segment once, in a new order; then validate. `tell` hears how much is done, 0 to 1.

        What `tell` raises ends the epoch in its middle, from where only a state that was taken before leads on.
        """
        if not self.epoch:
            self._keep(*self._measured())  # all that follows may be worse than a model it starts from
        if self.overflown and self.waited:
            self._fall_back()
        order = torch.randperm(self.pair.segments, generator=self.order)
        batches = order.split(self.settings.batch)
        losses: list[float] = []
        norms: list[float] = []
        for number, chosen in enumerate(batches):
            tell(number / len(batches))
            self._set_rate(self._progress(self.epoch + number / len(batches)))
            for loss, norm in self._learn(chosen):
                losses.append(loss)
                norms.append(norm)
        self.epoch += 1
        validation, ratio = self.validate()
        self.overflown = max(norms) == math.inf
        rate = float(self.optimiser.param_groups[0]["lr"])
        return Epoch(self.epoch, rate, sum(losses) / len(losses), max(norms), validation, ratio)

    def validate(self) -> tuple[float, float]:
        """Loss and ESR of the averaged weights on the validation passage; the best are kept."""
        loss, ratio = self._measured()
        self.schedule.validated(loss)
        self.waited += 1
        self._keep(loss, ratio)
        return loss, ratio

    def _measured(self) -> tuple[float, float]:
        lead = self.validation.lead
        output, target = play(self.averaged, self.validation.inputs)[lead:], self.validation.target[lead:]
        return float(self.settings.loss(output, target)), esr(output, target)

    def _keep(self, loss: float, ratio: float) -> None:
        """The averaged weights, if they are the best so far: never where the loss is not a number."""
        if loss < self.best_loss:
            self.best_loss, self.best_esr, self.best_epoch, self.waited = loss, ratio, self.epoch, 0
            self.best = _copy(self.averaged)

    def _fall_back(self) -> None:
        """Where gradients overflow, the network has become one that small steps hardly lead out of again."""
        for net in (self.net, self.averaged):
            net.load_state_dict(self.best)
        self.optimiser.state.clear()
        self.steps, self.fallen = 0, self.fallen + 1

    def state(self) -> dict[str, Any]:
        """Everything, for torch.save; nothing in it changes when training goes on."""
        return {
            "net": _copy(self.net),
            "averaged": _copy(self.averaged),
            "steps": self.steps,
            "optimiser": _detached(self.optimiser.state_dict()),
            "schedule": self.schedule.state(),
            "order": self.order.get_state(),
            "epochs": (self.epoch, self.epochs, self.planned),
            "best": {name: values.clone() for name, values in self.best.items()},
            "best_of": (self.best_loss, self.best_esr, self.best_epoch, self.waited),
            "fallen": (self.fallen, self.overflown),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from where `state()` was taken, by a training with the same settings on the same pair."""
        self.net.load_state_dict(state["net"])
        self.averaged.load_state_dict(state["averaged"])
        self.steps = state["steps"]
        self.optimiser.load_state_dict(_detached(state["optimiser"]))
        self.schedule = Schedule(**state["schedule"])
        self.order.set_state(state["order"])
        self.epoch, self.epochs, self.planned = state["epochs"]
        self.best = {name: values.clone() for name, values in state["best"].items()}
        self.best_loss, self.best_esr, self.best_epoch, self.waited = state["best_of"]
        self.fallen, self.overflown = state.get("fallen", (0, False))  # before there was such a thing

    def _progress(self, epochs: float) -> float:
        """The share of the schedule that is done after so many epochs."""
        since, done = self.planned
        return done + (1.0 - done) * (epochs - since) / max(1, self.epochs - since)

    def _set_rate(self, progress: float) -> None:
        for group in self.optimiser.param_groups:
            group["lr"] = self.schedule.rate(progress) * 0.5**self.fallen

    def _learn(self, chosen: Tensor) -> list[tuple[float, float]]:
        """The loss and the gradient's norm of each step through these segments."""
        inputs, target = self.pair.inputs[:, chosen], self.pair.target[:, chosen]
        state: State = self.net.rest(len(chosen))
        warmup, step = self.settings.warmup, self.settings.truncation
        if warmup:
            with torch.no_grad():
                _, state = self.net(inputs[:warmup], state)
        found = []
        for start in range(warmup, len(target) - step + 1, step):
            output, state = self.net(inputs[start : start + step], state)
            loss = self.settings.loss(output, target[start : start + step])
            self.optimiser.zero_grad()
            loss.backward()
            norm = torch.nn.utils.clip_grad_norm_(self.net.parameters(), self.settings.largest_gradient)
            if finite := bool(torch.isfinite(norm)):
                self.optimiser.step()
                self._follow()
            found.append((loss.item(), norm.item() if finite else math.inf))
        return found

    def _follow(self) -> None:
        """The averaged weights go a little towards the weights: by a tenth at first, when these still move far."""
        self.steps += 1
        left = min(self.settings.average, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.averaged.parameters()), list(self.net.parameters()), 1.0 - left)


def _copy(net: Net) -> dict[str, Tensor]:
    return {name: values.detach().clone() for name, values in net.state_dict().items()}


def _detached(state: Saved) -> Saved:
    """A copy, tensors and all."""
    if isinstance(state, Tensor):
        return state.detach().clone()
    if isinstance(state, dict):
        return {key: _detached(value) for key, value in state.items()}
    if isinstance(state, list | tuple):
        return type(state)(_detached(value) for value in state)
    return state
