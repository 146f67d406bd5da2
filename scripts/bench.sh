#!/usr/bin/env bash
# The quick benchmarks: ratios against bare ZeroMQ in the same run, allocations, and memory of batch jobs.
# Needs the release build (`make bench` makes it).
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
programs=$root/.build/release

swift build -c release --package-path Benchmarks
bench=$root/Benchmarks/.build/release/augury-bench
counter=$root/Benchmarks/.build/count-allocations.so
cc -O2 -shared -fPIC -o "$counter" Benchmarks/count-allocations.c

echo "== dispatch: 4 clients with 32 requests outstanding, 2 workers, beside zmq_proxy"
"$bench" dispatch --programs "$programs" --size 256 --rounds 5
"$bench" dispatch --programs "$programs" --size 65536 --rounds 3
echo "== fleet: 1,000 idle workers and 2,000 idle clients beside none"
"$bench" fleet --programs "$programs"
echo "== allocations: what the broker's threads take from the heap for a request"
"$bench" allocations --programs "$programs" --counter "$counter"
echo "== memory: peak of broker and worker over a batch job, large input beside small"
python3 scripts/bench_memory.py
echo "== JSON: megabytes a second on one core"
"$bench" json --lines Examples/digits/heldout.jsonl
echo "== batch: a durable job on two workers beside a Python script and a bare loop"
python3 scripts/bench_batch.py
