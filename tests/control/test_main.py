"""Control as a whole: real edges on gpiozero's mock pins go in, words of a real link and pictures come out."""

import shutil
import threading
from contextlib import closing

from pedal.cli.asking import ask
from pedal.control.settings import Settings
from pedal.errors import ConfigError
from pedal.link import Link
from tests.conftest import WriteModel
from tests.control.rig import PATIENCE_S, Pedal, nothing


def test_feet_reach_the_link_and_what_was_meant_is_remembered(pedal: Pedal) -> None:
    """Hold A, leave the tuner, press C: every word as the feet say, one after the other."""
    pedal.play(
        (lambda: pedal.word("model") == pedal.first.word, lambda: pedal.down("A")),
        (lambda: pedal.word("bypass") == 1, nothing),
        (lambda: pedal.word("mute") == 1, lambda: pedal.up("A")),  # a long press: the tuner, and bypass as before
        (lambda: pedal.word("bypass") == 0 and pedal.control.state.tuner, lambda: pedal.tap("C")),
        (lambda: pedal.word("mute") == 0 and not pedal.is_down("C"), lambda: pedal.tap("C")),
        (lambda: pedal.word("model") == pedal.second.word, nothing),
    )
    assert pedal.word_after("level_db") == pedal.second.trim_db < 0.0
    again = Pedal(pedal.where)
    again.play((lambda: again.control.state.rack.tag, nothing))
    assert (again.control.state.model, again.control.state.previous) == (pedal.second.name, pedal.first.name)
    again.factory.reset()


def test_an_encoder_turns_the_gain(pedal: Pedal) -> None:
    first, second = (pedal.factory.pin(pin) for pin in Settings().knob["gain"].pins)

    def clockwise() -> None:
        for pin in (first, second):
            pin.drive_low()
        for pin in (first, second):
            pin.drive_high()

    pedal.play(
        (lambda: pedal.word("model") == pedal.first.word, clockwise),
        (lambda: pedal.word("input_gain_db") == 0.5, nothing),
    )


def test_pedal_set_is_answered_and_does_what_it_says_or_nothing(pedal: Pedal) -> None:
    said: list[object] = []

    def asks() -> None:
        said.append(ask(pedal.where.run, [("model", pedal.second.name.upper()), ("input_gain_db", "6")], PATIENCE_S))
        try:
            ask(pedal.where.run, [("bypass", "on"), ("levle_db", "3")], PATIENCE_S)
        except ConfigError as error:
            said.append(str(error))

    player = threading.Thread(target=asks)
    pedal.play(
        (lambda: pedal.word("model") == pedal.first.word, player.start),
        (lambda: len(said) == 2, nothing),
    )
    player.join()
    assert said == [True, "levle_db: is unknown; did you mean level_db?"]
    with closing(Link(pedal.where.link)) as engine:
        assert [engine.get(name) for name in ("model", "input_gain_db", "bypass")] == [pedal.second.word, 6.0, 0]


def test_a_model_joins_while_the_pedal_plays(pedal: Pedal, write_model: WriteModel) -> None:
    path = write_model("Newcomer")
    pedal.play(
        (lambda: pedal.word("model") == pedal.first.word, lambda: shutil.copy(path, pedal.where.models)),
        (lambda: "Newcomer" in [entry.name for entry in pedal.control.state.rack.entries], nothing),
    )
    assert pedal.where.setlist.read_text().splitlines()[-1] == "Newcomer"
