"""Starting from another amplifier's model, fitted to the size and the knobs that are wanted; or from the nearest.

A model that is made larger, or has a knob more or less, gives the same sound before training as it did: what is new is
not heard until training has found a use for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from pedal.errors import ModelError
from pedal.model.formats import read
from pedal.model.model import GATES, Cell, Knob, Model, Weights
from pedal.train.fit import play
from pedal.train.net import Net, from_model, to_model

KNOB = 0.5
"""Where a knob is left that nothing is known of."""
COMPARED_S = 10.0
SETTLED_S = 0.1
"""At the start of what is compared, not judged."""


class Nearest(NamedTuple):
    """A model of the library beside the pair."""

    path: Path
    esr: float
    """Of its sound for the guitar against the amplifier's, both at the level at which they are nearest."""


def adapted(
    model: Model, cell: Cell | None, hidden: int | None, knobs: Sequence[str], rate_hz: int
) -> tuple[Net, list[str]]:
    """A net that sounds like the model, of `hidden` units (its own where None), with these knobs; and what was changed.

    Raises:
        ModelError: it has another kind of unit, or more units than are wanted.
    """
    if cell not in (None, model.cell):
        raise ModelError(f"has {model.cell.upper()} units; expected {str(cell).upper()}: --unit {model.cell}")
    units = hidden or model.hidden
    if units < model.hidden:
        raise ModelError(f"has {model.hidden} units, too many for {units}; expected --hidden {model.hidden} or more")
    told = []
    if (model.input_gain, model.output_gain) != (1.0, 1.0) or model.initial_h is not None:
        told.append("its gains and its initial state are left behind")
    if model.sample_rate_hz != rate_hz:
        told.append(f"it was made for {model.sample_rate_hz} Hz; the recordings have {rate_hz} Hz")
    model = _with_knobs(model, knobs, told)
    if units > model.hidden:
        told.append(f"{units - model.hidden} units are added to its {model.hidden}")
        model = _grown(model, units)
    return from_model(model), told


def nearest(
    paths: Iterable[Path], clean: NDArray[np.float32], amp: NDArray[np.float32], rate_hz: int,
    cell: Cell | None = None, hidden: int | None = None, knobs: Mapping[str, float] = MappingProxyType({}),
) -> list[Nearest]:  # fmt: skip
    """The models that could be started from, the nearest first, by the first playing in aligned recordings.

    A model's knob stands where the amplifier's of that name did.
    """
    positions = {name.casefold(): at for name, at in knobs.items()}
    frames, settled = round(COMPARED_S * rate_hz), round(SETTLED_S * rate_hz)
    start = int(np.argmax(np.abs(clean) > 0.1 * np.max(np.abs(clean))))  # not the rest before it
    guitar, target = clean[start : start + frames], amp[start : start + frames].astype(np.float64)[settled:]
    power = float(np.sum(target**2))
    found = []
    for path in paths:
        try:
            model = read(path)
        except ModelError:
            continue
        if cell not in (None, model.cell) or (hidden is not None and hidden < model.hidden):
            continue
        inputs = torch.full((len(guitar), 1, model.inputs), KNOB)
        inputs[:, 0, 0] = torch.from_numpy(np.ascontiguousarray(guitar))
        for number, knob in enumerate(model.knobs):
            inputs[:, 0, 1 + number] = positions.get(knob.name.casefold(), KNOB)
        sound = play(from_model(model), inputs)[settled:, 0].double().numpy()
        common = float(sound @ target)
        # By the gain that brings it nearest, Σ s·t / Σ s², what remains of the error is this.
        share = common**2 / max(float(sound @ sound) * power, 1e-30)
        found.append(Nearest(path, 1.0 - share))
    return sorted(found, key=lambda one: one.esr)


def _with_knobs(model: Model, knobs: Sequence[str], told: list[str]) -> Model:
    """The model with these knobs: its own of that name, new ones that do nothing yet; its others held in the middle."""
    own = [knob.name.casefold() for knob in model.knobs]
    if own == [name.casefold() for name in knobs]:
        return model
    columns, bias = [model.weight_ih[:, 0]], model.bias_ih.copy()
    for name in knobs:
        if name.casefold() in own:
            columns.append(model.weight_ih[:, 1 + own.index(name.casefold())])
        else:
            columns.append(np.zeros_like(bias))
            told.append(f"it has no knob {name}; it is to learn that one from nothing")
    for number, name in enumerate(own):
        if name not in [wanted.casefold() for wanted in knobs]:
            bias += KNOB * model.weight_ih[:, 1 + number]
            told.append(f"its knob {name} is held in the middle")
    named = tuple(Knob(name) for name in knobs)
    return replace(
        model, weight_ih=np.column_stack(columns).astype(np.float32), bias_ih=bias, knobs=named, selftest=None
    )


def _grown(model: Model, hidden: int) -> Model:
    """The same sound from more units: nothing of the old ones hears the new, nor does the sum."""
    fresh = to_model(Net(model.cell, model.inputs, hidden), model.sample_rate_hz, model.knobs)
    gates, old = len(GATES[model.cell]), model.hidden

    def rows(new: Weights, before: Weights) -> Weights:
        found = new.reshape(gates, hidden, -1).copy()
        found[:, :old] = 0.0
        found[:, :old, : before.reshape(gates, old, -1).shape[2]] = before.reshape(gates, old, -1)
        return found.reshape(new.shape)

    dense = np.zeros(hidden, np.float32)
    dense[:old] = model.dense_weight
    return replace(
        model,
        weight_ih=rows(fresh.weight_ih, model.weight_ih),
        weight_hh=rows(fresh.weight_hh, model.weight_hh),
        bias_ih=rows(fresh.bias_ih, model.bias_ih),
        bias_hh=rows(fresh.bias_hh, model.bias_hh),
        dense_weight=dense,
        initial_h=None,
        initial_c=None,
        selftest=None,
    )
