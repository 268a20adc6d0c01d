"""The recurrent networks of Neural Amp Modeler, .nam: every weight in one flat list."""

from dataclasses import replace

import numpy as np
from msgspec import Raw, Struct

from pedal.errors import ModelError
from pedal.model import reference
from pedal.model.document import Count, knobs, measured, part, rate_hz, tensor, text
from pedal.model.model import LARGEST_WEIGHT, Model, check_size

DEFAULT_RATE_HZ = 48_000
SETTLING_S = 0.5
"""What Neural Amp Modeler plays of silence before the first note."""
SETTLING_FRAMES_AT_MOST = 24_000
STILL = 1e-10
"""What changed by less in 10 ms changes by less than half a float32's last digit in the rest of half a second."""
OTHERS = {
    "WaveNet": "a WaveNet (convolutional)",
    "ConvNet": "a ConvNet (convolutional)",
    "Linear": "an impulse response",
    "SlimmableContainer": 'a SlimmableContainer (the newer "A2" family)',
}


class Config(Struct):
    """`config` of an LSTM."""

    hidden_size: Count
    input_size: Count = 1
    num_layers: Count = 1
    in_channels: Count = 1
    out_channels: Count = 1


class Training(Struct):
    """`metadata.training`"""

    validation_esr: object = None


class Metadata(Struct):
    """`metadata`: any of it may be null."""

    name: object = None
    loudness: object = None
    gear_make: object = None
    gear_model: object = None
    training: Training | None = None


class File(Struct):
    """The whole file."""

    config: Config
    weights: list[float]
    sample_rate: float | str | None = None
    metadata: Metadata | None = None


def decode(found: dict[str, Raw], data: bytes) -> Model:
    """The model in a file that names an `architecture`.

    Raises:
        ModelError: it is not one that is played, and why.
    """
    architecture = part(found["architecture"], str, "architecture")
    if architecture != "LSTM":
        kind = OTHERS.get(architecture, f"of the architecture {text(architecture)!r}")
        raise ModelError(f"is {kind}; expected a recurrent model (NAM's LSTM)")
    file = part(data, File)
    config, metadata = file.config, file.metadata or Metadata()
    if config.num_layers != 1:
        raise ModelError(f"has {config.num_layers} recurrent layers; expected one")
    if (config.in_channels, config.out_channels) != (1, 1):
        raise ModelError(f"has {config.in_channels} channels in and {config.out_channels} out; expected one of each")
    check_size("lstm", config.hidden_size, config.input_size)
    return _settled(_model(file, config.hidden_size, config.input_size, metadata))


def _model(file: File, hidden: int, inputs: int, metadata: Metadata) -> Model:
    """The model as it is stored, cut out of the flat list."""
    rows = 4 * hidden
    sizes = (rows * (inputs + hidden), rows, hidden, hidden, hidden, 1)
    if len(file.weights) != sum(sizes):
        network = f"a NAM LSTM of hidden size {hidden}" + (f" and {inputs} inputs" if inputs > 1 else "")
        raise ModelError(f"holds {len(file.weights)} weights; expected {sum(sizes)} for {network}; download it again")
    flat = tensor("weights", file.weights, (sum(sizes),))
    matrix, bias, h, c, head, offset = np.split(flat, np.cumsum(sizes)[:-1])
    columns = matrix.reshape(rows, inputs + hidden)
    return Model(
        format="nam",
        cell="lstm",
        weight_ih=columns[:, :inputs].copy(),
        weight_hh=columns[:, inputs:].copy(),
        bias_ih=bias,
        bias_hh=np.zeros_like(bias),
        dense_weight=head,
        dense_bias=float(offset[0]),
        initial_h=h,
        initial_c=c,
        sample_rate_hz=rate_hz(file.sample_rate, DEFAULT_RATE_HZ),
        name=text(metadata.name),
        knobs=knobs(inputs),
        loudness_dbfs=measured(metadata.loudness),
        esr=measured(metadata.training and metadata.training.validation_esr),
        trained_from=" ".join(filter(None, (text(metadata.gear_make), text(metadata.gear_model)))),
    )


def _settled(model: Model) -> Model:
    """The model with the state it has come to after half a second of silence, its knobs half way.

    Raises:
        ModelError: it comes to no rest.
    """
    state = reference.initial_state(model)
    left = min(round(SETTLING_S * model.sample_rate_hz), SETTLING_FRAMES_AT_MOST)
    while left > 0:
        frames = min(model.sample_rate_hz // 100, left)
        _, settled = reference.run(model, np.zeros(frames), state=state)
        still = all(np.max(np.abs(new - old)) < STILL for new, old in zip(settled, state, strict=True))
        state, left = settled, 0 if still else left - frames
    largest = max(float(np.max(np.abs(part))) for part in state)
    if not largest <= LARGEST_WEIGHT:
        raise ModelError(
            f"runs away while nothing is played: after half a second of silence its memory holds {largest:.2g}; "
            f"expected at most {LARGEST_WEIGHT:g}; its training went wrong"
        )
    return replace(model, initial_h=state.h.astype(np.float32), initial_c=state.c.astype(np.float32))
