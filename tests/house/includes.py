# SPDX-License-Identifier: BSD-2-Clause
"""Who may include whom.

    bonnet/types.h <- base <- wire <- { link, ip, tcp, dgram } <- sock <- stack      the core
                      include/bonnet <- host <- lab <- tools, packetdrill, examples, bench    the world

The core takes freestanding headers, <string.h> for the memcpy family and <errno.h> for constants.
The world sees <bonnet/...> and its own folder: if it needs more, the public face lacks something.
The command's `lab` shows what the lab plays, and sees the lab's door.
"""

import re

from libhouse import CORE, WORLD, Sample, line_of, run

MIDDLE = {"base", "wire"}
MAY_SEE = {
    "base": {"base"},
    "wire": MIDDLE,
    "link": MIDDLE | {"link"},
    "ip": MIDDLE | {"ip"},
    "tcp": MIDDLE | {"tcp"},
    "dgram": MIDDLE | {"dgram"},
    "sock": set(CORE) - {"stack"},
    "stack": set(CORE),
}
FREESTANDING = {"errno.h", "limits.h", "stdalign.h", "stdarg.h", "stdbool.h", "stddef.h",
                "stdint.h", "stdnoreturn.h", "string.h"}
LAB_DOOR = {"lab/play.h", "lab/event.h", "lab/scenario.h"}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)


def includes_of(tree, folders):
    for path in tree.c_files(*folders):
        text = tree.text(path)
        for match in INCLUDE.finditer(text):
            yield path, line_of(text, match.start()), match.group(1) == "<", match.group(2)


def own(tree, path, name):
    return "/" not in name and (tree.root / path.parent / name).is_file()


def core(tree):
    for path, line, system, name in includes_of(tree, ["src"]):
        where = f"{path}:{line}"
        room = path.parts[1]
        if room not in MAY_SEE:
            yield f"{where}: src/{room} is not a room of the house"
        elif name.startswith("bonnet/"):
            if name == "bonnet/host.h":
                yield f"{where}: the core does not know its host, yet includes {name}"
        elif system:
            if name not in FREESTANDING:
                yield f"{where}: <{name}> is not freestanding"
        elif not own(tree, path, name) and name.split("/")[0] not in MAY_SEE[room]:
            yield f"{where}: {room} may not include \"{name}\""


def world(tree):
    for path, line, system, name in includes_of(tree, WORLD):
        folder = path.parts[0]
        knocks = folder == "tools" and name in LAB_DOOR
        if not system and not own(tree, path, name) and not knocks:
            yield f"{path}:{line}: {folder} sees <bonnet/...> and its own folder, not \"{name}\""


def face(tree):
    for path, line, system, name in includes_of(tree, ["include"]):
        where = f"{path}:{line}"
        if not system:
            yield f"{where}: a public header includes \"{name}\" with quotes"
        elif not name.startswith("bonnet/") and name not in FREESTANDING and path.name != "host.h":
            yield f"{where}: <{name}> is not freestanding"


run(
    ("include rules of the core", core, [
        Sample({"src/tcp/a.c": '#include "wire/tcp.h"\n#include "a.h"\n', "src/tcp/a.h": ""}, None),
        Sample({"src/tcp/a.c": '#include "ip/ip.h"\n'}, "tcp may not include \"ip/ip.h\""),
        Sample({"src/base/a.h": '# include "wire/tcp.h"\n'}, "base may not include"),
        Sample({"src/sock/a.c": '#include "stack/stack.h"\n'}, "sock may not include"),
        Sample({"src/base/a.c": '#include "../tcp/tcp.h"\n'}, "base may not include"),
        Sample({"src/base/a.c": "#include <stdio.h>\n"}, "<stdio.h> is not freestanding"),
        Sample({"src/stack/a.c": "#include <bonnet/host.h>\n"}, "does not know its host"),
        Sample({"src/util/a.c": '#include "base/x.h"\n'}, "not a room"),
    ]),
    ("include rules of the world", world, [
        Sample({"tools/a.c": '#include <bonnet/host.h>\n#include <stdio.h>\n'}, None),
        Sample({"tools/a.c": '#include "base/ring.h"\n'}, "tools sees <bonnet/...>"),
        Sample({"tools/a.c": '#include "lab/play.h"\n'}, None),
        Sample({"tools/a.c": '#include "lab/world.h"\n'}, "tools sees <bonnet/...>"),
        Sample({"host/a.c": '#include "lab/play.h"\n'}, "host sees <bonnet/...>"),
        Sample({"packetdrill/a.c": '#include "tcp/tcp.h"\n'}, "packetdrill sees <bonnet/...>"),
        Sample({"bench/a.c": '#include "../src/base/ring.h"\n'}, "bench sees <bonnet/...>"),
    ]),
    ("include rules of the public face", face, [
        Sample({"include/bonnet/host.h": "#include <sys/socket.h>\n"}, None),
        Sample({"include/bonnet/a.h": "#include <sys/socket.h>\n"}, "is not freestanding"),
        Sample({"include/bonnet/a.h": '#include "types.h"\n'}, "with quotes"),
    ]),
)
