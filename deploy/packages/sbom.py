"""List what is in a package, as CycloneDX: libraries with their hashes, and what the phone's scripts are made of."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from deploy.packages.parts import ROOT, Package

Component = dict[str, Any]  # Any: JSON's values


def made(package: Package, taken: list[str]) -> str:
    """Return the list for a package whose libraries are pinned by these lines; the same lines give the same bytes."""
    command = [
        str(Path(sys.executable).parent / "cyclonedx-py"),
        "requirements",
        "--sv",
        "1.6",
        "--output-reproducible",
    ]
    command += ["--of", "JSON", "--pyproject", str(ROOT / "pyproject.toml"), "-"]
    lines = "".join(f"{line}\n" for line in sorted(taken))
    listed = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)  # noqa: S603  # pinned
    document: dict[str, Any] = json.loads(listed.stdout)
    document["metadata"]["component"]["name"] = package.name
    document.pop("serialNumber", None)
    for component in document["components"]:
        component.pop("externalReferences", None)  # where it might be fetched tells nothing; what it is do its hashes
        component.pop("description", None)
    hashed(document["components"], lines)
    document["components"] += scripts()
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def hashed(components: list[Component], lines: str) -> None:
    """Give each library every hash that its pinned line allows: one for each platform's wheel."""
    for line in lines.splitlines():
        name, rest = line.split("==", 1)
        digests = [word.removeprefix("--hash=sha256:") for word in rest.split() if word.startswith("--hash=sha256:")]
        for component in components:
            if component["name"].lower().replace("_", "-") == name.lower():
                component["hashes"] = [{"alg": "SHA-256", "content": digest} for digest in digests]


def scripts() -> list[Component]:
    """List what the scripts that seal in the phone are bundled from, by client/package-lock.json."""
    lock = json.loads((ROOT / "client" / "package-lock.json").read_text("utf-8"))
    wanted = [name for name in lock["packages"][""]["dependencies"] if name.startswith("@noble/")]
    found = []
    for name in sorted(wanted):
        entry = lock["packages"][f"node_modules/{name}"]
        kind, _, digest = entry["integrity"].partition("-")
        group, _, short = name.partition("/")
        found.append(
            {
                "type": "library",
                "group": group,
                "name": short,
                "version": entry["version"],
                "purl": f"pkg:npm/{name.replace('@', '%40')}@{entry['version']}",
                "bom-ref": name,
                "hashes": [{"alg": kind.replace("sha", "SHA-"), "content": base64.b64decode(digest).hex()}],
            }
        )
    return found
