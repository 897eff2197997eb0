package server

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"

	"imapscope/capture/hub"
	"imapscope/capture/leaktest"
)

// external starts the nats-server of the system, which may be much older, with the users of a
// store, and returns its URL and a connection that may do anything.
func external(t *testing.T, store string) (url string, js jetstream.JetStream) {
	t.Helper()
	leaktest.Check(t)
	program, err := exec.LookPath("nats-server")
	if err != nil {
		if os.Getenv("IMAPSCOPE_REQUIRE_PEERS") != "" {
			t.Fatal("nats-server is not installed: apt-get install nats-server")
		}
		t.Skip("NOT TESTED: nats-server is not installed: apt-get install nats-server")
	}
	access, err := ReadAccess(store)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	own, err := pair.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	users, err := configText(access.Users, own)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	config := filepath.Join(store, "nats.conf")
	text := fmt.Sprintf("listen: %q\njetstream { store_dir: %q, max_file: 20G }\n%s", addr, filepath.Join(store, "js"), users[1:len(users)-len("}\n")])
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program, "-c", config)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	url = "nats://" + addr
	nc, err := nats.Connect(url, nats.Nkey(own, pair.Sign), nats.RetryOnFailedConnect(true), nats.ReconnectWait(50*time.Millisecond), nats.MaxReconnects(400))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	if js, err = jetstream.New(nc); err != nil {
		t.Fatal(err)
	}
	for { // until it is connected, and the server has started JetStream
		if _, err := hub.EnsureStream(context.Background(), js, hub.Limits{}); err == nil {
			return url, js
		} else if nc.IsClosed() {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// TestSensorCannotPurgeAnExternalServer checks that a sensor cannot remove messages by naming the
// API's subjects for the server's acknowledgements, which an old server does not refuse.
func TestSensorCannotPurgeAnExternalServer(t *testing.T) {
	store := t.TempDir()
	if _, err := Init(store, nil, []string{"a", "b"}, nil); err != nil {
		t.Fatal(err)
	}
	url, js := external(t, store)
	ctx := context.Background()
	for range 5 {
		if _, err := js.Publish(ctx, subject("b"), []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	creds := func(user string) string { return filepath.Join(store, credsDir, user+".creds") }
	nc, err := hub.Connect(url, creds("sensor-a"), nats.CustomInboxPrefix(hub.InboxPrefix("a")))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	for _, reply := range []string{"$JS.API.STREAM.MSG.DELETE.IMAPSCOPE", "$JS.API.STREAM.PURGE.IMAPSCOPE", "$JS.API.STREAM.DELETE.IMAPSCOPE"} {
		if err := nc.PublishRequest(subject("a"), reply, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	sensor, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // when the second is acknowledged, those before the first were handled
		if _, err := sensor.Publish(ctx, subject("a"), []byte("last")); err != nil {
			t.Fatal(err)
		}
	}
	stats, err := hub.ReadStats(ctx, &hub.Address{Server: url, Creds: creds("reader")})
	if err != nil {
		t.Fatal(err)
	}
	if len(stats.Sensors) != 2 || stats.Sensors[1].Messages != 5 {
		t.Errorf("%+v: the messages of b are not all there", stats.Sensors)
	}
}
