"""tools/setup: it installs what is missing, asks for nothing when all is there, and names the packages where it cannot.

The real script runs in a temporary folder (with a space in its name) and a PATH of its own, on which dpkg-query, apt-get,
sudo and python3 are small recorders: the test needs no network, changes no system, and runs the same everywhere.
"""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SYSTEM_TOOLS = ["bash", "env", "dirname", "cmp", "cp", "grep", "tr", "cat", "mkdir", "chmod", "rm"]

# The state of the machine is the folder $STATE: a file per installed package, and a log of the calls.
DPKG_QUERY = """#!/bin/bash
[ -e "$STATE/installed/${@: -1}" ] && echo "installed " || exit 1
"""
APT_GET = """#!/bin/bash
echo "apt-get $*" >> "$STATE/calls"
[ ! -e "$STATE/refuse-$1" ] || exit 100
if [ "$1" = install ]; then
  for word in "$@"; do case $word in -*|install) ;; *) : > "$STATE/installed/$word" ;; esac; done
fi
"""
# `python3 -c ...` asks for modules, `python3 -m venv --clear DIR` makes an environment whose pip provides cmake, and
# ExecuTorch when it is called with --no-deps.
PYTHON3 = """#!/bin/bash
if [ "$1" = -c ]; then
  case $2 in *executorch*) [ -e .venv/executorch ]; exit ;; *) exit 0 ;; esac
fi
echo "python3 $*" >> "$STATE/calls"
if [ "$2" = venv ]; then
  rm -rf "${@: -1}"
  mkdir -p "${@: -1}/bin"
  cp "$0" "${@: -1}/bin/python"
elif [[ " $* " = *" --no-deps "* ]]; then
  [ ! -e "$STATE/refuse-wheel" ] || exit 1
  : > .venv/executorch
else
  [ ! -e "$STATE/refuse-pip" ] || exit 1
  printf '#!/bin/bash\\nexit 0\\n' > .venv/bin/cmake
  chmod +x .venv/bin/cmake
fi
"""
SUDO = """#!/bin/bash
echo "sudo" >> "$STATE/calls"
[ ! -e "$STATE/refuse-sudo" ] || exit 1
"$@"
"""


class Setup(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="pudu setup ")
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.state = self.root / "state"
        (self.state / "installed").mkdir(parents=True)
        self.project = self.root / "a project"
        shutil.copytree(REPOSITORY / "tools", self.project / "tools")
        self.path = self.root / "path"
        self.path.mkdir()
        for tool in SYSTEM_TOOLS:
            (self.path / tool).symlink_to(shutil.which(tool))
        self.provide("dpkg-query", DPKG_QUERY)
        self.provide("apt-get", APT_GET)
        self.provide("python3", PYTHON3)
        self.provide("sudo", SUDO)
        self.be_user(0)

    def provide(self, name: str, script: str) -> None:
        tool = self.path / name
        tool.write_text(script, encoding="utf-8")
        tool.chmod(0o755)

    def be_user(self, user_id: int) -> None:
        self.provide("id", f"#!/bin/bash\necho {user_id}\n")

    def refuse(self, what: str) -> None:
        (self.state / f"refuse-{what}").touch()

    def run_setup(self, *arguments: str) -> subprocess.CompletedProcess:
        environment = {"PATH": str(self.path), "STATE": str(self.state)}
        return subprocess.run(
            [str(self.project / "tools/setup"), *arguments],
            env=environment,
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def calls(self) -> list[str]:
        """What was called since the last look."""
        log = self.state / "calls"
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return lines

    def test_first_run_installs_and_second_run_does_nothing(self):
        first = self.run_setup()
        self.assertEqual(first.returncode, 0, first.stderr)
        calls = self.calls()
        self.assertEqual(calls[0], "apt-get update -q")
        self.assertIn("--no-install-recommends", calls[1])
        for package in ("g++", "libdnnl-dev", "gcc-arm-none-eabi", "qemu-system-arm"):
            self.assertIn(f" {package}", calls[1])
        self.assertNotIn("clang", calls[1])
        self.assertEqual(calls[2], "python3 -m venv --clear .venv")
        self.assertIn("-r tools/requirements.txt", calls[3])
        self.assertIn("--no-deps -r tools/requirements-without-dependencies.txt", calls[4])
        self.assertEqual(len(calls), 5)

        second = self.run_setup()
        self.assertEqual(second.returncode, 0, second.stderr)
        self.assertEqual(self.calls(), [])
        self.assertRegex(second.stdout, r"packages: all \d+ are there\nsetup: .venv: up to date\nsetup: .venv: ExecuTorch and LiteRT are there\n$")

    def test_only_missing_packages_are_installed(self):
        self.run_setup()
        (self.state / "installed/libzip-dev").unlink()
        self.calls()
        self.assertEqual(self.run_setup().returncode, 0)
        self.assertEqual(
            self.calls(), ["apt-get update -q", "apt-get install -q -y --no-install-recommends libzip-dev"]
        )

    def test_dev_adds_the_tools_of_lint_and_fuzz(self):
        self.run_setup()
        self.calls()
        self.assertEqual(self.run_setup("--dev").returncode, 0)
        self.assertIn("clang-14 libclang-rt-14-dev clang-format-14 clang-tidy-14", self.calls()[1])

    def test_changed_requirements_and_a_broken_environment_are_installed_again(self):
        self.run_setup()
        self.calls()
        with (self.project / "tools/requirements.txt").open("a", encoding="utf-8") as requirements:
            requirements.write("# newer\n")
        self.run_setup()
        self.assertEqual(len(self.calls()), 3)
        (self.project / ".venv/bin/cmake").unlink()
        self.run_setup()
        self.assertEqual(len(self.calls()), 3)

    def test_a_broken_install_is_not_taken_for_a_whole_one(self):
        self.refuse("pip")
        broken = self.run_setup()
        self.assertEqual(broken.returncode, 1)
        self.assertIn("pip could not install tools/requirements.txt", broken.stderr)
        (self.state / "refuse-pip").unlink()
        self.calls()
        self.assertEqual(self.run_setup().returncode, 0)
        self.assertEqual(len(self.calls()), 3)

    def test_a_missing_or_older_executorch_is_installed_alone(self):
        self.run_setup()
        self.calls()
        (self.project / ".venv/executorch").unlink()
        self.assertEqual(self.run_setup().returncode, 0)
        with (self.project / "tools/requirements-without-dependencies.txt").open("a", encoding="utf-8") as requirements:
            requirements.write("# newer\n")
        self.assertEqual(self.run_setup().returncode, 0)
        calls = self.calls()
        self.assertEqual(len(calls), 2)
        for call in calls:
            self.assertIn("--no-deps -r tools/requirements-without-dependencies.txt", call)

    def test_a_failed_install_of_executorch_is_an_error(self):
        self.refuse("wheel")
        broken = self.run_setup()
        self.assertEqual(broken.returncode, 1)
        self.assertIn("pip could not install tools/requirements-without-dependencies.txt into .venv", broken.stderr)
        (self.state / "refuse-wheel").unlink()
        self.calls()
        self.assertEqual(self.run_setup().returncode, 0)
        self.assertEqual(len(self.calls()), 1)

    def test_a_user_installs_through_sudo(self):
        self.be_user(1000)
        self.assertEqual(self.run_setup().returncode, 0)
        self.assertEqual(self.calls()[:2], ["sudo", "apt-get update -q"])

    def assert_names_packages(self, result: subprocess.CompletedProcess, reason: str) -> None:
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"setup: error: {reason}; install these packages", result.stderr)
        for package in ("g++", "libdnnl-dev", "libstdc++-arm-none-eabi-newlib"):
            self.assertIn(f" {package}", result.stderr)

    def test_without_apt_the_packages_are_named(self):
        (self.path / "apt-get").unlink()
        self.assert_names_packages(self.run_setup(), "this system has no apt-get")

    def test_without_dpkg_the_packages_are_named(self):
        (self.path / "dpkg-query").unlink()
        self.assert_names_packages(self.run_setup(), "this system has no dpkg")

    def test_without_permission_the_packages_are_named(self):
        self.be_user(1000)
        self.refuse("sudo")
        self.assert_names_packages(self.run_setup(), "'apt-get update' failed")
        (self.path / "sudo").unlink()
        self.assert_names_packages(self.run_setup(), "not root, and there is no sudo")

    def test_a_failed_install_names_the_packages(self):
        self.refuse("install")
        self.assert_names_packages(self.run_setup(), "'apt-get install' failed")

    def test_venv_only_leaves_packages_alone(self):
        (self.path / "dpkg-query").unlink()
        (self.path / "apt-get").unlink()
        result = self.run_setup("--venv-only")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue((self.project / ".venv/bin/cmake").exists())

    def test_unknown_option_is_refused(self):
        result = self.run_setup("--fast")
        self.assertEqual(result.returncode, 1)
        self.assertIn("unknown option '--fast'; allowed: --dev, --venv-only", result.stderr)
        self.assertEqual(self.calls(), [])


class Makefile(unittest.TestCase):
    def test_the_targets_that_documents_name_are_the_ones_that_help_lists(self):
        listed = subprocess.run(["make", "--no-print-directory", "-C", REPOSITORY, "help"], capture_output=True, text=True,
                                check=True).stdout  # fmt: skip
        targets = {line.split()[0] for line in listed.splitlines()}
        texts = [*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")]
        # In code: `make test`, or a line of a block.
        named = {word for text in texts for word in re.findall(r"(?:`|^(?:    )?)make ([a-z][a-z-]*)",
                                                               text.read_text(encoding="utf-8"), re.MULTILINE)}  # fmt: skip
        self.assertGreater(len(named), 5)
        self.assertEqual(named - targets, set())


if __name__ == "__main__":
    unittest.main()
