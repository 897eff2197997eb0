package server

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"imapscope/capture/hub"
)

const (
	// lookEvery is how often a Server looks whether others may connect now.
	lookEvery = time.Second
	// retryEvery is how often it tries to store again after the disk was full.
	retryEvery = 5 * time.Second
	// probeBytes is how much space there must be for that.
	probeBytes = 4 * hub.MaxMessage
)

// A stamp is different when a file has changed.
type stamp struct {
	size int64
	time time.Time
}

// stamp returns that of the file with the users; the zero one if it is not there.
func (s *Server) stamp() stamp {
	info, err := os.Stat(filepath.Join(s.opts.Store, accessFile))
	if err != nil {
		return stamp{}
	}
	return stamp{info.Size(), info.ModTime()}
}

// watch waits for the end of the server, and meanwhile for what changes around it.
func (s *Server) watch(ctx context.Context) {
	defer close(s.done)
	ended := make(chan struct{})
	go func() {
		s.nats.WaitForShutdown()
		close(ended)
	}()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	var retry time.Time
	for {
		select {
		case <-look.C:
			if now := s.stamp(); !s.opts.NoAuth && now != s.seen {
				s.seen = now
				s.reload()
			}
			if s.look(); s.failing.Load() && time.Now().After(retry) {
				s.storeAgain()
				retry = time.Now().Add(retryEvery)
			}
			continue
		case <-ctx.Done():
		case <-ended:
			s.fail(errors.New("the NATS server ended"))
		}
		s.stop()
		<-ended
		return
	}
}

// reload lets those connect who may now, and ends the connections of those who may no longer.
func (s *Server) reload() {
	opts, err := s.options()
	if err == nil {
		opts.Port = s.port()
		err = s.nats.ReloadOptions(opts)
	}
	if err != nil {
		s.log.Error("who may connect has changed, but the hub goes on as before", "error", err)
		return
	}
	s.log.Info("the hub has read again who may connect")
}

// look looks whether what is published is stored. After an error the NATS server stores nothing
// more in the stream, or turns all storage off, until it is started again: what sensors publish
// is not acknowledged, and they keep it. What was stored can be read.
func (s *Server) look() {
	why := ""
	if !s.nats.JetStreamEnabled() {
		why = "storage is off"
	}
	for _, e := range s.nats.Healthz(&server.HealthzOptions{Details: true}).Errors {
		if strings.Contains(e.Error, "write error") {
			why = e.Error
		}
	}
	if s.failing.Swap(why != "") != (why != "") && why != "" {
		s.log.Error("nothing more is stored until there is space", "folder", s.opts.Store, "error", why)
	}
}

// storeAgain starts storage again, if there is space.
func (s *Server) storeAgain() {
	if err := s.probe(); err != nil {
		return
	}
	opts, err := s.options()
	if err == nil {
		err = s.nats.ShutdownJetStream()
	}
	if err == nil {
		err = s.nats.EnableJetStream(&server.JetStreamConfig{StoreDir: s.opts.Store, MaxMemory: 64 << 20, MaxStore: opts.JetStreamMaxStore})
	}
	if err != nil {
		s.log.Error("storage cannot be started again", "folder", s.opts.Store, "error", err)
		return
	}
	if s.look(); !s.failing.Load() {
		s.log.Info("what is published is stored again")
	}
}

// probe returns an error if there is no space for some messages.
func (s *Server) probe() error {
	f, err := os.CreateTemp(s.opts.Store, "space-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // there is nothing to do about it
	_, err = f.Write(make([]byte, probeBytes))
	return errors.Join(err, f.Close())
}
