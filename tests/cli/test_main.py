"""The command as a whole: its version, its usage errors, and that what is wrong is one line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import pedal
from pedal.cli.main import GROUPS, main
from pedal.link import Link


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"pedal {pedal.__version__}\n"


@pytest.mark.parametrize(
    "arguments", [[], ["fly"], ["render"], ["render", "a.wav", "b.wav"], ["set"], ["set", "level_db"]]
)
def test_wrong_usage_is_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert "usage: pedal" in capsys.readouterr().err


def test_whoever_names_no_command_gets_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, command in (([], "status"), (["models"], "install")):
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert end.value.code == 2
        said = capsys.readouterr()
        assert f"\n    {command} " in said.err
        assert said.out == ""


@pytest.mark.parametrize(("arguments", "close"), [(["statsu"], "status"), (["models", "lst"], "list")])
def test_the_word_that_was_meant(arguments: list[str], close: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert capsys.readouterr().err.endswith(f"there is no '{arguments[-1]}'; did you mean {close}?\n")


def test_a_word_like_no_other_gets_all_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["xyzzy"])
    assert "'xyzzy' (choose from" in capsys.readouterr().err


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    for command in ("bench", "devices", "engine", "kernel", "models", "render", "set", "sim", "status"):
        assert f"\n    {command} " in text


def test_an_error_is_one_line_even_about_a_name_of_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = tmp_path / "two\nlines.json"
    assert main(["render", "a.wav", str(tmp_path / "b.wav"), "--model", str(model)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("pedal: ")
    assert len(said.err.splitlines()) == 1


def test_the_module_is_the_command() -> None:
    said = subprocess.run([sys.executable, "-m", "pedal", "--version"], capture_output=True, text=True, check=True)
    assert said.stdout == f"pedal {pedal.__version__}\n"


def test_a_reader_may_leave_early(places: Path) -> None:
    Link(places / "run" / "link").close()
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "pedal", "status", "--json"]
    said = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert (said.returncode, said.stderr) == (1, "")


@pytest.mark.usefixtures("places")
def test_a_full_disk_behind_the_output_is_one_line() -> None:
    with open("/dev/full", "w") as full:
        said = subprocess.run(
            [sys.executable, "-m", "pedal", "models", "list"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert (said.returncode, said.stderr) == (1, "pedal: the output: No space left on device\n")


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_outputs_are_no_fault(closed: str) -> None:
    command = f'"{sys.executable}" -m pedal models list {closed}'
    said = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.usefixtures("places")
def test_an_output_without_our_letters_is_no_fault() -> None:
    script = "from pedal.cli.main import main; main(['models', 'list']); print('µ')"
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment)
    assert (said.stdout.splitlines()[-1], said.stderr) == ("?", "")


def test_what_steers_a_terminal_is_said_as_escapes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "\x1b[2J\x9b\udce9"
    folder.mkdir()
    assert main(["render", "a.wav", str(folder), "--model", "m"]) == 1
    assert capsys.readouterr().err == (
        f"pedal: recording {tmp_path}/\\x1b[2J\\x9b\\udce9 cannot be written: it is a folder; expected the name of "
        "a file\n"
    )


def test_a_parser_needs_nothing_heavy() -> None:
    script = "import sys; from pedal.cli.main import _parser; _parser(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "numba", "rich", "soundfile", "msgspec", "matplotlib", "alsaaudio"} & set(loaded)


@pytest.mark.parametrize("command", GROUPS)
def test_a_command_brings_its_own_module_only(command: str) -> None:
    script = f"import sys; from pedal.cli.main import _parser; _parser({command!r}); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    brought = {f"pedal.cli.{group}" for group in GROUPS} & set(loaded)
    assert f"pedal.cli.{command}" in brought
    assert len(brought) <= 2, "one command may stand on another's module"
