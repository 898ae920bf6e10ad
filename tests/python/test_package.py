"""What the wheel brings: the command, stubs, its own libraries; and what importing it does not do."""

import ast
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from conftest import command_line

import pudu


def run_python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True).stdout


def test_it_is_the_installed_package():
    assert Path(pudu.__file__).is_relative_to(sys.prefix)


def test_versions_agree():
    assert pudu.__version__ == metadata.version("pudu")
    assert command_line("--version").stdout == f"pudu {pudu.__version__}\n"


def test_importing_loads_no_torch_and_no_optional_package():
    loaded = run_python("import sys, pudu; print([m for m in ('torch', 'rich', 'pyarrow', 'ray') if m in sys.modules])")
    assert loaded == "[]\n"


def test_importing_is_quick():
    seconds = float(run_python("import numpy, time; t = time.time(); import pudu; print(time.time() - t)"))
    assert seconds < 5


def test_the_command_is_the_command_line():
    assert command_line("targets", "--json").stdout.startswith("[\n")
    wrong = command_line("compyle")
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("error: unknown command 'compyle'; compile, run, ")
    module = subprocess.run([sys.executable, "-m", "pudu", "--version"], capture_output=True, text=True, timeout=60)
    assert module.stdout == f"pudu {pudu.__version__}\n"


def test_types_are_declared_for_everything_public():
    folder = Path(pudu.__file__).parent
    assert (folder / "py.typed").exists()
    stub = ast.parse((folder / "_pudu.pyi").read_text())
    declared = {node.name for node in stub.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
    public = {name for name in dir(pudu._pudu) if not name.startswith("_")}
    assert public <= declared


def test_libraries_come_with_the_wheel():
    """The libraries that are mapped are the wheel's, not the system's."""
    mapped = run_python("import pudu; print(open('/proc/self/maps').read())")
    libraries = {line.split()[-1] for line in mapped.split("\n") if ".so" in line}
    for name in ("libdnnl", "libzip", "libfmt", "libsimdjson", "libgomp"):
        (found,) = [library for library in libraries if Path(library).name.startswith(name)]
        assert Path(found).parent.name == "pudu.libs", found


def test_everything_public_has_a_docstring():
    for name in pudu.__all__:
        if name != "__version__":
            assert getattr(pudu, name).__doc__, name
