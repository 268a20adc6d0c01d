"""Where in a TOML document each key stands, which the standard library's reader does not say."""

import re
import tomllib
from collections.abc import Iterator
from typing import NamedTuple

from pedal.rules import Key

TOKEN = re.compile(
    r"""
      (?P<text> \"\"\" (?: \\. | [^\\] )*? \"{3,5} | ''' .*? '{3,5} | " (?: \\. | [^"\\] )* " | ' [^']* ' )
    | (?P<word> [A-Za-z0-9_-]+ )
    | (?P<mark> [^\ \t\r\#] )
    | (?P<gap> [\ \t\r]+ | \#[^\n]* )
    """,
    re.VERBOSE | re.DOTALL,
)
OPENING, CLOSING = "[{", "]}"


class Token(NamedTuple):
    """A word, a text in quotes or a single mark, such as the end of a line."""

    text: str
    quoted: bool
    line: int
    """Counted from 1."""


def lines(document: str) -> dict[Key, int]:
    """The line, counted from 1, on which each section and each key is first named; the document is valid TOML."""
    reader = _Reader(document)
    section: Key = ()
    while reader.tokens:
        if reader.take("\n"):
            continue
        if reader.take("["):
            array = reader.take("[")
            section = reader.key((), "]")
            reader.take("]" if array else "")
        else:
            reader.pair(section)
    return reader.found


class _Reader:
    """What is left of the document, and where the keys that it had so far were."""

    def __init__(self, document: str) -> None:
        self.tokens = list(_tokens(document))[::-1]  # the next one last, to be popped
        self.found: dict[Key, int] = {}

    def take(self, mark: str) -> bool:
        """Whether this mark came next; it is gone then."""
        taken = bool(self.tokens) and not self.tokens[-1].quoted and self.tokens[-1].text == mark
        if taken:
            self.tokens.pop()
        return taken

    def key(self, at: Key, end: str) -> Key:
        """The dotted key that comes next, `end` included, in the section `at`."""
        while not self.take(end):
            if not self.take("."):
                token = self.tokens.pop()
                at = (*at, tomllib.loads(f"name = {token.text}")["name"] if token.quoted else token.text)
                self.found.setdefault(at, token.line)
        return at

    def pair(self, at: Key) -> None:
        """KEY = VALUE, and the keys within an inline table; those within lists are no settings of ours."""
        key = self.key(at, "=")
        if self.take("{"):
            while not self.take("}"):
                if not (self.take(",") or self.take("\n")):
                    self.pair(key)
            return
        depth = 0
        while self.tokens:
            token = self.tokens[-1]
            mark = "" if token.quoted else token.text
            if depth == 0 and mark in ("\n", ",", "}"):
                return
            depth += (mark != "" and mark in OPENING) - (mark != "" and mark in CLOSING)
            self.tokens.pop()


def _tokens(document: str) -> Iterator[Token]:
    line = 1
    for match in TOKEN.finditer(document):
        if match.lastgroup != "gap":
            yield Token(match[0], match.lastgroup == "text", line)
        line += match[0].count("\n")
