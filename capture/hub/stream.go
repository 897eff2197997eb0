package hub

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Limits bound a stream. The zero value is the defaults.
type Limits struct {
	MaxBytes int64         // the oldest messages are dropped beyond it; 0: DefaultMaxBytes
	MaxAge   time.Duration // and those that are older; 0: DefaultMaxAge
}

// Defaults of Limits.
const (
	DefaultMaxBytes = 10 << 30
	DefaultMaxAge   = 7 * 24 * time.Hour
)

// Duplicates is how long the server remembers the IDs of messages. A sensor that was cut off for
// longer may have some of its messages stored twice, which readers notice.
const Duplicates = 10 * time.Minute

// EnsureStream returns the stream of a hub, and makes it if there is none.
func EnsureStream(ctx context.Context, js jetstream.JetStream, l Limits) (jetstream.Stream, error) {
	stream, err := js.Stream(ctx, Stream)
	if !errors.Is(err, jetstream.ErrStreamNotFound) {
		return stream, err
	}
	return js.CreateStream(ctx, StreamConfig(l))
}

// StreamConfig returns the configuration of the stream of a hub. It needs nothing that NATS 2.9
// does not have. Its messages cannot be deleted: a sensor chooses where the server sends its
// acknowledgements, and old servers (2.9 does) take one at their API for a request to purge.
func StreamConfig(l Limits) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: Stream, Subjects: []string{Subjects}, Storage: jetstream.FileStorage, Discard: jetstream.DiscardOld,
		MaxBytes: cmp.Or(l.MaxBytes, DefaultMaxBytes), MaxAge: cmp.Or(l.MaxAge, DefaultMaxAge), MaxMsgSize: MaxMessage,
		Duplicates: Duplicates, DenyDelete: true, DenyPurge: true,
	}
}
