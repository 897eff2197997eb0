package proxytest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"imapscope/capture/leaktest"
)

// A Terminal is a program in a terminal of 100 columns and 40 lines: tmux, with a server
// of its own.
type Terminal struct {
	tmux, socket, dir string
	env               []string
}

// Tmux runs a program in a terminal until the test ends, in a folder of its own, with
// only env and PATH in its environment, and a temporary folder in which it must leave
// nothing. After the program's end its screen stays.
func Tmux(t testing.TB, dir string, env []string, program string, args ...string) *Terminal {
	t.Helper()
	leaktest.Check(t)
	// Sockets have short names: not below t.TempDir.
	sockets, err := os.MkdirTemp("", "tmux")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(sockets) })
	temp := filepath.Join(sockets, "temp")
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	term := &Terminal{tmux: Peer(t, "tmux", "tmux"), socket: filepath.Join(sockets, "s"), dir: dir, env: append([]string{"TMPDIR=" + temp}, env...)}
	conf := write(t, filepath.Join(sockets, "conf"), []byte("set -g remain-on-exit on\nset -g history-limit 50000\nset -g default-terminal tmux-256color\n"))
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s shows\n%s", filepath.Base(program), term.Screen(t))
		}
		_, _ = term.command("kill-server")
		if left := leaktest.Left(temp); len(left) > 0 {
			t.Errorf("%s left behind:\n%s", filepath.Base(program), strings.Join(left, "\n"))
		}
	})
	line := append([]string{"-f", conf, "new-session", "-d", "-x", "100", "-y", "40", "--", program}, args...)
	if out, err := term.command(line...); err != nil {
		t.Fatalf("tmux: %v\n%s", err, out)
	}
	return term
}

func (term *Terminal) command(args ...string) ([]byte, error) {
	cmd := exec.Command(term.tmux, append([]string{"-S", term.socket}, args...)...)
	cmd.Dir = term.dir
	cmd.Env = environ(term.dir, append([]string{"TERM=xterm-256color", "SHELL=/bin/sh"}, term.env...)...)
	return cmd.CombinedOutput()
}

// Keys types: names of keys as tmux has them ("Enter", "C-c"), or text.
func (term *Terminal) Keys(t testing.TB, keys ...string) {
	t.Helper()
	args := []string{"send-keys"}
	for _, key := range keys {
		if strings.HasSuffix(key, ";") { // that would end the command
			key = strings.TrimSuffix(key, ";") + `\;`
		}
		args = append(args, key)
	}
	if out, err := term.command(args...); err != nil {
		t.Fatalf("tmux: %v\n%s", err, out)
	}
}

// Screen returns the contents of the terminal, as text.
func (term *Terminal) Screen(t testing.TB) string { return term.show(t, "capture-pane", "-p") }

// Styled is the same with the escape sequences that give it its colours, and all that
// scrolled away before it.
func (term *Terminal) Styled(t testing.TB) string {
	return term.show(t, "capture-pane", "-p", "-e", "-S", "-")
}

// Format returns the value of a tmux format, such as #{pane_title}.
func (term *Terminal) Format(t testing.TB, name string) string {
	return strings.TrimSuffix(term.show(t, "display-message", "-p", name), "\n")
}

func (term *Terminal) show(t testing.TB, args ...string) string {
	t.Helper()
	out, err := term.command(args...)
	if err != nil {
		t.Errorf("tmux: %v\n%s", err, out)
	}
	return string(out)
}

// Await waits until the screen shows a text, and gives the screen.
func (term *Terminal) Await(t testing.TB, text string) string {
	t.Helper()
	var screen string
	Eventually(t, "the terminal shows "+text, func() bool {
		screen = term.Screen(t)
		return strings.Contains(screen, text)
	})
	return screen
}

// Close closes the terminal, as a user does who closes its window. The program may go on.
func (term *Terminal) Close(t testing.TB) {
	t.Helper()
	for _, args := range [][]string{{"new-window", "-d", "cat"}, {"kill-pane", "-t", ":0"}} { // without a window tmux ends
		if out, err := term.command(args...); err != nil {
			t.Fatalf("tmux %q: %v\n%s", args, err, out)
		}
	}
}

// AwaitEnd waits until the program in it has ended.
func (term *Terminal) AwaitEnd(t testing.TB) {
	t.Helper()
	Eventually(t, "the program in the terminal ends", func() bool { return term.Format(t, "#{pane_dead}") == "1" })
}
