"""A packed model: the floats the kernel reads, behind 64 bytes that say whose they are. Standard library only.

A packed file is a cache: made from a model file by pack.py, kept at `packed/<library tag>/<model word as 16 hex
digits>`, mapped by the engine without reading it through.
"""

import ctypes
import mmap
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

from pedal.errors import ModelError

MAGIC = b"pedalpak"
VERSION = 1
LAYOUT = struct.Struct("<8sHH32sHHHHIII")
"""Magic, version, kernel, library tag, cell (0 LSTM, 1 GRU), hidden, padded, inputs, rate in Hz, floats, CRC-32."""
HEADER_BYTES = 64
assert LAYOUT.size == HEADER_BYTES


class Header(NamedTuple):
    """What the first 64 bytes say."""

    tag: str
    kernel: int
    cell: int
    hidden: int
    padded: int
    inputs: int
    rate_hz: int
    floats: int
    crc: int
    """Of the floats."""

    def to_bytes(self) -> bytes:
        """The 64 bytes."""
        return LAYOUT.pack(
            MAGIC, VERSION, self.kernel, self.tag.encode(), self.cell, self.hidden, self.padded, self.inputs,
            self.rate_hz, self.floats, self.crc,
        )  # fmt: skip


class Packed:
    """A mapped packed file. `address` is where its floats are, for as long as the object lives unclosed."""

    def __init__(self, path: Path, tag: str, check_floats: bool = False) -> None:
        """Map the file; length and header are checked always, the CRC of the floats where asked.

        Raises:
            ModelError: it is missing, damaged, or packed for another library.
        """
        try:
            with open(path, "rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE)
        except (OSError, ValueError) as error:
            raise ModelError(f"packed model {path} cannot be mapped: {error}") from error
        self.header = _header(self._map, path, tag)
        if check_floats and zlib.crc32(memoryview(self._map)[HEADER_BYTES:]) != self.header.crc:
            raise ModelError(f"packed model {path} is damaged: its CRC-32 does not agree; delete it")
        # A private writable mapping, never written: ctypes gives the address of writable buffers only.
        self._byte = ctypes.c_char.from_buffer(self._map)
        self.address = ctypes.addressof(self._byte) + HEADER_BYTES

    def close(self) -> None:
        """Unmap. The kernel must no longer hold `address`."""
        del self._byte
        self._map.close()


def packed_path(folder: Path, tag: str, word: int) -> Path:
    """Where the packed form of the model with this word is kept."""
    return folder / "packed" / tag / f"{word:016x}"


def _header(data: mmap.mmap, path: Path, tag: str) -> Header:
    if len(data) < HEADER_BYTES:
        raise ModelError(f"packed model {path} has {len(data)} bytes; expected a header of {HEADER_BYTES}; delete it")
    magic, version, kernel, owner, *rest = LAYOUT.unpack_from(data)
    header = Header(owner.rstrip(b"\0").decode("ascii", "replace"), kernel, *rest)
    if (magic, version) != (MAGIC, VERSION):
        raise ModelError(f"{path} is not a packed model of version {VERSION}; delete it")
    if header.tag != tag:
        raise ModelError(f"packed model {path} is for the library {header.tag}; expected {tag}; delete it")
    if len(data) != HEADER_BYTES + 4 * header.floats:
        raise ModelError(
            f"packed model {path} has {len(data)} bytes; expected {HEADER_BYTES + 4 * header.floats}; delete it"
        )
    return header
