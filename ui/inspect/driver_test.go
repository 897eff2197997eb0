package inspect

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"imapscope/capture"
	"imapscope/capture/golden"
	"imapscope/capture/leaktest"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/decode/lint"
	"imapscope/ui/view"
)

// driver acts as a user at the screen: it presses keys, and waits until it sees what it
// expects.
type driver struct {
	t      testing.TB
	screen tcell.SimulationScreen
	x      *inspector
	done   chan error
	gone   chan struct{}
	copied string
	saved  *files
}

// files is an Exporter that records its calls.
type files struct {
	mu    sync.Mutex
	asked []string
}

func (f *files) Formats() []string { return []string{"txt", "jsonl", "pcapng", "eml", "mbox"} }
func (f *files) note(format string, a ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, fmt.Sprintf(format, a...))
}

func (f *files) Export(name string, txns []int, comments map[int]string) (string, error) {
	f.note("export %s %d %v", name, txns, comments)
	return fmt.Sprintf("%d transactions written to %s", len(txns), name), nil
}

func (f *files) Save(name string, comments map[int]string) (string, error) {
	f.note("save %s %v", name, comments)
	return "saved to " + name, nil
}

func (f *files) Write(name string, content []byte) error {
	f.note("write %s %.40s", name, content)
	return nil
}

// patience is how long a driver waits before it gives up.
const patience = 10 * time.Second

// open shows captures in an inspector of a given size.
func open(t testing.TB, w, h int, names ...string) *driver {
	t.Helper()
	for i, n := range names {
		names[i] = filepath.Join("../../samples", n)
	}
	return openSource(t, w, h, pcap.Files(names, pcap.Options{}), Options{Source: filepath.Base(names[0])})
}

func openSource(t testing.TB, w, h int, src capture.Source, o Options) *driver {
	t.Helper()
	o.NoColor = true
	return openColored(t, w, h, src, o)
}

// openColored shows a source in an inspector with colours.
func openColored(t testing.TB, w, h int, src capture.Source, o Options) *driver {
	t.Helper()
	leaktest.Check(t)
	found := o.Findings
	if found == nil {
		var err error
		if found, err = view.NewFindings(o.View, lint.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	acts := new(view.Acts)
	a, err := archive.New(archive.Options{Dir: t.TempDir(), Handler: decode.Handlers{found, acts}})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { ended <- src.Run(ctx, a.Writer()) })
	if !o.Live {
		running.Wait()
	}
	d := &driver{t: t, screen: simulation(t, w, h), done: make(chan error, 1), gone: make(chan struct{}), saved: &files{}}
	o.Archive, o.Ended, o.Screen = a, ended, d.screen
	o.Findings, o.Acts = found, acts
	o.Export = d.saved
	o.Copy = func(text string) error { d.copied = text; return nil }
	d.x = newInspector(o)
	if o.Filter != "" {
		if err := d.x.setFilter(o.Filter); err != nil {
			t.Fatal(err)
		}
	}
	d.screen.SetSize(w, h) // SetScreen reset it
	go func() {
		defer close(d.gone)
		d.done <- d.x.run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		select {
		case <-d.done:
		case <-time.After(patience):
			t.Error("the inspector does not end")
		}
		running.Wait()
		a.Close()
	})
	return d
}

func simulation(t testing.TB, w, h int) tcell.SimulationScreen {
	s := tcell.NewSimulationScreen("UTF-8")
	if err := s.Init(); err != nil {
		t.Fatal(err)
	}
	s.SetSize(w, h)
	return s
}

// do runs f where the inspector runs.
func (d *driver) do(f func()) {
	d.t.Helper()
	ran := make(chan struct{})
	go d.x.app.QueueUpdate(func() { f(); close(ran) })
	select {
	case <-ran:
	case <-d.gone:
	case <-time.After(patience):
		d.t.Fatal("the inspector hangs")
	}
}

// press presses keys, one after the other.
func (d *driver) press(keys ...string) *driver {
	d.t.Helper()
	for _, k := range keys {
		e := tcell.NewEventKey(tcell.KeyRune, []rune(k)[0], 0)
		if len([]rune(k)) > 1 {
			found := false
			for key, name := range tcell.KeyNames {
				if name == k {
					e, found = tcell.NewEventKey(key, 0, 0), true
				}
			}
			if !found {
				d.t.Fatalf("there is no key %q", k)
			}
		}
		d.x.app.QueueEvent(e)
	}
	return d
}

// types writes a text into a prompt.
func (d *driver) types(text string) *driver {
	for _, r := range text {
		d.x.app.QueueEvent(tcell.NewEventKey(tcell.KeyRune, r, 0))
	}
	return d
}

// text returns the screen's lines, without trailing spaces.
func (d *driver) text() string {
	var out []string
	d.do(func() {
		cells, w, h := d.screen.GetContents()
		for y := range h {
			var b strings.Builder
			for x := 0; x < w; x++ {
				text := string(cells[y*w+x].Runes)
				b.WriteString(text)
				if view.Width(text) == 2 {
					x++ // the cell behind it is covered; what it holds is not shown
				}
			}
			out = append(out, strings.TrimRight(strings.ReplaceAll(b.String(), "\x00", " "), " "))
		}
	})
	return strings.Join(out, "\n")
}

// sees waits until the screen shows something that matches each pattern.
func (d *driver) sees(patterns ...string) *driver {
	d.t.Helper()
	for _, p := range patterns {
		re := regexp.MustCompile("(?m)" + p)
		d.until(func() bool { return re.MatchString(d.text()) }, "sees %q", p)
	}
	return d
}

// misses waits until nothing on the screen matches.
func (d *driver) misses(patterns ...string) *driver {
	d.t.Helper()
	for _, p := range patterns {
		re := regexp.MustCompile("(?m)" + p)
		d.until(func() bool { return !re.MatchString(d.text()) }, "no longer sees %q", p)
	}
	return d
}

// until waits for a condition.
func (d *driver) until(ok func() bool, format string, a ...any) {
	d.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
		if time.Now().After(end) {
			d.t.Fatalf("no match for: driver %s on\n%s", fmt.Sprintf(format, a...), d.text())
		}
	}
}

// on waits until the cursor is on a line of the pane that has the focus.
func (d *driver) on(pattern string) *driver {
	d.t.Helper()
	re := regexp.MustCompile(pattern)
	at := ""
	d.until(func() bool { at = d.cursor(); return re.MatchString(at) }, "is on %q but on %v", pattern, quoted(func() string { return at }))
	return d
}

// quoted is a text that is computed only when it is printed.
type quoted func() string

func (q quoted) String() string { return strconv.Quote(q()) }

// cursor returns the row that is shown reversed or underlined.
func (d *driver) cursor() string {
	out := ""
	d.do(func() {
		cells, w, h := d.screen.GetContents()
		for y := 1; y < h-1; y++ {
			row, marked := "", false
			for x := range w {
				c := cells[y*w+x]
				_, _, attr := c.Style.Decompose()
				if attr&tcell.AttrReverse != 0 {
					marked = true
					row += string(c.Runes)
				}
			}
			if marked && !strings.HasPrefix(strings.TrimSpace(row), d.x.panes[d.x.active()].Name()) {
				out = strings.TrimSpace(row)
				return
			}
		}
	})
	return out
}

// golden compares the whole screen with a file.
func (d *driver) golden(name string) *driver {
	d.t.Helper()
	golden.File(d.t, filepath.Join("testdata", name+".txt"), d.settled()+"\n")
	return d
}

// settled returns the screen once it no longer changes.
func (d *driver) settled() string {
	d.t.Helper()
	before, same := "", 0
	for range 1000 {
		now := d.text()
		if now == before && now != "" {
			same++
		} else {
			before, same = now, 0
		}
		if same == 5 {
			return now
		}
		time.Sleep(5 * time.Millisecond)
	}
	d.t.Fatal("the screen never comes to rest")
	return ""
}

// ends waits until the inspector has quit.
func (d *driver) ends() {
	d.t.Helper()
	select {
	case err := <-d.done:
		if err != nil {
			d.t.Error(err)
		}
		d.done <- nil
	case <-time.After(patience):
		d.t.Fatalf("the inspector does not quit\n%s", d.text())
	}
}

// click clicks the left mouse button at a cell.
func (d *driver) click(x, y int) *driver {
	d.x.app.QueueEvent(tcell.NewEventMouse(x, y, tcell.Button1, 0))
	d.x.app.QueueEvent(tcell.NewEventMouse(x, y, tcell.ButtonNone, 0))
	return d
}

// resize gives the screen another size.
func (d *driver) resize(w, h int) {
	d.t.Helper()
	d.do(func() { d.screen.SetSize(w, h) })
	d.x.app.QueueEvent(tcell.NewEventResize(w, h))
}
