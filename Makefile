# SPDX-License-Identifier: BSD-2-Clause
# A menu for people; the build is CMakeLists.txt. `make run ARGS='serve DIR --tap NAME --addr 10.7.0.2/24'`
MAKEFLAGS += --no-print-directory
PREFIX ?= /usr/local
.PHONY: build check soak requirements demo bench bench-paths paths run fuzz install format clean
build: ; @cmake -S . -B build >/dev/null && cmake --build build --parallel 2
check: ; @scripts/check.sh
soak: ; @scripts/soak.sh $(ARGS)
requirements: ; @scripts/requirements.py --write
demo: ; @scripts/demo.sh
bench: ; @scripts/bench.sh $(ARGS)
bench-paths: ; @scripts/bench_paths.sh $(ARGS)
paths: ; @scripts/paths.sh
run: build ; @build/bonnet $(ARGS)
fuzz: ; @scripts/fuzz.sh $(ARGS)
install: build ; DESTDIR='$(DESTDIR)' cmake --install build --prefix '$(PREFIX)'
format: ; @git ls-files '*.c' '*.h' | xargs clang-format -i
clean: ; rm -rf build
