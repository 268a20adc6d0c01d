"""Load on the display: a knob turned to and fro, and put back where the player had it."""

from collections.abc import Callable, Mapping

from pedal.control.saved import RANGES
from pedal.errors import PedalError

Ask = Callable[[str, str], bool]
"""Have control set NAME to VALUE; gives whether control runs.

Raises:
    PedalError: it refuses, or does not answer.
"""
GAIN, KNOB = "input_gain_db", "knob_1"
STEPS = {GAIN: 0.5, KNOB: 0.02}
"""By the link's word: the screen shows another value, and hardly anybody hears it."""


class Turning:
    """Turns what the gain knob turns: the playing model's first knob, else the input gain.

    A player may turn it too meanwhile, or change the model: what they did stands.
    """

    def __init__(self, words: Callable[[], Mapping[str, float | int]], knob_of: Callable[[int], str], ask: Ask) -> None:
        """`words` reads the link; `knob_of` names the first knob of the model with that word, or gives ""."""
        self._words = words
        self._knob_of = knob_of
        self._ask = ask
        self._model: int | None = None
        self._name, self._word = GAIN, GAIN
        self._own = 0.0
        """Where the player has it."""
        self._put: float | None = None
        """Where it has been put instead; None: it is where the player has it."""
        self._steps = 0
        self._faults: list[str] = []

    def step(self) -> None:
        """Turn it once more, away or back; nothing after a fault."""
        words = self._words()
        if self._faults or not words:
            return
        self._look(words)
        if self._put is not None:
            self._ask_for(self._own, None)
            return
        step = STEPS[self._word]
        away = self._own + step if self._own + step <= RANGES[self._word][1] else self._own - step
        self._ask_for(away, away)

    def back(self) -> None:
        """Put it where the player has it."""
        if words := self._words():
            self._look(words)
        if self._put is not None:
            self._ask_for(self._own, None)
        if self._put is not None:
            self._faults.append(f"`pedal set {self._name}={self._own:g}` puts it back")

    def described(self) -> str:
        """What has been done, in words."""
        return "; ".join([f"control: {self._name} turned {self._steps} times", *self._faults])

    def _look(self, words: Mapping[str, float | int]) -> None:
        """See whose knob it is now, and whether somebody else has turned it."""
        model = int(words["model"])
        if model != self._model:
            if self._put is not None:
                self._faults.append(
                    f"{self._name} of the model before stays at {self._put:g}, as the model was changed meanwhile; it "
                    f"was at {self._own:g}"
                )
            knob = self._knob_of(model)
            self._model, self._put = model, None
            self._name, self._word = (f"knob.{knob}", KNOB) if knob else (GAIN, GAIN)
        if self._put != (value := float(words[self._word])):
            self._own, self._put = value, None

    def _ask_for(self, value: float, put: float | None) -> None:
        """Have control set it, which is `put` then."""
        try:
            if not self._ask(self._name, repr(value)):
                self._faults.append("control does not run")
                return
        except PedalError as error:
            self._faults.append(str(error))
            return
        self._put = put
        self._steps += 1
