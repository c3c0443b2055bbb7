package resp

import "sync/atomic"

// Stats are the server's counters since its start (or CONFIG RESETSTAT). All may
// be read at any time.
type Stats struct {
	Commands         atomic.Int64 // commands processed
	Turns            atomic.Int64 // turns that ran a command
	Commits          atomic.Int64 // turns that wrote
	TurnCommandsMax  atomic.Int64 // the most commands in one turn
	Connections      atomic.Int64 // connections accepted
	Rejected         atomic.Int64 // connections refused by maxclients
	KeyspaceHits     atomic.Int64
	KeyspaceMisses   atomic.Int64
	Errors           atomic.Int64 // error replies
	LockWaits        atomic.Int64 // commands that waited for a lock off-loop
	ExpiredKeys      atomic.Int64
	OutputLimitKills atomic.Int64 // clients closed for not reading
	OutputBytesMax   atomic.Int64 // the most output kept for a client that stalled
	NetIn, NetOut    atomic.Int64 // bytes
	BufferRefusals   atomic.Int64 // clients closed as the memory for buffers was used up
	AuthFailures     atomic.Int64 // passwords that were wrong
	HTTPAttacks      atomic.Int64 // connections that spoke HTTP
	Panics           atomic.Int64 // defects of ours that were caught
}

func (s *Stats) turn(cmds int, wrote bool) {
	if cmds == 0 {
		return
	}
	s.Turns.Add(1)
	s.Commands.Add(int64(cmds))
	if wrote {
		s.Commits.Add(1)
	}
	if n := int64(cmds); n > s.TurnCommandsMax.Load() {
		s.TurnCommandsMax.Store(n)
	}
}

// Reset zeroes every counter.
func (s *Stats) Reset() {
	for _, c := range []*atomic.Int64{&s.Commands, &s.Turns, &s.Commits, &s.TurnCommandsMax, &s.Connections, &s.Rejected,
		&s.KeyspaceHits, &s.KeyspaceMisses, &s.Errors, &s.LockWaits, &s.ExpiredKeys, &s.OutputLimitKills, &s.OutputBytesMax, &s.NetIn, &s.NetOut, &s.Panics, &s.BufferRefusals, &s.AuthFailures, &s.HTTPAttacks} {
		c.Store(0)
	}
}
