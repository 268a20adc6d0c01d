"""Run by the Python of an environment that holds the built wheel and nothing else: everything the pedal needs is in it.

Not a pytest file: `./deploy.sh test` builds the wheel, installs it and calls this from another folder.
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pedal
from pedal.config import shipped


def run(*arguments: str) -> str:
    """What the installed command prints."""
    command = Path(sys.executable).with_name("pedal")
    result = subprocess.run([command, *arguments], capture_output=True, text=True)
    assert result.returncode == 0, f"{command} {' '.join(arguments)}: status {result.returncode}\n{result.stderr}"
    return result.stdout


def main() -> None:
    """Every claim of the wheel."""
    package = Path(pedal.__file__).parent
    assert "site-packages" in package.parts, f"{package} is not the installed package"
    for absent in ("numba", "matplotlib", "torch", "pytest"):
        assert importlib.util.find_spec(absent) is None, f"{absent} is installed, so its absence cannot be tested"
    assert run("--version") == f"pedal {pedal.__version__}\n"
    assert shipped("pedal.toml").is_file()
    models = sorted(path for path in shipped("models").iterdir() if path.suffix != ".md")
    assert models, "the wheel carries no model"
    assert shipped("models").is_relative_to(package)
    run("models", "check", *map(str, models))
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out.wav")
        report = run("render", str(shipped("guitar.wav")), out, "--model", str(models[0]), "--json")
        figures = json.loads(report)
        assert figures["samples"] > 0, report
        assert Path(out).stat().st_size > 4 * figures["samples"]
    played = json.loads(run("sim", "--headless", "--seconds", "1", "--json"))
    assert played["screens"] > 0, played
    assert played["presses"], played
    print(f"the wheel plays {figures['model']}")


if __name__ == "__main__":
    main()
