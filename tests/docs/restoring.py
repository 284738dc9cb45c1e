"""What the pages say of backups on PostgreSQL, as lines to be typed: made, looked at, rehearsed, put back.

They follow the section about PostgreSQL on the same machine; `prepared` gives a line as it is typed there.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from crypto.opening.identity import new_identity
from crypto.opening.keyfile import FAST, write_key_file
from tests.deploy.test_operations_followed import settings
from tests.docs.pages import DOCS, ROOT, lines, section
from tests.docs.spoken import said
from tests.staff.world import PROGRAMME, World

PGPASS = "install -m 0600 -o utvag-portal /dev/null"
AS_APP = "(set -a; . /etc/utvag/staff.env; exec runuser -u utvag-staff -- utvag status)"
MAKE, DROP = "runuser -u postgres -- createdb", "runuser -u postgres -- dropdb"
ASIDE = "runuser -u postgres -- psql -X -p 5434 -d postgres -c 'ALTER DATABASE"
SPOKEN = (PGPASS, AS_APP, MAKE, DROP, ASIDE)
PAGE, HOME, OWNERS = "it/upgrade.md", "/var/lib/utvag/staff", "/var/lib/utvag/staff/owners"
PHRASE = "kola bada tepo sogu fite joha"
QUERY = 'runuser -u postgres -- psql -X -q -t -p 5434 -d utvag_casebook -c "{}"'
ROW = "INSERT INTO collected (id, team_tag, epoch, day, sealed, intact) VALUES ('kept', 'team', 1, 1, 'sealed', 1)"
KEPT, LOST = QUERY.format(ROW), QUERY.format("DELETE FROM collected")
FOUND = QUERY.format("SELECT 'back again' FROM collected WHERE id = 'kept'")
# The program where every user may read it (its Python may lie in root's folder, here a layer of the test's), and what
# the package and section 10.1 lay on S.
LAID = f"""
chmod o+x /root
mkdir -p program bin
mount --bind {ROOT} program
printf '#!/bin/sh\\nexec /var/here/program/.venv/bin/python -P -m command "$@"\\n' >bin/utvag
chmod 755 bin/utvag
export PATH=/var/here/bin:$PATH PYTHONPATH=/var/here/program PYTHONDONTWRITEBYTECODE=1
systemd-sysusers - <deploy/sysusers.d/utvag-staff.conf
install -d -m 0700 -o utvag-staff {HOME} /srv/utvag-pepper /var/lib/utvag-backup
install -m 0644 carried/roster carried/programme.toml /etc/utvag/
install -m 0600 carried/staff.env /etc/utvag/
install -m 0600 -o utvag-staff carried/members carried/backup.key carried/erased {HOME}/
install -m 0600 -o utvag-staff carried/pepper /srv/utvag-pepper/
cd {HOME}
"""


def carry(folder: Path, prepared: Callable[[str], str]) -> None:
    """Make what is carried to S: roster, register, pepper, settings as section 10.1 has them, and the backup key."""
    (folder / "world").mkdir()
    world, key = World(folder / "world"), new_identity()
    world.close()
    for name in ("roster", "members"):
        (folder / name).write_bytes((world.folder / name).read_bytes())
    (folder / "pepper").write_bytes(world.settings.pepper)
    (folder / "programme.toml").write_bytes(PROGRAMME.read_bytes())
    (folder / "erased").touch()
    (folder / "backup.key").write_bytes(write_key_file(key, PHRASE, cost=FAST))
    root, backup = world.root.sign_public.hex(), key.box_public.hex()
    text = prepared(settings("staff.env")).replace("ROOT_KEY=HEX", f"ROOT_KEY={root}")
    (folder / "staff.env").write_text(text.replace("BACKUP_KEY=HEX", f"BACKUP_KEY={backup}"), "utf-8")


def typed(section_11: list[str], prepared: Callable[[str], str]) -> Iterator[str]:
    """Give the lines, in the order in which the page has them; `section_11` lets the owner in and shuts it out."""
    (login,) = (line for line in section_11 if "casebook_owner LOGIN" in line)
    shut = section_11[-1].replace("deploy/", "/var/here/deploy/")
    (scratch,) = re.findall(r"`--scratch ([^`]+)`", (DOCS / PAGE).read_text("utf-8"))
    yield from LAID.strip().splitlines()
    yield said(PGPASS).replace("-o utvag-portal", "-o utvag-staff")  # on S, as the page says beside it
    yield "cat /var/here/passwords >>/etc/utvag/pgpass"
    let_in = [login, f"install -m 0600 -o utvag-staff /var/here/passwords {OWNERS}"]
    out_again = [shut, f"rm {OWNERS}"]
    rehearsing = f"{command('Rehearse a restore', 'utvag rehearse')} --scratch {scratch}"
    restoring = command("Restore", "utvag restore").replace(
        "/srv/utvag/staff/casebook.sqlite", scratch.replace("utvag_rehearsal", "utvag_casebook")
    )
    for line in (
        f"{said(AS_APP)} || test $? -lt 3",
        KEPT,
        as_app(command("Back up", "utvag backup", "--keep 30")),
        as_app(command("Back up", "utvag backup", "--erased")),
        as_app(command("Back up", "utvag verify")),
        *(said(MAKE), *let_in, as_app(rehearsing), said(DROP), *out_again),
        LOST,
        *(said(ASIDE), shut, *let_in, as_app(f"{restoring} --record {HOME}/erased"), *out_again),
        FOUND,
        f"{said(AS_APP)} || test $? -lt 3",
    ):
        yield prepared(line.replace("DAY", str(datetime.now(UTC).date())))


def command(title: str, begins: str, ends: str = "") -> str:
    """Give a section's one line that begins and ends so."""
    (found,) = (line for line in lines(section(PAGE, title)) if line.startswith(begins) and line.endswith(ends))
    return found


def as_app(line: str) -> str:
    """Give a command as the app's user types it, with its settings, and the passphrase where one is asked for."""
    asked = f" --passphrase-fd 0 <<<'{PHRASE}'" if "--key" in line else ""
    return said(AS_APP).replace("utvag status", line + asked)
