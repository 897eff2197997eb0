package inspect

import (
	"fmt"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/proxy/intercept"
	"imapscope/proxy/intercept/fault"
	"imapscope/ui/inspect/panes"
)

// narrow are the sizes of the screens of what waits: also a terminal on a phone.
var narrow = append([][2]int{{40, 12}}, sizes...)

// stopped opens the inspector of a conversation in which messages wait.
func stopped(t *testing.T, w, h int, change ...func(*Options)) *driver {
	t.Helper()
	k := newTalk()
	c := k.open(1).server("* OK hi").client("a LOGIN fred secret").server("a OK in").client("b SELECT INBOX").server("* 3 EXISTS").server("b OK done")
	c.client("c FETCH 1 FLAGS").client("d STORE 1 +FLAGS (\\Seen)")
	holds, faults := intercept.NewHolds(), fault.NewSet()
	for _, s := range []string{`delay tagged 5s if command == "FETCH"`, "drop tagged probability 0.5 count 3"} {
		f, err := fault.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := faults.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	now := c.now.Add(75 * time.Second)
	o := Options{Source: "proxy 127.0.0.1:1143 > mail.example:143", Live: true, Holds: holds, Faults: faults, Now: func() time.Time { return now }, FaultHelp: "delay …"}
	for _, f := range change {
		f(&o)
	}
	var waiting atomic.Pointer[[]*intercept.Held]
	waiting.Store(new([]*intercept.Held))
	o.waiting = func() []*intercept.Held { return *waiting.Load() }
	d := openSource(t, w, h, k, o)
	conn := capture.Conn{ID: 1, Client: netip.MustParseAddrPort("192.0.2.1:40000"), Server: netip.MustParseAddrPort("192.0.2.2:143")}
	held := []*intercept.Held{
		{ID: 1, Conn: conn, Txn: 3, Dir: capture.ClientToServer, Tag: "c", Word: "FETCH", Raw: []byte("c FETCH 1 FLAGS\r\n"), Since: now.Add(-70 * time.Second)},
		{ID: 2, Conn: conn, Txn: 4, Dir: capture.ClientToServer, Tag: "d", Word: "STORE", Raw: []byte("d STORE 1 +FLAGS (\\Seen)\r\n"), Since: now.Add(-9 * time.Second)},
	}
	d.sees("d STORE")
	d.do(func() {
		waiting.Store(&held)
		if rules, err := parseRules(`command in ["FETCH", "STORE"]`); err == nil {
			holds.SetRules(rules)
		}
		d.x.look()
	})
	return d
}

// TestWaitingScreens compares what is shown while messages wait with the screens in testdata.
func TestWaitingScreens(t *testing.T) {
	for _, s := range []struct {
		name  string
		press func(*driver)
	}{
		{"waits", func(d *driver) { d.sees("Waiting  2") }},
		{"waiting", func(d *driver) { d.press("Tab").on("c FETCH").sees("▾ +→ c FETCH") }},
		{"hold", func(d *driver) { d.press("i").types(" and").sees("! ") }},
		{"editing", func(d *driver) { d.press("E").sees("Edit c FETCH") }},
		{"faults", func(d *driver) { d.press("X").on("on .*delay tagged") }},
		{"answers", func(d *driver) {
			d.do(func() {
				m := d.x.model
				d.x.detail.Answers(panes.Answers{
					{Title: "As the client sent it", Exchange: m.Talk([]byte("c FETCH 1 FLAGS\r\n"), []byte("* 1 FETCH (FLAGS (\\Seen))\r\nc OK done\r\n"))},
					{Title: "As you changed it", Exchange: m.Talk([]byte("U1 FETCH 1 (FLAGS UID)\r\n"), []byte("* 1 FETCH (FLAGS (\\Seen) UID 7)\r\nU1 OK done\r\n")), Note: "kept from the client"},
				})
				d.x.detail.To(panes.TabAnswers)
				d.x.setFocus(inDetail)
				d.x.zoom()
			})
			d.sees("As the client sent it")
		}},
		{"waiting-help", func(d *driver) { d.press("Tab", "?").sees("Help: Waiting") }},
	} {
		for _, size := range narrow {
			name := fmt.Sprintf("%s-%dx%d", s.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				d := stopped(t, size[0], size[1])
				s.press(d)
				d.golden(name)
			})
		}
	}
}
