"""`--host`: a stand-in `ssh` runs what it is given in a shell of its own, as sshd does, so quoting is really tried."""

import argparse
import os
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from pedal.cli import host
from pedal.errors import PedalError

Stand = Callable[[str], None]

SSH = """\
#!/bin/sh
# ssh OPTIONS -- HOST COMMAND, with the options that are used
while [ "$1" != -- ]; do case "$1" in -o) shift 2 ;; -T | -t) shift ;; *) exit 99 ;; esac done
printf '%s\\n' "$2" > "$SEEN/host"
[ $# = 3 ] || exit 98
cd / && {body}
"""
SUDO = """\
#!/bin/sh
[ "$1 $2 $3 $4" = "-n -u pedal --" ] || exit 97
shift 4
touch "$SEEN/sudo"
exec "$@"
"""
PEDAL = """\
#!/bin/sh
printf '%s\\0' "$@" > "$SEEN/words"
cat > "$SEEN/stdin"
echo said
echo complained >&2
exit 3
"""


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where the stand-ins write down what they were given; sudo and pedal are there."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("SEEN", str(tmp_path))
    pedal = tmp_path / "bin" / "pedal"
    monkeypatch.setattr(host, "COMMAND", str(pedal))
    for name, text in (("sudo", SUDO), ("pedal", PEDAL)):
        write(tmp_path / "bin" / name, text)
    return tmp_path


def write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def ssh(seen: Path) -> Stand:
    """Give `ssh` this way to end; that of a real one by default."""

    def stand(body: str) -> None:
        write(seen / "bin" / "ssh", SSH.replace("{body}", body))

    stand('exec sh -c "$3"')
    return stand


NASTY = ["plain", "two words", "'; touch pwned; '", "$(touch pwned)", "`id`", "-x", "", "a\nb", "*", "ü", "\\", '"']


@pytest.mark.usefixtures("ssh")
def test_the_words_arrive_as_they_are(seen: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert host.run("pi@pedal.local", ["bench", *NASTY], b"\0\xff\n") == 3
    assert (seen / "words").read_text().split("\0")[:-1] == ["bench", *NASTY]
    assert (seen / "host").read_text() == "pi@pedal.local\n"
    assert (seen / "stdin").read_bytes() == b"\0\xff\n"
    assert not (seen / "sudo").exists()
    assert capfd.readouterr() == ("said\n", "complained\n")


@pytest.mark.usefixtures("ssh")
@pytest.mark.parametrize(
    ("words", "sudo"),
    [
        (["models", "install", "-"], True),
        (["models", "remove", "x"], True),
        (["models", "list"], False),
        (["latency", "--json"], True),
        (["status", "--json"], True),
        (["doctor"], False),
        (["set", "bypass=on"], True),
    ],
)
def test_what_writes_runs_as_the_services_user(seen: Path, words: list[str], sudo: bool) -> None:
    host.run("pedal", words)
    assert (seen / "sudo").exists() == sudo


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
def test_what_kept_it_from_running(ssh: Stand, body: str, told: str) -> None:
    ssh(body)
    with pytest.raises(PedalError, match=r"^pedal") as refused:
        host.run("pedal", ["models", "install", "-"], b"x" * 1_000_000)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_command_that_fails_is_no_failure_of_ssh(ssh: Stand) -> None:
    ssh("echo 'pedal: model is refused' >&2; exit 1")
    assert host.run("pedal", ["models", "install", "-"], b"") == 1


def test_no_ssh_here(seen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(seen))
    with pytest.raises(PedalError, match="ssh is missing on this machine"):
        host.run("pedal", ["status"])


@pytest.mark.parametrize("name", ["pedal", "pi@pedal.local", "ssh://pi@10.0.0.2:2222", "[fe80::1%eth0]", "a_b"])
def test_hosts(name: str) -> None:
    assert host.host(name) == name


@pytest.mark.parametrize("name", ["", "-oProxyCommand=x", "a b", "a;b", "$(x)", "a\nb", "a'b", "x" * 301])
def test_no_hosts(name: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is no host"):
        host.host(name)


def test_the_command_as_it_is_typed_there() -> None:
    assert host.command(["models", "install", "--name", "a b", "-"]) == (
        "sudo -n -u pedal -- /usr/local/bin/pedal models install --name 'a b' -"
    )
    assert shlex.split(host.command(["models", "list"])) == ["/usr/local/bin/pedal", "models", "list"]
    assert host.ssh("pedal", "-t")[-3:] == ["-t", "--", "pedal"]
