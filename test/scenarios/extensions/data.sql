INSERT INTO extensions.t VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'MiXeD', 'a=>1, "b c"=>NULL', 'Top.Science', 1, '[1,5)', 'A@b'),
  ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12', 'other', '', 'Top', 1, '[5,6)', NULL);
