# SPDX-License-Identifier: BSD-2-Clause
#
# Command lines that are wrong: exit status 2 and one line on stderr, nothing on stdout. Rights that
# are missing: exit status 1, one line that names them. --help and --version: status 0, on stdout.

set -eu
bonnet=$BONNET_BUILD/bonnet
work=$(mktemp -d /tmp/bonnet-test-XXXXXX)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
[ -x "$bonnet" ] || { echo "skipped: the command is not built"; exit 77; }

# ends STATUS ARGUMENT...: with one line on stderr, left in $line, and nothing on stdout.
ends() {
    local expected=$1 status=0
    shift
    "$bonnet" "$@" >"$work/out" 2>"$work/err" || status=$?
    line=$(cat "$work/err")
    [ $status -eq "$expected" ] || fail "bonnet $*: status $status, not $expected: $line"
    [ "$(wc -l <"$work/err")" -eq 1 ] || fail "bonnet $*: not one line: $line"
    [ ! -s "$work/out" ] || fail "bonnet $*: something on stdout"
}

at='--tap bn0 --addr 10.7.0.2/24'
ends 2
ends 2 fly
ends 2 --fly
for command in serve get ss netstat nstat explain dump wire; do
    ends 2 $command --fly
    ends 2 $command -Z
done
ends 2 serve $at
ends 2 serve /tmp
ends 2 serve /tmp --tap bn0
ends 2 serve /tmp --addr 10.7.0.2/24
ends 2 serve /tmp /tmp $at
ends 2 serve /tmp $at --port
for port in 0 65536 http -1 ''; do ends 2 serve /tmp $at --port "$port"; done
for addr in 10.7.0.2 10.7.0.0/24 10.7.0.255/24 10.7.0.2/33 fe80::1/64 ''; do
    ends 2 serve /tmp --tap bn0 --addr "$addr"
done
for link in 'delay' 'delay x' 'loss 101%' 'warp 9'; do ends 2 serve /tmp $at --link "$link"; done
ends 2 serve /tmp $at --timeout 0
ends 2 serve /tmp --tap a-name-that-is-too-long --addr 10.7.0.2/24
ends 2 get $at
ends 2 get http://10.7.0.1/x
for url in https://10.7.0.1/ 10.7.0.1/x http://example.org/ http://10.7.0.1:0/ http://; do
    ends 2 get "$url" $at
done
case $line in *"bonnet get: "*) ;; *) fail "the line does not name the command: $line" ;; esac
ends 2 get http://10.7.0.1/ http://10.7.0.1/ $at
ends 2 get http://10.7.0.1/.. $at
ends 2 ss state bogus
ends 2 ss sport = :nosuch
ends 2 ss --name
ends 2 explain
ends 2 explain foo
ends 2 explain :80 :81 :82
ends 2 netstat foo
ends 2 dump port
ends 2 dump -c x
ends 2 wire
ends 2 wire /tmp
ends 2 wire /tmp /x y
ends 2 wire /tmp /..
ends 2 wire /tmp /x --link 'warp 9'
ends 2 wire /tmp /x --tap bn0
ends 1 wire /nonexistent-directory /x
ends 1 serve /nonexistent-directory $at

for command in '' serve get ss netstat nstat explain dump wire; do
    "$bonnet" $command --help >"$work/out" 2>"$work/err" || fail "$command --help: status $?"
    [ ! -s "$work/err" ] || fail "$command --help: something on stderr"
    grep -q '^usage: bonnet' "$work/out" || grep -q '^bonnet' "$work/out" || fail "$command --help"
    [ "$(wc -L <"$work/out")" -le 100 ] || fail "$command --help: lines of more than 100 columns"
done
"$bonnet" --version | grep -Eq '^bonnet [0-9]+\.[0-9]+\.[0-9]+$' || fail "--version"

# The right to make a device is missing: told by its name.
if [ -c /dev/net/tun ] && command -v setpriv >/dev/null && [ "$(id -u)" -eq 0 ]; then
    status=0
    setpriv --bounding-set -net_admin --inh-caps -net_admin -- \
        "$bonnet" serve /tmp $at >"$work/out" 2>"$work/err" || status=$?
    [ $status -eq 1 ] || fail "without CAP_NET_ADMIN: status $status"
    grep -q CAP_NET_ADMIN "$work/err" || fail "CAP_NET_ADMIN is not named: $(cat "$work/err")"
    [ "$(wc -l <"$work/err")" -eq 1 ] || fail "without CAP_NET_ADMIN: not one line"
fi
XDG_RUNTIME_DIR=$work ends 1 ss --name nobody-has-this-name
