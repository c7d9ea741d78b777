#!/usr/bin/env bash
# Installs what packages.txt names and is missing (through apt), and the packages of ui/ (npm ci). Does nothing, and
# needs no network, when all is there.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build

mapfile -t wanted < <(sed 's/#.*//' packages.txt | awk 'NF {print $1}')
missing=()
for package in "${wanted[@]}"; do
    # A tool that stands on the machine in another way (a newer node, say) counts as there.
    case "$package" in
    nodejs) command -v node >/dev/null && continue ;;
    npm) command -v npm >/dev/null && continue ;;
    python3) command -v python3 >/dev/null && continue ;;
    esac
    [ "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)" = "install ok installed" ] || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
    echo "setup: installing ${missing[*]}"
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >build/apt.log 2>&1 ||
        { tail -n 20 build/apt.log >&2; exit 1; }
fi

stamp=ui/node_modules/.installed
if [ ! -e "$stamp" ] || ! cmp -s ui/package-lock.json "$stamp"; then
    echo "setup: npm ci in ui/"
    (cd ui && npm ci --no-audit --no-fund >../build/npm.log 2>&1) || { tail -n 20 build/npm.log >&2; exit 1; }
    cp ui/package-lock.json "$stamp"
fi
