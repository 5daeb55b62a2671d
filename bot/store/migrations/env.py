"""Alembic's entry: runs the migrations on the connection, and in the transaction, that `bot.store.upgrade` opened."""

from alembic import context

from bot.store.schema import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
