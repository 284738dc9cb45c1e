"""Run migrations on the connection that `staff.casebook.migrate` lends; there is no other way to run them."""

from alembic import context

from staff.models import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
