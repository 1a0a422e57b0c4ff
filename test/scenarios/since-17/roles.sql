CREATE ROLE since_17_keeper;
