#!/usr/bin/env bash
# Formatting, include direction, the release build under clang with warnings as errors, clang-tidy over src/ (on all
# processors), TypeScript. Every check runs, whatever those before it found; one finding makes the whole fail.
# Works in a fresh clone after tools/setup.sh (`make lint` calls it). Logs are in build/lint/.
set -uo pipefail
cd "$(dirname "$0")/.."
logs=build/lint
rm -rf "$logs"
mkdir -p "$logs/tidy"
failed=0

fail() {
    echo "lint: $1"
    failed=1
}

# The lines of a log that name a fault; where there are none, its end.
show() {
    grep -E 'error|warning' "$1" | sort -u | head -n 30 | grep . || tail -n 20 "$1"
}

# ---- formatting ----
mapfile -t sources < <(git ls-files 'src/*.[ch]' 'include/*.h' 'tests/*.[ch]' 'fuzz/*.[ch]' 'bench/*.[ch]' 'examples/*.[ch]' 'tools/*.[ch]')
echo "lint: formatting of ${#sources[@]} files"
if [ "${#sources[@]}" = 0 ]; then
    fail "no sources: this is no clone"
elif ! clang-format --dry-run --Werror "${sources[@]}" >"$logs/format.log" 2>&1; then
    show "$logs/format.log"
    fail "run clang-format -i on these"
fi

# ---- include direction ----
python3 tools/check_includes.py || fail "includes"
python3 tools/check_packs.py || fail "benchmark packs"

# ---- the release build under clang ----
echo "lint: clang build"
is_built=0
cache=()
command -v ccache >/dev/null && cache=(-DCMAKE_C_COMPILER_LAUNCHER=ccache)
if ! cmake --preset clang "${cache[@]}" >"$logs/configure.log" 2>&1; then
    show "$logs/configure.log"
    fail "cmake"
elif ! cmake --build build/clang >"$logs/clang.log" 2>&1; then
    show "$logs/clang.log"
    fail "clang does not like it"
else
    is_built=1
fi

# ---- clang-tidy ----
# One file: its findings go to a log of its own; every 20th finished file is told.
tidy() {
    local log="$1/tidy/${2//\//-}.log" status=0
    clang-tidy -p build/clang --quiet "$2" >"$log" 2>&1 || status=1
    [ $status = 0 ] || { echo "lint: clang-tidy finds in $2:"; grep -E 'error|warning: ' "$log" | sort -u | grep . || tail -n 5 "$log"; }
    touch "$log.done"
    local n
    n=$(find "$1/tidy" -name '*.done' | wc -l)
    [ $((n % 20)) != 0 ] || echo "lint: clang-tidy $n of $3"
    return $status
}
export -f tidy
mapfile -t checked < <(git ls-files 'src/*.c')
if [ $is_built = 1 ]; then # it needs the generated headers
    echo "lint: clang-tidy of ${#checked[@]} files on $(nproc) processors"
    printf '%s\n' "${checked[@]}" | xargs -P "$(nproc)" -I{} bash -c 'tidy "$@"' tidy "$logs" {} "${#checked[@]}" ||
        fail "clang-tidy"
else
    fail "clang-tidy did not run, for want of a build"
fi

# ---- TypeScript ----
echo "lint: TypeScript"
(cd ui && node_modules/.bin/tsc --noEmit) || fail "TypeScript"

[ $failed = 0 ] && echo "lint: clean"
exit $failed
