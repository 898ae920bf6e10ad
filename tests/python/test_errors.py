"""Exceptions have the kinds and the words of the command line."""

import numpy as np
import pytest
from conftest import MODELS, command_line

import pudu

UNSUPPORTED = MODELS.parent / "reader" / "unsupported_operators.pt2"


def cli_message(*arguments):
    result = command_line(*arguments)
    return result.returncode, result.stderr.rstrip("\n")


@pytest.mark.parametrize(
    ("error", "options", "arguments"),
    [
        (pudu.UsageError, {"io": "int4"}, ["--io", "int4"]),
        (pudu.UsageError, {"plan_time": "soon"}, ["--plan-time", "soon"]),
        (pudu.UsageError, {"disable_pass": ["fold"]}, ["--disable-pass", "fold"]),
        (pudu.UnsupportedError, {"target": "cortex-m54"}, ["--target", "cortex-m54"]),
        (pudu.LimitExceededError, {"ram": "1K"}, ["--ram", "1K"]),
        (pudu.LimitExceededError, {"ram": 1024, "flash": 10}, ["--ram", "1024", "--flash", "10"]),
    ],
)
def test_options_are_refused_in_the_same_words(digits, tmp_path, error, options, arguments):
    with pytest.raises(error) as caught:
        pudu.compile(digits.model, calibration=digits.calibration_file, **options)
    command = ["compile", digits.model, "--calibration", digits.calibration_file, "-o", tmp_path / "out", "--quiet"]
    assert cli_message(*command, *arguments) == (caught.value.exit_code, str(caught.value))


def test_all_unsupported_nodes_are_diagnosed(digits, tmp_path):
    with pytest.raises(pudu.UnsupportedError) as caught:
        pudu.analyze(UNSUPPORTED)
    assert [diagnostic.where for diagnostic in caught.value.diagnostics] == ["sort", "fft_fft2", "real"]
    assert cli_message("analyze", UNSUPPORTED, "--quiet") == (3, str(caught.value))


def test_a_missing_file_is_invalid_input_and_a_value_error(tmp_path):
    with pytest.raises(pudu.InvalidInputError) as caught:
        pudu.analyze(tmp_path / "none.pt2")
    assert str(caught.value) == f"error: {tmp_path}/none.pt2: no such file"
    assert isinstance(caught.value, ValueError)
    assert caught.value.diagnostics[0] == pudu.Diagnostic(file=f"{tmp_path}/none.pt2", found="no such file")


def test_float_models_need_calibration(digits):
    with pytest.raises(pudu.UsageError, match="error: --calibration: no calibration data"):
        pudu.compile(digits.model)


def test_samples_that_do_not_fit(artifact, digits):
    with pytest.raises(pudu.InvalidInputError) as caught:
        artifact.run(np.zeros((2, 3, 8, 8), np.float32))
    assert caught.value.diagnostics[0].file == "input"
    assert caught.value.diagnostics[0].found == "shape [2, 3, 8, 8]"
    with pytest.raises(pudu.InvalidInputError, match='data type float64; .*\nhint: convert with array.astype'):
        artifact.run(digits.images[:1].astype(np.float64))
    broken = digits.images[:3].copy()
    broken[1, 0, 0, 0] = np.nan
    with pytest.raises(pudu.InvalidInputError, match="sample 1 holds NaN"):
        artifact.run(broken)
    with pytest.raises(pudu.InvalidInputError, match="0 samples"):
        artifact.run(digits.images[:0])


def test_unknown_keywords_are_refused(digits):
    with pytest.raises(pudu.UsageError, match="(?s)error: tragte: unknown option; target, isa, .*did you mean 'target'"):
        pudu.compile(digits.model, calibration=digits.calibration, tragte="cortex-m4")


def test_folders_that_are_none(tmp_path):
    with pytest.raises(pudu.InvalidInputError, match="not a compiled model"):
        pudu.load(tmp_path)


def test_analyze_tells_what_does_not_fit(digits):
    with pytest.raises(pudu.LimitExceededError) as caught:
        pudu.analyze(digits.model, ram=100)
    assert caught.value.report.arena_bytes > 100


def test_a_program_takes_no_options_of_a_compilation():
    program = MODELS.parent / "pte" / "deep_autoencoder.pte"
    assert pudu.analyze(program).arena_bytes > 0
    with pytest.raises(pudu.UsageError, match="given for a program that is compiled already"):
        pudu.analyze(program, target="cortex-m4")


def test_every_error_is_one_of_pudu():
    kinds = [pudu.UsageError, pudu.InvalidInputError, pudu.UnsupportedError, pudu.LimitExceededError, pudu.InternalError]
    assert [kind.exit_code for kind in kinds] == [1, 2, 3, 4, 70]
    assert all(issubclass(kind, pudu.Error) for kind in kinds)
