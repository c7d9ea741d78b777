#!/usr/bin/env bash
# Formatting, include direction, warnings of the second compiler, clang-tidy on what changed (all with LINT_ALL=1).
set -uo pipefail
cd "$(dirname "$0")/.."
failed=0
mapfile -t sources < <(git ls-files 'src/*.[ch]' 'include/*.h' 'tests/*.[ch]' 'fuzz/*.c' 'bench/*.c' 'examples/*.c' 'tools/*.c')
clang-format --dry-run --Werror "${sources[@]}" 2>build/format.log || { head -n 20 build/format.log; echo "lint: run clang-format -i"; failed=1; }
python3 tools/check_includes.py || failed=1
cmake --preset clang >build/configure-clang.log 2>&1 && cmake --build build/clang >build/clang.log 2>&1 ||
    { grep -E 'error|warning' build/clang.log | head -n 20; echo "lint: clang does not like it"; failed=1; }
mapfile -t checked < <(git ls-files 'src/*.c')
clang-tidy -p build/clang --quiet --warnings-as-errors='*' "${checked[@]}" >build/tidy.log 2>/dev/null ||
    { grep -E 'error|warning' build/tidy.log | head -n 30; echo "lint: clang-tidy"; failed=1; }
if [ -x ui/node_modules/.bin/tsc ] && [ -e ui/tsconfig.json ]; then
    (cd ui && node_modules/.bin/tsc --noEmit) || failed=1
fi
[ $failed = 0 ] && echo "lint: clean"
exit $failed
