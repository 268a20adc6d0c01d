"""Mutated files: the answer is a Model or a ModelError of one line, and nothing else.

A night's worth: HYPOTHESIS_PROFILE=nightly pytest tests/model -k fuzz
"""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedal.errors import ModelError
from pedal.model import formats, reference
from tests.model.written import Document, changed, encoded, keras_gru, keras_lstm, nam, native, weights, without

DOCUMENTS: dict[str, Document] = {
    "native lstm": native(
        weights(2, 3),
        version=1,
        name="a",
        sample_rate_hz=44_100,
        knobs=[{"name": "a", "min": 0, "max": 10}],
        esr=0.1,
        selftest={"input": [0.0, 0.5], "output": [0.0, 0.0], "knobs": [0.5, 0.5]},
    ),
    "native gru": native(weights(2, 1, gates=3)),
    "keras lstm": keras_lstm(
        weights(2), in_skip=1, in_gain=1.0, out_gain=-1.0, metadata={"samplerate": "44100", "name": "a"}
    ),
    "keras gru": keras_gru(weights(1, 2, gates=3), input_batch=[0.5], output_batch=[0.5]),
    "nam": nam(weights(2)),
}
NUMBERS = st.one_of(
    st.integers(-(10**20), 10**20), st.integers(-5, 200), st.floats(), st.sampled_from([1e300, -1e38, 1e-320, 10**400])
)
VALUES = st.one_of(
    NUMBERS,
    st.none(),
    st.booleans(),
    st.text(max_size=20),
    st.sampled_from(["LSTM", "GRU", "RNN", "WaveNet", "\x1b[2J\n", "x" * 1_000]),
    st.lists(NUMBERS, max_size=3),
    st.lists(st.lists(NUMBERS, max_size=2), max_size=3),
    st.just({}),
)


def paths(place: Any, above: str = "") -> list[str]:  # noqa: ANN401 (anything that JSON holds)
    """Where every value of a document is."""
    children = enumerate(place) if isinstance(place, list) else place.items() if isinstance(place, dict) else ()
    found = []
    for key, child in children:
        found += [f"{above}{key}", *paths(child, f"{above}{key}/")]
    return found


def answer(data: bytes) -> None:
    """Read it; what is accepted also plays and can be written."""
    try:
        model = formats.decode(data, "m")
    except ModelError as error:
        assert str(error).startswith("m: ")
        assert str(error).isprintable()
        assert len(str(error)) < 1_000
        return
    output, _ = reference.run(model, np.linspace(-1, 1, 8))
    assert np.all(np.isfinite(output))
    assert all(said.isprintable() for said in (model.name, model.licence, model.trained_from))
    if model.format == "native":
        assert formats.to_native(formats.decode(formats.to_native(model), "m")) == formats.to_native(model)


@pytest.mark.parametrize("kind", DOCUMENTS)
@given(data=st.data())
def test_fuzz_values(kind: str, data: st.DataObject) -> None:
    document = DOCUMENTS[kind]
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(paths(document)))
        if path.split("/")[-1].isdecimal() or data.draw(st.booleans()):
            document = changed(document, path, data.draw(VALUES))
        else:
            document = without(document, path)
        if not paths(document):
            break
    answer(encoded(document))


@pytest.mark.parametrize("kind", DOCUMENTS)
@given(data=st.data())
def test_fuzz_bytes(kind: str, data: st.DataObject) -> None:
    whole = encoded(DOCUMENTS[kind])
    start, end = sorted(data.draw(st.lists(st.integers(0, len(whole)), min_size=2, max_size=2)))
    inserted = data.draw(
        st.one_of(st.binary(max_size=8), st.sampled_from([b"NaN", b"1e999", b"[" * 3_000, b'"\\ud800"']))
    )
    answer(whole[:start] + inserted + whole[start if data.draw(st.booleans()) else end :])


@pytest.mark.parametrize("kind", DOCUMENTS)
@given(data=st.data())
def test_fuzz_truncation(kind: str, data: st.DataObject) -> None:
    whole = encoded(DOCUMENTS[kind])
    answer(whole[: data.draw(st.integers(0, len(whole)))])


@given(st.binary(max_size=200))
def test_fuzz_noise(data: bytes) -> None:
    answer(data)


@given(
    st.recursive(
        VALUES,
        lambda inner: st.dictionaries(
            st.sampled_from(
                ["model_data", "state_dict", "pedal", "layers", "architecture", "config", "weights", "type"]
            ),
            st.one_of(inner, st.lists(inner, max_size=3)),
        ),
        max_leaves=10,
    )
)
def test_fuzz_documents(document: object) -> None:
    answer(encoded(document))
