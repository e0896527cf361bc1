#!/usr/bin/env python3
"""Links of the built site: `tests/site/links.py SITE`, after `mdbook build docs`; `.ci/site` calls it.

A link that leaves docs/, such as ../CHANGELOG.md, becomes a link to the repository, of which mdBook knows nothing; what
it leads to must be in this checkout. Then every link within the site must lead to a file, and to an id on its page.
It needs Python alone, and no network: addresses of other sites are not asked.
"""

import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


class Page(HTMLParser):
    """The links and ids of a page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.ids = set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src") and value and tag != "base":
                self.links.add(value)
            if name == "id" or (name == "name" and tag == "a"):
                self.ids.add(value)


def in_repository(target):
    """A file or folder that the link of a page in docs/ means; mdBook has renamed pages to .html."""
    source = target.with_suffix(".md") if target.suffix == ".html" else target
    found = source if source.exists() else target
    return found if found.exists() and found.is_relative_to(ROOT) else None


def rewritten(page, text, site, repository):
    """The page with links that leave the site as links to the repository, and those that lead nowhere."""
    broken = []
    for link in sorted(Page(text).links, key=len, reverse=True):
        path, anchor = urldefrag(link)
        if urlsplit(link).scheme or not path or path.startswith("/"):
            continue
        place = (page.parent / unquote(path)).resolve()
        if place.is_relative_to(site):
            continue
        found = in_repository((DOCS / page.relative_to(site).parent / unquote(path)).resolve())
        if found is None:
            broken.append(f"{page.name}: {link} is neither on the site nor in the repository")
            continue
        kind = "tree" if found.is_dir() else "blob"
        address = f"{repository}/{kind}/main/{found.relative_to(ROOT).as_posix()}" + (f"#{anchor}" if anchor else "")
        text = text.replace(f'"{link}"', f'"{address}"')
    return text, broken


def unresolved(page, parsed, pages, site):
    """Links within the site that lead nowhere."""
    for link in sorted(parsed.links):
        path, anchor = urldefrag(link)
        if urlsplit(link).scheme or link.startswith("//"):
            continue
        # 404.html is shown at any address, so that its links begin with the site's own.
        start = site if path.startswith("/") else page.parent
        target = (start / unquote(path).removeprefix(SITE_URL).lstrip("/")).resolve() if path else page
        target = target / "index.html" if target.is_dir() else target
        if not target.exists():
            yield f"{page.name}: {link} leads to no file"
        elif anchor and target in pages and unquote(anchor) not in pages[target].ids:
            yield f"{page.name}: {link} leads to no heading"


def main(site):
    repository = BOOK["git-repository-url"]
    broken, pages = [], {}
    for page in sorted(site.rglob("*.html")):
        text, lost = rewritten(page, page.read_text(encoding="utf-8"), site, repository)
        page.write_text(text, encoding="utf-8")
        pages[page], broken = Page(text), broken + lost
    for page, parsed in pages.items():
        broken += unresolved(page, parsed, pages, site)
    if broken:
        sys.exit("error: links of the site that lead nowhere; mend them in docs/:\n  " + "\n  ".join(broken))
    print(f"{len(pages)} pages, {sum(len(page.links) for page in pages.values())} links: each leads somewhere")


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1], "index.html").exists():
        sys.exit("usage: tests/site/links.py SITE, a folder that mdbook has built")
    BOOK = tomllib.loads((DOCS / "book.toml").read_text(encoding="utf-8"))["output"]["html"]
    SITE_URL = BOOK["site-url"]
    main(Path(sys.argv[1]).resolve())
