# SPDX-License-Identifier: BSD-2-Clause
#
# A snapshot beside the real commands: while a scenario is played on the kernel's own sockets, ss and
# netstat look into its namespaces and print what the snapshot says, byte by byte.

set -eu
bonnet=$BONNET_BUILD/bonnet
work=$(mktemp -d /tmp/bonnet-test-XXXXXX)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
skip() { echo "skipped: $*"; exit 77; }
[ -x "$bonnet" ] || skip "the command is not built"
for tool in nsenter ss netstat; do command -v $tool >/dev/null || skip "no $tool"; done
unshare --net true 2>/dev/null || skip "no right to make a network namespace"

cat >"$work/story.lab" <<'END'
host client 10.0.0.1
host server 10.0.0.2
server: l = socket()
server: bind(l, *:9191)
server: listen(l, 2)
server: u = socket(udp)
server: bind(u, *:53)
client: s = socket()
client: connect(s, server:9191)
client: t = socket()
client: connect(t, server:9191)
server: c = accept(l)
client: write(s, 777)
server: shutdown(c, SHUT_WR)
wait 2s
snapshot ss server
snapshot netstat server
wait 60s
END
"$bonnet" lab run "$work/story.lab" --stack kernel >"$work/out" &
player=$!

# The namespace of the server is the one where somebody listens on 9191.
find_server() {
    for fd in /proc/$player/fd/*; do
        case $(readlink "$fd") in net:*) ;; *) continue ;; esac
        nsenter --net="$fd" ss -tlnH 2>/dev/null | grep -q :9191 && server=$fd && return 0
    done
    return 1
}
server=
tries=0
until find_server && nsenter --net="$server" ss -tnH | grep -q ' 777 '; do
    tries=$((tries + 1))
    [ $tries -lt 60 ] || fail "no connection with 777 bytes unread: $(cat "$work/out")"
    sleep 0.05
done
sleep 0.3
nsenter --net="$server" ss -tuan | sed 's/PortProcess/Port Process/; s/ *$//' >"$work/ss"
nsenter --net="$server" netstat -tuan | sed 's/ *$//' >"$work/netstat"
wait $player || fail "the story: $(cat "$work/out")"

# told COMMAND: what stands below its prompt, up to the empty line.
told() { sed -n "/^    server\\$ $1 -tuan\$/,/^\$/p" "$work/out" | sed '1d; /^$/d; s/^    //'; }
for command in ss netstat; do
    [ -s "$work/$command" ] || fail "$command says nothing"
    told $command | diff -u "$work/$command" - >&2 || fail "the snapshot is not what $command prints"
done
