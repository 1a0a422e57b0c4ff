CREATE TYPE state AS ENUM ('placed', 'paid');
CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE);
CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers,
  state state NOT NULL DEFAULT 'placed',
  total numeric(10, 2) NOT NULL CHECK (total >= 0),
  note text
);
CREATE INDEX orders_customer ON orders (customer_id);
INSERT INTO customers (email) SELECT 'customer-' || n || '@example.com' FROM generate_series(1, 500) AS n;
INSERT INTO orders (customer_id, state, total, note)
  SELECT 1 + n % 500, (enum_range(NULL::state))[1 + n % 2], n * 1.25, CASE WHEN n % 3 > 0 THEN E'tab\there\nline' END
    FROM generate_series(1, 5000) AS n;
CREATE TABLE nothing_yet (id integer);
