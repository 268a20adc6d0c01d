"""The same model in onnxruntime, stateful, as what others would reach for; where onnx and onnxruntime are installed."""

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from pedal.model.model import GATES, Model, Weights

ORDER = {"lstm": "iofg", "gru": "zrn"}
"""ONNX's order of gates."""


def session(model: Model, block: int) -> Callable[[], NDArray[np.float32]] | None:
    """A call that runs one block of noise, carrying the state on, and gives the output [block]; None: not installed."""
    if not (find_spec("onnx") and find_spec("onnxruntime")):
        return None
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    running = onnxruntime.InferenceSession(_graph(model, block), options, providers=["CPUExecutionProvider"])
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (block, 1, 1)).astype(np.float32)
    knobs = np.full((block, 1, model.inputs - 1), 0.5, np.float32)
    state = {name: np.zeros((1, 1, model.hidden), np.float32) for name in _states(model)}
    feed = {"x": np.concatenate((noise * np.float32(model.input_gain), knobs), 2), **state}

    def run() -> NDArray[np.float32]:
        output, *after = running.run(None, feed)
        feed.update(zip(state, after, strict=True))
        return np.asarray(output).reshape(block)

    return run


def _states(model: Model) -> tuple[str, ...]:
    return ("h", "c") if model.cell == "lstm" else ("h",)


def _graph(model: Model, block: int) -> bytes:
    """The recurrent layer, the dense one and the skip connection as an ONNX model."""
    from onnx import TensorProto, checker, helper, numpy_helper

    def stored(name: str, values: Weights) -> TensorProto:
        return numpy_helper.from_array(np.ascontiguousarray(values, np.float32), name)

    bias = np.concatenate((_ordered(model, model.bias_ih), _ordered(model, model.bias_hh)))
    gain = np.float32(model.output_gain)
    constants = [
        stored("W", _ordered(model, model.weight_ih)[None]),
        stored("R", _ordered(model, model.weight_hh)[None]),
        stored("B", bias[None]),
        numpy_helper.from_array(np.array([1]), "direction"),
        stored("D", model.dense_weight[:, None] * gain),
        stored("b", np.array([model.dense_bias * model.output_gain], np.float32)),
        stored("S", np.eye(model.inputs, 1, dtype=np.float32) * np.float32(model.skip) * gain),
    ]
    states = _states(model)
    options = {} if model.cell == "lstm" else {"linear_before_reset": 1}
    nodes = [
        helper.make_node(
            model.cell.upper(), ["x", "W", "R", "B", "", *states], ["hs", *[f"{name}_after" for name in states]],
            hidden_size=model.hidden, **options,
        ),
        helper.make_node("Squeeze", ["hs", "direction"], ["h_all"]),
        helper.make_node("MatMul", ["h_all", "D"], ["dense"]),
        helper.make_node("Add", ["dense", "b"], ["wet"]),
        helper.make_node("MatMul", ["x", "S"], ["dry"]),
        helper.make_node("Add", ["wet", "dry"], ["y"]),
    ]  # fmt: skip
    floats = TensorProto.FLOAT
    inputs = [helper.make_tensor_value_info("x", floats, [block, 1, model.inputs])]
    inputs += [helper.make_tensor_value_info(name, floats, [1, 1, model.hidden]) for name in states]
    outputs = [helper.make_tensor_value_info("y", floats, [block, 1, 1])]
    outputs += [helper.make_tensor_value_info(f"{name}_after", floats, [1, 1, model.hidden]) for name in states]
    graph = helper.make_graph(nodes, "amplifier", inputs, outputs, constants)
    whole = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    checker.check_model(whole)
    serialized: bytes = whole.SerializeToString()
    return serialized


def _ordered(model: Model, rows: Weights) -> Weights:
    """The gates' row blocks in ONNX's order."""
    blocks = dict(zip(GATES[model.cell], np.split(rows, len(GATES[model.cell])), strict=True))
    return np.concatenate([blocks[gate] for gate in ORDER[model.cell]])
