"""libpedal.so by ctypes, and where the one for this processor is. No numba, no numpy."""

import ctypes
import os
import zlib
from ctypes import c_int32, c_int64
from pathlib import Path

from pedal.errors import KernelError
from pedal.kernel.chain import Chain
from pedal.kernel.layout import Kernel

ABI = 2
SOURCES = (
    "layout.py", "chain.py", "library.py", "packed.py", "pack.py", "vector.py", "recurrent.py", "compiled.py",
    "pcm.py", "block.py", "compiler.py",
)  # fmt: skip
"""What a built library, or a model packed for it, depends on."""


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


def library_tag() -> str:
    """Machine, processor features and source of the kernels: a library or a packed model serves exactly one tag."""
    return f"{os.uname().machine}-{features(Path('/proc/cpuinfo')):08x}-{source_digest():08x}"


def library_path(folder: Path, tag: str | None = None) -> Path:
    """Where the library with this tag (default: this machine's) is kept."""
    return folder / f"libpedal-{tag or library_tag()}.so"


def source_digest() -> int:
    """CRC-32 of every source a built library depends on."""
    digest = 0
    for name in SOURCES:
        digest = zlib.crc32(Path(__file__).with_name(name).read_bytes(), digest)
    return digest


def features(cpuinfo: Path) -> int:
    """CRC-32 of the features, model and maker in a /proc/cpuinfo: enough to tell one instruction set from another."""
    kept = (b"vendor_id", b"cpu family", b"model", b"flags", b"Features", b"CPU implementer", b"CPU part")
    lines = cpuinfo.read_bytes().split(b"\n\n", 1)[0].splitlines()
    return zlib.crc32(b"\n".join(line for line in lines if line.split(b"\t")[0].rstrip() in kept))
