CREATE ROLE languages_user;
