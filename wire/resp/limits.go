package resp

import "time"

// Limits of the protocol and of a client. Those with a setting of their own are
// defaults.
const (
	// bulkBytesMaxDefault is proto-max-bulk-len.
	bulkBytesMaxDefault = 512 << 20
	// multibulkCountMax bounds the arguments of one command.
	multibulkCountMax = 1 << 20
	// inlineBytesMax bounds an inline command and every length line.
	inlineBytesMax = 64 << 10
	// queryBytesMaxDefault is client-query-buffer-limit.
	queryBytesMaxDefault = 1 << 30
	// unauthMultibulkMax and unauthBulkBytesMax hold before AUTH.
	unauthMultibulkMax = 10
	unauthBulkBytesMax = 16 << 10
	// outputStallBytes: with so much output unsent a client's commands wait.
	outputStallBytes = 1 << 20
	// outputCheckBytes: client-output-buffer-limit is not looked at below.
	outputCheckBytes = 16 << 10
	// inputStallBytes: a parked or stalled client is not read beyond it.
	inputStallBytes = 1 << 20
	// turnCommandsMax: a turn that ran so many commands is committed midway.
	turnCommandsMax = 1 << 14
	// turnBytesMax: so does a turn that wrote so many bytes.
	turnBytesMax = 8 << 20
	// writtenEvery is after how many commands of a turn that is looked at.
	writtenEvery = 8
	// outsideMax bounds the commands that run outside the loops in transactions of
	// their own; others wait.
	outsideMax = 4
	// busyMillisDefault is busy-reply-threshold.
	busyMillisDefault = 5000
	// clientsMaxDefault is maxclients.
	clientsMaxDefault = 10000
	// keepBytes: buffers larger than this are not kept, and are accounted for.
	keepBytes = 64 << 10
	// bufferBytes is the size of a new buffer, buffersKeep how many idle ones a
	// shard keeps.
	bufferBytes = 512
	buffersKeep = 128
	// bufferedShare: the large buffers of all clients take one part in so many of
	// the server's memory, bufferedMaxDefault where that has no limit.
	bufferedShare      = 2
	bufferedMaxDefault = 1 << 30
	// lockRetriesMax bounds the deadlocks a command waiting for locks survives.
	lockRetriesMax = 16
	// slowlogEntriesMaxDefault is slowlog-max-len.
	slowlogEntriesMaxDefault = 128
	// slowlogMicrosDefault is slowlog-log-slower-than.
	slowlogMicrosDefault = 10000
	// pubsubHardBytes, pubsubSoftBytes and pubsubSoftSeconds are
	// client-output-buffer-limit pubsub.
	pubsubHardBytes   = 32 << 20
	pubsubSoftBytes   = 8 << 20
	pubsubSoftSeconds = 60
)

// ReadBufferBytes is what a loop reads from a connection at once.
const ReadBufferBytes = 64 << 10

// expireInterval is the pause between two cycles of Server's background work.
const expireInterval = 100 * time.Millisecond
