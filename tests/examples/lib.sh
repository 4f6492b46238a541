#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What the tests of the examples share: a network namespace, an installed tree, and the one line in the
# head of each example that builds it. Sourced first by each of them.
set -eu

# The script again, in a network namespace of its own: as root, or as a user who is root there.
if [ -z "${BONNET_EXAMPLE_TREE:-}" ]; then
    BONNET_EXAMPLE_TREE=$(mktemp -d)
    export BONNET_EXAMPLE_TREE
    trap 'rm -rf "$BONNET_EXAMPLE_TREE"' EXIT
    for unshare in "unshare -n" "unshare -rn"; do
        $unshare true 2>/dev/null || continue
        status=0
        $unshare bash "$0" || status=$?
        exit "$status"
    done
    echo "skipped: no network namespace to be had"
    exit 77
fi
tree=$BONNET_EXAMPLE_TREE
trap 'jobs -p | xargs -r kill 2>/dev/null || true' EXIT
ip link set lo up

# Skips unless this namespace gives TAP devices.
need_tap() {
    if ! ip tuntap add dev probe0 mode tap 2>/dev/null; then
        echo "skipped: no TAP device to be had"
        exit 77
    fi
    ip link del probe0
}

# Installs what was built, and builds an example by its own line. A sanitized library wants its runtime
# in the program, too.
build_example() {
    DESTDIR=$tree cmake --install "$BONNET_BUILD" --prefix /usr >"$tree/install.log"
    pkg=$(find "$tree" -name bonnet-host.pc)
    export PKG_CONFIG_PATH="${pkg%/*}"
    export LD_LIBRARY_PATH="${PKG_CONFIG_PATH%/*}"
    line=$(sed -n 's/^ \*  *\(cc .*\)$/\1/p' "$BONNET_SRC/examples/$1.c")
    [ -n "$line" ]
    echo "$line"
    cp "$BONNET_SRC/examples/$1.c" "$tree"
    cd "$tree"
    eval "$line"
}

cc() {
    case ${BONNET_SANITIZE:-OFF} in
    ON | 1 | TRUE) "${CC:-gcc}" -fsanitize=address,undefined "$@" ;;
    *) "${CC:-gcc}" "$@" ;;
    esac
}

# Waits up to ten seconds for a line in a file.
await_line() {
    for _ in $(seq 100); do
        grep -q "$2" "$1" && return
        sleep 0.1
    done
    echo "no line '$2' in $1:"
    cat "$1"
    exit 1
}
