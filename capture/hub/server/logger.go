package server

import (
	"fmt"
	"log/slog"
)

// A logger passes on what the NATS server logs. Its texts name clients, so that each would be
// a message of its own; here the message is one for each level, and the text an attribute.
type logger struct {
	log   *slog.Logger
	fatal chan string // the first that ended the start
}

func newLogger(log *slog.Logger) *logger { return &logger{log: log, fatal: make(chan string, 1)} }

// Noticef implements server.Logger.
func (l *logger) Noticef(format string, v ...any) {
	l.log.Debug("hub", "text", fmt.Sprintf(format, v...))
}

// Warnf implements server.Logger.
func (l *logger) Warnf(format string, v ...any) { l.log.Warn("hub", "text", fmt.Sprintf(format, v...)) }

// Errorf implements server.Logger.
func (l *logger) Errorf(format string, v ...any) {
	l.log.Error("hub", "error", fmt.Sprintf(format, v...))
}

// Debugf implements server.Logger.
func (l *logger) Debugf(string, ...any) {}

// Tracef implements server.Logger.
func (l *logger) Tracef(string, ...any) {}

// Fatalf implements server.Logger. The server does not end its process: it is started with NoSigs.
func (l *logger) Fatalf(format string, v ...any) {
	select {
	case l.fatal <- fmt.Sprintf(format, v...):
	default:
		l.Errorf(format, v...)
	}
}
