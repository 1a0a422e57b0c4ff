INSERT INTO access_methods.t SELECT g, g FROM generate_series(1, 20) g;
