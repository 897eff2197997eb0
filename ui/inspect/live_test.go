package inspect

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/ui/inspect/model"
	"imapscope/ui/inspect/panes"
)

// talk is a Source of one connection per call of its methods.
type talk struct {
	lines chan func(capture.Sink) error
}

func newTalk() *talk { return &talk{make(chan func(capture.Sink) error, 1024)} }

// Run implements capture.Source.
func (k *talk) Run(ctx context.Context, s capture.Sink) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case f, ok := <-k.lines:
			if !ok {
				return nil
			}
			if err := f(s); err != nil {
				return err
			}
		}
	}
}

// conversation is one connection of a talk.
type conversation struct {
	*talk
	id  capture.ConnID
	off [2]int64
	now time.Time
}

func (k *talk) open(id capture.ConnID) *conversation {
	c := &conversation{talk: k, id: id, now: time.Unix(700_000_000, 0).UTC()}
	start := c.now
	k.lines <- func(s capture.Sink) error {
		return capturetest.To(s).Open(capture.Conn{
			ID: id, Client: netip.MustParseAddrPort("192.0.2.1:40000"), Server: netip.MustParseAddrPort("192.0.2.2:143"), Start: start, Origin: "talk",
		})
	}
	return c
}

func (c *conversation) say(dir capture.Direction, text string) *conversation {
	c.now = c.now.Add(time.Millisecond)
	at, off := c.now, c.off[dir]
	c.off[dir] += int64(len(text))
	c.lines <- func(s capture.Sink) error {
		return s.Event(&capture.Event{Kind: capture.Data, Conn: c.id, Dir: dir, Time: at, Off: off, Data: []byte(text)})
	}
	return c
}

func (c *conversation) client(text string) *conversation {
	return c.say(capture.ClientToServer, text+"\r\n")
}
func (c *conversation) server(text string) *conversation {
	return c.say(capture.ServerToClient, text+"\r\n")
}

// The cursor follows what arrives until the user moves it; pausing freezes the screen and
// loses nothing.
func TestLiveFollowsAndPauses(t *testing.T) {
	k := newTalk()
	d := openSource(t, 100, 24, k, Options{Source: "a talk", Live: true, Hint: []string{"No connection yet. Point your client at 192.0.2.2."}})
	d.sees("No connection yet. Point your client at", "live, following")
	c := k.open(1).server("* OK hi")
	d.sees("No command yet")
	c.client("a LOGIN fred secret")
	d.sees("a LOGIN fred \\*{8} +…", "still running")
	c.server("a OK in").client("b NOOP").server("b OK")
	d.sees("a LOGIN fred .* OK").on("b NOOP")
	c.client("c CHECK").server("c OK")
	d.on("c CHECK").press("k").on("b NOOP").sees("^ live +a talk")
	c.client("d CHECK").server("d OK")
	d.sees("d CHECK").on("b NOOP").press("p").sees("paused, 0 more")
	c.client("e CHECK").server("e OK").client("f CHECK").server("f NO not now")
	d.sees("paused, 2 more").misses("e CHECK").press("p").sees("f CHECK.* NO").press("G").on("f CHECK").sees("following")
	c.client("g NOOP").server("g OK")
	d.on("g NOOP")
	close(k.lines)
	d.sees("^ ended")
}

func TestFilterIncludesLaterArrivals(t *testing.T) {
	k := newTalk()
	d := openSource(t, 100, 24, k, Options{Source: "a talk", Live: true, Filter: `status == "NO"`})
	c := k.open(1).server("* OK hi").client("a CHECK").server("a OK").client("b CHECK").server("b NO")
	d.sees("1 of 2, filter").on("b CHECK")
	c.client("c CHECK").server("c NO").client("d CHECK").server("d OK")
	d.sees("2 of 4").on("c CHECK")
}

// hostile lists texts that must be shown as plain text.
var hostile = []string{
	"\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x1b]8;;https://x.example/\x1b\\link\x1b]8;;\x1b\\", "[red]red[-]", `["region"]x[""]`,
	"[::b]bold", "\u202eevil\u202c", "a\x00b", "caf\xe9 \xff\xfe", "\x9b31m", "\u200b\ufeff", "[:::https://x.example/]link[:::-]",
}

// Hostile text is plain text in every pane and every tab.
func TestHostileTextStaysText(t *testing.T) {
	for _, text := range some(hostile) {
		t.Run(fmt.Sprintf("%q", text), func(t *testing.T) {
			k := newTalk()
			quoted := strings.NewReplacer(`"`, `'`, "\x00", "\x01").Replace(text)
			mail := "From: " + text + " <x@y.example>\r\nSubject: " + text + "\r\n\r\n" + text + "\r\n"
			c := k.open(1).server("* OK " + text)
			c.client(`a LOGIN "` + quoted + `" secret`).server("a OK " + text)
			c.client(`b SELECT "` + quoted + `"`).server("* 1 EXISTS").server("b OK [" + text + "] " + text)
			c.client("c FETCH 1 (ENVELOPE RFC822)").
				say(capture.ServerToClient, fmt.Sprintf("* 1 FETCH (ENVELOPE (NIL \"%s\" ((\"%s\" NIL \"x\" \"y\")) NIL NIL NIL NIL NIL NIL \"%s\") RFC822 {%d}\r\n%s)\r\n", quoted, quoted, quoted, len(mail), mail)).
				server("c OK " + text)
			close(k.lines)
			d := openSource(t, 150, 40, k, Options{Source: text, Hint: []string{"nothing"}})
			d.sees("c FETCH 1", "^ ended").press("g")
			look := func(what string) {
				d.t.Helper()
				d.do(func() {}) // after the keys
				d.inert(what)
			}
			look("the panes")
			for range 3 {
				for tab := panes.TabAnnotated; tab < panes.TabDiff; tab++ {
					d.press(string('1' + rune(tab)))
					look(tab.String())
				}
				d.press("Enter", "G", "l")
				look("the last line, unfolded")
				d.press("q", "j")
			}
			d.press("m", "k", "m", "d")
			look("the difference")
			d.press("q", "/").types("nowhere " + strings.ToValidUTF8(text, "")).press("Enter")
			look("a search")
		})
	}
}

// inert checks that no cell of the screen has a control character, a character without
// width, a colour (the theme has none here) or a link.
func (d *driver) inert(what string) {
	d.t.Helper()
	d.do(func() {
		cells, _, _ := d.screen.GetContents()
		for _, c := range cells {
			fg, bg, _ := c.Style.Decompose()
			if fg.Valid() || bg.Valid() || strings.Contains(fmt.Sprintf("%+v", c.Style), "https:") {
				d.t.Errorf("%s: %q has a colour or a link: %+v", what, c.Runes, c.Style)
				return
			}
			for _, r := range c.Runes {
				if r < ' ' && r != 0 || 0x7f <= r && r < 0xa0 || slices.Contains([]rune{0x200b, 0x202e, 0x202c, 0xfeff}, r) {
					d.t.Errorf("%s: a cell has %U", what, r)
					return
				}
			}
		}
	})
}

// million is an archive's worth of small transactions.
type million struct{ n int }

// Run implements capture.Source.
func (m million) Run(_ context.Context, s capture.Sink) error {
	now := time.Unix(700_000_000, 0)
	var off [2]int64
	say := func(dir capture.Direction, text string) error {
		now = now.Add(100 * time.Microsecond)
		err := s.Event(&capture.Event{Kind: capture.Data, Conn: 1, Dir: dir, Time: now, Off: off[dir], Data: []byte(text)})
		off[dir] += int64(len(text))
		return err
	}
	if err := capturetest.To(s).Open(capture.Conn{ID: 1, Start: now, Client: netip.MustParseAddrPort("192.0.2.1:40000"), Server: netip.MustParseAddrPort("192.0.2.2:143")}); err != nil {
		return err
	}
	err := say(capture.ServerToClient, "* PREAUTH hello\r\n")
	for i := 0; i < m.n && err == nil; i++ {
		status := "OK"
		if i%1000 == 999 {
			status = "NO"
		}
		err = say(capture.ClientToServer, fmt.Sprintf("a%06d FETCH %d FLAGS\r\n", i, i%100+1))
		if err == nil {
			err = say(capture.ServerToClient, fmt.Sprintf("* %d FETCH (FLAGS (\\Seen))\r\na%06d %s done\r\n", i%100+1, i, status))
		}
	}
	if err != nil {
		return err
	}
	return capturetest.To(s).Close(1, now, capture.FIN)
}

// BenchmarkKeys measures the time from a key to its effect on the screen, with a million and with
// five million transactions: in the order of their arrival, sorted, and filtered. What a key
// begins in the background (sorting, a filter) is not part of it.
func BenchmarkKeys(b *testing.B) {
	for _, n := range []int{1_000_000, 5_000_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			d := openSource(b, 200, 60, million{n}, Options{Source: "a million"})
			d.sees("Transactions  " + model.Number(n))
			keys := []string{"j", "G", "k", "g", "PgDn", "Enter", "q", "2", "3", "4", "5", "6", "j", "m", ".", "Tab", "Backtab", "z", "z", "?", "q"}
			b.Run("arrival", func(b *testing.B) { d.times(b, keys) })
			b.Run("sorted", func(b *testing.B) { d.times(b, append([]string{"s"}, keys...)) })
			d.do(func() { d.x.model.List.Sort(model.ByArrival, false) })
			d.do(func() {
				if err := d.x.setFilter(`status == "OK"`); err != nil {
					b.Error(err)
				}
			})
			b.Run("filtered", func(b *testing.B) { d.times(b, append([]string{"S"}, keys...)) })
		})
	}
}

// times presses keys, and reports how long each took until it was drawn.
func (d *driver) times(b *testing.B, keys []string) {
	var took []time.Duration
	for b.Loop() {
		for _, k := range keys {
			begin := time.Now()
			d.press(k)
			d.do(func() {}) // after the key and its drawing
			took = append(took, time.Since(begin))
		}
	}
	slices.Sort(took)
	at := func(q float64) float64 { return float64(took[int(q*float64(len(took)-1))].Microseconds()) / 1000 }
	b.ReportMetric(at(0.5), "p50-ms/key")
	b.ReportMetric(at(0.99), "p99-ms/key")
	b.ReportMetric(at(1), "max-ms/key")
}

// BenchmarkFilter measures a filter on a million transactions.
func BenchmarkFilter(b *testing.B) {
	d := openSource(b, 200, 60, million{1_000_000}, Options{Source: "a million"})
	d.sees("Transactions  1,000,000")
	for b.Loop() {
		d.do(func() {
			if err := d.x.setFilter(`status == "NO" and command == "FETCH"`); err != nil {
				b.Error(err)
			}
		})
		d.until(func() (ok bool) {
			d.do(func() { ok = d.x.model.List.Len() == 1000 && !d.x.model.List.Looking() })
			return ok
		}, "finds a thousand")
	}
}
