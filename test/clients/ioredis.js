// Ferrite through ioredis. Fails with the first assertion that does not hold.
const assert = require("node:assert");
const Redis = require("ioredis");

const port = Number(process.env.RESP_PORT);

async function main() {
  const r = new Redis({ port, host: "127.0.0.1" });
  await r.flushall();

  assert.equal(await r.set("k", "v", "EX", 100), "OK");
  assert.equal(await r.get("k"), "v");
  assert.ok((await r.ttl("k")) > 90);
  assert.equal(await r.incrby("n", 41), 41);
  assert.equal(await r.incr("n"), 42);

  await r.hset("users:1", { id: 1, name: "Ada", status: "active" });
  assert.deepEqual(await r.hgetall("users:1"), { id: "1", name: "Ada", status: "active" });
  await r.rpush("l", 1, 2, 3);
  assert.deepEqual(await r.lrange("l", 0, -1), ["1", "2", "3"]);
  await r.zadd("z", 2, "b", 1, "a");
  assert.deepEqual(await r.zrange("z", 0, -1, "WITHSCORES"), ["a", "1", "b", "2"]);

  const pipeline = r.pipeline();
  for (let i = 0; i < 5000; i++) pipeline.set("p:" + i, i);
  const replies = await pipeline.exec();
  assert.equal(replies.length, 5000);
  assert.ok(replies.every(([err, v]) => err === null && v === "OK"));

  assert.deepEqual(await r.multi().incr("n").get("n").exec(), [[null, 43], [null, "43"]]);
  await r.watch("n");
  const other = new Redis({ port, host: "127.0.0.1" });
  await other.set("n", "x");
  assert.equal(await r.multi().get("n").exec(), null);

  let seen = 0;
  for await (const keys of r.scanStream({ match: "p:*", count: 500 })) seen += keys.length;
  assert.ok(seen >= 5000);

  const sub = new Redis({ port, host: "127.0.0.1" });
  const message = new Promise((resolve) => sub.on("message", (channel, text) => resolve([channel, text])));
  await sub.subscribe("news");
  assert.equal(await r.publish("news", "hello"), 1);
  assert.deepEqual(await message, ["news", "hello"]);

  const popped = other.blpop("queue", 5);
  await r.rpush("queue", "job");
  assert.deepEqual(await popped, ["queue", "job"]);

  await assert.rejects(r.incr("users:1"), /WRONGTYPE/);
  for (const c of [r, other, sub]) c.disconnect();
}

main().then(() => console.log("ok"), (err) => { console.error(err); process.exit(1); });
