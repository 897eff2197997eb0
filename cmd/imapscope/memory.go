package main

import (
	"os"
	"runtime/debug"
)

// gcPercent is how much garbage may be in memory, in percent of what is in use, while a verb keeps
// an index of all that it has read. Go's own 100 would have as much memory again for garbage as
// the index takes, for ever: what is in use only grows.
const gcPercent = 50

// saveMemory sets gcPercent until the function that it returns is called. GOGC in the environment
// takes precedence.
func saveMemory() (restore func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(gcPercent)
	return func() { debug.SetGCPercent(before) }
}
