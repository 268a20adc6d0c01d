"""What a line that is no TOML was probably meant to be, and what to do about it."""

import re
import tomllib
from collections.abc import Callable

BARE = re.compile(r"[A-Za-z0-9_.\s-]+")
"""A key that needs no quotes."""
CHANGES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"[\u00a0\u2007\u202f]", " "),
    (r"[“”„‟″«»]", '"'),
    (r"[‘’‚‹›]", "'"),
    (r"\s+#[^\"']*$", ""),
    (r"^(//|;)", "#"),
    (r"^\[\s*([\w-]+)[\s:/]+([\w-]+)\s*\]$", r"[\1.\2]"),
    (r"^\[([\w.-]+)$", r"[\1]"),
    (r"^([\w-]+)\s*:\s*", r"\1 = "),
    (r"^([\w-]+)\s+([^=\s][^=]*)$", r"\1 = \2"),
    (r"^([^\"'=\[#]+?)\s*=", lambda match: match[0] if BARE.fullmatch(match[1]) else f'"{match[1]}" ='),
    (r"[;,]$", ""),
    (r"(?i)([=,\[]\s*)(?:gpio|bcm)[\s_]*(\d+)", r"\1\2"),
    (r"=\s*0+(\d+)$", r"= \1"),
    (r"=\s*(\d[\da-fA-F]|[a-fA-F]\d)$", r"= 0x\1"),
    (r"=\s*(True|TRUE|False|FALSE)$", lambda match: f"= {match[1].lower()}"),
    (r"^(?!pins|outputs)([\w-]+\s*=\s*\d+),(\d+)$", r"\1.\2"),
    (r"=\s*(\d+(?:\s*,\s*\d+)+)$", r"= [\1]"),
    (r"=\s*[\"']([^\"']*)$", r'= "\1"'),
    (r"=\s*([^\"'\s]+)[\"']$", r'= "\1"'),
    (r"=\s*([^\W\d_][^\"=\[\]{}]*)$", r'= "\1"'),
    (r"(?<=[\[,])(\s*)([A-Za-z][\w -]*?)(?=\s*[,\]])", r'\1"\2"'),
)
"""What players write instead of TOML, and TOML; each is tried upon what those before it have left."""
REMEDIES = {
    "cannot declare": "this section is there already: put both into one",
    "cannot overwrite": "this key is there already: keep one of the two",
    "unclosed array": "a ] is missing before it",
    "unterminated string": "a quotation mark is missing",
    "invalid value": "text belongs in quotes",
}
"""By how tomllib begins."""
LONGEST = 200
"""Letters; nothing is looked for in a longer line."""


def advice(line: str, reason: str) -> str:
    """What to do about the line, which tomllib refuses for that reason; empty where there is nothing to add."""
    if guess := meant(line):
        return f"did you mean {guess}?"
    if line.startswith("[") and not line.isascii():
        return "a name here is letters from a to z, digits, - and _"
    return next((remedy for begin, remedy in REMEDIES.items() if reason.startswith(begin)), "")


def meant(line: str) -> str:
    """The line as TOML; empty where that cannot be guessed, or it is TOML as it stands."""
    text = line.strip()
    if len(text) > LONGEST or _is_toml(text):
        return ""
    for pattern, instead in CHANGES:
        changed = re.sub(pattern, instead, text).strip()
        if changed != text and _is_toml(changed):
            return changed
        text = changed
    return ""


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
