package inspect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"imapscope/proxy/intercept"
	"imapscope/proxy/intercept/edit"
	"imapscope/ui/inspect/panes"
	"imapscope/ui/view"
)

// draft is a text that the user edits, and what becomes of it.
type draft struct {
	title string
	text  []byte
	// send sends the text. An error leaves it with the user: intercept.ErrGone if it cannot be
	// sent any more, else what is wrong with it.
	send func(text []byte) error
	sent func() // called once it was sent
	// gone reports whether it can no longer be sent; nil: it always can.
	gone func() bool
}

// compose lets the user edit a text, in $EDITOR unless inPane or there is none.
func (x *inspector) compose(d draft, inPane bool) {
	if !inPane && x.Editor != nil {
		x.composeInEditor(d)
		return
	}
	x.composeInPane(d)
}

// errorLine begins the first line of a text that was not accepted, in an editor.
const errorLine = "# not sent: "

// composeInEditor lets the user edit a text in $EDITOR, again until it is accepted or left
// unchanged. Meanwhile nothing is drawn; the traffic goes on.
func (x *inspector) composeInEditor(d draft) {
	var said string
	var ok bool
	x.app.Suspend(func() { said, ok = x.edited(d) })
	if x.terminalGone() {
		x.quit()
		return
	}
	x.look()
	x.report(said)
	if ok && d.sent != nil {
		d.sent()
	}
}

// terminalGone reports whether the terminal was closed while the screen was suspended. The screen
// has no cells then, and drawing on it would never end.
func (x *inspector) terminalGone() bool {
	_, _, _, width := x.main.screen.GetContent(0, 0)
	return width == 0
}

// maxTries is how often an editor is started for a text that cannot be sent. It may be a script,
// which never gives up.
const maxTries = 10

// edited edits a text in a file of its own, and returns what to report.
func (x *inspector) edited(d draft) (said string, ok bool) {
	dir, err := os.MkdirTemp("", "imapscope-edit-") // only this user can read it
	if err != nil {
		return err.Error(), false
	}
	keep := false
	defer func() {
		if !keep {
			_ = os.RemoveAll(dir) // it is the user's alone
		}
	}()
	name := filepath.Join(dir, "message.txt")
	begun, wrong := d.text, error(nil)
	for range maxTries {
		if err := os.WriteFile(name, begun, 0o600); err != nil {
			return err.Error(), false
		}
		if err := x.edit(name); err != nil {
			return fmt.Sprintf("not sent: the editor failed: %v", err), false
		}
		text, err := readDraft(name)
		switch {
		case err != nil:
			return "not sent: " + err.Error(), false
		case bytes.Equal(text, begun) && wrong != nil:
			return "not sent: " + wrong.Error(), false
		case bytes.Equal(text, begun):
			return "unchanged: nothing was sent", false
		}
		text = withoutError(text)
		if wrong = d.send(text); wrong == nil {
			return "", true
		}
		if errors.Is(wrong, intercept.ErrGone) {
			keep = true
			return fmt.Sprintf("not sent: %v; your text is in %s", wrong, name), false
		}
		begun = append([]byte(errorLine+view.Inert(wrong.Error())+"\n"), text...)
	}
	keep = true
	return fmt.Sprintf("not sent, after %d tries: %v; your text is in %s", maxTries, wrong, name), false
}

// readDraft reads a text back. It is bounded.
func readDraft(name string) ([]byte, error) {
	i, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if i.Size() > edit.MaxText {
		return nil, fmt.Errorf("the text is longer than %d bytes", edit.MaxText)
	}
	return os.ReadFile(name)
}

// withoutError removes the line that said what was wrong before.
func withoutError(text []byte) []byte {
	if bytes.HasPrefix(text, []byte(errorLine)) {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	return text
}

// keepText writes a text that could not be sent to a file that only the user can read, and
// returns its name.
func keepText(text []byte) (string, error) {
	f, err := os.CreateTemp("", "imapscope-edit-*.txt")
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	return f.Name(), errors.Join(err, f.Close())
}

// composer is the pane in which a text is edited.
type composer struct {
	*tview.Flex
	area  *tview.TextArea
	foot  *tview.Box
	draft draft
	wrong string // why it was not sent
}

// composeInPane lets the user edit a text over the panes.
func (x *inspector) composeInPane(d draft) {
	th := x.theme
	c := &composer{Flex: tview.NewFlex().SetDirection(tview.FlexRow), area: tview.NewTextArea(), foot: tview.NewBox(), draft: d}
	c.area.SetWrap(false).SetTextStyle(th.Plain).SetText(string(d.text), false)
	c.area.SetBorder(true).SetTitle(" " + panes.Untag(view.Fit(view.Inert(d.title), 60, "…")) + " ").SetBorderStyle(th.Border).SetTitleColor(th.Focused)
	c.foot.SetDrawFunc(func(s tcell.Screen, left, top, width, _ int) (int, int, int, int) {
		x.composeHint(c).Draw(s, left, top, width, 0, th.Plain, true)
		return left, top, width, 1
	})
	c.AddItem(c.area, 0, 1, true).AddItem(c.foot, 1, 0, false)
	if s := x.main.screen; s != nil { // a text area has no place for a cursor before it was drawn
		at := firstLine(d.text)
		c.SetRect(x.pages.GetRect())
		c.Draw(s)
		c.area.Select(at, at)
	}
	x.composer = c
	x.pages.AddPage("compose", c, true, true)
	x.app.SetFocus(c.area)
}

// firstLine returns where the first line begins that is no comment and not blank.
func firstLine(text []byte) int {
	at := 0
	for line := range bytes.Lines(text) {
		if len(bytes.TrimSpace(line)) > 0 && line[0] != '#' {
			return at
		}
		at += len(line)
	}
	return 0
}

// composeHint returns the row below the text: what is wrong with it, or the keys.
func (x *inspector) composeHint(c *composer) panes.Line {
	th := x.theme
	switch {
	case c.wrong != "":
		return panes.Line{text(" ! ", th.Bad), text(view.Inert(c.wrong), th.Plain)}
	case c.draft.gone != nil && c.draft.gone():
		return panes.Line{text(" ! ", th.Bad), text("it no longer waits: it was released, or its connection ended", th.Plain)}
	}
	return panes.Line{text(" Ctrl-S", th.Key), text(" sends, ", th.Faint), text("Esc", th.Key), text(" leaves without sending; lines with # are not sent", th.Faint)}
}

// composeKey handles the keys that are not the text's own.
func (x *inspector) composeKey(e *tcell.EventKey) *tcell.EventKey {
	c := x.composer
	switch e.Key() {
	case tcell.KeyEsc, tcell.KeyCtrlC:
		x.closeComposer()
		x.report("nothing was sent")
		return nil
	case tcell.KeyCtrlS:
		x.sendComposed()
		return nil
	}
	c.wrong = ""
	return e
}

func (x *inspector) sendComposed() {
	c := x.composer
	text := []byte(c.area.GetText())
	err := c.draft.send(text)
	switch {
	case errors.Is(err, intercept.ErrGone):
		x.closeComposer()
		name, failed := keepText(text)
		if failed != nil {
			x.reportError(errors.Join(err, failed))
			return
		}
		x.report(fmt.Sprintf("not sent: %v; your text is in %s", err, name))
	case err != nil:
		c.wrong = "not sent: " + strings.ReplaceAll(err.Error(), "\n", "; ")
	default:
		x.closeComposer()
		if c.draft.sent != nil {
			c.draft.sent()
		}
	}
}

func (x *inspector) closeComposer() {
	x.composer = nil
	x.pages.RemovePage("compose")
	x.look()
	x.refocus()
}

// Editor returns what edits a file in the program that the user has chosen ($VISUAL or $EDITOR);
// nil if there is none.
func Editor() func(ctx context.Context, file string) error {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if words := strings.Fields(os.Getenv(name)); len(words) > 0 {
			return func(ctx context.Context, file string) error { return inForeground(ctx, append(words, file)) }
		}
	}
	return nil
}
