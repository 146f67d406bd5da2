#!/usr/bin/env python3
"""Checks sizes, banned calls and what git tracks.

Usage: tidy.py [ROOT]. Prints one line for each violation and exits with 1 if there is any.
"""

import re
import subprocess
import sys
from pathlib import Path

from swift_code import closing, code_only, line_of, swift_files

SWIFT_PLACES = ("Sources", "Tests", "Benchmarks", "Package.swift")
OTHER_CODE = {".py", ".sh", ".c", ".cpp", ".h"}
OTHER_PLACES = ("Sources", "Tests", "Benchmarks", "Examples", "scripts")

FILE_LINES_MAX = 500
LINE_COLUMNS_MAX = 120
FUNCTION_LINES_MAX = 70
DOCUMENT_LINES_MAX = {"README.md": 120, "docs/ARCHITECTURE.md": 250}

# Calls that sources may not make, and what to do instead.
BANNED = {
    "try!": (r"\btry!", "handle the error or pass it on"),
    "as!": (r"\bas!", "use as? and say what else it may be"),
    "fatalError(": (r"\bfatalError\s*\(", "throw for bad input, precondition for our own contradictions"),
    "usleep(": (r"\busleep\s*\(", "wait for a condition with a deadline"),
    "sleep(": (r"(?<![\w.])sleep\s*\(|\bThread\s*\.\s*sleep\s*\(", "wait for a condition with a deadline"),
}
# Looked for in comments too; that is where they are.
UNFINISHED = re.compile(r"\b(TODO|FIXME)\b")

TRACKED_BY_MISTAKE = re.compile(r"(^|/)(Package\.resolved$|\.build(-[^/]*)?/|\.swiftpm/|\.augury/|__pycache__/)")

# Where something that has a body begins: a function, an initializer, a subscript, a computed property.
FUNCTION = re.compile(
    r"\bfunc\s+(?P<func>`?\w+`?|[^\s\w(`]+)|(?<![.\w`])(?P<init>init|subscript)\b[?!]?(?=\s*[<(])"
    r"|\b(?P<deinit>deinit)\b|\bvar\s+(?P<var>`?\w+`?)\s*:[^={}\n]*(?=\{)"
)
# Where a declaration without a body has ended at the latest: at the next one, or at the end of what holds it.
NEXT_DECLARATION = re.compile(
    r"\}|^[ \t]*(?:@|#|(?:public|package|internal|private|fileprivate|open|static|class|mutating|nonmutating|borrowing"
    r"|consuming|override|convenience|required|final|func|var|let|init|deinit|subscript|case|struct|enum|actor|protocol"
    r"|extension|typealias|associatedtype|import)\b)",
    re.MULTILINE,
)


def functions(code: str):
    """Yields (name, first index, index of the closing brace) for everything that has a body."""
    for match in FUNCTION.finditer(code):
        index = match.end()
        if match.group("func") or match.group("init"):
            parameters = code.find("(", index)
            if parameters < 0:
                continue
            index = closing(code, parameters) + 1
        body = code.find("{", index)
        ending = NEXT_DECLARATION.search(code, index)
        if body >= 0 and (ending is None or body < ending.start()):
            yield next(name for name in match.groups() if name), match.start(), closing(code, body)


def swift_violations(name: str, text: str):
    """Yields (line, message) for what only Swift files are held to."""
    code = code_only(text)
    lines = len(text.splitlines())
    if lines > FILE_LINES_MAX:
        yield lines, f"the file has {lines} lines; at most {FILE_LINES_MAX}"
    for function, start, end in functions(code):
        length = line_of(code, end) - line_of(code, start) + 1
        if length > FUNCTION_LINES_MAX:
            yield line_of(code, start), f"{function} has {length} lines; at most {FUNCTION_LINES_MAX}"
    if not name.startswith("Sources/"):
        return
    for call, (pattern, instead) in BANNED.items():
        for match in re.finditer(pattern, code):
            yield line_of(code, match.start()), f"{call} is banned; {instead}"


def text_violations(text: str):
    """Yields (line, message) for what code in every language is held to."""
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > LINE_COLUMNS_MAX:
            yield number, f"the line has {len(line)} columns; at most {LINE_COLUMNS_MAX}"


def unfinished(name: str, text: str):
    """Yields (line, message) for work put off in the sources."""
    if name.startswith("Sources/"):
        for match in UNFINISHED.finditer(text):
            yield line_of(text, match.start()), f"{match.group()} is banned; do it now or file an issue"


def other_files(root: Path) -> list[Path]:
    """The files in other languages, sorted."""
    found = [file for place in OTHER_PLACES for file in (root / place).rglob("*") if file.suffix in OTHER_CODE]
    return sorted(f for f in found if not any(part.startswith(".") for part in f.relative_to(root).parts))


def code_violations(root: Path) -> list[str]:
    """Violations in code, as lines to print."""
    lines = []
    swift = swift_files(root, *SWIFT_PLACES)
    if not swift:
        return ["Sources: no Swift file there; if the folder has moved, tell this check"]
    for file in swift + other_files(root):
        name = str(file.relative_to(root))
        text = file.read_text(encoding="utf-8")
        found = [*text_violations(text), *unfinished(name, text)]
        if file.suffix == ".swift":
            found += swift_violations(name, text)
        lines += [f"{name}:{line}: {message}" for line, message in sorted(found)]
    return lines


def document_violations(root: Path) -> list[str]:
    """Violations in the documents whose length is limited, as lines to print."""
    lines = []
    for name, limit in DOCUMENT_LINES_MAX.items():
        file = root / name
        length = len(file.read_text(encoding="utf-8").splitlines()) if file.is_file() else 0
        if length == 0:
            lines.append(f"{name}: missing or empty")
        elif length > limit:
            lines.append(f"{name}:{limit + 1}: the document has {length} lines; at most {limit}")
    return lines


def tracking_violations(root: Path) -> list[str]:
    """What git tracks and should not, as lines to print."""
    listing = subprocess.run(["git", "-C", root, "ls-files", "-z"], capture_output=True, text=True, check=False)
    if listing.returncode != 0:
        print("tidy: not a git checkout, tracked files not checked")
        return []
    names = [name for name in listing.stdout.split("\0") if TRACKED_BY_MISTAKE.search(name)]
    return [f"{name}: tracked by git; it is made by the build and stays out" for name in names]


def main() -> int:
    """Runs the check."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    found = code_violations(root) + document_violations(root) + tracking_violations(root)
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
