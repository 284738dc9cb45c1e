-- The dead drop's server: who there is, and what is closed to all of them. For PostgreSQL 15 or newer, in a cluster of
-- its own, by its superuser; run it again whenever you like, and after each new major version of PostgreSQL:
--
--     psql -X -d postgres -f deaddrop.sql
--
-- Then `utvag migrate deaddrop` makes the tables and functions as utvag_owner, and gives the two others their rights on
-- them: the list stands in deaddrop/rights.py.

\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
\if :{?database}
\else
\set database utvag_deaddrop
\endif

-- Three roles without any power over the server, and members of nothing. Passwords: \password utvag_portal, and so on.
SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['utvag_owner', 'utvag_portal', 'utvag_staff']) AS name
WHERE name NOT IN (SELECT rolname FROM pg_roles) \gexec
SELECT format('REVOKE %I FROM %I', granted.rolname, member.rolname) FROM pg_auth_members
JOIN pg_roles AS granted ON granted.oid = roleid JOIN pg_roles AS member ON member.oid = pg_auth_members.member
WHERE member.rolname IN ('utvag_owner', 'utvag_portal', 'utvag_staff') \gexec
ALTER ROLE utvag_owner NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOLOGIN;
ALTER ROLE utvag_portal NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS LOGIN CONNECTION LIMIT 150;
ALTER ROLE utvag_staff NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS LOGIN CONNECTION LIMIT 30;
-- What somebody who had a role's password has set for it goes.
ALTER ROLE utvag_portal RESET ALL;
ALTER ROLE utvag_staff RESET ALL;
-- A program that hangs is let go. Who holds the role's password can turn the first two off again, but not the third.
ALTER ROLE utvag_portal SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE utvag_portal SET statement_timeout = '10s';
ALTER ROLE utvag_portal SET temp_file_limit = 0;

SELECT format('CREATE DATABASE %I OWNER utvag_owner TEMPLATE template0 ENCODING ''UTF8'' LOCALE ''C''', :'database')
WHERE :'database' NOT IN (SELECT datname FROM pg_database) \gexec
-- Elsewhere on this server the counts would be readable after all. TEMPORARY goes too: no tables of one's own.
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', datname) FROM pg_database \gexec
ALTER DATABASE :"database" OWNER TO utvag_owner;
ALTER ROLE utvag_portal IN DATABASE :"database" RESET ALL;
ALTER ROLE utvag_staff IN DATABASE :"database" RESET ALL;
GRANT CONNECT ON DATABASE :"database" TO utvag_portal, utvag_staff;

\connect :"database"
SET client_min_messages = warning;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON SCHEMA information_schema FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO utvag_owner;
GRANT USAGE ON SCHEMA public TO utvag_portal, utvag_staff;

-- What counts rows, writes, locks, sleeps, notifies, keeps files or ends others' work is a function that is not
-- IMMUTABLE, or a view over one. All of them are closed, so that none is forgotten; what only computes stays open.
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT oid::regprocedure AS name FROM pg_proc
        WHERE pronamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
          AND provolatile <> 'i' AND has_function_privilege('public', oid, 'EXECUTE')
    LOOP
        EXECUTE format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', one.name);
        EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO utvag_owner', one.name);
    END LOOP;
    FOR one IN
        SELECT oid::regclass AS name FROM pg_class
        WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v')
          AND (has_table_privilege('public', oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
               OR has_any_column_privilege('public', oid, 'SELECT, INSERT, UPDATE'))
    LOOP
        EXECUTE format('GRANT SELECT ON %s TO utvag_owner', one.name);
        EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', one.name);
    END LOOP;
    FOR one IN SELECT lanname AS name FROM pg_language WHERE lanpltrusted LOOP
        EXECUTE format('REVOKE ALL ON LANGUAGE %I FROM PUBLIC', one.name);
        EXECUTE format('GRANT USAGE ON LANGUAGE %I TO utvag_owner', one.name);
    END LOOP;
END
$$;

-- Nor may the two change anything's definition or rights, not even give up their own: DROP OWNED would shut out all
-- portals at once.
CREATE OR REPLACE FUNCTION public.refuse_changes() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    IF session_user IN ('utvag_portal', 'utvag_staff') THEN
        RAISE insufficient_privilege;
    END IF;
END
$$;
REVOKE ALL ON FUNCTION public.refuse_changes() FROM PUBLIC;
DROP EVENT TRIGGER IF EXISTS refuse_changes;
CREATE EVENT TRIGGER refuse_changes ON ddl_command_start EXECUTE FUNCTION public.refuse_changes();

-- What the programs' driver asks when it connects, what they ask about their own rights, and staff's turn at a mailbox.
GRANT EXECUTE ON FUNCTION version(), current_schema(), current_setting(text), has_schema_privilege(text, text)
TO utvag_portal, utvag_staff;
GRANT EXECUTE ON FUNCTION pg_advisory_xact_lock(bigint) TO utvag_staff;
-- What sweeping stands on (deaddrop/migrations: 0004), for the owner alone.
GRANT EXECUTE ON FUNCTION pg_switch_wal(), pg_stat_reset_single_table_counters(oid) TO utvag_owner;
