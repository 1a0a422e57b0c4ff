-- Keys, indexes, views, functions, triggers, row level security: added after the rows, as a restore does it too.
ALTER TABLE customers ADD PRIMARY KEY (id), ADD UNIQUE (email);
ALTER TABLE private.credentials ADD PRIMARY KEY (customer_id),
  ADD FOREIGN KEY (customer_id) REFERENCES customers ON DELETE CASCADE;
ALTER TABLE products ADD PRIMARY KEY (id), ADD UNIQUE (sku), ADD CHECK (stock >= 0);
ALTER TABLE orders ADD PRIMARY KEY (id, ordered_at), ADD FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE order_items ADD PRIMARY KEY (order_id, line),
  ADD FOREIGN KEY (order_id, ordered_at) REFERENCES orders, ADD FOREIGN KEY (product_id) REFERENCES products;
ALTER TABLE payments ADD PRIMARY KEY (id), ADD UNIQUE (reference),
  ADD FOREIGN KEY (order_id, ordered_at) REFERENCES orders;
ALTER TABLE reviews ADD PRIMARY KEY (product_id, customer_id, stars),
  ADD FOREIGN KEY (product_id) REFERENCES products, ADD FOREIGN KEY (customer_id) REFERENCES customers;

CREATE INDEX products_name_like ON products USING gin (name gin_trgm_ops);
CREATE INDEX products_searchable ON products USING gin (searchable);
CREATE INDEX products_attributes ON products USING gin (attributes jsonb_path_ops);
CREATE INDEX orders_customer ON orders (customer_id, ordered_at DESC);
CREATE INDEX payments_recent ON payments (paid_at) WHERE method <> 'gift card';
CREATE INDEX customers_by_town ON customers (((lives_at).town), lower(full_name));

CREATE VIEW revenue_by_month AS
  SELECT date_trunc('month', ordered_at) AS month, sum(total) / 100.0 AS revenue FROM orders GROUP BY 1;
CREATE VIEW my_orders WITH (security_barrier) AS
  SELECT id, ordered_at, state, total FROM orders
   WHERE customer_id = current_setting('shop.customer', true)::bigint;
CREATE MATERIALIZED VIEW bestsellers AS
  SELECT p.id, p.name, sum(i.quantity) AS sold FROM products AS p JOIN order_items AS i ON i.product_id = p.id
   GROUP BY p.id ORDER BY sold DESC, p.id LIMIT 100;
CREATE UNIQUE INDEX bestsellers_id ON bestsellers (id);

CREATE FUNCTION refuse_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'payments are never deleted';
END $$;
CREATE TRIGGER payments_stay BEFORE DELETE ON payments FOR EACH ROW EXECUTE FUNCTION refuse_deletion();

CREATE FUNCTION note_state_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.note := concat_ws(E'\n', NEW.note, OLD.state || ' -> ' || NEW.state);
  RETURN NEW;
END $$;
CREATE TRIGGER orders_remember BEFORE UPDATE OF state ON orders
  FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION note_state_change();

-- What the shop does all day: one order, its items and its payment, in one transaction.
CREATE FUNCTION place_order(customer bigint, items integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  placed bigint;
  placed_at timestamp with time zone := clock_timestamp();
BEGIN
  INSERT INTO orders (ordered_at, customer_id, total, ship_to)
    VALUES (placed_at, customer, 0, ROW('1 Quay', '24103', 'Kiel', 'DE')) RETURNING id INTO placed;
  INSERT INTO order_items (order_id, ordered_at, line, product_id, quantity, unit_price)
    SELECT placed, placed_at, line, 1000 + (placed * 13 + line * 7) % 2000, 1, 1900 FROM generate_series(1, items) AS line;
  UPDATE products SET stock = stock - 1
    WHERE id IN (SELECT product_id FROM order_items WHERE order_id = placed);
  UPDATE orders SET total = items * 1900 WHERE id = placed;
  INSERT INTO payments (order_id, ordered_at, amount) VALUES (placed, placed_at, items * 1900);
  RETURN placed;
END $$;

GRANT SELECT, INSERT, UPDATE ON customers, orders, order_items, payments, reviews TO shop_app;
GRANT SELECT ON products, revenue_by_month, bestsellers, my_orders TO shop_app, shop_support;
GRANT SELECT (id, full_name) ON customers TO shop_support;
GRANT SELECT ON payments TO shop_support;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO shop_support;

ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_data ON customers TO shop_app USING (id = current_setting('shop.customer', true)::bigint);
ALTER TABLE payments ENABLE ROW LEVEL SECURITY;
ALTER TABLE payments FORCE ROW LEVEL SECURITY;
CREATE POLICY staff_sees_all ON payments FOR SELECT TO shop_support USING (true);
CREATE POLICY app_writes ON payments FOR INSERT TO shop_app WITH CHECK (amount > 0);
ALTER TABLE reviews ENABLE ROW LEVEL SECURITY;
CREATE POLICY not_hidden ON reviews FOR SELECT TO shop_app USING (NOT hidden);

REFRESH MATERIALIZED VIEW bestsellers;
ANALYZE;
