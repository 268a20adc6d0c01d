"""Model files by the letter of each public format, from PyTorch's weights; nothing of the project's own writer."""

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Weights = dict[str, Array]
Document = dict[str, Any]

GOLDEN = Path(__file__).parent.parent / "golden" / "recurrent.npz"


def golden(name: str) -> Weights:
    """One network of tests/golden/make.py."""
    with np.load(GOLDEN) as arrays:
        return {key.split(".")[1]: arrays[key] for key in arrays.files if key.startswith(f"{name}.")}


def weights(hidden: int = 2, inputs: int = 1, gates: int = 4, seed: int = 0) -> Weights:
    """A random network."""
    random, rows = np.random.default_rng(seed), gates * hidden
    shapes: dict[str, tuple[int, ...]] = {
        "weight_ih": (rows, inputs),
        "weight_hh": (rows, hidden),
        "bias_ih": (rows,),
        "bias_hh": (rows,),
        "dense_weight": (hidden,),
        "dense_bias": (1,),
        "h": (hidden,),
        "c": (hidden,),
    }
    return {name: random.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}


def native(net: Weights, **ours: object) -> Document:
    """Automated-GuitarAmpModelling's dictionary; the arguments become our own key."""
    hidden, inputs = len(net["dense_weight"]), net["weight_ih"].shape[1]
    return {
        "model_data": {
            "model": "SimpleRNN",
            "input_size": inputs,
            "skip": 1,
            "output_size": 1,
            "unit_type": "LSTM" if len(net["weight_hh"]) == 4 * hidden else "GRU",
            "num_layers": 1,
            "hidden_size": hidden,
            "bias_fl": True,
        },
        "state_dict": {
            **{f"rec.{part}_l0": net[part].tolist() for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")},
            "lin.weight": [net["dense_weight"].tolist()],
            "lin.bias": net["dense_bias"].tolist(),
        },
        **({"pedal": ours} if ours else {}),
    }


def keras_lstm(net: Weights, **top: object) -> Document:
    """RTNeural's Keras export: matrices transposed, one bias, the same order of gates."""
    bias = net["bias_ih"].astype(np.float64) + net["bias_hh"]
    return _keras(net, "lstm", [net["weight_ih"].T.tolist(), net["weight_hh"].T.tolist(), bias.tolist()], top)


def keras_gru(net: Weights, **top: object) -> Document:
    """The same with Keras's order of gates, z before r, and two rows of biases."""

    def ordered(values: Array) -> Array:
        r, z, n = np.split(values, 3)
        return np.concatenate((z, r, n))

    biases = [ordered(net["bias_ih"]).tolist(), ordered(net["bias_hh"]).tolist()]
    return _keras(net, "gru", [ordered(net["weight_ih"]).T.tolist(), ordered(net["weight_hh"]).T.tolist(), biases], top)


def nam(net: Weights, **top: object) -> Document:
    """Neural Amp Modeler's LSTM: everything in one list."""
    hidden, inputs = len(net["dense_weight"]), net["weight_ih"].shape[1]
    flat = np.concatenate(
        (
            np.hstack((net["weight_ih"], net["weight_hh"])).ravel().astype(np.float64),
            net["bias_ih"].astype(np.float64) + net["bias_hh"],
            *(net[part].astype(np.float64) for part in ("h", "c", "dense_weight", "dense_bias")),
        )
    )
    return {
        "version": "0.5.4",
        "metadata": {"name": "a net", "loudness": -18.5, "gear_make": "Maker", "gear_model": "Amp", "gain": None},
        "architecture": "LSTM",
        "config": {"input_size": inputs, "hidden_size": hidden, "num_layers": 1},
        "weights": flat.tolist(),
        "sample_rate": 48_000,
        **top,
    }


def changed(document: Document, path: str, value: object) -> Document:
    """A copy in which the value at a path such as model_data/skip is another."""
    result = copy.deepcopy(document)
    place: Any = result
    *above, last = path.split("/")
    for key in above:
        place = place[int(key)] if isinstance(place, list) else place[key]
    place[int(last) if isinstance(place, list) else last] = value
    return result


def without(document: Document, path: str) -> Document:
    """A copy in which the key at a path is missing."""
    result = copy.deepcopy(document)
    place: Any = result
    *above, last = path.split("/")
    for key in above:
        place = place[int(key)] if isinstance(place, list) else place[key]
    del place[last]
    return result


def encoded(document: object) -> bytes:
    """As a file."""
    return json.dumps(document).encode()


def _keras(net: Weights, cell: str, recurrent: list[Any], top: Document) -> Document:
    hidden, inputs = len(net["dense_weight"]), net["weight_ih"].shape[1]
    dense = [net["dense_weight"][:, np.newaxis].tolist(), net["dense_bias"].tolist()]
    return {
        "in_shape": [None, None, inputs],
        "layers": [
            {"type": cell, "activation": "", "shape": [None, None, hidden], "weights": recurrent},
            {"type": "dense", "activation": "", "shape": [None, None, 1], "weights": dense},
        ],
        **top,
    }
