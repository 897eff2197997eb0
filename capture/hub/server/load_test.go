package server

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"imapscope/capture/hub"
)

// TestStatsBySensor checks what ReadStats returns about a hub: also of names that are no words, and
// of some sensors only.
func TestStatsBySensor(t *testing.T) {
	s := start(t, Options{Store: t.TempDir(), NoAuth: true, Limits: hub.Limits{MaxBytes: 1 << 20, MaxAge: time.Hour}})
	ctx := context.Background()
	hostile := "x.*>\x1b[31m \xff"
	for _, id := range []hub.Identity{
		{Sensor: "a", Run: "r", Conn: 1}, {Sensor: "a", Run: "r", Conn: 2}, {Sensor: "a", Run: "r", Conn: 2}, {Sensor: hostile, Run: "r", Conn: 1},
	} {
		if _, err := s.JetStream().Publish(ctx, id.Subject(), []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.JetStream().Publish(ctx, "imapscope.of.no.sensor", nil); err != nil {
		t.Fatal(err)
	}
	all, err := hub.ReadStats(ctx, &hub.Address{Server: s.URL()})
	if err != nil {
		t.Fatal(err)
	}
	if all.Messages != 5 || all.Connections != 3 || all.Others != 1 || len(all.Sensors) != 2 || all.Partial {
		t.Errorf("%+v", all)
	}
	if l := all.Limits; l.MaxBytes != 1<<20 || l.MaxAge != time.Hour {
		t.Errorf("limits %+v", l)
	}
	if a := all.Sensors[0]; a.Sensor != "a" || a.Messages != 3 || a.Connections != 2 || a.First.IsZero() || a.Last.Before(a.First) {
		t.Errorf("%+v", a)
	}
	if x := all.Sensors[1]; x.Sensor != hostile || x.Messages != 1 || !x.First.Equal(x.Last) {
		t.Errorf("%+v", x)
	}
	some, err := hub.ReadStats(ctx, &hub.Address{Server: s.URL(), Sensors: []string{hostile, "absent"}})
	if err != nil || len(some.Sensors) != 1 || some.Sensors[0].Sensor != hostile {
		t.Errorf("%+v, %v", some, err)
	}
}

// TestLimitsOfTheStreamAreThoseOfTheStart checks that a store that exists is given new limits.
func TestLimitsOfTheStreamAreThoseOfTheStart(t *testing.T) {
	dir := t.TempDir()
	for _, want := range []int64{4 << 20, 1 << 20, 8 << 30} {
		s, err := Start(Options{Listen: "127.0.0.1:0", Store: dir, NoAuth: true, Limits: hub.Limits{MaxBytes: want}})
		if err != nil {
			t.Fatal(err)
		}
		stream, err := s.JetStream().Stream(context.Background(), hub.Stream)
		s.Shutdown()
		if err != nil || stream.CachedInfo().Config.MaxBytes != want {
			t.Errorf("%v, want %d: %v", stream.CachedInfo().Config.MaxBytes, want, err)
		}
	}
}

// TestLoadCountsAllStreams checks the figures of a server: those of both accounts.
func TestLoadCountsAllStreams(t *testing.T) {
	g := guard(t)
	g.put(t)
	nc, _ := g.as(t, "workers", "_INBOX")
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(context.Background(), jetstream.StreamConfig{Name: hub.WorkStream, Subjects: []string{hub.WorkSubjects}}); err != nil {
		t.Fatal(err)
	}
	l := g.Load()
	if len(l.Streams) != 2 || l.Streams[0].Name != hub.Stream || l.Streams[0].Messages != 2 || l.Streams[0].Subjects != 2 || l.Streams[1].Name != hub.WorkStream {
		t.Errorf("%+v", l.Streams)
	}
	if l.Connections < 1 || l.Accepted < 2 || l.In.Messages < 3 || !l.Storing {
		t.Errorf("%+v", l)
	}
}

// TestConsumersAreBounded checks that readers cannot create consumers without end.
func TestConsumersAreBounded(t *testing.T) {
	g := guard(t)
	nc, _ := g.as(t, "reader", hub.ReaderInbox)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	for n := range maxConsumers + 1 {
		_, err := js.CreateConsumer(context.Background(), hub.Stream, jetstream.ConsumerConfig{AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true, InactiveThreshold: time.Hour})
		if api := new(jetstream.APIError); errors.As(err, &api) && strings.Contains(err.Error(), "maximum consumers") {
			if n < maxConsumers/2 {
				t.Errorf("no more than %d consumers", n)
			}
			return
		}
		if err != nil {
			t.Fatalf("consumer %d: %v", n, err)
		}
	}
	t.Errorf("%d consumers", maxConsumers+1)
}

// TestStoreIsPrivate checks that others cannot look into the store, even where its folder was
// there before.
func TestStoreIsPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no modes")
	}
	dir := t.TempDir()
	start(t, Options{Store: dir, NoAuth: true})
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v", path, info.Mode())
		}
		if d.IsDir() {
			return filepath.SkipDir // what is below cannot be reached
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
