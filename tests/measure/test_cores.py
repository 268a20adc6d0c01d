"""Lists of the kernel's, and in words."""

import pytest

from pedal.measure.cores import listed, numbers


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0-3", {0, 1, 2, 3}),
        ("3", {3}),
        ("0,2-3,10", {0, 2, 3, 10}),
        ("", set()),
        ("(null)", set()),
        ("-1", set()),
        ("3-1", set()),
        ("2-", {2}),
    ],
)
def test_lists_of_the_kernels(text: str, found: set[int]) -> None:
    assert numbers(text) == found


def test_cores_in_words() -> None:
    assert [listed(frozenset(cores)) for cores in ((3,), (0, 2), ())] == ["core 3", "cores 0, 2", "cores none"]
