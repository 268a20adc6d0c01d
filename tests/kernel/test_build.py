"""The library as built: nothing in it can allocate or wait, it needs no compiler to run, and it runs on an Arm."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pedal.errors import KernelError
from pedal.kernel.build import build
from pedal.kernel.library import Library, library_path, library_tag
from tests.kernel.symbols import ALLOWED, needed, undefined


def test_nothing_undefined_could_allocate_or_wait(kernels: Library) -> None:
    needed("readelf", "binutils")
    (libm,) = {
        line.split()[-1]
        for line in Path("/proc/self/maps").read_text().splitlines()
        if "/libm.so" in line or "/libm-" in line
    }
    assert undefined(kernels.path, Path(libm)) <= ALLOWED


def test_the_library_is_named_after_this_machine(kernels: Library) -> None:
    assert kernels.tag == library_tag()
    assert kernels.tag.startswith(os.uname().machine)
    assert kernels.path == library_path(kernels.path.parent)


def test_it_runs_without_numba_llvmlite_and_numpy(kernels: Library) -> None:
    program = f"""
import sys
sys.meta_path.insert(0, type("Absent", (), {{"find_spec": staticmethod(lambda name, *_: (_ for _ in ()).throw(
    ImportError(name)) if name in ("numba", "llvmlite", "numpy") else None)}})())
import ctypes
from pathlib import Path
from pedal.kernel.chain import Chain, Ramp, settle
from pedal.kernel.library import Library
library = Library(Path({str(kernels.path)!r}))
chain = Chain(master=1.0, master_ramp=Ramp(1.0, 1.0, 0), capture_channels=1, playback_channels=1, playback_mask=1)
settle(chain)
out = ctypes.create_string_buffer(8)
library.process(ctypes.addressof(chain), b"pedalpal", ctypes.addressof(out), 4)
print(out.raw.decode())
"""
    ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert ran.stdout == "pedalpal\n"


def test_another_abi_is_refused_by_name(tmp_path: Path) -> None:
    compiler = needed("cc", "gcc")
    (tmp_path / "other.c").write_text("int pedal_layout[] = {7, 8, 0};")
    library = tmp_path / "libpedal-other.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, tmp_path / "other.c"], check=True)
    with pytest.raises(KernelError, match=r"has ABI 7 with a chain of 8 bytes; expected 2 with"):
        Library(library)
    with pytest.raises(KernelError, match=r"cannot be loaded"):
        Library(tmp_path / "libpedal-none.so")


def test_a_build_that_fails_says_why_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(KernelError, match=r"linker .* is not installed; install a C compiler"):
        build(tmp_path / "kernels", "cortex-a72")
    assert not list(tmp_path.iterdir())
    with pytest.raises(KernelError, match=r"target 'z80' is not known; expected one of native, cortex-a72"):
        build(tmp_path, "z80")
