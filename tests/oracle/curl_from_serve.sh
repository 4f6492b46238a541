# SPDX-License-Identifier: BSD-2-Clause
#
# The kernel's TCP, with curl on it, downloads from bonnet's: every byte arrives, whatever the size,
# with super-frames and without, and over a link that loses frames both ways.

. "${BONNET_SRC:?}/tests/oracle/liboracle.sh"

for size in $sizes $lossy $big; do
    [ -e "$work/www/$size" ] || random_file "$work/www/$size" "$size"
done

# download SIZE...
download() {
    local size
    for size in "$@"; do
        fetch -o "$work/got" "http://$ours/$size" || fail "$size bytes: curl ended with $?"
        [ "$(checksum "$work/www/$size")" = "$(checksum "$work/got")" ] || fail "$size bytes differ"
    done
}

serve
download $sizes $big
stop
serve --plain
download $sizes
stop
serve --link 'delay 2ms loss 2% seed 1'
download $lossy
stop
