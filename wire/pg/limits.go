package pg

import "time"

// Limits of a connection.
const (
	// startupBytesMax is PostgreSQL's MAX_STARTUP_PACKET_LENGTH; it bounds every
	// frame before authentication.
	startupBytesMax = 10000
	// FrameBytesMax is the default bound on a frame.
	FrameBytesMax = 256 << 20
	// readBytesMin is the read buffer of an idle connection.
	readBytesMin = 8 << 10
	// readBytesKeep is the greatest buffer that is kept after a large frame.
	readBytesKeep = 256 << 10
	// outFlushBytes is how much output is gathered before it is written early.
	outFlushBytes = 64 << 10
	// outBytesKeep is the greatest output buffer that is kept.
	outBytesKeep = 256 << 10
	// rowBytesMax bounds one DataRow.
	rowBytesMax = 1 << 30
	// startupRoundsMax bounds SSLRequest and GSSENCRequest before the start-up.
	startupRoundsMax = 3
	// authTimeout is how long a client may take to authenticate.
	authTimeout = 60 * time.Second
)
