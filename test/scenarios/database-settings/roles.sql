CREATE ROLE database_settings_app;
