"""ExecuTorch programs on ExecuTorch's runtime, which the wheel carries."""

import json

import numpy as np
import pytest
from conftest import MODELS, command_line

import pudu

PROGRAM = MODELS.parent / "pte" / "tiny_cnn.pte"
INPUT = np.load(MODELS / "tiny_cnn.in0.npy")


@pytest.fixture(scope="module")
def digits_program(digits, tmp_path_factory):
    artifact = pudu.compile(digits.model, calibration=digits.calibration, target="cortex-m4")
    path = tmp_path_factory.mktemp("program") / "digits.pte"
    artifact.write_pte(path)
    return artifact, pudu.load(path)


def test_a_program_gives_the_bytes_of_the_simulator(digits, digits_program):
    artifact, program = digits_program
    images = digits.images[:20]
    assert np.array_equal(program.run(images), artifact.run(images))
    assert np.array_equal(program.run(images, raw=True), artifact.run(images, raw=True))
    assert program.run(images, raw=True).dtype == np.int8


def test_a_program_says_what_it_needs(digits_program):
    _, program = digits_program
    assert program.report.arena_bytes == pudu.analyze(program.path).arena_bytes
    assert "pudu.Program" in repr(program)


def test_the_command_line_runs_it(tmp_path):
    np.save(tmp_path / "input.npy", INPUT)
    result = command_line("run", PROGRAM, "--input", tmp_path / "input.npy", "--json", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["samples"] == 1
    table = command_line("run", PROGRAM, "--input", tmp_path / "input.npy", "--profile")
    assert "method_allocator_planned" in table.stdout


def test_what_is_no_program_is_refused(tmp_path):
    (tmp_path / "broken.pte").write_bytes(b"hello")
    with pytest.raises(pudu.InvalidInputError, match="broken.pte"):
        pudu.load(tmp_path / "broken.pte")
    with pytest.raises(pudu.InvalidInputError, match="shape"):
        pudu.load(PROGRAM).run(np.zeros((1, 2, 3), np.float32))
