CREATE SCHEMA roles AUTHORIZATION roles_owner;
CREATE TABLE roles.t (id int);
ALTER TABLE roles.t OWNER TO "Roles; Admin";
CREATE TABLE roles.u (id int);
ALTER TABLE roles.u OWNER TO roles_app;
