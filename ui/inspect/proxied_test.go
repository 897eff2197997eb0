package inspect

import (
	"bufio"
	"fmt"
	"net"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/proxy/intercept"
	"imapscope/proxy/intercept/fault"
	"imapscope/proxy/intercept/intercepttest"
)

// proxied opens the inspector of a proxy in front of a server that play plays, and returns a
// client's connection through it.
func proxied(t *testing.T, w, h int, play func(net.Conn), change ...func(*Options)) (*driver, *client) {
	t.Helper()
	k := newTalk()
	holds, faults := intercept.NewHolds(), fault.NewSet()
	sink := sinkFunc(func(e *capture.Event) error {
		c := *e
		c.Data = append([]byte(nil), e.Data...)
		k.lines <- func(s capture.Sink) error { return s.Event(&c) }
		return nil
	})
	rig := intercepttest.Start(t, play, sink, faults, holds)
	o := Options{
		Source: "proxy", Live: true, Holds: holds, Faults: faults, FaultHelp: "delay …",
		Hint: []string{"No connection yet."},
	}
	for _, f := range change {
		f(&o)
	}
	d := openSource(t, w, h, k, o)
	c := rig.Dial()
	return d, &client{t: t, Conn: c, r: bufio.NewReader(c)}
}

// sinkFunc is a function that is a sink.
type sinkFunc func(*capture.Event) error

func (f sinkFunc) Event(e *capture.Event) error { return f(e) }

// client is a client's connection.
type client struct {
	t *testing.T
	net.Conn
	r *bufio.Reader
}

func (c *client) sends(text string) {
	c.t.Helper()
	if _, err := fmt.Fprint(c, text+"\r\n"); err != nil {
		c.t.Fatal(err)
	}
}

// gets waits for lines.
func (c *client) gets(lines ...string) {
	c.t.Helper()
	for _, want := range lines {
		c.SetReadDeadline(time.Now().Add(patience))
		if got, err := c.r.ReadString('\n'); got != want+"\r\n" {
			c.t.Fatalf("the client got %q, %v; want %q", got, err, want)
		}
	}
}

// holds types what is to be held.
func (d *driver) holds(rule string) *driver {
	d.t.Helper()
	return d.press("i").types(rule).press("Enter").sees("holding ")
}
