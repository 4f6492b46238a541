# SPDX-License-Identifier: BSD-2-Clause
#
# `bonnet serve` as HTTP clients see it: curl for what curl does, bytes by hand for what it would not.

. "${BONNET_SRC:?}/tests/tools/libtools.sh"

random_file "$work/www/big.bin" 1000000
printf '0123456789' >"$work/www/ten.txt"
: >"$work/www/empty"
mkdir "$work/www/d"
echo hello >"$work/www/d/a b&c.txt"
ln -s /etc "$work/www/etc"
echo secret >"$work/secret"
serve
url=http://$ours

# say BYTES: sends them as they are and prints the answer, until the server closes.
say() {
    printf "$1" | timeout 20 /usr/bin/python3 -c '
import socket, sys
s = socket.create_connection((sys.argv[1], 80), 10)
s.sendall(sys.stdin.buffer.read())
while True:
    piece = s.recv(65536)
    if not piece: break
    sys.stdout.buffer.write(piece)
' $ours
}
status_of() { fetch -o /dev/null -w '%{http_code}' "$@"; }
is() { [ "$1" = "$2" ] || fail "'$1', not '$2'"; }

# Bytes, types, times.
fetch -o "$work/got" $url/big.bin
same "$work/www/big.bin" "$work/got"
is "$(fetch $url/ten.txt)" 0123456789
is "$(fetch $url/empty | wc -c)" 0
holds "$(fetch -I $url/ten.txt)" 'Content-Type: text/plain'
holds "$(fetch -I $url/ten.txt)" 'Content-Length: 10'
holds "$(fetch -I $url/ten.txt)" 'Date: '
is "$(status_of -z "$work/www/ten.txt" $url/ten.txt)" 304
is "$(status_of -z '1994-11-06' $url/ten.txt)" 200

# Ranges.
is "$(fetch -r 3-5 $url/ten.txt)" 345
is "$(fetch -r -2 $url/ten.txt)" 89
is "$(fetch -r 7- $url/ten.txt)" 789
is "$(status_of -r 3-5 $url/ten.txt)" 206
is "$(status_of -r 0-1,4-5 $url/ten.txt)" 200
is "$(status_of -r 10- $url/ten.txt)" 416
head -c 400000 "$work/www/big.bin" >"$work/part"
fetch -C - -o "$work/part" $url/big.bin
same "$work/www/big.bin" "$work/part"

# Directories.
holds "$(fetch $url/)" '<a href="./d/">d/</a>'
holds "$(fetch $url/d/)" '<a href="./a%20b%26c.txt">a b&amp;c.txt</a>'
is "$(fetch $url/d/a%20b%26c.txt)" hello
is "$(status_of $url/d)" 301
is "$(fetch -L -o /dev/null -w '%{url_effective}' $url/d)" $url/d/

# No way out.
is "$(status_of --path-as-is $url/../secret)" 403
is "$(status_of --path-as-is $url/d/../../secret)" 403
is "$(status_of --path-as-is $url/%2e%2e/secret)" 403
is "$(status_of $url/etc/passwd)" 403
is "$(status_of $url/..%2fsecret)" 404
is "$(status_of $url/none)" 404
is "$(status_of $url/%00)" 400

# Requests that are refused.
is "$(status_of -X POST -d x=y $url/)" 405
is "$(status_of -X DELETE $url/ten.txt)" 405
holds "$(say 'GET / HTTP/1.1\r\n\r\n')" ' 400 '
holds "$(say 'nonsense\r\n\r\n')" ' 400 '
holds "$(say 'GET / HTTP/2.0\r\nHost: h\r\n\r\n')" ' 505 '
long=$(head -c 5000 /dev/zero | tr '\0' x)
holds "$(say "GET /$long HTTP/1.1\r\n")" ' 414 '
is "$(status_of -H "X: $long$long$long$long" $url/)" 431

# One connection, many requests.
holds "$(fetch -v $url/ten.txt $url/ten.txt 2>&1)" 'Re-using existing connection'
three='GET /ten.txt HTTP/1.1\r\nHost: h\r\n\r\nHEAD /ten.txt HTTP/1.1\r\nHost: h\r\n\r\n'
three=$three'GET /ten.txt HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'
answer=$(say "$three")
is "$(echo "$answer" | grep -c '200 OK')" 3
is "$(echo "$answer" | grep -c 0123456789)" 2
many=$(for i in $(seq 500); do printf 'GET /ten.txt HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n'; done)
last='GET /ten.txt HTTP/1.0\r\n\r\n'
is "$(say "$many$last" | grep -c '200 OK')" 501

# HTTP/1.0 closes, unless asked not to.
is "$(say 'GET /ten.txt HTTP/1.0\r\n\r\n' | tail -c 10)" 0123456789
holds "$(fetch -0 -I -H 'Connection: keep-alive' $url/ten.txt)" 'Connection: keep-alive'

# A line per request, in which a client cannot write what it likes.
grep -q 'GET /ten.txt" 206 3 bytes' "$work/serve.log" || fail "no line for the range"
say 'GET /\x1b[31mred" HTTP/1.0\r\n\r\n' >/dev/null
! grep -q "$(printf '\x1b')" "$work/serve.log" || fail "an escape sequence came into the log"
stop
grep -q 'all connections are closed' "$work/serve.log" || fail "connections were left"
