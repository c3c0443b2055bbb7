package command

import (
	"slices"

	"github.com/ferritedb/ferrite/txn/command"
	"github.com/ferritedb/ferrite/wire/resp"
)

var pubsubCommands = []command.Command{
	{Name: "subscribe", Arity: -2, Flags: command.PubSub | command.NoScript | command.Loading | command.Stale | command.Subscribed, Cats: "pubsub slow", Group: "pubsub", Since: "2.0.0", Summary: "Listen for messages published to the given channels", Run: door(func(x *Exec) error { return x.subscribe(resp.SubChannel) })},
	{Name: "unsubscribe", Arity: -1, Flags: command.PubSub | command.NoScript | command.Loading | command.Stale | command.Subscribed, Cats: "pubsub slow", Group: "pubsub", Since: "2.0.0", Summary: "Stop listening for messages posted to the given channels", Run: door(func(x *Exec) error { return x.unsubscribe(resp.SubChannel) })},
	{Name: "psubscribe", Arity: -2, Flags: command.PubSub | command.NoScript | command.Loading | command.Stale | command.Subscribed, Cats: "pubsub slow", Group: "pubsub", Since: "2.0.0", Summary: "Listen for messages published to channels matching the given patterns", Run: door(func(x *Exec) error { return x.subscribe(resp.SubPattern) })},
	{Name: "punsubscribe", Arity: -1, Flags: command.PubSub | command.NoScript | command.Loading | command.Stale | command.Subscribed, Cats: "pubsub slow", Group: "pubsub", Since: "2.0.0", Summary: "Stop listening for messages posted to channels matching the given patterns", Run: door(func(x *Exec) error { return x.unsubscribe(resp.SubPattern) })},
	{Name: "ssubscribe", Arity: -2, Flags: command.PubSub | command.NoScript | command.Loading | command.Stale | command.Subscribed, First: 1, Last: -1, Step: 1, Cats: "pubsub slow", Group: "pubsub", Since: "7.0.0", Summary: "Listen for messages published to the given shard channels", Run: door(func(x *Exec) error { return x.subscribe(resp.SubShard) })},
	{Name: "sunsubscribe", Arity: -1, Flags: command.PubSub | command.NoScript | command.Loading | command.Stale | command.Subscribed, First: 1, Last: -1, Step: 1, Cats: "pubsub slow", Group: "pubsub", Since: "7.0.0", Summary: "Stop listening for messages posted to the given shard channels", Run: door(func(x *Exec) error { return x.unsubscribe(resp.SubShard) })},
	{Name: "publish", Arity: 3, Flags: command.PubSub | command.Loading | command.Stale | command.Fast, Cats: "pubsub fast", Group: "pubsub", Since: "2.0.0", Summary: "Post a message to a channel", Run: door(func(x *Exec) error { return x.publish(false) })},
	{Name: "spublish", Arity: 3, Flags: command.PubSub | command.Loading | command.Stale | command.Fast, First: 1, Last: 1, Step: 1, Cats: "pubsub fast", Group: "pubsub", Since: "7.0.0", Summary: "Post a message to a shard channel", Run: door(func(x *Exec) error { return x.publish(true) })},
	{Name: "pubsub", Arity: -2, Cats: "slow", Group: "pubsub", Since: "2.8.0", Summary: "A container for Pub/Sub commands", Sub: []command.Command{
		{Name: "channels", Arity: -2, Flags: command.PubSub | command.Loading | command.Stale, Cats: "pubsub slow", Since: "2.8.0", Summary: "List active channels", Run: door(func(x *Exec) error { return x.pubsubChannels(resp.SubChannel) })},
		{Name: "numsub", Arity: -2, Flags: command.PubSub | command.Loading | command.Stale, Cats: "pubsub slow", Since: "2.8.0", Summary: "Get the count of subscribers for channels", Run: door(func(x *Exec) error { return x.pubsubNumSub(resp.SubChannel) })},
		{Name: "numpat", Arity: 2, Flags: command.PubSub | command.Loading | command.Stale, Cats: "pubsub slow", Since: "2.8.0", Summary: "Get the count of unique patterns pattern subscriptions", Run: door(func(x *Exec) error {
			x.W.Int(int64(x.srv.PubSub.Count(resp.SubPattern)))
			return nil
		})},
		{Name: "shardchannels", Arity: -2, Flags: command.PubSub | command.Loading | command.Stale, Cats: "pubsub slow", Since: "7.0.0", Summary: "List active shard channels", Run: door(func(x *Exec) error { return x.pubsubChannels(resp.SubShard) })},
		{Name: "shardnumsub", Arity: -2, Flags: command.PubSub | command.Loading | command.Stale, Cats: "pubsub slow", Since: "7.0.0", Summary: "Get the count of subscribers for shard channels", Run: door(func(x *Exec) error { return x.pubsubNumSub(resp.SubShard) })},
	}},
}

func (x *Exec) subscribe(k resp.SubKind) error {
	for _, n := range x.Args[1:] {
		x.srv.PubSub.Subscribe(x.c, x.W, k, n)
	}
	return nil
}

func (x *Exec) unsubscribe(k resp.SubKind) error {
	x.srv.PubSub.Unsubscribe(x.c, x.W, k, x.Args[1:])
	return nil
}

// publish sends a message. What is sent inside EXEC or a script goes when that is
// committed.
func (x *Exec) publish(shard bool) error {
	srv, sh := x.srv, x.sh
	if !x.inExec {
		x.W.Int(int64(srv.PubSub.Publish(sh, shard, x.Args[1], x.Args[2])))
		return nil
	}
	channel, msg := slices.Clone(x.Args[1]), slices.Clone(x.Args[2])
	x.effects = append(x.effects, func() { srv.PubSub.Publish(sh, shard, channel, msg) })
	x.W.Int(int64(srv.PubSub.Receivers(shard, channel)))
	return nil
}

func (x *Exec) pubsubChannels(k resp.SubKind) error {
	if len(x.Args) > 3 {
		return command.Err("ERR wrong number of arguments for '" + x.Cmd.FullName() + "' command")
	}
	var pattern []byte
	if len(x.Args) == 3 {
		pattern = x.Args[2]
	}
	names := x.srv.PubSub.Channels(k, pattern)
	x.W.Array(len(names))
	for _, n := range names {
		x.W.BulkString(n)
	}
	return nil
}

func (x *Exec) pubsubNumSub(k resp.SubKind) error {
	x.W.Map(len(x.Args) - 2)
	for _, n := range x.Args[2:] {
		x.W.Bulk(n)
		x.W.Int(int64(x.srv.PubSub.Subscribers(k, n)))
	}
	return nil
}
