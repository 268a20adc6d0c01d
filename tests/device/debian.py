"""Debian's packages for arm64, such as Raspberry Pi OS Lite has, unpacked and configured by mmdebstrap."""

import subprocess
from pathlib import Path

from tests.device import cache
from tests.device.cache import DeviceError

SUITES = ("bookworm", "trixie")
MIRROR = "http://deb.debian.org"
PACKAGES = (
    "linux-image-arm64",
    "linux-headers-arm64",
    "cpio",
    "systemd",
    "systemd-sysv",
    "libpam-systemd",
    "udev",
    "dbus",
    "kmod",
    "openssh-server",
    "sudo",
    "iproute2",
    "procps",
    "util-linux",
    "xz-utils",
    "python3",
    "python3-venv",
    "python3-dev",
    "gcc",
    "libc6-dev",
    "make",
    "libasound2-dev",
    "alsa-utils",
    "gpiod",
)
LEFT_OUT = (
    "/usr/share/doc/*",
    "/usr/share/man/*",
    "/usr/share/locale/*",
    "/usr/share/info/*",
    "/usr/share/ca-certificates/*",  # each takes four small programs; pip comes here by plain HTTP
    "/etc/kernel/postinst.d/initramfs-tools",  # nothing starts from Debian's own first RAM disk
)

# The kernel's source is fetched by the same apt, so that it is the source of the very kernel that has been installed.
SOURCE = """
set -e
common=$(basename "$(ls -d "$1"/usr/src/linux-headers-*-common)")
version=$(dpkg-query --admindir="$1/var/lib/dpkg" -W -f '${Version}' "$common")
series=$(printf %s "$version" | grep -oE '^[0-9]+[.][0-9]+')
mkdir -p "$1/usr/src/kernel"
cd "$1/usr/src/kernel"
APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get -q -o APT::Sandbox::User=root download "linux-source-$series=$version"
dpkg-deb --fsys-tarfile linux-source-*.deb | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' |
    tar -xJ --strip-components=1 --wildcards \
        '*/drivers/gpio/gpio*.[ch]' '*/kernel/irq/irq_sim.c' '*/sound/drivers/aloop.c'
rm linux-source-*.deb
"""


def unpacked(suite: str) -> Path:
    """The archive of the root folder, made first where it is missing: minutes of emulated unpacking."""
    key = cache.digest([suite, MIRROR, *PACKAGES, *LEFT_OUT, SOURCE])
    return cache.made(f"debian-{suite}", key, lambda folder: _make(suite, folder)) / "root.tar"


def _make(suite: str, folder: Path) -> None:
    print(f"• unpacking Debian {suite} for arm64, which takes some minutes", flush=True)
    command = ["mmdebstrap", "--architectures=arm64", "--variant=minbase", "--mode=root", "--quiet"]
    command += [f"--include={','.join(PACKAGES)}", "--aptopt=APT::Install-Recommends false"]
    command += ["--dpkgopt=force-unsafe-io", *(f"--dpkgopt=path-exclude={path}" for path in LEFT_OUT)]
    command += [f"--customize-hook={SOURCE}", suite, str(folder / "root.tar")]
    command += [
        f"deb {MIRROR}/debian {suite} main",
        f"deb {MIRROR}/debian {suite}-updates main",
        f"deb {MIRROR}/debian-security {suite}-security main",
    ]
    with open(folder / "log", "w+b") as log:
        status = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log).returncode
        if status:
            log.seek(0)
            said = log.read().decode(errors="replace")[-4000:]
            raise DeviceError(f"mmdebstrap ended with status {status}; it said:\n{said}")
