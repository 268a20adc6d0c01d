"""Quarters of an octave, by their definition."""

from pedal.histogram import bucket, floor_ns


def test_bucket_0_is_everything_below_2_to_the_10() -> None:
    assert [bucket(ns) for ns in (0, 1, 1023, 1024)] == [0, 0, 0, 1]
    assert floor_ns(0) == 0


def test_four_buckets_are_an_octave() -> None:
    for octave in range(15):
        assert floor_ns(1 + 4 * octave) == 2 ** (10 + octave)
        assert bucket(2 ** (10 + octave)) == 1 + 4 * octave
        assert bucket(2 ** (10 + octave) * 2 - 1) == 4 + 4 * octave


def test_every_bucket_is_a_quarter_of_an_octave_wider_than_the_one_before() -> None:
    for number in range(2, 64):
        assert abs(floor_ns(number) - floor_ns(number - 1) * 2**0.25) <= 1.1  # both are rounded
        assert bucket(floor_ns(number)) == number
        assert bucket(floor_ns(number) - 1) == number - 1


def test_the_last_bucket_has_no_end() -> None:
    assert bucket(10**18) == 63
    assert floor_ns(63) == round(2**25.5)
