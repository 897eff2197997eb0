package inspect

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"imapscope/proxy/intercept/intercepttest"
)

func TestHoldAndResume(t *testing.T) {
	d, c := proxied(t, 100, 30, intercepttest.Answers)
	c.gets("* OK ready")
	d.press("i").types(`command == "FETCH"`).sees("Enter holds commands that match").press("Enter").sees(`holding command == "FETCH"`)
	c.sends("a FETCH 1 FLAGS\r\nb NOOP")
	d.sees("Waiting  1", "a FETCH 1 FLAGS .* 0 s", "^ 1 waits, holding")
	d.press("Tab").sees("Detail.*Held", "Asks for FLAGS").on("a FETCH 1 FLAGS")
	d.press("a").sees("released: a FETCH 1 FLAGS")
	c.gets("* OK got FETCH 1 FLAGS", "a OK done", "* OK got NOOP", "b OK done")
	d.sees("Nothing waits").press("q").misses("Waiting")
}

// TestHoldPrompt checks that what is held can be changed, and what is wrong is shown where.
func TestHoldPrompt(t *testing.T) {
	d, c := proxied(t, 100, 30, intercepttest.Answers)
	c.gets("* OK ready")
	d.press("i").sees("Enter holds every command, Esc").press("Esc").misses("holding")
	d.press("i").types(`responses: kind == `).sees("! ").press("Enter").sees("! ").types(`"OK"`).press("Enter").sees(`holding responses: kind == "OK"`)
	d.press("i").sees(`hold: responses: kind == "OK"`).types("; exch").press("Tab").sees("hold: .*; exchanges:").press("Enter").sees("holding messages of the server")
	c.sends("a NOOP")
	d.sees("→ +1 a NOOP").press("I").sees("nothing is held; 1 message released").press("j").misses("holding")
	c.gets("* OK got NOOP", "a OK done")
	d.press("i").types(`code == "ALERT"`).sees("known only once the exchange is over").press("Esc")
}

// TestDropAsks checks that a message is dropped only once that is confirmed.
func TestDropAsks(t *testing.T) {
	d, c := proxied(t, 100, 30, intercepttest.Answers)
	c.gets("* OK ready")
	d.holds("")
	c.sends("a NOOP\r\nb CHECK")
	d.sees("Waiting  2").press("Tab", "d").sees("drop a NOOP\\? \\(y/n\\)").press("Enter").sees("a NOOP .* 4:")
	d.press("d").types("y").press("Enter").sees("dropped: a NOOP", "Waiting  1").on("b CHECK").press("A").sees("1 message released")
	c.gets("* OK got CHECK", "b OK done")
	d.press("q").sees("↳ +2/1 .* b CHECK").press("k", "k").sees("# changed: dropped: NOOP", "^e +1/1 ")
}

func TestEditInPane(t *testing.T) {
	d, c := proxied(t, 100, 30, intercepttest.Answers)
	c.gets("* OK ready")
	d.holds("")
	c.sends("a FETCH 1 FLAGS")
	d.sees("Waiting  1").press("e").sees("Edit a FETCH 1 FLAGS", "^║a FETCH 1 FLAGS")
	d.press("End").types(" {3 #1}").press("Ctrl-S").sees("! not sent: .*literal").types("x").misses("! not sent")
	d.press("Esc").sees("nothing was sent", "Waiting  1")
	d.press("e").sees("^║a FETCH 1 FLAGS +║").types("x").press("End", "Backspace2").types("S.SILENT").press("Ctrl-S").sees("sent, edited: a FETCH")
	c.gets("* OK got FETCH 1 FLAGS.SILENT", "a OK done")
	d.press("k").sees("# changed: ", "^e +1/1 ")
}

// edits is an editor that plays what a user does.
func edits(steps ...func(string) (string, error)) func(*Options) {
	return func(o *Options) {
		o.Editor = func(_ context.Context, file string) error {
			b, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			if len(steps) == 0 {
				return errors.New("opened too often")
			}
			step := steps[0]
			steps = steps[1:]
			text, err := step(string(b))
			if err != nil {
				return err
			}
			return os.WriteFile(file, []byte(text), 0o600)
		}
	}
}

// TestEditInEditor checks that an editor gets the error of a text, and that nothing is sent
// unless it is changed.
func TestEditInEditor(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	d, c := proxied(t, 100, 30, intercepttest.Answers, edits(
		func(s string) (string, error) { return s, nil },
		func(s string) (string, error) { return s, errors.New("exit status 1") },
		func(s string) (string, error) { return strings.Replace(s, "FLAGS", "{3 #1}", 1), nil },
		func(s string) (string, error) {
			if !regexp.MustCompile(`^# not sent: .*literal`).MatchString(s) {
				return "", errors.New("it begins with no error: " + s)
			}
			return strings.Replace(s, "{3 #1}", "UID", 1), nil
		},
	))
	c.gets("* OK ready")
	d.holds("")
	c.sends("a FETCH 1 FLAGS")
	d.sees("Waiting  1").press("e").sees("unchanged: nothing was sent").press("e").sees("not sent: the editor failed: exit status 1")
	d.press("e").sees("sent, edited: a FETCH")
	c.gets("* OK got FETCH 1 UID", "a OK done")
	if left, _ := filepath.Glob(filepath.Join(temp, "imapscope-edit*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestEditAlwaysWrong checks that an editor that returns another wrong text each time is not
// started for ever, and that the text is kept.
func TestEditAlwaysWrong(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	var runs int
	d, c := proxied(t, 100, 30, intercepttest.Answers, func(o *Options) {
		o.Editor = func(_ context.Context, name string) error {
			if runs++; runs > 100 {
				return errors.New("it was started 100 times")
			}
			return os.WriteFile(name, fmt.Appendf(nil, "a FETCH 1 {3 #1} %d\n", runs), 0o600)
		}
	})
	c.gets("* OK ready")
	d.holds("")
	c.sends("a FETCH 1 FLAGS")
	d.sees("Waiting  1").press("e").sees("not sent, after 10 tries: ")
	if runs != 10 {
		t.Errorf("the editor was started %d times", runs)
	}
	names, _ := filepath.Glob(filepath.Join(temp, "imapscope-edit-*/message.txt"))
	if len(names) != 1 {
		t.Fatalf("kept: %q", names)
	}
	if b, err := os.ReadFile(names[0]); err != nil || !strings.Contains(string(b), "{3 #1} 10") {
		t.Errorf("kept: %q, %v", b, err)
	}
	d.press("a")
	c.gets("* OK got FETCH 1 FLAGS", "a OK done")
}

// TestEditTooLate checks that what was edited is kept if the message was released meanwhile, in
// an editor and in the pane.
func TestEditTooLate(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	var d *driver
	d, c := proxied(t, 100, 30, intercepttest.Answers, edits(func(s string) (string, error) {
		d.x.Holds.ResumeAll() // as its time-out does
		return strings.Replace(s, "FLAGS", "MINE", 1), nil
	}))
	c.gets("* OK ready")
	d.holds("")
	c.sends("a FETCH 1 FLAGS")
	d.sees("Waiting  1").press("e").sees("not sent: it no longer waits; your text is in")
	c.gets("* OK got FETCH 1 FLAGS", "a OK done")
	c.sends("b FETCH 2 FLAGS")
	d.sees("Waiting  1").press("E").sees("^║b FETCH").types("not ")
	d.x.Holds.ResumeAll()
	d.sees("! it no longer waits").press("Ctrl-S").sees("not sent: it no longer waits; your text is in")
	c.gets("* OK got FETCH 2 FLAGS", "b OK done")
	var kept []string
	for _, pattern := range []string{"imapscope-edit-*/message.txt", "imapscope-edit-*.txt"} {
		names, _ := filepath.Glob(filepath.Join(temp, pattern))
		for _, name := range names {
			i, err := os.Stat(name)
			if err != nil || i.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", name, i.Mode(), err)
			}
			b, _ := os.ReadFile(name)
			kept = append(kept, string(b))
		}
	}
	if len(kept) != 2 || !strings.Contains(kept[0], "\na FETCH 1 MINE") || !strings.Contains(kept[1], "\nnot b FETCH 2 FLAGS") {
		t.Errorf("kept: %q", kept)
	}
}

// TestSecretsStayMasked checks that a password is not shown while it waits, not even to edit it,
// and is put back.
func TestSecretsStayMasked(t *testing.T) {
	d, c := proxied(t, 100, 30, intercepttest.Answers)
	c.gets("* OK ready")
	d.holds("")
	c.sends("a LOGIN fred sesame")
	d.sees("Waiting  1").press("Tab").sees("Logs in as fred").misses("sesame")
	d.press("e").sees("a LOGIN fred .*secret 1").misses("sesame").press("Right", "Right", "Right", "Right", "Right", "Right", "Right", "Right").types("al")
	d.press("Ctrl-S").sees("sent, edited").misses("sesame")
	c.gets("* OK got LOGIN alfred sesame", "a OK done")
}

// TestStep checks that in step mode the commands go one by one, in their order.
func TestStep(t *testing.T) {
	d, c := proxied(t, 100, 30, intercepttest.Answers)
	c.gets("* OK ready")
	d.press("W", "n").sees("each command waits now").press("j").sees("stepping")
	c.sends("a NOOP\r\nb CHECK\r\nc NOOP")
	d.sees("→ .*a NOOP").press("n")
	c.gets("* OK got NOOP", "a OK done")
	d.on("b CHECK").press("n")
	c.gets("* OK got CHECK", "b OK done")
	d.on("c NOOP").press("N").sees("step mode has ended")
	c.gets("* OK got NOOP", "c OK done")
	c.sends("d NOOP")
	c.gets("* OK got NOOP", "d OK done")
}

// TestAnswerInTheServersPlace checks that the client gets an answer that the server never gave.
func TestAnswerInTheServersPlace(t *testing.T) {
	d, c := proxied(t, 100, 30, intercepttest.Answers)
	c.gets("* OK ready")
	d.holds("")
	c.sends("a NOOP\r\nb CHECK")
	d.sees("Waiting  2").press("W", "s").sees("answer to a NOOP: OK done").press("Ctrl-U").types(`* 7 EXISTS\n NO not today`).sees("answers with 2 lines").press("Enter").sees("answered: a NOOP")
	c.gets("* 7 EXISTS", "a NO not today")
	d.press("s", "Ctrl-U").types("maybe").press("Enter").sees("answer to b CHECK: maybe", "begins with neither").press("Esc", "a")
	c.gets("* OK got CHECK", "b OK done")
	d.press("q").sees("^e +1/1 .*a NOOP +NO")
}

// TestFaults checks that faults are added, turned off and on, changed and removed, and that they
// act.
func TestFaults(t *testing.T) {
	d, c := proxied(t, 100, 30, intercepttest.Answers)
	c.gets("* OK ready")
	d.press("X").sees("Faults  0", "No faults").press("+").types("tag").sees("! ").types(" wrong").press("Enter").sees("tag-1 is on", "^on +tag-1 +tag wrong +0")
	c.sends("a NOOP")
	c.gets("* OK got NOOP", "wrong OK done")
	d.sees("^on +tag-1 +tag wrong +1").press("Enter").sees("^off +tag-1")
	c.sends("b NOOP")
	c.gets("* OK got NOOP", "b OK done")
	d.press("e").types(` if command == "CHECK"`).press("Enter").sees(`tag wrong if command == "CHECK" +0`)
	d.press("H").sees("Faults \\(q closes\\)", "delay …").press("q").sees("Faults  1")
	d.press("d").sees("removed: tag wrong", "Faults  0").press("q").sees("Detail")
	d.sees("^f +1/1 .*a NOOP").press("g").sees("# fault: tag wrong")
}

// TestAllIsReleasedAtTheEnd checks that what waits is released when the inspector is left.
func TestAllIsReleasedAtTheEnd(t *testing.T) {
	d, c := proxied(t, 100, 30, intercepttest.Answers)
	c.gets("* OK ready")
	d.holds("")
	c.sends("a NOOP")
	d.sees("Waiting  1").press("Q").ends()
	c.gets("* OK got NOOP", "a OK done")
}
