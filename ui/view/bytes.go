package view

import (
	"imapscope/decode"
	"imapscope/decode/wire"
)

// Bytes holds a message's bytes as they may be shown: secrets are replaced by asterisks of
// the same length.
type Bytes struct{ masked masked }

// Bytes returns the bytes of m. They are valid as long as m.Raw is.
func (o Options) Bytes(m *decode.Message) Bytes { return Bytes{o.masked(m)} }

// Of returns the bytes of a span of the message's Raw; they are not inert, and must not
// be changed.
func (b *Bytes) Of(s wire.Span) []byte { return b.masked.of(s) }

// Place returns where a span of the message's Raw is in the message as it was sent, and
// whether bytes inside it were not kept.
func (b *Bytes) Place(s wire.Span) (start, end int64, shortened bool) {
	start = int64(s.Start) + b.masked.msg.ElidedBefore(s.Start)
	end = int64(s.End) + b.masked.msg.ElidedBefore(s.End)
	_, shortened = b.masked.msg.GapIn(s)
	return start, end, shortened
}
