"""Reads Swift source far enough to tell code from comments and text, for the checks beside this file."""

import re
from pathlib import Path

# What can end a stretch of plain code: a comment, a string with any number of # before its quotes, a parenthesis.
_STOP = re.compile(r'//|/\*|(?P<hashes>#*)(?P<quotes>"""(?=[ \t\r]*\n)|")|[()]')


def swift_files(root: Path, *places: str) -> list[Path]:
    """The Swift files in or at the given places, sorted; build folders and other hidden ones are passed over."""
    found = []
    for place in places:
        path = root / place
        files = path.rglob("*.swift") if path.is_dir() else [path] if path.is_file() else []
        found += [f for f in files if not any(part.startswith(".") for part in f.relative_to(root).parts)]
    return sorted(found)


def code_only(source: str) -> str:
    """The source with comments and the text of strings blanked out.

    Every character keeps its line and column. Code inside a string's `\\(…)` is code and stays.
    """
    blanked = list(source)
    _code(source, 0, blanked, inside_string=False)
    return "".join(blanked)


def closing(code: str, start: int) -> int:
    """The index of the bracket that closes the one at `start`, or the end of the code if none does."""
    pairs = {"(": ")", "{": "}", "[": "]"}
    opener, closer = code[start], pairs[code[start]]
    depth = 0
    for index in range(start, len(code)):
        depth += (code[index] == opener) - (code[index] == closer)
        if depth == 0:
            return index
    return len(code)


def line_of(text: str, index: int) -> int:
    """The number of the line that holds a character, counted from 1."""
    return text.count("\n", 0, index) + 1


def _blank(blanked: list[str], start: int, end: int) -> None:
    for index in range(start, end):
        if blanked[index] != "\n":
            blanked[index] = " "


def _code(source: str, index: int, blanked: list[str], inside_string: bool) -> int:
    """Passes over code and blanks what is not: to the end of the file or, in a string, of the interpolation."""
    depth = 0
    while stop := _STOP.search(source, index):
        index = stop.end()
        if stop.group() in "()":
            depth += 1 if stop.group() == "(" else -1
            if inside_string and depth < 0:
                return stop.start()
        elif stop.group("quotes"):
            index = _string(source, stop, blanked)
        else:
            index = _comment_end(source, stop.start())
            _blank(blanked, stop.start(), index)
    return len(source)


def _comment_end(source: str, index: int) -> int:
    """The end of the comment at an index; block comments nest."""
    if source.startswith("//", index):
        end = source.find("\n", index)
        return len(source) if end < 0 else end
    depth = 0
    for mark in re.compile(r"/\*|\*/").finditer(source, index):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return mark.end()
    return len(source)


def _string(source: str, opening: re.Match[str], blanked: list[str]) -> int:
    """Blanks one string between its quotes and returns the index after it."""
    hashes, quotes = opening.group("hashes"), opening.group("quotes")
    end, escape = quotes + hashes, "\\" + hashes
    start = index = opening.end()
    while index < len(source):
        if source.startswith(end, index):
            _blank(blanked, start, index)
            return index + len(end)
        if source.startswith(escape, index):
            index += len(escape)
            if source.startswith("(", index):
                _blank(blanked, start, index)
                start = index = _code(source, index + 1, blanked, inside_string=True) + 1
            elif not source.startswith("\n", index):
                index += 1
        elif source[index] == "\n" and quotes == '"':
            break  # No such string: a quote inside a regular expression, say. The damage ends with the line.
        else:
            index += 1
    _blank(blanked, start, min(index, len(source)))
    return index
