"""Compile the kernels ahead of time into libpedal-<tag>.so: LLVM writes an object file, the C compiler links it.

`python -m pedal.kernel.build FOLDER` builds for this machine; `pedal kernel build --target cortex-a72` for a Pi 4.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import llvmlite.binding as llvm
from llvmlite import ir

from pedal.errors import KernelError
from pedal.files import replacing
from pedal.kernel.library import Kernel, library_path, library_tag, source_digest

UNITS = (8, 12, 16, 20, 24, 32, 40, 48, 64, 80, 96, 128)
"""Compiled hidden sizes; the smallest that holds a model serves it."""
INPUTS = (1, 3)

Progress = Callable[[str, int, int], None]
"""Told what is compiled now, how many steps are done and how many there are."""


@dataclass(frozen=True)
class Target:
    """A processor to compile for."""

    name: str
    triple: str
    cpu: str
    features: str
    compiler: str
    """The C compiler that links."""

    @property
    def tag(self) -> str:
        """The tag of a library built for it; a cross-built one is named after its target."""
        return library_tag() if self.name == "native" else f"{self.name}-{source_digest():08x}"

    def shape(self, units: int) -> tuple[int, int]:
        """Floats in a vector and vectors in a tile: four sums of each vector of a tile fill most of the registers."""
        if self.triple.startswith("aarch64"):
            return 4, 6
        if "+avx512f" in self.features:
            return (16, 6) if units > 16 else (8, 6)
        return 8, 3
