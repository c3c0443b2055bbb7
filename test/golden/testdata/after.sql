SELECT * FROM past WHERE id IN (2, 20, 21) ORDER BY id;
SELECT count(*), sum(balance), max(since) FROM customer;
SELECT id FROM past WHERE v = 'prepared';
SELECT gid FROM pg_prepared_xacts;
