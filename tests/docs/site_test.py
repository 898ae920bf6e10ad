"""The site is built without a warning (a broken link or anchor is one), and every kind of page fits a phone and a desktop.

SITE_SCREENSHOTS=FOLDER keeps pictures of what the browser shows.
"""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from devtools import Browser  # noqa: E402  (the path comes first)

PAGES = ("index", "start/pytorch", "howto/does-not-fit", "reference/cli", "memory", "comparison", "operators",
         "repository/ARCHITECTURE", "repository/src/ops/conv2d/conv2d")
PHONE, DESKTOP = (390, 844), (1280, 900)


def build(root, site):
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", str(root / "mkdocs.yml"), "--site-dir", site]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


class Site(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="pudu-site-")
        cls.site = Path(cls.folder.name) / "site"
        cls.built = build(ROOT, str(cls.site))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_builds_without_warnings(self):
        self.assertEqual(self.built.returncode, 0, self.built.stderr)
        self.assertNotIn("WARNING", self.built.stderr)

    def test_pages_fit_phone_and_desktop(self):
        shots = os.environ.get("SITE_SCREENSHOTS")
        with Browser() as browser:
            for name in PAGES:
                for width, height in (PHONE, DESKTOP):
                    with self.subTest(page=name, width=width):
                        browser.open(self.site / f"{name}.html", width, height)
                        self.assertLessEqual(browser.evaluate("document.documentElement.scrollWidth"), width)
                        self.assertEqual(browser.evaluate("document.querySelectorAll('article h1').length"), 1)
                        broken = "[...document.images].filter(image => !image.naturalWidth).map(image => image.src)"
                        self.assertEqual(browser.evaluate(broken), [])
                        self.assertEqual(browser.faults, [])
                        if shots:
                            browser.screenshot(os.path.join(shots, f"{name.replace('/', '_')}_{width}.png"), False)


if __name__ == "__main__":
    unittest.main()
