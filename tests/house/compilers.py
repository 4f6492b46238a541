# SPDX-License-Identifier: BSD-2-Clause
"""gcc and clang both take every file of the core as strict, freestanding ISO C17 without a word,
and every header of it stands alone: the core compiles for a machine without a libc."""

import concurrent.futures
import pathlib
import shutil
import subprocess
import sys
import tempfile

from libhouse import SKIPPED, Sample, run

COMPILERS = ("gcc", "clang")
FLAGS = """-std=c17 -O1 -ffreestanding -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion
    -Wshadow -Wswitch-enum -Wundef -Wvla -Wstrict-prototypes -Wmissing-prototypes -Werror
    -DBONNET_BUILDING -Iinclude -Isrc -x c -c -o /dev/null""".split()


def complaint_of(tree, name, path, source):
    done = subprocess.run([name, *FLAGS, str(source)], cwd=tree.root, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode == 0:
        return None
    words = [line for line in done.stdout.splitlines() if "error" in line]
    return f"{name}, {path}: {(words or [done.stdout])[0]}"


def compiles(tree, jobs):
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        waiting = [pool.submit(complaint_of, tree, *job) for job in jobs]
        yield from filter(None, (w.result() for w in waiting))


def freestanding(tree):
    yield from compiles(tree, [(name, path, path) for path in tree.files("src/**/*.c")
                               for name in COMPILERS])


def headers_alone(tree):
    with tempfile.TemporaryDirectory() as folder:
        jobs = []
        for number, path in enumerate(tree.files("src/**/*.h")):
            source = pathlib.Path(folder) / f"{number}.c"
            source.write_text(f'#include "{tree.root / path}"\nextern int not_empty;\n')
            jobs += [(name, path, source) for name in COMPILERS]
        yield from compiles(tree, jobs)


def sample(code, expect):
    return Sample({"src/base/a.c": code}, expect)


for needed in COMPILERS:
    if not shutil.which(needed):
        print(f"skipped: needs {needed}")
        sys.exit(SKIPPED)

run(
    ("freestanding C17 with gcc and clang", freestanding, [
        sample("#include <stdint.h>\nint a(void);\nint a(void) { return 1; }\n", None),
        sample("int a(void) { return 1; }\n", "gcc, src/base/a.c"),
        sample("int a(long b);\nint a(long b) { return b; }\n", "clang, src/base/a.c"),
        sample("int a(void);\nint a(void) { return ({ 1; }); }\n", "gcc, src/base/a.c"),
    ]),
    ("headers that stand alone", headers_alone, [
        Sample({"src/base/a.h": "#include <stdint.h>\nuint32_t a(void);\n"}, None),
        Sample({"src/base/a.h": "uint32_t a(void);\n"}, "gcc, src/base/a.h"),
    ]),
)
