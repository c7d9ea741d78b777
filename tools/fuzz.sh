#!/usr/bin/env bash
# usage: fuzz.sh SECONDS - every fuzz target for so long, from its corpus. New inputs stay in build/, findings too.
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset fuzz >build/configure-fuzz.log 2>&1 || { cat build/configure-fuzz.log; exit 1; }
cmake --build build/fuzz >build/build-fuzz.log 2>&1 || { grep -E 'error' build/build-fuzz.log | head; exit 1; }
for target in build/fuzz/fuzz_*; do
    [ -x "$target" ] && [ -f "$target" ] || continue
    name=$(basename "$target" | sed 's/^fuzz_//')
    mkdir -p "build/corpus/$name"
    seeds=(); [ -d "fuzz/corpus/$name" ] && seeds=("fuzz/corpus/$name")
    echo "fuzz: $name for $1 s"
    "$target" -max_total_time="$1" -timeout=20 -rss_limit_mb=2048 -artifact_prefix="build/corpus/$name-" -verbosity=0 -print_final_stats=0 \
        "build/corpus/$name" "${seeds[@]}" 2>"build/fuzz-$name.log" || { tail -n 30 "build/fuzz-$name.log"; exit 1; }
done
echo "fuzz: nothing found"
