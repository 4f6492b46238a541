# SPDX-License-Identifier: BSD-2-Clause
"""What every text of the project keeps: a licence line, no note of work undone, no floating point
in the core's sources."""

import re

from libhouse import Sample, line_of, run

TEXTS = ("**/*.c", "**/*.h", "**/*.def", "**/*.py", "**/*.sh", "**/*.cmake", "**/CMakeLists.txt",
         "Makefile", ".ci/*")
PROSE = ("**/*.md", "**/*.pkt", "**/*.lab", "**/*.in", ".clang-format", ".clang-tidy")
UNDONE = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]) + r")\b")
FLOATING = re.compile(
    r"\b(float|double|_Complex|_Float\d+|__float128)\b|\b\d+\.\d*(?:[eE][-+]?\d+)?[fFlL]?"
    r"|(?<![\w.])\.\d+|\b\d+[eE][-+]?\d+\b|<(?:math|float|tgmath|complex|fenv)\.h>")


def licensed(tree):
    for path in tree.files(*TEXTS):
        head = "\n".join(tree.text(path).split("\n")[:2])
        if "SPDX-License-Identifier: BSD-2-Clause" not in head:
            yield f"{path}: no SPDX line in the first two lines"


def finished(tree):
    for path in tree.files(*TEXTS, *PROSE):
        text = tree.text(path)
        for match in UNDONE.finditer(text):
            yield f"{path}:{line_of(text, match.start())}: {match.group(0)}"


def integral(tree):
    for path in tree.c_files("src", "include"):
        if path.name == "host.h":
            continue  # the host's own face, which no room may include
        code = tree.code(path)
        for match in FLOATING.finditer(code):
            yield f"{path}:{line_of(code, match.start())}: floating point: {match.group(0)}"


SPDX = "/* SPDX-License-Identifier: BSD-2-Clause */\n"

run(
    ("licence lines", licensed, [
        Sample({"src/base/a.c": SPDX, "scripts/a.sh": "#!/bin/sh\n# " + SPDX}, None),
        Sample({"src/base/a.c": "int a;\n" * 3 + SPDX}, "no SPDX line"),
        Sample({"scripts/a.sh": "#!/bin/sh\n"}, "no SPDX line"),
    ]),
    ("nothing left undone", finished, [
        Sample({"a.c": 'char t[] = "/tmp/bonnet.XXXXXX"; /* to do */'}, None),
        Sample({"a.c": "/* TO" + "DO: later */"}, "a.c:1"),
        Sample({"docs/a.md": "\nFIX" + "ME"}, "a.md:2"),
    ]),
    ("no floating point in the sources", integral, [
        Sample({"src/base/a.c": "/* 1.5 or a double */ int a = 0x1e5; f(s.x, s...);"}, None),
        Sample({"src/base/a.c": "static double a;"}, "double"),
        Sample({"src/tcp/a.h": "\n#define A (3 * 1.5)"}, "a.h:2"),
        Sample({"src/tcp/a.c": "int a = (int)(2e3);"}, "2e3"),
        Sample({"src/tcp/a.c": "#include <math.h>"}, "math.h"),
    ]),
)
