CREATE ROLE publications_owner SUPERUSER;
