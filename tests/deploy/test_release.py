"""What systemd/install makes a release of."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pedal
from tests.deploy.card import REPOSITORY, SCRIPTS

OWN = 'eval "$(sed -n "/^own()/,/^}/p" "$0")"; source=$1; own "$2" "$3"'
COMPILED = """
eval "$(sed -n '/^unused=/p; /^quietly()/,/^}/p; /^compiled()/,/^}/p' "$0")"
scratch=$1; compiled "$2"
"""
"""Each calls that function of the script."""


def test_the_pedal_in_a_release_is_its_wheel(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        wanted = {name: file.read(name) for name in file.namelist() if ".dist-info/" not in name}

    sent, release = tmp_path / "sent", tmp_path / "release"
    for name in ("pedal", "models"):
        shutil.copytree(REPOSITORY / name, sent / name, ignore=shutil.ignore_patterns("__pycache__"))
    site = release / "lib" / "python3.11" / "site-packages"
    for folder in (site, release / "bin"):
        folder.mkdir(parents=True)
    subprocess.run(["bash", "-euc", OWN, SCRIPTS / "install", sent, release, "/opt/pedal/releases/1"], check=True)

    there = {str(path.relative_to(site)): path.read_bytes() for path in site.rglob("*") if path.is_file()}
    assert there.keys() == wanted.keys()
    assert there == wanted
    script = release / "bin" / "pedal"
    assert script.read_text().startswith("#!/opt/pedal/releases/1/bin/python\n")
    assert script.stat().st_mode & 0o111 == 0o111
    said = subprocess.run([sys.executable, script, "--version"], check=True, capture_output=True, text=True)
    assert said.stdout == f"pedal {pedal.__version__}\n"


def test_only_what_the_pedal_imports_is_compiled_whatever_the_home_is_called(tmp_path: Path) -> None:
    home = tmp_path / "ma"  # as a part of numpy is
    site = home / "release" / "lib"
    for name in ("numpy/ma/core.py", "numba/core/ir.py", "numpy/linalg/linalg.py", "typing_extensions.py"):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text("x = 1\n")
    python = home / "release" / "bin" / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    subprocess.run(["bash", "-euc", COMPILED, SCRIPTS / "install", home, site], check=True)
    compiled = sorted(path.name.partition(".")[0] for path in site.rglob("*.pyc"))
    assert compiled == ["linalg", "typing_extensions"]
