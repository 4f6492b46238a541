# SPDX-License-Identifier: BSD-2-Clause
#
# For scripts that let bonnet talk to the kernel: what libtools.sh offers, and the sizes of files.

. "${BONNET_SRC:?}/tests/tools/libtools.sh"

# Around what TCP does with them: nothing much, a segment, the initial window, buffers, many buffers.
sizes='1 2 535 536 537 1447 1448 1449 4095 4096 4097 14480 14481 65535 65536 65537 131072 1048577'

# A sanitizer's build is slower, and its subject is not speed.
if [ "${BONNET_SANITIZE-}" = ON ]; then
    big=33554432
    lossy='1 1448 65537 1048577'
else
    big=268435456
    lossy='1 1448 65537 1048577 16777216'
fi

checksum() { sha256sum <"$1" | cut -d' ' -f1; }
