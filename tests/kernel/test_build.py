"""The library as built: nothing in it can allocate or wait, it needs no compiler to run, and it runs on an Arm."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pedal.errors import KernelError
from pedal.kernel.build import build
from pedal.kernel.library import Library, library_path, library_tag
from pedal.kernel.pack import aligned, pack
from pedal.model import reference as oracle
from pedal.model.model import Cell
from tests.kernel.conftest import guitar, random_model

ALLOWED = {"memcpy", "memmove", "memset"}
ARM_LIBRARIES = Path("/usr/aarch64-linux-gnu")


def needed(tool: str, package: str) -> str:
    found = shutil.which(tool)
    if not found:
        pytest.skip(f"{tool} is not installed (Debian package {package})")
    return found


def undefined(library: Path, libm: Path) -> set[str]:
    """Undefined symbols of the library that libm does not define."""

    def names(path: Path, *options: str) -> set[str]:
        listing = subprocess.run(["readelf", "-W", *options, path], check=True, capture_output=True, text=True).stdout
        rows = [line.split() for line in listing.splitlines() if line.strip()[:1].isdigit() and len(line.split()) > 7]
        return {f"{'?' if row[6] == 'UND' else ''}{row[7].split('@')[0]}" for row in rows}

    missing = {name[1:] for name in names(library, "--dyn-syms") if name.startswith("?") and name != "?"}
    return missing - names(libm, "--dyn-syms")


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
from pedal.kernel.chain import Chain, BYPASS_FRAMES, Ramp
from pedal.kernel.library import Library
library = Library(Path({str(kernels.path)!r}))
chain = Chain(master=1.0, bypass=1, dry=BYPASS_FRAMES, capture_channels=1, playback_channels=1, playback_mask=1)
chain.master_ramp = Ramp(1.0, 1.0, 0)
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
    with pytest.raises(KernelError, match=r"has ABI 7 with a chain of 8 bytes; expected 1 with"):
        Library(library)
    with pytest.raises(KernelError, match=r"cannot be loaded"):
        Library(tmp_path / "libpedal-none.so")


def test_a_build_that_fails_says_why_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(KernelError, match=r"linker .* is not installed; install a C compiler"):
        build(tmp_path / "kernels", "cortex-a72")
    assert not list((tmp_path / "kernels").iterdir())
    with pytest.raises(KernelError, match=r"target 'z80' is not known; expected one of native, cortex-a72"):
        build(tmp_path, "z80")


@pytest.fixture(scope="module")
def arm_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needed("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu")
    needed("qemu-aarch64", "qemu-user")
    if not (ARM_LIBRARIES / "lib").is_dir():
        pytest.skip(f"{ARM_LIBRARIES} is missing (Debian package libc6-dev-arm64-cross)")
    return build(tmp_path_factory.mktemp("arm"), "cortex-a72")


def test_a_library_for_the_pi_gives_the_right_audio_under_emulation(
    arm_library: Path, kernels: Library, tmp_path: Path
) -> None:
    assert undefined(arm_library, ARM_LIBRARIES / "lib" / "libm.so.6") <= ALLOWED
    driver = tmp_path / "driver"
    subprocess.run(
        ["aarch64-linux-gnu-gcc", "-O1", "-o", driver, Path(__file__).with_name("driver.c"), "-ldl"], check=True
    )
    x = guitar(2000)
    (tmp_path / "x").write_bytes(x.tobytes())
    sizes: list[tuple[Cell, int, int]] = [
        ("lstm", 8, 1),
        ("lstm", 20, 1),
        ("lstm", 40, 3),
        ("gru", 32, 2),
        ("gru", 97, 1),
    ]
    for cell, hidden, inputs in sizes:
        model = random_model(cell, hidden, inputs)
        table = [kernel for kernel in kernels.kernels if kernel.cell == cell and kernel.inputs >= inputs]
        here = min((kernel for kernel in table if kernel.units >= hidden), key=lambda k: (k.units, k.inputs))
        kernel = here._replace(lanes=4, tile=6)  # the same number, laid out for NEON
        floats = aligned(pack(model, kernel, arm_library.stem.removeprefix("libpedal-")))
        (tmp_path / "weights").write_bytes(floats.tobytes())
        command = [
            "qemu-aarch64", "-cpu", "cortex-a72", "-L", ARM_LIBRARIES, driver, arm_library, kernel.number,
            kernel.units, kernel.inputs, kernel.lanes, kernel.tile, 16, 2 * kernel.padded,
            tmp_path / "weights", tmp_path / "x", tmp_path / "y",
        ]  # fmt: skip
        subprocess.run([str(part) for part in command], check=True)
        y = np.fromfile(tmp_path / "y", np.float32)
        expected, _ = oracle.run(model, x, (0.5,) * (inputs - 1))
        assert np.max(np.abs(y - expected)) < 1e-6 * max(1.0, np.max(np.abs(expected)))
