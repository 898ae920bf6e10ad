"""Runs a document of docs/: its commands, its Python, with the output that it shows.

usage: run_document.py DOCUMENT --bin FOLDER_OF_PUDU --python PYTHON [--torch-python PYTHON]

What is run, in a folder of its own, from the top:
- ```console blocks. A line `$ COMMAND` is run by bash (a line that ends in a backslash goes on in the next); the lines
  below it are what it prints on standard output. A line `...` stands for any lines, `...` within a line for any text.
  `(exit code N)` as the last line says that the command fails, and how; its errors then count as output, too.
- ```python blocks, by PYTHON, each in a process of its own.
Comments before a block say what a reader does with it:
- <!-- files: PATH ... -->            the reader has these files of the repository, in the working folder;
- <!-- saved as: NAME -->             the block is a file;
- <!-- makes: FILE ... with SCRIPT --> Python that needs torch. The block must be the repository's SCRIPT to the letter; the
                                      FILEs beside SCRIPT, which it made, are taken. With --torch-python it is run instead;
- <!-- not run here: REASON -->       the block is shown only.
A block of another language must have one of these, unless it is ```text.
Exit codes: 0 all as the document says; 1 not so, with the line of the document.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMENT = re.compile(r"^<!-- (files|saved as|makes|not run here): (.*) -->$")
FENCE = re.compile(r"^```(\w*)")
COMMAND_SECONDS = 300


class Mismatch(Exception):
    """The document is wrong: line number (from 1), what is wrong."""


def read_blocks(text):
    """(line, language, directive or None, text) of every block, and of `files` comments, which need no block."""
    directive, lines, at = None, text.split("\n"), 0
    while at < len(lines):
        comment, fence = COMMENT.match(lines[at]), FENCE.match(lines[at])
        if comment and comment.group(1) == "files":
            yield at + 1, "", comment.groups(), ""
        elif comment:
            directive = comment.groups()
        elif fence:
            end = next(line for line in range(at + 1, len(lines)) if lines[line].startswith("```"))
            yield at + 2, fence.group(1), directive, "\n".join(lines[at + 1:end]) + "\n"
            directive, at = None, end
        elif lines[at].strip():
            directive = None
        at += 1


def read_commands(line, block):
    """(line, command, expected output, expected exit code) of a console block."""
    commands, continued = [], False
    for offset, text in enumerate(block.rstrip("\n").split("\n")):
        if text.startswith("$ "):
            commands.append([line + offset, text[2:], [], 0])
        elif not commands:
            raise Mismatch(line + offset, "output before any command")
        elif continued:
            commands[-1][1] += "\n" + text
        elif re.fullmatch(r"\(exit code \d+\)", text):
            commands[-1][3] = int(re.search(r"\d+", text).group())
            continue
        else:
            commands[-1][2].append(text.rstrip())
        continued = text.endswith("\\") and not commands[-1][2]
    return commands


def pattern_of(expected):
    """A regular expression of whole lines for the output that a document shows."""
    pieces = []
    for text in expected:
        if text == "...":
            pieces.append(r"(?:.*\n)*?")
        else:
            pieces.append("[^\n]*?".join(re.escape(part) for part in text.split("...")) + r"[ \t]*\n")
    return "".join(pieces)


class Reader:
    """Someone who follows the document."""

    def __init__(self, arguments, folder):
        self.folder, self.torch_python = folder, arguments.torch_python
        self.python = str(Path(arguments.python).absolute())
        path = [str(arguments.bin.resolve()), str(Path(self.python).parent), os.environ["PATH"]]
        self.environment = {**os.environ, "PATH": os.pathsep.join(path), "NO_COLOR": "1"}

    def follow(self, line, language, directive, block):
        kind, value = directive or (None, "")
        if kind == "not run here" or (language == "text" and not kind):
            return
        if kind == "files":
            for path in value.split():
                shutil.copy(ROOT / path, self.folder)
        elif kind == "makes":
            self.make(line, value, block)
        elif kind == "saved as":
            (self.folder / value).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / value).write_text(block)
        elif language == "console":
            for command in read_commands(line, block):
                self.run(*command)
        elif language == "python":
            self.run_python(line, self.python, block)
        else:
            raise Mismatch(line, f"a block of language '{language}' that is neither run nor saved")

    def make(self, line, value, block):
        made, script = value.split(" with ")
        if (ROOT / script).read_text() != block:
            raise Mismatch(line, f"the block is not {script}")
        if self.torch_python:
            self.run_python(line, self.torch_python, block)
        for name in made.split():
            if not self.torch_python:
                shutil.copy((ROOT / script).parent / name, self.folder)
            elif not (self.folder / name).exists():
                raise Mismatch(line, f"the block did not write {name}")

    def run_python(self, line, python, block):
        done = subprocess.run([python, "-c", block], cwd=self.folder, env=self.environment, text=True,
                              capture_output=True, timeout=COMMAND_SECONDS)
        if done.returncode:
            raise Mismatch(line, f"Python failed:\n{done.stderr}")

    def run(self, line, command, expected, exit_code):
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=self.folder, env=self.environment, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_SECONDS)
        if done.returncode != exit_code:
            raise Mismatch(line, f"'{command}' gave exit code {done.returncode}:\n{done.stdout}{done.stderr}")
        printed = done.stdout + (done.stderr if exit_code else "")
        if expected and not re.fullmatch(pattern_of(expected), printed if printed.endswith("\n") else printed + "\n"):
            raise Mismatch(line, f"'{command}' printed:\n{printed}\nthe document says:\n" + "\n".join(expected))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("document", type=Path)
    parser.add_argument("--bin", type=Path, required=True, help="the folder of the binary pudu")
    parser.add_argument("--python", required=True, help="a Python with NumPy")
    parser.add_argument("--torch-python", help="a Python with torch: blocks that need it are run")
    arguments = parser.parse_args()

    commands = 0
    with tempfile.TemporaryDirectory(prefix="pudu-document-") as scratch:
        folder = Path(scratch) / "work"
        folder.mkdir()
        reader = Reader(arguments, folder)
        try:
            for line, language, directive, block in read_blocks(arguments.document.read_text()):
                reader.follow(line, language, directive, block)
                commands += language in ("console", "python") and (directive or ("",))[0] != "not run here"
        except Mismatch as mismatch:
            line, found = mismatch.args
            print(f"{arguments.document}:{line}: {found}", file=sys.stderr)
            return 1
    if not commands:
        print(f"{arguments.document}: nothing to run", file=sys.stderr)
        return 1
    print(f"{arguments.document.name}: {commands} blocks run")
    return 0


if __name__ == "__main__":
    sys.exit(main())
