# SPDX-License-Identifier: BSD-2-Clause
"""Tests name requirements that exist, waivers are not proved, and docs/RFC.md says what is there.

Lines move with every change, so the line numbers of docs/RFC.md are not compared; `make
requirements` writes them anew.
"""

import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get("BONNET_SRC", "."), "scripts"))

import requirements  # noqa: E402

from libhouse import Sample, run  # noqa: E402


def named(tree):
    yield from requirements.State(tree.root).mistakes


def without_lines(text):
    return re.sub(r"(\.[ch]):\d+", r"\1", text)


def indexed(tree):
    made = without_lines("\n".join(requirements.index(requirements.State(tree.root))) + "\n")
    kept = without_lines(tree.text(requirements.INDEX))
    for line in sorted(set(made.splitlines()) ^ set(kept.splitlines()))[:3]:
        yield f"{requirements.INDEX} is behind (make requirements): {line[:80]}"


LISTS = {
    "docs/requirements/rfcs.tsv": "id\trfc\tsection\trequirement\nX-1\t793\t3.2\tso it is\n",
    "docs/requirements/inputs.tsv": "id\tinput\nBAD-ONE\tnothing at all\n",
    "docs/WAIVERS.md": "| id | why not |\n|---|---|\n",
}
TEST = "/* @req X-1 BAD-ONE: so it is. */\nstatic void so_it_is(void **state)\n{\n}\n"
INDEX = """<!-- Made by scripts/requirements.py --write (make requirements). -->
# The RFCs, where the core follows them, and what proves it

## [RFC 793](https://www.rfc-editor.org/rfc/rfc793)

| section | code | tests |
|---|---|---|
| 3.2 | src/a.c:9 | X-1: tests/a.c so_it_is |
"""
PROVED = {**LISTS, "tests/a.c": TEST, "src/a.c": "/* RFC 793 3.2: so. */", "docs/RFC.md": INDEX}

run(
    ("requirements that tests name exist", named, [
        Sample(PROVED, None),
        Sample({**PROVED, "tests/a.c": TEST.replace("X-1", "X-2")}, "X-2: no such id"),
        Sample({**PROVED, "tests/a.c": TEST.replace("X-1 BAD-ONE", "this")}, "names nothing"),
        Sample({**PROVED, "docs/WAIVERS.md": "| X-1 | no |"}, "X-1 is waived, and proved"),
        Sample({**PROVED, "docs/WAIVERS.md": "| X-3 | no |"}, "X-3: no such id"),
    ]),
    ("docs/RFC.md is what the tree says", indexed, [
        Sample(PROVED, None),
        Sample({**PROVED, "src/a.c": "/* RFC 793 3.3: so. */"}, "is behind"),
        Sample({**PROVED, "tests/a.c": TEST.replace("so_it_is", "it_is")}, "is behind"),
        Sample({**PROVED, "tests/a.c": ""}, "is behind"),
    ]),
)
