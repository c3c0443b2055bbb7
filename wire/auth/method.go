package auth

import (
	"fmt"
	"net"
)

// Method is how a client proves who it is.
type Method uint8

const (
	// Trust believes the client.
	Trust Method = iota
	// Scram asks for a password by SCRAM-SHA-256.
	Scram256
	// Reject lets nobody in.
	Reject
)

// Policy says which method an address meets.
type Policy struct {
	// Loopback is for clients of this machine, Remote for all others.
	Loopback, Remote Method
}

// ParsePolicy reads the setting: trust, scram-sha-256, or auto (trust on
// loopback and unix sockets, scram-sha-256 from elsewhere).
func ParsePolicy(text string) (Policy, error) {
	switch text {
	case "auto", "":
		return Policy{Trust, Scram256}, nil
	case "trust":
		return Policy{Trust, Trust}, nil
	case "scram-sha-256":
		return Policy{Scram256, Scram256}, nil
	}
	return Policy{}, fmt.Errorf("unknown authentication method %q: want auto, trust or scram-sha-256", text)
}

// For is the method for a client's address.
func (p Policy) For(addr net.Addr) Method {
	switch a := addr.(type) {
	case *net.TCPAddr:
		if a.IP.IsLoopback() {
			return p.Loopback
		}
		return p.Remote
	}
	return p.Loopback // unix sockets and in-process pipes
}
