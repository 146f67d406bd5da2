#!/usr/bin/env bash
# Checks the direction of imports and the purity of the core (layers.py), and what the built worker is linked with.
#
#   check-layers.sh [sources|linkage|all] [ROOT]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
part=${1:-all}
root=${2:-$here/..}
cd "$root"

check_sources() {
  python3 "$here/layers.py" . || return 1
  echo "layers: imports and purity in order"
}

# Foundation proper brings some 50 MB of libraries with it, ICU's tables for the most part, into every worker process;
# FoundationEssentials, which ArgumentParser uses, does not.
check_linkage() {
  local worker libraries unwanted checked=0 failed=0
  for worker in .build/release/worker .build/debug/worker; do
    [[ -x $worker ]] || continue
    checked=1
    if ! libraries=$(ldd "$worker" 2>&1); then
      echo "$worker: ldd cannot read it: $libraries"
      failed=1
      continue
    fi
    unwanted=$(grep -oE '\b(libFoundation|lib_FoundationICU|libFoundationInternationalization|libicu[a-z]+)\.so\S*' \
      <<<"$libraries" | sort -u | paste -sd ' ') || true
    if [[ -n $unwanted ]]; then
      echo "$worker: linked with $unwanted; only FoundationEssentials is allowed"
      failed=1
    fi
  done
  ((checked)) || echo "layers: no worker has been built, linkage not checked"
  ((!checked || failed)) || echo "layers: the worker's libraries are in order"
  return "$failed"
}

case $part in
  sources) check_sources ;;
  linkage) check_linkage ;;
  all)
    failed=0
    check_sources || failed=1
    check_linkage || failed=1
    exit "$failed"
    ;;
  *)
    echo "usage: check-layers.sh [sources|linkage|all] [ROOT]" >&2
    exit 2
    ;;
esac
