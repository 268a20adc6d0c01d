"""The kernels for a Pi, cross-built here once for all who need them: a processor or a whole machine, emulated."""

from importlib.metadata import version
from pathlib import Path

from pedal.kernel import build
from tests.device import cache

CPU = "cortex-a72"


def library() -> Path:
    """The library, in the cache folder; compiled first where it is missing, which takes a minute."""

    def make(folder: Path) -> None:
        print("• compiling the kernels for a Pi", flush=True)
        build.build(folder, CPU)

    key = cache.digest([CPU, Path(build.__file__).parent, version("numba"), version("llvmlite")])
    (path,) = cache.made("kernels", key, make).glob("*.so")
    return path
