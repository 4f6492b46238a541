#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The two stacks transfer every byte, the same way each time as far as time goes.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

build_example two_stacks
./two_stacks | tee said
grep -q '^8000000 of 8000000 bytes, 0 wrong, in [0-9.]* s of virtual time$' said
