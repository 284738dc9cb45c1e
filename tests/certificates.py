"""Certificates for one test: an authority of its own, and a server's by it, as openssl makes them."""

import subprocess
from pathlib import Path

CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=Utvag test")


def authority(folder: Path) -> Path:
    """Make an authority's key and certificate; give the path of the certificate."""
    made = folder / "ca.pem"
    openssl("req", "-x509", *CURVE, "-days", "2", "-keyout", str(folder / "ca.key"), "-out", str(made))
    return made


def certify(folder: Path, name: str, *hosts: str, days: int = 2) -> tuple[Path, Path]:
    """Make a server's certificate for its addresses by the authority of a folder; give its path and its key's.

    It holds for so many days; with -1 it has run out.
    """
    made, key = folder / f"{name}.crt", folder / f"{name}.key"
    request, names = folder / f"{name}.request", folder / f"{name}.names"
    names.write_text(f"subjectAltName={','.join(f'IP:{one}' for one in hosts)}\n", "ascii")
    openssl("req", *CURVE, "-keyout", str(key), "-out", str(request))
    by = ("-CA", str(folder / "ca.pem"), "-CAkey", str(folder / "ca.key"), "-CAcreateserial")
    openssl("x509", "-req", "-in", str(request), *by, "-days", str(days), "-extfile", str(names), "-out", str(made))
    key.chmod(0o600)
    return made, key


def openssl(*words: str) -> None:
    """Run openssl; it is there wherever Debian's PostgreSQL is."""
    subprocess.run(["openssl", *words], check=True, capture_output=True)
