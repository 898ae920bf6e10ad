"""run_document.py finds what a document says wrongly: each case is a small document and what must be found in it."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

RUNNER = Path(__file__).with_name("run_document.py")


def run(text):
    """(exit code, what it says on standard error)."""
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "page.md"
        document.write_text(text)
        done = subprocess.run([sys.executable, RUNNER, document, "--bin", folder, "--python", sys.executable],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stderr


def console(*lines):
    return "\n".join(["# Page", "", "```console", *lines, "```", ""])


class RunDocument(unittest.TestCase):
    def accepts(self, text):
        code, error = run(text)
        self.assertEqual(code, 0, error)

    def refuses(self, text, found):
        code, error = run(text)
        self.assertEqual(code, 1)
        self.assertIn(found, error)

    def test_output_is_compared(self):
        self.accepts(console("$ printf 'one\\ntwo\\n'", "one", "two"))
        self.refuses(console("$ echo one", "two"), ":4: 'echo one' printed:\none")
        self.refuses(console("$ printf 'one\\ntwo\\n'", "one"), "printed")
        self.refuses(console("$ true", "one"), "printed")

    def test_dots_stand_for_what_varies(self):
        self.accepts(console("$ echo took 5 s", "took ... s"))
        self.accepts(console("$ seq 9", "1", "...", "9"))
        self.refuses(console("$ seq 9", "...", "8"), "printed")
        self.refuses(console("$ printf 'took 5\\n s\\n'", "took ... s"), "printed")

    def test_exit_codes_are_compared(self):
        self.refuses(console("$ false"), "gave exit code 1")
        self.accepts(console("$ echo no >&2; exit 4", "no", "(exit code 4)"))
        self.refuses(console("$ exit 3", "(exit code 4)"), "gave exit code 3")

    def test_a_command_goes_on_in_the_next_line(self):
        self.accepts(console("$ echo one \\", "    two", "one two"))

    def test_python_and_files(self):
        self.accepts("<!-- saved as: a.txt -->\n```cpp\nint x;\n```\n\n```python\nassert open('a.txt').read() == 'int x;\\n'\n```\n")
        self.refuses("```python\nassert False\n```\n", ":2: Python failed")

    def test_a_block_that_needs_torch_is_its_script(self):
        script = "examples/quickstart/export.py"
        self.refuses(f"<!-- makes: keywords.pt2 with {script} -->\n```python\nprint()\n```\n", f"the block is not {script}")

    def test_nothing_is_passed_over_silently(self):
        self.refuses("```cpp\nint x;\n```\n", "neither run nor saved")
        self.refuses("# No commands\n", "nothing to run")
        self.refuses("<!-- not run here: no board -->\n```console\n$ false\n```\n", "nothing to run")


if __name__ == "__main__":
    unittest.main()
