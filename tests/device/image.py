"""A disk like a card of Raspberry Pi OS Lite after its first start, with modules for hardware that QEMU has not."""

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.device import cache
from tests.device.cache import DeviceError
from tests.device.debian import unpacked

HERE = Path(__file__).resolve().parent
SETUP = ("setup", "init.c", "patient.c")
"""What is run and compiled within the card's root folder."""
GIB = 8
"""Size of the card."""


class Image(NamedTuple):
    """What a machine starts from; nothing of it is ever written to."""

    folder: Path
    """In the cache."""
    suite: str

    @property
    def disk(self) -> Path:
        """The card, as a raw file."""
        return self.folder / "disk"

    @property
    def kernel(self) -> Path:
        """Debian's, as it is on the card."""
        return self.folder / "vmlinuz"

    @property
    def ramdisk(self) -> Path:
        """The first RAM disk."""
        return self.folder / "ramdisk"

    @property
    def key(self) -> Path:
        """The private key that opens every account."""
        return self.folder / "key"

    @property
    def host_key(self) -> str:
        """The machine's own public key."""
        return (self.folder / "host-key.pub").read_text().strip()


def image(suite: str = "bookworm") -> Image:
    """The image of that suite, made first where it is missing."""
    root = unpacked(suite)
    parts = [HERE / "root", HERE / "firmware", HERE / "modules", *(HERE / name for name in SETUP), Path(__file__)]
    key = cache.digest([root.parent.name, *parts])
    return Image(cache.made(f"image-{suite}", key, lambda folder: _make(root, folder)), suite)


def _make(archive: Path, folder: Path) -> None:
    print("• making the card's image", flush=True)
    root = folder / "root"
    root.mkdir()
    run("tar", "--extract", "--numeric-owner", "--file", archive, "--directory", root)
    run("cp", "-R", f"{HERE / 'root'}/.", root)
    run("cp", *(HERE / "modules").iterdir(), root / "usr/src/kernel")
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "tests", "-f", folder / "key")
    shutil.copy(folder / "key.pub", root / "tmp")
    for name in SETUP:
        shutil.copy(HERE / name, root / "tmp")
    # A namespace of its own, so that no mount is left behind whatever happens.
    inside = 'mount -t proc proc "$0/proc" && exec chroot "$0" /tmp/setup'
    run("unshare", "--mount", "sh", "-c", inside, root)
    (root / "tmp/setup").unlink()
    _firmware(root / "usr/lib/emulated/firmware.vfat")
    shutil.copy(root / "etc/ssh/ssh_host_ed25519_key.pub", folder / "host-key.pub")
    for name, found in (("vmlinuz", "vmlinuz-*"), ("ramdisk", "first.img")):
        (path,) = (root / "boot").glob(found)
        shutil.copy(path, folder / name)
    run("truncate", "--size", f"{GIB}G", folder / "disk")
    run("mkfs.ext4", "-q", "-L", "rootfs", "-d", root, folder / "disk")
    shutil.rmtree(root)


def _firmware(disk: Path) -> None:
    """The card's first partition, which is a FAT and so has no owners, no links and no modes."""
    run("mkfs.vfat", "-C", "-n", "bootfs", disk, "16384")
    run("mcopy", "-i", disk, *(HERE / "firmware").iterdir(), "::/")


def run(*command: str | Path) -> None:
    """Run it in silence.

    Raises:
        DeviceError: it failed; with the end of what it said.
    """
    words = [str(word) for word in command]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    if done.returncode:
        raise DeviceError(
            f"{' '.join(words)} ended with status {done.returncode}:\n{(done.stdout + done.stderr)[-4000:]}"
        )
