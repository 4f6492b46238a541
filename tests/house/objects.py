# SPDX-License-Identifier: BSD-2-Clause
"""What the compiled core is: no variable of its own, no floating point, and nothing asked of the
surroundings but memcpy, memmove, memset and memcmp. What the libraries export begins with bonnet_.

Variables are seen as sections that are writable when the program runs. .data.rel.ro is not one of
them: it holds const tables of pointers, which the loader completes once for a position-independent
library and then makes read-only. _GLOBAL_OFFSET_TABLE_ in the list of what is asked for is the
linker's own mark of position-independent code. Headers' functions are compared with what is
exported, so that a declaration without a definition is found as well.
"""

import platform
import re
import subprocess

from libhouse import Sample, compiler, output_of, run

ASKED_FOR = {"memcpy", "memmove", "memset", "memcmp", "bonnet_assert_failed",
             "_GLOBAL_OFFSET_TABLE_"}
SECTION = re.compile(r"^ *\[ *\d+\] (\S+) +\S+ +[0-9a-f]+ [0-9a-f]+ ([0-9a-f]+) [0-9a-f]+ +(\w*) ",
                     re.MULTILINE)
MNEMONIC = re.compile(r"^ +[0-9a-f]+:\t(?:(?:lock|rep\w*|data16|notrack|bnd) )*(\S+)", re.MULTILINE)
ARITHMETIC = {
    "x86_64": re.compile(r"v?(add|sub|mul|div|sqrt|min|max|u?comi|cmp\w*|rcp|rsqrt|round|hadd|hsub|"
                         r"dp|fn?m(add|sub)\w*)[sp][sd]|v?cvt\w+|f(?!s$|xsave|xrstor)\w+"),
    "aarch64": re.compile(r"f(?!mov)\w+|[su]cvtf"),
}
DECLARED = re.compile(r"^BONNET_API\b[^;{]*?\b(\w+)\s*\(", re.MULTILINE)


def here(tree, path):
    return path.relative_to(tree.build)


def variables(tree):
    if not tree.objects():
        yield "no object of the core in the build"
    for path in tree.objects():
        for name, size, flags in SECTION.findall(output_of("readelf", "-SW", path)):
            if "W" in flags and int(size, 16) > 0 and not name.startswith(".data.rel.ro"):
                yield f"{here(tree, path)}: {name} holds {int(size, 16)} bytes that can change"
        for line in output_of("nm", path).splitlines():
            if line.split()[-2] == "C":
                yield f"{here(tree, path)}: {line.split()[-1]} is a common variable"


def surroundings(tree):
    defined, wanted = set(), {}
    archive = tree.library("libbonnet.a")
    for line in output_of("nm", "-g", archive).splitlines():
        words = line.split()
        if len(words) == 2 and words[0] in "Uwv":
            wanted[words[1]] = line
        elif len(words) == 3:
            defined.add(words[2])
    for name in sorted(set(wanted) - defined - ASKED_FOR):
        yield f"libbonnet.a asks for {name}"


def arithmetic(tree):
    pattern = ARITHMETIC.get(platform.machine())
    for path in tree.objects() if pattern else ():
        listing = output_of("objdump", "-d", "--no-show-raw-insn", path)
        found = {m for m in MNEMONIC.findall(listing) if pattern.fullmatch(m)}
        if found:
            yield f"{here(tree, path)}: floating point: {' '.join(sorted(found))}"


def exported_by(tree, library, *options):
    names = set()
    for line in output_of("nm", "--defined-only", *options, tree.library(library)).splitlines():
        words = line.split()
        if len(words) == 3 and words[1] in "TWVDBRi":
            names.add(words[2])
    return names


def exports(tree):
    for stem, is_its in (("libbonnet", lambda header: header != "host.h"),
                         ("libbonnet-host", lambda header: header == "host.h")):
        if not tree.library(f"{stem}.so").exists():
            continue
        names = exported_by(tree, f"{stem}.so", "-D")
        for name in sorted(names | exported_by(tree, f"{stem}.a", "-g")):
            if not name.startswith("bonnet_"):
                yield f"{stem} exports {name}"
        for header in tree.files("include/bonnet/*.h"):
            if not is_its(header.name):
                continue
            for name in DECLARED.findall(tree.code(header)):
                if name not in names:
                    yield f"{header}: {name}() is declared, but {stem} does not export it"


def compiled(*more):
    """Compiles the sample's src/<room>/*.c as the build would, and makes libraries of them."""
    def prepare(tree):
        objects = []
        for source in tree.files("src/*/*.c"):
            out = tree.build / "CMakeFiles" / f"room_{source.parts[1]}.dir" / f"{source}.o"
            out.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run([compiler(), "-O2", "-fPIC", "-fvisibility=hidden", "-w", *more, "-c",
                            tree.root / source, "-o", out], check=True)
            objects.append(out)
        subprocess.run(["ar", "qcs", tree.library("libbonnet.a"), *objects], check=True)
        subprocess.run([compiler(), "-shared", "-nostdlib", "-o", tree.library("libbonnet.so"),
                        *objects], check=True)
    return prepare


def sample(code, expect, *more):
    return Sample({"src/base/a.c": code}, expect, compiled(*more))


SHOWN = '__attribute__((visibility("default"))) '
TABLE = """static const char *const names[] = {"a", "b"};
const char *a(int i) { return names[i]; }
"""
FLOATING = [] if platform.machine() not in ARITHMETIC else [
    sample("int a(int b) { return (int)(b * 1.5); }", "floating point"),
    sample("float a(float b) { return b + 1; }", "floating point"),
]

run(
    ("no variables in the core", variables, [
        sample(TABLE + "static const int t[] = {1, 2}; int b(int i) { return t[i]; }", None),
        sample("static int n; int a(void) { return ++n; }", ".bss holds 4"),
        sample("static int n = 7; int a(void) { return ++n; }", ".data holds 4"),
        sample("static __thread int n; int a(void) { return ++n; }", ".tbss holds 4"),
        sample("int n; int a(void) { return ++n; }", "common variable", "-fcommon"),
        sample("void f(void); __attribute__((constructor)) void g(void) { f(); }", "init_array"),
        Sample({}, "no object"),
    ]),
    ("what the core asks for", surroundings, [
        sample("void *memcpy(void *, const void *, unsigned long);"
               "void b(char *p, char *q, int n) { memcpy(p, q, n); }", None),
        sample("void *malloc(unsigned long); void *a(void) { return malloc(4); }", "malloc"),
        sample("extern int errno_of(void); int a(void) { return errno_of(); }", "errno_of"),
    ]),
    ("no floating point in the objects", arithmetic, [
        sample("typedef unsigned v __attribute__((vector_size(16)));"
               "v a(v b, v c) { return b + c; }"
               "unsigned long b(unsigned long c) { return c * 3 / 7; }", None),
        *FLOATING,
    ]),
    ("what the libraries export", exports, [
        Sample({"src/base/a.c": SHOWN + "int bonnet_a(void) { return 1; }",
                "include/bonnet/a.h": "BONNET_API int bonnet_a(void);"}, None, compiled()),
        sample(SHOWN + "int a(void) { return 1; }", "exports a"),
        sample("int list_add(void) { return 1; }", "exports list_add"),
        Sample({"src/base/a.c": "int bonnet_a(void) { return 1; }",
                "include/bonnet/a.h": "BONNET_API const char *bonnet_a(void);"},
               "bonnet_a() is declared", compiled()),
    ]),
)
