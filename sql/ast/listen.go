package ast

// Listen is LISTEN channel.
type Listen struct {
	At
	Channel string
}

// Notify is NOTIFY channel [, 'payload'].
type Notify struct {
	At
	Channel string
	Payload string
}

// Unlisten is UNLISTEN channel. * is an empty Channel.
type Unlisten struct {
	At
	Channel string
}

func (*Listen) statement()   {}
func (*Notify) statement()   {}
func (*Unlisten) statement() {}
