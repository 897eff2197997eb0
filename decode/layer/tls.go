package layer

import (
	"time"

	"imapscope/capture"
)

// TLS is a Layer.
type TLS struct {
	sink Sink
	dark bool
}

// NewTLS returns a TLS.
func NewTLS(keys *Keys, sink Sink) *TLS { return &TLS{sink: sink} }

// Facts returns what is known.
func (l *TLS) Facts() Facts { return Facts{} }

func (l *TLS) end(t time.Time) {
	if !l.dark {
		l.dark = true
		l.sink.Dark(t, WantsKeys)
	}
}
func (l *TLS) Write(dir capture.Direction, t time.Time, p []byte) { l.end(t) }
func (l *TLS) Lost(dir capture.Direction, t time.Time, n int64)   {}
func (l *TLS) Retry(t time.Time)                                  {}
func (l *TLS) Close(t time.Time)                                  {}
