"""`pedal flash`, as it is typed, to a machine with a real pedal on it, but for its sound."""

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pedal.cli import flash
from pedal.cli.main import main
from pedal.control import rack
from tests.cli.far import Far, without_ssh

if TYPE_CHECKING:
    from tests.conftest import WriteModel

pytestmark = pytest.mark.usefixtures("places")


def lines(capfd: pytest.CaptureFixture[str]) -> list[str]:
    """What was said on standard output; nothing was complained about."""
    said = capfd.readouterr()
    assert said.err == ""
    return said.out.splitlines()


def test_files_go_there_one_line_each(
    far: Far, write_model: "WriteModel", tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    solo, glass = write_model("Solo"), write_model("Glass", seed=2)
    page = tmp_path / "page.json"
    page.write_text("<html>")
    assert main(["flash", str(solo), str(page), str(glass), "pi@pedal.local"]) == 1
    refused, first, second = lines(capfd)
    assert first.startswith("accepted  Solo: installed; takes ")
    assert second.startswith("accepted  Glass: installed; takes ")
    assert refused.startswith(f"refused   {page}: is a web page")
    assert far.host == "pi@pedal.local"
    assert far.used_sudo
    assert far.models.items() >= {"Solo.json": solo.read_bytes(), "Glass.json": glass.read_bytes()}.items()
    assert [entry.name for entry in rack.read(far.home / "state" / "rack.json").rack.entries] == ["Glass", "Solo"]


def test_long_files_arrive_whole(far: Far, write_model: "WriteModel", capfd: pytest.CaptureFixture[str]) -> None:
    """More than a pipe holds, one after the other."""
    paths = [write_model(name, hidden=40, seed=seed) for seed, name in enumerate(("Solo", "Glass"))]
    assert min(path.stat().st_size for path in paths) > 2 * 65_536
    assert main(["flash", *map(str, paths), "pedal"]) == 0
    assert all(far.models[path.name] == path.read_bytes() for path in paths)
    assert len(lines(capfd)) == 2


def test_a_second_version_replaces_the_first(
    far: Far, write_model: "WriteModel", capfd: pytest.CaptureFixture[str]
) -> None:
    first = write_model("Solo").read_bytes()
    assert main(["flash", str(write_model("Solo")), "pedal"]) == 0
    second = write_model("Solo", seed=2)
    assert main(["flash", str(second), "pedal"]) == 0
    assert lines(capfd)[-1].endswith("; the version before is kept")
    assert main(["models", "rollback", "solo", "--host", "pedal"]) == 0
    assert far.models["Solo.json"] == first
    assert main(["models", "remove", "--host", "pedal", "solo"]) == 0
    assert "Solo.json" not in far.models
    assert main(["models", "rollback", "--host", "pedal", "solo"]) == 0
    assert main(["models", "order", "--host", "pedal", "Solo"]) == 0
    assert lines(capfd)[-1].startswith("the set: Solo, ")
    assert main(["models", "list", "--host", "pedal"]) == 0
    assert lines(capfd)[0].startswith("Solo ")
    assert main(["models", "show", "--host", "pedal", "solo"]) == 0
    assert "NeuralPi/Proteus" in capfd.readouterr().out


def test_names_that_a_shell_would_take_for_more(
    far: Far, write_model: "WriteModel", tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    odd = write_model("Solo").rename(tmp_path / "-a b;$(touch pwned)'\n.json")
    assert main(["flash", "--", str(odd), "pedal"]) == 1
    assert "expected 1 to 64 letters, digits, dots, underscores or hyphens" in lines(capfd)[0]
    assert main(["flash", "--name=-x", "--", str(odd), "pedal"]) == 0
    assert far.models["-x.json"] == odd.read_bytes()
    assert main(["models", "remove", "--host", "pedal", "--", "$(touch pwned)"]) == 1
    assert "model '$(touch pwned)' is not there" in capfd.readouterr().err
    assert main(["models", "remove", "--host", "pedal", "--", "-x"]) == 0
    assert "-x.json" not in far.models
    assert list(far.home.rglob("pwned")) == []


def test_what_the_pedal_there_refuses_does_not_stop_the_others(
    far: Far, write_model: "WriteModel", capfd: pytest.CaptureFixture[str]
) -> None:
    """It finds that the first takes too long; here that cannot be known."""
    heavy_fails = 'case "$*" in *Heavy*) echo "pedal: Heavy: takes 52 % of the period" >&2; exit 1 ;; esac'
    far.has("pedal", f'#!/bin/sh\n{heavy_fails}\ncat > /dev/null; echo "${{3#--name=}}: installed"\n')
    heavy, solo = write_model("Heavy"), write_model("Solo")
    assert main(["flash", str(heavy), str(solo), "pedal"]) == 1
    assert lines(capfd) == [f"refused   {heavy}: takes 52 % of the period", "accepted  Solo: installed"]


def test_what_is_installed_but_does_not_play_is_not_refused(
    far: Far, write_model: "WriteModel", capfd: pytest.CaptureFixture[str]
) -> None:
    path = write_model("Solo")
    (far.home / "state").mkdir()
    (far.home / "state" / "setlist.txt").write_text("# Solo\n")
    assert main(["flash", str(path), "pedal", "--now"]) == 1
    (told,) = lines(capfd)
    assert told.startswith("accepted  Solo: installed; takes ")
    assert "; but it does not play: Solo is kept out of the set list; `pedal models order Solo` puts it in" in told
    assert far.models["Solo.json"] == path.read_bytes()


def test_what_is_installed_where_nothing_plays_is_no_success_of_now(
    far: Far, write_model: "WriteModel", capfd: pytest.CaptureFixture[str]
) -> None:
    path, why = str(write_model("Solo")), "the engine does not play at present; it takes the model when it does"
    assert main(["flash", path, "pedal", "--now"]) == 1
    said = capfd.readouterr()
    assert said.out.startswith("accepted  Solo: installed; takes ")
    assert said.out.endswith(f"; but it does not play: {why}\n")
    far.has("pedal", "#!/bin/sh\ncat > /dev/null; echo 'Solo: installed'; echo 'pedal: a note' >&2\n")
    assert main(["flash", path, "pedal"]) == 0
    assert capfd.readouterr() == ("accepted  Solo: installed\n", "pedal: a note\n")


def test_a_file_that_is_not_the_one_meant_is_not_sent(
    far: Far, write_model: "WriteModel", capfd: pytest.CaptureFixture[str]
) -> None:
    path = write_model("Solo")
    assert main(["models", "install", str(path), "--host", "pedal", "--sha256", "0" * 64]) == 1
    assert "came damaged or in part" in capfd.readouterr().err
    assert far.models == {}


def test_what_a_shell_there_says_to_everybody_is_no_acceptance(
    far: Far, write_model: "WriteModel", capfd: pytest.CaptureFixture[str]
) -> None:
    far.has("pedal", "#!/bin/sh\necho 'Welcome to Solo'; echo 'pedal: Solo: takes 52 %' >&2; exit 1\n")
    path = write_model("Solo")
    assert main(["flash", str(path), "pedal", "--now"]) == 1
    assert lines(capfd) == [f"refused   {path}: takes 52 %"]


def test_a_pedal_of_another_version(far: Far, write_model: "WriteModel", capfd: pytest.CaptureFixture[str]) -> None:
    far.has("pedal", "#!/bin/sh\necho 'usage: pedal' >&2\nexit 2\n")
    assert main(["flash", str(write_model("Solo")), "pedal"]) == 1
    assert "the pedal there is of another version; run ./deploy.sh" in lines(capfd)[0]


@pytest.mark.parametrize("count", [0, 1, 1_000])
def test_a_connection_that_is_cut_installs_nothing(
    far: Far, write_model: "WriteModel", count: int, capfd: pytest.CaptureFixture[str]
) -> None:
    """Even where its end is all that lacks, which is white space."""
    path = write_model("Solo")
    path.write_bytes(path.read_bytes() + b" " * 1_000)
    whole = path.stat().st_size
    far.answers(f'case "$3" in true) ;; *) head -c {max(count, whole - 500) if count else 0} | sh -c "$3" ;; esac')
    assert main(["flash", str(path), "pedal"]) == 1
    assert f"came damaged or in part, {max(count, whole - 500) if count else 0} bytes" in lines(capfd)[0]
    assert "Solo.json" not in far.models


def test_a_connection_that_breaks_is_told(
    far: Far, write_model: "WriteModel", capfd: pytest.CaptureFixture[str]
) -> None:
    far.answers('case "$3" in true) ;; *) head -c 100 > /dev/null; exit 255 ;; esac')
    assert main(["flash", str(write_model("Solo")), str(write_model("Glass")), "pedal"]) == 1
    said = capfd.readouterr()
    assert said.err.endswith("the connection broke; try again; whether Solo arrived is not known, send it again\n")
    assert said.out == ""


def test_a_pedal_that_cannot_be_reached(far: Far, write_model: "WriteModel", capfd: pytest.CaptureFixture[str]) -> None:
    far.answers("echo 'pi@pedal: Permission denied (publickey).' >&2; exit 255")
    assert main(["flash", str(write_model("Solo")), "pedal"]) == 1
    assert capfd.readouterr().err == "pedal: pedal refuses this user or key; try `ssh pedal` by itself\n"


def test_without_ssh(
    write_model: "WriteModel", tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write_model("Solo")
    without_ssh(tmp_path, monkeypatch)
    assert main(["flash", str(path), "pedal"]) == 1
    assert "ssh is missing on this machine" in capfd.readouterr().err


@pytest.mark.parametrize("now", [False, True])
def test_now_is_for_the_last(far: Far, write_model: "WriteModel", now: bool, capfd: pytest.CaptureFixture[str]) -> None:
    far.has("pedal", '#!/bin/sh\ncat > /dev/null; echo "$*" >> "$HOME/asked"; echo "plays; plays now"\n')
    first, last = write_model("First"), write_model("Last")
    assert main(["flash", str(first), str(last), "pedal", *(["--now"] if now else [])]) == 0
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (first, last)]
    assert (far.home / "asked").read_text().splitlines() == [
        f"models install --name=First --sha256={digests[0]} -",
        f"models install --name=Last --sha256={digests[1]} {'--now ' if now else ''}-",
    ]
    assert len(lines(capfd)) == 2


def test_where_the_last_is_refused_here_another_does_not_play_instead(
    far: Far, write_model: "WriteModel", tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """As where it is refused there."""
    far.has("pedal", '#!/bin/sh\ncat > /dev/null; echo "$*" >> "$HOME/asked"\n')
    (tmp_path / "bad.json").write_text("<html>")
    good, bad = str(write_model("Good")), str(tmp_path / "bad.json")
    assert main(["flash", "--now", good, bad, "pedal"]) == 1
    assert main(["flash", "--now", bad, good, "pedal"]) == 1
    assert ["--now" in asked for asked in (far.home / "asked").read_text().splitlines()] == [False, True]
    assert len(lines(capfd)) == 4


@pytest.mark.parametrize("command", [["flash"], ["models", "install", "--host"]])
def test_a_files_name_that_is_no_models_says_what_gives_another(
    far: Far, write_model: "WriteModel", capfd: pytest.CaptureFixture[str], command: list[str]
) -> None:
    file = write_model("Blues Junior")
    words = [*command, "pedal", str(file)] if "--host" in command else [*command, str(file), "pedal"]
    assert main(words) == 1
    said = "".join(capfd.readouterr())
    assert f"{file}: name 'Blues Junior' cannot be given to a model; expected 1 to 64 letters" in said
    assert said.endswith("; --name NAME gives it another\n")
    assert not far.models


def test_a_forgotten_host(write_model: "WriteModel", capfd: pytest.CaptureFixture[str]) -> None:
    first, last = write_model("First"), write_model("Last")
    assert main(["flash", str(first), str(last)]) == 1
    assert f"HOST is missing after the files: {last} is a file" in capfd.readouterr().err


def test_two_of_one_name_are_not_sent_over_each_other(
    far: Far, write_model: "WriteModel", tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    solo = write_model("Solo")
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "solo.nam"
    other.write_bytes(solo.read_bytes())
    assert main(["flash", str(solo), str(other), "pedal"]) == 1
    refused, accepted = lines(capfd)
    assert refused.startswith(f"refused   {other}: {solo} is called solo too")
    assert accepted.startswith("accepted  Solo")
    assert main(["flash", "--name", "x", str(solo), str(other), "pedal"]) == 1
    assert "--name is for one file" in capfd.readouterr().err
    assert "solo.nam" not in far.models


def test_hosts_that_are_none(write_model: "WriteModel", capfd: pytest.CaptureFixture[str]) -> None:
    for host in ("-oProxyCommand=touch pwned", "a b", "$(x)"):
        with pytest.raises(SystemExit) as ended:
            main(["flash", str(write_model("Solo")), "--", host])
        assert ended.value.code == 2
        assert "is no host" in capfd.readouterr().err


def test_a_file_that_grows_for_ever_is_not_sent(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "fifo.json")
    assert main(["flash", "/dev/zero", str(tmp_path / "fifo.json"), "pedal"]) == 1
    said = lines(capfd)
    assert len(said) == 2
    assert all("is a folder or a device" in line for line in said)


def test_the_words_that_are_sent() -> None:
    packet = flash.Packet("Solo.json", "Solo", b"{}")
    digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert flash.words(packet, now=True) == [
        "models", "install", "--name=Solo", f"--sha256={digest}", "--now", "-",
    ]  # fmt: skip
