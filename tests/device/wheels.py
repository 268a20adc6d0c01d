"""What an installation takes with it: the sources, the wheels of a Pi without internet, and kernels."""

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pedal.kernel.library import features, library_path, source_digest
from tests.device import cache, pypi
from tests.device.debian import unpacked
from tests.device.image import run
from tests.kernel import cross

REPOSITORY = Path(__file__).resolve().parents[2]
SENT = ("pedal", "models", "systemd", "LICENSE")
"""What deploy.sh sends to a Pi."""
LOCKED = [REPOSITORY / "systemd" / name for name in ("install", "requirements.txt", "requirements-build.txt")]
SCRATCH = "root/.cache/pedal-install/house"


def wheelhouse(suite: str) -> Path:
    """Every wheel that an installation takes, as systemd/install fetches and builds them on a Pi with internet.

    Run in a Pi's root folder, with its programs emulated one by one: that takes half as long as in a machine.
    """

    def make(folder: Path) -> None:
        print(f"• fetching and building wheels for {suite}", flush=True)
        with tempfile.TemporaryDirectory(prefix="pedal-root-") as place, pypi.passed_on() as pip:
            root = Path(place)
            run("tar", "--extract", "--numeric-owner", "--file", unpacked(suite), "--directory", root)
            (root / "etc/pip.conf").write_text(pip)
            for name in names():
                (root / SCRATCH / "source" / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(REPOSITORY / name, root / SCRATCH / "source" / name)
            install = f"env -i HOME=/root PATH=$PATH chroot $0 bash /{SCRATCH}/source/systemd/install wheels"
            run("unshare", "--mount", "sh", "-c", f"mount -t proc proc $0/proc && exec {install}", root)
            shutil.copytree(root / SCRATCH / "house", folder, dirs_exist_ok=True)

    return cache.made(f"wheelhouse-{suite}", cache.digest([suite, *LOCKED]), make)


@contextmanager
def with_kernels(house: Path, cpuinfo: Path) -> Iterator[Path]:
    """A copy of the wheelhouse that also has the kernels for the processor of that /proc/cpuinfo.

    The machine itself would compile for a quarter of an hour.
    """
    tag = f"aarch64-{features(cpuinfo):08x}-{source_digest():08x}"
    with tempfile.TemporaryDirectory(prefix="pedal-house-") as folder:
        full = Path(shutil.copytree(house, Path(folder) / "house"))
        library = Path(shutil.copy(cross.library(), library_path(full, tag)))
        with open(full / "SHA256SUMS", "a") as sums:
            sums.write(f"{hashlib.sha256(library.read_bytes()).hexdigest()}  ./{library.name}\n")
        yield full


def sent() -> list[str | bytes | Path]:
    """What an installation would send now, by names and contents."""
    return [part for name in names() for part in (name, REPOSITORY / name)]


def names() -> list[str]:
    """The files that it would send."""
    listed = subprocess.run(["git", "-C", REPOSITORY, "ls-files", "--", *SENT], capture_output=True, text=True)
    return [name for name in sorted(listed.stdout.splitlines()) if (REPOSITORY / name).is_file()]
