"""Checks the includes of src/ against the dependency table of ARCHITECTURE.md.

Why: the compiler and the linker accept an include from any folder to any other; only this table keeps the order
"left never includes right". Limits: it reads #include lines as text, so one hidden behind a macro is not seen.

A violation is one line, `file:line: what was found; what is allowed`.
"""

import re
from pathlib import Path

# Folder of src/ -> folders it may include besides itself. A folder of stages (frontends ... emulator) never includes a
# sibling, but for the planner: schedule, emitters and simulator need the plan.
_DIALECTS = {"base", "numerics", "kernels", "targets", "ir", "program"}
_STAGES = {
    "frontends",
    "quantizer",
    "passes",
    "lowering",
    "prepare",
    "planner",
    "schedule",
    "partial",
    "emitters",
    "simulator",
    "emulator",
}
ALLOWED = {
    "base": set(),
    "numerics": set(),
    "kernels": {"numerics"},
    "targets": {"base", "numerics", "kernels"},
    "ir": {"base"},
    "program": {"base", "numerics", "kernels", "targets"},
    "pte": {"base", "numerics", "kernels", "targets"},
    "ops": _DIALECTS,
    "host_kernels": _DIALECTS | {"ops"},
    "frontends": _DIALECTS | {"ops"},
    "quantizer": _DIALECTS | {"ops", "host_kernels"},
    "passes": _DIALECTS | {"ops"},
    "lowering": _DIALECTS | {"ops"},
    "prepare": _DIALECTS | {"ops"},
    "planner": {"base"},
    "partial": _DIALECTS | {"ops"},
    "schedule": _DIALECTS | {"ops", "planner"},
    "emitters": _DIALECTS | {"ops", "planner", "pte"},
    "simulator": _DIALECTS | {"ops", "host_kernels", "planner"},
    "emulator": {"base", "kernels", "targets"},
    "driver": _DIALECTS | {"ops", "host_kernels", "pte"} | _STAGES,
    "tools": _DIALECTS | {"ops", "pte", "driver"} | _STAGES,
}
# Each folder below these is a library of its own and knows nothing of the one beside it, but for the shared ones named here.
SPLIT_FOLDERS = {"frontends": {"zip", "common"}, "emitters": set()}

# Code that also runs on the device: no heap, no streams, no exceptions. (Their tests run on the host and may.)
FREESTANDING_FOLDERS = {"numerics", "kernels"}
# Of a kernel's folder, but for the compiler and tests only: makes the operands of a prepared kernel.
PREPARE_HEADER = "prepare.hpp"
HOSTED_HEADERS = set(
    "any chrono condition_variable deque exception filesystem format forward_list fstream functional "
    "future iomanip ios iostream istream list locale map memory memory_resource mutex ostream queue "
    "random ranges regex set sstream stack stdexcept streambuf string string_view strstream system_error thread "
    "typeindex typeinfo unordered_map unordered_set variant vector stdio.h cstdio stdlib.h".split()
)

_QUOTED = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
_ANGLED = re.compile(r"^\s*#\s*include\s*<([^>]+)>")
_TEST_DEPENDS = re.compile(r"TEST_DEPENDS([^)]*)")


def check(repository: Path) -> list[str]:
    """All violations in `repository`/src, in order of file and line."""
    source_root = repository / "src"
    violations = []
    for folder in sorted(path.name for path in source_root.iterdir() if path.is_dir()):
        if folder not in ALLOWED:
            violations.append(f"src/{folder}: a folder without a row; add one to ALLOWED in tests/layering/layering.py")
    for file in sorted(source_root.rglob("*")):
        if file.suffix in {".cpp", ".hpp", ".h", ".def", ".inc"} and len(file.relative_to(source_root).parts) > 1:
            violations += _check_file(repository, file)
    return violations


def _check_file(repository: Path, file: Path) -> list[str]:
    violations = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        place = f"{file.relative_to(repository)}:{number}"
        if match := _QUOTED.match(line):
            fault = _fault_of_quoted(repository, file, match.group(1))
        elif match := _ANGLED.match(line):
            fault = _fault_of_angled(repository, file, match.group(1))
        else:
            continue
        if fault:
            violations.append(f"{place}: {fault}")
    return violations


def _fault_of_quoted(repository: Path, file: Path, include: str) -> str:
    source_root = repository / "src"
    parts = file.relative_to(source_root).parts
    folder, target = parts[0], include.split("/")
    is_test = _is_test(file)
    if is_test and (repository / "tests" / include).is_file():
        return ""
    if not (source_root / include).is_file():
        return f'"{include}" is no file of src/; include files by their path below src/'
    if target[-1] == PREPARE_HEADER and folder in FREESTANDING_FOLDERS and not _is_hosted(file):
        return f'"{include}" in freestanding code; {PREPARE_HEADER} runs in the compiler'
    declared = _test_dependencies(repository, file) if is_test else set()
    if target[0] == folder:
        is_foreign_library = (
            folder in SPLIT_FOLDERS
            and len(parts) > 2
            and len(target) > 2
            and target[1] not in SPLIT_FOLDERS[folder] | {parts[1]} | declared
        )
        if is_foreign_library:
            return f"{folder}/{parts[1]} includes {folder}/{target[1]}; the folders of {folder}/ are independent"
        return ""
    allowed = ALLOWED.get(folder, set()) | declared
    if target[0] in allowed:
        return ""
    return f"{folder} includes {target[0]} ({include}); it may include: {', '.join(sorted(allowed)) or 'nothing'}"


def _fault_of_angled(repository: Path, file: Path, include: str) -> str:
    parts = file.relative_to(repository / "src").parts
    if parts[0] in FREESTANDING_FOLDERS and not _is_hosted(file) and include in HOSTED_HEADERS:
        return f"<{include}> in freestanding code; {parts[0]} runs on the device without heap, streams or exceptions"
    return ""


def _is_hosted(file: Path) -> bool:
    """Tests, and what the compiler prepares a kernel's operands with, do not run on the device."""
    return _is_test(file) or file.name == PREPARE_HEADER


def _is_test(file: Path) -> bool:
    return file.stem.endswith("_test") or "testing" in file.parts


def _test_dependencies(repository: Path, file: Path) -> set[str]:
    """Libraries that the build file of `file` names in TEST_DEPENDS: the folder's tests, and only they, may use them."""
    folder = file.parent
    while not (folder / "CMakeLists.txt").is_file():
        if folder == repository:
            return set()
        folder = folder.parent
    match = _TEST_DEPENDS.search((folder / "CMakeLists.txt").read_text(encoding="utf-8"))
    return set(re.findall(r"\bpudu_(\w+)", match.group(1))) if match else set()
