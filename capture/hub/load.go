package hub

// A Load says what a hub's server does, and what it holds.
type Load struct {
	Connections   int   // open now
	Accepted      int64 // connections since the start
	In, Out       Traffic
	SlowConsumers int64 // connections that were ended because they did not read
	Subscriptions int
	Streams       []StreamLoad
	Storing       bool // false while the disk is full
}

// Traffic counts messages.
type Traffic struct{ Messages, Bytes int64 }

// A StreamLoad is what a hub's server does for one stream.
type StreamLoad struct {
	Name        string
	Messages    uint64
	Bytes       uint64
	Removed     uint64 // messages that were too old, or too many
	Subjects    int
	Consumers   int
	Redelivered int    // messages that consumers were sent again and have not acknowledged yet
	Unread      uint64 // messages that the consumer furthest behind has yet to be sent
}
