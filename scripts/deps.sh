#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# deps.sh build|check|demo|bench: the one list of Debian packages, and what proves that each is there.
# Installs what is missing, as root or through sudo; without the right to, it prints the one command
# that would and fails. What is found already, from wherever it came, is left alone.
set -eu

# Package and proof: a command, or a file (which may be a pattern).
build='
gcc                cc
make               make
cmake              cmake
libhttp-parser-dev /usr/include/http_parser.h
libjson-c-dev      /usr/include/json-c/json.h
'
demo="$build"'
curl               curl
iproute2           ip
'
check="$demo"'
binutils           readelf
clang              clang
libclang-rt-dev    /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a
clang-format       clang-format
libcmocka-dev      /usr/include/cmocka.h
net-tools          netstat
netcat-openbsd     nc
pkg-config         pkg-config
python3            /usr/bin/python3
tcpdump            tcpdump
tshark             tshark
universal-ctags    ctags-universal
util-linux         unshare
'
bench="$build"'
iproute2           ip
iperf3             iperf3
liblwip-dev        /usr/include/lwip/lwip/init.h
python3            /usr/bin/python3
'

there() { # there <proof>
    case $1 in
    /*) for file in $1; do [ -e "$file" ] && return 0; done; return 1 ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

missing_of() { # missing_of <list>: names of the packages whose proof fails
    set -f
    echo "$1" | while read -r package proof; do
        set +f
        [ -z "$package" ] || there "$proof" || printf '%s ' "$package"
    done
}

case ${1-} in
build) list=$build ;;
check) list=$check ;;
demo) list=$demo ;;
bench) list=$bench ;;
*) echo "usage: $0 build|check|demo|bench" >&2; exit 2 ;;
esac

missing=$(missing_of "$list")
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root='sudo'
else
    as_root=none
fi
if [ "$as_root" = none ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "Missing, and no right to install it. As root: apt-get install --no-install-recommends $missing" >&2
    exit 1
fi

echo "Installing $missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -q >/dev/null || true # an old list may do
# shellcheck disable=SC2086 # a list of words
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing \
    >/dev/null || {
    echo "Could not install. As root: apt-get install --no-install-recommends $missing" >&2
    exit 1
}
