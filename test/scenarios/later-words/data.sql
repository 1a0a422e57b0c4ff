INSERT INTO later_words.entry (id, "system_user", "json", "merge_action")
  SELECT n, 'user ' || n, json_build_object('system_user', n), 'json' FROM generate_series(1, 20) n;
