-- The casebook's server: its owner, who makes tables and does not log in, and the staff app, which cannot. For
-- PostgreSQL 15 or newer, in a cluster of its own, by its superuser; run it again whenever you like:
--
--     psql -X -d postgres -f casebook.sql
--
-- Then `utvag migrate casebook` makes the tables as utvag_casebook_owner, and gives the app its rights on them: the
-- list stands in staff/rights.py.

\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
\if :{?database}
\else
\set database utvag_casebook
\endif

-- Passwords: \password utvag_casebook.
SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['utvag_casebook_owner', 'utvag_casebook']) AS name
WHERE name NOT IN (SELECT rolname FROM pg_roles) \gexec
SELECT format('REVOKE %I FROM %I', granted.rolname, member.rolname) FROM pg_auth_members
JOIN pg_roles AS granted ON granted.oid = roleid JOIN pg_roles AS member ON member.oid = pg_auth_members.member
WHERE member.rolname IN ('utvag_casebook_owner', 'utvag_casebook') \gexec
ALTER ROLE utvag_casebook_owner NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOLOGIN;
ALTER ROLE utvag_casebook NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS LOGIN;

SELECT format('CREATE DATABASE %I OWNER utvag_casebook_owner TEMPLATE template0 ENCODING ''UTF8'' LOCALE ''C''',
    :'database')
WHERE :'database' NOT IN (SELECT datname FROM pg_database) \gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', datname) FROM pg_database \gexec
ALTER DATABASE :"database" OWNER TO utvag_casebook_owner;
GRANT CONNECT ON DATABASE :"database" TO utvag_casebook;

\connect :"database"

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO utvag_casebook_owner;
GRANT USAGE ON SCHEMA public TO utvag_casebook;
