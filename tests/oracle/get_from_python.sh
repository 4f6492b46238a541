# SPDX-License-Identifier: BSD-2-Clause
#
# bonnet's TCP downloads from the kernel's, with python's http.server on it: every byte arrives,
# whatever the size, with super-frames and without, and over a link that loses frames both ways.

. "${BONNET_SRC:?}/tests/oracle/liboracle.sh"

for size in $sizes $lossy $big; do
    [ -e "$work/www/$size" ] || random_file "$work/www/$size" "$size"
done
/usr/bin/python3 -m http.server --directory "$work/www" 8000 >"$work/python.log" 2>&1 &
listening() { ss -tlnH | grep -q :8000; }
wait_for 20 listening || fail "python does not listen"

# download OPTION... -- SIZE...
download() {
    local options=() size
    while [ "$1" != -- ]; do options+=("$1"); shift; done
    shift
    for size in "$@"; do
        "$bonnet" get "http://10.7.0.1:8000/$size" -o "$work/got" --tap $tap --addr $ours/24 \
            "${options[@]}" 2>"$work/get.log" || fail "$size bytes: get ended with $?"
        [ "$(checksum "$work/www/$size")" = "$(checksum "$work/got")" ] || fail "$size bytes differ"
    done
}

download -- $sizes $big
download --plain -- $sizes
download --link 'delay 2ms loss 2% seed 1' -- $lossy
