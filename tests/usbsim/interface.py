"""A simulated USB interface for one test: usbsim.c described to ALSA, and its page of faults and counts."""

import ctypes
import itertools
import mmap
import shutil
import subprocess
from collections.abc import Callable, Mapping
from ctypes import c_int32, c_int64
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

SOURCE = Path(__file__).with_name("usbsim.c")
HEADER = Path("/usr/include/alsa/pcm_external.h")
_numbers = itertools.count()  # libasound does not see that a file was edited within the second, so every one is new


class Page(ctypes.Structure):
    """What usbsim.c shares with the test; its `struct page` says what each word means."""

    _fields_ = [
        ("open_errno", c_int32),
        ("unplugged", c_int32),
        ("xrun_capture", c_int32),
        ("xrun_playback", c_int32),
        ("suspended", c_int32),
        ("frozen", c_int32),
        ("ppm", c_int32),
        ("late", c_int32),
        ("frames", c_int64),
        ("captured", c_int64),
        ("played", c_int64),
        ("xruns_capture", c_int64),
        ("xruns_playback", c_int64),
        ("started_capture", c_int64),
        ("started_playback", c_int64),
    ]


def compiled(folder: Path) -> Path:
    """The plugin, compiled into folder; skips the test where that cannot be done."""
    if not shutil.which("gcc"):
        pytest.skip("the simulated interface needs gcc, which is not installed")
    if not HEADER.exists():
        pytest.skip(f"the simulated interface needs ALSA's headers (libasound2-dev); {HEADER} is missing")
    plugin = folder / "usbsim.so"
    flags = ["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-DPIC"]
    subprocess.run(["gcc", *flags, str(SOURCE), "-o", str(plugin), "-lasound", "-lpthread"], check=True)
    return plugin


Fields = Mapping[str, str | int]


class Interface:
    """A card on its virtual clock, S32 mono at 44.1 kHz, that plays from `infile` to `outfile`."""

    def __init__(self, plugin: Path, folder: Path, select: Callable[[Path], None]) -> None:
        """`select` makes a configuration file the one that ALSA reads."""
        self.infile = folder / "in.raw"
        self.outfile = folder / "out.raw"
        self._plugin = plugin
        self._folder = folder
        self._select = select
        self._page_file = folder / "page"
        self._page_file.write_bytes(bytes(mmap.PAGESIZE))
        with open(self._page_file, "r+b") as file:
            self.page = Page.from_buffer(mmap.mmap(file.fileno(), mmap.PAGESIZE))
        self.describe(sim={})

    def describe(self, **pcms: Fields) -> None:
        """Tell ALSA of PCMs by these names, all of the one card; the fields are those of usbsim.c."""
        configuration = self._folder / f"asound{next(_numbers)}.conf"
        lines = [f'pcm_type.usbsim {{ lib "{self._plugin}" }}']
        for name, fields in pcms.items():
            lines += [f"pcm.{name} {{", "  type usbsim", *self._lines(fields), "}"]
        configuration.write_text("\n".join(lines))
        self._select(configuration)

    def record(self, samples: NDArray[np.int32]) -> None:
        """Let the card capture these from its frame 0 on, [frames] or [frames][channels]."""
        self.infile.write_bytes(samples.astype("<i4").tobytes())

    def heard(self, channels: int = 1) -> NDArray[np.int32]:
        """What the card has played since its frame 0, [frames], of its first channel."""
        return np.fromfile(self.outfile, "<i4").reshape(-1, channels)[:, 0]

    def _lines(self, fields: Fields) -> list[str]:
        known = {
            "card": "test",
            "page": str(self._page_file),
            "virtual": 1,
            "channels": 1,
            "infile": str(self.infile),
            "outfile": str(self.outfile),
            "formats": "S32_LE",
            **fields,
        }
        return [f"  {key} {_value(key, value)}" for key, value in known.items()]


def _value(key: str, value: str | int) -> str:
    if key == "formats":
        return f"[ {value} ]"
    return f'"{value}"' if isinstance(value, str) else str(value)
