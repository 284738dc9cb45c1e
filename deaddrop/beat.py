"""The portal's half of the heartbeat: say that it is alive."""

from sqlalchemy import Engine, func, select
from sqlalchemy.dialects.sqlite import insert

from deaddrop.schema import BEATS, ask, empty_log, told, writing


def beat(engine: Engine, name: str, minute: int) -> None:
    """Leave the minute (since 1970, UTC) in which the portal of this name is alive, in the place of its last one.

    `name` has 1 to 64 characters. Raises UnavailableError if the store is away.
    """
    with told("not beaten"):
        if engine.dialect.name == "sqlite":
            ask(engine)  # else a file that was moved away would be made anew, empty, by its writer
            row = insert(BEATS).values(name=name, minute=minute)
            newest = row.on_conflict_do_update(index_elements=["name"], set_={"minute": minute})
            with writing(engine), engine.begin() as connection:
                connection.execute(newest)
            # Else the log would tell between which two minutes each envelope came that nobody has collected yet.
            empty_log(engine)
        else:
            with engine.begin() as connection:
                connection.execute(select(func.beat(name, minute)))
