"""Checks every file that git tracks, or would track, for three things that a review overlooks.

- A source file longer than MAX_SOURCE_LINES: it does more than one thing.
- A path of the machine somebody worked on: it is wrong on every other machine.
- A mark of unfinished work: what is committed is done, what is not is an issue.

Limits: binary files (with a zero byte) are skipped.
"""

import os
import re
import subprocess
from pathlib import Path

MAX_SOURCE_LINES = 600
SOURCE_SUFFIXES = {".cpp", ".hpp", ".h", ".c", ".def", ".py", ".S", ".s", ".ld", ".cmake", ".sh"}

# One bracket in every name keeps this file from matching itself. What stands in front must not make the name a part of a
# longer path or of an address. The folder for temporary files by itself is on every machine; a file in it is not.
_MACHINE_PATH = re.compile(
    r"(?<![\w.~$}/>-])/(?:(?:[w]ork|[r]oot|[h]ome|[U]sers|[m]nt)(?:/|\b(?![\w.-]))|(?:var/)?[t]mp/[\w.])"
)
_UNFINISHED = re.compile(r"\b(?:TO[D]O|FIX[M]E|XX[X])\b")
_WITHOUT_GIT_SKIPPED = {".git", "build", ".venv", "__pycache__"}


def check(repository: Path) -> list[str]:
    """All violations, `file:line: what was found; what is allowed`, in order of file and line."""
    violations = []
    for name in list_files(repository):
        content = (repository / name).read_bytes()
        if b"\0" in content:
            continue
        lines = content.decode("utf-8", errors="replace").splitlines()
        if Path(name).suffix in SOURCE_SUFFIXES and len(lines) > MAX_SOURCE_LINES:
            violations.append(f"{name}:{len(lines)}: {len(lines)} lines; at most {MAX_SOURCE_LINES}, split it by what it does")
        for number, line in enumerate(lines, start=1):
            if match := _MACHINE_PATH.search(line):
                violations.append(f"{name}:{number}: machine path '{match.group(0)}'; use a path relative to the repository")
            if match := _UNFINISHED.search(line):
                violations.append(f"{name}:{number}: '{match.group(0)}'; finish it, or file an issue")
    return violations


def list_files(repository: Path) -> list[str]:
    """Names relative to `repository`, sorted: from git, or all but build products where the tree is no git checkout."""
    if (repository / ".git").exists():
        # A checkout that another user owns, as in a container, is still only read here.
        command = ["git", "-c", f"safe.directory={repository}", "ls-files", "-z", "-co", "--exclude-standard"]
        listed = subprocess.run(command, cwd=repository, check=True, capture_output=True).stdout.decode()
        names = {name for name in listed.split("\0") if name}
    else:
        names = set()
        for folder, folders, files in os.walk(repository):
            folders[:] = [name for name in folders if name not in _WITHOUT_GIT_SKIPPED]
            names |= {str((Path(folder) / name).relative_to(repository)) for name in files}
    return sorted(name for name in names if (repository / name).is_file())
