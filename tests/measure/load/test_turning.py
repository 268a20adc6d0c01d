"""The knob that is turned: always put back, and whatever the player does meanwhile stands."""

from collections.abc import Mapping

from pedal.errors import ConfigError
from pedal.measure.load.turning import Turning

PLAIN, KNOBBED = 11, 22
"""Models: the second has a knob called Drive."""


class Pedal:
    """Control as far as it is asked, and the link's words that follow from it."""

    def __init__(self, model: int = PLAIN, **words: float) -> None:
        self.link: dict[str, float] = {"model": model, "input_gain_db": 3.0, "knob_1": 0.25, **words}
        self.asked: list[tuple[str, str]] = []
        self.there = True
        self.refuses = False

    def words(self) -> Mapping[str, float | int]:
        return dict(self.link)

    def ask(self, name: str, value: str) -> bool:
        if self.refuses:
            raise ConfigError("not now")
        if self.there:
            assert name in ("input_gain_db", "knob.Drive")
            self.asked.append((name, value))
            self.link["knob_1" if name == "knob.Drive" else name] = float(value)
        return self.there

    def turning(self) -> Turning:
        return Turning(self.words, lambda word: "Drive" if word == KNOBBED else "", self.ask)


def test_to_and_fro_and_back() -> None:
    pedal = Pedal()
    turning = pedal.turning()
    for _ in range(5):
        turning.step()
    assert [value for _, value in pedal.asked] == ["3.5", "3.0", "3.5", "3.0", "3.5"]
    turning.back()
    assert pedal.link["input_gain_db"] == 3.0
    turning.back()
    assert len(pedal.asked) == 6  # once is enough
    assert turning.described() == "control: input_gain_db turned 6 times"


def test_a_models_own_knob_where_it_has_one_downwards_at_its_end() -> None:
    pedal = Pedal(KNOBBED, knob_1=0.99)
    turning = pedal.turning()
    turning.step()
    assert pedal.asked == [("knob.Drive", repr(0.99 - 0.02))]
    turning.back()
    assert pedal.link["knob_1"] == 0.99


def test_an_odd_value_comes_back_to_its_last_digit() -> None:
    pedal = Pedal(KNOBBED, knob_1=0.1 + 0.2)
    turning = pedal.turning()
    turning.step()
    turning.back()
    assert pedal.link["knob_1"] == 0.1 + 0.2


def test_a_player_who_turns_it_meanwhile_has_the_last_word() -> None:
    pedal = Pedal()
    turning = pedal.turning()
    turning.step()
    pedal.link["input_gain_db"] = -6.0
    turning.step()
    assert pedal.link["input_gain_db"] == -5.5
    turning.back()
    assert pedal.link["input_gain_db"] == -6.0


def test_turned_by_the_player_at_the_very_end() -> None:
    pedal = Pedal()
    turning = pedal.turning()
    turning.step()
    pedal.link["input_gain_db"] = 9.0
    turning.back()
    assert (pedal.link["input_gain_db"], len(pedal.asked)) == (9.0, 1)


def test_another_model_meanwhile() -> None:
    """Its knob is another one; what the first was left at is said."""
    pedal = Pedal(KNOBBED)
    turning = pedal.turning()
    turning.step()
    pedal.link |= {"model": PLAIN, "input_gain_db": 1.0}
    turning.step()
    turning.back()
    assert pedal.link["input_gain_db"] == 1.0
    assert turning.described().endswith("knob.Drive of the model before stays at 0.27, as the model was changed "
                                        "meanwhile; it was at 0.25")  # fmt: skip


def test_another_model_while_the_knob_is_at_home_is_nothing_to_tell() -> None:
    pedal = Pedal(KNOBBED)
    turning = pedal.turning()
    turning.step()
    turning.step()
    pedal.link["model"] = PLAIN
    turning.step()
    turning.back()
    assert turning.described() == "control: input_gain_db turned 4 times"


def test_control_that_is_not_there() -> None:
    pedal = Pedal()
    pedal.there = False
    turning = pedal.turning()
    turning.step()
    turning.step()
    turning.back()
    assert turning.described() == "control: input_gain_db turned 0 times; control does not run"


def test_control_that_goes_away_and_what_to_do_then() -> None:
    pedal = Pedal()
    turning = pedal.turning()
    turning.step()
    pedal.there = False
    turning.step()
    assert "control does not run" in turning.described()
    turning.back()
    assert turning.described().endswith("`pedal set input_gain_db=3` puts it back")
    pedal.refuses = True
    turning.back()
    assert "not now" in turning.described()


def test_control_that_came_back_in_time() -> None:
    pedal = Pedal()
    turning = pedal.turning()
    turning.step()
    pedal.refuses = True
    turning.step()
    pedal.refuses = False
    turning.back()
    assert pedal.link["input_gain_db"] == 3.0
    assert "puts it back" not in turning.described()


def test_without_a_link_nothing_is_turned() -> None:
    pedal = Pedal()
    turning = pedal.turning()
    pedal.link.clear()
    turning.step()
    turning.back()
    assert pedal.asked == []
