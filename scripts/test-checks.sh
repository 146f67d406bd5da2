#!/usr/bin/env bash
# Tests the checks: each gets a small tree that is in order and must pass it, then one planted fault at a time and must
# refuse it with the right file, line and reason.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ran=0 failed=0

# Goes to a fresh copy of the tree that is in order.
good_tree() {
  rm -rf "$work/tree"
  cp -r "$work/good" "$work/tree"
  cd "$work/tree"
}

# Writes that tree. What looks like a fault in it stands in a comment or in a string.
write_good_tree() {
  mkdir -p "$work/good"/{Sources/{QueueCore/Wire,Simulator,ZeroMQ,AuguryClient,worker},Tests/CoreTests,docs}
  mkdir -p "$work/good/Sources/LoadGenerator/Plan"
  cd "$work/good"
  git init -q .
  cat >Sources/QueueCore/Wire/Header.swift <<'SWIFT'
// import Foundation, then print("x") and await Task { try! Date() }
/* A block /* in a block */ import Logging
   sleep(1) */
public import BasicContainers
internal import DequeModule; import HeapModule

/// Sends with async, prints with print(1), draws with .random(in: 0..<3).
public struct Header {
  let text = "Foundation \(Self.name("Date()")) Glibc print( as! \"fatalError("
  let raw = #"await "quoted" \(async)"#
  let lines = """
    import Foundation
    ContinuousClock "quoted" try! sleep(1)
    """
  var dispatch: Int { self.update() + self.mandate() }
  func printed(asynchronous: Int) -> Int { Int.random(in: 0..<asynchronous, using: &self.generator) }
  func log(_ printer: Printer) { printer.print(self.text) }
}
SWIFT
  printf 'import QueueCore\nimport HeapModule\n' >Sources/Simulator/World.swift
  printf 'import QueueCore\nimport Histogram\nimport RealModule\n' >Sources/LoadGenerator/Plan/Pacer.swift
  printf 'import CZMQ\nimport Synchronization\nfunc nap() { clock.sleep(1) }\n' >Sources/ZeroMQ/Socket.swift
  printf 'import FoundationEssentials\nimport QueueCore\nimport ZeroMQ\n' >Sources/AuguryClient/Client.swift
  printf 'import Foundation\nlet now = Date()\n' >Sources/worker/Worker.swift
  printf 'let value = try! decode() // TODO in a test\n' >Tests/CoreTests/HeaderTests.swift
  printf '// swift-tools-version: 6.2\n' >Package.swift
  # A line, a function and a file of exactly the greatest size allowed, and the same for the documents.
  {
    printf '//%118s\n' ''
    echo 'protocol Long { func a(x: Int); func b() -> Int }'
    echo 'func long() {' && repeat 68 '  step()' && echo '}'
    repeat 428 'let x = 0'
  } >Sources/worker/Long.swift
  repeat 120 line >README.md
  repeat 250 line >docs/ARCHITECTURE.md
  printf '.build/\nPackage.resolved\n' >.gitignore
  git add -A
}

repeat() {
  local count
  for ((count = 0; count < $1; count++)); do echo "$2"; done
}

# report NAME OUTPUT: notes a test that did not go as it must.
report() {
  failed=1
  printf 'FAILED: %s; the check said:\n' "$1"
  printf '%s\n' "${2:-(nothing)}" | sed 's/^/    /'
}

# passes NAME CHECK...: the check must accept the tree as it is.
passes() {
  local name=$1 output
  shift
  ran=$((ran + 1))
  output=$("$@" 2>&1) || report "$name must pass" "$output"
}

# refused PATTERN CHECK...: the check must exit with 1 and say something that matches the pattern.
refused() {
  local pattern=$1 output status=0
  shift
  ran=$((ran + 1))
  output=$("$@" 2>&1) || status=$?
  if ((status != 1)) || ! grep -qE -- "$pattern" <<<"$output"; then
    report "exit 1 and '$pattern' expected, exit $status seen" "$output"
  fi
}

# The checks, on the tree of the moment.
layers() { "$here/check-layers.sh" "${1:-sources}" "$work/tree"; }
tidy() { "$here/check-tidy.sh" "$work/tree"; }

# planted FILE LINE PATTERN CHECK: a fault on the second line of a file must be found there.
planted() {
  good_tree
  printf 'let first = 1\n%s\nlet last = 3\n' "$2" >"$1"
  refused "^$1:2: .*$3" "$4"
}

test_layers() {
  good_tree
  passes "the tree in order" layers
  local line
  for line in 'import Foundation' 'public import Synchronization' 'private import struct Logging.Logger' \
    '@preconcurrency import Dispatch' 'let a = 0; import Glibc' '@_spi(Inside) public import ZeroMQ'; do
    planted Sources/QueueCore/Bad.swift "$line" 'QueueCore imports [A-Z]\w+; it may import only' layers
  done
  planted Sources/Simulator/Bad.swift 'import ZeroMQ' 'Simulator imports ZeroMQ; it may' layers
  planted Sources/ZeroMQ/Bad.swift 'internal import QueueCore' 'ZeroMQ imports QueueCore' layers
  planted Sources/AuguryClient/Bad.swift 'public import Foundation' 'AuguryClient imports Foundation' layers
  for line in 'let a = Foundation.UUID()' '#if canImport(Glibc)' 'DispatchQueue.main.sync {}' 'Logging.log()' \
    'let c = ContinuousClock()' 'let c: SuspendingClock' 'var g = SystemRandomNumberGenerator()' 'let d = Date()' \
    'Task { go() }' 'Task.detached(priority: .high) { go() }' 'withTaskGroup(of: Int.self) {}' 'func f() async {}' \
    'let x = await f()' 'print("x")' 'let s = "text \(print("x")) text"' 'let s = "//"; print(1)'; do
    planted Sources/QueueCore/Bad.swift "$line" 'QueueCore uses .*; it must stay pure' layers
  done
  for line in 'let r = Int.random(in: 0..<f(using(1)))' 'let r = a.shuffled()' 'a.randomElement( )'; do
    planted Sources/Simulator/Bad.swift "$line" 'Simulator calls \.\w+\( without using:' layers
  done
  good_tree
  rm -r Sources/ZeroMQ
  refused '^Sources/ZeroMQ: no Swift file' layers
}

test_linkage() {
  # An ldd that says what this test wants said, for a worker that is not one.
  mkdir -p "$work/bin"
  printf '#!/bin/sh\ncat "%s"\ntest ! -s "%s"\n' "$work/libraries" "$work/broken" >"$work/bin/ldd"
  chmod +x "$work/bin/ldd"
  local PATH=$work/bin:$PATH library
  good_tree
  : >"$work/broken"
  passes "no worker built" layers linkage
  mkdir -p .build/debug
  install -m 755 /dev/null .build/debug/worker
  echo 'libFoundationEssentials.so => /swift/libFoundationEssentials.so (0x7f)' >"$work/libraries"
  passes "FoundationEssentials" layers linkage
  for library in libFoundation.so lib_FoundationICU.so libFoundationInternationalization.so libicuuc.so.72; do
    echo "  $library => /swift/$library (0x00007f)" >"$work/libraries"
    refused "^\.build/debug/worker: linked with $library;" layers linkage
    refused "^\.build/debug/worker: linked with $library;" layers all
  done
  echo 'not a dynamic executable' | tee "$work/libraries" >"$work/broken"
  refused 'worker: ldd cannot read it: not a dynamic executable' layers linkage
}

test_tidy() {
  good_tree
  passes "the tree in order" tidy
  local line bad=Sources/worker/Bad.swift
  for line in 'let v = try! f()' 'let v = w as! Int' 'fatalError("x")' 'usleep(5)' 'sleep(5)' 'Thread.sleep(1)' \
    '// TODO: later' '/* FIXME */'; do
    planted $bad "$line" 'is banned; ' tidy
  done
  planted Tests/CoreTests/Bad.swift "//$(printf '%119s' '')" '121 columns; at most 120' tidy
  planted Sources/worker/bad.h "//$(printf '%119s' '')" '121 columns; at most 120' tidy

  for line in 'func long(a: Int = { 3 }(), b: (Int) -> Void) async throws(E) -> [Int] {' 'init<T>(a: T) {' 'deinit {' \
    'subscript(a: Int) -> Int {' 'var long: [Int: Int] {' 'static func == (a: Int, b: Int) -> Bool {'; do
    good_tree
    { echo 'protocol P { func short() }' && echo "$line" && repeat 69 '  step("}")' && echo '}'; } >$bad
    refused "^$bad:2: \S+ has 71 lines; at most 70" tidy
  done

  good_tree
  echo '// one more' >>Sources/worker/Long.swift
  refused '^Sources/worker/Long.swift:501: the file has 501 lines; at most 500' tidy
  good_tree
  echo line >>README.md
  refused '^README.md:121: the document has 121 lines; at most 120' tidy
  good_tree
  echo line >>docs/ARCHITECTURE.md
  refused '^docs/ARCHITECTURE.md:251: the document has 251 lines; at most 250' tidy
  good_tree
  rm README.md
  refused '^README.md: missing' tidy

  for line in Package.resolved Benchmarks/Package.resolved .build/debug/worker .augury/library; do
    good_tree
    mkdir -p "$(dirname "$line")"
    touch "$line"
    passes "$line not tracked" tidy
    git add -f "$line"
    refused "^$line: tracked by git" tidy
  done
}

test_format() {
  good_tree
  mkdir scripts
  cp "$here/check-format.sh" scripts/
  cp "$here/../.swift-format" .
  rm -r Sources Tests
  mkdir Sources
  printf 'let one = 1\n' >Sources/Good.swift
  passes "formatted files" scripts/check-format.sh
  printf 'let one   = 1\n' >Sources/Bad.swift
  refused 'Bad.swift:1:' scripts/check-format.sh
  passes "formatting" scripts/check-format.sh --fix
  passes "what has been formatted" scripts/check-format.sh
  printf 'let one = try! two()\n' >Sources/Bad.swift
  refused 'Bad.swift:1:.*NeverUseForceTry' scripts/check-format.sh
}

write_good_tree
test_layers
test_linkage
test_tidy
test_format
((failed)) || echo "checks: $ran of $ran tests passed"
exit "$failed"
