"""How the pages are built (`make docs`): Sphinx, Markdown by MyST; warnings are errors."""

import sys
from importlib import metadata
from pathlib import Path

from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

project = "Interlingua"
version = release = metadata.version("interlingua")
extensions = ["myst_parser"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"Interlingua {release}"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False


def setup(app: Sphinx) -> None:
    """Write the pages that are made from the code before the pages are read."""
    from generate import write_pages  # noqa: PLC0415 (stands beside this file)

    app.connect("builder-inited", lambda _: write_pages(HERE / "generated"))
