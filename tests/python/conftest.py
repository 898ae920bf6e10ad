"""What the tests share: the committed networks, and one compiled model."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import pudu

REPOSITORY = Path(__file__).resolve().parents[2]
MODELS = REPOSITORY / "tests" / "data" / "models"


class Digits:
    """A trained classifier of 8x8 digits."""

    model = MODELS / "digits_cnn.pt2"
    calibration_file = MODELS / "digits_calib.npy"
    calibration = np.load(MODELS / "digits_calib.npy")
    images = np.load(MODELS / "digits_test_inputs.npy")
    labels = np.load(MODELS / "digits_test_labels.npy")


@pytest.fixture(scope="session")
def digits():
    return Digits


@pytest.fixture(scope="session")
def artifact(digits):
    return pudu.compile(digits.model, calibration=digits.calibration, target="cortex-m4")


def command_line(*arguments, cwd=None):
    """The `pudu` that the wheel has installed."""
    command = [str(Path(sys.executable).parent / "pudu"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=600)
