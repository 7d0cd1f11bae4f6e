#!/bin/sh
# SPDX-License-Identifier: MIT
# The two commands of the README on a clean checkout of HEAD, in Debian systems that have nothing but
# make and git: shows that `make setup` installs all that the demo and the checks use. `make fresh`
# runs it. It fails if a command does, or if anything is skipped but for data from outside, for packages
# that the release does not have, and for PyTorch and Chromium, half a gigabyte each that setup leaves to
# whoever wants them.
#
# Needs root, debootstrap and the network. Variables:
#   FRESH_RELEASES  Debian releases (bookworm trixie)
#   FRESH_FOLDER    where the systems and the logs are kept ($BUILD/fresh); the empty systems,
#                   RELEASE.empty, are used again: delete them to have newer ones
#   FRESH_MIRROR    where Debian's packages come from (as apt does here)
#   FRESH_USER      an ordinary user who runs the second command, when the first has installed
#                   everything (root)
# and CK_TIMEOUT_MULTIPLIER, where the machine is busy with something else.
set -eu
cd "$(dirname "$0")/../.."
export LC_ALL=C
: "${FRESH_RELEASES:=bookworm trixie}" "${FRESH_FOLDER:=${BUILD:-build}/fresh}" "${FRESH_USER:=root}"
checkout=/srv/libnc

die() {
    echo "fresh: $*" >&2
    exit 1
}

# The mirror that apt takes Debian's main archive from; nothing where that is not known.
mirror() {
    if [ -n "${FRESH_MIRROR:-}" ]; then
        echo "$FRESH_MIRROR"
    elif grep -qx 'ID=debian' /etc/os-release 2>/dev/null; then
        codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
        # shellcheck disable=SC2016
        apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
            awk -v codename="$codename" \
                '$1 == codename || $1 ~ /^(oldstable|stable|testing|sid)$/ { print $2; exit }'
    fi
}

# make_empty RELEASE: its empty system.
make_empty() {
    empty=$folder/$1.empty
    test ! -d "$empty" || return 0
    rm -rf --one-file-system "$empty.new"
    from=$(mirror)
    include=make,git
    case $from in https:*) include=$include,ca-certificates ;; esac
    echo "fresh: $1: debootstrap"
    # shellcheck disable=SC2086
    debootstrap --variant=minbase --include=$include "$1" "$empty.new" $from >"$folder/$1.log" 2>&1 ||
        die "debootstrap $1 failed: see $folder/$1.log"
    mv "$empty.new" "$empty"
}

# make_system RELEASE: a copy of the empty system that reaches the network as this machine does, with a
# clean checkout in it.
make_system() {
    system=$folder/$1
    rm -rf --one-file-system "$system"
    cp -a "$folder/$1.empty" "$system"
    cp /etc/resolv.conf /etc/hosts "$system/etc"
    apt-config dump | grep -E '^Acquire::(https?|Check-[A-Za-z-]*|ForceIPv[46]|Retries)[: ]' \
        >"$system/etc/apt/apt.conf.d/90fresh" || true
    git clone --quiet --no-hardlinks . "$system$checkout"
    if [ "$FRESH_USER" != root ]; then
        chroot "$system" useradd --create-home "$FRESH_USER"
    fi
}

# inside SYSTEM USER COMMAND: runs it in the checkout. Mounts and processes are in namespaces of their
# own and end with the command, so that no mount is left under a folder that is deleted.
# shellcheck disable=SC2016
inside() {
    unshare --mount --pid --ipc --fork --kill-child sh -euc '
        mount -t proc proc "$1/proc"
        mount -t tmpfs -o mode=1777 tmpfs "$1/dev/shm"
        mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts "$1/dev/pts"
        system=$1 user=$2 folder=$3 command=$4
        shift 4
        exec chroot "$system" env -i "$@" PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb \
            runuser -u "$user" -- sh -c "export HOME=~$user && cd $folder && $command"
    ' sh "$1" "$2" "$checkout" "$3" ${http_proxy:+"http_proxy=$http_proxy"} \
        ${https_proxy:+"https_proxy=$https_proxy"} \
        ${CK_TIMEOUT_MULTIPLIER:+"CK_TIMEOUT_MULTIPLIER=$CK_TIMEOUT_MULTIPLIER"} </dev/null &
    running=$!
    wait $running
}

# The namespaces end with the process that made them.
trap 'test -z "$running" || kill -KILL "$running"; exit 1' HUP INT TERM
running=

# try RELEASE USER NAME: `make setup NAME`, its seconds, and the end of what a failing one printed.
try() {
    log=$folder/$1.$3.log
    start=$(date +%s)
    if inside "$folder/$1" "$2" "make setup $3" >"$log" 2>&1; then verdict=PASS; else verdict=FAIL; fi
    printf '%s fresh: %s: make setup %s, as %s: %d s\n' $verdict "$1" "$3" "$2" \
        $(($(date +%s) - start))
    test $verdict = PASS && return
    grep '^FAIL' "$log" || true
    tail -n 15 "$log" | sed 's/^/    /'
    echo "    all of it: $log"
    failures=$((failures + 1))
}

# skipped RELEASE: what its commands skipped; a failure, but where data from outside are needed,
# PyTorch, or a package that setup found no offer of.
skipped() {
    cat "$folder/$1".*.log | grep '^SKIP ' | sort -u >"$folder/$1.skipped" || true
    sed "s/^/fresh: $1: /" "$folder/$1.skipped"
    cat "$folder/$1".*.log | sed -n 's/^setup: not offered .*: \(.*\)/: no \1/p' | sort -u \
        >"$folder/$1.allowed"
    printf '%s\n' ': data from outside: ' ': no torch ' ': no chromium' >>"$folder/$1.allowed"
    count=$(grep -cvFf "$folder/$1.allowed" "$folder/$1.skipped" || true)
    if [ "$count" != 0 ]; then
        echo "FAIL fresh: $1: $count skipped that need neither data from outside nor a package that is missing there"
        failures=$((failures + 1))
    fi
}

test "$(id -u)" = 0 || die 'only root can make a system'
for tool in debootstrap git unshare chroot; do
    type $tool >/dev/null 2>&1 || die "no $tool here"
done
unshare --mount --pid --fork true || die 'no namespaces for mounts and processes here'
mkdir -p "$FRESH_FOLDER"
folder=$(cd "$FRESH_FOLDER" && pwd -P)

failures=0
for release in $FRESH_RELEASES; do
    before=$failures
    rm -f "$folder/$release".*.log
    make_empty "$release"
    make_system "$release"
    try "$release" root demo
    if [ "$FRESH_USER" != root ]; then
        chroot "$folder/$release" chown -R "$FRESH_USER" "$checkout"
    fi
    try "$release" "$FRESH_USER" check
    skipped "$release"
    # A system in which something failed is kept to be looked at.
    if [ $failures = "$before" ]; then rm -rf --one-file-system "${folder:?}/$release"; fi
done
test $failures = 0
