"""libpedal.so by ctypes: what crosses the C ABI, and where the library for this processor is. No numba, no numpy."""

import ctypes
import os
import zlib
from ctypes import c_float, c_int32, c_int64, c_uint64
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple

from pedal.errors import KernelError

ABI = 1
CHUNK = 64
"""Frames the chain takes through every stage at a time; a period may be any multiple or part of it."""
MAX_UNITS = 128
MAX_KNOBS = 2

RAMP_FRAMES = 441
"""Gains and knobs move linearly to their target in this many frames: 10 ms at 44.1 kHz."""
BYPASS_FRAMES = 441
LISTEN_FRAMES = 2205
"""A new model runs unheard this long (50 ms) so that its recurrent state settles on the guitar."""
CROSSFADE_FRAMES = 882
RESET_FRAMES = 882
"""A model that was reset is faded in again over this many frames."""

STATE_OFFSET = 64
"""Where the initial state, h then c, starts in the packed floats, in bytes."""

SOURCES = ("library.py", "vector.py", "recurrent.py", "compiled.py", "pcm.py", "block.py", "compiler.py")
"""What a built library depends on."""

FORMATS = ("S16_LE", "S24_3LE", "S24_LE", "S32_LE", "FLOAT_LE")
"""Sample formats by ALSA's names; a format's number in the chain is its place here."""
SAMPLE_BYTES = (2, 3, 4, 4, 4)


class Ramp(ctypes.Structure):
    """A value on its way: `left` frames before it is `target`. Written by the kernel alone."""

    _fields_ = [("start", c_float), ("target", c_float), ("left", c_int32)]


class Slot(ctypes.Structure):
    """One loaded model and its recurrent state."""

    _fields_ = [
        ("weights", c_uint64),  # address of the packed floats, 64-byte aligned; 0: empty
        ("kernel", c_int32),  # which compiled size
        ("units", c_int32),  # how wide each half of the state is
        ("knobs", c_float * MAX_KNOBS),  # asked for, 0..1
        ("knob_ramps", Ramp * MAX_KNOBS),
        ("reset_left", c_int32),  # frames until a reset model is back at full level
        ("state", c_float * (2 * MAX_UNITS)),  # h [units], c [units]
    ]


class Chain(ctypes.Structure):
    """Everything one period needs. Zeroed memory is a chain with no model, muted, that has never run."""

    _fields_ = [
        # what the card gave
        ("capture_format", c_int32),
        ("capture_channels", c_int32),
        ("capture_channel", c_int32),  # from 0
        ("playback_format", c_int32),
        ("playback_channels", c_int32),
        ("playback_mask", c_int32),  # bit n: channel n carries the guitar; the others carry silence
        ("peak_decay", c_float),  # per frame
        ("power_decay", c_float),
        # what is asked for: plain values that the kernel moves to without a step
        ("input_gain", c_float),  # linear
        ("level", c_float),  # linear
        ("master", c_float),  # 1 heard, 0 silent; bypass too
        ("bypass", c_int32),
        ("unload", c_int32),  # 1: fade to the dry guitar, then empty the slot
        # models
        ("playing", c_int32),  # which slot is heard; the other one holds the newcomer, or nothing
        ("listen_left", c_int32),
        ("fade_left", c_int32),
        ("dry", c_int32),  # 0 all model … BYPASS_FRAMES all guitar
        ("slots", Slot * 2),
        ("input_ramp", Ramp),
        ("level_ramp", Ramp),
        ("master_ramp", Ramp),
        # what is reported
        ("input_peak", c_float),  # full scale = 1
        ("input_power", c_float),
        ("output_peak", c_float),
        ("output_power", c_float),
        ("clipped", c_uint64),  # frames
        ("resets", c_uint64),
        # the tuner's ring: float32 input, and its count of frames written; 0 address: none
        ("ring", c_uint64),
        ("ring_frames", c_int64),  # a power of two
        ("ring_count", c_uint64),  # address
        # the kernel's workspace
        ("integers", c_int32 * CHUNK),
        ("guitar", c_float * CHUNK),
        ("inputs", c_float * (CHUNK * (1 + MAX_KNOBS))),
        ("old", c_float * CHUNK),
        ("new", c_float * CHUNK),
    ]


class Kernel(NamedTuple):
    """One compiled size, and how the weights of a model lie in memory for it (recurrent.py says what is where)."""

    cell: Literal["lstm", "gru"]
    units: int
    """Models of up to this many hidden units are padded to it."""
    inputs: int
    """1, or 3 for models with one or two knobs."""
    lanes: int
    """Floats in a vector."""
    tile: int
    """Vectors of units, at most, whose sums are kept in registers together."""
    number: int = 0
    """Its place in the library's table."""

    @property
    def vectors(self) -> int:
        """Vectors that hold one value of every unit."""
        return -(-self.units // self.lanes)

    @property
    def padded(self) -> int:
        """Units with those that fill the last vector; the width of h and of c."""
        return self.vectors * self.lanes

    @property
    def tiles(self) -> list[range]:
        """The vectors of each tile, the tiles as equal as can be."""
        tiles = -(-self.vectors // self.tile)
        ends = [self.vectors * number // tiles for number in range(tiles + 1)]
        return [range(start, end) for start, end in pairwise(ends)]

    @property
    def dense_offset(self) -> int:
        """Where the dense weights start, in floats."""
        return STATE_OFFSET // 4 + 2 * self.padded

    @property
    def tiles_offset(self) -> int:
        """Where the first tile starts, in floats."""
        return self.dense_offset + self.padded

    def tile_floats(self, tile: range) -> int:
        """Floats in one tile: biases, one row an input, one row a unit."""
        gates = 4 if self.cell == "lstm" else 3
        return self.lanes * len(tile) * (4 + gates * (self.inputs + self.units))

    @property
    def floats(self) -> int:
        """Floats in a packed model."""
        return self.tiles_offset + sum(self.tile_floats(tile) for tile in self.tiles)


class Library:
    """The loaded library.

    `process(chain, capture, playback, frames)` is one period: capture bytes in, playback bytes out.
    `run(kernel, weights, state, inputs, output, frames)` is one recurrent layer alone; inputs is [inputs][frames].
    Both are plain C calls that allocate, lock and wait on nothing. Addresses are ints; capture may be bytes.
    """

    def __init__(self, path: Path) -> None:
        """Load the library at path.

        Raises:
            KernelError: it is missing, cannot be loaded or has another ABI.
        """
        try:
            library = ctypes.CDLL(str(path))
            header = (c_int32 * 3).in_dll(library, "pedal_layout")
        except (OSError, ValueError) as error:
            raise KernelError(f"kernel library {path} cannot be loaded ({error}); run `pedal kernel build`") from error
        if header[0] != ABI or header[1] != ctypes.sizeof(Chain):
            raise KernelError(
                f"kernel library {path} has ABI {header[0]} with a chain of {header[1]} bytes; expected {ABI} with "
                f"{ctypes.sizeof(Chain)}; run `pedal kernel build`"
            )
        table = (c_int32 * (3 + 5 * header[2])).in_dll(library, "pedal_layout")
        rows = [table[3 + 5 * row : 8 + 5 * row] for row in range(header[2])]
        self.path = path
        self.tag = path.stem.removeprefix("libpedal-")
        self.kernels = tuple(
            Kernel("gru" if cell else "lstm", units, inputs, lanes, tile, number)
            for number, (cell, units, inputs, lanes, tile) in enumerate(rows)
        )
        self.process = library.pedal_process
        self.process.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p, c_int64)
        self.process.restype = None
        self.run = library.pedal_run
        self.run.argtypes = (c_int32, *[ctypes.c_void_p] * 4, c_int64)
        self.run.restype = None

    def kernel_for(self, cell: str, hidden: int, inputs: int) -> Kernel:
        """The smallest compiled size that holds such a model.

        Raises:
            KernelError: none does.
        """
        fitting = [k for k in self.kernels if k.cell == cell and k.units >= hidden and k.inputs >= inputs]
        if not fitting:
            raise KernelError(f"no compiled {cell} kernel holds {hidden} units and {inputs} inputs; see `pedal bench`")
        return min(fitting, key=lambda kernel: (kernel.units, kernel.inputs))


def listen(chain: Chain, kernel: Kernel, address: int, knobs: tuple[float, float]) -> None:
    """Put the packed floats at address into the idle slot: unheard for LISTEN_FRAMES, then faded in.

    A newcomer still listening is replaced. The caller keeps the memory mapped until the slot's `weights` is another
    address, and does not call this while `chain.fade_left` is running (`listen_left` 0 with both slots filled).
    """
    slot = chain.slots[1 - chain.playing]
    slot.weights, slot.kernel, slot.units, slot.reset_left = address, kernel.number, kernel.padded, 0
    for index, knob in enumerate(knobs):
        slot.knobs[index] = knob
        slot.knob_ramps[index] = Ramp(knob, knob, 0)
    ctypes.memmove(slot.state, address + STATE_OFFSET, 8 * kernel.padded)
    chain.listen_left, chain.fade_left = LISTEN_FRAMES, CROSSFADE_FRAMES


def fading(chain: Chain) -> bool:
    """Whether a crossfade between two models is under way, which nothing may interrupt."""
    return chain.listen_left == 0 and bool(chain.slots[0].weights) and bool(chain.slots[1].weights)


def library_tag() -> str:
    """Machine, processor features and source of the kernels: a library or a packed model serves exactly one tag."""
    return f"{os.uname().machine}-{_features(Path('/proc/cpuinfo')):08x}-{source_digest():08x}"


def library_path(folder: Path, tag: str | None = None) -> Path:
    """Where the library with this tag (default: this machine's) is kept."""
    return folder / f"libpedal-{tag or library_tag()}.so"


def source_digest() -> int:
    """CRC-32 of every source a built library depends on."""
    digest = 0
    for name in SOURCES:
        digest = zlib.crc32(Path(__file__).with_name(name).read_bytes(), digest)
    return digest


def _features(cpuinfo: Path) -> int:
    """CRC-32 of the first processor's features, model and maker: enough to tell one instruction set from another."""
    kept = (b"vendor_id", b"cpu family", b"model", b"flags", b"Features", b"CPU implementer", b"CPU part")
    lines = cpuinfo.read_bytes().split(b"\n\n", 1)[0].splitlines()
    return zlib.crc32(b"\n".join(line for line in lines if line.split(b"\t")[0].rstrip() in kept))
