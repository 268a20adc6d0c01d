"""Units and releases, by what systemd and the folders say."""

import pytest

from pedal.measure.doctor import service
from pedal.measure.doctor.service import has_tune
from pedal.measure.finding import Mark, absent, fine
from tests.measure.doctor.trees import NOT_FOUND, SHOW, Tree, unit, units


@pytest.mark.parametrize(
    ("changes", "mark", "found"),
    [
        ({}, Mark.FINE, "active (running), never started again"),
        ({"NRestarts": "4"}, Mark.WARNING, "active (running), started again 4 times"),
        ({"UnitFileState": "disabled"}, Mark.WARNING, "active (running), but not enabled"),
        ({"UnitFileState": "linked"}, Mark.WARNING, "active (running), but not enabled"),
        ({"active": "failed", "sub": "failed", "Result": "watchdog"}, Mark.HEARD, "failed (failed), watchdog"),
        ({"active": "activating", "sub": "auto-restart"}, Mark.HEARD, "activating (auto-restart), success"),
        ({"LoadState": "not-found", "active": "inactive"}, Mark.HEARD, "{name}.service is not-found"),
        ({"LoadState": "masked", "active": "inactive"}, Mark.HEARD, "{name}.service is masked"),
    ],
)
@pytest.mark.parametrize("which", ["engine", "control"])
def test_the_two_that_serve(pi: Tree, which: str, changes: dict[str, str], mark: Mark, found: str) -> None:
    name = f"pedal-{which}"
    pi.says(SHOW, units(**{which: unit(name, **changes)}))
    said = {"engine": service.engine, "control": service.control}[which](pi.machine)
    assert (said.mark, said.found) == (mark, found.format(name=name))
    other = {"engine": service.control, "control": service.engine}[which](pi.machine)
    assert other.mark == Mark.FINE


@pytest.mark.parametrize(
    ("changed", "mark", "found"),
    [
        ({}, Mark.FINE, "pedal-tune runs at boot, no unit has failed"),
        ({"kernels": unit("pedal-kernels", "failed", "failed")}, Mark.WARNING, "pedal-kernels.service failed"),
        ({"tune": unit("pedal-tune", "failed", "failed")}, Mark.WARNING, "pedal-tune.service failed"),
        ({"tune": unit("pedal-tune", UnitFileState="disabled")}, Mark.WARNING, "pedal-tune does not run at boot"),
        ({"tune": unit("pedal-tune", LoadState="not-found")}, Mark.WARNING, "pedal-tune does not run at boot"),
    ],
)
def test_the_small_units(pi: Tree, changed: dict[str, str], mark: Mark, found: str) -> None:
    said = service.units(pi.says(SHOW, units(**changed)).machine)
    assert (said.mark, said.found) == (mark, found)


@pytest.mark.parametrize("said", [NOT_FOUND, None])
def test_not_installed_and_no_systemd(pi: Tree, said: str | None) -> None:
    machine = pi.says(SHOW, said).machine
    found = {check(machine) for check in (service.engine, service.control, service.units)}
    assert found == {absent("the service is not installed")}
    assert not has_tune(machine)


def test_tuning_there(pi: Tree) -> None:
    assert has_tune(pi.machine)
    assert not has_tune(pi.says(SHOW, units(tune=unit("pedal-tune", LoadState="not-found"))).machine)


def test_release(pi: Tree) -> None:
    assert service.release(pi.machine) == fine("1.0.0+9c0de5ee, confirmed; before it 0.9.0+11112222")
    found = service.release(pi.put("/opt/pedal/trial", "starts=1").machine)
    assert (found.mark, found.found) == (Mark.WARNING, "1.0.0+9c0de5ee, on trial; before it 0.9.0+11112222")
    pi.remove("/opt/pedal/trial", "/opt/pedal/previous")
    assert service.release(pi.machine) == fine("1.0.0+9c0de5ee, confirmed")
    assert service.release(pi.remove("/opt/pedal/current").machine) == absent("the service is not installed")
