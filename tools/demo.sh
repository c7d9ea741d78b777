#!/usr/bin/env bash
# usage: demo.sh COMITY FOLDER PORT - a simulated world, imported, linked and served. What is there already is kept.
set -euo pipefail
comity=$1 folder=$2 port=$3
store=$folder/demo.sqlite
if [ ! -e "$folder/ready" ]; then
    rm -rf "$folder"
    mkdir -p "$folder"
    "$comity" simulate --out "$folder/world" --events 6000 --sources 5
    "$comity" init "$store"
    "$comity" import "$folder/world/customs.csv" --recipe simulated-customs --store "$store"
    "$comity" import "$folder/world/police.xlsx" "$folder/world/police-revised.xlsx" --recipe simulated-police --store "$store"
    for file in ministry.json register.csv newsroom.csv; do
        "$comity" import "$folder/world/$file" --recipe "simulated-${file%.*}" --store "$store"
    done
    "$comity" link --store "$store"
    touch "$folder/ready"
fi
echo
echo "Simulated seizures are on http://127.0.0.1:$port/ - stop with Ctrl-C."
exec "$comity" serve --store "$store" --port "$port"
