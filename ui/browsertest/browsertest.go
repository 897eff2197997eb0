// Package browsertest drives Chromium for tests of pages.
package browsertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Find returns the path of Chromium. Where there is none the test is skipped; where peers are
// required it fails.
func Find(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("IMAPSCOPE_REQUIRE_PEERS") != "" {
		t.Fatal("chromium is not installed")
	}
	t.Skip("chromium is not installed: apt-get install chromium")
	return ""
}

// Options say how a page is looked at.
type Options struct {
	Width, Height int64
	Color         string // light or dark
	Media         string // "print", or empty
	NoScript      bool
	Refusals      bool // requests may be refused: what the browser logs is no fault
}

// Tab is a page in a browser, with what a reader does there.
type Tab struct {
	t   testing.TB
	ctx context.Context

	mu       sync.Mutex
	requests []string
	faults   []string
}

// Open opens the page at an address. At the end, the test fails if the page has requested
// anything that does not begin with the site, or if the browser has reported an error.
func Open(t testing.TB, address, site string, o Options) *Tab {
	t.Helper()
	exe := Find(t)
	// The browser leaves sockets behind, whose names must be short: not below t.TempDir.
	temp, err := os.MkdirTemp("", "c")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(temp) })
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.Env("TMPDIR="+temp), chromedp.ExecPath(exe), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-dev-shm-usage", true))...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &Tab{t: t, ctx: ctx}
	b.Do() // starts it
	listen(b, network.RequestWillBeSent, func(e network.EventRequestWillBeSent) { b.requests = append(b.requests, e.Request.URL) })
	listen(b, runtime.ExceptionThrown, func(e runtime.EventExceptionThrown) { b.fault(fmt.Sprintf("%+v", e.ExceptionDetails)) })
	listen(b, runtime.ConsoleAPICalled, func(e runtime.EventConsoleAPICalled) { b.fault(fmt.Sprint(e.Type, e.Args)) })
	listen(b, page.JavascriptDialogOpening, func(e page.EventJavascriptDialogOpening) { b.fault("a dialog: " + e.Message) })
	listen(b, log.EntryAdded, func(e log.EventEntryAdded) {
		if !o.Refusals {
			b.fault(e.Entry.Text + " " + e.Entry.URL)
		}
	})
	b.Do(
		chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, network.Enable, network.EnableParams{})
			_, err2 := cdp.Call(ctx, t, log.Enable, cdp.Empty{})
			_, err3 := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Media:    o.Media,
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: o.Color}},
			})
			_, err4 := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: o.NoScript})
			return errors.Join(err, err2, err3, err4)
		}),
		chromedp.EmulateViewport(o.Width, o.Height),
		chromedp.Navigate(address),
	)
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, r := range b.requests {
			if !strings.HasPrefix(r, site) && r != "data:," {
				t.Errorf("the page asked for %.200s", r)
			}
		}
		if len(b.faults) > 0 {
			t.Errorf("the browser says %q", b.faults)
		}
	})
	return b
}

// listen calls f for one kind of event until the browser ends.
func listen[E any](b *Tab, event cdp.Event[E], f func(E)) {
	events := chromedp.Events(b.ctx, event)
	go func() {
		for e, err := range events {
			if err != nil {
				return
			}
			b.mu.Lock()
			f(e)
			b.mu.Unlock()
		}
	}()
}

func (b *Tab) fault(text string) { b.faults = append(b.faults, text) }

// Requests returns the addresses that the page has requested so far.
func (b *Tab) Requests() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.requests...)
}

// Do does something in the browser.
func (b *Tab) Do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// Is returns the result of a script.
func (b *Tab) Is(script string) string {
	b.t.Helper()
	out, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("String(("+script+"))"))
	if err != nil {
		b.t.Fatalf("%s: %v", script, err)
	}
	return out
}

// Wants polls until a script returns what is expected.
func (b *Tab) Wants(script, want string) {
	b.t.Helper()
	got := ""
	for range 500 {
		if got = b.Is("(() => { try { return " + script + "; } catch (e) { return e; } })()"); got == want {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	b.t.Fatalf("%s is %q, not %q", script, got, want)
}

// middle returns the middle of an element, once it is in view.
func (b *Tab) middle(element string) (x, y float64) {
	b.t.Helper()
	at, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]float64](`(() => {
		const e = `+element+`;
		e.scrollIntoView({block: "center", behavior: "instant"});
		const r = e.getClientRects()[0];
		return [r.x + Math.min(r.width / 2, 200), r.y + r.height / 2];
	})()`))
	if err != nil {
		b.t.Fatalf("%s: %v", element, err)
	}
	return at[0], at[1]
}

// Point moves the mouse to an element.
func (b *Tab) Point(element string) {
	b.t.Helper()
	x, y := b.middle(element)
	b.Do(chromedp.MouseEvent("mouseMoved", x, y))
}

// Click clicks on an element.
func (b *Tab) Click(element string) {
	b.t.Helper()
	x, y := b.middle(element)
	b.Do(chromedp.MouseClickXY(x, y))
}

// Keys types characters, one after another. As on a keyboard, a character whose key the page
// has handled is not typed.
func (b *Tab) Keys(keys ...string) {
	b.t.Helper()
	for _, r := range strings.Join(keys, "") {
		var down *input.DispatchKeyEventParams
		for _, e := range kb.Encode(r) {
			switch e.Type {
			case kb.KeyDown:
				down = e
			case kb.KeyChar:
				down.Text, down.UnmodifiedText = e.Text, e.UnmodifiedText
			case kb.KeyUp:
				b.Do(press(down), press(e))
			}
		}
	}
}

func press(e *input.DispatchKeyEventParams) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.DispatchKeyEvent, *e)
		return err
	})
}

// Shot writes a picture of what is on the screen to the folder that IMAPSCOPE_SHOTS names, if
// it does.
func (b *Tab) Shot(name string) {
	b.t.Helper()
	dir := os.Getenv("IMAPSCOPE_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name), png, 0o600)
	}
	if err != nil {
		b.t.Error(err)
	}
}

// Axe returns axe-core, which IMAPSCOPE_AXE names. Where there is none the test is skipped;
// where peers are required it fails.
func Axe(t testing.TB) string {
	t.Helper()
	script, err := os.ReadFile(os.Getenv("IMAPSCOPE_AXE"))
	if err != nil {
		if os.Getenv("IMAPSCOPE_REQUIRE_PEERS") != "" {
			t.Fatal("IMAPSCOPE_AXE does not name axe.min.js")
		}
		t.Skip("axe-core is not here: npm install axe-core, and IMAPSCOPE_AXE=…/axe.min.js")
	}
	return string(script)
}

// Accessible fails the test for what axe-core finds on the page as it is now.
func (b *Tab) Accessible(axe, state string) {
	b.t.Helper()
	if b.Is("typeof axe") == "undefined" {
		b.Is("(() => {" + axe + "})()")
	}
	var found []struct {
		ID, Impact, Help string
		Nodes            []struct{ HTML, FailureSummary string }
	}
	raw, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations))`, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(raw), &found); err != nil {
		b.t.Fatal(err)
	}
	for _, v := range found {
		for _, n := range v.Nodes[:min(3, len(v.Nodes))] {
			b.t.Errorf("%s: %s (%s): %s\n%.300s\n%s", state, v.ID, v.Impact, v.Help, n.HTML, n.FailureSummary)
		}
	}
}
