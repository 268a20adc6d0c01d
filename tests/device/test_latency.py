"""`pedal latency` on the emulated Pi, from one end of the loopback to its other: by the unit, and the engine is back.

What such a card's round trip is says nothing about a Pi's: that the way is whole, and that the engine comes back, does.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from tests.device.machine import Machine
from tests.device.ssh import HOST
from tests.device.words import plays

RARE = partial(pytest.param, marks=pytest.mark.rare)
UNIT, ENGINE = "pedal-latency", "pedal-engine"
CABLE = """
[card]
capture = "hw:Loopback,1,0"
playback = "hw:Loopback,0,0"
rate_hz = 8000
period_frames = 128
periods = 4
prefill_periods = 3
format = "S32_LE"

[engine]
cpu = 1
"""
"""What is played at one end of the loopback is captured at its other."""
MEASURE = "pedal latency --yes --config /etc/pedal/cable.toml --periods 128 --counts 3 --seconds 0.5"
MEASURING = f"systemctl is-active {UNIT} && test -s /run/pedal/latency.report && ! systemctl is-active {ENGINE}"


def plug(machine: Machine) -> None:
    """Put the cable in."""
    machine.root("cat >/etc/pedal/cable.toml && chmod 644 /etc/pedal/cable.toml", given=CABLE.encode())


def over(machine: Machine) -> None:
    """Wait until the unit is, and the engine plays."""
    machine.until(f"! systemctl -q is-active {UNIT}", 120)
    plays(machine)


@contextmanager
def measuring(machine: Machine, *options: str) -> Iterator["subprocess.Popen[bytes]"]:
    """An ssh of its own connection, by which somebody measures; entered when the unit is at work."""
    command = ["ssh", *options, f"pi@{HOST}", f"{MEASURE} --restarts 200"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=machine.way.environment(), stdin=pipe, stdout=pipe, stderr=pipe) as client:
        try:
            machine.until(MEASURING, 180)
            yield client
        finally:
            client.kill()


def test_it_is_measured_kept_and_the_engine_plays_again(pi: Machine) -> None:
    plug(pi)
    command = [sys.executable, "-m", "pedal", "latency", "--host", f"pi@{HOST}", "--yes", "--json"]
    options = ["--config", "/etc/pedal/cable.toml", "--periods", "128", "--counts", "3", "--restarts", "2"]
    done = subprocess.run([*command, *options], env=pi.way.environment(), capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    over(pi)
    found = json.loads(done.stdout)
    assert (found["simulated"], found["format"], found["rate_hz"]) == (False, "S32_LE", 8_000)
    (one,) = found["settings"]
    assert one["model"]["round_trip"]["median"] > 0.0
    assert json.loads(pi.ssh("pedal latency --history --json").output) == [found]
    assert pi.root("stat -c %U /var/lib/pedal/latency/history.jsonl").strip() == "pedal"


@pytest.mark.parametrize("signal", ["KILL", RARE("SEGV"), RARE("TERM")])
def test_it_is_as_confined_as_the_engine_which_is_back_when_it_is_killed(pi: Machine, signal: str) -> None:
    plug(pi)
    with measuring(pi) as client:
        number = pi.root(f"systemctl show -P MainPID {UNIT}").strip()
        shown = pi.root(f"cat /proc/{number}/status /proc/{number}/limits")
        assert pi.root(f"stat -c %U /proc/{number}").strip() == "pedal"
        pi.root(f"systemd-analyze security --threshold=20 {UNIT} >/dev/null")
        pi.root(f"systemctl kill --signal={signal} {UNIT}")
        over(pi)
        _, said = client.communicate(timeout=120)
    assert b"ended without a result" in said
    assert "NoNewPrivs:\t1" in shown
    assert "CapEff:\t0000000000000000" in shown
    assert "Seccomp:\t2" in shown


@pytest.mark.parametrize("terminal", [RARE("-tt"), "-T"])
def test_the_engine_is_back_when_the_connection_is_cut(pi: Machine, terminal: str) -> None:
    plug(pi)
    with measuring(pi, terminal) as client:
        client.kill()
        over(pi)
