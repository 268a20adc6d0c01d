"""A simulated USB interface for one test: usbsim.c described to ALSA, and its page of faults and counts."""

import ctypes
import itertools
import mmap
import shutil
import subprocess
from ctypes import c_int32, c_int64
from pathlib import Path

import pytest

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


class Interface:
    """One card, named `sim` to ALSA; `sim_in` and `sim_out` are its directions where they differ."""

    def __init__(self, plugin: Path, folder: Path) -> None:
        self.infile = folder / "in.raw"
        self.outfile = folder / "out.raw"
        self.configuration = folder / "asound.conf"
        self._plugin = plugin
        self._folder = folder
        self._page_file = folder / "page"
        self._page_file.write_bytes(bytes(mmap.PAGESIZE))
        with open(self._page_file, "r+b") as file:
            self.page = Page.from_buffer(mmap.mmap(file.fileno(), mmap.PAGESIZE))

    def describe(self, **fields: str | int) -> None:
        """Write the configuration of `sim`, which plays from and to the two files; fields are those of usbsim.c."""
        self._write(pcm_sim=self._pcm(fields))

    def describe_directions(self, capture: dict[str, str | int], playback: dict[str, str | int]) -> None:
        """Write that of `sim_in` and `sim_out`."""
        self._write(pcm_sim_in=self._pcm(capture), pcm_sim_out=self._pcm(playback))

    def _pcm(self, fields: dict[str, str | int]) -> str:
        files = {"infile": str(self.infile), "outfile": str(self.outfile)} if "delay" not in fields else {}
        formats = fields.pop("formats", "S32_LE")
        known = {"card": "test", "page": str(self._page_file), "virtual": 1, **files, **fields}
        lines = [f'  {key} "{value}"' if isinstance(value, str) else f"  {key} {value}" for key, value in known.items()]
        return "\n".join(["{", "  type usbsim", *lines, f"  formats [ {formats} ]", "}"])

    def _write(self, **pcms: str) -> None:
        self.configuration = self._folder / f"asound{next(_numbers)}.conf"
        text = [f'pcm_type.usbsim {{ lib "{self._plugin}" }}']
        text += [f"{name.replace('_', '.', 1)} {body}" for name, body in pcms.items()]
        self.configuration.write_text("\n".join(text))
