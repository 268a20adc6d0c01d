"""The installed service in virtual time, one nanosecond an instruction, as on a processor of 1 GIPS.

Instructions are counted, not the cycles of a Cortex-A72, which does more than one at a time and waits for memory.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pedal.model.loaded import load
from tests.device import silence
from tests.device.image import Image
from tests.device.machine import Machine
from tests.device.states import MODELS, VIRTUAL, playing
from tests.device.wheels import REPOSITORY
from tests.device.words import until, words

SECONDS = 30
PERIOD = 64
RATE_HZ = 44_100
MODEL = "simulated-overdrive"
"""A shipped LSTM of 20 units, without knobs."""
COUNTS = ("xruns_capture", "xruns_playback", "interruptions", "resets")
CONFIGURATION = f"""
[card]
capture = "hw:Loopback,1,0"
playback = "hw:Loopback,0,1"
period_frames = {PERIOD}
periods = 3
prefill_periods = 2
format = "FLOAT_LE"
[engine]
cpu = -1
[models]
loudness = "original"
"""
GUITAR = f"""
import numpy as np
noise = np.random.default_rng(6).standard_normal({SECONDS * RATE_HZ})
guitar = np.concatenate([np.zeros({RATE_HZ}), 0.2 * noise]).clip(-1, 1).astype(np.float32)
np.repeat(guitar[:, None], 2, axis=1).tofile("in.raw")
"""
COMPARED = f"""
import json
import numpy as np
from pathlib import Path
import silence
from pedal import wav
from pedal.cli.compiled import library
from pedal.cli.main import main
from pedal.model.loaded import load
guitar, heard = (np.fromfile(name, np.float32).reshape(-1, 2)[:, 0] for name in ("in.raw", "out.raw"))
recorded, guitar = len(heard), guitar[{RATE_HZ} :]
begins = int(np.argmax(np.abs(heard - heard[0]) > 1e-4))
heard = heard[begins : begins + len(guitar)]
model = load(Path("{MODELS}/{MODEL}.json")).model
quiet = silence.before(guitar[:{RATE_HZ}], heard[:{RATE_HZ}], model, library())
assert quiet is not None, "no length of silence leads to what was heard"
wav.write(Path("in.wav"), np.concatenate([np.zeros(quiet, np.float32), guitar]), {RATE_HZ})
assert main(["render", "in.wav", "wanted.wav", "--model", "{MODEL}"]) == 0
wanted = wav.read(Path("wanted.wav")).channel(1)[quiet:][: len(heard)]
print(json.dumps({{"frames": len(heard), "quiet": quiet, "recorded": recorded,
                  "other": int((heard != wanted).sum()), "first": int(np.argmax(heard != wanted)),
                  "apart": float(np.abs(heard - wanted).max())}}))
"""
PYTHON = "/opt/pedal/current/bin/python"
SHAPE = f"-q -t raw -f FLOAT_LE -r {RATE_HZ} -c 2 --period-size=512 --buffer-size=65536"
RUN_NS = "cut -d' ' -f1 /proc/$(systemctl show -P MainPID pedal-engine)/schedstat"
"""Prints the nanoseconds that the engine has run."""


@pytest.fixture
def slow(image: Image) -> Iterator[Machine]:
    """A machine that plays, with the rate and the periods of a Pi."""
    with Machine(image, VIRTUAL, playing(image)) as machine:
        machine.root(
            "systemctl stop pedal-engine pedal-control; cat >/etc/pedal/pedal.toml", given=CONFIGURATION.encode()
        )
        machine.root(f"cd {MODELS} && find . -type f ! -name {MODEL}.json -delete")
        machine.root(
            f"systemctl start pedal-control pedal-engine; pedal set model={MODEL} bypass=off input_gain_db=0 level_db=0"
        )
        until(machine, 300, playing=load(REPOSITORY / "models" / f"{MODEL}.json").word, level_db=0.0)
        # With other periods the model is tried anew, and taken up again then.
        machine.until("! pgrep -f '[p]edal.measure.admission'", 300)
        yield machine


@pytest.mark.long(8)
def test_no_xrun_and_sample_for_sample_what_render_gives(slow: Machine) -> None:
    slow.push(Path(silence.__file__), "/dev/shm")
    slow.root(f"cd /dev/shm; {PYTHON} -c '{GUITAR}'")
    before = words(slow)
    script = f"""
        cd /dev/shm; {RUN_NS}
        arecord {SHAPE} -D hw:Loopback,1,1 out.raw & aplay {SHAPE} -D hw:Loopback,0,0 in.raw; sleep 1; kill $!; wait
        {RUN_NS}"""
    done = slow.ssh(script, "root", timeout_s=3000)
    began, ended = map(int, done.output.split())
    after = words(slow)
    assert "!!!" not in done.errors, f"the other end of the cable was late: {done.errors}"
    assert {count: after[count] - before[count] for count in COUNTS} == dict.fromkeys(COUNTS, 0)
    said = slow.root(f"systemctl stop pedal-engine; cd /dev/shm; {PYTHON} -c '{COMPARED}'", timeout_s=3000)
    found = json.loads(said.splitlines()[-1])
    assert found["frames"] == SECONDS * RATE_HZ
    assert not found["other"], found
    call, periods = after["load"] * PERIOD / RATE_HZ * 1e9, found["recorded"] / PERIOD
    print(f"\n{after['late'] - before['late']} periods came late, by less than the buffers hold")
    print(f"compiled call: {call:.0f} instructions a period, {call / PERIOD:.0f} a sample; load {after['load']:.3f}")
    print(f"the engine with Python and the kernel: about {(ended - began) / periods:.0f} instructions a period")
    _how_soon_the_engine_is_ready(slow)


def _how_soon_the_engine_is_ready(slow: Machine) -> None:
    """And back after it was killed; an A72 at 1.5 GHz needs no more nanoseconds than instructions."""
    show = "systemctl show pedal-engine -P ActiveEnterTimestampMonotonic -P ExecMainStartTimestampMonotonic"
    slow.root("systemctl start pedal-engine")
    clock = "awk '{print $1 * 1000000}' /proc/uptime"
    wait = "sleep 0.05; until systemctl -q is-active pedal-engine; do sleep 0.01; done"
    killed, *shown = map(float, slow.root(f"{clock}; systemctl kill -s KILL pedal-engine; {wait}; {show}").split())
    started, ready = sorted(shown)
    print(f"ready {(ready - started) / 1000:.0f} ms after its start, {(ready - killed) / 1000:.0f} ms after the kill")
    print(f"boot to sound {words(slow)['boot_to_sound_ms'] / 1000} s")
    assert 0 < ready - started < 1_000_000
    assert ready - killed < 1_000_000
