"""Who is refused because of the service's group: which files that is, who they are, and that a command says it."""

import errno
import grp
import os
import pwd
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from pedal.cli import membership
from pedal.errors import LinkError
from pedal.link import Link
from pedal.model.loaded import load

if TYPE_CHECKING:
    from tests.conftest import WriteModel

OWN = os.getegid()


@pytest.fixture(autouse=True)
def group(monkeypatch: pytest.MonkeyPatch) -> str:
    """A group that exists on this machine, in the place of the service's; files made here are of it."""
    name = grp.getgrgid(OWN).gr_name
    monkeypatch.setattr(membership, "GROUP", name)
    return name


def test_whoever_is_outside_is_told_how_to_get_in(group: str) -> None:
    me = pwd.getpwuid(os.getuid()).pw_name
    said = membership.advice(OWN, {OWN + 1})
    if me in grp.getgrgid(OWN).gr_mem:
        assert said == f"you are in group {group}, but this login is older than that: log out and in again"
    else:
        assert said == (
            f"you are not in group {group} yet: run `sudo usermod -aG {group} {me}`, then log out and in again"
        )


def test_nothing_is_said_of_other_groups_nor_to_who_is_inside() -> None:
    assert membership.advice(OWN + 1, set()) == ""
    assert membership.advice(None, set()) == ""
    assert membership.advice(OWN, {OWN}) == ""


def test_nothing_is_said_where_there_is_no_such_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(membership, "GROUP", "no such group")
    assert membership.advice(OWN, set()) == ""


def test_an_error_is_followed_to_its_cause_and_its_file_to_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getegid", lambda: OWN + 1)
    monkeypatch.setattr(os, "getgroups", list)
    assert membership.remedy(_refusal(PermissionError(errno.EACCES, "", str(tmp_path / "no" / "link")))) != ""
    assert membership.remedy(_refusal(FileNotFoundError(errno.ENOENT, "", str(tmp_path / "link")))) == ""
    assert membership.remedy(_refusal(PermissionError(errno.EACCES, ""))) == ""


def _refusal(cause: OSError) -> LinkError:
    error = LinkError("the link cannot be opened")
    error.__cause__ = cause
    return error


AS_ANOTHER = """
import os, sys
from pedal.cli import membership
from pedal.cli.main import main
folder, membership.GROUP = sys.argv[1:]
for user in (0, 65_534):  # as root first: another user may not see what is imported meanwhile
    os.environ |= {"PEDAL_RUN": f"{folder}/{user}/run", "PEDAL_STATE": f"{folder}/{user}/state"}
    if user:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
        print("now", file=sys.stderr)
    for command in (["models", "list"], ["set", "bypass=on"], ["status"]):
        main(command)
"""


AS_A_MEMBER = """
import os, sys
from pedal.cli.main import main
folder, group = sys.argv[1:]
os.environ |= {"PEDAL_RUN": f"{folder}/run", "PEDAL_STATE": f"{folder}/state"}
main(["status"])  # as root first: another user may not see what is imported meanwhile
os.setgroups([int(group)])
os.setresgid(65_534, 65_534, 65_534)
os.setresuid(65_534, 65_534, 65_534)
print("now")
main(["status"])
"""
A_GROUP = 65_533


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_a_member_of_the_group_reads_the_status_without_sudo(write_model: "WriteModel") -> None:
    """The folders and files are as the service makes them."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        for part in ("run", "state", "state/models"):
            (folder / part).mkdir()
        model = write_model("Plexi")
        word = load(model).word
        shutil.copyfile(model, folder / "state" / "models" / "Plexi.json")
        with closing(Link(folder / "run" / "link")) as link:
            link.set("playing", word)
        for path in folder.rglob("*"):
            os.chown(path, 0, A_GROUP)
            path.chmod(0o750 if path.is_dir() else 0o640)
        command = [sys.executable, "-c", AS_A_MEMBER, name, str(A_GROUP)]
        said = subprocess.run(command, capture_output=True, text=True)
    assert said.stderr == ""
    assert "model      Plexi" in said.stdout.partition("now\n")[2]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_the_commands_say_it(group: str) -> None:
    with TemporaryDirectory() as folder:  # pytest's own are root's alone
        Path(folder).chmod(0o755)
        for name in ("run", "state"):
            path = Path(folder) / "65534" / name
            path.mkdir(parents=True)
            path.chmod(0o750)
        said = subprocess.run([sys.executable, "-c", AS_ANOTHER, folder, group], capture_output=True, text=True)
    lines = said.stderr.partition("now\n")[2].splitlines()
    assert len(lines) == 3, said
    for line in lines:
        assert line.startswith("pedal: "), said
        assert f"; you are not in group {group} yet: run `sudo usermod -aG {group} " in line, said
