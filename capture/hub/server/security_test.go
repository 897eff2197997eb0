package server

import (
	"context"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"imapscope/capture"
	"imapscope/capture/hub"
	"imapscope/proxy/tls"
)

// A guarded is a hub with authentication.
type guarded struct {
	*Server
	store string
	ca    *tls.CA
}

func pemOf(ca *tls.CA) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Certificate().Raw})
}

// guard starts a hub for the sensors a and b.
func guard(t *testing.T) *guarded {
	t.Helper()
	ca, err := tls.NewCA("")
	if err != nil {
		t.Fatal(err)
	}
	g := &guarded{store: t.TempDir(), ca: ca}
	if _, err := Init(g.store, pemOf(ca), []string{"a", "b"}, nil); err != nil {
		t.Fatal(err)
	}
	g.Server = start(t, Options{Store: g.store, Certify: ca.Shared})
	return g
}

// creds returns the name of a credentials file.
func (g *guarded) creds(user string) string { return filepath.Join(g.store, credsDir, user+".creds") }

// as connects as a user. What the server refuses is sent to refused.
func (g *guarded) as(t *testing.T, user, inbox string) (nc *nats.Conn, refused chan error) {
	t.Helper()
	refused = make(chan error, 64)
	nc, err := hub.Connect(g.URL(), g.creds(user), nats.CustomInboxPrefix(inbox), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
		select {
		case refused <- err:
		default:
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc, refused
}

// violates checks that the server refuses what f does.
func violates(t *testing.T, nc *nats.Conn, refused chan error, what string, f func() error) {
	t.Helper()
	for len(refused) > 0 {
		<-refused
	}
	if err := f(); err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	if err := nc.Flush(); err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	select {
	case err := <-refused:
		if !errors.Is(err, nats.ErrPermissionViolation) {
			t.Errorf("%s: %v", what, err)
		}
	case <-time.After(5 * time.Second):
		t.Errorf("%s: allowed", what)
	}
}

// messages returns the number of messages in the stream.
func (g *guarded) messages(t *testing.T) uint64 {
	t.Helper()
	stream, err := g.JetStream().Stream(context.Background(), hub.Stream)
	if err != nil {
		t.Fatal(err)
	}
	return stream.CachedInfo().State.Msgs
}

// stores checks the number of messages in the stream of sensors.
func (g *guarded) stores(t *testing.T, want uint64) {
	t.Helper()
	if n := g.messages(t); n != want {
		t.Errorf("%d messages of sensors are stored, want %d", n, want)
	}
}

// put stores messages of the sensors a and b.
func (g *guarded) put(t *testing.T) {
	t.Helper()
	for _, sensor := range []string{"a", "b"} {
		if _, err := g.JetStream().Publish(context.Background(), subject(sensor), []byte("facts")); err != nil {
			t.Fatal(err)
		}
	}
}

func subject(sensor string) string { return hub.Identity{Sensor: sensor, Run: "r", Conn: 1}.Subject() }

// adminAPI are the subjects that change a stream, or consumers of it.
var adminAPI = []string{
	"STREAM.CREATE.IMAPSCOPE", "STREAM.UPDATE.IMAPSCOPE", "STREAM.DELETE.IMAPSCOPE", "STREAM.PURGE.IMAPSCOPE", "STREAM.MSG.DELETE.IMAPSCOPE",
	"STREAM.SNAPSHOT.IMAPSCOPE", "STREAM.RESTORE.IMAPSCOPE", "STREAM.CREATE.OTHER", "STREAM.DELETE.IMAPSCOPE-SCAN", "STREAM.LEADER.STEPDOWN.IMAPSCOPE",
	"META.LEADER.STEPDOWN", "ACCOUNT.PURGE.SENSORS", "STREAM.TEMPLATE.CREATE.X",
}

// TestSensorPublishesUnderItsNameOnly checks that the credential of a sensor is good for nothing else.
func TestSensorPublishesUnderItsNameOnly(t *testing.T) {
	g := guard(t)
	nc, refused := g.as(t, "sensor-a", hub.InboxPrefix("a"))
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(context.Background(), subject("a"), []byte("x")); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{subject("b"), "imapscope.a", "imapscope.a.b.c", "imapscope.>", hub.WorkStream, "scan.work", "anything", hub.InboxPrefix("b") + ".x", hub.ReaderInbox + ".x", "$SYS.REQ.SERVER.PING", "$NRG.x"} {
		violates(t, nc, refused, "publish to "+to, func() error { return nc.Publish(to, []byte("x")) })
	}
	for _, at := range []string{">", "imapscope.>", hub.SensorSubjects("a"), hub.SensorSubjects("b"), hub.InboxPrefix("b") + ".>", "_INBOX.>", hub.ReaderInbox + ".>", "$JS.>", "$SYS.>", "scan.>"} {
		violates(t, nc, refused, "subscribe to "+at, func() error {
			sub, err := nc.SubscribeSync(at)
			if err == nil {
				defer sub.Unsubscribe()
				err = nc.Flush()
			}
			return err
		})
	}
	for _, s := range append(adminAPI, "INFO", "STREAM.INFO.IMAPSCOPE", "STREAM.NAMES", "STREAM.LIST", "STREAM.MSG.GET.IMAPSCOPE", "DIRECT.GET.IMAPSCOPE", "CONSUMER.CREATE.IMAPSCOPE", "CONSUMER.CREATE.IMAPSCOPE.x", "CONSUMER.MSG.NEXT.IMAPSCOPE.x") {
		violates(t, nc, refused, "request "+s, func() error { return nc.PublishRequest("$JS.API."+s, hub.InboxPrefix("a")+".x", nil) })
	}
	g.stores(t, 1)
}

// TestSensorCannotReplaceMessages checks that headers that ask for it are refused.
func TestSensorCannotReplaceMessages(t *testing.T) {
	g := guard(t)
	g.put(t)
	nc, _ := g.as(t, "sensor-a", hub.InboxPrefix("a"))
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	for name, header := range map[string]nats.Header{
		"all":      {"Nats-Rollup": {"all"}},
		"subject":  {"Nats-Rollup": {"sub"}},
		"lifetime": {"Nats-TTL": {"1s"}},
		"schedule": {"Nats-Schedule": {"@every 1s"}, "Nats-Schedule-Target": {subject("b")}},
		"counter":  {"Nats-Incr": {"1"}},
		"batch":    {"Nats-Batch-Id": {"x"}, "Nats-Batch-Sequence": {"1"}},
	} {
		m := &nats.Msg{Subject: subject("a"), Data: []byte("x"), Header: header}
		if _, err := js.PublishMsg(context.Background(), m, jetstream.WithRetryAttempts(0)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	g.stores(t, 2)
}

// TestReplySubjectForgesNoFacts checks that a sensor, which chooses where the server sends its
// acknowledgements, can neither use JetStream that way, nor have anything under another's name
// but an acknowledgement, which readers skip.
func TestReplySubjectForgesNoFacts(t *testing.T) {
	g := guard(t)
	g.put(t)
	nc, refused := g.as(t, "sensor-a", hub.InboxPrefix("a"))
	for _, reply := range []string{
		"$JS.API.STREAM.DELETE.IMAPSCOPE", "$JS.API.STREAM.PURGE.IMAPSCOPE", "$JS.API.STREAM.MSG.DELETE.IMAPSCOPE",
		"$JS.API.STREAM.DELETE.IMAPSCOPE-SCAN", "$JS.API.CONSUMER.CREATE.IMAPSCOPE", "$JS.ACK.IMAPSCOPE.x",
	} {
		violates(t, nc, refused, "reply to "+reply, func() error { return nc.PublishRequest(subject("a"), reply, []byte("x")) })
	}
	if err := nc.PublishRequest(subject("a"), subject("b"), []byte("x")); err != nil {
		t.Fatal(err)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(context.Background(), subject("a"), []byte("last")); err != nil {
		t.Fatal(err)
	}
	address := &hub.Address{Server: g.URL(), Creds: g.creds("reader"), Sensors: []string{"b"}, FromStart: true, Now: true}
	source := &hub.Source{Address: address}
	err = source.Run(context.Background(), &none{t})
	if read := source.Figures(); err != nil || read.Wrong != read.Messages {
		t.Errorf("%+v, %v: want nothing but messages that are skipped", read, err)
	}
}

// none is a capture.Sink for no facts.
type none struct{ t *testing.T }

func (n *none) Event(e *capture.Event) error {
	n.t.Errorf("a fact: %+v", e)
	return nil
}

// TestReaderReadsOnly checks that the credential of readers changes nothing but consumers.
func TestReaderReadsOnly(t *testing.T) {
	g := guard(t)
	g.put(t)
	nc, refused := g.as(t, "reader", hub.ReaderInbox)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	consumer, err := js.OrderedConsumer(context.Background(), hub.Stream, jetstream.OrderedConsumerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	batch, err := consumer.Fetch(2)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for m := range batch.Messages() {
		got = append(got, m.Subject())
	}
	if batch.Error() != nil || strings.Join(got, " ") != subject("a")+" "+subject("b") {
		t.Errorf("read %q, %v", got, batch.Error())
	}
	for _, to := range []string{subject("a"), "imapscope.x.r-1", "scan.work", "anything", hub.InboxPrefix("a") + ".x"} {
		violates(t, nc, refused, "publish to "+to, func() error { return nc.Publish(to, []byte("x")) })
	}
	for _, s := range adminAPI {
		violates(t, nc, refused, "request "+s, func() error { return nc.PublishRequest("$JS.API."+s, hub.ReaderInbox+".x", nil) })
	}
	for _, at := range []string{">", "imapscope.>", "_INBOX.>", hub.InboxPrefix("a") + ".>", "$JS.>", "scan.>"} {
		violates(t, nc, refused, "subscribe to "+at, func() error {
			sub, err := nc.SubscribeSync(at)
			if err == nil {
				defer sub.Unsubscribe()
				err = nc.Flush()
			}
			return err
		})
	}
	for _, to := range []string{subject("b"), "$JS.API.STREAM.DELETE.IMAPSCOPE", "$JS.API.STREAM.PURGE.IMAPSCOPE"} {
		config := jetstream.ConsumerConfig{DeliverSubject: to, HeadersOnly: true}
		if _, err := js.CreatePushConsumer(context.Background(), hub.Stream, config); err == nil {
			t.Errorf("a consumer that sends to %s was created", to)
		}
	}
	g.stores(t, 2)
}

// TestWorkersSeeNoSensor checks that the credential of scan's workers is good for its streams only.
func TestWorkersSeeNoSensor(t *testing.T) {
	g := guard(t)
	g.put(t)
	nc, refused := g.as(t, "workers", "_INBOX")
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: hub.WorkStream, Subjects: []string{hub.WorkSubjects}, Retention: jetstream.WorkQueuePolicy}); err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(ctx, "scan.work", []byte("x")); err != nil {
		t.Fatal(err)
	}
	c, err := js.CreateOrUpdateConsumer(ctx, hub.WorkStream, jetstream.ConsumerConfig{Durable: "workers", AckPolicy: jetstream.AckExplicitPolicy})
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.Next()
	if err != nil {
		t.Fatal(err)
	}
	if err := m.DoubleAck(ctx); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{subject("a"), "$JS.API.STREAM.INFO.IMAPSCOPE", "$JS.API.STREAM.DELETE.IMAPSCOPE", "$JS.API.CONSUMER.CREATE.IMAPSCOPE.x"} {
		violates(t, nc, refused, "publish to "+to, func() error { return nc.Publish(to, []byte("x")) })
	}
	// The server may send what workers publish to any subject of their account, which is not the sensors'.
	if _, err := js.CreatePushConsumer(ctx, hub.WorkStream, jetstream.ConsumerConfig{DeliverSubject: subject("b"), AckPolicy: jetstream.AckNonePolicy}); err == nil {
		if _, err := js.Publish(ctx, "scan.work", []byte("forged")); err != nil {
			t.Fatal(err)
		}
	}
	if err := js.DeleteStream(ctx, hub.WorkStream); err != nil {
		t.Fatal(err)
	}
	g.stores(t, 2)
}

// TestStrangersAreRefused checks that no one connects without a credential of the hub, and that
// no one with one connects to another server.
func TestStrangersAreRefused(t *testing.T) {
	g, other := guard(t), guard(t)
	stranger := filepath.Join(t.TempDir(), "stranger.creds")
	if _, err := makeCreds(stranger, pemOf(g.ca)); err != nil {
		t.Fatal(err)
	}
	plain := filepath.Join(t.TempDir(), "plain.creds")
	if _, err := makeCreds(plain, nil); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ creds, want string }{
		"no credential":           {"", "certificate"},
		"a key of no user":        {stranger, "uthorization"},
		"another hub's":           {other.creds("sensor-a"), "certificate"},
		"no certificate to trust": {plain, "certificate"},
	} {
		nc, err := hub.Connect(g.URL(), test.creds)
		if err == nil {
			nc.Close()
			t.Errorf("%s: connected", name)
		} else if !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	open := start(t, Options{Store: t.TempDir(), NoAuth: true})
	if nc, err := hub.Connect(open.URL(), g.creds("sensor-a")); err == nil {
		nc.Close()
		t.Error("a credential with a certificate is used without TLS")
	}
}

// TestGiganticMessagesAreRefused checks the bounds of messages.
func TestGiganticMessagesAreRefused(t *testing.T) {
	g := guard(t)
	nc, refused := g.as(t, "sensor-a", hub.InboxPrefix("a"))
	if nc.MaxPayload() != hub.MaxMessage {
		t.Errorf("a message may have %d bytes", nc.MaxPayload())
	}
	if err := nc.Publish(subject("a"), make([]byte, hub.MaxMessage+1)); !errors.Is(err, nats.ErrMaxPayload) {
		t.Errorf("%v, want %v", err, nats.ErrMaxPayload)
	}
	// What the client's library refuses, a hostile client sends: the server ends the connection.
	liar := hostile(t, g, "sensor-a")
	if _, err := liar.Write([]byte("PUB " + subject("a") + " 999999999\r\n")); err != nil {
		t.Fatal(err)
	}
	if answer := rest(liar); !strings.Contains(answer, "Maximum Payload Violation") {
		t.Errorf("the server answers %q", answer)
	}
	if n := len(refused); n > 0 || g.messages(t) != 0 {
		t.Errorf("%d errors, %d messages", n, g.messages(t))
	}
}

// TestRevokedUserIsCutOff checks that a running hub notices who may connect.
func TestRevokedUserIsCutOff(t *testing.T) {
	g := guard(t)
	closed := make(chan struct{})
	nc, err := hub.Connect(g.URL(), g.creds("sensor-a"), nats.CustomInboxPrefix(hub.InboxPrefix("a")), nats.NoReconnect(), nats.ClosedHandler(func(*nats.Conn) { close(closed) }))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if _, err := Init(g.store, pemOf(g.ca), []string{"c"}, []string{"hub.example"}); err != nil {
		t.Fatal(err)
	}
	if err := Revoke(g.store, "a"); err != nil {
		t.Fatal(err)
	}
	<-closed
	if _, err := os.Stat(g.creds("sensor-a")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file of a: %v", err)
	}
	g.as(t, "sensor-c", hub.InboxPrefix("c"))
	g.as(t, "sensor-b", hub.InboxPrefix("b"))
	if err := Revoke(g.store, "a"); err == nil {
		t.Error("a is revoked twice")
	}
}
