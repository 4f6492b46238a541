#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Which requirement of which RFC is proved by which test, and where the core speaks of it.

docs/requirements/rfcs.tsv lists the requirements, inputs.tsv the bad inputs and invariants. A test
names those that it proves in a comment: `@req 9293-MUST-3 KTP-4: why`; the ids end with a colon, a
full stop, or the first word that is none. docs/WAIVERS.md says which ones are not met, and why. The
core names an RFC and its section in the comment above what follows it.

Prints covered, waived and missing per RFC, IPv6 apart, and `N missing` as the last line. With
--write it also makes docs/RFC.md anew.
"""

import collections
import pathlib
import re
import sys

RFCS, INPUTS = "docs/requirements/rfcs.tsv", "docs/requirements/inputs.tsv"
WAIVERS, INDEX = "docs/WAIVERS.md", "docs/RFC.md"
IPV6 = {3810, 4443, 4861, 4862, 5095, 5722, 6437, 6946, 7217, 8200, 8201, 8504}

ID = re.compile(r"(?:[A-Z0-9]+-)+[A-Z0-9]+|I\d+")
SECTION = re.compile(r"RFC (\d{3,5})(?: ([0-9]+(?:\.[0-9]+)*|[A-Z]\.[0-9.]*[0-9])(?![\w-]))?")
DEFINITION = re.compile(r"^(?:static )?(?:void|int) (\w+)\(.*\)\n\{", re.MULTILINE)
WAIVED = re.compile(r"^\| ((?:[A-Z0-9]+-)+[A-Z0-9]+) \|", re.MULTILINE)

Requirement = collections.namedtuple("Requirement", "id rfc section text")


def rows_of(text):
    """The rows of a table, without its head."""
    return [line.split("\t") for line in text.splitlines()[1:]]


def requirements_of(text):
    return [Requirement(name, int(rfc), section, words)
            for name, rfc, section, words in rows_of(text)]


def ids_after(text, position):
    """The ids that follow an @req."""
    for word in text[position:].split():
        if word in ("*", "#", "//", "@req"):
            continue
        bare = word.rstrip(":.,;")
        if not ID.fullmatch(bare):
            return
        yield bare
        if word[-1] in ":.;":
            return


def function_of(text, position):
    """The function that a comment is in, or stands above; None if it speaks of the file."""
    start = text.rfind("\n", 0, position) + 1
    if text[start] in " \t" and not text[start:].lstrip().startswith("*"):
        before = DEFINITION.findall(text, 0, position)
        return before[-1] if before else None
    end = text.find("*/", position)
    after = DEFINITION.search(text, end) if end >= 0 else None
    return after.group(1) if after and not text[end + 2:after.start()].strip() else None


def claims_of(text):
    """(id or None, function or None) of each @req; None for one that names nothing."""
    for match in re.finditer(r"@req\b", text):
        ids = list(ids_after(text, match.end()))
        for name in ids or [None]:
            yield name, function_of(text, match.start())


def test_files(root):
    for folder in ("tests", "fuzz"):
        for path in sorted((root / folder).glob("**/*")):
            if path.suffix in (".c", ".h", ".sh", ".py", ".pkt", ".lab"):
                if "house" not in path.parts and "__pycache__" not in path.parts:
                    yield path


class State:
    """What the tree at root says of its requirements."""

    def __init__(self, root):
        root = pathlib.Path(root)
        self.requirements = requirements_of((root / RFCS).read_text())
        self.inputs = [row[0] for row in rows_of((root / INPUTS).read_text())]
        self.waived = set(WAIVED.findall((root / WAIVERS).read_text()))
        self.tests = collections.defaultdict(list)  # by id: (path, function)
        self.mistakes = []
        known = {r.id for r in self.requirements} | set(self.inputs)
        words = set()
        for path in test_files(root):
            text = path.read_text(errors="replace")
            words.update(ID.findall(text))
            for name, function in claims_of(text):
                where = str(path.relative_to(root))
                if name in known:
                    if (where, function) not in self.tests[name]:
                        self.tests[name].append((where, function))
                else:
                    self.mistakes.append(f"{where}: @req {name or 'names nothing'}: no such id")
        self.inputs_missing = [name for name in self.inputs if name not in words]
        for name in sorted(self.waived):
            if name not in known:
                self.mistakes.append(f"{WAIVERS}: {name}: no such id")
            if name in self.tests:
                self.mistakes.append(f"{WAIVERS}: {name} is waived, and proved by a test")
        self.tags = list(self.tags_of(root))

    @staticmethod
    def tags_of(root):
        """(rfc, section or "", path, line) of each mention in the core."""
        for path in sorted((root / "src").glob("**/*.[ch]")):
            for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
                for rfc, section in SECTION.findall(line):
                    yield int(rfc), section, str(path.relative_to(root)), number

    def status(self, name):
        if name in self.waived:
            return "waived"
        return "covered" if name in self.tests else "missing"


def report(state):
    """The lines of the report."""
    by_rfc = collections.defaultdict(list)
    for r in state.requirements:
        by_rfc[r.rfc].append(r)
    yield f"{'':10}{'covered':>8}{'waived':>8}{'missing':>8}"
    ipv6 = [r for r in state.requirements if r.rfc in IPV6]
    for rfc in sorted(set(by_rfc) - IPV6):
        yield line_of(state, f"RFC {rfc}", by_rfc[rfc])
    rest = [r for r in state.requirements if r.rfc not in IPV6]
    yield line_of(state, "all", rest, names=False)
    yield line_of(state, "IPv6", ipv6)
    named = len(state.inputs) - len(state.inputs_missing)
    yield f"bad inputs and invariants: {named} of {len(state.inputs)} named by tests; not yet:"
    yield "  " + " ".join(state.inputs_missing)
    yield f"{sum(state.status(r.id) == 'missing' for r in rest)} missing"


def line_of(state, head, requirements, names=True):
    count = collections.Counter(state.status(r.id) for r in requirements)
    line = f"{head:10}{count['covered']:8}{count['waived']:8}{count['missing']:8}"
    missing = " ".join(r.id for r in requirements if state.status(r.id) == "missing")
    return f"{line}  {missing}" if names and missing else line


def by_number(section):
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part)
            for part in section.split(".")]


def index(state):
    """The text of docs/RFC.md."""
    places, proofs = collections.defaultdict(list), collections.defaultdict(list)
    for rfc, section, path, line in state.tags:
        places[rfc, section].append(f"{path}:{line}")
    for r in state.requirements:
        proofs[r.rfc, "" if r.section == "-" else r.section].append(proof_of(state, r))
    yield "<!-- Made by scripts/requirements.py --write (make requirements). -->"
    yield "# The RFCs, where the core follows them, and what proves it"
    keys = sorted(set(places) | set(proofs), key=lambda key: (key[0], by_number(key[1])))
    seen = None
    for rfc, section in keys:
        if rfc != seen:
            yield f"\n## [RFC {rfc}](https://www.rfc-editor.org/rfc/rfc{rfc})\n"
            yield "| section | code | tests |\n|---|---|---|"
            seen = rfc
        code = "<br>".join(places[rfc, section])
        yield f"| {section} | {code} | {'<br>'.join(proofs[rfc, section])} |"


def proof_of(state, r):
    if state.status(r.id) != "covered":
        return f"{r.id}: {state.status(r.id)}"
    tests = (f"{path} {function}" if function else path for path, function in state.tests[r.id])
    return f"{r.id}: {', '.join(tests)}"


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    state = State(root)
    if "--write" in sys.argv[1:]:
        (root / INDEX).write_text("\n".join(index(state)) + "\n")
    for mistake in state.mistakes:
        print(mistake)
    print("\n".join(report(state)))
    return 1 if state.mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
