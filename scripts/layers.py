#!/usr/bin/env python3
"""Checks which modules the parts of Augury may import, and that the decisions stay pure.

Usage: layers.py [ROOT]. Prints one line for each violation and exits with 1 if there is any.
"""

import re
import sys
from pathlib import Path

from swift_code import closing, code_only, line_of, swift_files

COLLECTIONS = {"BasicContainers", "DequeModule", "HeapModule"}
# Logarithms and the like, from the C library's mathematics and nothing else of it.
MATHEMATICS = {"RealModule"}

# A folder that has a set here may import that and nothing else.
ALLOWED = {
    "QueueCore": COLLECTIONS | MATHEMATICS,
    "Simulator": COLLECTIONS | {"QueueCore"},
    "LoadGenerator/Plan": COLLECTIONS | MATHEMATICS | {"QueueCore", "Histogram"},
}

# A folder may import anything but what it has here.
FORBIDDEN = {
    "ZeroMQ": {"QueueCore"},
    "AuguryClient": {"Foundation", "FoundationNetworking", "FoundationInternationalization", "FoundationXML"},
    "LoadGenerator": {"Foundation", "FoundationNetworking", "AuguryClient"},
}

# Nothing that reads a clock, draws randomness of its own, runs at the same time or talks to the outside: the same
# events must give the same actions, on any machine, in any run.
PURE = ["QueueCore", "Simulator", "LoadGenerator/Plan"]
IMPURE = {
    name: re.compile(pattern)
    for name, pattern in {
        "Foundation": r"\bFoundation\w*\b",
        "Glibc": r"\b(?:Glibc|Musl)\b",
        "Dispatch": r"\bDispatch(?:Queue|Time|WallTime|Group|Semaphore|Source\w*|WorkItem|QoS)\b",
        "Logging": r"\bLogging\b",
        "ContinuousClock": r"\bContinuousClock\b",
        "SuspendingClock": r"\bSuspendingClock\b",
        "SystemRandomNumberGenerator": r"\bSystemRandomNumberGenerator\b",
        "Date(": r"(?<![\w.])Date\s*\(",
        "Task": r"\bTask\s*(?:\.\s*\w+\s*)?[({]|\bwith\w*TaskGroup\b",
        "async": r"\basync\b",
        "await": r"\bawait\b",
        "print(": r"(?<![\w.])(?:print|debugPrint|dump)\s*\(",
    }.items()
}
RANDOM = re.compile(r"\.\s*(random|randomElement|shuffle|shuffled)\s*(\()")

IMPORT = re.compile(
    r"(?:^|;)[ \t]*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?"
    r"import\s+(?:(?:typealias|struct|class|enum|protocol|let|var|func)\s+)?(\w+)",
    re.MULTILINE,
)


def import_violations(folder: str, code: str):
    """Yields (index, message) for each import that the folder may not have."""
    allowed, forbidden = ALLOWED.get(folder), FORBIDDEN.get(folder, set())
    for match in IMPORT.finditer(code):
        module = match.group(1)
        if allowed is not None and module not in allowed:
            yield match.start(1), f"{folder} imports {module}; it may import only {', '.join(sorted(allowed))}"
        elif module in forbidden:
            yield match.start(1), f"{folder} imports {module}, which it must not know"


def purity_violations(folder: str, code: str):
    """Yields (index, message) for each use of something that would make the folder impure."""
    for name, pattern in IMPURE.items():
        for match in pattern.finditer(code):
            yield match.start(), f"{folder} uses {name}; it must stay pure"
    for match in RANDOM.finditer(code):
        call = code[match.end() : closing(code, match.start(2))]
        if not re.search(r"\busing\s*:", call):
            yield match.start(), f"{folder} calls .{match.group(1)}( without using:; randomness must be passed in"


def violations(root: Path) -> list[str]:
    """Every violation under a root, as lines to print."""
    lines = []
    for folder in sorted({*ALLOWED, *FORBIDDEN, *PURE}):
        files = swift_files(root, f"Sources/{folder}")
        if not files:
            lines.append(f"Sources/{folder}: no Swift file there; if the folder has moved, tell this check")
        for file in files:
            code = code_only(file.read_text(encoding="utf-8"))
            found = list(import_violations(folder, code))
            if folder in PURE:
                found += purity_violations(folder, code)
            lines += [f"{file.relative_to(root)}:{line_of(code, index)}: {message}" for index, message in sorted(found)]
    return lines


def main() -> int:
    """Runs the check."""
    found = violations(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve())
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
