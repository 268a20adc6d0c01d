"""Packed files: what they say of themselves, and that no damaged or foreign one reaches the kernel."""

import struct
import zlib
from pathlib import Path

import pytest

from pedal.errors import KernelError, ModelError
from pedal.kernel.library import Library
from pedal.kernel.pack import pack, store
from pedal.kernel.packed import HEADER_BYTES, Packed, packed_path
from tests.kernel.conftest import random_model

WORD = 0x0123456789ABCDEF


@pytest.fixture
def stored(kernels: Library, tmp_path: Path) -> Path:
    return store(random_model("gru", 21, inputs=2), WORD, tmp_path, kernels)


def test_the_header_by_the_letter(kernels: Library, stored: Path) -> None:
    data = stored.read_bytes()
    kernel = kernels.kernel_for("gru", 21, 2)
    assert stored.relative_to(stored.parents[2]) == Path("packed", kernels.tag, "0123456789abcdef")
    assert data[:10] == b"pedalpak\x01\x00"
    assert struct.unpack_from("<H", data, 10) == (kernel.number,)
    assert data[12:44].rstrip(b"\0").decode() == kernels.tag
    assert struct.unpack_from("<4H3I", data, 44) == (
        1, 21, kernel.padded, 2, 44_100, (len(data) - 64) // 4, zlib.crc32(data[64:])
    )  # fmt: skip


def test_a_stored_model_is_mapped_on_a_64_byte_boundary(kernels: Library, stored: Path) -> None:
    packed = Packed(stored, kernels.tag, check_floats=True)
    assert packed.address % 64 == 0
    assert (packed.header.hidden, packed.header.inputs, packed.header.rate_hz) == (21, 2, 44_100)
    packed.close()


def test_storing_again_writes_nothing_unless_it_differs(kernels: Library, stored: Path, tmp_path: Path) -> None:
    before = stored.stat().st_mtime_ns, stored.stat().st_ino
    store(random_model("gru", 21, inputs=2), WORD, tmp_path, kernels)
    assert (stored.stat().st_mtime_ns, stored.stat().st_ino) == before
    stored.write_bytes(b"half a fi")
    store(random_model("gru", 21, inputs=2), WORD, tmp_path, kernels)
    Packed(stored, kernels.tag, check_floats=True).close()


@pytest.mark.parametrize("length", [0, 1, 63, 64, 100, -4, -1])
def test_a_truncated_file_is_refused(kernels: Library, stored: Path, length: int) -> None:
    stored.write_bytes(stored.read_bytes()[:length])
    with pytest.raises(ModelError, match=r"packed model .*0123456789abcdef"):
        Packed(stored, kernels.tag)


def test_a_foreign_file_is_refused(kernels: Library, stored: Path) -> None:
    with pytest.raises(ModelError, match=r"is for the library .*; expected other-1-2"):
        Packed(stored, "other-1-2")
    data = bytearray(stored.read_bytes())
    data[0] ^= 1
    stored.write_bytes(data)
    with pytest.raises(ModelError, match=r"is not a packed model of version 1; delete it"):
        Packed(stored, kernels.tag)
    with pytest.raises(ModelError, match=r"cannot be mapped: .*No such file"):
        Packed(stored.with_name("absent"), kernels.tag)
    with pytest.raises(ModelError, match=r"cannot be mapped"):
        Packed(stored.parent, kernels.tag)


def test_changed_floats_are_found_where_asked(kernels: Library, stored: Path) -> None:
    data = bytearray(stored.read_bytes())
    data[HEADER_BYTES + 1000] ^= 4
    stored.write_bytes(data)
    Packed(stored, kernels.tag).close()
    with pytest.raises(ModelError, match=r"is damaged: its CRC-32 does not agree; delete it"):
        Packed(stored, kernels.tag, check_floats=True)


def test_a_word_names_its_file() -> None:
    assert packed_path(Path("s"), "t", 0xAB) == Path("s/packed/t/00000000000000ab")


def test_a_model_no_kernel_holds_is_refused(kernels: Library) -> None:
    with pytest.raises(KernelError, match=r"no compiled lstm kernel holds 129 units and 1 inputs"):
        kernels.kernel_for("lstm", 129, 1)


def test_the_smallest_fitting_kernel_is_taken(kernels: Library) -> None:
    assert kernels.kernel_for("lstm", 13, 1)[1:3] == (16, 1)
    assert kernels.kernel_for("gru", 40, 2)[1:3] == (40, 3)
    assert len(pack(random_model("lstm", 20), kernels.kernel_for("lstm", 20, 1), kernels.tag)) % 4 == 0
