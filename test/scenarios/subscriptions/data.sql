INSERT INTO subscriptions.t VALUES (1, 'german running');
