# SPDX-License-Identifier: BSD-2-Clause
"""The package that `make install` makes is whole: programs built against it through pkg-config,
through CMake's find_package and with the archives run, each header stands alone, and the command
starts.

The build is installed into a staging folder (DESTDIR); the samples are such folders themselves.
"""

import os
import pathlib
import subprocess
import tempfile

from libhouse import Sample, compiler, output_of, run

CORE_PROGRAM = """#include <bonnet/bonnet.h>
#include <stdio.h>
int main(void)
{
    return puts(bonnet_version()) < 0;
}
"""
HOST_PROGRAM = """#include <bonnet/host.h>
#include <stdio.h>
int main(void)
{
    struct bonnet_config config;
    struct bonnet *bn;
    if (bonnet_host_config(&config) != 0 || bonnet_new(&config, &bn) != 0) return 1;
    bonnet_free(bn);
    return puts(bonnet_version()) < 0;
}
"""
PROJECT = """cmake_minimum_required(VERSION 3.25)
project(consumer C)
find_package(bonnet 0.1 REQUIRED)
foreach(kind "" _static)
    add_executable(core${kind} core.c)
    target_link_libraries(core${kind} PRIVATE bonnet::bonnet${kind})
    add_executable(host${kind} host.c)
    target_link_libraries(host${kind} PRIVATE bonnet::host${kind})
endforeach()
"""
WARNINGS = ["-std=c17", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]


class Consumer:
    """Somebody else's folder, who has bonnet under prefix."""

    def __init__(self, folder, prefix):
        self.folder, self.prefix = pathlib.Path(folder), prefix
        for name, text in (("core.c", CORE_PROGRAM), ("host.c", HOST_PROGRAM),
                           ("CMakeLists.txt", PROJECT)):
            (self.folder / name).write_text(text)
        configs = sorted(prefix.glob("lib*/**/pkgconfig"))
        if not configs:
            raise RuntimeError("no pkgconfig folder was installed")
        self.libraries = configs[0].parent
        self.environment = {**os.environ, "PKG_CONFIG_PATH": str(configs[0]),
                            "LD_LIBRARY_PATH": str(self.libraries)}
        self.version = self.pkg_config("--modversion", "bonnet")[0]

    def pkg_config(self, *words):
        return output_of("pkg-config", *words, env=self.environment).split()

    def says_version(self, program):
        said = output_of(self.folder / program, env=self.environment).strip()
        if said != self.version:
            raise RuntimeError(f"{program} says {said}, the package {self.version}")

    def through_pkg_config(self):
        for name, package in (("core", "bonnet"), ("host", "bonnet-host")):
            flags = self.pkg_config("--cflags", "--libs", package)
            output_of(compiler(), f"{name}.c", "-o", f"{name}-shared", *flags, cwd=self.folder)
            self.says_version(f"{name}-shared")

    def with_archives(self):
        include = ["-I", self.prefix / "include"]
        core, host = self.libraries / "libbonnet.a", self.libraries / "libbonnet-host.a"
        output_of(compiler(), "core.c", *include, "-o", "core-archive", core, cwd=self.folder)
        output_of(compiler(), "host.c", *include, "-o", "host-archive", host, core, "-pthread",
                  cwd=self.folder)
        self.says_version("core-archive")
        self.says_version("host-archive")

    def through_cmake(self):
        output_of("cmake", "-S", ".", "-B", "out", f"-DCMAKE_PREFIX_PATH={self.prefix}",
                  f"-DCMAKE_C_COMPILER={compiler()}", cwd=self.folder)
        output_of("cmake", "--build", "out", cwd=self.folder)
        for name in ("core", "core_static", "host", "host_static"):
            self.says_version(f"out/{name}")

    def with_each_header(self):
        headers = sorted((self.prefix / "include").glob("bonnet/*.h"))
        for header in headers:
            source = self.folder / "one.c"
            source.write_text(f"#include <bonnet/{header.name}>\n")
            output_of(compiler(), *WARNINGS, "-fsyntax-only", "-I", self.prefix / "include", source)

    def with_command(self):
        if "usage" not in output_of(self.prefix / "bin" / "bonnet", "--help").lower():
            raise RuntimeError("bonnet --help shows no usage")


def package(tree):
    with tempfile.TemporaryDirectory() as folder:
        staged = tree.root
        if (tree.build / "cmake_install.cmake").exists():
            staged = pathlib.Path(folder) / "staged"
            output_of("cmake", "--install", tree.build, "--prefix", "/usr",
                      env={**os.environ, "DESTDIR": str(staged)})
        consumer = Consumer(folder, staged / "usr")
        for step in (consumer.with_each_header, consumer.through_pkg_config, consumer.with_archives,
                     consumer.through_cmake, consumer.with_command):
            try:
                step()
            except (RuntimeError, OSError) as error:
                yield f"{step.__name__.replace('_', ' ')}: {error}"


def staged(library, header="const char *bonnet_version(void);\n", config=""):
    """A sample: an installed tree whose library says the given version."""
    pc = "prefix=${pcfiledir}/../..\nName: %s\nDescription: d\nVersion: 0.1.0\n" \
         "Libs: -L${prefix}/lib -l%s\nCflags: -I${prefix}/include\n"
    host = "struct bonnet_config { int a; }; struct bonnet;\nint bonnet_host_config(void *);\n" \
           "int bonnet_new(void *, void *);\nvoid bonnet_free(void *);\n"
    cmake = "usr/lib/cmake/bonnet/bonnet-config"
    return {"lib.c": library, "host.c": "",
            "usr/bin/bonnet": "#!/bin/sh\necho usage\n",
            "usr/include/bonnet/bonnet.h": header,
            "usr/include/bonnet/host.h": "#include <bonnet/bonnet.h>\n" + host,
            "usr/lib/pkgconfig/bonnet.pc": pc % ("bonnet", "bonnet"),
            "usr/lib/pkgconfig/bonnet-host.pc": pc % ("bonnet-host", "bonnet"),
            f"{cmake}-version.cmake": "set(PACKAGE_VERSION_COMPATIBLE TRUE)\n",
            f"{cmake}.cmake": config}


def built(tree):
    lib = tree.root / "usr/lib"
    (tree.root / "usr/bin/bonnet").chmod(0o755)
    for command in ([compiler(), "-shared", "-fPIC", "lib.c", "-o", lib / "libbonnet.so"],
                    [compiler(), "-c", "lib.c", "-o", "lib.o"],
                    [compiler(), "-c", "host.c", "-o", "host.o"],
                    ["ar", "qcs", lib / "libbonnet.a", "lib.o"],
                    ["ar", "qcs", lib / "libbonnet-host.a", "host.o"]):
        subprocess.run(command, check=True, cwd=tree.root)


LIBRARY = 'const char *bonnet_version(void) { return "0.1.0"; }\n' \
          "int bonnet_host_config(void *a) { return 0 * !a; }\n" \
          "int bonnet_new(void *a, void *b) { return a == b; }\n" \
          "void bonnet_free(void *a) { (void)a; }\n"
CONFIG = """get_filename_component(up "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
foreach(name bonnet bonnet_static host host_static)
    add_library(bonnet::${name} INTERFACE IMPORTED)
    target_include_directories(bonnet::${name} INTERFACE ${up}/include)
    target_link_libraries(bonnet::${name} INTERFACE ${up}/lib/libbonnet.a)
endforeach()
"""

run(("the installed package", package, [
    Sample(staged(LIBRARY, config=CONFIG), None, built),
    Sample(staged(LIBRARY.replace("0.1.0", "0.2.0"), config=CONFIG), "core-shared says", built),
    Sample(staged(LIBRARY, header="uint32_t bonnet_version(void);\n", config=CONFIG),
           "with each header", built),
    Sample(staged(LIBRARY.replace("bonnet_version", "v"), config=CONFIG), "with archives", built),
    Sample(staged(LIBRARY), "through cmake", built),
    Sample({"usr/include/bonnet/bonnet.h": ""}, "no pkgconfig folder"),
]))
