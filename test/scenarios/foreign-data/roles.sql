CREATE ROLE foreign_data_user;
CREATE ROLE "foreign_data; User";
