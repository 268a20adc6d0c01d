"""The shape of the project: who imports whom, what an import may do, and how long a file may be."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import pedal

PACKAGE = Path(pedal.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted(Path(__file__).parent.rglob("*.py"))

LAYERS = (
    {"errors", "files", "histogram", "rules"},
    {"config", "link", "typed", "wav", "model"},
    {"kernel"},
    {"engine", "control"},
    {"measure"},
    {"sim", "train"},
    {"cli"},
)
"""A group may import itself and the layers before it: docs/architecture.md's arrows."""

ENGINE_MAY_IMPORT = {
    "errors",
    "histogram",
    "rules",
    "config",
    "link",
    "engine",
    "kernel.chain",
    "kernel.layout",
    "kernel.library",
    "kernel.packed",
}
CLI_MAY_IMPORT_FIRST = {"errors", "typed", "cli"}
"""Of ours, what a command's module imports when the parser is built; the rest inside its functions."""
STANDARD_LIBRARY_ONLY = ENGINE_MAY_IMPORT - {"engine"} | {"files", "typed", "model.library", "cli", "__init__"}
HEAVY = {
    "numba": {"kernel", "train"},
    "llvmlite": {"kernel", "train.lanes"},
    "torch": {"train"},
    "scipy": {"train"},
    "matplotlib": {"measure.picture", "measure.soak.picture", "measure.latency.picture", "train"},
    "soundfile": {"wav", "train"},
    "alsaaudio": {"engine.alsa", "engine.offered"},
}
"""Who may import what not every machine has, or what has a place of its own."""
LONGEST_LINES = 350


class Import(NamedTuple):
    """One name that a module imports."""

    name: str
    """In full: pedal.kernel.library."""
    line: int
    first: bool
    """When the module is imported, not when one of its functions is called."""


def name_of(path: Path) -> str:
    """kernel.library for pedal/kernel/library.py; kernel for its __init__.py."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def imports(path: Path) -> Iterator[Import]:
    """Everything a module imports, but for what only a type checker sees."""
    tree = ast.parse(path.read_text())
    later: set[int] = set()
    unseen: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            later.update(id(child) for child in ast.walk(node))
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            unseen.update(id(child) for child in ast.walk(node))
    for node in ast.walk(tree):
        if id(node) in unseen:
            continue
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, id(node) not in later) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            for alias in node.names:
                module = f"{node.module}.{alias.name}"
                yield Import(module if _is_module(module) else str(node.module), node.lineno, id(node) not in later)


def _is_module(name: str) -> bool:
    path = PACKAGE.parent.joinpath(*name.split("."))
    return name.startswith("pedal.") and (path.is_dir() or path.with_suffix(".py").is_file())


def within(name: str, allowed: set[str]) -> bool:
    """Whether the name is one of those allowed or inside one of them."""
    return any(name == group or name.startswith(group + ".") for group in allowed)


def layer(name: str) -> int:
    """Where the module's group stands in LAYERS."""
    group = name.split(".", maxsplit=1)[0]
    return next(index for index, groups in enumerate(LAYERS) if group in groups)


def test_every_group_has_its_place() -> None:
    groups = {name_of(path).split(".")[0] for path in MODULES} - {"__init__", "__main__"}
    assert groups <= set().union(*LAYERS)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_follow_the_arrows(path: Path) -> None:
    name = name_of(path)
    if name in ("__init__", "__main__"):
        return
    for used in imports(path):
        if not used.name.startswith("pedal."):
            continue
        other = used.name.removeprefix("pedal.")
        where = f"{path}:{used.line}: {name} imports {other}"
        same = other.split(".")[0] == name.split(".")[0]
        assert same or layer(other) < layer(name), where
        if within(name, {"engine"}):
            assert within(other, ENGINE_MAY_IMPORT), where
        if within(name, {"cli"}) and used.first:
            assert within(other, CLI_MAY_IMPORT_FIRST), where


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_other_peoples_packages_stay_where_they_belong(path: Path) -> None:
    name = name_of(path)
    for used in imports(path):
        package = used.name.split(".")[0]
        if package == "pedal" or package in sys.stdlib_module_names:
            continue
        where = f"{path}:{used.line}: {name} imports {package}"
        assert not (used.first and within(name, STANDARD_LIBRARY_ONLY)), where
        assert not within(name, {"engine"}) or package == "alsaaudio", where
        assert package not in HEAVY or within(name, HEAVY[package]), where


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "__init__.py"], ids=name_of)
def test_a_package_is_a_docstring(path: Path) -> None:
    docstring, *rest = ast.parse(path.read_text()).body
    assert isinstance(docstring, ast.Expr)
    assert isinstance(docstring.value, ast.Constant)
    if path.parent == PACKAGE:
        assert [ast.unparse(node) for node in rest] == [f"__version__ = '{pedal.__version__}'"]
    else:
        assert rest == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_importing_a_module_does_nothing(path: Path) -> None:
    """At the top of a module: imports, definitions, constants, assertions; no call stands alone, no loop runs."""
    plain = (
        *(ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef),
        *(ast.Assign, ast.AnnAssign, ast.Expr, ast.If, ast.Assert),
    )
    for node in ast.parse(path.read_text()).body:
        where = f"{path}:{node.lineno}: {ast.unparse(node)[:60]}"
        assert isinstance(node, plain), where
        assert not isinstance(node, ast.Expr) or isinstance(node.value, ast.Constant), where
        if isinstance(node, ast.If):
            assert "__main__" in ast.dump(node.test) or "TYPE_CHECKING" in ast.dump(node.test), where


def flags(tree: ast.AST) -> Iterator[tuple[str, ...]]:
    """What stands between the interpreter and the -m of each command that runs a module."""
    for node in ast.walk(tree):
        parts = node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.List | ast.Tuple) else []
        words = [part.value if isinstance(part, ast.Constant) else ast.unparse(part) for part in parts]
        if "-m" in words and str(words[0]).endswith((".python", ".executable")):
            yield tuple(map(str, words[1 : words.index("-m")]))


def test_a_child_takes_nothing_from_the_folder_where_it_was_started(tmp_path: Path) -> None:
    """Which may be anybody's, where root looks at it: a `pedal` that lies there is not run."""
    (tmp_path / "pedal").mkdir()
    (tmp_path / "pedal" / "__init__.py").write_text("raise SystemExit('planted')")
    found = {given for path in MODULES for given in flags(ast.parse(path.read_text()))}
    assert found
    for given in found:
        command = [sys.executable, *given, "-m", "pedal", "--version"]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert (ran.stdout, ran.stderr) == (f"pedal {pedal.__version__}\n", "")


@pytest.mark.usefixtures("kernels")
def test_the_engine_has_one_thread_and_imports_little(places: Path) -> None:
    """The real process, on a card made of a tenth of a second of silence; it looks at itself when it has played."""
    (places / "capture").write_bytes(bytes(8 * 4_410))
    options = ["--sim-capture", str(places / "capture"), "--sim-playback", str(places / "playback")]
    script = (
        "import os, sys; from pedal.engine.main import main; "
        f"print(main({options}), len(os.listdir('/proc/self/task')), *sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    status, threads, *modules = said.split()
    assert (status, threads) == ("0", "1")
    assert (places / "playback").stat().st_size > 8 * 4_410
    ours = {module.removeprefix("pedal.") for module in modules if module.startswith("pedal.")}
    assert {module for module in ours if not within(module, ENGINE_MAY_IMPORT | {"kernel"})} == set()
    assert ours & {"kernel.build", "kernel.pack", "kernel.block"} == set()
    others = {module.split(".")[0] for module in modules} - sys.stdlib_module_names - {"pedal", "__main__"}
    assert {module for module in others if not module.startswith(("_", "sitecustomize"))} <= {"alsaaudio"}


def test_pedal_engine_is_the_engine_without_the_commands_parser(tmp_path: Path) -> None:
    script = (
        f"import sys; sys.argv = ['pedal', 'engine', '--config', {str(tmp_path / 'absent.toml')!r}]; "
        "from pedal.__main__ import main; print(main(), 'pedal.engine.main' in sys.modules, 'argparse' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "1 True False\n"
    assert ran.stderr.startswith("pedal engine: configuration ")


@pytest.mark.parametrize("path", [*MODULES, *TESTS], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_LINES
