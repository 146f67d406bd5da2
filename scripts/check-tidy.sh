#!/usr/bin/env bash
# Checks the sizes of files, lines, functions and documents, banned calls, and what git tracks (tidy.py).
#
#   check-tidy.sh [ROOT]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "${1:-$here/..}"

python3 "$here/tidy.py" .
echo "tidy: sizes, calls and tracked files in order"
