CREATE ROLE since_19_keeper;
ALTER ROLE since_19_keeper SET search_path TO NULL;
ALTER ROLE since_19_keeper SET wal_receiver_timeout TO '7s';
