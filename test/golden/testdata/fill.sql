CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE point3 AS (x int, y int, z numeric);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE scalars (
  id bigserial PRIMARY KEY, b bool, i2 smallint, i4 int, i8 bigint, f4 real, f8 double precision,
  n numeric(30,10), nn numeric, m money, t text, vc varchar(20), c char(5), bin bytea, u uuid,
  d date, ti time, tz timetz, ts timestamp, tsz timestamptz, iv interval,
  j json, jb jsonb, ip inet, net cidr, mac macaddr, bi bit(5), vb varbit,
  e mood, cp point3, dom positive, ai int[], at text[], r int4range, pt point);
INSERT INTO scalars (b, i2, i4, i8, f4, f8, n, nn, m, t, vc, c, bin, u, d, ti, tz, ts, tsz, iv, j, jb, ip, net, mac, bi, vb, e, cp, dom, ai, at, r, pt) VALUES
  (true, 32767, 2147483647, 9223372036854775807, 1.5, 2.25e300, 12345678901234567890.0123456789, 'NaN', '12.34', 'größe', 'v', 'c', '\xdeadbeef', '6ba7b810-9dad-11d1-80b4-00c04fd430c8', '2024-02-29', '13:14:15.161718', '01:02:03+04', '2024-02-29 13:14:15.161718', '2024-02-29 13:14:15.161718+02', '1 year 2 months 3 days 04:05:06.7', '{"a": [1, 2,  3]}', '{"b": {"c": null}, "a": 1.50}', '192.168.1.7/24', '10.0.0.0/8', '08:00:2b:01:02:03', B'10101', B'111', 'happy', ROW(1, 2, 3.5), 7, '{1,NULL,3}', '{"a b",NULL,"c"}', '[1,10)', '(1,2.5)');
INSERT INTO scalars (b, i2, i4, i8, f4, f8, n, nn, t, vc, c, bin, d, ts, tsz, iv, jb, e, ai, r) VALUES
  (false, -32768, -2147483648, -9223372036854775808, 'NaN', '-Infinity', -0.0000000001, -1e-30, '', '', '', '', '-infinity', 'infinity', '0044-03-15 BC', '-1 mon', '[]', 'sad', '{}', 'empty');
INSERT INTO scalars DEFAULT VALUES;
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, email text UNIQUE, balance numeric(12,2) DEFAULT 0 CHECK (balance >= 0));
CREATE TABLE purchase (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer int REFERENCES customer ON DELETE CASCADE, what text, at date, price numeric(10,2));
CREATE INDEX purchase_customer ON purchase (customer, at DESC);
CREATE INDEX purchase_lower ON purchase (lower(what)) WHERE price > 5;
CREATE UNIQUE INDEX purchase_incl ON purchase (id) INCLUDE (what);
INSERT INTO customer SELECT g, 'name ' || g, 'c' || g || '@example.com', g * 10 FROM generate_series(1, 50) g;
INSERT INTO purchase (customer, what, at, price) SELECT g % 50 + 1, 'Thing ' || g, date '2024-01-01' + g, g * 0.75 FROM generate_series(1, 200) g;
DELETE FROM customer WHERE id = 13;
CREATE TABLE nokey (a int, b text);
INSERT INTO nokey SELECT g, 'row ' || g FROM generate_series(1, 20) g;
CREATE TABLE wide (k text COLLATE "C", d date, n numeric, f float8, PRIMARY KEY (k, d, n));
INSERT INTO wide SELECT chr(97 + g % 3), date '2000-01-01' + g, g * -1.5, g / 3.0 FROM generate_series(1, 30) g;
CREATE SEQUENCE counter START 100 INCREMENT 5;
SELECT nextval('counter');
SELECT nextval('counter');
CREATE VIEW rich AS SELECT id, name FROM customer WHERE balance > 450;
CREATE SCHEMA archive;
CREATE TABLE archive.old AS SELECT id, name FROM customer WHERE id < 5;
CREATE FUNCTION twice(x int) RETURNS int LANGUAGE sql AS 'SELECT x * 2';
CREATE ROLE app LOGIN PASSWORD 'secret';
CREATE ROLE readers;
GRANT readers TO app;
GRANT SELECT ON customer TO readers;
COMMENT ON TABLE customer IS 'who buys';
ALTER TABLE nokey ADD COLUMN c int DEFAULT 5;
UPDATE nokey SET c = a WHERE a < 3;
ALTER TABLE nokey DROP COLUMN b;
CREATE TABLE past (id int PRIMARY KEY, v text);
INSERT INTO past SELECT g, 'first ' || g FROM generate_series(1, 10) g;
CREATE TABLE marks (name text PRIMARY KEY, at timestamptz);
INSERT INTO marks VALUES ('before', clock_timestamp());
UPDATE past SET v = 'second ' || id WHERE id <= 5;
DELETE FROM past WHERE id = 10;
INSERT INTO past VALUES (11, 'late');
INSERT INTO users:* (_id, name, age) VALUES ('sql', 'Grace', 85);
ANALYZE;
BEGIN;
INSERT INTO past VALUES (20, 'prepared');
UPDATE customer SET balance = balance + 1 WHERE id = 1;
PREPARE TRANSACTION 'to commit';
BEGIN ISOLATION LEVEL SERIALIZABLE;
INSERT INTO past SELECT 21, 'never' FROM past WHERE id = 1;
DELETE FROM past WHERE id = 2;
PREPARE TRANSACTION 'to roll back';
