"""Recordings in and out: what libsndfile gives is the sound that was written, and damaged files are one line."""

import os
import struct
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from pedal import wav
from pedal.errors import AudioFileError

RNG = np.random.default_rng(11)


def header(
    *, format_tag: int, channels: int, rate_hz: int, bits: int, data: bytes, promised: int | None = None
) -> bytes:
    """A WAV file by the letter of its specification, and nothing of libsndfile."""
    size = len(data) if promised is None else promised
    frame = channels * bits // 8
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, format_tag, channels, rate_hz, rate_hz * frame, frame, bits)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", size) + data
    return b"RIFF" + struct.pack("<I", min(len(body), 2**32 - 1)) + body


@pytest.mark.parametrize(
    ("container", "subtype", "step"),
    [
        ("WAV", "PCM_U8", 2.0**-7),
        ("WAV", "PCM_16", 2.0**-15),
        ("WAV", "PCM_24", 2.0**-23),
        ("WAV", "PCM_32", 2.0**-24),  # what float32 holds of it
        ("WAV", "FLOAT", 2.0**-24),
        ("WAV", "DOUBLE", 2.0**-24),
        ("WAVEX", "PCM_24", 2.0**-23),
        ("RF64", "PCM_16", 2.0**-15),
        ("W64", "PCM_24", 2.0**-23),
        ("AIFF", "PCM_24", 2.0**-23),
        ("FLAC", "PCM_24", 2.0**-23),
    ],
)
@pytest.mark.parametrize("channels", [1, 2, 7])
def test_every_width_and_container_is_read(
    tmp_path: Path, container: str, subtype: str, step: float, channels: int
) -> None:
    sound = RNG.uniform(-0.9, 0.9, (501, channels))
    soundfile.write(tmp_path / "a.wav", sound, 48_000, subtype=subtype, format=container)
    recording = wav.read(tmp_path / "a.wav")
    assert recording.rate_hz == 48_000
    assert recording.samples.shape == sound.shape
    assert recording.samples.dtype == np.float32
    assert np.max(np.abs(recording.samples - sound)) <= step


def test_sixteen_bits_by_another_writer_are_exact(tmp_path: Path) -> None:
    numbers = RNG.integers(-(2**15), 2**15, (300, 2), dtype=np.int16)
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(numbers.tobytes())
    assert np.array_equal(wav.read(tmp_path / "a.wav").samples, numbers / 2.0**15)


def test_what_is_written_is_read_back_bit_for_bit(tmp_path: Path) -> None:
    sound = (RNG.standard_normal(1000) * 3).astype(np.float32)
    wav.write(tmp_path / "deep" / "a.wav", sound, 96_000)
    recording = wav.read(tmp_path / "deep" / "a.wav")
    assert recording.rate_hz == 96_000
    assert np.array_equal(recording.channel(), sound)
    assert soundfile.info(tmp_path / "deep" / "a.wav").subtype == "FLOAT"


def test_a_channel_is_taken_and_never_a_mean(tmp_path: Path) -> None:
    sound = RNG.uniform(-1, 1, (10, 3)).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", sound, 44_100, subtype="FLOAT")
    recording = wav.read(tmp_path / "a.wav")
    assert np.array_equal(recording.channel(), sound[:, 0])
    assert np.array_equal(recording.channel(3), sound[:, 2])
    with pytest.raises(AudioFileError, match=r"channel 4 .* expected 1 to 3"):
        recording.channel(4)


def test_a_recording_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    data = np.arange(50, dtype="<i2").tobytes()
    (tmp_path / "a.wav").write_bytes(
        header(format_tag=1, channels=1, rate_hz=44_100, bits=16, data=data, promised=2**31)
    )
    assert np.array_equal(wav.read(tmp_path / "a.wav").channel() * 2**15, np.arange(50))


REFUSED = {
    "nothing": (b"", "is empty"),
    "a web page": (b"<!DOCTYPE html>\n<html>" * 99, "expected a WAV"),
    "an MP3": (b"\xff\xfb\x90\x64" + bytes(4000), "is an MP3"),
    "an MP3 with tags": (b"ID3\x04" + bytes(4000), "is an MP3"),
    "zeros": (bytes(4096), "expected a WAV"),
    "a header alone": (header(format_tag=1, channels=1, rate_hz=44_100, bits=16, data=b""), "is empty"),
    "half a header": (header(format_tag=1, channels=1, rate_hz=44_100, bits=16, data=b"1234")[:20], "damaged or of an"),
    "no channels": (header(format_tag=1, channels=0, rate_hz=44_100, bits=16, data=b"1234"), "damaged or of an"),
    "an unknown coding": (
        header(format_tag=0x7777, channels=1, rate_hz=44_100, bits=16, data=b"1234"),
        "damaged or of an unknown kind .libsndfile: .*; export it again as WAV",
    ),
    "no rate": (header(format_tag=1, channels=1, rate_hz=0, bits=16, data=b"1234"), "recording"),
    "a mad rate": (header(format_tag=1, channels=1, rate_hz=2**31 - 1, bits=16, data=b"1234"), "sample rate"),
    "not a number": (
        header(format_tag=3, channels=1, rate_hz=44_100, bits=32, data=struct.pack("<2f", 0.5, float("nan"))),
        "not finite",
    ),
    "beyond float32": (
        header(format_tag=3, channels=1, rate_hz=44_100, bits=64, data=struct.pack("<2d", 0.5, 1e300)),
        "not finite",
    ),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_is_no_recording_is_refused_in_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], fault: str
) -> None:
    data, words = REFUSED[fault]
    (tmp_path / "a.wav").write_bytes(data)
    with pytest.raises(AudioFileError, match=words) as refusal:
        wav.read(tmp_path / "a.wav")
    assert str(tmp_path / "a.wav") in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1
    assert capfd.readouterr() == ("", "")


def test_a_recording_too_long_to_hold_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    start = header(format_tag=1, channels=1, rate_hz=44_100, bits=8, data=b"", promised=2**29)
    with open(tmp_path / "a.wav", "wb") as file:
        file.write(start)
        file.truncate(len(start) + 2**29)  # sparse: half a gigabyte of zeros that takes no room
    with pytest.raises(AudioFileError, match="too many to hold"):
        wav.read(tmp_path / "a.wav")


@pytest.mark.parametrize("name", ["missing.wav", "."])
def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(AudioFileError, match="missing or not a file"):
        wav.read(tmp_path / name)


def test_a_failed_write_leaves_the_old_recording(tmp_path: Path) -> None:
    wav.write(tmp_path / "a.wav", np.ones(3, np.float32), 44_100)
    before = (tmp_path / "a.wav").read_bytes()
    with pytest.raises(AudioFileError, match="cannot be written"):
        wav.write(tmp_path / "a.wav" / "inside-a-file.wav", np.ones(3, np.float32), 44_100)
    assert (tmp_path / "a.wav").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


@pytest.mark.parametrize("name", [b"caf\xe9.wav", b"a.raw", b"two\nlines.wav"])
def test_a_file_may_have_any_name(tmp_path: Path, name: bytes) -> None:
    path = tmp_path / os.fsdecode(name)
    wav.write(path, np.ones(3, np.float32), 44_100)
    assert np.array_equal(wav.read(path).channel(), np.ones(3))


def test_a_full_disk_is_said_to_be_full(tmp_path: Path) -> None:
    # What writes is a child that may write no file of more than a block: a disk that fills up meanwhile.
    script = (
        "import resource, signal, sys, pathlib, numpy; from pedal import wav; "
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); "
        "wav.write(pathlib.Path(sys.argv[1]), numpy.zeros(5000, numpy.float32), 44100)"
    )
    path = tmp_path / "a.wav"
    said = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True)
    assert list(tmp_path.iterdir()) == []
    assert said.stderr.splitlines()[-1].endswith(f"recording {path} cannot be written: File too large")


@pytest.mark.parametrize("name", [".", "pipe"])
def test_an_output_that_cannot_be_is_known_beforehand(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(AudioFileError, match=r"cannot be written: it is a (folder|pipe)"):
        wav.check_output(tmp_path / name)
    with pytest.raises(AudioFileError, match=r"cannot be written: it is a (folder|pipe)"):
        wav.write(tmp_path / name, np.ones(3, np.float32), 44_100)
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


GOOD = header(format_tag=1, channels=2, rate_hz=44_100, bits=24, data=RNG.bytes(600))


@given(st.binary(max_size=300).map(lambda tail: b"RIFF" + tail) | st.binary(max_size=300))
def test_any_bytes_are_a_recording_or_one_line(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    _read_or_one_line(tmp_path_factory.getbasetemp() / "any.wav", data)


@given(
    st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=12),
    st.integers(0, len(GOOD)),
)
def test_a_damaged_recording_is_read_or_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]], length: int
) -> None:
    data = bytearray(GOOD)
    for place, value in changes:
        data[place] = value
    _read_or_one_line(tmp_path_factory.getbasetemp() / "damaged.wav", bytes(data[:length]))


def _read_or_one_line(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    try:
        recording = wav.read(path)
    except AudioFileError as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert recording.samples.size
        assert np.all(np.isfinite(recording.samples))
        assert recording.rate_hz in wav.RATES_HZ
