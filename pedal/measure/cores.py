"""Cores of the processor, as the kernel lists them and as a person reads them."""


def numbers(listed: str) -> frozenset[int]:
    """The numbers in a list as the kernel writes them, such as 0-2,5; none in one that is no list."""
    found: set[int] = set()
    for part in listed.split(","):
        first, _, last = part.strip().partition("-")
        if first.isdecimal() and (last.isdecimal() or not last):
            found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)


def listed(found: frozenset[int]) -> str:
    """Cores in words, such as core 3, or cores 0, 1."""
    return f"core{'s' * (len(found) != 1)} {', '.join(map(str, sorted(found))) or 'none'}"
