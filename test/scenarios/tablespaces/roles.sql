CREATE TABLESPACE tablespaces_fast LOCATION '';
