"""The site is built without a warning (a broken link or anchor is one), and every kind of page fits a phone and a desktop.

SITE_SCREENSHOTS=FOLDER keeps pictures of what the browser shows.
"""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from devtools import Browser  # noqa: E402  (the path comes first)

PAGES = ("index", "start/pytorch", "start/zephyr", "howto/arduino", "howto/does-not-fit", "reference/cli", "memory", "comparison", "operators",
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

    def test_nothing_is_loaded_from_elsewhere(self):
        """Not by what is in the pages and style sheets; the browser sees no request in the pages that it opens, either."""
        loads = re.compile(r"<(?:script|img|iframe|source|video|audio)\b[^>]*\bsrc=[\"']?(?:https?:)?//|"
                           r"<link\b(?![^>]*\brel=[\"']?canonical)[^>]*\bhref=[\"']?(?:https?:)?//|"
                           r"url\([\"']?(?:https?:)?//|@import\s+[\"'](?:https?:)?//")
        files = [file for file in self.site.rglob("*") if file.suffix in (".html", ".css")]
        self.assertGreater(len(files), 50)
        for file in files:
            self.assertIsNone(loads.search(file.read_text(encoding="utf-8")), file.relative_to(self.site))

    def test_search_works_in_pages_opened_from_files(self):
        search = """new Promise(done => {
          const query = document.querySelector('[data-md-component=search-query]');
          query.focus();
          query.value = 'scratch';
          query.dispatchEvent(new Event('keyup'));
          const found = () => [...document.querySelectorAll('.md-search-result__link')].map(link => link.href);
          const look = (tries) => found().length > 1 || !tries ? done(found()) : setTimeout(look, 100, tries - 1);
          look(100);
        })"""
        with Browser() as browser:
            for name in ("index", "repository/src/ops/conv2d/conv2d"):
                with self.subTest(page=name):
                    browser.open(self.site / f"{name}.html", *DESKTOP)
                    links = browser.evaluate(search)
                    self.assertTrue(any("/scratch.html" in link for link in links), links)
                    self.assertEqual(browser.faults, [])


if __name__ == "__main__":
    unittest.main()
