# shellcheck shell=bash
# deploy.sh's half that speaks to a HOST over ssh. For any laptop: bash 3.2, tar, and sha256sum or shasum are enough.

# Makes the one connection that everything goes through, so that a password of SSH's is asked for once.
connect() {
    host=$1
    case ${host#ssh://} in
    '' | -* | *[!][A-Za-z0-9@._:%-]* | *@ | @*) fail "HOST is '$host'; expected the name or the address of a Pi, such as pi@pedal.local" ;;
    esac
    sockets=$(mktemp -d /tmp/pedal.XXXXXX) # short: a socket's path has at most 104 characters
    trap disconnect EXIT
    ssh_options=(-o ControlMaster=auto -o "ControlPath=$sockets/ssh" -o ControlPersist=yes -o ConnectTimeout=30
        -o ServerAliveInterval=15 -o ServerAliveCountMax=8)
    broke="the connection to $host broke; run the same command again"
    say "connecting to $host"
    on true || fail "no ssh connection to $host (see above); try \`ssh $host\`: it has to let you in"
}

disconnect() {
    ssh "${ssh_options[@]}" -O exit -- "$host" >/dev/null 2>&1 || true
    rm -rf "$sockets"
}

# Runs a command line there; `into` with standard input.
on() { into "$@" </dev/null; }
into() { ssh "${ssh_options[@]}" -- "$host" "$@"; }

# The same, on a terminal where there is one here; ends this script with its status where that is not 0.
session() {
    local status=0
    if [ -t 0 ] && [ -t 1 ]; then
        ssh -t -q "${ssh_options[@]}" -- "$host" "$@" || status=$?
    else
        on "$@" || status=$?
    fi
    [ "$status" -ne 255 ] || fail "$broke"
    [ "$status" -eq 0 ] || exit "$status"
}

# The first 8 digits of a digest over files, by names and contents; standard input lists them. A Mac has no sha256sum.
digest() {
    local sum=sha256sum
    command -v sha256sum >/dev/null || sum="shasum -a 256"
    # shellcheck disable=SC2086 # one word for each
    tr '\n' '\0' | xargs -0 $sum | $sum | cut -c 1-8
}

# The files that an installation sends: those git tracks, or where this is no checkout, all there are.
sent() {
    local what="pedal models systemd LICENSE"
    # shellcheck disable=SC2086 # one word for each
    if [ -e .git ] && git rev-parse --git-dir >/dev/null 2>&1; then
        git ls-files -- $what
    else
        find $what -type f ! -name '.*' ! -name '*.pyc'
    fi | while read -r file; do
        [ ! -f "$file" ] || printf '%s\n' "$file"
    done | LC_ALL=C sort
}

# A tar of files as if they were root's: ustar, as a Mac's tar would add files of its own to others, has no room for users
# whose number is above 2097151.
packed() {
    local owner="--uid 0 --gid 0" # a Mac's
    case $(tar --version) in *GNU*) owner="--owner 0 --group 0" ;; esac
    # shellcheck disable=SC2086 # one word for each
    COPYFILE_DISABLE=1 tar --format=ustar $owner -cf - "$@"
}

# Sends the project into a folder of the SSH user's, unless it is there from a run that was interrupted; sets `version`
# and `scratch`. What is there of other versions, which have failed or were given up, makes room.
send() {
    local list=$sockets/list source
    sent >"$list"
    version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' pedal/__init__.py)+$(digest <"$list")
    scratch=.cache/pedal-install/$version
    source=$scratch/source
    if on "test -d $source"; then return; fi
    tidy_there './*+*'
    say "sending $version"
    packed -z -T "$list" |
        into "set -e; umask 022; rm -rf $source.part; mkdir -p $source.part; cd $source.part; tar -xzf -
            sum=\$(find . -type f | sed 's,^\./,,' | LC_ALL=C sort | tr '\n' '\0' | xargs -0 sha256sum | sha256sum | cut -c 1-8)
            [ \"\$sum\" = ${version##*+} ] || { echo \"the files arrived as \$sum\" >&2; exit 1; }
            sync -f .; cd ..; mv -T source.part source" ||
        fail "the project could not be sent to $host (see above; is there room?); run the same command again"
}

# Sets `suite` to the Debian there; of what it answers a folder's name here is made.
suite_there() {
    # shellcheck disable=SC2016 # over there
    suite=$(on '. "${PEDAL_ROOT:-}/etc/os-release"; echo "$VERSION_CODENAME"') || fail "$broke"
    case $suite in
    bookworm | trixie) ;;
    *) fail "$host says that its Debian is $(printf %q "$suite"); expected bookworm or trixie" ;;
    esac
}

# Sends those wheels of a wheelhouse that are not there yet.
send_wheelhouse() {
    local folder=$1 suite there=${scratch%/*}/wheelhouse
    suite_there
    [ ! -d "$folder/$suite" ] || folder=$folder/$suite
    [ -f "$folder/SHA256SUMS" ] ||
        fail "$folder is no wheelhouse for $suite; make one by ./deploy.sh wheelhouse --suite $suite"
    cmp -s systemd/requirements.txt "$folder/made-by.txt" ||
        fail "$folder was made for other packages than this pedal's; make it anew by ./deploy.sh wheelhouse --suite $suite"
    into "mkdir -p $there; cat >$there/SHA256SUMS" <"$folder/SHA256SUMS" || fail "$broke"
    on "cd $there; LC_ALL=C sha256sum -c SHA256SUMS 2>/dev/null | sed -n 's/: FAILED.*//p'" >"$sockets/missing" || true
    [ -s "$sockets/missing" ] || return 0
    say "sending $(($(wc -l <"$sockets/missing"))) wheels for $suite"
    packed -C "$folder" -T "$sockets/missing" | into "tar -xf - -C $there" ||
        fail "the wheels could not be sent to $host (see above; is there room?); run the same command again"
}

# Installs or updates; isolate is an option or nothing, wheelhouse a folder or nothing.
install_there() {
    local isolate=$2 wheelhouse=$3
    connect "$1"
    send
    if [ -z "$wheelhouse" ] || on "bash $scratch/source/systemd/install stands"; then
        no_wheelhouse_there
    else
        send_wheelhouse "$wheelhouse"
    fi
    session "bash $scratch/source/systemd/install setup $version $isolate"
    tidy_there
}

# Removes the wheels of an earlier installation, once nobody builds with them.
no_wheelhouse_there() {
    local folder=${scratch%/*}
    on "[ ! -d $folder/wheelhouse ] || {
        flock -n $folder/lock true || echo '• waiting for an earlier run, which is still at work there'
        flock $folder/lock rm -rf $folder/wheelhouse
    }" || fail "$broke"
}

# Removes what an installation has left, all or what is named, unless another one builds or waits for its turn. A Pi that
# restarts meanwhile keeps it.
tidy_there() { on "cd .cache/pedal-install 2>/dev/null && flock -n lock rm -rf ${*:-./*+* wheelhouse}" || true; }

# `status`, `rollback` or `uninstall`: by what is installed there, as a full card or a bad line may be the reason for it.
ask_there() {
    connect "$1"
    "${2}_there"
}

# shellcheck disable=SC2016 # over there
by_root='as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; return; fi
    if command -v sudo >/dev/null; then sudo "$@"; return; fi
    echo "pedal: there is no sudo here, and $(id -un) is not root; install sudo, or say root@HOST" >&2
    return 1
}'

rollback_there() {
    broke="the connection to $host broke; ask \`./deploy.sh $host status\` which release plays, before you go back once more"
    session "$by_root"'
        trial=${PEDAL_ROOT:-}/opt/pedal/bin/trial
        [ -x "$trial" ] || { echo "the pedal is not installed there" >&2; exit 1; }
        as_root "$trial" rollback && "$trial" status'
}

# With what is sent from here only where no release has it.
uninstall_there() {
    local release
    # shellcheck disable=SC2016 # over there
    for release in current previous; do
        if on 'test -f "${PEDAL_ROOT:-}/opt/pedal/'$release'/systemd/place"'; then
            session "$by_root"'; as_root bash "${PEDAL_ROOT:-}/opt/pedal/'$release'/systemd/place" remove'
            tidy_there
            return
        fi
    done
    send
    session "bash $scratch/source/systemd/install uninstall"
    tidy_there
}

status_there() {
    # shellcheck disable=SC2016 # over there
    on 'trial=${PEDAL_ROOT:-}/opt/pedal/bin/trial
        if [ -x "$trial" ]; then
            "$trial" status
            systemctl --no-pager --no-legend --plain list-units --all "pedal-*.service" | sed "s/^/unit      /"
            /usr/local/bin/pedal status || true
        else
            echo "the pedal is not installed"; exit 1
        fi' || {
        [ $? -ne 255 ] || fail "$broke"
        exit 1
    }
}

# Fills wheelhouse/SUITE by a Pi that has internet, and that suite where one was asked for.
wheelhouse_from() {
    local suite
    connect "$1"
    suite_there
    [ "${2:-$suite}" = "$suite" ] || fail "$host has Debian $suite, expected $2; without a HOST it is made here"
    send
    no_wheelhouse_there
    session "bash $scratch/source/systemd/install wheels"
    rm -rf "wheelhouse/$suite.part"
    mkdir -p "wheelhouse/$suite.part"
    on "tar -C $scratch/house -cf - ." | tar -C "wheelhouse/$suite.part" -xf - ||
        fail "the wheels could not be fetched from $host; run the same command again"
    rm -rf "wheelhouse/${suite:?}"
    mv "wheelhouse/$suite.part" "wheelhouse/$suite"
    tidy_there
    say "wheelhouse/$suite is ready: ./deploy.sh HOST --wheelhouse wheelhouse"
}
