"""Long calls tell how far they are, leave the interpreter to others, and stop when they are told to."""

import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from conftest import MODELS

import pudu


def test_a_callable_hears_of_stages_and_samples(digits):
    events = []
    pudu.compile(digits.model, calibration=digits.calibration, progress=lambda *event: events.append(event))
    stages = list(dict.fromkeys(stage for stage, _, _ in events))
    assert stages[0] == "read"
    assert "plan" in stages
    assert len(stages) > 10
    last = {}
    for stage, done, total in events:
        assert 0 <= done <= max(total, done)
        last[stage] = (done, total)
    assert all(done == total > 0 for done, total in last.values())


class Bar:
    """What tqdm.tqdm has of methods and fields that are used."""

    def __init__(self):
        self.n, self.total, self.stages = 0, None, []

    def reset(self, total=None):
        self.n, self.total = 0, total

    def update(self, n=1):
        self.n += n

    def set_description(self, text):
        self.stages.append(text)


def test_a_tqdm_bar_is_driven(artifact, digits):
    bar = Bar()
    artifact.run(digits.images, progress=bar)
    assert bar.stages == ["run on the host simulator"]
    assert bar.n == bar.total == len(digits.images)


def test_what_the_callable_raises_ends_the_call(digits):
    class Enough(Exception):
        pass

    seen = []

    def progress(stage, done, total):
        seen.append(stage)
        raise Enough(stage)

    with pytest.raises(Enough, match="read"):
        pudu.compile(digits.model, calibration=digits.calibration, progress=progress)
    assert seen == ["read"]


def test_progress_of_another_kind_is_refused(digits):
    with pytest.raises(TypeError, match="progress is None, False, a tqdm bar or a callable, not int"):
        pudu.compile(digits.model, calibration=digits.calibration, progress=3)


def test_other_threads_run_meanwhile(digits):
    turns = 0
    stop = threading.Event()

    def count():
        nonlocal turns
        while not stop.is_set():
            turns += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    before = turns
    pudu.validate(digits.model, digits.images[:50], calibration=digits.calibration, suggestions=False)
    during = turns - before
    stop.set()
    thread.join()
    assert during > 5


INTERRUPTED = """
import sys, time, numpy, pudu
def progress(stage, done, total):
    if stage == sys.argv[3] and total:
        print("working", flush=True)
try:
    pudu.compile(sys.argv[1], calibration=numpy.load(sys.argv[2]).repeat(40, 0), effort="max", progress=progress)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.parametrize("stage", ["calibrate", "correct_biases"])
def test_ctrl_c_stops_a_compilation(stage):
    command = [sys.executable, "-c", INTERRUPTED, MODELS / "mobilenet_v1_025.pt2", MODELS / "mobilenet_v1_025.calib0.npy"]
    # A shell starts what runs in its background with SIGINT ignored, and tests may run there.
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        process = subprocess.Popen([*map(str, command), stage], stdout=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        assert process.stdout.readline() == "working\n"
        process.send_signal(signal.SIGINT)
        start = time.monotonic()
        lines = process.stdout.read().splitlines()
        seconds = time.monotonic() - start
        assert process.wait() == 0
    assert lines[-1] == "interrupted"
    # A second is meant; machines that test have other work, too.
    assert seconds < 10


def test_an_interrupted_process_compiles_again(digits):
    """Cancelling leaves nothing behind."""

    def progress(stage, done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pudu.compile(digits.model, calibration=digits.calibration, progress=progress)
    artifact = pudu.compile(digits.model, calibration=digits.calibration)
    assert np.isfinite(artifact.run(digits.images[:1])).all()
