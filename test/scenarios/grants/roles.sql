CREATE ROLE grants_owner;
CREATE ROLE grants_reader;
CREATE ROLE "grants; odd";
CREATE ROLE grants_member IN ROLE grants_reader;
