"""One at a time at the models."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pedal.errors import ModelError
from pedal.model.turns import turn

HOLD = """
import sys
from pathlib import Path
from pedal.model.turns import turn

with turn(Path(sys.argv[1]), "`pedal models install` of Lead"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_another_process_is_waited_for_and_then_named(tmp_path: Path) -> None:
    state = tmp_path / "state"
    command = [sys.executable, "-c", HOLD, str(state)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == b"held\n"
        expected = rf"being changed by `pedal models install` of Lead \(process {holder.pid}\); try again in a minute"
        with pytest.raises(ModelError, match=expected), turn(state, "me", patience_s=0.0):
            pass
        holder.stdin.close()
        with turn(state, "me"):  # as soon as it is done
            assert (state / "admission.lock").read_text() == f"me (process {os.getpid()})\n"


def test_who_ends_without_a_word_is_no_obstacle(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.kill()
    with turn(tmp_path, "me", patience_s=0.0):
        pass


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(b"")
    with pytest.raises(OSError, match="state"), turn(tmp_path / "state", "me"):
        pass
