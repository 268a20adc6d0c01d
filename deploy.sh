#!/usr/bin/env bash
# Puts the pedal on a Raspberry Pi over ssh; or sets it up on this computer, and plays it (here) or checks it (test).
set -euo pipefail
from=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=systemd/remote.sh
. systemd/remote.sh

usage() {
    cat <<'TEXT'
usage: ./deploy.sh [USER@]HOST        install the pedal on a Pi, or bring it up to date; it goes back by itself to the release
                                      before where the new one does not play. Again: goes on where it stopped
           --isolate                  and keep a processor core for the engine alone
           --wheelhouse FOLDER        a Pi without internet: take what it stands on from there
       ./deploy.sh HOST --rollback    back to the release before
       ./deploy.sh HOST status        what is installed there, and how it is
       ./deploy.sh HOST --uninstall   remove it; models and configuration are kept
       ./deploy.sh wheelhouse [--suite bookworm|trixie] [HOST]
                                      fill wheelhouse/SUITE by a Pi that has internet, or here, its processor emulated
       ./deploy.sh here [ARGUMENT…]   play the whole pedal on this computer, without a sound card: in the terminal, or where
                                      there is none by a script of presses; arguments go to `pedal sim`
       ./deploy.sh test [ARGUMENT…]   lint, format, types, the built wheel, tests; arguments go to pytest. PEDAL_TRAIN=1
                                      in the environment fetches PyTorch, and tests training too
       ./deploy.sh test-device [ARGUMENT…]
                                      the tests in an emulated Pi, as root; --all takes every variant and cuts the power
                                      20 times in each place, --suite trixie takes that Debian
The last three install what they need first (root or sudo for Debian's packages) and are quick the second time.
TEXT
}

say() { printf '• %s\n' "$*"; }

fail() {
    printf 'deploy.sh: %s\n' "$*" >&2
    exit 1
}

# Runs a command in silence; where it fails, all it said is shown.
quietly() {
    local log status=0
    log=$(mktemp)
    "$@" >"$log" 2>&1 </dev/null || status=$?
    if [ "$status" -ne 0 ]; then
        cat "$log" >&2
        rm -f "$log"
        fail "this failed with status $status: $*"
    fi
    rm -f "$log"
}

# shellcheck disable=SC2317 # called by `quietly`
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "needs root for: $*; run it as root, or install sudo"
    fi
}

# Installs those Debian packages that are missing.
packages() {
    local package missing=()
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ "${#missing[@]}" -gt 0 ] || return 0
    command -v apt-get >/dev/null || fail "this is not Debian; install yourself what its packages give: ${missing[*]}"
    say "installing ${missing[*]}"
    if command -v sudo >/dev/null && [ "$(id -u)" -ne 0 ]; then
        sudo -v # asks for the password here, because the rest is silent
    fi
    quietly as_root apt-get update -q
    quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}

# Prints the first Python of 3.11 to 3.13.
find_python() {
    local name
    for name in python3 python3.13 python3.12 python3.11 /usr/bin/python3; do
        if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
            "$name" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    return 1
}

# Whether a Python can make virtual environments and compile extensions.
complete() {
    "$1" -c 'import ensurepip, os, sys, sysconfig, venv
sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' 2>/dev/null
}

# Makes .venv with the project and those extras; does nothing where that has been done with this pyproject.toml.
environment() {
    local extras=$1 python version stamp
    packages gcc libc6-dev libasound2-dev
    stamp="$PWD $extras $(cat pyproject.toml pedal/__init__.py | sha256sum)"
    flock 9 # one makes it, and who waited finds it made
    if [ -x .venv/bin/pedal ] && grep -qxF "$stamp" .venv/installed 2>/dev/null; then
        return
    fi
    python=$(find_python) || { packages python3 python3-venv python3-dev && python=$(find_python); } ||
        fail "no Python 3.11 to 3.13 was found; install one of them"
    if ! complete "$python"; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        packages "python$version-venv" "python$version-dev"
        complete "$python" || fail "$python lacks the module venv or its C headers; install them"
    fi
    .venv/bin/python -c 'import pip' 2>/dev/null || quietly "$python" -m venv --clear .venv
    say "installing the project into .venv (Python $(.venv/bin/python -c 'import platform; print(platform.python_version())'))"
    quietly .venv/bin/python -m pip install -q --disable-pip-version-check -e ".[$extras]"
    printf '%s\n' "$stamp" >>.venv/installed
} 9<deploy.sh

# Builds the wheel, installs it alone into a new environment and runs the command from there, away from these sources.
wheel() {
    local folder
    folder=$(mktemp -d)
    # shellcheck disable=SC2064 # the folder's name now, not at exit
    trap "rm -rf '$folder'" EXIT
    say "building the wheel, and running it from an empty environment"
    quietly .venv/bin/python -m build --wheel --outdir "$folder" .
    quietly .venv/bin/python -m venv "$folder/venv"
    quietly "$folder/venv/bin/python" -m pip install -q --disable-pip-version-check "$folder"/pedal-*.whl
    quietly env -C "$folder" -u PYTHONPATH "$folder/venv/bin/python" "$PWD/tests/wheel.py"
}

here() {
    environment kernel,picture
    if [ -t 0 ] && [ -t 1 ]; then
        .venv/bin/pedal sim "$@"
    else
        mkdir -p out
        .venv/bin/pedal sim --headless --out out/pedal.wav --picture out/pedal.png --screens out/screens "$@"
    fi
}

# What tests need; with PyTorch where that is wished for.
tested_environment() {
    environment "dev${PEDAL_TRAIN:+,train}"
}

check() {
    tested_environment
    .venv/bin/python -c 'from pedal.cli.compiled import library; library()'
    say "ruff"
    .venv/bin/ruff check
    .venv/bin/ruff format --check
    if command -v shellcheck >/dev/null; then
        shellcheck -x deploy.sh .ci/run systemd/install systemd/place systemd/firmware systemd/trial systemd/tune \
            tests/device/setup
    else
        say "shellcheck is not installed: deploy.sh was not checked"
    fi
    say "mypy"
    .venv/bin/mypy
    wheel
    say "pytest"
    .venv/bin/pytest --numprocesses 2 --dist worksteal "$@"
}

# What the emulated Pi needs. Where that cannot be had, or there is no root, the tests are skipped and say so.
emulation() {
    local wanted
    tested_environment
    [ "$(id -u)" -eq 0 ] || return 0
    wanted=$(.venv/bin/python -c 'from tests.device.host import PACKAGES; print(*PACKAGES)')
    # shellcheck disable=SC2086 # one word for each
    (packages $wanted) || say "without ${wanted// /, } no Pi can be emulated"
}

# The tests in an emulated Pi.
check_device() {
    emulation
    .venv/bin/pytest -m device --numprocesses 2 --dist worksteal tests/device "$@"
}

wheelhouse_emulated() {
    local made
    emulation
    made=$(.venv/bin/python -m tests.device.machine --suite "$1" wheelhouse | tee /dev/stderr | tail -n 1)
    rm -rf "wheelhouse/$1.part"
    mkdir -p wheelhouse
    cp -R "$made" "wheelhouse/$1.part"
    rm -rf "wheelhouse/${1:?}"
    mv "wheelhouse/$1.part" "wheelhouse/$1"
    say "wheelhouse/$1 is ready: ./deploy.sh HOST --wheelhouse wheelhouse"
}

misused() {
    usage >&2
    exit 2
}

# Everything that is done to a HOST.
device() {
    local to=$1 isolate='' folder=''
    shift
    case ${1:-} in
    --rollback | --uninstall | status)
        [ $# -eq 1 ] || misused
        ask_there "$to" "${1#--}"
        return
        ;;
    esac
    while [ $# -gt 0 ]; do
        case $1 in
        --isolate) isolate=--isolate ;;
        --wheelhouse)
            [ $# -gt 1 ] || misused
            shift
            folder=$(cd "$from" && cd "$1" && pwd) || fail "$1 is no folder; ./deploy.sh wheelhouse makes one"
            ;;
        *) misused ;;
        esac
        shift
    done
    install_there "$to" "$isolate" "$folder"
}

wheelhouse() {
    local suite=
    if [ "${1:-}" = --suite ]; then
        suite=${2:-}
        case $suite in bookworm | trixie) shift 2 ;; *) misused ;; esac
    fi
    [ $# -le 1 ] || misused
    if [ $# -eq 1 ]; then
        wheelhouse_from "$1" "$suite"
    else
        wheelhouse_emulated "${suite:-bookworm}"
    fi
}

# Read to its end before anything is begun: a `git pull` meanwhile may replace this file.
{
    command=${1:-}
    [ $# -eq 0 ] || shift
    case $command in
    here) here "$@" ;;
    test) check "$@" ;;
    test-device) check_device "$@" ;;
    wheelhouse) wheelhouse "$@" ;;
    -h | --help | help) usage ;;
    '') misused ;;
    *) device "$command" "$@" ;;
    esac
    exit
}
