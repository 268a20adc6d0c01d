"""`--host`: a stand-in `ssh` runs what it is given in a shell of its own, as sshd does, so quoting is really tried."""

import argparse
import shlex
import sys
from pathlib import Path

import pytest

from pedal.cli import host
from pedal.cli.main import main
from pedal.errors import PedalError
from tests.cli.far import Far, without_ssh

PEDAL = """\
#!/bin/sh
printf '%s\\0' "$@" > "{seen}/words"
cat > "{seen}/stdin"
echo said
echo complained >&2
exit 3
"""
"""Writes down what it is given."""


@pytest.fixture(autouse=True)
def pedal_there(far: Far) -> None:
    """A pedal there that only listens."""
    far.has("pedal", PEDAL)


NASTY = ["plain", "two words", "'; touch pwned; '", "$(touch pwned)", "`id`", "-x", "", "a\nb", "*", "ü", "\\", '"']


def test_the_words_arrive_as_they_are(far: Far, capfd: pytest.CaptureFixture[str]) -> None:
    assert host.run("pi@pedal.local", ["bench", *NASTY], b"\0\xff\n") == 3
    assert (far.seen / "words").read_text().split("\0")[:-1] == ["bench", *NASTY]
    assert far.host == "pi@pedal.local"
    assert (far.seen / "stdin").read_bytes() == b"\0\xff\n"
    assert not far.used_sudo
    assert capfd.readouterr() == ("said\n", "complained\n")


@pytest.mark.parametrize(
    ("words", "sudo"),
    [
        (["models", "install", "-"], True),
        (["models", "remove", "x"], True),
        (["models", "list"], False),
        (["latency", "--json"], True),
        (["status", "--json"], False),
        (["doctor"], False),
        (["set", "bypass=on"], True),
    ],
)
def test_what_writes_runs_as_the_services_user(far: Far, words: list[str], sudo: bool) -> None:
    host.run("pedal", words)
    assert far.used_sudo == sudo


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("echo 'ssh: Could not resolve hostname pedal: Name or service not known' >&2; exit 255", "is not known on"),
        ("echo 'pi@pedal: Permission denied (publickey,password).' >&2; exit 255", "refuses this user or key"),
        ("echo 'Host key verification failed.' >&2; exit 255", "is not the machine it was"),
        ("echo 'ssh: connect to host pedal port 22: Connection refused' >&2; exit 255", "runs no ssh"),
        ("echo 'ssh: connect to host pedal port 22: Connection timed out' >&2; exit 255", "does not answer"),
        ("exec >&- 2>&-; exit 255", "cannot be reached by ssh, or the connection broke"),
        ("echo 'sh: 1: /usr/local/bin/pedal: not found' >&2; exit 127", "not installed there; run ./deploy.sh pedal"),
        ("echo 'sudo: unknown user pedal' >&2; exit 1", "not installed there; run ./deploy.sh pedal"),
        ("echo 'sudo: a password is required' >&2; exit 1", "may not act for the pedal"),
    ],
)
def test_what_kept_it_from_running(far: Far, body: str, told: str) -> None:
    far.answers(body)
    with pytest.raises(PedalError, match=r"^pedal") as refused:
        host.run("pedal", ["models", "install", "-"], b"x" * 1_000_000)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("words", [["set", "bypass=on"], ["models", "remove", "x"], ["models", "order", "x"]])
def test_at_a_terminal_too_it_is_said_what_sudo_means(
    words: list[str], far: Far, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    far.answers("echo 'sudo: a password is required' >&2; exit 1")
    for stream in (sys.stdin, sys.stdout):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    assert main([*words, "--host", "pedal"]) == 1
    assert "this user may not act for the pedal there; run ./deploy.sh pedal again" in capsys.readouterr().err


def test_a_command_that_fails_is_no_failure_of_ssh(far: Far) -> None:
    far.answers("echo 'pedal: model is refused' >&2; exit 1")
    assert host.run("pedal", ["models", "install", "-"], b"") == 1


def test_no_ssh_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_ssh(tmp_path, monkeypatch)
    with pytest.raises(PedalError, match="ssh is missing on this machine"):
        host.run("pedal", ["status"])
    with pytest.raises(PedalError, match="ssh is missing on this machine"), host.shared("pedal"):
        pass


def test_no_sudo_there(far: Far) -> None:
    far.lacks("sudo")
    far.answers('PATH=/nowhere; export PATH; exec /bin/sh -c "$3"')
    with pytest.raises(PedalError, match="sudo is missing there"):
        host.run("pedal", ["models", "remove", "x"])


def test_a_shell_that_speaks_another_language_and_has_no_sudo(far: Far) -> None:
    far.answers("echo 'bash: Zeile 1: sudo: Kommando nicht gefunden.' >&2; exit 127")
    with pytest.raises(PedalError, match="sudo is missing there"):
        host.run("pedal", ["models", "remove", "x"])


def test_sudo_is_asked_to_speak_english(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    """ssh hands the language of this computer on."""
    for name in ("LANG", "LC_ALL"):
        monkeypatch.setenv(name, "de_DE.UTF-8")
    far.has(
        "sudo",
        '#!/bin/sh\ncase "$LC_ALL" in\nC*) echo "sudo: a password is required" ;;\n'
        '*) echo "sudo: Ein Passwort ist notwendig" ;;\nesac >&2\nexit 1\n',
    )
    with pytest.raises(PedalError, match="may not act for the pedal"):
        host.run("pedal", ["models", "remove", "x"])


def test_no_pedal_there(far: Far) -> None:
    far.lacks("pedal")
    for words in (["models", "list"], ["models", "remove", "x"]):
        with pytest.raises(PedalError, match=r"the pedal is not installed there; run ./deploy.sh pedal"):
            host.run("pedal", words)


def test_the_last_lines_are_kept(far: Far) -> None:
    far.answers("cat > /dev/null; echo motd; echo done; echo careful >&2; echo oh >&2; exit 1")
    pieces: list[int] = []
    assert host.ask("pedal", ["models", "install", "-"], b"x" * 200_000, pieces.append) == (1, "done", "oh")
    assert sum(pieces) == 200_000
    assert len(pieces) > 1


def test_a_fault_of_ours_while_it_is_sent_is_no_silence(far: Far) -> None:
    far.answers("cat > /dev/null")

    def fails(_count: int) -> None:
        raise LookupError("ours")

    with pytest.raises(LookupError, match="ours"):
        host.ask("pedal", ["models", "install", "-"], b"x", fails)


def test_a_connection_is_shared_and_closed(far: Far) -> None:
    with host.shared("pedal") as options:
        assert host.ask("pedal", ["doctor"], b"", options=options).status == 3
        assert not (far.seen / "closed").exists()
    assert (far.seen / "closed").exists()


def test_no_connection_is_noticed_at_once(far: Far) -> None:
    far.answers("echo 'ssh: Could not resolve hostname pedal: Name or service not known' >&2; exit 255")
    with pytest.raises(PedalError, match="pedal is not known on this network"), host.shared("pedal"):
        raise AssertionError("it went on")


@pytest.mark.parametrize("name", ["pedal", "pi@pedal.local", "ssh://pi@10.0.0.2:2222", "[fe80::1%eth0]", "a_b"])
def test_hosts(name: str) -> None:
    assert host.host(name) == name


@pytest.mark.parametrize("name", ["", "-oProxyCommand=x", "a b", "a;b", "$(x)", "a\nb", "a'b", "x" * 301])
def test_no_hosts(name: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is no host"):
        host.host(name)


def test_the_command_as_it_is_typed_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "COMMAND", "/usr/local/bin/pedal")
    assert host.command(["models", "install", "--name", "a b", "-"]) == (
        "LC_ALL=C.UTF-8 sudo -n -u pedal -- /usr/local/bin/pedal models install --name 'a b' -"
    )
    assert shlex.split(host.command(["models", "list"])) == ["/usr/local/bin/pedal", "models", "list"]
    assert host.ssh("pedal", "-t")[-3:] == ["-t", "--", "pedal"]
