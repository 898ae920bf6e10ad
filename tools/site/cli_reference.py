"""Writes docs/reference/cli.md: what `pudu --help` and `pudu COMMAND --help` print, command by command.

usage: cli_reference.py PUDU          prints the page
"""

import re
import subprocess
import sys


def help_of(pudu, *command):
    done = subprocess.run([pudu, *command, "--help"], check=True, capture_output=True, text=True)
    return "\n".join(line.rstrip() for line in done.stdout.strip().split("\n"))


def commands_of(text):
    """Names of the subcommands, in the order of the help's last section."""
    section = text[text.index("\nSubcommands:"):]
    return re.findall(r"^  ([a-z]+) ", section, re.MULTILINE)


def options_of(text):
    """The options of a command as a table, and the text before them."""
    head, _, rest = text.partition("\nUsage:")
    usage, _, sections = rest.partition("\n")
    rows = re.findall(r"^  (\S.*?)\s{2,}(\S.*)$", sections, re.MULTILINE)
    return head.strip(), usage.strip(), rows


def escape(cell):
    return cell.replace("|", "\\|").replace("<", "&lt;")


def section_of(name, text):
    head, usage, rows = options_of(text)
    summary, _, examples = head.partition("\n\n")
    lines = [f"## {name}", summary + ".", "", "```text", usage, "```", ""]
    if examples.strip():
        lines += ["```text", examples.rstrip(), "```", ""]
    lines += ["| | |", "|---|---|"] + [f"| `{option}` | {escape(meaning)} |" for option, meaning in rows]
    return "\n".join(lines) + "\n"


def page(pudu):
    lines = ["# Command line", "", "Generated from `pudu --help` by `tools/site/cli_reference.py`; a test compares it.", "",
             "Exit codes: 0 done; 1 wrong usage; 2 invalid input; 3 unsupported (operator, data type, target); 4 a limit exceeded (does not",
             "fit); 70 a defect of Pudu. A failure prints `error: FILE: NODE: what was found; what is allowed`, and where there is one a",
             "`hint:` line, on standard error, and writes nothing else.", ""]
    overview = help_of(pudu)
    for name in commands_of(overview):
        lines.append(section_of("pudu " + name, help_of(pudu, name)))
    return "\n".join(lines)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.stdout.write(page(sys.argv[1]))
