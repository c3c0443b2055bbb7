// Ferrite through node-postgres. Fails with the first assertion that does not hold.
const assert = require("node:assert");
const { Client, Pool } = require("pg");

const config = { host: "127.0.0.1", port: Number(process.env.PG_PORT), user: "postgres", database: "postgres" };

async function main() {
  const c = new Client(config);
  await c.connect();
  await c.query("CREATE TABLE t (id serial PRIMARY KEY, name text NOT NULL, at timestamptz DEFAULT now(), j jsonb, tags text[])");
  const ins = await c.query("INSERT INTO t (name, j, tags) VALUES ($1, $2, $3) RETURNING *", ["Ada", { a: [1, 2] }, ["x", "y"]]);
  assert.equal(ins.rows[0].id, 1);
  assert.ok(ins.rows[0].at instanceof Date);
  assert.deepEqual(ins.rows[0].j, { a: [1, 2] });
  assert.deepEqual(ins.rows[0].tags, ["x", "y"]);

  for (let i = 0; i < 3; i++) {
    const r = await c.query({ name: "by-id", text: "SELECT name FROM t WHERE id = $1", values: [1] });
    assert.equal(r.rows[0].name, "Ada");
  }

  await c.query("BEGIN");
  await c.query("INSERT INTO t (name) VALUES ('gone')");
  await assert.rejects(c.query("INSERT INTO t (name) VALUES (NULL)"), (e) => e.code === "23502" && e.column === "name");
  await assert.rejects(c.query("SELECT 1"), (e) => e.code === "25P02");
  await c.query("ROLLBACK");
  assert.equal((await c.query("SELECT count(*)::int AS n FROM t")).rows[0].n, 1);

  const heard = new Promise((resolve) => c.on("notification", resolve));
  await c.query("LISTEN news");
  const pool = new Pool(config);
  await pool.query("SELECT pg_notify('news', 'hello')");
  assert.equal((await heard).payload, "hello");
  const sums = await Promise.all([1, 2, 3, 4, 5].map((n) => pool.query("SELECT $1::int * 2 AS v", [n])));
  assert.deepEqual(sums.map((r) => r.rows[0].v), [2, 4, 6, 8, 10]);

  const users = await c.query("SELECT name FROM users:* WHERE _id = $1", ["1"]);
  assert.deepEqual(users.rows, [{ name: "Ada" }]);
  await pool.end();
  await c.end();
}

main().then(() => console.log("ok"), (err) => { console.error(err); process.exit(1); });
