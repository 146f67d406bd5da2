#!/usr/bin/env bash
# Gets what the build and the tests need and the Swift toolchain does not bring: a few Debian packages, ONNX Runtime's
# shared library under .augury/onnxruntime, and pyzmq under .augury/python. Does only what is missing; with everything
# there it takes a fraction of a second.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly ort_version=1.28.0
readonly ort_sha256=aa4079d18f4ea7a5f3a94d80cd4bbe0f2740436626622d64d793803a20381083
readonly ort_platform=manylinux_2_28_x86_64
readonly ort_folder=.augury/onnxruntime
readonly ort_library=$ort_folder/libonnxruntime.so.$ort_version

# A Python client of the protocol's document takes part in the tests; its ZeroMQ is kept apart from the system's.
readonly pyzmq_version=27.1.0
readonly python_folder=.augury/python

say() { echo "setup: $*"; }
fail() {
  echo "setup: error: $1" >&2
  shift
  (($# == 0)) || printf '  %s\n' "$@" >&2
  exit 1
}

check_machine() {
  local system machine
  system=$(uname -s) machine=$(uname -m)
  [[ $system == Linux ]] || fail "Augury runs on Linux; this is $system"
  [[ $machine == x86_64 ]] || fail "this machine is $machine, and ONNX Runtime is pinned for x86_64 alone" \
    "scripts/setup.sh holds the platform and the hash of the library that other machines would need"
  command -v swift >/dev/null || fail "no 'swift' on the PATH; Augury needs Swift 6.3 or newer" \
    "see https://www.swift.org/install/linux"
}

# Names the packages that are missing, one a line.
missing_packages() {
  local package
  for package in libzmq3-dev libsimdjson-dev libsqlite3-dev libcurl4-openssl-dev zlib1g-dev valgrind; do
    [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) == ii* ]] || echo "$package"
  done
  # Most toolchain installations have these already, and not always as the package of that name.
  compgen -G '/usr/include/c++/*/string' >/dev/null || echo g++
  command -v make >/dev/null || echo make
  command -v strip >/dev/null || echo binutils
}

install_packages() {
  local missing root=()
  command -v dpkg-query >/dev/null || fail "this machine has no dpkg; the set-up knows Debian and Ubuntu" \
    "the build needs the headers of libzmq 4.3, simdjson 3, SQLite 3, libcurl 7.85 and zlib"
  mapfile -t missing < <(missing_packages)
  ((${#missing[@]})) || return 0
  if ((EUID != 0)); then
    command -v sudo >/dev/null || fail "these packages are missing, and there is no sudo to install them with" \
      "as root: apt-get update && apt-get install ${missing[*]}"
    root=(sudo)
  fi
  say "installing ${missing[*]}"
  local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120)
  "${apt[@]}" update || say "apt-get update failed; trying with the package lists that are there"
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >/dev/null ||
    fail "apt-get could not install ${missing[*]}" "its own message is above"
}

require_pip() {
  python3 -m pip --version >/dev/null 2>&1 || fail "Python 3 with pip is needed to fetch $1" \
    "apt-get install python3-pip"
}

is_pinned_library() { echo "$ort_sha256  $1" | sha256sum --check --status 2>/dev/null; }

fetch_onnxruntime() {
  # Not local: the trap outlives the function.
  download=$(mktemp -d "$PWD/.augury/download.XXXXXX")
  trap 'rm -rf "$download"' EXIT
  require_pip "ONNX Runtime"
  say "fetching ONNX Runtime $ort_version"
  # Any Python tag would do, the library inside is the same; a fixed one keeps the local interpreter out of it.
  python3 -m pip --quiet --disable-pip-version-check --no-input download --no-deps --only-binary=:all: \
    --python-version 3.12 --implementation cp --abi cp312 --platform "$ort_platform" \
    -d "$download" "onnxruntime==$ort_version" ||
    fail "pip could not fetch onnxruntime==$ort_version for $ort_platform" \
      "its own message is above; it needs to reach https://pypi.org or the index that pip is configured with"
  local member=onnxruntime/capi/libonnxruntime.so.$ort_version
  python3 - "$download"/onnxruntime-*.whl "$download/library" "$member" <<'PYTHON' ||
import shutil, sys, zipfile

wheel, target, member = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive, archive.open(member) as source, open(target, "wb") as file:
    shutil.copyfileobj(source, file)
PYTHON
    fail "the wheel that pip fetched holds no $member"
  is_pinned_library "$download/library" || fail "the library that pip fetched is not the pinned one; it was not kept" \
    "sha256 expected: $ort_sha256" "sha256 found:    $(sha256sum "$download/library" | cut -d ' ' -f 1)"
  chmod 644 "$download/library"
  mv -f "$download/library" "$ort_library"
}

install_onnxruntime() {
  mkdir -p "$ort_folder"
  if [[ -e $ort_library ]] && ! is_pinned_library "$ort_library"; then
    say "$ort_library is damaged (its sha256 is not the pinned one)"
    rm -f "$ort_library"
  fi
  [[ -e $ort_library ]] || fetch_onnxruntime
  local link
  for link in libonnxruntime.so libonnxruntime.so.1; do
    [[ $(readlink "$ort_folder/$link") == "${ort_library##*/}" ]] || ln -sfn "${ort_library##*/}" "$ort_folder/$link"
  done
}

# Whether the Python that will use it can load it: it has a part for one version of Python alone.
has_pyzmq() {
  PYTHONPATH=$python_folder python3 -c "import sys, zmq; sys.exit(zmq.__version__ != '$pyzmq_version')" 2>/dev/null
}

install_pyzmq() {
  has_pyzmq && return
  require_pip pyzmq
  say "fetching pyzmq $pyzmq_version"
  rm -rf "$python_folder"
  python3 -m pip --quiet --disable-pip-version-check --no-input install --no-deps --only-binary=:all: \
    --root-user-action=ignore --target "$python_folder" "pyzmq==$pyzmq_version" ||
    fail "pip could not fetch pyzmq==$pyzmq_version" "its own message is above"
  has_pyzmq || fail "the pyzmq that pip fetched cannot be loaded by $(command -v python3)"
}

check_machine
install_packages
install_onnxruntime
install_pyzmq
say "ready (ONNX Runtime $ort_version in $ort_folder)"
