"""A library for the Pi, cross-built, on an emulated Cortex-A72: the right audio, and nothing it may not ask for."""

import ctypes
import subprocess
from pathlib import Path

import numpy as np
import pytest

from pedal.kernel.chain import Chain, Slot, settle
from pedal.kernel.layout import STATE_OFFSET, Kernel
from pedal.kernel.library import Library
from pedal.kernel.pack import aligned, pack
from pedal.model import reference as oracle
from pedal.model.model import Cell, Model
from tests.kernel import cross
from tests.kernel.conftest import Rig, guitar, random_model
from tests.kernel.symbols import ALLOWED, needed, undefined

ARM_LIBRARIES = Path("/usr/aarch64-linux-gnu")


class Pi:
    """An emulated processor with the library; one program a call."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.library = cross.library()
        source = Path(__file__).with_name("driver.c")
        subprocess.run(["aarch64-linux-gnu-gcc", "-O1", "-o", folder / "driver", source, "-ldl"], check=True)

    def drive(self, how: str, *arguments: object) -> None:
        """Run the driver; its files are those in the folder."""
        emulator = ["qemu-aarch64", "-cpu", cross.CPU, "-L", ARM_LIBRARIES]
        command = [*emulator, self.folder / "driver", how, self.library, *arguments]
        subprocess.run([str(part) for part in command], check=True, cwd=self.folder)

    def pack(self, model: Model, kernels: Library) -> Kernel:
        """Write the model's floats to `weights`; gives the Pi's kernel for it, the same of the table as here."""
        kernel = kernels.kernel_for(model.cell, model.hidden, model.inputs)._replace(lanes=4, tile=6)
        (self.folder / "weights").write_bytes(aligned(pack(model, kernel, "a72")).tobytes())
        return kernel


@pytest.fixture(scope="module")
def pi(tmp_path_factory: pytest.TempPathFactory) -> Pi:
    """Skips where there is no cross compiler or no emulator."""
    needed("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu")
    needed("qemu-aarch64", "qemu-user")
    if not (ARM_LIBRARIES / "lib").is_dir():
        pytest.skip(f"{ARM_LIBRARIES} is missing (Debian package libc6-dev-arm64-cross)")
    return Pi(tmp_path_factory.mktemp("pi"))


def test_nothing_undefined_could_allocate_or_wait(pi: Pi) -> None:
    assert undefined(pi.library, ARM_LIBRARIES / "lib" / "libm.so.6") <= ALLOWED


@pytest.mark.parametrize(
    ("cell", "hidden", "inputs"), [("lstm", 8, 1), ("lstm", 20, 1), ("lstm", 40, 3), ("gru", 32, 2), ("gru", 97, 1)]
)
def test_a_kernel_gives_the_oracles_sound(pi: Pi, kernels: Library, cell: Cell, hidden: int, inputs: int) -> None:
    model, x = random_model(cell, hidden, inputs), guitar(2000)
    kernel = pi.pack(model, kernels)
    (pi.folder / "x").write_bytes(x.tobytes())
    pi.drive("run", kernel.number, *kernel[1:5], STATE_OFFSET // 4, 2 * kernel.padded, "weights", "x", "y")
    y = np.fromfile(pi.folder / "y", np.float32)
    expected, _ = oracle.run(model, x, (0.5,) * (inputs - 1))
    assert np.max(np.abs(y - expected)) < 1e-6 * max(1.0, np.max(np.abs(expected)))


@pytest.mark.parametrize("bypass", [0, 1])
def test_the_chain_gives_the_oracles_sound_and_an_exact_bypass(pi: Pi, kernels: Library, bypass: int) -> None:
    model, x = random_model("lstm", 20), np.rint(guitar(2000) * (2**23 - 1)).astype("<i4")
    kernel = pi.pack(model, kernels)
    rig = Rig(kernels, "S24_3LE", "S32_LE", (1, 2))
    rig.play(model)
    rig.chain.slots[0].units = kernel.padded
    state = np.fromfile(pi.folder / "weights", np.float32, 2 * kernel.padded, offset=STATE_OFFSET)
    rig.chain.slots[0].state[: len(state)] = state.tolist()
    rig.chain.bypass = bypass
    settle(rig.chain)
    (pi.folder / "chain").write_bytes(ctypes.string_at(ctypes.addressof(rig.chain), ctypes.sizeof(Chain)))
    (pi.folder / "x").write_bytes(x.view(np.uint8).reshape(-1, 4)[:, :3].tobytes())
    weights_at = Chain.slots.offset + Slot.weights.offset
    pi.drive("process", "chain", "weights", weights_at, "x", 3, 100, "y", 8)
    y = np.fromfile(pi.folder / "y", "<i4").reshape(-1, 2)
    assert np.array_equal(y[:, 0], y[:, 1])
    if bypass:
        assert np.array_equal(y[:, 0], x << 8)
    else:
        expected, _ = oracle.run(model, x / 2**23)
        assert np.max(np.abs(y[:, 0] / 2**31 - expected)) < 1e-6
