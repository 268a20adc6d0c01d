"""A release on trial: counted, confirmed or gone back from, wherever the plug is pulled."""

import os
from pathlib import Path

import pytest

from tests.deploy.card import Card, Ran

OLDEST, OLD, NEW = "0.1.0+0000000a", "0.1.0+0000000b", "0.2.0+0000000c"


@pytest.fixture
def card(tmp_path: Path) -> Card:
    """A card with OLD confirmed and OLDEST to go back to; NEW lies there."""
    card = Card(tmp_path)
    for version in (OLDEST, OLD):
        card.release(version)
        assert card.trial("begin", version).status == 0
        assert card.trial("confirm").status == 0
    card.release(NEW)
    assert card.state() == (OLD, OLDEST, {})
    return card


def asked(ran: Ran) -> list[str]:
    return [step for step in ran.steps if step.startswith("systemctl")]


def test_a_first_release_has_nothing_to_go_back_to(tmp_path: Path) -> None:
    card = Card(tmp_path)
    card.release(NEW)
    assert card.trial("begin", NEW).status == 0
    assert card.state() == (NEW, "", {"version": NEW, "from": "", "before": "", "starts": "0"})
    assert card.boots()
    for _ in range(3):
        assert card.trial("start").status == 0
    assert card.state() == (NEW, "", {})
    assert f"release={NEW}\n" in (card.base / "failed").read_text()


def test_one_that_plays_is_confirmed_and_the_last_two_are_kept(card: Card) -> None:
    card.trial("begin", NEW)
    assert card.state() == (NEW, OLD, {"version": NEW, "from": OLD, "before": OLDEST, "starts": "0"})
    card.trial("start")
    assert card.noted()["starts"] == "1"
    ran = card.trial("confirm")
    assert (ran.status, ran.output) == (0, f"{NEW} is confirmed\n")
    assert card.state() == (NEW, OLD, {})
    assert card.releases() == {NEW, OLD}
    assert not asked(ran)


def test_one_that_does_not_play_is_gone_back_from(card: Card) -> None:
    (card.base / "releases" / NEW / "sick").touch()
    card.trial("begin", NEW)
    card.trial("start")
    ran = card.trial("confirm")
    assert card.state() == (OLD, OLDEST, {})
    assert card.boots()
    assert (card.base / "failed").read_text() == (
        f"release={NEW}\nreason=the engine does not run\nthe engine says why\n"
    )
    assert card.releases() == {OLD, OLDEST}, "three that fail would fill the card"
    assert asked(ran) == [
        "systemctl daemon-reload",
        "systemctl --no-block restart pedal-control.service pedal-engine.service",
    ]


def test_the_third_start_goes_back_and_starts_what_a_damaged_release_may_not_name(card: Card) -> None:
    card.trial("begin", NEW)
    assert [card.trial("start").status for _ in range(2)] == [0, 0]
    assert card.state() == (NEW, OLD, {"version": NEW, "from": OLD, "before": OLDEST, "starts": "2"})
    ran = card.trial("start")
    assert card.state() == (OLD, OLDEST, {})
    assert asked(ran) == [
        "systemctl daemon-reload",
        "systemctl --no-block restart pedal-control.service pedal-engine.service",
    ]


def test_one_whose_python_is_gone_goes_back_at_once(card: Card) -> None:
    card.trial("begin", NEW)
    python = card.base / "releases" / NEW / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3")
    card.trial("start")
    assert card.state() == (OLD, OLDEST, {})


def test_a_count_that_cannot_be_read_goes_back(card: Card) -> None:
    card.trial("begin", NEW)
    path = card.base / "trial"
    path.write_text(path.read_text().replace("starts=0", "starts=?"))
    card.trial("start")
    assert card.state() == (OLD, OLDEST, {})


@pytest.mark.parametrize("command", ["start", "confirm"])
def test_a_full_card_does_not_stop_the_way_back(card: Card, command: str) -> None:
    """Nothing can be written then, but links can be moved."""
    (card.base / "releases" / NEW / "sick").touch()
    card.trial("begin", NEW)
    card.program("cat", "#!/bin/sh\nexit 1\n")
    assert card.trial(command).status == 0
    assert card.state() == (OLD, OLDEST, {})
    assert card.boots()
    assert not (card.base / "failed").exists()
    assert not list(card.base.glob(".*.new"))


def test_a_release_that_cannot_be_removed_does_not_stop_the_way_back(card: Card) -> None:
    card.trial("begin", NEW)
    card.program("mv", '#!/bin/sh\ncase $* in *.gone-*) exit 1 ;; esac\nexec /usr/bin/mv "$@"\n')
    ran = card.trial("rollback")
    assert ran.status == 0
    assert "the release that is not needed any more could not be removed" in ran.output
    assert card.state() == (OLD, OLDEST, {})
    assert card.boots()


def test_what_cannot_be_linked_to_is_not_removed(card: Card) -> None:
    card.trial("begin", NEW)
    card.program("ln", f'#!/bin/sh\n[ "$2" != releases/{OLDEST} ] || exit 1\nexec /usr/bin/ln "$@"\n')
    assert "could not be noted as the one before" in card.trial("rollback").output
    assert card.state() == (OLD, OLD, {})
    assert OLDEST in card.releases()


def test_a_card_without_room_for_a_link_does_not_stop_the_way_back(card: Card) -> None:
    """The plug was pulled before `previous` was made, and it cannot be made now."""
    card.trial("begin", NEW)
    (card.base / "previous").unlink()
    card.program("ln", '#!/bin/sh\ncase $* in *previous*) exit 1 ;; esac\nexec /usr/bin/ln "$@"\n')
    assert card.trial("start").status == 0
    assert card.state() == (OLD, "", {})
    assert card.boots()


def test_a_trial_of_nothing_is_dropped_and_said(card: Card) -> None:
    (card.base / "trial").write_text("")
    assert f"names no release, and is dropped: {OLD} counts as confirmed" in card.trial("start").output
    assert card.state() == (OLD, OLDEST, {})


def test_on_a_full_card_nothing_begins(card: Card) -> None:
    card.program("cat", "#!/bin/sh\nexit 1\n")
    assert card.trial("begin", NEW).status == 1
    assert card.state() == (OLD, OLDEST, {})


def test_a_second_release_on_trial_goes_back_to_what_was_confirmed(card: Card) -> None:
    newest = "0.3.0+0000000d"
    card.release(newest, sick=True)
    card.trial("begin", NEW)
    card.trial("begin", newest)
    assert card.state() == (newest, OLD, {"version": newest, "from": OLD, "before": OLDEST, "starts": "0"})
    card.trial("confirm")
    assert card.state() == (OLD, OLDEST, {})


def test_without_a_trial_nothing_is_written(card: Card) -> None:
    for command in ("start", "confirm"):
        ran = card.trial(command)
        assert (ran.status, ran.steps) == (0, [])


def test_rollback_goes_back_and_forth(card: Card) -> None:
    assert card.trial("rollback").status == 0
    assert card.state() == (OLDEST, OLD, {})
    ran = card.trial("rollback")
    assert card.state() == (OLD, OLDEST, {})
    assert asked(ran)[-1].startswith("systemctl --no-block restart")


def test_rollback_after_an_interrupted_one_does_not_take_what_failed(card: Card) -> None:
    (card.base / "releases" / NEW / "sick").touch()
    card.trial("begin", NEW)
    card.trial("confirm")
    card.release(NEW)  # as it is there where it could not be removed
    (card.base / "previous").unlink()
    (card.base / "previous").symlink_to(f"releases/{OLD}")  # the plug was pulled between rollback's two links
    assert card.trial("rollback").status == 0
    assert card.state() == (OLDEST, OLD, {})


def test_rollback_during_a_trial_ends_it(card: Card) -> None:
    card.trial("begin", NEW)
    assert card.trial("rollback").status == 0
    assert card.state() == (OLD, OLDEST, {})


def test_rollback_says_when_there_is_nothing_before(tmp_path: Path) -> None:
    card = Card(tmp_path)
    card.release(OLD)
    card.trial("begin", OLD)
    card.trial("confirm")
    ran = card.trial("rollback")
    assert (ran.status, ran.output) == (1, "trial: there is no earlier release to go back to\n")
    assert card.state() == (OLD, "", {})


def test_what_is_no_release_does_not_begin(card: Card) -> None:
    ran = card.trial("begin", "9.9")
    assert ran.status == 1
    assert "/opt/pedal/releases/9.9 is no release" in ran.output
    assert card.state() == (OLD, OLDEST, {})


def test_units_come_with_a_release_and_go_when_the_next_is_confirmed(card: Card) -> None:
    newest = "0.3.0+0000000d"
    card.release(newest, units=("engine", "phone"))

    def links() -> set[str]:
        return {str(path.relative_to(card.system)) for path in card.system.rglob("pedal-*")}

    def names(*units: str) -> set[str]:
        return {f"{folder}pedal-{unit}.service" for unit in units for folder in ("", "multi-user.target.wants/")}

    card.trial("begin", newest)
    assert links() == names("engine", "control", "phone")
    card.trial("confirm")
    assert links() == names("engine", "control", "phone")  # OLD may be gone back to
    card.release("0.4.0", units=("engine", "phone"))
    card.trial("begin", "0.4.0")
    card.trial("confirm")
    assert links() == names("engine", "phone")
    link = card.system / "pedal-phone.service"
    assert os.readlink(link) == "/opt/pedal/current/systemd/units/pedal-phone.service"
    assert os.readlink(card.system / "multi-user.target.wants" / link.name) == "../pedal-phone.service"


def test_check_says_which_links_are_missing_and_makes_none(card: Card) -> None:
    assert card.trial("check").output == ""
    (card.system / "pedal-engine.service").unlink()
    ran = card.trial("check")
    assert ran.output == f"{card.system}/pedal-engine.service\n"
    assert ran.steps == []
    card.trial("units")
    assert card.boots()


def test_status_says_what_there_is(card: Card) -> None:
    card.trial("begin", NEW)
    card.trial("start")
    assert card.trial("status").output == f"release   {NEW}, on trial: start 1\nprevious  {OLD}\n"
    card.trial("rollback")
    assert card.trial("status").output.splitlines() == [
        f"release   {OLD}",
        f"previous  {OLDEST}",
        f"failed    {NEW}",
        "because   somebody asked for it",
        "          the engine says why",
    ]


def test_everything_is_on_the_disk_before_what_points_to_it(card: Card) -> None:
    """What a rename brings is synced before it, and the rename itself before the next."""
    for command in (("begin", NEW), ("start",), ("confirm",), ("rollback",)):
        steps = card.trial(*command).steps
        moves = [number for number, step in enumerate(steps) if step.startswith("mv -T /opt/pedal/.")]
        assert moves or command == ("confirm",)
        for number in moves:
            _, _, temporary, target = steps[number].split()
            assert steps[number - 1] == f"sync {temporary}" or steps[number - 1].startswith("ln -s ")
            assert steps[number + 1] == f"sync {Path(target).parent}"


@pytest.mark.parametrize(
    ("command", "sick"),
    [
        ("begin", False),
        ("start", True),
        ("third start", False),
        ("confirm", False),
        ("confirm", True),
        ("rollback", False),
    ],
)
def test_wherever_the_plug_is_pulled_the_pedal_boots(tmp_path: Path, command: str, sick: bool) -> None:
    """At each step of each command; then the boot after it, and the release's way to its end."""
    prepared = Card(tmp_path / "prepared")
    prepared.release(OLD)
    prepared.trial("begin", OLD)
    prepared.trial("confirm")
    prepared.release(NEW, sick=sick)
    prepare(prepared, command)
    given = ("begin", NEW) if command == "begin" else (command.removeprefix("third "),)
    for stop in range(1, 100):
        card = prepared.copy(tmp_path / str(stop))
        ran = card.trial(*given, stop=stop)
        assert card.boots(), f"before step {stop}, {ran.steps[-1]}"
        if ran.status == 0:
            assert stop > 3 or (command, sick) == ("rollback", False)
            return
        ends_well(card, f"{command} before step {stop}, {ran.steps[-1]}", command)
    pytest.fail("the command never ended")


def prepare(card: Card, command: str) -> None:
    """Come to where the command is to be given."""
    if command != "begin":
        card.trial("begin", NEW)
    for _ in range({"third start": 2, "confirm": 1, "rollback": 1}.get(command, 0)):
        card.trial("start")


def ends_well(card: Card, where: str, command: str) -> None:
    """A boot after the plug was pulled there: what is unconfirmed is counted, and the trial comes to an end."""
    current, _, trial = card.state()
    sick = (card.base / "releases" / current / "sick").exists() if current == NEW else False
    if current == NEW and command != "confirm":
        assert trial, f"{where}: it starts uncounted"
    for _ in range(3):  # boots
        if card.noted():
            assert card.trial("start").status == 0, where
            assert card.boots(), where
        if card.noted():
            assert card.trial("confirm").status == 0, where
    current, previous, trial = card.state()
    assert not trial, where
    assert not sick or current == OLD, where
    assert previous != current, where
    assert card.boots(), where
    assert (card.base / "releases" / current).is_dir(), where
