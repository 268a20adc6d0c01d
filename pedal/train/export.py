"""A trained net as a model: with its name, its error, its loudness and a self-test that anybody can replay."""

from dataclasses import replace

import numpy as np
import torch

from pedal.measure.audition import KNOBS, LEAD_IN_S, passage
from pedal.measure.level import dbfs
from pedal.measure.render import at_rate
from pedal.model.model import Knob, Model
from pedal.train.fit import Pair, play
from pedal.train.net import Net, to_model, with_selftest

FIGURES = 5
"""Digits of an ESR behind the point."""


def labelled(
    net: Net, rate_hz: int, knobs: tuple[Knob, ...], name: str, esr: float | None, source: str, heard: Pair
) -> Model:
    """The model of a net on the processor; its self-test is the loudest moment of `heard`, made again in float64.

    Raises:
        ModelError: a weight is not a number, or the pedal plays no network of this size.
    """
    model = to_model(net, rate_hz, knobs, name)
    loudest = int(torch.argmax(torch.amax(torch.abs(heard.inputs[..., 0]), dim=0)))
    positions = tuple(float(at) for at in heard.inputs[0, loudest, 1:])
    tested = with_selftest(model, heard.inputs[:, loudest, 0].numpy(), positions)
    return replace(
        tested,
        esr=None if esr is None else round(esr, FIGURES),
        trained_from=source,
    )


def loudness_dbfs(net: Net, rate_hz: int) -> float | None:
    """RMS of what a net makes of the guitar that models are measured with, knobs in the middle; None for silence."""
    guitar, own_hz = passage()
    guitar = at_rate(guitar, own_hz, rate_hz)
    inputs = torch.full((len(guitar), 1, net.rec.input_size), KNOBS)
    inputs[:, 0, 0] = torch.from_numpy(guitar)
    sound = play(net, inputs)[round(LEAD_IN_S * rate_hz) :, 0].double().numpy()
    level = dbfs(float(np.sqrt(np.mean(sound**2))))
    return round(level, 2) if np.isfinite(level) else None
