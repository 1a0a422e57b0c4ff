-- About 300,000 rows, the same ones each time: everything follows from a row's number.
CREATE FUNCTION pg_temp.pick(words text[], number bigint) RETURNS text LANGUAGE sql IMMUTABLE
  RETURN words[1 + (number % array_length(words, 1))::integer];

INSERT INTO customers (email, full_name, lives_at, phones, born, newsletter, joined_at)
SELECT lower(given) || '.' || number || '@' || pg_temp.pick('{example.com,example.org,mail.example}', number),
       given || ' ' || pg_temp.pick('{Müller,García,Nowak,Rossi,O''Brien,Dubois,Jansen,Yılmaz,Андреева,王,Søndergaard}', number / 7),
       ROW(number % 199 + 1 || ' ' || pg_temp.pick('{Harbour St,Rue du Port,Hafenweg,"Via Roma",Quay}', number / 3),
           lpad((number * 37 % 99999)::text, 5, '0'),
           pg_temp.pick('{Lisboa,Gdańsk,Marseille,Bergen,Kiel,İzmir,Cork}', number),
           pg_temp.pick('{PT,PL,FR,NO,DE,TR,IE}', number))::address,
       CASE WHEN number % 3 = 0 THEN '{}' ELSE ARRAY['+' || 4000000000 + number * 7919] END,
       CASE WHEN number % 5 = 0 THEN NULL ELSE date '1950-01-01' + (number * 13 % 20000)::integer END,
       number % 4 = 0,
       timestamp with time zone '2024-01-01 00:00:00Z' + number * interval '47 minutes'
  FROM generate_series(1, 20000) AS number,
       pg_temp.pick('{Ada,Björn,Chloé,Dmitri,Eun-ji,Fatima,Grace,Hiro,Inês,Jürgen,Kwame,Łucja,Mei}', number) AS given;

INSERT INTO private.credentials (customer_id, salt, password_hash)
SELECT id, salt, hmac('correct horse battery staple ' || id, encode(salt, 'hex'), 'sha256')
  FROM (SELECT id, substring(digest(email::text, 'sha256') FOR 8) AS salt FROM customers) AS salted;

INSERT INTO products (sku, name, description, price, discount, stock, attributes, sold_during, photo)
SELECT 'SKU-' || lpad(number::text, 6, '0'),
       name,
       'The ' || lower(name) || E'.\nMade of ' || material || ', for ' || number % 40 + 1 || E' years at sea.\t(' || number || ')',
       900 + number * 7919 % 40000,
       (number % 5) * 0.05,
       1000000,
       jsonb_build_object('material', material, 'grams', 50 + number * 31 % 9000, 'tags', jsonb_build_array('sea', number % 7)),
       tstzrange('2024-01-01Z', CASE WHEN number % 9 = 0 THEN timestamp with time zone '2027-01-01Z' END),
       CASE WHEN number % 100 = 0 THEN lo_from_bytea(0, decode(repeat(md5(number::text), 1500), 'hex')) END
  FROM generate_series(1, 2000) AS number,
       pg_temp.pick('{cork,oak,brass,canvas,wool,glass}', number) AS material,
       concat_ws(' ', pg_temp.pick('{Small,Heavy,Folding,Captain''s,Old,Bright}', number / 6), initcap(material),
                 pg_temp.pick('{Lifebelt,Lantern,Compass,Rope,Anchor,Oar,Whistle,Flare}', number / 11)) AS name;

INSERT INTO orders (ordered_at, customer_id, state, total, ship_to, note)
SELECT timestamp with time zone '2026-01-01 00:00:00Z' + number * interval '6 minutes 11 seconds',
       1 + number * 7907 % 20000,
       (enum_range(NULL::order_state))[1 + number % 5],
       0,
       ROW(number % 300 || ' Quay', lpad((number % 99999)::text, 5, '0'), 'Kiel', 'DE')::address,
       CASE number % 11 WHEN 0 THEN 'Leave it at the neighbour''s \ "Bar"' WHEN 1 THEN '' END
  FROM generate_series(1, 60000) AS number;

INSERT INTO order_items (order_id, ordered_at, line, product_id, quantity, unit_price)
SELECT o.id, o.ordered_at, line, 1000 + (o.id * 31 + line * 977) % 2000, 1 + (o.id + line) % 3, 900 + (o.id * 17 + line * 101) % 30000
  FROM orders AS o, generate_series(1, 1 + (o.id % 4)::integer) AS line;

UPDATE orders SET total = ordered.total
  FROM (SELECT order_id, sum(amount) AS total FROM order_items GROUP BY order_id) AS ordered
 WHERE ordered.order_id = orders.id;

INSERT INTO payments (order_id, ordered_at, amount, method, reference, paid_at)
SELECT id, ordered_at, total, pg_temp.pick('{card,transfer,wallet,"gift card"}', id), md5(id::text)::uuid, ordered_at + interval '90 seconds'
  FROM orders;

INSERT INTO reviews (product_id, customer_id, stars, "what they said", hidden)
SELECT 1000 + number % 2000, 1 + number * 7 % 20000, 1 + number * 3 % 5,
       CASE WHEN number % 6 > 0 THEN pg_temp.pick(ARRAY['Floats.', 'Sank at once 😱', 'とても良い', E'Good.\r\nWould buy again.', '\N', 'C:\boat\new'], number) END,
       number % 50 = 0
  FROM generate_series(1, 8000) AS number;

INSERT INTO carts SELECT md5(number::text), '{"items": []}' FROM generate_series(1, 500) AS number;
