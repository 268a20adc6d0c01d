"""What two recordings are like as a pair to train on: a finding for each thing that has stalled somebody's training."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from pedal.measure.finding import Examined, Finding, Mark, fine, refused, warning, worst_first
from pedal.measure.level import spoken
from pedal.model.model import RATES_HZ
from pedal.train.repeats import repeated
from pedal.train.take import FLOOR_DBFS, SILENT_DBFS, Take, levels

SHORTEST_S, SHORT_S = 10.0, 120.0
ENOUGH = "two or three minutes"
"""To learn from; another take to validate on may be shorter."""
CUT_S = 1.0
"""What one recording may be longer than the other without a word."""
QUIET_DBFS = -30.0
FAR_BEYOND_DBFS = 40.0
"""No float file of a recording is; one of integers, written as they are, is."""
CLIPPED_SHARE = 0.01
"""Of the samples; a recording of which more is clipped is another sound."""
LEAST_RANGE_DB = {"guitar": 40.0, "amplifier": 12.0}
"""From the noise to the loudest playing; an amplifier of the highest gain has 20 dB."""
UNRELATED, HARDLY = 0.05, 0.2
"""Of the amplifier's power explained by the guitar: another take's is below the first, a fuzz's above both."""
DRIFT_FRAMES, BAD_DRIFT_FRAMES = 1.0, 5.0
"""Over the recording. Ten frames of misalignment are heard."""
JUMP_FRAMES = 3.0
OTHER_FRAMES = 50
"""By which a delay that is known may differ from what is found: the way to a microphone, found with it, is 35."""
CORRECT_DELAY = "correct the delay, or leave it out to have it found"
REPEAT_ESR = 0.01
GATE_DB = 30.0
"""By which an amplifier is quieter for a guitar of some level than for the same guitar usually."""
GATE_SHARE = 0.03
"""Of the moments in which the guitar sounds."""
ABOVE_FLOOR_DB = 12.0
BESIDE = 1e-3
"""-60 dBFS: what another channel may differ without a word."""


def examine(take: Take) -> list[Examined]:
    """Every check, worst first."""
    return worst_first(Examined(name, check(take)) for name, check in CHECKS.items())


def refusals(found: Sequence[Examined]) -> list[str]:
    """Of the findings those with which nothing can be trained, a line each."""
    return [
        f"{name}: {finding.found}; expected {finding.expected}; {finding.fix}"
        for name, finding in found
        if finding.mark is Mark.REFUSED
    ]


def _unknown(why: str) -> Finding:
    return Finding(Mark.ABSENT, why)


def _length(take: Take) -> Finding:
    clean, amp = (len(track.samples) / take.rate_hz for track in (take.clean, take.amp))
    common = len(take.aligned()[0]) / take.rate_hz
    found = f"{clean:.2f} s of guitar, {amp:.2f} s of amplifier, {common:.2f} s in common"
    if common < SHORTEST_S <= min(clean, amp) and take.known is not None:
        return refused(
            f"{found}, with the delay of {take.known} frames that was given", f"{SHORTEST_S:g} s or more in common",
            CORRECT_DELAY,
        )  # fmt: skip
    if common < SHORTEST_S:
        return refused(found, f"{SHORTEST_S:g} s or more in common", "record the same take again, two or three minutes")
    if abs(clean - amp) > CUT_S:
        return warning(
            found,
            "the same length",
            "what only one has is left out; export both from the same start to the same end",
        )
    if common < SHORT_S:
        return warning(found, ENOUGH, "play longer, or start from a similar model: --from auto")
    return fine(found)


def _rate(take: Take) -> Finding:
    clean, amp = take.clean.rate_hz, take.amp.rate_hz
    if clean not in RATES_HZ:
        return refused(
            f"guitar at {clean} Hz", f"{RATES_HZ[0]} to {RATES_HZ[-1]} Hz, which the pedal can play at",
            "export both at 44100 or 48000 Hz",
        )  # fmt: skip
    if clean != amp:
        return warning(
            f"guitar at {clean} Hz, amplifier at {amp} Hz; the amplifier was resampled", "one rate",
            "export both at the rate at which they were recorded",
        )  # fmt: skip
    return fine(f"{clean} Hz")


def _channels(take: Take) -> Finding:
    several = [track for track in (take.clean, take.amp) if track.channels > 1]
    found = ", ".join(f"channel {track.channel} of {track.channels} of {track.path.name}" for track in several)
    if any(track.beside > BESIDE for track in several):
        return warning(
            f"{found} taken, the loudest", "one channel", "if that is the wrong one, export that channel alone"
        )
    return fine(f"{found} taken; the others are silent or the same" if several else "one each")


def _clipping(take: Take) -> Finding:
    clean, amp = take.clean.clipped, take.amp.clipped
    if not clean + amp:
        return fine("none")
    found = " and ".join(
        f"{count} samples of the {name}'s" for name, count in (("guitar", clean), ("amplifier", amp)) if count
    )
    share = max(clean / take.clean.frames, amp / take.amp.frames)
    judged = refused if share > CLIPPED_SHARE else warning
    return judged(
        f"{found} recording stand at full scale", "none",
        "record again with the interface's gain lower: the converter's clipping would be learnt as the amplifier's",
    )  # fmt: skip


def _level(take: Take) -> Finding:
    tracks = (("guitar", take.clean), ("amplifier", take.amp))
    found = ", ".join(f"{name} peaks at {spoken(track.peak_dbfs)}" for name, track in tracks)
    if silent := [name for name, track in tracks if track.peak_dbfs <= SILENT_DBFS]:
        return refused(
            f"{found}: the {' and the '.join(silent)} cannot be heard", f"peaks above {SILENT_DBFS:g} dBFS",
            "look which input was recorded, and record again",
        )  # fmt: skip
    if any(track.peak_dbfs > FAR_BEYOND_DBFS for _, track in tracks):
        return refused(
            found, "peaks of -12 to -1 dBFS, full scale = 1",
            "the file holds integers as floats, it seems; export it again as 24 bits, or as floats from -1 to 1",
        )  # fmt: skip
    if any(track.peak_dbfs < QUIET_DBFS for _, track in tracks):
        return warning(found, "peaks of -12 to -1 dBFS", "record again with more gain; noise is louder than need be")
    return fine(found)


def _noise(take: Take) -> Finding:
    ranges = {}
    for name, track in (("guitar", take.clean), ("amplifier", take.amp)):
        quiet, loud = np.percentile(levels(track.samples, take.rate_hz), (2, 98))
        ranges[name] = (float(quiet), float(loud - quiet))
    found = ", ".join(
        f"{name} {'silent' if quiet <= FLOOR_DBFS else f'{quiet:.0f} dBFS'}" for name, (quiet, _) in ranges.items()
    )
    if any(span < LEAST_RANGE_DB[name] for name, (_, span) in ranges.items()):
        spans = " and ".join(f"{span:.0f} dB ({name})" for name, (_, span) in ranges.items())
        least = " and ".join(f"{decibels:g} dB" for decibels in LEAST_RANGE_DB.values())
        return warning(
            f"{found}; from there to the loudest playing {spans}", f"{least} or more",
            "leave a second of rest; where that is no quieter, look for hum, hiss and a gain too high",
        )  # fmt: skip
    return fine(f"{found} at rest")


def _gate(take: Take) -> Finding:
    """A gate's amplifier is silent for a soft guitar, for which any other gives as much or more than for a loud one."""
    clean, amp = (levels(sound, take.rate_hz) for sound in take.aligned())
    if not len(clean):
        return _unknown("too short to tell")
    loud = clean > np.percentile(clean, 80)
    sounding = clean > max(float(np.percentile(clean, 2)) + ABOVE_FLOOR_DB, SILENT_DBFS - ABOVE_FLOOR_DB)
    usual = float(np.median((amp - clean)[loud])) if loud.any() else 0.0
    shut = sounding & (amp - clean < usual - GATE_DB)
    share = float(np.mean(shut[sounding])) if sounding.any() else 0.0
    if share > GATE_SHARE:
        return warning(
            f"for {share:.0%} of what the guitar plays the amplifier is shut", "it sounds whenever the guitar does",
            "switch the noise gate off, in the amplifier, pedals, interface and recording program, and record again",
        )  # fmt: skip
    return fine("none heard")


def _same_take(take: Take) -> Finding:
    if take.alignment is None:
        return _unknown("too quiet or too short to compare")
    share = take.alignment.explained
    found = f"the guitar explains {share:.0%} of the amplifier's sound as it is, without distortion"
    if share < UNRELATED:
        return refused(
            found, f"{UNRELATED:.0%} or more",
            "check that both files are the same performance; a recording of another take trains nothing",
        )  # fmt: skip
    if share < HARDLY:
        return warning(
            found, f"{HARDLY:.0%} or more",
            "a very high gain, a delay, a reverb or a chorus in the chain: switch effects off, use a larger --hidden",
        )  # fmt: skip
    return fine(found)


def _polarity(take: Take) -> Finding:
    if take.alignment is None:
        return _unknown("too quiet or too short to compare")
    return fine("inverted by the amplifier, which the model learns" if take.alignment.inverted else "the same")


def _delay(take: Take) -> Finding:
    found = take.alignment
    if found is None:
        return _unknown("too quiet or too short to compare")
    delay = found.delay if take.known is None else take.known
    way = "after" if delay >= 0 else "before"
    by = f"{found.clicks} clicks" if found.by == "clicks" else "cross-correlation"
    if take.known is not None:
        by = f"what was given ({found.delay} by {by})"
    left = delay - take.delay
    taken = f"; learnt as {_frames(left)} after, lest it come first" if left else "; taken out" if delay else ""
    amount = f"{_frames(abs(delay))} ({1e3 * abs(delay) / take.rate_hz:.2f} ms)"
    said = f"the amplifier comes {amount} {way} the guitar, by {by}{taken}"
    if abs(delay - found.delay) > OTHER_FRAMES:
        return warning(said, f"about {_frames(found.delay)}", CORRECT_DELAY)
    return fine(said)


def _frames(count: int) -> str:
    return f"{count} frame{'' if count == 1 else 's'}"


def _drift(take: Take) -> Finding:
    found = take.alignment
    if found is None or len(found.delays) < 3:
        return _unknown("too short to tell")
    span = float(found.seconds[-1] - found.seconds[0])
    off, at = found.jump
    drift = found.drift
    if off > JUMP_FRAMES:
        return refused(
            f"the delay changes by {off:.0f} frames or more, most of all near {at:.0f} s", "a delay that stays",
            "one of the recordings has lost samples or was edited; record again with larger buffers, export unedited",
        )  # fmt: skip
    ppm = 1e6 * drift / (span * take.rate_hz)
    way = "grows" if drift >= 0.0 else "shrinks"
    words = f"the delay {way} by {abs(drift):.1f} frames in {span:.0f} s ({abs(ppm):.1f} ppm)"
    if abs(drift) > DRIFT_FRAMES:
        judged = refused if abs(drift) > BAD_DRIFT_FRAMES else warning
        return judged(
            words, f"at most {DRIFT_FRAMES:g} frame",
            "two clocks: record guitar and amplifier by one interface, at once, or play the guitar's file through it",
        )  # fmt: skip
    return fine(f"{words}: one clock")


def _repeat(take: Take) -> Finding:
    clean, amp = take.aligned()
    found = repeated(clean, amp, take.rate_hz) if take.alignment else None
    if found is None:
        return _unknown("nothing is there twice; play back one passage two times to learn what the amplifier repeats")
    one, two, long = (frames / take.rate_hz for frames in (found.first, found.second, found.frames))
    words = f"{long:.1f} s at {one:.1f} s and again at {two:.1f} s: ESR {found.esr:.4f} between the two answers"
    if found.esr > REPEAT_ESR:
        return warning(
            words, f"at most {REPEAT_ESR:g}",
            f"no model comes below about {found.esr / 2:.4f}: switch off reverb, delay, chorus; let valves warm up",
        )  # fmt: skip
    return fine(words)


CHECKS: Mapping[str, Callable[[Take], Finding]] = {
    "level": _level,
    "same take": _same_take,
    "length": _length,
    "rate": _rate,
    "channels": _channels,
    "clipping": _clipping,
    "noise": _noise,
    "gate": _gate,
    "delay": _delay,
    "drift": _drift,
    "polarity": _polarity,
    "repetition": _repeat,
}
