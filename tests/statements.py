"""What SQL statements are compiled to, kept for every SQLite engine of a run: each story opens its own databases."""

from typing import Any, ClassVar  # for the cache, whose own types SQLAlchemy does not export

from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache


class OneSQLite(SQLiteDialect_pysqlite):
    """SQLite as SQLAlchemy speaks it; engines that speak it alike are one for the cache of statements."""

    supports_statement_cache = True
    _kept: ClassVar[LRUCache[Any, Any]] = LRUCache(2000)

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        """Give an engine the one cache instead of its own, which would be empty."""
        engine._compiled_cache = cls._kept

    @property
    def _alike(self) -> tuple[object, ...]:
        return type(self), self.paramstyle, self.dbapi

    def __eq__(self, other: object) -> bool:
        """Tell whether another makes the same text of a statement: nothing else of a story is in it."""
        return isinstance(other, OneSQLite) and self._alike == other._alike

    def __hash__(self) -> int:
        """Give what equal ones share."""
        return hash(self._alike)


def share() -> None:
    """Let every SQLite engine made from now on share what is compiled."""
    registry.register("sqlite", __name__, OneSQLite.__name__)
