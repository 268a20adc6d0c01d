"""What a soak comes to in words, and as JSON there and back."""

import json

import msgspec
import pytest

from pedal.errors import PedalError
from pedal.link import WAITING
from pedal.measure.soak.report import Course, Report, counted, decoded, encoded, report
from pedal.measure.soak.sample import Sample
from pedal.measure.soak.tally import Tally
from tests.measure.soak.samples import A_SECOND, counts, sample

COURSE = Course(2.0, "Linux 6.6 aarch64", simulated=False, throttling_source="vcgencmd")


def reported(*samples: Sample, course: Course = COURSE) -> Report:
    tally = Tally()
    for one in samples:
        tally.add(one)
    return report(tally, course)


def test_a_soak_in_which_nothing_happened() -> None:
    found = reported(sample(0), sample(1), sample(2))
    assert (found.heard, found.warnings, found.verdict) == ([], [], "nothing of it would be heard")
    assert (found.periods, found.seconds, found.load_mean, found.interrupted) == (2 * A_SECOND, 2.0, 0.2, False)
    assert found.period_us == pytest.approx(1451.25, abs=0.01)
    assert found.load.max_us == pytest.approx(1.024 * 2**5)
    assert found.jitter.p50_us == pytest.approx(1.024 * 2**3)
    assert (found.temperature_c, found.clock_mhz, found.throttled.during) == (None, None, None)


def test_everything_that_is_heard_is_said() -> None:
    found = reported(
        sample(0),
        sample(1, xruns_capture=1, xruns_playback=2, interruptions=1, resets=2),
        sample(2, 200, age_s=0.5, state=WAITING),
    )
    assert found.heard == [
        "3 xruns (1 capture, 2 playback)",
        "1 interruption by the card",
        "the engine was started again once",
        "the model put out something that was no number twice",
        "about 1.0 s without sound: waiting for the card",
    ]
    assert found.verdict.startswith("it would be heard: 3 xruns (1 capture, 2 playback); ")


def test_an_engine_that_never_played_is_heard() -> None:
    assert "about 1.0 s without sound: no engine" in reported(sample(0, alive=False), sample(1, alive=False)).heard
    still = sample(0)._replace(load=counts())
    assert reported(still, sample(0.3)._replace(load=counts())).heard == ["not a single period was played"]
    assert reported(sample(0)).heard == []  # ended at once: nothing is known


def test_what_is_no_fault_yet_is_warned_of() -> None:
    hot = [
        one._replace(temperature_c=heat, clock_hz=clock, flags=flags, load=counts(b40=number))
        for number, (one, heat, clock, flags) in enumerate(
            [
                (sample(0, playing=0), 70.0, 1.8e9, 0x20000),
                (sample(1, late=2, playing=0), 85.2, 0.6e9, 0x70005),
                (sample(2, late=2, playing=0), 80.0, 1.2e9, None),
            ]
        )
    ]
    found = reported(*hot, course=Course(60.0, "", simulated=True))
    assert found.heard == []
    assert [warning.split(";")[0] for warning in found.warnings] == [
        "it was ended after 2 of 60 s",
        "2 periods came late",
        "the processor was at 85 °C and may slow down",
        "the processor was held back: undervoltage, throttled",
        "the supply was too weak",
        "no model played: the load is that of bypass",
        "the card was a simulated one: jitter and load are this computer's, not a card's",
    ]
    assert found.throttled.since_boot == ("undervoltage", "clock capped", "throttled")
    assert found.temperature_c
    assert (found.temperature_c.least, found.temperature_c.median, found.temperature_c.most) == (70.0, 80.0, 85.2)
    assert found.clock_mhz
    assert (found.clock_mhz.least, found.clock_mhz.most) == (600.0, 1800.0)


def test_what_happened_between_two_questions_to_the_firmware_is_known_by_its_memory() -> None:
    found = reported(sample(0)._replace(flags=0x40000), sample(1)._replace(flags=0x50000))
    assert found.throttled.during == ("undervoltage",)
    assert found.throttled.since_boot == ("undervoltage", "throttled")


@pytest.mark.parametrize(("bucket", "warned"), [(40, False), (41, True), (63, True)])
def test_a_call_near_the_periods_end(bucket: int, warned: bool) -> None:
    """80 % of 1451 µs are 1161 µs; bucket 40 ends at 1049 µs."""
    found = reported(sample(0)._replace(load=counts()), sample(1)._replace(load=counts(**{f"b{bucket}": 1})))
    assert any("near the period's end" in warning for warning in found.warnings) is warned


def test_json_there_and_back() -> None:
    one = sample(1, xruns_capture=1)._replace(temperature_c=51.5, flags=5)
    course = Course(2.0, "Linux", simulated=True, stress={"disk": "none: it is full"})
    found = reported(sample(0), one, sample(2, xruns_capture=1), course=course)
    data = encoded(found)
    assert decoded(data) == found
    plain = json.loads(data)
    assert plain["verdict"] == found.verdict == "it would be heard: 1 xrun (1 capture, 0 playback)"
    assert (plain["interrupted"], plain["period_us"], plain["history"]["xruns"]) == (False, 1451.2, [1, 0])
    assert plain["load"]["p99_us"] == found.load.p99_us


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[1]", b'{"heard": ["\xff"]}', b"pedal: no engine", encoded(reported(sample(0)))[:-9]]
)
def test_what_is_no_report_is_refused(data: bytes) -> None:
    with pytest.raises(PedalError, match="another version"):
        decoded(data)


def test_a_report_of_one_sample_is_whole() -> None:
    assert decoded(encoded(reported(sample(0)))).load_mean is None
    assert msgspec.structs.asdict(reported()).keys() >= {"heard", "warnings"}


def test_one_is_one() -> None:
    assert [counted(count, "xrun") for count in (0, 1, 2)] == ["0 xruns", "1 xrun", "2 xruns"]
