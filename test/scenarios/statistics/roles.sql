CREATE ROLE statistics_owner;
