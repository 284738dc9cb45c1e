"""An authority of the tests' own, and a certificate of it for this machine."""

import subprocess
from pathlib import Path

NAMES = "subjectAltName=IP:127.0.0.1,DNS:localhost"
KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def openssl(*arguments: str | Path) -> None:
    """Run openssl; raises CalledProcessError with what it said."""
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def authority(folder: Path) -> None:
    """Make ca.pem, and server.pem with server.key for loopback, good for a day."""
    ca, ca_key, key, asked = (folder / name for name in ("ca.pem", "ca.key", "server.key", "server.csr"))
    openssl("req", "-x509", *KEY, "-keyout", ca_key, "-out", ca, "-days", "1", "-subj", "/CN=utvag test")
    openssl("req", *KEY, "-keyout", key, "-out", asked, "-subj", "/CN=utvag", "-addext", NAMES)
    signing = ("-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-copy_extensions", "copy", "-days", "1")
    openssl("x509", "-req", "-in", asked, *signing, "-out", folder / "server.pem")
