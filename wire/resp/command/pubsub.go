package command

import "github.com/ferritedb/ferrite/wire/resp"

var pubsubCommands = []Command{
	{Name: "subscribe", Arity: -2, Flags: fPubSub | fNoScript | fLoading | fStale | fSubscribed, Cats: "pubsub slow", Group: "pubsub", Since: "2.0.0", Summary: "Listen for messages published to the given channels", Run: func(x *Exec) error { return x.subscribe(resp.SubChannel) }},
	{Name: "unsubscribe", Arity: -1, Flags: fPubSub | fNoScript | fLoading | fStale | fSubscribed, Cats: "pubsub slow", Group: "pubsub", Since: "2.0.0", Summary: "Stop listening for messages posted to the given channels", Run: func(x *Exec) error { return x.unsubscribe(resp.SubChannel) }},
	{Name: "psubscribe", Arity: -2, Flags: fPubSub | fNoScript | fLoading | fStale | fSubscribed, Cats: "pubsub slow", Group: "pubsub", Since: "2.0.0", Summary: "Listen for messages published to channels matching the given patterns", Run: func(x *Exec) error { return x.subscribe(resp.SubPattern) }},
	{Name: "punsubscribe", Arity: -1, Flags: fPubSub | fNoScript | fLoading | fStale | fSubscribed, Cats: "pubsub slow", Group: "pubsub", Since: "2.0.0", Summary: "Stop listening for messages posted to channels matching the given patterns", Run: func(x *Exec) error { return x.unsubscribe(resp.SubPattern) }},
	{Name: "ssubscribe", Arity: -2, Flags: fPubSub | fNoScript | fLoading | fStale | fSubscribed, First: 1, Last: -1, Step: 1, Cats: "pubsub slow", Group: "pubsub", Since: "7.0.0", Summary: "Listen for messages published to the given shard channels", Run: func(x *Exec) error { return x.subscribe(resp.SubShard) }},
	{Name: "sunsubscribe", Arity: -1, Flags: fPubSub | fNoScript | fLoading | fStale | fSubscribed, First: 1, Last: -1, Step: 1, Cats: "pubsub slow", Group: "pubsub", Since: "7.0.0", Summary: "Stop listening for messages posted to the given shard channels", Run: func(x *Exec) error { return x.unsubscribe(resp.SubShard) }},
	{Name: "publish", Arity: 3, Flags: fPubSub | fLoading | fStale | fFast, Cats: "pubsub fast", Group: "pubsub", Since: "2.0.0", Summary: "Post a message to a channel", Run: func(x *Exec) error { return x.publish(false) }},
	{Name: "spublish", Arity: 3, Flags: fPubSub | fLoading | fStale | fFast, First: 1, Last: 1, Step: 1, Cats: "pubsub fast", Group: "pubsub", Since: "7.0.0", Summary: "Post a message to a shard channel", Run: func(x *Exec) error { return x.publish(true) }},
	{Name: "pubsub", Arity: -2, Cats: "slow", Group: "pubsub", Since: "2.8.0", Summary: "A container for Pub/Sub commands", Sub: []Command{
		{Name: "channels", Arity: -2, Flags: fPubSub | fLoading | fStale, Cats: "pubsub slow", Since: "2.8.0", Summary: "List active channels", Run: func(x *Exec) error { return x.pubsubChannels(resp.SubChannel) }},
		{Name: "numsub", Arity: -2, Flags: fPubSub | fLoading | fStale, Cats: "pubsub slow", Since: "2.8.0", Summary: "Get the count of subscribers for channels", Run: func(x *Exec) error { return x.pubsubNumSub(resp.SubChannel) }},
		{Name: "numpat", Arity: 2, Flags: fPubSub | fLoading | fStale, Cats: "pubsub slow", Since: "2.8.0", Summary: "Get the count of unique patterns pattern subscriptions", Run: func(x *Exec) error {
			x.w.Int(int64(x.srv.PubSub.Count(resp.SubPattern)))
			return nil
		}},
		{Name: "shardchannels", Arity: -2, Flags: fPubSub | fLoading | fStale, Cats: "pubsub slow", Since: "7.0.0", Summary: "List active shard channels", Run: func(x *Exec) error { return x.pubsubChannels(resp.SubShard) }},
		{Name: "shardnumsub", Arity: -2, Flags: fPubSub | fLoading | fStale, Cats: "pubsub slow", Since: "7.0.0", Summary: "Get the count of subscribers for shard channels", Run: func(x *Exec) error { return x.pubsubNumSub(resp.SubShard) }},
	}},
}

func (x *Exec) subscribe(k resp.SubKind) error {
	for _, n := range x.args[1:] {
		x.srv.PubSub.Subscribe(x.c, x.w, k, n)
	}
	return nil
}

func (x *Exec) unsubscribe(k resp.SubKind) error {
	x.srv.PubSub.Unsubscribe(x.c, x.w, k, x.args[1:])
	return nil
}

func (x *Exec) publish(shard bool) error {
	x.w.Int(int64(x.srv.PubSub.Publish(x.sh, shard, x.args[1], x.args[2])))
	return nil
}

func (x *Exec) pubsubChannels(k resp.SubKind) error {
	if len(x.args) > 3 {
		return Err("ERR wrong number of arguments for '" + x.cmd.full + "' command")
	}
	var pattern []byte
	if len(x.args) == 3 {
		pattern = x.args[2]
	}
	names := x.srv.PubSub.Channels(k, pattern)
	x.w.Array(len(names))
	for _, n := range names {
		x.w.BulkString(n)
	}
	return nil
}

func (x *Exec) pubsubNumSub(k resp.SubKind) error {
	x.w.Map(len(x.args) - 2)
	for _, n := range x.args[2:] {
		x.w.Bulk(n)
		x.w.Int(int64(x.srv.PubSub.Subscribers(k, n)))
	}
	return nil
}
