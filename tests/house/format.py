# SPDX-License-Identifier: BSD-2-Clause
"""Every C file is laid out as clang-format 14 lays it out (`make format`)."""

import pathlib
import re
import shutil
import subprocess
import sys

from libhouse import SKIPPED, WORLD, Sample, output_of, run

STYLE = pathlib.Path(__file__).resolve().parents[2] / ".clang-format"
PLACE = re.compile(r"^([^:\n]+):(\d+):\d+: error: code should be", re.MULTILINE)
FORMATTER = shutil.which("clang-format-14") or shutil.which("clang-format")


def layout(tree):
    paths = [p for p in tree.c_files("src", "include", *WORLD, "tests", "fuzz")
             if p.suffix != ".def"]
    if not paths:
        return
    done = subprocess.run([FORMATTER, f"--style=file:{STYLE}", "--dry-run", "-Werror", *paths],
                          cwd=tree.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    first = {}
    for path, line in PLACE.findall(done.stderr):
        first.setdefault(path, line)
    for path, line in first.items():
        yield f"{path}:{line}: not as `make format` leaves it"
    if done.returncode != 0 and not first:
        yield done.stderr.strip()


def version():
    if not FORMATTER:
        return 0
    return int(re.search(r"version (\d+)", output_of(FORMATTER, "--version")).group(1))


if version() != 14:
    print("skipped: needs clang-format 14, others differ in details")
    sys.exit(SKIPPED)

run(("layout", layout, [
    Sample({"src/base/a.c": "int a(int b)\n{\n    if (b) return 1;\n    return 0;\n}\n"}, None),
    Sample({"src/base/a.c": "int a(int b) {\n    return b;\n}\n"}, "src/base/a.c:1: not as"),
    Sample({"tests/base/a.h": "int  a(int b);\n"}, "tests/base/a.h:1: not as"),
]))
