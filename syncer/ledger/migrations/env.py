"""Alembic's environment: it migrates on the connection that it is given (see `syncer.ledger.migrate`)."""

from alembic import context

from syncer.ledger.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
