"""A Model becomes the floats the kernel reads, and they become a packed file; recurrent.py says what lies where."""

import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pedal.files import replacing
from pedal.kernel.layout import STATE_OFFSET, Kernel
from pedal.kernel.library import Library
from pedal.kernel.packed import HEADER_BYTES, Header, packed_path
from pedal.model.model import GATES, Model

SUMS = {"lstm": ("i", "f", "g", "o"), "gru": ("r", "z", "n", "n")}
"""The gate of each of a unit's four sums. A GRU's third takes n's input part alone, its fourth n's hidden part."""
SIGMOIDS = "iforz"
"""Gates whose sums are halved: sigmoid z = (1 + tanh(z/2)) / 2."""


def pack(model: Model, kernel: Kernel, tag: str) -> bytes:
    """The packed file of a model for one compiled size of the library with this tag: header and floats.

    Gains are folded into the weights; units and inputs that the model lacks get zeros, and stay exactly zero.
    """
    floats = _floats(model, kernel).tobytes()
    header = Header(
        tag=tag,
        kernel=kernel.number,
        cell=list(GATES).index(model.cell),
        hidden=model.hidden,
        padded=kernel.padded,
        inputs=model.inputs,
        rate_hz=model.sample_rate_hz,
        floats=kernel.floats,
        crc=zlib.crc32(floats),
    )
    return header.to_bytes() + floats


def store(model: Model, word: int, folder: Path, library: Library) -> Path:
    """Pack a model into the cache under the state folder, unless it is there already; gives the packed file.

    Raises:
        KernelError: no compiled size holds it.
        OSError: the folder cannot be written to.
    """
    path = packed_path(folder, library.tag, word)
    data = pack(model, library.kernel_for(model.cell, model.hidden, model.inputs), library.tag)
    if not (path.is_file() and path.read_bytes() == data):
        with replacing(path) as temporary:
            temporary.write_bytes(data)
    return path


def aligned(packed: bytes) -> NDArray[np.float32]:
    """The floats of a packed file in memory of this process, at a 64-byte boundary as the kernel requires."""
    floats = np.frombuffer(packed, np.float32, offset=HEADER_BYTES)
    room = np.zeros(len(floats) + 16, np.float32)
    start = -room.ctypes.data // 4 % 16
    room[start : start + len(floats)] = floats
    return room[start : start + len(floats)]


def _floats(model: Model, kernel: Kernel) -> NDArray[np.float32]:
    bias, inputs, hidden = _sums(model, kernel)
    vectors = [np.zeros(STATE_OFFSET // 4)]
    vectors[0][:2] = model.skip * model.input_gain * model.output_gain, model.dense_bias * model.output_gain
    for values in (model.initial_h, model.initial_c, model.dense_weight * np.float64(model.output_gain)):
        vectors.append(np.zeros(kernel.padded))
        if values is not None:
            vectors[-1][: model.hidden] = values
    for tile in kernel.tiles:
        for rows, sums in ((bias, (0, 1, 2, 3)), (inputs, kernel.fed_by_x), (hidden, kernel.fed_by_h)):
            by_vector = rows.reshape(len(rows), 4, kernel.vectors, kernel.lanes)
            for row in by_vector:
                vectors.extend(row[number, vector] for vector in tile for number in sums)
    return np.concatenate(vectors).astype(np.float32)


def _sums(model: Model, kernel: Kernel) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """What feeds each unit's four sums: biases [1, 4, padded], inputs [I, 4, padded], hidden [H, 4, padded]."""
    size = model.hidden
    bias, inputs, hidden = (np.zeros((rows, 4, kernel.padded)) for rows in (1, kernel.inputs, kernel.units))
    for number, gate in enumerate(SUMS[model.cell]):
        rows = slice(GATES[model.cell].index(gate) * size, (GATES[model.cell].index(gate) + 1) * size)
        scale = 0.5 if gate in SIGMOIDS else 1.0
        if number in kernel.fed_by_x:
            bias[0, number, :size] += scale * model.bias_ih[rows].astype(np.float64)
            inputs[: model.inputs, number, :size] = scale * model.weight_ih[rows].T
        if number in kernel.fed_by_h:
            bias[0, number, :size] += scale * model.bias_hh[rows].astype(np.float64)
            hidden[:size, number, :size] = scale * model.weight_hh[rows].T
    inputs[0] *= model.input_gain
    return bias, inputs, hidden
