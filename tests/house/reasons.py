# SPDX-License-Identifier: BSD-2-Clause
"""Every reason of reasons.def is raised by the core and named by a test.

A test names a reason as BONNET_R_NAME in C, or by its lower-case name: in quotes in a program or a
script, anywhere in a packet script. Comments do not count.
"""

import re

from libhouse import Sample, run

REASON = re.compile(r"^X\((\w+), *(\w+),", re.MULTILINE)
ENUM = re.compile(r"\bBONNET_R_(\w+)")
QUOTED = re.compile(r"[\"']([a-z0-9_]+)[\"']")


def reasons_of(tree):
    """(NAME, name) of each line X(NAME, name, ...)."""
    for path in tree.files("include/bonnet/reasons.def"):
        yield from REASON.findall(tree.code(path))


def named(tree):
    for upper, lower in reasons_of(tree):
        if lower != upper.lower():
            yield f"reasons.def calls {upper} {lower}"


def raised(tree):
    known = {upper for upper, _ in reasons_of(tree)}
    if not known:
        yield "no reasons.def, or no X(NAME, ...) in it"
    found = set()
    for path in tree.c_files("src"):
        found.update(ENUM.findall(tree.code(path)))
    for name in sorted(known - found):
        yield f"nothing in src/ raises BONNET_R_{name}"


def without_comments(tree, path):
    line = r"^\s*#[^\n]*" if path.suffix in (".py", ".sh") else r"//[^\n]*"
    return re.sub(r"/\*.*?\*/|" + line, "", tree.text(path), flags=re.DOTALL | re.MULTILINE)


def tested(tree):
    found = set()
    for path in tree.files(*(f"{folder}/**/*.{suffix}" for folder in ("tests", "fuzz")
                             for suffix in ("c", "h", "py", "sh", "def"))):
        if path.parts[1] == "house":
            continue
        text = without_comments(tree, path)
        found.update(ENUM.findall(text))
        found.update(name.upper() for name in QUOTED.findall(text))
    for path in tree.files("tests/**/*.pkt"):
        found.update(word.upper() for word in re.findall(r"\w+", without_comments(tree, path)))
    for upper, lower in reasons_of(tree):
        if upper not in found:
            yield f"no test names BONNET_R_{upper} (\"{lower}\")"


DEF = {"include/bonnet/reasons.def": """/* X(GHOST, ghost, DROP, "of a comment") */
X(PAWS, paws, DROP, "old")
X(MEMORY, memory, DROP, "refused")
"""}
PAWS, MEMORY = "f(BONNET_R_PAWS); ", "g(BONNET_R_MEMORY); "

run(
    ("reasons have one name", named, [
        Sample(DEF, None),
        Sample({"include/bonnet/reasons.def": 'X(PAWS, claws, DROP, "old")'}, "calls PAWS claws"),
    ]),
    ("every reason is raised", raised, [
        Sample({**DEF, "src/tcp/a.c": PAWS + MEMORY}, None),
        Sample({**DEF, "src/tcp/a.c": PAWS + "/* BONNET_R_MEMORY */"}, "BONNET_R_MEMORY"),
        Sample({}, "no reasons.def"),
    ]),
    ("every reason is named by a test", tested, [
        Sample({**DEF, "tests/tcp/a.c": PAWS, "fuzz/a.c": "g(\"memory\");"}, None),
        Sample({**DEF, "tests/exchange/a/b.pkt": "drop paws\n", "tests/a.py": "f('memory')"}, None),
        Sample({**DEF, "tests/tcp/a.c": PAWS + "// BONNET_R_MEMORY"}, "BONNET_R_MEMORY"),
        Sample({**DEF, "tests/tcp/a.c": "memory = paws;", "tests/a.sh": "# 'paws'"}, "R_PAWS"),
        Sample({**DEF, "tests/house/a.py": "'paws', 'memory'"}, "BONNET_R_PAWS"),
    ]),
)
