# SPDX-License-Identifier: BSD-2-Clause
"""The shape of the code, in all C folders: functions of at most 70 lines (median at most 15), 5
parameters and 3 levels of nesting; files of at most 450 lines of at most 100 columns.

A function of the public face may have 7 parameters: its calls are shaped after the system's, of
which sendto() has six, and a stack comes first. So may one that fills a slot of packetdrill's table.

Functions are found by universal-ctags. Depth counts the if, for, while, do and switch around a
statement; `else if` continues its chain, a case label adds nothing, and a macro that opens a block
(`each(x, list) {`) counts as the loop it is.
"""

import json
import re
import shutil
import statistics
import sys

from libhouse import SKIPPED, WORLD, Sample, output_of, run

FOLDERS = ["src", "include", *WORLD, "tests", "fuzz"]
LINES_MAX, COLUMNS_MAX = 450, 100
FUNCTION_LINES_MAX, MEDIAN_MAX, DEPTH_MAX = 70, 15, 3
PARAMETERS_MAX, PARAMETERS_PUBLIC_MAX = 5, 7
MEDIAN_OF_AT_LEAST = 20  # functions; a median of fewer says little

CTAGS = shutil.which("ctags-universal") or shutil.which("ctags")
TOKEN = re.compile(r"[A-Za-z_]\w*|\d[\w.]*|\"[^\"]*\"|'[^']*'|\S")
PREPROCESSOR = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
OPEN, CLOSE = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}


def functions_of(tree):
    """(path, name, first line, last line, parameters) of each function definition."""
    paths = [p for p in tree.c_files(*FOLDERS) if p.suffix in (".c", ".h")]
    if not paths:
        return
    listing = output_of(CTAGS, "--options=NONE", "--output-format=json", "--languages=C",
                        "--langmap=C:.c.h", "--kinds-C=f", "--fields=+neS", "-I", "BONNET_API",
                        "-f", "-", *paths, cwd=tree.root)
    for line in listing.splitlines():
        tag = json.loads(line)
        if tag.get("_type") == "tag" and "end" in tag:
            yield tag["path"], tag["name"], tag["line"], tag["end"], tag.get("signature", "()")


def parameters_n(signature):
    inside = signature.strip()[1:-1].strip()
    if inside in ("", "void"):
        return 0
    depth, count = 0, 1
    for c in inside:
        depth += (c in "([{") - (c in ")]}")
        count += c == "," and depth == 0
    return count


class Depth:
    """Walks the statements of one function body and remembers the deepest nesting."""

    def __init__(self, tokens):
        self.tokens, self.at, self.deepest = tokens, 0, 0

    def peek(self, ahead=0):
        i = self.at + ahead
        return self.tokens[i] if i < len(self.tokens) else ""

    def skip_group(self):
        """Past a bracketed group that begins here."""
        open_n = 0
        while self.at < len(self.tokens):
            open_n += (self.peek() in OPEN) - (self.peek() in CLOSE)
            self.at += 1
            if open_n == 0:
                return

    def block(self, depth):
        self.at += 1
        while self.at < len(self.tokens) and self.peek() != "}":
            self.statement(depth)
        self.at += 1

    def guarded(self, depth):
        self.deepest = max(self.deepest, depth)
        self.statement(depth)

    def statement(self, depth):
        word = self.peek()
        if word == "{":
            self.block(depth)
        elif word in ("if", "for", "while", "switch"):
            self.at += 1
            self.skip_group()
            self.guarded(depth + 1)
            self.otherwise(depth)
        elif word == "do":
            self.at += 1
            self.guarded(depth + 1)
            self.expression(depth)  # while (...);
        elif word in ("case", "default") or (self.peek(1) == ":" and re.match(r"[A-Za-z_]", word)):
            self.label()
        else:
            self.expression(depth)

    def otherwise(self, depth):
        if self.peek() != "else":
            return
        self.at += 1
        if self.peek() == "if":
            self.statement(depth)
        else:
            self.guarded(depth + 1)

    def label(self):
        while self.at < len(self.tokens) and self.peek() not in (":", "}"):
            if self.peek() in OPEN:
                self.skip_group()
            else:
                self.at += 1
        self.at += self.peek() == ":"

    def expression(self, depth):
        calls_macro = re.match(r"[A-Za-z_]", self.peek()) and self.peek(1) == "("
        first = self.at
        while self.at < len(self.tokens) and self.peek() not in (";", "}"):
            if self.peek() == "{" and calls_macro and self.closed_first_group(first):
                self.guarded(depth + 1)
                return
            if self.peek() in OPEN:
                self.skip_group()
            else:
                self.at += 1
        self.at += self.peek() == ";"

    def closed_first_group(self, first):
        """Is all between first and here one name and its bracketed arguments?"""
        here, self.at = self.at, first + 1
        self.skip_group()
        end, self.at = self.at, here
        return end == here and self.tokens[first] not in ("return", "sizeof")


def depth_of(tree, path, first, last):
    body = "\n".join(tree.code(path).split("\n")[first - 1:last])
    code = PREPROCESSOR.sub("", body)
    walk = Depth(TOKEN.findall(code[code.index("{"):]))
    walk.block(0)
    return walk.deepest


def public_of(tree):
    """Names that the public face declares, or packetdrill's table asks for."""
    headers = tree.files("include/bonnet/*.h", "packetdrill/*.h")
    return {name for header in headers
            for name in re.findall(r"\b((?:bonnet|slot)_\w+)\s*\(", tree.code(header))}


def functions(tree):
    public = public_of(tree)
    for path, name, first, last, signature in functions_of(tree):
        where, lines = f"{path}:{first}: {name}()", last - first + 1
        if lines > FUNCTION_LINES_MAX:
            yield f"{where} has {lines} lines, of {FUNCTION_LINES_MAX}"
        most = PARAMETERS_PUBLIC_MAX if name in public else PARAMETERS_MAX
        if parameters_n(signature) > most:
            yield f"{where} has {parameters_n(signature)} parameters, of {most}"
        depth = depth_of(tree, path, first, last)
        if depth > DEPTH_MAX:
            yield f"{where} nests {depth} deep, of {DEPTH_MAX}"


def medians(tree):
    lengths = {}
    for path, _, first, last, _ in functions_of(tree):
        for group in (path.split("/")[0], "everything"):
            lengths.setdefault(group, []).append(last - first + 1)
    for group, numbers in lengths.items():
        median = statistics.median(numbers)
        if len(numbers) >= MEDIAN_OF_AT_LEAST and median > MEDIAN_MAX:
            yield f"{group}: the median function has {median} lines, of {MEDIAN_MAX}"


def files(tree):
    for path in tree.c_files(*FOLDERS):
        lines = tree.text(path).split("\n")
        if len(lines) - 1 > LINES_MAX:
            yield f"{path}: {len(lines) - 1} lines, of {LINES_MAX}"
        wide = [number for number, line in enumerate(lines, 1) if len(line) > COLUMNS_MAX]
        if wide:
            columns = len(lines[wide[0] - 1])
            yield f"{path}:{wide[0]}: {columns} columns, of {COLUMNS_MAX} ({len(wide)} such lines)"


def function(lines, name="f"):
    return f"int {name}(void)\n{{\n" + "    g();\n" * (lines - 3) + "}\n"


SEVEN = "int a, int b, int c, int d, int e, int f, int g"


def nested(body):
    return Sample({"host/a.c": "int f(int a)\n{\n" + body + "\n}\n"}, "nests 4 deep")


if not CTAGS or "Universal" not in output_of(CTAGS, "--version"):
    print("skipped: needs universal-ctags")
    sys.exit(SKIPPED)

run(
    ("length, parameters and depth of functions", functions, [
        Sample({"src/base/a.c": function(70)}, None),
        Sample({"src/base/a.c": function(71)}, "f() has 71 lines"),
        Sample({"src/base/a.h": "static inline " + function(71)}, "f() has 71 lines"),
        Sample({"tools/a.c": "int f(int a, int (*b)(int, int), int c, int d, int e) {}"}, None),
        Sample({"tools/a.c": "int f(int a, int b, int c, int d, int e, int g) { g(); }"},
               "6 parameters"),
        Sample({"host/a.c": f"int bonnet_a({SEVEN}) {{}}\nint bonnet_b({SEVEN}) {{}}",
                "include/bonnet/host.h": f"int bonnet_a({SEVEN});"}, "bonnet_b() has 7 parameters"),
        Sample({"host/a.c": f"int bonnet_a({SEVEN}) {{}}",
                "include/bonnet/host.h": f"int bonnet_a({SEVEN});"}, None),
        Sample({"packetdrill/a.c": f"int slot_a({SEVEN}) {{}}\nint slot_b({SEVEN}) {{}}",
                "packetdrill/a.h": f"int slot_a({SEVEN});"}, "slot_b() has 7 parameters"),
        Sample({"host/a.c": """int f(int a)
{
    struct x s = {.a = {1, 2}};
    for (;;)
        switch (a) {
        case 1: {
            if (a) return 1;
            else if (a == 2) { g((struct x){{1}}); }
            else if (a == 3) { a = b ? 1 : 2; }
            else if (a == 4) { return (struct x){{1}}; }
            do { a++; } while (a);
        }
        }
}
"""}, None),
        nested("if (a) while (a) for (;;) if (a) g();"),
        nested("if (a) g(); else { do { switch (a) { case 1: if (a) return 1; } } while (a); }"),
        nested("each(x, list) { each(y, list) { if (a) { if (a) { g(); } } } }"),
        nested("if (a) { for (;;) { if (a) g(); else if (a) { while (a) a--; } } }"),
    ]),
    ("median length of functions", medians, [
        Sample({"src/a.c": "".join(function(15 + i % 2, f"f{i}") for i in range(21))}, None),
        Sample({"src/a.c": "".join(function(16, f"f{i}") for i in range(20))}, "src: the median"),
    ]),
    ("length and width of files", files, [
        Sample({"src/a.c": "int a;\n" * 450, "src/b.c": "x" * 100}, None),
        Sample({"src/a.c": "int a;\n" * 451}, "451 lines"),
        Sample({"tests/sim/a.c": "\n" + "x" * 101}, "a.c:2: 101 columns"),
    ]),
)
