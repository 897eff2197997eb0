package model

import (
	"imapscope/decode"
	"imapscope/decode/archive"
)

// Timed reports whether the exchange time of a transaction is known.
func Timed(r *archive.Row) bool { return r.Elapsed != 0 || !r.Running && r.Status != "" }

// The words for how a transaction ended, where it has no status.
const (
	StillRunning = "…"
	NoResponse   = "lost"
	NoRequest    = "orphan"
	NoStatus     = "none"
)

// StatusOf returns how a transaction ended, in a word.
func StatusOf(r *archive.Row) string {
	switch {
	case r.Running:
		return StillRunning
	case r.Outcome == decode.Abandoned:
		return NoResponse
	case r.Outcome == decode.Orphan:
		return NoRequest
	case r.Status == "":
		return NoStatus
	}
	return r.Status
}
