from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from staff.casebook import Casebook, migrate, prepare, ready, revisions
from staff.errors import NotMigratedError
from staff.models import Base
from tests.postgresql import Cluster


@pytest.fixture(params=["SQLite", pytest.param("PostgreSQL", marks=pytest.mark.long)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Casebook]:
    """Open a casebook without tables."""
    where = str(tmp_path / "new.sqlite")
    if request.param == "PostgreSQL":
        server: Cluster = request.getfixturevalue("postgresql")
        where = server.database()
    casebook = Casebook(where)
    yield casebook
    casebook.close()


def difference(casebook: Casebook) -> list[object]:
    """Say where tables and models do not agree."""
    with casebook.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


def test_migrations_make_what_the_models_describe(empty: Casebook) -> None:
    """A fresh casebook and the models agree to the last column, and preparing twice changes nothing."""
    prepare(empty)
    prepare(empty)
    assert difference(empty) == []
    assert ready(empty)


def test_migrations_lead_down_and_up_again(empty: Casebook) -> None:
    """All taken back leaves no table of ours; brought up again it is whole."""
    prepare(empty)
    migrate(empty, "base")
    assert inspect(empty.engine).get_table_names() == ["alembic_version"]
    prepare(empty)
    assert difference(empty) == []


def test_a_casebook_that_a_newer_version_made_is_left_alone(empty: Casebook) -> None:
    """An older program that meets it says so and changes nothing; both revisions can be asked for."""
    assert revisions(empty)[0] == ""
    prepare(empty)
    assert len(set(revisions(empty))) == 1
    with empty.write() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NotMigratedError):
        prepare(empty)
    assert revisions(empty)[0] == "9999"
