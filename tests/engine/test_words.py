"""What control asks for on its way into the chain, while control is writing it."""

import struct
import subprocess
import sys
from pathlib import Path

from pedal.engine.words import ASKED, CONTROL, copied
from pedal.link import INDEX, Link

NAMES = [word.name for word in CONTROL]
WRITER = """
import sys
from pathlib import Path
from pedal.link import Link
link = Link(Path(sys.argv[1]))
print("writing", flush=True)
for number in range(10**9):
    link.set("model", number)
    link.set("input_gain_db", number)
    link.set("knob_2", number)
"""


def test_the_model_is_the_first_of_controls_words_and_they_stand_together() -> None:
    assert NAMES == ["model", "bypass", "mute", "input_gain_db", "level_db", "knob_1", "knob_2"]
    assert [INDEX[name] for name in NAMES] == list(range(INDEX["model"], INDEX["model"] + len(NAMES)))


def test_no_control_is_taken_for_an_earlier_model_than_its_own(tmp_path: Path) -> None:
    """Another process writes as fast as it can."""
    link = Link(tmp_path / "link")
    link.set("knob_2", 0.0)
    asked = link.integers[INDEX["model"] : INDEX["knob_2"] + 1]
    seen: set[float] = set()
    with subprocess.Popen([sys.executable, "-c", WRITER, str(link.path)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        try:
            writer.stdout.readline()
            while len(seen) < 20_000:
                words = dict(zip(NAMES, ASKED.unpack(copied(asked)), strict=True))
                assert max(words["input_gain_db"], words["knob_2"]) <= words["model"]
                seen.add(words["model"])
        finally:
            writer.kill()
    asked.release()
    link.close()


class Torn:
    """Words that control changes, all of them, during each of the first few copies."""

    def __init__(self, changes: int) -> None:
        self.changes = changes

    def words(self) -> tuple[int, ...]:
        """All of one model, which is a number."""
        return (self.changes,) * len(NAMES)

    def tobytes(self) -> bytes:
        """The first word of before, the others of after the change."""
        model, *_ = self.words()
        self.changes -= self.changes > 0
        return struct.pack(f"<{len(NAMES)}Q", model, *self.words()[1:])

    def __getitem__(self, part: slice) -> memoryview:
        return memoryview(struct.pack(f"<{len(NAMES)}Q", *self.words())).cast("Q")[part]


def test_words_that_change_while_they_are_copied_are_copied_again() -> None:
    for changes in range(4):
        assert copied(Torn(changes)) == bytes(8 * len(NAMES))  # type: ignore[arg-type]
