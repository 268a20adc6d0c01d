"""A model file of any format -> Model. The format is found by what the file holds, not by its ending."""

import os
import re
import stat
from pathlib import Path

from pedal.errors import ModelError
from pedal.model import document, keras, nam, native, reference
from pedal.model.model import SELFTEST_TOLERANCE, Model

MOST_BYTES = 16_000_000
EXPECTED = "expected a model of NeuralPi, Proteus or AIDA-X (LSTM or GRU), or of NAM (LSTM)"
SIGNATURES = {
    b"PK\x03\x04": "is a ZIP archive or a PyTorch checkpoint",
    b"\x1f\x8b": "is compressed with gzip",
    b"RIFF": "is a recording (WAV)",
    b"\x89HDF": "is a Keras HDF5 file",
    b"\x80": "is a Python pickle",
    b"\xff\xfe": "is text in UTF-16",
    b"\xfe\xff": "is text in UTF-16",
    b"<": "is a web page (HTML), not the file behind it",
}
"""How files begin that are found under a model's ending."""
FOREIGN_KEYS = {
    "conv1d": "is a SmartAmpPro model (convolutions before its LSTM)",
    "residual_channels": "is a SmartAmp model (a WaveNet)",
    "dilations": "is a SmartAmp model (a WaveNet)",
    "in_shape": "has in_shape but no layers",
    "pedal": "has the pedal key but no weights",
}
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read(path: Path) -> Model:
    """The model in the file at path.

    Raises:
        ModelError: it cannot be read, or is no model that the pedal plays; one line that names the file.
    """
    return decode(contents(path), str(path))


def contents(path: Path) -> bytes:
    """The bytes of a model file; what is no regular file, or is too large for a model, is not opened or read.

    Raises:
        ModelError: it cannot be read.
    """
    try:
        # Looked at before it is opened, because opening a device can do something.
        if not stat.S_ISREG(os.stat(path).st_mode):
            fault = "is a folder or a device; expected a file"
        else:
            with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
                if (size := os.fstat(file.fileno()).st_size) <= MOST_BYTES:
                    return file.read(MOST_BYTES)
            fault = f"has {size / 1e6:.0f} MB; expected at most {MOST_BYTES / 1e6:.0f} MB"
    except OSError as error:
        fault = f"cannot be read: {error.strerror}; expected a model file"
    except ValueError as error:  # a zero byte in the name
        fault = f"cannot be read: {error}; expected a model file"
    raise ModelError(_named(str(path), fault))


def decode(data: bytes, name: str) -> Model:
    """The model in the contents of a file; name is what to call it in an error.

    Raises:
        ModelError: it is no model that the pedal plays; one line that begins with the name.
    """
    try:
        model = _decode(data.removeprefix(BYTE_ORDER_MARK))
        _replay(model)
    except ModelError as error:
        raise ModelError(_named(name, str(error))) from error
    return model


def to_native(model: Model) -> bytes:
    """The model as a file in the project's own format.

    Raises:
        ModelError: the format has no place for its gains or its initial state.
    """
    return native.encode(model)


def _decode(data: bytes) -> Model:
    first = re.search(rb"\S", data)
    if not first:
        raise ModelError(f"is empty; {EXPECTED}" if not data else f"holds only white space; {EXPECTED}")
    for signature, what in SIGNATURES.items():
        if data.startswith(signature, first.start()):
            raise ModelError(f"{what}; {EXPECTED}; download the file again")
    found = document.parts(data)
    if "model_data" in found or "state_dict" in found:
        return native.decode(found)
    if "architecture" in found:
        return nam.decode(found, data)
    if "layers" in found:
        return keras.decode(data)
    what = next((what for key, what in FOREIGN_KEYS.items() if key in found), "is JSON, but no model that we know")
    raise ModelError(f"{what}; {EXPECTED}")


def _replay(model: Model) -> None:
    """Refuse a model that does not give the sound its own file says it gives."""
    if model.selftest is None:
        return
    error = reference.selftest_error(model, model.selftest)
    if not error <= SELFTEST_TOLERANCE:
        raise ModelError(
            f"fails its own self-test: its sound is off by {error:.2g} of full scale or of its peak; expected at most "
            f"{SELFTEST_TOLERANCE:g}; the file is damaged or was exported wrongly"
        )


def _named(name: str, fault: str) -> str:
    """One printable line, whatever the file is called."""
    return f"{name if name.isprintable() else ascii(name)}: {fault}"
