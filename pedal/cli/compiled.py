"""The compiled kernels, for every command that needs them: built on first use."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from pedal.kernel.library import Library


def library() -> "Library":
    """The kernels for this machine, compiled first where there are none yet.

    Raises:
        KernelError: they are missing and cannot be compiled here, or cannot be loaded.
    """
    from pedal.config import places
    from pedal.kernel.library import Library, library_path

    folder = places().kernels
    path = library_path(folder)
    return Library(path if path.is_file() else compile_into(folder))


def compile_into(folder: "Path", target: str = "native") -> "Path":
    """Compile the kernels with a progress line on stderr; gives the library's path.

    Raises:
        KernelError: numba or the C compiler is missing, or refuses.
    """
    from pedal.cli.notes import note, progress
    from pedal.kernel.build import build

    with progress() as bar:
        if bar.disable:
            note("compiling the kernels, once for this computer")
        task = bar.add_task("compiling the kernels")
        return build(
            folder,
            target,
            lambda step, done, steps: bar.update(task, description=f"compiling {step}", completed=done, total=steps),
        )
