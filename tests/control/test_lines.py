"""Where keys stand: written-out documents, and generated ones whose lines are known from the writing."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from pedal.control.lines import lines
from pedal.rules import Key

DOCUMENT = '''\
# a comment with [brackets] = "and quotes
[card] # another
name = "has [ and # and = in it"
outputs = [
  1, # one
  2,
]
"quoted key" = 'a # b'

[ switch . "A" ]
pin = 5
text = """
pin = 6 ]
"""
other = \'\'\'
a = "
\'\'\'
[switch]
B = { pin = 7, press = "next", deep = { er = [ { pin = 1 } ] } }
C.pin = 8
"D+\\"E" . pin = -1.5e3
when = 1979-05-27T07:32:00Z

[[list]]
x = 1
[[list]]
y = 2
'''


def test_every_key_has_its_line() -> None:
    tomllib.loads(DOCUMENT)
    assert lines(DOCUMENT) == {
        ("card",): 2,
        ("card", "name"): 3,
        ("card", "outputs"): 4,
        ("card", "quoted key"): 8,
        ("switch",): 10,
        ("switch", "A"): 10,
        ("switch", "A", "pin"): 11,
        ("switch", "A", "text"): 12,
        ("switch", "A", "other"): 15,
        ("switch", "B"): 19,
        ("switch", "B", "pin"): 19,
        ("switch", "B", "press"): 19,
        ("switch", "B", "deep"): 19,
        ("switch", "B", "deep", "er"): 19,
        ("switch", "C"): 20,
        ("switch", "C", "pin"): 20,
        ("switch", 'D+"E'): 21,
        ("switch", 'D+"E', "pin"): 21,
        ("switch", "when"): 22,
        ("list",): 24,
        ("list", "x"): 25,
        ("list", "y"): 27,
    }


def test_lines_may_end_as_on_windows_or_not_at_all() -> None:
    assert lines("a = 1\r\n\r\n[b]\r\nc = 2") == {("a",): 1, ("b",): 3, ("b", "c"): 4}
    assert lines("") == {}


VALUES = st.sampled_from(
    [
        "1",
        "0x3c",
        "-4",
        "1.5",
        "nan",
        "true",
        '"a"',
        "'#'",
        '"\\\\"',
        '"[{"',
        "[]",
        "[\n 1,\n [2, '}'],\n]",
        '"""\n"\n"""',
        "{}",
    ]
)
NAMES = st.one_of(
    st.text("abc-_1", min_size=1, max_size=3),
    st.text(" .#[]={}a\"'\\+", max_size=3).map(lambda text: "'" + text.replace("'", "") + "'"),
)


@given(st.dictionaries(NAMES, st.dictionaries(NAMES, VALUES, max_size=4), max_size=4))
def test_generated_documents(document: dict[str, dict[str, str]]) -> None:
    text = ""
    expected: dict[Key, int] = {}
    for section, values in document.items():
        text += f"# {section}\n[{section}]\n"
        path = (section.strip("'"),)
        if path in expected:  # quoted and bare are one
            return
        expected[path] = text.count("\n")
        for name, value in values.items():
            if (*path, name.strip("'")) in expected:
                return
            expected[(*path, name.strip("'"))] = text.count("\n") + 1
            text += f"  {name} = {value} # {section}\n"
    tomllib.loads(text)
    assert lines(text) == expected
