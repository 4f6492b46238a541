# SPDX-License-Identifier: BSD-2-Clause
"""The public face: every function in include/bonnet begins with bonnet_, is marked BONNET_API (or
static inline), and has a comment: at the end of its line, or opening its paragraph. Declarations
that belong together share one; a blank line ends it. Structs, enums and macros carry the name in
their own case."""

import re

from libhouse import Sample, line_of, run

PROTOTYPE = re.compile(r"^(?P<head>[A-Za-z_][\w \t*]*?[\s*])(?P<name>\w+)\([^;{]*\)\s*[;{]",
                       re.MULTILINE)
TAG = re.compile(r"^(?:struct|enum|union)\s+(\w+)\s*[{;]", re.MULTILINE)
MACRO = re.compile(r"^#\s*define\s+(\w+)", re.MULTILINE)


def paragraph_before(text, position):
    """The text from the last blank line to position."""
    start = max(text.rfind("\n\n", 0, position), 0)
    return text[start:position]


def functions(tree):
    for path in tree.files("include/bonnet/*.h"):
        text, code = tree.text(path), tree.code(path)
        for match in PROTOTYPE.finditer(code):
            head, name = match.group("head"), match.group("name")
            if "typedef" in head:
                continue
            where = f"{path}:{line_of(code, match.start('name'))}: {name}()"
            if not name.startswith("bonnet_"):
                yield f"{where} does not begin with bonnet_"
            if "BONNET_API" not in head and not head.startswith("static inline"):
                yield f"{where} is not marked BONNET_API"
            if not documented(text, match):
                yield f"{where} has no comment"


def documented(text, match):
    """Does a comment open the paragraph, or end the line?"""
    flat = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"\S|\n(?=\n)", "@", m.group(0)), text,
                  flags=re.DOTALL)
    return (paragraph_before(flat, match.start()).lstrip("\n").startswith("@")
            or "@" in flat[match.end():].split("\n", 1)[0])


def names(tree):
    for path in tree.files("include/bonnet/*.h"):
        code = tree.code(path)
        for pattern, prefix in ((TAG, "bonnet"), (MACRO, "BONNET_")):
            for match in pattern.finditer(code):
                name = match.group(1)
                if not name.startswith(prefix) and name != "X":
                    yield f"{path}:{line_of(code, match.start())}: {name} is not bonnet's name"


def header(text):
    return {"include/bonnet/a.h": text}


GOOD = """/* Sends. */
BONNET_API int64_t bonnet_send(struct bonnet *bn, const void *buf,
                               size_t len);

/* Pairs of
 *
 * calls. */
#define BONNET_TEXT 48
BONNET_API char *bonnet_print(int a);
BONNET_API void bonnet_free(struct bonnet *bn);
BONNET_API _Noreturn void bonnet_fail(void (*f)(int a), int b);

BONNET_API void bonnet_end(int a); /* NULL is fine */

/* An address. */
static inline struct bonnet_addr bonnet_ip4(uint8_t a)
{
    return f(a);
}
"""

run(
    ("public functions", functions, [
        Sample(header(GOOD), None),
        Sample(header("BONNET_API int bonnet_a(void);"), "has no comment"),
        Sample(header("/* A. */\nBONNET_API int bonnet_a(void);\n\nBONNET_API int bonnet_b(int);"),
               "bonnet_b() has no comment"),
        Sample(header("/* A. */\nBONNET_API const char *name_of(int a);"), "does not begin with"),
        Sample(header("/* A. */\nint bonnet_a(void);"), "is not marked"),
    ]),
    ("public names", names, [
        Sample(header("struct bonnet_a { int b; };\n#define BONNET_A 1\n"), None),
        Sample(header("enum color { RED };"), "color is not"),
        Sample(header("#define MAX 1\n"), "MAX is not"),
    ]),
)
