CREATE ROLE row_security_owner;
CREATE ROLE row_security_app;
CREATE ROLE "row; reader";
