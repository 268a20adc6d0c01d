"""The locked requirements: all that pyproject.toml asks for on a Pi, within its bounds, with hashes."""

import re
import tomllib
from typing import NamedTuple

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.deploy.card import REPOSITORY, SCRIPTS

PYTHONS = ("3.11", "3.12", "3.13")


class Locked(NamedTuple):
    """One line of a list."""

    requirement: Requirement
    hashes: int


def locked(name: str) -> list[Locked]:
    text = re.sub(r"(?m)^\s*#.*\n?", "", (SCRIPTS / name).read_text()).replace("\\\n", " ")
    lines = [line.split("--hash=sha256:") for line in text.splitlines() if line.strip()]
    assert all(re.fullmatch(r"[0-9a-f]{64}\s*", digest) for _, *digests in lines for digest in digests)
    return [Locked(Requirement(line.strip()), len(digests)) for line, *digests in lines]


def on_a_pi(marker: Marker | None, python: str) -> bool:
    pi = {"platform_machine": "aarch64", "sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
    return marker is None or marker.evaluate(
        {**pi, "python_version": python, "python_full_version": f"{python}.2", "extra": ""}
    )


def wanted(*extras: str) -> list[Requirement]:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    lists = [project["dependencies"], *(project["optional-dependencies"][extra] for extra in extras)]
    return [Requirement(line) for lines in lists for line in lines]


@pytest.mark.parametrize("python", PYTHONS)
def test_everything_is_locked_once_within_its_bounds(python: str) -> None:
    found = [lock.requirement for lock in locked("requirements.txt") if on_a_pi(lock.requirement.marker, python)]
    versions = {canonicalize_name(found.name): str(found.specifier) for found in found}
    assert len(versions) == len(found)
    asked = [requirement for requirement in wanted("kernel", "pi") if on_a_pi(requirement.marker, python)]
    assert len(asked) > 10
    for requirement in asked:
        version = versions[canonicalize_name(requirement.name)]
        assert version.startswith("=="), requirement
        assert requirement.specifier.contains(version.removeprefix("==")), f"{requirement} has {version}"


def test_lgpio_is_built_where_it_has_no_wheel() -> None:
    """By SWIG, of which later ones than 4.2 no longer read its source."""
    lgpio = next(lock.requirement for lock in locked("requirements.txt") if lock.requirement.name == "lgpio")
    assert all(on_a_pi(lgpio.marker, python) for python in PYTHONS)
    swig = next(lock.requirement for lock in locked("requirements-build.txt") if lock.requirement.name == "swig")
    assert [python for python in PYTHONS if on_a_pi(swig.marker, python)] == ["3.13"]
    (pinned,) = swig.specifier
    assert Version(pinned.version) < Version("4.3")


def test_what_builds_is_locked_too() -> None:
    """What comes as source is built by setuptools."""
    assert {"setuptools", "wheel"} <= {lock.requirement.name for lock in locked("requirements-build.txt")}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-build.txt"])
def test_every_line_has_its_hashes_and_the_list_its_command(name: str) -> None:
    assert all(lock.hashes >= 1 for lock in locked(name))
    head = (SCRIPTS / name).read_text().splitlines()[1]
    assert "uv pip compile --universal --python-version 3.11 --generate-hashes" in head
    assert head.endswith(f"-o systemd/{name}")
