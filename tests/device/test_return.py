"""A release that does not start is gone back from, by itself."""

from tests.device.machine import Machine
from tests.device.test_played import status

COPY = r"""
set -e
cd /opt/pedal/releases
old=$(basename "$(readlink ../current)"); new=$old.broken
cp -a "$old" "$new"
grep -rlIF "releases/$old" "$new/bin" "$new/pyvenv.cfg" | xargs sed -i "s|releases/$old|releases/$new|g"
printf 'raise SystemExit("broken")\n' >"$(echo "$new"/lib/python3*/site-packages/pedal/engine/__main__.py)"
/opt/pedal/bin/trial begin "$new"
/opt/pedal/bin/trial restart
systemctl --no-block restart pedal-confirm.service
"""


def test_a_release_whose_engine_does_not_start(pi: Machine) -> None:
    old = pi.root("readlink /opt/pedal/current")
    pi.root(COPY)
    assert pi.root("readlink /opt/pedal/current") == old.strip() + ".broken\n"
    pi.until("test ! -e /opt/pedal/trial && test -s /opt/pedal/failed", 300)
    assert pi.root("readlink /opt/pedal/current") == old
    assert ".broken" in pi.root("/opt/pedal/bin/trial status")
    pi.until('pedal status --json | grep -q \'"state": "running"\'', 120)
    assert status(pi)["boot_to_sound_s"] > 0


def test_a_release_that_is_never_confirmed_before_the_power_goes(pi: Machine) -> None:
    """Two starts are its trial; the third is the old release's. Nobody looks whether it plays."""
    old = pi.root("readlink /opt/pedal/current")
    pi.root(f"systemctl -q disable pedal-confirm; {COPY}; systemctl stop pedal-confirm")
    for start in (1, 2):
        pi.kill()
        pi.boot()
        assert f"on trial: start {start}" in pi.root("/opt/pedal/bin/trial status")
        assert pi.root("readlink /opt/pedal/current") != old
    pi.kill()
    pi.boot()
    assert pi.root("readlink /opt/pedal/current") == old
    assert not pi.root("ls /opt/pedal/trial 2>/dev/null || true")
    pi.until('pedal status --json | grep -q \'"state": "running"\'', 300)
