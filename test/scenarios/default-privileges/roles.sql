CREATE ROLE default_privileges_owner;
CREATE ROLE "default; privileges reader";
CREATE ROLE default_privileges_app;
