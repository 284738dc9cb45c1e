"""How ./run docs makes a site of this folder: offline, from PyPI's Sphinx, MyST and Furo, without an outside asset."""

project = "Utväg"
project_copyright = ""
html_show_copyright = False
html_title = "Utväg"
extensions = ["myst_parser"]
exclude_patterns = ["_build", "README.md"]
myst_heading_anchors = 4
# A link to a file outside this folder is read on the page that the repository is shown on; here it stays text.
suppress_warnings: list[str] = []
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
pygments_style = "tango"
pygments_dark_style = "monokai"
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b4f52", "color-brand-content": "#0b4f52"},
    "dark_css_variables": {"color-brand-primary": "#8fd0c8", "color-brand-content": "#8fd0c8"},
    "footer_icons": [],
}

SWEDISH = ("coordinators/", "protection/")


def speak(_app: object, page: str, _template: str, context: dict[str, object], _tree: object) -> None:
    """Tell browsers and screen readers which language a page is in."""
    context["language"] = "sv" if page.startswith(SWEDISH) else "en"


def setup(app: object) -> None:
    """Ask to be called for each page."""
    app.connect("html-page-context", speak)  # type: ignore[attr-defined]  # Sphinx is no part of what is type-checked
