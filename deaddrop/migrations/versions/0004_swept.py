"""Swept: what was collected or removed leaves the server's files too, not only its tables.

A deleted row's bytes else stay in the table's file until others take their place, and in the write-ahead log until it
is deleted. `sweep()`, which the staff app calls, cuts off a table that is empty and writes one that is not anew,
without what is gone and in the order of its keys; a table that somebody holds is left for the next time. Then it begins
a new segment of the log, so that the next checkpoint deletes the one before.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SWEEP = """
    CREATE FUNCTION public.sweep() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '200ms' AS $$
    DECLARE
        one regclass;
        waits boolean;
        swept boolean := false;
    BEGIN
        FOREACH one IN ARRAY ARRAY['public.envelopes', 'public.replies']::regclass[] LOOP
            CONTINUE WHEN pg_relation_size(one) = 0;
            BEGIN
                EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', one);
                EXECUTE format('SELECT EXISTS (SELECT FROM %s)', one) INTO waits;
                IF NOT waits THEN
                    EXECUTE format('TRUNCATE %s', one);
                    swept := true;
                ELSIF pg_stat_get_dead_tuples(one) > 0 THEN
                    EXECUTE format('CLUSTER %s', one);
                    PERFORM pg_stat_reset_single_table_counters(one);
                    swept := true;
                END IF;
            EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
                NULL;
            END;
        END LOOP;
        IF swept THEN
            PERFORM pg_switch_wal();
        END IF;
    EXCEPTION WHEN insufficient_privilege THEN
        NULL;  -- a server to try things on, whose owner may not: nothing is lost, and it is swept by itself one day
    END
    $$"""
# The sweep does what the server's own cleaning would, which forgets that there was something and leaves the bytes.
TABLES = ("envelopes", "replies")


def upgrade() -> None:
    """Make the function on a server; SQLite overwrites what it erases."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(SWEEP)
        op.execute("REVOKE ALL ON FUNCTION public.sweep() FROM PUBLIC")
        for table in TABLES:
            op.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false, toast.autovacuum_enabled = false)")
            op.execute(f"ALTER TABLE {table} CLUSTER ON {table}_pkey")


def downgrade() -> None:
    """Drop the function and let the server clean by itself again."""
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"ALTER TABLE {table} SET WITHOUT CLUSTER")
            op.execute(f"ALTER TABLE {table} RESET (autovacuum_enabled, toast.autovacuum_enabled)")
        op.execute("DROP FUNCTION public.sweep()")
