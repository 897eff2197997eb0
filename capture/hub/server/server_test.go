package server

import (
	"context"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"imapscope/capture/hub"
	"imapscope/capture/leaktest"
)

// start starts a server on a free port that ends with the test.
func start(t *testing.T, o Options) *Server {
	t.Helper()
	leaktest.Check(t)
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Shutdown)
	return s
}

// TestStreamSurvivesARestart checks that what was acknowledged is there after a restart, and is
// not stored twice.
func TestStreamSurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	leaktest.Check(t)
	publish := func() *jetstream.PubAck {
		s, err := Start(Options{Listen: "127.0.0.1:0", Store: dir, NoAuth: true})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Shutdown()
		nc, err := hub.Connect(s.URL(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		js, err := jetstream.New(nc)
		if err != nil {
			t.Fatal(err)
		}
		ack, err := js.Publish(context.Background(), hub.Identity{Sensor: "a", Run: "r", Conn: 1}.Subject(), []byte("x"), jetstream.WithMsgID("r-1-1"))
		if err != nil {
			t.Fatal(err)
		}
		return ack
	}
	if first := publish(); first.Sequence != 1 || first.Duplicate {
		t.Errorf("%+v", first)
	}
	if again := publish(); again.Sequence != 1 || !again.Duplicate {
		t.Errorf("%+v, want a duplicate of message 1", again)
	}
}

// TestStartRefuses checks what a server does not start with, and its one line about it.
func TestStartRefuses(t *testing.T) {
	other := start(t, Options{Store: t.TempDir(), NoAuth: true})
	for name, test := range map[string]struct {
		o    Options
		want string
	}{
		"every address without authentication": {Options{Listen: "0.0.0.0:0", NoAuth: true}, "on loopback only"},
		"a name without authentication":        {Options{Listen: "mail.example:0", NoAuth: true}, "on loopback only"},
		"no address":                           {Options{Listen: "4222", NoAuth: true}, "not an address to listen on"},
		"no port":                              {Options{Listen: "127.0.0.1:nats", NoAuth: true}, "not a number"},
		"no users":                             {Options{}, "no one has a credential"},
		"a used store":                         {Options{Listen: "127.0.0.1:0", Store: other.opts.Store, NoAuth: true}, "another hub runs with"},
		"a used port":                          {Options{Listen: other.Addr().String(), NoAuth: true}, "address already in use"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.o.Store == "" {
				test.o.Store = t.TempDir()
			}
			s, err := Start(test.o)
			if err == nil {
				s.Shutdown()
				t.Fatal("it starts")
			}
			if !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}
