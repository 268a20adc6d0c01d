"""Build libpedal-<tag>.so: `build` for programs, `python -m pedal.kernel.build FOLDER` for scripts and units."""

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from pedal.errors import KernelError
from pedal.kernel.library import library_path, library_tag, source_digest

TARGETS = ("native", "cortex-a72")

Progress = Callable[[str, int, int], None]
"""Told what is being compiled, how many steps are done and how many there are."""


def build(folder: Path, target: str = "native", progress: Progress | None = None) -> Path:
    """Compile every kernel into the library of its tag in folder; gives its path.

    The compiler is a process of its own, so that the caller stays as small as it was.

    Raises:
        KernelError: numba or the C compiler is missing, or refuses.
    """
    if target not in TARGETS:
        raise KernelError(f"target {target!r} is not known; expected one of {', '.join(TARGETS)}")
    if not find_spec("numba"):
        raise KernelError("numba, which compiles the kernels, is not installed; run `pip install 'pedal[kernel]'`")
    tag = library_tag() if target == "native" else f"{target}-{source_digest():08x}"
    path = library_path(folder, tag)
    command = [sys.executable, "-P", "-m", "pedal.kernel.compiler", target, str(path)]
    environment = {**os.environ, "NUMBA_OPT": "0", "NUMBA_LOOP_VECTORIZE": "0"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as compiler:
        assert compiler.stdout is not None
        assert compiler.stderr is not None
        for line in compiler.stdout:
            done, steps, what = line.rstrip().split(" ", 2)
            if progress:
                progress(what, int(done), int(steps))
        complaint = " ".join(compiler.stderr.read().split())
    if compiler.returncode:
        raise KernelError(f"kernels for {target} could not be built: {complaint[-500:] or 'no reason given'}")
    return path


def _show(what: str, done: int, steps: int) -> None:
    """One line that is written over, where somebody looks at it."""
    if sys.stdout.isatty():
        print(f"\r\033[K[{done}/{steps}] {what}", end="\n" if done == steps else "", flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m pedal.kernel.build FOLDER")
    try:
        print(build(Path(sys.argv[1]), progress=_show))
    except KernelError as error:
        sys.exit(f"pedal: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
