"""What .ci/run installs before it runs the suite."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.card import REPOSITORY, Card

STATUS = """#!/bin/sh
case $* in
    *" strace") printf %s "$STRACE" ;;
    *) printf installed ;;
esac
"""


@pytest.mark.parametrize(
    ("strace", "steps"),
    [
        ("installed", []),
        ("config-files", ["update -q", "install -q -y --no-install-recommends strace"]),
    ],
)
def test_a_removed_package_whose_configuration_is_left_is_not_there(
    tmp_path: Path, strace: str, steps: list[str]
) -> None:
    card = Card(tmp_path)
    card.program("dpkg", "#!/bin/sh\n")  # which finds it
    card.program("dpkg-query", STATUS)
    card.program("apt-get", f'#!/bin/sh\necho "$*" >>{tmp_path}/done\n')
    for name in (".ci/run", "tests/device/host.py"):
        (tmp_path / name).parent.mkdir(parents=True)
        shutil.copy(REPOSITORY / name, tmp_path / name)
    (tmp_path / "deploy.sh").write_text(f'#!/bin/sh\necho "deploy.sh $*" >>{tmp_path}/done\n')
    (tmp_path / "deploy.sh").chmod(0o755)
    subprocess.run([tmp_path / ".ci" / "run", "-x"], env={**card.environment(), "STRACE": strace}, check=True)
    assert (tmp_path / "done").read_text().splitlines() == [*steps, "deploy.sh test -m  -x"]
