#!/usr/bin/env bash
# Holds every Swift file against .swift-format with the toolchain's own formatter; with --fix it formats them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mapfile -d '' -t files < <(
  find Package.swift Sources Tests Benchmarks -name '.?*' -prune -o -name '*.swift' -print0 2>/dev/null | sort -z
)
((${#files[@]})) || { echo "format: no Swift file found" >&2; exit 1; }

case ${1:-} in
  --fix)
    swift format --in-place --parallel "${files[@]}"
    echo "format: ${#files[@]} files formatted"
    ;;
  '')
    swift format lint --strict --parallel "${files[@]}"
    echo "format: ${#files[@]} files in order"
    ;;
  *)
    echo "usage: check-format.sh [--fix]" >&2
    exit 2
    ;;
esac
