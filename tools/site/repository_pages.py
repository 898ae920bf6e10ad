"""A hook of MkDocs: documents outside docs/ become pages of the site, and links are followed as on a code host.

Documents stand beside what they describe (an operator's in its folder, an example's with its files) and link to each
other by paths in the repository. Each of them becomes the page repository/PATH. A link to a document leads to its page,
a link to a folder to the README in it; a link to a source file or to a folder without one becomes plain text, as the site
does not carry sources. A link to what does not exist is left as it is: MkDocs reports it, and `strict` fails the build.
"""

import posixpath
import re
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("examples", "src", "tests", "integrations", "boards", "python", "zephyr", "samples", "arduino", "cmake")
PREFIX = "repository/"
LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()\s]+)\)")
SHIM = re.compile(r"<script src=\"?https://unpkg.com/iframe-worker/shim\"?></script>")
WORKER = (Path(__file__).resolve().parent / "file_worker.js").read_text(encoding="utf-8")
FENCE = re.compile(r"^\s*(```|~~~)")


def repository_documents():
    """Paths of the documents outside docs/, relative to the repository."""
    documents = [path.name for path in ROOT.glob("*.md")]
    for folder in FOLDERS:
        documents += [path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*.md")]
    return sorted(documents)


def on_files(files, config):
    for path in repository_documents():
        files.append(File.generated(config, PREFIX + path, content=(ROOT / path).read_text(encoding="utf-8")))
    return files


def source_path(uri):
    """Where the page `uri` of the site comes from, relative to the repository."""
    return uri[len(PREFIX):] if uri.startswith(PREFIX) else "docs/" + uri


def page_of(path, files):
    """The site's page for the repository's `path`, or None where it has none."""
    for document in (path, posixpath.join(path, "README.md")):
        uri = document[len("docs/"):] if document.startswith("docs/") else PREFIX + document
        if files.get_file_from_path(uri):
            return uri
    return None


def rewrite(match, uri, files):
    text, target = match.groups()
    target, _, anchor = target.partition("#")
    if not target or re.match(r"[a-z]+:", target):
        return match.group(0)
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source_path(uri)), target))
    page = page_of(path, files)
    if page:
        link = posixpath.relpath(page, posixpath.dirname(uri) or ".")
        return f"[{text}]({link}{'#' + anchor if anchor else ''})"
    if (ROOT / path).exists() and not path.startswith(".."):
        return text
    return match.group(0)


def on_page_markdown(markdown, page, config, files):
    lines, fenced = [], False
    for line in markdown.split("\n"):
        if FENCE.match(line):
            fenced = not fenced
        # What is between backquotes is code: every second piece.
        lines.append(line if fenced else LINK.sub(lambda match: rewrite(match, page.file.src_uri, files), line))
    return "\n".join(lines)


def without_foreign_scripts(output):
    return SHIM.sub(lambda _: f"<script>{WORKER}</script>", output)


def on_post_page(output, page, config):
    """Material would load one script from elsewhere, for search in pages opened from files: ours takes its place."""
    return without_foreign_scripts(output)


def on_post_template(output_content, template_name, config):
    """The same for pages without a document: 404.html."""
    return without_foreign_scripts(output_content) if template_name.endswith(".html") else output_content
