"""A release that does not start is gone back from, by itself."""

import pytest

from tests.device.machine import Machine
from tests.device.words import plays

COPY = r"""
set -e
cd /opt/pedal/releases
old=$(basename "$(readlink ../current)"); new=$old.broken
cp -al "$old" "$new"
grep -rlIF "releases/$old" "$new/bin" "$new/pyvenv.cfg" | xargs sed -i "s|releases/$old|releases/$new|g"
engine=$(echo "$new"/lib/python3*/site-packages/pedal/engine/__main__.py)
rm "$engine" # which is the old release's too
printf 'raise SystemExit("broken")\n' >"$engine"
/opt/pedal/bin/trial begin "$new"
/opt/pedal/bin/trial restart
systemctl --no-block restart pedal-confirm.service
"""


@pytest.mark.long(2)
def test_a_release_whose_engine_does_not_start(bench: Machine) -> None:
    old = bench.root("readlink /opt/pedal/current")
    bench.root(COPY)
    assert bench.root("readlink /opt/pedal/current") == old.strip() + ".broken\n"
    bench.until("test ! -e /opt/pedal/trial && test -s /opt/pedal/failed", 300)
    assert bench.root("readlink /opt/pedal/current") == old
    assert ".broken" in bench.root("/opt/pedal/bin/trial status")
    plays(bench)


@pytest.mark.rare
def test_a_release_that_is_never_confirmed_before_the_power_goes(bench: Machine) -> None:
    """Two starts are its trial; the third is the old release's. Nobody looks whether it plays."""
    old = bench.root("readlink /opt/pedal/current")
    bench.root(f"systemctl -q disable pedal-confirm; {COPY}\nsystemctl stop pedal-confirm")
    for start in (1, 2):
        bench.kill()
        bench.boot()
        assert f"on trial: start {start}" in bench.root("/opt/pedal/bin/trial status")
        assert bench.root("readlink /opt/pedal/current") != old
    bench.kill()
    bench.boot()
    assert bench.root("readlink /opt/pedal/current") == old
    assert not bench.root("ls /opt/pedal/trial 2>/dev/null || true")
    plays(bench)
