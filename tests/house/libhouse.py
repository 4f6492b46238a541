# SPDX-License-Identifier: BSD-2-Clause
"""What the house tests share: a source tree to look at, and the proof that a check can fail.

A claim of the house ("the core has no globals") is a function that looks at a tree and returns one
line for each place where the claim is broken. Each claim comes with samples: small trees that break
it, with the words its complaint must contain, and small trees that keep it. run() tries the samples
first, so a check that has gone blind fails by itself, and looks at the real tree only then.

There are no exception lists. Surroundings: BONNET_SRC and BONNET_BUILD, as ctest sets them.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

CORE = ["base", "wire", "link", "ip", "tcp", "dgram", "sock", "stack"]
WORLD = ["host", "tools", "daemon", "shim", "lab", "packetdrill", "examples", "bench"]
SKIPPED = 77

COMMENT_OR_STRING = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)


class Tree:
    """A source tree and the build that was made of it."""

    def __init__(self, root, build):
        self.root = pathlib.Path(root)
        self.build = pathlib.Path(build)

    def files(self, *patterns):
        """Paths relative to the root, sorted, without what a build or git left there."""
        found = set()
        for pattern in patterns:
            found.update(p.relative_to(self.root) for p in self.root.glob(pattern) if p.is_file())
        return sorted(p for p in found if not self.is_made(p))

    def is_made(self, path):
        """Is it below a build folder, git's, or python's cache?"""
        top = path.parts[0]
        return (top == "build" or (self.root / top / "CMakeCache.txt").exists()
                or not {".git", "__pycache__"}.isdisjoint(path.parts))

    def c_files(self, *folders):
        """All C sources, headers and tables below the folders."""
        return self.files(*(f"{f}/**/*.{e}" for f in folders for e in ("c", "h", "def")))

    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def code(self, path):
        """The text with comments and the insides of literals blanked out; lines stay in place."""
        return blank(self.text(path))

    def objects(self, room="*"):
        """The object files of a room of the core, or of all."""
        return sorted(self.build.glob(f"CMakeFiles/room_{room}.dir/**/*.o"))

    def library(self, name):
        return self.build / name


def blank(text):
    def hide(match):
        found = match.group(0)
        if found[0] in "\"'":
            return found[0] + " " * (len(found) - 2) + found[0]
        return re.sub(r"[^\n]", " ", found)
    return COMMENT_OR_STRING.sub(hide, text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def output_of(*command, **options):
    """Standard output of a command that must succeed."""
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def compiler():
    return os.environ.get("CC", "cc")


def complaints_of(check, tree):
    """What check finds; a tool that it needs and that fails is a finding, too."""
    complaints = []
    try:
        complaints.extend(check(tree))
    except RuntimeError as error:
        complaints.append(str(error))
    return complaints


class Sample:
    """A small tree: files by name, the words of the complaint expected, or None if it is blameless.

    prepare(tree) may compile it."""

    def __init__(self, files, expect, prepare=None):
        self.files = files
        self.expect = expect
        self.prepare = prepare

    def judge(self, check):
        """None if check judges the sample as expected, else what it did."""
        with tempfile.TemporaryDirectory() as folder:
            tree = Tree(folder, pathlib.Path(folder) / "build")
            tree.build.mkdir()
            for name, text in self.files.items():
                path = tree.root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            if self.prepare:
                self.prepare(tree)
            complaints = complaints_of(check, tree)
        if self.expect is None:
            return f"complained of a blameless sample: {complaints[0]}" if complaints else None
        if any(self.expect in c for c in complaints):
            return None
        return f"did not complain of '{self.expect}', but said {complaints}"


def run(*claims):
    """Each claim is (name, check, samples). Ends the program: status 0 if all of them hold."""
    tree = Tree(os.environ.get("BONNET_SRC", "."), os.environ.get("BONNET_BUILD", "build"))
    failures = 0
    for name, check, samples in claims:
        assert any(s.expect for s in samples), f"{name}: no sample proves that it can fail"
        blind = [verdict for verdict in (s.judge(check) for s in samples) if verdict]
        for verdict in blind:
            print(f"FAILED {name}: the check itself {verdict}")
        complaints = complaints_of(check, tree)
        for complaint in complaints:
            print(f"FAILED {name}: {complaint}")
        failures += len(blind) + len(complaints)
        if not blind and not complaints:
            print(f"ok {name} (and {len(samples)} samples judged rightly)")
    sys.exit(1 if failures else 0)
