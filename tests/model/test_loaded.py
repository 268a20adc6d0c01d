"""A model with its word."""

import hashlib
from pathlib import Path

from pedal.model.loaded import load
from tests.model.written import encoded, native, weights


def test_the_word_is_the_start_of_the_digest(tmp_path: Path) -> None:
    data = encoded(native(weights()))
    path = tmp_path / "m.json"
    path.write_bytes(data)
    loaded = load(path)
    assert f"{loaded.word:016x}" == hashlib.sha256(data).hexdigest()[:16]
    assert loaded.model.hidden == 2
